/* SPDX-License-Identifier: Apache-2.0
 *
 * model.c - reads a device file (docs/limpet-client.1.md) and refuses the first mistake with its line. A path of where
 * the reader stands goes along, for that line and for what is said.
 */
#include "client/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/builtin.h"
#include "client/reader.h"
#include "client/values.h"

static const char default_device[] =
    "{\"objects\": [\n"
    "  {\"id\": 3, \"instances\": {\"0\": {\"0\": \"Limpet\", \"1\": \"limpet-client\", \"3\": "
    "\"" LIMPET_VERSION "\",\n"
    "    \"4\": null, \"5\": null, \"6\": {\"0\": 1}, \"7\": {\"0\": 3300}, \"9\": 100, \"11\": "
    "{\"0\": 0},\n"
    "    \"14\": \"+00:00\", \"15\": \"Etc/UTC\", \"16\": \"U\", \"17\": \"imitation\"}}},\n"
    "  {\"id\": 3303, \"instances\": {\"0\": {\"5601\": 21.5, \"5602\": 21.5, \"5605\": null, "
    "\"5700\": 21.5,\n"
    "    \"5701\": \"Cel\"}}}]}\n";

int model_id(const char *key)
{
    size_t n = strlen(key);
    if (n == 0 || n > 5 || strspn(key, "0123456789") != n || (key[0] == '0' && n > 1)) return -1;
    int id = atoi(key); /* NOLINT(cert-err34-c): at most five digits */
    return id < (int)LP_NONE ? id : -1;
}

const struct lp_res *model_res(const struct model_object *o, uint16_t id)
{
    for (unsigned i = 0; i < o->nres; i++)
        if (o->res[i].id == id) return &o->res[i];
    return NULL;
}

static bool each_fits(const json_t *values, enum lp_type type)
{
    const char *key;
    json_t *value;
    if (!json_is_object(values)) return false;
    json_object_foreach((json_t *)values, key,
                        value) if (model_id(key) < 0 || !json_fits(value, type)) return false;
    return true;
}

bool model_fits(const struct lp_res *res, const json_t *value)
{
    if (res->ops & LP_E) return json_is_null(value);
    enum lp_type type = (enum lp_type)res->type;
    return res->ops & LP_MULTIPLE ? each_fits(value, type) : json_fits(value, type);
}

/* ---- values -------------------------------------------------------------------------------------------------- */

static int read_value(struct reader *r, const struct lp_res *res, const json_t *value)
{
    enum lp_type type = (enum lp_type)res->type;
    if (model_fits(res, value)) return 0;
    if (res->ops & LP_E)
        return wrong(r, "resource %u is executed: expected null", (unsigned)res->id);
    if (res->ops & LP_MULTIPLE)
        return wrong(r,
                     "resource %u is multiple: expected its instances, as {\"0\": value}, each %s",
                     (unsigned)res->id, type_form(type));
    return wrong(r, "resource %u is %s: expected %s", (unsigned)res->id, type_name(type),
                 type_form(type));
}

/* The values of one instance, or the defaults. */
static int read_values(struct reader *r, const struct model_object *o, json_t *values)
{
    const char *key;
    json_t *value;
    if (!json_is_object(values))
        return wrong(r, "expected resources and their values, as {\"0\": value}");
    json_object_foreach(values, key, value)
    {
        int id = model_id(key);
        down(r, key, 0);
        if (id < 0) return wrong(r, "\"%s\" is not a resource id: expected 0 to 65534", key);
        const struct lp_res *res = model_res(o, (uint16_t)id);
        if (!res)
            return wrong(r, "object %u has no resource %d%s", (unsigned)o->id, id,
                         o->plain ? ": expected one that is in its \"resources\""
                                  : " that is known here: describe them all in \"resources\"");
        if (read_value(r, res, value)) return -1;
        up(r);
    }
    return 0;
}

static int read_instances(struct reader *r, struct model_object *o, json_t *instances)
{
    const char *key;
    json_t *values;
    if (!json_is_object(instances)) return wrong(r, "expected instances, as {\"0\": {...}}");
    json_object_foreach(instances, key, values)
    {
        down(r, key, 0);
        if (model_id(key) < 0)
            return wrong(r, "\"%s\" is not an instance id: expected 0 to 65534", key);
        if (read_values(r, o, values)) return -1;
        up(r);
    }
    o->instances = json_incref(instances);
    return 0;
}

/* ---- resources ----------------------------------------------------------------------------------------------- */

static int read_ops(struct reader *r, const json_t *j, struct lp_res *res)
{
    static const struct {
        const char *text;
        uint8_t ops;
    } known[] = {{"R", LP_R}, {"W", LP_W}, {"RW", LP_RW}, {"E", LP_E}};
    const char *text = json_string_value(j);
    for (unsigned i = 0; text && i < 4; i++)
        if (!strcmp(text, known[i].text)) res->ops = (uint8_t)(res->ops | known[i].ops);
    return res->ops & (LP_RW | LP_E) ? 0
                                     : wrong(r, "expected \"ops\": \"R\", \"W\", \"RW\" or \"E\"");
}

static int read_type(struct reader *r, const json_t *j, struct lp_res *res)
{
    const char *text = json_string_value(j);
    if (res->ops & LP_E)
        return !j && !(res->ops & LP_MULTIPLE)
                   ? 0
                   : wrong(r, "an executable resource has no type and is not multiple");
    res->type = text ? (uint8_t)type_named(text) : 0;
    if (res->type) return 0;
    return wrong(r, "expected a \"type\": string, integer, unsigned, float, boolean, opaque, time, "
                    "objlnk or corelnk");
}

static int read_delay(struct reader *r, const json_t *j, uint32_t *delay)
{
    if (!j) return 0;
    if (!json_is_integer(j) || json_integer_value(j) < 0 || json_integer_value(j) > 3600000)
        return wrong(r, "expected \"delay\": milliseconds from 0 to 3600000");
    *delay = (uint32_t)json_integer_value(j);
    return 0;
}

static int read_resource(struct reader *r, json_t *j, struct lp_res *res, uint32_t *delay)
{
    static const char *const names[] = {"type", "ops", "multiple", "delay", NULL};
    const json_t *multiple = json_object_get(j, "multiple");
    if (!json_is_object(j))
        return wrong(r, "expected a resource, as {\"type\": \"integer\", \"ops\": \"RW\"}");
    if (only(r, j, names, "type, ops, multiple, delay")) return -1;
    if (multiple && !json_is_boolean(multiple))
        return wrong(r, "expected \"multiple\": true or false");
    if (json_is_true(multiple)) res->ops = LP_MULTIPLE;
    if (read_ops(r, json_object_get(j, "ops"), res)) return -1;
    if (read_type(r, json_object_get(j, "type"), res)) return -1;
    return read_delay(r, json_object_get(j, "delay"), delay);
}

/* Sorted, as the library wants them; the delays go along. */
static void insert(struct model_object *o, struct lp_res res, uint32_t delay)
{
    unsigned i = o->nres++;
    for (; i > 0 && o->own_res[i - 1].id > res.id; i--) {
        o->own_res[i] = o->own_res[i - 1];
        o->delay_ms[i] = o->delay_ms[i - 1];
    }
    o->own_res[i] = res;
    o->delay_ms[i] = delay;
}

static int read_resources(struct reader *r, struct model_object *o, json_t *resources)
{
    const char *key;
    json_t *value;
    if (!json_is_object(resources))
        return wrong(r, "expected resources, as {\"0\": {\"type\": \"integer\", \"ops\": \"RW\"}}");
    o->plain = true;
    o->own_res = calloc(json_object_size(resources) + 1, sizeof *o->own_res);
    o->delay_ms = calloc(json_object_size(resources) + 1, sizeof *o->delay_ms);
    if (!o->own_res || !o->delay_ms) return wrong(r, "no memory");
    json_object_foreach(resources, key, value)
    {
        int id = model_id(key);
        struct lp_res res = {.id = (uint16_t)id};
        uint32_t delay = 0;
        down(r, key, 0);
        if (id < 0) return wrong(r, "\"%s\" is not a resource id: expected 0 to 65534", key);
        if (read_resource(r, value, &res, &delay)) return -1;
        insert(o, res, delay);
        up(r);
    }
    o->res = o->own_res;
    return 0;
}

/* ---- objects ------------------------------------------------------------------------------------------------- */

static int read_id(struct reader *r, const struct model *m, const json_t *j, struct model_object *o)
{
    json_int_t id = json_integer_value(j);
    if (!json_is_integer(j) || id < 0 || id >= LP_NONE)
        return wrong(r, "expected \"id\": an object id from 3 to 65534");
    if (id < 3)
        return wrong(
            r,
            "objects 0, 1 and 2 are made of the accounts (-s, -b): expected an \"id\" from 3 on");
    for (unsigned i = 0; i < m->n; i++)
        if (m->object[i].id == id) return wrong(r, "object %d is there already", (int)id);
    o->id = (uint16_t)id;
    return 0;
}

static int read_version(struct reader *r, const json_t *j, struct model_object *o)
{
    const char *text = json_string_value(j);
    if (!j) return 0;
    size_t major = text ? strspn(text, "0123456789") : 0,
           minor = major && text[major] == '.' ? strspn(text + major + 1, "0123456789") : 0;
    if (!minor || text[major + 1 + minor] || strlen(text) >= sizeof o->version)
        return wrong(r, "expected \"version\": \"1.0\" or the like");
    memcpy(o->version, text, strlen(text) + 1);
    return 0;
}

static int read_flag(struct reader *r, const json_t *object, const char *name, bool *to)
{
    const json_t *j = json_object_get(object, name);
    *to = json_is_true(j);
    return !j || json_is_boolean(j) ? 0 : wrong(r, "expected \"%s\": true or false", name);
}

static int use_builtin(struct reader *r, struct model_object *o)
{
    const struct builtin *b = builtin_object(o->id);
    if (!b)
        return wrong(r, "object %u is not in the built-in table: expected its \"resources\"",
                     (unsigned)o->id);
    o->res = b->res;
    o->nres = b->n;
    return 0;
}

/* Run one part of an object with the path at the member it reads. */
static int part(struct reader *r, struct model_object *o, json_t *object, const char *name,
                int (*read)(struct reader *, struct model_object *, json_t *))
{
    json_t *j = json_object_get(object, name);
    if (!j) return 0;
    down(r, name, 0);
    if (read(r, o, j)) return -1;
    up(r);
    return 0;
}

static int read_defaults(struct reader *r, struct model_object *o, json_t *j)
{
    if (read_values(r, o, j)) return -1;
    o->defaults = json_incref(j);
    return 0;
}

static int read_object(struct reader *r, const struct model *m, json_t *j, struct model_object *o)
{
    static const char *const names[] = {"id",       "version",   "create",    "delete",
                                        "defaults", "resources", "instances", NULL};
    if (!json_is_object(j))
        return wrong(r, "expected an object, as {\"id\": 3303, \"instances\": {...}}");
    if (only(r, j, names, "id, version, create, delete, defaults, resources, instances")) return -1;
    if (read_id(r, m, json_object_get(j, "id"), o)) return -1;
    if (read_version(r, json_object_get(j, "version"), o)) return -1;
    if (read_flag(r, j, "create", &o->create) || read_flag(r, j, "delete", &o->remove)) return -1;
    if (part(r, o, j, "resources", read_resources)) return -1;
    if (!o->res && use_builtin(r, o)) return -1;
    if (part(r, o, j, "defaults", read_defaults)) return -1;
    return part(r, o, j, "instances", read_instances);
}

static int read_objects(struct reader *r, struct model *m, json_t *root)
{
    static const char *const names[] = {"objects", NULL};
    json_t *list = json_object_get(root, "objects"), *j;
    size_t i;
    if (!json_is_object(root)) return wrong(r, "expected {\"objects\": [...]}");
    if (only(r, root, names, "objects")) return -1;
    down(r, "objects", 0);
    if (!json_is_array(list)) return wrong(r, "expected \"objects\": a list");
    m->object = calloc(json_array_size(list) + 1, sizeof *m->object);
    if (!m->object) return wrong(r, "no memory");
    json_array_foreach(list, i, j)
    {
        down(r, NULL, i);
        struct model_object *o = &m->object[m->n];
        int err = read_object(r, m, j, o);
        m->n++; /* also when it is wrong: model_free takes what it holds */
        if (err) return -1;
        up(r);
    }
    return 0;
}

/* ---- the file ------------------------------------------------------------------------------------------------ */

static int read_text(struct model *m, struct reader *r)
{
    json_error_t e;
    json_t *root = json_loads(r->text, JSON_REJECT_DUPLICATES, &e);
    if (!root) {
        snprintf(r->error, r->size, "%s:%d: expected JSON: %s", r->file, e.line < 1 ? 1 : e.line,
                 e.text);
        return -1;
    }
    int err = read_objects(r, m, root);
    json_decref(root);
    return err;
}

int model_read(struct model *m, const char *file, char *error, size_t size)
{
    struct reader r = {.file = file ? file : "default device",
                       .text = default_device,
                       .error = error,
                       .size = size};
    char *text = NULL;
    memset(m, 0, sizeof *m);
    if (file) {
        r.text = text = reader_load(file, error, size);
        if (!text) return -1;
    }
    int err = read_text(m, &r);
    free(text);
    if (err) model_free(m);
    return err;
}

void model_free(struct model *m)
{
    for (unsigned i = 0; i < m->n; i++) {
        free(m->object[i].own_res);
        free(m->object[i].delay_ms);
        json_decref(m->object[i].defaults);
        json_decref(m->object[i].instances);
    }
    free(m->object);
    memset(m, 0, sizeof *m);
}
