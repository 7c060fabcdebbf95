/* SPDX-License-Identifier: Apache-2.0
 *
 * json.c - see json.h. Between two tokens the reader knows only what may come next (state) and, a bit a level, whether
 * it stands in an object or an array.
 */
#include "bytes/json.h"
#include "bytes/value.h"

#include <string.h>

enum { VALUE, VALUE_OR_END, KEY, KEY_OR_END, AFTER, DONE }; /* 0: a new text expects its value */
#define MAX_NESTING 31

void lp_json_init(struct lp_json *j, const void *p, size_t n)
{
    memset(j, 0, sizeof *j);
    lp_in_init(&j->in, p, n);
}

static int fail(struct lp_json *j)
{
    if (!j->in.err) j->in.err = LP_ERR_FORMAT;
    return j->in.err;
}

static int peek(const struct lp_json *j)
{
    return j->in.at < j->in.n ? j->in.p[j->in.at] : -1;
}

static void blanks(struct lp_json *j)
{
    for (int c; (c = peek(j)) == ' ' || c == '\t' || c == '\n' || c == '\r';) j->in.at++;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* Value of a hex digit, or 16. */
static unsigned hex_digit(unsigned c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Four hex digits, or a number above 0xffff. */
static uint32_t hex4(struct lp_in *in)
{
    uint32_t v = 0;
    const uint8_t *p = lp_in_take(in, 4);
    for (unsigned i = 0; i < 4; i++) {
        unsigned d = p ? hex_digit(p[i]) : 16;
        if (d > 15) return 0x10000;
        v = v << 4 | d;
    }
    return v;
}

/* The character that \c stands for; 'u' for u; 0: no such escape. */
static char unescaped(unsigned c)
{
    static const char from[] = "\"\\/bfnrtu", to[] = "\"\\/\b\f\n\r\tu";
    const char *at = memchr(from, (int)c, sizeof from - 1);
    return (char)(at ? to[at - from] : 0);
}

/* ---- tokens --------------------------------------------------------------------------------------------------- */

/* The first quote is taken already. */
static int get_string(struct lp_json *j, struct lp_span *s)
{
    size_t start = j->in.at;
    for (;;) {
        unsigned c = lp_in_u8(&j->in);
        if (j->in.err || c < 0x20) return fail(j);
        if (c == '"') break;
        if (c != '\\') continue;
        char e = unescaped(lp_in_u8(&j->in));
        if (!e || (e == 'u' && hex4(&j->in) > 0xffff)) return fail(j);
    }
    *s = (struct lp_span){j->in.p + start, j->in.at - 1 - start};
    return 0;
}

static int digits(struct lp_json *j)
{
    if (!is_digit(peek(j))) return fail(j);
    while (is_digit(peek(j))) j->in.at++;
    return 0;
}

static int get_number(struct lp_json *j, struct lp_span *s)
{
    size_t start = j->in.at;
    if (peek(j) == '-') j->in.at++;
    if (peek(j) == '0')
        j->in.at++;
    else if (digits(j))
        return j->in.err;
    if (peek(j) == '.') {
        j->in.at++;
        if (digits(j)) return j->in.err;
    }
    if (peek(j) == 'e' || peek(j) == 'E') {
        j->in.at++;
        if (peek(j) == '+' || peek(j) == '-') j->in.at++;
        if (digits(j)) return j->in.err;
    }
    *s = (struct lp_span){j->in.p + start, j->in.at - start};
    return 0;
}

static int get_word(struct lp_json *j, const char *word)
{
    const uint8_t *p = lp_in_take(&j->in, strlen(word));
    return p && memcmp(p, word, strlen(word)) == 0 ? 0 : fail(j);
}

static int down(struct lp_json *j, bool object)
{
    if (j->depth == MAX_NESTING) return fail(j);
    j->in.at++;
    uint32_t bit = (uint32_t)1 << ++j->depth;
    j->nesting = object ? j->nesting | bit : j->nesting & ~bit;
    j->state = object ? KEY_OR_END : VALUE_OR_END;
    return 0;
}

static int up(struct lp_json *j)
{
    j->in.at++;
    j->state = --j->depth ? AFTER : DONE;
    return 0;
}

static int get_key(struct lp_json *j, struct lp_json_token *t)
{
    t->kind = LP_JSON_KEY;
    if (lp_in_u8(&j->in) != '"' || get_string(j, &t->s)) return fail(j);
    blanks(j);
    j->state = VALUE;
    return lp_in_u8(&j->in) == ':' ? 0 : fail(j);
}

static int get_value(struct lp_json *j, struct lp_json_token *t)
{
    int c = peek(j);
    j->state = j->depth ? AFTER : DONE;
    switch (c) {
    case '{': t->kind = LP_JSON_OBJECT; return down(j, true);
    case '[': t->kind = LP_JSON_ARRAY; return down(j, false);
    case '"':
        t->kind = LP_JSON_STRING;
        j->in.at++;
        return get_string(j, &t->s);
    case 't': t->kind = LP_JSON_TRUE; return get_word(j, "true");
    case 'f': t->kind = LP_JSON_FALSE; return get_word(j, "false");
    case 'n': t->kind = LP_JSON_NULL; return get_word(j, "null");
    default: t->kind = LP_JSON_NUMBER; return get_number(j, &t->s);
    }
}

int lp_json_next(struct lp_json *j, struct lp_json_token *t)
{
    *t = (struct lp_json_token){LP_JSON_END, {j->in.p, 0}};
    if (j->in.err) return j->in.err;
    blanks(j);
    int c = peek(j);
    if (j->state == DONE) return c < 0 ? 0 : fail(j);
    bool object = j->nesting >> j->depth & 1;
    bool may_end = j->state == AFTER || j->state == KEY_OR_END || j->state == VALUE_OR_END;
    if (j->depth && may_end && c == (object ? '}' : ']')) {
        t->kind = object ? LP_JSON_OBJECT_END : LP_JSON_ARRAY_END;
        return up(j);
    }
    if (j->state == AFTER) {
        if (c != ',') return fail(j);
        j->in.at++;
        blanks(j);
        j->state = object ? KEY : VALUE;
    }
    return j->state == KEY || j->state == KEY_OR_END ? get_key(j, t) : get_value(j, t);
}

int lp_json_skip(struct lp_json *j, const struct lp_json_token *first)
{
    struct lp_json_token t = *first;
    int depth = 0; /* of the containers that began with or after *first */
    while (!j->in.err) {
        depth += t.kind == LP_JSON_OBJECT || t.kind == LP_JSON_ARRAY;
        depth -= t.kind == LP_JSON_OBJECT_END || t.kind == LP_JSON_ARRAY_END;
        if (depth < 0 || t.kind == LP_JSON_END) return fail(j);
        if (!depth && t.kind != LP_JSON_KEY) return 0;
        lp_json_next(j, &t);
    }
    return j->in.err;
}

/* ---- strings -------------------------------------------------------------------------------------------------- */

static void put_utf8(struct lp_out *o, uint32_t c)
{
    if (c < 0x80) {
        lp_out_u8(o, (uint8_t)c);
        return;
    }
    unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3; /* continuation bytes */
    lp_out_u8(o, (uint8_t)(0xff80u >> more | c >> 6 * more));
    while (more--) lp_out_u8(o, (uint8_t)(0x80 | (c >> 6 * more & 0x3f)));
}

/* Behind \u: one code unit, or a surrogate pair with the \u between. 0: not a character. */
static uint32_t code_point(struct lp_in *in)
{
    uint32_t c = hex4(in);
    if (c > 0xffff || c - 0xdc00 < 0x400) return 0;
    if (c - 0xd800 >= 0x400) return c;
    if (lp_in_be(in, 2) != ('\\' << 8 | 'u')) return 0;
    uint32_t low = hex4(in) - 0xdc00;
    return low < 0x400 ? 0x10000 + ((c - 0xd800) << 10 | low) : 0;
}

int lp_json_unescape(struct lp_span s, struct lp_out *scratch, struct lp_span *out)
{
    *out = s;
    if (!s.n || !memchr(s.p, '\\', s.n)) return 0;
    struct lp_in in;
    lp_in_init(&in, s.p, s.n);
    size_t start = lp_out_len(scratch);
    while (lp_in_left(&in)) {
        uint32_t c = lp_in_u8(&in);
        if (c != '\\') {
            lp_out_u8(scratch, (uint8_t)c);
            continue;
        }
        c = (uint8_t)unescaped(lp_in_u8(&in));
        if (c == 'u') c = code_point(&in);
        if (!c || in.err) return LP_ERR_FORMAT;
        put_utf8(scratch, c);
    }
    if (lp_out_end(scratch) < 0) return lp_out_end(scratch);
    *out = (struct lp_span){scratch->buf + start,
                            lp_out_len(scratch) - start}; /* an escape leaves at least a byte */
    return 0;
}

void lp_json_put_string(struct lp_out *o, const void *p, size_t n)
{
    static const char digit[] = "0123456789abcdef";
    const uint8_t *s = p;
    if (!lp_utf8((struct lp_span){p, n})) lp_out_fail(o, LP_ERR_VALUE);
    lp_out_u8(o, '"');
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"' || s[i] == '\\') lp_out_u8(o, '\\');
        if (s[i] >= 0x20) {
            lp_out_u8(o, s[i]);
        } else {
            lp_out_text(o, s[i] < 0x10 ? "\\u000" : "\\u001");
            lp_out_u8(o, (uint8_t)digit[s[i] & 15]);
        }
    }
    lp_out_u8(o, '"');
}
