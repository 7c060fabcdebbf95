/* SPDX-License-Identifier: Apache-2.0
 *
 * fmt_senml_cbor.c - application/senml+cbor (112): an array of maps (RFC 8428 section 6, OMA core 1.1 7.4.5). Written
 * with definite lengths; read with either.
 */
#include "bytes/fmt_cbor.h"
#include "bytes/fmt_senml.h"

#include <string.h>

#define UNTIL_BREAK UINT32_MAX

static void begin(struct lp_writer *w, uint32_t records)
{
    lp_cbor_put_head(w->out, 4, records);
}

static void put(struct lp_writer *w, const struct lp_path *path, const struct lp_value *v)
{
    char text[LP_PATH_TEXT];
    size_t bn, n = lp_senml_name(w, path, text, &bn);
    lp_cbor_put_head(w->out, 5, 0u + !w->records + (n > bn) + (v->type != 0));
    if (!w->records) {
        lp_cbor_put_int(w->out, LP_SENML_BN - LP_SENML_CBOR);
        lp_cbor_put_text(w->out, text, bn);
    }
    if (n > bn) {
        lp_cbor_put_int(w->out, LP_SENML_N - LP_SENML_CBOR);
        lp_cbor_put_text(w->out, text + bn, n - bn);
    }
    if (!v->type) return;
    if (v->type == LP_T_OBJLNK)
        lp_cbor_put_text(w->out, "vlo", 3);
    else
        lp_cbor_put_int(w->out, (int)lp_senml_label_of(v->type) - LP_SENML_CBOR);
    lp_fmt_cbor_put(w->out, v);
}

/* The label whose head is *c, or an error. */
static int get_label(struct lp_reader *r, const struct lp_cbor *c)
{
    struct lp_span s;
    if (c->kind == LP_CBOR_UINT)
        return c->arg < LP_SENML_VLO - LP_SENML_CBOR ? LP_SENML_CBOR + (int)c->arg
                                                     : LP_SENML_UNKNOWN;
    if (c->kind == LP_CBOR_NINT)
        return c->arg < LP_SENML_CBOR ? LP_SENML_CBOR - 1 - (int)c->arg : LP_SENML_UNKNOWN;
    if (c->kind != LP_CBOR_TEXT) return LP_ERR_FORMAT;
    int err = lp_cbor_string(&r->in, c, &r->scratch, &s);
    if (err) return err;
    return lp_span_is(s, "vlo") ? LP_SENML_VLO : lp_senml_unknown(s);
}

static int get_field(struct lp_reader *r, struct lp_senml *s, const struct lp_cbor *head)
{
    struct lp_cbor c;
    struct lp_value v;
    int err, label = get_label(r, head);
    if (label < 0) return label;
    if (lp_cbor_next(&r->in, &c)) return LP_ERR_FORMAT;
    bool wanted = lp_senml_wants(label);
    if (wanted)
        err = lp_fmt_cbor_get(&r->in, &c, &r->scratch, &v);
    else
        err = lp_cbor_skip(&r->in, &c);
    return err ? err : lp_senml_field(r, s, label, wanted ? &v : NULL);
}

/* The fields of a map whose head is *map. */
static int get_fields(struct lp_reader *r, struct lp_senml *s, const struct lp_cbor *map)
{
    struct lp_cbor c;
    for (uint64_t left = map->indefinite ? UINT64_MAX : map->arg; left; left--) {
        if (lp_cbor_next(&r->in, &c)) return LP_ERR_FORMAT;
        if (c.kind == LP_CBOR_BREAK && map->indefinite) break;
        int err = get_field(r, s, &c);
        if (err) return err;
    }
    return 0;
}

/* The head of the next record: 1, 0 at the end of the pack, LP_ERR_FORMAT. */
static int get_head(struct lp_reader *r, struct lp_cbor *c)
{
    if (r->left && lp_cbor_next(&r->in, c)) return LP_ERR_FORMAT;
    if (r->left == UNTIL_BREAK && c->kind == LP_CBOR_BREAK) r->left = 0;
    if (!r->left) return lp_in_left(&r->in) ? LP_ERR_FORMAT : 0;
    r->left -= r->left != UNTIL_BREAK;
    return c->kind == LP_CBOR_MAP ? 1 : LP_ERR_FORMAT;
}

static int next(struct lp_reader *r, struct lp_record *rec)
{
    struct lp_cbor c;
    if (!r->state) {
        if (lp_cbor_next(&r->in, &c) || c.kind != LP_CBOR_ARRAY) return LP_ERR_FORMAT;
        r->left = c.indefinite ? UNTIL_BREAK : (uint32_t)c.arg;
        r->state = 1;
    }
    for (;;) {
        int got = get_head(r, &c);
        if (got != 1) return got;
        struct lp_senml s = {0};
        int err = get_fields(r, &s, &c);
        if (!err) err = lp_senml_end(r, &s, rec);
        if (err) return err;
        lp_out_init(&r->scratch, r->scratch.buf, r->scratch.cap);
    }
}

const struct lp_fmt lp_fmt_senml_cbor = {.id = LP_FMT_SENML_CBOR,
                                         .flags = LP_FMT_MANY | LP_FMT_COUNT,
                                         .begin = begin,
                                         .put = put,
                                         .next = next};
