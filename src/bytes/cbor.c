/* SPDX-License-Identifier: Apache-2.0
 *
 * cbor.c - see cbor.h. An item begins with one byte, major type and additional information:
 *
 *      | major 3 | info 5 |     info 0..23: the argument itself    24, 25, 26, 27: 1, 2, 4, 8 bytes of it follow
 *                               28..30: reserved                   31: indefinite, or (major 7) the break
 *
 * Counts and lengths are checked against the bytes that are left as soon as they are read: each item of an array has
 * at least one byte. So what comes out of lp_cbor_next may be counted in 32 bits, and no count is ever a bomb.
 */
#include "bytes/cbor.h"
#include "bytes/num.h"

#include <string.h>

#define MAX_NESTING 8

static int fail(struct lp_in *in)
{
    if (!in->err) in->err = LP_ERR_FORMAT;
    return in->err;
}

static void get_float(struct lp_cbor *c, unsigned info)
{
    c->kind = LP_CBOR_FLOAT;
    if (info == 25)
        c->f = lp_f16_to_f64((uint16_t)c->arg);
    else if (info == 26)
        c->f = lp_f32_to_f64((uint32_t)c->arg);
    else
        memcpy(&c->f, &c->arg, sizeof c->f);
}

/* Major 7: everything that is neither number, string nor container. */
static int get_special(struct lp_in *in, struct lp_cbor *c, unsigned info)
{
    unsigned simple = (unsigned)c->arg, known = simple - 20; /* false, true, null, undefined */
    c->indefinite = false;
    c->kind = LP_CBOR_SIMPLE;
    if (info == 31) {
        c->kind = LP_CBOR_BREAK;
    } else if (info >= 25) {
        get_float(c, info);
    } else if (info == 24 && simple < 32) { /* 0..23 have their short form, 24..31 are reserved */
        return fail(in);
    } else if (known < 4) {
        c->kind = (enum lp_cbor_kind)(LP_CBOR_BOOL + known - (known > 0));
        c->arg = known;
    }
    return in->err;
}

int lp_cbor_next(struct lp_in *in, struct lp_cbor *c)
{
    memset(c, 0, sizeof *c);
    c->kind = LP_CBOR_END;
    if (in->err || !lp_in_left(in)) return in->err;
    unsigned head = lp_in_u8(in), major = head >> 5, info = head & 31;
    if (info < 24) {
        c->arg = info;
    } else if (info < 28) {
        c->arg = lp_in_be(in, 1u << (info - 24));
    } else {
        c->indefinite = true;
        if (info < 31 || major < 2 || major == 6) return fail(in);
    }
    if (major == 7) return get_special(in, c, info);
    c->kind = (enum lp_cbor_kind)major; /* the first kinds are in the order of the major types */
    if (major >= 2 && major <= 5 && c->arg > lp_in_left(in) >> (major == 5)) return fail(in);
    if (major == 2 || major == 3)
        c->s = (struct lp_span){lp_in_take(in, (size_t)c->arg), (size_t)c->arg};
    return in->err;
}

/* The chunks of an indefinite string, up to and with its break. */
static int chunks(struct lp_in *in, enum lp_cbor_kind kind, struct lp_out *to)
{
    struct lp_cbor c;
    while (lp_cbor_next(in, &c) == 0 && c.kind == kind && !c.indefinite)
        if (to) lp_out_put(to, c.s.p, c.s.n);
    return c.kind == LP_CBOR_BREAK ? in->err : fail(in);
}

int lp_cbor_string(struct lp_in *in, const struct lp_cbor *c, struct lp_out *scratch,
                   struct lp_span *s)
{
    *s = c->s;
    if (c->kind != LP_CBOR_BYTES && c->kind != LP_CBOR_TEXT) return fail(in);
    if (!c->indefinite) return 0;
    uint32_t start = scratch->total;
    int end = chunks(in, c->kind, scratch);
    if (!end) end = lp_out_end(scratch);
    if (end < 0) return end;
    s->n = (size_t)end - start;
    s->p = s->n ? scratch->buf + start : in->p;
    return 0;
}

/* What is missing of a container that is being skipped: so many items. Or it ends with a break: of an array any time,
 * of a map when its pairs are whole. */
#define OPEN_ARRAY 0x80000000u
#define OPEN_MAP   0x80000002u /* and, behind a key, + 1 */

/* After a whole item: leave the containers that it completes. */
static unsigned ascend(uint32_t *missing, unsigned depth)
{
    for (; depth; depth--) {
        uint32_t *m = &missing[depth - 1];
        if (*m >= OPEN_ARRAY) {
            *m ^= *m >> 1 & 1;
            break;
        }
        if (--*m) break;
    }
    return depth;
}

int lp_cbor_skip(struct lp_in *in, const struct lp_cbor *first)
{
    uint32_t missing[MAX_NESTING];
    unsigned depth = 0;
    struct lp_cbor c = *first;
    bool tagged = false; /* the item before was a tag: an item must follow, not a break */
    for (; !in->err; lp_cbor_next(in, &c)) {
        bool map = c.kind == LP_CBOR_MAP;
        if (c.kind == LP_CBOR_END) return fail(in);
        if (c.kind == LP_CBOR_BREAK) {
            if (!depth || tagged) return fail(in);
            uint32_t m = missing[--depth];
            if (m != OPEN_ARRAY && m != OPEN_MAP) return fail(in);
        } else if ((map || c.kind == LP_CBOR_ARRAY) && (c.indefinite || c.arg)) {
            if (depth == MAX_NESTING) return fail(in);
            missing[depth++] = c.indefinite ? OPEN_ARRAY + 2u * map : (uint32_t)c.arg << map;
            tagged = false;
            continue;
        } else if (c.indefinite) {
            chunks(in, c.kind, NULL);
        }
        tagged = c.kind == LP_CBOR_TAG;
        if (!tagged && !(depth = ascend(missing, depth))) break;
    }
    return in->err;
}

/* ---- writing -------------------------------------------------------------------------------------------------- */

void lp_cbor_put_head(struct lp_out *o, unsigned major, uint64_t arg)
{
    unsigned bytes = arg < 24 ? 0 : lp_width(arg), info = 24;
    for (unsigned b = bytes; b > 1; b /= 2) info++;
    lp_out_u8(o, (uint8_t)(major << 5 | (bytes ? info : (unsigned)arg)));
    lp_out_be(o, arg, bytes);
}

void lp_cbor_put_int(struct lp_out *o, int64_t i)
{
    if (i < 0)
        lp_cbor_put_head(o, 1, ~(uint64_t)i);
    else
        lp_cbor_put_head(o, 0, (uint64_t)i);
}

void lp_cbor_put_text(struct lp_out *o, const void *p, size_t n)
{
    lp_cbor_put_head(o, 3, n);
    lp_out_put(o, p, n);
}

void lp_cbor_put_bytes(struct lp_out *o, const void *p, size_t n)
{
    lp_cbor_put_head(o, 2, n);
    lp_out_put(o, p, n);
}

void lp_cbor_put_bool(struct lp_out *o, bool b)
{
    lp_out_u8(o, b ? 0xf5 : 0xf4);
}

void lp_cbor_put_float(struct lp_out *o, double f)
{
    uint32_t bits;
    uint64_t wide;
    memcpy(&wide, &f, sizeof wide);
    bool narrow = lp_f64_to_f32(f, &bits);
    lp_out_u8(o, narrow ? 0xfa : 0xfb);
    lp_out_be(o, narrow ? bits : wide, narrow ? 4 : 8);
}
