/* SPDX-License-Identifier: Apache-2.0
 *
 * limpet/store.h - a store of small values on raw flash: a struct lp_kv (limpet/port.h) for who has no file system.
 * A log of records over two erase units or more; what a power cut leaves is the old value or the new, whole. Every byte
 * is in SPEC.md. RAM: this struct, and some 200 bytes of stack; no buffer, whatever the sizes. Wear is spread evenly
 * over the units. No unit is left out: once one does not erase or program any more, what is there can still be read,
 * and put and del say LP_ERR_STORE as soon as that unit's turn has come.
 *
 * A value takes its length, 13 bytes, what is missing to a write unit, and one write unit. Half of the flash holds
 * values, less 80 to 150 bytes; a value must fit in there at once with all others. Where no more fits, put says
 * LP_ERR_FULL, and del still works. A value that is put as it is already costs nothing.
 */
#ifndef LIMPET_STORE_H
#define LIMPET_STORE_H

#include "limpet/port.h"

struct lp_store {
    struct lp_kv kv; /* give &store.kv to lp_client_config */
    /* private from here on */
    struct lp_flash *flash;
    uint32_t at, size;  /* where bank 0 lies; bytes of a bank */
    uint32_t base;      /* of the bank in use; what follows counts from there */
    uint32_t tip, head; /* where the newest record ends; where the next one goes */
    uint32_t sequence, rank,
        most; /* of the bank: as its header says; with its marks; with all that there may be */
    uint32_t turns; /* banks filled since the store was formatted */
    uint16_t banks, bank;
    uint8_t gap; /* chunks to leave out before the next record */
    bool failed; /* a read of the operation in hand did */
};

/* Takes units erase units of the flash from address at, both the store's own; formats what holds no store yet. An even
 * number is best: of an odd one only its largest divisor holds values at once. The flash must outlive the store.
 * Opens even where the flash can only be read: then put and del say LP_ERR_STORE.
 * 0; LP_ERR_VALUE: fewer than two units, or units too small for a record; LP_ERR_STORE: the flash failed, or holds a
 * store of a newer version (which is left as it is). */
int lp_store_open(struct lp_store *, struct lp_flash *, uint32_t at, uint32_t units);

/* The smallest key above after (-1: the first), or LP_ERR_NOT_FOUND, LP_ERR_STORE. */
int lp_store_next(struct lp_store *, int after);

struct lp_store_info {
    uint32_t used, size; /* bytes of values, with what the records around them take; at most */
    /* Erases of a unit since it was first formatted; those that a power cut interrupted are not counted. */
    uint32_t erases_most, erases_least;
};
int lp_store_info(struct lp_store *, struct lp_store_info *);

#endif
