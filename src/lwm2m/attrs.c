/* SPDX-License-Identifier: Apache-2.0
 *
 * attrs.c - attributes: see attrs.h. One record in the store holds all of them (LP_KV_ATTRS), big-endian:
 *
 *      | 1 version | row ... |
 *      row:  device 2 | object 2 | instance 2 | resource 2 | resource instance 2 | ssid 2 | set 1 |
 *            8 for each bit of set, lowest first:  pmin, pmax, epmin, epmax (seconds) | gt, lt, st (binary64)
 *
 * Ids that are not given are 0xffff. A record that is not whole, or of another version, counts as empty.
 */
#include "lwm2m/attrs.h"
#include "bytes/num.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"

#include <string.h>

#define VERSION   1
#define IDS       6 /* path and ssid, as numbers of 16 bits */
#define ROW_BYTES (2 * IDS + 1 + 8 * LP_ATTRS)
_Static_assert(1 + LP_MAX_ATTRIBUTES * ROW_BYTES <= LP_MAX_RECORD,
               "LP_MAX_RECORD: too small for LP_MAX_ATTRIBUTES");

_Static_assert(offsetof(struct lp_attrs, ssid) == 10 && sizeof(struct lp_path) == 10,
               "path and ssid are six numbers in a row");

static const char names[LP_ATTRS][6] = {"pmin", "pmax", "epmin", "epmax", "gt", "lt", "st"};

/* ---- rows ---------------------------------------------------------------------------------------------------- */

static const struct lp_attrs *find(const struct lp_client *c, uint16_t ssid,
                                   const struct lp_path *path)
{
    for (unsigned i = 0; i < LP_MAX_ATTRIBUTES; i++)
        if (c->attrs[i].path.obj != LP_NONE && c->attrs[i].ssid == ssid &&
            lp_path_equal(&c->attrs[i].path, path))
            return &c->attrs[i];
    return NULL;
}

struct lp_attrs lp_attrs_at(const struct lp_client *c, uint16_t ssid, const struct lp_path *path,
                            bool inherited)
{
    struct lp_attrs a;
    memset(&a, 0, sizeof a);
    a.path = *path;
    a.ssid = ssid;
    for (enum lp_level level = lp_path_level(path); level > LP_LEVEL_ROOT; level--) {
        const struct lp_path above = lp_path_cut(path, level);
        const struct lp_attrs *row = find(c, ssid, &above);
        for (unsigned i = 0; row && i < LP_ATTRS; i++)
            if (row->set & ~a.set & LP_BIT(i)) a.value[i] = row->value[i];
        if (row) a.set |= row->set;
        if (!inherited) break;
    }
    return a;
}

struct lp_attrs lp_attrs_effective(struct lp_client *c, uint16_t ssid, const struct lp_path *path)
{
    struct lp_attrs a = lp_attrs_at(c, ssid, path, true);
    const struct lp_server *s = lp_accounts_server(c, ssid);
    if (s && !(a.set & LP_BIT(LP_PMIN))) a.value[LP_PMIN].n = s->pmin_s;
    if (s && !(a.set & LP_BIT(LP_PMAX))) a.value[LP_PMAX].n = s->pmax_s;
    if (a.value[LP_PMAX].n < a.value[LP_PMIN].n) a.value[LP_PMAX].n = 0;
    return a;
}

/* ---- the store ----------------------------------------------------------------------------------------------- */

static void put_row(struct lp_out *o, const struct lp_attrs *a)
{
    uint16_t ids[IDS];
    memcpy(ids, a, sizeof ids);
    for (unsigned i = 0; i < IDS; i++) lp_out_be(o, ids[i], 2);
    lp_out_u8(o, a->set);
    for (unsigned i = 0; i < LP_ATTRS; i++)
        if (a->set & LP_BIT(i)) lp_out_be(o, a->value[i].n, 8);
}

static int save(const struct lp_client *c)
{
    uint8_t record[1 + LP_MAX_ATTRIBUTES * ROW_BYTES];
    struct lp_out o;
    if (!c->config.kv) return 0;
    lp_out_init(&o, record, sizeof record);
    lp_out_u8(&o, VERSION);
    for (unsigned i = 0; i < LP_MAX_ATTRIBUTES; i++)
        if (c->attrs[i].path.obj != LP_NONE) put_row(&o, &c->attrs[i]);
    return c->config.kv->put(c->config.kv, LP_KV_ATTRS, record, lp_out_len(&o)) ? LP_ERR_STORE : 0;
}

/* False: not a row. */
static bool get_row(struct lp_in *in, struct lp_attrs *a)
{
    uint16_t ids[IDS];
    for (unsigned i = 0; i < IDS; i++) ids[i] = (uint16_t)lp_in_be(in, 2);
    memcpy(a, ids, sizeof ids);
    const struct lp_path whole = lp_path_cut(&a->path, lp_path_level(&a->path));
    a->set = lp_in_u8(in);
    bool good =
        a->path.obj != LP_NONE && lp_path_equal(&whole, &a->path) && a->set < LP_BIT(LP_ATTRS);
    for (unsigned i = 0; i < LP_ATTRS; i++) {
        if (!(a->set & LP_BIT(i))) continue;
        a->value[i].n = lp_in_be(in, 8);
        good = good && (i < LP_GT ? a->value[i].n <= UINT32_MAX : lp_float_finite(a->value[i].f));
    }
    return good && !in->err;
}

static void free_all(struct lp_client *c)
{
    for (unsigned i = 0; i < LP_MAX_ATTRIBUTES; i++) c->attrs[i].path.obj = LP_NONE;
}

int lp_attrs_load(struct lp_client *c)
{
    uint8_t record[1 + LP_MAX_ATTRIBUTES * ROW_BYTES];
    struct lp_in in;
    free_all(c);
    int n = c->config.kv ? c->config.kv->get(c->config.kv, LP_KV_ATTRS, record, sizeof record)
                         : LP_ERR_NOT_FOUND;
    if (n < 0) return n == LP_ERR_NOT_FOUND ? 0 : LP_ERR_STORE;
    if ((size_t)n > sizeof record) return 0;
    lp_in_init(&in, record, (size_t)n);
    bool good = lp_in_u8(&in) == VERSION;
    for (unsigned i = 0; good && i < LP_MAX_ATTRIBUTES && lp_in_left(&in); i++)
        good = get_row(&in, &c->attrs[i]);
    if (!good || lp_in_left(&in)) free_all(c);
    return 0;
}

/* ---- Write-Attributes ---------------------------------------------------------------------------------------- */

/* One query, "pmin=10" or "pmin". */
static int take_query(struct lp_attrs *a, struct lp_span s)
{
    const char *text = s.p, *eq = s.n ? memchr(text, '=', s.n) : NULL;
    struct lp_span name = {text, eq ? (size_t)(eq - text) : s.n};
    unsigned i = 0;
    while (i < LP_ATTRS && !lp_span_is(name, names[i])) i++;
    if (i == LP_ATTRS) return LP_ERR_VALUE;
    a->set &= (uint8_t)~LP_BIT(i);
    if (!eq) return 0;
    a->set |= (uint8_t)LP_BIT(i);
    struct lp_span value = {eq + 1, s.n - name.n - 1};
    if (i >= LP_GT) return lp_get_float(value, &a->value[i].f);
    return lp_get_uint(value, &a->value[i].n) || a->value[i].n > UINT32_MAX ? LP_ERR_VALUE : 0;
}

/* Core 1.1 table 5.1.2: thresholds belong to numbers; lt below gt, with room for two steps between them. */
static int check(const struct lp_client *c, const struct lp_attrs *a)
{
    const struct lp_object *o = lp_model_object(c->objects, a->path.dev, a->path.obj);
    const struct lp_res *res = lp_model_res(o, a->path.res);
    if (!(a->set & LP_THRESHOLDS)) return 0;
    if (!res || !(1u << res->type &
                  (1u << LP_T_INT | 1u << LP_T_UINT | 1u << LP_T_FLOAT | 1u << LP_T_TIME)))
        return LP_ERR_VALUE;
    double gap, step = a->set & LP_BIT(LP_ST) ? a->value[LP_ST].f : 0;
    if (lp_float_less(step, 0)) return LP_ERR_VALUE;
    if (~a->set & (LP_BIT(LP_GT) | LP_BIT(LP_LT))) return 0;
    if (lp_float_add(&gap, a->value[LP_GT].f, -a->value[LP_LT].f) || lp_float_add(&gap, gap, -step))
        return LP_ERR_VALUE;
    return lp_float_less(step, gap) ? 0 : LP_ERR_VALUE;
}

static int replace(struct lp_client *c, const struct lp_attrs *a)
{
    struct lp_attrs *row = (struct lp_attrs *)(uintptr_t)find(c, a->ssid, &a->path);
    for (unsigned i = 0; !row && i < LP_MAX_ATTRIBUTES; i++)
        if (c->attrs[i].path.obj == LP_NONE) row = &c->attrs[i];
    if (!row) return LP_ERR_FULL;
    const struct lp_attrs old = *row;
    *row = *a;
    if (!a->set) row->path.obj = LP_NONE;
    int err = save(c);
    if (err) *row = old;
    return err;
}

int lp_attrs_write(struct lp_client *c, uint16_t ssid, const struct lp_path *path,
                   const struct lp_coap *req)
{
    struct lp_attrs a = lp_attrs_at(c, ssid, path, false);
    struct lp_option_iter at = {0, 0};
    struct lp_option o;
    int err = 0;
    while (!err && lp_coap_next(req, &at, &o))
        if (o.number == LP_OPT_URI_QUERY) err = take_query(&a, o.value);
    if (!err) err = check(c, &a);
    return err ? err : replace(c, &a);
}

void lp_attrs_forget(struct lp_client *c, const struct lp_path *path)
{
    bool any = false;
    for (unsigned i = 0; i < LP_MAX_ATTRIBUTES; i++) {
        struct lp_attrs *a = &c->attrs[i];
        if (a->path.obj == LP_NONE || !lp_path_covers(path, &a->path)) continue;
        a->path.obj = LP_NONE;
        any = true;
    }
    if (any)
        save(c); /* if that fails they come back after a reboot, for a path that is not there */
}

/* ---- Discover ------------------------------------------------------------------------------------------------ */

void lp_attrs_link(const struct lp_attrs *a, struct lp_link_out *links)
{
    for (unsigned i = 0; i < LP_ATTRS; i++) {
        if (!(a->set & LP_BIT(i))) continue;
        if (i < LP_GT)
            lp_link_attr_int(links, names[i], (int64_t)a->value[i].n);
        else
            lp_link_attr_float(links, names[i], a->value[i].f);
    }
}
