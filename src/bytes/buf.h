/* SPDX-License-Identifier: Apache-2.0
 *
 * buf.h - cursors over bytes. Both keep their first error, so that a run of calls is checked once, at its end.
 *
 * struct lp_out counts everything and stores only the window [skip, skip + cap) of what is put:
 *
 *      put put put put put put put put          total = 52: the length of the whole
 *      |--skip--|--- cap ---|                   buf holds the window: a Block2 block, a whole message, or
 *                                               (cap 0) nothing
 *
 * so measuring, one block of a large read, and a plain write are one code, and a large read costs one block of RAM.
 */
#ifndef LP_BUF_H
#define LP_BUF_H

#include "limpet/types.h"

struct lp_in {
    const uint8_t *p;
    size_t n, at;
    int err; /* 0, or LP_ERR_FORMAT once something was taken that is not there */
};

struct lp_out {
    uint8_t *buf;
    uint32_t skip, cap, total;
    uint32_t hash; /* FNV-1a over all that was put: the ETag of a representation sent in blocks */
    int err;
};

/* ---- reading; past the end: err is set, zero or NULL comes back ---- */
void lp_in_init(struct lp_in *, const void *p, size_t n);
size_t lp_in_left(const struct lp_in *);
uint8_t lp_in_u8(struct lp_in *);
uint64_t lp_in_be(struct lp_in *, unsigned bytes); /* big-endian, 1 to 8 bytes */
/* NULL when fewer are left; n = 0 gives a valid pointer */
const uint8_t *lp_in_take(struct lp_in *, size_t n);
struct lp_span lp_in_rest(struct lp_in *);

/* ---- writing ---- */
void lp_out_init(struct lp_out *, void *buf, size_t cap);
void lp_out_window(struct lp_out *, void *buf, uint32_t skip, size_t cap);
void lp_out_put(struct lp_out *, const void *p, size_t n);
void lp_out_u8(struct lp_out *, uint8_t);
void lp_out_be(struct lp_out *, uint64_t v, unsigned bytes);
unsigned lp_width(uint64_t); /* the fewest of 1, 2, 4, 8 bytes that hold it */
void lp_out_text(struct lp_out *, const char *nul_terminated);
void lp_out_fail(struct lp_out *, int err); /* the first one stays */
size_t lp_out_len(const struct lp_out *);   /* bytes that are in buf */
bool lp_out_more(const struct lp_out *);    /* something was put behind the window */
/* For a writer whose window should hold everything: bytes written, err, or LP_ERR_TOO_LARGE. */
int lp_out_end(const struct lp_out *);

bool lp_span_is(struct lp_span, const char *nul_terminated);

#endif
