/* SPDX-License-Identifier: Apache-2.0
 *
 * discover.c - Discover (core 1.1 6.3.2): what was asked for and all below it, as links.
 *
 *      /3       </3>;ver=1.1;pmin=10,</3/0>;pmax=60,</3/0/1>,</3/0/7>;dim=2;gt=50
 *      /3/0     </3/0>;pmax=60,</3/0/1>,</3/0/7>;dim=2;gt=50
 *      /3/0/7   </3/0/7>;dim=2;pmin=10;pmax=60;gt=50,</3/0/7/0>,</3/0/7/1>
 *
 * A link has the attributes of its own path; a resource that was asked for also those it inherits.
 */
#include "lwm2m/ops.h"
#include "lwm2m/attrs.h"
#include "lwm2m/model.h"

struct discover {
    const struct lp_client *c;
    uint16_t ssid;
    struct lp_object *o;
    struct lp_path at;
    struct lp_link_out links;
};

/* The link of d->at. inherited: its attributes are those that count for it, not only its own. */
static void put(struct discover *d, bool inherited)
{
    const struct lp_res *res = lp_model_res(d->o, d->at.res);
    struct lp_attrs a = lp_attrs_at(d->c, d->ssid, &d->at, inherited);
    uint32_t n;
    lp_model_link(&d->links, &d->at, d->at.inst == LP_NONE ? d->o->version : NULL);
    if (res && res->ops & LP_MULTIPLE && d->at.rinst == LP_NONE) {
        lp_model_next_rinst(d->o, &d->at, -1, &n);
        lp_link_attr_int(&d->links, "dim", n);
    }
    lp_attrs_link(&a, &d->links);
}

static void put_instance(struct discover *d)
{
    d->at.res = LP_NONE;
    put(d, false);
    for (unsigned i = 0; i < d->o->nres; i++) {
        d->at.res = d->o->res[i].id;
        if (lp_model_has_res(d->o, &d->at)) put(d, false);
    }
}

static void put_object(struct discover *d)
{
    put(d, false);
    for (int inst = -1; (inst = lp_model_next_inst(d->o, inst)) >= 0;) {
        d->at.inst = (uint16_t)inst;
        put_instance(d);
    }
}

static void put_resource(struct discover *d)
{
    put(d, true);
    for (int rinst = -1; (rinst = lp_model_next_rinst(d->o, &d->at, rinst, NULL)) >= 0;) {
        d->at.rinst = (uint16_t)rinst;
        put(d, false);
    }
}

int lp_discover(struct lp_client *c, uint16_t ssid, const struct lp_path *path, struct lp_out *out)
{
    struct discover d = {
        c, ssid, lp_model_object(c->objects, path->dev, path->obj), *path, {out, 0}};
    if (path->inst == LP_NONE)
        put_object(&d);
    else if (path->res == LP_NONE)
        put_instance(&d);
    else
        put_resource(&d);
    return out->err;
}
