/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON: any text. Tokens are balanced; skipping the first value comes to the same end as reading it; a string, escapes
 * undone, is written and read back. */
#include "bytes/json.h"
#include "bytes/num.h"
#include "bytes/value.h"

#include <stdlib.h>
#include <string.h>

static void require(bool condition)
{
    if (!condition) abort();
}

static void string(struct lp_span escaped)
{
    uint8_t *plain = malloc(escaped.n + 1), *text = malloc(6 * escaped.n + 3),
            *back = malloc(escaped.n + 1);
    struct lp_out o;
    struct lp_span s, t;
    require(plain && text && back);
    lp_out_init(&o, plain, escaped.n + 1);
    if (lp_json_unescape(escaped, &o, &s) == 0) { /* which never grows */
        struct lp_json j;
        struct lp_json_token token;
        struct lp_out w;
        lp_out_init(&w, text, 6 * escaped.n + 3);
        lp_json_put_string(&w, s.p, s.n);
        require(lp_out_end(&w) > 0 || !lp_utf8(s));
        if (lp_out_end(&w) > 0) {
            lp_json_init(&j, text, lp_out_len(&w));
            require(lp_json_next(&j, &token) == 0 && token.kind == LP_JSON_STRING);
            lp_out_init(&o, back, escaped.n + 1);
            require(lp_json_unescape(token.s, &o, &t) == 0);
            require(t.n == s.n && (!s.n || memcmp(t.p, s.p, s.n) == 0));
            require(lp_json_next(&j, &token) == 0 && token.kind == LP_JSON_END);
        }
    }
    free(plain);
    free(text);
    free(back);
}

static void number(struct lp_span s)
{
    double f;
    int err = lp_get_float(s, &f);
    require(err == 0 || err == LP_ERR_VALUE); /* what is a number here is one there */
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct lp_json j, k;
    struct lp_json_token t;
    int depth = 0;
    size_t steps = 0;
    lp_json_init(&j, p, n);
    lp_json_init(&k, p, n);
    bool skipped = lp_json_next(&k, &t) == 0 && lp_json_skip(&k, &t) == 0;
    while (lp_json_next(&j, &t) == 0 && t.kind != LP_JSON_END) {
        require(++steps <= n);
        if (t.kind == LP_JSON_OBJECT || t.kind == LP_JSON_ARRAY) depth++;
        if (t.kind == LP_JSON_OBJECT_END || t.kind == LP_JSON_ARRAY_END) depth--;
        require(depth >= 0 && depth <= 31 && depth == j.depth);
        if (t.kind == LP_JSON_KEY || t.kind == LP_JSON_STRING) string(t.s);
        if (t.kind == LP_JSON_NUMBER) number(t.s);
        if (!depth) require(skipped && k.in.at == j.in.at);
    }
    require(j.in.err || (depth == 0 && skipped));
    require(j.in.err == 0 || j.in.err == LP_ERR_FORMAT);
    require(j.in.err == 0 || lp_json_next(&j, &t) == j.in.err);
    return 0;
}
