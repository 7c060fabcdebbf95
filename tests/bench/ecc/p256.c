/* SPDX-License-Identifier: Apache-2.0
 *
 * p256.c - the curve P-256 with few instructions in little flash. See p256.h.
 *
 * Field: eight words, least significant first, times 2^256 mod p (Montgomery). The form of
 *     p = 2^256 - 2^224 + 2^192 + 2^96 - 1
 * makes a step of Montgomery's reduction six additions and no multiplication: -1/p mod 2^32 is 1, so that u, what
 * p is multiplied with, is the lowest word itself, and u*p is u at words 3 and 6 and u*(2^32 - 1) at word 7.
 *
 * Scalars: the odd one of s and n - s in 64 digits of {+-1, +-3 .. +-15}; none is zero, so that each step is four
 * doublings and one addition from a table of P, 3P .. 15P, and no branch or address depends on a secret. (On a
 * core whose multiplication takes longer for some operands, as the Cortex-M3's UMULL does, time depends on them a
 * little; Mbed TLS's own arithmetic is no different there.) Points are (x:y:z), standing for (x/z^2, y/z^3).
 */
#include "p256.h"

#include "link/crypto.h"

#include <mbedtls/platform_util.h>
#include <stdbool.h>
#include <string.h>

struct point {
    uint32_t x[8], y[8], z[8];
};

static const uint32_t P[8] = {0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 0, 1, 0xffffffff};
static const uint32_t N[8] = {0xfc632551, 0xf3b9cac2, 0xa7179e84, 0xbce6faad,
                              0xffffffff, 0xffffffff, 0,          0xffffffff};
/* 2^512 mod p and mod n, which take a number into Montgomery's form. */
static const uint32_t P_R2[8] = {3,          0,          0xffffffff, 0xfffffffb,
                                 0xfffffffe, 0xffffffff, 0xfffffffd, 4};
static const uint32_t N_R2[8] = {0xbe79eea2, 0x83244c95, 0x49bd6fa6, 0x4699799c,
                                 0x2b6bec59, 0x2845b239, 0xf3d95620, 0x66e12d94};
#define N_INV 0xee00bc4f /* -1/n mod 2^32 */
/* In Montgomery's form: 1, the curve's b, its point G. */
static const uint32_t ONE[8] = {1, 0, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0xfffffffe, 0};
static const uint32_t B[8] = {0x29c4bddf, 0xd89cdf62, 0x78843090, 0xacf005cd,
                              0xf7212ed6, 0xe5a220ab, 0x04874834, 0xdc30061d};
static const struct point G = {{0x18a9143c, 0x79e730d4, 0x5fedb601, 0x75ba95fc, 0x77622510,
                                0x79fb732b, 0xa53755c6, 0x18905f76},
                               {0xce95560a, 0xddf25357, 0xba19e45c, 0x8b4ab8e4, 0xdd21f325,
                                0xd2e88688, 0x25885d85, 0x8571ff18},
                               {1, 0, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0xfffffffe, 0}};

/* ---- 256 bits ---- */

static uint32_t add(uint32_t z[8], const uint32_t x[8], const uint32_t y[8])
{
    uint64_t sum = 0;
    for (int i = 0; i < 8; i++, sum >>= 32) z[i] = (uint32_t)(sum += (uint64_t)x[i] + y[i]);
    return (uint32_t)sum;
}

/* x - y, and whether it was below zero */
static uint32_t subtract(uint32_t z[8], const uint32_t x[8], const uint32_t y[8])
{
    uint32_t borrow = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t diff = (uint64_t)x[i] - y[i] - borrow;
        z[i] = (uint32_t)diff;
        borrow = (uint32_t)(diff >> 32) & 1;
    }
    return borrow;
}

/* z = x where the bit is 1 */
static void assign_if(uint32_t z[8], const uint32_t x[8], uint32_t bit)
{
    for (int i = 0; i < 8; i++) z[i] ^= (z[i] ^ x[i]) & (0u - bit);
}

/* z - m where that, with `over` as its ninth word, is not below zero */
static void reduce_once(uint32_t z[8], uint32_t over, const uint32_t m[8])
{
    uint32_t t[8], borrow = subtract(t, z, m);
    assign_if(z, t, over | (borrow ^ 1));
}

static uint32_t is_zero(const uint32_t x[8])
{
    uint32_t any = 0;
    for (int i = 0; i < 8; i++) any |= x[i];
    return (~any & (any - 1)) >> 31;
}

static void from_bytes(uint32_t z[8], const uint8_t p[32])
{
    for (int i = 7; i >= 0; i--, p += 4)
        z[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void to_bytes(uint8_t p[32], const uint32_t z[8])
{
    for (int i = 31; i >= 0; i--) *p++ = (uint8_t)(z[i / 4] >> i % 4 * 8);
}

/* ---- modulo p: z may be x or y; all are below p ---- */

#ifndef P256_ASM /* whole functions in assembly: ARMv7-M and what has all of it */
#if defined(__ARM_ARCH_7M__) || defined(__ARM_ARCH_7EM__) || defined(__ARM_ARCH_8M_MAIN__)
#define P256_ASM 1
#else
#define P256_ASM 0
#endif
#endif

#if P256_ASM
#pragma GCC diagnostic ignored "-Wunused-parameter" /* they are in registers */
/* r4-r11 hold the sum, r0 is x[i], r2 is y; [sp] is the sum's ninth word, [sp+4] the end of x, [sp+8] is z. */
#define COLUMN(sum, j)                                                                       \
    "ldr r3, [r2, #" #j "]\n mov lr, #0\n umlal " #sum ", lr, r0, r3\n adds " #sum ", " #sum \
    ", r12\n adc r12, lr, #0\n"
/* r4-r11 minus p, unless that with the ninth word r3 is below zero */
#define REDUCE_ONCE                                                                             \
    "subs r0, r4, #-1\n sbcs r0, r5, #-1\n sbcs r0, r6, #-1\n sbcs r0, r7, #0\n sbcs r0, r8, "  \
    "#0\n sbcs r0, r9, #0\n"                                                                    \
    "sbcs r0, r10, #1\n sbcs r0, r11, #-1\n sbcs r3, r3, #0\n sbc r3, r3, r3\n mvn r3, r3\n"    \
    "and r0, r3, #1\n subs r4, r4, r3\n sbcs r5, r5, r3\n sbcs r6, r6, r3\n sbcs r7, r7, #0\n " \
    "sbcs r8, r8, #0\n"                                                                         \
    "sbcs r9, r9, #0\n sbcs r10, r10, r0\n sbc r11, r11, r3\n"

__attribute__((naked, noinline)) static void fe_mul(uint32_t z[8], const uint32_t x[8],
                                                    const uint32_t y[8])
{
    __asm__(
        "push {r0, r4-r11, lr}\n sub sp, sp, #8\n add r3, r1, #32\n str r3, [sp, #4]\n"
        "movs r3, #0\n str r3, [sp]\n movs r4, #0\n movs r5, #0\n movs r6, #0\n movs r7, #0\n mov "
        "r8, r3\n mov r9, r3\n"
        "mov r10, r3\n mov r11, r3\n"
        "1: ldr r0, [r1], #4\n mov r12, #0\n ldr r3, [r2]\n umlal r4, r12, r0, r3\n" COLUMN(r5, 4)
            COLUMN(r6, 8) COLUMN(r7, 12) COLUMN(r8, 16) COLUMN(r9, 20) COLUMN(r10, 24) COLUMN(
                r11,
                28) "ldr r3, [sp]\n mov lr, #0\n adds r12, r12, r3\n adc lr, lr, #0\n"
                    /* r4 is u, and goes; r3 and r0 are u*(2^32 - 1) */
                    "rsbs r3, r4, #0\n sbc r0, r4, #0\n"
                    "adds r7, r7, r4\n adcs r8, r8, #0\n adcs r9, r9, #0\n adcs r10, r10, r4\n "
                    "adcs r11, r11, r3\n"
                    "adcs r12, r12, r0\n adc lr, lr, #0\n str lr, [sp]\n"
                    "mov r4, r5\n mov r5, r6\n mov r6, r7\n mov r7, r8\n mov r8, r9\n mov r9, "
                    "r10\n mov r10, r11\n mov r11, r12\n"
                    "ldr r3, [sp, #4]\n cmp r1, r3\n bne 1b\n"
                    "ldr r3, [sp]\n" REDUCE_ONCE
                    "ldr r0, [sp, #8]\n stm r0, {r4-r11}\n add sp, sp, #12\n pop {r4-r11, pc}\n");
}

__attribute__((naked, noinline)) static void fe_add(uint32_t z[8], const uint32_t x[8],
                                                    const uint32_t y[8])
{
    __asm__("push {r0, r4-r11, lr}\n ldm r1, {r4-r11}\n"
            "ldm r2!, {r0, r1, r3, r12}\n adds r4, r4, r0\n adcs r5, r5, r1\n adcs r6, r6, r3\n "
            "adcs r7, r7, r12\n"
            "ldm r2, {r0, r1, r3, r12}\n adcs r8, r8, r0\n adcs r9, r9, r1\n adcs r10, r10, r3\n "
            "adcs r11, r11, r12\n"
            "mov r3, #0\n adc r3, r3, #0\n" REDUCE_ONCE
            "pop {r0}\n stm r0, {r4-r11}\n pop {r4-r11, pc}\n");
}

__attribute__((naked, noinline)) static void fe_sub(uint32_t z[8], const uint32_t x[8],
                                                    const uint32_t y[8])
{
    __asm__(
        "push {r0, r4-r11, lr}\n ldm r1, {r4-r11}\n"
        "ldm r2!, {r0, r1, r3, r12}\n subs r4, r4, r0\n sbcs r5, r5, r1\n sbcs r6, r6, r3\n sbcs "
        "r7, r7, r12\n"
        "ldm r2, {r0, r1, r3, r12}\n sbcs r8, r8, r0\n sbcs r9, r9, r1\n sbcs r10, r10, r3\n sbcs "
        "r11, r11, r12\n"
        "sbc r3, r3, r3\n and r0, r3, #1\n" /* below zero: plus p */
        "adds r4, r4, r3\n adcs r5, r5, r3\n adcs r6, r6, r3\n adcs r7, r7, #0\n adcs r8, r8, #0\n "
        "adcs r9, r9, #0\n"
        "adcs r10, r10, r0\n adc r11, r11, r3\n pop {r0}\n stm r0, {r4-r11}\n pop {r4-r11, pc}\n");
}
#else
static void fe_mul(uint32_t z[8], const uint32_t x[8], const uint32_t y[8])
{
    uint32_t a[10] = {0};

    for (int i = 0; i < 8; i++) {
        uint64_t sum = 0;
        for (int j = 0; j < 8; j++, sum >>= 32)
            a[j] = (uint32_t)(sum += (uint64_t)x[i] * y[j] + a[j]);
        sum += a[8];
        a[8] = (uint32_t)sum;
        a[9] = (uint32_t)(sum >> 32);
        const uint32_t u = a[0];
        const uint64_t high = ((uint64_t)u << 32) - u; /* u*(2^32 - 1) */
        const uint32_t up[10] = {0, 0, 0, u, 0, 0, u, (uint32_t)high, (uint32_t)(high >> 32), 0};
        sum = 0;
        for (int j = 1; j < 10; j++, sum >>= 32)
            a[j - 1] = (uint32_t)(sum += (uint64_t)a[j] + up[j]);
    }
    memcpy(z, a, 32);
    reduce_once(z, a[8], P);
}

static void fe_add(uint32_t z[8], const uint32_t x[8], const uint32_t y[8])
{
    uint32_t over = add(z, x, y);
    reduce_once(z, over, P);
}

static void fe_sub(uint32_t z[8], const uint32_t x[8], const uint32_t y[8])
{
    uint32_t t[8], borrow = subtract(z, x, y);
    add(t, z, P);
    assign_if(z, t, borrow);
}
#endif

/* ---- modulo n: the same by the book, for it is done seldom ---- */

static void sc_mul(uint32_t z[8], const uint32_t x[8], const uint32_t y[8])
{
    uint32_t a[9] = {0};

    for (int i = 0; i < 8; i++) {
        const uint32_t u = (a[0] + x[i] * y[0]) * N_INV;
        uint64_t one = 0, two = 0; /* x[i] * y, u * n */
        for (int j = 0; j < 8; j++, one >>= 32, two >>= 32) {
            one += (uint64_t)x[i] * y[j] + a[j];
            two += (uint64_t)u * N[j] + (uint32_t)one;
            a[j ? j - 1 : 0] = (uint32_t)two; /* the lowest is 0 */
        }
        one += two + a[8];
        a[7] = (uint32_t)one;
        a[8] = (uint32_t)(one >> 32);
    }
    memcpy(z, a, 32);
    reduce_once(z, a[8], N);
}

/* x^(m - 2), which is 1/x modulo the prime m; x and z apart. m is not secret. */
static void invert(uint32_t z[8], const uint32_t x[8], const uint32_t m[8],
                   void (*mul)(uint32_t *, const uint32_t *, const uint32_t *))
{
    memcpy(z, x, 32); /* bit 255 of m - 2 */
    for (int i = 254; i >= 0; i--) {
        uint32_t word = i < 32 ? m[0] - 2 : m[i / 32];
        mul(z, z, z);
        if (word >> i % 32 & 1) mul(z, z, x);
    }
}

/* A number of [1, n), in s: 0, or not 0 where it is none. */
static uint32_t sc_read(uint32_t s[8], const uint8_t p[32])
{
    uint32_t t[8];
    from_bytes(s, p);
    return is_zero(s) | (subtract(t, s, N) ^ 1);
}

/* ---- points ---- */

static void point_double(struct point *r)
{
    uint32_t m[8], s[8], u[8];

    fe_mul(s, r->z, r->z);
    fe_add(m, r->x, s);
    fe_sub(u, r->x, s);
    fe_mul(s, m, u);
    fe_add(m, s, s);
    fe_add(m, m, s); /* 3 (x + z^2) (x - z^2) */
    fe_mul(u, r->y, r->y);
    fe_add(u, u, u);
    fe_mul(s, r->x, u);
    fe_add(s, s, s); /* 4 x y^2 */
    fe_mul(u, u, u);
    fe_add(u, u, u); /* 8 y^4 */
    fe_mul(r->x, m, m);
    fe_sub(r->x, r->x, s);
    fe_sub(r->x, r->x, s);
    fe_mul(r->z, r->y, r->z);
    fe_add(r->z, r->z, r->z);
    fe_sub(s, s, r->x);
    fe_mul(s, s, m);
    fe_sub(r->y, s, u);
}

/* r += q; neither is zero. Opposite points give z = 0. Equal ones are doubled: that branch is taken for public
 * numbers, and for the scalars 2 and n - 2, which nobody draws. */
static void point_add(struct point *r, const struct point *q)
{
    uint32_t t[8], h[8], s[8];

    fe_mul(t, q->z, q->z);
    fe_mul(r->x, r->x, t);
    fe_mul(t, t, q->z);
    fe_mul(r->y, r->y, t);
    fe_mul(t, r->z, r->z);
    fe_mul(h, q->x, t);
    fe_mul(t, t, r->z);
    fe_mul(s, q->y, t);
    fe_sub(h, h, r->x);
    fe_sub(s, s, r->y);
    if (is_zero(h) & is_zero(s)) {
        *r = *q;
        point_double(r);
        return;
    }
    fe_mul(r->z, r->z, q->z);
    fe_mul(r->z, r->z, h);
    fe_mul(t, h, h);
    fe_mul(h, h, t);
    fe_mul(t, t, r->x);
    fe_mul(r->x, s, s);
    fe_sub(r->x, r->x, h);
    fe_sub(r->x, r->x, t);
    fe_sub(r->x, r->x, t);
    fe_sub(t, t, r->x);
    fe_mul(t, t, s);
    fe_mul(h, h, r->y);
    fe_sub(r->y, t, h);
}

/* Bits of a digit, 2 or 4: with 2 a handshake has a third more instructions, and its stack is 576 bytes less. */
#ifndef P256_WINDOW
#define P256_WINDOW 4
#endif
enum { W = P256_WINDOW, TABLE = 1 << (W - 1), DIGITS = 256 / W };

/* q = the table's entry of an index that is secret, times -1 where the bit is 1 */
static void choose(struct point *q, const struct point table[TABLE], uint32_t index,
                   uint32_t negative)
{
    static const uint32_t zero[8];
    uint32_t y[8];

    for (uint32_t i = 0; i < TABLE; i++) {
        uint32_t hit = ((i ^ index) - 1) >> 31;
        assign_if(q->x, table[i].x, hit);
        assign_if(q->y, table[i].y, hit);
        assign_if(q->z, table[i].z, hit);
    }
    fe_sub(y, zero, q->y);
    assign_if(q->y, y, negative);
}

/* r = s * p, where s is of [1, n).
 * With t = s/2 + 2^255 for the odd s, s is the sum of (2v - 15) * 16^i over the nibbles v of t
 * (or of (2v - 3) * 4^i over its pairs of bits). */
static void multiply(struct point *r, const uint32_t s[8], const struct point *p)
{
    struct point table[TABLE], q = *p;
    uint32_t t[8], negative = ~s[0] & 1;

    subtract(t, N, s);
    assign_if(t, s, negative ^ 1);
    for (int i = 0; i < 8; i++) t[i] = t[i] >> 1 | (i < 7 ? t[i + 1] << 31 : 1u << 31);
    table[0] = *p;
    point_double(&q);
    for (int i = 1; i < TABLE; i++) {
        table[i] = q;
        point_add(&table[i], &table[i - 1]);
    }
    for (int i = DIGITS - 1; i >= 0; i--) {
        uint32_t v = t[i * W / 32] >> i * W % 32, low = (v >> (W - 1) & 1) ^ 1;
        choose(&q, table, (v ^ (0u - low)) & (TABLE - 1), low ^ negative);
        if (i == DIGITS - 1)
            *r = q;
        else
            point_add(r, &q);
        for (int k = 0; i && k < W; k++) point_double(r);
    }
    mbedtls_platform_zeroize(t, sizeof t);
    mbedtls_platform_zeroize(&q, sizeof q);
}

/* The point's x and y as numbers, no longer in Montgomery's form. */
static void affine(uint32_t x[8], uint32_t y[8], const struct point *p)
{
    static const uint32_t one[8] = {1};
    uint32_t i[8], t[8];

    invert(i, p->z, P, fe_mul);
    fe_mul(t, i, i);
    fe_mul(x, p->x, t);
    fe_mul(x, x, one);
    fe_mul(t, t, i);
    fe_mul(y, p->y, t);
    fe_mul(y, y, one);
}

/* A point that lies on the curve, y^2 = x^3 - 3x + b: 0, or not 0 where it does not. */
static uint32_t point_read(struct point *p, const uint8_t bytes[64])
{
    uint32_t t[8], u[8], below;

    from_bytes(p->x, bytes);
    from_bytes(p->y, bytes + 32);
    below = subtract(t, p->x, P) & subtract(u, p->y, P);
    fe_mul(p->x, p->x, P_R2);
    fe_mul(p->y, p->y, P_R2);
    memcpy(p->z, ONE, sizeof ONE);
    fe_mul(t, p->x, p->x);
    for (int i = 0; i < 3; i++) fe_sub(t, t, ONE); /* x^2 - 3 */
    fe_mul(t, t, p->x);
    fe_add(t, t, B);
    fe_mul(u, p->y, p->y);
    fe_sub(t, t, u);
    return (below & is_zero(t)) ^ 1;
}

static void point_write(uint8_t bytes[64], const struct point *p)
{
    uint32_t x[8], y[8];
    affine(x, y, p);
    to_bytes(bytes, x);
    to_bytes(bytes + 32, y);
}

/* A random scalar and its point. */
static int draw(uint8_t bytes[32], uint32_t s[8], struct point *p)
{
    for (int tries = 0; tries < 4; tries++) { /* one in 2^32 draws is not below n */
        if (lp_crypto_rng(NULL, bytes, 32) != 0) return -1;
        if (sc_read(s, bytes)) continue;
        multiply(p, s, &G);
        return 0;
    }
    return -1;
}

/* The leftmost bits of a hash as a number below n (SEC 1, 4.1.3). */
static void read_hash(uint32_t e[8], const uint8_t *hash, size_t n)
{
    uint8_t bytes[32] = {0};
    size_t used = n < 32 ? n : 32;

    memcpy(bytes + 32 - used, hash, used);
    from_bytes(e, bytes);
    reduce_once(e, 0, N);
}

/* ---- the interface ---- */

int p256_gen_keypair(uint8_t priv[32], uint8_t pub[64])
{
    struct point p;
    uint32_t s[8];
    int err = draw(priv, s, &p);

    mbedtls_platform_zeroize(s, sizeof s);
    if (err == 0) point_write(pub, &p);
    return err;
}

int p256_public(uint8_t pub[64], const uint8_t priv[32])
{
    struct point p;
    uint32_t s[8];
    int err = sc_read(s, priv) ? -1 : 0;

    if (err == 0) {
        multiply(&p, s, &G);
        point_write(pub, &p);
    }
    mbedtls_platform_zeroize(s, sizeof s);
    return err;
}

int p256_check(const uint8_t pub[64])
{
    struct point p;
    return point_read(&p, pub) ? -1 : 0;
}

int p256_ecdh_shared_secret(uint8_t secret[32], const uint8_t priv[32], const uint8_t pub[64])
{
    struct point p, r;
    uint32_t s[8], x[8], y[8];
    int err = -1;

    if (!sc_read(s, priv) && !point_read(&p, pub)) {
        multiply(&r, s, &p);
        affine(x, y, &r);
        to_bytes(secret, x);
        err = 0;
    }
    mbedtls_platform_zeroize(s, sizeof s);
    mbedtls_platform_zeroize(x, sizeof x);
    mbedtls_platform_zeroize(&r, sizeof r);
    return err;
}

int p256_ecdsa_sign(uint8_t sig[64], const uint8_t priv[32], const uint8_t *hash, size_t hlen)
{
    struct point p;
    uint32_t d[8], k[8], e[8], r[8], t[8];
    int err = sc_read(d, priv) ? -1 : draw(sig, k, &p);

    if (err == 0) {
        affine(r, t, &p);
        reduce_once(r, 0, N);
        to_bytes(sig, r); /* over the random number */
        read_hash(e, hash, hlen);
        sc_mul(t, r, N_R2);
        sc_mul(t, t, d);
        reduce_once(t, add(t, t, e), N); /* e + r d */
        sc_mul(k, k, N_R2);
        invert(d, k, N, sc_mul);
        sc_mul(t, t, d);
        to_bytes(sig + 32, t);
        if (is_zero(r) | is_zero(t)) err = -1;
    }
    mbedtls_platform_zeroize(d, sizeof d);
    mbedtls_platform_zeroize(k, sizeof k);
    return err;
}

int p256_ecdsa_verify(const uint8_t sig[64], const uint8_t pub[64], const uint8_t *hash,
                      size_t hlen)
{
    struct point q, t;
    uint32_t r[8], s[8], e[8], w[8];

    if (sc_read(r, sig) | sc_read(s, sig + 32) | point_read(&q, pub)) return -1;
    read_hash(e, hash, hlen);
    sc_mul(s, s, N_R2);
    invert(w, s, N, sc_mul);
    sc_mul(e, e, w);
    sc_mul(s, r, w);
    t = q;
    multiply(&q, s, &t);
    if (!is_zero(e)) {
        multiply(&t, e, &G);
        point_add(&q, &t);
    }
    affine(e, w, &q);
    reduce_once(e, 0, N);
    subtract(e, e, r);
    return is_zero(e) ? 0 : -1;
}
