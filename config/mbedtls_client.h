/* SPDX-License-Identifier: Apache-2.0
 * Mbed TLS 3.6 for Client: Client Lite's, with room for larger messages, keys and connection IDs.
 * (Certificates and raw public keys will be added here.) */
#ifndef LIMPET_MBEDTLS_CLIENT_H
#define LIMPET_MBEDTLS_CLIENT_H

#include "mbedtls_lite.h"

#undef MBEDTLS_PSK_MAX_LEN
#undef MBEDTLS_SSL_CID_IN_LEN_MAX
#undef MBEDTLS_SSL_IN_CONTENT_LEN
#undef MBEDTLS_SSL_OUT_CONTENT_LEN
#undef MBEDTLS_SSL_DTLS_MAX_BUFFERING
#define MBEDTLS_PSK_MAX_LEN            64
#define MBEDTLS_SSL_CID_IN_LEN_MAX     32
#define MBEDTLS_SSL_IN_CONTENT_LEN     1280
#define MBEDTLS_SSL_OUT_CONTENT_LEN    1280
#define MBEDTLS_SSL_DTLS_MAX_BUFFERING 4096

#endif
