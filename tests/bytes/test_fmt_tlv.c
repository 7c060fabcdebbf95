/* SPDX-License-Identifier: Apache-2.0
 *
 * also: lite
 *
 * application/vnd.oma.lwm2m+tlv. The vectors are the examples of the specification (OMA LwM2M TS 1.0 section 6.4.3, and
 * figure 28 of 1.0.1). */
#include "test.h"

#include "bytes/num.h"
#include "records.h"

static void reads(const char *base, const char *annotated, const char *lines)
{
    uint8_t m[1024];
    size_t n = hex(m, annotated);
    char *got = read_all(&lp_fmt_tlv, base, m, n, 0);
    assert_string_equal(got, lines);
    free(got);
}

static void writes(const char *base, const struct lp_record *rec, size_t n, const char *annotated)
{
    uint8_t m[1024];
    int len = write_windows(m, sizeof m, &lp_fmt_tlv, base, rec, n);
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

/* ---- the specification's examples ---------------------------------------------------------------------------- */

#define DEVICE                                                                                \
    "c8 00 14  4f70656e204d6f62696c6520416c6c69616e6365        | 0: Open Mobile Alliance\n"   \
    "c8 01 16  4c69676874776569676874204d324d20436c69656e74    | 1: Lightweight M2M Client\n" \
    "c8 02 09  333435303030313233 | 2: 345000123\n"                                           \
    "c3 03     312e30             | 3: 1.0\n"                                                 \
    "86 06     41 00 01  41 01 05 | 6: {0: 1, 1: 5}\n"                                        \
    "88 07 08  42 00 0ed8  42 01 1388 | 7: {0: 3800, 1: 5000}\n"                              \
    "87 08     41 00 7d  42 01 0384   | 8: {0: 125, 1: 900}\n"                                \
    "c1 09     64                 | 9: 100\n"                                                 \
    "c1 0a     0f                 | 10: 15\n"                                                 \
    "83 0b     41 00 00           | 11: {0: 0}\n"                                             \
    "c4 0d     51 82 42 8f        | 13: 1367491215\n"                                         \
    "c6 0e     2b30323a3030       | 14: +02:00\n"                                             \
    "c1 10     55                 | 16: U\n"

#define DEVICE_LINES                                                                           \
    "/3/0/0 tlv 4f70656e204d6f62696c6520416c6c69616e6365\n"                                    \
    "/3/0/1 tlv 4c69676874776569676874204d324d20436c69656e74\n"                                \
    "/3/0/2 tlv 333435303030313233\n/3/0/3 tlv 312e30\n"                                       \
    "/3/0/6/0* tlv 01\n/3/0/6/1* tlv 05\n/3/0/7/0* tlv 0ed8\n/3/0/7/1* tlv 1388\n"             \
    "/3/0/8/0* tlv 7d\n/3/0/8/1* tlv 0384\n/3/0/9 tlv 64\n/3/0/10 tlv 0f\n/3/0/11/0* tlv 00\n" \
    "/3/0/13 tlv 5182428f\n/3/0/14 tlv 2b30323a3030\n/3/0/16 tlv 55\n"

static void device_as_resources(void **state)
{
    (void)state;
    reads("/3/0", DEVICE, DEVICE_LINES);
}

static void device_in_an_instance(void **state)
{
    (void)state;
    reads("/3", "08 00 79 | instance 0, 121 bytes\n" DEVICE, DEVICE_LINES);
    reads("/3/0", "08 00 79 | wrapped, though the path says it already\n" DEVICE, DEVICE_LINES);
}

static void device_written(void **state)
{
    (void)state;
    const struct lp_record rec[] = {
        record("/3/0/0", S("Open Mobile Alliance")),
        record("/3/0/1", S("Lightweight M2M Client")),
        record("/3/0/2", S("345000123")),
        record("/3/0/3", S("1.0")),
        record("/3/0/6/0", I(1)),
        record("/3/0/6/1", I(5)),
        record("/3/0/7/0", I(3800)),
        record("/3/0/7/1", I(5000)),
        record("/3/0/8/0", I(125)),
        record("/3/0/8/1", I(900)),
        record("/3/0/9", I(100)),
        record("/3/0/10", I(15)),
        record("/3/0/11/0", I(0)),
        record("/3/0/13", ((struct lp_value){LP_T_TIME, {.i = 1367491215}})),
        record("/3/0/14", S("+02:00")),
        record("/3/0/16", S("U"))};
    writes("/3/0", rec, sizeof rec / sizeof *rec, DEVICE);
    writes("/3", rec, sizeof rec / sizeof *rec, "08 00 79 \n" DEVICE);
}

#define ACCESS                                         \
    "08 00 0e              | instance 0\n"             \
    "  c1 00 01  c1 01 00  83 02 41 7f 07  c1 03 7f\n" \
    "08 02 12              | instance 2\n"             \
    "  c1 00 03  c1 01 00  87 02 41 7f 07 61 01 36 01  c1 03 7f\n"

static void access_control_two_instances(void **state)
{
    (void)state;
    /* The example as printed: its second entry has an id of 16 bits (61 01 36: 310) in a resource of 7 bytes. */
    reads("/2", ACCESS,
          "/2/0/0 tlv 01\n/2/0/1 tlv 00\n/2/0/2/127* tlv 07\n/2/0/3 tlv 7f\n"
          "/2/2/0 tlv 03\n/2/2/1 tlv 00\n/2/2/2/127* tlv 07\n/2/2/2/310* tlv 01\n/2/2/3 tlv 7f\n");
}

static void server_object(void **state)
{
    (void)state;
    const char *bytes = "08 00 0f  c1 00 01  c4 01 00 01 51 80  c1 06 01  c1 07 55";
    reads("/1", bytes, "/1/0/0 tlv 01\n/1/0/1 tlv 00015180\n/1/0/6 tlv 01\n/1/0/7 tlv 55\n");
    const struct lp_record rec[] = {record("/1/0/0", I(1)), record("/1/0/1", I(86400)),
                                    record("/1/0/6", ((struct lp_value){LP_T_BOOL, {.b = true}})),
                                    record("/1/0/7", S("U"))};
    writes("/1", rec, 4, bytes);
}

static struct lp_value link_to(uint16_t obj, uint16_t inst)
{
    return (struct lp_value){LP_T_OBJLNK, {.link = {obj, inst}}};
}

static void object_links(void **state)
{
    (void)state;
    const char *links65 = "88 00 0c  44 00 0042 0000  44 01 0042 0001     | 0: {0: 66:0, 1: 66:1}\n"
                          "c8 01 0d  38363133383030373535353030           | 1: 8613800755500\n"
                          "c4 02     12345678                             | 2: 0x12345678\n";
    reads(
        "/65/0", links65,
        "/65/0/0/0* tlv 00420000\n/65/0/0/1* tlv 00420001\n/65/0/1 tlv 38363133383030373535353030\n"
        "/65/0/2 tlv 12345678\n");
    const struct lp_record rec65[] = {
        record("/65/0/0/0", link_to(66, 0)), record("/65/0/0/1", link_to(66, 1)),
        record("/65/0/1", S("8613800755500")), record("/65/0/2", I(0x12345678))};
    writes("/65/0", rec65, 4, links65);
    const char *links66 = "08 00 26  c8 00 0b 6d79536572766963652031 | instance 0, 0: myService 1\n"
                          "  c8 01 0f 496e7465726e65742e31352e323334  | 1: Internet.15.234\n"
                          "  c4 02 00430000                           | 2: 67:0\n"
                          "08 01 26  c8 00 0b 6d79536572766963652032 | instance 1, 0: myService 2\n"
                          "  c8 01 0f 496e7465726e65742e31352e323335  | 1: Internet.15.235\n"
                          "  c4 02 ffffffff                           | 2: none\n";
    const struct lp_record rec66[] = {
        record("/66/0/0", S("myService 1")),     record("/66/0/1", S("Internet.15.234")),
        record("/66/0/2", link_to(67, 0)),       record("/66/1/0", S("myService 2")),
        record("/66/1/1", S("Internet.15.235")), record("/66/1/2", link_to(65535, 65535))};
    writes("/66", rec66, 6, links66);
}

/* All of them from the folder of shared vectors, when it is there. */
static void vectors_file(void **state)
{
    (void)state;
    static const char *const base[] = {"/3/0", "/3", "/2", "/1", "/65/0", "/66"};
    FILE *f = fopen(SHARED_DIR "/vectors/lwm2m_tlv.json", "r");
    if (!f) skip();
    char line[1024];
    size_t rows = 0;
    while (fgets(line, sizeof line, f)) {
        char *at = strstr(line, "\"hex\": \""), *end;
        uint8_t m[512];
        if (!at || !(end = strchr(at + 8, '"'))) continue;
        *end = 0;
        size_t n = hex(m, at + 8);
        assert_true(rows < sizeof base / sizeof *base);
        char *got = read_all(&lp_fmt_tlv, base[rows], m, n, 0);
        assert_null(strstr(got, "error"));
        if (rows < 2) assert_string_equal(got, DEVICE_LINES);
        free(got);
        read_cuts(&lp_fmt_tlv, base[rows++], m, n, true);
    }
    fclose(f);
    assert_int_equal(rows, sizeof base / sizeof *base);
}

/* Bytes to the types of the table, on the device's example. */
static void values_to_types(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum lp_type type;
        int64_t want;
    } rows[] = {{"c1 09 64", LP_T_INT, 100},
                {"c4 09 5182428f", LP_T_TIME, 1367491215},
                {"c1 09 ff", LP_T_INT, -1},
                {"c2 09 ff7f", LP_T_INT, -129},
                {"c8 09 08 8000000000000000", LP_T_INT, INT64_MIN},
                {"c1 09 01", LP_T_BOOL, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t m[16];
        size_t n = hex(m, rows[i].bytes);
        struct lp_path base = path_of("/3/0/9");
        struct lp_reader r;
        struct lp_record rec;
        lp_reader_init(&r, &lp_fmt_tlv, &base, (struct lp_span){m, n}, NULL, 0);
        assert_int_equal(lp_reader_next(&r, &rec), 1);
        assert_int_equal(lp_value_as(&rec.value, rows[i].type, NULL), 0);
        assert_true((rows[i].type == LP_T_BOOL ? rec.value.u.b : rec.value.u.i) == rows[i].want);
    }
}

/* ---- widths --------------------------------------------------------------------------------------------------- */

static void integers_shortest(void **state)
{
    (void)state;
    static const struct {
        int64_t i;
        const char *bytes;
    } rows[] = {{0, "c1 09 00"},
                {127, "c1 09 7f"},
                {128, "c2 09 0080"},
                {-128, "c1 09 80"},
                {-129, "c2 09 ff7f"},
                {32767, "c2 09 7fff"},
                {32768, "c4 09 00008000"},
                {-32768, "c2 09 8000"},
                {INT32_MAX, "c4 09 7fffffff"},
                {INT32_MIN, "c4 09 80000000"},
                {(int64_t)INT32_MAX + 1, "c8 09 08 0000000080000000"},
                {INT64_MAX, "c8 09 08 7fffffffffffffff"},
                {INT64_MIN, "c8 09 08 8000000000000000"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        writes("/3/0", &(struct lp_record){.path = path_of("/3/0/9"), .value = I(rows[i].i)}, 1,
               rows[i].bytes);
}

static void unsigned_integers_shortest(void **state)
{
    (void)state;
    static const struct {
        uint64_t u;
        const char *bytes;
    } rows[] = {{255, "c1 09 ff"},
                {256, "c2 09 0100"},
                {UINT32_MAX, "c4 09 ffffffff"},
                {UINT64_MAX, "c8 09 08 ffffffffffffffff"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lp_record rec = record("/3/0/9", (struct lp_value){LP_T_UINT, {.u = rows[i].u}});
        writes("/3/0", &rec, 1, rows[i].bytes);
    }
}

static void floats_in_four_bytes_where_exact(void **state)
{
    (void)state;
    struct lp_record exact = record("/3303/0/5700", F(21.5)),
                     not_exact = record("/3303/0/5700", F(21.3));
    writes("/3303/0", &exact, 1, "e4 1644  41ac0000");
    writes("/3303/0", &not_exact, 1, "e8 1644 08  40354ccccccccccd");
}

static void lengths_of_lengths(void **state)
{
    (void)state;
    static uint8_t big[0x10010], text[0x10000];
    static const struct {
        size_t n;
        const char *head;
    } rows[] = {{0, "c0 01"},           {7, "c7 01"},        {8, "c8 01 08"},
                {255, "c8 01 ff"},      {256, "d0 01 0100"}, {65535, "d0 01 ffff"},
                {65536, "d8 01 010000"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lp_out o;
        struct lp_record rec =
            record("/3/0/1", (struct lp_value){LP_T_OPAQUE, {.s = {text, rows[i].n}}});
        lp_out_init(&o, big, sizeof big);
        int len = write_all(&o, &lp_fmt_tlv, "/3/0", &rec, 1);
        size_t head = (size_t)len - rows[i].n;
        assert_bytes(big, head, rows[i].head);
        char *got = read_all(&lp_fmt_tlv, "/3/0", big, (size_t)len, 0);
        assert_int_equal(strlen(got), strlen("/3/0/1 tlv\n") + (rows[i].n ? 1 : 0) + 2 * rows[i].n);
        free(got);
    }
    struct lp_out o;
    struct lp_record rec =
        record("/3/0/1", (struct lp_value){LP_T_OPAQUE, {.s = {text, 0x1000000}}});
    lp_out_init(&o, NULL, 0);
    struct lp_writer w;
    struct lp_path base = path_of("/3/0");
    lp_writer_init(&w, &lp_fmt_tlv, &o, &base);
    w.fmt->open(&w, &rec.path, 0x1000000); /* more than three bytes of length say */
    assert_int_equal(o.err, LP_ERR_TOO_LARGE);
}

/* A header of 6 bytes: 16-bit id, 24-bit length. */
static void header_of_six_bytes(void **state)
{
    (void)state;
    reads("/3/0", "f8 1644 000002 abcd", "/3/0/5700 tlv abcd\n");
    uint8_t m[8];
    size_t n = hex(m, "f8 1644 000002 abcd");
    read_cuts(&lp_fmt_tlv, "/3/0", m, n, true);
    reads("/3/0", "f8 1644 ffffff abcd", "error -3\n");
    reads("/3303", "28 1644 06  f8 1645 000000", "/3303/5700/5701 tlv\n");
}

/* ---- levels --------------------------------------------------------------------------------------------------- */

static void base_resource(void **state)
{
    (void)state;
    reads("/3/0/9", "c1 09 64", "/3/0/9 tlv 64\n");
    reads("/3/0/7", "86 07  41 00 01  41 01 02", "/3/0/7/0* tlv 01\n/3/0/7/1* tlv 02\n");
    reads("/3/0/7", "41 00 01  41 01 02", "/3/0/7/0 tlv 01\n/3/0/7/1 tlv 02\n");
    reads("/3/0/9", "c1 0a 64", "error -4\n"); /* another resource */
    reads("/3/0/7", "83 08  41 00 01", "error -4\n");
    const struct lp_record rec[] = {record("/3/0/7/0", I(1)), record("/3/0/7/1", I(2))};
    struct lp_out o;
    uint8_t m[32];
    struct lp_writer w;
    struct lp_path base = path_of("/3/0/7");
    lp_out_init(&o, m, sizeof m);
    lp_writer_init(&w, &lp_fmt_tlv, &o, &base);
    w.fmt->open(&w, &base, 6);
    lp_writer_put(&w, &rec[0].path, &rec[0].value);
    lp_writer_put(&w, &rec[1].path, &rec[1].value);
    assert_bytes(m, lp_out_len(&o), "86 07  41 00 01  41 01 02");
}

static void base_resource_instance(void **state)
{
    (void)state;
    reads("/3/0/7/1", "41 01 02", "/3/0/7/1 tlv 02\n");
    reads("/3/0/7/1", "83 07  41 01 02", "/3/0/7/1* tlv 02\n");
    reads("/3/0/7/1", "41 02 02", "error -4\n");
    struct lp_record rec = record("/3/0/7/1", I(2));
    writes("/3/0/7/1", &rec, 1, "41 01 02");
}

static void another_instance_than_asked_for(void **state)
{
    (void)state;
    reads("/3/0", "03 01  c1 09 64", "error -4\n");
    reads("/3/0", "00 01", "error -4\n");
}

static void empty_containers(void **state)
{
    (void)state;
    reads("/3", "00 05", "/3/5 none\n");
    reads("/3", "00 05  03 06 c1 09 64  08 07 00", "/3/5 none\n/3/6/9 tlv 64\n/3/7 none\n");
    reads("/3/0", "00 00", "/3/0 none\n");
    reads("/3/0", "80 07", "/3/0/7* none\n");
    reads("/3/0/7", "80 07", "/3/0/7* none\n");
    reads("/3", "02 05 80 07", "/3/5/7* none\n");
    reads("/3/0", "", "");
    struct lp_record rec[] = {record("/3/5", (struct lp_value){0}),
                              record("/3/6/7", (struct lp_value){0})};
    rec[1].multiple = true;
    writes("/3", rec, 1, "00 05");
    writes("/3/6", rec + 1, 1, "80 07");
}

static void entries_at_the_wrong_level(void **state)
{
    (void)state;
    reads("/", "03 00 c1 09 64", "error -3\n");           /* nothing says which object */
    reads("/3", "c1 09 64", "error -3\n");                /* a resource of no instance */
    reads("/3/0", "41 00 01", "error -3\n");              /* an instance of no resource */
    reads("/3", "05 00 03 00 c1 09 64", "error -3\n");    /* an instance in an instance */
    reads("/3/0", "83 07  c1 00 01", "error -3\n");       /* a resource in a resource */
    reads("/3/0", "85 07  83 07 41 00 01", "error -3\n"); /* a multiple resource in one */
    reads("/3", "06 00  41 00 01  c1 09 01", "error -3\n");
    reads("/3/0", "e1 ffff 64", "error -3\n"); /* 65535 is no id */
}

/* ---- mistakes made elsewhere ----------------------------------------------------------------------------------- */

static void integer_of_length_zero(void **state)
{
    (void)state;
    reads("/3/0", "c0 09", "/3/0/9 tlv\n");
    struct lp_value v = {LP_T_RAW_TLV, {.s = {"", 0}}};
    assert_true(lp_value_as(&v, LP_T_INT, NULL) < 0);
}

static void short_float(void **state)
{
    (void)state;
    reads("/3303/0", "e3 1644 41ac00", "/3303/0/5700 tlv 41ac00\n");
    struct lp_value v = {LP_T_RAW_TLV, {.s = {"\x41\xac", 3}}};
    assert_true(lp_value_as(&v, LP_T_FLOAT, NULL) < 0);
}

static void content_larger_than_its_container(void **state)
{
    (void)state;
    reads("/3", "03 00  c2 09 6465", "error -3\n"); /* the value ends behind the instance */
    reads("/3", "02 00  c1 09 64", "error -3\n");   /* so does this one */
    reads("/3", "01 00  c1 09 64", "error -3\n");   /* and here the header */
    reads("/3", "03 00  82 07 42 00 0ed8 c1 09 64", "error -3\n");
    reads("/3/0", "88 07 ff  41 00 01", "error -3\n");
}

/* 256 + 3 bytes are not 3. */
static void length_arithmetic_truncated_to_8_bits(void **state)
{
    (void)state;
    uint8_t m[300] = {0xd0, 0x01, 0x01, 0x03};
    memset(m + 4, 'x', 259);
    char *got = read_all(&lp_fmt_tlv, "/3/0", m, 263, 0);
    assert_int_equal(strlen(got), strlen("/3/0/1 tlv \n") + 2 * 259);
    free(got);
    got = read_all(&lp_fmt_tlv, "/3/0", m, 262, 0);
    assert_string_equal(got, "error -3\n");
    free(got);
}

static void cut_at_every_length(void **state)
{
    (void)state;
    uint8_t m[256];
    size_t n = hex(m, "08 00 79\n" DEVICE);
    read_cuts(&lp_fmt_tlv, "/3", m, n, true);
    n = hex(m, DEVICE);
    read_cuts(&lp_fmt_tlv, "/3/0", m, n, true);
    n = hex(m, ACCESS);
    read_cuts(&lp_fmt_tlv, "/2", m, n, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(device_as_resources),
        cmocka_unit_test(device_in_an_instance),
        cmocka_unit_test(device_written),
        cmocka_unit_test(access_control_two_instances),
        cmocka_unit_test(server_object),
        cmocka_unit_test(object_links),
        cmocka_unit_test(vectors_file),
        cmocka_unit_test(values_to_types),
        cmocka_unit_test(integers_shortest),
        cmocka_unit_test(unsigned_integers_shortest),
        cmocka_unit_test(floats_in_four_bytes_where_exact),
        cmocka_unit_test(lengths_of_lengths),
        cmocka_unit_test(header_of_six_bytes),
        cmocka_unit_test(base_resource),
        cmocka_unit_test(base_resource_instance),
        cmocka_unit_test(another_instance_than_asked_for),
        cmocka_unit_test(empty_containers),
        cmocka_unit_test(entries_at_the_wrong_level),
        cmocka_unit_test(integer_of_length_zero),
        cmocka_unit_test(short_float),
        cmocka_unit_test(content_larger_than_its_container),
        cmocka_unit_test(length_arithmetic_truncated_to_8_bits),
        cmocka_unit_test(cut_at_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
