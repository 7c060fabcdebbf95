/* SPDX-License-Identifier: Apache-2.0
 * Mbed TLS 3.6 for Client Lite: a DTLS 1.2 client that speaks TLS_PSK_WITH_AES_128_CCM_8 with Connection ID, and can
 * save and load its association. All memory from the arena given by lp_tls_memory(), random bytes from
 * lp_port_random(), timers from the caller. What is not named here is not compiled.
 *
 * config/mbedtls_client.h is this with larger records, config/mbedtls_host.h adds the server's side. */
#ifndef LIMPET_MBEDTLS_LITE_H
#define LIMPET_MBEDTLS_LITE_H

/* The platform: an allocator over one array (src/link/crypto.c); nothing of the C library's input and output. Where
 * there is an operating system, memory is the C library's until that array is given. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#if !defined(__unix__) && !defined(__APPLE__)
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#endif

/* Primitives: AES-128 in CCM, SHA-256. The generator is the port's. */
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT
#define MBEDTLS_CCM_C
#define MBEDTLS_CIPHER_C
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA256_SMALLER

/* DTLS 1.2, client. */
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_PROTO_DTLS
#define MBEDTLS_SSL_DTLS_ANTI_REPLAY
#define MBEDTLS_SSL_DTLS_CONNECTION_ID
#define MBEDTLS_SSL_DTLS_CONNECTION_ID_COMPAT 0 /* RFC 9146, not a draft */
#define MBEDTLS_SSL_CONTEXT_SERIALIZATION
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_KEY_EXCHANGE_PSK_ENABLED
#define MBEDTLS_SSL_CIPHERSUITES MBEDTLS_TLS_PSK_WITH_AES_128_CCM_8

#define MBEDTLS_PSK_MAX_LEN                        32
#define MBEDTLS_SSL_CID_IN_LEN_MAX                 8
#define MBEDTLS_SSL_CID_OUT_LEN_MAX                32 /* the server's choice */
#define MBEDTLS_SSL_CID_TLS1_3_PADDING_GRANULARITY 1  /* no padding on the wire */
#define MBEDTLS_SSL_IN_CONTENT_LEN                 640 /* LP_MAX_MESSAGE; a flight of a PSK server has 150 to 250 */
#define MBEDTLS_SSL_OUT_CONTENT_LEN \
    336 /* LP_MAX_SEND; a ClientHello with a cookie of 255 has 330 */
#define MBEDTLS_SSL_DTLS_MAX_BUFFERING 512

#endif
