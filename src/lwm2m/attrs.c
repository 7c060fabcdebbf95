/* SPDX-License-Identifier: Apache-2.0
 *
 * attrs.c - attributes: see attrs.h. They are kept as the record that the store holds (LP_KV_ATTRS), in RAM too: a path
 * costs what its attributes need, and loading and saving are one call each. Numbers are in the processor's byte order.
 *
 *      | 2 version | row ... |
 *      row:  device 2 | object 2 | instance 2 | resource 2 | resource instance 2 | ssid 2 | set 1 |
 *            for each bit of set, lowest first:  pmin, pmax, epmin, epmax (seconds) 4 | gt, lt, st (binary64) 8
 *
 * Ids that are not given are 0xffff. A record that is not whole, or of another version, counts as empty.
 */
#include "lwm2m/attrs.h"
#include "bytes/num.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"

#include <string.h>

#define VERSION 2
_Static_assert(sizeof((struct lp_client *)0)->attrs <= LP_MAX_RECORD,
               "LP_MAX_RECORD: too small for LP_MAX_ATTRIBUTES");

/* What a row begins with, as a struct lp_attrs does: path and ssid, by which it is known, and set. */
#define KEY  12
#define HEAD 13
_Static_assert(offsetof(struct lp_attrs, ssid) == KEY - 2 && offsetof(struct lp_attrs, set) == KEY,
               "a row's head has no gaps");

static const char names[LP_ATTRS][6] = {"pmin", "pmax", "epmin", "epmax", "gt", "lt", "st"};

/* ---- rows ---------------------------------------------------------------------------------------------------- */

static unsigned width(unsigned attr)
{
    return attr < LP_GT ? 4 : 8;
}

static void put_row(struct lp_out *o, const struct lp_attrs *a)
{
    lp_out_put(o, a, HEAD);
    for (unsigned i = 0; i < LP_ATTRS; i++)
        if (a->set & LP_BIT(i)) lp_out_put(o, &a->value[i], width(i));
}

/* The head of the next row. False: there is none, or it is none (in->err). */
static bool get_head(struct lp_in *in, struct lp_attrs *a)
{
    const uint8_t *p = lp_in_left(in) ? lp_in_take(in, HEAD) : NULL;
    if (!p) return false;
    memcpy(a, p, HEAD);
    if (a->set >> LP_ATTRS) in->err = LP_ERR_FORMAT;
    return !in->err;
}

/* The values that belong to that head. */
static void get_values(struct lp_in *in, unsigned set, struct lp_attrs *a)
{
    for (unsigned i = 0; i < LP_ATTRS; i++) {
        const uint8_t *p = set & LP_BIT(i) ? lp_in_take(in, width(i)) : NULL;
        if (!p) continue;
        memcpy(&a->value[i], p, width(i));
        if (width(i) == 8 && !lp_float_finite(a->value[i].f)) in->err = LP_ERR_FORMAT;
    }
}

static void rows(const struct lp_client *c, struct lp_in *in)
{
    lp_in_init(in, c->attrs, c->attrs_n);
    if (lp_in_u8(in) != VERSION) in->err = LP_ERR_FORMAT;
}

struct lp_attrs lp_attrs_at(const struct lp_client *c, uint16_t ssid, const struct lp_path *path,
                            bool inherited)
{
    struct lp_attrs a, row;
    struct lp_in in;
    enum lp_level own = lp_path_level(path), level = inherited ? LP_LEVEL_OBJECT : own;
    memset(&a, 0, sizeof a);
    a.path = *path;
    a.ssid = ssid;
    for (; level <= own; level++) /* what is set deeper counts */
        for (rows(c, &in); get_head(&in, &row);) {
            bool counts = row.ssid == ssid && lp_path_level(&row.path) == level &&
                          lp_path_covers(&row.path, path);
            if (counts) a.set |= row.set;
            get_values(&in, row.set, counts ? &a : &row);
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

int lp_attrs_load(struct lp_client *c)
{
    struct lp_attrs row;
    struct lp_in in;
    int n = 0;
    if (c->config.kv) n = c->config.kv->get(c->config.kv, LP_KV_ATTRS, c->attrs, sizeof c->attrs);
    c->attrs_n = n < 0 || n > (int)sizeof c->attrs ? 0 : (uint16_t)n;
    for (rows(c, &in); get_head(&in, &row);) get_values(&in, row.set, &row);
    if (in.err) c->attrs_n = 0;
    return n < 0 && n != LP_ERR_NOT_FOUND ? LP_ERR_STORE : 0;
}

/* Without the row of a, or (ssid 0) all at its path and below; then a itself, if it sets something. */
static int replace(struct lp_client *c, const struct lp_attrs *a)
{
    uint8_t record[sizeof c->attrs];
    struct lp_attrs row;
    struct lp_out o;
    struct lp_in in;
    lp_out_init(&o, record, sizeof record);
    lp_out_u8(&o, VERSION);
    for (rows(c, &in); get_head(&in, &row);) {
        get_values(&in, row.set, &row);
        if (a->ssid ? memcmp(a, &row, KEY) != 0 : !lp_path_covers(&a->path, &row.path))
            put_row(&o, &row);
    }
    if (a->set) put_row(&o, a);
    int n = lp_out_end(&o), err = 0;
    if (n < 0) return LP_ERR_FULL;
    if (!a->ssid && n >= c->attrs_n) return 0; /* nothing of it was there */
    if (c->config.kv && c->config.kv->put(c->config.kv, LP_KV_ATTRS, record, (size_t)n))
        err = LP_ERR_STORE;
    if (err && a->ssid) return err;
    memcpy(c->attrs, record, (size_t)n);
    c->attrs_n = (uint16_t)n;
    return err;
}

/* If the store fails they come back after a reboot, for a path that is not there. */
void lp_attrs_forget(struct lp_client *c, const struct lp_path *path)
{
    const struct lp_attrs all = {.path = *path};
    replace(c, &all);
}

/* ---- Write-Attributes ---------------------------------------------------------------------------------------- */

/* One query, "pmin=10" or "pmin". */
static int take_query(struct lp_attrs *a, struct lp_span s)
{
    const char *text = s.p;
    struct lp_span name = {text, 0};
    uint64_t seconds;
    unsigned i = 0;
    while (name.n < s.n && text[name.n] != '=') name.n++;
    while (!lp_span_is(name, names[i]))
        if (++i == LP_ATTRS) return LP_ERR_VALUE;
    a->set &= (uint8_t)~LP_BIT(i);
    if (name.n == s.n) return 0;
    a->set |= (uint8_t)LP_BIT(i);
    struct lp_span value = {text + name.n + 1, s.n - name.n - 1};
    if (i >= LP_GT) return lp_get_float(value, &a->value[i].f);
    if (lp_get_uint(value, &seconds) || seconds > UINT32_MAX) return LP_ERR_VALUE;
    a->value[i].n = (uint32_t)seconds;
    return 0;
}

/* Core 1.1 table 5.1.2: thresholds belong to numbers; lt below gt, with room for two steps between them. */
static int check(const struct lp_client *c, const struct lp_attrs *a)
{
    const struct lp_object *o = lp_model_object(c->objects, a->path.dev, a->path.obj);
    const struct lp_res *res = lp_model_res(o, a->path.res);
    double step = a->set & LP_BIT(LP_ST) ? a->value[LP_ST].f : 0, least;
    if (!(a->set & LP_THRESHOLDS)) return 0;
    if (!res || !(1u << res->type &
                  (1u << LP_T_INT | 1u << LP_T_UINT | 1u << LP_T_FLOAT | 1u << LP_T_TIME)))
        return LP_ERR_VALUE;
    if (lp_float_less(step, 0)) return LP_ERR_VALUE;
    if (~a->set & (LP_BIT(LP_GT) | LP_BIT(LP_LT))) return 0;
    if (lp_float_add(&least, step, step) || lp_float_add(&least, least, a->value[LP_LT].f) ||
        !lp_float_less(least, a->value[LP_GT].f))
        return LP_ERR_VALUE;
    return 0;
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

/* ---- Discover ------------------------------------------------------------------------------------------------ */

void lp_attrs_link(const struct lp_attrs *a, struct lp_link_out *links)
{
    for (unsigned i = 0; i < LP_ATTRS; i++) {
        if (!(a->set & LP_BIT(i))) continue;
        if (i < LP_GT)
            lp_link_attr_int(links, names[i], a->value[i].n);
        else
            lp_link_attr_float(links, names[i], a->value[i].f);
    }
}
