/* SPDX-License-Identifier: Apache-2.0
 *
 * path.h - LwM2M paths as text and as CoAP options.
 */
#ifndef LP_PATH_H
#define LP_PATH_H

#include "bytes/coap.h"
#include "limpet/object.h"

enum lp_level {
    LP_LEVEL_ROOT,
    LP_LEVEL_OBJECT,
    LP_LEVEL_INSTANCE,
    LP_LEVEL_RESOURCE,
    LP_LEVEL_RINSTANCE
};

enum lp_level lp_path_level(const struct lp_path *);
bool lp_path_equal(const struct lp_path *, const struct lp_path *);
/* Equal counts; the root covers all of its device. */
bool lp_path_covers(const struct lp_path *outer, const struct lp_path *inner);
/* Only the ids down to that level. */
struct lp_path lp_path_cut(const struct lp_path *, enum lp_level);
/* The id of that level, 1..4. */
void lp_path_set(struct lp_path *, enum lp_level, uint16_t id);
/* "/3/0/1", "/": all of the span, ids 0..65534 without leading zeros, at most four; else LP_ERR_FORMAT. */
int lp_path_parse(struct lp_path *, struct lp_span);
void lp_path_put(struct lp_out *, const struct lp_path *);
#define LP_PATH_TEXT 25 /* "/65534/65534/65534/65534" and a NUL */
const char *lp_path_text(const struct lp_path *, char buf[LP_PATH_TEXT]);
/* From the Uri-Path options: 0; LP_ERR_NOT_FOUND when a segment is no id (then it is a name: "bs", "rd", ...) or
 * there are more than four. An empty path is the root. */
int lp_path_from_coap(struct lp_path *, const struct lp_coap *);

#endif
