/* SPDX-License-Identifier: Apache-2.0
 * p256_pk.c - what Mbed TLS's pk_wrap.c, pk_ecc.c and ecdh.c call in place of five functions of ecp.c, whose
 * arithmetic is then not linked: they are compiled with -Dmbedtls_ecp_mul=p256_ecp_mul and so on. Compressed
 * points, which TLS 1.2 has given up (RFC 8422, 5.1.2), are refused: the square root is 4 KB of modular
 * exponentiation. */
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
int p256_ecp_point_read_binary(const mbedtls_ecp_group *grp, mbedtls_ecp_point *q,
                               const unsigned char *p, size_t n);
int p256_ecp_tls_read_point(const mbedtls_ecp_group *grp, mbedtls_ecp_point *q,
                            const unsigned char **p, size_t n);

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

static int read_point(mbedtls_ecp_point *q, const uint8_t pub[64])
{
    int err = mbedtls_mpi_read_binary(&q->X, pub, 32);
    if (err == 0) err = mbedtls_mpi_read_binary(&q->Y, pub + 32, 32);
    return err == 0 ? mbedtls_mpi_lset(&q->Z, 1) : err;
}

int p256_ecp_point_read_binary(const mbedtls_ecp_group *grp, mbedtls_ecp_point *q,
                               const unsigned char *p, size_t n)
{
    (void)grp;
    return n == 65 && p[0] == 4 ? read_point(q, p + 1) : MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE;
}

/* A byte of length, then the point; *p moves behind it. */
int p256_ecp_tls_read_point(const mbedtls_ecp_group *grp, mbedtls_ecp_point *q,
                            const unsigned char **p, size_t n)
{
    size_t len = n ? **p : 0;

    if (n < 2 || len > n - 1) return MBEDTLS_ERR_ECP_BAD_INPUT_DATA;
    *p += 1 + len;
    return p256_ecp_point_read_binary(grp, q, *p - len, len);
}

/* pk_ecc.c multiplies the generator only, to get a private key's public one. */
int p256_ecp_mul(mbedtls_ecp_group *grp, mbedtls_ecp_point *r, const mbedtls_mpi *m,
                 const mbedtls_ecp_point *p, int (*f_rng)(void *, unsigned char *, size_t),
                 void *p_rng)
{
    uint8_t pub[64];
    int err = p == &grp->G ? public_of(pub, m) : MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE;

    (void)f_rng, (void)p_rng;
    return err == 0 ? read_point(r, pub) : err;
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
