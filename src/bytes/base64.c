/* SPDX-License-Identifier: Apache-2.0
 *
 * base64.c - see base64.h. A product that leaves this out takes no_base64.c instead.
 */
#include "bytes/base64.h"

static uint8_t base64_char(unsigned v, const char *last_two)
{
    if (v >= 62) return (uint8_t)last_two[v - 62];
    return (uint8_t)(v + (v < 26 ? 'A' : v < 52 ? 'a' - 26u : '0' - 52u));
}

static void put_base64(struct lp_out *o, const uint8_t *p, size_t n, const char *last_two, bool pad)
{
    while (n) {
        size_t k = n < 3 ? n : 3;
        uint32_t v = 0;
        for (size_t i = 0; i < 3; i++) v = v << 8 | (i < k ? p[i] : 0u);
        for (size_t i = 0; i < 4; i++, v <<= 6) {
            if (i <= k)
                lp_out_u8(o, base64_char(v >> 18 & 63, last_two));
            else if (pad)
                lp_out_u8(o, '=');
        }
        p += k;
        n -= k;
    }
}

void lp_put_base64url(struct lp_out *o, const void *p, size_t n)
{
    put_base64(o, p, n, "-_", false);
}

void lp_put_base64(struct lp_out *o, const void *p, size_t n)
{
    put_base64(o, p, n, "+/", true);
}

/* 0 to 63, or 64 for a character that is not of base64. */
static unsigned base64_value(uint8_t c)
{
    unsigned v = 0;
    while (v < 64 && c != base64_char(v, "+/") && c != base64_char(v, "-_")) v++;
    return v;
}

int lp_get_base64(struct lp_span s, struct lp_out *o)
{
    const uint8_t *p = s.p;
    size_t n = s.n;
    uint32_t bits = 0;
    unsigned have = 0;
    while (n && s.n - n < 2 && p[n - 1] == '=') n--;
    if (n % 4 == 1 || (n < s.n && s.n % 4)) return LP_ERR_FORMAT;
    for (; n; n--) {
        unsigned v = base64_value(*p++);
        if (v > 63) return LP_ERR_FORMAT;
        bits = bits << 6 | v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            lp_out_u8(o, (uint8_t)(bits >> have));
            bits &= (1u << have) - 1;
        }
    }
    return bits ? LP_ERR_FORMAT : 0; /* bits that belong to no byte: something was cut off */
}
