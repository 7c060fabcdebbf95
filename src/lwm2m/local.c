/* SPDX-License-Identifier: Apache-2.0
 *
 * local.c - the application's side of the data model: what it says has changed, answers that come later, and its own
 * view of the objects (limpet/client.h).
 */
#include "limpet/client.h"
#include "link/exchange.h"
#include "lwm2m/attrs.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"
#include "lwm2m/observe.h"
#include "lwm2m/ops.h"

/* ---- changes ------------------------------------------------------------------------------------------------- */

void lp_changed(struct lp_client *c, const struct lp_path *path)
{
    lp_observe_mark(c, path, false);
}

void lp_changed_instances(struct lp_client *c, uint16_t obj)
{
    lp_observe_mark(c, &LP_PATH_OBJ(obj), false);
    lp_register_touch(c);
}

void lp_removed(struct lp_client *c, const struct lp_path *path)
{
    lp_observe_mark(c, path, true);
    lp_attrs_forget(c, path);
    if (path->res == LP_NONE) lp_register_touch(c);
}

static void told(void *ctx, const struct lp_path *path)
{
    lp_changed(ctx, path);
}

/* ---- answers that come later --------------------------------------------------------------------------------- */

uint16_t lp_request_id(const struct lp_client *c)
{
    ((struct lp_client *)(uintptr_t)c)->later = &lp_later; /* who asks will complete it */
    return c->request_id;
}

void lp_request_begin(struct lp_client *c)
{
    if (!++c->request_id) c->request_id = 1;
}

int lp_complete(struct lp_client *c, uint16_t request_id, int err)
{
    for (unsigned i = 0; i < LP_MAX_PENDING; i++) {
        struct lp_pending *p = &c->pending[i];
        if (!request_id || p->id != request_id || p->ready) continue;
        p->ready = true;
        p->err = (int16_t)err;
        if (p->op == LP_OP_WRITE && !err) lp_changed(c, &p->path);
        if (p->op == LP_OP_DELETE && !err) lp_removed(c, &p->path);
        return 0;
    }
    return lp_observe_ready(c, request_id) ? 0 : LP_ERR_NOT_FOUND;
}

/* ---- its own view -------------------------------------------------------------------------------------------- */

int lp_client_get(struct lp_client *c, const struct lp_path *path, struct lp_value *v, void *buf,
                  size_t cap)
{
    lp_request_begin(c);
    return lp_model_value(c->objects, path, v, buf, cap);
}

int lp_client_set(struct lp_client *c, const struct lp_path *path, const struct lp_value *v)
{
    lp_request_begin(c);
    return lp_model_set(c->objects, path, v, told, c);
}

int lp_client_create(struct lp_client *c, uint16_t obj, uint16_t inst)
{
    struct lp_object *o = lp_model_object(c->objects, 0, obj);
    if (!o) return LP_ERR_NOT_FOUND;
    if (!o->ops->create) return LP_ERR_METHOD;
    if (inst == LP_NONE || lp_model_has_inst(o, inst)) return LP_ERR_VALUE;
    int err = o->ops->create(o, inst);
    if (err >= 0) lp_changed_instances(c, obj);
    return err;
}

int lp_client_delete(struct lp_client *c, const struct lp_path *path)
{
    struct lp_object *o = lp_model_object(c->objects, path->dev, path->obj);
    if (!o) return LP_ERR_NOT_FOUND;
    if (path->inst == LP_NONE) return LP_ERR_METHOD; /* lp_client_remove */
    int err = lp_model_remove(o, path);
    if (err >= 0) lp_removed(c, path);
    return err;
}
