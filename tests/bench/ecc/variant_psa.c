/* SPDX-License-Identifier: Apache-2.0
 * variant_psa.c - everything through PSA, whose generator is the client's. */
#include "variant.h"

#include "link/crypto.h"

#include <psa/crypto.h>

psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                             uint8_t *p, size_t n, size_t *made)
{
    (void)context;
    *made = n;
    return lp_crypto_rng(NULL, p, n) == 0 ? PSA_SUCCESS : PSA_ERROR_INSUFFICIENT_ENTROPY;
}

int variant_open(void)
{
    return psa_crypto_init();
}
