/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_link.c - any bytes as a list of links, and its targets as paths. The spans lie inside, in order, and skipping
 * attributes finds the same links as reading them.
 */
#include <stdint.h>
#include <stdlib.h>

#include "bytes/link.h"
#include "bytes/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define CHECK(condition) ((condition) ? (void)0 : abort())

static const uint8_t *inside(const uint8_t *from, const uint8_t *end, struct lp_span s)
{
    const uint8_t *p = s.p;
    CHECK(p >= from && p <= end && s.n <= (size_t)(end - p));
    return p + s.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct lp_in in, fast;
    struct lp_href l, l2;
    struct lp_link_attr a;
    struct lp_path path;
    int r, more = 0;
    const uint8_t *at = p;
    lp_in_init(&in, p, n);
    lp_in_init(&fast, p, n);
    if (n == 0) return 0;
    while ((r = lp_link_next(&in, &l)) > 0) {
        CHECK(lp_link_next(&fast, &l2) == 1 && l.href.p == l2.href.p && l.href.n == l2.href.n);
        at = inside(at, p + n, l.href);
        if (lp_path_parse(&path, l.href) == 0) {
            char text[LP_PATH_TEXT];
            CHECK(lp_span_is(l.href, lp_path_text(&path, text)));
        }
        while ((more = lp_link_next_attr(&in, &a)) > 0) {
            at = inside(at, p + n, a.name);
            at = inside(at, p + n, a.value);
            CHECK(a.name.n > 0);
            (void)lp_utf8(a.value);
        }
        CHECK(more == 0 || more == LP_ERR_FORMAT);
    }
    CHECK(r == 0 || r == LP_ERR_FORMAT);
    CHECK(lp_link_next(&fast, &l2) == r);
    CHECK(r < 0 || lp_in_left(&in) == 0);
    return 0;
}
