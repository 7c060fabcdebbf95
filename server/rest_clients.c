/* SPDX-License-Identifier: Apache-2.0
 *
 * rest_clients.c - /api/clients: who is registered, and operations on devices.
 *
 *      /clients/EP/3/0/0            GET read   PUT write   POST execute, on an object create   DELETE
 *      /clients/EP/3/discover       GET
 *      /clients/EP/3/0/attributes   PUT ?pmin=1&pmax
 *      /clients/EP/3/0/0/observe    POST   DELETE, DELETE ?active
 *
 * ?format= and ?timeout= go with all that have an answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bytes/num.h"
#include "server/mem.h"
#include "server/node.h"
#include "server/observe.h"
#include "server/reg.h"
#include "server/rest.h"
#include "server/rest_op.h"
#include "server/server.h"

/* ---- lists ---- */

struct text {
    char *p;
    size_t n, cap;
};

static void text_add(struct text *t, const char *s)
{
    size_t n = strlen(s);
    if (t->n + n + 1 > t->cap) {
        t->cap = (t->n + n + 1) * 2;
        t->p = mem_grow(t->p, t->cap);
    }
    memcpy(t->p + t->n, s, n + 1);
    t->n += n;
}

static int by_endpoint(const void *a, const void *b)
{
    const struct reg *const *x = a, *const *y = b;
    return strcmp((*x)->endpoint, (*y)->endpoint);
}

static void list(struct rest *r)
{
    size_t n = 0;
    struct text all = {0};
    struct reg **regs = mem_new(r->s->by_id.n * sizeof(*regs));
    for (struct link *l = NULL; (l = table_each(&r->s->by_id, l)) != NULL;)
        regs[n++] = container_of(l, struct reg, by_id);
    qsort(regs, n, sizeof(struct reg *), by_endpoint);
    text_add(&all, "[");
    for (size_t i = 0; i < n; i++) {
        char *one = reg_text(regs[i]);
        if (i) text_add(&all, ",");
        text_add(&all, one);
        free(one);
    }
    text_add(&all, "]");
    free(regs);
    rest_json_text(r, 200, all.p);
}

/* ---- what is asked for ---- */

struct target {
    struct reg *reg;
    struct lp_path path;
    const char *verb; /* "", "discover", "attributes", "observe" */
    uint32_t timeout;
    int format; /* LP_NO_FORMAT */
};

/* The path without the verb at its end: false, answered. */
static bool read_path(struct rest *r, struct target *t)
{
    static const char *const verbs[] = {"discover", "attributes", "observe"};
    unsigned end = r->n;
    t->verb = "";
    for (int i = 0; i < 3; i++)
        if (strcmp(r->segment[end - 1], verbs[i]) == 0) t->verb = verbs[i];
    if (*t->verb) end--;
    char text[64] = "";
    size_t n = 0;
    for (unsigned i = 2; i < end && n < sizeof(text); i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "/%s", r->segment[i]);
    if (n == 0 || n >= sizeof(text) || lp_path_parse(&t->path, (struct lp_span){text, n}) != 0) {
        rest_text(r, 400,
                  "'%s' is no path: it is /object[/instance[/resource[/resource instance]]], "
                  "numbers to 65534",
                  text);
        return false;
    }
    return true;
}

static bool read_timeout(struct rest *r, struct target *t)
{
    const char *v;
    uint64_t s;
    t->timeout = t->reg->box.asleep || !t->reg->box.peer ? REST_TIMEOUT_ASLEEP : REST_TIMEOUT_AWAKE;
    if (!rest_param(r, "timeout", &v)) return true;
    if (!v || lp_get_uint((struct lp_span){v, strlen(v)}, &s) != 0 || s == 0 || s > 86400) {
        rest_text(r, 400, "timeout= is a number of seconds, 1 to 86400");
        return false;
    }
    t->timeout = (uint32_t)s * 1000;
    return true;
}

static bool read_format(struct rest *r, struct target *t)
{
    const char *v;
    t->format = LP_NO_FORMAT;
    if (!rest_param(r, "format", &v)) return true;
    t->format = v ? node_format(v) : LP_ERR_CONTENT;
    if (t->format >= 0) return true;
    if (v && (strcasecmp(v, "JSON") == 0 || strcmp(v, "11543") == 0))
        rest_text(r, 400,
                  "format=JSON, the old format of LwM2M 1.0, is not spoken here: use SENML_JSON");
    else
        rest_text(r, 400, "format= is one of TLV, SENML_CBOR, SENML_JSON, TEXT, OPAQUE, CBOR");
    return false;
}

/* ---- operations ---- */

static struct op *make(struct rest *r, uint8_t code, const struct target *t)
{
    struct op *op = op_new();
    op->code = code;
    op->path = t->path;
    op->done = rest_op_done;
    op->ctx = r;
    return op;
}

static void run(const struct target *t, struct op *op)
{
    op_add(&t->reg->box, op, t->timeout, false);
}

static void read_it(struct rest *r, const struct target *t)
{
    struct op *op = make(r, LP_GET, t);
    op->accept = t->format;
    op->ctx = rest_op_new(r, REST_READ, t->reg, &t->path);
    run(t, op);
}

static void discover(struct rest *r, const struct target *t)
{
    struct op *op = make(r, LP_GET, t);
    op->accept = LP_FMT_LINK;
    op->ctx = rest_op_new(r, REST_DISCOVER, t->reg, &t->path);
    run(t, op);
}

static bool attribute_known(const char *name)
{
    static const char *const names[] = {"pmin",  "pmax",  "gt",   "lt",  "st",
                                        "epmin", "epmax", "edge", "con", "hqmax"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

static bool attribute_value(const char *v)
{
    double f;
    return !v || lp_get_float((struct lp_span){v, strlen(v)}, &f) == 0;
}

static void attributes(struct rest *r, const struct target *t)
{
    char query[256] = "";
    size_t n = 0;
    for (unsigned i = 0; i < r->n_params; i++) {
        const struct rest_param *p = &r->params[i];
        if (strcmp(p->name, "timeout") == 0) continue;
        if (!attribute_known(p->name) || !attribute_value(p->value)) {
            rest_text(r, 400,
                      "'%.40s%s%.40s': attributes are pmin, pmax, gt, lt, st, epmin, epmax with a "
                      "number, or "
                      "without a value, which takes them away",
                      p->name, p->value ? "=" : "", p->value ? p->value : "");
            return;
        }
        n += (size_t)snprintf(query + n, sizeof(query) - n, "%s%s%s%s", n ? "&" : "", p->name,
                              p->value ? "=" : "", p->value ? p->value : "");
        if (n >= sizeof(query)) break;
    }
    if (!n || n >= sizeof(query)) {
        rest_text(r, 400,
                  n ? "too many attributes"
                    : "attributes are missing: …/attributes?pmin=1&pmax=60");
        return;
    }
    struct op *op = make(r, LP_PUT, t);
    op->query = mem_text(query);
    op->ctx = rest_op_new(r, REST_PLAIN, t->reg, &t->path);
    run(t, op);
}

static void observe(struct rest *r, const struct target *t)
{
    struct rest_op *ro = rest_op_new(r, REST_READ, t->reg, &t->path);
    observe_start(t->reg, &t->path, t->format, t->timeout, rest_op_done, ro);
}

static void cancel(struct rest *r, const struct target *t)
{
    const char *v;
    char text[LP_PATH_TEXT];
    if (!rest_param(r, "active", &v)) {
        observe_drop(t->reg, &t->path);
        rest_text(r, 200, "%s", "");
        return;
    }
    struct rest_op *ro = rest_op_new(r, REST_READ, t->reg, &t->path);
    if (observe_cancel(t->reg, &t->path, t->timeout, rest_op_done, ro) == 0) return;
    rest_op_free(ro);
    rest_text(r, 404, "no observation of %s of the device '%s'", lp_path_text(&t->path, text),
              t->reg->endpoint);
}

static void execute(struct rest *r, const struct target *t)
{
    struct op *op = make(r, LP_POST, t);
    if (r->body_n) {
        op->format = LP_FMT_TEXT;
        op->body = mem_copy(r->body, r->body_n);
        op->body_n = r->body_n;
    }
    op->ctx = rest_op_new(r, REST_PLAIN, t->reg, &t->path);
    run(t, op);
}

static void remove_it(struct rest *r, const struct target *t)
{
    struct op *op = make(r, LP_DELETE, t);
    op->ctx = rest_op_new(r, REST_PLAIN, t->reg, &t->path);
    run(t, op);
}

/* ---- Write and Create: a body becomes a payload ---- */

static bool is_type(const struct rest *r, const char *type)
{
    size_t n = strlen(type);
    return r->content_type && strncasecmp(r->content_type, type, n) == 0 &&
           strchr("; ", r->content_type[n]);
}

/* Fills vs from the body. *node is to be released after use. false: answered. */
static bool read_node(struct rest *r, const struct target *t, struct node_values *vs, json_t **node,
                      bool *anonymous)
{
    *node = NULL;
    *anonymous = false;
    int err;
    if (is_type(r, "text/plain") && lp_path_level(&t->path) >= LP_LEVEL_RESOURCE) {
        err = node_text_value(vs, &t->path, r->body ? r->body : "");
    } else if ((*node = rest_body(r)) == NULL) {
        return false;
    } else {
        err = node_values(vs, &t->path, *node, anonymous);
    }
    if (err) rest_text(r, 400, "%s", vs->why);
    return !err;
}

/* In which format? Values of a type that nobody knows are written as text, which the device reads by the type that it
 * has: bytes of TLV would become another number. LP_NO_FORMAT: answered. */
static int choose_format(struct rest *r, const struct target *t, const struct node_values *vs,
                         bool anonymous)
{
    int format = t->format >= 0 ? t->format : anonymous ? LP_FMT_TLV : reg_format(t->reg);
    bool unsure = vs->any_text || (vs->any_number && format == LP_FMT_TLV);
    if (!unsure || format == LP_FMT_TEXT) return format;
    if (t->format < 0 && vs->n == 1 && lp_path_level(&t->path) >= LP_LEVEL_RESOURCE &&
        lp_path_equal(&vs->v[0].path, &t->path))
        return LP_FMT_TEXT;
    rest_text(r, 400, "type is missing: give \"type\", as in \"type\":\"integer\"");
    return LP_NO_FORMAT;
}

static void send_node(struct rest *r, const struct target *t, struct node_values *vs,
                      bool anonymous, uint8_t code, enum rest_kind kind)
{
    int format = choose_format(r, t, vs, anonymous);
    if (format == LP_NO_FORMAT) return;
    struct op *op = make(r, code, t);
    op->format = format;
    int n = node_payload(vs, &t->path, op->format, anonymous, &op->body);
    if (n < 0) {
        op_free(op);
        rest_text(r, 400,
                  anonymous ? "an instance without \"id\" can only be sent as TLV"
                            : "this value cannot be written in this format");
        return;
    }
    op->body_n = (size_t)n;
    struct rest_op *ro = rest_op_new(r, kind, t->reg, &t->path);
    rest_op_types(ro, &vs->named);
    op->ctx = ro;
    run(t, op);
}

static void send_body(struct rest *r, const struct target *t, uint8_t code, enum rest_kind kind)
{
    struct node_values vs = {.types = &t->reg->types};
    json_t *node;
    bool anonymous;
    if (read_node(r, t, &vs, &node, &anonymous)) send_node(r, t, &vs, anonymous, code, kind);
    node_values_free(&vs);
    json_decref(node);
}

static void write_it(struct rest *r, const struct target *t)
{
    const char *v = "true";
    if (lp_path_level(&t->path) < LP_LEVEL_INSTANCE) {
        rest_text(r, 400, "a write needs an instance or a resource: /3/0, /3/0/14");
        return;
    }
    bool replace = !rest_param(r, "replace", &v) || !v || strcasecmp(v, "true") == 0;
    send_body(r, t, replace ? LP_PUT : LP_POST, REST_PLAIN);
}

static void post(struct rest *r, const struct target *t)
{
    switch (lp_path_level(&t->path)) {
    case LP_LEVEL_OBJECT: send_body(r, t, LP_POST, REST_CREATE); break;
    case LP_LEVEL_RESOURCE: execute(r, t); break;
    default:
        rest_text(r, 400,
                  "POST creates an instance (/16) or executes a resource (/3/0/4); a partial write "
                  "is PUT ?replace=false");
    }
}

/* ---- routes ---- */

static const struct {
    const char *verb, *method;
    void (*handle)(struct rest *, const struct target *);
} verbs[] = {
    {"", "GET", read_it},         {"", "PUT", write_it},         {"", "POST", post},
    {"", "DELETE", remove_it},    {"discover", "GET", discover}, {"attributes", "PUT", attributes},
    {"observe", "POST", observe}, {"observe", "DELETE", cancel},
};

static void on_device(struct rest *r, struct reg *reg)
{
    struct target t = {.reg = reg};
    if (strcmp(r->segment[2], "composite") == 0) {
        rest_text(r, 501, "composite operations come with a later version");
        return;
    }
    if (!read_path(r, &t) || !read_timeout(r, &t) || !read_format(r, &t)) return;
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(verbs[i].verb, t.verb) == 0 && rest_is(r, verbs[i].method)) {
            verbs[i].handle(r, &t);
            return;
        }
    rest_text(r, 405, "%s is not possible here", r->method);
}

void rest_clients(struct rest *r)
{
    struct reg *reg = r->n > 1 ? reg_find(r->s, r->segment[1]) : NULL;
    if (r->n < 3 && !rest_is(r, "GET"))
        rest_text(r, 405, "only GET is possible here");
    else if (r->n == 1)
        list(r);
    else if (!reg)
        rest_text(r, 404, "no registered client with id '%s'", r->segment[1]);
    else if (r->n == 2)
        rest_json_text(r, 200, reg_text(reg));
    else
        on_device(r, reg);
}
