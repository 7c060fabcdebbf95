/* SPDX-License-Identifier: Apache-2.0
 *
 * model.h - what a device file says: the objects a device is made of, shared by all devices of the process.
 */
#ifndef CLIENT_MODEL_H
#define CLIENT_MODEL_H

#include <jansson.h>

#include "limpet/object.h"

struct model_object {
    uint16_t id, nres;
    bool plain;          /* described by "resources": data, whatever its id */
    bool create, remove; /* a server may create and delete instances */
    char version[8];     /* "" when not given */
    const struct lp_res *res;
    struct lp_res *own_res; /* res, if it is ours */
    uint32_t
        *delay_ms; /* an answer of resource res[i] comes that late; NULL: no resource has a delay */
    json_t *defaults;  /* {"0": value, ...}: an instance as a server creates it */
    json_t *instances; /* {"0": {"0": value, ...}, ...} */
};

struct model {
    struct model_object *object;
    unsigned n;
};

/* file NULL: the device there is without one. 0, or -1 with the mistake, its line and what was expected in error. */
int model_read(struct model *, const char *file, char *error, size_t size);
void model_free(struct model *);

const struct lp_res *model_res(const struct model_object *, uint16_t res); /* NULL: there is none */
/* Is this the value of a whole resource: {"0": value} of a multiple one, null of an executable? */
bool model_fits(const struct lp_res *, const json_t *);
/* "5", and nothing else, to 5; -1: not an id. */
int model_id(const char *key);

#endif
