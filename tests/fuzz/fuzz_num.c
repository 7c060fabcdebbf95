/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_num.c - any bytes as a number in text (against libc), as a double (there and back), as base64, and as a value
 * of each type.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/base64.h"
#include "bytes/num.h"
#include "bytes/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define CHECK(condition) ((condition) ? (void)0 : abort())

static void float_like_libc(struct lp_span s)
{
    double f;
    char *text, *end;
    int r = lp_get_float(s, &f);
    if (r == LP_ERR_FORMAT) return;
    text = malloc(s.n + 1);
    if (!text) abort();
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    double want = strtod(text, &end);
    CHECK(*end == 0);
    CHECK(isinf(want) ? r == LP_ERR_VALUE : r == 0 && memcmp(&f, &want, sizeof f) == 0);
    free(text);
}

static void float_there_and_back(const uint8_t *p)
{
    char text[40];
    double f, back;
    uint32_t b;
    struct lp_out o;
    memcpy(&f, p, sizeof f);
    CHECK(lp_f64_to_f32(f, &b) == (memcmp(&f, &(double){lp_f32_to_f64(b)}, sizeof f) == 0));
    lp_out_init(&o, text, sizeof text);
    lp_put_float(&o, f);
    CHECK(isfinite(f) ? o.err == 0 : o.err == LP_ERR_VALUE);
    if (o.err) return;
    CHECK(lp_out_end(&o) <= 25);
    CHECK(lp_get_float((struct lp_span){text, lp_out_len(&o)}, &back) == 0);
    CHECK(memcmp(&f, &back, sizeof f) == 0);
}

static void integer_there_and_back(struct lp_span s)
{
    char text[24];
    int64_t i;
    uint64_t u;
    struct lp_out o;
    bool minus_zero = s.n == 2 && memcmp(s.p, "-0", 2) == 0;
    lp_out_init(&o, text, sizeof text);
    if (lp_get_int(s, &i) == 0 && !minus_zero) {
        lp_put_int(&o, i);
        CHECK(lp_out_len(&o) == s.n && memcmp(text, s.p, s.n) == 0);
    }
    lp_out_init(&o, text, sizeof text);
    if (lp_get_uint(s, &u) == 0) {
        lp_put_uint(&o, u);
        CHECK(lp_out_len(&o) == s.n && memcmp(text, s.p, s.n) == 0);
    }
}

static void base64(struct lp_span s)
{
    char *text = malloc(s.n * 2 + 4), *back = malloc(s.n + 1);
    struct lp_out o, b;
    if (!text || !back) abort();
    lp_out_init(&o, text, s.n * 2 + 4);
    lp_put_base64(&o, s.p, s.n);
    lp_out_init(&b, back, s.n);
    CHECK(lp_get_base64((struct lp_span){text, lp_out_len(&o)}, &b) == 0);
    CHECK(lp_out_end(&b) == (int)s.n && (s.n == 0 || memcmp(back, s.p, s.n) == 0));
    lp_out_init(&o, text, s.n * 2 + 4);
    (void)lp_get_base64(s, &o);
    free(text);
    free(back);
}

static void value(struct lp_span s, enum lp_type from, enum lp_type want)
{
    uint8_t bytes[64];
    struct lp_out scratch, o;
    struct lp_value v = {.type = from, .u.s = s};
    double f;
    lp_out_init(&scratch, bytes, sizeof bytes);
    if (lp_value_as(&v, want, &scratch) != 0) return;
    CHECK(v.type == want && lp_value_equal(&v, &v));
    (void)lp_value_number(&v, &f);
    lp_out_init(&o, NULL, 0);
    lp_value_put_text(&o, &v);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct lp_span s = {p, n};
    float_like_libc(s);
    integer_there_and_back(s);
    base64(s);
    if (n >= 8) float_there_and_back(p);
    for (enum lp_type t = LP_T_STRING; t <= LP_T_CORELNK; t++) {
        value(s, LP_T_RAW_TLV, t);
        value(s, LP_T_RAW_TEXT, t);
        value(s, LP_T_STRING, t);
    }
    return 0;
}
