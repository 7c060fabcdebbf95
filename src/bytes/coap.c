/* SPDX-License-Identifier: Apache-2.0
 *
 * coap.c - see coap.h. One function reads an option (take_option); parsing runs it to the end of the options once, so
 * that everything after works on bytes that are known to be good.
 *
 *   option:  | delta:4 | length:4 | delta, 0 to 2 more bytes | length, 0 to 2 more bytes | value |
 *            13: one byte + 13     14: two bytes + 269     15: only in 0xff, the payload marker
 */
#include "bytes/coap.h"
#include "bytes/num.h"

#include <string.h>

/* ---- parsing ------------------------------------------------------------------------------------------------- */

static uint32_t take_extended(struct lp_in *in, uint32_t nibble)
{
    if (nibble == 13) return lp_in_u8(in) + 13u;
    if (nibble == 14) return (uint32_t)lp_in_be(in, 2) + 269u;
    if (nibble == 15) in->err = LP_ERR_FORMAT;
    return nibble;
}

/* 1 with *o, whose number comes in as the last one; 0 at the end or with the marker taken; LP_ERR_FORMAT. */
static int take_option(struct lp_in *in, struct lp_option *o)
{
    if (lp_in_left(in) == 0) return in->err ? LP_ERR_FORMAT : 0;
    uint8_t head = lp_in_u8(in);
    if (head == 0xff) return 0;
    uint32_t number = o->number + take_extended(in, head >> 4);
    o->value.n = take_extended(in, head & 15u);
    o->value.p = lp_in_take(in, o->value.n);
    if (number > UINT16_MAX) in->err = LP_ERR_FORMAT;
    o->number = (uint16_t)number;
    return in->err ? LP_ERR_FORMAT : 1;
}

static int parse_body(struct lp_coap *c, struct lp_in *in)
{
    const uint8_t *token = lp_in_take(in, c->tkl);
    if (!token) return LP_ERR_FORMAT;
    memcpy(c->token, token, c->tkl);

    struct lp_option o = {0, {NULL, 0}};
    size_t from = in->at, end = from;
    int r;
    while ((r = take_option(in, &o)) > 0) end = in->at;
    if (r < 0) return r;
    c->options = (struct lp_span){in->p + from, end - from};
    c->payload = lp_in_rest(in);
    return in->at != end && c->payload.n == 0 ? LP_ERR_FORMAT
                                              : 0; /* a marker and nothing behind it */
}

int lp_coap_parse(struct lp_coap *c, const void *p, size_t n)
{
    struct lp_in in;
    memset(c, 0, sizeof *c);
    lp_in_init(&in, p, n);
    if (n < 4 || in.p[0] >> 6 != 1) return LP_ERR_FORMAT;
    uint8_t head = lp_in_u8(&in);
    c->type = head >> 4 & 3;
    c->code = lp_in_u8(&in);
    c->mid = (uint16_t)lp_in_be(&in, 2);
    if ((head & 15) > LP_MAX_TOKEN || (c->code == LP_EMPTY && (n > 4 || head & 15)) ||
        0xc2 >> (c->code >> 5) & 1) /* classes 1, 6, 7 */
        return LP_ERR_FORMAT;
    c->tkl = head & 15;
    return parse_body(c, &in);
}

int lp_coap_next(const struct lp_coap *c, struct lp_option_iter *at, struct lp_option *o)
{
    struct lp_in in;
    lp_in_init(&in, c->options.p, c->options.n);
    in.at = at->at;
    o->number = at->number;
    if (take_option(&in, o) <= 0) return 0;
    at->at = in.at;
    at->number = o->number;
    return 1;
}

/* ---- what is known about options ----------------------------------------------------------------------------- */

#define REPEAT 0x80
static const struct known {
    uint16_t number;
    uint8_t min, max; /* length of the value; min | REPEAT: may stand there more than once */
} known[] = {
    {LP_OPT_IF_MATCH, 0 | REPEAT, 8},
    {LP_OPT_URI_HOST, 1, 255},
    {LP_OPT_ETAG, 1 | REPEAT, 8},
    {LP_OPT_IF_NONE_MATCH, 0, 0},
    {LP_OPT_OBSERVE, 0, 3},
    {LP_OPT_URI_PORT, 0, 2},
    {LP_OPT_LOCATION_PATH, 0 | REPEAT, 255},
    {LP_OPT_OSCORE, 0, 255},
    {LP_OPT_URI_PATH, 0 | REPEAT, 255},
    {LP_OPT_CONTENT_FORMAT, 0, 2},
    {LP_OPT_MAX_AGE, 0, 4},
    {LP_OPT_URI_QUERY, 0 | REPEAT, 255},
    {LP_OPT_ACCEPT, 0, 2},
    {LP_OPT_LOCATION_QUERY, 0 | REPEAT, 255},
    {LP_OPT_BLOCK2, 0, 3},
    {LP_OPT_BLOCK1, 0, 3},
    {LP_OPT_SIZE2, 0, 4},
    {LP_OPT_SIZE1, 0, 4},
    {LP_OPT_NO_RESPONSE, 0, 1},
    /* Proxy-Uri is missing on purpose: nobody here is a proxy, and a request for elsewhere must not be done here */
};

/* May an option be there with this value, behind one of number last? */
static bool acceptable(const struct lp_option *o, uint32_t last)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct known *k = &known[i];
        if (k->number == o->number)
            return o->value.n >= (k->min & ~(unsigned)REPEAT) && o->value.n <= k->max &&
                   (k->min & REPEAT || last != o->number);
    }
    return false;
}

static bool critical(uint16_t number)
{
    return number & 1;
}

int lp_coap_check_options(const struct lp_coap *c)
{
    struct lp_option_iter at = {0, 0};
    struct lp_option o;
    for (uint32_t last = 0; lp_coap_next(c, &at, &o); last = o.number)
        if (critical(o.number) && !acceptable(&o, last)) return LP_ERR_OPTION;
    return 0;
}

int lp_coap_find(const struct lp_coap *c, uint16_t number, struct lp_span *value)
{
    struct lp_option_iter at = {0, 0};
    struct lp_option o;
    while (lp_coap_next(c, &at, &o))
        if (o.number == number && (critical(number) || acceptable(&o, 0))) {
            *value = o.value;
            return 1;
        }
    return 0;
}

int lp_coap_uint(const struct lp_coap *c, uint16_t number, unsigned max_bytes, uint32_t *v)
{
    struct lp_span s;
    struct lp_in in;
    if (!lp_coap_find(c, number, &s)) return 0;
    if (s.n > max_bytes) return LP_ERR_OPTION;
    lp_in_init(&in, s.p, s.n);
    *v = (uint32_t)lp_in_be(&in, (unsigned)s.n);
    return 1;
}

int lp_coap_block(const struct lp_coap *c, uint16_t number, struct lp_block *b)
{
    uint32_t v;
    int r = lp_coap_uint(c, number, 3, &v);
    if (r <= 0) return r;
    *b = (struct lp_block){v >> 4, v >> 3 & 1, v & 7};
    return b->szx == 7 ? LP_ERR_OPTION : 1;
}

/* ---- building ------------------------------------------------------------------------------------------------ */

void lp_coap_begin(struct lp_coap_out *c, struct lp_out *out, uint8_t type, uint8_t code,
                   uint16_t mid, const void *token, uint8_t tkl)
{
    *c = (struct lp_coap_out){out, 0, false};
    if (tkl > LP_MAX_TOKEN) lp_out_fail(out, LP_ERR_VALUE);
    lp_out_be(out, (uint32_t)(0x40 | type << 4 | tkl) << 24 | (uint32_t)code << 16 | mid, 4);
    lp_out_put(out, token, tkl);
}

static unsigned nibble(size_t v)
{
    return v < 13 ? (unsigned)v : v < 269 ? 13 : 14;
}

static void put_extended(struct lp_out *o, size_t v)
{
    unsigned k = nibble(v);
    if (k >= 13) lp_out_be(o, v - (k == 13 ? 13 : 269), k - 12);
}

void lp_coap_opt(struct lp_coap_out *c, uint16_t number, const void *p, size_t n)
{
    if (number < c->last || c->marker) lp_out_fail(c->out, LP_ERR_STATE);
    if (n > UINT16_MAX) lp_out_fail(c->out, LP_ERR_TOO_LARGE);
    unsigned delta = (uint16_t)(number - c->last);
    c->last = number;
    lp_out_u8(c->out, (uint8_t)(nibble(delta) << 4 | nibble(n)));
    put_extended(c->out, delta);
    put_extended(c->out, n);
    lp_out_put(c->out, p, n);
}

void lp_coap_opt_text(struct lp_coap_out *c, uint16_t number, const char *text)
{
    lp_coap_opt(c, number, text, strlen(text));
}

void lp_coap_opt_uint(struct lp_coap_out *c, uint16_t number, uint32_t v)
{
    uint8_t b[4];
    size_t at = sizeof b;
    for (; v; v >>= 8) b[--at] = (uint8_t)v;
    lp_coap_opt(c, number, b + at, sizeof b - at);
}

void lp_coap_opt_block(struct lp_coap_out *c, uint16_t number, struct lp_block b)
{
    lp_coap_opt_uint(c, number, b.num << 4 | (uint32_t)b.more << 3 | b.szx);
}

static void opt_id(struct lp_coap_out *c, uint16_t number, uint16_t id)
{
    char text[5];
    struct lp_out o;
    lp_out_init(&o, text, sizeof text);
    lp_put_uint(&o, id);
    lp_coap_opt(c, number, text, lp_out_len(&o));
}

void lp_coap_opt_path(struct lp_coap_out *c, uint16_t number, const struct lp_path *p)
{
    const uint16_t *id = &p->obj;
    for (unsigned i = 0; i < 4 && id[i] != LP_NONE; i++) opt_id(c, number, id[i]);
}

void lp_coap_payload(struct lp_coap_out *c)
{
    c->marker = true;
    lp_out_u8(c->out, 0xff);
}

/* ---- codes --------------------------------------------------------------------------------------------------- */

uint8_t lp_coap_code_of(int err)
{
    static const uint8_t codes[] = {
        LP_BAD_REQUEST,         /* FORMAT */
        LP_BAD_REQUEST,         /* VALUE */
        LP_UNAUTHORIZED,        /* DENIED */
        LP_CODE_NOT_FOUND,      /* NOT_FOUND */
        LP_METHOD_NOT_ALLOWED,  /* METHOD */
        LP_NOT_ACCEPTABLE,      /* ACCEPT */
        LP_CODE_INCOMPLETE,     /* INCOMPLETE */
        LP_PRECONDITION_FAILED, /* CONDITION */
        LP_REQUEST_TOO_LARGE,   /* TOO_LARGE */
        LP_UNSUPPORTED_FORMAT,  /* CONTENT */
        LP_BAD_OPTION,          /* OPTION */
    };
    _Static_assert(sizeof codes == LP_ERR_FORMAT - LP_ERR_OPTION + 1,
                   "a code for each error from FORMAT to OPTION");
    unsigned i = (unsigned)LP_ERR_FORMAT - (unsigned)err;
    return i < sizeof codes ? codes[i] : LP_INTERNAL_ERROR;
}

void lp_coap_code_text(uint8_t code, char out[5])
{
    unsigned detail = code & 31;
    out[0] = (char)('0' + (code >> 5));
    out[1] = '.';
    out[2] = (char)('0' + detail / 10);
    out[3] = (char)('0' + detail % 10);
    out[4] = 0;
}
