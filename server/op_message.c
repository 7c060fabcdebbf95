/* SPDX-License-Identifier: Apache-2.0
 *
 * op_message.c - see op_message.h (RFC 7252, RFC 7959).
 */
#include "server/op_message.h"

#include <string.h>

#include "server/mem.h"
#include "server/peer.h"

#define RESTARTS 3 /* of an answer that changes while its blocks are fetched */

static size_t block_size(uint8_t szx)
{
    return (size_t)16 << szx;
}

/* ---- requests ---- */

static void put_path(struct lp_coap_out *m, const struct op *op)
{
    const char *root = op->box->root;
    if (op->finish) {
        lp_coap_opt_text(m, LP_OPT_URI_PATH, "bs");
        return;
    }
    while (*root == '/' && root[1]) {
        size_t n = strcspn(++root, "/");
        lp_coap_opt(m, LP_OPT_URI_PATH, root, n);
        root += n;
    }
    lp_coap_opt_path(m, LP_OPT_URI_PATH, &op->path);
}

static void put_query(struct lp_coap_out *m, const struct op *op)
{
    for (const char *q = op->query; q && *q;) {
        size_t n = strcspn(q, "&");
        lp_coap_opt(m, LP_OPT_URI_QUERY, q, n);
        q += n + (q[n] == '&');
    }
}

/* A request for the next block of an answer: nothing of the first request but its path. */
static void put_continuation(struct lp_coap_out *m, const struct op *op)
{
    put_path(m, op);
    if (op->accept >= 0) lp_coap_opt_uint(m, LP_OPT_ACCEPT, (uint32_t)op->accept);
    lp_coap_opt_block(
        m, LP_OPT_BLOCK2,
        (struct lp_block){(uint32_t)(op->in_n >> (op->in_szx + 4)), false, op->in_szx});
}

static void put_request(struct lp_coap_out *m, const struct op *op)
{
    size_t size = block_size(op->szx), left = op->body_n - op->at;
    bool blocks = op->body_n > size;
    if (op->observe >= 0) lp_coap_opt_uint(m, LP_OPT_OBSERVE, (uint32_t)op->observe);
    put_path(m, op);
    if (op->format >= 0) lp_coap_opt_uint(m, LP_OPT_CONTENT_FORMAT, (uint32_t)op->format);
    put_query(m, op);
    if (op->accept >= 0) lp_coap_opt_uint(m, LP_OPT_ACCEPT, (uint32_t)op->accept);
    if (blocks) {
        lp_coap_opt_block(
            m, LP_OPT_BLOCK1,
            (struct lp_block){(uint32_t)(op->at >> (op->szx + 4)), left > size, op->szx});
        if (op->at == 0) lp_coap_opt_uint(m, LP_OPT_SIZE1, (uint32_t)op->body_n);
    }
    if (left == 0) return;
    lp_coap_payload(m);
    lp_out_put(m->out, op->body + op->at, left < size ? left : size);
}

int op_message(struct op *op, struct peer *p)
{
    struct lp_out o;
    struct lp_coap_out m;
    uint8_t token[LP_MAX_TOKEN];
    bool first = !op->whole;
    if (first && op->own_token)
        memcpy(token, op->token, sizeof(token));
    else
        lp_exchange_token(&p->x, token, sizeof(token));
    lp_out_init(&o, p->buf, sizeof(p->buf));
    lp_coap_begin(&m, &o, LP_CON, first ? op->code : LP_GET, lp_exchange_mid(&p->x), token,
                  sizeof(token));
    if (first)
        put_request(&m, op);
    else
        put_continuation(&m, op);
    return lp_out_end(&o);
}

/* ---- answers ---- */

static void read_location(const struct lp_coap *m, char *to, size_t cap)
{
    struct lp_option_iter at = {0};
    struct lp_option o;
    struct lp_out out;
    lp_out_init(&out, to, cap - 1);
    while (lp_coap_next(m, &at, &o)) {
        if (o.number != LP_OPT_LOCATION_PATH) continue;
        if (out.total) lp_out_u8(&out, '/');
        lp_out_put(&out, o.value.p, o.value.n);
    }
    to[lp_out_len(&out)] = 0;
}

static void read_head(struct op *op, const struct lp_coap *m)
{
    uint32_t v;
    op->got.code = m->code;
    op->got.format = lp_coap_uint(m, LP_OPT_CONTENT_FORMAT, 2, &v) == 1 ? (int)v : LP_NO_FORMAT;
    if (!op->whole) {
        op->got.observing = lp_coap_uint(m, LP_OPT_OBSERVE, 3, &v) == 1;
        read_location(m, op->got.location, sizeof(op->got.location));
    }
}

static void keep(struct op *op, struct lp_span s)
{
    if (op->in_n + s.n > op->in_cap) {
        op->in_cap = (op->in_n + s.n) * 2;
        op->in = mem_grow(op->in, op->in_cap);
    }
    if (s.n) memcpy(op->in + op->in_n, s.p, s.n);
    op->in_n += s.n;
}

static bool same_etag(const struct op *op, struct lp_span etag)
{
    return etag.n == op->etag_n && (!etag.n || memcmp(etag.p, op->etag, etag.n) == 0);
}

static int start_over(struct op *op)
{
    op->in_n = 0;
    return op->restarts++ < RESTARTS ? LP_AGAIN : LP_ERR_INCOMPLETE;
}

/* A part of an answer, or all of it. */
static int gather(struct op *op, const struct lp_coap *m)
{
    struct lp_block b = {0, false, 6};
    struct lp_span etag = {0};
    int has = lp_coap_block(m, LP_OPT_BLOCK2, &b);
    if (has < 0) return has;
    lp_coap_find(m, LP_OPT_ETAG, &etag);
    if (etag.n > sizeof(op->etag)) return LP_ERR_OPTION;
    size_t offset = (size_t)b.num << (b.szx + 4);
    if (op->in_n && has && (offset != op->in_n || !same_etag(op, etag))) return start_over(op);
    if (offset != op->in_n) return LP_ERR_INCOMPLETE;
    if (op->in_n + m->payload.n > OP_BODY) return LP_ERR_TOO_LARGE;
    if (b.more && m->payload.n != block_size(b.szx)) return LP_ERR_FORMAT;
    if (!op->in_n) {
        memcpy(op->etag, etag.p ? etag.p : "", etag.n);
        op->etag_n = (uint8_t)etag.n;
    }
    keep(op, m->payload);
    op->in_szx = b.szx;
    return b.more && op->code == LP_GET ? LP_AGAIN : 0;
}

void op_has_block(struct op *op, const struct lp_coap *first)
{
    read_head(op, first);
    op->whole = true;
    gather(op, first);
}

/* 4.13 with a smaller block size (RFC 7959 2.9.3): from the beginning, in such blocks. */
static bool smaller_blocks(struct op *op, const struct lp_coap *m, const struct lp_block *b,
                           bool has)
{
    if (m->code != LP_REQUEST_TOO_LARGE || !has || op->at != 0 || b->szx >= op->szx) return false;
    op->szx = b->szx;
    return true;
}

int op_take(struct op *op, const struct lp_coap *m)
{
    struct lp_block b;
    if (lp_coap_check_options(m) != 0) return LP_ERR_OPTION;
    if (!op->whole) {
        int has = lp_coap_block(m, LP_OPT_BLOCK1, &b);
        if (smaller_blocks(op, m, &b, has == 1)) return LP_AGAIN;
        size_t next = op->at + block_size(op->szx);
        if (m->code == LP_CONTINUE && next < op->body_n) {
            op->at = next;
            if (has == 1 && b.szx < op->szx) op->szx = b.szx;
            return LP_AGAIN;
        }
        if (m->code == LP_CONTINUE) return LP_ERR_FORMAT;
    }
    read_head(op, m);
    op->whole = true;
    if (m->code >> 5 != 2) op->in_n = 0; /* an error in the middle: it is the answer */
    return gather(op, m);
}
