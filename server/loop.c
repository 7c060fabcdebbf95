/* SPDX-License-Identifier: Apache-2.0
 *
 * loop.c - see loop.h.
 */
#include "server/loop.h"

#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

int loop_open(struct loop *l)
{
    l->n = 0;
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    return l->epoll < 0 ? -1 : 0;
}

int loop_add(struct loop *l, int fd, void (*ready)(void *), void *ctx)
{
    if (l->n == LOOP_SOURCES) return -1;
    l->source[l->n].ready = ready;
    l->source[l->n].ctx = ctx;
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)l->n++};
    return epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e);
}

void loop_wait(struct loop *l, uint32_t ms)
{
    struct epoll_event events[LOOP_SOURCES];
    int timeout = ms == UINT32_MAX ? -1 : ms > INT_MAX ? INT_MAX : (int)ms;
    int n = epoll_wait(l->epoll, events, LOOP_SOURCES, timeout);
    for (int i = 0; i < n; i++)
        l->source[events[i].data.u32].ready(l->source[events[i].data.u32].ctx);
}

void loop_close(struct loop *l)
{
    close(l->epoll);
}
