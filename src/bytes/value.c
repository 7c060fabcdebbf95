/* SPDX-License-Identifier: Apache-2.0
 *
 * value.c - see value.h.
 */
#include "bytes/value.h"
#include "bytes/num.h"

#include <string.h>

/* ---- UTF-8 --------------------------------------------------------------------------------------------------- */

/* The next character, 1 or more; 0 if it is a NUL, too long, a surrogate, too large, or cut. */
static uint32_t next_char(struct lp_in *in)
{
    static const uint32_t least[] = {1, 0x80, 0x800, 0x10000}; /* by bytes that follow */
    uint32_t c = lp_in_u8(in);
    unsigned follow = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    if (c >= 0xf8 || (c & 0xc0) == 0x80) return 0;
    c &= follow ? 0x3fu >> follow : 0x7fu;
    for (unsigned i = 0; i < follow; i++) {
        uint8_t more = lp_in_u8(in);
        if ((more & 0xc0) != 0x80) return 0;
        c = c << 6 | (more & 0x3fu);
    }
    return c < least[follow] || c > 0x10ffff || c >> 11 == 0xd800 >> 11 ? 0 : c;
}

bool lp_utf8(struct lp_span s)
{
    struct lp_in in;
    lp_in_init(&in, s.p, s.n);
    while (lp_in_left(&in))
        if (!next_char(&in)) return false;
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

static int from_text(struct lp_value *v, enum lp_type want, struct lp_out *scratch)
{
    struct lp_span s = v->u.s;
    const uint8_t *p = s.p;
    switch (want) {
    case LP_T_INT:
    case LP_T_TIME: return lp_get_int(s, &v->u.i);
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
        if (!r && lp_out_end(scratch) < 0) r = lp_out_end(scratch);
        v->u.s = (struct lp_span){scratch->buf + from, scratch->total - from};
        return r;
    }
    default: return 0;
    }
}

/* A big-endian number of 1, 2, 4 or 8 bytes, its sign extended if it has one. */
static int tlv_number(struct lp_span s, bool sign, uint64_t *u)
{
    struct lp_in in;
    if (s.n == 0 || s.n > 8 || (s.n & (s.n - 1))) return LP_ERR_FORMAT;
    lp_in_init(&in, s.p, s.n);
    *u = lp_in_be(&in, (unsigned)s.n);
    uint64_t top = (uint64_t)1 << (8 * s.n - 1);
    if (sign && *u & top) *u |= 0 - top;
    return 0;
}

static int from_tlv(struct lp_value *v, enum lp_type want)
{
    size_t n = v->u.s.n;
    uint64_t u;
    if (want == LP_T_STRING || want == LP_T_CORELNK || want == LP_T_OPAQUE) return 0;
    if (tlv_number(v->u.s, want == LP_T_INT || want == LP_T_TIME, &u)) return LP_ERR_FORMAT;
    if (want == LP_T_FLOAT && n == 4)
        v->u.f = lp_f32_to_f64((uint32_t)u);
    else if (want == LP_T_BOOL && n == 1 && u < 2)
        v->u.b = u & 1;
    else if (want == LP_T_OBJLNK && n == 4) {
        v->u.link.obj = (uint16_t)(u >> 16);
        v->u.link.inst = (uint16_t)u;
    } else if (want == LP_T_INT || want == LP_T_TIME || want == LP_T_UINT ||
               (want == LP_T_FLOAT && n == 8))
        v->u.u = u; /* int64, uint64 and double have the same 8 bytes here */
    else
        return LP_ERR_FORMAT;
    return 0;
}

/* ---- from type to type --------------------------------------------------------------------------------------- */

static bool is_int(enum lp_type t)
{
    return t == LP_T_INT || t == LP_T_TIME;
}

static int to_float(struct lp_value *v)
{
    int64_t i = v->u.i, back;
    uint64_t u = v->u.u, u_back;
    bool same;
    if (v->type == LP_T_UINT) {
        v->u.f = lp_uint_to_float(u);
        same = lp_float_to_uint(v->u.f, &u_back) == 0 && u_back == u;
    } else {
        v->u.f = lp_int_to_float(i);
        same = lp_float_to_int(v->u.f, &back) == 0 && back == i;
    }
    return same ? 0 : LP_ERR_VALUE;
}

static int convert(struct lp_value *v, enum lp_type want)
{
    enum lp_type from = v->type;
    if (want == LP_T_FLOAT && (is_int(from) || from == LP_T_UINT)) return to_float(v);
    if (from == LP_T_FLOAT && is_int(want)) return lp_float_to_int(v->u.f, &v->u.i);
    if (from == LP_T_FLOAT && want == LP_T_UINT) return lp_float_to_uint(v->u.f, &v->u.u);
    if (from == LP_T_STRING && want == LP_T_OBJLNK) return get_link(v, v->u.s);
    if (is_int(from) && is_int(want)) return 0;
    if ((from == LP_T_UINT && is_int(want)) || (is_int(from) && want == LP_T_UINT))
        return v->u.i < 0 ? LP_ERR_VALUE : 0; /* the one too large for the other */
    if ((from == LP_T_STRING || from == LP_T_CORELNK) &&
        (want == LP_T_STRING || want == LP_T_CORELNK))
        return 0;
    return from == want ? 0 : LP_ERR_VALUE;
}

int lp_value_as(struct lp_value *v, enum lp_type want, struct lp_out *scratch)
{
    int r;
    if (v->type == LP_T_RAW_TLV)
        r = from_tlv(v, want);
    else if (v->type == LP_T_RAW_TEXT)
        r = from_text(v, want, scratch);
    else
        r = convert(v, want);
    if (!r && (want == LP_T_STRING || want == LP_T_CORELNK) && !lp_utf8(v->u.s)) r = LP_ERR_FORMAT;
    if (!r) v->type = want;
    return r;
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
