/* SPDX-License-Identifier: Apache-2.0
 *
 * value.c - see value.h.
 */
#include "bytes/value.h"
#include "bytes/base64.h"
#include "bytes/num.h"

#include <string.h>

/* ---- UTF-8 --------------------------------------------------------------------------------------------------- */

/* In the shortest form; no NUL, no surrogate, nothing above 0x10ffff. */
bool lp_utf8(struct lp_span s)
{
    if (!s.n) return true; /* its p may be NULL */
    const uint8_t *p = s.p;
    for (const uint8_t *end = p + s.n; p < end;) {
        uint32_t c = *p++, least = 1;
        if (c >= 0x80) {
            unsigned follow = 1u + (c >= 0xe0) + (c >= 0xf0);
            if (c < 0xc2 || c > 0xf4) return false; /* 0xc0 and 0xc1 would be below 0x80 */
            least = 1u << (5 * follow + 1);
            for (c &= 0x3fu >> follow; follow; follow--) {
                if (p == end || *p >> 6 != 2) return false;
                c = c << 6 | (*p++ & 0x3fu);
            }
        }
        if (c < least || c > 0x10ffff || c >> 11 == 0xd800 >> 11) return false;
    }
    return true;
}

/* ---- from what a format delivered ---------------------------------------------------------------------------- */

/* "3:0" */
static int get_link(struct lp_value *v, struct lp_span s)
{
    const char *p = s.p;
    size_t n = 0;
    uint64_t obj, inst;
    while (n < s.n && p[n] != ':') n++;
    if (n == s.n || lp_get_uint((struct lp_span){p, n}, &obj) ||
        lp_get_uint((struct lp_span){p + n + 1, s.n - n - 1}, &inst) || (obj | inst) > UINT16_MAX)
        return LP_ERR_FORMAT;
    v->u.link.obj = (uint16_t)obj;
    v->u.link.inst = (uint16_t)inst;
    return 0;
}

/* 0 or more, or an error. */
static int from_text(struct lp_value *v, enum lp_type want, struct lp_out *scratch)
{
    struct lp_span s = v->u.s;
    const uint8_t *p = s.p;
    switch (want) {
    case LP_T_INT: return lp_get_int(s, &v->u.i);
    case LP_T_UINT: return lp_get_uint(s, &v->u.u);
    case LP_T_FLOAT: return lp_get_float(s, &v->u.f);
    case LP_T_OBJLNK: return get_link(v, s);
    case LP_T_BOOL:
        if (s.n != 1 || (*p & 0xfe) != '0') return LP_ERR_FORMAT;
        v->u.b = *p & 1;
        return 0;
    case LP_T_OPAQUE: {
        uint32_t from = scratch->total;
        int r = lp_get_base64(s, scratch);
        v->u.s = (struct lp_span){scratch->buf + from, scratch->total - from};
        return r ? r : lp_out_end(scratch);
    }
    default: return 0;
    }
}

/* A big-endian number of 1, 2, 4 or 8 bytes. */
static int from_tlv(struct lp_value *v, enum lp_type want)
{
    static const uint8_t lengths[] = {
        [LP_T_INT] = 1 | 2 | 4 | 8, [LP_T_UINT] = 1 | 2 | 4 | 8,
        [LP_T_FLOAT] = 4 | 8,       [LP_T_BOOL] = 1,
        [LP_T_OBJLNK] = 4,
    };
    const uint8_t *p = v->u.s.p;
    size_t n = v->u.s.n;
    if (want == LP_T_STRING || want == LP_T_OPAQUE) return 0;
    if (n & (n - 1) || !(n & lengths[want])) return LP_ERR_FORMAT;
    uint64_t u = want == LP_T_INT && *p & 0x80 ? UINT64_MAX : 0; /* its sign */
    for (size_t i = 0; i < n; i++) u = u << 8 | p[i];
    if (want == LP_T_BOOL) {
        v->u.b = u & 1;
        return u > 1 ? LP_ERR_FORMAT : 0;
    }
    if (want == LP_T_OBJLNK) {
        v->u.link.obj = (uint16_t)(u >> 16);
        v->u.link.inst = (uint16_t)u;
    } else if (want == LP_T_FLOAT && n == 4) {
        v->u.f = lp_f32_to_f64((uint32_t)u);
    } else {
        v->u.u = u; /* int64, uint64 and double have the same 8 bytes here */
    }
    return 0;
}

/* ---- from type to type --------------------------------------------------------------------------------------- */

/* What a type is made of. */
static enum lp_type plain(enum lp_type t)
{
    return t == LP_T_TIME ? LP_T_INT : t == LP_T_CORELNK ? LP_T_STRING : t;
}

/* From float to INT or UINT. */
static int to_whole(struct lp_value *v, enum lp_type want)
{
    if (want == LP_T_INT) return lp_float_to_int(v->u.f, &v->u.i);
    return lp_float_to_uint(v->u.f, &v->u.u);
}

static int to_float(struct lp_value *v, enum lp_type from)
{
    struct lp_value back;
    uint64_t was = v->u.u;
    lp_value_number(v, &v->u.f);
    back = *v;
    return to_whole(&back, from) || back.u.u != was ? LP_ERR_VALUE : 0;
}

static int convert(struct lp_value *v, enum lp_type from, enum lp_type want)
{
    bool to_int = want == LP_T_INT || want == LP_T_UINT;
    if (from == want) return 0;
    if (from == LP_T_INT || from == LP_T_UINT) {
        if (want == LP_T_FLOAT) return to_float(v, from);
        if (to_int && v->u.i >= 0) return 0; /* neither too large for the other */
    }
    if (from == LP_T_FLOAT && to_int) return to_whole(v, want);
    if (from == LP_T_STRING && want == LP_T_OBJLNK) return get_link(v, v->u.s);
    return LP_ERR_VALUE;
}

int lp_value_as(struct lp_value *v, enum lp_type want, struct lp_out *scratch)
{
    enum lp_type as = plain(want);
    int r;
    if (v->type == LP_T_RAW_TLV)
        r = from_tlv(v, as);
    else if (v->type == LP_T_RAW_TEXT)
        r = from_text(v, as, scratch);
    else
        r = convert(v, plain(v->type), as);
    if (r >= 0 && as == LP_T_STRING && !lp_utf8(v->u.s)) r = LP_ERR_FORMAT;
    if (r < 0) return r;
    v->type = want;
    return 0;
}

/* ---- the rest ------------------------------------------------------------------------------------------------ */

void lp_value_put_text(struct lp_out *o, const struct lp_value *v)
{
    switch (v->type) {
    case LP_T_INT:
    case LP_T_TIME: lp_put_int(o, v->u.i); break;
    case LP_T_UINT: lp_put_uint(o, v->u.u); break;
    case LP_T_FLOAT: lp_put_float(o, v->u.f); break;
    case LP_T_BOOL: lp_out_u8(o, v->u.b ? '1' : '0'); break;
    case LP_T_OPAQUE:
    case LP_T_RAW_TLV: lp_put_base64(o, v->u.s.p, v->u.s.n); break;
    case LP_T_OBJLNK:
        lp_put_uint(o, v->u.link.obj);
        lp_out_u8(o, ':');
        lp_put_uint(o, v->u.link.inst);
        break;
    default: lp_out_put(o, v->u.s.p, v->u.s.n);
    }
}

bool lp_value_equal(const struct lp_value *a, const struct lp_value *b)
{
    if (a->type != b->type) return false;
    switch (a->type) {
    case LP_T_BOOL: return a->u.b == b->u.b;
    case LP_T_INT:
    case LP_T_TIME:
    case LP_T_UINT:
    case LP_T_FLOAT: return a->u.u == b->u.u; /* floats by their bits: a NaN equals itself */
    case LP_T_OBJLNK: return a->u.link.obj == b->u.link.obj && a->u.link.inst == b->u.link.inst;
    default:
        return a->u.s.n == b->u.s.n && (a->u.s.n == 0 || memcmp(a->u.s.p, b->u.s.p, a->u.s.n) == 0);
    }
}

bool lp_value_number(const struct lp_value *v, double *f)
{
    switch (v->type) {
    case LP_T_INT:
    case LP_T_TIME: *f = lp_int_to_float(v->u.i); return true;
    case LP_T_UINT: *f = lp_uint_to_float(v->u.u); return true;
    case LP_T_FLOAT: *f = v->u.f; return true;
    default: return false;
    }
}
