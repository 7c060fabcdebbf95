/* SPDX-License-Identifier: Apache-2.0
 *
 * fmt_cbor.h - one LwM2M value as one CBOR item: the format application/cbor, and the values within SenML CBOR.
 */
#ifndef LP_FMT_CBOR_H
#define LP_FMT_CBOR_H

#include "bytes/cbor.h"
#include "bytes/fmt.h"

/* LP_ERR_ACCEPT in out->err for a type that CBOR does not carry (LP_T_RAW_*). */
void lp_fmt_cbor_put(struct lp_out *, const struct lp_value *);
/* The scalar whose head is *c: INT (UINT where it is larger), FLOAT, BOOL, STRING, OPAQUE; tag 1 with a number is TIME,
 * or FLOAT if it is one. 0, LP_ERR_FORMAT, LP_ERR_VALUE (null, a container, another tag, below INT64_MIN),
 * LP_ERR_TOO_LARGE (scratch). */
int lp_fmt_cbor_get(struct lp_in *, struct lp_cbor *c, struct lp_out *scratch, struct lp_value *);

#endif
