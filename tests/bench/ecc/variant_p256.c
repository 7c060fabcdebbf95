/* SPDX-License-Identifier: Apache-2.0
 * variant_p256.c - Mbed TLS's four functions on the curve (its _ALT options) done by p256.h, whoever provides that. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS /* a point's coordinates, as the library itself */
#include "p256.h"
#include "variant.h"

#include "link/crypto.h"

#include <mbedtls/ecdh.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/platform_util.h>

int psa_generate_random(uint8_t *p, size_t n);

/* What Mbed TLS's copy of p256-m takes its random numbers from. */
int psa_generate_random(uint8_t *p, size_t n)
{
    return lp_crypto_rng(NULL, p, n);
}

int variant_open(void)
{
    return 0;
}

static int error_of(int err)
{
    return err == 0 ? 0 : MBEDTLS_ERR_ECP_VERIFY_FAILED;
}

static int read_point(mbedtls_ecp_point *q, const uint8_t p[64])
{
    int err = mbedtls_mpi_read_binary(&q->X, p, 32);
    if (err == 0) err = mbedtls_mpi_read_binary(&q->Y, p + 32, 32);
    return err == 0 ? mbedtls_mpi_lset(&q->Z, 1) : err;
}

static int write_two(uint8_t p[64], const mbedtls_mpi *x, const mbedtls_mpi *y)
{
    int err = mbedtls_mpi_write_binary(x, p, 32); /* an error where it is longer */
    return err == 0 ? mbedtls_mpi_write_binary(y, p + 32, 32) : err;
}

int mbedtls_ecdh_gen_public(mbedtls_ecp_group *grp, mbedtls_mpi *d, mbedtls_ecp_point *q,
                            int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    uint8_t priv[32], pub[64];
    int err = error_of(p256_gen_keypair(priv, pub));

    (void)grp, (void)f_rng, (void)p_rng;
    if (err == 0) err = mbedtls_mpi_read_binary(d, priv, 32);
    if (err == 0) err = read_point(q, pub);
    mbedtls_platform_zeroize(priv, sizeof priv);
    return err;
}

int mbedtls_ecdh_compute_shared(mbedtls_ecp_group *grp, mbedtls_mpi *z, const mbedtls_ecp_point *q,
                                const mbedtls_mpi *d, int (*f_rng)(void *, unsigned char *, size_t),
                                void *p_rng)
{
    uint8_t priv[32], pub[64];
    int err = write_two(pub, &q->X, &q->Y);

    (void)grp, (void)f_rng, (void)p_rng;
    if (err == 0) err = mbedtls_mpi_write_binary(d, priv, 32);
    if (err == 0) err = error_of(p256_ecdh_shared_secret(priv, priv, pub));
    if (err == 0) err = mbedtls_mpi_read_binary(z, priv, 32);
    mbedtls_platform_zeroize(priv, sizeof priv);
    return err;
}

int mbedtls_ecdsa_sign(mbedtls_ecp_group *grp, mbedtls_mpi *r, mbedtls_mpi *s, const mbedtls_mpi *d,
                       const unsigned char *hash, size_t n,
                       int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    uint8_t priv[32], sig[64];
    int err = mbedtls_mpi_write_binary(d, priv, 32);

    (void)grp, (void)f_rng, (void)p_rng;
    if (err == 0) err = error_of(p256_ecdsa_sign(sig, priv, hash, n));
    if (err == 0) err = mbedtls_mpi_read_binary(r, sig, 32);
    if (err == 0) err = mbedtls_mpi_read_binary(s, sig + 32, 32);
    mbedtls_platform_zeroize(priv, sizeof priv);
    return err;
}

int mbedtls_ecdsa_verify(mbedtls_ecp_group *grp, const unsigned char *hash, size_t n,
                         const mbedtls_ecp_point *q, const mbedtls_mpi *r, const mbedtls_mpi *s)
{
    uint8_t pub[64], sig[64];
    int err = write_two(pub, &q->X, &q->Y);

    (void)grp;
    if (err == 0) err = write_two(sig, r, s);
    return err == 0 ? error_of(p256_ecdsa_verify(sig, pub, hash, n)) : err;
}
