/* SPDX-License-Identifier: Apache-2.0
 *
 * rows.c - objects 0, 1 and 2 are rows of struct lp_client, and a row is numbers and texts. What is where is said once,
 * in tables (struct lp_field); read, write, check and the record in the store all go by them:
 *
 *      struct lp_server     | iid | ssid | lifetime_s | ... | n, binding | ...
 *      lp_server_fields[]     -,2   0,2      1,4              7,5           resource id, size (and where it is)
 *
 * The tables of these objects hold no LP_MULTIPLE resource but object 2's, which obj_access.c sees to itself.
 */
#include <string.h>

#include "link/crypto.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"

_Static_assert(sizeof(struct lp_security) < 65536 && offsetof(struct lp_security, uri_n) < 256,
               "offsets are bytes");

static const struct lp_field access_fields[] = {LP_FIELD(LP_NO_RES, lp_access, iid),
                                                LP_FIELD(0, lp_access, obj),
                                                LP_FIELD(1, lp_access, inst),
                                                LP_FIELD(3, lp_access, owner),
                                                LP_FIELD(LP_NO_RES, lp_access, acl[0].ssid),
                                                LP_FIELD(LP_NO_RES, lp_access, acl[0].rights),
                                                LP_FIELD(LP_NO_RES, lp_access, acl[1].ssid),
                                                LP_FIELD(LP_NO_RES, lp_access, acl[1].rights),
                                                LP_FIELD(LP_NO_RES, lp_access, acl[2].ssid),
                                                LP_FIELD(LP_NO_RES, lp_access, acl[2].rights)};

static const struct lp_field retry_fields[] = {
    LP_FIELD(LP_NO_RES, lp_retry, count), LP_FIELD(LP_NO_RES, lp_retry, timer_s),
    LP_FIELD(LP_NO_RES, lp_retry, seq_delay_s), LP_FIELD(LP_NO_RES, lp_retry, seq_count)};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define ROWS(fields, n, row, member) \
    {fields, COUNT(fields), (n), sizeof(struct row), offsetof(struct lp_client, member)}
const struct lp_rows lp_rows[LP_ROWS] = {
    ROWS(lp_security_fields, LP_MAX_SERVERS + 1, lp_security, security),
    ROWS(lp_server_fields, LP_MAX_SERVERS, lp_server, server),
    ROWS(access_fields, LP_MAX_ACCESS, lp_access, access),
    ROWS(retry_fields, 1, lp_retry, bs_retry)};

/* ---- rows ---- */

void *lp_row(struct lp_client *c, unsigned kind, unsigned iid)
{
    const struct lp_rows *r = &lp_rows[kind];
    uint8_t *row = (uint8_t *)c + r->base;
    for (unsigned i = 0; i < r->rows; i++, row += r->stride)
        if (lp_field_number(row, 2) == iid) return row;
    return NULL;
}

static void *row_new(struct lp_client *c, unsigned kind, unsigned iid)
{
    uint8_t *row = lp_row(c, kind, iid) ? NULL : lp_row(c, kind, LP_NONE);
    if (!row) return NULL;
    lp_wipe(row, lp_rows[kind].stride);
    lp_field_set(row, 2, iid);
    return row;
}

struct lp_client *lp_row_client(struct lp_object *o)
{
    return (struct lp_client *)(void *)((char *)(o - o->id) - offsetof(struct lp_client, own));
}

static void *row_of(struct lp_object *o, unsigned iid)
{
    return lp_row(lp_row_client(o), o->id, iid);
}

static const struct lp_field *row_field(const struct lp_object *o, unsigned res)
{
    const struct lp_rows *r = &lp_rows[o->id];
    for (unsigned i = 0; i < r->fields; i++)
        if (r->field[i].id == res) return &r->field[i];
    return NULL;
}

/* ---- fields ---- */

static bool is_text(const struct lp_field *f)
{
    return f->size > 4;
}

uint32_t lp_field_number(const uint8_t *at, unsigned size)
{
    uint16_t half;
    uint32_t v = *at;
    if (size == 2) {
        memcpy(&half, at, 2);
        v = half;
    } else if (size == 4) {
        memcpy(&v, at, 4);
    }
    return v;
}

void lp_field_set(uint8_t *at, unsigned size, uint32_t v)
{
    uint16_t half = (uint16_t)v;
    if (size == 1)
        *at = (uint8_t)v;
    else if (size == 2)
        memcpy(at, &half, 2);
    else
        memcpy(at, &v, 4);
}

bool lp_field_set_text(uint8_t *at, size_t most, struct lp_span s)
{
    if (s.n > most) return false;
    lp_wipe(at, most + 1);
    at[0] = (uint8_t)s.n;
    if (s.n) memcpy(at + 1, s.p, s.n);
    return true;
}

/* ---- handlers ---- */

int lp_row_next(struct lp_object *o, int after)
{
    const struct lp_rows *r = &lp_rows[o->id];
    const uint8_t *row = (const uint8_t *)lp_row_client(o) + r->base;
    int best = LP_NONE;
    for (unsigned i = 0; i < r->rows; i++, row += r->stride) {
        int iid = (int)lp_field_number(row, 2);
        if (iid > after && iid < best) best = iid;
    }
    return best < (int)LP_NONE ? best : LP_ERR_NOT_FOUND;
}

int lp_row_read(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    const struct lp_field *f = row_field(o, at->res);
    const uint8_t *p = row_of(o, at->inst);
    if (!f || !p) return LP_ERR_NOT_FOUND;
    p += f->offset;
    struct lp_value v = {.type = (enum lp_type)lp_model_res(o, at->res)->type};
    if (is_text(f))
        v.u.s = (struct lp_span){p + 1, p[0]};
    else if (v.type == LP_T_BOOL)
        v.u.b = *p != 0;
    else
        v.u.u = lp_field_number(p, f->size);
    return lp_emit_value(e, &v);
}

int lp_row_check(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    const struct lp_field *f = row_field(o, at->res);
    if (!f || v->type == LP_T_BOOL) return 0;
    bool fits = is_text(f) ? v->u.s.n <= f->size : v->u.u <= UINT32_MAX >> (32 - 8 * f->size);
    return fits ? 0 : LP_ERR_VALUE;
}

/* A resource that has no field is taken, and not kept. */
int lp_row_write(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    const struct lp_field *f = row_field(o, at->res);
    uint8_t *p = row_of(o, at->inst);
    if (!f || !p) return 0;
    p += f->offset;
    if (is_text(f))
        lp_field_set_text(p, f->size, v->u.s);
    else
        lp_field_set(p, f->size, v->type == LP_T_BOOL ? v->u.b : (uint32_t)v->u.u);
    lp_accounts_changed(lp_row_client(o), o->id == 0);
    return 0;
}

int lp_row_create(struct lp_object *o, uint16_t inst)
{
    lp_accounts_changed(lp_row_client(o), true);
    return row_new(lp_row_client(o), o->id, inst) ? 0 : LP_ERR_FULL;
}

int lp_row_remove(struct lp_object *o, const struct lp_path *at)
{
    const struct lp_field *f = row_field(o, at->res);
    uint8_t *p = row_of(o, at->inst);
    lp_accounts_changed(lp_row_client(o), true);
    if (at->res == LP_NONE) {
        lp_wipe(p, lp_rows[o->id].stride);
        lp_field_set(p, 2, LP_NONE);
    } else if (f) {
        lp_wipe(p + f->offset, is_text(f) ? f->size + 1u : f->size);
    }
    return 0;
}
