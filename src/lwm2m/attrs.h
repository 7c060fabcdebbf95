/* SPDX-License-Identifier: Apache-2.0
 *
 * attrs.h - attributes (core 1.1 5.1.2): written by Write-Attributes, inherited from object to
 * instance to resource to resource instance, kept in the store, shown by Discover.
 */
#ifndef LP_ATTRS_H
#define LP_ATTRS_H

#include "bytes/coap.h"
#include "bytes/link.h"
#include "limpet/client.h"

enum lp_attr { LP_PMIN, LP_PMAX, LP_EPMIN, LP_EPMAX, LP_GT, LP_LT, LP_ST, LP_ATTRS };
#define LP_BIT(attr)  (1u << (attr))
#define LP_THRESHOLDS (LP_BIT(LP_GT) | LP_BIT(LP_LT) | LP_BIT(LP_ST))

struct lp_attrs {
    struct lp_path path;
    uint16_t ssid;
    uint8_t set; /* bit i: value[i] is set */
    union {
        uint32_t n; /* seconds */
        double f;   /* of gt, lt, st */
    } value[LP_ATTRS];
};

/* The Uri-Query of a Write-Attributes on a path that exists. An attribute without value is unset; a
 * pmax below pmin is taken. 0, or an error with nothing changed: LP_ERR_VALUE or LP_ERR_FORMAT (an
 * attribute that is not known, no number, a threshold above a resource or on one without numbers,
 * thresholds that contradict each other), LP_ERR_FULL, LP_ERR_STORE. */
int lp_attrs_write(struct lp_client *, uint16_t ssid, const struct lp_path *,
                   const struct lp_coap *req);
/* What is set at path for that server; inherited: and, where nothing is, at what is above it. */
struct lp_attrs lp_attrs_at(const struct lp_client *, uint16_t ssid, const struct lp_path *,
                            bool inherited);
/* What rules a notification: inherited, then pmin and pmax of /1/x/2 and /1/x/3. The values of pmin
 * and pmax are always there; 0: none, as is a pmax below pmin. */
struct lp_attrs lp_attrs_effective(struct lp_client *, uint16_t ssid, const struct lp_path *);
void lp_attrs_link(const struct lp_attrs *, struct lp_link_out *); /* ;pmin=..;gt=.. */
void lp_attrs_forget(struct lp_client *, const struct lp_path *);  /* the path was deleted */
/* From the store: 0 or LP_ERR_STORE; a bad record is dropped. */
int lp_attrs_load(struct lp_client *);

#endif
