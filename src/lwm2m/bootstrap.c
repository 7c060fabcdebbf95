/* SPDX-License-Identifier: Apache-2.0
 *
 * bootstrap.c - bootstrap (core 1.1 6.1), started by the client: at start, by /1/x/9, when registration has failed for
 * good, or by the application.
 *
 *   IDLE -- begin --> WAIT --due--> CONNECT --up--> ASK --2.04--> SERVE --Finish--> DONE --> IDLE, management starts
 *                      ^               | failed      | failed       | silent, lost, aborted: as before
 *                      '---------------'-------------'--------------'
 *
 * It is one transaction. The accounts as they were stand, as a record, in link[0].buf, which is free while the server
 * writes: we have nothing outstanding then. Where they do not fit they are written to the store before. Finish puts the
 * new ones into the store in one write; whatever else ends it brings the old ones back. What the server wrote to
 * objects of the application stays: they are the application's to keep.
 * While an attempt is made, management pauses; between attempts it goes on, if there are accounts for it.
 */
#include "bytes/fmt.h"
#include "bytes/link.h"
#include "bytes/path.h"
#include "link/crypto.h"
#include "link/exchange.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"
#include "lwm2m/ops.h"

#define REPAIR  30  /* s for the server to mend accounts that Finish found to be inconsistent */
#define SILENCE 247 /* s without a request, where the account says nothing */

static struct lp_link *link(struct lp_client *c)
{
    return &c->link[0];
}

static void push(struct lp_client *c, enum lp_bootstrap_state state, int err, uint8_t code,
                 uint32_t retry)
{
    struct lp_event *ev = lp_client_tell(c, NULL, LP_CODED(LP_EV_BOOTSTRAP, code), err);
    ev->state = (uint8_t)state;
    ev->retry_ms = retry;
}

/* ---- the accounts as they were ---- */

/* There, or (they do not fit) as the store has them. */
static int keep(struct lp_client *c)
{
    int n = lp_accounts_put(c, link(c)->buf, sizeof(link(c)->buf));
    c->bs_kept = n > 0 ? (uint16_t)n : 0;
    return n > 0 || (c->config.kv && !c->unsaved) ? 0 : LP_ERR_FULL;
}

static void forget(struct lp_client *c)
{
    lp_wipe(link(c)->buf, c->bs_kept);
    c->bs_kept = 0;
}

/* Whether they fit is seen before there is a request in c->io: saving needs the room. */
static int make_keepable(struct lp_client *c)
{
    int err = keep(c);
    if (!c->bs_kept && c->config.kv) err = lp_accounts_save(c);
    forget(c);
    return err;
}

static void restore(struct lp_client *c)
{
    if (c->bs_kept)
        lp_accounts_get(c, link(c)->buf, c->bs_kept);
    else
        lp_accounts_load(c);
    c->unsaved = false;
    forget(c);
}

/* ---- an attempt, and its end ---- */

int lp_bootstrap_begin(struct lp_client *c, bool hold_off)
{
    const struct lp_security *s = lp_accounts_bootstrap(c);
    if (!s || lp_accounts_wrong(s)) return LP_ERR_NOT_FOUND;
    if (c->stopping) return LP_ERR_STATE;
    if (c->bs > LP_BS_WAIT || (c->bs == LP_BS_WAIT && hold_off)) return 0;
    c->bs = LP_BS_WAIT;
    c->bs_tries = c->bs_sequences = 0;
    c->bs_due = c->now + (hold_off ? (uint64_t)s->hold_off_s * 1000 : 0);
    return 0;
}

/* Back to management, with the accounts as they are now. */
static void leave(struct lp_client *c, int err)
{
    struct lp_link *l = link(c);
    if (c->bs == LP_BS_SERVE) restore(c);
    lp_wire_close(c, l, err, false);
    c->bs = LP_BS_IDLE;
    l->state = LP_LINK_OFF;
    for (unsigned i = 0; i < LP_MAX_SERVERS; i++) c->link[i].srv = LP_NO_ROW;
    lp_links_sync(c);
}

static void failed(struct lp_client *c, int err, uint8_t code)
{
    uint32_t retry = lp_retry_wait(&c->bs_retry, &c->bs_tries, &c->bs_sequences);
    leave(c, err == LP_ERR_PEER ? 0 : err);
    if (retry != LP_NO_RETRY) {
        c->bs = LP_BS_WAIT;
        c->bs_due = c->now + retry;
    }
    push(c, LP_BS_FAILED, err, code, retry);
}

void lp_bootstrap_lost(struct lp_client *c, int err)
{
    if (!link(c)->doubt) {
        failed(c, err, 0);
        return;
    }
    leave(c, err); /* the server has forgotten the association: once more, with a handshake */
    c->bs = LP_BS_WAIT;
    c->bs_due = c->now;
    c->bs_tries--;
}

void lp_bootstrap_abort(struct lp_client *c)
{
    bool active = lp_bootstrap_active(c);
    if (active) leave(c, 0);
    c->bs = LP_BS_IDLE;
    if (active) push(c, LP_BS_FAILED, LP_ERR_STATE, 0, LP_NO_RETRY);
}

static void ask(struct lp_client *c)
{
    struct lp_out o;
    struct lp_coap_out m;
    lp_wire_request(link(c), LP_POST, &o, &m);
    lp_coap_opt_text(&m, LP_OPT_URI_PATH, "bs");
    lp_wire_query(&m, "ep=", c->config.endpoint, 0);
    if (!link(c)->v10 && lp_fmt_find(LP_FMT_SENML_CBOR))
        lp_wire_query(&m, "pct=", NULL, LP_FMT_SENML_CBOR);
    c->bs = LP_BS_ASK;
    int err = lp_wire_post(c, link(c), lp_out_end(&o), LP_TAG_BOOTSTRAP);
    if (err < 0) lp_bootstrap_lost(c, err);
}

static void connected(struct lp_client *c, int err)
{
    c->bs = LP_BS_CONNECT;
    if (err == 0)
        ask(c);
    else if (err != LP_AGAIN)
        failed(c, err, 0);
}

static void attempt(struct lp_client *c)
{
    const struct lp_security *s = lp_accounts_bootstrap(c);
    struct lp_link *l = link(c);
    if (!s) { /* the console took it away */
        c->bs = LP_BS_IDLE;
        return;
    }
    c->bs_tries++;
    push(c, LP_BS_STARTED, 0, 0, 0);
    lp_links_pause(c);
    l->state = LP_LINK_BOOTSTRAPPING;
    l->srv = LP_NO_ROW;
    l->sec = (uint8_t)(s - c->security);
    int err = make_keepable(c);
    connected(c, err == 0 ? lp_wire_open(c, l) : err);
}

/* The server is at work: it has so long until its next step, and 8 times that for all of them. */
static void heard(struct lp_client *c)
{
    uint32_t silence = lp_accounts_or(c->security[link(c)->sec].bs_timeout_s, SILENCE);
    uint64_t ms = 1000ull * (c->bs_refused && silence > REPAIR ? REPAIR : silence);
    if (c->bs == LP_BS_ASK) c->bs_end = c->now + 8 * ms;
    c->bs_due = c->now + ms < c->bs_end ? c->now + ms : c->bs_end;
}

static int begin_serve(struct lp_client *c)
{
    lp_exchange_cancel(&link(c)->x); /* who writes has heard us */
    c->bs_refused = false;
    heard(c);
    int err = keep(c);
    c->bs = err == 0 ? LP_BS_SERVE : LP_BS_ASK;
    return err;
}

void lp_bootstrap_response(struct lp_client *c, struct lp_link *l, const struct lp_coap *msg,
                           int err)
{
    (void)l;
    if (err == 0 && !msg) err = LP_ERR_RESET;
    if (err < 0)
        lp_bootstrap_lost(c, err);
    else if (msg->code >> 5 != 2)
        failed(c, LP_ERR_PEER, msg->code);
    else if ((err = begin_serve(c)) != 0)
        failed(c, err, 0);
}

static void finished(struct lp_client *c)
{
    leave(c, 0);
    push(c, LP_BS_FINISHED, 0, 0, 0);
}

uint32_t lp_bootstrap_step(struct lp_client *c)
{
    switch (c->bs) {
    case LP_BS_WAIT:
        if (lp_until(c, c->bs_due) == 0) attempt(c);
        break;
    case LP_BS_CONNECT: connected(c, lp_wire_up(c, link(c))); break;
    case LP_BS_SERVE:
        if (lp_until(c, c->bs_due) == 0)
            lp_bootstrap_lost(c, c->bs_refused ? LP_ERR_ACCEPT : LP_ERR_TIMEOUT);
        break;
    case LP_BS_DONE: finished(c); break;
    default: break;
    }
    return c->bs == LP_BS_WAIT || c->bs == LP_BS_SERVE ? lp_until(c, c->bs_due) : UINT32_MAX;
}

/* ---- requests of the bootstrap server ---- */

static int write(struct lp_request *q)
{
    if (q->level == LP_LEVEL_ROOT) return LP_ERR_METHOD;
    if (!q->o) return LP_ERR_NOT_FOUND;
    int n = lp_ops_payload(q, LP_WRITE_BOOTSTRAP, NULL);
    return n == LP_PENDING ? LP_ERR_INTERNAL : n;
}

/* The bootstrap account and the device itself are not to be deleted (core 1.1 6.1.7.6). */
static bool survives(struct lp_client *c, const struct lp_path *path)
{
    const struct lp_security *s = lp_accounts_bootstrap(c);
    return path->obj == 3 || (path->obj == 0 && s && s->iid == path->inst);
}

static void delete_instances(struct lp_client *c, struct lp_object *o)
{
    for (int inst = -1; (inst = lp_model_next_inst(o, inst)) >= 0;) {
        struct lp_path path = LP_PATH_INST(o->id, inst);
        if (!survives(c, &path) && lp_model_remove(o, &path) == 0) lp_removed(c, &path);
    }
}

static int delete(struct lp_request *q)
{
    struct lp_client *c = q->c;
    if (q->level > LP_LEVEL_INSTANCE) return LP_ERR_METHOD;
    if (!q->o && q->level != LP_LEVEL_ROOT) return LP_ERR_NOT_FOUND;
    if (q->level == LP_LEVEL_INSTANCE) {
        if (survives(c, &q->path)) return LP_ERR_VALUE;
        int err = lp_model_remove(q->o, &q->path);
        if (err == 0) lp_removed(c, &q->path);
        return err;
    }
    for (struct lp_object *k = c->objects; k; k = k->next_)
        if (!q->o || k == q->o) delete_instances(c, k);
    return 0;
}

/* </0/1>;ssid=101;uri="coaps://...", </1/0>;ssid=101 */
static void put_instance(struct lp_client *c, const struct lp_object *o, uint16_t inst,
                         struct lp_link_out *links)
{
    const struct lp_security *sec = o->id == 0 ? lp_row(c, LP_ROWS_SECURITY, inst) : NULL;
    const struct lp_server *srv = o->id == 1 ? lp_row(c, LP_ROWS_SERVER, inst) : NULL;
    lp_link_path(links, &LP_PATH_INST(o->id, inst));
    if (sec && sec->bootstrap) return;
    if (sec || srv) lp_link_attr_int(links, "ssid", sec ? sec->ssid : srv->ssid);
    if (sec) lp_link_attr_string(links, "uri", sec->uri);
}

static int put_links(void *ctx, struct lp_out *out)
{
    const struct lp_request *q = ctx;
    struct lp_link_out links = {out, 1};
    lp_out_text(out, "</>;lwm2m=1.");
    lp_out_u8(out, q->l->v10 ? '0' : '1');
    for (struct lp_object *o = q->c->objects; o; o = o->next_) {
        int inst = lp_model_next_inst(o, -1);
        if (q->path.obj != LP_NONE && q->path.obj != o->id) continue;
        if (inst < 0 || o->version) lp_model_link(&links, &LP_PATH_OBJ(o->id), o->version);
        for (; inst >= 0; inst = lp_model_next_inst(o, inst))
            put_instance(q->c, o, (uint16_t)inst, &links);
    }
    return out->err;
}

static int discover(struct lp_request *q)
{
    if (q->level > LP_LEVEL_OBJECT) return LP_ERR_METHOD;
    if (!q->o && q->level != LP_LEVEL_ROOT) return LP_ERR_NOT_FOUND;
    return lp_answer_body(q->c, q->l, q->m, -1, LP_FMT_LINK, put_links, q);
}

/* Objects 1 and 2 only (core 1.1 6.1.7.3), down to an instance. */
static int read(struct lp_request *q)
{
    if ((q->path.obj != 1 && q->path.obj != 2) || q->level > LP_LEVEL_INSTANCE)
        return LP_ERR_METHOD;
    int err = lp_model_exists(q->c->objects, &q->path);
    return err != 0 ? err : lp_ops_read(q);
}

static int finish(struct lp_request *q)
{
    struct lp_client *c = q->c;
    int err = lp_accounts_check(c);
    c->bs_refused = err != 0;
    if (err != 0) {
        heard(c);
        return err;
    }
    int n = lp_answer_code(c, q->l, q->m, LP_CHANGED);
    if (lp_accounts_save(c) != 0) return lp_answer_cut(c->io);
    forget(c);
    c->bs = LP_BS_DONE;
    return n;
}

static uint8_t op_of(const struct lp_request *q)
{
    struct lp_span segment;
    switch (q->m->code) {
    case LP_GET: return q->accept == LP_FMT_LINK ? LP_OP_DISCOVER : LP_OP_READ;
    case LP_PUT: return LP_OP_WRITE;
    case LP_DELETE: return LP_OP_DELETE;
    case LP_POST:
        return lp_coap_find(q->m, LP_OPT_URI_PATH, &segment) && lp_span_is(segment, "bs")
                   ? LP_OP_FINISH
                   : LP_OP_NONE;
    default: return LP_OP_NONE;
    }
}

static int serve(struct lp_request *q, int err)
{
    if (q->c->bs == LP_BS_ASK && begin_serve(q->c) != 0) return LP_ERR_INTERNAL;
    if (q->c->bs != LP_BS_SERVE) return LP_ERR_STATE;
    if (q->op == LP_OP_FINISH && err != LP_ERR_OPTION) return finish(q); /* no path of the model */
    if (err != 0) return err;
    switch (q->op) {
    case LP_OP_DISCOVER: return discover(q);
    case LP_OP_READ: return read(q);
    case LP_OP_WRITE: return write(q);
    case LP_OP_DELETE: return delete (q);
    default: return LP_ERR_METHOD;
    }
}

int lp_bootstrap_serve(struct lp_request *q, int err)
{
    struct lp_client *c = q->c;
    q->op = op_of(q);
    err = serve(q, err);
    if (err >= 0 && c->bs == LP_BS_SERVE) {
        c->bs_refused = false;
        heard(c);
    }
    return err;
}
