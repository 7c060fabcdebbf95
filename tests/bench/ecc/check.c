/* SPDX-License-Identifier: Apache-2.0
 * check.c - p256.c against Mbed TLS's own curve, on the board: scalars at the edges and random ones. QEMU's exit
 * status is 0, or 1 + the number of what differs, mod 255. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "link/crypto.h"
#include "p256.h"

#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <string.h>

enum { RANDOM = 24 };

static mbedtls_ecp_group grp;
static mbedtls_ecp_point q;
static mbedtls_mpi d, r, s, t;

int lp_crypto_rng(void *ctx, unsigned char *p, size_t n)
{
    static uint32_t state = 3;
    (void)ctx;
    for (; n; n--) {
        state = state * 1664525 + 1013904223;
        *p++ = (unsigned char)(state >> 24);
    }
    return 0;
}

static void put(uint8_t pub[64], const mbedtls_ecp_point *p)
{
    mbedtls_mpi_write_binary(&p->X, pub, 32);
    mbedtls_mpi_write_binary(&p->Y, pub + 32, 32);
}

/* r and s into the signature */
static void put_two(uint8_t sig[64])
{
    mbedtls_mpi_write_binary(&r, sig, 32);
    mbedtls_mpi_write_binary(&s, sig + 32, 32);
}

static int get_two(const uint8_t sig[64])
{
    return mbedtls_mpi_read_binary(&r, sig, 32) | mbedtls_mpi_read_binary(&s, sig + 32, 32);
}

/* Of a key: its public one, the secret with another's, signatures in both directions. */
static int check_key(const uint8_t priv[32], const uint8_t hash[32])
{
    uint8_t pub[64], want[64], sig[64], other[64], other_priv[32], x[32];

    mbedtls_mpi_read_binary(&d, priv, 32);
    mbedtls_ecp_mul(&grp, &q, &d, &grp.G, lp_crypto_rng, NULL);
    put(want, &q);
    if (p256_public(pub, priv) != 0 || memcmp(pub, want, 64) != 0) return 1;
    if (p256_ecdsa_sign(sig, priv, hash, 32) != 0 || get_two(sig) != 0) return 2;
    if (mbedtls_ecdsa_verify(&grp, hash, 32, &q, &r, &s) != 0) return 3;
    if (mbedtls_ecdsa_sign(&grp, &r, &s, &d, hash, 32, lp_crypto_rng, NULL) != 0) return 4;
    put_two(sig);
    if (p256_ecdsa_verify(sig, pub, hash, 32) != 0) return 5;
    sig[hash[0] % 64] ^= 1;
    if (p256_ecdsa_verify(sig, pub, hash, 32) == 0) return 6;
    if (p256_gen_keypair(other_priv, other) != 0 || p256_check(other) != 0) return 7;
    if (p256_ecdh_shared_secret(x, priv, other) != 0) return 8;
    mbedtls_mpi_read_binary(&q.X, other, 32);
    mbedtls_mpi_read_binary(&q.Y, other + 32, 32);
    mbedtls_ecp_mul(&grp, &q, &d, &q, lp_crypto_rng, NULL);
    put(want, &q);
    if (memcmp(x, want, 32) != 0) return 9;
    if (p256_ecdh_shared_secret(x, other_priv, pub) != 0 || memcmp(x, want, 32) != 0) return 10;
    pub[63] ^= 1;
    return p256_check(pub) == 0 || p256_ecdh_shared_secret(x, other_priv, pub) == 0 ? 11 : 0;
}

/* A valid signature whose verification adds equal points, u1 G = u2 Q with d = 1 and e = r, or opposite ones, which is
 * none; and one of the hash 0. */
static int check_sums(void)
{
    uint8_t priv[32] = {[31] = 1}, pub[64], sig[64], hash[32];

    if (p256_public(pub, priv) != 0) return 1;
    mbedtls_mpi_lset(&t, 5);
    mbedtls_ecp_mul(&grp, &q, &t, &grp.G, lp_crypto_rng, NULL);
    mbedtls_mpi_mod_mpi(&r, &q.X, &grp.N);
    for (int opposite = 0; opposite < 2; opposite++) {
        if (opposite)
            mbedtls_mpi_sub_mpi(&t, &grp.N, &r);
        else
            mbedtls_mpi_copy(&t, &r);
        mbedtls_mpi_write_binary(&t, hash, 32);
        mbedtls_mpi_add_mpi(&s, &t, &r); /* k s = e + r d, k = 5 */
        mbedtls_mpi_lset(&d, 5);
        mbedtls_mpi_inv_mod(&d, &d, &grp.N);
        mbedtls_mpi_mul_mpi(&s, &s, &d);
        mbedtls_mpi_mod_mpi(&s, &s, &grp.N);
        if (opposite) mbedtls_mpi_lset(&s, 7); /* any: the sum is zero whatever it is */
        put_two(sig);
        if ((p256_ecdsa_verify(sig, pub, hash, 32) == 0) == opposite) return 2 + opposite;
    }
    memset(hash, 0, sizeof hash);
    if (p256_ecdsa_sign(sig, priv, hash, 32) != 0 || p256_ecdsa_verify(sig, pub, hash, 32) != 0)
        return 4;
    memset(sig, 0, 32);
    return p256_ecdsa_verify(sig, pub, hash, 32) == 0 ? 5 : 0;
}

/* 1 .. 20, n - 20 .. n - 1, then random ones. */
static void scalar(uint8_t priv[32], int i)
{
    mbedtls_mpi_lset(&t, i + 1);
    if (i >= 20) mbedtls_mpi_sub_int(&t, &grp.N, i - 19);
    mbedtls_mpi_write_binary(&t, priv, 32);
    if (i >= 40) lp_crypto_rng(NULL, priv, 32);
}

static int differs(void)
{
    uint8_t priv[32], hash[64];

    mbedtls_ecp_group_load(&grp, MBEDTLS_ECP_DP_SECP256R1);
    mbedtls_mpi_write_binary(&grp.N, priv, 32);
    if (p256_public(hash, priv) == 0) return 1; /* n is no key; nor is 0 */
    memset(priv, 0, 32);
    if (p256_public(hash, priv) == 0) return 2;
    for (int i = 0; i < 40 + RANDOM; i++) {
        scalar(priv, i);
        lp_crypto_rng(NULL, hash, 32);
        int step = check_key(priv, hash);
        if (step) return 100 * (i + 1) + step;
    }
    return 10 * check_sums();
}

/* Of eight bits, and never 0 where something differs. */
static int status(void)
{
    int what = differs();
    return what ? 1 + what % 255 : 0;
}

int main(void)
{
    const uint32_t block[2] = {0x20026, (uint32_t)status()}; /* ADP_Stopped_ApplicationExit */
    register int r0 __asm__("r0") = 0x20;
    register const void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : : "r"(r0), "r"(r1) : "memory");
    return 0;
}
