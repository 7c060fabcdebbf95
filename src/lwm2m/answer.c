/* SPDX-License-Identifier: Apache-2.0
 *
 * answer.c - answers, and block-wise transfer both ways (RFC 7959): see ops.h.
 *
 * A representation goes out through a window (lp_out): it is made anew for every block, and only the block is kept.
 * Header and payload are made in that order of necessity, not of place: ETag, "more" and Size2 are known at the end.
 *
 *   buf  | header, made last        | room | the block, made first      |
 *                                   | <----- moved to the header        |
 *
 * What comes in is collected in c->body, one body at a time: a new one pushes out the old one, whose sender is told
 * 4.08 and begins again.
 */
#include "lwm2m/ops.h"
#include "lwm2m/model.h"
#include "lwm2m/internal.h"
#include "link/exchange.h"

#include <string.h>

/* ---- simple answers ------------------------------------------------------------------------------------------ */

/* Piggy-backed on the ACK of a CON, else NON with an id of its own. */
static uint8_t type_for(const struct lp_coap *req)
{
    return req->type == LP_CON ? LP_ACK : LP_NON;
}

static uint16_t mid_for(struct lp_link *l, const struct lp_coap *req)
{
    return req->type == LP_CON ? req->mid : lp_exchange_mid(&l->x);
}

void lp_answer_begin(struct lp_client *c, struct lp_link *l, const struct lp_coap *req,
                     uint8_t code, struct lp_answer *a)
{
    a->has_block1 = req->code != LP_GET && lp_coap_block(req, LP_OPT_BLOCK1, &a->block1) > 0;
    lp_out_init(&a->out, c->io, sizeof c->io);
    lp_coap_begin(&a->msg, &a->out, type_for(req), code, mid_for(l, req), req->token, req->tkl);
}

int lp_answer_end(struct lp_answer *a)
{
    if (a->has_block1) lp_coap_opt_block(&a->msg, LP_OPT_BLOCK1, a->block1);
    return lp_out_end(&a->out);
}

int lp_answer_code(struct lp_client *c, struct lp_link *l, const struct lp_coap *req, uint8_t code)
{
    struct lp_answer a;
    lp_answer_begin(c, l, req, code, &a);
    int n = lp_answer_end(&a);
    if (code != LP_REQUEST_TOO_LARGE) return n;
    lp_coap_opt_uint(&a.msg, LP_OPT_SIZE1, LP_MAX_BODY);
    return lp_out_end(&a.out);
}

int lp_answer_cut(uint8_t *m)
{
    m[1] = LP_INTERNAL_ERROR;
    return 4 + (m[0] & 15);
}

/* ---- out: Block2 --------------------------------------------------------------------------------------------- */

uint8_t lp_block_szx(const struct lp_client *c, const struct lp_link *l)
{
    unsigned size = c->config.max_message - 64u, szx = 0;
    if (size > c->config.block_size) size = c->config.block_size;
    while (szx < 6 && 32u << szx <= size) szx++;
    return szx > l->smaller ? (uint8_t)(szx - l->smaller) : 0;
}

int lp_message_make(const struct lp_message *m, lp_put_body *put, void *ctx)
{
    struct lp_out body, head;
    struct lp_coap_out msg;
    lp_out_window(&body, m->buf + LP_HEAD, m->from, 16u << m->szx);
    int err = put(ctx, &body);
    if (!err) err = body.err;
    if (err) return err;
    if (m->from && m->from >= body.total) return LP_ERR_FORMAT;

    bool more = lp_out_more(&body);
    size_t n = lp_out_len(&body);
    lp_out_init(&head, m->buf, LP_HEAD);
    lp_coap_begin(&msg, &head, m->type, LP_CONTENT, m->mid, m->token, m->tkl);
    if (more || m->from) {
        uint32_t h = body.hash;
        uint8_t etag[4] = {(uint8_t)(h >> 24), (uint8_t)(h >> 16), (uint8_t)(h >> 8), (uint8_t)h};
        lp_coap_opt(&msg, LP_OPT_ETAG, etag, sizeof etag);
    }
    if (m->observe >= 0) lp_coap_opt_uint(&msg, LP_OPT_OBSERVE, (uint32_t)m->observe);
    if (m->format >= 0) lp_coap_opt_uint(&msg, LP_OPT_CONTENT_FORMAT, (uint32_t)m->format);
    if (more || m->block)
        lp_coap_opt_block(&msg, LP_OPT_BLOCK2,
                          (struct lp_block){m->from >> (m->szx + 4), more, m->szx});
    if (m->size || (more && !m->from)) lp_coap_opt_uint(&msg, LP_OPT_SIZE2, body.total);
    if (!n) return lp_out_end(&head);
    lp_coap_payload(&msg);
    memmove(m->buf + head.total, m->buf + LP_HEAD, n);
    return (int)(head.total + n);
}

int lp_answer_body(struct lp_client *c, struct lp_link *l, const struct lp_coap *req,
                   int32_t observe, int format, lp_put_body *put, void *ctx)
{
    struct lp_block asked;
    uint32_t size;
    struct lp_message m = {
        .buf = c->io, .type = type_for(req), .token = req->token, .tkl = req->tkl};
    m.observe = observe;
    m.format = format;
    m.szx = lp_block_szx(c, l);
    m.block = lp_coap_block(req, LP_OPT_BLOCK2, &asked) > 0;
    if (m.block) {
        m.from = asked.num << (asked.szx + 4);
        if (asked.szx < m.szx) m.szx = asked.szx;
    }
    m.size = lp_coap_uint(req, LP_OPT_SIZE2, 4, &size) > 0;
    m.mid = mid_for(l, req);
    return lp_message_make(&m, put, ctx);
}

int lp_put_model(void *ctx, struct lp_out *out)
{
    struct lp_reading *r = ctx;
    int got = lp_model_read_number(r->list, &r->path, r->fmt, out, &r->number);
    r->is_number = got > 0;
    return got < 0 ? got : 0;
}

/* ---- in: Block1 ---------------------------------------------------------------------------------------------- */

/* Does this block continue what was collected? */
static bool continues(const struct lp_client *c, unsigned link, const struct lp_coap *req,
                      const struct lp_path *path)
{
    return c->up.code == req->code && c->up.link == link && lp_path_equal(&c->up.path, path) &&
           (uint32_t)c->now - c->up.at <= LP_EXCHANGE_LIFETIME;
}

/* 0, or why this block cannot be taken. */
static int take_block(struct lp_client *c, unsigned link, const struct lp_coap *req,
                      const struct lp_path *path, const struct lp_block *b)
{
    uint32_t size = 16u << b->szx, whole = 0, len = b->num * size;
    struct lp_span p = req->payload;
    if (b->more ? p.n != size : p.n > size) return LP_ERR_FORMAT;
    if (b->num && (!continues(c, link, req, path) || c->up.len != len)) return LP_ERR_INCOMPLETE;
    c->up.code = 0; /* a stray block ends nothing; but from here on an error does */
    if (!b->num) lp_coap_uint(req, LP_OPT_SIZE1, 4, &whole);
    if (whole > LP_MAX_BODY || len + p.n > LP_MAX_BODY) return LP_ERR_TOO_LARGE;
    if (p.n) memcpy(c->body + len, p.p, p.n);
    c->up.len = (uint16_t)(len + p.n);
    if (b->more) c->up.code = req->code;
    c->up.link = (uint8_t)link;
    c->up.path = *path;
    c->up.at = (uint32_t)c->now;
    return 0;
}

int lp_ops_body(struct lp_client *c, struct lp_link *l, const struct lp_coap *req,
                const struct lp_path *path, struct lp_span *payload)
{
    struct lp_answer a;
    struct lp_block b;
    *payload = req->payload;
    if (lp_coap_block(req, LP_OPT_BLOCK1, &b) <= 0) return 0;
    int err = take_block(c, lp_link_index(c, l), req, path, &b);
    *payload = (struct lp_span){c->body, c->up.len};
    if (err || !b.more) return err;
    lp_answer_begin(c, l, req, LP_CONTINUE, &a);
    uint8_t ours = lp_block_szx(c, l);
    if (a.block1.szx > ours) a.block1.szx = ours;
    return lp_answer_end(&a);
}
