/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"

#include "bytes/num.h"
#include "bytes/value.h"

static uint8_t scratch_bytes[64];
static struct lp_out scratch;

/* Convert with the bytes in a copy of exactly their number. The copy is kept until the next one. */
static int as(struct lp_value *v, enum lp_type from, const void *bytes, size_t n, enum lp_type want)
{
    static void *kept;
    free(kept);
    kept = malloc(n ? n : 1);
    memcpy(kept, bytes, n);
    *v = (struct lp_value){.type = from, .u.s = {kept, n}};
    lp_out_init(&scratch, scratch_bytes, sizeof scratch_bytes);
    int r = lp_value_as(v, want, &scratch);
    assert_int_equal(v->type, r ? from : want);
    return r;
}

static int tlv(struct lp_value *v, const char *bytes, enum lp_type want)
{
    uint8_t m[64];
    return as(v, LP_T_RAW_TLV, m, hex(m, bytes), want);
}

static int text(struct lp_value *v, const char *s, enum lp_type want)
{
    return as(v, LP_T_RAW_TEXT, s, strlen(s), want);
}

/* ---- TLV ----------------------------------------------------------------------------------------------------- */

static void tlv_integers(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        int64_t i;
        uint64_t u;
    } t[] = {
        {"00", 0, 0},
        {"05", 5, 5},
        {"7f", 127, 127},
        {"80", -128, 128},
        {"ff", -1, 255},
        {"01 00", 256, 256},
        {"ff 00", -256, 65280},
        {"0e d8", 3800, 3800},
        {"80 00 00 00", INT32_MIN, 2147483648u},
        {"51 82 42 8f", 1367491215, 1367491215},
        {"00 00 00 00 00 00 00 05", 5, 5},
        {"7f ff ff ff ff ff ff ff", INT64_MAX, INT64_MAX},
        {"80 00 00 00 00 00 00 00", INT64_MIN, (uint64_t)1 << 63},
        {"ff ff ff ff ff ff ff ff", -1, UINT64_MAX},
    };
    for (size_t k = 0; k < sizeof t / sizeof *t; k++) {
        struct lp_value v;
        assert_int_equal(tlv(&v, t[k].bytes, LP_T_INT), 0);
        assert_true(v.u.i == t[k].i);
        assert_int_equal(tlv(&v, t[k].bytes, LP_T_TIME), 0);
        assert_true(v.u.i == t[k].i);
        assert_int_equal(tlv(&v, t[k].bytes, LP_T_UINT), 0);
        assert_true(v.u.u == t[k].u);
    }
}

static void tlv_integer_of_length_0_and_other_odd_ones(void **state)
{
    (void)state;
    static const char *const t[] = {"",
                                    "01 02 03",
                                    "01 02 03 04 05",
                                    "01 02 03 04 05 06",
                                    "01 02 03 04 05 06 07",
                                    "01 02 03 04 05 06 07 08 09",
                                    "01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10"};
    static const enum lp_type types[] = {LP_T_INT,   LP_T_UINT, LP_T_TIME,
                                         LP_T_FLOAT, LP_T_BOOL, LP_T_OBJLNK};
    for (size_t k = 0; k < sizeof t / sizeof *t; k++)
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
            struct lp_value v;
            assert_int_equal(tlv(&v, t[k], types[i]), LP_ERR_FORMAT);
        }
}

static void tlv_short_float(void **state)
{
    (void)state;
    struct lp_value v;
    assert_int_equal(tlv(&v, "41", LP_T_FLOAT), LP_ERR_FORMAT);
    assert_int_equal(tlv(&v, "41 ac", LP_T_FLOAT), LP_ERR_FORMAT);
    assert_int_equal(tlv(&v, "41 ac 00", LP_T_FLOAT), LP_ERR_FORMAT);
    assert_int_equal(tlv(&v, "41 ac 00 00", LP_T_FLOAT), 0);
    assert_true(v.u.f == 21.5);
    assert_int_equal(tlv(&v, "40 35 80 00 00 00 00 00", LP_T_FLOAT), 0);
    assert_true(v.u.f == 21.5);
    assert_int_equal(tlv(&v, "c0 35 80 00 00 00 00 00", LP_T_FLOAT), 0);
    assert_true(v.u.f == -21.5);
}

static void tlv_booleans_and_links(void **state)
{
    (void)state;
    struct lp_value v;
    assert_int_equal(tlv(&v, "00", LP_T_BOOL), 0);
    assert_false(v.u.b);
    assert_int_equal(tlv(&v, "01", LP_T_BOOL), 0);
    assert_true(v.u.b);
    assert_int_equal(tlv(&v, "02", LP_T_BOOL), LP_ERR_FORMAT);
    assert_int_equal(tlv(&v, "00 01", LP_T_BOOL), LP_ERR_FORMAT);
    assert_int_equal(tlv(&v, "00 42 ff ff", LP_T_OBJLNK), 0);
    assert_true(v.u.link.obj == 66 && v.u.link.inst == 65535);
    assert_int_equal(tlv(&v, "00 42", LP_T_OBJLNK), LP_ERR_FORMAT);
    assert_int_equal(tlv(&v, "00 00 00 42 00 00 00 01", LP_T_OBJLNK), LP_ERR_FORMAT);
}

static void tlv_strings_and_opaque(void **state)
{
    (void)state;
    struct lp_value v;
    assert_int_equal(tlv(&v, "4f 4d 41", LP_T_STRING), 0);
    assert_true(lp_span_is(v.u.s, "OMA"));
    assert_int_equal(tlv(&v, "", LP_T_STRING), 0);
    assert_int_equal(v.u.s.n, 0);
    assert_int_equal(tlv(&v, "4f ff", LP_T_STRING), LP_ERR_FORMAT);
    assert_int_equal(tlv(&v, "4f 00", LP_T_STRING), LP_ERR_FORMAT);
    assert_int_equal(tlv(&v, "4f ff 00", LP_T_OPAQUE), 0);
    assert_bytes(v.u.s.p, v.u.s.n, "4f ff 00");
    assert_int_equal(tlv(&v, "3c 2f 33 3e", LP_T_CORELNK), 0);
}

/* ---- text ---------------------------------------------------------------------------------------------------- */

static void text_numbers(void **state)
{
    (void)state;
    struct lp_value v;
    assert_int_equal(text(&v, "-42", LP_T_INT), 0);
    assert_true(v.u.i == -42);
    assert_int_equal(text(&v, "1700000000", LP_T_TIME), 0);
    assert_true(v.u.i == 1700000000);
    assert_int_equal(text(&v, "18446744073709551615", LP_T_UINT), 0);
    assert_true(v.u.u == UINT64_MAX);
    assert_int_equal(text(&v, "-1", LP_T_UINT), LP_ERR_FORMAT);
    assert_int_equal(text(&v, "9223372036854775808", LP_T_INT), LP_ERR_VALUE);
    assert_int_equal(text(&v, "4294967299", LP_T_INT), 0);
    assert_true(v.u.i == 4294967299);
    assert_int_equal(text(&v, "5.0", LP_T_INT), LP_ERR_FORMAT);
    assert_int_equal(text(&v, "", LP_T_INT), LP_ERR_FORMAT);
    assert_int_equal(text(&v, "21.5", LP_T_FLOAT), 0);
    assert_true(v.u.f == 21.5);
    assert_int_equal(text(&v, "5", LP_T_FLOAT), 0);
    assert_int_equal(text(&v, "1e999", LP_T_FLOAT), LP_ERR_VALUE);
    assert_int_equal(text(&v, "nan", LP_T_FLOAT), LP_ERR_FORMAT);
}

static void text_booleans_are_0_and_1(void **state)
{
    (void)state;
    struct lp_value v;
    static const char *const t[] = {"", "2", "true", "false", "01", "1 ", "/", " "};
    assert_int_equal(text(&v, "0", LP_T_BOOL), 0);
    assert_false(v.u.b);
    assert_int_equal(text(&v, "1", LP_T_BOOL), 0);
    assert_true(v.u.b);
    for (size_t k = 0; k < sizeof t / sizeof *t; k++)
        assert_int_equal(text(&v, t[k], LP_T_BOOL), LP_ERR_FORMAT);
}

static const char *const no_links[] = {"",        ":",
                                       "3",       "3:",
                                       ":0",      "3:0:",
                                       "3:0:1",   "65536:0",
                                       "0:65536", "4294967299:0",
                                       "3:-1",    "3: 0",
                                       "03:0",    "3;0",
                                       "3:0 ",    "18446744073709551619:0"};

static void object_links_in_text_and_in_strings_of_senml(void **state)
{
    (void)state;
    static const enum lp_type from[] = {LP_T_RAW_TEXT, LP_T_STRING};
    for (size_t i = 0; i < 2; i++) {
        struct lp_value v;
        assert_int_equal(as(&v, from[i], "3:0", 3, LP_T_OBJLNK), 0);
        assert_true(v.u.link.obj == 3 && v.u.link.inst == 0);
        assert_int_equal(as(&v, from[i], "65535:65535", 11, LP_T_OBJLNK), 0); /* the null link */
        assert_true(v.u.link.obj == 65535 && v.u.link.inst == 65535);
        for (size_t k = 0; k < sizeof no_links / sizeof *no_links; k++)
            assert_int_equal(as(&v, from[i], no_links[k], strlen(no_links[k]), LP_T_OBJLNK),
                             LP_ERR_FORMAT);
    }
}

static void text_opaque_is_base64(void **state)
{
    (void)state;
    struct lp_value v;
    assert_int_equal(text(&v, "+/8=", LP_T_OPAQUE), 0);
    assert_bytes(v.u.s.p, v.u.s.n, "fb ff");
    assert_int_equal(text(&v, "-_8", LP_T_OPAQUE), 0);
    assert_bytes(v.u.s.p, v.u.s.n, "fb ff");
    assert_int_equal(text(&v, "", LP_T_OPAQUE), 0);
    assert_int_equal(v.u.s.n, 0);
    assert_int_equal(text(&v, "Zm9v!", LP_T_OPAQUE), LP_ERR_FORMAT);

    char big[100];
    memset(big, 'A', sizeof big);
    assert_int_equal(as(&v, LP_T_RAW_TEXT, big, 84, LP_T_OPAQUE), 0); /* 63 bytes fit the scratch */
    assert_int_equal(v.u.s.n, 63);
    assert_int_equal(as(&v, LP_T_RAW_TEXT, big, 88, LP_T_OPAQUE), LP_ERR_TOO_LARGE);

    struct lp_value a = {.type = LP_T_RAW_TEXT, .u.s = {"AQ==", 4}},
                    b = {.type = LP_T_RAW_TEXT, .u.s = {"AgM=", 4}};
    lp_out_init(&scratch, scratch_bytes, sizeof scratch_bytes);
    assert_int_equal(lp_value_as(&a, LP_T_OPAQUE, &scratch), 0);
    assert_int_equal(lp_value_as(&b, LP_T_OPAQUE, &scratch), 0);
    assert_bytes(a.u.s.p, a.u.s.n, "01"); /* two values share one scratch */
    assert_bytes(b.u.s.p, b.u.s.n, "02 03");
}

/* ---- from type to type --------------------------------------------------------------------------------------- */

static void numbers_change_type_where_nothing_is_lost(void **state)
{
    (void)state;
    static const struct {
        struct lp_value from, to;
        int result;
    } t[] = {
        {{LP_T_INT, {.i = -5}}, {LP_T_INT, {.i = -5}}, 0},
        {{LP_T_INT, {.i = -5}}, {LP_T_TIME, {.i = -5}}, 0},
        {{LP_T_INT, {.i = -5}}, {LP_T_UINT, {.u = 0}}, LP_ERR_VALUE},
        {{LP_T_INT, {.i = 5}}, {LP_T_UINT, {.u = 5}}, 0},
        {{LP_T_INT, {.i = 5}}, {LP_T_FLOAT, {.f = 5}}, 0},
        {{LP_T_INT, {.i = -5}}, {LP_T_FLOAT, {.f = -5}}, 0},
        {{LP_T_INT, {.i = INT64_MIN}}, {LP_T_FLOAT, {.f = -9223372036854775808.0}}, 0},
        {{LP_T_INT, {.i = INT64_MAX}}, {LP_T_FLOAT, {.f = 0}}, LP_ERR_VALUE},
        {{LP_T_INT, {.i = 9007199254740993}}, {LP_T_FLOAT, {.f = 0}}, LP_ERR_VALUE},
        {{LP_T_TIME, {.i = 1700000000}}, {LP_T_FLOAT, {.f = 1700000000}}, 0},
        {{LP_T_TIME, {.i = 7}}, {LP_T_INT, {.i = 7}}, 0},
        {{LP_T_UINT, {.u = 7}}, {LP_T_INT, {.i = 7}}, 0},
        {{LP_T_UINT, {.u = UINT64_MAX}}, {LP_T_INT, {.i = 0}}, LP_ERR_VALUE},
        {{LP_T_UINT, {.u = UINT64_MAX}}, {LP_T_UINT, {.u = UINT64_MAX}}, 0},
        {{LP_T_UINT, {.u = UINT64_MAX}}, {LP_T_FLOAT, {.f = 0}}, LP_ERR_VALUE},
        {{LP_T_UINT, {.u = (uint64_t)1 << 63}}, {LP_T_FLOAT, {.f = 9223372036854775808.0}}, 0},
        {{LP_T_FLOAT, {.f = 5}}, {LP_T_INT, {.i = 5}}, 0},
        {{LP_T_FLOAT, {.f = -5}}, {LP_T_TIME, {.i = -5}}, 0},
        {{LP_T_FLOAT, {.f = 5.5}}, {LP_T_INT, {.i = 0}}, LP_ERR_VALUE},
        {{LP_T_FLOAT, {.f = 1e300}}, {LP_T_INT, {.i = 0}}, LP_ERR_VALUE},
        {{LP_T_FLOAT, {.f = 1e19}}, {LP_T_UINT, {.u = 10000000000000000000u}}, 0},
        {{LP_T_FLOAT, {.f = -1}}, {LP_T_UINT, {.u = 0}}, LP_ERR_VALUE},
        {{LP_T_BOOL, {.b = true}}, {LP_T_INT, {.i = 0}}, LP_ERR_VALUE},
        {{LP_T_INT, {.i = 1}}, {LP_T_BOOL, {.b = 0}}, LP_ERR_VALUE},
        {{LP_T_INT, {.i = 1}}, {LP_T_STRING, {.i = 0}}, LP_ERR_VALUE},
        {{LP_T_INT, {.i = 1}}, {LP_T_OPAQUE, {.i = 0}}, LP_ERR_VALUE},
        {{LP_T_INT, {.i = 1}}, {LP_T_OBJLNK, {.i = 0}}, LP_ERR_VALUE},
        {{LP_T_BOOL, {.b = true}}, {LP_T_BOOL, {.b = true}}, 0},
        {{LP_T_OBJLNK, {.link = {3, 0}}}, {LP_T_OBJLNK, {.link = {3, 0}}}, 0},
        {{LP_T_OBJLNK, {.link = {3, 0}}}, {LP_T_STRING, {.i = 0}}, LP_ERR_VALUE},
        {{LP_T_STRING, {.s = {"5", 1}}}, {LP_T_INT, {.i = 0}}, LP_ERR_VALUE},
        {{LP_T_STRING, {.s = {"5", 1}}}, {LP_T_FLOAT, {.i = 0}}, LP_ERR_VALUE},
        {{LP_T_STRING, {.s = {"AA", 2}}}, {LP_T_OPAQUE, {.i = 0}}, LP_ERR_VALUE},
        {{LP_T_OPAQUE, {.s = {"AA", 2}}}, {LP_T_STRING, {.i = 0}}, LP_ERR_VALUE},
        {{LP_T_OPAQUE, {.s = {"\xff", 1}}}, {LP_T_OPAQUE, {.s = {"\xff", 1}}}, 0},
        {{LP_T_STRING, {.s = {"</3>", 4}}}, {LP_T_CORELNK, {.s = {"</3>", 4}}}, 0},
        {{LP_T_CORELNK, {.s = {"</3>", 4}}}, {LP_T_STRING, {.s = {"</3>", 4}}}, 0},
        {{LP_T_STRING, {.s = {"\xff", 1}}}, {LP_T_STRING, {.s = {"", 0}}}, LP_ERR_FORMAT},
    };
    for (size_t k = 0; k < sizeof t / sizeof *t; k++) {
        struct lp_value v = t[k].from;
        assert_int_equal(lp_value_as(&v, t[k].to.type, &scratch), t[k].result);
        assert_true(t[k].result ? v.type == t[k].from.type : lp_value_equal(&v, &t[k].to));
    }
}

/* ---- the rest ------------------------------------------------------------------------------------------------ */

static void values_as_text(void **state)
{
    (void)state;
    static const struct {
        struct lp_value v;
        const char *text;
    } t[] = {
        {{LP_T_INT, {.i = -42}}, "-42"},
        {{LP_T_TIME, {.i = 1700000000}}, "1700000000"},
        {{LP_T_UINT, {.u = UINT64_MAX}}, "18446744073709551615"},
        {{LP_T_FLOAT, {.f = 21.5}}, "21.5"},
        {{LP_T_FLOAT, {.f = 5}}, "5"},
        {{LP_T_BOOL, {.b = true}}, "1"},
        {{LP_T_BOOL, {.b = false}}, "0"},
        {{LP_T_OBJLNK, {.link = {3, 65535}}}, "3:65535"},
        {{LP_T_STRING, {.s = {"Gr\xc3\xbc\xc3\x9f", 6}}}, "Gr\xc3\xbc\xc3\x9f"},
        {{LP_T_STRING, {.s = {NULL, 0}}}, ""},
        {{LP_T_CORELNK, {.s = {"</3/0>", 6}}}, "</3/0>"},
        {{LP_T_OPAQUE, {.s = {"\xfb\xff", 2}}}, "+/8="},
    };
    for (size_t k = 0; k < sizeof t / sizeof *t; k++) {
        char got[64];
        struct lp_out o;
        lp_out_init(&o, got, sizeof got);
        lp_value_put_text(&o, &t[k].v);
        assert_int_equal(lp_out_end(&o), strlen(t[k].text));
        assert_memory_equal(got, t[k].text, strlen(t[k].text));
        struct lp_value back; /* and it reads back as the same */
        assert_int_equal(as(&back, LP_T_RAW_TEXT, got, lp_out_len(&o), t[k].v.type), 0);
        assert_true(lp_value_equal(&back, &t[k].v));
        assert_true(lp_value_equal(&t[k].v, &back));
        for (size_t i = 0; i < sizeof t / sizeof *t; i++)
            assert_int_equal(lp_value_equal(&back, &t[i].v), i == k);
    }
}

static void which_values_are_numbers(void **state)
{
    (void)state;
    double f = 0;
    assert_true(lp_value_number(&(struct lp_value){LP_T_INT, {.i = -3}}, &f) && f == -3);
    assert_true(lp_value_number(&(struct lp_value){LP_T_TIME, {.i = 4}}, &f) && f == 4);
    assert_true(lp_value_number(&(struct lp_value){LP_T_UINT, {.u = UINT64_MAX}}, &f) &&
                f == 18446744073709551616.0);
    assert_true(lp_value_number(&(struct lp_value){LP_T_FLOAT, {.f = 0.5}}, &f) && f == 0.5);
    assert_false(lp_value_number(&(struct lp_value){LP_T_BOOL, {.b = true}}, &f));
    assert_false(lp_value_number(&(struct lp_value){LP_T_STRING, {.s = {"5", 1}}}, &f));
    assert_false(lp_value_number(&(struct lp_value){LP_T_OBJLNK, {.link = {3, 0}}}, &f));
}

static bool utf8(const void *p, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    memcpy(copy, p, n);
    bool good = lp_utf8((struct lp_span){copy, n});
    free(copy);
    return good;
}

static void utf8_texts(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool good;
    } t[] = {
        {"", true},
        {"41", true},
        {"00", false},
        {"41 00", false},
        {"7f", true},
        {"80", false},
        {"bf", false},
        {"c0 80", false},
        {"c1 bf", false},
        {"c2 80", true},
        {"c2", false},
        {"c2 41", false},
        {"c2 c0", false},
        {"df bf", true},
        {"e0 9f bf", false},
        {"e0 a0 80", true},
        {"e0 a0", false},
        {"ed 9f bf", true},
        {"ed a0 80", false},
        {"ed bf bf", false},
        {"ee 80 80", true},
        {"ef bf bf", true},
        {"f0 8f bf bf", false},
        {"f0 90 80 80", true},
        {"f0 90 80", false},
        {"f4 8f bf bf", true},
        {"f4 90 80 80", false},
        {"f5 80 80 80", false},
        {"f8 88 80 80 80", false},
        {"ff", false},
        {"fe", false},
        {"41 c3 bc 42", true},
        {"e2 82 ac e2 82", false},
    };
    for (size_t k = 0; k < sizeof t / sizeof *t; k++) {
        uint8_t m[16];
        assert_int_equal(utf8(m, hex(m, t[k].bytes)), t[k].good);
    }
    assert_true(lp_utf8((struct lp_span){NULL, 0}));
}

static void utf8_of_every_character(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x200000; c += c < 0x3000 || (c >= 0xd700 && c < 0xe100) ? 1 : 61) {
        uint8_t m[4];
        size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        m[0] = (uint8_t)(n == 1 ? c : (0xf00u >> n & 0xffu) | c >> 6 * (n - 1));
        for (size_t i = 1; i < n; i++) m[i] = (uint8_t)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
        assert_int_equal(utf8(m, n), c != 0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff));
        if (n > 1) assert_false(utf8(m, n - 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tlv_integers),
        cmocka_unit_test(tlv_integer_of_length_0_and_other_odd_ones),
        cmocka_unit_test(tlv_short_float),
        cmocka_unit_test(tlv_booleans_and_links),
        cmocka_unit_test(tlv_strings_and_opaque),
        cmocka_unit_test(text_numbers),
        cmocka_unit_test(text_booleans_are_0_and_1),
        cmocka_unit_test(object_links_in_text_and_in_strings_of_senml),
        cmocka_unit_test(text_opaque_is_base64),
        cmocka_unit_test(numbers_change_type_where_nothing_is_lost),
        cmocka_unit_test(values_as_text),
        cmocka_unit_test(which_values_are_numbers),
        cmocka_unit_test(utf8_texts),
        cmocka_unit_test(utf8_of_every_character),
    };
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
