/* SPDX-License-Identifier: Apache-2.0
 *
 * served.h - a client with one registered link, without a network: a request is put into its buffer as bytes, served,
 * and the answer taken apart. Its objects keep values in a table ("plain"), so that a test sees each call.
 *
 *      begin();                                          the client c, the link l, server 1
 *      add_plain(33605);                                 an object of each kind of resource, instances 0 and 1
 *      struct answer *a = GET("/33605/0/0", .accept = ACCEPT(LP_FMT_TEXT));
 *      assert_code(a, "2.05");
 *      assert_text(a, "42");
 */
#ifndef SERVED_H
#define SERVED_H

#include "test.h"

#include "bytes/coap.h"
#include "bytes/fmt.h"
#include "bytes/path.h"
#include "limpet/client.h"
#include "link/exchange.h"
#include "lwm2m/attrs.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"
#include "lwm2m/observe.h"
#include "lwm2m/ops.h"

static struct lp_client c;
static struct lp_link *const l = &c.link[0];

/* ---- a store in memory --------------------------------------------------------------------------------------- */

struct memory {
    struct lp_kv kv;
    uint8_t value[4096];
    int n; /* -1: nothing there */
    int fail, puts;
};

static inline int memory_get(struct lp_kv *kv, uint16_t key, void *p, size_t cap)
{
    struct memory *m = (struct memory *)kv;
    if (key != LP_KV_ATTRS || m->n < 0) return LP_ERR_NOT_FOUND;
    memcpy(p, m->value, (size_t)m->n < cap ? (size_t)m->n : cap);
    return m->n;
}

static inline int memory_put(struct lp_kv *kv, uint16_t key, const void *p, size_t n)
{
    struct memory *m = (struct memory *)kv;
    m->puts++;
    if (m->fail) return LP_ERR_FULL;
    assert_int_equal(key, LP_KV_ATTRS);
    assert_true(n <= sizeof m->value);
    memcpy(m->value, p, n);
    m->n = (int)n;
    return 0;
}

static inline int memory_del(struct lp_kv *kv, uint16_t key)
{
    (void)key;
    ((struct memory *)kv)->n = -1;
    return 0;
}

static struct memory memory;

/* ---- plain objects ------------------------------------------------------------------------------------------- */

enum {
    INT = 0,
    TEXTS = 1,
    RUN = 2,
    BYTES = 3,
    FLOAT = 4,
    SECRET = 5,
    FLAG = 6,
    UINT = 7,
    LINK = 8,
    TIME = 9,
    TEXT = 10,
    RATES = 11,
    LONG = 12,
    NUMBERS = 13
};

static const struct lp_res plain_res[] = {
    {INT, LP_T_INT, LP_RW | LP_MANDATORY},
    {TEXTS, LP_T_STRING, LP_RW | LP_MULTIPLE},
    {RUN, 0, LP_E},
    {BYTES, LP_T_OPAQUE, LP_R},
    {FLOAT, LP_T_FLOAT, LP_RW},
    {SECRET, LP_T_INT, LP_W},
    {FLAG, LP_T_BOOL, LP_RW},
    {UINT, LP_T_UINT, LP_RW},
    {LINK, LP_T_OBJLNK, LP_RW},
    {TIME, LP_T_TIME, LP_RW},
    {TEXT, LP_T_STRING, LP_RW},
    {RATES, LP_T_FLOAT, LP_R | LP_MULTIPLE},
    {LONG, LP_T_OPAQUE, LP_RW},
    {NUMBERS, LP_T_INT, LP_RW | LP_MULTIPLE},
};
#define PLAIN_RES   (sizeof plain_res / sizeof *plain_res)
#define PLAIN_INST  4
#define PLAIN_RINST 4

struct cell {
    bool there;
    struct lp_value v;
    char bytes[4200];
};

struct plain {
    struct lp_object object;
    bool inst[PLAIN_INST];
    struct cell cell[PLAIN_INST][PLAIN_RES][PLAIN_RINST]; /* a single resource: [0] */
    int reads, writes, execs, creates, removes;
    char args[64];
    int fail;       /* what the next write, create, exec, read says */
    int fail_res;   /* ... of this resource; -1: any */
    int fail_reads; /* reads fail too */
    uint16_t id;    /* lp_request_id of the call that failed */
    bool ready;     /* a pending read may give its value */
};
static struct plain plain;

static inline struct cell *cell(struct plain *p, const struct lp_path *at)
{
    return &p->cell[at->inst][at->res][at->rinst == LP_NONE ? 0 : at->rinst];
}

static inline int plain_fail(struct plain *p, int res)
{
    if (!p->fail || (p->fail_res >= 0 && p->fail_res != res)) return 0;
    p->id = lp_request_id(&c);
    return p->fail;
}

static inline int plain_next(struct lp_object *o, int after)
{
    for (int i = after + 1; i < PLAIN_INST; i++)
        if (((struct plain *)o)->inst[i]) return i;
    return LP_ERR_NOT_FOUND;
}

static inline int plain_has(struct lp_object *o, const struct lp_path *at)
{
    struct plain *p = (struct plain *)o;
    assert_int_equal(o->id, at->obj);
    assert_true(at->inst < PLAIN_INST && p->inst[at->inst]);
    if (at->res == RUN) return 1;
    for (int i = 0; i < PLAIN_RINST; i++)
        if (p->cell[at->inst][at->res][i].there) return 1;
    return 0;
}

static inline int plain_read(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    struct plain *p = (struct plain *)o;
    p->reads++;
    assert_int_not_equal(at->res, RUN);
    if (p->fail_reads && !p->ready && plain_fail(p, at->res)) return p->fail;
    for (unsigned i = 0; i < PLAIN_RINST; i++) {
        struct cell *k = &p->cell[at->inst][at->res][i];
        if (!k->there) continue;
        if (plain_res[at->res].ops & LP_MULTIPLE) lp_emit_at(e, (uint16_t)i);
        lp_emit_value(e, &k->v);
    }
    return 0;
}

static inline int plain_check(struct lp_object *o, const struct lp_path *at,
                              const struct lp_value *v)
{
    (void)o;
    if (at->rinst != LP_NONE && at->rinst >= PLAIN_RINST) return LP_ERR_FULL;
    return at->res == INT && v->u.i == 666 ? LP_ERR_VALUE : 0;
}

static inline int plain_write(struct lp_object *o, const struct lp_path *at,
                              const struct lp_value *v)
{
    struct plain *p = (struct plain *)o;
    assert_int_equal(plain_res[at->res].type, v->type);
    assert_int_equal(!!(plain_res[at->res].ops & LP_MULTIPLE), at->rinst != LP_NONE);
    p->writes++;
    int err = plain_fail(p, at->res);
    if (err && err != LP_PENDING) return err;
    struct cell *k = cell(p, at);
    k->there = true;
    k->v = *v;
    if (v->type == LP_T_STRING || v->type == LP_T_OPAQUE) {
        assert_true(v->u.s.n <= sizeof k->bytes);
        if (v->u.s.n) memcpy(k->bytes, v->u.s.p, v->u.s.n);
        k->v.u.s.p = k->bytes;
    }
    return err;
}

static inline int plain_exec(struct lp_object *o, const struct lp_path *at, struct lp_span args)
{
    struct plain *p = (struct plain *)o;
    assert_int_equal(at->res, RUN);
    p->execs++;
    assert_true(args.n < sizeof p->args);
    memset(p->args, 0, sizeof p->args);
    if (args.n) memcpy(p->args, args.p, args.n);
    return plain_fail(p, RUN);
}

static inline int plain_create(struct lp_object *o, uint16_t inst)
{
    struct plain *p = (struct plain *)o;
    p->creates++;
    if (inst >= PLAIN_INST) return LP_ERR_FULL;
    assert_false(p->inst[inst]);
    memset(p->cell[inst], 0, sizeof p->cell[inst]);
    p->inst[inst] = true;
    return 0;
}

static inline int plain_remove(struct lp_object *o, const struct lp_path *at)
{
    struct plain *p = (struct plain *)o;
    p->removes++;
    if (at->res == LP_NONE)
        p->inst[at->inst] = false;
    else
        for (unsigned i = 0; i < PLAIN_RINST; i++)
            if (at->rinst == LP_NONE || at->rinst == i) p->cell[at->inst][at->res][i].there = false;
    return 0;
}

static const struct lp_object_ops plain_ops = {plain_next,  plain_has,  plain_read,   plain_check,
                                               plain_write, plain_exec, plain_create, plain_remove};

#define INT_V(n)      ((struct lp_value){.type = LP_T_INT, .u.i = (n)})
#define UINT_V(n)     ((struct lp_value){.type = LP_T_UINT, .u.u = (n)})
#define FLOAT_V(n)    ((struct lp_value){.type = LP_T_FLOAT, .u.f = (n)})
#define BOOL_V(n)     ((struct lp_value){.type = LP_T_BOOL, .u.b = (n)})
#define TEXT_V(t)     ((struct lp_value){.type = LP_T_STRING, .u.s = {(t), strlen(t)}})
#define BYTES_V(p, n) ((struct lp_value){.type = LP_T_OPAQUE, .u.s = {(p), (n)}})

/* Put a value without anybody being told. */
static inline void put(struct plain *p, uint16_t inst, uint16_t res, uint16_t rinst,
                       struct lp_value v)
{
    struct cell *k = &p->cell[inst][res][rinst];
    k->there = true;
    k->v = v;
    if (v.type == LP_T_STRING || v.type == LP_T_OPAQUE) {
        memcpy(k->bytes, v.u.s.p, v.u.s.n);
        k->v.u.s.p = k->bytes;
    }
}

/* Into the client's list, which is ascending by id. */
static inline void add(struct lp_object *o)
{
    struct lp_object **at = &c.objects;
    while (*at && (*at)->id < o->id) at = &(*at)->next_;
    o->next_ = *at;
    *at = o;
}

static inline void add_object(struct plain *p, uint16_t id)
{
    memset(p, 0, sizeof *p);
    p->object =
        (struct lp_object){.id = id, .res = plain_res, .nres = PLAIN_RES, .ops = &plain_ops};
    p->fail_res = -1;
    add(&p->object);
}

/* Instances 0 and 1; 0 has INT 42, TEXTS a and b, BYTES 00 ff, FLOAT 21.5, FLAG, NUMBERS 7. */
static inline void add_plain(uint16_t id)
{
    add_object(&plain, id);
    plain.inst[0] = plain.inst[1] = true;
    put(&plain, 0, INT, 0, INT_V(42));
    put(&plain, 0, TEXTS, 0, TEXT_V("a"));
    put(&plain, 0, TEXTS, 2, TEXT_V("b"));
    put(&plain, 0, BYTES, 0, BYTES_V("\x00\xff", 2));
    put(&plain, 0, FLOAT, 0, FLOAT_V(21.5));
    put(&plain, 0, FLAG, 0, BOOL_V(true));
    put(&plain, 1, INT, 0, INT_V(1));
}

/* ---- the client ---------------------------------------------------------------------------------------------- */

static inline void begin(void)
{
    memset(&c, 0, sizeof c);
    c.now = 1000000;
    c.config.block_size = LP_BLOCK_SIZE;
    c.config.max_message = LP_MAX_MESSAGE;
    for (unsigned i = 0; i < LP_MAX_OBSERVATIONS; i++) c.observation[i].path.obj = LP_NONE;
    for (unsigned i = 0; i <= LP_MAX_SERVERS; i++) c.security[i].iid = LP_NONE;
    for (unsigned i = 0; i < LP_MAX_SERVERS; i++) c.server[i].iid = LP_NONE;
    c.security[0].iid = 1;
    c.server[0].iid = 0;
    c.security[0].ssid = c.server[0].ssid = 1;
    for (unsigned i = 0; i < LP_MAX_SERVERS; i++) {
        c.link[i].sec = c.link[i].srv = i ? LP_NO_ROW : 0;
        c.link[i].state = LP_LINK_OFF;
    }
    l->state = LP_LINK_REGISTERED;
    lp_exchange_init(&l->x, l->buf, sizeof l->buf, &c.config.tx);
    memset(&memory, 0, sizeof memory);
    memory.n = -1;
    memory.kv = (struct lp_kv){memory_get, memory_put, memory_del};
}

#if LP_MAX_SERVERS > 1
/* A second server, 2, on link 1. */
static inline struct lp_link *second(void)
{
    c.security[1].iid = 2;
    c.server[1].iid = 1;
    c.security[1].ssid = c.server[1].ssid = 2;
    c.link[1].sec = c.link[1].srv = 1;
    c.link[1].state = LP_LINK_REGISTERED;
    lp_exchange_init(&c.link[1].x, c.link[1].buf, sizeof c.link[1].buf, &c.config.tx);
    return &c.link[1];
}
#endif

/* ---- requests and answers ------------------------------------------------------------------------------------ */

#define ACCEPT(n)             ((n) + 1) /* so that 0 is: no option */
#define BLOCK(num, more, szx) (0x80000000u | (uint32_t)(num) << 4 | (more) << 3 | (szx))

struct ask {
    const char *path;   /* "/3/0?pmin=1&pmax" */
    int code, type;     /* type LP_CON is 0 */
    int accept, format; /* ACCEPT(), same for format; 0: none */
    int observe;        /* value + 1 */
    const void *payload;
    int n; /* 0: payload is a text */
    uint32_t block1, block2, size1, size2;
    const char *token;
    const void *if_match;
    int if_match_n;
    bool if_none_match;
    uint16_t option; /* one more, empty, of this number; behind all others */
    int no_response;
    struct lp_link *link;
};

struct answer {
    int n;
    struct lp_coap m;
    uint8_t bytes[LP_MAX_MESSAGE];
    char code[5], text[LP_MAX_MESSAGE + 1];
};

static uint16_t next_mid = 0x1000;

static inline void opt_parts(struct lp_coap_out *o, uint16_t number, const char *s, char separator)
{
    while (*s) {
        const char *end = strchr(s, separator);
        size_t n = end ? (size_t)(end - s) : strlen(s);
        lp_coap_opt(o, number, s, n);
        s += n + (end != NULL);
    }
}

static inline size_t ask_bytes(const struct ask *q, void *to, size_t cap)
{
    struct lp_out out;
    struct lp_coap_out o;
    char path[256];
    const char *token = q->token ? q->token : "tok";
    assert_true(strlen(q->path) < sizeof path);
    strcpy(path, q->path);
    char *query = strchr(path, '?');
    if (query) *query++ = 0;
    lp_out_init(&out, to, cap);
    lp_coap_begin(&o, &out, (uint8_t)q->type, (uint8_t)q->code, ++next_mid, token,
                  (uint8_t)strlen(token));
    if (q->if_match) lp_coap_opt(&o, LP_OPT_IF_MATCH, q->if_match, (size_t)q->if_match_n);
    if (q->if_none_match) lp_coap_opt(&o, LP_OPT_IF_NONE_MATCH, "", 0);
    if (q->observe) lp_coap_opt_uint(&o, LP_OPT_OBSERVE, (uint32_t)q->observe - 1);
    opt_parts(&o, LP_OPT_URI_PATH, path + (path[0] == '/'), '/');
    if (q->format) lp_coap_opt_uint(&o, LP_OPT_CONTENT_FORMAT, (uint32_t)q->format - 1);
    if (query) opt_parts(&o, LP_OPT_URI_QUERY, query, '&');
    if (q->accept) lp_coap_opt_uint(&o, LP_OPT_ACCEPT, (uint32_t)q->accept - 1);
    if (q->block2) lp_coap_opt_uint(&o, LP_OPT_BLOCK2, q->block2 & 0x7fffffff);
    if (q->block1) lp_coap_opt_uint(&o, LP_OPT_BLOCK1, q->block1 & 0x7fffffff);
    if (q->size2) lp_coap_opt_uint(&o, LP_OPT_SIZE2, q->size2 - 1);
    if (q->size1) lp_coap_opt_uint(&o, LP_OPT_SIZE1, q->size1);
    if (q->no_response) lp_coap_opt_uint(&o, LP_OPT_NO_RESPONSE, (uint32_t)q->no_response);
    if (q->option) lp_coap_opt(&o, q->option, "", 0);
    size_t n = q->n ? (size_t)q->n : q->payload ? strlen(q->payload) : 0;
    if (n) {
        lp_coap_payload(&o);
        lp_out_put(&out, q->payload, n);
    }
    assert_true(lp_out_end(&out) > 0);
    return out.total;
}

static inline void take_answer(struct answer *a, const void *p, int n)
{
    memset(a, 0, sizeof *a);
    a->n = n;
    if (n <= 0) return;
    assert_true((size_t)n <= sizeof a->bytes);
    memcpy(a->bytes, p, (size_t)n);
    assert_int_equal(lp_coap_parse(&a->m, a->bytes, (size_t)n), 0);
    lp_coap_code_text(a->m.code, a->code);
    if (a->m.payload.n) memcpy(a->text, a->m.payload.p, a->m.payload.n);
}

static inline struct answer *serve_bytes(struct lp_link *link, const void *p, size_t n)
{
    static struct answer a;
    struct lp_coap req;
    assert_true(n <= sizeof c.io);
    memmove(c.io, p, n);
    assert_int_equal(lp_coap_parse(&req, c.io, n), 0);
    take_answer(&a, c.io, lp_ops_serve(&c, link, &req));
    if (a.n > 0 && a.m.code) { /* the token comes back; an ACK for a CON, with its id */
        assert_int_equal(a.m.tkl, req.tkl);
        assert_memory_equal(a.m.token, req.token, req.tkl);
        assert_int_equal(a.m.type, req.type == LP_CON ? LP_ACK : LP_NON);
        if (req.type == LP_CON) assert_int_equal(a.m.mid, req.mid);
    }
    return &a;
}

static inline struct answer *ask(struct ask q)
{
    uint8_t bytes[LP_MAX_MESSAGE];
    size_t n = ask_bytes(&q, bytes, sizeof bytes);
    return serve_bytes(q.link ? q.link : l, bytes, n);
}

#define GET(...)  ask((struct ask){.code = LP_GET, .path = __VA_ARGS__})
#define PUT(...)  ask((struct ask){.code = LP_PUT, .path = __VA_ARGS__})
#define POST(...) ask((struct ask){.code = LP_POST, .path = __VA_ARGS__})
#define DEL(...)  ask((struct ask){.code = LP_DELETE, .path = __VA_ARGS__})

/* The whole exchange in bytes. */
static inline void wire(const char *request, const char *answer)
{
    uint8_t q[LP_MAX_MESSAGE];
    struct answer *a = serve_bytes(l, q, hex(q, request));
    assert_bytes(a->bytes, (size_t)a->n, answer);
}

#define assert_code(a, want) assert_string_equal((a)->code, want)
#define assert_text(a, want) assert_string_equal((a)->text, want)

static inline int format_of(const struct answer *a)
{
    uint32_t v;
    return lp_coap_uint(&a->m, LP_OPT_CONTENT_FORMAT, 2, &v) > 0 ? (int)v : -1;
}

static inline int32_t observe_of(const struct answer *a)
{
    uint32_t v;
    return lp_coap_uint(&a->m, LP_OPT_OBSERVE, 3, &v) > 0 ? (int32_t)v : -1;
}

/* The value of an option that is a number; -1: absent. */
static inline int64_t option_of(const struct answer *a, uint16_t number)
{
    uint32_t v;
    return lp_coap_uint(&a->m, number, 4, &v) > 0 ? (int64_t)v : -1;
}

/* The next event of that kind, others dropped; kind 0: none came. */
static inline struct lp_event event(enum lp_event_kind kind)
{
    struct lp_event ev;
    while (lp_event(&c, &ev) > 0)
        if (ev.kind == kind) return ev;
    memset(&ev, 0, sizeof ev);
    return ev;
}

static inline struct lp_path path_of(const char *text)
{
    struct lp_path p;
    assert_int_equal(lp_path_parse(&p, SPAN(text)), 0);
    return p;
}

#define assert_path(p, want)                      \
    do {                                          \
        struct lp_path want_ = path_of(want);     \
        assert_true(lp_path_equal(&(p), &want_)); \
    } while (0)

#endif
