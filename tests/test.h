/* SPDX-License-Identifier: Apache-2.0
 *
 * test.h - what every test file includes: cmocka, and annotated bytes.
 *
 *   uint8_t m[64];
 *   size_t n = hex(m, "40 01 12 34   | CON, no token, GET, MID 0x1234\n"
 *                     "b1 33         | Uri-Path: 3");
 */
#ifndef LIMPET_TEST_H
#define LIMPET_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Bytes from hex digits; blanks are skipped; behind a '|' everything is a note, up to a newline or to the end. Put a
 * "\n" at the end of each annotated line. */
static inline size_t hex(uint8_t *to, const char *s)
{
    size_t n = 0;
    int half = -1;
    for (bool note = false; *s; s++) {
        if (*s == '|' || *s == '\n') note = *s == '|';
        if (note || *s == ' ' || *s == '\n' || *s == '|') continue;
        const char *digits = "0123456789abcdef", *d = strchr(digits, *s | 0x20);
        assert_non_null(d);
        if (half < 0) {
            half = (int)(d - digits);
        } else {
            to[n++] = (uint8_t)(half << 4 | (int)(d - digits));
            half = -1;
        }
    }
    assert_int_equal(half, -1);
    return n;
}

/* Compare bytes with annotated hex. */
static inline void assert_bytes(const void *got, size_t n, const char *expected)
{
    uint8_t want[4096];
    size_t want_n = hex(want, expected);
    if (want_n != n || memcmp(got, want, n) != 0) {
        const uint8_t *g = got;
        print_error("got      ");
        for (size_t i = 0; i < n; i++) print_error("%02x ", (unsigned)g[i]);
        print_error("\nexpected ");
        for (size_t i = 0; i < want_n; i++) print_error("%02x ", (unsigned)want[i]);
        print_error("\n");
    }
    assert_int_equal(n, want_n);
    assert_memory_equal(got, want, n);
}

/* The step of the long sweeps: 1, so that each case has its turn; where that would take too long (another CPU,
 * emulated) the environment's LIMPET_STRIDE, which scripts/test sets and tells. */
static inline unsigned stride(void)
{
    const char *s = getenv("LIMPET_STRIDE");
    int n = s ? atoi(s) : 1;
    return n > 1 ? (unsigned)n : 1;
}

#define SPAN(text) ((struct lp_span){(text), strlen(text)})

#endif
