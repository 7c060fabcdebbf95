/* SPDX-License-Identifier: Apache-2.0
 *
 * restype.h - the types of the resources that the server knows: objects 0 to 7 and 21 (OMA LwM2M 1.1 and 1.2), and the
 * reusable resources of IPSO objects (3200 to 3441), whose ids mean the same everywhere; and what a device has shown of
 * the others. */
#ifndef SERVER_RESTYPE_H
#define SERVER_RESTYPE_H

#include "limpet/object.h"

/* enum lp_type; 0: not known. *multiple (may be NULL): may have resource instances. */
enum lp_type restype(const struct lp_path *, bool *multiple);
/* As the REST interface writes it: "STRING", "INTEGER", ...; from text in any case (0: no such type). */
const char *restype_name(enum lp_type);
enum lp_type restype_parse(const char *);

/* ---- the types of resources that are not known, as one device has them ---- */

#define TYPES_MOST 256 /* of a device; beyond that the oldest goes */

struct types { /* {0}: none */
    struct type_of {
        uint16_t object, res;
        uint8_t type;
    } *v;
    unsigned n, next;
};

/* The type of a resource: known, or remembered (types may be NULL); 0: neither. */
enum lp_type types_of(const struct types *, const struct lp_path *);
/* Somebody says so. */
void types_put(struct types *, const struct lp_path *, enum lp_type);
/* A value came in a format that tells types. A whole number says less than what is remembered of another number; in
 * JSON it says nothing, 21 may be a float. */
void types_saw(struct types *, const struct lp_path *, enum lp_type, int format);
void types_add(struct types *, const struct types *more);
void types_free(struct types *);

#endif
