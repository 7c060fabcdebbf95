/* SPDX-License-Identifier: Apache-2.0
 *
 * sleep.c - a device that loses its RAM and goes on as registered. One record, SPEC.md, key LP_KV_SLEEP:
 *
 *   version 1 | accounts (4) | objects (4) | link ... | FNV-1a over all before (4)
 *   link:   rows of object 0 and 1 (1, 1) | association (8) | marks (1) | next message id (2) | lifetime, s (4)
 *           | next Update, ms (4) | location: length (1), bytes | observations (observe.c), 0xffff
 *
 * It is never deleted, and yet good for one time only: `association` is the seal of the association's counters in the
 * store, and those change before the first datagram leaves, or before the first request that is not safe to repeat is
 * carried out. So the record stands for exactly the state in which it was written. `accounts` and `objects` are hashes
 * of what a Register would say: other accounts are registered anew, other objects are told by an Update.
 */
#include <string.h>

#include "bytes/buf.h"
#include "link/crypto.h"
#include "link/dtls.h"
#include "link/exchange.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"
#include "lwm2m/observe.h"

#define VERSION  1
#define HASH     4
#define SEAL     8
#define COUNTERS 25   /* an association's, of which the last are the seal: link/dtls.c */
#define V10      0x80 /* in marks */

/* The end of the accounts' record is its hash. */
static uint32_t accounts(struct lp_client *c)
{
    struct lp_in in;
    int n = lp_accounts_put(c, c->room, sizeof(c->room));
    if (n < HASH) return 0;
    lp_in_init(&in, c->room + n - HASH, HASH);
    uint32_t hash = (uint32_t)lp_in_be(&in, HASH);
    lp_wipe(c->room, (size_t)n);
    return hash;
}

static uint32_t objects(struct lp_client *c)
{
    struct lp_out o;
    lp_out_init(&o, NULL, 0);
    lp_model_links(c->objects, false, &o);
    return o.hash;
}

/* Of the counters as they are in the store. */
static bool get_seal(struct lp_client *c, const struct lp_link *l, uint8_t seal[SEAL])
{
    uint8_t counters[COUNTERS];
    int n = c->config.kv->get(c->config.kv, (uint16_t)(LP_KV_ASSOCIATION + 2 * l->sec + 1),
                              counters, sizeof(counters));
    memcpy(seal, counters + COUNTERS - SEAL, SEAL);
    return n == COUNTERS;
}

/* ---- before ---- */

static bool lasts(const struct lp_link *l)
{
    return l->srv != LP_NO_ROW && l->connected && l->state == LP_LINK_REGISTERED &&
           l->dtls.out_reserved && !(l->marks & (LP_WANT_PAUSE | LP_WANT_REMOVE));
}

static void put_link(struct lp_client *c, struct lp_link *l, const uint8_t seal[SEAL],
                     struct lp_out *o)
{
    size_t n = strlen(l->location);
    lp_out_u8(o, l->sec);
    lp_out_u8(o, l->srv);
    lp_out_put(o, seal, SEAL);
    lp_out_u8(o, (uint8_t)(l->marks | (l->v10 ? V10 : 0)));
    lp_out_be(o, l->x.next_mid, 2);
    lp_out_be(o, l->lifetime_s, 4);
    lp_out_be(o, lp_until(c, l->update_at), 4);
    lp_out_u8(o, (uint8_t)n);
    lp_out_put(o, l->location, n);
    lp_observe_put(c, l, o);
}

/* The record, in c->room: its length, or why there is none. */
static int compose(struct lp_client *c)
{
    struct lp_out o;
    uint8_t seal[SEAL];
    bool any = false;
    uint32_t hash = accounts(c);
    lp_out_init(&o, c->room, sizeof(c->room));
    lp_out_u8(&o, VERSION);
    lp_out_be(&o, hash, HASH);
    lp_out_be(&o, objects(c), HASH);
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++) {
        if (!lasts(l) || lp_dtls_commit(&l->dtls) != 0 || !get_seal(c, l, seal)) continue;
        put_link(c, l, seal, &o);
        any = true;
    }
    lp_out_be(&o, o.hash, HASH);
    return any ? lp_out_end(&o) : LP_ERR_STATE;
}

int lp_client_sleep(struct lp_client *c)
{
    struct lp_kv *kv = c->config.kv;
    int n = LP_ERR_STATE;
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++)
        if (l->connected && lp_exchange_busy(&l->x)) return LP_AGAIN;
    if (kv && c->started && !c->stopping && c->bs == LP_BS_IDLE) {
        if (c->unsaved) lp_accounts_save(c); /* if that fails they differ after the sleep */
        n = compose(c);
    }
    lp_client_suspend(c);
    return n < 0 ? n : kv->put(kv, LP_KV_SLEEP, c->room, (size_t)n);
}

/* ---- after ---- */

static struct lp_link *find(struct lp_client *c, unsigned sec, unsigned srv)
{
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++)
        if (l->sec == sec && l->srv == srv) return l;
    return NULL;
}

/* An Update is due after half a lifetime or later: half a lifetime beyond it the registration is over. */
static bool is_over(const struct lp_link *l, uint64_t left, uint64_t slept)
{
    return l->lifetime_s && slept != LP_SLEPT_UNKNOWN && slept >= left + l->lifetime_s * 500ull;
}

static int get_link(struct lp_client *c, struct lp_in *in, uint64_t slept)
{
    uint8_t is[SEAL];
    unsigned sec = lp_in_u8(in), srv = lp_in_u8(in);
    struct lp_link *l = find(c, sec, srv);
    const uint8_t *was = lp_in_take(in, SEAL);
    if (!l || !was) return LP_ERR_FORMAT;
    uint8_t marks = lp_in_u8(in);
    l->x.next_mid = (uint16_t)lp_in_be(in, 2);
    l->lifetime_s = (uint32_t)lp_in_be(in, 4);
    uint32_t left = (uint32_t)lp_in_be(in, 4);
    size_t n = lp_in_u8(in);
    const uint8_t *location = lp_in_take(in, n);
    if (!location || n >= sizeof(l->location)) return LP_ERR_FORMAT;
    int err = lp_observe_get(c, l, in, slept);
    if (err != 0) return err;
    if (!get_seal(c, l, is) || memcmp(is, was, SEAL) != 0 || is_over(l, left, slept)) {
        lp_observe_forget(c, l, LP_END_CANCEL);
        return 0;
    }
    l->v10 = marks & V10;
    l->marks = marks & (uint8_t)~V10;
    memcpy(l->location, location, n);
    l->location[n] = 0;
    l->update_at = c->now + (left > slept ? left - slept : 0);
    if (!l->lifetime_s && slept != LP_SLEPT_UNKNOWN) l->update_at = LP_NEVER;
    l->due = c->now;
    return 0;
}

/* 0: the links are as the record in c->room says. */
static int restore(struct lp_client *c, size_t n, uint32_t hash, uint64_t slept)
{
    struct lp_out sum;
    struct lp_in in, end;
    int err = 0;
    if (n < HASH || n > sizeof(c->room)) return LP_ERR_FORMAT;
    lp_out_init(&sum, NULL, 0);
    lp_out_put(&sum, c->room, n - HASH);
    lp_in_init(&end, c->room + n - HASH, HASH);
    lp_in_init(&in, c->room, n - HASH);
    if (lp_in_be(&end, HASH) != sum.hash || lp_in_u8(&in) != VERSION || lp_in_be(&in, HASH) != hash)
        return LP_ERR_FORMAT;
    bool same = lp_in_be(&in, HASH) == objects(c);
    while (err == 0 && lp_in_left(&in)) err = get_link(c, &in, slept);
    if (err == 0 && !same) lp_register_touch(c);
    return err;
}

int lp_client_resume(struct lp_client *c, uint64_t now, uint64_t slept_ms)
{
    struct lp_kv *kv = c->config.kv;
    int err = lp_client_start(c, now);
    if (err != 0 || !kv) return err;
    uint32_t hash = accounts(c);
    int n = kv->get(kv, LP_KV_SLEEP, c->room, sizeof(c->room));
    if (n < 0 || restore(c, (size_t)n, hash, slept_ms) == 0) return 0;
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++) {
        l->location[0] = 0;
        lp_observe_forget(c, l, LP_END_CANCEL);
    }
    return 0;
}
