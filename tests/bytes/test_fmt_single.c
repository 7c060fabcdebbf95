/* SPDX-License-Identifier: Apache-2.0
 *
 * also: lite
 *
 * The formats of a single value: text/plain, application/octet-stream, application/cbor; and what is common to them. */
#include "test.h"

#include "limpet/config.h"
#include "records.h"

static const struct lp_fmt *const single[] = {&lp_fmt_text, &lp_fmt_opaque, &lp_fmt_cbor};

static void reads(const struct lp_fmt *fmt, const char *base, struct lp_span payload,
                  const char *lines)
{
    char *got = read_all(fmt, base, payload.p, payload.n, 64);
    assert_string_equal(got, lines);
    free(got);
}

static void reads_hex(const struct lp_fmt *fmt, const char *annotated, const char *lines)
{
    uint8_t m[64];
    size_t n = hex(m, annotated);
    reads(fmt, "/3/0/9", (struct lp_span){m, n}, lines);
}

static void writes(const struct lp_fmt *fmt, struct lp_value v, const char *annotated)
{
    uint8_t m[64];
    struct lp_record rec = {.path = path_of("/3/0/9"), .value = v};
    int len = write_windows(m, sizeof m, fmt, "/3/0/9", &rec, 1);
    assert_true(len >= 0);
    assert_bytes(m, (size_t)len, annotated);
}

static int write_error(const struct lp_fmt *fmt, struct lp_value v)
{
    uint8_t m[64];
    struct lp_out o;
    struct lp_record rec = {.path = path_of("/3/0/9"), .value = v};
    lp_out_init(&o, m, sizeof m);
    return write_all(&o, fmt, "/3/0/9", &rec, 1);
}

#define S(text)    ((struct lp_value){LP_T_STRING, {.s = {text, sizeof(text) - 1}}})
#define O(text)    ((struct lp_value){LP_T_OPAQUE, {.s = {text, sizeof(text) - 1}}})
#define I(number)  ((struct lp_value){LP_T_INT, {.i = number}})
#define F(number)  ((struct lp_value){LP_T_FLOAT, {.f = number}})
#define LINK(o, i) ((struct lp_value){LP_T_OBJLNK, {.link = {o, i}}})

/* Client Lite has no base64: an opaque value is not had as text. */
static bool lite(void)
{
    return strcmp(LP_PRODUCT, "lite") == 0;
}

static void found_by_number(void **state)
{
    (void)state;
    assert_ptr_equal(lp_fmt_find(0), &lp_fmt_text);
    assert_ptr_equal(lp_fmt_find(11542), &lp_fmt_tlv);
    assert_ptr_equal(lp_fmt_find(112), &lp_fmt_senml_cbor);
    assert_null(lp_fmt_find(40));
    assert_null(lp_fmt_find(-1));
    assert_null(lp_fmt_find(65536));
}

static void no_format(void **state)
{
    (void)state;
    struct lp_reader r;
    struct lp_record rec;
    struct lp_path base = path_of("/3/0/9");
    lp_reader_init(&r, NULL, &base, SPAN("x"), NULL, 0);
    assert_int_equal(lp_reader_next(&r, &rec), LP_ERR_CONTENT);
}

static void only_at_a_resource(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        reads(single[i], "/3/0", SPAN("\x01"), "error -3\n");
        reads(single[i], "/3", SPAN("\x01"), "error -3\n");
        reads(single[i], "/", SPAN("\x01"), "error -3\n");
    }
    reads(&lp_fmt_text, "/3/0/9/65534", SPAN("x"), "/3/0/9/65534 text x\n");
}

static void more_than_one_value(void **state)
{
    (void)state;
    const struct lp_record two[] = {{.path = path_of("/3/0/9"), .value = O("x")},
                                    {.path = path_of("/3/0/9"), .value = O("y")}};
    const struct lp_record instance = {.path = path_of("/3/0/7/0"), .value = O("x")};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        uint8_t m[64];
        struct lp_out o;
        lp_out_init(&o, m, sizeof m);
        assert_int_equal(write_all(&o, single[i], "/3/0/9", two, 2), LP_ERR_ACCEPT);
        lp_out_init(&o, m, sizeof m);
        assert_int_equal(write_all(&o, single[i], "/3/0/7", &instance, 1), LP_ERR_ACCEPT);
        lp_out_init(&o, m, sizeof m);
        int n = write_all(&o, single[i], "/3/0/7/0", &instance, 1);
        assert_true(lite() && single[i] == &lp_fmt_text ? n == LP_ERR_ACCEPT : n > 0);
    }
}

static void text(void **state)
{
    (void)state;
    reads(&lp_fmt_text, "/3/0/9", SPAN("-12.5 x"), "/3/0/9 text -12.5 x\n");
    /* an empty Write is a write of an empty value, and must reach the handler */
    reads(&lp_fmt_text, "/3/0/9", (struct lp_span){NULL, 0}, "/3/0/9 text\n");
    writes(&lp_fmt_text, I(-12), "2d3132");
    writes(&lp_fmt_text, F(21.5), "32312e35");
    writes(&lp_fmt_text, S(""), "");
    writes(&lp_fmt_text, LINK(3, 0), "333a30");
    writes(&lp_fmt_text, ((struct lp_value){LP_T_BOOL, {.b = true}}), "31");
    if (lite())
        assert_int_equal(write_error(&lp_fmt_text, O("\1\2\3\4")), LP_ERR_ACCEPT);
    else
        writes(&lp_fmt_text, O("\1\2\3\4"), "41514944424 13d3d | AQIDBA==\n");
}

static void opaque(void **state)
{
    (void)state;
    reads(&lp_fmt_opaque, "/3/0/9", (struct lp_span){"\0\xff", 2}, "/3/0/9 hex 00ff\n");
    reads(&lp_fmt_opaque, "/3/0/9", (struct lp_span){NULL, 0}, "/3/0/9 hex\n");
    writes(&lp_fmt_opaque, O("\0\xff"), "00ff");
    writes(&lp_fmt_opaque, O(""), "");
    assert_int_equal(write_error(&lp_fmt_opaque, I(1)), LP_ERR_ACCEPT);
    assert_int_equal(write_error(&lp_fmt_opaque, S("x")), LP_ERR_ACCEPT);
}

static void cbor_written(void **state)
{
    (void)state;
    writes(&lp_fmt_cbor, I(-25), "38 18");
    writes(&lp_fmt_cbor, ((struct lp_value){LP_T_UINT, {.u = UINT64_MAX}}), "1b ffffffffffffffff");
    writes(&lp_fmt_cbor, ((struct lp_value){LP_T_TIME, {.i = 1367491215}}),
           "1a 5182428f | without its tag\n");
    writes(&lp_fmt_cbor, F(21.5), "fa 41ac0000");
    writes(&lp_fmt_cbor, F(21.3), "fb 40354ccccccccccd");
    writes(&lp_fmt_cbor, ((struct lp_value){LP_T_BOOL, {.b = true}}), "f5");
    writes(&lp_fmt_cbor, S("abc"), "63 616263");
    writes(&lp_fmt_cbor, ((struct lp_value){LP_T_CORELNK, {.s = {"</3>", 4}}}), "64 3c2f333e");
    writes(&lp_fmt_cbor, O("abc"), "43 616263");
    writes(&lp_fmt_cbor, LINK(3, 0), "63 333a30 | 3:0\n");
    writes(&lp_fmt_cbor, LINK(65535, 65535), "6b 36353533353a3635353335");
    assert_int_equal(write_error(&lp_fmt_cbor, ((struct lp_value){LP_T_RAW_TLV, {.s = {"", 0}}})),
                     LP_ERR_ACCEPT);
}

static void cbor_read(void **state)
{
    (void)state;
    reads_hex(&lp_fmt_cbor, "18 64", "/3/0/9 int 100\n");
    reads_hex(&lp_fmt_cbor, "3b 7fffffffffffffff", "/3/0/9 int -9223372036854775808\n");
    reads_hex(&lp_fmt_cbor, "1b ffffffffffffffff", "/3/0/9 uint 18446744073709551615\n");
    reads_hex(&lp_fmt_cbor, "3b 8000000000000000 | below INT64_MIN\n", "error -4\n");
    reads_hex(&lp_fmt_cbor, "f9 3e00", "/3/0/9 float 1.5\n");
    reads_hex(&lp_fmt_cbor, "fa 41ac0000", "/3/0/9 float 21.5\n");
    reads_hex(&lp_fmt_cbor, "f4", "/3/0/9 bool 0\n");
    reads_hex(&lp_fmt_cbor, "63 616263", "/3/0/9 str abc\n");
    reads_hex(&lp_fmt_cbor, "7f 61 61 62 6263 ff", "/3/0/9 str abc\n");
    reads_hex(&lp_fmt_cbor, "5f 41 01 42 0203 ff", "/3/0/9 hex 010203\n");
    reads_hex(&lp_fmt_cbor, "c1 1a 5182428f", "/3/0/9 time 1367491215\n");
    reads_hex(&lp_fmt_cbor, "c1 fb 41d452d9ec200000", "/3/0/9 float 1363896240.5\n");
    reads_hex(&lp_fmt_cbor, "c1 61 30 | a time that is text\n", "error -4\n");
    reads_hex(&lp_fmt_cbor, "c1", "error -3\n");
    reads_hex(&lp_fmt_cbor, "c1 ff", "error -3\n");
    reads_hex(&lp_fmt_cbor, "c0 61 30 | tag 0\n", "error -4\n");
    reads_hex(&lp_fmt_cbor, "f6 | null\n", "error -4\n");
    reads_hex(&lp_fmt_cbor, "81 01 | an array\n", "error -4\n");
    reads_hex(&lp_fmt_cbor, "01 02 | two items\n", "error -3\n");
    reads_hex(&lp_fmt_cbor, "", "error -3\n");
    reads_hex(&lp_fmt_cbor, "ff", "error -3\n");
    reads_hex(&lp_fmt_cbor, "62 61", "error -3\n");
}

static void cbor_cut_at_every_length(void **state)
{
    (void)state;
    static const char *const rows[] = {"1b ffffffffffffffff", "7f 61 61 62 6263 ff",
                                       "c1 1a 5182428f", "43 010203"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t m[64];
        size_t n = hex(m, rows[i]);
        read_cuts(&lp_fmt_cbor, "/3/0/9", m, n, false);
    }
}

static void chunks_larger_than_scratch(void **state)
{
    (void)state;
    uint8_t m[16];
    size_t n = hex(m, "7f 61 61 62 6263 ff");
    char *got = read_all(&lp_fmt_cbor, "/3/0/9", m, n, 2);
    assert_string_equal(got, "error -11\n");
    free(got);
    got = read_all(&lp_fmt_cbor, "/3/0/9", m, n, 3);
    assert_string_equal(got, "/3/0/9 str abc\n");
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_by_number),
        cmocka_unit_test(no_format),
        cmocka_unit_test(only_at_a_resource),
        cmocka_unit_test(more_than_one_value),
        cmocka_unit_test(text),
        cmocka_unit_test(opaque),
        cmocka_unit_test(cbor_written),
        cmocka_unit_test(cbor_read),
        cmocka_unit_test(cbor_cut_at_every_length),
        cmocka_unit_test(chunks_larger_than_scratch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
