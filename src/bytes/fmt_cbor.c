/* SPDX-License-Identifier: Apache-2.0
 *
 * fmt_cbor.c - application/cbor (60): one CBOR item (OMA core 1.1, 7.4.3). Times are plain integers when written, with
 * or without their tag when read; object links are the text "3:0".
 */
#include "bytes/fmt_cbor.h"

static void put_link(struct lp_out *o, const struct lp_value *v)
{
    char text[12]; /* 65535:65535 */
    struct lp_out t;
    lp_out_init(&t, text, sizeof text);
    lp_value_put_text(&t, v);
    lp_cbor_put_text(o, text, lp_out_len(&t));
}

void lp_fmt_cbor_put(struct lp_out *o, const struct lp_value *v)
{
    switch (v->type) {
    case LP_T_STRING:
    case LP_T_CORELNK: lp_cbor_put_text(o, v->u.s.p, v->u.s.n); break;
    case LP_T_INT:
    case LP_T_TIME: lp_cbor_put_int(o, v->u.i); break;
    case LP_T_UINT: lp_cbor_put_head(o, 0, v->u.u); break;
    case LP_T_FLOAT: lp_cbor_put_float(o, v->u.f); break;
    case LP_T_BOOL: lp_cbor_put_bool(o, v->u.b); break;
    case LP_T_OPAQUE: lp_cbor_put_bytes(o, v->u.s.p, v->u.s.n); break;
    case LP_T_OBJLNK: put_link(o, v); break;
    default: lp_out_fail(o, LP_ERR_ACCEPT);
    }
}

static int get_integer(const struct lp_cbor *c, struct lp_value *v)
{
    bool minus = c->kind == LP_CBOR_NINT;
    v->u.u = minus ? ~c->arg : c->arg;
    if (c->arg <= INT64_MAX) return 0;
    v->type = LP_T_UINT;
    return minus ? LP_ERR_VALUE : 0;
}

int lp_fmt_cbor_get(struct lp_in *in, struct lp_cbor *c, struct lp_out *scratch, struct lp_value *v)
{
    static const uint8_t type_of[] = {
        [LP_CBOR_UINT] = LP_T_INT,
        [LP_CBOR_NINT] = LP_T_INT,
        [LP_CBOR_BYTES] = LP_T_OPAQUE,
        [LP_CBOR_TEXT] = LP_T_STRING,
        [LP_CBOR_BOOL] = LP_T_BOOL,
        [LP_CBOR_FLOAT] = LP_T_FLOAT,
        [LP_CBOR_END] = 0,
    };
    bool time = c->kind == LP_CBOR_TAG && c->arg == 1;
    if (time && lp_cbor_next(in, c)) return LP_ERR_FORMAT;
    int err = 0;
    v->type = type_of[c->kind];
    switch (v->type) {
    case LP_T_INT:
        err = get_integer(c, v);
        if (time && v->type == LP_T_INT) v->type = LP_T_TIME;
        return err;
    case LP_T_FLOAT: v->u.f = c->f; return 0;
    case LP_T_BOOL: v->u.b = c->arg; break;
    case LP_T_STRING:
    case LP_T_OPAQUE: err = lp_cbor_string(in, c, scratch, &v->u.s); break;
    default: return c->kind >= LP_CBOR_BREAK ? LP_ERR_FORMAT : LP_ERR_VALUE;
    }
    return time ? LP_ERR_VALUE : err;
}

static void put(struct lp_writer *w, const struct lp_path *path, const struct lp_value *v)
{
    (void)path;
    lp_fmt_cbor_put(w->out, v);
}

static int next(struct lp_reader *r, struct lp_record *rec)
{
    struct lp_cbor c;
    if (lp_cbor_next(&r->in, &c)) return LP_ERR_FORMAT;
    int err = lp_fmt_cbor_get(&r->in, &c, &r->scratch, &rec->value);
    return err ? err : 1;
}

const struct lp_fmt lp_fmt_cbor = {.id = LP_FMT_CBOR, .put = put, .next = next};
