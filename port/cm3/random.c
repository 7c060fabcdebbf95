/* SPDX-License-Identifier: Apache-2.0
 *
 * random.c - random bytes without a generator in hardware, from a seed that the factory wrote.
 *
 *      SHA-256(stored seed, what varies from start to start, 'K') -> key
 *      SHA-256(key, counter, 'S') -> seed for the next start, stored before anything is drawn
 *      SHA-256(key, counter, 'R') -> 32 bytes for the caller
 *      SHA-256(key, counter, 'K') -> key for the next caller
 *
 * A power cut before the new seed is stored means that nothing was drawn from the old one; so no two starts draw the
 * same. Who reads the store later or RAM learns nothing about what was drawn before: the hash has no way back.
 */
#include "cm3/cm3.h"

#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <string.h>

#define SEED     32
#define SYST_CVR LP_CM3_REG(0xe000e018)

static struct {
    uint8_t key[SEED];
    uint32_t counter;
    uint32_t purpose;
} state;
static bool seeded;

static int next(uint32_t purpose, uint8_t out[SEED])
{
    state.counter++;
    state.purpose = purpose;
    return mbedtls_sha256((const unsigned char *)&state, sizeof state, out, 0);
}

static int replace_key(void)
{
    uint8_t key[SEED];
    int err = next('K', key);
    memcpy(state.key, key, SEED);
    mbedtls_platform_zeroize(key, SEED);
    return err;
}

int lp_cm3_random_open(struct lp_kv *kv)
{
    uint8_t seed[SEED];
    if (kv->get(kv, LP_CM3_KEY_SEED, state.key, SEED) != SEED) return LP_ERR_RANDOM;
    state.counter = SYST_CVR; /* how long the start took: little, but no worse */
    seeded = !replace_key() && !next('S', seed) && !kv->put(kv, LP_CM3_KEY_SEED, seed, SEED);
    mbedtls_platform_zeroize(seed, SEED);
    return seeded ? 0 : LP_ERR_RANDOM;
}

int lp_port_random(void *p, size_t n)
{
    uint8_t block[SEED] = {0}, *to = p;
    bool ok = seeded;
    while (ok && n) {
        size_t part = n < SEED ? n : SEED;
        ok = !next('R', block);
        memcpy(to, block, part);
        to += part;
        n -= part;
    }
    mbedtls_platform_zeroize(block, SEED);
    return ok && !replace_key() ? 0 : LP_ERR_RANDOM;
}
