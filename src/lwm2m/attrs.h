/* SPDX-License-Identifier: Apache-2.0
 *
 * attrs.h - attributes (core 1.1 5.1.2): written by Write-Attributes, inherited from object to instance to resource
 * to resource instance, kept in the store, shown by Discover.
 */
#ifndef LP_ATTRS_H
#define LP_ATTRS_H

#include "bytes/coap.h"
#include "bytes/link.h"
#include "limpet/client.h"

enum lp_attr { LP_ATTR_PMIN = 1, LP_ATTR_PMAX = 2, LP_ATTR_GT = 4, LP_ATTR_LT = 8, LP_ATTR_ST = 16, LP_ATTR_EPMIN = 32, LP_ATTR_EPMAX = 64 };

/* The Uri-Query of a Write-Attributes: 0, or an error with nothing changed (unknown attribute, pmin > pmax (is legal: pmax
 * is then ignored), lt + 2*st >= gt, gt on a non-numeric resource, ...). An attribute without value is unset. */
int lp_attrs_write(struct lp_client *, uint16_t ssid, const struct lp_path *, const struct lp_coap *req);
/* What applies at path for that server, inherited, with /1/x/2 and /1/x/3 as defaults of pmin and pmax. */
struct lp_attrs lp_attrs_effective(const struct lp_client *, uint16_t ssid, const struct lp_path *);
/* ;pmin=..;gt=.. of exactly this path (Discover). */
void lp_attrs_link(const struct lp_client *, uint16_t ssid, const struct lp_path *, struct lp_link_out *);
void lp_attrs_forget(struct lp_client *, const struct lp_path *); /* the path was deleted */
int lp_attrs_load(struct lp_client *);                            /* from the store; 0 or LP_ERR_STORE; bad records are dropped */

#endif
