/* SPDX-License-Identifier: Apache-2.0
 *
 * also: lite
 *
 * CBOR. Most vectors are those of RFC 8949 appendix A. */
#include "test.h"

#include "bytes/cbor.h"

#include <math.h>

/* ---- diagnostic notation, so that the vectors can be read; floats end in f -------------------------------------- */

struct diag {
    char text[512];
    size_t n;
    struct {
        uint64_t left; /* UINT64_MAX: until the break */
        bool map, second;
        const char *close;
    } level[16];
    int depth;
};

static void say(struct diag *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    d->n += (size_t)vsnprintf(d->text + d->n, sizeof d->text - d->n, format, args);
    va_end(args);
}

static void descend(struct diag *d, uint64_t left, bool map, const char *open, const char *close)
{
    assert_true(d->depth < 15);
    d->depth++;
    d->level[d->depth].left = left;
    d->level[d->depth].map = map;
    d->level[d->depth].second = false;
    d->level[d->depth].close = close;
    say(d, "%s%s", open, left == UINT64_MAX ? "_ " : "");
}

/* After an item: what comes between it and the next, and the ends of containers. */
static void between(struct diag *d)
{
    while (d->depth) {
        if (d->level[d->depth].left != UINT64_MAX && --d->level[d->depth].left == 0) {
            say(d, "%s", d->level[d->depth--].close);
            continue;
        }
        d->level[d->depth].second = d->level[d->depth].map && !d->level[d->depth].second;
        say(d, d->level[d->depth].second ? ": " : ", ");
        return;
    }
}

static void string(struct diag *d, const struct lp_cbor *c)
{
    if (c->indefinite) {
        descend(d, UINT64_MAX, false, "(", ")");
        return;
    }
    say(d, c->kind == LP_CBOR_TEXT ? "\"" : "h'");
    for (size_t i = 0; i < c->s.n; i++)
        say(d, c->kind == LP_CBOR_TEXT ? "%c" : "%02x", ((const uint8_t *)c->s.p)[i]);
    say(d, c->kind == LP_CBOR_TEXT ? "\"" : "'");
}

static void scalar(struct diag *d, const struct lp_cbor *c)
{
    unsigned long long arg = c->arg;
    switch (c->kind) {
    case LP_CBOR_UINT: say(d, "%llu", arg); break;
    case LP_CBOR_NINT:
        say(d, arg > INT64_MAX ? "nint -1-%llu" : "%lld", arg > INT64_MAX ? arg : ~arg);
        break;
    case LP_CBOR_BOOL: say(d, arg ? "true" : "false"); break;
    case LP_CBOR_NULL: say(d, "null"); break;
    case LP_CBOR_UNDEFINED: say(d, "undefined"); break;
    case LP_CBOR_SIMPLE: say(d, "simple(%llu)", arg); break;
    case LP_CBOR_FLOAT: say(d, isnan(c->f) ? "nanf" : "%.17gf", c->f); break;
    default: string(d, c);
    }
}

/* One whole item; false when it is not well-formed. */
static bool diagnose(struct diag *d, struct lp_in *in)
{
    struct lp_cbor c;
    memset(d, 0, sizeof *d);
    do {
        if (lp_cbor_next(in, &c) || c.kind == LP_CBOR_END) return false;
        bool container = c.kind == LP_CBOR_ARRAY || c.kind == LP_CBOR_MAP,
             map = c.kind == LP_CBOR_MAP;
        if (c.kind == LP_CBOR_BREAK) {
            if (!d->depth || d->level[d->depth].left != UINT64_MAX) return false;
            if (d->n > 2 && d->text[d->n - 2] == ',') d->n -= 2;
            say(d, "%s", d->level[d->depth--].close);
        } else if (c.kind == LP_CBOR_TAG) {
            say(d, "%llu", (unsigned long long)c.arg);
            descend(d, 1, false, "(", ")");
            continue;
        } else if (container && (c.arg || c.indefinite)) {
            descend(d, c.indefinite ? UINT64_MAX : c.arg * (map ? 2 : 1), map, map ? "{" : "[",
                    map ? "}" : "]");
            continue;
        } else if (container) {
            say(d, map ? "{}" : "[]");
        } else {
            scalar(d, &c);
            if (c.indefinite) continue;
        }
        between(d);
    } while (d->depth);
    return true;
}

static const struct {
    const char *bytes, *diagnostic;
} appendix_a[] = {
    {"00", "0"},
    {"01", "1"},
    {"0a", "10"},
    {"17", "23"},
    {"1818", "24"},
    {"1819", "25"},
    {"1864", "100"},
    {"1903e8", "1000"},
    {"1a000f4240", "1000000"},
    {"1b000000e8d4a51000", "1000000000000"},
    {"1bffffffffffffffff", "18446744073709551615"},
    {"c249010000000000000000", "2(h'010000000000000000')"},
    {"3bffffffffffffffff", "nint -1-18446744073709551615"},
    {"c349010000000000000000", "3(h'010000000000000000')"},
    {"20", "-1"},
    {"29", "-10"},
    {"3863", "-100"},
    {"3903e7", "-1000"},
    {"f90000", "0f"},
    {"f98000", "-0f"},
    {"f93c00", "1f"},
    {"fb3ff199999999999a", "1.1000000000000001f"},
    {"f93e00", "1.5f"},
    {"f97bff", "65504f"},
    {"fa47c35000", "100000f"},
    {"fa7f7fffff", "3.4028234663852886e+38f"},
    {"fb7e37e43c8800759c", "1.0000000000000001e+300f"},
    {"f90001", "5.9604644775390625e-08f"},
    {"f90400", "6.103515625e-05f"},
    {"f9c400", "-4f"},
    {"fbc010666666666666", "-4.0999999999999996f"},
    {"f97c00", "inff"},
    {"f97e00", "nanf"},
    {"f9fc00", "-inff"},
    {"fa7f800000", "inff"},
    {"fa7fc00000", "nanf"},
    {"faff800000", "-inff"},
    {"fb7ff0000000000000", "inff"},
    {"fb7ff8000000000000", "nanf"},
    {"fbfff0000000000000", "-inff"},
    {"f4", "false"},
    {"f5", "true"},
    {"f6", "null"},
    {"f7", "undefined"},
    {"f0", "simple(16)"},
    {"f8ff", "simple(255)"},
    {"c074323031332d30332d32315432303a30343a30305a", "0(\"2013-03-21T20:04:00Z\")"},
    {"c11a514b67b0", "1(1363896240)"},
    {"c1fb41d452d9ec200000", "1(1363896240.5f)"},
    {"d74401020304", "23(h'01020304')"},
    {"d818456449455446", "24(h'6449455446')"},
    {"d82076687474703a2f2f7777772e6578616d706c652e636f6d", "32(\"http://www.example.com\")"},
    {"40", "h''"},
    {"4401020304", "h'01020304'"},
    {"60", "\"\""},
    {"6161", "\"a\""},
    {"6449455446", "\"IETF\""},
    {"62225c", "\"\"\\\""},
    {"62c3bc", "\"\303\274\""},
    {"63e6b0b4", "\"\346\260\264\""},
    {"64f0908591", "\"\360\220\205\221\""},
    {"80", "[]"},
    {"83010203", "[1, 2, 3]"},
    {"8301820203820405", "[1, [2, 3], [4, 5]]"},
    {"98190102030405060708090a0b0c0d0e0f101112131415161718181819",
     "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]"},
    {"a0", "{}"},
    {"a201020304", "{1: 2, 3: 4}"},
    {"a26161016162820203", "{\"a\": 1, \"b\": [2, 3]}"},
    {"826161a161626163", "[\"a\", {\"b\": \"c\"}]"},
    {"a56161614161626142616361436164614461656145",
     "{\"a\": \"A\", \"b\": \"B\", \"c\": \"C\", \"d\": \"D\", \"e\": \"E\"}"},
    {"5f42010243030405ff", "(_ h'0102', h'030405')"},
    {"7f657374726561646d696e67ff", "(_ \"strea\", \"ming\")"},
    {"9fff", "[_ ]"},
    {"9f018202039f0405ffff", "[_ 1, [2, 3], [_ 4, 5]]"},
    {"9f01820203820405ff", "[_ 1, [2, 3], [4, 5]]"},
    {"83018202039f0405ff", "[1, [2, 3], [_ 4, 5]]"},
    {"83019f0203ff820405", "[1, [_ 2, 3], [4, 5]]"},
    {"9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
     "[_ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, "
     "25]"},
    {"bf61610161629f0203ffff", "{_ \"a\": 1, \"b\": [_ 2, 3]}"},
    {"826161bf61626163ff", "[\"a\", {_ \"b\": \"c\"}]"},
    {"bf6346756ef563416d7421ff", "{_ \"Fun\": true, \"Amt\": -2}"},
};
#define ROWS (sizeof appendix_a / sizeof *appendix_a)

static void rfc8949_appendix_a(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        uint8_t m[64];
        struct lp_in in;
        struct diag d;
        lp_in_init(&in, m, hex(m, appendix_a[i].bytes));
        assert_true(diagnose(&d, &in));
        assert_string_equal(d.text, appendix_a[i].diagnostic);
        assert_int_equal(lp_in_left(&in), 0);
    }
}

/* Skips one item out of a block of its own size: bytes used, or -1. */
static int skipped(const uint8_t *p, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    struct lp_in in;
    struct lp_cbor c;
    assert_non_null(exact);
    memcpy(exact, p, n);
    lp_in_init(&in, exact, n);
    int err = lp_cbor_next(&in, &c);
    if (!err) err = lp_cbor_skip(&in, &c);
    assert_true(err == 0 || err == LP_ERR_FORMAT);
    assert_int_equal(err, in.err);
    free(exact);
    return err ? -1 : (int)in.at;
}

static int skips(const char *annotated)
{
    uint8_t m[64];
    return skipped(m, hex(m, annotated));
}

static void cut_at_every_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        uint8_t m[64];
        size_t n = hex(m, appendix_a[i].bytes);
        assert_int_equal(skipped(m, n), n);
        for (size_t cut = 0; cut < n; cut++) assert_int_equal(skipped(m, cut), -1);
    }
}

/* The same vectors from the folder of shared vectors, when it is there: the table above has none forgotten. */
static void rfc8949_appendix_a_file(void **state)
{
    (void)state;
    FILE *f = fopen(SHARED_DIR "/vectors/cbor_appendix_a.json", "r");
    if (!f) skip();
    char line[1024];
    size_t rows = 0;
    while (fgets(line, sizeof line, f)) {
        char *at = strstr(line, "\"hex\": \""), *end;
        uint8_t m[64];
        if (!at || !(end = strchr(at + 8, '"'))) continue;
        *end = 0;
        size_t n = hex(m, at + 8);
        /* simple(24) in two bytes was well-formed in RFC 7049, and no longer is in RFC 8949 (3.3) */
        assert_int_equal(skipped(m, n), strcmp(at + 8, "f818") ? (int)n : -1);
        rows++;
    }
    fclose(f);
    assert_int_equal(rows, ROWS + 1);
}

/* ---- mistakes made elsewhere ------------------------------------------------------------------------------------- */

static void nested_cbor_without_bound(void **state)
{
    (void)state;
    uint8_t deep[4096];
    memset(deep, 0x81, sizeof deep); /* arrays of one */
    assert_int_equal(skipped(deep, sizeof deep), -1);
    memset(deep, 0x9f, sizeof deep); /* indefinite ones */
    assert_int_equal(skipped(deep, sizeof deep), -1);
    memset(deep, 0xc1, sizeof deep); /* tags are no nesting, but an item must follow */
    assert_int_equal(skipped(deep, sizeof deep), -1);
    deep[sizeof deep - 1] = 0;
    assert_int_equal(skipped(deep, sizeof deep), sizeof deep);
    assert_int_equal(skips("81 81 81 81 81 81 81 81 00 | 8 levels"), 9);
    assert_int_equal(skips("81 81 81 81 81 81 81 81 81 00 | 9 levels"), -1);
    assert_int_equal(skips("81 81 81 81 81 81 81 81 80 | the ninth empty"), 9);
    assert_int_equal(skips("82 81 81 81 81 81 81 81 00 81 81 81 81 81 81 81 00 | 8, twice"), 17);
}

static void indefinite_lengths(void **state)
{
    (void)state;
    assert_int_equal(skips("9f ff"), 2);
    assert_int_equal(skips("bf 01 02 ff"), 4);
    assert_int_equal(skips("bf 01 ff | a key without value"), -1);
    assert_int_equal(skips("bf 01 9f ff 02 80 ff"), 7);
    assert_int_equal(skips("bf 01 9f ff 02 ff"), -1);
    assert_int_equal(skips("82 01 ff | a break in a definite array"), -1);
    assert_int_equal(skips("81 ff"), -1);
    assert_int_equal(skips("ff"), -1);
    assert_int_equal(skips("9f c1 ff | a tag of nothing"), -1);
    assert_int_equal(skips("c1 ff"), -1);
    assert_int_equal(skips("5f 41 00 61 61 ff | a chunk of another kind"), -1);
    assert_int_equal(skips("5f 5f 41 00 ff ff | chunks in chunks"), -1);
    assert_int_equal(skips("7f 01 ff"), -1);
    assert_int_equal(skips("1f"), -1);
    assert_int_equal(skips("3f 00"), -1);
    assert_int_equal(skips("df 00"), -1);
}

static void counts_larger_than_the_text(void **state)
{
    (void)state;
    assert_int_equal(skips("9b ffffffffffffffff 00 | 2^64 - 1 items"), -1);
    assert_int_equal(skips("bb 8000000000000000 00 00 | twice 2^63"), -1);
    assert_int_equal(skips("ba 80000001 00 00 | twice 2^31 + 1 is not 2"), -1);
    assert_int_equal(skips("5b 0000000100000000 | 2^32 bytes"), -1);
    assert_int_equal(skips("59 0101 00 | 257 bytes are not 1"), -1);
    assert_int_equal(skips("a1 00"), -1);
}

static void reserved_information(void **state)
{
    (void)state;
    for (unsigned head = 0; head < 256; head++)
        if ((head & 31) >= 28 && (head & 31) <= 30)
            assert_int_equal(skipped((uint8_t[]){(uint8_t)head, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 10),
                             -1);
    assert_int_equal(skips("f8 1f | simple values below 32 have one byte"), -1);
    assert_int_equal(skips("f8 20"), 2);
}

/* ---- strings ----------------------------------------------------------------------------------------------------- */

static int joined(const char *annotated, size_t cap, char text[32])
{
    uint8_t m[64], scratch[32];
    struct lp_in in;
    struct lp_cbor c;
    struct lp_out o;
    struct lp_span s;
    lp_in_init(&in, m, hex(m, annotated));
    lp_out_init(&o, scratch, cap);
    lp_out_text(&o, "#"); /* something is in scratch already */
    assert_int_equal(lp_cbor_next(&in, &c), 0);
    int err = lp_cbor_string(&in, &c, &o, &s);
    if (!err) memcpy(text, s.p, s.n);
    text[err ? 0 : s.n] = 0;
    return err;
}

static void strings_in_chunks(void **state)
{
    (void)state;
    char text[32];
    assert_int_equal(joined("7f 66 7374726561 64 6d696e67 ff | a chunk too long", 32, text),
                     LP_ERR_FORMAT);
    assert_int_equal(joined("7f 65 7374726561 64 6d696e67 ff", 32, text), 0);
    assert_string_equal(text, "streaming");
    assert_int_equal(joined("7f 65 7374726561 64 6d696e67 ff", 10, text), 0);
    assert_int_equal(joined("7f 65 7374726561 64 6d696e67 ff", 9, text), LP_ERR_TOO_LARGE);
    assert_int_equal(joined("7f ff", 32, text), 0);
    assert_string_equal(text, "");
    assert_int_equal(joined("7f 60 60 ff", 0, text), LP_ERR_TOO_LARGE); /* by the '#' */
    assert_int_equal(joined("65 6865 6c6c 6f", 1, text), 0);
    assert_string_equal(text, "hello");
    assert_int_equal(joined("01", 32, text), LP_ERR_FORMAT);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void integers_shortest(void **state)
{
    (void)state;
    static const struct {
        int64_t i;
        const char *bytes;
    } rows[] = {{0, "00"},
                {23, "17"},
                {24, "1818"},
                {255, "18ff"},
                {256, "190100"},
                {65535, "19ffff"},
                {65536, "1a00010000"},
                {UINT32_MAX, "1affffffff"},
                {(int64_t)UINT32_MAX + 1, "1b0000000100000000"},
                {INT64_MAX, "1b7fffffffffffffff"},
                {-1, "20"},
                {-24, "37"},
                {-25, "3818"},
                {-256, "38ff"},
                {-257, "390100"},
                {INT64_MIN, "3b7fffffffffffffff"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t m[16];
        struct lp_out o;
        lp_out_init(&o, m, sizeof m);
        lp_cbor_put_int(&o, rows[i].i);
        assert_bytes(m, lp_out_len(&o), rows[i].bytes);
    }
}

static void floats_narrow_where_exact(void **state)
{
    (void)state;
    static const struct {
        double f;
        const char *bytes;
    } rows[] = {{0.0, "fa00000000"},
                {-0.0, "fa80000000"},
                {1.5, "fa3fc00000"},
                {100000.0, "fa47c35000"},
                {3.4028234663852886e+38, "fa7f7fffff"},
                {1.1, "fb3ff199999999999a"},
                {1.0e+300, "fb7e37e43c8800759c"},
                {INFINITY, "fa7f800000"},
                {-INFINITY, "faff800000"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t m[16];
        struct lp_out o;
        lp_out_init(&o, m, sizeof m);
        lp_cbor_put_float(&o, rows[i].f);
        assert_bytes(m, lp_out_len(&o), rows[i].bytes);
    }
}

static void everything_else_written(void **state)
{
    (void)state;
    uint8_t m[64];
    struct lp_out o;
    lp_out_init(&o, m, sizeof m);
    lp_cbor_put_head(&o, 4, 5);
    lp_cbor_put_text(&o, "IETF", 4);
    lp_cbor_put_text(&o, NULL, 0);
    lp_cbor_put_bytes(&o, "\1\2\3\4", 4);
    lp_cbor_put_bool(&o, false);
    lp_cbor_put_bool(&o, true);
    lp_cbor_put_head(&o, 6, 1);
    lp_cbor_put_head(&o, 0, UINT64_MAX);
    assert_bytes(m, lp_out_len(&o), "85 64 49455446 60 44 01020304 f4 f5 c1 1b ffffffffffffffff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc8949_appendix_a),      cmocka_unit_test(rfc8949_appendix_a_file),
        cmocka_unit_test(cut_at_every_length),     cmocka_unit_test(nested_cbor_without_bound),
        cmocka_unit_test(indefinite_lengths),      cmocka_unit_test(counts_larger_than_the_text),
        cmocka_unit_test(reserved_information),    cmocka_unit_test(strings_in_chunks),
        cmocka_unit_test(integers_shortest),       cmocka_unit_test(floats_narrow_where_exact),
        cmocka_unit_test(everything_else_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
