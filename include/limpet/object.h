/* SPDX-License-Identifier: Apache-2.0
 *
 * limpet/object.h - the data model: paths, values, resource tables, and the handlers an application writes.
 *
 *      struct lp_object ---- const struct lp_res[]   what may exist (id, type, operations): flash, 4 bytes a resource
 *            |         `---- const struct lp_object_ops   how to reach it: next, has, read, write, ...
 *          next_ -> ...      objects are linked by the client; the caller owns each struct for the life of the client
 *
 * The same handlers serve every source of a request: a server's Read, a notification, the console.
 */
#ifndef LIMPET_OBJECT_H
#define LIMPET_OBJECT_H

#include "limpet/types.h"

/* ---- paths --------------------------------------------------------------------------------------------------- */

#define LP_NONE 0xffffu /* an id that is not given; MAX_ID of the standard, never a real id */

/* /obj/inst/res/rinst; ids that are not given are LP_NONE, and so are all behind one. */
struct lp_path {
    uint16_t dev; /* 0 = this device, k = the k-th device behind a gateway */
    uint16_t obj, inst, res, rinst;
};

#define LP_PATH(o, i, r, ri) \
    ((struct lp_path){0, (uint16_t)(o), (uint16_t)(i), (uint16_t)(r), (uint16_t)(ri)})
#define LP_ROOT              LP_PATH(LP_NONE, LP_NONE, LP_NONE, LP_NONE)
#define LP_PATH_OBJ(o)       LP_PATH(o, LP_NONE, LP_NONE, LP_NONE)
#define LP_PATH_INST(o, i)   LP_PATH(o, i, LP_NONE, LP_NONE)
#define LP_PATH_RES(o, i, r) LP_PATH(o, i, r, LP_NONE)

/* ---- values -------------------------------------------------------------------------------------------------- */

/* OMA LwM2M Core 1.1, appendix C. */
enum lp_type {
    LP_T_STRING = 1,
    LP_T_INT,
    LP_T_UINT,
    LP_T_FLOAT,
    LP_T_BOOL,
    LP_T_OPAQUE,
    LP_T_TIME, /* seconds since 1970, in u.i */
    LP_T_OBJLNK,
    LP_T_CORELNK, /* text in link format, in u.s */
    LP_T_RAW_TLV, /* u.s: bytes of a TLV, type not yet known (see lp_value_as) */
    LP_T_RAW_TEXT /* u.s: text/plain, type not yet known */
};

struct lp_value {
    enum lp_type type;
    union {
        bool b;
        int64_t i;  /* INT, TIME */
        uint64_t u; /* UINT */
        double f;
        /* STRING, OPAQUE, CORELNK, RAW_*: not NUL-terminated, valid until the handler returns */
        struct lp_span s;
        struct {
            uint16_t obj, inst;
        } link;
    } u;
};

/* ---- resource tables ----------------------------------------------------------------------------------------- */

#define LP_R         0x01u /* Read */
#define LP_W         0x02u /* Write */
#define LP_E         0x04u /* Execute */
#define LP_MULTIPLE  0x08u /* may have resource instances */
#define LP_MANDATORY 0x10u
#define LP_BS        0x20u /* only a bootstrap server may write it (objects 0 and 1's short ids) */
#define LP_RW        (LP_R | LP_W)

struct lp_res { /* one row, const, sorted by id */
    uint16_t id;
    uint8_t type; /* enum lp_type; 0 for an executable */
    uint8_t ops;  /* LP_R | LP_W | LP_E | LP_MULTIPLE | LP_MANDATORY | LP_BS */
};

/* ---- handlers ------------------------------------------------------------------------------------------------ */

/* Where a read puts its values. Exactly one call for a single resource. For a multiple resource one lp_emit_at and
 * one value for each resource instance, in ascending order (none: exists but empty); instances that were not asked
 * for are skipped by the library, so a handler may always emit all.
 * Strings and opaque bytes are copied or sent before the call returns. Each returns 0 or the error the read must
 * return; a handler may ignore it and return 0, the first error sticks. */
struct lp_emit;
int lp_emit_at(struct lp_emit *, uint16_t rinst);
int lp_emit_int(struct lp_emit *, int64_t);
int lp_emit_uint(struct lp_emit *, uint64_t);
int lp_emit_float(struct lp_emit *, double);
int lp_emit_bool(struct lp_emit *, bool);
int lp_emit_time(struct lp_emit *, int64_t seconds_since_1970);
int lp_emit_string(struct lp_emit *, const char *); /* NULL counts as "" */
int lp_emit_opaque(struct lp_emit *, const void *, size_t);
int lp_emit_link(struct lp_emit *, uint16_t obj, uint16_t inst);
int lp_emit_value(struct lp_emit *, const struct lp_value *); /* any type */

struct lp_object;

/* Any may be NULL. Handlers must not call lp_step; they may call lp_changed. Errors become CoAP codes by the table in
 * types.h. A request for a path that the table does not hold, or an operation that the table does not allow, never
 * reaches a handler. */
struct lp_object_ops {
    /* Ids that exist, ascending: at->inst == LP_NONE: the first instance id > after (after starts at -1);
     * returns the id or LP_ERR_NOT_FOUND. NULL: the object has the one instance 0. */
    int (*next)(struct lp_object *, int after);
    /* Does this resource exist in this instance? 1 or 0. NULL: every resource of the table does. at->inst exists. */
    int (*has)(struct lp_object *, const struct lp_path *at);
    /* Emit the resource at->res of at->inst. LP_ERR_NOT_FOUND: it does not exist now. LP_PENDING: the value comes
     * later (lp_complete); then nothing may have been emitted. */
    int (*read)(struct lp_object *, const struct lp_path *at, struct lp_emit *);
    /* Would write take this? Same arguments, no effect. Called for all values of a request before the first is
     * written, so that a request is done whole or not at all. NULL: write takes everything. */
    int (*check)(struct lp_object *, const struct lp_path *at, const struct lp_value *);
    /* Take a value; its type is the table's. at->rinst is LP_NONE for a single resource. LP_PENDING as for read.
     * A whole multiple resource is replaced as remove(at without rinst), then write for each. */
    int (*write)(struct lp_object *, const struct lp_path *at, const struct lp_value *);
    /* Execute at->res; args is the raw text of the payload (standard 6.3.4: 0='x',1), checked for syntax. */
    int (*exec)(struct lp_object *, const struct lp_path *at, struct lp_span args);
    /* Make instance inst with its default values; the values of the request follow as writes. An error in one of
     * them is followed by remove. NULL: Create answers 4.05. */
    int (*create)(struct lp_object *, uint16_t inst);
    /* at->res == LP_NONE: delete the instance (NULL: Delete answers 4.05). at->rinst == LP_NONE: the resource is
     * about to be replaced, forget its instances (or, optional and not in a replacing Write, itself). Else: delete one
     * resource instance. */
    int (*remove)(struct lp_object *, const struct lp_path *at);
};

struct lp_object {
    uint16_t id;
    uint16_t dev; /* 0, or the device behind a gateway */
    const struct lp_res *res;
    uint16_t nres;
    const struct lp_object_ops *ops;
    const char *version;     /* "1.1"; NULL: 1.0, which is never written out */
    struct lp_object *next_; /* private: the client's list, ascending by id */
};

#endif
