/* SPDX-License-Identifier: Apache-2.0
 *
 * node_json.c - from payloads to JSON. A payload is a sequence of records {path, value}; they are gathered in a tree of
 * JSON objects keyed by id (a device may send them in any order), whose levels then become what the REST interface
 * shows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/num.h"
#include "bytes/value.h"
#include "server/hexa.h"
#include "server/mem.h"
#include "server/node.h"
#include "server/restype.h"

/* ---- one value ---- */

static json_t *json_number_text(const struct lp_value *v)
{
    char text[48];
    struct lp_out o;
    lp_out_init(&o, text, sizeof(text) - 3);
    lp_value_put_text(&o, v);
    size_t n = lp_out_len(&o);
    if (o.err || (v->type == LP_T_FLOAT && n == 0))
        return json_string(v->u.f > 0 ? "Infinity" : v->u.f < 0 ? "-Infinity" : "NaN");
    text[n] = 0;
    if (v->type == LP_T_FLOAT && !strpbrk(text, ".e"))
        strcpy(text + n, ".0"); /* 22 is an integer, 22.0 a float */
    return json_string(text);
}

/* Bytes that are not UTF-8 become '?': the value is shown, not lost. */
static json_t *json_text(struct lp_span s)
{
    if (!s.n || lp_utf8(s)) return json_stringn(s.n ? s.p : "", s.n);
    char *text = mem_copy(s.p, s.n);
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)text[i] > 0x7f) text[i] = '?';
    json_t *j = json_stringn(text, s.n);
    free(text);
    return j;
}

static json_t *json_hex(struct lp_span s)
{
    char *text = hexa_text(s.p, s.n);
    json_t *j = json_string(text);
    free(text);
    return j;
}

static json_int_t ms_of(int64_t seconds)
{
    int64_t most = INT64_MAX / 1000;
    return (seconds > most ? most : seconds < -most ? -most : seconds) * 1000;
}

static json_t *value_json(const struct lp_value *v)
{
    switch (v->type) {
    case LP_T_INT:
    case LP_T_UINT:
    case LP_T_FLOAT: return json_number_text(v);
    case LP_T_BOOL: return json_boolean(v->u.b);
    case LP_T_TIME: return json_integer(ms_of(v->u.i));
    case LP_T_OPAQUE: return json_hex(v->u.s);
    case LP_T_OBJLNK:
        return json_pack("{s:i, s:i}", "objectId", (int)v->u.link.obj, "objectInstanceId",
                         (int)v->u.link.inst);
    default: return json_text(v->u.s);
    }
}

/* Give a value the type that its resource has; bytes of unknown type are opaque, text is a string. */
static int settle(struct lp_value *v, const struct lp_path *path, const struct types *types,
                  struct lp_out *scratch)
{
    enum lp_type want = types_of(types, path);
    if (want) {
        struct lp_value typed = *v;
        if (lp_value_as(&typed, want, scratch) == 0) {
            *v = typed;
            return 0;
        }
    }
    if (v->type == LP_T_RAW_TLV) return lp_value_as(v, LP_T_OPAQUE, scratch);
    if (v->type == LP_T_RAW_TEXT) return lp_value_as(v, LP_T_STRING, scratch);
    return (v->type == LP_T_STRING || v->type == LP_T_CORELNK) && !lp_utf8(v->u.s) ? LP_ERR_FORMAT
                                                                                   : 0;
}

/* ---- the tree: {"<obj>":{"<inst>":{"<res>":{"type":…, "value":…} or {"type":…, "values":{…}}}}} ---- */

static json_t *child(json_t *parent, unsigned id)
{
    char key[8];
    snprintf(key, sizeof(key), "%u", id);
    json_t *c = json_object_get(parent, key);
    if (!c) json_object_set_new(parent, key, c = json_object());
    return c;
}

struct origin { /* of a payload */
    struct types *types;
    int format;
};

static int plant(json_t *tree, const struct origin *from, const struct lp_record *rec,
                 struct lp_out *scratch)
{
    const struct lp_path *p = &rec->path;
    struct lp_value v = rec->value;
    json_t *inst = child(child(tree, p->obj), p->inst);
    if (p->res == LP_NONE) return v.type ? LP_ERR_FORMAT : 0;
    json_t *res = child(inst, p->res);
    if (v.type) {
        if (from->types) types_saw(from->types, p, v.type, from->format);
        int err = settle(&v, p, from->types, scratch);
        if (err) return err;
        json_object_set_new(res, "type", json_string(restype_name(v.type)));
    }
    if (p->rinst == LP_NONE && v.type) {
        json_object_set_new(res, "value", value_json(&v));
        return 0;
    }
    json_t *values = json_object_get(res, "values");
    if (!values) json_object_set_new(res, "values", values = json_object());
    char key[8];
    snprintf(key, sizeof(key), "%u", (unsigned)p->rinst);
    if (v.type) json_object_set_new(values, key, value_json(&v));
    return 0;
}

static json_t *gather(struct types *types, const struct lp_path *base, int format,
                      struct lp_span payload, int *err)
{
    json_t *tree = json_object();
    size_t scratch_n = payload.n + 16; /* unescaped and decoded strings are never longer */
    uint8_t *scratch = mem_new(scratch_n);
    struct origin from = {types, format};
    struct lp_reader r;
    struct lp_record rec;
    int got = 0;
    lp_reader_init(&r, lp_fmt_find(format), base, payload, scratch, scratch_n);
    for (unsigned n = 0; (got = lp_reader_next(&r, &rec)) == 1; n++) {
        got = n < NODE_RECORDS ? plant(tree, &from, &rec, &r.scratch) : LP_ERR_TOO_LARGE;
        if (got) break;
    }
    free(scratch);
    *err = got;
    if (!got) return tree;
    json_decref(tree);
    return NULL;
}

/* ---- tree -> nodes ---- */

static int id_of(const char *key)
{
    return (int)strtol(key, NULL, 10);
}

static json_t *resource_node(const char *id, json_t *res)
{
    json_t *values = json_object_get(res, "values"), *type = json_object_get(res, "type");
    json_t *n = json_pack("{s:s, s:i}", "kind", values ? "multiResource" : "singleResource", "id",
                          id_of(id));
    if (type) json_object_set(n, "type", type);
    if (values)
        json_object_set(n, "values", values);
    else
        json_object_set(n, "value", json_object_get(res, "value"));
    return n;
}

static json_t *instance_node(const char *id, json_t *inst)
{
    json_t *list = json_array(), *res;
    const char *key;
    json_object_foreach(inst, key, res) json_array_append_new(list, resource_node(key, res));
    return json_pack("{s:s, s:i, s:o}", "kind", "instance", "id", id_of(id), "resources", list);
}

static json_t *object_node(unsigned id, json_t *obj)
{
    json_t *list = json_array(), *inst;
    const char *key;
    json_object_foreach(obj, key, inst) json_array_append_new(list, instance_node(key, inst));
    return json_pack("{s:s, s:i, s:o}", "kind", "obj", "id", (int)id, "instances", list);
}

static json_t *rinst_node(unsigned id, const char *key, json_t *res)
{
    json_t *value = json_object_get(json_object_get(res, "values"), key);
    json_t *n = json_pack("{s:s, s:i}", "kind", "resourceInstance", "id", (int)id);
    if (json_object_get(res, "type")) json_object_set(n, "type", json_object_get(res, "type"));
    if (value) json_object_set(n, "value", value);
    return n;
}

json_t *node_from_payload(struct types *types, const struct lp_path *path, int format,
                          struct lp_span payload, int *err)
{
    json_t *tree = gather(types, path, format, payload, err), *node;
    if (!tree) return NULL;
    enum lp_level level = lp_path_level(path);
    char inst[8], res[8], rinst[8];
    snprintf(inst, sizeof(inst), "%u", (unsigned)path->inst);
    snprintf(res, sizeof(res), "%u", (unsigned)path->res);
    snprintf(rinst, sizeof(rinst), "%u", (unsigned)path->rinst);
    json_t *at = child(tree, path->obj);
    if (level >= LP_LEVEL_INSTANCE) at = child(at, path->inst);
    if (level >= LP_LEVEL_RESOURCE) at = child(at, path->res);
    bool missing = level >= LP_LEVEL_RESOURCE && json_object_size(at) == 0;
    switch (level) {
    case LP_LEVEL_OBJECT: node = object_node(path->obj, at); break;
    case LP_LEVEL_INSTANCE: node = instance_node(inst, at); break;
    case LP_LEVEL_RESOURCE: node = resource_node(res, at); break;
    default: node = rinst_node(path->rinst, rinst, at);
    }
    if (missing) { /* a resource that the payload says nothing of: multiple, without instances */
        json_object_set_new(
            node, "kind",
            json_string(level == LP_LEVEL_RESOURCE ? "multiResource" : "resourceInstance"));
        if (level == LP_LEVEL_RESOURCE) json_object_set_new(node, "values", json_object());
        json_object_del(node, "value");
        json_object_set_new(node, "type", json_string(restype_name(types_of(types, path))));
    }
    json_decref(tree);
    return node;
}

json_t *node_map(struct types *types, int format, struct lp_span payload, int *err)
{
    json_t *tree = gather(types, &LP_ROOT, format, payload, err), *map, *obj, *inst, *res;
    if (!tree) return NULL;
    const char *o, *i, *r;
    char path[LP_PATH_TEXT + 8];
    map = json_object();
    json_object_foreach(tree, o, obj) json_object_foreach(obj, i, inst)
        json_object_foreach(inst, r, res)
    {
        snprintf(path, sizeof(path), "/%s/%s/%s", o, i, r);
        json_object_set_new(map, path, resource_node(r, res));
    }
    json_decref(tree);
    return map;
}
