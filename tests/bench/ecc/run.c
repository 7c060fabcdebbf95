/* SPDX-License-Identifier: Apache-2.0
 * run.c - one handshake of the client and the server over two queues of datagrams. Says on the semihosting console
 * what only the program can know; what the client executed is counted from outside, between client_in and
 * client_out. */
#include "client.h"
#include "server.h"

#include "link/crypto.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PAINT 0xa5a5a5a5u

enum { DEPTH = 16, DATAGRAM = 2048, STACK = 32 * 1024, TURNS = 100000 };
struct queue {
    unsigned char bytes[DEPTH][DATAGRAM];
    size_t n[DEPTH], head, tail;
};
static struct queue up, down;
static _Alignas(8) unsigned char arena[64 * 1024];
static size_t stack_peak;

static int push(struct queue *q, const unsigned char *p, size_t n)
{
    if (n > DATAGRAM || q->head - q->tail == DEPTH) return -1;
    memcpy(q->bytes[q->head % DEPTH], p, n);
    q->n[q->head++ % DEPTH] = n;
    return (int)n;
}

static int pull(struct queue *q, unsigned char *p, size_t cap)
{
    if (q->head == q->tail) return 0;
    size_t i = q->tail++ % DEPTH, n = q->n[i] < cap ? q->n[i] : cap;
    memcpy(p, q->bytes[i], n);
    return (int)n;
}

int wire_send(const unsigned char *p, size_t n)
{
    return push(&up, p, n);
}
int wire_recv(unsigned char *p, size_t cap)
{
    return pull(&down, p, cap);
}
int server_wire_send(const unsigned char *p, size_t n)
{
    return push(&down, p, n);
}
int server_wire_recv(unsigned char *p, size_t cap)
{
    return pull(&up, p, cap);
}

/* Semihosting: the operation in r0, its argument in r1. */
static int host(int op, const void *arg)
{
    register int r0 __asm__("r0") = op;
    register const void *r1 __asm__("r1") = arg;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void say(const char *what, unsigned a, unsigned b)
{
    char text[64];
    snprintf(text, sizeof text, "%s %u %u\n", what, a, b);
    host(4, text); /* SYS_WRITE0 */
}

__attribute__((noreturn)) static void finish(int status)
{
    const uint32_t block[2] = {0x20026, (uint32_t)status}; /* ADP_Stopped_ApplicationExit */
    host(0x20, block);                                     /* SYS_EXIT_EXTENDED */
    __builtin_unreachable();
}

/* Where the client's instructions begin and end to count. */
__attribute__((noinline)) static void client_in(void)
{
    __asm__ volatile("@ in"); /* two functions, not one twice */
}
__attribute__((noinline)) static void client_out(void)
{
    __asm__ volatile("@ out");
}

/* The stack below the caller is painted, the client goes a step, and the paint that is left is looked at. */
__attribute__((noinline)) static int measured_step(void)
{
    volatile uint32_t *top = __builtin_frame_address(0), *low = top - STACK / 4;
    for (volatile uint32_t *p = low; p < top - 32; p++) *p = PAINT;
    client_in();
    int state = client_step();
    client_out();
    while (*low == PAINT) low++;
    size_t used = (size_t)(top - low) * 4;
    if (used > stack_peak) stack_peak = used;
    return state;
}

/* The sides in turn, each as far as it comes. */
static void handshake(void)
{
    lp_tls_memory(arena, sizeof arena);
    int mine = client_open(), theirs = server_open();

    for (int turn = 0; mine >= 0 && theirs >= 0 && (mine != 1 || theirs != 1); turn++) {
        if (mine != 1) mine = measured_step();
        if (mine != 0 && theirs != 1) theirs = server_step();
        if (turn == TURNS) mine = -1;
    }
    if (mine == 1 && theirs == 1) return;
    say("failed, client and server:", (unsigned)-mine, (unsigned)-theirs);
    finish(1);
}

int main(void)
{
    handshake();
    say("arena", (unsigned)lp_tls_memory_peak(), sizeof arena);
    say("stack", (unsigned)stack_peak, STACK);
    say("datagrams", (unsigned)up.head, (unsigned)down.head);
    finish(0);
}
