/* SPDX-License-Identifier: Apache-2.0
 *
 * fmt_senml_json.c - application/senml+json (110): an array of objects (RFC 8428 section 5, OMA core 1.1 7.4.4).
 */
#include "bytes/base64.h"
#include "bytes/fmt_senml.h"
#include "bytes/json.h"
#include "bytes/num.h"

#include <string.h>

static const char label_text[][5] = {"bs", "bv", "bu", "bt", "bn", "bver", "n",  "u",
                                     "v",  "vs", "vb", "s",  "t",  "ut",   "vd", "vlo"};

/* ---- writing ----------------------------------------------------------------------------------- */

static void begin(struct lp_writer *w, uint32_t records)
{
    (void)records;
    lp_out_u8(w->out, '[');
}

static void end(struct lp_writer *w)
{
    lp_out_u8(w->out, ']');
}

static void put_value(struct lp_out *o, const struct lp_value *v)
{
    switch (v->type) {
    case LP_T_STRING:
    case LP_T_CORELNK: lp_json_put_string(o, v->u.s.p, v->u.s.n); break;
    case LP_T_INT:
    case LP_T_TIME: lp_put_int(o, v->u.i); break;
    case LP_T_UINT: lp_put_uint(o, v->u.u); break;
    case LP_T_FLOAT: lp_put_float(o, v->u.f); break;
    case LP_T_BOOL: lp_out_text(o, v->u.b ? "true" : "false"); break;
    case LP_T_OPAQUE:
    case LP_T_OBJLNK:
        lp_out_u8(o, '"');
        if (v->type == LP_T_OPAQUE)
            lp_put_base64url(o, v->u.s.p, v->u.s.n);
        else
            lp_value_put_text(o, v);
        lp_out_u8(o, '"');
        break;
    default: lp_out_fail(o, LP_ERR_ACCEPT);
    }
}

/* before: '{' for the first field of a record, or ','. */
static char put_key(struct lp_out *o, char before, enum lp_senml_label label)
{
    lp_out_u8(o, (uint8_t)before);
    lp_out_u8(o, '"');
    lp_out_text(o, label_text[label]);
    lp_out_text(o, "\":");
    return ',';
}

static void put(struct lp_writer *w, const struct lp_path *path, const struct lp_value *v)
{
    char text[LP_PATH_TEXT], before = '{';
    size_t bn, n = lp_senml_name(w, path, text, &bn);
    if (w->records) {
        lp_out_u8(w->out, ',');
    } else {
        before = put_key(w->out, before, LP_SENML_BN);
        lp_json_put_string(w->out, text, bn);
    }
    if (n > bn) {
        before = put_key(w->out, before, LP_SENML_N);
        lp_json_put_string(w->out, text + bn, n - bn);
    }
    if (v->type) {
        before = put_key(w->out, before, lp_senml_label_of(v->type));
        put_value(w->out, v);
    }
    lp_out_text(w->out, before == '{' ? "{}" : "}");
}

/* ---- reading ----------------------------------------------------------------------------------- */

static int get_label(struct lp_reader *r, struct lp_span key)
{
    struct lp_span s;
    int err = lp_json_unescape(key, &r->scratch, &s);
    if (err) return err;
    for (int i = 0; i < LP_SENML_UNKNOWN; i++)
        if (lp_span_is(s, label_text[i])) return i;
    return lp_senml_unknown(s);
}

static int get_number(struct lp_span s, struct lp_value *v)
{
    v->type = LP_T_INT;
    if (lp_get_int(s, &v->u.i) == 0) return 0;
    v->type = LP_T_UINT;
    if (lp_get_uint(s, &v->u.u) == 0) return 0;
    v->type = LP_T_FLOAT;
    return lp_get_float(s, &v->u.f);
}

static int get_string(struct lp_reader *r, struct lp_span s, int label, struct lp_value *v)
{
    v->type = LP_T_STRING;
    int err = lp_json_unescape(s, &r->scratch, &v->u.s);
    if (err || label != LP_SENML_VD) return err;
    struct lp_span text = v->u.s;
    size_t start = lp_out_len(&r->scratch);
    err = lp_get_base64(text, &r->scratch);
    if (!err && lp_out_end(&r->scratch) < 0) err = lp_out_end(&r->scratch);
    v->type = LP_T_OPAQUE;
    v->u.s.n = lp_out_len(&r->scratch) - start;
    if (v->u.s.n) v->u.s.p = r->scratch.buf + start;
    return err;
}

/* The value that begins with *t, if it is one a record can have. */
static int get_value(struct lp_reader *r, const struct lp_json_token *t, int label,
                     struct lp_value *v)
{
    switch (t->kind) {
    case LP_JSON_STRING: return get_string(r, t->s, label, v);
    case LP_JSON_NUMBER: return get_number(t->s, v);
    case LP_JSON_TRUE:
    case LP_JSON_FALSE:
        v->type = LP_T_BOOL;
        v->u.b = t->kind == LP_JSON_TRUE;
        return 0;
    default: return LP_ERR_FORMAT;
    }
}

static int get_field(struct lp_reader *r, struct lp_json *j, struct lp_senml *s, struct lp_span key)
{
    struct lp_json_token t;
    struct lp_value v;
    int err, label = get_label(r, key);
    if (label < 0) return label;
    if (lp_json_next(j, &t)) return LP_ERR_FORMAT;
    bool wanted = lp_senml_wants(label);
    if (wanted)
        err = get_value(r, &t, label, &v);
    else
        err = lp_json_skip(j, &t);
    return err ? err : lp_senml_field(r, s, label, wanted ? &v : NULL);
}

/* From the first key to the closing brace. */
static int get_fields(struct lp_reader *r, struct lp_json *j, struct lp_senml *s)
{
    struct lp_json_token t;
    for (;;) {
        if (lp_json_next(j, &t)) return LP_ERR_FORMAT;
        if (t.kind != LP_JSON_KEY) return 0;
        int err = get_field(r, j, s, t.s);
        if (err) return err;
    }
}

/* Behind the opening bracket: records without name and value are base fields only, and not handed out. */
static int get_record(struct lp_reader *r, struct lp_json *j, struct lp_record *rec)
{
    struct lp_json_token t;
    for (;;) {
        if (lp_json_next(j, &t)) return LP_ERR_FORMAT;
        if (t.kind == LP_JSON_ARRAY_END) return lp_json_next(j, &t);
        if (t.kind != LP_JSON_OBJECT) return LP_ERR_FORMAT;
        struct lp_senml s = {0};
        int got = get_fields(r, j, &s);
        if (!got) got = lp_senml_end(r, &s, rec);
        if (got) return got;
        lp_out_init(&r->scratch, r->scratch.buf, r->scratch.cap);
    }
}

/* Between two records the state of the JSON reader is: one array deep. */
static int next(struct lp_reader *r, struct lp_record *rec)
{
    struct lp_json j = {r->in, 0, r->level, r->state};
    struct lp_json_token t;
    if (!r->left) { /* the first time */
        if (lp_json_next(&j, &t) || t.kind != LP_JSON_ARRAY) return LP_ERR_FORMAT;
        r->left = 1;
    }
    bool ended = !j.depth;
    int got = ended ? 0 : get_record(r, &j, rec);
    r->in = j.in;
    r->level = j.depth;
    r->state = j.state;
    return got;
}

const struct lp_fmt lp_fmt_senml_json = {.id = LP_FMT_SENML_JSON,
                                         .flags = LP_FMT_MANY,
                                         .begin = begin,
                                         .put = put,
                                         .end = end,
                                         .next = next};
