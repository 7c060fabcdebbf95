/* SPDX-License-Identifier: Apache-2.0
 *
 * buf.c - see buf.h. A reader that failed is empty for ever, so that "while something is left" ends.
 */
#include "bytes/buf.h"

#include <string.h>

void lp_in_init(struct lp_in *in, const void *p, size_t n)
{
    static const uint8_t nothing;
    *in = (struct lp_in){p ? p : &nothing, p ? n : 0, 0, 0};
}

size_t lp_in_left(const struct lp_in *in)
{
    return in->err ? 0 : in->n - in->at;
}

const uint8_t *lp_in_take(struct lp_in *in, size_t n)
{
    if (in->err || n > in->n - in->at) {
        if (!in->err) in->err = LP_ERR_FORMAT;
        return NULL;
    }
    const uint8_t *p = in->p + in->at;
    in->at += n;
    return p;
}

uint64_t lp_in_be(struct lp_in *in, unsigned bytes)
{
    const uint8_t *p = lp_in_take(in, bytes);
    uint64_t v = 0;
    for (unsigned i = 0; p && i < bytes; i++) v = v << 8 | p[i];
    return v;
}

uint8_t lp_in_u8(struct lp_in *in)
{
    const uint8_t *p = lp_in_take(in, 1);
    return p ? *p : 0;
}

struct lp_span lp_in_rest(struct lp_in *in)
{
    size_t n = lp_in_left(in);
    return (struct lp_span){lp_in_take(in, n), n};
}

void lp_out_init(struct lp_out *o, void *buf, size_t cap)
{
    lp_out_window(o, buf, 0, cap);
}

void lp_out_window(struct lp_out *o, void *buf, uint32_t skip, size_t cap)
{
    /* total, skip and cap stay below 2^31: total - skip, taken as unsigned, is then below cap only inside the window */
    *o = (struct lp_out){buf, skip, cap > INT32_MAX ? INT32_MAX : (uint32_t)cap, 0, 2166136261u, 0};
    if (skip > INT32_MAX) lp_out_fail(o, LP_ERR_TOO_LARGE);
}

void lp_out_put(struct lp_out *o, const void *p, size_t n)
{
    const uint8_t *b = p;
    if (n > INT32_MAX - o->total) {
        lp_out_fail(o, LP_ERR_TOO_LARGE);
        return;
    }
    for (; n; n--, b++) {
        uint32_t at = o->total++ - o->skip;
        if (at < o->cap) o->buf[at] = *b;
        o->hash = (o->hash ^ *b) * 16777619u;
    }
}

void lp_out_u8(struct lp_out *o, uint8_t v)
{
    lp_out_put(o, &v, 1);
}

void lp_out_be(struct lp_out *o, uint64_t v, unsigned bytes)
{
    uint8_t b[8];
    for (unsigned i = 8; i-- > 0; v >>= 8) b[i] = (uint8_t)v;
    lp_out_put(o, b + 8 - bytes, bytes);
}

unsigned lp_width(uint64_t v)
{
    uint32_t half = (uint32_t)v;
    if (v >> 32) return 8;
    return half >> 16 ? 4 : half >> 8 ? 2 : 1;
}

void lp_out_text(struct lp_out *o, const char *s)
{
    lp_out_put(o, s, strlen(s));
}

void lp_out_fail(struct lp_out *o, int err)
{
    if (!o->err) o->err = err;
}

size_t lp_out_len(const struct lp_out *o)
{
    if (o->total <= o->skip) return 0;
    return lp_out_more(o) ? o->cap : o->total - o->skip;
}

bool lp_out_more(const struct lp_out *o)
{
    return o->total > o->skip + o->cap;
}

int lp_out_end(const struct lp_out *o)
{
    if (o->err) return o->err;
    return lp_out_more(o) ? LP_ERR_TOO_LARGE : (int)o->total;
}

bool lp_span_is(struct lp_span s, const char *text)
{
    return s.n == strlen(text) && (s.n == 0 || memcmp(s.p, text, s.n) == 0);
}
