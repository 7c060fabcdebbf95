/* SPDX-License-Identifier: Apache-2.0
 *
 * also: lite
 *
 * application/senml+cbor: the examples of RFC 8428, OMA's labels (core 1.1, 7.4.5), and mistakes made elsewhere. */
#include "test.h"

#include "bytes/cbor.h"
#include "records.h"
#include "rfc8428.h"

static void reads(const char *base, const char *annotated, const char *lines)
{
    uint8_t m[1024];
    size_t n = hex(m, annotated);
    char *got = read_all(&lp_fmt_senml_cbor, base, m, n, 64);
    assert_string_equal(got, lines);
    free(got);
}

static void writes(const char *base, const struct lp_record *rec, size_t n, const char *annotated)
{
    uint8_t m[1024];
    int len = write_windows(m, sizeof m, &lp_fmt_senml_cbor, base, rec, n);
    assert_true(len >= 0);
    assert_bytes(m, (size_t)len, annotated);
}

static struct lp_record record(const char *path, struct lp_value v)
{
    return (struct lp_record){.path = path_of(path), .value = v};
}

#define S(text)   ((struct lp_value){LP_T_STRING, {.s = {text, sizeof(text) - 1}}})
#define I(number) ((struct lp_value){LP_T_INT, {.i = number}})
#define F(number) ((struct lp_value){LP_T_FLOAT, {.f = number}})

/* ---- RFC 8428, sections 5.1.3 and 5.1.4 in CBOR ------------------------------------------------------------------ */

#define NAME27  "78 1b 75726e3a6465763a6f773a3130653230373361303130383030363a"
#define NAME28  "78 1b 75726e3a6465763a6f773a31306532303733613031303830303633"
#define CURRENT "00 67 63757272656e74"

static const char example3[] =
    "87 a7 21 " NAME27 " | bn: urn:dev:ow:10e2073a0108006:\n"
    "   22 fb 41d303a15b001062   | bt\n"
    "   23 61 41  20 05          | bu: A, bver: 5\n"
    "   00 67 766f6c74616765 01 61 56 02 fb 405e066666666666 | n: voltage, u: V, v: 120.1\n"
    "a3 " CURRENT " 06 24 02 fb 3ff3333333333333 \n"
    "a3 " CURRENT " 06 23 02 fb 3ff4cccccccccccd \n"
    "a3 " CURRENT " 06 22 02 fb 3ff6666666666666 \n"
    "a3 " CURRENT " 06 21 02 f9 3e00 \n"
    "a3 " CURRENT " 06 20 02 fb 3ff999999999999a \n"
    "a3 " CURRENT " 06 00 02 fb 3ffb333333333333 \n";
static const char lines3[] = "/1/0/1 float 120.09999999999999\n/1/0/2 float 1.2\n/1/0/2 float 1.3\n"
                             "/1/0/2 float 1.3999999999999999\n/1/0/2 float 1.5\n"
                             "/1/0/2 float 1.6000000000000001\n/1/0/2 float 1.7\n";

static const char example5[] =
    "8d a5 21 " NAME28 " 22 1a 4eaea188 23 63 255248 02 f9 4d00 06 00\n"
    "a3 02 fb 40384e63c74fb54a 01 63 6c6f6e 06 00    a3 02 fb 404e0a31f8a0902e 01 63 6c6174 06 00\n"
    "a2 02 fb 40344ccccccccccd 06 18 3c\n"
    "a3 02 fb 40384e646f156191 01 63 6c6f6e 06 18 3c a3 02 fb 404e0a31f8a0902e 01 63 6c6174 06 18 "
    "3c\n"
    "a2 02 fb 4034b33333333333 06 18 78\n"
    "a3 02 fb 40384e6516db0dd8 01 63 6c6f6e 06 18 78 a3 02 fb 404e0a324c836651 01 63 6c6174 06 18 "
    "78\n"
    "a3 02 f9 5620 01 63 25454c 06 18 96\n"
    "a2 02 fb 4035333333333333 06 18 b4\n"
    "a3 02 fb 40384e685db76b3c 01 63 6c6f6e 06 18 b4 a3 02 fb 404e0a32a0663c75 01 63 6c6174 06 18 "
    "b4\n";
static const char lines5[] =
    "/1/0/63 float 20\n/1/0/63 float 24.30621\n/1/0/63 float 60.079650000000001\n"
    "/1/0/63 float 20.300000000000001\n/1/0/63 float 24.30622\n"
    "/1/0/63 float 60.079650000000001\n/1/0/63 float 20.699999999999999\n"
    "/1/0/63 float 24.306229999999999\n/1/0/63 float 60.079659999999997\n"
    "/1/0/63 float 98\n/1/0/63 float 21.199999999999999\n"
    "/1/0/63 float 24.306280000000001\n/1/0/63 float 60.07967\n";

/* Copies items one by one; texts that are a name of rfc8428.h become the path. */
static size_t rename_all(uint8_t *to, size_t cap, const uint8_t *from, size_t n)
{
    struct lp_in in;
    struct lp_out out;
    struct lp_cbor c;
    lp_in_init(&in, from, n);
    lp_out_init(&out, to, cap);
    for (size_t at = 0; lp_cbor_next(&in, &c) == 0 && c.kind != LP_CBOR_END; at = in.at) {
        const char *path = c.kind == LP_CBOR_TEXT ? rfc8428_path(c.s.p, c.s.n) : NULL;
        if (path)
            lp_cbor_put_text(&out, path, strlen(path));
        else
            lp_out_put(&out, from + at, in.at - at);
    }
    assert_int_equal(in.err, 0);
    return lp_out_len(&out);
}

static void example(const uint8_t *p, size_t n, const char *lines)
{
    uint8_t m[1024];
    size_t len = rename_all(m, sizeof m, p, n);
    char *got = read_all(&lp_fmt_senml_cbor, "/", m, len, 0);
    assert_string_equal(got, lines);
    free(got);
    read_cuts(&lp_fmt_senml_cbor, "/", m, len, false);
}

static void rfc8428_examples(void **state)
{
    (void)state;
    uint8_t m[1024];
    size_t n = hex(m, example3);
    example(m, n, lines3);
    n = hex(m, example5);
    example(m, n, lines5);
}

/* The same from the folder of shared vectors, when it is there. */
static void rfc8428_examples_files(void **state)
{
    (void)state;
    static const struct {
        const char *file, *lines;
    } rows[] = {{SHARED_DIR "/vectors/senml/ex3.gen.cbor", lines3},
                {SHARED_DIR "/vectors/senml/ex5.gen.cbor", lines5}};
    for (size_t i = 0; i < 2; i++) {
        uint8_t m[1024];
        FILE *f = fopen(rows[i].file, "rb");
        if (!f) skip();
        size_t n = fread(m, 1, sizeof m, f);
        fclose(f);
        example(m, n, rows[i].lines);
    }
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void base_names(void **state)
{
    (void)state;
    const struct lp_record rec[] = {record("/3/0/0", S("Open")), record("/3/0/9", I(95)),
                                    record("/3/0/7/0", I(3800)), record("/3/0/7/1", I(5000))};
    writes("/3/0", rec, 4,
           "84 a3 21 65 2f332f302f 00 61 30 03 64 4f70656e | bn /3/0/, n 0, vs Open\n"
           "   a2 00 61 39 02 18 5f                        | n 9, v 95\n"
           "   a2 00 63 372f30 02 19 0ed8                  | n 7/0\n"
           "   a2 00 63 372f31 02 19 1388                  | n 7/1\n");
    writes("/3", rec, 1, "81 a3 21 63 2f332f 00 63 302f30 03 64 4f70656e");
    writes("/", rec, 1, "81 a3 21 61 2f 00 65 332f302f30 03 64 4f70656e");
    writes("/3/0/0", rec, 1, "81 a2 21 66 2f332f302f30 03 64 4f70656e | bn /3/0/0 and no n\n");
    writes("/3/0/7", rec + 2, 2,
           "82 a3 21 67 2f332f302f372f 00 61 30 02 19 0ed8  a2 00 61 31 02 19 1388");
    writes("/3/0/7/1", rec + 3, 1, "81 a2 21 68 2f332f302f372f31 02 19 1388");
    writes("/3", rec, 0, "80");
}

static void all_types(void **state)
{
    (void)state;
    const struct lp_record rec[] = {
        record("/9/0/0", S("")),
        record("/9/0/1", I(-5)),
        record("/9/0/2", ((struct lp_value){LP_T_UINT, {.u = UINT64_MAX}})),
        record("/9/0/3", F(21.3)),
        record("/9/0/4", ((struct lp_value){LP_T_BOOL, {.b = true}})),
        record("/9/0/5", ((struct lp_value){LP_T_OPAQUE, {.s = {"\xfb\xff", 2}}})),
        record("/9/0/6", ((struct lp_value){LP_T_TIME, {.i = 1367491215}})),
        record("/9/0/7", ((struct lp_value){LP_T_OBJLNK, {.link = {3, 65535}}})),
        record("/9/0/8", ((struct lp_value){LP_T_CORELNK, {.s = {"</3>", 4}}})),
        record("/9/0/9", (struct lp_value){0})};
    writes("/9/0", rec, 10,
           "8a a3 21 65 2f392f302f 00 61 30 03 60      | vs\n"
           "a2 00 61 31 02 24                          | v -5\n"
           "a2 00 61 32 02 1b ffffffffffffffff         | v\n"
           "a2 00 61 33 02 fb 40354ccccccccccd         | v 21.3\n"
           "a2 00 61 34 04 f5                          | vb true\n"
           "a2 00 61 35 08 42 fbff                     | vd\n"
           "a2 00 61 36 02 1a 5182428f                 | v, a time\n"
           "a2 00 61 37 63 766c6f 67 333a3635353335    | vlo 3:65535\n"
           "a2 00 61 38 03 64 3c2f333e                 | vs </3>\n"
           "a1 00 61 39                                | n alone\n");
}

static void what_cbor_cannot_carry(void **state)
{
    (void)state;
    uint8_t m[64];
    struct lp_out o;
    struct lp_record rec = record("/9/0/0", (struct lp_value){LP_T_RAW_TLV, {.s = {"1", 1}}});
    lp_out_init(&o, m, sizeof m);
    assert_int_equal(write_all(&o, &lp_fmt_senml_cbor, "/9/0", &rec, 1), LP_ERR_ACCEPT);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

#define N9   "00 66 2f332f302f39 "
#define LINE "/3/0/9 int 1\n"

static void object_link_under_both_labels(void **state)
{
    (void)state;
    reads("/3/0", "81 a2 " N9 " 63 766c6f 63 333a30", "/3/0/9 link 3:0\n");
    reads("/3/0", "81 a2 " N9 " 03 63 333a30", "/3/0/9 str 3:0\n");
    reads("/3/0", "81 a2 " N9 " 7f 61 76 62 6c6f ff 63 333a30 | the label in chunks\n",
          "/3/0/9 link 3:0\n");
    reads("/3/0", "81 a2 " N9 " 63 766c6f 01", "error -3\n");
    reads("/3/0", "81 a3 " N9 " 63 766c6f 63 333a30 03 60", "error -3\n");
}

static void indefinite_lengths(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "9f bf " N9 " 02 01 ff ff", "9f a2 " N9 " 02 01 ff", "81 bf " N9 " 02 01 ff",
        "9f bf 21 7f 63 2f332f 62 302f ff 00 7f 61 39 ff 02 01 ff ff | names in chunks\n",
        "81 a3 " N9
        " 02 01 18 63 9f bf 01 02 ff 7f ff ff | nested, under a label that is not known\n"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t m[64];
        size_t n = hex(m, rows[i]);
        reads("/3/0", rows[i], LINE);
        read_cuts(&lp_fmt_senml_cbor, "/3/0", m, n, false);
    }
    reads("/3/0", "9f ff", "");
    reads("/3/0", "9f bf ff ff", "");
    reads("/3/0", "81 ff", "error -3\n");
    reads("/3/0", "81 a1 ff", "error -3\n");
    reads("/3/0", "81 bf 02 ff | a label without value\n", "error -3\n");
    reads("/3/0", "9f ff ff", "error -3\n");
    reads("/3/0", "9f a2 " N9 " 02 01 ff 00", LINE "error -3\n");
    reads("/3/0", "ff", "error -3\n");
}

static void nested_cbor_without_bound(void **state)
{
    (void)state;
    uint8_t m[2048];
    memset(m, 0x81, sizeof m);
    hex(m, "81 a1 18 63");
    char *got = read_all(&lp_fmt_senml_cbor, "/3/0", m, sizeof m, 0);
    assert_string_equal(got, "error -3\n");
    free(got);
}

static void label_of_length_zero(void **state)
{
    (void)state;
    reads("/3/0", "81 a3 60 60 " N9 " 02 01", LINE);
    reads("/3/0", "81 a1 60 60", "");
    reads("/3/0", "81 a3 7f ff 00 " N9 " 02 01", LINE);
}

static void labels(void **state)
{
    (void)state;
    reads("/3/0",
          "81 a9 " N9
          " 02 01  22 01 06 01 01 61 56 23 61 56 07 01 05 01 25 01 | bt t u bu ut s bs\n",
          LINE);
    reads("/3/0", "81 a5 " N9 " 02 01  09 01 18 ff 01 26 01 | 9, 255, -7: unknown numbers\n", LINE);
    reads("/3/0", "81 a3 " N9 " 02 01  1b 0000000100000002 63 616263 | 2^32 + 2 is not v\n", LINE);
    reads("/3/0", "81 a3 " N9 " 02 01  3b ffffffffffffffff 63 616263", LINE);
    reads("/3/0", "81 a3 " N9 " 02 01  62 785f 01 | x_: must be understood\n", "error -3\n");
    reads("/3/0", "81 a3 " N9 " 02 01  62 5f78 01 | _x\n", LINE);
    reads("/3/0", "81 a3 " N9 " 02 01  41 78 01 | a label of bytes\n", "error -3\n");
    reads("/3/0", "81 a3 " N9 " 02 01  f5 01", "error -3\n");
}

static void duplicates(void **state)
{
    (void)state;
    reads("/3/0", "81 a3 " N9 " 02 01 02 01", "error -3\n");
    reads("/3/0", "81 a3 " N9 N9 " 02 01", "error -3\n");
    reads("/3/0", "81 a4 " N9 " 02 01 06 01 06 01", "error -3\n");
    reads("/3/0", "81 a3 " N9 " 02 01 04 f5 | v and vb\n", "error -3\n");
}

static void values_of_another_kind(void **state)
{
    (void)state;
    reads("/3/0", "81 a2 " N9 " 02 61 31 | v: text\n", "error -3\n");
    reads("/3/0", "81 a2 " N9 " 02 f5", "error -3\n");
    reads("/3/0", "81 a2 " N9 " 02 f6", "error -4\n");
    reads("/3/0", "81 a2 " N9 " 02 81 01", "error -4\n");
    reads("/3/0", "81 a2 " N9 " 03 41 31 | vs: bytes\n", "error -3\n");
    reads("/3/0", "81 a2 " N9 " 04 01 | vb: 1\n", "error -3\n");
    reads("/3/0", "81 a2 " N9 " 08 61 31 | vd: text\n", "error -3\n");
    reads("/3/0", "81 a2 00 09 02 01 | n: 9\n", "error -3\n");
    reads("/3/0", "81 a2 21 09 02 01 | bn: 9\n", "error -3\n");
}

static void base_fields(void **state)
{
    (void)state;
    reads("/3/0", "80", "");
    reads("/3/0", "81 a0", "");
    reads("/3/0", "82 a1 21 65 2f332f302f a2 00 61 39 02 01", LINE);
    reads("/3/0", "82 a1 24 0a a2 " N9 " 02 29 | bv 10, v -10\n", "error -4\n");
    reads("/3/0", "81 a3 20 0a " N9 " 02 01 | bver 10\n", LINE);
    reads("/3/0", "81 a3 20 0b " N9 " 02 01 | bver 11\n", "error -3\n");
    reads("/3/0", "81 a3 20 1b 000000010000000a " N9 " 02 01", "error -3\n");
}

static void outside_of_what_was_asked_for(void **state)
{
    (void)state;
    reads("/3/1", "81 a2 " N9 " 02 01", "error -4\n");
    reads("/3/0/9", "81 a2 " N9 " 02 01", LINE);
    reads("/3/0/9/0", "81 a2 " N9 " 02 01", "error -4\n");
    reads("/", "81 a2 00 6d 2f343239343936373239392f30 02 01 | /4294967299/0 is not /3/0\n",
          "error -3\n");
    reads("/3", "81 a2 00 64 2f332f30 02 01 | a value of an instance\n", "error -4\n");
    reads("/3", "81 a1 00 64 2f332f30 | a name alone\n", "/3/0 none\n");
}

static void counts_larger_than_the_text(void **state)
{
    (void)state;
    reads("/3/0", "9b ffffffffffffffff a0", "error -3\n");
    reads("/3/0", "9a ffffffff a0", "error -3\n");
    reads("/3/0", "81 bb 8000000000000001 00 00", "error -3\n");
    reads("/3/0", "82 a2 " N9 " 02 01", LINE "error -3\n");
    reads("/3/0", "81 a2 " N9 " 02 01 00", LINE "error -3\n");
    reads("/3/0", "a2 " N9 " 02 01", "error -3\n");
    reads("/3/0", "", "error -3\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc8428_examples),
        cmocka_unit_test(rfc8428_examples_files),
        cmocka_unit_test(base_names),
        cmocka_unit_test(all_types),
        cmocka_unit_test(what_cbor_cannot_carry),
        cmocka_unit_test(object_link_under_both_labels),
        cmocka_unit_test(indefinite_lengths),
        cmocka_unit_test(nested_cbor_without_bound),
        cmocka_unit_test(label_of_length_zero),
        cmocka_unit_test(labels),
        cmocka_unit_test(duplicates),
        cmocka_unit_test(values_of_another_kind),
        cmocka_unit_test(base_fields),
        cmocka_unit_test(outside_of_what_was_asked_for),
        cmocka_unit_test(counts_larger_than_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
