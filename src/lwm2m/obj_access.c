/* SPDX-License-Identifier: Apache-2.0
 *
 * obj_access.c - object 2 as data: what a bootstrap server writes is kept and shown. Resource 2 has an instance for
 * each short id, in three places of the row.
 */
#include "lwm2m/internal.h"

enum { OBJECT = 0, INSTANCE, ACL, OWNER };
#define ENTRIES 3

static const struct lp_res table[] = {
    {OBJECT, LP_T_INT, LP_RW | LP_BS | LP_MANDATORY},
    {INSTANCE, LP_T_INT, LP_RW | LP_BS | LP_MANDATORY},
    {ACL, LP_T_INT, LP_RW | LP_MULTIPLE},
    {OWNER, LP_T_INT, LP_RW | LP_MANDATORY},
};

static struct lp_access *row(struct lp_object *o, unsigned inst)
{
    return lp_row(lp_row_client(o), LP_ROWS_ACCESS, inst);
}

/* The entry of the lowest short id that is not below ssid; -1: none. */
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
    if (at->res != ACL) return lp_row_read(o, at, e);
    for (int i = entry(a, 0); i >= 0; i = entry(a, a->acl[i].ssid + 1)) {
        lp_emit_at(e, a->acl[i].ssid);
        lp_emit_int(e, a->acl[i].rights);
    }
    return 0;
}

static int check(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    if (at->res == ACL) return v->u.i >= 0 && v->u.i <= 0x1f ? 0 : LP_ERR_VALUE;
    return lp_row_check(o, at, v);
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
    if (at->res != ACL) return lp_row_write(o, at, v);
    lp_accounts_changed(lp_row_client(o), false);
    return grant(row(o, at->inst), at->rinst, (uint16_t)v->u.i);
}

static void revoke(struct lp_access *a, uint16_t ssid)
{
    for (int i = 0; i < ENTRIES; i++)
        if (ssid == LP_NONE || a->acl[i].ssid == ssid) a->acl[i].ssid = LP_NONE;
}

static int create(struct lp_object *o, uint16_t inst)
{
    int err = lp_row_create(o, inst);
    if (err == 0) revoke(row(o, inst), LP_NONE);
    return err;
}

static int remove(struct lp_object *o, const struct lp_path *at)
{
    if (at->res == ACL) revoke(row(o, at->inst), at->rinst);
    return lp_row_remove(o, at);
}

void lp_access_object(struct lp_object *o)
{
    static const struct lp_object_ops ops = {.next = lp_row_next,
                                             .has = has,
                                             .read = read,
                                             .check = check,
                                             .write = write,
                                             .create = create,
                                             .remove = remove};
    *o = (struct lp_object){.id = 2,
                            .res = table,
                            .nres = sizeof(table) / sizeof(*table),
                            .ops = &ops,
                            .next_ = o->next_};
}
