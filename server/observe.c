/* SPDX-License-Identifier: Apache-2.0
 *
 * observe.c - see observe.h.
 */
#include "server/observe.h"

#include <stdlib.h>
#include <string.h>

#include "link/crypto.h"
#include "server/log.h"
#include "server/mem.h"
#include "server/node.h"
#include "server/peer.h"

#define FRESH_MS     128000 /* RFC 7641 3.4: older than that, any sequence number is newer */
#define REST_TIMEOUT 120000 /* for the further blocks of a notification */

/* ---- the table ---- */

static struct observation *by_token(struct server *s, const uint8_t *token, uint8_t tkl)
{
    if (tkl != LP_MAX_TOKEN) return NULL;
    for (struct link *l = table_first(&s->by_token, table_hash(token, tkl)); l; l = table_next(l)) {
        struct observation *o = container_of(l, struct observation, by_token);
        if (memcmp(o->token, token, tkl) == 0) return o;
    }
    return NULL;
}

static struct observation *by_path(const struct reg *r, const struct lp_path *path, int accept)
{
    struct observation *o = r->observations;
    while (o && !(lp_path_equal(&o->path, path) && (accept == INT32_MIN || o->accept == accept)))
        o = o->next;
    return o;
}

static struct observation *enter(struct reg *r, const uint8_t *token, const struct lp_path *path,
                                 int accept)
{
    struct observation *o = mem_new(sizeof(*o));
    o->reg = r;
    o->path = *path;
    o->accept = accept;
    memcpy(o->token, token, sizeof(o->token));
    o->next = r->observations;
    r->observations = o;
    table_add(&r->s->by_token, &o->by_token, table_hash(token, LP_MAX_TOKEN));
    return o;
}

static void take_out(struct observation *o)
{
    struct observation **at = &o->reg->observations;
    while (*at != o) at = &(*at)->next;
    *at = o->next;
    table_del(&o->reg->s->by_token, &o->by_token);
    free(o);
}

static void end(struct observation *o)
{
    store_del_obs(o->reg->s->store, (struct lp_span){o->token, sizeof(o->token)});
    take_out(o);
}

void observe_free(struct reg *r)
{
    while (r->observations) take_out(r->observations);
}

void observe_forget(struct reg *r)
{
    observe_free(r); /* their rows go with that of the registration */
}

unsigned observe_drop(struct reg *r, const struct lp_path *path)
{
    unsigned n = 0;
    for (struct observation *o; (o = by_path(r, path, INT32_MIN)) != NULL; n++) end(o);
    return n;
}

static void load_one(void *ctx, struct lp_span token, const char *id, const char *path, int accept)
{
    struct server *s = ctx;
    struct reg *r = reg_find_id(s, (struct lp_span){id, strlen(id)});
    struct lp_path p;
    if (r && token.n == LP_MAX_TOKEN &&
        lp_path_parse(&p, (struct lp_span){path, strlen(path)}) == 0)
        enter(r, token.p, &p, accept);
}

void observe_load(struct server *s)
{
    store_obs(s->store, load_one, s);
}

/* ---- asking for it ---- */

struct asked { /* until the device has answered */
    struct server *s;
    char reg[REG_ID + 1];
    uint8_t token[LP_MAX_TOKEN];
    struct lp_path path;
    int accept;
    bool cancel;
    op_done *done;
    void *ctx;
};

static void agree(const struct asked *a, struct reg *r)
{
    char path[LP_PATH_TEXT];
    struct observation *o = by_token(r->s, a->token, sizeof(a->token));
    if (!o) o = enter(r, a->token, &a->path, a->accept);
    o->any = false;
    store_put_obs(r->s->store, (struct lp_span){o->token, sizeof(o->token)}, r->id,
                  lp_path_text(&o->path, path), o->accept);
}

static void answered(void *ctx, const struct op_result *got)
{
    struct asked *a = ctx;
    struct reg *r = reg_find_id(a->s, (struct lp_span){a->reg, REG_ID});
    struct observation *o = by_token(a->s, a->token, sizeof(a->token));
    bool good = !got->err && got->code >> 5 == 2;
    if (r && good && !a->cancel && got->observing)
        agree(a, r);
    else if (o && !got->err && (a->cancel ? good : !got->observing))
        end(o);
    a->done(a->ctx, got);
    free(a);
}

static struct op *ask(struct reg *r, const struct lp_path *path, int accept, op_done *done,
                      void *ctx)
{
    struct asked *a = mem_new(sizeof(*a));
    *a = (struct asked){.s = r->s, .path = *path, .accept = accept, .done = done, .ctx = ctx};
    memcpy(a->reg, r->id, sizeof(a->reg));
    struct op *op = op_new();
    op->code = LP_GET;
    op->path = *path;
    op->accept = accept;
    op->own_token = true;
    op->done = answered;
    op->ctx = a;
    return op;
}

static unsigned count(const struct reg *r)
{
    unsigned n = 0;
    for (const struct observation *o = r->observations; o; o = o->next) n++;
    return n;
}

void observe_start(struct reg *r, const struct lp_path *path, int accept, uint32_t timeout,
                   op_done *done, void *ctx)
{
    struct observation *o = by_path(r, path, accept);
    struct op *op = ask(r, path, accept, done, ctx);
    struct asked *a = op->ctx;
    op->observe = 0;
    if (o)
        memcpy(a->token, o->token, sizeof(a->token));
    else
        lp_port_random(a->token, sizeof(a->token));
    if (!o && count(r) >= OBSERVE_PER_REG) end(r->observations); /* the newest makes room */
    memcpy(op->token, a->token, sizeof(op->token));
    op_add(&r->box, op, timeout, false);
}

int observe_cancel(struct reg *r, const struct lp_path *path, uint32_t timeout, op_done *done,
                   void *ctx)
{
    struct observation *o = by_path(r, path, INT32_MIN);
    if (!o) return LP_ERR_NOT_FOUND;
    struct op *op = ask(r, path, o->accept, done, ctx);
    struct asked *a = op->ctx;
    a->cancel = true;
    op->observe = 1;
    memcpy(a->token, o->token, sizeof(a->token));
    memcpy(op->token, o->token, sizeof(op->token));
    op_add(&r->box, op, timeout, false);
    return 0;
}

/* ---- notifications ---- */

static void tell(struct reg *r, const struct lp_path *path, int format, struct lp_span payload)
{
    int err;
    char text[LP_PATH_TEXT];
    json_t *val = node_from_payload(&r->types, path, format, payload, &err);
    lp_path_text(path, text);
    if (!val) {
        log_event("warning", r->endpoint, "a notification of %s in format %d cannot be read: %s",
                  text, format, lp_strerror(err));
        return;
    }
    log_event("notification", r->endpoint, "%s", text);
    events_tell(&r->s->events, "NOTIFICATION", r->endpoint,
                json_pack("{s:s, s:s, s:s, s:o}", "ep", r->endpoint, "kind", "single", "res", text,
                          "val", val));
}

struct rest {
    struct server *s;
    char reg[REG_ID + 1];
    struct lp_path path;
};

static void have_rest(void *ctx, const struct op_result *got)
{
    struct rest *rest = ctx;
    struct reg *r = reg_find_id(rest->s, (struct lp_span){rest->reg, REG_ID});
    if (r && !got->err && got->code == LP_CONTENT)
        tell(r, &rest->path, got->format, got->payload);
    else if (r)
        log_event("warning", r->endpoint, "the blocks of a notification could not be fetched");
    free(rest);
}

static void fetch_rest(struct observation *o, const struct lp_coap *first)
{
    struct rest *rest = mem_new(sizeof(*rest));
    *rest = (struct rest){.s = o->reg->s, .path = o->path};
    memcpy(rest->reg, o->reg->id, sizeof(rest->reg));
    struct op *op = op_new();
    op->code = LP_GET;
    op->path = o->path;
    op->accept = o->accept;
    op->done = have_rest;
    op->ctx = rest;
    op_has_block(op, first);
    op_add(&o->reg->box, op, REST_TIMEOUT, true);
}

/* RFC 7641 3.4: is it newer than the newest so far? */
static bool fresh(struct observation *o, uint32_t seq, uint64_t now)
{
    bool newer =
        !o->any || ((seq - o->seq) & 0xffffff) - 1 < (1u << 23) - 1 || now > o->at + FRESH_MS;
    if (!newer) return false;
    o->any = true;
    o->seq = seq;
    o->at = now;
    return true;
}

static void notified(struct observation *o, const struct lp_coap *m)
{
    uint32_t seq, format;
    struct lp_block b = {0};
    struct reg *r = o->reg;
    if (m->code >> 5 != 2) {
        char code[5], path[LP_PATH_TEXT];
        lp_coap_code_text(m->code, code);
        log_event("unobserved", r->endpoint, "%s: the device ended the observation with %s",
                  lp_path_text(&o->path, path), code);
        end(o);
        return;
    }
    if (lp_coap_uint(m, LP_OPT_OBSERVE, 3, &seq) == 1 && !fresh(o, seq, r->s->now)) return;
    if (lp_coap_block(m, LP_OPT_BLOCK2, &b) == 1 && b.more) {
        fetch_rest(o, m);
        return;
    }
    bool has = lp_coap_uint(m, LP_OPT_CONTENT_FORMAT, 2, &format) == 1;
    tell(r, &o->path, has ? (int)format : LP_NO_FORMAT, m->payload);
}

static void reply(struct peer *p, const struct lp_coap *m, bool known)
{
    uint8_t buf[4];
    if (known && m->type != LP_CON) return;
    struct lp_span out = known ? lp_exchange_ack(m, buf) : lp_exchange_reset(m, buf);
    if (!peer_is_visitor(p)) lp_exchange_answered(&p->x, m, out.p, out.n, p->s->now);
    peer_send(p, out);
}

void observe_message(struct peer *p, const struct lp_coap *m)
{
    struct observation *o = by_token(p->s, m->token, m->tkl);
    bool ours = o && lp_coap_check_options(m) == 0 &&
                (o->reg->box.peer == p || (p->dtls && reg_is_of(o->reg, p)));
    reply(p, m, ours);
    if (!ours) return;
    struct reg *r = o->reg;
    reg_bind(r, p);
    reg_heard(r);
    notified(o, m);
}
