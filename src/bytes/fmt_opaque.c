/* SPDX-License-Identifier: Apache-2.0
 *
 * fmt_opaque.c - application/octet-stream (42): the bytes of one opaque value, and nothing else.
 */
#include "bytes/fmt.h"

static void put(struct lp_writer *w, const struct lp_path *path, const struct lp_value *v)
{
    (void)path;
    if (v->type == LP_T_OPAQUE)
        lp_out_put(w->out, v->u.s.p, v->u.s.n);
    else
        lp_out_fail(w->out, LP_ERR_ACCEPT);
}

static int next(struct lp_reader *r, struct lp_record *rec)
{
    rec->value.type = LP_T_OPAQUE;
    rec->value.u.s = lp_in_rest(&r->in);
    return 1;
}

const struct lp_fmt lp_fmt_opaque = {.id = LP_FMT_OPAQUE, .put = put, .next = next};
