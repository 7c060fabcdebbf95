/* SPDX-License-Identifier: Apache-2.0
 * mbedtls_server.h - the side that is not measured: the host's configuration, with certificates, on this CPU. */
#ifndef ECC_MBEDTLS_SERVER_H
#define ECC_MBEDTLS_SERVER_H

#include "mbedtls_host.h"

#undef MBEDTLS_AESNI_C
#undef MBEDTLS_HAVE_TIME
#undef MBEDTLS_PLATFORM_TIME_ALT
#undef MBEDTLS_DEBUG_C
#undef MBEDTLS_ERROR_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#undef MBEDTLS_SSL_CIPHERSUITES
#define MBEDTLS_SSL_CIPHERSUITES MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8

#endif
