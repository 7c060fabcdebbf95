/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_exchange.c - an exchange under any sequence of datagrams, time and calls of its owner.
 *
 * The input is a run of: operation (1), length (1), that many bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "link/crypto.h"
#include "link/exchange.h"
#include "sim/sim.h"

static struct lp_exchange x;
static uint8_t buf[64];
static uint64_t now;

static void check(bool ok)
{
    if (!ok) abort();
}

static void look_at(const struct lp_exchange_event *ev, bool was_busy)
{
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < ev->send.n; i++) sum ^= ((const uint8_t *)ev->send.p)[i];
    (void)sum;
    if (ev->kind == LP_X_RESPONSE || ev->kind == LP_X_ACKED || ev->kind == LP_X_TIMEOUT || ev->mine)
        check(was_busy && !lp_exchange_busy(&x) && ev->tag == 42);
    check(ev->kind != LP_X_NONE || !ev->duplicate);
}

static void receive(const uint8_t *p, size_t n)
{
    struct lp_exchange_event ev;
    bool was_busy = lp_exchange_busy(&x);
    lp_exchange_recv(&x, p, n, now, &ev);
    look_at(&ev, was_busy);
    if (ev.kind != LP_X_REQUEST) return;
    uint8_t answer[80] = {(uint8_t)(0x60 | ev.msg.tkl), 0x44};
    struct lp_coap request = ev.msg;
    lp_exchange_recv(&x, p, n, now, &ev); /* at once again: it is being served */
    check(ev.kind == LP_X_NONE);
    if (n % 5) lp_exchange_answered(&x, &request, answer, n % 5 == 1 ? 80 : 4u + request.tkl, now);
    lp_exchange_recv(&x, p, n, now, &ev);
    check(ev.kind == LP_X_NONE ||
          (ev.duplicate && (request.code == LP_GET || request.code == LP_FETCH)));
}

static void operation(unsigned op, const uint8_t *p, size_t n)
{
    struct lp_exchange_event ev;
    bool was_busy = lp_exchange_busy(&x);
    switch (op % 8) {
    case 0:
        now += n * n * 8;
        lp_exchange_poll(&x, now, &ev);
        look_at(&ev, was_busy);
        break;
    case 1:
        n = n < sizeof(buf) ? n : sizeof(buf);
        if (!was_busy) {
            memcpy(buf, p, n);
            lp_exchange_sent(&x, n, 42, now);
        }
        break;
    case 2:
        if (n == 0)
            lp_exchange_clear(&x);
        else
            lp_exchange_cancel(&x);
        break;
    default: receive(p, n);
    }
    check(lp_exchange_busy(&x) == (lp_exchange_wait(&x, now) != UINT32_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    lp_sim_seed(1);
    now = 1000;
    lp_exchange_init(&x, buf, sizeof(buf), NULL);
    while (n >= 2) {
        size_t k = p[1] < n - 2 ? p[1] : n - 2;
        uint8_t *exact = malloc(k ? k : 1);
        check(exact != NULL);
        memcpy(exact, p + 2, k);
        operation(p[0], exact, k);
        free(exact);
        p += 2 + k;
        n -= 2 + k;
    }
    struct lp_exchange_event ev;
    lp_exchange_recv(&x, "\x40\x00\x12\x34", 4, now, &ev);
    check(ev.kind == LP_X_NONE && ev.send.n == 4 && memcmp(ev.send.p, "\x70\x00\x12\x34", 4) == 0);
    return 0;
}
