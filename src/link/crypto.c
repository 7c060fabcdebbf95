/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto.c - the generator (CTR_DRBG, seeded and reseeded from the port) and the arena of Mbed TLS.
 *
 * The peak of the arena is read from the arena itself: it is painted, the allocator takes the lowest place that
 * fits, and whatever was handed out has been zeroed, so the paint ends where the highest use ended. That is what the
 * arena must be given, gaps and the allocator's own bytes included, and it costs nothing while running.
 */
#include "link/crypto.h"

#include <string.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform_util.h>

#include "limpet/port.h"

#define PAINT       0xa5
#define BELOW_PAINT (16 * sizeof(void *)) /* the allocator's head lies there from the start */

static struct {
    mbedtls_ctr_drbg_context drbg;
    bool seeded;
    uint8_t *arena;
    size_t arena_n;
} state; /* all that is global in Limpet */

static int from_port(void *ctx, unsigned char *p, size_t n)
{
    (void)ctx;
    return lp_port_random(p, n) == 0 ? 0 : MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
}

int lp_crypto_init(void)
{
    if (state.seeded) return LP_OK;
    mbedtls_ctr_drbg_init(&state.drbg);
    if (mbedtls_ctr_drbg_seed(&state.drbg, from_port, NULL, NULL, 0) != 0) {
        mbedtls_ctr_drbg_free(&state.drbg);
        return LP_ERR_RANDOM;
    }
    state.seeded = true;
    return LP_OK;
}

void lp_crypto_free(void)
{
    if (state.seeded) mbedtls_ctr_drbg_free(&state.drbg);
    state.seeded = false;
}

int lp_crypto_rng(void *ctx, unsigned char *p, size_t n)
{
    (void)ctx;
    if (lp_crypto_init() != 0) return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
    return mbedtls_ctr_drbg_random(&state.drbg, p, n);
}

int lp_random(void *p, size_t n)
{
    return lp_crypto_rng(NULL, p, n) == 0 ? LP_OK : LP_ERR_RANDOM;
}

uint32_t lp_random_below(uint32_t below)
{
    /* What is over the last whole multiple of `below` would favour the small numbers: drawn again. */
    uint32_t v, over = (uint32_t)(0u - below) % below;
    do {
        if (lp_random(&v, sizeof(v)) != 0) return below / 2;
    } while (v < over);
    return v % below;
}

void lp_wipe(void *p, size_t n)
{
    mbedtls_platform_zeroize(p, n);
}

void lp_tls_memory(void *p, size_t n)
{
    state.arena = p;
    state.arena_n = n;
    mbedtls_memory_buffer_alloc_init(p, n);
    if (n > BELOW_PAINT) memset(state.arena + BELOW_PAINT, PAINT, n - BELOW_PAINT);
}

size_t lp_tls_memory_peak(void)
{
    size_t n = state.arena_n;
    while (n > 0 && state.arena[n - 1] == PAINT) n--;
    return n;
}
