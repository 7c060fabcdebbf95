/* SPDX-License-Identifier: Apache-2.0
 *
 * fmt_tlv.c - application/vnd.oma.lwm2m+tlv (11542; OMA LwM2M core 1.1, 7.4.6). An entry:
 *
 *      | kind 2 | id16 1 | length of the length 2 | length 3 |  id 1 or 2  |  length 0 to 3  |  value or entries
 *
 *      kind  00 object instance        what it may contain: 11, 10
 *            01 resource instance      (a value)
 *            10 multiple resource      01
 *            11 resource               (a value)
 *
 * Values are bare bytes: the reader hands them on as LP_T_RAW_TLV, and lp_value_as turns them into what the table says.
 *
 * The reader keeps a stack of ends, no more than payload, instance, multiple resource. An entry names the level it
 * belongs to; within an entry that must be the next one down. At the top it may also name, once more, what the base
 * path names already: a resource written as itself, an instance wrapped in its own entry.
 */
#include "bytes/fmt.h"
#include "bytes/num.h"

#include <string.h>

enum kind { INSTANCE, RINSTANCE, MULTIPLE, RESOURCE };

static const uint8_t level_of[] = {LP_LEVEL_INSTANCE, LP_LEVEL_RINSTANCE, LP_LEVEL_RESOURCE,
                                   LP_LEVEL_RESOURCE};

/* ---- writing -------------------------------------------------------------------------------------------------- */

static void put_head(struct lp_out *o, enum kind kind, unsigned id, size_t size)
{
    unsigned wide = id > 0xff, bytes = size < 8 ? 0 : 1u + (size > 0xff) + (size > 0xffff);
    if (size >> 24) lp_out_fail(o, LP_ERR_TOO_LARGE);
    lp_out_u8(o, (uint8_t)(kind << 6 | wide << 5 | bytes << 3 | (bytes ? 0 : size)));
    lp_out_be(o, id, 1 + wide);
    lp_out_be(o, size, bytes);
}

static void open(struct lp_writer *w, const struct lp_path *path, uint32_t size)
{
    if (path->res == LP_NONE)
        put_head(w->out, INSTANCE, path->inst, size);
    else
        put_head(w->out, MULTIPLE, path->res, size);
}

static unsigned float_bits(double f, uint64_t *bits)
{
    uint32_t narrow;
    if (!lp_f64_to_f32(f, &narrow)) return 8;
    *bits = narrow;
    return 4;
}

/* The bytes that a number has; 0 for a value that is a span. */
static unsigned number(const struct lp_value *v, uint64_t *bits)
{
    *bits = v->u.u;
    switch (v->type) {
    case LP_T_INT:
    case LP_T_TIME: return lp_width((*bits >> 63 ? ~*bits : *bits) << 1);
    case LP_T_UINT: return lp_width(*bits);
    case LP_T_BOOL: *bits = v->u.b; return 1;
    case LP_T_FLOAT: return float_bits(v->u.f, bits);
    case LP_T_OBJLNK: *bits = (uint64_t)v->u.link.obj << 16 | v->u.link.inst; return 4;
    default: return 0;
    }
}

static void put(struct lp_writer *w, const struct lp_path *path, const struct lp_value *v)
{
    if (!v->type) {
        open(w, path, 0);
        return;
    }
    uint64_t bits;
    unsigned n = number(v, &bits);
    bool single = path->rinst == LP_NONE;
    put_head(w->out, single ? RESOURCE : RINSTANCE, single ? path->res : path->rinst,
             n ? n : v->u.s.n);
    if (n)
        lp_out_be(w->out, bits, n);
    else
        lp_out_put(w->out, v->u.s.p, v->u.s.n);
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

/* The path of an entry at the reader's place; false if it cannot stand there. */
static bool place(const struct lp_reader *r, enum lp_level level, uint16_t id, struct lp_path *path)
{
    enum lp_level around = lp_path_level(&r->at);
    if (id == LP_NONE || level > around + 1 || (r->level && level <= around)) return false;
    *path = lp_path_cut(&r->at, level - 1);
    lp_path_set(path, level, id);
    return true;
}

/* Leave the containers that end here. */
static void leave(struct lp_reader *r)
{
    while (r->level && r->in.at == r->end[r->level])
        r->at = --r->level ? lp_path_cut(&r->at, LP_LEVEL_INSTANCE) : r->base;
}

/* 1: a record; 0: a container was entered. */
static int entry(struct lp_reader *r, struct lp_record *rec)
{
    unsigned head = lp_in_u8(&r->in), kind = head >> 6;
    uint16_t id = (uint16_t)lp_in_be(&r->in, 1 + (head >> 5 & 1));
    unsigned bytes = head >> 3 & 3;
    size_t n = bytes ? (size_t)lp_in_be(&r->in, bytes) : head & 7;
    size_t end = r->end[r->level];
    if (r->in.err || r->in.at > end || n > end - r->in.at) return LP_ERR_FORMAT;
    if (!place(r, (enum lp_level)level_of[kind], id, &rec->path)) return LP_ERR_FORMAT;
    bool container = kind == INSTANCE || kind == MULTIPLE;
    if (container && n) {
        r->at = rec->path;
        r->end[++r->level] = r->in.at + n;
        return 0;
    }
    rec->multiple = kind == MULTIPLE || (kind == RINSTANCE && r->level);
    if (!container) {
        rec->value.type = LP_T_RAW_TLV;
        rec->value.u.s = (struct lp_span){lp_in_take(&r->in, n), n};
    }
    return 1;
}

static int next(struct lp_reader *r, struct lp_record *rec)
{
    int got = 0;
    while (!got) {
        leave(r);
        if (!lp_in_left(&r->in)) return 0;
        got = entry(r, rec);
    }
    return got;
}

const struct lp_fmt lp_fmt_tlv = {
    .id = LP_FMT_TLV, .flags = LP_FMT_MANY | LP_FMT_SIZES, .open = open, .put = put, .next = next};
