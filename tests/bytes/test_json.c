/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON: tokens, what is refused, strings. */
#include "test.h"

#include "bytes/json.h"

/* The tokens of a text that stands in a block of just its size: one character a token, then ! if it is refused.
 *   { } [ ]   k(key)   s(string)   n(number)   T F N */
static char *tokens(const char *p, size_t n)
{
    static const char mark[] = "{}[]ksnTFN";
    static char text[16384];
    char *exact = malloc(n ? n : 1), *at = text;
    struct lp_json j;
    struct lp_json_token t;
    assert_non_null(exact);
    memcpy(exact, p, n);
    lp_json_init(&j, exact, n);
    while (lp_json_next(&j, &t) == 0 && t.kind != LP_JSON_END) {
        *at++ = mark[t.kind];
        if (t.kind == LP_JSON_KEY || t.kind == LP_JSON_STRING || t.kind == LP_JSON_NUMBER)
            at += sprintf(at, "(%.*s)", (int)t.s.n, (const char *)t.s.p);
    }
    int err = j.in.err;
    assert_int_equal(lp_json_next(&j, &t), err); /* stays */
    assert_int_equal(t.kind, LP_JSON_END);
    *at = 0;
    if (err) strcpy(at, "!");
    free(exact);
    return text;
}

static void gives(const char *json, const char *expected)
{
    assert_string_equal(tokens(json, strlen(json)), expected);
}

static void values(void **state)
{
    (void)state;
    gives("null", "N");
    gives(" true ", "T");
    gives("\t\r\nfalse", "F");
    gives("[]", "[]");
    gives("{}", "{}");
    gives("[[],{}]", "[[]{}]");
    gives(" [ 1 , \"a\" , null ] ", "[n(1)s(a)N]");
    gives("{\"a\":1,\"b\" : [true,false],\"\":{}}", "{k(a)n(1)k(b)[TF]k(){}}");
    gives("\"\"", "s()");
    gives("\"a\\\"b\\\\\"", "s(a\\\"b\\\\)");
    gives("\"\\u12aF\\/\\b\\f\\n\\r\\t\"", "s(\\u12aF\\/\\b\\f\\n\\r\\t)");
}

static void numbers(void **state)
{
    (void)state;
    static const char *const good[] = {"0",
                                       "-0",
                                       "10",
                                       "-1",
                                       "1.5",
                                       "0.25",
                                       "1e5",
                                       "1E+5",
                                       "1e-05",
                                       "-0.0e0",
                                       "123456789012345678901234567890"};
    static const char *const bad[] = {"01",  "+1",   ".5",  "1.",  "-",        "1e",  "1e+",
                                      "0x1", "1.e5", "--1", "NaN", "Infinity", "1 2", "1a"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char want[64];
        sprintf(want, "n(%s)", good[i]);
        gives(good[i], want);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(strchr(tokens(bad[i], strlen(bad[i])), '!'));
}

static void refused(void **state)
{
    (void)state;
    static const char *const rows[] = {"",
                                       " ",
                                       "[",
                                       "]",
                                       "{",
                                       "}",
                                       "[}",
                                       "{]",
                                       "[1",
                                       "[1,",
                                       "[1,]",
                                       "[,1]",
                                       "[1 2]",
                                       "[1]]",
                                       "[] []",
                                       "{1:2}",
                                       "{\"a\"}",
                                       "{\"a\":}",
                                       "{\"a\":1,}",
                                       "{\"a\" 1}",
                                       "{\"a\":1 \"b\":2}",
                                       "{,}",
                                       "{\"a\",1}",
                                       "[\"a\":1]",
                                       "{\"a\":1,2}",
                                       "nul",
                                       "nulL",
                                       "truefalse",
                                       "tru e",
                                       "\"",
                                       "\"a",
                                       "\"\\\"",
                                       "\"\\",
                                       "\"\\x\"",
                                       "\"\\u12\"",
                                       "\"\\u12g4\"",
                                       "\"\\u123",
                                       "\"\n\"",
                                       "\"\x1f\"",
                                       "'a'",
                                       "[\"a\"\"b\"]",
                                       "//",
                                       "[1]x",
                                       "\xef\xbb\xbf[]"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *got = tokens(rows[i], strlen(rows[i]));
        if (!strchr(got, '!')) fail_msg("taken: %s as %s", rows[i], got);
    }
    assert_non_null(strchr(tokens("[1]\0", 4), '!'));
    assert_non_null(strchr(tokens("\"a\\\0\"", 5), '!'));
}

/* JSON name without end; and every other cut. */
static void name_without_end(void **state)
{
    (void)state;
    const char *json =
        "[{\"bn\":\"/3/0/\",\"n\":\"\\u0030\",\"v\":-1.5e3},{\"x\":[null,true,{\"\":[]}]}]";
    char whole[256];
    strcpy(whole, tokens(json, strlen(json)));
    assert_null(strchr(whole, '!'));
    for (size_t cut = 0; cut < strlen(json); cut++) {
        char *got = tokens(json, cut), *mark = strchr(got, '!');
        assert_non_null(mark);
        *mark = 0;
        if (cut && json[cut - 1] >= '.' && json[cut - 1] <= '9')
            continue; /* a shorter number is a number too */
        assert_memory_equal(got, whole, strlen(got));
    }
}

static void nesting(void **state)
{
    (void)state;
    char text[128] = {0};
    memset(text, '[', 31);
    memset(text + 31, ']', 31);
    gives(text, text);
    memset(text, '[', 32);
    memset(text + 32, ']', 32);
    assert_non_null(strchr(tokens(text, 64), '!'));
    /* the kind of each level is remembered, and forgotten */
    gives("[{\"a\":[{\"b\":{}}]},[[{}],{\"c\":[]}]]", "[{k(a)[{k(b){}}]}[[{}]{k(c)[]}]]");
    memset(text, '[', sizeof text);
    assert_non_null(strchr(tokens(text, sizeof text), '!'));
}

static void skipping(void **state)
{
    (void)state;
    const char *json = "[{\"a\":[1,{\"b\":2}]},\"c\",{\"d\":[]},3]";
    struct lp_json j;
    struct lp_json_token t;
    lp_json_init(&j, json, strlen(json));
    assert_int_equal(lp_json_next(&j, &t), 0); /* [ */
    assert_int_equal(lp_json_next(&j, &t), 0); /* { */
    assert_int_equal(lp_json_skip(&j, &t), 0);
    assert_int_equal(lp_json_next(&j, &t), 0);
    assert_true(lp_span_is(t.s, "c"));
    assert_int_equal(lp_json_skip(&j, &t), 0); /* a string is whole already */
    assert_int_equal(lp_json_next(&j, &t), 0);
    assert_int_equal(lp_json_next(&j, &t), 0);
    assert_int_equal(t.kind, LP_JSON_KEY);
    assert_int_equal(lp_json_skip(&j, &t), 0); /* a key with its value */
    assert_int_equal(lp_json_next(&j, &t), 0);
    assert_int_equal(t.kind, LP_JSON_OBJECT_END);
    assert_int_equal(lp_json_next(&j, &t), 0);
    assert_true(lp_span_is(t.s, "3"));
    assert_int_equal(lp_json_next(&j, &t), 0);
    assert_int_equal(lp_json_skip(&j, &t), LP_ERR_FORMAT); /* the end of something begins nothing */
    lp_json_init(&j, "[[1,2", 5);
    assert_int_equal(lp_json_next(&j, &t), 0);
    assert_int_equal(lp_json_skip(&j, &t), LP_ERR_FORMAT);
}

static int unescaped(const char *from, size_t cap, char to[64])
{
    uint8_t scratch[64];
    struct lp_out o;
    struct lp_span s;
    lp_out_init(&o, scratch, cap);
    lp_out_text(&o, "#");
    int err = lp_json_unescape(SPAN(from), &o, &s);
    if (!err) memcpy(to, s.p, s.n);
    to[err ? 0 : s.n] = 0;
    return err;
}

static void escapes(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } rows[] = {
        {"plain", "plain"},
        {"", ""},
        {"a\\\"b\\\\c\\/d", "a\"b\\c/d"},
        {"\\b\\f\\n\\r\\t", "\b\f\n\r\t"},
        {"\\u0041", "A"},
        {"\\u007f\\u0080\\u07ff", "\x7f\xc2\x80\xdf\xbf"},
        {"\\u0800\\uD7ff\\uE000\\uffFF", "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"},
        {"\\ud800\\udc00\\uDBFF\\uDFFF", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
        {"x\\ud83d\\ude00y", "x\xf0\x9f\x98\x80y"}};
    char to[64];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(unescaped(rows[i].from, 64, to), 0);
        assert_string_equal(to, rows[i].to);
    }
    static const char *const bad[] = {"\\ud800",
                                      "\\udc00",
                                      "\\ud800x",
                                      "\\ud800\\n",
                                      "\\ud800\\ud800",
                                      "\\udc00\\ud800",
                                      "\\u0000",
                                      "\\ud800\\u",
                                      "\\ud800\\udc0",
                                      "\\",
                                      "\\u",
                                      "\\u004",
                                      "\\q"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(unescaped(bad[i], 64, to), LP_ERR_FORMAT);
    assert_int_equal(unescaped("ab\\n", 4, to), 0);
    assert_int_equal(unescaped("ab\\n", 3, to), LP_ERR_TOO_LARGE);
    assert_int_equal(unescaped("abc", 1, to), 0); /* without escapes scratch is not needed */
}

static void written(void **state)
{
    (void)state;
    char m[64];
    struct lp_out o;
    lp_out_init(&o, m, sizeof m);
    lp_json_put_string(&o, "a\"\\/\n\x1f\x7f\xc3\xbc", 9);
    lp_json_put_string(&o, NULL, 0);
    assert_int_equal(lp_out_end(&o), 25);
    assert_memory_equal(m, "\"a\\\"\\\\/\\u000a\\u001f\x7f\xc3\xbc\"\"\"", 25);
    lp_out_init(&o, m, sizeof m);
    lp_json_put_string(&o, "a\xff", 2);
    assert_int_equal(lp_out_end(&o), LP_ERR_VALUE);
    lp_out_init(&o, m, sizeof m);
    lp_json_put_string(&o, "a\0b", 3);
    assert_int_equal(lp_out_end(&o), LP_ERR_VALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),           cmocka_unit_test(numbers), cmocka_unit_test(refused),
        cmocka_unit_test(name_without_end), cmocka_unit_test(nesting), cmocka_unit_test(skipping),
        cmocka_unit_test(escapes),          cmocka_unit_test(written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
