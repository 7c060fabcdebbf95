/* SPDX-License-Identifier: Apache-2.0
 *
 * exchange.c - message layer of CoAP (RFC 7252 section 4). Two halves that share nothing but the peer's message ids:
 *
 *   ours       one outstanding CON in ->buf, and the timer that sends it again
 *   the peer's seen[]: the message ids of its requests and separate responses, each with what we answered
 *
 * What seen[] holds about a message:
 *
 *   delivered                         len 0, flags   0 or SAFE    a duplicate is ignored: the answer is on its way
 *   answered, and the answer fits     len > 0                     a duplicate gets the same bytes again
 *   answered GET or FETCH, too long   len 0, SAFE | AGAIN         a duplicate is served again
 *
 *   answered POST                     ONCE                        pushed out it leaves its id in old_mid[]
 *
 * Room is short, and forgetting an Execute means that a late duplicate does it twice, so the place of a message that
 * is safe to serve twice is taken first, and a POST leaves its id behind: a duplicate is ignored. All times in seen[]
 * are in units of 1024 ms: a shift instead of a division.
 */
#include "link/exchange.h"

#include <string.h>

#include "link/crypto.h"

enum { IDLE, WAIT_ACK, WAIT_RESPONSE };
enum { SAFE = 1, AGAIN = 2, ONCE = 4 };

#define FREE     0xffffffffu
#define LIFETIME (LP_EXCHANGE_LIFETIME / 1024 + 2) /* both ends rounded up */

static bool is_request(uint8_t code)
{
    return code > 0 && code < 32;
}

/* ---- the peer's messages ---- */

static struct lp_duplicate *seen(struct lp_exchange *x, uint16_t mid, uint64_t now)
{
    for (unsigned i = 0; i < LP_MAX_DUPLICATES; i++) {
        struct lp_duplicate *d = &x->seen[i];
        if (d->mid == mid && d->at_s != FREE && (uint32_t)(now >> 10) - d->at_s < LIFETIME)
            return d;
    }
    return NULL;
}

/* The first of these that there is: a free place, one whose time is over, the oldest safe one, the oldest. Equally old
 * ones go round from ->oldest. */
static struct lp_duplicate *place(struct lp_exchange *x, uint32_t at)
{
    uint32_t most = 0;
    unsigned best = x->oldest;
    for (unsigned i = 0, k = x->oldest; i < LP_MAX_DUPLICATES; i++) {
        const struct lp_duplicate *d = &x->seen[k];
        uint32_t score = at - d->at_s;
        if (d->at_s == FREE || score >= LIFETIME)
            score = FREE;
        else if (d->flags & SAFE)
            score += LIFETIME;
        if (score > most) {
            most = score;
            best = k;
        }
        k = k + 1 == LP_MAX_DUPLICATES ? 0 : k + 1;
    }
    x->oldest = (uint8_t)((best + 1) % LP_MAX_DUPLICATES);
    return &x->seen[best];
}

static bool over(uint32_t at_s, uint32_t at)
{
    return at_s == FREE || at - at_s >= LIFETIME;
}

static bool is_old(const struct lp_exchange *x, uint16_t mid, uint64_t now)
{
    for (unsigned i = 0; i < LP_MAX_OLD_DUPLICATES; i++)
        if (x->old_mid[i] == mid && !over(x->old_at[i], (uint32_t)(now >> 10))) return true;
    return false;
}

/* d is to be pushed out. Its id takes the place of one whose time is over, or of the oldest. */
static void leave_id(struct lp_exchange *x, const struct lp_duplicate *d, uint32_t at)
{
    unsigned best = 0;
    if (!(d->flags & ONCE) || over(d->at_s, at)) return;
    for (unsigned i = 1; i < LP_MAX_OLD_DUPLICATES && !over(x->old_at[best], at); i++)
        if (over(x->old_at[i], at) || x->old_at[i] < x->old_at[best]) best = i;
    x->old_at[best] = d->at_s;
    x->old_mid[best] = d->mid;
}

static struct lp_duplicate *remember(struct lp_exchange *x, const struct lp_coap *m, uint64_t now)
{
    struct lp_duplicate *d = place(x, (uint32_t)(now >> 10));
    leave_id(x, d, (uint32_t)(now >> 10));
    d->at_s = (uint32_t)(now >> 10);
    d->mid = m->mid;
    d->len = 0;
    d->flags = m->code == LP_GET || m->code == LP_FETCH ? SAFE : m->code == LP_POST ? ONCE : 0;
    return d;
}

void lp_exchange_answered(struct lp_exchange *x, const struct lp_coap *request, const void *p,
                          size_t n, uint64_t now)
{
    if (request->type != LP_CON) return; /* duplicates of NON are ignored */
    struct lp_duplicate *d = seen(x, request->mid, now);
    if (!d) d = remember(x, request, now); /* it was pushed out while it was served */
    d->flags &= SAFE | ONCE;
    if (n > LP_DUPLICATE_BYTES) {
        d->flags |= d->flags & SAFE ? AGAIN : 0;
        n = d->flags & AGAIN ? 0 : 4u + (*(const uint8_t *)p & 15); /* code and token */
    }
    if (n) memcpy(d->bytes, p, n);
    d->len = (uint8_t)n;
}

static struct lp_span empty(uint8_t first, uint16_t mid, uint8_t buf[4])
{
    buf[0] = first;
    buf[1] = LP_EMPTY;
    buf[2] = (uint8_t)(mid >> 8);
    buf[3] = (uint8_t)mid;
    return (struct lp_span){buf, 4};
}

struct lp_span lp_exchange_ack(const struct lp_coap *m, uint8_t buf[4])
{
    return empty(0x60, m->mid, buf);
}

struct lp_span lp_exchange_reset(const struct lp_coap *m, uint8_t buf[4])
{
    return empty(0x70, m->mid, buf);
}

/* ---- our own message ---- */

void lp_exchange_init(struct lp_exchange *x, void *buf, size_t cap, const struct lp_tx *tx)
{
    memset(x, 0, sizeof(*x));
    x->buf = buf;
    x->cap = (uint16_t)cap;
    if (tx) x->tx = *tx;
    if (!x->tx.ack_timeout) x->tx = (struct lp_tx){2000, 150, 4};
    lp_port_random(&x->next_mid, sizeof(x->next_mid)); /* without a generator: from 0 */
    lp_exchange_clear(x);
}

void lp_exchange_clear(struct lp_exchange *x)
{
    x->state = IDLE;
    for (unsigned i = 0; i < LP_MAX_DUPLICATES; i++) x->seen[i].at_s = FREE;
    memset(x->old_at, 0xff, sizeof(x->old_at));
}

bool lp_exchange_busy(const struct lp_exchange *x)
{
    return x->state != IDLE;
}

void lp_exchange_cancel(struct lp_exchange *x)
{
    x->state = IDLE;
}

uint16_t lp_exchange_mid(struct lp_exchange *x)
{
    return x
        ->next_mid++; /* comes round after 65536: slower than 265 messages a second it is not used twice */
}

void lp_exchange_token(struct lp_exchange *x, uint8_t *token, uint8_t n)
{
    if (lp_port_random(token, n) != 0) /* no secret, but it must differ from those before */
        for (uint8_t i = 0; i < n; i++) token[i] = (uint8_t)(i < 2 ? x->next_mid >> 8 * i : 0);
}

int lp_exchange_sent(struct lp_exchange *x, size_t len, uint32_t tag, uint64_t now)
{
    const uint8_t *m = x->buf;
    if (x->state != IDLE || len < 4 || len > x->cap || (m[0] & 15) > LP_MAX_TOKEN)
        return LP_ERR_STATE;
    x->state = WAIT_ACK;
    x->len = (uint16_t)len;
    x->tag = tag;
    x->tries = 0;
    x->mid = (uint16_t)(m[2] << 8 | m[3]);
    x->tkl = m[0] & 15;
    memcpy(x->token, m + 4, x->tkl);
    x->wait = x->tx.ack_timeout;
    if (x->tx.random_percent > 100)
        x->wait += lp_random_below(x->wait / 100 * (x->tx.random_percent - 100u) + 1);
    x->deadline = now + x->wait;
    return LP_OK;
}

static void done(struct lp_exchange *x, enum lp_exchange_kind kind, struct lp_exchange_event *ev)
{
    x->state = IDLE;
    ev->kind = kind;
    ev->tag = x->tag;
    ev->mine = true;
}

void lp_exchange_poll(struct lp_exchange *x, uint64_t now, struct lp_exchange_event *ev)
{
    memset(ev, 0, sizeof(*ev));
    if (x->state == IDLE || now < x->deadline) return;
    if (x->state == WAIT_RESPONSE || x->tries >= x->tx.max_retransmit) {
        done(x, LP_X_TIMEOUT, ev);
        return;
    }
    x->tries++;
    x->wait = x->wait > UINT32_MAX / 2 ? UINT32_MAX : x->wait * 2;
    x->deadline = now + x->wait;
    ev->kind = LP_X_RETRANSMIT;
    ev->send = (struct lp_span){x->buf, x->len};
}

uint32_t lp_exchange_wait(const struct lp_exchange *x, uint64_t now)
{
    if (x->state == IDLE) return UINT32_MAX;
    if (now >= x->deadline) return 0;
    uint64_t left = x->deadline - now;
    return left < UINT32_MAX ? (uint32_t)left : UINT32_MAX - 1;
}

/* ---- a datagram ---- */

static bool answers_ours(const struct lp_exchange *x, const struct lp_coap *m)
{
    return x->state != IDLE && is_request(x->buf[1]) && m->tkl == x->tkl &&
           memcmp(m->token, x->token, x->tkl) == 0;
}

/* ACK and RST: about the message id of ours that they carry. A response with a foreign token in an ACK of ours is
 * ignored (RFC 7252 5.3.2): whoever made it, it is not the answer, and ours is sent again. */
static void recv_reply(struct lp_exchange *x, uint64_t now, struct lp_exchange_event *ev)
{
    const struct lp_coap *m = &ev->msg;
    bool ours = x->state != IDLE && m->mid == x->mid;
    if (m->type == LP_RST) {
        if (m->code != LP_EMPTY) return;
        ev->kind = LP_X_RESET;
        if (ours) done(x, LP_X_RESET, ev);
    } else if (!ours) {
        return;
    } else if (m->code != LP_EMPTY) {
        if (!is_request(m->code) && answers_ours(x, m)) done(x, LP_X_RESPONSE, ev);
    } else if (!is_request(x->buf[1])) {
        done(x, LP_X_ACKED, ev);
    } else if (x->state == WAIT_ACK) {
        x->state = WAIT_RESPONSE;
        x->deadline = now + LP_RESPONSE_WAIT;
    }
}

static void recv_again(struct lp_duplicate *d, struct lp_exchange_event *ev)
{
    if (ev->msg.type == LP_CON && d->len) ev->send = (struct lp_span){d->bytes, d->len};
    if (ev->msg.type == LP_CON && d->flags & AGAIN && is_request(ev->msg.code)) {
        d->flags = SAFE; /* it is being served */
        ev->kind = LP_X_REQUEST;
        ev->duplicate = true;
    }
}

/* A non-confirmable one whose critical options are not known is ignored (RFC 7252 5.4.1): there is no 4.02 for it. */
static void recv_request(struct lp_exchange *x, uint64_t now, struct lp_exchange_event *ev)
{
    remember(x, &ev->msg, now);
    if (ev->msg.type == LP_NON && lp_coap_check_options(&ev->msg) != 0) return;
    ev->kind = LP_X_REQUEST;
}

/* A separate response. It stands for the ACK too, if that was lost; ours to a CON one is kept for its duplicates. */
static void recv_response(struct lp_exchange *x, uint64_t now, struct lp_exchange_event *ev)
{
    if (!answers_ours(x, &ev->msg)) {
        ev->kind = LP_X_OTHER;
        return;
    }
    remember(x, &ev->msg, now);
    if (ev->msg.type == LP_CON) {
        ev->send = lp_exchange_ack(&ev->msg, ev->reply);
        lp_exchange_answered(x, &ev->msg, ev->reply, 4, now);
    }
    done(x, LP_X_RESPONSE, ev);
}

static bool is_con(const uint8_t *p, size_t n)
{
    return n >= 4 && p[0] >> 4 == (1 << 2 | LP_CON);
}

void lp_exchange_recv(struct lp_exchange *x, const void *p, size_t n, uint64_t now,
                      struct lp_exchange_event *ev)
{
    memset(ev, 0, sizeof(*ev));
    struct lp_coap *m = &ev->msg;
    struct lp_duplicate *d;
    if (lp_coap_parse(m, p, n) != 0 || (m->code == LP_EMPTY && m->type < LP_ACK)) {
        if (is_con(p, n)) /* malformed, or a ping */
            ev->send = lp_exchange_reset(m, ev->reply);
    } else if (m->type >= LP_ACK) {
        recv_reply(x, now, ev);
    } else if ((d = seen(x, m->mid, now)) != NULL) {
        recv_again(d, ev);
    } else if (is_old(x, m->mid, now)) {
        return; /* it was answered long ago */
    } else if (is_request(m->code)) {
        recv_request(x, now, ev);
    } else {
        recv_response(x, now, ev);
    }
}
