/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_coap.c - any bytes as a CoAP message. What parses is built again from its parts: it must be the same message.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/coap.h"
#include "bytes/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define CHECK(condition) ((condition) ? (void)0 : abort())

static void ask(const struct lp_coap *c, uint16_t number)
{
    struct lp_span s;
    struct lp_block b;
    uint32_t v;
    (void)lp_coap_find(c, number, &s);
    (void)lp_coap_uint(c, number, 4, &v);
    if (lp_coap_block(c, number, &b) == 1) CHECK(b.szx < 7 && b.num < 1u << 20);
}

static bool same(struct lp_span a, struct lp_span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static void build_again(const struct lp_coap *c, size_t n)
{
    uint8_t *m = malloc(n); /* extended lengths have one form only: it cannot become longer */
    struct lp_out o;
    struct lp_coap_out to;
    struct lp_option_iter at = {0, 0}, at2 = {0, 0};
    struct lp_option x, y;
    struct lp_coap again;
    lp_out_init(&o, m, n);
    lp_coap_begin(&to, &o, c->type, c->code, c->mid, c->token, c->tkl);
    while (lp_coap_next(c, &at, &x)) {
        if (x.value.n > UINT16_MAX) break; /* legal, and more than we ever write */
        lp_coap_opt(&to, x.number, x.value.p, x.value.n);
    }
    if (c->payload.n) lp_coap_payload(&to);
    lp_out_put(&o, c->payload.p, c->payload.n);
    if (at.at == c->options.n) {
        CHECK(lp_out_end(&o) == (int)n);
        CHECK(lp_coap_parse(&again, m, n) == 0);
        CHECK(again.type == c->type && again.code == c->code && again.mid == c->mid);
        CHECK(again.tkl == c->tkl && memcmp(again.token, c->token, c->tkl) == 0);
        CHECK(same(again.payload, c->payload));
        at = at2;
        while (lp_coap_next(c, &at, &x)) {
            CHECK(lp_coap_next(&again, &at2, &y) == 1);
            CHECK(x.number == y.number && same(x.value, y.value));
        }
        CHECK(lp_coap_next(&again, &at2, &y) == 0);
    }
    free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const uint16_t numbers[] = {1,  3,  4,  5,  6,  7,  8,  9,  11,  12,  14,
                                       15, 17, 20, 23, 27, 28, 35, 60, 258, 9999};
    struct lp_coap c;
    struct lp_path path;
    if (lp_coap_parse(&c, p, n) != 0) return 0;
    (void)lp_coap_check_options(&c);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) ask(&c, numbers[i]);
    if (lp_path_from_coap(&path, &c) == 0) {
        char text[LP_PATH_TEXT];
        struct lp_path back;
        lp_path_text(&path, text);
        CHECK(lp_path_parse(&back, (struct lp_span){text, strlen(text)}) == 0);
        CHECK(lp_path_equal(&back, &path));
    }
    build_again(&c, n);
    return 0;
}
