/* SPDX-License-Identifier: Apache-2.0
 *
 * table.h - a hash table of links that live in the structs they find. Keys are compared by the caller; their hash is
 * keyed (SipHash), because they come from the network. */
#ifndef SERVER_TABLE_H
#define SERVER_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct link {
    struct link *next;
    uint64_t hash;
};

struct table {
    struct link **slots;
    size_t mask, n; /* slots - 1; links */
};

void table_seed(void); /* once, before the first hash: a random key */
uint64_t table_hash(const void *key, size_t n);
void table_add(struct table *, struct link *,
               uint64_t hash); /* in front of others of the same hash */
void table_del(struct table *, struct link *);
/* The first link of that hash, the next one; NULL. */
struct link *table_first(const struct table *, uint64_t hash);
struct link *table_next(const struct link *);
/* Any link: for (l = NULL; (l = table_each(t, l)) != NULL;) ... - without changes to the table in between. */
struct link *table_each(const struct table *, const struct link *);
void table_free(struct table *);

#endif
