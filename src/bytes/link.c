/* SPDX-License-Identifier: Apache-2.0
 *
 * link.c - see link.h. Reading keeps no state but the position: before an attribute stands a ';', before a link a ','
 * or the beginning.
 */
#include "bytes/link.h"
#include "bytes/num.h"

/* ---- writing ------------------------------------------------------------------------------------------------- */

static void begin(struct lp_link_out *l)
{
    lp_out_text(l->out, l->links++ ? ",<" : "<");
}

void lp_link_path(struct lp_link_out *l, const struct lp_path *p)
{
    begin(l);
    lp_path_put(l->out, p);
    lp_out_u8(l->out, '>');
}

void lp_link_root(struct lp_link_out *l, const char *href)
{
    begin(l);
    lp_out_text(l->out, href);
    lp_out_u8(l->out, '>');
}

static void name_of(struct lp_link_out *l, const char *name)
{
    lp_out_u8(l->out, ';');
    lp_out_text(l->out, name);
    lp_out_u8(l->out, '=');
}

void lp_link_attr(struct lp_link_out *l, const char *name, struct lp_span value)
{
    name_of(l, name);
    lp_out_put(l->out, value.p, value.n);
}

void lp_link_attr_int(struct lp_link_out *l, const char *name, int64_t v)
{
    name_of(l, name);
    lp_put_int(l->out, v);
}

void lp_link_attr_float(struct lp_link_out *l, const char *name, double f)
{
    name_of(l, name);
    lp_put_float(l->out, f);
}

void lp_link_attr_string(struct lp_link_out *l, const char *name, const char *text)
{
    name_of(l, name);
    lp_out_u8(l->out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') lp_out_u8(l->out, '\\');
        lp_out_u8(l->out, (uint8_t)*text);
    }
    lp_out_u8(l->out, '"');
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

static bool next_is(const struct lp_in *in, char c)
{
    return lp_in_left(in) && in->p[in->at] == (uint8_t)c;
}

/* Take up to the first of the stop characters, which stays, or to the end. */
static struct lp_span take_until(struct lp_in *in, const char *stop)
{
    struct lp_span s = {in->p + in->at, 0};
    for (; lp_in_left(in); in->at++, s.n++)
        for (const char *c = stop; *c; c++)
            if (next_is(in, *c)) return s;
    return s;
}

int lp_link_next(struct lp_in *in, struct lp_href *l)
{
    struct lp_link_attr skipped;
    int r;
    while ((r = lp_link_next_attr(in, &skipped)) > 0);
    if (r < 0 || lp_in_left(in) == 0) return r;
    if (in->at && lp_in_u8(in) != ',') in->err = LP_ERR_FORMAT;
    if (lp_in_u8(in) != '<') in->err = LP_ERR_FORMAT;
    l->href = take_until(in, ">");
    lp_in_u8(in);
    return in->err ? in->err : 1;
}

/* Behind the first quote: the text up to the last one, with its backslashes. */
static struct lp_span take_quoted(struct lp_in *in)
{
    struct lp_span s = {in->p + in->at, 0};
    for (uint8_t c; (c = lp_in_u8(in)) != '"' && !in->err; s.n++)
        if (c == '\\') {
            lp_in_u8(in);
            s.n++;
        }
    if (lp_in_left(in) && !next_is(in, ';') && !next_is(in, ',')) in->err = LP_ERR_FORMAT;
    return s;
}

int lp_link_next_attr(struct lp_in *in, struct lp_link_attr *a)
{
    if (!next_is(in, ';') || in->at == 0) return in->err;
    lp_in_u8(in);
    a->name = take_until(in, "=;,");
    a->value = (struct lp_span){in->p + in->at, 0};
    a->quoted = false;
    if (a->name.n == 0) in->err = LP_ERR_FORMAT;
    if (next_is(in, '=')) {
        lp_in_u8(in);
        a->quoted = next_is(in, '"');
        if (a->quoted) lp_in_u8(in);
        a->value = a->quoted ? take_quoted(in) : take_until(in, ";,");
    }
    return in->err ? in->err : 1;
}
