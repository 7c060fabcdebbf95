/* SPDX-License-Identifier: Apache-2.0
 *
 * timer.c - a binary heap, the earliest on top; heap[0] is not used.
 */
#include "server/timer.h"

#include <stdlib.h>

#include "server/mem.h"

static void place(struct timers *t, struct timer *x, size_t slot)
{
    t->heap[slot] = x;
    x->slot = slot;
}

static void rise(struct timers *t, struct timer *x, size_t slot)
{
    for (; slot > 1 && t->heap[slot / 2]->at > x->at; slot /= 2) place(t, t->heap[slot / 2], slot);
    place(t, x, slot);
}

static void sink(struct timers *t, struct timer *x, size_t slot)
{
    for (size_t child; (child = slot * 2) <= t->n; slot = child) {
        if (child < t->n && t->heap[child + 1]->at < t->heap[child]->at) child++;
        if (t->heap[child]->at >= x->at) break;
        place(t, t->heap[child], slot);
    }
    place(t, x, slot);
}

void timer_init(struct timer *x, void (*fn)(void *), void *ctx)
{
    *x = (struct timer){.fn = fn, .ctx = ctx};
}

void timer_set(struct timers *t, struct timer *x, uint64_t at)
{
    if (x->slot && x->at == at) return;
    timer_stop(t, x);
    x->at = at;
    if (t->n + 2 > t->cap) {
        t->cap = t->cap ? t->cap * 2 : 64;
        t->heap = mem_grow(t->heap, t->cap * sizeof(struct timer *));
    }
    t->n++;
    rise(t, x, t->n);
}

void timer_stop(struct timers *t, struct timer *x)
{
    size_t slot = x->slot;
    if (!slot) return;
    struct timer *last = t->heap[t->n--];
    x->slot = 0;
    if (last == x) return;
    if (last->at < x->at)
        rise(t, last, slot);
    else
        sink(t, last, slot);
}

uint32_t timers_wait(const struct timers *t, uint64_t now)
{
    if (!t->n) return UINT32_MAX;
    uint64_t at = t->heap[1]->at;
    if (at <= now) return 0;
    return at - now < UINT32_MAX ? (uint32_t)(at - now) : UINT32_MAX - 1;
}

void timers_run(struct timers *t, uint64_t now)
{
    for (size_t most = t->n; most && t->n && t->heap[1]->at <= now; most--) {
        struct timer *x = t->heap[1];
        timer_stop(t, x);
        x->fn(x->ctx);
    }
}

void timers_free(struct timers *t)
{
    free(t->heap);
    *t = (struct timers){0};
}
