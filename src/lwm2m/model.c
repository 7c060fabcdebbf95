/* SPDX-License-Identifier: Apache-2.0
 *
 * model.c - reading the data model: see model.h. The tree is walked by three functions, one a level, and never built:
 *
 *   walk_object -> walk_instance -> walk_resource -> lp_model_emit -> the object's read -> lp_emit_* -> sink
 *
 * A format that must know a size or a count before its content is given it by the same walk with an output that only
 * counts; a handler is then asked twice, and must say the same twice.
 */
#include "lwm2m/model.h"
#include "bytes/num.h"

#include <string.h>

/* ---- what exists --------------------------------------------------------------------------------------------- */

struct lp_object *lp_model_object(struct lp_object *list, uint16_t dev, uint16_t id)
{
    while (list && (list->id != id || list->dev != dev)) list = list->next_;
    return list;
}

const struct lp_res *lp_model_res(const struct lp_object *o, uint16_t id)
{
    for (unsigned i = 0; i < o->nres; i++)
        if (o->res[i].id == id) return &o->res[i];
    return NULL;
}

int lp_model_next_inst(struct lp_object *o, int after)
{
    if (o->ops->next) return o->ops->next(o, after);
    return after < 0 ? 0 : LP_ERR_NOT_FOUND;
}

bool lp_model_has_inst(struct lp_object *o, uint16_t inst)
{
    return lp_model_next_inst(o, inst - 1) == inst;
}

bool lp_model_has_res(struct lp_object *o, const struct lp_path *at)
{
    return lp_model_res(o, at->res) && (!o->ops->has || o->ops->has(o, at) > 0);
}

int lp_model_exists(struct lp_object *list, const struct lp_path *path)
{
    struct lp_object *o = lp_model_object(list, path->dev, path->obj);
    if (!o || (path->inst != LP_NONE && !lp_model_has_inst(o, path->inst)) ||
        (path->res != LP_NONE && !lp_model_has_res(o, path)))
        return LP_ERR_NOT_FOUND;
    if (path->rinst == LP_NONE) return 0;
    int found = lp_model_next_rinst(o, path, path->rinst - 1, NULL);
    return found == path->rinst || found == LP_PENDING ? 0 : LP_ERR_NOT_FOUND;
}

/* ---- handlers -> sink ---------------------------------------------------------------------------------------- */

int lp_emit_value(struct lp_emit *e, const struct lp_value *value)
{
    struct lp_value v = *value;
    if (e->err || (e->only != LP_NONE && e->only != e->at.rinst)) return e->err;
    if (v.type != e->type && lp_value_as(&v, (enum lp_type)e->type, NULL))
        return e->err = LP_ERR_INTERNAL;
    e->values++;
    e->put(e, &e->at, &v);
    return e->err;
}

int lp_emit_at(struct lp_emit *e, uint16_t rinst)
{
    e->at.rinst = rinst;
    return e->err;
}

/* What has 64 bits: they are the same whichever member names them. Not inlined: its callers are two instructions. */
__attribute__((noinline)) static int emit_bits(struct lp_emit *e, enum lp_type type, uint64_t bits)
{
    struct lp_value v;
    v.type = type;
    v.u.u = bits;
    return lp_emit_value(e, &v);
}

int lp_emit_int(struct lp_emit *e, int64_t i)
{
    return emit_bits(e, LP_T_INT, (uint64_t)i);
}

int lp_emit_uint(struct lp_emit *e, uint64_t u)
{
    return emit_bits(e, LP_T_UINT, u);
}

int lp_emit_float(struct lp_emit *e, double f)
{
    uint64_t bits;
    memcpy(&bits, &f, sizeof bits);
    return emit_bits(e, LP_T_FLOAT, bits);
}

int lp_emit_time(struct lp_emit *e, int64_t seconds_since_1970)
{
    return emit_bits(e, LP_T_TIME, (uint64_t)seconds_since_1970);
}

int lp_emit_bool(struct lp_emit *e, bool b)
{
    struct lp_value v;
    v.type = LP_T_BOOL;
    v.u.b = b;
    return lp_emit_value(e, &v);
}

__attribute__((noinline)) static int emit_span(struct lp_emit *e, enum lp_type type, const void *p,
                                               size_t n)
{
    struct lp_value v;
    v.type = type;
    v.u.s = (struct lp_span){p, n};
    return lp_emit_value(e, &v);
}

int lp_emit_string(struct lp_emit *e, const char *s)
{
    if (!s) s = "";
    return emit_span(e, LP_T_STRING, s, strlen(s));
}

int lp_emit_opaque(struct lp_emit *e, const void *p, size_t n)
{
    return emit_span(e, LP_T_OPAQUE, p, n);
}

int lp_emit_link(struct lp_emit *e, uint16_t obj, uint16_t inst)
{
    struct lp_value v;
    v.type = LP_T_OBJLNK;
    v.u.link.obj = obj;
    v.u.link.inst = inst;
    return lp_emit_value(e, &v);
}

int lp_model_emit(struct lp_object *o, const struct lp_path *path, struct lp_emit *e)
{
    const struct lp_res *res = lp_model_res(o, path->res);
    if (!res) return LP_ERR_NOT_FOUND;
    if (res->ops & LP_E || !o->ops->read) return LP_ERR_METHOD;
    const struct lp_path at = lp_path_cut(path, LP_LEVEL_RESOURCE);
    e->at = at;
    e->only = path->rinst;
    e->type = res->type;
    e->values = 0;
    e->err = 0;
    int err = o->ops->read(o, &at, e);
    if (e->err) err = e->err;
    if (err < 0) return err;
    return e->only != LP_NONE && !e->values ? LP_ERR_NOT_FOUND : 0;
}

/* ---- sinks --------------------------------------------------------------------------------------------------- */

struct next_rinst {
    struct lp_emit emit;
    int after, found;
};

static void put_next_rinst(struct lp_emit *e, const struct lp_path *path, const struct lp_value *v)
{
    struct next_rinst *s = (struct next_rinst *)(void *)e;
    (void)v;
    if (s->found < 0 && path->rinst > s->after) s->found = path->rinst;
}

int lp_model_next_rinst(struct lp_object *o, const struct lp_path *res, int after, uint32_t *n)
{
    struct next_rinst s = {{.put = put_next_rinst}, after, LP_ERR_NOT_FOUND};
    const struct lp_path at = lp_path_cut(res, LP_LEVEL_RESOURCE);
    const struct lp_res *row = lp_model_res(o, res->res);
    if (n) *n = 0;
    if (!row || !(row->ops & LP_MULTIPLE)) return LP_ERR_NOT_FOUND;
    int err = lp_model_emit(o, &at, &s.emit);
    if (n) *n = s.emit.values;
    return err ? err : s.found;
}

struct one_value {
    struct lp_emit emit;
    struct lp_value *v;
    void *buf;
    size_t cap;
};

static void put_one_value(struct lp_emit *e, const struct lp_path *path, const struct lp_value *v)
{
    struct one_value *s = (struct one_value *)(void *)e;
    if (path->rinst != e->only || e->values > 1) {
        e->err = LP_ERR_METHOD;
        return;
    }
    *s->v = *v;
    if (v->type != LP_T_STRING && v->type != LP_T_OPAQUE && v->type != LP_T_CORELNK) return;
    if (v->u.s.n > s->cap)
        e->err = LP_ERR_TOO_LARGE;
    else if (v->u.s.n)
        memcpy(s->buf, v->u.s.p, v->u.s.n);
    s->v->u.s.p = s->buf;
}

int lp_model_value(struct lp_object *list, const struct lp_path *path, struct lp_value *v,
                   void *buf, size_t cap)
{
    struct one_value s = {{.put = put_one_value}, v, buf, cap};
    struct lp_object *o = lp_model_object(list, path->dev, path->obj);
    if (!o || !lp_model_has_inst(o, path->inst) || !lp_model_has_res(o, path))
        return LP_ERR_NOT_FOUND;
    int err = lp_model_emit(o, path, &s.emit);
    if (err) return err;
    return s.emit.values ? 0 : LP_ERR_METHOD; /* a multiple one, empty */
}

struct into_writer {
    struct lp_emit emit;
    struct lp_writer *w;
    double *number; /* of the last value put */
    bool is_number;
};

static void put_record(struct lp_emit *e, const struct lp_path *path, const struct lp_value *v)
{
    struct into_writer *s = (struct into_writer *)(void *)e;
    lp_writer_put(s->w, path, v);
    e->err = s->w->out->err;
    s->is_number = s->number && lp_value_number(v, s->number);
}

/* ---- the walk ------------------------------------------------------------------------------------------------ */

struct walk {
    struct lp_object *o;
    struct into_writer sink;
};

/* A writer as the walk's own, but into nothing. */
static void measure(const struct walk *k, struct lp_writer *w, struct lp_out *nothing)
{
    lp_out_init(nothing, NULL, 0);
    lp_writer_init(w, k->sink.w->fmt, nothing, &k->sink.w->base);
}

/* One of these: what is at a path and below it, into the sink. */
typedef int walk_fn(struct walk *, const struct lp_path *);

/* A container, whose format may want to know beforehand how long it gets. */
static int container(struct walk *k, const struct lp_path *at, walk_fn *content)
{
    struct lp_writer *w = k->sink.w, counter;
    struct lp_out nothing;
    if (w->fmt->open) {
        measure(k, &counter, &nothing);
        k->sink.w = &counter;
        int err = content(k, at);
        k->sink.w = w;
        if (err) return err;
        w->fmt->open(w, at, nothing.total);
    }
    return content(k, at);
}

static int walk_values(struct walk *k, const struct lp_path *at)
{
    return lp_model_emit(k->o, at, &k->sink.emit);
}

static int walk_resource(struct walk *k, const struct lp_res *res, const struct lp_path *at)
{
    if (res->ops & LP_MULTIPLE && at->rinst == LP_NONE) return container(k, at, walk_values);
    return walk_values(k, at);
}

static int walk_instance(struct walk *k, const struct lp_path *inst)
{
    struct lp_path at = *inst;
    for (unsigned i = 0; i < k->o->nres; i++) {
        const struct lp_res *res = &k->o->res[i];
        at.res = res->id;
        if (!(res->ops & LP_R) || !lp_model_has_res(k->o, &at)) continue;
        int err = walk_resource(k, res, &at);
        if (err && err != LP_ERR_NOT_FOUND) return err;
    }
    return 0;
}

static int walk_object(struct walk *k, const struct lp_path *obj)
{
    struct lp_path at = *obj;
    for (int inst = -1; (inst = lp_model_next_inst(k->o, inst)) >= 0;) {
        at.inst = (uint16_t)inst;
        int err = container(k, &at, walk_instance);
        if (err) return err;
    }
    return 0;
}

static int walk(struct walk *k, const struct lp_path *path)
{
    const struct lp_res *res = NULL;
    bool many = k->sink.w->fmt->flags & LP_FMT_MANY;
    if (path->res != LP_NONE) {
        res = lp_model_res(k->o, path->res);
        if (!(res->ops & LP_R)) return LP_ERR_METHOD;
    }
    if (!many && (!res || (res->ops & LP_MULTIPLE && path->rinst == LP_NONE))) return LP_ERR_ACCEPT;
    if (res) return walk_resource(k, res, path);
    return path->inst == LP_NONE ? walk_object(k, path) : walk_instance(k, path);
}

int lp_model_read_number(struct lp_object *list, const struct lp_path *path,
                         const struct lp_fmt *fmt, struct lp_out *out, double *number)
{
    struct lp_writer w, counter;
    struct lp_out nothing;
    struct walk k = {lp_model_object(list, path->dev, path->obj),
                     {{.put = put_record}, &w, number, false}};
    const struct lp_path res =
        lp_path_cut(path, LP_LEVEL_RESOURCE); /* walk finds out about the rest */
    int err = lp_model_exists(list, &res);
    if (err) return err;
    lp_writer_init(&w, fmt, out, path);
    measure(&k, &counter, &nothing);
    if (fmt->flags & LP_FMT_COUNT) {
        k.sink.w = &counter;
        if ((err = walk(&k, path))) return err;
        k.sink.w = &w;
    }
    if (fmt->begin) fmt->begin(&w, counter.records);
    if ((err = walk(&k, path))) return err;
    if (fmt->end) fmt->end(&w);
    return out->err ? out->err : w.records == 1 && path->res != LP_NONE && k.sink.is_number;
}

int lp_model_read(struct lp_object *list, const struct lp_path *path, const struct lp_fmt *fmt,
                  struct lp_out *out)
{
    return lp_model_read_number(list, path, fmt, out, NULL);
}

/* ---- links of a registration --------------------------------------------------------------------------------- */

void lp_model_link(struct lp_link_out *links, const struct lp_path *path, const char *version)
{
    lp_link_path(links, path);
    if (version) lp_link_attr(links, "ver", (struct lp_span){version, strlen(version)});
}

/* ;ct="112 11542 60": what can be chosen beside plain text and opaque, which everybody has. */
static void link_formats(struct lp_link_out *links)
{
    uint8_t before = '"';
    lp_link_attr(links, "ct", (struct lp_span){NULL, 0});
    for (const struct lp_fmt *const *f = lp_fmts; *f; f++) {
        if ((*f)->id <= LP_FMT_OPAQUE) continue;
        lp_out_u8(links->out, before);
        lp_put_uint(links->out, (*f)->id);
        before = ' ';
    }
    lp_out_u8(links->out, '"');
}

/* In a registration of LwM2M 1.0 its own objects are those of 1.0, which have no version. */
static const char *link_version(const struct lp_object *o, bool v10)
{
    const char *v = o->version;
    if (v && v10 && (o->id < 8 || lp_span_is((struct lp_span){v, strlen(v)}, "1.0"))) v = NULL;
    return v;
}

static void link_object(struct lp_link_out *links, struct lp_object *o, const char *version)
{
    struct lp_path at = {o->dev, o->id, LP_NONE, LP_NONE, LP_NONE};
    int inst = lp_model_next_inst(o, -1);
    if ((inst < 0 && o->id != 2) || version) lp_model_link(links, &at, version);
    for (; inst >= 0; inst = lp_model_next_inst(o, inst)) {
        at.inst = (uint16_t)inst;
        lp_link_path(links, &at);
    }
}

void lp_model_links(struct lp_object *list, bool v10, struct lp_out *out)
{
    struct lp_link_out links = {out, 1};
    lp_out_text(out, "</>;rt=\"oma.lwm2m\"");
    if (!v10) link_formats(&links);
    for (; list; list = list->next_)
        if (list->id != 0 && list->id != 21 && list->dev == 0)
            link_object(&links, list, link_version(list, v10));
}
