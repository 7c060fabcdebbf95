/* SPDX-License-Identifier: Apache-2.0
 *
 * observe.c - observations: see observe.h. A change only sets a mark; all else is decided when a link
 * asks what is due:
 *
 *   sent        pmin                       pmax
 *    |-----------|--------------------------|--->
 *      held back   told if it is a change     told in any case
 *                  that counts
 *
 * With gt, lt or st (on a resource of one number) a change counts if the value crossed a threshold, in
 * either direction, or moved by a step, since the last notification. It is judged on the very number
 * that the message carries: the message is made first, and dropped if its number does not count. So a
 * crossing that went back while pmin held it is not told, and never does a notification carry a value
 * that crosses nothing; but pmax tells in any case.
 *
 * marks   CHANGED   to be looked at once pmin is over
 *         DELETED   the path is gone: 4.04, and the end
 *         INFLIGHT  a confirmable notification is on its way: lp_observe_done
 *         ENDED     ... and it was the last
 *         WAITING   the handler said LP_PENDING; ->mid is the request id it was given
 *         TOLD      ->mid is that of a notification: a reset may name it
 */
#include "lwm2m/observe.h"
#include "bytes/num.h"
#include "link/exchange.h"
#include "lwm2m/attrs.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"
#include "lwm2m/ops.h"

#include <string.h>

enum {
    CHANGED = 1,
    DELETED = 2,
    INFLIGHT = 4,
    ENDED = 8,
    WAITING = 16,
    NUMBER = 32, /* ->last is valid */
    TOLD = 64
};

#define DAY 1318u /* in units of 65536 ms */
#define EVERY \
    64u /* and one of so many is confirmable: who borrowed an address does not acknowledge (RFC 7641 7) */

static bool used(const struct lp_observation *o)
{
    return o->path.obj != LP_NONE;
}

/* The link's observation after o (NULL: its first); NULL at the end. link NULL: of any. */
static struct lp_observation *next(struct lp_client *c, const struct lp_link *l,
                                   struct lp_observation *o)
{
    for (o = o ? o + 1 : c->observation; o < c->observation + LP_MAX_OBSERVATIONS; o++)
        if (used(o) && (!l || lp_link_at(c, o->link) == l)) return o;
    return NULL;
}

static struct lp_event *tell(struct lp_client *c, const struct lp_observation *o,
                             enum lp_event_kind kind, int err)
{
    struct lp_event *ev = lp_client_tell(c, lp_link_at(c, o->link), kind, err);
    ev->path = o->path;
    return ev;
}

static void end(struct lp_client *c, struct lp_observation *o, enum lp_observation_end why)
{
    tell(c, o, LP_EV_OBSERVATION_ENDED, 0)->state = (uint8_t)why;
    o->path.obj = LP_NONE;
}

/* ---- who observes -------------------------------------------------------------------------------------------- */

/* Is it the one this request speaks of? */
static bool same(const struct lp_observation *o, const struct lp_coap *req,
                 const struct lp_path *path)
{
    return lp_path_equal(&o->path, path) ||
           (o->tkl == req->tkl && memcmp(o->token, req->token, req->tkl) == 0);
}

struct lp_observation *lp_observe_add(struct lp_client *c, const struct lp_link *l,
                                      const struct lp_coap *req, const struct lp_path *path,
                                      uint16_t format)
{
    struct lp_observation *o = NULL, *k = NULL;
    uint32_t seq = 0;
    while ((k = next(c, l, k))) {
        if (!same(k, req, path)) continue;
        k->path.obj = LP_NONE;
        seq = k->seq + 1u;
    }
    for (o = c->observation; used(o);)
        if (++o == c->observation + LP_MAX_OBSERVATIONS) return NULL;
    memset(o, 0, sizeof *o);
    o->path = *path;
    o->link = lp_link_index(c, l) & 15;
    o->tkl = req->tkl & 15u;
    memcpy(o->token, req->token, sizeof o->token);
    while (lp_fmts[o->fmt]->id != format) o->fmt++;
    o->seq = seq & 0xffffff;
    o->sent = (uint32_t)c->now;
    o->con_at = (uint16_t)(c->now >> 16);
    return o;
}

void lp_observe_begun(struct lp_observation *o, const struct lp_reading *r)
{
    if (!r) {
        o->path.obj = LP_NONE;
        return;
    }
    o->last = r->number;
    o->marks = r->is_number ? NUMBER : 0;
}

void lp_observe_cancel(struct lp_client *c, const struct lp_link *l, const struct lp_coap *req,
                       const struct lp_path *path)
{
    for (struct lp_observation *o = NULL; (o = next(c, l, o));)
        if (same(o, req, path)) end(c, o, LP_END_CANCEL);
}

void lp_observe_forget(struct lp_client *c, const struct lp_link *l, enum lp_observation_end why)
{
    for (struct lp_observation *o = NULL; (o = next(c, l, o));) end(c, o, why);
}

void lp_observe_mark(struct lp_client *c, const struct lp_path *path, bool deleted)
{
    for (struct lp_observation *o = NULL; (o = next(c, NULL, o));) {
        bool below = lp_path_covers(path, &o->path);
        if (below || lp_path_covers(&o->path, path))
            o->marks |= deleted && below ? DELETED : CHANGED;
    }
}

/* ---- when ---------------------------------------------------------------------------------------------------- */

/* The clock's low half: 49 days, and no attribute counts for more than 46 (lp_ms). */
static uint32_t since(const struct lp_client *c, uint32_t then)
{
    return (uint32_t)c->now - then;
}

static struct lp_attrs effective(struct lp_client *c, const struct lp_observation *o)
{
    return lp_attrs_effective(c, lp_link_ssid(c, lp_link_at(c, o->link)), &o->path);
}

static uint32_t period(const struct lp_attrs *a, enum lp_attr which)
{
    return lp_ms((uint32_t)a->value[which].n);
}

/* ms until it is to be looked at; UINT32_MAX: never. */
static uint32_t due_in(struct lp_client *c, const struct lp_observation *o)
{
    struct lp_attrs a = effective(c, o);
    bool changed = o->marks & CHANGED;
    uint32_t wait = period(&a, changed ? LP_PMIN : LP_PMAX), gone = since(c, o->sent);
    if (o->marks & (INFLIGHT | ENDED)) return UINT32_MAX;
    if (o->marks & DELETED) return 0;
    if (!changed && !wait) return UINT32_MAX;
    return gone < wait ? wait - gone : 0;
}

/* Beyond which thresholds a number is. */
static unsigned beyond(const struct lp_attrs *a, double f)
{
    bool above = a->set & LP_BIT(LP_GT) && lp_float_less(a->value[LP_GT].f, f);
    bool below = a->set & LP_BIT(LP_LT) && lp_float_less(f, a->value[LP_LT].f);
    return above + 2u * below;
}

/* May this number be told? */
static bool counts(const struct lp_observation *o, const struct lp_attrs *a, double now)
{
    double step;
    if (beyond(a, now) != beyond(a, o->last)) return true;
    if (!(a->set & LP_BIT(LP_ST))) return false;
    if (lp_float_add(&step, now, -o->last)) return true;
    return !lp_float_less(lp_float_less(step, 0) ? -step : step, a->value[LP_ST].f);
}

uint32_t lp_observe_wait(struct lp_client *c, const struct lp_link *l)
{
    uint32_t first = UINT32_MAX;
    for (struct lp_observation *o = NULL; (o = next(c, l, o));) {
        uint32_t wait = due_in(c, o);
        if (wait < first) first = wait;
    }
    return first;
}

/* ---- the notification ---------------------------------------------------------------------------------------- */

/* The one that has waited longest of those that are due. */
static struct lp_observation *pick(struct lp_client *c, const struct lp_link *l)
{
    struct lp_observation *best = NULL;
    for (struct lp_observation *o = NULL; (o = next(c, l, o));)
        if ((!best || since(c, o->sent) > since(c, best->sent)) && due_in(c, o) == 0) best = o;
    return best;
}

/* 4.04: the path is gone. */
static int make_last(struct lp_observation *o, const struct lp_message *m, size_t cap)
{
    struct lp_out out;
    struct lp_coap_out msg;
    o->marks = ENDED;
    lp_out_init(&out, m->buf, cap);
    lp_coap_begin(&msg, &out, m->type, LP_CODE_NOT_FOUND, m->mid, o->token, o->tkl);
    return lp_out_end(&out);
}

/* The message's length; 0: this one is not to be sent after all. */
static int make(struct lp_client *c, struct lp_observation *o, const struct lp_attrs *a,
                struct lp_message *m, size_t cap)
{
    struct lp_reading r = {c->objects, lp_fmts[o->fmt], o->path, 0, false};
    bool forced = a->value[LP_PMAX].n && since(c, o->sent) >= period(a, LP_PMAX);
    int n = LP_ERR_NOT_FOUND;
    lp_request_begin(c);
    if (!(o->marks & DELETED)) n = lp_message_make(m, lp_put_model, &r);
    if (n == LP_ERR_NOT_FOUND) {
        m->type = LP_CON;
        return make_last(o, m, cap);
    }
    bool numbers = r.is_number && o->marks & NUMBER && a->set & LP_THRESHOLDS;
    o->marks &= (uint8_t)~(CHANGED | WAITING);
    if (n > 0 && numbers && !forced && !counts(o, a, r.number)) return 0;
    if (n == LP_PENDING) {
        o->marks = (uint8_t)((o->marks & ~TOLD) | WAITING);
        o->mid = c->request_id;
    }
    o->sent =
        (uint32_t)c->now; /* of one that could not be read too: not again before pmin, or pmax */
    if (n < 0) return 0;
    lp_observe_begun(o, &r);
    o->seq++;
    return n;
}

int lp_observe_due(struct lp_client *c, struct lp_link *l, void *buf, size_t cap, unsigned *index,
                   bool *con)
{
    struct lp_observation *o;
    for (unsigned tries = 0; tries < LP_MAX_OBSERVATIONS && (o = pick(c, l)); tries++) {
        struct lp_attrs a = effective(c, o);
        struct lp_message m = {.buf = buf, .token = o->token, .tkl = o->tkl};
        bool confirm = c->config.con_notify || l->doubt ||
                       (uint16_t)((c->now >> 16) - o->con_at) >= DAY || (o->seq + 1u) % EVERY == 0;
        m.type = confirm ? LP_CON : LP_NON;
        m.mid = lp_exchange_mid(&l->x);
        m.observe = (int32_t)((o->seq + 1u) & 0xffffff);
        m.format = lp_fmts[o->fmt]->id;
        m.szx = lp_block_szx(c, l);
        while ((16u << m.szx) + 64 > cap) m.szx--;
        int n = make(c, o, &a, &m, cap);
        if (n <= 0) continue;
        *index = (unsigned)(o - c->observation);
        *con = m.type == LP_CON;
        o->mid = m.mid;
        o->marks |= TOLD;
        if (!*con) return n;
        o->marks |= INFLIGHT;
        o->con_at = (uint16_t)(c->now >> 16);
        return n;
    }
    return 0;
}

/* ---- what became of it --------------------------------------------------------------------------------------- */

void lp_observe_done(struct lp_client *c, unsigned index, int err)
{
    struct lp_observation *o = &c->observation[index];
    struct lp_link *l = lp_link_at(c, o->link);
    bool large = err == LP_ERR_TOO_LARGE;
    if (!used(o) || (!(o->marks & INFLIGHT) && !large)) return;
    if (large && !(o->marks & ENDED) && lp_block_szx(c, l) > 0) { /* once more, in smaller blocks */
        l->smaller++;
        o->marks = CHANGED;
        o->sent = (uint32_t)c->now - UINT32_MAX;
        return;
    }
    tell(c, o, LP_EV_DELIVERED, err)->op = LP_OP_OBSERVE;
    o->marks &= (uint8_t)~INFLIGHT;
    if (o->marks & ENDED)
        end(c, o, LP_END_DELETED);
    else if (err == LP_ERR_RESET)
        end(c, o, LP_END_RESET);
    else if (err && !large)
        o->marks |= CHANGED; /* what it carried has not arrived */
}

bool lp_observe_reset(struct lp_client *c, const struct lp_link *l, uint16_t mid)
{
    struct lp_observation *o = NULL;
    while ((o = next(c, l, o)))
        if (o->mid == mid && o->marks & TOLD) break;
    if (o) end(c, o, LP_END_RESET);
    return o != NULL;
}

bool lp_observe_ready(struct lp_client *c, uint16_t request_id)
{
    struct lp_observation *o = NULL;
    while ((o = next(c, NULL, o)))
        if (o->mid == request_id && o->marks & WAITING) break;
    if (o) o->marks |= CHANGED;
    return o != NULL;
}

/* ---- kept while RAM is lost: SPEC.md, key 0x0200 ------------------------------------------------------------- */

void lp_observe_put(struct lp_client *c, const struct lp_link *l, struct lp_out *out)
{
    for (struct lp_observation *o = NULL; (o = next(c, l, o));) {
        unsigned marks = o->marks & WAITING ? o->marks | CHANGED : o->marks;
        uint64_t last;
        memcpy(&last, &o->last, sizeof last);
        lp_out_be(out, o->path.obj, 2);
        lp_out_be(out, o->path.inst, 2);
        lp_out_be(out, o->path.res, 2);
        lp_out_be(out, o->path.rinst, 2);
        lp_out_be(out, o->path.dev, 2);
        lp_out_be(out, (uint64_t)lp_fmts[o->fmt]->id, 2);
        lp_out_u8(out, (uint8_t)(marks & (CHANGED | DELETED | NUMBER)));
        lp_out_be(out, o->seq, 3);
        lp_out_be(out, since(c, o->sent), 4);
        lp_out_be(out, (uint16_t)((c->now >> 16) - o->con_at), 2);
        lp_out_be(out, last, 8);
        lp_out_u8(out, o->tkl);
        lp_out_put(out, o->token, o->tkl);
    }
    lp_out_be(out, LP_NONE, 2);
}

static uint64_t at_most(uint64_t v, uint64_t most)
{
    return v < most ? v : most;
}

static void get_one(struct lp_client *c, struct lp_observation *o, struct lp_in *in, uint64_t slept)
{
    uint64_t last;
    o->path.inst = (uint16_t)lp_in_be(in, 2);
    o->path.res = (uint16_t)lp_in_be(in, 2);
    o->path.rinst = (uint16_t)lp_in_be(in, 2);
    o->path.dev = (uint16_t)lp_in_be(in, 2);
    int format = (int)lp_in_be(in, 2);
    while (lp_fmts[o->fmt] && lp_fmts[o->fmt]->id != format) o->fmt++;
    if (!lp_fmts[o->fmt]) in->err = LP_ERR_FORMAT;
    o->marks = lp_in_u8(in);
    o->seq = lp_in_be(in, 3) & 0xffffff;
    o->sent =
        (uint32_t)(c->now - at_most(at_most(slept, UINT32_MAX) + lp_in_be(in, 4), UINT32_MAX));
    o->con_at =
        (uint16_t)((c->now >> 16) - at_most(at_most(slept >> 16, DAY) + lp_in_be(in, 2), DAY));
    last = lp_in_be(in, 8);
    memcpy(&o->last, &last, sizeof last);
    o->tkl = lp_in_u8(in) & 15u;
    const uint8_t *token = lp_in_take(in, o->tkl);
    if (o->tkl > sizeof o->token) in->err = LP_ERR_FORMAT;
    if (!in->err) memcpy(o->token, token, o->tkl);
}

int lp_observe_get(struct lp_client *c, const struct lp_link *l, struct lp_in *in, uint64_t slept)
{
    struct lp_observation *o = c->observation;
    for (unsigned obj; !in->err && (obj = (unsigned)lp_in_be(in, 2)) != LP_NONE; o++) {
        while (o < c->observation + LP_MAX_OBSERVATIONS && used(o)) o++;
        if (o == c->observation + LP_MAX_OBSERVATIONS) return LP_ERR_FULL;
        memset(o, 0, sizeof *o);
        o->link = lp_link_index(c, l) & 15;
        get_one(c, o, in, slept);
        o->path.obj = in->err ? LP_NONE : (uint16_t)obj;
    }
    return in->err;
}
