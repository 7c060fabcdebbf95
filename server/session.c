/* SPDX-License-Identifier: Apache-2.0
 *
 * session.c - bootstrap (core 1.1, 6.1): POST /bs finds a plan, the plan is carried out step by step, POST /bs to the
 * device ends it. A write that fails ends the session: the device then forgets what it was told. A delete that fails
 * does not: what was to go may never have been there.
 */
#include "server/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/num.h"
#include "server/log.h"
#include "server/mem.h"
#include "server/op.h"
#include "server/peer.h"
#include "server/plan.h"
#include "server/reg.h"
#include "server/serve.h"
#include "server/table.h"

#define STEP_TIMEOUT 93000 /* ms */

struct session {
    struct server *s;
    struct link by_endpoint;
    struct peer *p;
    struct outbox box;
    char *endpoint;
    json_t *plan;
    int format;
    unsigned step;
    struct timer gone; /* it is freed from the loop: its outbox may be in use further up */
};

static void event(struct server *s, const char *endpoint, const char *name, const char *text)
{
    log_event("bootstrap", endpoint, "%s%s%s", name, *text ? ": " : "", text);
    events_tell(&s->events, "BSSESSION", endpoint,
                json_pack("{s:s, s:s, s:s, s:I, s:s}", "ep", endpoint, "endpoint", endpoint, "name",
                          name, "time", (json_int_t)s->wall, "message", text));
}

static void session_free(void *ctx)
{
    struct session *bs = ctx;
    json_decref(bs->plan);
    free(bs->endpoint);
    free(bs);
}

static void close_session(struct session *bs)
{
    struct peer *p = bs->p;
    if (!p) return; /* on its way already */
    bs->p = NULL;
    table_del(&bs->s->sessions, &bs->by_endpoint);
    outbox_clear(&bs->box, LP_ERR_STATE);
    outbox_set_peer(&bs->box, NULL);
    peer_begin(p, NULL);
    timer_init(&bs->gone, session_free, bs);
    timer_set(&bs->s->timers, &bs->gone, bs->s->now);
}

void session_pump(struct session *bs)
{
    outbox_pump(&bs->box);
}

void session_end(struct session *bs, const char *why)
{
    event(bs->s, bs->endpoint, "failed", why);
    close_session(bs);
}

static void finish(struct session *bs)
{
    creds_bootstrapped(bs->s, &bs->p->auth);
    event(bs->s, bs->endpoint, "finished", "");
    close_session(bs);
}

void session_registered(struct server *s, const char *endpoint)
{
    struct link *next;
    for (struct link *l = table_first(&s->sessions, table_hash(endpoint, strlen(endpoint))); l;
         l = next) {
        struct session *bs = container_of(l, struct session, by_endpoint);
        const struct op *op = bs->box.first;
        next = table_next(l);
        if (strcmp(bs->endpoint, endpoint) == 0 && op && op->finish && op->sent) finish(bs);
    }
}

/* ---- one step after the other ---- */

static void next_step(struct session *);

static void step_name(const struct plan_step *step, char text[48])
{
    char path[LP_PATH_TEXT];
    static const char *const names[] = {"delete", "write", "finish"};
    snprintf(text, 48, "%s %s", names[step->kind],
             step->kind == PLAN_FINISH ? "" : lp_path_text(&step->path, path));
}

static void describe(const struct op_result *got, char *text, size_t n)
{
    char code[5];
    lp_coap_code_text(got->code, code);
    if (got->err)
        snprintf(text, n, "%s", lp_strerror(got->err));
    else
        snprintf(text, n, "the device answered %s %.*s", code, (int)got->payload.n,
                 got->payload.n ? (const char *)got->payload.p : "");
    log_clean(text);
}

static void step_done(void *ctx, const struct op_result *got)
{
    struct session *bs = ctx;
    struct plan_step step;
    char name[48], what[120], text[180];
    if (!bs->p) return; /* it is being closed */
    plan_step(bs->plan, bs->step, &step);
    /* A device that ends its association when it is told that this was all: its answer was lost, or never sent. */
    bool ended = step.kind == PLAN_FINISH && got->err == LP_ERR_NET && got->sent;
    bool good = ended || (!got->err && got->code >> 5 == 2);
    node_values_free(&step.values);
    step_name(&step, name);
    describe(got, what, sizeof(what));
    snprintf(text, sizeof(text), "%s: %s", name, what);
    if (!good && (got->err || step.kind != PLAN_DELETE)) {
        session_end(bs, text);
    } else if (step.kind == PLAN_FINISH) {
        finish(bs);
    } else {
        event(bs->s, bs->endpoint, "step", text);
        bs->step++;
        next_step(bs);
    }
}

static void next_step(struct session *bs)
{
    struct plan_step step;
    plan_step(bs->plan, bs->step, &step);
    struct op *op = op_new();
    op->path = step.path;
    op->done = step_done;
    op->ctx = bs;
    op->code = step.kind == PLAN_DELETE ? LP_DELETE : step.kind == PLAN_WRITE ? LP_PUT : LP_POST;
    op->finish = step.kind == PLAN_FINISH;
    int n = 0;
    if (step.kind == PLAN_WRITE) {
        op->format = bs->format;
        n = node_payload(&step.values, &step.path, bs->format, false, &op->body);
        op->body_n = n > 0 ? (size_t)n : 0;
    }
    node_values_free(&step.values);
    op_add(&bs->box, op, STEP_TIMEOUT, false);
}

/* ---- POST /bs ---- */

static char *endpoint_of(const struct request *r)
{
    struct lp_span v;
    if (serve_query(r->m, "ep", &v) != 1 || !v.n || v.n > REG_ENDPOINT || memchr(v.p, 0, v.n) ||
        !lp_utf8(v))
        return NULL;
    for (size_t i = 0; i < v.n; i++)
        if (((const uint8_t *)v.p)[i] < 0x20 || ((const uint8_t *)v.p)[i] == 0x7f) return NULL;
    return mem_copy(v.p, v.n);
}

static json_t *plan_of(struct server *s, const char *endpoint)
{
    char *json = NULL;
    if (store_get_plan(s->store, endpoint, &json) != 0) store_get_plan(s->store, "*", &json);
    json_t *plan = json ? json_loads(json, 0, NULL) : NULL;
    free(json);
    return plan;
}

/* NULL: this device may be bootstrapped; else why not. */
static const char *not_allowed(const struct peer *p, const char *endpoint)
{
    if (!p->dtls)
        return creds_needed(p->s, endpoint, true)
                   ? "this endpoint has a credential: coaps is needed"
                   : NULL;
    if (!p->auth.may_bootstrap || !p->auth.endpoint || strcmp(p->auth.endpoint, endpoint) != 0)
        return "this credential belongs to another endpoint or role";
    return NULL;
}

/* The format that the device prefers, if we can write it. */
static int preferred(const struct lp_coap *m)
{
    struct lp_span v;
    uint64_t id;
    if (serve_query(m, "pct", &v) != 1 || !v.n || lp_get_uint(v, &id) != 0) return LP_FMT_TLV;
    return id == LP_FMT_SENML_CBOR || id == LP_FMT_SENML_JSON ? (int)id : LP_FMT_TLV;
}

static void begin(const struct request *r, struct peer *p, char *endpoint, json_t *plan)
{
    struct session *bs = mem_new(sizeof(*bs));
    if (p->session) session_end(p->session, "the device began again");
    *bs = (struct session){
        .s = p->s, .p = p, .endpoint = endpoint, .plan = plan, .format = preferred(r->m)};
    bs->box.s = p->s;
    outbox_set_peer(&bs->box, p);
    table_add(&p->s->sessions, &bs->by_endpoint, table_hash(endpoint, strlen(endpoint)));
    peer_begin(p, bs);
    event(bs->s, endpoint, "started", "");
    serve_answer(r, p, &(struct answer){.code = LP_CHANGED});
    next_step(bs);
}

static void refuse(const struct request *r, const char *endpoint, const char *why)
{
    char at[ADDR_TEXT];
    log_event("refused", endpoint, "bootstrap of %s: %s", addr_text(&r->p->addr, at), why);
    serve_error(r, LP_BAD_REQUEST, why);
}

void bootstrap_request(const struct request *r)
{
    char *endpoint = endpoint_of(r);
    const char *why = endpoint ? not_allowed(r->p, endpoint) : "ep= (the endpoint name) is missing";
    json_t *plan = why ? NULL : plan_of(r->p->s, endpoint);
    if (!why && !plan) why = "there is no bootstrap plan for this endpoint";
    if (!why && !r->p->dtls && !r->p->s->insecure_bootstrap && plan_has_key(plan))
        why = "its bootstrap plan holds a key: coaps is needed, or --insecure-bootstrap";
    struct peer *p = why ? NULL : peer_keep(r->p);
    if (p) {
        begin(r, p, endpoint, plan);
        return;
    }
    if (why)
        refuse(r, endpoint, why);
    else
        serve_error(r, LP_SERVICE_UNAVAILABLE, "the server is full");
    json_decref(plan);
    free(endpoint);
}
