/* SPDX-License-Identifier: Apache-2.0
 *
 * attrs.c - attributes: see attrs.h. One record in the store holds all of them (LP_KV_ATTRS), big-endian:
 *
 *      | 1 version | row ... |
 *      row:  ssid 2 | object 2 | instance 2 | resource 2 | resource instance 2 | set 1 |
 *            for each bit of set, lowest first:  pmin, pmax, epmin, epmax 4 each (seconds) | gt, lt, st 8 each (binary64)
 *
 * Ids that are not given are 0xffff. A record that is not whole, or of another version, counts as empty.
 */
#include "lwm2m/attrs.h"
#include "bytes/num.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"

#include <string.h>

#define VERSION    1
#define PERIODS    4 /* of the attributes, the first four */
#define ATTRIBUTES 7
#define ROW_BYTES  (11 + 4 * PERIODS + 8 * (ATTRIBUTES - PERIODS))
_Static_assert(1 + LP_MAX_ATTRIBUTES * ROW_BYTES <= LP_MAX_RECORD, "LP_MAX_RECORD: too small for LP_MAX_ATTRIBUTES");

static const char names[ATTRIBUTES][6] = {"pmin", "pmax", "epmin", "epmax", "gt", "lt", "st"};

/* ---- rows ---------------------------------------------------------------------------------------------------- */

static const struct lp_attrs *find(const struct lp_client *c, uint16_t ssid, const struct lp_path *path)
{
    for (unsigned i = 0; i < LP_MAX_ATTRIBUTES; i++)
        if (c->attrs[i].path.obj != LP_NONE && c->attrs[i].ssid == ssid && lp_path_equal(&c->attrs[i].path, path))
            return &c->attrs[i];
    return NULL;
}

static void set(struct lp_attrs *to, const struct lp_attrs *from, unsigned which)
{
    if (which < PERIODS)
        to->period_s[which] = from->period_s[which];
    else
        to->threshold[which - PERIODS] = from->threshold[which - PERIODS];
    to->set |= (uint8_t)(1u << which);
}

struct lp_attrs lp_attrs_at(const struct lp_client *c, uint16_t ssid, const struct lp_path *path, bool inherited)
{
    struct lp_attrs a;
    memset(&a, 0, sizeof a);
    a.path = *path;
    a.ssid = ssid;
    for (enum lp_level level = lp_path_level(path); level > LP_LEVEL_ROOT; level--) {
        const struct lp_path above = lp_path_cut(path, level);
        const struct lp_attrs *row = find(c, ssid, &above);
        for (unsigned i = 0; row && i < ATTRIBUTES; i++)
            if (row->set & ~a.set & 1u << i) set(&a, row, i);
        if (!inherited) break;
    }
    return a;
}

struct lp_attrs lp_attrs_effective(struct lp_client *c, uint16_t ssid, const struct lp_path *path)
{
    struct lp_attrs a = lp_attrs_at(c, ssid, path, true);
    const struct lp_server *s = lp_accounts_server(c, ssid);
    if (!(a.set & LP_ATTR_PMIN)) a.period_s[0] = s ? s->pmin_s : 0;
    if (!(a.set & LP_ATTR_PMAX)) a.period_s[1] = s ? s->pmax_s : 0;
    a.set |= LP_ATTR_PMIN | LP_ATTR_PMAX;
    if (!a.period_s[1] || a.period_s[1] < a.period_s[0]) a.set &= (uint8_t)~LP_ATTR_PMAX;
    return a;
}

/* ---- the store ----------------------------------------------------------------------------------------------- */

static void put_row(struct lp_out *o, const struct lp_attrs *a)
{
    const uint16_t head[] = {a->ssid, a->path.obj, a->path.inst, a->path.res, a->path.rinst};
    for (unsigned i = 0; i < 5; i++) lp_out_be(o, head[i], 2);
    lp_out_u8(o, a->set);
    for (unsigned i = 0; i < ATTRIBUTES; i++) {
        uint64_t bits;
        if (!(a->set & 1u << i)) continue;
        if (i < PERIODS) {
            lp_out_be(o, a->period_s[i], 4);
        } else {
            memcpy(&bits, &a->threshold[i - PERIODS], sizeof bits);
            lp_out_be(o, bits, 8);
        }
    }
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
    uint16_t head[5];
    for (unsigned i = 0; i < 5; i++) head[i] = (uint16_t)lp_in_be(in, 2);
    *a = (struct lp_attrs){.ssid = head[0], .path = LP_PATH(head[1], head[2], head[3], head[4])};
    const struct lp_path whole = lp_path_cut(&a->path, lp_path_level(&a->path));
    a->set = lp_in_u8(in);
    bool good = a->path.obj != LP_NONE && lp_path_equal(&whole, &a->path) && a->set < 1u << ATTRIBUTES;
    for (unsigned i = 0; i < ATTRIBUTES; i++) {
        if (!(a->set & 1u << i)) continue;
        uint64_t bits = lp_in_be(in, i < PERIODS ? 4 : 8);
        if (i < PERIODS) {
            a->period_s[i] = (uint32_t)bits;
        } else {
            memcpy(&a->threshold[i - PERIODS], &bits, sizeof bits);
            good = good && lp_float_finite(a->threshold[i - PERIODS]);
        }
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
    int n = c->config.kv ? c->config.kv->get(c->config.kv, LP_KV_ATTRS, record, sizeof record) : LP_ERR_NOT_FOUND;
    if (n < 0) return n == LP_ERR_NOT_FOUND ? 0 : LP_ERR_STORE;
    if ((size_t)n > sizeof record) return 0;
    lp_in_init(&in, record, (size_t)n);
    bool good = lp_in_u8(&in) == VERSION;
    for (unsigned i = 0; good && i < LP_MAX_ATTRIBUTES && lp_in_left(&in); i++) good = get_row(&in, &c->attrs[i]);
    if (!good || lp_in_left(&in)) free_all(c);
    return 0;
}

/* ---- Write-Attributes ---------------------------------------------------------------------------------------- */

/* One query, "pmin=10" or "pmin". */
static int take_query(struct lp_attrs *a, struct lp_span s)
{
    const char *text = s.p, *eq = s.n ? memchr(text, '=', s.n) : NULL;
    struct lp_span name = {text, eq ? (size_t)(eq - text) : s.n};
    struct lp_attrs new;
    uint64_t seconds;
    unsigned i = 0;
    while (i < ATTRIBUTES && !lp_span_is(name, names[i])) i++;
    if (i == ATTRIBUTES) return LP_ERR_VALUE;
    if (!eq) {
        a->set &= (uint8_t) ~(1u << i);
        return 0;
    }
    struct lp_span value = {eq + 1, s.n - name.n - 1};
    if (i >= PERIODS) {
        if (lp_get_float(value, &new.threshold[i - PERIODS])) return LP_ERR_VALUE;
    } else {
        if (lp_get_uint(value, &seconds) || seconds > UINT32_MAX) return LP_ERR_VALUE;
        new.period_s[i] = (uint32_t)seconds;
    }
    set(a, &new, i);
    return 0;
}

/* Core 1.1 table 5.1.2: thresholds belong to numbers; lt below gt, with room for two steps between them. */
static int check(const struct lp_client *c, const struct lp_attrs *a)
{
    const struct lp_object *o = lp_model_object(c->objects, a->path.dev, a->path.obj);
    const struct lp_res *res = lp_model_res(o, a->path.res);
    if (!(a->set & LP_ATTR_THRESHOLDS)) return 0;
    if (!res || (res->type != LP_T_INT && res->type != LP_T_UINT && res->type != LP_T_FLOAT && res->type != LP_T_TIME))
        return LP_ERR_VALUE;
    double gap, step = a->set & LP_ATTR_ST ? a->threshold[2] : 0;
    if (lp_float_less(step, 0)) return LP_ERR_VALUE;
    if ((a->set & (LP_ATTR_GT | LP_ATTR_LT)) != (LP_ATTR_GT | LP_ATTR_LT)) return 0;
    if (lp_float_add(&gap, a->threshold[0], -a->threshold[1]) || lp_float_add(&gap, gap, -step)) return LP_ERR_VALUE;
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

int lp_attrs_write(struct lp_client *c, uint16_t ssid, const struct lp_path *path, const struct lp_coap *req)
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
    if (any) save(c); /* if that fails they come back after a reboot, for a path that is not there */
}

/* ---- Discover ------------------------------------------------------------------------------------------------ */

void lp_attrs_link(const struct lp_attrs *a, struct lp_link_out *links)
{
    for (unsigned i = 0; i < ATTRIBUTES; i++) {
        if (!(a->set & 1u << i)) continue;
        if (i < PERIODS)
            lp_link_attr_int(links, names[i], a->period_s[i]);
        else
            lp_link_attr_float(links, names[i], a->threshold[i - PERIODS]);
    }
}
