/* SPDX-License-Identifier: Apache-2.0
 * p256_pk.c - what Mbed TLS's pk_wrap.c and pk_ecc.c call in place of three functions of ecp.c, whose arithmetic is then not
 * linked: they are compiled with -Dmbedtls_ecp_mul=p256_ecp_mul and so on. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "p256.h"

#include <mbedtls/ecp.h>
#include <mbedtls/platform_util.h>
#include <string.h>

int p256_ecp_mul(mbedtls_ecp_group *grp, mbedtls_ecp_point *r, const mbedtls_mpi *m,
                 const mbedtls_ecp_point *p, int (*f_rng)(void *, unsigned char *, size_t),
                 void *p_rng);
int p256_ecp_check_pubkey(const mbedtls_ecp_group *grp, const mbedtls_ecp_point *p);
int p256_ecp_check_pub_priv(const mbedtls_ecp_keypair *pub, const mbedtls_ecp_keypair *priv,
                            int (*f_rng)(void *, unsigned char *, size_t), void *p_rng);

static int public_of(uint8_t pub[64], const mbedtls_mpi *d)
{
    uint8_t priv[32];
    int err = mbedtls_mpi_write_binary(d, priv, 32);
    if (err == 0 && p256_public(pub, priv) != 0) err = MBEDTLS_ERR_ECP_INVALID_KEY;
    mbedtls_platform_zeroize(priv, sizeof priv);
    return err;
}

static int write_point(uint8_t pub[64], const mbedtls_ecp_point *p)
{
    int err = mbedtls_mpi_write_binary(&p->X, pub, 32);
    return err == 0 ? mbedtls_mpi_write_binary(&p->Y, pub + 32, 32) : err;
}

/* pk_ecc.c multiplies the generator only, to get a private key's public one. */
int p256_ecp_mul(mbedtls_ecp_group *grp, mbedtls_ecp_point *r, const mbedtls_mpi *m,
                 const mbedtls_ecp_point *p, int (*f_rng)(void *, unsigned char *, size_t),
                 void *p_rng)
{
    uint8_t pub[64];
    int err = p == &grp->G ? public_of(pub, m) : MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE;

    (void)f_rng, (void)p_rng;
    if (err == 0) err = mbedtls_mpi_read_binary(&r->X, pub, 32);
    if (err == 0) err = mbedtls_mpi_read_binary(&r->Y, pub + 32, 32);
    return err == 0 ? mbedtls_mpi_lset(&r->Z, 1) : err;
}

int p256_ecp_check_pubkey(const mbedtls_ecp_group *grp, const mbedtls_ecp_point *p)
{
    uint8_t pub[64];
    int err = write_point(pub, p);

    (void)grp;
    return err == 0 && p256_check(pub) == 0 ? 0 : MBEDTLS_ERR_ECP_INVALID_KEY;
}

int p256_ecp_check_pub_priv(const mbedtls_ecp_keypair *pub, const mbedtls_ecp_keypair *priv,
                            int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    uint8_t theirs[64], ours[64];
    int err = write_point(theirs, &pub->Q);

    (void)f_rng, (void)p_rng;
    if (err == 0) err = public_of(ours, &priv->d);
    return err == 0 && memcmp(theirs, ours, 64) == 0 ? 0 : MBEDTLS_ERR_ECP_BAD_INPUT_DATA;
}
