/* SPDX-License-Identifier: Apache-2.0
 *
 * link.h - CoRE link format (RFC 6690) as LwM2M uses it: </3/0>;ver="1.0";pmin=10,...
 */
#ifndef LP_LINK_H
#define LP_LINK_H

#include "bytes/buf.h"
#include "bytes/path.h"

struct lp_link_out {
    struct lp_out *out;
    uint32_t links; /* written so far: a comma goes before all but the first */
};
/* [,]</3/0> */
void lp_link_path(struct lp_link_out *, const struct lp_path *);
/* [,]</> or any text */
void lp_link_root(struct lp_link_out *, const char *href);
/* ;name=value */
void lp_link_attr(struct lp_link_out *, const char *name, struct lp_span value);
void lp_link_attr_int(struct lp_link_out *, const char *name, int64_t);
void lp_link_attr_float(struct lp_link_out *, const char *name, double);
/* ;name="text", with a backslash before quotes and backslashes */
void lp_link_attr_string(struct lp_link_out *, const char *name, const char *text);

/* Reading: links and their attributes as spans, in order. 1, 0 at the end, LP_ERR_FORMAT. */
struct lp_href {
    struct lp_span href; /* between < and > */
};
struct lp_link_attr {
    struct lp_span name;
    struct lp_span value; /* without quotes, its backslashes still there; empty for ;obs */
    bool quoted;
};
/* Skips attributes that were not read. */
int lp_link_next(struct lp_in *, struct lp_href *);
int lp_link_next_attr(struct lp_in *, struct lp_link_attr *);

#endif
