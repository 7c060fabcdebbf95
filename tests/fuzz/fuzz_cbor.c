/* SPDX-License-Identifier: Apache-2.0
 *
 * CBOR: any bytes, item by item. What lp_cbor_skip says of an item, a plain walk over the heads must say too; each
 * scalar is written again in the shortest form and read back. */
#include "bytes/cbor.h"

#include <stdlib.h>
#include <string.h>

static void require(bool condition)
{
    if (!condition) abort();
}

/* Well-formed? By counting alone, as RFC 8949 appendix C does it but without its recursion; at most 8 containers deep.
 * Returns false also where it meets the end. */
static bool walk(struct lp_in *in)
{
    struct {
        uint64_t left;
        bool indefinite, map, odd;
    } level[9] = {0};
    unsigned depth = 0;
    bool tagged = false;
    do {
        struct lp_cbor c;
        if (lp_cbor_next(in, &c) || c.kind == LP_CBOR_END) return false;
        if (c.kind == LP_CBOR_TAG) {
            tagged = true;
            continue;
        }
        if (c.kind == LP_CBOR_BREAK) {
            if (tagged || !depth || !level[depth].indefinite || level[depth].odd) return false;
            depth--;
        } else if (c.indefinite && (c.kind == LP_CBOR_TEXT || c.kind == LP_CBOR_BYTES)) {
            struct lp_cbor chunk;
            while (lp_cbor_next(in, &chunk) == 0 && chunk.kind == c.kind && !chunk.indefinite)
                continue;
            if (in->err || chunk.kind != LP_CBOR_BREAK) return false;
        } else if ((c.kind == LP_CBOR_ARRAY || c.kind == LP_CBOR_MAP) && (c.arg || c.indefinite)) {
            if (depth == 8) return false;
            depth++;
            level[depth].left = c.arg * (c.kind == LP_CBOR_MAP ? 2 : 1);
            level[depth].indefinite = c.indefinite;
            level[depth].map = c.kind == LP_CBOR_MAP;
            level[depth].odd = false;
            tagged = false;
            continue;
        }
        tagged = false;
        while (depth && !level[depth].indefinite && --level[depth].left == 0) depth--;
        if (depth && level[depth].indefinite && level[depth].map)
            level[depth].odd = !level[depth].odd;
    } while (depth || tagged);
    return true;
}

static void again(const struct lp_cbor *c, struct lp_span s)
{
    uint8_t small[16], *m = malloc(s.n + sizeof small);
    struct lp_out o;
    struct lp_in in;
    struct lp_cbor d;
    require(m != NULL);
    lp_out_init(&o, m, s.n + sizeof small);
    switch (c->kind) {
    case LP_CBOR_UINT: lp_cbor_put_head(&o, 0, c->arg); break;
    case LP_CBOR_NINT:
        if (c->arg > INT64_MAX)
            lp_cbor_put_head(&o, 1, c->arg);
        else
            lp_cbor_put_int(&o, -1 - (int64_t)c->arg);
        break;
    case LP_CBOR_TEXT: lp_cbor_put_text(&o, s.p, s.n); break;
    case LP_CBOR_BYTES: lp_cbor_put_bytes(&o, s.p, s.n); break;
    case LP_CBOR_BOOL: lp_cbor_put_bool(&o, c->arg); break;
    case LP_CBOR_FLOAT: lp_cbor_put_float(&o, c->f); break;
    default: free(m); return;
    }
    require(lp_out_end(&o) > 0);
    lp_in_init(&in, m, lp_out_len(&o));
    require(lp_cbor_next(&in, &d) == 0 && d.kind == c->kind);
    if (d.kind == LP_CBOR_UINT || d.kind == LP_CBOR_NINT || d.kind == LP_CBOR_BOOL)
        require(d.arg == c->arg);
    if (d.kind == LP_CBOR_FLOAT)
        require(memcmp(&d.f, &c->f, sizeof d.f) == 0 || (d.f != d.f && c->f != c->f));
    if (d.kind == LP_CBOR_TEXT || d.kind == LP_CBOR_BYTES)
        require(d.s.n == s.n && (!s.n || memcmp(d.s.p, s.p, s.n) == 0));
    require(lp_in_left(&in) == 0);
    free(m);
}

static void one_item(struct lp_in *in)
{
    struct lp_cbor c;
    struct lp_in before = *in, walked = *in;
    if (lp_cbor_next(in, &c) || c.kind == LP_CBOR_END) return;
    if (c.kind == LP_CBOR_TEXT || c.kind == LP_CBOR_BYTES) {
        uint8_t scratch[64];
        struct lp_in copy = *in;
        struct lp_out o;
        struct lp_span s;
        lp_out_init(&o, scratch, sizeof scratch);
        if (lp_cbor_string(&copy, &c, &o, &s) == 0) again(&c, s);
    } else {
        again(&c, (struct lp_span){NULL, 0});
    }
    bool skipped = lp_cbor_skip(in, &c) == 0;
    require(skipped == walk(&walked));
    if (skipped) require(walked.at == in->at && in->at > before.at);
    require(skipped || in->err == LP_ERR_FORMAT);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct lp_in in;
    lp_in_init(&in, p, n);
    while (lp_in_left(&in)) one_item(&in);
    return 0;
}
