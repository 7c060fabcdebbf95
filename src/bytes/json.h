/* SPDX-License-Identifier: Apache-2.0
 *
 * json.h - JSON (RFC 8259): a pull reader over a whole text, without recursion and without copies, and string output.
 * Nesting is bounded by 31 levels (one bit each).
 */
#ifndef LP_JSON_H
#define LP_JSON_H

#include "bytes/buf.h"

/* clang-format off */
enum lp_json_kind {
    LP_JSON_OBJECT, LP_JSON_OBJECT_END, LP_JSON_ARRAY, LP_JSON_ARRAY_END, LP_JSON_KEY, LP_JSON_STRING, LP_JSON_NUMBER,
    LP_JSON_TRUE, LP_JSON_FALSE, LP_JSON_NULL, LP_JSON_END
};
/* clang-format on */

struct lp_json {
    struct lp_in in;
    uint32_t nesting; /* bit d: level d is an object */
    uint8_t depth, state;
};

struct lp_json_token {
    enum lp_json_kind kind;
    /* KEY, STRING: between the quotes, still escaped, escapes checked; NUMBER: its text, checked */
    struct lp_span s;
};

void lp_json_init(struct lp_json *, const void *p, size_t n);
/* 0 or LP_ERR_FORMAT, which stays; END after the one value. */
int lp_json_next(struct lp_json *, struct lp_json_token *);
/* Skip the rest of the value that starts with this token; of a KEY, its value. */
int lp_json_skip(struct lp_json *, const struct lp_json_token *);
/* Undo escapes (surrogate pairs too; a lone surrogate or \u0000 is LP_ERR_FORMAT). Without escapes *out is the span
 * itself and scratch is untouched. */
int lp_json_unescape(struct lp_span, struct lp_out *scratch, struct lp_span *out);
/* Quotes and escapes; invalid UTF-8 and NUL are LP_ERR_VALUE. */
void lp_json_put_string(struct lp_out *, const void *, size_t);

#endif
