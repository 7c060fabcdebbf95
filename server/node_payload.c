/* SPDX-License-Identifier: Apache-2.0
 *
 * node_payload.c - from JSON to payloads: the JSON becomes a list of records, and the list is written in a format.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bytes/num.h"
#include "bytes/value.h"
#include "server/hexa.h"
#include "server/mem.h"
#include "server/node.h"
#include "server/restype.h"

/* ---- the list ---- */

static void push(struct node_values *vs, const struct lp_record *rec)
{
    if (vs->n == vs->cap) {
        vs->cap = vs->cap ? vs->cap * 2 : 16;
        vs->v = mem_grow(vs->v, vs->cap * sizeof(*vs->v));
    }
    vs->v[vs->n++] = *rec;
}

void node_add(struct node_values *vs, const struct lp_path *path, const struct lp_value *v)
{
    struct lp_record rec = {.path = *path, .multiple = path->rinst != LP_NONE};
    if (v) rec.value = *v;
    push(vs, &rec);
}

struct lp_span node_own(struct node_values *vs, struct lp_span s)
{
    vs->owned = mem_grow(vs->owned, (vs->n_owned + 1) * sizeof(*vs->owned));
    vs->owned[vs->n_owned++] = (void *)(uintptr_t)s.p;
    return s;
}

static void *own(struct node_values *vs, size_t n)
{
    void *p = mem_new(n);
    node_own(vs, (struct lp_span){p, n});
    return p;
}

void node_values_free(struct node_values *vs)
{
    for (size_t i = 0; i < vs->n_owned; i++) free(vs->owned[i]);
    free(vs->owned);
    free(vs->v);
    types_free(&vs->named);
    *vs = (struct node_values){0};
}

static int wrong(struct node_values *vs, const struct lp_path *path, const char *expected)
{
    char text[LP_PATH_TEXT];
    if (!vs->why[0])
        snprintf(vs->why, sizeof(vs->why), "%s: %s", lp_path_text(path, text), expected);
    return LP_ERR_VALUE;
}

/* ---- one value ---- */

static const char *expected_of(enum lp_type t)
{
    switch (t) {
    case LP_T_INT: return "an INTEGER is written as a string, \"value\":\"-5\"";
    case LP_T_UINT: return "an UNSIGNED_INTEGER is written as a string, \"value\":\"5\"";
    case LP_T_FLOAT: return "a FLOAT is written as a string, \"value\":\"21.5\"";
    case LP_T_BOOL: return "a BOOLEAN is true or false";
    case LP_T_TIME: return "a TIME is a number of milliseconds since 1970";
    case LP_T_OPAQUE: return "OPAQUE is a string of hex digits, two a byte";
    case LP_T_OBJLNK: return "an OBJLNK is {\"objectId\":3,\"objectInstanceId\":0}";
    default: return "a STRING without NUL is expected";
    }
}

static int opaque_value(struct node_values *vs, struct lp_span text, struct lp_value *v)
{
    uint8_t *b = own(vs, text.n / 2);
    v->type = LP_T_OPAQUE;
    v->u.s = (struct lp_span){b, text.n / 2};
    return hexa_bytes(text.p, text.n, b) ? 0 : LP_ERR_VALUE;
}

static int text_value(struct node_values *vs, struct lp_span s, enum lp_type type,
                      struct lp_value *v)
{
    if (type == LP_T_OPAQUE) return opaque_value(vs, s, v);
    if (type == LP_T_BOOL && (lp_span_is(s, "true") || lp_span_is(s, "false"))) {
        *v = (struct lp_value){.type = LP_T_BOOL, .u.b = s.n == 4};
        return 0;
    }
    v->type = LP_T_RAW_TEXT;
    v->u.s = s;
    int err = lp_value_as(v, type, NULL);
    if (!err && type == LP_T_TIME) v->u.i /= 1000;
    return err;
}

static int link_value(json_t *j, struct lp_value *v)
{
    json_t *obj = json_object_get(j, "objectId"), *inst = json_object_get(j, "objectInstanceId");
    json_int_t o = json_is_integer(obj) ? json_integer_value(obj) : -1;
    json_int_t i = json_is_integer(inst) ? json_integer_value(inst) : -1;
    if (o < 0 || o > UINT16_MAX || i < 0 || i > UINT16_MAX) return LP_ERR_VALUE;
    v->type = LP_T_OBJLNK;
    v->u.link.obj = (uint16_t)o;
    v->u.link.inst = (uint16_t)i;
    return 0;
}

/* A JSON number, for which a string is asked but which is taken too. */
static int number_value(json_t *j, enum lp_type type, struct lp_value *v)
{
    if (json_is_integer(j))
        *v = (struct lp_value){.type = LP_T_INT, .u.i = json_integer_value(j)};
    else
        *v = (struct lp_value){.type = LP_T_FLOAT, .u.f = json_real_value(j)};
    if (type == LP_T_TIME && v->type == LP_T_INT) v->u.i /= 1000;
    if (type == LP_T_TIME && v->type == LP_T_FLOAT) v->u.f = trunc(v->u.f / 1000);
    return lp_value_as(v, type, NULL);
}

static int json_value(struct node_values *vs, json_t *j, enum lp_type type, struct lp_value *v)
{
    if (json_is_string(j))
        return text_value(vs, (struct lp_span){json_string_value(j), json_string_length(j)}, type,
                          v);
    if (json_is_boolean(j) && type == LP_T_BOOL) {
        *v = (struct lp_value){.type = LP_T_BOOL, .u.b = json_is_true(j)};
        return 0;
    }
    if (json_is_number(j) && type != LP_T_BOOL) return number_value(j, type, v);
    if (json_is_object(j) && type == LP_T_OBJLNK) return link_value(j, v);
    return LP_ERR_VALUE;
}

/* The type that nobody has named: what JSON has it as, of which only true, false and a link are sure. */
static enum lp_type guess(struct node_values *vs, json_t *j)
{
    vs->any_text |= json_is_string(j);
    vs->any_number |= json_is_number(j);
    return json_is_string(j)    ? LP_T_STRING
           : json_is_boolean(j) ? LP_T_BOOL
           : json_is_integer(j) ? LP_T_INT
           : json_is_real(j)    ? LP_T_FLOAT
                                : LP_T_OBJLNK;
}

/* The value in the type that the JSON names, then in the one that the resource is known to have; without a name in the
 * one that is known or remembered. */
static int add_value(struct node_values *vs, const struct lp_path *path, json_t *j,
                     const char *type_name)
{
    enum lp_type known = restype(path, NULL);
    enum lp_type type = type_name ? restype_parse(type_name) : types_of(vs->types, path);
    struct lp_value v = {0};
    if (type_name && !type)
        return wrong(
            vs, path,
            "no such type; there are string, integer, unsigned_integer, float, boolean, opaque, "
            "time, objlnk, corelink");
    if (type_name) types_put(&vs->named, path, type);
    if (!type) type = guess(vs, j);
    int err = json_value(vs, j, type, &v);
    if (err) return wrong(vs, path, expected_of(type));
    if (known && v.type != known && lp_value_as(&v, known, NULL)) {
        if (known != LP_T_OPAQUE || v.type != LP_T_STRING || opaque_value(vs, v.u.s, &v))
            return wrong(vs, path, expected_of(known));
    }
    node_add(vs, path, &v);
    return 0;
}

int node_text_value(struct node_values *vs, const struct lp_path *path, const char *text)
{
    json_t *j = json_string(text);
    if (!j) return wrong(vs, path, "the text is not UTF-8");
    size_t n = json_string_length(j);
    char *copy = own(vs, n + 1);
    memcpy(copy, text, n);
    json_decref(j);
    enum lp_type type = types_of(vs->types, path);
    struct lp_value v = {0};
    vs->any_text |= !type;
    if (text_value(vs, (struct lp_span){copy, n}, type ? type : LP_T_STRING, &v))
        return wrong(vs, path, expected_of(type));
    node_add(vs, path, &v);
    return 0;
}

/* ---- nodes ---- */

static int read_id(json_t *node, unsigned *id)
{
    json_t *j = json_object_get(node, "id");
    if (!json_is_integer(j) || json_integer_value(j) < 0 || json_integer_value(j) >= LP_NONE)
        return LP_ERR_VALUE;
    *id = (unsigned)json_integer_value(j);
    return 0;
}

static int resource(struct node_values *vs, struct lp_path path, json_t *node)
{
    json_t *values = json_object_get(node, "values"), *value = json_object_get(node, "value"), *one;
    json_t *named = json_object_get(node, "type");
    const char *type = json_string_value(named), *key;
    if (named && !json_is_null(named) && !type)
        return wrong(vs, &path, "\"type\" is a string: \"type\":\"integer\"");
    if (value) return add_value(vs, &path, value, type);
    if (!json_is_object(values))
        return wrong(vs, &path,
                     "\"value\" is missing, or \"values\":{\"0\":…} of a multiple resource");
    if (json_object_size(values) == 0)
        push(vs, &(struct lp_record){.path = path, .multiple = true});
    json_object_foreach(values, key, one)
    {
        uint64_t id;
        if (lp_get_uint((struct lp_span){key, strlen(key)}, &id) || id >= LP_NONE)
            return wrong(vs, &path,
                         "the names in \"values\" are ids of resource instances, 0 to 65534");
        struct lp_path at = path;
        at.rinst = (uint16_t)id;
        int err = add_value(vs, &at, one, type);
        if (err) return err;
    }
    return 0;
}

static int instance(struct node_values *vs, struct lp_path path, json_t *node)
{
    json_t *list = json_object_get(node, "resources"), *res;
    size_t i;
    if (!json_is_array(list))
        return wrong(vs, &path, "an instance is {\"kind\":\"instance\",\"resources\":[…]}");
    if (json_array_size(list) == 0) push(vs, &(struct lp_record){.path = path});
    json_array_foreach(list, i, res)
    {
        unsigned id;
        if (read_id(res, &id))
            return wrong(vs, &path, "each resource needs an \"id\" from 0 to 65534");
        struct lp_path at = path;
        at.res = (uint16_t)id;
        int err = resource(vs, at, res);
        if (err) return err;
    }
    return 0;
}

int node_values(struct node_values *vs, const struct lp_path *path, json_t *node, bool *anonymous)
{
    struct lp_path at = *path;
    unsigned id = 0;
    bool has_id = read_id(node, &id) == 0;
    if (anonymous) *anonymous = false;
    if (!json_is_object(node)) return wrong(vs, path, "a JSON object is expected, {\"kind\":…}");
    if (json_object_get(node, "id") && !has_id)
        return wrong(vs, path, "\"id\" is a number from 0 to 65534");
    switch (lp_path_level(path)) {
    case LP_LEVEL_OBJECT:
        at.inst = (uint16_t)id;
        if (anonymous) *anonymous = !has_id;
        return instance(vs, at, node);
    case LP_LEVEL_INSTANCE:
        if (has_id && id != path->inst)
            return wrong(vs, path, "\"id\" is not the instance of the path");
        return instance(vs, at, node);
    case LP_LEVEL_RESOURCE:
        if (has_id && id != path->res)
            return wrong(vs, path, "\"id\" is not the resource of the path");
        return resource(vs, at, node);
    case LP_LEVEL_RINSTANCE:
        if (has_id && id != path->rinst)
            return wrong(vs, path, "\"id\" is not the resource instance of the path");
        if (!json_object_get(node, "value")) return wrong(vs, path, "\"value\" is missing");
        return resource(vs, at, node);
    default: return wrong(vs, path, "a path with at least an object is expected");
    }
}

/* ---- writing ---- */

static bool same_resource(const struct lp_record *a, const struct lp_record *b)
{
    return a->path.inst == b->path.inst && a->path.res == b->path.res;
}

static void put_instance(struct lp_writer *, const struct lp_record *, size_t n, bool wrap);

/* What the records take, without what is around them. */
static uint32_t measure(const struct lp_writer *w, const struct lp_record *r, size_t n, bool wrap)
{
    struct lp_out none;
    struct lp_writer copy = *w;
    lp_out_init(&none, NULL, 0);
    copy.out = &none;
    put_instance(&copy, r, n, wrap);
    return none.total;
}

/* Records of one instance; wrap: instances of multiple resources are put into their resource. */
static void put_instance(struct lp_writer *w, const struct lp_record *r, size_t n, bool wrap)
{
    for (size_t i = 0, run; i < n; i += run) {
        run = 1;
        if (wrap && w->fmt->open && r[i].path.rinst != LP_NONE) {
            while (i + run < n && same_resource(&r[i], &r[i + run])) run++;
            struct lp_path res = lp_path_cut(&r[i].path, LP_LEVEL_RESOURCE);
            w->fmt->open(w, &res, measure(w, r + i, run, false));
            for (size_t k = 0; k < run; k++) lp_writer_put(w, &r[i + k].path, &r[i + k].value);
        } else if (r[i].value.type || (w->fmt->open && r[i].path.res != LP_NONE)) {
            lp_writer_put(w, &r[i].path, &r[i].value);
        }
    }
}

static void put_all(struct lp_writer *w, const struct node_values *vs, bool in_instance)
{
    size_t real = 0;
    for (size_t i = 0; i < vs->n; i++) real += vs->v[i].value.type != 0;
    if (w->fmt->begin) w->fmt->begin(w, (uint32_t)real);
    bool wrap = lp_path_level(&w->base) < LP_LEVEL_RINSTANCE;
    if (in_instance && w->fmt->open) {
        struct lp_path inst = lp_path_cut(&vs->v[0].path, LP_LEVEL_INSTANCE);
        w->fmt->open(w, &inst, measure(w, vs->v, vs->n, wrap));
    }
    put_instance(w, vs->v, vs->n, wrap);
    if (w->fmt->end) w->fmt->end(w);
}

int node_payload(const struct node_values *vs, const struct lp_path *base, int format,
                 bool anonymous, uint8_t **payload)
{
    const struct lp_fmt *fmt = lp_fmt_find(format);
    struct lp_out o;
    struct lp_writer w;
    *payload = NULL;
    if (!fmt) return LP_ERR_CONTENT;
    bool in_instance = lp_path_level(base) == LP_LEVEL_OBJECT && !anonymous && vs->n;
    if (anonymous && format != LP_FMT_TLV) return LP_ERR_ACCEPT;
    lp_out_init(&o, NULL, 0);
    lp_writer_init(&w, fmt, &o, base);
    put_all(&w, vs, in_instance);
    if (o.err) return o.err;
    size_t n = o.total;
    *payload = mem_new(n);
    lp_out_init(&o, *payload, n);
    lp_writer_init(&w, fmt, &o, base);
    put_all(&w, vs, in_instance);
    return lp_out_end(&o);
}

int node_format(const char *name)
{
    static const struct {
        const char *name;
        int id;
    } formats[] = {
        {"TLV", LP_FMT_TLV},   {"SENML_CBOR", LP_FMT_SENML_CBOR}, {"SENML_JSON", LP_FMT_SENML_JSON},
        {"TEXT", LP_FMT_TEXT}, {"OPAQUE", LP_FMT_OPAQUE},         {"CBOR", LP_FMT_CBOR}};
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcasecmp(name, formats[i].name) == 0) return formats[i].id;
    uint64_t id;
    if (lp_get_uint((struct lp_span){name, strlen(name)}, &id) == 0 && id <= 65535 &&
        lp_fmt_find((int)id))
        return (int)id;
    return LP_ERR_CONTENT;
}
