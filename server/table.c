/* SPDX-License-Identifier: Apache-2.0
 *
 * table.c - chains, doubled when there are as many links as slots. The hash is SipHash-1-3.
 */
#include "server/table.h"

#include <stdlib.h>
#include <string.h>

#include "limpet/port.h"
#include "server/mem.h"

static uint64_t key[2];

void table_seed(void)
{
    lp_port_random(key, sizeof(key));
}

static uint64_t rotl(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1], v[1] = rotl(v[1], 13) ^ v[0], v[0] = rotl(v[0], 32);
    v[2] += v[3], v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = rotl(v[1], 17) ^ v[2], v[2] = rotl(v[2], 32);
}

uint64_t table_hash(const void *p, size_t n)
{
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
                     key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u};
    const uint8_t *b = p;
    for (size_t at = 0; at <= n; at += 8) {
        uint64_t m = n - at < 8 ? (uint64_t)n << 56 : 0;
        if (n - at) memcpy(&m, b + at, n - at < 8 ? n - at : 8);
        if (n - at < 8) m |= (uint64_t)n << 56;
        v[3] ^= m;
        sip_round(v);
        v[0] ^= m;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void grow(struct table *t)
{
    size_t slots = t->slots ? (t->mask + 1) * 2 : 64;
    struct link **old = t->slots;
    size_t olds = old ? t->mask + 1 : 0;
    t->slots = mem_new(slots * sizeof(struct link *));
    t->mask = slots - 1;
    for (size_t i = 0; i < olds; i++) {
        struct link *back = NULL; /* turned round twice: those in front stay in front */
        for (struct link *l = old[i], *next; l; l = next) next = l->next, l->next = back, back = l;
        for (struct link *l = back, *next; l; l = next) {
            next = l->next;
            l->next = t->slots[l->hash & t->mask];
            t->slots[l->hash & t->mask] = l;
        }
    }
    free(old);
}

void table_add(struct table *t, struct link *l, uint64_t hash)
{
    if (!t->slots || t->n > t->mask) grow(t);
    l->hash = hash;
    l->next = t->slots[hash & t->mask];
    t->slots[hash & t->mask] = l;
    t->n++;
}

void table_del(struct table *t, struct link *l)
{
    for (struct link **at = &t->slots[l->hash & t->mask]; *at; at = &(*at)->next)
        if (*at == l) {
            *at = l->next;
            t->n--;
            return;
        }
}

static struct link *same(struct link *l, uint64_t hash)
{
    while (l && l->hash != hash) l = l->next;
    return l;
}

struct link *table_first(const struct table *t, uint64_t hash)
{
    return t->slots ? same(t->slots[hash & t->mask], hash) : NULL;
}

struct link *table_next(const struct link *l)
{
    return same(l->next, l->hash);
}

struct link *table_each(const struct table *t, const struct link *l)
{
    if (!t->slots) return NULL;
    if (l && l->next) return l->next;
    for (size_t i = l ? (l->hash & t->mask) + 1 : 0; i <= t->mask; i++)
        if (t->slots[i]) return t->slots[i];
    return NULL;
}

void table_free(struct table *t)
{
    free(t->slots);
    *t = (struct table){0};
}
