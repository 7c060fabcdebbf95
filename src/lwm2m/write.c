/* SPDX-License-Identifier: Apache-2.0
 *
 * write.c - writing the data model: see model.h. The payload's records are gone through three times, so that a request
 * is refused before anything of it was done:
 *
 *   check     is there such a resource, may it be written, does the value fit its type, would the object take it
 *   prepare   make the instance; or, where it is replaced, remove what the payload does not hold
 *   store     write
 *
 * No list of what the payload holds is kept: who wants to know goes through it once more (given).
 */
#include "lwm2m/model.h"

#include <string.h>

struct job {
    struct lp_object *o;
    struct lp_path path; /* as requested */
    uint8_t mode;
    uint8_t mask; /* of a resource's operations, which says whether it may be written */
    bool pending;
    struct lp_reader *r; /* NULL: no payload */
    int prepared;        /* the instance that was prepared last, or -1 */
    lp_told *told;
    void *ctx;
};

static void tell(const struct job *j, const struct lp_path *path)
{
    if (j->told) j->told(j->ctx, path);
}

static bool writable(const struct job *j, const struct lp_res *res)
{
    return (res->ops & j->mask) == (j->mask & LP_W);
}

/* ---- records ------------------------------------------------------------------------------------------------- */

/* A record's resource must be writable; its value becomes what the table says. An instance that has no resources is a
 * record too. */
static int look(const struct job *j, const struct lp_path *path, struct lp_value *v)
{
    if (path->res == LP_NONE) return path->inst == LP_NONE || v->type ? LP_ERR_VALUE : 0;
    const struct lp_res *res = lp_model_res(j->o, path->res);
    if (!res) return LP_ERR_NOT_FOUND;
    if (!writable(j, res)) return LP_ERR_METHOD;
    bool many = res->ops & LP_MULTIPLE;
    if (!v->type) return many ? 0 : LP_ERR_VALUE;
    if (many != (path->rinst != LP_NONE)) return LP_ERR_VALUE;
    return lp_value_as(v, (enum lp_type)res->type, j->r ? &j->r->scratch : NULL);
}

typedef int record_fn(struct job *, const struct lp_path *, const struct lp_value *);

static void restart(struct lp_reader *r, const struct lp_path *base)
{
    lp_reader_init(r, r->fmt, base, (struct lp_span){r->in.p, r->in.n}, r->scratch.buf,
                   r->scratch.cap);
}

static int each(struct job *j, record_fn *act)
{
    struct lp_record rec;
    int got;
    if (!j->r) return 0;
    restart(j->r, &j->path);
    while ((got = lp_reader_next(j->r, &rec)) > 0) {
        int err = look(j, &rec.path, &rec.value);
        if (!err) err = act(j, &rec.path, &rec.value);
        if (err) return err;
    }
    return got;
}

/* Does the payload hold something at or below this path? Keeps the reader's place. */
static bool given(struct job *j, const struct lp_path *at)
{
    struct lp_record rec;
    bool found = false;
    if (!j->r) return false;
    const struct lp_reader place = *j->r;
    restart(j->r, &j->path);
    while (!found && lp_reader_next(j->r, &rec) > 0) found = lp_path_covers(at, &rec.path);
    *j->r = place;
    return found;
}

/* ---- check --------------------------------------------------------------------------------------------------- */

static int check(struct job *j, const struct lp_path *path, const struct lp_value *v)
{
    if (!j->o->ops->create && !lp_model_has_inst(j->o, path->inst)) return LP_ERR_METHOD;
    if (!v->type) return 0;
    if (!j->o->ops->write) return LP_ERR_METHOD;
    return j->o->ops->check ? j->o->ops->check(j->o, path, v) : 0;
}

/* A new instance needs its mandatory resources. */
static int check_mandatory(struct job *j)
{
    struct lp_path at = j->path;
    for (unsigned i = 0; i < j->o->nres; i++) {
        const struct lp_res *res = &j->o->res[i];
        at.res = res->id;
        if (res->ops & LP_MANDATORY && writable(j, res) && !given(j, &at)) return LP_ERR_VALUE;
    }
    return 0;
}

/* ---- prepare ------------------------------------------------------------------------------------------------- */

/* Is what stands at this resource to go before the payload is written? */
static bool goes(struct job *j, const struct lp_res *res, const struct lp_path *at)
{
    if (!writable(j, res) || !lp_model_has_res(j->o, at)) return false;
    if (j->path.res != LP_NONE) return lp_path_equal(at, &j->path) && res->ops & LP_MULTIPLE;
    return given(j, at) ? res->ops & LP_MULTIPLE : !(res->ops & LP_MANDATORY);
}

static int clear(struct job *j, uint16_t inst)
{
    struct lp_path at = LP_PATH_INST(j->path.obj, inst);
    at.dev = j->path.dev;
    for (unsigned i = 0; i < j->o->nres; i++) {
        at.res = j->o->res[i].id;
        if (!goes(j, &j->o->res[i], &at)) continue;
        int err = j->o->ops->remove(j->o, &at);
        if (err < 0) return err;
        tell(j, &at);
    }
    return 0;
}

static int prepare(struct job *j, const struct lp_path *path, const struct lp_value *v)
{
    (void)v;
    if (j->prepared == path->inst) return 0;
    j->prepared = path->inst;
    if (!lp_model_has_inst(j->o, path->inst))
        return j->o->ops->create ? j->o->ops->create(j->o, path->inst) : LP_ERR_METHOD;
    if (j->mode == LP_WRITE_PARTIAL || !j->o->ops->remove) return 0;
    return clear(j, path->inst);
}

/* ---- store --------------------------------------------------------------------------------------------------- */

static int store(struct job *j, const struct lp_path *path, const struct lp_value *v)
{
    if (!v->type) return 0;
    int err = j->o->ops->write(j->o, path, v);
    if (err == LP_PENDING) {
        j->pending = true;
        return 0;
    }
    if (err < 0) return err;
    tell(j, path);
    return 0;
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

/* The id of a new instance: what the first record says, or the lowest free. A TLV payload may begin with the resources
 * of an instance without id, which can be read only once the id is known. */
static int choose_id(struct job *j)
{
    struct lp_record rec;
    int id = 0;
    if (j->r && lp_reader_next(j->r, &rec) > 0) {
        j->path.inst = rec.path.inst;
        return lp_model_has_inst(j->o, rec.path.inst) ? LP_ERR_VALUE : 0;
    }
    for (int at = -1; (at = lp_model_next_inst(j->o, at)) == id;) id++;
    if (id >= (int)LP_NONE) return LP_ERR_FULL;
    j->path.inst = (uint16_t)id;
    return 0;
}

int lp_model_write(struct lp_object *list, const struct lp_path *path, enum lp_write_mode mode,
                   struct lp_reader *r, uint16_t *created, lp_told *told, void *ctx)
{
    struct job j = {lp_model_object(list, path->dev, path->obj),
                    *path,
                    (uint8_t)mode,
                    mode == LP_WRITE_BOOTSTRAP ? LP_E : LP_W | LP_BS,
                    false,
                    r,
                    -1,
                    told,
                    ctx};
    int err;
    if (mode == LP_WRITE_CREATE) {
        err = choose_id(&j);
        if (!err) err = check_mandatory(&j);
        if (err) return err;
        if (created) *created = j.path.inst;
    } else if (mode != LP_WRITE_BOOTSTRAP && !lp_model_has_inst(j.o, path->inst)) {
        return LP_ERR_NOT_FOUND;
    }
    err = each(&j, check);
    if (!err && j.path.inst != LP_NONE) err = prepare(&j, &j.path, NULL);
    if (!err) err = each(&j, prepare);
    if (err) return err;
    err = each(&j, store);
    if (err && mode == LP_WRITE_CREATE && j.o->ops->remove) j.o->ops->remove(j.o, &j.path);
    return !err && j.pending ? LP_PENDING : err;
}

int lp_model_set(struct lp_object *list, const struct lp_path *path, const struct lp_value *value,
                 lp_told *told, void *ctx)
{
    struct job j = {.o = lp_model_object(list, path->dev, path->obj),
                    .path = *path,
                    .mode = LP_WRITE_BOOTSTRAP,
                    .mask = LP_E,
                    .told = told,
                    .ctx = ctx};
    struct lp_value v = *value;
    if (!j.o || path->res == LP_NONE || !lp_model_has_inst(j.o, path->inst))
        return LP_ERR_NOT_FOUND;
    int err = look(&j, path, &v);
    if (!err) err = check(&j, path, &v);
    if (!err) err = store(&j, path, &v);
    return !err && j.pending ? LP_PENDING : err;
}

int lp_model_remove(struct lp_object *o, const struct lp_path *path)
{
    if (!o->ops->remove) return LP_ERR_METHOD;
    int err = lp_model_exists(o, path);
    return err ? err : o->ops->remove(o, path);
}
