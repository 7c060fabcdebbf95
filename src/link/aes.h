/* SPDX-License-Identifier: Apache-2.0
 *
 * aes.h - AES-128 for Mbed TLS: config/mbedtls_lite.h puts these two in the place of its own. Same arguments, same
 * errors; 192 and 256 bits are MBEDTLS_ERR_AES_INVALID_KEY_LENGTH.
 */
#ifndef LP_AES_H
#define LP_AES_H

#include <mbedtls/aes.h>

int lp_aes_setkey(mbedtls_aes_context *, const unsigned char *key, unsigned int keybits);
int lp_aes_encrypt(mbedtls_aes_context *, const unsigned char input[16], unsigned char output[16]);

#endif
