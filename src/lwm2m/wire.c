/* SPDX-License-Identifier: Apache-2.0
 *
 * wire.c - a link's datagrams: the only file that sends and receives. What arrives goes through
 *
 *   lp_dtls_recv -> lp_exchange_recv -> REQUEST            commit (unless it is safe to repeat), serve, send, remember
 *                                       RESPONSE, TIMEOUT  tell whose message it was, by its tag
 *                                       anything else      already answered by the exchange: ACK, RST, kept answers
 *
 * A link may be closed, or be opened anew, by what it is told; after each datagram it is looked at afresh.
 */
#include <string.h>

#include "bytes/num.h"
#include "link/dtls.h"
#include "link/exchange.h"
#include "lwm2m/internal.h"
#include "lwm2m/observe.h"
#include "lwm2m/ops.h"

#define OPTIONS 64 /* longest options of a read that can be answered anew */
#define TURNS   8  /* datagrams taken in one lp_step: a flood must not hold up time */

/* ---- connect, close ---- */

/* err: of the call that tried to bring it up. */
static int came_up(struct lp_client *c, struct lp_link *l, int err)
{
    if (err != 0 || l->connected) return err;
    l->connected = true;
    l->smaller = 0;
    if (!l->location[0]) /* what one server said is not for ever */
        l->v10 = c->config.lwm2m && c->config.lwm2m[2] == '0';
    l->doubt = l->dtls.resumed;
    if (c->security[l->sec].mode != LP_SEC_NOSEC && !l->dtls.resumed) lp_exchange_clear(&l->x);
    struct lp_event *ev = lp_client_tell(c, l, LP_EV_CONNECTED, 0);
    ev->resumed = l->dtls.resumed;
    ev->cid = (int8_t)lp_dtls_cid(&l->dtls);
    return 0;
}

int lp_wire_open(struct lp_client *c, struct lp_link *l)
{
    const struct lp_security *s = &c->security[l->sec];
    struct lp_dtls_peer_info info = {.mode = (enum lp_security_mode)s->mode,
                                     .identity = {s->identity, s->identity_n},
                                     .key = {s->key, s->key_n},
                                     .cid = c->config.cid,
                                     .store_key = (uint16_t)(LP_KV_ASSOCIATION + 2 * l->sec),
                                     .kv = c->config.kv,
                                     .tx = c->config.tx};
    char host[LP_MAX_URI + 1];
    bool secure;
    int err = lp_accounts_uri(s->uri, &secure, host, sizeof(host), &info.port);
    if (err != 0) return err;
    info.host = host;
    if (c->config.local_port)
        info.local_port = (uint16_t)(c->config.local_port + lp_link_index(c, l));
    return came_up(c, l, lp_dtls_open(&l->dtls, &info, c->now));
}

int lp_wire_up(struct lp_client *c, struct lp_link *l)
{
    return came_up(c, l, lp_dtls_up(&l->dtls) ? 0 : lp_dtls_step(&l->dtls, c->now));
}

void lp_wire_close(struct lp_client *c, struct lp_link *l, int err, bool keep)
{
    lp_wire_abandon(c, l);
    lp_ops_forget(c, l);
    if (keep)
        lp_dtls_suspend(&l->dtls);
    else
        lp_dtls_close(&l->dtls);
    if (l->connected) lp_client_tell(c, l, LP_EV_DISCONNECTED, err);
    l->connected = l->asleep = l->doubt = false;
}

/* ---- send ---- */

/* Queue mode: something goes to or comes from the server. */
static void awake(struct lp_client *c, struct lp_link *l)
{
    l->awake_until = c->now + c->config.queue_window;
    if (l->asleep) lp_client_tell(c, l, LP_EV_AWAKE, 0);
    l->asleep = false;
}

int lp_wire_send(struct lp_client *c, struct lp_link *l, const void *p, size_t n)
{
    awake(c, l);
    int err = lp_dtls_send(&l->dtls, p, n, c->now);
    return err == LP_ERR_TLS || err == LP_ERR_TOO_LARGE ? err
                                                        : 0; /* anything else is a lost datagram */
}

void lp_wire_request(struct lp_link *l, uint8_t code, struct lp_out *o, struct lp_coap_out *m)
{
    uint8_t token[4];
    lp_exchange_token(&l->x, token, sizeof(token));
    lp_out_init(o, l->buf, sizeof(l->buf));
    lp_coap_begin(m, o, LP_CON, code, lp_exchange_mid(&l->x), token, sizeof(token));
}

void lp_wire_query(struct lp_coap_out *m, const char *name, const char *text, uint32_t number)
{
    char buf[255];
    struct lp_out o;
    lp_out_init(&o, buf, sizeof(buf));
    lp_out_text(&o, name);
    if (text)
        lp_out_text(&o, text);
    else
        lp_put_uint(&o, number);
    lp_coap_opt(m, LP_OPT_URI_QUERY, buf, lp_out_len(&o));
}

int lp_wire_post(struct lp_client *c, struct lp_link *l, int n, uint32_t tag)
{
    int err = n < 0 ? n : lp_wire_send(c, l, l->buf, (size_t)n);
    if (err != 0) return err;
    l->x.tx.max_retransmit = c->config.tx.max_retransmit;
    if (l->doubt && l->x.tx.max_retransmit > LP_TX_DOUBT) l->x.tx.max_retransmit = LP_TX_DOUBT;
    return lp_exchange_sent(&l->x, (size_t)n, tag, c->now);
}

void lp_wire_abandon(struct lp_client *c, struct lp_link *l)
{
    if (lp_exchange_busy(&l->x) && (l->x.tag & 0xff) == LP_TAG_NOTIFY)
        lp_observe_done(c, l->x.tag >> 8, LP_ERR_TIMEOUT);
    lp_exchange_cancel(&l->x);
}

/* ---- receive ---- */

/* Our message tag was answered by msg, or (err < 0, or no msg) came to another end. */
static void tell(struct lp_client *c, struct lp_link *l, uint32_t tag, const struct lp_coap *msg,
                 int err)
{
    switch (tag & 0xff) {
    case LP_TAG_BOOTSTRAP: lp_bootstrap_response(c, l, msg, err); return;
    case LP_TAG_NOTIFY: lp_observe_done(c, tag >> 8, err); break;
    case LP_TAG_RESPONSE: break;
    default: lp_register_response(c, l, tag, msg, err); return;
    }
    if (err == LP_ERR_TIMEOUT) lp_register_lost(c, l, err); /* the server is gone */
}

static bool safe(uint8_t code)
{
    return code == LP_GET || code == LP_FETCH;
}

/* The answer's length in c->io. What a request changed in objects 0 to 2 is stored before it is answered; a bootstrap
 * stores it all at its end. What a handler changes when it is read is the application's: lp_step stores it. */
static int answer(struct lp_client *c, struct lp_link *l, const struct lp_coap *req)
{
    bool before = c->unsaved, now = l->state != LP_LINK_BOOTSTRAPPING && !safe(req->code);
    if (now) c->unsaved = false;
    int n = lp_ops_serve(c, l, req);
    if (!now) return n;
    if (c->unsaved && lp_accounts_save(c) != 0 && n > 0 && c->io[1]) n = lp_answer_cut(c->io);
    c->unsaved |= before;
    return n;
}

/* A message of ours is too large for the path: 5.00 and its token are left. */
int lp_wire_cut(struct lp_link *l, uint8_t *m)
{
    l->smaller++;
    return lp_answer_cut(m);
}

/* A read is answered anew, with smaller blocks, until it leaves: its options are kept for that. */
static int serve(struct lp_client *c, struct lp_link *l, const struct lp_coap *req)
{
    uint8_t options[OPTIONS];
    struct lp_coap again = *req;
    int n, err = 0;
    if (safe(req->code) && req->options.n <= sizeof(options)) {
        if (req->options.n) memcpy(options, req->options.p, req->options.n);
        again.options.p = options;
    }
    if (!safe(req->code) && lp_dtls_commit(&l->dtls) != 0)
        n = lp_answer_code(c, l, req, LP_SERVICE_UNAVAILABLE);
    else
        n = answer(c, l, req);
    if (n > 0) err = lp_wire_send(c, l, c->io, (size_t)n);
    while (err == LP_ERR_TOO_LARGE) {
        bool smaller = again.options.p == options && lp_block_szx(c, l) > 0;
        n = lp_wire_cut(l, c->io);
        if (smaller) n = answer(c, l, &again);
        err = n > 0 ? lp_wire_send(c, l, c->io, (size_t)n) : 0;
        if (!smaller) break;
    }
    lp_exchange_answered(&l->x, req, c->io, n > 0 ? (size_t)n : 0, c->now);
    return err == LP_ERR_TLS ? err : 0;
}

/* A response to nothing of ours: said to a confirmable one only. */
static int refuse(struct lp_client *c, struct lp_link *l, const struct lp_coap *msg)
{
    uint8_t rst[4];
    if (msg->type != LP_CON) return 0;
    struct lp_span s = lp_exchange_reset(msg, rst);
    return lp_wire_send(c, l, s.p, s.n);
}

/* More than we take at once: 4.13, and how large a block may be (RFC 7959 2.9.3). */
static int too_large(struct lp_client *c, struct lp_link *l, const struct lp_coap *req)
{
    struct lp_answer a;
    uint8_t szx = lp_block_szx(c, l);
    lp_answer_begin(c, l, req, LP_REQUEST_TOO_LARGE, &a);
    if (!a.has_block1) a.block1 = (struct lp_block){0, false, szx};
    if (a.block1.szx > szx) a.block1.szx = szx;
    a.block1.more = false;
    a.has_block1 = req->payload.n > 0;
    int n = lp_answer_end(&a), err = n > 0 ? lp_wire_send(c, l, c->io, (size_t)n) : 0;
    lp_exchange_answered(&l->x, req, c->io, n > 0 ? (size_t)n : 0, c->now);
    return err == LP_ERR_TLS ? err : 0;
}

static int datagram(struct lp_client *c, struct lp_link *l, size_t n)
{
    bool large = n > c->config.max_message;
    if (large && c->io[1] >> 5) return 0; /* a response that we take no part of */
    struct lp_exchange_event ev;
    int err = 0;
    lp_exchange_recv(&l->x, c->io, n, c->now, &ev);
    l->doubt = false;
    if (ev.send.n) err = lp_wire_send(c, l, ev.send.p, ev.send.n);
    if (err == LP_ERR_TLS) return err;
    if (ev.kind != LP_X_NONE) awake(c, l);
    switch (ev.kind) {
    case LP_X_REQUEST: return large ? too_large(c, l, &ev.msg) : serve(c, l, &ev.msg);
    case LP_X_RESPONSE: tell(c, l, ev.tag, &ev.msg, 0); break;
    case LP_X_ACKED: tell(c, l, ev.tag, NULL, 0); break;
    case LP_X_RESET:
        if (ev.mine)
            tell(c, l, ev.tag, NULL, LP_ERR_RESET);
        else
            lp_observe_reset(c, l, ev.msg.mid);
        break;
    case LP_X_OTHER: return refuse(c, l, &ev.msg);
    default: break;
    }
    return 0;
}

/* The outstanding message: once more, or given up. */
static int outstanding(struct lp_client *c, struct lp_link *l)
{
    struct lp_exchange_event ev;
    lp_exchange_poll(&l->x, c->now, &ev);
    if (ev.kind == LP_X_TIMEOUT) tell(c, l, ev.tag, NULL, LP_ERR_TIMEOUT);
    if (ev.kind != LP_X_RETRANSMIT) return 0;
    int err = lp_wire_send(c, l, ev.send.p, ev.send.n);
    return err == LP_ERR_TLS ? err : 0;
}

int lp_wire_take(struct lp_client *c, struct lp_link *l)
{
    unsigned turn = 0;
    for (; turn < TURNS && l->connected && lp_dtls_up(&l->dtls); turn++) {
        int n = lp_dtls_recv(&l->dtls, c->io, sizeof(c->io), c->now);
        if (n == LP_AGAIN) break;
        int err = n < 0 ? n : datagram(c, l, (size_t)n);
        if (err < 0) return err;
    }
    int err = outstanding(c, l);
    return err < 0 ? err : turn == TURNS;
}
