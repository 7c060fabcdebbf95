/* SPDX-License-Identifier: Apache-2.0
 *
 * keep.c - values that servers and the console have changed outlive the process: one record in the state folder,
 * {"3303": {"0": {...all values of the instance}, "1": null (deleted)}, "3311": null (the object was removed)}.
 * Instances that nobody touched are not in it, so that an edited device file still has its say about them.
 */
#include "client/app.h"

#include <stdlib.h>
#include <string.h>

#define KEY_VALUES 0x8000 /* keys from here on are the application's (SPEC.md) */

static bool values_fit(const struct model_object *m, json_t *values)
{
    const char *key;
    json_t *value;
    json_object_foreach(values, key, value)
    {
        int id = model_id(key);
        const struct lp_res *res = id < 0 ? NULL : model_res(m, (uint16_t)id);
        if (!res || !model_fits(res, value)) return false;
    }
    return json_is_object(values);
}

/* What does not fit the device file any more is left out. */
static void load_object(struct data_object *o, json_t *kept)
{
    const char *key;
    json_t *values;
    if (json_is_null(kept)) o->present = false;
    json_object_foreach(kept, key, values)
    {
        if (model_id(key) < 0) continue;
        if (json_is_null(values))
            json_object_del(o->instances, key);
        else if (values_fit(o->model, values))
            json_object_set(o->instances, key, values);
        else
            continue;
        json_object_set_new(o->touched, key, json_true());
    }
}

void keep_load(struct device *d)
{
    struct lp_kv *kv = &d->kv.store.kv;
    char key[8];
    int n = d->kv.flash.fd < 0 ? -1 : kv->get(kv, KEY_VALUES, NULL, 0);
    char *text = n > 0 ? malloc((size_t)n) : NULL;
    json_t *all = text && kv->get(kv, KEY_VALUES, text, (size_t)n) == n
                      ? json_loadb(text, (size_t)n, 0, NULL)
                      : NULL;
    for (unsigned i = 0; i < d->n; i++) {
        json_t *kept = json_object_get(all, data_key(key, d->object[i].model->id));
        if (kept) load_object(&d->object[i], kept);
    }
    json_decref(all);
    free(text);
}

static json_t *object_kept(const struct data_object *o)
{
    const char *key;
    json_t *flag, *kept = json_object();
    if (!o->present) {
        json_decref(kept);
        return json_null();
    }
    json_object_foreach(o->touched, key, flag)
    {
        json_t *values = json_object_get(o->instances, key);
        if (values)
            json_object_set(kept, key, values);
        else
            json_object_set_new(kept, key, json_null());
    }
    return kept;
}

void keep_save(struct device *d)
{
    char key[8];
    d->dirty = false;
    if (d->kv.flash.fd < 0) return;
    json_t *all = json_object();
    for (unsigned i = 0; i < d->n; i++)
        json_object_set_new(all, data_key(key, d->object[i].model->id), object_kept(&d->object[i]));
    char *text = json_text(all);
    json_decref(all);
    if (!text || d->kv.store.kv.put(&d->kv.store.kv, KEY_VALUES, text, strlen(text)))
        lp_port_log(LP_LOG_ERROR, "the values cannot be kept in the state folder");
    free(text);
}
