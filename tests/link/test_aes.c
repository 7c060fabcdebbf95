/* SPDX-License-Identifier: Apache-2.0
 *
 * test_aes.c - the small AES of the products, beside Mbed TLS's own, which this program is linked with. */
#include "test.h"

#include "link/aes.c" /* the library that tests are linked with has it not */
#include "link/crypto.h"
#include "sim/sim.h"

static void encrypt(const uint8_t key[16], const uint8_t in[16], uint8_t out[16])
{
    mbedtls_aes_context ctx;
    mbedtls_aes_init(&ctx);
    assert_int_equal(lp_aes_setkey(&ctx, key, 128), 0);
    assert_int_equal(lp_aes_encrypt(&ctx, in, out), 0);
}

/* FIPS 197, appendix B and C.1. */
static void standard(void **state)
{
    (void)state;
    static const struct {
        const char *key, *in, *out;
    } rows[] = {
        {"2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734",
         "3925841d02dc09fbdc118597196a0b32"},
        {"000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
         "69c4e0d86a7b0430d8cdb78070b4c55a"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t key[16], in[16];
        hex(key, rows[i].key);
        hex(in, rows[i].in);
        encrypt(key, in, in); /* in place, too */
        assert_bytes(in, sizeof(in), rows[i].out);
    }
}

static void as_the_library(void **state)
{
    (void)state;
    lp_sim_seed(11);
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[32], ours[16], theirs[16];
        mbedtls_aes_context ctx;
        assert_int_equal(lp_crypto_rng(NULL, bytes, sizeof(bytes)), 0);
        if (i % 3 == 0) memset(bytes, i & 0xff, 16);
        if (i % 5 == 0) memset(bytes + 16, 0xff, 16);
        encrypt(bytes, bytes + 16, ours);
        mbedtls_aes_init(&ctx);
        assert_int_equal(mbedtls_aes_setkey_enc(&ctx, bytes, 128), 0);
        assert_int_equal(mbedtls_aes_crypt_ecb(&ctx, MBEDTLS_AES_ENCRYPT, bytes + 16, theirs), 0);
        assert_memory_equal(ours, theirs, 16);
        mbedtls_aes_free(&ctx);
    }
}

static void other_keys(void **state)
{
    (void)state;
    mbedtls_aes_context ctx;
    uint8_t key[32] = {0};
    mbedtls_aes_init(&ctx);
    assert_int_equal(lp_aes_setkey(&ctx, key, 192), MBEDTLS_ERR_AES_INVALID_KEY_LENGTH);
    assert_int_equal(lp_aes_setkey(&ctx, key, 256), MBEDTLS_ERR_AES_INVALID_KEY_LENGTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(standard), cmocka_unit_test(as_the_library),
                                       cmocka_unit_test(other_keys)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
