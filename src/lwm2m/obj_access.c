/* SPDX-License-Identifier: Apache-2.0
 *
 * obj_access.c - object 2 as data: what a bootstrap server writes is kept and shown.
 */
#include <string.h>

#include "lwm2m/internal.h"

enum { OBJECT = 0, INSTANCE, ACL, OWNER };
#define ENTRIES 3

static const struct lp_res table[] = {
    {OBJECT, LP_T_INT, LP_RW | LP_BS | LP_MANDATORY},
    {INSTANCE, LP_T_INT, LP_RW | LP_BS | LP_MANDATORY},
    {ACL, LP_T_INT, LP_RW | LP_MULTIPLE},
    {OWNER, LP_T_INT, LP_RW | LP_MANDATORY},
};

static struct lp_client *client(struct lp_object *o)
{
    return (struct lp_client *)(void *)((char *)o - offsetof(struct lp_client, access_obj));
}

static struct lp_access *row(struct lp_object *o, uint16_t iid)
{
    struct lp_client *c = client(o);
    for (struct lp_access *a = c->access; a < c->access + LP_MAX_ACCESS; a++)
        if (a->iid == iid) return a;
    return NULL;
}

static int next(struct lp_object *o, int after)
{
    const struct lp_client *c = client(o);
    int best = LP_NONE;
    for (int i = 0; i < LP_MAX_ACCESS; i++)
        if (c->access[i].iid > after && c->access[i].iid < best) best = c->access[i].iid;
    return best < (int)LP_NONE ? best : LP_ERR_NOT_FOUND;
}

/* The entry of the lowest short id that is not below ssid; NULL: none. */
static int entry(const struct lp_access *a, int ssid)
{
    int best = -1;
    for (int i = 0; i < ENTRIES; i++)
        if (a->acl[i].ssid != LP_NONE && a->acl[i].ssid >= ssid &&
            (best < 0 || a->acl[i].ssid < a->acl[best].ssid))
            best = i;
    return best;
}

static int has(struct lp_object *o, const struct lp_path *at)
{
    return at->res != ACL || entry(row(o, at->inst), 0) >= 0;
}

static int read(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    const struct lp_access *a = row(o, at->inst);
    switch (at->res) {
    case OBJECT: return lp_emit_int(e, a->obj);
    case INSTANCE: return lp_emit_int(e, a->inst);
    case OWNER: return lp_emit_int(e, a->owner);
    default: break;
    }
    for (int i = entry(a, 0); i >= 0; i = entry(a, a->acl[i].ssid + 1)) {
        lp_emit_at(e, a->acl[i].ssid);
        lp_emit_int(e, a->acl[i].rights);
    }
    return 0;
}

static int check(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    (void)o;
    int64_t most = at->res == ACL ? 0x1f : UINT16_MAX;
    return v->u.i >= 0 && v->u.i <= most ? 0 : LP_ERR_VALUE;
}

static int grant(struct lp_access *a, uint16_t ssid, uint16_t rights)
{
    int i = entry(a, ssid);
    if (i < 0 || a->acl[i].ssid != ssid)
        for (i = ENTRIES - 1; i >= 0 && a->acl[i].ssid != LP_NONE; i--) {
        }
    if (i < 0) return LP_ERR_FULL;
    a->acl[i].ssid = ssid;
    a->acl[i].rights = rights;
    return 0;
}

static int write(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    struct lp_access *a = row(o, at->inst);
    lp_accounts_changed(client(o), false);
    switch (at->res) {
    case OBJECT: a->obj = (uint16_t)v->u.i; return 0;
    case INSTANCE: a->inst = (uint16_t)v->u.i; return 0;
    case OWNER: a->owner = (uint16_t)v->u.i; return 0;
    default: return grant(a, at->rinst, (uint16_t)v->u.i);
    }
}

static void revoke(struct lp_access *a, uint16_t ssid)
{
    for (int i = 0; i < ENTRIES; i++)
        if (ssid == LP_NONE || a->acl[i].ssid == ssid) a->acl[i].ssid = LP_NONE;
}

static int create(struct lp_object *o, uint16_t inst)
{
    struct lp_access *a = row(o, LP_NONE);
    if (!a) return LP_ERR_FULL;
    a->iid = inst;
    a->obj = a->inst = a->owner = LP_NONE;
    revoke(a, LP_NONE);
    lp_accounts_changed(client(o), false);
    return 0;
}

static int remove(struct lp_object *o, const struct lp_path *at)
{
    struct lp_access *a = row(o, at->inst);
    if (at->res == LP_NONE)
        a->iid = LP_NONE;
    else if (at->res == ACL)
        revoke(a, at->rinst);
    lp_accounts_changed(client(o), false);
    return 0;
}

void lp_access_object(struct lp_client *c)
{
    static const struct lp_object_ops ops = {.next = next,
                                             .has = has,
                                             .read = read,
                                             .check = check,
                                             .write = write,
                                             .create = create,
                                             .remove = remove};
    c->access_obj.id = 2;
    c->access_obj.res = table;
    c->access_obj.nres = sizeof(table) / sizeof(*table);
    c->access_obj.ops = &ops;
}
