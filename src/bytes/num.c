/* SPDX-License-Identifier: Apache-2.0
 *
 * num.c - see num.h. Decimal text and doubles, exactly, from one primitive: the digits of a ratio of two big integers.
 *
 *      x = m * 2^e          x       m * 2^(e-k)
 *                         ------ = ------------- = r / s    each power on the side where its exponent is positive;
 *                          10^k        5^k                  digits: r / s, then r = (r mod s) * 10, again and again
 *
 * Reading and writing ask one question (beyond): does a decimal lie beyond the middle between the double with the bits
 * b and the next one? Doubles are ordered as their bits are, so
 *   - reading is a binary search for the first b that the text does not lie beyond: correct rounding, by definition;
 *   - writing takes 1, 2, 3 ... digits until the decimal lies beyond b - 1 and not beyond b: shortest, by definition.
 * This is not the fastest way (a few 10 000 cycles for a sensor's value), it is a small one, without tables, without
 * floating-point arithmetic and without 64-bit division; the big integers are 208 bytes of stack, twice when writing.
 */
#include "bytes/num.h"

#include <string.h>

/* ---- bits ---------------------------------------------------------------------------------------------------- */

#define HIDDEN   ((uint64_t)1 << 52) /* the bit of a normal number that is not stored */
#define SIGN     ((uint64_t)1 << 63)
#define INFINITE ((uint64_t)0x7ff << 52)

static uint64_t bits_of(double f)
{
    uint64_t b;
    memcpy(&b, &f, sizeof b);
    return b;
}

static double float_of(uint64_t b)
{
    double f;
    memcpy(&f, &b, sizeof f);
    return f;
}

/* ---- integers ------------------------------------------------------------------------------------------------ */

/* *v /= 10, and the remainder: 16 bits at a time, by 32-bit division only. */
static unsigned divide10(uint64_t *v)
{
    uint32_t hi = (uint32_t)(*v >> 32), lo = (uint32_t)*v;
    uint32_t mid = (hi % 10) << 16 | lo >> 16;
    uint32_t low = (mid % 10) << 16 | (lo & 0xffff);
    *v = (uint64_t)(hi / 10) << 32 | (mid / 10) << 16 | low / 10;
    return low % 10;
}

void lp_put_uint(struct lp_out *o, uint64_t v)
{
    char text[20];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + divide10(&v));
    } while (v);
    lp_out_put(o, text + at, sizeof text - at);
}

void lp_put_int(struct lp_out *o, int64_t i)
{
    uint64_t v = (uint64_t)i;
    if (i < 0) {
        lp_out_u8(o, '-');
        v = 0 - v;
    }
    lp_put_uint(o, v);
}

int lp_get_uint(struct lp_span s, uint64_t *v)
{
    const uint8_t *p = s.p;
    bool fits = true;
    *v = 0;
    if (s.n == 0 || (s.n > 1 && *p == '0')) return LP_ERR_FORMAT;
    for (; s.n; s.n--, p++) {
        unsigned digit = *p - (unsigned)'0';
        if (digit > 9) return LP_ERR_FORMAT;
        uint64_t low = (*v & UINT32_MAX) * 10 + digit, high = (*v >> 32) * 10 + (low >> 32);
        fits = fits && high <= UINT32_MAX;
        *v = high << 32 | (uint32_t)low;
    }
    return fits ? 0 : LP_ERR_VALUE;
}

int lp_get_int(struct lp_span s, int64_t *i)
{
    if (s.n == 0) return LP_ERR_FORMAT;
    const char *p = s.p;
    bool minus = *p == '-';
    uint64_t v;
    int r = lp_get_uint((struct lp_span){p + minus, s.n - minus}, &v);
    if (!r && v > (uint64_t)INT64_MAX + minus) r = LP_ERR_VALUE;
    *i = (int64_t)(minus ? 0 - v : v);
    return r;
}

/* ---- big integers -------------------------------------------------------------------------------------------- */

/* The largest r is that of the search's first step for the smallest text, 54 bits * 5^324, 807 bits. */
#define WORDS 26

struct ratio {
    uint32_t r[WORDS], s[WORDS];
    unsigned n; /* words in use, the same for both */
};

static void multiply(struct ratio *q, uint32_t *w, uint32_t by)
{
    uint32_t carry = 0;
    for (unsigned i = 0; i < q->n; i++) {
        uint64_t t = (uint64_t)w[i] * by + carry;
        w[i] = (uint32_t)t;
        carry = (uint32_t)(t >> 32);
    }
    if (carry && q->n < WORDS) {
        q->r[q->n] = q->s[q->n] = 0;
        w[q->n++] = carry;
    }
}

/* Multiply r by base^n, or, if n < 0, s by base^-n; base is 2 or 5. */
static void power(struct ratio *q, uint32_t base, int n)
{
    uint32_t *w = q->r, by = 1;
    if (n < 0) {
        w = q->s;
        n = -n;
    }
    for (; n; n--) {
        by *= base;
        if (n == 1 || by >= UINT32_MAX / 5) {
            multiply(q, w, by);
            by = 1;
        }
    }
}

/* r += s, or with flip = ~0: r -= s. The carry: for a subtraction 1 if r was not below s. */
static uint32_t add(struct ratio *q, uint32_t flip)
{
    uint32_t carry = flip & 1;
    for (unsigned i = 0; i < q->n; i++) {
        uint64_t t = (uint64_t)q->r[i] + (q->s[i] ^ flip) + carry;
        q->r[i] = (uint32_t)t;
        carry = (uint32_t)(t >> 32);
    }
    return carry;
}

/* The next digit; 10 if r / s is 10 or more, and then there are no further ones. */
static unsigned next_digit(struct ratio *q)
{
    unsigned digit = 0;
    while (add(q, ~0u))
        if (++digit == 10) return digit;
    add(q, 0);
    multiply(q, q->r, 10);
    return digit;
}

static bool nothing_left(const struct ratio *q)
{
    unsigned i = 0;
    while (i < q->n && q->r[i] == 0) i++;
    return i == q->n;
}

/* (2 m + half) * 2^(e - 1) / 10^k, where m * 2^e has the bits b: half = 1 is the middle between b and b + 1. */
static void ratio(struct ratio *q, uint64_t b, unsigned half, int k)
{
    int e = (int)(b >> 52);
    uint64_t m = b & (HIDDEN - 1);
    if (e)
        m |= HIDDEN;
    else
        e = 1;
    m = m << 1 | half;
    q->r[0] = (uint32_t)m;
    q->r[1] = (uint32_t)(m >> 32);
    q->s[0] = 1;
    q->s[1] = 0;
    q->n = 2;
    power(q, 5, -k);
    power(q, 2, e - 1076 - k);
}

/* ---- decimals ------------------------------------------------------------------------------------------------ */

struct decimal { /* d.ddd * 10^k; a '.' among the digits is passed over */
    const char *p, *end;
    int k;
};

/* Does d lie beyond the middle between the doubles b and b + 1, or on it and b + 1 is the even one? */
static bool beyond(const struct decimal *d, uint64_t b)
{
    struct ratio q;
    ratio(&q, b, 1, d->k);
    for (const char *p = d->p; p < d->end; p++) {
        if (*p == '.') continue;
        unsigned of_text = (unsigned)(*p - '0'), of_middle = next_digit(&q);
        if (of_text != of_middle) return of_text > of_middle;
    }
    return nothing_left(&q) && b & 1;
}

/* The double next to d. The search begins at a power of two that is not above 10^k, and spans 8 binades: 10^(k+1) lies
 * below its end. Below the normal numbers it begins at 0, and spans all of them. */
static uint64_t nearest(const struct decimal *d)
{
    if (d->k > 308) return INFINITE;
    if (d->k < -324) return 0;
    int e = (d->k * 217706 >> 16) + 1022; /* log2(10) * 2^16 */
    uint64_t b = e > 0 ? (uint64_t)e << 52 : 0;
    for (uint64_t step = 4 * HIDDEN; step; step >>= 1)
        if (beyond(d, b + step - 1)) b += step;
    return b;
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && (unsigned)(*p - '0') <= 9) p++;
    return p;
}

/* [eE][+-]digits, all of it; large ones saturate. */
static bool get_exponent(const char *p, const char *end, int *e)
{
    bool minus = false;
    *e = 0;
    if (p == end) return true;
    if ((*p++ | 0x20) != 'e') return false;
    if (p < end && (*p == '+' || *p == '-')) minus = *p++ == '-';
    const char *digits = p;
    for (; p < end && (unsigned)(*p - '0') <= 9; p++)
        if (*e < 100000000) *e = *e * 10 + (*p - '0');
    if (minus) *e = -*e;
    return p == end && p > digits;
}

/* A number without its sign as a decimal that begins with a digit that is not 0; p == end for zero. */
static bool get_decimal(const char *p, const char *end, struct decimal *d)
{
    const char *point = skip_digits(p, end), *e = point;
    if (point == p || (*p == '0' && point > p + 1)) return false;
    if (point < end && *point == '.') {
        e = skip_digits(point + 1, end);
        if (e == point + 1) return false;
    }
    if (!get_exponent(e, end, &d->k)) return false;
    while (p < e && (*p == '0' || *p == '.')) p++;
    d->k += (int)(point - p) - (p < point);
    d->p = p;
    d->end = e;
    return true;
}

int lp_get_float(struct lp_span s, double *f)
{
    if (s.n == 0) return LP_ERR_FORMAT;
    const char *p = s.p, *end = p + s.n;
    struct decimal d;
    uint64_t sign = 0;
    if (*p == '-') {
        sign = SIGN;
        p++;
    }
    if (!get_decimal(p, end, &d)) return LP_ERR_FORMAT;
    uint64_t b = d.p == d.end ? 0 : nearest(&d);
    *f = float_of(b | sign);
    return b >= INFINITE ? LP_ERR_VALUE : 0;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

#define DIGITS 17 /* as many as any double needs */

/* The first DIGITS + 1 digits of b behind a 0 that takes a carry; the exponent of that 0. */
static int first_digits(uint64_t b, char *text)
{
    struct ratio q;
    int k = (((int)(b >> 52) - 1022) * 78913 >> 18) + 1; /* log10(2) * 2^18; b < 10^(k+1) */
    do {
        ratio(&q, b, 0, --k);
    } while (next_digit(&q) == 0);
    ratio(&q, b, 0, ++k);
    for (unsigned i = 0; i < DIGITS + 2; i++) text[i] = (char)('0' + next_digit(&q));
    return k;
}

/* d's n digits of text, rounded down or up: are they read as b? */
static bool read_as(struct decimal *d, char *to, const char *text, unsigned n, bool up, uint64_t b)
{
    memcpy(to, text, n);
    d->end = to + n;
    if (up) {
        while (to[--n] == '9') to[n] = '0';
        to[n]++;
    }
    return beyond(d, b - 1) && !beyond(d, b);
}

/* [d] [d...] with a point behind the first `point` digits; zeros where there is none. */
static void put_digits(struct lp_out *o, const struct decimal *d, int point)
{
    int n = (int)(d->end - d->p);
    for (int i = point < 1 ? point - 1 : 0; i < n || i < point; i++) {
        if (i == point) lp_out_u8(o, '.');
        lp_out_u8(o, i < 0 || i >= n ? '0' : (uint8_t)d->p[i]);
    }
}

static void put_decimal(struct lp_out *o, const struct decimal *d)
{
    if (d->k >= -6 && d->k < 21) {
        put_digits(o, d, d->k + 1);
        return;
    }
    put_digits(o, d, 1);
    lp_out_text(o, d->k < 0 ? "e" : "e+");
    lp_put_int(o, d->k);
}

void lp_put_float(struct lp_out *o, double f)
{
    uint64_t b = bits_of(f);
    if (b & SIGN) lp_out_u8(o, '-');
    b &= ~SIGN;
    if (b >= INFINITE || b == 0) {
        if (b) lp_out_fail(o, LP_ERR_VALUE);
        lp_out_u8(o, '0');
        return;
    }
    char exact[DIGITS + 2], text[DIGITS + 1];
    struct decimal d = {text, NULL, first_digits(b, exact)};
    for (unsigned n = 2; n <= DIGITS + 1; n++) {
        bool up = exact[n] >= '5'; /* the nearer one first */
        if (read_as(&d, text, exact, n, up, b) || read_as(&d, text, exact, n, !up, b)) break;
    }
    if (text[0] == '0') {
        d.p++;
        d.k--;
    } else {
        d.end--; /* 10, 100, ...: the carry has left a 0 at the end */
    }
    put_decimal(o, &d);
}

/* ---- integers and floats ------------------------------------------------------------------------------------- */

int lp_float_to_uint(double f, uint64_t *v)
{
    uint64_t b = bits_of(f);
    int shift = (int)(b >> 52) - 1075; /* a sign makes it too large */
    *v = (b & (HIDDEN - 1)) | HIDDEN;
    if (b << 1 == 0) {
        *v = 0;
        return 0;
    }
    for (; shift < 0 && !(*v & 1); shift++) *v >>= 1;
    if (shift < 0 || shift > 11) return LP_ERR_VALUE;
    for (; shift; shift--) *v <<= 1;
    return 0;
}

int lp_float_to_int(double f, int64_t *i)
{
    uint64_t b = bits_of(f), v;
    int r = lp_float_to_uint(float_of(b & ~SIGN), &v);
    if (!r && v > (uint64_t)INT64_MAX + (b >> 63)) r = LP_ERR_VALUE;
    *i = (int64_t)(b & SIGN ? 0 - v : v);
    return r;
}

double lp_uint_to_float(uint64_t v)
{
    uint64_t e = 1085; /* of 2^63, less one for the hidden bit, which is added */
    if (v == 0) return 0;
    for (; !(v >> 63); v <<= 1) e--;
    uint64_t b = (e << 52) + (v >> 11);
    return float_of(b + ((v & 0x7ff) + (b & 1) > 0x400));
}

double lp_int_to_float(int64_t i)
{
    uint64_t v = (uint64_t)i, sign = v & SIGN;
    return float_of(bits_of(lp_uint_to_float(sign ? 0 - v : v)) | sign);
}

bool lp_float_finite(double f)
{
    return (~bits_of(f) & INFINITE) != 0;
}

/* Doubles of one sign are ordered as their bits are. */
static int64_t rank(double f)
{
    uint64_t b = bits_of(f);
    return b & SIGN ? -(int64_t)(b & ~SIGN) : (int64_t)b;
}

bool lp_float_less(double a, double b)
{
    return rank(a) < rank(b);
}

static int exponent(uint64_t b)
{
    return (int)(b >> 52 & 0x7ff);
}

/* f * 2^e; f is 0 or normal. LP_ERR_VALUE if that is neither. */
static int scale(double *f, int e)
{
    uint64_t b = bits_of(*f);
    if (b << 1 == 0) return 0;
    e += exponent(b);
    *f = float_of((b & ~INFINITE) | (uint64_t)e << 52);
    return e > 0 && e < 0x7ff ? 0 : LP_ERR_VALUE;
}

/* The number with the bits b as an integer of 62 bits, shifted right. A bit that falls off leaves the last one set: it
 * counts where it comes to rounding. */
static int64_t aligned(uint64_t b, int shift)
{
    uint64_t m = ((b & (HIDDEN - 1)) | HIDDEN) << 9;
    for (; shift; shift--) m = m >> 1 | (m & 1);
    return (int64_t)(b & SIGN ? 0 - m : m);
}

/* A sum of integers, scaled; lp_int_to_float does the rounding. */
int lp_float_add(double *sum, double a, double b)
{
    uint64_t x = bits_of(a), y = bits_of(b);
    if (x << 1 < y << 1) return lp_float_add(sum, b, a); /* a is the larger one */
    int e = exponent(x), behind = e - exponent(y);
    *sum = 0;
    if (!(x << 1)) return 0;
    if (e == 0 || e == 0x7ff) return LP_ERR_VALUE;
    int64_t i = aligned(x, 0);
    if (behind < 62 && exponent(y)) i += aligned(y, behind);
    *sum = lp_int_to_float(i);
    return scale(sum, e - (1075 + 9));
}

/* A float with a smaller mantissa and exponent, at the top of 32 bits. */
static double widen(uint32_t bits, unsigned exponent_bits)
{
    unsigned top = (1u << exponent_bits) - 1;
    uint32_t m = bits << exponent_bits, e = bits << 1 >> (32 - exponent_bits);
    uint64_t sign = (uint64_t)(bits >> 31) << 63, b = INFINITE | (uint64_t)(m << 1) << 20;
    if (e < top) {
        m = e ? m | 1u << 31 : m << 1;
        b = bits_of(lp_uint_to_float(m));
        if (b) b += (uint64_t)(e - 31 - (top >> 1)) << 52;
    }
    return float_of(b | sign);
}

double lp_f32_to_f64(uint32_t bits)
{
    return widen(bits, 8);
}

double lp_f16_to_f64(uint16_t bits)
{
    return widen((uint32_t)bits << 16, 5);
}

/* The largest that is not above f, bit by bit: floats are ordered as their bits are. */
bool lp_f64_to_f32(double f, uint32_t *bits)
{
    uint64_t b = bits_of(f), magnitude = b & ~SIGN;
    uint32_t v = 0;
    for (uint32_t bit = 1u << 30; bit; bit >>= 1)
        if (bits_of(lp_f32_to_f64(v | bit)) <= magnitude) v |= bit;
    *bits = (uint32_t)(b >> 63 << 31) | v;
    return bits_of(lp_f32_to_f64(v)) == magnitude;
}
