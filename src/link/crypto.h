/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto.h - what Mbed TLS is given to work with: memory and random bytes. There is one generator, the port's.
 */
#ifndef LP_CRYPTO_H
#define LP_CRYPTO_H

#include "limpet/types.h"

/* Uniform in [0, below), below > 0; without generator (error) below / 2. For jitter, not for keys. */
uint32_t lp_random_below(uint32_t below);
/* Wipe a secret; never optimised away. */
void lp_wipe(void *p, size_t n);
/* Mbed TLS's random callback: lp_port_random, or MBEDTLS_ERR_SSL_NO_RNG. */
int lp_crypto_rng(void *ctx, unsigned char *p, size_t n);
/* The arena of Mbed TLS; see limpet/client.h, where applications find them. */
void lp_tls_memory(void *p, size_t n);
size_t lp_tls_memory_peak(void);

#endif
