/* SPDX-License-Identifier: Apache-2.0
 *
 * values.h - resource values in the three forms this program meets them: JSON (device file, events, kept values),
 * struct lp_value (library), and text (console).
 *
 *   type      JSON                                  console
 *   string    "text"                                text to the end of the line
 *   integer   -5, time the same                     -5
 *   unsigned  5; above 2^63 a string of digits      5
 *   float     21.5                                  21.5
 *   boolean   true                                  true, false, 1, 0
 *   opaque    "hex:00ff"                            hex:00ff
 *   objlnk    "3:0"                                 3:0
 *   corelnk   "</3/0>"                              </3/0>
 */
#ifndef CLIENT_VALUES_H
#define CLIENT_VALUES_H

#include <jansson.h>

#include "limpet/object.h"

const char *type_name(enum lp_type);       /* "string", ... */
enum lp_type type_named(const char *name); /* 0: there is no such type */
const char *type_form(enum lp_type);       /* how a value is written in JSON: "a number, as 21.5" */
const char *type_text(enum lp_type);       /* and on the console */

bool json_fits(const json_t *, enum lp_type);
json_t *json_of_text(const char *text, enum lp_type); /* NULL: not a value of that type */
json_t *json_of_value(
    const struct lp_value *); /* NULL: not expressible (NaN, bytes that are no UTF-8) */
/* json must fit the type. Strings point into json; *hold is to be freed afterwards. 0 or LP_ERR_INTERNAL (memory) */
int value_of_json(struct lp_value *, const json_t *, enum lp_type, void **hold);
int emit_json(struct lp_emit *, const json_t *, enum lp_type);

/* "00ff" to bytes in p, which holds cap: their number, or -1 (not hex, an odd number of digits, too many). */
int bytes_of_hex(const char *hex, size_t digits, uint8_t *p, size_t cap);

#endif
