/* SPDX-License-Identifier: Apache-2.0
 *
 * cbor.h - CBOR (RFC 8949): a pull reader without recursion, and a writer of the shortest forms.
 */
#ifndef LP_CBOR_H
#define LP_CBOR_H

#include "bytes/buf.h"

/* clang-format off */
enum lp_cbor_kind {
    LP_CBOR_UINT, LP_CBOR_NINT, LP_CBOR_BYTES, LP_CBOR_TEXT, LP_CBOR_ARRAY, LP_CBOR_MAP, LP_CBOR_TAG, LP_CBOR_BOOL,
    LP_CBOR_NULL, LP_CBOR_UNDEFINED, LP_CBOR_SIMPLE, LP_CBOR_FLOAT, LP_CBOR_BREAK, LP_CBOR_END /* nothing left */
};
/* clang-format on */

struct lp_cbor { /* one item head; the payload of strings with it, unless indefinite */
    enum lp_cbor_kind kind;
    bool indefinite; /* array, map, bytes, text of unknown length: items until BREAK */
    /* UINT: value; NINT: -1 - arg; ARRAY, MAP: count; TAG, SIMPLE: number; BOOL: 0 or 1 */
    uint64_t arg;
    double f;
    struct lp_span s; /* BYTES, TEXT */
};

/* The next item head. 0 or LP_ERR_FORMAT (also in in->err). Reserved additional information is an error, and so are a
 * count or a length larger than what is left. */
int lp_cbor_next(struct lp_in *, struct lp_cbor *);
/* Skip the item just returned by lp_cbor_next with all it contains; nesting deeper than 8 is LP_ERR_FORMAT. */
int lp_cbor_skip(struct lp_in *, const struct lp_cbor *);
/* A definite or indefinite text or byte string whose head is *c: its bytes, joined into scratch if in chunks. */
int lp_cbor_string(struct lp_in *, const struct lp_cbor *, struct lp_out *scratch,
                   struct lp_span *s);

void lp_cbor_put_head(struct lp_out *, unsigned major, uint64_t arg); /* major 0..7 */
void lp_cbor_put_int(struct lp_out *, int64_t);
void lp_cbor_put_text(struct lp_out *, const void *, size_t);
void lp_cbor_put_bytes(struct lp_out *, const void *, size_t);
void lp_cbor_put_bool(struct lp_out *, bool);
void lp_cbor_put_float(struct lp_out *, double); /* as binary32 where exact, else binary64 */

#endif
