/* SPDX-License-Identifier: Apache-2.0
 *
 * The posix port against its contract (limpet/port.h), on loopback and in a folder of its own.
 */
#include "test.h"

#include "posix/posix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* ---- a peer: an ordinary UDP socket --------------------------------------------------------------------------- */

static int peer_open(int family, uint16_t *port)
{
    struct sockaddr_storage a = {.ss_family = (sa_family_t)family};
    if (family == AF_INET)
        ((struct sockaddr_in *)&a)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        ((struct sockaddr_in6 *)&a)->sin6_addr = in6addr_loopback;
    socklen_t n = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    int fd = socket(family, SOCK_DGRAM, 0);
    if (fd < 0) return -1;
    if (bind(fd, (struct sockaddr *)&a, n)) {
        close(fd);
        return -1;
    }
    getsockname(fd, (struct sockaddr *)&a, &n);
    *port = ntohs(((struct sockaddr_in *)&a)->sin_port); /* the same place in both */
    return fd;
}

/* Receive one datagram and remember who sent it. */
static ssize_t peer_recv(int fd, void *p, size_t n, struct sockaddr_storage *from)
{
    socklen_t len = sizeof *from;
    struct pollfd wait = {fd, POLLIN, 0};
    assert_int_equal(poll(&wait, 1, 2000), 1);
    return recvfrom(fd, p, n, 0, (struct sockaddr *)from, &len);
}

static void peer_send(int fd, const void *p, size_t n, const struct sockaddr_storage *to)
{
    socklen_t len =
        to->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    assert_int_equal(sendto(fd, p, n, 0, (const struct sockaddr *)to, len), n);
}

/* open, asked again while the name is being resolved */
static int open_now(struct lp_posix_net *net, const char *host, uint16_t port)
{
    int h;
    for (int i = 0; (h = net->net.open(&net->net, host, port, 0)) == LP_AGAIN && i < 300; i++)
        lp_posix_wait(net, -1, 100);
    return h;
}

/* recv, waiting up to two seconds for something */
static int recv_soon(struct lp_posix_net *net, int h, void *p, size_t cap)
{
    int n;
    for (int i = 0; (n = net->net.recv(&net->net, h, p, cap)) == LP_AGAIN && i < 20; i++)
        lp_posix_wait(net, -1, 100);
    return n;
}

/* ---- datagrams ------------------------------------------------------------------------------------------------ */

static void round_trip(int family, const char *host)
{
    struct lp_posix_net net;
    struct sockaddr_storage from;
    uint16_t port;
    char in[64];
    int peer = peer_open(family, &port);
    if (peer < 0) skip(); /* no IPv6 here */
    lp_posix_net_init(&net, -1);
    int h = open_now(&net, host, port);
    assert_in_range(h, 0, LP_POSIX_SOCKETS - 1);
    assert_int_equal(net.net.send(&net.net, h, "hello", 5), 0);
    assert_int_equal(peer_recv(peer, in, sizeof in, &from), 5);
    assert_int_equal(net.net.recv(&net.net, h, in, sizeof in), LP_AGAIN);
    peer_send(peer, "there", 5, &from);
    assert_int_equal(recv_soon(&net, h, in, sizeof in), 5);
    assert_memory_equal(in, "there", 5);
    net.net.close(&net.net, h);
    lp_posix_net_close(&net);
    close(peer);
}

static void ipv4(void **state)
{
    (void)state;
    round_trip(AF_INET, "127.0.0.1");
}

static void ipv6(void **state)
{
    (void)state;
    round_trip(AF_INET6, "::1");
}

static void name(void **state)
{
    (void)state;
    round_trip(AF_INET, "localhost");
}

static void name_is_not_waited_for(void **state)
{
    struct lp_posix_net net;
    (void)state;
    lp_posix_net_init(&net, -1);
    uint64_t before = lp_posix_now();
    assert_int_equal(net.net.open(&net.net, "no-such-name.invalid", 5683, 0), LP_AGAIN);
    assert_true(lp_posix_now() - before < 200);
    lp_posix_net_close(&net); /* the answer is not wanted any more */

    /* More names than places: the oldest gives way; nothing is lost but its answer. */
    lp_posix_net_init(&net, -1);
    char host[32];
    for (int i = 0; i < 3 * LP_POSIX_SOCKETS; i++) {
        snprintf(host, sizeof host, "name-%d.invalid", i);
        assert_int_equal(net.net.open(&net.net, host, 5683, 0), LP_AGAIN);
    }
    lp_posix_net_close(&net);
}

static void wrong_name(void **state)
{
    struct lp_posix_net net;
    char host[400];
    (void)state;
    lp_posix_net_init(&net, -1);
    memset(host, 'x', sizeof host);
    host[sizeof host - 1] = 0;
    assert_int_equal(net.net.open(&net.net, host, 5683, 0), LP_ERR_NET);
    assert_int_equal(open_now(&net, "a..b", 5683), LP_ERR_NET);
    assert_int_equal(open_now(&net, "", 5683), LP_ERR_NET);
    for (int i = 0; i < LP_POSIX_SOCKETS; i++)
        assert_int_equal(net.socket[i].fd, -1); /* no place was kept */
    lp_posix_net_close(&net);
}

static void empty_and_long_datagrams(void **state)
{
    struct lp_posix_net net;
    struct sockaddr_storage from;
    uint16_t port;
    char in[64], big[200] = {0};
    (void)state;
    int peer = peer_open(AF_INET, &port);
    lp_posix_net_init(&net, -1);
    int h = open_now(&net, "127.0.0.1", port);
    assert_int_equal(net.net.send(&net.net, h, "", 0), 0);
    assert_int_equal(peer_recv(peer, in, sizeof in, &from), 0);
    peer_send(peer, "", 0, &from);
    assert_int_equal(recv_soon(&net, h, in, sizeof in), 0);
    peer_send(peer, big, sizeof big, &from); /* dropped whole */
    peer_send(peer, "next", 4, &from);
    assert_int_equal(recv_soon(&net, h, in, sizeof in), 4);
    assert_int_equal(net.net.recv(&net.net, h, in, sizeof in), LP_AGAIN);
    char *huge = calloc(1, 70000);
    assert_int_equal(net.net.send(&net.net, h, huge, 70000), LP_ERR_TOO_LARGE);
    free(huge);
    lp_posix_net_close(&net);
    close(peer);
}

static void only_the_peer_is_heard(void **state)
{
    struct lp_posix_net net;
    struct sockaddr_storage from;
    uint16_t port, other_port;
    char in[64];
    (void)state;
    int peer = peer_open(AF_INET, &port), other = peer_open(AF_INET, &other_port);
    lp_posix_net_init(&net, -1);
    int h = open_now(&net, "127.0.0.1", port);
    net.net.send(&net.net, h, "x", 1);
    peer_recv(peer, in, sizeof in, &from);
    peer_send(other, "evil", 4, &from);
    peer_send(peer, "good", 4, &from);
    assert_int_equal(recv_soon(&net, h, in, sizeof in), 4);
    assert_memory_equal(in, "good", 4);
    assert_int_equal(net.net.recv(&net.net, h, in, sizeof in), LP_AGAIN);
    lp_posix_net_close(&net);
    close(peer);
    close(other);
}

static void unreachable_port(void **state)
{
    struct lp_posix_net net;
    struct sockaddr_storage from;
    uint16_t port;
    char in[64];
    (void)state;
    int peer = peer_open(AF_INET, &port);
    close(peer); /* nobody listens there now */
    lp_posix_net_init(&net, -1);
    int h = open_now(&net, "127.0.0.1", port);
    assert_int_equal(net.net.send(&net.net, h, "x", 1), 0);
    assert_int_equal(recv_soon(&net, h, in, sizeof in), LP_ERR_NET);

    /* An error of the datagram before does not swallow the next one. */
    assert_int_equal(net.net.send(&net.net, h, "y", 1), 0);
    lp_posix_wait(&net, -1, 100);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(peer, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(net.net.send(&net.net, h, "z", 1), 0);
    assert_int_equal(peer_recv(peer, in, sizeof in, &from), 1);
    assert_int_equal(in[0], 'z');
    lp_posix_net_close(&net);
    close(peer);
}

static void local_port(void **state)
{
    struct lp_posix_net net;
    struct sockaddr_storage from;
    uint16_t port, mine;
    char in[8];
    (void)state;
    int peer = peer_open(AF_INET, &port), free_one = peer_open(AF_INET, &mine);
    lp_posix_net_init(&net, -1);
    assert_int_equal(net.net.open(&net.net, "127.0.0.1", port, mine), LP_ERR_NET); /* taken */
    close(free_one);
    int h = net.net.open(&net.net, "127.0.0.1", port, mine);
    assert_true(h >= 0);
    net.net.send(&net.net, h, "x", 1);
    peer_recv(peer, in, sizeof in, &from);
    assert_int_equal(ntohs(((struct sockaddr_in *)&from)->sin_port), mine);
    net.net.close(&net.net, h);
    assert_true(net.net.open(&net.net, "127.0.0.1", port, mine) >= 0); /* free again at once */
    lp_posix_net_close(&net);
    close(peer);
}

static void all_places(void **state)
{
    struct lp_posix_net net;
    (void)state;
    lp_posix_net_init(&net, -1);
    for (int i = 0; i < LP_POSIX_SOCKETS; i++)
        assert_true(net.net.open(&net.net, "127.0.0.1", 9, 0) >= 0);
    assert_int_equal(net.net.open(&net.net, "127.0.0.1", 9, 0), LP_ERR_NET);
    net.net.close(&net.net, 1);
    assert_int_equal(net.net.open(&net.net, "127.0.0.1", 9, 0), 1);
    lp_posix_net_close(&net);
}

static void shared_epoll(void **state)
{
    struct lp_posix_net one, two;
    struct sockaddr_storage from;
    uint16_t port;
    char in[8];
    (void)state;
    int ep = epoll_create1(0), peer = peer_open(AF_INET, &port);
    struct epoll_event ev;
    lp_posix_net_init(&one, ep);
    lp_posix_net_init(&two, ep);
    open_now(&one, "127.0.0.1", port);
    int h = open_now(&two, "127.0.0.1", port);
    assert_int_equal(epoll_wait(ep, &ev, 1, 0), 0);
    two.net.send(&two.net, h, "x", 1);
    peer_recv(peer, in, sizeof in, &from);
    peer_send(peer, "y", 1, &from);
    assert_int_equal(epoll_wait(ep, &ev, 1, 2000), 1);
    assert_ptr_equal(ev.data.ptr, &two);
    lp_posix_net_close(&one);
    lp_posix_net_close(&two);
    assert_int_equal(epoll_wait(ep, &ev, 1, 0), 0);
    close(ep);
    close(peer);
}

static void wait_ends(void **state)
{
    struct lp_posix_net net;
    int p[2];
    (void)state;
    lp_posix_net_init(&net, -1);
    assert_int_equal(pipe(p), 0);
    uint64_t before = lp_posix_now();
    assert_int_equal(lp_posix_wait(&net, p[0], 30), 0);
    assert_true(lp_posix_now() - before >= 29);
    assert_int_equal(write(p[1], "x", 1), 1);
    assert_int_equal(lp_posix_wait(&net, p[0], UINT32_MAX), 1);
    lp_posix_net_close(&net);
    close(p[0]);
    close(p[1]);
}

/* ---- store ---------------------------------------------------------------------------------------------------- */

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/limpet-posix-%d", (int)getpid());
    return mkdir(folder, 0700);
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command); /* NOLINT: a name of our own */
}

static const char *in_folder(const char *rest)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, rest);
    return path;
}

static void keeps_values(void **state)
{
    struct lp_posix_kv k;
    char in[16] = {0};
    (void)state;
    assert_int_equal(lp_posix_kv_open(&k, in_folder("a/b")), 0);
    struct lp_kv *kv = &k.store.kv;
    assert_int_equal(kv->get(kv, 1, in, sizeof in), LP_ERR_NOT_FOUND);
    assert_int_equal(kv->del(kv, 1), 0);
    assert_int_equal(kv->put(kv, 1, "old value", 9), 0);
    assert_int_equal(kv->put(kv, 0xfffe, "other", 5), 0);
    assert_int_equal(kv->put(kv, 1, "new", 3), 0);
    assert_int_equal(kv->get(kv, 1, in, sizeof in), 3);
    assert_memory_equal(in, "new", 3);
    assert_int_equal(kv->get(kv, 0xfffe, in, 2), 5); /* the length, and as much as fits */
    assert_int_equal(kv->get(kv, 0xfffe, NULL, 0), 5);
    assert_int_equal(kv->put(kv, 2, "", 0), 0);
    assert_int_equal(kv->get(kv, 2, in, sizeof in), 0);
    lp_posix_kv_close(&k);

    assert_int_equal(lp_posix_kv_open(&k, in_folder("a/b")), 0); /* after a restart */
    assert_int_equal(kv->get(kv, 1, in, sizeof in), 3);
    assert_int_equal(kv->del(kv, 1), 0);
    assert_int_equal(kv->get(kv, 1, in, sizeof in), LP_ERR_NOT_FOUND);
    assert_int_equal(lp_posix_kv_clear(&k), 0);
    assert_int_equal(kv->get(kv, 0xfffe, in, sizeof in), LP_ERR_NOT_FOUND);
    lp_posix_kv_close(&k);
}

static void only_the_owner_reads_it(void **state)
{
    struct lp_posix_kv k;
    struct stat st;
    (void)state;
    assert_int_equal(lp_posix_kv_open(&k, in_folder("private")), 0);
    assert_int_equal(k.store.kv.put(&k.store.kv, 0xab, "key", 3), 0);
    assert_int_equal(stat(in_folder("private"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat(in_folder("private/flash"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    lp_posix_kv_close(&k);
}

static void one_process_at_a_time(void **state)
{
    struct lp_posix_kv k, second;
    (void)state;
    assert_int_equal(lp_posix_kv_open(&k, in_folder("locked")), 0);
    assert_int_equal(lp_posix_kv_open(&second, in_folder("locked")), LP_ERR_STATE);
    lp_posix_kv_close(&k);
    assert_int_equal(lp_posix_kv_open(&second, in_folder("locked")), 0);
    lp_posix_kv_close(&second);
}

/* The file ends in the middle of what was written last: the value before it is there, and a new one can be put. */
static void a_torn_file_is_not_read(void **state)
{
    struct lp_posix_kv k;
    struct stat st;
    char in[16];
    (void)state;
    assert_int_equal(lp_posix_kv_open(&k, in_folder("torn")), 0);
    assert_int_equal(k.store.kv.put(&k.store.kv, 7, "whole", 5), 0);
    assert_int_equal(fstat(k.flash.fd, &st), 0);
    assert_int_equal(k.store.kv.put(&k.store.kv, 7, "later", 5), 0);
    assert_int_equal(ftruncate(k.flash.fd, st.st_size + 7), 0);
    lp_posix_kv_close(&k);
    assert_int_equal(lp_posix_kv_open(&k, in_folder("torn")), 0);
    assert_int_equal(k.store.kv.get(&k.store.kv, 7, in, sizeof in), 5);
    assert_memory_equal(in, "whole", 5);
    assert_int_equal(k.store.kv.put(&k.store.kv, 7, "later", 5), 0);
    assert_int_equal(k.store.kv.get(&k.store.kv, 7, in, sizeof in), 5);
    assert_memory_equal(in, "later", 5);
    lp_posix_kv_close(&k);
}

/* Flash keeps flash's rules: bits are only cleared, units only whole, nothing outside; what is erased reads as 0xff. */
static void a_file_as_flash(void **state)
{
    struct lp_posix_flash f;
    struct lp_flash *l = &f.flash;
    uint8_t in[8];
    (void)state;
    assert_int_equal(lp_posix_flash_open(&f, in_folder("flash"), 1024, 256, 4), 0);
    assert_int_equal(l->program(l, 300, "\xf0\x0f\xff\x00", 4), 0);
    assert_int_equal(l->read(l, 298, in, 8), 0);
    assert_memory_equal(in, "\xff\xff\xf0\x0f\xff\x00\xff\xff", 8);
    assert_int_equal(l->program(l, 300, "\xff\x11\xaa\xff", 4), 0);
    assert_int_equal(l->read(l, 300, in, 4), 0);
    assert_memory_equal(in, "\xf0\x01\xaa\x00", 4);
    assert_int_equal(l->program(l, 302, in, 4), LP_ERR_STORE);
    assert_int_equal(l->program(l, 304, in, 3), LP_ERR_STORE);
    assert_int_equal(l->program(l, 1020, in, 8), LP_ERR_STORE);
    assert_int_equal(l->read(l, 1020, in, 5), LP_ERR_STORE);
    assert_int_equal(l->erase(l, 1024), LP_ERR_STORE);
    assert_int_equal(l->erase(l, 128), LP_ERR_STORE);
    lp_posix_flash_close(&f);
    assert_int_equal(lp_posix_flash_open(&f, in_folder("flash"), 1024, 256, 4), 0);
    assert_int_equal(l->read(l, 300, in, 4), 0);
    assert_memory_equal(in, "\xf0\x01\xaa\x00", 4);
    assert_int_equal(l->erase(l, 256), 0);
    assert_int_equal(l->read(l, 300, in, 4), 0);
    assert_memory_equal(in, "\xff\xff\xff\xff", 4);
    lp_posix_flash_close(&f);
}

/* RLIMIT_FSIZE stands in for a full disk: write comes back short, then fails. */
static void full(void **state)
{
    struct lp_posix_kv k;
    struct rlimit before, small = {100, 100};
    char in[16], big[300] = {0};
    (void)state;
    assert_int_equal(lp_posix_kv_open(&k, in_folder("full")), 0);
    assert_int_equal(k.store.kv.put(&k.store.kv, 3, "kept", 4), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int err = k.store.kv.put(&k.store.kv, 3, big, sizeof big);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(err, LP_ERR_STORE);
    assert_int_equal(k.store.kv.get(&k.store.kv, 3, in, sizeof in), 4);
    assert_memory_equal(in, "kept", 4);
    assert_int_equal(k.store.kv.put(&k.store.kv, 3, big, sizeof big), 0); /* there is room again */
    assert_int_equal(k.store.kv.get(&k.store.kv, 3, in, sizeof in), sizeof big);
    lp_posix_kv_close(&k);
}

static void not_a_folder(void **state)
{
    struct lp_posix_kv k;
    (void)state;
    int fd = open(in_folder("file"), O_WRONLY | O_CREAT, 0600);
    close(fd);
    assert_int_equal(lp_posix_kv_open(&k, in_folder("file")), LP_ERR_STORE);
    assert_int_equal(errno, ENOTDIR);
    assert_int_equal(lp_posix_kv_open(&k, in_folder("file/below")), LP_ERR_STORE);
    assert_int_equal(lp_posix_kv_open(&k, ""), LP_ERR_STORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4),
        cmocka_unit_test(ipv6),
        cmocka_unit_test(name),
        cmocka_unit_test(name_is_not_waited_for),
        cmocka_unit_test(wrong_name),
        cmocka_unit_test(empty_and_long_datagrams),
        cmocka_unit_test(only_the_peer_is_heard),
        cmocka_unit_test(unreachable_port),
        cmocka_unit_test(local_port),
        cmocka_unit_test(all_places),
        cmocka_unit_test(shared_epoll),
        cmocka_unit_test(wait_ends),
        cmocka_unit_test(keeps_values),
        cmocka_unit_test(only_the_owner_reads_it),
        cmocka_unit_test(one_process_at_a_time),
        cmocka_unit_test(a_torn_file_is_not_read),
        cmocka_unit_test(a_file_as_flash),
        cmocka_unit_test(full),
        cmocka_unit_test(not_a_folder),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
