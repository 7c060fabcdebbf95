/* SPDX-License-Identifier: Apache-2.0
 *
 * net.c - see net.h.
 */
#include "server/net.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_BUFFER \
    (4 << 20) /* a burst of a few thousand registrations; the system may give less */

static int bound(struct addr *a, int type)
{
    int on = 1, size = RECEIVE_BUFFER;
    int fd = socket(a->u.sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    else
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    if (a->u.sa.sa_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    socklen_t n = a->n;
    if (bind(fd, &a->u.sa, a->n) == 0 && getsockname(fd, &a->u.sa, &n) == 0) return fd;
    int err = errno;
    close(fd);
    errno = err;
    return -1;
}

int net_udp(struct addr *a)
{
    return bound(a, SOCK_DGRAM);
}

int net_tcp(struct addr *a)
{
    int fd = bound(a, SOCK_STREAM);
    if (fd < 0 || listen(fd, 128) == 0) return fd;
    int err = errno;
    close(fd);
    errno = err;
    return -1;
}

int net_recv(int fd, struct addr *from, void *p, unsigned cap)
{
    struct sockaddr_storage sa;
    memset(&sa, 0, sizeof(sa));
    socklen_t sa_n = sizeof(sa);
    ssize_t n;
    do n = recvfrom(fd, p, cap, 0, (struct sockaddr *)&sa, &sa_n);
    while (n < 0 &&
           (errno == EINTR || errno == ECONNREFUSED)); /* the answer to something sent is no end */
    if (n < 0) return -1;
    addr_set(from, &sa, sa_n);
    return (int)n;
}

void net_send(int fd, const struct addr *to, const void *p, unsigned n)
{
    /* What cannot be sent is lost, as on any wire; CoAP sends it again. */
    ssize_t sent = sendto(fd, p, n, 0, &to->u.sa, to->n);
    (void)sent;
}
