/* SPDX-License-Identifier: Apache-2.0
 *
 * resolve.c - names to addresses without waiting. getaddrinfo waits, so a thread of its own does it and sends what it
 * found as one message through a socket pair; the two share nothing else. Whoever does not want the answer any more
 * closes his end, and the thread's send fails.
 *
 *   lp_posix_resolve --pair--> thread: getaddrinfo, send, close
 *         `-- descriptor, readable when the message is there --> lp_posix_resolved
 */
#include "posix/posix.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct job {
    int fd;
    char host[256], port[6];
};

struct answer {
    int n;
    struct lp_posix_address address[LP_POSIX_ADDRESSES];
};

/* "localhost" is ::1 first, while most servers listen at 127.0.0.1. */
static void loopback_v4_first(struct answer *a)
{
    struct sockaddr_in6 v6;
    if (a->n < 2 || a->address[0].family != AF_INET6) return;
    memcpy(&v6, a->address[0].bytes, sizeof v6);
    if (!IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr)) return;
    struct lp_posix_address first = a->address[0];
    a->address[0] = a->address[1];
    a->address[1] = first;
}

static int look_up(const char *host, const char *port, int flags, struct answer *a)
{
    struct addrinfo *list = NULL,
                    hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = flags | AI_NUMERICSERV};
    a->n = 0;
    if (getaddrinfo(host, port, &hints, &list)) return 0;
    for (struct addrinfo *i = list; i && a->n < LP_POSIX_ADDRESSES; i = i->ai_next) {
        struct lp_posix_address *to = &a->address[a->n];
        if ((i->ai_family != AF_INET && i->ai_family != AF_INET6) ||
            i->ai_addrlen > sizeof to->bytes)
            continue;
        to->family = (uint16_t)i->ai_family;
        to->len = (uint16_t)i->ai_addrlen;
        memcpy(to->bytes, i->ai_addr, i->ai_addrlen);
        a->n++;
    }
    freeaddrinfo(list);
    loopback_v4_first(a);
    return a->n;
}

static void *work(void *arg)
{
    struct job *job = arg;
    struct answer a;
    memset(&a, 0, sizeof a);
    look_up(job->host, job->port, AI_ADDRCONFIG, &a);
    if (!a.n) look_up(job->host, job->port, 0, &a); /* a machine with nothing but its loopback */
    (void)!send(job->fd, &a, sizeof a, MSG_NOSIGNAL);
    close(job->fd);
    free(job);
    return NULL;
}

/* Signals are the main thread's business. */
static int start(struct job *job)
{
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&thread, NULL, work, job);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!err) pthread_detach(thread);
    return err;
}

int lp_posix_resolve(const char *host, uint16_t port)
{
    int pair[2];
    struct job *job = calloc(1, sizeof *job);
    if (!job || strlen(host) >= sizeof job->host) goto fail;
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair)) goto fail;
    job->fd = pair[1];
    memcpy(job->host, host, strlen(host) + 1);
    snprintf(job->port, sizeof job->port, "%u", (unsigned)port);
    if (!start(job)) return pair[0];
    close(pair[0]);
    close(pair[1]);
fail:
    free(job);
    return -1;
}

int lp_posix_resolved(int fd, struct lp_posix_address to[LP_POSIX_ADDRESSES])
{
    struct answer a;
    ssize_t n = recv(fd, &a, sizeof a, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return LP_AGAIN;
    if (n != (ssize_t)sizeof a) return 0;
    memcpy(to, a.address, sizeof a.address);
    return a.n;
}

int lp_posix_numeric(const char *host, uint16_t port, struct lp_posix_address *to)
{
    struct answer a;
    char service[6];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    if (look_up(host, service, AI_NUMERICHOST, &a) == 0) return 0;
    *to = a.address[0];
    return 1;
}
