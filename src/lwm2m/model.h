/* SPDX-License-Identifier: Apache-2.0
 *
 * model.h - the data model as a tree that is never built: a walk over the tables and handlers of the
 * objects feeds a sink.
 *
 *   walk --next, has, read--> handlers --lp_emit_*--> sink->put    (a format, a counter, one value)
 *
 * Writing is the way back: records of a reader, first all checked, then all written.
 */
#ifndef LP_MODEL_H
#define LP_MODEL_H

#include "bytes/fmt.h"
#include "bytes/link.h"
#include "limpet/object.h"

struct lp_emit { /* a sink; the first member of whatever takes values */
    void (*put)(struct lp_emit *, const struct lp_path *, const struct lp_value *);
    struct lp_path at; /* the resource being read; lp_emit_at sets rinst */
    uint16_t only;     /* the one resource instance asked for, or LP_NONE */
    uint8_t type;      /* the table's: what handlers emit is turned into it */
    uint32_t values;   /* that were put */
    int err;
};

/* ---- what exists ---- */

struct lp_object *lp_model_object(struct lp_object *list, uint16_t dev, uint16_t id);
const struct lp_res *lp_model_res(const struct lp_object *, uint16_t id);
int lp_model_next_inst(struct lp_object *, int after); /* id, or LP_ERR_NOT_FOUND */
bool lp_model_has_inst(struct lp_object *, uint16_t inst);
/* By the table and has(); not resource instances. */
bool lp_model_has_res(struct lp_object *, const struct lp_path *);
/* 0, or LP_ERR_NOT_FOUND: at any level, resource instances too (0 if their value comes later). */
int lp_model_exists(struct lp_object *list, const struct lp_path *);
/* The first id > after among the instances of a multiple resource, or LP_ERR_NOT_FOUND; *n (may be
 * NULL): how many there are. */
int lp_model_next_rinst(struct lp_object *, const struct lp_path *res, int after, uint32_t *n);

/* ---- reading ---- */

/* One resource (instance) into a sink whose put is set, whether a server may read it or not. */
int lp_model_emit(struct lp_object *, const struct lp_path *, struct lp_emit *);
/* The representation of path (an object and all below) in a format, through the out's window: what
 * a server may read. 0; LP_ERR_NOT_FOUND, LP_ERR_METHOD (not readable), LP_ERR_ACCEPT (the format
 * does not hold it), or what the handler says, LP_PENDING too. */
int lp_model_read(struct lp_object *list, const struct lp_path *, const struct lp_fmt *,
                  struct lp_out *);
/* The same; 1 and *number when the representation is one single number. */
int lp_model_read_number(struct lp_object *list, const struct lp_path *, const struct lp_fmt *,
                         struct lp_out *, double *number);
/* One single value, whether a server may read it or not; spans are copied to buf. LP_ERR_TOO_LARGE:
 * longer than cap; LP_ERR_METHOD: not a single value. */
int lp_model_value(struct lp_object *list, const struct lp_path *, struct lp_value *, void *buf,
                   size_t cap);

/* ---- writing: write.c ---- */

enum lp_write_mode {
    /* POST: what is given is written, instances of multiple resources are added */
    LP_WRITE_PARTIAL,
    /* PUT: a multiple resource's instances go, and what of an instance is optional, writable and not given */
    LP_WRITE_REPLACE,
    /* POST on an object: the instance does not exist yet; mandatory writable resources must be given */
    LP_WRITE_CREATE,
    /* PUT by a bootstrap server: several instances, made if missing; read-only resources too */
    LP_WRITE_BOOTSTRAP
};
/* Write a payload, all or nothing as far as check() knows: all records are checked, then instances
 * made and what is to be replaced removed, then all written. path: as requested, its object exists.
 * reader NULL: no payload. *created (may be NULL): the instance that was made (CREATE without an id
 * takes the lowest free). Changed resources are told to told(ctx, path), which may be NULL. Errors:
 * FORMAT, VALUE, NOT_FOUND, METHOD, FULL, or what a handler says; LP_PENDING if a write said so. */
typedef void lp_told(void *ctx, const struct lp_path *);
int lp_model_write(struct lp_object *list, const struct lp_path *, enum lp_write_mode,
                   struct lp_reader *, uint16_t *created, lp_told *, void *ctx);
/* One resource (instance), writable by a server or not; a missing one is made. */
int lp_model_set(struct lp_object *list, const struct lp_path *, const struct lp_value *, lp_told *,
                 void *ctx);
/* An instance, an optional resource, a resource instance. LP_ERR_METHOD: the object cannot. */
int lp_model_remove(struct lp_object *, const struct lp_path *);

/* ---- registering ---- */

/* The object list of a Register or Update (core 1.1 6.2.1), without /0 and /21:
 *      </>;rt="oma.lwm2m";ct="112 11542 60",</1/0>,</3>;ver=1.1,</3/0>,</33605>
 * A 1.0 server knows ct only for a format that we do not have: it is left out. */
void lp_model_links(struct lp_object *list, bool v10, struct lp_out *);

/* The link of an object, instance or resource; version: of an object that has one, else NULL. */
void lp_model_link(struct lp_link_out *, const struct lp_path *, const char *version);

#endif
