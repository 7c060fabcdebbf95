/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* popen */
#include "../test.h"

#include "bytes/coap.h"

/* The parsed message and the bytes it points into: a copy of exactly their number, so that the sanitizer sees a read
 * or write of one too many. */
struct parsed {
    struct lp_coap c;
    uint8_t *bytes;
    int result;
};

/* Whatever parses can be asked anything. */
static void ask_everything(const struct lp_coap *c)
{
    struct lp_option_iter at = {0, 0};
    struct lp_option o;
    unsigned sum = 0, last = 0, asked = 0;
    while (lp_coap_next(c, &at, &o)) {
        assert_true(o.number >= last);
        last = o.number;
        for (size_t i = 0; i < o.value.n; i++) sum += ((const uint8_t *)o.value.p)[i];
        if (asked++ > 16) continue;
        struct lp_span first;
        struct lp_block block;
        uint32_t v;
        (void)lp_coap_find(c, o.number, &first);
        (void)lp_coap_uint(c, o.number, 4, &v);
        (void)lp_coap_block(c, o.number, &block);
    }
    for (size_t i = 0; i < c->payload.n; i++) sum += ((const uint8_t *)c->payload.p)[i];
    assert_true(sum < UINT32_MAX);
    (void)lp_coap_check_options(c);
    assert_int_equal(lp_coap_next(c, &at, &o), 0); /* and stays at the end */
}

static struct parsed parse_bytes(const void *m, size_t n)
{
    struct parsed p;
    p.bytes = malloc(n ? n : 1);
    memcpy(p.bytes, m, n);
    p.result = lp_coap_parse(&p.c, p.bytes, n);
    assert_true(p.result == 0 || p.result == LP_ERR_FORMAT);
    if (!p.result) ask_everything(&p.c);
    assert_memory_equal(p.bytes, m, n); /* parsing writes nothing */
    return p;
}

static struct parsed parse(const char *annotated)
{
    static uint8_t m[2048];
    return parse_bytes(m, hex(m, annotated));
}

static int result_of(const char *annotated)
{
    struct parsed p = parse(annotated);
    free(p.bytes);
    return p.result;
}

/* ---- whole messages ------------------------------------------------------------------------------------------ */

static void message_with_everything(void **state)
{
    (void)state;
    struct parsed p =
        parse("44 02 12 34             | CON, token of 4, POST, MID 0x1234\n"
              "de ad be ef             | token\n"
              "b2 72 64                | Uri-Path: rd\n"
              "11 28                   | Content-Format: 40\n"
              "37 65 70 3d 6e 6f 64 65 | Uri-Query: ep=node\n"
              "0d 01 6c 74 3d 38 36 34 30 30 31 32 33 34 35 36 | Uri-Query of 14 bytes\n"
              "d1 20 05                | Size1 (15 + 13 + 32): 5\n"
              "e2 fe b6 aa bb          | 60 + 269 + 65206 = 65535, the last option there can be\n"
              "ff 3c 3e                | payload <>\n");
    const struct lp_coap *c = &p.c;
    assert_int_equal(p.result, 0);
    assert_int_equal(c->type, LP_CON);
    assert_int_equal(c->code, LP_POST);
    assert_int_equal(c->mid, 0x1234);
    assert_int_equal(c->tkl, 4);
    assert_bytes(c->token, c->tkl, "de ad be ef");
    assert_bytes(c->payload.p, c->payload.n, "3c 3e");

    static const struct {
        uint16_t number;
        size_t n;
    } options[] = {{LP_OPT_URI_PATH, 2},   {LP_OPT_CONTENT_FORMAT, 1}, {LP_OPT_URI_QUERY, 7},
                   {LP_OPT_URI_QUERY, 14}, {LP_OPT_SIZE1, 1},          {65535, 2}};
    struct lp_option_iter at = {0, 0};
    struct lp_option o;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        assert_int_equal(lp_coap_next(c, &at, &o), 1);
        assert_int_equal(o.number, options[i].number);
        assert_int_equal(o.value.n, options[i].n);
    }
    assert_bytes(o.value.p, o.value.n, "aa bb");
    assert_int_equal(lp_coap_next(c, &at, &o), 0);
    assert_int_equal(lp_coap_check_options(c), LP_ERR_OPTION); /* 65535 is critical */
    free(p.bytes);
}

static void cut_at_every_length(void **state)
{
    (void)state;
    /* Where a message may end: behind the token, behind an option, behind a byte of payload. */
    uint8_t m[64];
    size_t n = hex(m, "42 01 00 01 aa bb | GET, token\n"
                      "b1 33             | ends at 8\n"
                      "d1 02 05          | ends at 11\n"
                      "0d 00 30 31 32 33 34 35 36 37 38 39 30 31 32 | ends at 26\n"
                      "e0 00 01          | ends at 29\n"
                      "ff 31 32");
    const size_t ends[] = {6, 8, 11, 26, 29, 31, 32};
    assert_int_equal(n, 32);
    for (size_t cut = 0; cut <= n; cut++) {
        struct parsed p = parse_bytes(m, cut);
        bool good = false;
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) good = good || ends[i] == cut;
        assert_int_equal(p.result, good ? 0 : LP_ERR_FORMAT);
        if (cut >= 4) { /* enough for a reset */
            assert_int_equal(p.c.mid, 1);
            assert_int_equal(p.c.code, LP_GET);
        }
        free(p.bytes);
    }
}

static void every_single_byte_changed(void **state)
{
    (void)state;
    uint8_t m[256];
    size_t n = hex(m, "42 01 00 01 aa bb b1 33 d1 02 05 0d 00 30 31 32 33 34 35 36 37 38 39 30 31 "
                      "32 e0 00 01 ff 31 32");
    for (size_t i = 0; i < n; i++)
        for (unsigned v = 0; v < 256; v++) {
            uint8_t was = m[i];
            m[i] = (uint8_t)v;
            free(parse_bytes(m, n).bytes);
            m[i] = was;
        }
}

/* ---- mistakes made elsewhere --------------------------------------------------------------------------------- */

static void message_under_4_bytes(void **state)
{
    (void)state;
    assert_int_equal(result_of(""), LP_ERR_FORMAT);
    assert_int_equal(result_of("40"), LP_ERR_FORMAT);
    assert_int_equal(result_of("40 01"), LP_ERR_FORMAT);
    assert_int_equal(result_of("40 01 00"), LP_ERR_FORMAT);
    assert_int_equal(result_of("40 01 00 00"), 0);
    struct lp_coap c;
    assert_int_equal(lp_coap_parse(&c, NULL, 0), LP_ERR_FORMAT);
}

static void version_is_not_1(void **state)
{
    (void)state;
    assert_int_equal(result_of("00 01 00 01"), LP_ERR_FORMAT);
    assert_int_equal(result_of("80 01 00 01"), LP_ERR_FORMAT);
    assert_int_equal(result_of("c0 01 00 01"), LP_ERR_FORMAT);
}

static void token_length_over_8(void **state)
{
    (void)state;
    assert_int_equal(result_of("48 01 00 01 01 02 03 04 05 06 07 08"), 0);
    for (unsigned tkl = 9; tkl < 16; tkl++) {
        uint8_t m[32] = {(uint8_t)(0x40 | tkl), 1, 0, 7};
        struct parsed p = parse_bytes(m, 4 + tkl);
        assert_int_equal(p.result, LP_ERR_FORMAT);
        assert_int_equal(p.c.mid, 7);
        assert_int_equal(p.c.tkl, 0);
        free(p.bytes);
    }
}

static void token_past_the_end(void **state)
{
    (void)state;
    for (unsigned tkl = 1; tkl <= 8; tkl++)
        for (unsigned there = 0; there < tkl; there++) {
            uint8_t m[32] = {(uint8_t)(0x40 | tkl), 1, 0, 7};
            struct parsed p = parse_bytes(m, 4 + there);
            assert_int_equal(p.result, LP_ERR_FORMAT);
            free(p.bytes);
        }
}

static void option_number_over_16_bits_is_no_endless_loop(void **state)
{
    (void)state;
    assert_int_equal(result_of("40 01 00 01 e0 ff ff       | 65535 + 269"), LP_ERR_FORMAT);
    assert_int_equal(result_of("40 01 00 01 e0 fe f3       | 65535 + 1"), LP_ERR_FORMAT);
    assert_int_equal(result_of("40 01 00 01 e0 fe f2       | 65535"), 0);
    assert_int_equal(result_of("40 01 00 01 e0 fe f2 10    | 65535 + 1 in two steps"),
                     LP_ERR_FORMAT);
    assert_int_equal(result_of("40 01 00 01 e0 fe f2 00    | 65535 twice"), 0);
    assert_int_equal(
        result_of("40 01 00 01 e0 7f ff e0 7f ff | twice 33036: 66072, 536 if cut to 16 bits"),
        LP_ERR_FORMAT);
}

static void option_length_over_16_bits(void **state)
{
    (void)state;
    assert_int_equal(result_of("40 01 00 01 be ff ff       | 65535 + 269 bytes, none there"),
                     LP_ERR_FORMAT);
    assert_int_equal(result_of("40 01 00 01 be fe f3 aa    | 65536 bytes: 0 if cut to 16 bits"),
                     LP_ERR_FORMAT);
    assert_int_equal(result_of("40 01 00 01 be fe f4 aa    | 65537 bytes: 1 if cut to 16 bits"),
                     LP_ERR_FORMAT);
    uint8_t *m = calloc(1, 7 + 65804);
    memcpy(m, "\x40\x01\x00\x01\xbe\xff\xff", 7);
    struct parsed p = parse_bytes(m, 7 + 65804);
    struct lp_span s;
    assert_int_equal(p.result, 0); /* legal, if it is all there */
    assert_int_equal(lp_coap_find(&p.c, LP_OPT_URI_PATH, &s), 1);
    assert_int_equal(s.n, 65804);
    assert_int_equal(lp_coap_check_options(&p.c), LP_ERR_OPTION);
    free(p.bytes);
    free(m);
}

static void reserved_nibble_15(void **state)
{
    (void)state;
    assert_int_equal(result_of("40 01 00 01 f0"), LP_ERR_FORMAT);
    assert_int_equal(result_of("40 01 00 01 f1 aa"), LP_ERR_FORMAT);
    assert_int_equal(result_of("40 01 00 01 1f aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa"),
                     LP_ERR_FORMAT);
    assert_int_equal(result_of("40 01 00 01 fe 00 00 00"), LP_ERR_FORMAT);
}

static void extended_bytes_past_the_end(void **state)
{
    (void)state;
    static const char *const t[] = {
        "40 01 00 01 d0",          "40 01 00 01 e0",       "40 01 00 01 e0 00",
        "40 01 00 01 0d",          "40 01 00 01 0e",       "40 01 00 01 0e 00",
        "40 01 00 01 dd 00",       "40 01 00 01 ed 00 00", "40 01 00 01 ee 00 00",
        "40 01 00 01 ee 00 00 00", "40 01 00 01 0d 00 aa", "40 01 00 01 b2 aa",
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++)
        assert_int_equal(result_of(t[i]), LP_ERR_FORMAT);
}

static void empty_repeated_options(void **state)
{
    (void)state;
    uint8_t m[1200] = {0x40, 1, 0, 1, 0xb0}; /* Uri-Path, empty, 1,196 times */
    struct parsed p = parse_bytes(m, sizeof m);
    struct lp_option_iter at = {0, 0};
    struct lp_option o;
    unsigned count = 0;
    assert_int_equal(p.result, 0);
    while (lp_coap_next(&p.c, &at, &o)) {
        assert_int_equal(o.number, LP_OPT_URI_PATH);
        assert_int_equal(o.value.n, 0);
        count++;
    }
    assert_int_equal(count, sizeof m - 4);
    assert_int_equal(lp_coap_check_options(&p.c), 0);
    free(p.bytes);

    memset(m + 4, 0, sizeof m - 4); /* option 0, reserved and elective, 1,196 times */
    p = parse_bytes(m, sizeof m);
    assert_int_equal(p.result, 0);
    assert_int_equal(lp_coap_check_options(&p.c), 0);
    free(p.bytes);
}

static void payload_marker_without_payload(void **state)
{
    (void)state;
    assert_int_equal(result_of("40 01 00 01 ff"), LP_ERR_FORMAT);
    assert_int_equal(result_of("40 01 00 01 b1 33 ff"), LP_ERR_FORMAT);
    assert_int_equal(result_of("41 01 00 01 ff ff"), LP_ERR_FORMAT);
    assert_int_equal(result_of("41 01 00 01 ff | the token is 0xff"), 0);
    assert_int_equal(result_of("40 01 00 01 ff ff | a payload of 0xff"), 0);
}

static void empty_message_with_something_in_it(void **state)
{
    (void)state;
    assert_int_equal(result_of("40 00 00 01 | ping"), 0);
    assert_int_equal(result_of("60 00 00 01 | acknowledgement"), 0);
    assert_int_equal(result_of("70 00 00 01 | reset"), 0);
    assert_int_equal(result_of("41 00 00 01 aa"), LP_ERR_FORMAT);
    assert_int_equal(result_of("40 00 00 01 b1 33"), LP_ERR_FORMAT);
    assert_int_equal(result_of("40 00 00 01 ff 33"), LP_ERR_FORMAT);
    assert_int_equal(result_of("41 00 00 01"), LP_ERR_FORMAT);
}

static void reserved_code_classes(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 256; code++) {
        uint8_t m[] = {0x40, (uint8_t)code, 0, 1};
        unsigned class = code >> 5;
        struct parsed p = parse_bytes(m, sizeof m);
        assert_int_equal(p.result, class == 1 || class > 5 ? LP_ERR_FORMAT : 0);
        assert_int_equal(p.c.code, code);
        free(p.bytes);
    }
}

static void etag_over_8_is_ignored(void **state)
{
    (void)state;
    struct lp_span s;
    struct parsed p = parse("60 45 00 01 49 01 02 03 04 05 06 07 08 09");
    assert_int_equal(p.result, 0);
    assert_int_equal(lp_coap_check_options(&p.c), 0); /* elective */
    assert_int_equal(lp_coap_find(&p.c, LP_OPT_ETAG, &s), 0);
    free(p.bytes);
    p = parse("60 45 00 01 40 08 01 02 03 04 05 06 07 08 | an empty one, then a good one");
    assert_int_equal(lp_coap_find(&p.c, LP_OPT_ETAG, &s), 1);
    assert_bytes(s.p, s.n, "01 02 03 04 05 06 07 08");
    free(p.bytes);
}

static void option_of_length(uint16_t number, size_t n, int check, int find)
{
    static uint8_t m[2048];
    static const uint8_t value[2000];
    struct lp_out o;
    struct lp_coap_out c;
    lp_out_init(&o, m, sizeof m);
    lp_coap_begin(&c, &o, LP_CON, LP_GET, 1, NULL, 0);
    lp_coap_opt(&c, number, value, n);
    struct parsed p = parse_bytes(m, (size_t)lp_out_end(&o));
    struct lp_span s;
    assert_int_equal(p.result, 0);
    assert_int_equal(lp_coap_check_options(&p.c), check);
    assert_int_equal(lp_coap_find(&p.c, number, &s), find);
    if (find) assert_int_equal(s.n, n);
    free(p.bytes);
}

static void uri_host_of_256_bytes(void **state)
{
    (void)state;
    option_of_length(LP_OPT_URI_HOST, 0, LP_ERR_OPTION, 1);
    option_of_length(LP_OPT_URI_HOST, 1, 0, 1);
    option_of_length(LP_OPT_URI_HOST, 255, 0, 1);
    option_of_length(LP_OPT_URI_HOST, 256, LP_ERR_OPTION, 1);
    option_of_length(LP_OPT_URI_HOST, 257, LP_ERR_OPTION, 1); /* 1, were it cut to 8 bits */
}

static void lengths_of_known_options(void **state)
{
    (void)state;
    static const struct {
        uint16_t number;
        size_t min, max;
    } t[] = {
        {LP_OPT_IF_MATCH, 0, 8},
        {LP_OPT_URI_HOST, 1, 255},
        {LP_OPT_ETAG, 1, 8},
        {LP_OPT_IF_NONE_MATCH, 0, 0},
        {LP_OPT_OBSERVE, 0, 3},
        {LP_OPT_URI_PORT, 0, 2},
        {LP_OPT_LOCATION_PATH, 0, 255},
        {LP_OPT_OSCORE, 0, 255},
        {LP_OPT_URI_PATH, 0, 255},
        {LP_OPT_CONTENT_FORMAT, 0, 2},
        {LP_OPT_MAX_AGE, 0, 4},
        {LP_OPT_URI_QUERY, 0, 255},
        {LP_OPT_ACCEPT, 0, 2},
        {LP_OPT_LOCATION_QUERY, 0, 255},
        {LP_OPT_BLOCK2, 0, 3},
        {LP_OPT_BLOCK1, 0, 3},
        {LP_OPT_SIZE2, 0, 4},
        {LP_OPT_SIZE1, 0, 4},
        {LP_OPT_NO_RESPONSE, 0, 1},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++)
        for (size_t n = 0; n < 600; n++) {
            bool good = n >= t[i].min && n <= t[i].max, critical = t[i].number & 1;
            option_of_length(t[i].number, n, good || !critical ? 0 : LP_ERR_OPTION,
                             good || critical);
        }
}

static void unknown_options(void **state)
{
    (void)state;
    option_of_length(LP_OPT_PROXY_URI, 10, LP_ERR_OPTION, 1); /* not to be done here */
    option_of_length(39, 4, LP_ERR_OPTION, 1);                /* Proxy-Scheme */
    option_of_length(9999, 4, LP_ERR_OPTION, 1);
    option_of_length(9998, 4, 0, 0);
}

static void repeated_options(void **state)
{
    (void)state;
    for (unsigned number = 1; number < 300; number++) {
        uint8_t m[64];
        struct lp_out o;
        struct lp_coap_out c;
        struct lp_coap in;
        size_t n = number == LP_OPT_IF_NONE_MATCH ? 0 : 1;
        lp_out_init(&o, m, sizeof m);
        lp_coap_begin(&c, &o, LP_CON, LP_GET, 1, NULL, 0);
        lp_coap_opt(&c, (uint16_t)number, "a", n);
        assert_int_equal(lp_coap_parse(&in, m, lp_out_len(&o)), 0);
        bool known = lp_coap_check_options(&in) == 0;
        lp_coap_opt(&c, (uint16_t)number, "b", n);
        assert_int_equal(lp_coap_parse(&in, m, lp_out_len(&o)), 0);
        bool repeats =
            number == LP_OPT_IF_MATCH || number == LP_OPT_URI_PATH || number == LP_OPT_URI_QUERY;
        bool good = !(number & 1) || (known && repeats);
        assert_int_equal(lp_coap_check_options(&in), good ? 0 : LP_ERR_OPTION);
        struct lp_span s;
        if (n && lp_coap_find(&in, (uint16_t)number, &s))
            assert_memory_equal(s.p, "a", 1); /* the first counts */
    }
}

/* ---- values of options --------------------------------------------------------------------------------------- */

static void unsigned_options(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        int result;
        uint32_t value;
    } t[] = {
        {"40 01 00 01 b1 33              | none", 0, 0},
        {"40 01 00 01 60                 | empty is 0", 1, 0},
        {"40 01 00 01 61 05", 1, 5},
        {"40 01 00 01 63 00 00 05        | leading zeros", 1, 5},
        {"40 01 00 01 63 ff ff ff", 1, 0xffffff},
        {"40 01 00 01 64 00 00 00 05     | too long for Observe, elective: ignored", 0, 0},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        uint32_t v = 0;
        struct parsed p = parse(t[i].message);
        assert_int_equal(lp_coap_uint(&p.c, LP_OPT_OBSERVE, 3, &v), t[i].result);
        assert_int_equal(v, t[i].value);
        free(p.bytes);
    }
    uint32_t v = 0;
    struct parsed p = parse("40 01 00 01 d4 2f ff ff ff ff | Size1");
    assert_int_equal(lp_coap_uint(&p.c, LP_OPT_SIZE1, 4, &v), 1);
    assert_true(v == UINT32_MAX);
    free(p.bytes);
    p = parse("40 01 00 01 d3 04 00 00 28 | Accept of 3 bytes");
    assert_int_equal(lp_coap_uint(&p.c, LP_OPT_ACCEPT, 2, &v), LP_ERR_OPTION);
    free(p.bytes);
}

static void blocks(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        int result;
        struct lp_block block;
    } t[] = {
        {"40 01 00 01", 0, {0, false, 0}},
        {"40 01 00 01 d0 0a          | empty: block 0 of 16", 1, {0, false, 0}},
        {"40 01 00 01 d1 0a 0e", 1, {0, true, 6}},
        {"40 01 00 01 d2 0a 01 2a", 1, {18, true, 2}},
        {"40 01 00 01 d3 0a ff ff fe", 1, {0xfffff, true, 6}},
        {"40 01 00 01 d1 0a 07       | size exponent 7", LP_ERR_OPTION, {0, false, 7}},
        {"40 01 00 01 d4 0a 00 00 00 0e | 4 bytes", LP_ERR_OPTION, {0, false, 0}},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct lp_block b = {0, false, 0};
        struct parsed p = parse(t[i].message);
        assert_int_equal(lp_coap_block(&p.c, LP_OPT_BLOCK2, &b), t[i].result);
        assert_int_equal(b.num, t[i].block.num);
        assert_int_equal(b.more, t[i].block.more);
        assert_int_equal(b.szx, t[i].block.szx);
        free(p.bytes);
    }
}

/* ---- building ------------------------------------------------------------------------------------------------ */

static size_t build_register(uint8_t *m, uint32_t skip, size_t cap)
{
    struct lp_out o;
    struct lp_coap_out c;
    lp_out_window(&o, m, skip, cap);
    lp_coap_begin(&c, &o, LP_CON, LP_POST, 0xabcd, "\x01\x02", 2);
    lp_coap_opt_text(&c, LP_OPT_URI_PATH, "rd");
    lp_coap_opt_uint(&c, LP_OPT_CONTENT_FORMAT, 40);
    lp_coap_opt_text(&c, LP_OPT_URI_QUERY, "ep=urn:imei:123456");
    lp_coap_opt_block(&c, LP_OPT_BLOCK1, (struct lp_block){1, true, 5});
    lp_coap_opt_uint(&c, LP_OPT_SIZE1, 1000);
    lp_coap_payload(&c);
    lp_out_text(&o, "</3/0>");
    assert_int_equal(o.err, 0);
    return lp_out_len(&o);
}

static const char registered[] =
    "42 02 ab cd 01 02  | CON, POST\n"
    "b2 72 64           | Uri-Path\n"
    "11 28              | Content-Format\n"
    "3d 05 65 70 3d 75 72 6e 3a 69 6d 65 69 3a 31 32 33 34 35 36 | Uri-Query\n"
    "c1 1d              | Block1: 1, more, 512\n"
    "d2 14 03 e8        | Size1\n"
    "ff 3c 2f 33 2f 30 3e";

static void build_a_message(void **state)
{
    (void)state;
    uint8_t m[128];
    assert_bytes(m, build_register(m, 0, sizeof m), registered);
}

static void build_in_windows(void **state)
{
    (void)state;
    uint8_t want[128], got[128];
    size_t n = hex(want, registered);
    for (size_t size = 1; size <= n; size++)
        for (size_t at = 0; at < n; at += size) {
            size_t len = build_register(got, (uint32_t)at, size);
            assert_int_equal(len, n - at < size ? n - at : size);
            assert_memory_equal(got, want + at, len);
        }
}

static void numbers_in_shortest_form(void **state)
{
    (void)state;
    static const struct {
        uint32_t v;
        const char *bytes;
    } t[] = {{0, "60"},
             {1, "61 01"},
             {255, "61 ff"},
             {256, "62 01 00"},
             {65536, "63 01 00 00"},
             {0xffffff, "63 ff ff ff"},
             {0x1000000, "64 01 00 00 00"}};
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        uint8_t m[16];
        struct lp_out o;
        lp_out_init(&o, m, sizeof m);
        struct lp_coap_out c = {&o, 0, false};
        lp_coap_opt_uint(&c, LP_OPT_OBSERVE, t[i].v);
        assert_bytes(m, lp_out_len(&o), t[i].bytes);
    }
}

static void path_as_options(void **state)
{
    (void)state;
    uint8_t m[64];
    struct lp_out o;
    lp_out_init(&o, m, sizeof m);
    struct lp_coap_out c = {&o, 0, false};
    lp_coap_opt_path(&c, LP_OPT_URI_PATH, &LP_PATH(65534, 0, 13, 1));
    assert_bytes(m, lp_out_len(&o), "b5 36 35 35 33 34 01 30 02 31 33 01 31");
    lp_out_init(&o, m, sizeof m);
    lp_coap_opt_path(&c, LP_OPT_URI_PATH, &LP_ROOT);
    assert_int_equal(lp_out_len(&o), 0);
}

static void building_in_the_wrong_order(void **state)
{
    (void)state;
    uint8_t m[128];
    struct lp_out o;
    struct lp_coap_out c;
    lp_out_init(&o, m, sizeof m);
    lp_coap_begin(&c, &o, LP_CON, LP_GET, 1, NULL, 0);
    lp_coap_opt_text(&c, LP_OPT_URI_QUERY, "a");
    lp_coap_opt_text(&c, LP_OPT_URI_PATH, "a");
    assert_int_equal(o.err, LP_ERR_STATE);

    lp_out_init(&o, m, sizeof m);
    lp_coap_begin(&c, &o, LP_CON, LP_GET, 1, NULL, 0);
    lp_coap_payload(&c);
    lp_coap_opt_text(&c, LP_OPT_URI_PATH, "a");
    assert_int_equal(o.err, LP_ERR_STATE);

    lp_out_init(&o, m, sizeof m);
    lp_coap_begin(&c, &o, LP_CON, LP_GET, 1, "123456789", 9);
    assert_int_equal(o.err, LP_ERR_VALUE);

    static const uint8_t big[65536];
    lp_out_init(&o, m, sizeof m);
    lp_coap_begin(&c, &o, LP_CON, LP_GET, 1, NULL, 0);
    lp_coap_opt(&c, LP_OPT_URI_PATH, big, sizeof big);
    assert_int_equal(o.err, LP_ERR_TOO_LARGE);
}

static void what_is_built_is_parsed(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 12, 13, 14, 255, 256, 268, 269, 270, 600};
    static const uint16_t deltas[] = {0, 1, 12, 13, 14, 255, 256, 268, 269, 270, 5000};
    static uint8_t m[65536], value[600];
    uint16_t number = 0;
    struct lp_out o;
    struct lp_coap_out c;
    memset(value, 0xff, sizeof value);
    lp_out_init(&o, m, sizeof m);
    lp_coap_begin(&c, &o, LP_NON, LP_CONTENT, 1, "tokentok", 8);
    for (unsigned d = 0; d < 11; d++)
        for (unsigned l = 0; l < 11; l++)
            lp_coap_opt(&c, number = (uint16_t)(number + (l ? 0 : deltas[d])), value, lengths[l]);
    struct parsed p = parse_bytes(m, (size_t)lp_out_end(&o));
    struct lp_option_iter at = {0, 0};
    struct lp_option got;
    assert_int_equal(p.result, 0);
    number = 0;
    for (unsigned d = 0; d < 11; d++)
        for (unsigned l = 0; l < 11; l++) {
            number = (uint16_t)(number + (l ? 0 : deltas[d]));
            assert_int_equal(lp_coap_next(&p.c, &at, &got), 1);
            assert_int_equal(got.number, number);
            assert_int_equal(got.value.n, lengths[l]);
            assert_memory_equal(got.value.p, value, got.value.n);
        }
    assert_int_equal(lp_coap_next(&p.c, &at, &got), 0);
    assert_int_equal(p.c.payload.n, 0);
    free(p.bytes);
}

/* ---- codes --------------------------------------------------------------------------------------------------- */

static void errors_become_codes(void **state)
{
    (void)state;
    static const struct {
        int err;
        uint8_t code;
        const char *text;
    } t[] = {
        {LP_ERR_FORMAT, LP_BAD_REQUEST, "4.00"},
        {LP_ERR_VALUE, LP_BAD_REQUEST, "4.00"},
        {LP_ERR_DENIED, LP_UNAUTHORIZED, "4.01"},
        {LP_ERR_NOT_FOUND, LP_CODE_NOT_FOUND, "4.04"},
        {LP_ERR_METHOD, LP_METHOD_NOT_ALLOWED, "4.05"},
        {LP_ERR_ACCEPT, LP_NOT_ACCEPTABLE, "4.06"},
        {LP_ERR_INCOMPLETE, LP_CODE_INCOMPLETE, "4.08"},
        {LP_ERR_CONDITION, LP_PRECONDITION_FAILED, "4.12"},
        {LP_ERR_TOO_LARGE, LP_REQUEST_TOO_LARGE, "4.13"},
        {LP_ERR_CONTENT, LP_UNSUPPORTED_FORMAT, "4.15"},
        {LP_ERR_OPTION, LP_BAD_OPTION, "4.02"},
        {LP_ERR_INTERNAL, LP_INTERNAL_ERROR, "5.00"},
        {LP_ERR_FULL, LP_INTERNAL_ERROR, "5.00"},
        {LP_ERR_STORE, LP_INTERNAL_ERROR, "5.00"},
        {LP_ERR_PEER, LP_INTERNAL_ERROR, "5.00"},
        {LP_AGAIN, LP_INTERNAL_ERROR, "5.00"},
        {0, LP_INTERNAL_ERROR, "5.00"},
        {-1000, LP_INTERNAL_ERROR, "5.00"},
        {INT32_MIN, LP_INTERNAL_ERROR, "5.00"},
        {INT32_MAX, LP_INTERNAL_ERROR, "5.00"},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        char text[5];
        assert_int_equal(lp_coap_code_of(t[i].err), t[i].code);
        lp_coap_code_text(t[i].code, text);
        assert_string_equal(text, t[i].text);
    }
}

static void codes_as_text(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 256; code++) {
        char text[5], want[8];
        lp_coap_code_text((uint8_t)code, text);
        snprintf(want, sizeof want, "%u.%02u", code >> 5, code & 31);
        assert_string_equal(text, want);
    }
    assert_int_equal(LP_CODE(2, 5), LP_CONTENT);
    assert_int_equal(LP_CODE(4, 12), LP_PRECONDITION_FAILED);
}

/* ---- packets that broke others ------------------------------------------------------------------------------- */

/* One file of a tar stream into m: its length, or -1 at the end. */
static long next_of_tar(FILE *tar, uint8_t *m, size_t cap)
{
    char head[512];
    while (fread(head, 1, sizeof head, tar) == sizeof head && head[0]) {
        size_t n = strtoul(head + 124, NULL, 8), padded = (n + 511) / 512 * 512;
        if (padded > cap || fread(m, 1, padded, tar) != padded) return -1;
        if (head[156] == '0' || head[156] == 0) return (long)n;
    }
    return -1;
}

static void packets_that_broke_others(void **state)
{
    (void)state;
#ifdef SHARED_DIR
    static uint8_t m[1 << 17];
    const char *file = SHARED_DIR "/vectors/packets.tar.gz";
    char command[600];
    snprintf(command, sizeof command, "gzip -dc '%s'", file);
    FILE *there = fopen(file, "rb"), *tar = there ? popen(command, "r") : NULL;
    if (there) fclose(there);
    if (!tar) skip();
    unsigned count = 0, good = 0;
    for (long n; (n = next_of_tar(tar, m, sizeof m)) >= 0; count++)
        for (size_t cut = 0, step = n > 40 ? (size_t)n / 40 : 1; cut <= (size_t)n; cut += step) {
            struct parsed p = parse_bytes(m, (size_t)n - cut);
            good += cut == 0 && p.result == 0;
            free(p.bytes);
        }
    pclose(tar);
    print_message("%u packets, %u well-formed\n", count, good);
    assert_true(count > 900 && good > 0);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_with_everything),
        cmocka_unit_test(cut_at_every_length),
        cmocka_unit_test(every_single_byte_changed),
        cmocka_unit_test(message_under_4_bytes),
        cmocka_unit_test(version_is_not_1),
        cmocka_unit_test(token_length_over_8),
        cmocka_unit_test(token_past_the_end),
        cmocka_unit_test(option_number_over_16_bits_is_no_endless_loop),
        cmocka_unit_test(option_length_over_16_bits),
        cmocka_unit_test(reserved_nibble_15),
        cmocka_unit_test(extended_bytes_past_the_end),
        cmocka_unit_test(empty_repeated_options),
        cmocka_unit_test(payload_marker_without_payload),
        cmocka_unit_test(empty_message_with_something_in_it),
        cmocka_unit_test(reserved_code_classes),
        cmocka_unit_test(etag_over_8_is_ignored),
        cmocka_unit_test(uri_host_of_256_bytes),
        cmocka_unit_test(lengths_of_known_options),
        cmocka_unit_test(unknown_options),
        cmocka_unit_test(repeated_options),
        cmocka_unit_test(unsigned_options),
        cmocka_unit_test(blocks),
        cmocka_unit_test(build_a_message),
        cmocka_unit_test(build_in_windows),
        cmocka_unit_test(numbers_in_shortest_form),
        cmocka_unit_test(path_as_options),
        cmocka_unit_test(building_in_the_wrong_order),
        cmocka_unit_test(what_is_built_is_parsed),
        cmocka_unit_test(errors_become_codes),
        cmocka_unit_test(codes_as_text),
        cmocka_unit_test(packets_that_broke_others),
    };
    return cmocka_run_group_tests_name("coap", tests, NULL, NULL);
}
