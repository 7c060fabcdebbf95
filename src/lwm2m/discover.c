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

#include <string.h>

struct discover {
    const struct lp_client *c;
    uint16_t ssid;
    struct lp_object *o;
    struct lp_link_out links;
};

static void put_attrs(struct discover *d, const struct lp_path *at, bool inherited)
{
    struct lp_attrs a = lp_attrs_at(d->c, d->ssid, at, inherited);
    lp_attrs_link(&a, &d->links);
}

static void put_resource(struct discover *d, const struct lp_path *at, bool asked)
{
    struct lp_path below = *at;
    uint32_t n;
    int rinst = lp_model_next_rinst(d->o, at, -1, &n);
    bool many = lp_model_res(d->o, at->res)->ops & LP_MULTIPLE;
    lp_link_path(&d->links, at);
    if (many) lp_link_attr_int(&d->links, "dim", n);
    put_attrs(d, at, asked);
    for (; asked && rinst >= 0; rinst = lp_model_next_rinst(d->o, at, rinst, NULL)) {
        below.rinst = (uint16_t)rinst;
        lp_link_path(&d->links, &below);
        put_attrs(d, &below, false);
    }
}

static void put_instance(struct discover *d, struct lp_path at)
{
    lp_link_path(&d->links, &at);
    put_attrs(d, &at, false);
    for (unsigned i = 0; i < d->o->nres; i++) {
        at.res = d->o->res[i].id;
        if (lp_model_has_res(d->o, &at)) put_resource(d, &at, false);
    }
}

static void put_object(struct discover *d, struct lp_path at)
{
    const char *version = d->o->version;
    lp_link_path(&d->links, &at);
    if (version) lp_link_attr(&d->links, "ver", (struct lp_span){version, strlen(version)});
    put_attrs(d, &at, false);
    for (int inst = -1; (inst = lp_model_next_inst(d->o, inst)) >= 0;) {
        at.inst = (uint16_t)inst;
        put_instance(d, at);
    }
}

int lp_discover(struct lp_client *c, uint16_t ssid, const struct lp_path *path, struct lp_out *out)
{
    struct discover d = {c, ssid, lp_model_object(c->objects, path->dev, path->obj), {out, 0}};
    if (path->inst == LP_NONE)
        put_object(&d, *path);
    else if (path->res == LP_NONE)
        put_instance(&d, *path);
    else
        put_resource(&d, path, true);
    return out->err;
}
