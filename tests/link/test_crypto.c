/* SPDX-License-Identifier: Apache-2.0
 *
 * test_crypto.c - the generator and its seed, uniform numbers, wiping. (The arena: test_dtls.c.)
 */
#include "test.h"

#include "link/crypto.h"
#include "sim/sim.h"

static int fresh(void **state)
{
    (void)state;
    lp_crypto_free();
    lp_sim_seed(7);
    return 0;
}

static void seeds_itself_once(void **state)
{
    (void)state;
    uint8_t a[32], b[32], zero[32] = {0};
    assert_int_equal(lp_random(a, sizeof(a)), 0);
    assert_int_equal(lp_random(b, sizeof(b)), 0);
    assert_memory_not_equal(a, b, sizeof(a));
    assert_memory_not_equal(a, zero, sizeof(a));
    lp_sim_random_fail(1); /* not asked again */
    assert_int_equal(lp_crypto_init(), 0);
    assert_int_equal(lp_random(a, sizeof(a)), 0);
    assert_memory_not_equal(a, b, sizeof(a));
    lp_sim_random_fail(0);
    lp_crypto_free(); /* the same seed gives the same bytes: nothing else goes in */
    lp_sim_seed(7);
    uint8_t again[32];
    assert_int_equal(lp_random(a, sizeof(a)), 0);
    lp_crypto_free();
    lp_sim_seed(7);
    assert_int_equal(lp_random(again, sizeof(again)), 0);
    assert_memory_equal(a, again, sizeof(a));
}

static void no_seed_no_bytes(void **state)
{
    (void)state;
    uint8_t a[8];
    for (uint32_t n = 1; n <= 2; n++) {
        lp_sim_random_fail(n);
        int err = lp_crypto_init();
        assert_true(err == LP_ERR_RANDOM || n > 1);
        if (err == 0) { /* it asks the port only once */
            lp_crypto_free();
            continue;
        }
        assert_int_equal(lp_random(a, sizeof(a)), LP_ERR_RANDOM);
        assert_int_not_equal(lp_crypto_rng(NULL, a, sizeof(a)), 0);
        assert_int_equal(lp_random_below(100), 50);
        lp_sim_random_fail(0);
        assert_int_equal(lp_random(a, sizeof(a)), 0); /* the port has them now */
        lp_crypto_free();
    }
    lp_crypto_free(); /* twice is no harm */
}

static void reseeds_from_the_port(void **state)
{
    (void)state;
    uint8_t a[4];
    assert_int_equal(lp_crypto_init(), 0);
    lp_sim_random_fail(1);
    int i = 0;
    while (lp_random(a, sizeof(a)) == 0 && i < 100000) i++;
    assert_in_range(
        i, 1000, 99999); /* CTR_DRBG wants fresh bytes now and then, and says when there are none */
    lp_sim_random_fail(0);
    assert_int_equal(lp_random(a, sizeof(a)), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(seeds_itself_once, fresh),
        cmocka_unit_test_setup(no_seed_no_bytes, fresh),
        cmocka_unit_test_setup(reseeds_from_the_port, fresh),
        cmocka_unit_test_setup(uniform, fresh),
        cmocka_unit_test(wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
