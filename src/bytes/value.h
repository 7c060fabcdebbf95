/* SPDX-License-Identifier: Apache-2.0
 *
 * value.h - one value from one type to another, and from and to text.
 */
#ifndef LP_VALUE_H
#define LP_VALUE_H

#include "bytes/buf.h"
#include "limpet/object.h"

/* Turn *v, as a format delivered it (RAW_TLV, RAW_TEXT or what CBOR or SenML said), into the type the table wants.
 * INT <-> UINT <-> TIME <-> FLOAT where nothing is lost; STRING <-> CORELNK; STRING "a:b" -> OBJLNK; text base64 ->
 * OPAQUE (into scratch). TLV integers have 1, 2, 4, 8 bytes, floats 4 or 8, booleans 1 (0 or 1), links 4.
 * 0, LP_ERR_VALUE, or LP_ERR_FORMAT. Strings must be UTF-8 without NUL. */
int lp_value_as(struct lp_value *, enum lp_type want, struct lp_out *scratch);
/* As text/plain has it (core 1.1 7.4.1 / appendix C): decimal, 0 or 1 for booleans, a:b links, base64 for opaque (in
 * Client Lite LP_ERR_ACCEPT: no_base64.c). */
void lp_value_put_text(struct lp_out *, const struct lp_value *);
bool lp_value_equal(const struct lp_value *, const struct lp_value *);
bool lp_value_number(const struct lp_value *, double *); /* INT, UINT, FLOAT, TIME: true */
bool lp_utf8(struct lp_span);                            /* well-formed UTF-8 and no NUL */

#endif
