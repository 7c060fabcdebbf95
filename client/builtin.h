/* SPDX-License-Identifier: Apache-2.0
 *
 * builtin.h - objects whose resources are known, so that a device file need not describe them.
 */
#ifndef CLIENT_BUILTIN_H
#define CLIENT_BUILTIN_H

#include "limpet/object.h"

struct builtin {
    uint16_t id, n;
    const struct lp_res *res; /* ascending by id */
    const char *name;
};

const struct builtin *builtin_object(
    uint16_t id); /* NULL: not known. Not for objects 0, 1, 2: see core_res */
/* Resources of objects 0, 1 and 2, which the library serves itself: for the console. NULL: there is none. */
const struct lp_res *core_res(uint16_t obj, uint16_t res);
/* The n-th of them, NULL past the last. */
const struct lp_res *core_row(uint16_t obj, unsigned n);

#endif
