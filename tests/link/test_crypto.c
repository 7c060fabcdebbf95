/* SPDX-License-Identifier: Apache-2.0
 *
 * test_crypto.c - random bytes, uniform numbers, wiping, the arena.
 */
#include "test.h"

#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>

#include "limpet/port.h"
#include "link/crypto.h"
#include "sim/sim.h"

static void from_the_port(void **state)
{
    (void)state;
    uint8_t a[40], b[40];
    lp_sim_seed(7);
    assert_int_equal(lp_crypto_rng(NULL, a, sizeof(a)), 0);
    lp_sim_seed(7);
    assert_int_equal(lp_port_random(b, sizeof(b)), 0);
    assert_memory_equal(a, b, sizeof(a)); /* the same bytes: nothing is kept, nothing goes in */
    lp_sim_random_fail(1);
    assert_int_equal(lp_crypto_rng(NULL, a, sizeof(a)), MBEDTLS_ERR_SSL_NO_RNG);
    assert_int_equal(lp_random_below(100), 50);
    lp_sim_random_fail(0);
    assert_int_equal(lp_crypto_rng(NULL, a, sizeof(a)), 0); /* the port has them now */
}

static void uniform(void **state)
{
    (void)state;
    static const uint32_t below[] = {1,           2,         3, 7, 100, 1u << 31, (1u << 31) + 1,
                                     3000000000u, UINT32_MAX};
    for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
        unsigned upper = 0;
        for (int k = 0; k < 2000; k++) {
            uint32_t v = lp_random_below(below[i]);
            assert_true(v < below[i]);
            upper += v >= below[i] / 2;
        }
        if (below[i] > 99) assert_in_range(upper, 850, 1150);
    }
}

static void wiped(void **state)
{
    (void)state;
    uint8_t a[16], zero[16] = {0};
    memset(a, 1, sizeof(a));
    lp_wipe(a, sizeof(a));
    assert_memory_equal(a, zero, sizeof(a));
}

/* ---- the arena ---- */

#define SLOTS 12
static _Alignas(8) uint8_t arena[4096];

struct slot {
    uint8_t *p;
    size_t n;
    uint8_t mark;
};

static void release(struct slot *s)
{
    for (size_t i = 0; i < s->n; i++) assert_int_equal(s->p[i], s->mark);
    mbedtls_free(s->p);
    *s = (struct slot){0};
}

/* Zeroed, aligned, within [p, p + n), and nobody else's: what is written there stays. */
static void claim(struct slot *s, size_t bytes, uint8_t mark, const uint8_t *p, size_t n)
{
    uint8_t *got = mbedtls_calloc(1, bytes);
    if (!got) return;
    assert_int_equal((uintptr_t)got % 8, 0);
    assert_true(got >= p && got + bytes <= p + n);
    for (size_t i = 0; i < bytes; i++) assert_int_equal(got[i], 0);
    memset(got, mark, bytes);
    *s = (struct slot){got, bytes, mark};
}

static void hands_out(void **state)
{
    (void)state;
    struct slot slot[SLOTS] = {{0}};
    uint8_t guarded[sizeof(arena)];
    lp_sim_seed(3);
    for (size_t n = 16; n <= sizeof(arena); n += 408) {
        memset(arena, 0x11, sizeof(arena));
        lp_tls_memory(arena, n);
        for (int i = 0; i < 4000; i++) {
            struct slot *s = &slot[lp_random_below(SLOTS)];
            if (s->p)
                release(s);
            else
                claim(s, lp_random_below((uint32_t)n / 4 + 1), (uint8_t)(i | 1), arena, n);
        }
        for (int i = 0; i < SLOTS; i++)
            if (slot[i].p) release(&slot[i]);
        void *all = mbedtls_calloc(n - 16, 1); /* everything came back, and is one piece */
        assert_non_null(all);
        assert_null(mbedtls_calloc(1, 1));
        mbedtls_free(all);
        memset(guarded, 0x11, sizeof(guarded));
        assert_memory_equal(arena + n, guarded, sizeof(arena) - n);
    }
    mbedtls_platform_set_calloc_free(calloc, free);
}

static void refuses(void **state)
{
    (void)state;
    lp_tls_memory(arena, sizeof(arena));
    assert_null(mbedtls_calloc(SIZE_MAX / 2 + 2, 2)); /* 4 in size_t */
    assert_null(mbedtls_calloc(2, SIZE_MAX / 2 + 2));
    assert_null(mbedtls_calloc(1, SIZE_MAX));
    assert_null(mbedtls_calloc(1, sizeof(arena)));
    mbedtls_free(NULL);
    void *none = mbedtls_calloc(0, 5), *p = mbedtls_calloc(1, 0);
    mbedtls_free(none);
    mbedtls_free(p);
    for (size_t n = 0; n < 16; n++) { /* no room for anything */
        lp_tls_memory(arena, n);
        assert_null(mbedtls_calloc(1, 9));
        assert_true(lp_tls_memory_peak() <= n);
    }
    mbedtls_platform_set_calloc_free(calloc, free);
}

/* Three blocks in use at once, then less: the peak stays; an arena of that size is enough for the same again. */
static void knows_its_peak(void **state)
{
    (void)state;
    size_t n = sizeof(arena), peak = 0;
    for (int i = 0; i < 2; i++, n = peak) {
        lp_tls_memory(arena, n);
        void *a = mbedtls_calloc(1, 100), *b = mbedtls_calloc(1, 200);
        mbedtls_free(a);
        void *c = mbedtls_calloc(1, 300);
        assert_non_null(b);
        assert_non_null(c);
        mbedtls_free(b);
        mbedtls_free(c);
        mbedtls_free(mbedtls_calloc(1, 500)); /* where the three were */
        peak = lp_tls_memory_peak();
        assert_in_range(peak, 600, 640);
    }
    mbedtls_platform_set_calloc_free(calloc, free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_the_port), cmocka_unit_test(uniform),
        cmocka_unit_test(wiped),         cmocka_unit_test(hands_out),
        cmocka_unit_test(refuses),       cmocka_unit_test(knows_its_peak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
