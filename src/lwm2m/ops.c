/* SPDX-License-Identifier: Apache-2.0
 *
 * ops.c - a management server's request: see ops.h. Method, path and options say which operation it is (op_of), one
 * function does it, and what that returns is the answer:
 *
 *   > 0          the length of an answer that it made itself
 *   0            done: the code that goes with the operation
 *   LP_PENDING   a row of c->pending, an empty ACK; lp_ops_completed makes the answer. A handler can say so only if it
 *                asked for the request's name (lp_request_id): without it none of this is linked
 *   < 0          lp_coap_code_of
 */
#include "lwm2m/ops.h"
#include "link/exchange.h"
#include "lwm2m/attrs.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"
#include "lwm2m/observe.h"

#include <string.h>

static int option(const struct lp_coap *m, uint16_t number)
{
    uint32_t v;
    return lp_coap_uint(m, number, 2, &v) > 0 ? (int)v : LP_NO_FORMAT;
}

/* Reads without Accept: TLV is what LwM2M 1.0 knows. */
static const struct lp_fmt *default_format(const struct lp_link *l)
{
    const struct lp_fmt *tlv = l->v10 ? lp_fmt_find(LP_FMT_TLV) : NULL;
    return tlv ? tlv : lp_fmts[0];
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

/* Read, Observe, Cancel: an Observe that finds no room is a Read. */
int lp_ops_read(struct lp_request *q)
{
    struct lp_reading r = {q->c->objects, default_format(q->l), q->path, 0, false};
    struct lp_observation *o = NULL;
    if (q->accept != LP_NO_FORMAT) r.fmt = lp_fmt_find(q->accept);
    if (!r.fmt) return LP_ERR_ACCEPT;
    q->accept = r.fmt->id;
    if (q->op == LP_OP_CANCEL) lp_observe_cancel(q->c, q->l, q->m, &q->path);
    if (q->op == LP_OP_OBSERVE) o = lp_observe_add(q->c, q->l, q->m, &q->path, r.fmt->id);
    int n = lp_answer_body(q->c, q->l, q->m, o ? (int32_t)o->seq : -1, r.fmt->id, lp_put_model, &r);
    if (o) lp_observe_begun(o, n > 0 ? &r : NULL);
    return n;
}

static int put_links(void *ctx, struct lp_out *out)
{
    struct lp_request *q = ctx;
    return lp_discover(q->c, lp_link_ssid(q->c, q->l), &q->path, out);
}

static int discover(struct lp_request *q)
{
    if (q->level == LP_LEVEL_RINSTANCE) return LP_ERR_METHOD;
    int err = lp_model_exists(q->c->objects, &q->path);
    return err ? err : lp_answer_body(q->c, q->l, q->m, -1, LP_FMT_LINK, put_links, q);
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

static void told(void *ctx, const struct lp_path *path)
{
    lp_changed(ctx, path);
}

static bool etag_is(struct lp_request *q, struct lp_span etag)
{
    struct lp_out o;
    struct lp_in in;
    lp_out_init(&o, NULL, 0);
    lp_in_init(&in, etag.p, etag.n);
    return etag.n == 4 && lp_model_read(q->c->objects, &q->path, default_format(q->l), &o) == 0 &&
           lp_in_be(&in, 4) == o.hash;
}

/* If-Match, If-None-Match: RFC 7252 5.10.8. */
static int conditions(struct lp_request *q)
{
    struct lp_option_iter at = {0, 0};
    struct lp_option o;
    bool asked = false, met = false, there = lp_model_exists(q->c->objects, &q->path) == 0;
    while (lp_coap_next(q->m, &at, &o)) {
        if (o.number == LP_OPT_IF_NONE_MATCH && there) return LP_ERR_CONDITION;
        if (o.number != LP_OPT_IF_MATCH) continue;
        asked = true;
        met |= there && (o.value.n == 0 || etag_is(q, o.value));
    }
    return asked && !met ? LP_ERR_CONDITION : 0;
}

/* The payload, once it is whole, through the model. */
int lp_ops_payload(struct lp_request *q, enum lp_write_mode mode, uint16_t *created)
{
    struct lp_client *c = q->c;
    struct lp_reader r;
    struct lp_span body;
    int n = lp_ops_body(c, q->l, q->m, &q->path, &body);
    if (n) return n;
    bool none = q->format == LP_NO_FORMAT;
    if (none && q->res && (q->level == LP_LEVEL_RINSTANCE || !(q->res->ops & LP_MULTIPLE)))
        q->format = LP_FMT_TEXT;
    const struct lp_fmt *fmt = lp_fmt_find(q->format);
    if (none && !body.n && mode == LP_WRITE_CREATE)
        return lp_model_write(c->objects, &q->path, mode, NULL, created, told, c);
    if (!fmt || !fmt->next) return LP_ERR_CONTENT;
    lp_reader_init(&r, fmt, &q->path, body, c->body + c->up.len, LP_MAX_BODY - c->up.len);
    return lp_model_write(c->objects, &q->path, mode, &r, created, told, c);
}

static int write(struct lp_request *q)
{
    bool put = q->m->code == LP_PUT;
    if (q->level < LP_LEVEL_INSTANCE || (q->res && !(q->res->ops & LP_W))) return LP_ERR_METHOD;
    if (!put && q->res && (q->level == LP_LEVEL_RINSTANCE || !(q->res->ops & LP_MULTIPLE)))
        return LP_ERR_METHOD;
    int err = conditions(q);
    return err ? err : lp_ops_payload(q, put ? LP_WRITE_REPLACE : LP_WRITE_PARTIAL, NULL);
}

static int answer_location(struct lp_request *q)
{
    struct lp_answer a;
    lp_answer_begin(q->c, q->l, q->m, LP_CREATED, &a);
    lp_coap_opt_path(&a.msg, LP_OPT_LOCATION_PATH, &q->path);
    return lp_answer_end(&a);
}

static int create(struct lp_request *q)
{
    const struct lp_path asked = q->path;
    uint16_t inst = LP_NONE;
    if (!q->o->ops->create || q->o->id <= 3)
        return LP_ERR_METHOD; /* objects 1 to 3 are the device's own */
    int n = lp_ops_payload(q, LP_WRITE_CREATE, &inst);
    if (n && n != LP_PENDING) return n;
    q->path.inst = inst;
    lp_changed_instances(q->c, asked.obj);
    return n ? n : answer_location(q);
}

static int delete(struct lp_request *q)
{
    if (q->level == LP_LEVEL_INSTANCE ? q->o->id <= 3
                                      : q->level != LP_LEVEL_RINSTANCE || !(q->res->ops & LP_W))
        return LP_ERR_METHOD;
    int err = lp_model_remove(q->o, &q->path);
    if (err >= 0) lp_removed(q->c, &q->path);
    return err;
}

static int attributes(struct lp_request *q)
{
    int err = lp_model_exists(q->c->objects, &q->path);
    return err ? err : lp_attrs_write(q->c, lp_link_ssid(q->c, q->l), &q->path, q->m);
}

/* Core 1.1 6.3.5: arguments are digits, each with a text or without: 0='http://x',2 */
static bool arguments(struct lp_span s)
{
    const uint8_t *p = s.p, *end = p + s.n;
    if (p == end) return true;
    do {
        if (p == end || *p < '0' || *p++ > '9') return false;
        if (end - p > 1 && p[0] == '=' && p[1] == '\'') {
            for (p += 2; p < end && *p != '\'' && *p >= ' ';) p++;
            if (p == end || *p++ != '\'') return false;
        }
        if (p == end) return true;
    } while (*p++ == ',');
    return false;
}

static int execute(struct lp_request *q)
{
    struct lp_span args;
    if (!q->res || q->level != LP_LEVEL_RESOURCE || !(q->res->ops & LP_E) || !q->o->ops->exec)
        return LP_ERR_METHOD;
    if (!lp_model_has_res(q->o, &q->path)) return LP_ERR_NOT_FOUND;
    if (q->format > LP_FMT_TEXT) return LP_ERR_CONTENT;
    int n = lp_ops_body(q->c, q->l, q->m, &q->path, &args);
    if (n) return n;
    return arguments(args) ? q->o->ops->exec(q->o, &q->path, args) : LP_ERR_VALUE;
}

/* ---- which operation ----------------------------------------------------------------------------------------- */

/* Others are not in LwM2M 1.1 as served here: 4.05. Composite operations come here. */
static int (*const table[])(struct lp_request *) = {
    [LP_OP_READ] = lp_ops_read,      [LP_OP_WRITE] = write,         [LP_OP_EXECUTE] = execute,
    [LP_OP_CREATE] = create,         [LP_OP_DELETE] = delete,       [LP_OP_DISCOVER] = discover,
    [LP_OP_ATTRIBUTES] = attributes, [LP_OP_OBSERVE] = lp_ops_read, [LP_OP_CANCEL] = lp_ops_read};

static uint8_t op_of_get(const struct lp_request *q)
{
    uint32_t v;
    if (q->accept == LP_FMT_LINK) return LP_OP_DISCOVER;
    /* The rest of a large notification is fetched by plain reads (RFC 7959 2.6). */
    if (q->later || lp_coap_uint(q->m, LP_OPT_OBSERVE, 3, &v) <= 0 || v > 1) return LP_OP_READ;
    return v ? LP_OP_CANCEL : LP_OP_OBSERVE;
}

static uint8_t op_of(const struct lp_request *q)
{
    struct lp_span query;
    switch (q->m->code) {
    case LP_GET: return op_of_get(q);
    case LP_PUT:
        if (!q->m->payload.n && q->format == LP_NO_FORMAT &&
            lp_coap_find(q->m, LP_OPT_URI_QUERY, &query))
            return LP_OP_ATTRIBUTES;
        return LP_OP_WRITE;
    case LP_POST:
        if (q->level == LP_LEVEL_OBJECT) return LP_OP_CREATE;
        if (q->level == LP_LEVEL_RESOURCE &&
            (!q->res || !(q->res->ops & LP_MULTIPLE) || q->format == LP_NO_FORMAT))
            return LP_OP_EXECUTE;
        return LP_OP_WRITE;
    case LP_DELETE: return LP_OP_DELETE;
    case LP_FETCH: return LP_OP_READ_COMPOSITE;
    case LP_IPATCH: return LP_OP_WRITE_COMPOSITE;
    default: return LP_OP_NONE;
    }
}

/* Access control: what no management server may even know of. */
static bool hidden(const struct lp_path *path)
{
    return path->obj == 0 || path->obj == 21;
}

/* What the path names; 0, or why the request cannot be served whoever asks. */
static int parse(struct lp_request *q)
{
    struct lp_span oscore;
    int err = lp_path_from_coap(&q->path, q->m);
    if (err) q->path = LP_ROOT;
    q->level = lp_path_level(&q->path);
    q->o = lp_model_object(q->c->objects, 0, q->path.obj);
    if (q->o && q->level >= LP_LEVEL_RESOURCE) q->res = lp_model_res(q->o, q->path.res);
    if (lp_coap_check_options(q->m) || lp_coap_find(q->m, LP_OPT_OSCORE, &oscore))
        return LP_ERR_OPTION;
    return q->bad ? LP_ERR_FORMAT : err;
}

/* 0, or why a management server's request cannot be served whatever it asks. */
static int resolve(const struct lp_request *q)
{
    if (hidden(&q->path)) return LP_ERR_DENIED;
    if (q->level == LP_LEVEL_ROOT) return LP_ERR_METHOD;
    if (q->level == LP_LEVEL_RINSTANCE) return lp_model_exists(q->c->objects, &q->path);
    if (q->level == LP_LEVEL_RESOURCE && !q->res) return LP_ERR_NOT_FOUND;
    /* A resource need not be there to be written. */
    const struct lp_path inst = lp_path_cut(&q->path, LP_LEVEL_INSTANCE);
    return lp_model_exists(q->c->objects, &inst);
}

/* ---- answers that come later --------------------------------------------------------------------------------- */

/* The empty ACK of a confirmable request; nothing for the others. */
static int empty(struct lp_client *c, const struct lp_coap *req)
{
    if (req->type != LP_CON) return 0;
    return (int)lp_exchange_ack(req, c->io).n;
}

static int pend(const struct lp_request *q)
{
    uint32_t now = (uint32_t)(q->c->now >> 10);
    struct lp_pending *p = q->c->pending, *end = p + LP_MAX_PENDING;
    while (p < end && p->id && now - p->at <= LP_EXCHANGE_LIFETIME / 1024) p++;
    if (p == end) return lp_answer_code(q->c, q->l, q->m, LP_SERVICE_UNAVAILABLE);
    memset(p, 0, sizeof *p);
    p->id = q->c->request_id;
    p->link = (uint8_t)lp_link_index(q->c, q->l);
    p->op = q->op;
    p->tkl = q->m->tkl;
    memcpy(p->token, q->m->token, sizeof p->token);
    p->accept = (uint16_t)q->accept;
    p->path = q->path;
    p->at = now;
    return empty(q->c, q->m);
}

static void push(const struct lp_request *q, uint8_t code)
{
    struct lp_event *ev = lp_client_tell(q->c, q->l, LP_CODED(LP_EV_REQUEST, code), 0);
    ev->op = q->op;
    ev->path = q->path;
}

/* What an operation returned, as a code. */
static int answer(const struct lp_request *q, int n)
{
    uint8_t done =
        q->op == LP_OP_DELETE ? LP_DELETED : LP_CHANGED; /* the others answer themselves */
    return lp_answer_code(q->c, q->l, q->m, n ? lp_coap_code_of(n) : done);
}

static struct lp_pending *completed(struct lp_client *c, unsigned link)
{
    for (unsigned i = 0; i < LP_MAX_PENDING; i++)
        if (c->pending[i].id && c->pending[i].ready && c->pending[i].link == link)
            return &c->pending[i];
    return NULL;
}

/* As if it were a request just now: a read's handler is asked again, under the name that it knows. */
int lp_ops_completed(struct lp_client *c, struct lp_link *l, uint16_t *id)
{
    struct lp_pending *p = completed(c, lp_link_index(c, l));
    if (!p) return 0;
    struct lp_coap m = {.type = LP_NON, .tkl = p->tkl};
    struct lp_request q = {
        .c = c, .l = l, .m = &m, .path = p->path, .accept = p->accept, .op = p->op};
    memcpy(m.token, p->token, sizeof m.token);
    *id = c->request_id = p->id;
    p->ready = false;
    int n = p->err;
    uint16_t most = c->config.max_message;
    if (LP_BLOCK_SIZE + 64 > LP_MAX_SEND && (!most || most > LP_MAX_SEND))
        c->config.max_message = LP_MAX_SEND; /* it is kept until acknowledged */
    if (!n && p->op == LP_OP_CREATE) n = answer_location(&q);
    if (!n && table[p->op] == lp_ops_read) n = lp_ops_read(&q);
    c->config.max_message = most;
    if (n == LP_PENDING) return 0;
    if (n <= 0) n = answer(&q, n);
    p->id = 0;
    push(&q, c->io[1]);
    c->io[0] &= 0xcf; /* NON becomes CON */
    memcpy(l->buf, c->io, (size_t)n);
    return n;
}

static void answer_late(struct lp_client *c, struct lp_link *l)
{
    uint16_t id;
    int n = lp_ops_completed(c, l, &id);
    if (n <= 0) return;
    uint32_t tag = LP_TAG_RESPONSE | (uint32_t)id << 8;
    int err = lp_wire_post(c, l, n, tag);
    if (err == LP_ERR_TOO_LARGE) err = lp_wire_post(c, l, lp_wire_cut(l, l->buf), tag);
    if (err == LP_ERR_TLS) lp_register_lost(c, l, err);
}

static void forget_pending(struct lp_client *c, unsigned link)
{
    for (unsigned i = 0; i < LP_MAX_PENDING; i++)
        if (c->pending[i].link == link) c->pending[i].id = 0;
}

const struct lp_later lp_later = {pend, answer_late, forget_pending};

void lp_ops_forget(struct lp_client *c, const struct lp_link *l)
{
    unsigned link = lp_link_index(c, l);
    if (c->up.link == link) c->up.code = 0;
    if (c->later) c->later->forget(c, link);
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static int serve(struct lp_request *q, int n)
{
    q->op = op_of(q);
    if (!n) n = resolve(q);
    if (!n) n = q->op && q->op < sizeof table / sizeof *table ? table[q->op](q) : LP_ERR_METHOD;
    return n;
}

/* RFC 7967: a bit for each class of codes that the peer does not want to hear. */
static bool unwanted(uint32_t no_response, uint8_t code)
{
    return code && no_response & 1u << ((code >> 5) - 1);
}

int lp_ops_serve(struct lp_client *c, struct lp_link *l, const struct lp_coap *req)
{
    struct lp_request q = {.c = c, .l = l, .m = req};
    uint32_t silent = 0;
    struct lp_block b;
    int block2 = lp_coap_block(req, LP_OPT_BLOCK2, &b);
    q.later = block2 > 0 && b.num;
    q.bad = block2 < 0 || lp_coap_block(req, LP_OPT_BLOCK1, &b) < 0;
    q.accept = option(req, LP_OPT_ACCEPT);
    q.format = option(req, LP_OPT_CONTENT_FORMAT);
    lp_coap_uint(req, LP_OPT_NO_RESPONSE, 1, &silent);
    lp_request_begin(c);
    int n = parse(&q);
    n = l->state == LP_LINK_BOOTSTRAPPING ? lp_bootstrap_serve(&q, n) : serve(&q, n);
    if (n == LP_PENDING && c->later)
        n = c->later->pend(&q);
    else if (n <= 0)
        n = answer(&q, n); /* all of these overwrite what req points to */
    uint8_t code = n > 0 ? c->io[1] : 0;
    if (!q.later && code != LP_CONTINUE) push(&q, code);
    return unwanted(silent, code) ? empty(c, req) : n;
}
