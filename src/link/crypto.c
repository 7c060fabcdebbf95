/* SPDX-License-Identifier: Apache-2.0
 *
 * crypto.c - random bytes from the port, and the arena of Mbed TLS: blocks one behind the other, each with its size in
 * front, odd while it is in use. A block goes to the first place that fits, and the free ones in a row are made one
 * while looking for it.
 *
 *   p        p + 8                                                multiples of 8, so that what is handed out is aligned
 *   |   |size|...............|size|.......|size|............|
 *
 * The peak is read from the arena itself: it is painted, and whatever was handed out has been zeroed, so the paint ends
 * where the highest use ended. That is what the arena must be given, gaps and sizes included, and it costs nothing
 * while running.
 */
#include "link/crypto.h"

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl.h>

#include "limpet/port.h"

#define PAINT 0xa5
#define ALIGN ((size_t)8)

static struct {
    uint8_t *p, *first, *end; /* the blocks are in [first, end) */
} arena;                      /* all that is global in Limpet */

/* ---- random bytes ---- */

int lp_crypto_rng(void *ctx, unsigned char *p, size_t n)
{
    (void)ctx;
    return lp_port_random(p, n) == 0 ? 0 : MBEDTLS_ERR_SSL_NO_RNG;
}

uint32_t lp_random_below(uint32_t below)
{
    /* What is over the last whole multiple of `below` would favour the small numbers: drawn again. */
    uint32_t v, over = (uint32_t)(0u - below) % below;
    do {
        if (lp_port_random(&v, sizeof(v)) != 0) return below / 2;
    } while (v < over);
    return v % below;
}

/* ---- memory ---- */

void lp_wipe(void *p, size_t n)
{
    mbedtls_platform_zeroize(p, n);
}

static size_t *size_of(uint8_t *block)
{
    return (size_t *)(void *)block;
}

/* The size of the free block at `at`, with those behind it that are free too; 0: it is in use. */
static size_t gather(uint8_t *at)
{
    size_t *size = size_of(at);
    if (*size & 1) return 0;
    for (uint8_t *next; (next = at + *size) < arena.end && !(*size_of(next) & 1);)
        *size += *size_of(next);
    return *size;
}

static void *take(size_t n, size_t size)
{
    size_t room = (size_t)(arena.end - arena.first);
    if (n && size > room / n) return NULL;
    size = (n * size + sizeof(size_t) + ALIGN - 1) & ~(ALIGN - 1);
    for (uint8_t *at = arena.first; at < arena.end; at += *size_of(at) & ~(size_t)1) {
        size_t free = gather(at);
        if (free < size) continue;
        if (free > size) *size_of(at + size) = free - size;
        *size_of(at) = size | 1;
        return memset(at + sizeof(size_t), 0, size - sizeof(size_t));
    }
    return NULL;
}

static void give_back(void *p)
{
    if (p) ((size_t *)p)[-1] &= ~(size_t)1;
}

void lp_tls_memory(void *p, size_t n)
{
    n &= ~(ALIGN - 1);
    arena.p = p;
    arena.first = arena.end = arena.p + ALIGN - sizeof(size_t);
    memset(p, PAINT, n);
    if (n > ALIGN) {
        arena.end += n - ALIGN;
        *size_of(arena.first) = n - ALIGN;
    }
    mbedtls_platform_set_calloc_free(take, give_back);
}

size_t lp_tls_memory_peak(void)
{
    const uint8_t *end = arena.end;
    while (end > arena.p && end[-1] == PAINT) end--;
    return (size_t)(end - arena.p);
}
