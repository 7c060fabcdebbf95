/* SPDX-License-Identifier: Apache-2.0
 *
 * p256.h - ECDH and ECDSA on the curve P-256 (secp256r1, FIPS 186-4), and nothing else. Numbers are 32 bytes, big-
 * endian; a public key and a signature are two of them. No function allocates. 0, or a negative value. */
#ifndef ECC_P256_H
#define ECC_P256_H

#include <stddef.h>
#include <stdint.h>

/* The private key's public key. */
int p256_public(uint8_t pub[64], const uint8_t priv[32]);
/* Whether these are coordinates below p of a point on the curve. */
int p256_check(const uint8_t pub[64]);

/* These four are as in p256-m. */
int p256_gen_keypair(uint8_t priv[32], uint8_t pub[64]);
/* pub is checked. */
int p256_ecdh_shared_secret(uint8_t secret[32], const uint8_t priv[32], const uint8_t pub[64]);
int p256_ecdsa_sign(uint8_t sig[64], const uint8_t priv[32], const uint8_t *hash, size_t hlen);
int p256_ecdsa_verify(const uint8_t sig[64], const uint8_t pub[64], const uint8_t *hash,
                      size_t hlen);

#endif
