/* SPDX-License-Identifier: Apache-2.0
 *
 * observe.c - observations: see observe.h. A change only sets a mark; all else is decided when a link asks what is due:
 *
 *   sent        pmin                       pmax
 *    |-----------|--------------------------|--->
 *      held back   told if it is a change     told in any case
 *                  that counts
 *
 * With gt, lt or st (on a resource of one number) a change counts if the value crossed a threshold, in either direction,
 * or moved by a step, since the last notification. It is judged on the very number that the message made carries: the
 * message is made first and dropped if its number does not count. So a crossing that went back while pmin held it is
 * not told (what would be told is a value that crosses nothing), and never does a notification carry such a value.
 *
 * marks   CHANGED   to be looked at once pmin is over
 *         DELETED   the path is gone: 4.04, and the end
 *         INFLIGHT  a confirmable notification is on its way: lp_observe_done
 *         ENDED     ... and it was the last
 *         WAITING   the handler said LP_PENDING; ->mid is the request id it was given
 */
#include "lwm2m/observe.h"
#include "bytes/num.h"
#include "link/exchange.h"
#include "lwm2m/attrs.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"
#include "lwm2m/ops.h"

#include <string.h>

enum { CHANGED = 1, DELETED = 2, INFLIGHT = 4, ENDED = 8, WAITING = 16, NUMBER = 32 /* ->last is valid */ };

#define DAY 84375u /* in units of 1024 ms */

static bool used(const struct lp_observation *o)
{
    return o->path.obj != LP_NONE;
}

static void tell(struct lp_client *c, const struct lp_observation *o, enum lp_event_kind kind, unsigned state, int err)
{
    struct lp_event ev = {.kind = (uint8_t)kind, .state = (uint8_t)state, .err = (int16_t)err, .path = o->path};
    ev.op = kind == LP_EV_DELIVERED ? LP_OP_OBSERVE : LP_OP_NONE;
    ev.server = lp_link_ssid(c, &c->link[o->link]);
    lp_client_push(c, &ev);
}

static void end(struct lp_client *c, struct lp_observation *o, enum lp_observation_end why)
{
    tell(c, o, LP_EV_OBSERVATION_ENDED, why, 0);
    o->path.obj = LP_NONE;
}

/* ---- who observes -------------------------------------------------------------------------------------------- */

/* Is it the one this request speaks of? */
static bool same(const struct lp_observation *o, unsigned link, const struct lp_coap *req, const struct lp_path *path)
{
    return used(o) && o->link == link &&
           (lp_path_equal(&o->path, path) || (o->tkl == req->tkl && memcmp(o->token, req->token, req->tkl) == 0));
}

struct lp_observation *lp_observe_add(struct lp_client *c, const struct lp_link *l, const struct lp_coap *req,
                                      const struct lp_path *path, uint16_t format)
{
    struct lp_observation *o = NULL, *unused = NULL;
    unsigned link = lp_link_index(c, l);
    for (unsigned i = 0; i < LP_MAX_OBSERVATIONS; i++) {
        struct lp_observation *k = &c->observation[i];
        if (!used(k)) {
            unused = k;
        } else if (same(k, link, req, path)) {
            if (o) o->path.obj = LP_NONE;
            o = k;
        }
    }
    uint32_t seq = o ? o->seq + 1u : 0;
    if (!o) o = unused;
    if (!o) return NULL;
    memset(o, 0, sizeof *o);
    o->path = *path;
    o->link = (uint8_t)link;
    o->tkl = req->tkl;
    memcpy(o->token, req->token, sizeof o->token);
    o->accept = format;
    o->seq = seq & 0xffffff;
    o->sent = c->now;
    o->con_at = (uint32_t)(c->now >> 10);
    return o;
}

void lp_observe_begun(struct lp_observation *o, const struct lp_reading *r)
{
    o->last = r->number;
    o->marks = r->is_number ? NUMBER : 0;
}

void lp_observe_drop(struct lp_observation *o)
{
    o->path.obj = LP_NONE;
}

void lp_observe_cancel(struct lp_client *c, const struct lp_link *l, const struct lp_coap *req, const struct lp_path *path)
{
    for (unsigned i = 0; i < LP_MAX_OBSERVATIONS; i++)
        if (same(&c->observation[i], lp_link_index(c, l), req, path)) end(c, &c->observation[i], LP_END_CANCEL);
}

void lp_observe_forget(struct lp_client *c, const struct lp_link *l)
{
    for (unsigned i = 0; i < LP_MAX_OBSERVATIONS; i++)
        if (c->observation[i].link == lp_link_index(c, l)) c->observation[i].path.obj = LP_NONE;
}

void lp_observe_mark(struct lp_client *c, const struct lp_path *path, bool deleted)
{
    for (unsigned i = 0; i < LP_MAX_OBSERVATIONS; i++) {
        struct lp_observation *o = &c->observation[i];
        bool below = lp_path_covers(path, &o->path);
        if (!used(o) || (!below && !lp_path_covers(&o->path, path))) continue;
        o->marks |= deleted && below ? DELETED : CHANGED;
    }
}

/* ---- when ---------------------------------------------------------------------------------------------------- */

static uint64_t plus(uint64_t t, uint32_t seconds)
{
    return t + (uint64_t)seconds * 1000;
}

/* When it is to be looked at. */
static uint64_t due_at(const struct lp_observation *o, const struct lp_attrs *a)
{
    if (o->marks & (INFLIGHT | ENDED)) return UINT64_MAX;
    if (o->marks & DELETED) return 0;
    if (o->marks & CHANGED) return plus(o->sent, a->period_s[0]);
    return a->set & LP_ATTR_PMAX ? plus(o->sent, a->period_s[1]) : UINT64_MAX;
}

/* May this number be told? The one place where numbers are reckoned with. */
static bool counts(const struct lp_observation *o, const struct lp_attrs *a, double now)
{
    double gt = a->threshold[0], lt = a->threshold[1], step;
    if ((a->set & LP_ATTR_GT) && lp_float_less(gt, now) != lp_float_less(gt, o->last)) return true;
    if ((a->set & LP_ATTR_LT) && lp_float_less(now, lt) != lp_float_less(o->last, lt)) return true;
    if (!(a->set & LP_ATTR_ST)) return false;
    if (lp_float_add(&step, now, -o->last)) return true;
    return !lp_float_less(lp_float_less(step, 0) ? -step : step, a->threshold[2]);
}

uint32_t lp_observe_wait(struct lp_client *c, const struct lp_link *l)
{
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < LP_MAX_OBSERVATIONS; i++) {
        struct lp_observation *o = &c->observation[i];
        if (!used(o) || &c->link[o->link] != l) continue;
        struct lp_attrs a = lp_attrs_effective(c, lp_link_ssid(c, l), &o->path);
        uint64_t at = due_at(o, &a);
        if (at < next) next = at;
    }
    if (next <= c->now) return 0;
    return next - c->now < UINT32_MAX ? (uint32_t)(next - c->now) : UINT32_MAX;
}

/* ---- the notification ---------------------------------------------------------------------------------------- */

/* The one that has waited longest of those that are due. */
static struct lp_observation *pick(struct lp_client *c, const struct lp_link *l)
{
    struct lp_observation *best = NULL;
    for (unsigned i = 0; i < LP_MAX_OBSERVATIONS; i++) {
        struct lp_observation *o = &c->observation[i];
        if (!used(o) || &c->link[o->link] != l || (best && best->sent <= o->sent)) continue;
        struct lp_attrs a = lp_attrs_effective(c, lp_link_ssid(c, l), &o->path);
        if (due_at(o, &a) <= c->now) best = o;
    }
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
static int make(struct lp_client *c, struct lp_observation *o, const struct lp_attrs *a, struct lp_message *m, size_t cap)
{
    struct lp_reading r = {c->objects, lp_fmt_find(o->accept), o->path, 0, false};
    bool forced = a->set & LP_ATTR_PMAX && c->now >= plus(o->sent, a->period_s[1]);
    int n = LP_ERR_NOT_FOUND;
    lp_request_begin(c);
    if (!(o->marks & DELETED)) n = lp_message_make(m, lp_put_model, &r);
    if (n == LP_ERR_NOT_FOUND) {
        m->type = LP_CON;
        return make_last(o, m, cap);
    }
    bool numbers = r.is_number && o->marks & NUMBER && a->set & LP_ATTR_THRESHOLDS;
    o->marks &= (uint8_t)~(CHANGED | WAITING);
    if (n > 0 && numbers && !forced && !counts(o, a, r.number)) return 0;
    if (n == LP_PENDING) {
        o->marks |= WAITING;
        o->mid = lp_request_id(c);
    }
    o->sent = c->now; /* of one that could not be read too: not again before pmin, or pmax */
    if (n < 0) return 0;
    lp_observe_begun(o, &r);
    o->seq++;
    return n;
}

int lp_observe_due(struct lp_client *c, struct lp_link *l, void *buf, size_t cap, unsigned *index, bool *con)
{
    struct lp_observation *o;
    for (unsigned tries = 0; tries < LP_MAX_OBSERVATIONS && (o = pick(c, l)); tries++) {
        struct lp_attrs a = lp_attrs_effective(c, lp_link_ssid(c, l), &o->path);
        struct lp_message m = {.buf = buf, .token = o->token, .tkl = o->tkl};
        bool confirm = c->config.con_notify || (uint32_t)(c->now >> 10) - o->con_at >= DAY;
        m.type = confirm ? LP_CON : LP_NON;
        m.mid = lp_exchange_mid(&l->x);
        m.observe = (int32_t)((o->seq + 1u) & 0xffffff);
        m.format = o->accept;
        m.szx = lp_block_szx(c);
        int n = make(c, o, &a, &m, cap);
        if (n <= 0) continue;
        *index = (unsigned)(o - c->observation);
        *con = m.type == LP_CON;
        o->mid = m.mid;
        if (!*con) return n;
        o->marks |= INFLIGHT;
        o->con_at = (uint32_t)(c->now >> 10);
        return n;
    }
    return 0;
}

/* ---- what became of it --------------------------------------------------------------------------------------- */

void lp_observe_done(struct lp_client *c, unsigned index, int err)
{
    struct lp_observation *o = &c->observation[index];
    if (!used(o) || !(o->marks & INFLIGHT)) return;
    tell(c, o, LP_EV_DELIVERED, 0, err);
    o->marks &= (uint8_t)~INFLIGHT;
    if (o->marks & ENDED)
        end(c, o, LP_END_DELETED);
    else if (err == LP_ERR_RESET)
        end(c, o, LP_END_RESET);
    else if (err)
        o->marks |= CHANGED; /* what it carried has not arrived */
}

bool lp_observe_reset(struct lp_client *c, const struct lp_link *l, uint16_t mid)
{
    for (unsigned i = 0; i < LP_MAX_OBSERVATIONS; i++) {
        struct lp_observation *o = &c->observation[i];
        if (!used(o) || &c->link[o->link] != l || o->mid != mid || o->marks & WAITING) continue;
        end(c, o, LP_END_RESET);
        return true;
    }
    return false;
}

bool lp_observe_ready(struct lp_client *c, uint16_t request_id)
{
    for (unsigned i = 0; i < LP_MAX_OBSERVATIONS; i++) {
        struct lp_observation *o = &c->observation[i];
        if (!used(o) || !(o->marks & WAITING) || o->mid != request_id) continue;
        o->marks |= CHANGED;
        return true;
    }
    return false;
}
