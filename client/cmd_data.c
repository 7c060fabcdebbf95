/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_data.c - console commands on the data model: get, set, create, delete. Plain data is changed where it lies;
 * objects 0, 1 and 2 are the library's and reached through it.
 */
#include "client/app.h"

#include <stdlib.h>
#include <string.h>

#include "bytes/path.h"
#include "client/builtin.h"
#include "client/values.h"

/* The first word as a path; *rest behind it. */
static bool take_path(const char *args, struct lp_path *path, const char **rest)
{
    size_t n = strcspn(args, " \t");
    *rest = args + n + strspn(args + n, " \t");
    return lp_path_parse(path, (struct lp_span){args, n}) == 0;
}

/* ---- get ----------------------------------------------------------------------------------------------------- */

static json_t *core_value(struct device *d, const struct lp_path *path)
{
    struct lp_value v;
    uint8_t buf[512];
    return lp_client_get(&d->client, path, &v, buf, sizeof buf) ? NULL : json_of_value(&v);
}

/* A resource of objects 0, 1, 2: one value, or the instances of /2/x/2. */
static json_t *core_get_res(struct device *d, const struct lp_path *path)
{
    const struct lp_res *res = core_res(path->obj, path->res);
    struct lp_path at = *path;
    char key[8];
    if (!res || !(res->ops & LP_MULTIPLE) || path->rinst != LP_NONE) return core_value(d, path);
    json_t *all = json_object();
    for (unsigned i = 0; i < 256; i++) {
        at.rinst = (uint16_t)i;
        json_t *v = core_value(d, &at);
        if (v) json_object_set_new(all, data_key(key, i), v);
    }
    return all;
}

static json_t *core_get_inst(struct device *d, const struct lp_path *path)
{
    const struct lp_res *res;
    struct lp_path at = *path;
    char key[8];
    json_t *all = json_object();
    for (unsigned i = 0; (res = core_row(path->obj, i)); i++) {
        at.res = res->id;
        json_t *v = res->ops & LP_E ? NULL : core_get_res(d, &at);
        if (v && !(json_is_object(v) && json_object_size(v) == 0))
            json_object_set_new(all, data_key(key, res->id), v);
        else
            json_decref(v);
    }
    if (json_object_size(all)) return all;
    json_decref(all);
    return NULL;
}

/* Every instance has resource 0, so the ids are found by asking. */
static json_t *core_get(struct device *d, const struct lp_path *path)
{
    struct lp_path at = *path;
    char key[8];
    if (path->res != LP_NONE) return core_get_res(d, path);
    if (path->inst != LP_NONE) return core_get_inst(d, path);
    json_t *all = json_object();
    for (unsigned i = 0; i < LP_NONE; i++) {
        at.inst = (uint16_t)i;
        at.res = 0;
        json_t *first = core_value(d, &at);
        at.res = LP_NONE;
        if (first) json_object_set_new(all, data_key(key, i), core_get_inst(d, &at));
        json_decref(first);
    }
    return all;
}

void command_get(struct device *d, const char *args, struct reply *r)
{
    struct lp_path path;
    const char *rest;
    if (!take_path(args, &path, &rest) || *rest || path.obj == LP_NONE)
        reply_usage(r, "get PATH, as get /3303/0/5700");
    else if (!(r->value = path.obj <= 2 ? core_get(d, &path) : data_get(d, &path)))
        reply_error(r, "not_found", "there is no %.60s", args);
}

int core_find(struct device *d, uint16_t obj, uint16_t res, json_int_t value, unsigned from)
{
    for (unsigned i = from; i < LP_NONE; i++) {
        json_t *v = core_value(d, &LP_PATH_RES(obj, i, res));
        bool found = v && json_integer_value(v) == value;
        json_decref(v);
        if (found) return (int)i;
    }
    return -1;
}

/* ---- set ----------------------------------------------------------------------------------------------------- */

static const struct lp_res *row_of(struct device *d, const struct lp_path *path)
{
    struct data_object *o = data_object(d, path->obj);
    return path->obj <= 2    ? core_res(path->obj, path->res)
           : o && o->present ? model_res(o->model, path->res)
                             : NULL;
}

/* May there be a value at this path? */
static const struct lp_res *settable(struct device *d, const struct lp_path *path, struct reply *r)
{
    const struct lp_res *res = row_of(d, path);
    struct data_object *o = data_object(d, path->obj);
    unsigned obj = path->obj, inst = path->inst, id = path->res;
    if (!res)
        reply_error(r, "not_found", "object %u is not here, or has no resource %u", obj, id);
    else if (o && !data_instance(o, path->inst))
        reply_error(r, "not_found", "there is no /%u/%u; create /%u/%u makes it", obj, inst, obj,
                    inst);
    else if (res->ops & LP_E)
        reply_error(r, "method", "/%u/%u/%u is executed, it has no value", obj, inst, id);
    else if (res->ops & LP_MULTIPLE && path->rinst == LP_NONE)
        reply_error(r, "value", "/%u/%u/%u has instances: set /%u/%u/%u/0 VALUE", obj, inst, id,
                    obj, inst, id);
    else if (!(res->ops & LP_MULTIPLE) && path->rinst != LP_NONE)
        reply_error(r, "value", "/%u/%u/%u has no instances: set /%u/%u/%u VALUE", obj, inst, id,
                    obj, inst, id);
    return r->error ? NULL : res;
}

static void set_core(struct device *d, const struct lp_path *path, const json_t *value,
                     enum lp_type type, struct reply *r)
{
    struct lp_value v;
    void *hold;
    int err = value_of_json(&v, value, type, &hold);
    if (!err) err = lp_client_set(&d->client, path, &v);
    free(hold);
    reply_err(r, err);
}

void command_set(struct device *d, const char *args, struct reply *r)
{
    struct lp_path path;
    const char *text;
    if (!take_path(args, &path, &text) || path.res == LP_NONE || !*text) {
        reply_usage(r, "set PATH VALUE, as set /3303/0/5700 21.5");
        return;
    }
    const struct lp_res *res = settable(d, &path, r);
    if (!res) return;
    enum lp_type type = (enum lp_type)res->type;
    json_t *value = json_of_text(text, type);
    if (!value) {
        reply_error(r, "value", "'%.40s' is not %s", text, type_text(type));
    } else if (path.obj <= 2) {
        set_core(d, &path, value, type, r);
        json_decref(value);
    } else {
        data_put(data_object(d, path.obj), &path, value);
        lp_changed(&d->client, &path);
    }
}

/* ---- create and delete --------------------------------------------------------------------------------------- */

void command_create(struct device *d, const char *args, struct reply *r)
{
    struct lp_path path;
    const char *rest;
    if (!take_path(args, &path, &rest) || *rest || path.inst == LP_NONE || path.res != LP_NONE) {
        reply_usage(r, "create /OBJ/INST, as create /3303/1");
        return;
    }
    struct data_object *o = data_object(d, path.obj);
    if (path.obj > 2 && !o) {
        reply_error(r, "not_found", "the device file knows no object %u", (unsigned)path.obj);
    } else if (o && o->present && data_instance(o, path.inst)) {
        reply_error(r, "exists", "/%u/%u is there already", (unsigned)path.obj,
                    (unsigned)path.inst);
    } else {
        d->local = true;
        if (o && !o->present) {
            o->present = lp_client_add(&d->client, &o->object) == 0;
            json_object_clear(o->instances);
        }
        reply_err(r, lp_client_create(&d->client, path.obj, path.inst));
        d->local = false;
    }
}

static void delete_object(struct device *d, struct data_object *o, struct reply *r)
{
    if (!o || !o->present) {
        reply_error(r, "not_found", "there is no such object, or it is the client's own");
        return;
    }
    reply_err(r, lp_client_remove(&d->client, &o->object));
    if (r->error) return;
    o->present = false;
    d->dirty = true;
}

void command_delete(struct device *d, const char *args, struct reply *r)
{
    struct lp_path path;
    const char *rest;
    if (!take_path(args, &path, &rest) || *rest || path.obj == LP_NONE) {
        reply_usage(r, "delete PATH, as delete /3303/1, /3303, or /3/0/6/1");
    } else if (path.inst == LP_NONE) {
        delete_object(d, data_object(d, path.obj), r);
    } else {
        d->local = true;
        reply_err(r, lp_client_delete(&d->client, &path));
        d->local = false;
    }
}
