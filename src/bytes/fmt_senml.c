/* SPDX-License-Identifier: Apache-2.0
 *
 * fmt_senml.c - see fmt_senml.h.
 */
#include "bytes/fmt_senml.h"
#include "bytes/num.h"

#include <string.h>

#define VERSION    10 /* of RFC 8428 */
#define BIT(label) ((uint32_t)1 << (label))
#define VALUES \
    (BIT(LP_SENML_V) | BIT(LP_SENML_VS) | BIT(LP_SENML_VB) | BIT(LP_SENML_VD) | BIT(LP_SENML_VLO))
#define WANTED (VALUES | BIT(LP_SENML_BN) | BIT(LP_SENML_N) | BIT(LP_SENML_BVER))

/* ---- writing ----------------------------------------------------------------------------------- */

size_t lp_senml_name(const struct lp_writer *w, const struct lp_path *path, char text[LP_PATH_TEXT],
                     size_t *bn)
{
    size_t n = strlen(lp_path_text(path, text));
    unsigned slashes = (unsigned)lp_path_level(&w->base) + 1;
    for (*bn = 0; *bn < n && slashes; ++*bn) slashes -= text[*bn] == '/';
    return n;
}

enum lp_senml_label lp_senml_label_of(enum lp_type type)
{
    switch (type) {
    case LP_T_STRING:
    case LP_T_CORELNK: return LP_SENML_VS;
    case LP_T_BOOL: return LP_SENML_VB;
    case LP_T_OPAQUE: return LP_SENML_VD;
    case LP_T_OBJLNK: return LP_SENML_VLO;
    default: return LP_SENML_V;
    }
}

/* ---- reading ----------------------------------------------------------------------------------- */

int lp_senml_unknown(struct lp_span label)
{
    const char *p = label.p;
    if (label.n && p[label.n - 1] == '_') return LP_ERR_FORMAT;
    return LP_SENML_UNKNOWN;
}

bool lp_senml_wants(int label)
{
    return label < LP_SENML_UNKNOWN && (WANTED & BIT(label));
}

/* Is this the kind of value that the label announces? */
static bool fits(int label, const struct lp_value *v)
{
    switch (label) {
    case LP_SENML_V:
    case LP_SENML_BVER: return v->type == LP_T_INT || v->type == LP_T_UINT || v->type == LP_T_FLOAT;
    case LP_SENML_VB: return v->type == LP_T_BOOL;
    case LP_SENML_VD: return v->type == LP_T_OPAQUE;
    default: return v->type == LP_T_STRING;
    }
}

static int set_base_name(struct lp_reader *r, struct lp_span s)
{
    if (s.n > sizeof r->bn) return LP_ERR_VALUE; /* longer than any path */
    memcpy(r->bn, s.p, s.n);
    r->bn_n = (uint8_t)s.n;
    return 0;
}

static int check_version(struct lp_value *v)
{
    return lp_value_as(v, LP_T_INT, NULL) || v->u.i > VERSION ? LP_ERR_FORMAT : 0;
}

int lp_senml_field(struct lp_reader *r, struct lp_senml *s, int label, struct lp_value *v)
{
    if (label >= LP_SENML_UNKNOWN) return 0;
    if (label == LP_SENML_BV) return LP_ERR_VALUE;
    if (s->seen & BIT(label)) return LP_ERR_FORMAT;
    s->seen |= BIT(label);
    if (!v) return 0;
    if (!fits(label, v)) return LP_ERR_FORMAT;
    switch (label) {
    case LP_SENML_BN: return set_base_name(r, v->u.s);
    case LP_SENML_BVER: return check_version(v);
    case LP_SENML_N: s->n = v->u.s; return 0;
    default: s->value = *v;
    }
    return label == LP_SENML_VLO ? lp_value_as(&s->value, LP_T_OBJLNK, NULL) : 0;
}

static int get_path(struct lp_reader *r, struct lp_span n, struct lp_path *path)
{
    char text[sizeof r->bn];
    struct lp_out o;
    lp_out_init(&o, text, sizeof text);
    lp_out_put(&o, r->bn, r->bn_n);
    if (n.n) lp_out_put(&o, n.p, n.n);
    if (lp_out_end(&o) < 0) return LP_ERR_VALUE;
    int err = lp_path_parse(path, (struct lp_span){text, lp_out_len(&o)});
    path->dev = r->base.dev;
    return err;
}

int lp_senml_end(struct lp_reader *r, const struct lp_senml *s, struct lp_record *rec)
{
    uint32_t values = s->seen & VALUES;
    if (!values && !(s->seen & BIT(LP_SENML_N))) return 0;
    if (values & (values - 1)) return LP_ERR_FORMAT; /* two of them */
    rec->value = s->value;
    int err = get_path(r, s->n, &rec->path);
    if (!err && values && lp_path_level(&rec->path) < LP_LEVEL_RESOURCE) err = LP_ERR_VALUE;
    return err ? err : 1;
}
