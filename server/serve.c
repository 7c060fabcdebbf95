/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.c - see serve.h.
 */
#include "server/serve.h"

#include <stdlib.h>
#include <string.h>

#include "server/mem.h"
#include "server/peer.h"
#include "server/reg.h"

struct body {
    uint8_t *p;
    size_t n, cap;
    uint64_t key; /* of the path and query: the blocks of another request begin another body */
};

void body_free(struct body *b)
{
    if (!b) return;
    free(b->p);
    free(b);
}

/* ---- answers ---- */

void serve_answer(const struct request *r, struct peer *p, struct answer *a)
{
    struct lp_block b;
    a->block1_szx = -1;
    if (lp_coap_block(r->m, LP_OPT_BLOCK1, &b) == 1) {
        a->block1_szx = b.szx;
        a->block1_num = b.num;
        a->block1_more = a->code == LP_CONTINUE;
    }
    peer_answer(p, r->m, a);
}

void serve_error(const struct request *r, uint8_t code, const char *text)
{
    serve_answer(r, r->p, &(struct answer){.code = code, .text = text});
}

/* ---- what is asked ---- */

int serve_query(const struct lp_coap *m, const char *name, struct lp_span *value)
{
    struct lp_option_iter at = {0};
    struct lp_option o;
    size_t n = strlen(name);
    while (lp_coap_next(m, &at, &o)) {
        const char *q = o.value.p;
        if (o.number != LP_OPT_URI_QUERY || o.value.n < n || memcmp(q, name, n) != 0) continue;
        *value = (struct lp_span){NULL, 0};
        if (o.value.n == n) return 1;
        if (q[n] != '=') continue;
        *value = (struct lp_span){q + n + 1, o.value.n - n - 1};
        return 1;
    }
    return 0;
}

static void read_path(struct request *r)
{
    struct lp_option_iter at = {0};
    struct lp_option o;
    while (lp_coap_next(r->m, &at, &o)) {
        if (o.number != LP_OPT_URI_PATH) continue;
        if (r->n < 3) r->path[r->n] = o.value;
        if (r->n < 4) r->n++;
    }
    if (r->n && r->n < 4 && r->path[r->n - 1].n == 0) r->n--; /* a slash at the end */
}

static uint64_t request_key(const struct lp_coap *m)
{
    struct lp_option_iter at = {0};
    struct lp_option o;
    uint64_t key = m->code;
    while (lp_coap_next(m, &at, &o))
        if (o.number == LP_OPT_URI_PATH || o.number == LP_OPT_URI_QUERY)
            key = key * 31 + table_hash(o.value.p, o.value.n);
    return key;
}

/* ---- payloads in blocks ---- */

/* Is this worth keeping the blocks of? Of somebody unknown only what would be a registration. */
static bool may_keep(const struct request *r)
{
    if (!peer_is_visitor(r->p)) return true;
    return r->n == 1 && lp_span_is(r->path[0], "rd") && register_plausible(r->p, r->m);
}

static void append(struct body *b, struct lp_span s)
{
    if (b->n + s.n > b->cap) {
        b->cap = (b->n + s.n) * 2;
        b->p = mem_grow(b->p, b->cap);
    }
    if (s.n) memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

static struct body *begin_body(struct peer *p, uint64_t key)
{
    body_free(p->body);
    p->body = mem_new(sizeof(*p->body));
    p->body->key = key;
    return p->body;
}

/* true: r->payload is all of it. Else this block has been answered. */
static bool collect(struct request *r)
{
    struct lp_block blk;
    const struct lp_coap *m = r->m;
    r->payload = m->payload;
    if (lp_coap_block(m, LP_OPT_BLOCK1, &blk) != 1 || (blk.num == 0 && !blk.more)) return true;
    uint64_t key = request_key(m);
    size_t at = (size_t)blk.num << (blk.szx + 4);
    struct body *b = r->p->body;
    if (blk.num == 0) {
        if (!may_keep(r)) return true; /* the handler will say what is wrong */
        struct peer *kept = peer_keep(r->p);
        if (!kept) {
            serve_error(r, LP_SERVICE_UNAVAILABLE, "the server is full");
            return false;
        }
        r->p = kept;
        b = begin_body(kept, key);
    } else if (!b || b->key != key || b->n != at) {
        serve_error(r, LP_CODE_INCOMPLETE, "a block is missing: begin again with the first");
        return false;
    }
    if (at + m->payload.n > SERVE_BODY) {
        serve_error(r, LP_REQUEST_TOO_LARGE, "a payload has 64 KiB at most");
    } else if (blk.more && m->payload.n != (size_t)16 << blk.szx) {
        serve_error(r, LP_BAD_REQUEST, "a block that is not the last must be full");
    } else {
        append(b, m->payload);
        r->payload = (struct lp_span){b->p, b->n};
        if (!blk.more) return true;
        serve_answer(r, r->p, &(struct answer){.code = LP_CONTINUE});
        return false;
    }
    body_free(r->p->body);
    r->p->body = NULL;
    return false;
}

/* ---- routes ---- */

static const struct route {
    const char *first;
    unsigned n;
    uint8_t code;
    void (*serve)(const struct request *);
} routes[] = {
    {"rd", 1, LP_POST, register_new},      {"rd", 2, LP_POST, register_update},
    {"rd", 2, LP_DELETE, register_delete}, {"bs", 1, LP_POST, bootstrap_request},
    {"dp", 1, LP_POST, send_request},
};

static const struct route *find_route(const struct request *r, bool *path_exists)
{
    *path_exists = false;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (r->n != routes[i].n || !lp_span_is(r->path[0], routes[i].first)) continue;
        *path_exists = true;
        if (r->m->code == routes[i].code) return &routes[i];
    }
    return NULL;
}

void serve_request(struct peer *p, const struct lp_coap *m)
{
    struct request r = {.p = p, .m = m};
    bool exists;
    if (lp_coap_check_options(m) != 0) {
        peer_answer_code(p, m, LP_BAD_OPTION, "a critical option is not known or malformed");
        return;
    }
    read_path(&r);
    const struct route *route = find_route(&r, &exists);
    if (!route) {
        serve_error(&r, exists ? LP_METHOD_NOT_ALLOWED : LP_CODE_NOT_FOUND, NULL);
        return;
    }
    if (!collect(&r)) return;
    route->serve(&r);
    if (!peer_is_visitor(r.p) && r.payload.p != m->payload.p) {
        body_free(r.p->body);
        r.p->body = NULL;
    }
}
