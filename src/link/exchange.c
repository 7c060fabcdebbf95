/* SPDX-License-Identifier: Apache-2.0
 *
 * exchange.c - message layer of CoAP (RFC 7252 section 4). Two halves that share nothing but the peer's message ids:
 *
 *   ours       one outstanding CON in ->buf, and the timer that sends it again
 *   the peer's seen[]: the message ids of its requests and separate responses; to the first ones, what we answered
 *
 * What seen[] holds about a message:
 *
 *   delivered                         len 0, flags   0 or SAFE    a duplicate is ignored: the answer is on its way
 *   answered, and the answer fits     len > 0                     a duplicate gets the same bytes again
 *   answered GET or FETCH, too long   len 0, SAFE | AGAIN         a duplicate is served again
 *
 *   answered POST                     ONCE                        put out it leaves its id behind the first ones
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

#define LIFETIME (LP_EXCHANGE_LIFETIME / 1024 + 2) /* both ends rounded up */
#define PLACES   (LP_MAX_DUPLICATES + LP_MAX_OLD_DUPLICATES)

static bool is_request(uint8_t code)
{
    return code > 0 && code < 32;
}

/* ---- the peer's messages ---- */

/* Time in seen[]. A place that was never taken is over at any time. */
static uint32_t units(uint64_t now)
{
    return (uint32_t)(now >> 10) + LIFETIME;
}

static struct lp_seen *find(struct lp_exchange *x, uint16_t mid, uint32_t at)
{
    for (struct lp_seen *s = x->seen; s < x->seen + PLACES; s++)
        if (s->mid == mid && at - s->at < LIFETIME) return s;
    return NULL;
}

/* Of the n from *s on the first of these that there is: one whose time is over, the oldest safe one, the oldest.
 * Equally old ones go round, behind the newest. */
static struct lp_seen *choose(const struct lp_exchange *x, struct lp_seen *s, unsigned n,
                              uint32_t at)
{
    uint32_t most = 0;
    struct lp_seen *best = s;
    for (; n; n--, s++) {
        uint32_t age = at - s->at, score = UINT32_MAX;
        if (age < LIFETIME) score = (s->flags & SAFE ? age + LIFETIME : age) * 2 + (s > x->newest);
        if (score > most) {
            most = score;
            best = s;
        }
    }
    return best;
}

/* Puts out of its place what is there; a POST then takes the place of one of those behind. */
static struct lp_seen *remember(struct lp_exchange *x, const struct lp_coap *m, uint32_t at)
{
    struct lp_seen *s = choose(x, x->seen, LP_MAX_DUPLICATES, at);
    s->len = 0;
    if (s->flags & ONCE && at - s->at < LIFETIME)
        *choose(x, x->seen + LP_MAX_DUPLICATES, LP_MAX_OLD_DUPLICATES, at) = *s;
    x->newest = s;
    s->at = at;
    s->mid = m->mid;
    s->flags = m->code == LP_GET || m->code == LP_FETCH ? SAFE : m->code == LP_POST ? ONCE : 0;
    return s;
}

void lp_exchange_answered(struct lp_exchange *x, const struct lp_coap *request, const void *p,
                          size_t n, uint64_t now)
{
    if (request->type != LP_CON) return; /* duplicates of NON are ignored */
    uint32_t at = units(now);
    struct lp_seen *s = find(x, request->mid, at);
    if (!s || s >= x->seen + LP_MAX_DUPLICATES)
        s = remember(x, request, at); /* put out while it was served */
    s->flags &= SAFE | ONCE;
    if (n > LP_DUPLICATE_BYTES) {
        s->flags |= s->flags & SAFE ? AGAIN : 0;
        n = s->flags & AGAIN ? 0 : 4u + (*(const uint8_t *)p & 15); /* code and token */
    }
    if (n) memcpy(x->answers[s - x->seen], p, n);
    s->len = (uint8_t)n;
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
    memset(x->seen, 0, sizeof(x->seen));
    x->newest = x->seen;
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

/* Those behind were answered long ago, and have neither answer nor AGAIN. */
static void recv_again(struct lp_exchange *x, struct lp_seen *s, struct lp_exchange_event *ev)
{
    if (ev->msg.type != LP_CON) return;
    if (s->len) ev->send = (struct lp_span){x->answers[s - x->seen], s->len};
    if (s->flags & AGAIN && is_request(ev->msg.code)) {
        s->flags = SAFE; /* it is being served */
        ev->kind = LP_X_REQUEST;
        ev->duplicate = true;
    }
}

/* A non-confirmable one whose critical options are not known is ignored (RFC 7252 5.4.1): there is no 4.02 for it. */
static void recv_request(struct lp_exchange *x, uint64_t now, struct lp_exchange_event *ev)
{
    remember(x, &ev->msg, units(now));
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
    remember(x, &ev->msg, units(now));
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
    struct lp_seen *s;
    if (lp_coap_parse(m, p, n) != 0 || (m->code == LP_EMPTY && m->type < LP_ACK)) {
        if (is_con(p, n)) /* malformed, or a ping */
            ev->send = lp_exchange_reset(m, ev->reply);
    } else if (m->type >= LP_ACK) {
        recv_reply(x, now, ev);
    } else if ((s = find(x, m->mid, units(now))) != NULL) {
        recv_again(x, s, ev);
    } else if (is_request(m->code)) {
        recv_request(x, now, ev);
    } else {
        recv_response(x, now, ev);
    }
}
