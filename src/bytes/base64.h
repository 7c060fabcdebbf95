/* SPDX-License-Identifier: Apache-2.0
 *
 * base64.h - bytes as text (RFC 4648).
 */
#ifndef LP_BASE64_H
#define LP_BASE64_H

#include "bytes/buf.h"

/* Written as SenML has it: URL-safe, no padding; or as text/plain has it: standard, padded. Read:
 * either alphabet, padding optional but complete if there is some. */
void lp_put_base64url(struct lp_out *, const void *, size_t);
void lp_put_base64(struct lp_out *, const void *, size_t);
int lp_get_base64(struct lp_span, struct lp_out *); /* 0 or LP_ERR_FORMAT */

#endif
