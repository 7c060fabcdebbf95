/* SPDX-License-Identifier: Apache-2.0
 *
 * net.c - UDP: a connected, non-blocking socket for each peer, so that the kernel drops other people's datagrams and
 * tells us what ICMP says. A handle is an index into socket[].
 *
 *   free --open: address--> open --close--> free
 *     `--open: name--> resolving --open again--> open | free
 */
#include "posix/posix.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct lp_posix_net *net_of(struct lp_net *net)
{
    return (struct lp_posix_net *)net; /* its first member */
}

static void drop(struct lp_posix_socket *s)
{
    if (s->fd >= 0) close(s->fd); /* leaves the epoll instance by itself */
    s->fd = -1;
    s->resolving = false;
}

static int watch(struct lp_posix_net *n, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = n};
    return n->epoll < 0 ? 0 : epoll_ctl(n->epoll, EPOLL_CTL_ADD, fd, &ev);
}

static int bind_local(int fd, uint16_t family, uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (port == 0) return 0;
    if (family == AF_INET6) return bind(fd, (struct sockaddr *)&v6, sizeof v6);
    return bind(fd, (struct sockaddr *)&v4, sizeof v4);
}

/* A socket for one address, or -1. */
static int connected(const struct lp_posix_address *a, uint16_t local_port)
{
    struct sockaddr_storage to;
    memset(&to, 0, sizeof to);
    memcpy(&to, a->bytes, a->len);
    int fd = socket(a->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (bind_local(fd, a->family, local_port)) {
        char line[80];
        snprintf(line, sizeof line, "local UDP port %u: %s", (unsigned)local_port, strerror(errno));
        lp_port_log(LP_LOG_ERROR, line);
    } else if (connect(fd, (struct sockaddr *)&to, a->len) == 0) {
        return fd;
    }
    close(fd);
    return -1;
}

/* Make s the socket for the first address that can be had. 0 or LP_ERR_NET, then s is free. */
static int settle(struct lp_posix_net *n, struct lp_posix_socket *s,
                  const struct lp_posix_address *a, int count)
{
    uint16_t local_port = s->local_port;
    drop(s);
    for (int i = 0; i < count && s->fd < 0; i++) s->fd = connected(&a[i], local_port);
    if (s->fd >= 0 && watch(n, s->fd) == 0) return 0;
    drop(s);
    return LP_ERR_NET;
}

static bool resolves(const struct lp_posix_socket *s, const char *host, uint16_t port,
                     uint16_t local_port)
{
    return s->resolving && s->port == port && s->local_port == local_port && !strcmp(s->host, host);
}

/* The place where this very name is being resolved; else a free one; else one whose resolution nobody waits for. */
static struct lp_posix_socket *place(struct lp_posix_net *n, const char *host, uint16_t port,
                                     uint16_t local_port)
{
    struct lp_posix_socket *best = NULL;
    for (struct lp_posix_socket *s = n->socket; s < n->socket + LP_POSIX_SOCKETS; s++) {
        if (resolves(s, host, port, local_port)) return s;
        if (s->fd < 0 || (!best && s->resolving)) best = s;
    }
    return best;
}

static int begin_resolving(struct lp_posix_net *n, struct lp_posix_socket *s, const char *host)
{
    memcpy(s->host, host, strlen(host) + 1);
    s->fd = lp_posix_resolve(host, s->port);
    s->resolving = true;
    if (s->fd >= 0 && watch(n, s->fd) == 0) return LP_AGAIN;
    drop(s);
    return LP_ERR_NET;
}

static int net_open(struct lp_net *net, const char *host, uint16_t port, uint16_t local_port)
{
    struct lp_posix_net *n = net_of(net);
    struct lp_posix_address a[LP_POSIX_ADDRESSES];
    if (strlen(host) >= sizeof n->socket[0].host) return LP_ERR_NET;
    struct lp_posix_socket *s = place(n, host, port, local_port);
    if (!s) return LP_ERR_NET;

    int count;
    if (resolves(s, host, port, local_port)) {
        count = lp_posix_resolved(s->fd, a);
        if (count == LP_AGAIN) return LP_AGAIN;
    } else {
        drop(s);
        s->port = port;
        s->local_port = local_port;
        count = lp_posix_numeric(host, port, a);
        if (!count) return begin_resolving(n, s, host);
    }
    int err = settle(n, s, a, count);
    return err ? err : (int)(s - n->socket);
}

/* The first send after an ICMP error reports that error and sends nothing: it is tried once more. */
static int net_send(struct lp_net *net, int handle, const void *p, size_t size)
{
    int fd = net_of(net)->socket[handle].fd;
    for (int tries = 0; tries < 3; tries++) {
        if (send(fd, p, size, MSG_NOSIGNAL) >= 0)
            return 0; /* a datagram goes whole or not at all */
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return LP_AGAIN;
        if (errno == EMSGSIZE) return LP_ERR_TOO_LARGE;
        if (errno != EINTR && errno != ECONNREFUSED) return LP_ERR_NET;
    }
    return LP_ERR_NET;
}

static int net_recv(struct lp_net *net, int handle, void *p, size_t cap)
{
    struct lp_posix_socket *s = &net_of(net)->socket[handle];
    for (;;) {
        ssize_t n = recv(s->fd, p, cap, MSG_TRUNC); /* MSG_TRUNC: the real length comes back */
        if (n >= 0) s->heard = true;
        if (n >= 0 && (size_t)n <= cap) return (int)n;
        if (n >= 0 || errno == EINTR) continue;
        return errno == EAGAIN || errno == EWOULDBLOCK ? LP_AGAIN : LP_ERR_NET;
    }
}

static void net_close(struct lp_net *net, int handle)
{
    struct lp_posix_net *n = net_of(net);
    if (!n->socket[handle].heard) n->turn++;
    drop(&n->socket[handle]);
}

void lp_posix_net_init(struct lp_posix_net *n, int epoll)
{
    memset(n, 0, sizeof *n);
    n->net = (struct lp_net){net_open, net_send, net_recv, net_close};
    n->epoll = epoll;
    for (int i = 0; i < LP_POSIX_SOCKETS; i++) n->socket[i].fd = -1;
}

void lp_posix_net_close(struct lp_posix_net *n)
{
    for (int i = 0; i < LP_POSIX_SOCKETS; i++) drop(&n->socket[i]);
}

int lp_posix_wait(struct lp_posix_net *n, int fd, uint32_t ms)
{
    struct pollfd p[LP_POSIX_SOCKETS + 1];
    for (int i = 0; i < LP_POSIX_SOCKETS; i++)
        p[i] = (struct pollfd){.fd = n->socket[i].fd, .events = POLLIN}; /* poll passes over -1 */
    p[LP_POSIX_SOCKETS] = (struct pollfd){.fd = fd, .events = POLLIN};
    int timeout = ms == UINT32_MAX ? -1 : ms > INT32_MAX ? INT32_MAX : (int)ms;
    return poll(p, LP_POSIX_SOCKETS + 1, timeout) > 0 && p[LP_POSIX_SOCKETS].revents != 0;
}

uint64_t lp_posix_now(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_BOOTTIME, &t)) clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}
