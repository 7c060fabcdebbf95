/* SPDX-License-Identifier: Apache-2.0
 *
 * loop.h - what can be read now: epoll, and a function for each descriptor. */
#ifndef SERVER_LOOP_H
#define SERVER_LOOP_H

#include <stdint.h>

#define LOOP_SOURCES 8

struct loop {
    int epoll, n;
    struct {
        void (*ready)(void *ctx);
        void *ctx;
    } source[LOOP_SOURCES];
};

int loop_open(struct loop *); /* 0 or -1, errno */
int loop_add(struct loop *, int fd, void (*ready)(void *), void *ctx);
void loop_wait(struct loop *,
               uint32_t ms); /* until something is ready, or ms have passed; calls what is */
void loop_close(struct loop *);

#endif
