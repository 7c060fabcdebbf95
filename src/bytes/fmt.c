/* SPDX-License-Identifier: Apache-2.0
 *
 * fmt.c - what all formats have in common: see fmt.h. A format of a single value needs only put and next of one value;
 * that there is but one, and where it belongs, is seen to here.
 */
#include "bytes/fmt.h"

#include <string.h>

const struct lp_fmt *lp_fmt_find(int id)
{
    for (const struct lp_fmt *const *f = lp_fmts; *f; f++)
        if ((*f)->id == id) return *f;
    return NULL;
}

void lp_writer_init(struct lp_writer *w, const struct lp_fmt *fmt, struct lp_out *out,
                    const struct lp_path *base)
{
    *w = (struct lp_writer){fmt, out, *base, 0};
}

void lp_writer_put(struct lp_writer *w, const struct lp_path *path, const struct lp_value *v)
{
    /* An instance of a multiple resource is not the whole of what was asked for, even if it is the only one. */
    if (!(w->fmt->flags & LP_FMT_MANY) && (w->records || path->rinst != w->base.rinst))
        lp_out_fail(w->out, LP_ERR_ACCEPT);
    w->fmt->put(w, path, v);
    w->records++;
}

void lp_reader_init(struct lp_reader *r, const struct lp_fmt *fmt, const struct lp_path *base,
                    struct lp_span payload, void *scratch, size_t scratch_n)
{
    memset(r, 0, sizeof *r);
    r->fmt = fmt;
    r->base = r->at = *base;
    r->end[0] = payload.n;
    lp_in_init(&r->in, payload.p, payload.n);
    lp_out_init(&r->scratch, scratch, scratch_n);
}

static int next_single(struct lp_reader *r, struct lp_record *rec)
{
    if (lp_path_level(&r->base) < LP_LEVEL_RESOURCE) return LP_ERR_FORMAT;
    if (r->state++) {
        r->state = 1;
        return 0;
    }
    rec->path = r->base;
    int got = r->fmt->next(r, rec);
    return got == 1 && lp_in_left(&r->in) ? LP_ERR_FORMAT : got;
}

int lp_reader_next(struct lp_reader *r, struct lp_record *rec)
{
    memset(rec, 0, sizeof *rec);
    if (!r->fmt || !r->fmt->next) return LP_ERR_CONTENT;
    if (r->in.err) return r->in.err;
    lp_out_init(&r->scratch, r->scratch.buf, r->scratch.cap);
    int got = r->fmt->flags & LP_FMT_MANY ? r->fmt->next(r, rec) : next_single(r, rec);
    if (got == 1 && !lp_path_covers(&r->base, &rec->path)) got = LP_ERR_VALUE;
    if (got < 0) r->in.err = got;
    return got;
}
