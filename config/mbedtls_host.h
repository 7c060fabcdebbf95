/* SPDX-License-Identifier: Apache-2.0
 * Mbed TLS 3.6 for limpet-server and for the tests, which need both sides: what Client has, and the server's side with
 * cookies before any state, more suites, larger records. Memory from the C library, so that the sanitizers see each
 * allocation, until lp_tls_memory() is called; time from mbedtls_platform_set_time(). */
#ifndef LIMPET_MBEDTLS_HOST_H
#define LIMPET_MBEDTLS_HOST_H

#include "mbedtls_client.h"

/* A host has a C library, and no need to be small. */
#undef MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#undef MBEDTLS_AES_FEWER_TABLES
#undef MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH
#undef MBEDTLS_BLOCK_CIPHER_NO_DECRYPT
#undef MBEDTLS_SHA256_SMALLER
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_AESNI_C
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_PLATFORM_TIME_ALT
#define MBEDTLS_DEBUG_C
#define MBEDTLS_ERROR_C

/* The server's side. */
#define MBEDTLS_SSL_SRV_C
#define MBEDTLS_SSL_ALL_ALERT_MESSAGES /* a client with a wrong key is told so */
#define MBEDTLS_SSL_COOKIE_C
#define MBEDTLS_SSL_DTLS_HELLO_VERIFY
#define MBEDTLS_SSL_MAX_FRAGMENT_LENGTH

/* PSK suites of clients that are not ours. */
#define MBEDTLS_GCM_C
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_CURVE25519_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECDH_C
#define MBEDTLS_KEY_EXCHANGE_ECDHE_PSK_ENABLED
#define MBEDTLS_CIPHER_MODE_CBC
#undef MBEDTLS_SSL_CIPHERSUITES
/* clang-format off */
#define MBEDTLS_SSL_CIPHERSUITES                      \
    MBEDTLS_TLS_PSK_WITH_AES_128_CCM_8,               \
    MBEDTLS_TLS_PSK_WITH_AES_128_CCM,                 \
    MBEDTLS_TLS_PSK_WITH_AES_128_GCM_SHA256,          \
    MBEDTLS_TLS_PSK_WITH_AES_256_CCM_8,               \
    MBEDTLS_TLS_PSK_WITH_AES_256_CCM,                 \
    MBEDTLS_TLS_PSK_WITH_AES_128_CBC_SHA256,          \
    MBEDTLS_TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256
/* clang-format on */

#undef MBEDTLS_SSL_IN_CONTENT_LEN
#undef MBEDTLS_SSL_OUT_CONTENT_LEN
#undef MBEDTLS_SSL_DTLS_MAX_BUFFERING
#define MBEDTLS_SSL_IN_CONTENT_LEN     2048
#define MBEDTLS_SSL_OUT_CONTENT_LEN    2048
#define MBEDTLS_SSL_DTLS_MAX_BUFFERING 8192

#endif
