/* SPDX-License-Identifier: Apache-2.0
 *
 * fmt_text.c - text/plain (0): one value as text. What type it has is for the object's table to say (lp_value_as). An
 * empty payload is an empty text: a value like any other.
 */
#include "bytes/fmt.h"

static void put(struct lp_writer *w, const struct lp_path *path, const struct lp_value *v)
{
    (void)path;
    lp_value_put_text(w->out, v);
}

static int next(struct lp_reader *r, struct lp_record *rec)
{
    rec->value.type = LP_T_RAW_TEXT;
    rec->value.u.s = lp_in_rest(&r->in);
    return 1;
}

const struct lp_fmt lp_fmt_text = {.id = LP_FMT_TEXT, .put = put, .next = next};
