/* SPDX-License-Identifier: Apache-2.0
 *
 * limpet/store.h - a store of small values on raw flash: a struct lp_kv (limpet/port.h) for who has no file system.
 * A log of records over two erase units or more; what a power cut leaves is the old value or the new, whole. Every byte
 * is in SPEC.md. RAM: this struct; no buffer, whatever the sizes. Wear is spread evenly over the units.
 */
#ifndef LIMPET_STORE_H
#define LIMPET_STORE_H

#include "limpet/port.h"

struct lp_store {
    struct lp_kv kv; /* give &store.kv to lp_client_config */
    struct lp_flash *flash;
    uint32_t at, units; /* where it lies: first byte, number of erase units */
    uint32_t head;      /* private from here on: where the next record goes */
    uint32_t sequence;
    uint16_t unit;
    bool broken;
};

/* Takes units erase units of the flash from address at, both the store's own; formats what holds no store yet.
 * The flash must outlive the store. 0; LP_ERR_VALUE: fewer than two units, or units too small for a record;
 * LP_ERR_STORE: the flash failed, or holds a store of a newer version (which is left as it is). */
int lp_store_open(struct lp_store *, struct lp_flash *, uint32_t at, uint32_t units);

/* The smallest key above after (-1: the first), or LP_ERR_NOT_FOUND, LP_ERR_STORE. */
int lp_store_next(struct lp_store *, int after);

struct lp_store_info {
    uint32_t used, size; /* bytes of live records with their heads; of these at most */
    uint32_t erases_most, erases_least; /* of a unit, since it was first formatted */
};
int lp_store_info(struct lp_store *, struct lp_store_info *);

#endif
