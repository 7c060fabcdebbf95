/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto.h - the only door to Mbed TLS's primitives: its memory, its generator.
 */
#ifndef LP_CRYPTO_H
#define LP_CRYPTO_H

#include "limpet/types.h"

/* Seed the generator (CTR_DRBG) from lp_port_random; does nothing when it is seeded. 0 or LP_ERR_RANDOM. */
int lp_crypto_init(void);
/* Forget the generator and its seed (tests; before sleep without RAM). */
void lp_crypto_free(void);
/* n <= 1024 random bytes from the generator, which is seeded first if it must: 0 or LP_ERR_RANDOM. */
int lp_random(void *p, size_t n);
/* Uniform in [0, below), below > 0; without generator (error) below / 2. For jitter, not for keys. */
uint32_t lp_random_below(uint32_t below);
/* Wipe a secret; never optimised away. */
void lp_wipe(void *p, size_t n);
/* Mbed TLS's random callback. */
int lp_crypto_rng(void *ctx, unsigned char *p, size_t n);
/* The arena of Mbed TLS; see limpet/client.h, where applications find them. */
void lp_tls_memory(void *p, size_t n);
size_t lp_tls_memory_peak(void);

#endif
