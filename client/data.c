/* SPDX-License-Identifier: Apache-2.0
 *
 * data.c - objects that are plain data: the library's handlers over values that are kept as JSON, in the notation of
 * the device file. One representation serves the file, the console, the events and the state folder; only here does it
 * meet struct lp_value.
 */
#include "client/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/values.h"

static struct data_object *of(struct lp_object *o)
{
    return (struct data_object *)o; /* its first member */
}

char *data_key(char key[8], unsigned id)
{
    snprintf(key, 8, "%u", id & 0xffffu);
    return key;
}

static json_t *at(const json_t *object, unsigned id)
{
    char key[8];
    return json_object_get(object, data_key(key, id));
}

/* The smallest id above after; members are in no order. */
static int next_id(const json_t *object, int after)
{
    const char *key;
    json_t *value;
    int best = LP_ERR_NOT_FOUND;
    json_object_foreach((json_t *)object, key, value)
    {
        int id = model_id(key);
        if (id > after && (best < 0 || id < best)) best = id;
    }
    return best;
}

json_t *data_instance(const struct data_object *o, uint16_t inst)
{
    return at(o->instances, inst);
}

/* ---- late answers -------------------------------------------------------------------------------------------- */

static uint32_t delay_of(const struct data_object *o, uint16_t res)
{
    for (unsigned i = 0; o->model->delay_ms && i < o->model->nres; i++)
        if (o->model->res[i].id == res) return o->model->delay_ms[i];
    return 0;
}

/* LP_PENDING where the answer is to wait, 0 where it may go: no delay, nobody to wait for, or it has waited. */
static int hold_back(struct data_object *o, uint16_t res)
{
    struct device *d = o->dev;
    struct late *place = NULL;
    uint32_t delay = delay_of(o, res);
    uint16_t request = delay && !d->local ? lp_request_id(&d->client) : 0;
    if (!request) return 0;
    for (unsigned i = 0; i < LP_MAX_PENDING; i++) {
        struct late *l = &d->late[i];
        if (l->request == request) return l->done ? 0 : LP_PENDING;
        if (!l->request || (l->done && !place)) place = l;
    }
    if (!place) return 0; /* the library has no room for more either */
    *place = (struct late){.request = request, .due = device_now(d) + delay};
    return LP_PENDING;
}

void data_late(struct device *d)
{
    for (unsigned i = 0; i < LP_MAX_PENDING; i++) {
        struct late *l = &d->late[i];
        if (!l->request || l->done || l->due > device_now(d)) continue;
        l->done = true; /* the handler is called once more for a Read, and then answers */
        if (lp_complete(&d->client, l->request, 0)) l->request = 0;
    }
}

uint64_t data_late_due(const struct device *d)
{
    uint64_t due = UINT64_MAX;
    for (unsigned i = 0; i < LP_MAX_PENDING; i++)
        if (d->late[i].request && !d->late[i].done && d->late[i].due < due) due = d->late[i].due;
    return due;
}

/* ---- handlers ------------------------------------------------------------------------------------------------ */

static int next(struct lp_object *object, int after)
{
    return next_id(of(object)->instances, after);
}

/* What is listed exists; an executable of a plain object exists in every instance. */
static int has(struct lp_object *object, const struct lp_path *path)
{
    const struct data_object *o = of(object);
    const struct lp_res *res = model_res(o->model, path->res);
    if (at(data_instance(o, path->inst), path->res)) return 1;
    return o->model->plain && res && res->ops & LP_E;
}

static int read_all(const json_t *values, enum lp_type type, struct lp_emit *e)
{
    for (int id = -1; (id = next_id(values, id)) >= 0;) {
        lp_emit_at(e, (uint16_t)id);
        int err = emit_json(e, at(values, (unsigned)id), type);
        if (err) return err;
    }
    return 0;
}

static int read(struct lp_object *object, const struct lp_path *path, struct lp_emit *e)
{
    struct data_object *o = of(object);
    const struct lp_res *res = model_res(o->model, path->res);
    const json_t *value = at(data_instance(o, path->inst), path->res);
    if (!res || !value) return LP_ERR_NOT_FOUND;
    if (hold_back(o, path->res)) return LP_PENDING;
    enum lp_type type = (enum lp_type)res->type;
    return res->ops & LP_MULTIPLE ? read_all(value, type, e) : emit_json(e, value, type);
}

static int check(struct lp_object *object, const struct lp_path *path, const struct lp_value *v)
{
    (void)object, (void)path;
    json_t *j = json_of_value(v); /* NaN, infinities: there is no JSON for them */
    json_decref(j);
    return j ? 0 : LP_ERR_VALUE;
}

static int write(struct lp_object *object, const struct lp_path *path, const struct lp_value *v)
{
    struct data_object *o = of(object);
    json_t *value = json_of_value(v);
    if (!value) return LP_ERR_VALUE;
    event_news(o->dev, "changed", path, "value", json_incref(value));
    data_put(o, path, value);
    return hold_back(o, path->res);
}

static void want(struct device *d, enum want what, const char *why)
{
    d->want = what;
    d->why = why;
}

static int exec(struct lp_object *object, const struct lp_path *path, struct lp_span args)
{
    struct data_object *o = of(object);
    json_t *text = json_stringn(args.n ? args.p : "", args.n);
    event_news(o->dev, "executed", path, "args", text ? text : json_string(""));
    if (object->id == 3 && !o->model->plain && path->res == 4) want(o->dev, WANT_REBOOT, "execute");
    if (object->id == 3 && !o->model->plain && path->res == 5)
        want(o->dev, WANT_RESET, "factory_reset");
    return hold_back(o, path->res);
}

static int create(struct lp_object *object, uint16_t inst)
{
    struct data_object *o = of(object);
    char key[8];
    if (!o->model->create && !o->dev->local) return LP_ERR_METHOD;
    json_t *values = o->model->defaults ? json_deep_copy(o->model->defaults) : json_object();
    if (json_object_set_new(o->instances, data_key(key, inst), values)) return LP_ERR_INTERNAL;
    o->fresh = inst;
    data_touch(o, inst);
    return 0;
}

static int remove_instance(struct data_object *o, uint16_t inst)
{
    char key[8];
    if (!o->model->remove && !o->dev->local && o->fresh != inst) return LP_ERR_METHOD;
    if (json_object_del(o->instances, data_key(key, inst))) return LP_ERR_NOT_FOUND;
    data_touch(o, inst);
    return 0;
}

static int remove_value(struct lp_object *object, const struct lp_path *path)
{
    struct data_object *o = of(object);
    const struct lp_res *res = model_res(o->model, path->res);
    json_t *values = data_instance(o, path->inst), *value = at(values, path->res);
    char key[8];
    if (path->res == LP_NONE) return remove_instance(o, path->inst);
    if (!res || !value) return LP_ERR_NOT_FOUND;
    data_touch(o, path->inst);
    if (path->rinst != LP_NONE)
        return json_object_del(value, data_key(key, path->rinst)) ? LP_ERR_NOT_FOUND : 0;
    return json_object_del(values, data_key(key, path->res)) ? LP_ERR_INTERNAL : 0;
}

static const struct lp_object_ops handlers = {next,  has,  read,   check,
                                              write, exec, create, remove_value};

/* ---- values from within --------------------------------------------------------------------------------------- */

void data_touch(struct data_object *o, uint16_t inst)
{
    char key[8];
    json_object_set_new(o->touched, data_key(key, inst), json_true());
    o->dev->dirty = true;
}

void data_put(struct data_object *o, const struct lp_path *path, json_t *value)
{
    json_t *values = data_instance(o, path->inst);
    char key[8];
    data_touch(o, path->inst);
    if (path->rinst == LP_NONE) {
        json_object_set_new(values, data_key(key, path->res), value);
        return;
    }
    json_t *all = at(values, path->res);
    if (!json_is_object(all)) {
        all = json_object();
        json_object_set_new(values, data_key(key, path->res), all);
    }
    json_object_set_new(all, data_key(key, path->rinst), value);
}

json_t *data_get(struct device *d, const struct lp_path *path)
{
    struct data_object *o = data_object(d, path->obj);
    json_t *j = o && o->present ? o->instances : NULL;
    const uint16_t id[] = {path->inst, path->res, path->rinst};
    for (unsigned i = 0; i < 3 && j && id[i] != LP_NONE; i++)
        j = json_is_object(j) ? at(j, id[i]) : NULL;
    return json_incref(j);
}

struct data_object *data_object(struct device *d, uint16_t id)
{
    for (unsigned i = 0; i < d->n; i++)
        if (d->object[i].model->id == id) return &d->object[i];
    return NULL;
}

int data_init(struct device *d)
{
    const struct model *m = &d->app->model;
    d->object = calloc(m->n + 1, sizeof *d->object);
    if (!d->object) return -1;
    for (d->n = 0; d->n < m->n; d->n++) {
        struct data_object *o = &d->object[d->n];
        const struct model_object *from = &m->object[d->n];
        o->object = (struct lp_object){
            .id = from->id, .res = from->res, .nres = from->nres, .ops = &handlers};
        o->object.version = from->version[0] ? from->version : NULL;
        o->model = from;
        o->dev = d;
        o->instances = from->instances ? json_deep_copy(from->instances) : json_object();
        o->touched = json_object();
        o->fresh = -1;
        o->present = true;
        if (!o->instances || !o->touched) return -1;
    }
    return 0;
}

void data_free(struct device *d)
{
    for (unsigned i = 0; i < d->n; i++) {
        json_decref(d->object[i].instances);
        json_decref(d->object[i].touched);
    }
    free(d->object);
    d->object = NULL;
    d->n = 0;
}
