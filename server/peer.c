/* SPDX-License-Identifier: Apache-2.0
 *
 * peer.c - see peer.h: the table of peers, and one CoAP message.
 */
#include "server/peer.h"

#include <stdlib.h>
#include <string.h>

#include "server/log.h"
#include "server/mem.h"
#include "server/observe.h"
#include "server/op.h"
#include "server/reg.h"
#include "server/serve.h"
#include "server/session.h"

static uint64_t addr_hash(const struct addr *a)
{
    return table_hash(&a->u, a->n);
}

/* ---- idle peers, in the order in which they were heard last ---- */

static void idle_leave(struct peer *p)
{
    if (!p->in_idle) return;
    struct server *s = p->s;
    p->in_idle = false;
    *(p->idle_prev ? &p->idle_prev->idle_next : &s->idle_first) = p->idle_next;
    *(p->idle_next ? &p->idle_next->idle_prev : &s->idle_last) = p->idle_prev;
}

static void idle_sort(struct peer *p)
{
    struct server *s = p->s;
    idle_leave(p);
    if (p->reg || p->session || p->doomed) return;
    p->in_idle = true;
    p->idle_next = NULL;
    p->idle_prev = s->idle_last;
    *(s->idle_last ? &s->idle_last->idle_next : &s->idle_first) = p;
    s->idle_last = p;
}

/* ---- life ---- */

static void tick(void *ctx);

static void init(struct peer *p, struct server *s, enum transport t, const struct addr *a)
{
    p->s = s;
    p->transport = t;
    p->addr = *a;
    lp_exchange_init(&p->x, p->buf, sizeof(p->buf), NULL);
    timer_init(&p->timer, tick, p);
}

struct peer *peer_new(struct server *s, enum transport t, const struct addr *a,
                      struct lp_dtls_peer *dtls)
{
    if (s->peers >= s->max_peers) {
        if (!s->idle_first) {
            log_event("full", NULL, "%u devices are connected and no more are taken (--max-peers)",
                      s->peers);
            return NULL;
        }
        peer_free(s->idle_first);
    }
    struct peer *p = mem_new(sizeof(*p));
    init(p, s, t, a);
    p->dtls = dtls;
    p->dtls_at = UINT64_MAX;
    p->heard = s->now;
    s->peers++;
    p->in_addr = true;
    table_add(&s->by_addr[t], &p->by_addr, addr_hash(a));
    idle_sort(p);
    peer_schedule(p);
    return p;
}

struct peer *peer_find(struct server *s, enum transport t, const struct addr *a)
{
    for (struct link *l = table_first(&s->by_addr[t], addr_hash(a)); l; l = table_next(l)) {
        struct peer *p = container_of(l, struct peer, by_addr);
        if (addr_equal(&p->addr, a) && !p->doomed) return p;
    }
    return NULL;
}

struct peer *peer_visitor(struct server *s, const struct addr *a)
{
    if (!s->visitor) {
        s->visitor = mem_new(sizeof(struct peer));
        init(s->visitor, s, COAP, a);
    }
    lp_exchange_clear(&s->visitor->x);
    s->visitor->addr = *a;
    return s->visitor;
}

bool peer_is_visitor(const struct peer *p)
{
    return p == p->s->visitor;
}

struct peer *peer_keep(struct peer *p)
{
    return peer_is_visitor(p) ? peer_new(p->s, COAP, &p->addr, NULL) : p;
}

static void leave_tables(struct peer *p)
{
    if (p->in_addr) table_del(&p->s->by_addr[p->transport], &p->by_addr);
    if (p->in_cid) table_del(&p->s->by_cid, &p->by_cid);
    p->in_addr = p->in_cid = false;
}

/* Nobody holds on to it any more. */
static void let_go(struct peer *p)
{
    struct reg *r = p->reg;
    p->reg = NULL;
    if (p->busy) outbox_lost(p->busy);
    p->busy = NULL;
    if (r) reg_lost_peer(r);
    if (p->session) session_end(p->session, "the connection ended");
    leave_tables(p);
    idle_leave(p);
}

void peer_drop(struct peer *p, bool notify)
{
    if (p->doomed) return;
    p->doomed = true;
    p->notify = notify;
    let_go(p);
    timer_set(&p->s->timers, &p->timer, p->s->now);
}

void peer_free(struct peer *p)
{
    struct server *s = p->s;
    if (!p->doomed && !peer_is_visitor(p)) let_go(p);
    if (!peer_is_visitor(p)) s->peers--;
    if (p->dtls && !p->up) {
        s->handshakes--;
        creds_failed(s, &p->auth);
    }
    timer_stop(&s->timers, &p->timer);
    s->current = p; /* goodbye goes out through transmit */
    lp_dtls_peer_free(p->dtls, p->notify);
    s->current = NULL;
    auth_clear(&p->auth);
    body_free(p->body);
    free(p);
}

void peer_own(struct peer *p, struct reg *r)
{
    p->reg = r;
    idle_sort(p);
    peer_schedule(p);
}

void peer_begin(struct peer *p, struct session *bs)
{
    p->session = bs;
    idle_sort(p);
    peer_schedule(p);
}

void peer_moved(struct peer *p, const struct addr *to)
{
    if (addr_equal(&p->addr, to)) return;
    if (p->in_addr) table_del(&p->s->by_addr[p->transport], &p->by_addr);
    p->addr = *to;
    p->in_addr = true;
    table_add(&p->s->by_addr[p->transport], &p->by_addr, addr_hash(to));
    if (p->reg) reg_moved(p->reg);
}

/* ---- sending ---- */

void peer_send(struct peer *p, struct lp_span m)
{
    struct server *s = p->s;
    if (!m.n || p->doomed) return;
    if (!p->dtls) {
        s->transmit(s->transmit_ctx, p->transport, &p->addr, m.p, m.n);
        return;
    }
    if (lp_dtls_peer_send(p->dtls, m.p, m.n, s->now) == LP_ERR_TLS) peer_drop(p, false);
}

static void put_answer(struct lp_coap_out *m, const struct answer *a)
{
    for (int i = 0; i < 2; i++)
        if (a->location[i]) lp_coap_opt_text(m, LP_OPT_LOCATION_PATH, a->location[i]);
    if (a->block1_szx >= 0)
        lp_coap_opt_block(m, LP_OPT_BLOCK1,
                          (struct lp_block){a->block1_num, a->block1_more, (uint8_t)a->block1_szx});
    if (a->text) {
        lp_coap_payload(m);
        lp_out_text(m->out, a->text);
    }
}

void peer_answer(struct peer *p, const struct lp_coap *request, const struct answer *a)
{
    uint8_t buf[256];
    struct lp_out o;
    struct lp_coap_out m;
    bool con = request->type == LP_CON;
    lp_out_init(&o, buf, sizeof(buf));
    lp_coap_begin(&m, &o, con ? LP_ACK : LP_NON, a->code,
                  con ? request->mid : lp_exchange_mid(&p->x), request->token, request->tkl);
    put_answer(&m, a);
    if (lp_out_end(&o) < 0) return;
    if (!peer_is_visitor(p)) lp_exchange_answered(&p->x, request, buf, lp_out_len(&o), p->s->now);
    peer_send(p, (struct lp_span){buf, lp_out_len(&o)});
}

void peer_answer_code(struct peer *p, const struct lp_coap *request, uint8_t code, const char *text)
{
    peer_answer(p, request, &(struct answer){.code = code, .block1_szx = -1, .text = text});
}

void peer_pump(struct peer *p)
{
    if (p->session) session_pump(p->session);
    if (p->reg) outbox_pump(&p->reg->box);
}

/* ---- receiving ---- */

static void dispatch(struct peer *p, const struct lp_exchange_event *ev)
{
    switch (ev->kind) {
    case LP_X_REQUEST: serve_request(p, &ev->msg); break;
    case LP_X_RESPONSE: outbox_answered(p, &ev->msg); break;
    case LP_X_RESET:
        if (ev->mine) outbox_failed(p, LP_ERR_RESET);
        break;
    case LP_X_TIMEOUT: outbox_failed(p, LP_ERR_TIMEOUT); break;
    case LP_X_OTHER: observe_message(p, &ev->msg); break;
    default: break;
    }
}

void peer_message(struct peer *p, const void *b, size_t n)
{
    struct lp_exchange_event ev;
    p->heard = p->s->now;
    lp_exchange_recv(&p->x, b, n, p->s->now, &ev);
    peer_send(p, ev.send);
    dispatch(p, &ev);
    if (peer_is_visitor(p) || p->doomed) return;
    if (p->reg &&
        ev.kind != LP_X_NONE) { /* after the answer: what has waited for the device comes second */
        reg_heard(p->reg);
        peer_pump(p);
    }
    if (p->in_idle) idle_sort(p);
    peer_schedule(p);
}

/* ---- time ---- */

void peer_schedule(struct peer *p)
{
    struct server *s = p->s;
    if (p->doomed || peer_is_visitor(p)) return;
    uint32_t wait = lp_exchange_wait(&p->x, s->now);
    uint64_t at = wait == UINT32_MAX ? UINT64_MAX : s->now + wait;
    if (p->dtls && !p->up && p->dtls_at < at) at = p->dtls_at;
    if (p->in_idle && p->heard + PEER_IDLE < at) at = p->heard + PEER_IDLE;
    if (at == UINT64_MAX)
        timer_stop(&s->timers, &p->timer);
    else
        timer_set(&s->timers, &p->timer, at);
}

static void tick(void *ctx)
{
    struct peer *p = ctx;
    struct lp_exchange_event ev;
    if (p->doomed) {
        peer_free(p);
        return;
    }
    if (p->dtls && !p->up) {
        peer_dtls_step(p);
        return;
    }
    if (p->in_idle && p->s->now >= p->heard + PEER_IDLE) {
        peer_drop(p, true);
        return;
    }
    lp_exchange_poll(&p->x, p->s->now, &ev);
    peer_send(p, ev.send);
    dispatch(p, &ev);
    peer_schedule(p);
}
