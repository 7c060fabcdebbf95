/* SPDX-License-Identifier: Apache-2.0
 *
 * timer.h - what is to happen later: a heap of timers that live in the structs they belong to. The time is the
 * caller's, so that a test can let a day pass in no time. */
#ifndef SERVER_TIMER_H
#define SERVER_TIMER_H

#include <stddef.h>
#include <stdint.h>

struct timer {
    uint64_t at;
    size_t slot; /* place in the heap, from 1; 0: not running */
    void (*fn)(void *ctx);
    void *ctx;
};

struct timers {
    struct timer **heap;
    size_t n, cap;
};

void timer_init(struct timer *, void (*fn)(void *), void *ctx);
void timer_set(struct timers *, struct timer *, uint64_t at); /* starts it, or moves it */
void timer_stop(struct timers *, struct timer *);
/* ms until the first one is due; UINT32_MAX: there is none. */
uint32_t timers_wait(const struct timers *, uint64_t now);
/* Runs what is due; a timer that sets itself again for now waits for the next call. */
void timers_run(struct timers *, uint64_t now);
void timers_free(struct timers *);

#endif
