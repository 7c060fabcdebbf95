/* SPDX-License-Identifier: Apache-2.0
 * mbedtls_ecc.h - Client's configuration with certificates and ECDHE-ECDSA on P-256: what all variants share.
 * A variant adds to it by -D. */
#ifndef ECC_MBEDTLS_H
#define ECC_MBEDTLS_H

#include "mbedtls_client.h"

#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#undef MBEDTLS_SSL_CIPHERSUITES
#define MBEDTLS_SSL_CIPHERSUITES \
    MBEDTLS_TLS_PSK_WITH_AES_128_CCM_8, MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8

#ifdef ECC_PSA /* everything through PSA, the curve by p256-m */
#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_PSA_CRYPTO_CONFIG
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
#define MBEDTLS_PSA_P256M_DRIVER_ENABLED
#define MBEDTLS_PSA_KEY_SLOT_COUNT 4
#define MBEDTLS_USE_PSA_CRYPTO
#define MBEDTLS_SSL_TLS1_2_SOME_ECC /* 3.6 leaves supported_groups out where ECC is a driver's */
#undef MBEDTLS_CIPHER_C
#undef MBEDTLS_BIGNUM_C
#else
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#ifndef ECC_P256 /* p256.c reduces by itself */
#define MBEDTLS_ECP_NIST_OPTIM
#endif
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#endif

#endif
