/* SPDX-License-Identifier: Apache-2.0
 *
 * fmt.h - content formats: records {path, value} to and from a payload. One file a format; a product's config/NAME.c
 * lists the ones it has in lp_fmts[].
 *
 * Writing is a sequence   begin ( open* put )* end   driven by the model's walk (src/lwm2m/model.c). Formats that must
 * know a length or a count ahead say so in flags, and the walk measures first with the same code and a counting out.
 *
 * Reading is a pull: lp_reader_next gives one record after the other, with absolute paths and checked bounds, and may
 * be started over on the same bytes (nothing is changed in them), so that a request is checked whole before it is
 * done.
 */
#ifndef LP_FMT_H
#define LP_FMT_H

#include "bytes/buf.h"
#include "bytes/path.h"
#include "bytes/value.h"

/* clang-format off */
enum lp_fmt_id { /* OMA / IANA Content-Format numbers */
    LP_FMT_TEXT = 0, LP_FMT_LINK = 40, LP_FMT_OPAQUE = 42, LP_FMT_CBOR = 60, LP_FMT_SENML_JSON = 110,
    LP_FMT_SENML_CBOR = 112, LP_FMT_TLV = 11542, LP_FMT_LWM2M_JSON = 11543
};
/* clang-format on */

#define LP_FMT_MANY  1u /* carries objects, instances, multiple resources; else one single value */
#define LP_FMT_SIZES 2u /* open needs the size of what it contains (TLV) */
#define LP_FMT_COUNT 4u /* begin needs the number of records (SenML CBOR) */

struct lp_fmt;

struct lp_writer {
    const struct lp_fmt *fmt;
    struct lp_out *out;
    struct lp_path base; /* the path that was asked for */
    uint32_t records;    /* put so far */
};

struct lp_record {
    /* Down to the resource (instance); for an instance without resources (TLV) down to the instance. */
    struct lp_path path;
    /* Type 0: the path alone, an instance or (SenML) a name without value; with multiple: a multiple resource without
     * instances. */
    struct lp_value value;
    bool multiple; /* TLV: stood inside a multiple-resource TLV, or is an empty one */
};

struct lp_reader {
    const struct lp_fmt *fmt;
    struct lp_in in;
    struct lp_path base;   /* the request's path */
    struct lp_out scratch; /* holds a record's strings that were escaped, in chunks, or base64 */
    /* private to the formats */
    struct lp_path at;
    size_t end[3]; /* TLV: where the containers we are in end */
    uint8_t level, state;
    uint32_t left; /* SenML: records left, UINT32_MAX = until the break */
    char bn[24];   /* SenML: base name, no longer than the longest path */
    uint8_t bn_n;
};

struct lp_fmt {
    uint16_t id;
    uint8_t flags;
    /* begin, open and end may be NULL: nothing to do. open: an instance or a multiple resource begins. */
    void (*begin)(struct lp_writer *, uint32_t records);
    void (*open)(struct lp_writer *, const struct lp_path *, uint32_t size);
    void (*put)(struct lp_writer *, const struct lp_path *, const struct lp_value *);
    void (*end)(struct lp_writer *);
    int (*next)(struct lp_reader *, struct lp_record *); /* NULL: write only */
};

extern const struct lp_fmt lp_fmt_text, lp_fmt_opaque, lp_fmt_cbor, lp_fmt_tlv, lp_fmt_senml_cbor,
    lp_fmt_senml_json;
/* The product's formats, NULL-terminated, best first. */
extern const struct lp_fmt *const lp_fmts[];

const struct lp_fmt *lp_fmt_find(int id); /* NULL: this product has no such format */

/* Errors of writing are in w->out->err: LP_ERR_ACCEPT for a value that the format cannot carry, for a second one in a
 * format of single values, or for one instance of a multiple resource there if the resource was asked for. */
void lp_writer_init(struct lp_writer *, const struct lp_fmt *, struct lp_out *,
                    const struct lp_path *base);
void lp_writer_put(struct lp_writer *, const struct lp_path *, const struct lp_value *);

/* fmt may be NULL (no Content-Format given): LP_ERR_CONTENT comes from the caller, not from here. scratch may be
 * the free rest of the buffer that holds the payload, not the payload. */
void lp_reader_init(struct lp_reader *, const struct lp_fmt *, const struct lp_path *base,
                    struct lp_span payload, void *scratch, size_t scratch_n);
/* 1 and *rec; 0 at the end; LP_ERR_FORMAT; LP_ERR_TOO_LARGE (scratch). Paths outside of base are LP_ERR_VALUE.
 * rec->value's spans are valid until the next call. An empty pack is 0 at once. */
int lp_reader_next(struct lp_reader *, struct lp_record *);

#endif
