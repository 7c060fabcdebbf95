/* SPDX-License-Identifier: Apache-2.0
 *
 * register.c - what a link to a management server does by itself (core 1.1 6.2):
 *
 *   OFF   WAIT --due--> CONNECTING --up--> REGISTERING --2.01--> REGISTERED <--2.04-- UPDATING
 *          ^                | failed            | failed             |  `--update_at--^  |
 *          |<---------------'-------------------'                    |                   | 4.xx: REGISTERING
 *          |<------ no answer: the association is given up ----------'-------------------'
 *          `<------ 2.02, or no answer ------- DEREGISTERING <-- disabled, stopped, removed
 *
 * Every failure leads to WAIT, with a time that lp_retry_wait draws, or to OFF when the account's attempts are used up.
 * One that was registered and loses its server tries again at once.
 */
#include <string.h>

#include "link/crypto.h"
#include "link/dtls.h"
#include "link/exchange.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"
#include "lwm2m/observe.h"
#include "lwm2m/ops.h"

#define SETTLED           60000u /* ms registered, after which attempts are counted anew */
#define BRIEF             2000u  /* ms: a registration that was lost sooner does not count as one */
#define COLLECT           1000u  /* ms in which changes of objects are collected for one Update */
#define RESTARTS          8      /* of a payload in blocks */
#define CHANGES           (LP_WANT_LIFETIME | LP_WANT_BINDING | LP_WANT_OBJECTS)
#define LEAVING           (LP_WANT_PAUSE | LP_WANT_REMOVE)
#define TOO_MANY_REQUESTS LP_CODE(4, 29)

static void connect(struct lp_client *, struct lp_link *);

/* ---- when to try again ---- */

/* Where an account says nothing of the delay between sequences, the standard's day is an hour, with jitter: a server
 * that was away for 20 minutes should not miss its devices until tomorrow, nor have them all back at once. */
#define SEQUENCE_DELAY_S 3600

uint32_t lp_retry_wait(const struct lp_retry *r, uint16_t *tries, uint16_t *sequences)
{
    uint32_t count = lp_accounts_or(r->count, 5);
    uint32_t most = lp_accounts_or(r->seq_delay_s, SEQUENCE_DELAY_S);
    uint32_t window = lp_accounts_or(r->timer_s, 60);
    if (*tries >= count) {
        *tries = 0;
        ++*sequences;
        bool over = most == UINT32_MAX || (r->seq_count && *sequences >= r->seq_count);
        if (over) return LP_NO_RETRY;
        return r->seq_delay_s ? lp_ms(most) : 1 + lp_random_below(lp_ms(most));
    }
    if (most == UINT32_MAX) most = SEQUENCE_DELAY_S;
    for (unsigned i = 1; i < *tries && window < most; i++)
        window = window > most / 2 ? most : 2 * window;
    return 1 + lp_random_below(lp_ms(window < most ? window : most));
}

static void wait(struct lp_client *c, struct lp_link *l, uint32_t ms)
{
    l->state = LP_LINK_WAIT;
    l->due = c->now + ms;
}

void lp_register_start(struct lp_client *c, struct lp_link *l, uint32_t delay_ms)
{
    l->tries = l->sequences = 0;
    l->marks = 0;
    l->good_n = 0;
    l->pause_s = 0;
    l->location[0] = 0;
    wait(c, l, delay_ms);
}

/* When registration has failed for good, a bootstrap follows (/1/x/16). */
static bool way_back(struct lp_client *c, const struct lp_server *s)
{
    return lp_accounts_bootstrap(c) && (s->bootstrap_on_failure || !(s->present >> 16 & 1));
}

/* This attempt has failed. What a server that answers says no to is asked again over the same association. */
static void failed(struct lp_client *c, struct lp_link *l, int err, uint8_t code)
{
    const struct lp_server *s = lp_link_server(c, l);
    struct lp_retry rule = s->retry;
    if (!rule.seq_count && way_back(c, s)) rule.seq_count = 1; /* the standard's default */
    uint32_t retry = lp_retry_wait(&rule, &l->tries, &l->sequences);
    if (err != LP_ERR_NET) l->location[0] = 0; /* one that slept has it still */
    if (err != LP_ERR_PEER || retry == LP_NO_RETRY)
        lp_wire_close(c, l, err == LP_ERR_PEER ? 0 : err, err == LP_ERR_NET);
    lp_client_tell(c, l, LP_CODED(LP_EV_REGISTRATION_FAILED, code), err)->retry_ms = retry;
    wait(c, l, retry);
    if (retry != LP_NO_RETRY) return;
    l->state = LP_LINK_OFF;
    if (way_back(c, s)) lp_bootstrap_begin(c, true);
}

/* ---- the messages ---- */

static bool queue(struct lp_client *c, const struct lp_link *l)
{
    const struct lp_server *s = lp_link_server(c, l);
    bool q = c->config.queue;
    for (unsigned i = 0; i < s->binding_n; i++) q |= s->binding[i] == 'Q';
    return q;
}

static uint8_t first_szx(const struct lp_client *c)
{
    uint8_t szx = 0;
    while (16u << szx < c->config.block_size) szx++;
    return szx;
}

/* What the account says, without the Q that in 1.0 belongs to it and in 1.1 stands alone. */
static void query_binding(struct lp_client *c, struct lp_link *l, struct lp_coap_out *m)
{
    const struct lp_server *s = lp_link_server(c, l);
    char b[sizeof(s->binding) + 2];
    size_t n = 0;
    for (unsigned i = 0; i < s->binding_n; i++)
        if (s->binding[i] != 'Q') b[n++] = s->binding[i];
    if (l->v10 && queue(c, l)) b[n++] = 'Q';
    b[n] = 0;
    lp_wire_query(m, "b=", b, 0);
    l->marks &= (uint8_t)~LP_TOLD_QUEUE;
    if (l->v10 || !queue(c, l)) return;
    lp_coap_opt_text(m, LP_OPT_URI_QUERY, "Q");
    l->marks |= LP_TOLD_QUEUE;
}

static void put_location(const struct lp_link *l, struct lp_coap_out *m)
{
    const char *at = l->location, *end;
    for (; *at; at = end) {
        for (end = ++at; *end && *end != '/'; end++) {
        }
        lp_coap_opt(m, LP_OPT_URI_PATH, at, (size_t)(end - at));
    }
}

/* What comes behind the options: all of the list of objects, or the block that is due. */
static int put_list(struct lp_client *c, struct lp_link *l, struct lp_coap_out *m, uint32_t total)
{
    struct lp_out *o = m->out, window;
    size_t room = o->total + 6 < sizeof(l->buf) ? sizeof(l->buf) - o->total - 6
                                                : 0; /* Block1 and the marker */
    while (l->szx && 16u << l->szx > room) l->szx--;
    uint32_t size = 16u << l->szx, left = total - l->offset;
    if (size > room || l->offset >= total) return LP_ERR_TOO_LARGE;
    if (l->offset || left > size)
        lp_coap_opt_block(m, LP_OPT_BLOCK1,
                          (struct lp_block){l->offset >> (l->szx + 4), left > size, l->szx});
    lp_coap_payload(m);
    if (o->err) return o->err;
    lp_out_window(&window, l->buf + o->total, l->offset, left < size ? left : size);
    lp_model_links(c->objects, l->v10, &window);
    return window.err ? window.err : (int)(o->total + lp_out_len(&window));
}

static int compose(struct lp_client *c, struct lp_link *l, enum lp_tag tag)
{
    struct lp_out o, list;
    struct lp_coap_out m;
    bool first = tag == LP_TAG_REGISTER;
    lp_wire_request(l, LP_POST, &o, &m);
    lp_out_init(&list, NULL, 0);
    if (first || l->sent & LP_WANT_OBJECTS) lp_model_links(c->objects, l->v10, &list);
    if (first)
        lp_coap_opt_text(&m, LP_OPT_URI_PATH, "rd");
    else
        put_location(l, &m);
    if (list.total) lp_coap_opt_uint(&m, LP_OPT_CONTENT_FORMAT, 40);
    if (first) {
        lp_wire_query(&m, "lwm2m=1.", NULL, !l->v10);
        lp_wire_query(&m, "ep=", c->config.endpoint, 0);
    }
    if (l->sent & LP_WANT_LIFETIME) lp_wire_query(&m, "lt=", NULL, l->lifetime_s);
    if (l->sent & LP_WANT_BINDING) query_binding(c, l, &m);
    return list.total && !o.err ? put_list(c, l, &m, list.total) : lp_out_end(&o);
}

/* Smaller blocks, where the path takes no such large datagrams. */
static void post(struct lp_client *c, struct lp_link *l, enum lp_tag tag)
{
    int err;
    while ((err = lp_wire_post(c, l, compose(c, l, tag), tag)) == LP_ERR_TOO_LARGE && l->szx > 0)
        l->szx--;
    if (err < 0) lp_register_lost(c, l, err);
}

static void begin(struct lp_client *c, struct lp_link *l, enum lp_tag tag, unsigned content)
{
    l->state = tag == LP_TAG_REGISTER ? LP_LINK_REGISTERING : LP_LINK_UPDATING;
    l->sent = (uint8_t)content;
    l->marks &= (uint8_t)~(LP_WANT_UPDATE | content);
    l->lifetime_s = lp_link_server(c, l)->lifetime_s;
    l->offset = 0;
    l->restarts = 0;
    l->szx = first_szx(c);
    post(c, l, tag);
}

/* A registration begins: at the server, nothing is left of one before. */
static void begin_register(struct lp_client *c, struct lp_link *l)
{
    l->location[0] = 0;
    lp_wire_abandon(c, l);
    lp_observe_forget(c, l, LP_END_CANCEL);
    lp_ops_forget(c, l);
    begin(c, l, LP_TAG_REGISTER, CHANGES);
}

/* An Update cannot take back the Q of 1.1: that the device does not sleep any more is said by a registration. */
static void begin_update(struct lp_client *c, struct lp_link *l)
{
    if (l->marks & LP_TOLD_QUEUE && !queue(c, l))
        begin_register(c, l);
    else
        begin(c, l, LP_TAG_UPDATE, l->marks & CHANGES);
}

/* ---- what comes back ---- */

/* The next Update: early enough for all its retransmissions, if the lifetime has room for them; 0 is for ever. */
static uint64_t update_time(struct lp_client *c, const struct lp_link *l)
{
    const struct lp_tx *tx = &c->config.tx;
    uint32_t first = tx->ack_timeout * tx->random_percent / 100;
    uint64_t margin = (uint64_t)first * ((2u << tx->max_retransmit) - 1);
    uint64_t life = (uint64_t)l->lifetime_s * 1000;
    if (!life) return LP_NEVER;
    return c->now + (life > 2 * margin ? life - margin : life / 2);
}

static void settle(struct lp_client *c, struct lp_link *l)
{
    const struct lp_server *s = lp_link_server(c, l);
    l->good_s = l->lifetime_s;
    if (!(l->marks & LP_WANT_BINDING)) {
        l->good_n = s->binding_n;
        memcpy(l->good, s->binding, sizeof(l->good));
    }
    l->state = LP_LINK_REGISTERED;
    l->restarts = 0;
    l->update_at = update_time(c, l);
    if (l->marks & (CHANGES | LP_WANT_UPDATE)) lp_register_want(c, l, 0, COLLECT);
}

/* "/rd/xyz" from the Location-Path options. */
static int take_location(struct lp_link *l, const struct lp_coap *msg)
{
    struct lp_option_iter at = {0, 0};
    struct lp_option opt;
    struct lp_out o;
    lp_out_init(&o, l->location, sizeof(l->location) - 1);
    while (lp_coap_next(msg, &at, &opt)) {
        if (opt.number != LP_OPT_LOCATION_PATH) continue;
        lp_out_u8(&o, '/');
        lp_out_put(&o, opt.value.p, opt.value.n);
        for (const char *s = opt.value.p; s < (const char *)opt.value.p + opt.value.n; s++)
            if (*s == '/' || *s == 0) lp_out_fail(&o, LP_ERR_VALUE);
    }
    int n = lp_out_end(&o);
    l->location[n > 0 ? n : 0] = 0;
    return n == 0 ? LP_ERR_FORMAT : n;
}

static void registered(struct lp_client *c, struct lp_link *l, const struct lp_coap *msg)
{
    int err = take_location(l, msg);
    if (err < 0) {
        failed(c, l, err, msg->code);
        return;
    }
    settle(c, l);
    l->due = c->now + SETTLED;
    lp_client_tell(c, l, LP_EV_REGISTERED, 0);
}

/* The payload in blocks (RFC 7959 2.5): does this answer ask for more of it, or for smaller blocks? */
static bool goes_on(struct lp_client *c, struct lp_link *l, enum lp_tag tag,
                    const struct lp_coap *msg)
{
    struct lp_block b = {0, false, l->szx};
    bool block = lp_coap_block(msg, LP_OPT_BLOCK1, &b) > 0;
    bool changed = l->marks & LP_WANT_OBJECTS;
    if (msg->code == LP_CONTINUE && block && !changed) {
        l->offset += 16u << l->szx;
    } else if (msg->code == LP_CODE_INCOMPLETE || msg->code == LP_CONTINUE ||
               (msg->code == LP_REQUEST_TOO_LARGE && l->szx > 0)) {
        if (++l->restarts > RESTARTS) return false;
        if (msg->code == LP_REQUEST_TOO_LARGE) l->szx--;
        l->marks &= (uint8_t)~LP_WANT_OBJECTS; /* the new list goes out now */
        l->offset = 0;
    } else {
        return false;
    }
    if (block && b.szx < l->szx) l->szx = b.szx;
    post(c, l, tag);
    return true;
}

static bool is_success(uint8_t code)
{
    return code >> 5 == 2 && code != LP_CONTINUE;
}

/* 4.00 may be about what a server wrote since: back to the lifetime and the binding that it took last. */
static bool revert(struct lp_client *c, struct lp_link *l)
{
    struct lp_server *s = lp_link_server(c, l);
    if (!l->good_n || (s->lifetime_s == l->good_s && s->binding_n == l->good_n &&
                       memcmp(s->binding, l->good, l->good_n) == 0))
        return false;
    s->lifetime_s = l->good_s;
    s->binding_n = l->good_n;
    memcpy(s->binding, l->good, sizeof(l->good));
    lp_accounts_changed(c, false);
    return true;
}

static void register_done(struct lp_client *c, struct lp_link *l, const struct lp_coap *msg)
{
    if (is_success(msg->code)) {
        registered(c, l, msg);
    } else if (msg->code == LP_BAD_REQUEST && revert(c, l)) {
        begin_register(c, l);
    } else if (msg->code == LP_PRECONDITION_FAILED && !l->v10) {
        l->v10 = true;
        begin_register(c, l);
    } else if (!goes_on(c, l, LP_TAG_REGISTER, msg)) {
        failed(c, l, LP_ERR_PEER, msg->code);
    }
}

/* The server has its reasons, and its registration: later. */
static void postpone(struct lp_client *c, struct lp_link *l, uint8_t code)
{
    l->tries++;
    uint32_t retry = lp_retry_wait(&lp_link_server(c, l)->retry, &l->tries, &l->sequences);
    l->state = LP_LINK_REGISTERED;
    l->marks |= l->sent;
    l->update_at = c->now + (retry == LP_NO_RETRY ? 86400000u : retry);
    lp_client_tell(c, l, LP_CODED(LP_EV_UPDATE_FAILED, code), LP_ERR_PEER);
}

static void update_done(struct lp_client *c, struct lp_link *l, const struct lp_coap *msg)
{
    if (is_success(msg->code)) {
        l->tries = l->sequences = 0;
        settle(c, l);
        lp_client_tell(c, l, LP_EV_UPDATED, 0);
    } else if (goes_on(c, l, LP_TAG_UPDATE, msg)) {
        return;
    } else if (msg->code >> 5 == 5 || msg->code == TOO_MANY_REQUESTS) {
        postpone(c, l, msg->code);
    } else {
        lp_client_tell(c, l, LP_CODED(LP_EV_UPDATE_FAILED, msg->code), LP_ERR_PEER);
        begin_register(c, l);
    }
}

/* Deregistered, or as good as. */
static void left(struct lp_client *c, struct lp_link *l)
{
    bool paused = l->marks & LP_WANT_PAUSE && !(l->marks & LP_WANT_REMOVE) && !c->stopping;
    lp_wire_close(c, l, 0, paused);
    lp_observe_forget(c, l, LP_END_CANCEL);
    l->location[0] = 0;
    l->state = LP_LINK_OFF;
    if (paused) {
        uint32_t seconds = l->pause_s;
        lp_register_start(c, l, lp_ms(seconds));
        l->pause_s = seconds;
    } else if (l->marks & LP_WANT_REMOVE) {
        c->security[l->sec].iid = lp_link_server(c, l)->iid = LP_NONE;
        lp_accounts_changed(c, true);
    }
    l->marks = 0;
}

static void leave(struct lp_client *c, struct lp_link *l)
{
    struct lp_out o;
    struct lp_coap_out m;
    if (l->location[0] && l->connected) {
        lp_wire_abandon(c, l);
        l->state = LP_LINK_DEREGISTERING;
        lp_wire_request(l, LP_DELETE, &o, &m);
        put_location(l, &m);
        if (lp_wire_post(c, l, lp_out_end(&o), LP_TAG_DEREGISTER) == 0) return;
    }
    left(c, l);
}

void lp_register_response(struct lp_client *c, struct lp_link *l, uint32_t tag,
                          const struct lp_coap *msg, int err)
{
    if (tag == LP_TAG_DEREGISTER) {
        lp_client_tell(c, l, LP_CODED(LP_EV_DEREGISTERED, msg ? msg->code : 0), err);
        left(c, l);
    } else if (err < 0 || !msg) {
        lp_register_lost(c, l, err < 0 ? err : LP_ERR_RESET);
    } else if (tag == LP_TAG_REGISTER) {
        register_done(c, l, msg);
    } else {
        update_done(c, l, msg);
    }
}

/* One that was registered tries again at once; but one whose registrations do not last, only the first time. */
static bool lasted(const struct lp_client *c, const struct lp_link *l)
{
    return l->tries == 0 ||
           (l->tries == 1 && (l->due == LP_NEVER || c->now + SETTLED >= l->due + BRIEF));
}

void lp_register_lost(struct lp_client *c, struct lp_link *l, int err)
{
    bool doubt = l->doubt, at_once = lasted(c, l);
    switch (l->state) {
    case LP_LINK_DEREGISTERING: lp_register_response(c, l, LP_TAG_DEREGISTER, NULL, err); return;
    case LP_LINK_UPDATING: lp_client_tell(c, l, LP_EV_UPDATE_FAILED, err); break;
    case LP_LINK_REGISTERED: break;
    case LP_LINK_WAIT: lp_wire_close(c, l, err, false); return;
    default: at_once = false;
    }
    l->location[0] = 0;
    lp_wire_abandon(c, l);
    lp_observe_forget(c, l, err == LP_ERR_TIMEOUT ? LP_END_TIMEOUT : LP_END_CANCEL);
    if (!doubt && !at_once) {
        failed(c, l, err, 0);
        return;
    }
    lp_wire_close(c, l, err, false);
    if (doubt && l->tries) l->tries--; /* this does not count as an attempt */
    wait(c, l, 0);
}

/* ---- step by step ---- */

/* A location that is there already is what a device that slept comes back to (sleep.c). */
static void connected(struct lp_client *c, struct lp_link *l, int err)
{
    l->state = LP_LINK_CONNECTING;
    if (err == 0 && l->location[0] && l->dtls.resumed) {
        l->state = LP_LINK_REGISTERED;
        l->due = c->now + SETTLED;
        l->asleep = queue(c, l);
    } else if (err == 0) {
        begin_register(c, l);
    } else if (err != LP_AGAIN) {
        failed(c, l, err, 0);
    }
}

static void connect(struct lp_client *c, struct lp_link *l)
{
    l->tries++;
    l->pause_s = 0;
    connected(c, l, l->connected ? 0 : lp_wire_open(c, l));
}

static void idle(struct lp_client *c, struct lp_link *l)
{
    if (lp_until(c, l->due) == 0) {
        l->tries = l->sequences = 0;
        l->due = LP_NEVER;
    }
    if (lp_exchange_busy(&l->x)) return;
    if (lp_until(c, l->update_at) == 0) {
        begin_update(c, l);
    } else if (queue(c, l) && !l->asleep && lp_until(c, l->awake_until) == 0) {
        l->asleep = true;
        lp_client_tell(c, l, LP_EV_SLEEP, 0);
    }
}

static uint32_t next(struct lp_client *c, struct lp_link *l)
{
    uint64_t at = LP_NEVER;
    if (l->state == LP_LINK_WAIT || l->state == LP_LINK_REGISTERED) at = l->due;
    if (l->state == LP_LINK_REGISTERED && !lp_exchange_busy(&l->x)) {
        if (l->update_at < at) at = l->update_at;
        if (queue(c, l) && !l->asleep && l->awake_until < at) at = l->awake_until;
    }
    return lp_until(c, at);
}

uint32_t lp_register_step(struct lp_client *c, struct lp_link *l)
{
    if ((l->marks & LEAVING || c->stopping) && l->state != LP_LINK_DEREGISTERING &&
        l->state != LP_LINK_OFF)
        leave(c, l);
    switch (l->state) {
    case LP_LINK_WAIT:
        if (lp_until(c, l->due) == 0) connect(c, l);
        break;
    case LP_LINK_CONNECTING: connected(c, l, lp_wire_up(c, l)); break;
    default: break;
    }
    if (l->state == LP_LINK_REGISTERED) idle(c, l);
    return next(c, l);
}

/* ---- what others want of it ---- */

void lp_register_want(struct lp_client *c, struct lp_link *l, unsigned marks, uint32_t delay_ms)
{
    l->marks |= (uint8_t)marks;
    if (c->now + delay_ms < l->update_at) l->update_at = c->now + delay_ms;
}

void lp_register_pause(struct lp_client *c, struct lp_link *l, uint32_t seconds)
{
    (void)c;
    l->marks |= LP_WANT_PAUSE;
    l->pause_s = seconds;
}

void lp_register_touch(struct lp_client *c)
{
    for (unsigned i = 0; i < LP_MAX_SERVERS; i++)
        if (c->link[i].srv != LP_NO_ROW) lp_register_want(c, &c->link[i], LP_WANT_OBJECTS, COLLECT);
}
