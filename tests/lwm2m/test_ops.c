/* SPDX-License-Identifier: Apache-2.0
 *
 * A management server's requests, one operation after the other. int-N: OMA enabler test LightweightM2M-1.1-int-N.
 * also: lite
 */
#include "served.h"

#define TLV   ACCEPT(LP_FMT_TLV)
#define SCBOR ACCEPT(LP_FMT_SENML_CBOR)
#define TXT   ACCEPT(LP_FMT_TEXT)
#define CBOR  ACCEPT(LP_FMT_CBOR)

static struct lp_device device;

/* An object of which each test knows what it holds, and a Device as in the OMA tests. */
static int setup(void **state)
{
    (void)state;
    begin();
    add_plain(33605);
    memset(&device, 0, sizeof device);
    device.manufacturer = "Limpet";
    device.battery_percent = 90;
    device.time_offset = INT64_MIN;
    assert_int_equal(lp_device_add(&c, &device), 0);
    return 0;
}

static const struct lp_value *value(uint16_t inst, uint16_t res, uint16_t rinst)
{
    assert_true(plain.cell[inst][res][rinst].there);
    return &plain.cell[inst][res][rinst].v;
}

static bool there(uint16_t inst, uint16_t res, uint16_t rinst)
{
    return plain.cell[inst][res][rinst].there;
}

static bool text_is(const struct lp_value *v, const char *s)
{
    return lp_span_is(v->u.s, s);
}

/* ---- Read ---------------------------------------------------------------------------------------------------- */

static void int_201_read_as_text(void **state)
{
    (void)state;
    wire("44 01 7d 34 01 02 03 04  | CON, GET, token of 4\n"
         "b1 33 01 30 01 30        | Uri-Path 3, 0, 0\n"
         "60                       | Accept: text/plain",
         "64 45 7d 34 01 02 03 04  | ACK 2.05, same id and token\n"
         "c0 ff                    | Content-Format: text/plain\n"
         "4c 69 6d 70 65 74        | Limpet");
    struct lp_event ev = event(LP_EV_REQUEST);
    assert_int_equal(ev.op, LP_OP_READ);
    assert_int_equal(ev.code, LP_CONTENT);
    assert_int_equal(ev.server, 1);
    assert_path(ev.path, "/3/0/0");
}

static void int_203_read_as_tlv(void **state)
{
    (void)state;
    struct answer *a = GET("/33605/1", .accept = TLV);
    assert_int_equal(format_of(a), LP_FMT_TLV);
    assert_bytes(a->text, a->m.payload.n, "c1 00 01 | /33605/1/0 = 1");
    a = GET("/33605/0/1", .accept = TLV);
    assert_bytes(a->text, a->m.payload.n,
                 "86 01 41 00 61 41 02 62 | multiple resource 1: 0 = a, 2 = b");
    a = GET("/33605/0/1/2", .accept = TLV);
    assert_bytes(a->text, a->m.payload.n, "41 02 62");
}

static void int_203_read_object_as_tlv(void **state)
{
    (void)state;
    memset(plain.cell[0], 0, sizeof plain.cell[0]);
    put(&plain, 0, NUMBERS, 3, INT_V(300));
    struct answer *a = GET("/33605", .accept = TLV);
    assert_bytes(a->text, a->m.payload.n,
                 "06 00          | instance 0, 6 bytes\n"
                 "84 0d 42 03 01 2c | resource 13: instance 3 = 300\n"
                 "03 01 c1 00 01 | instance 1: 0 = 1");
}

static void int_211_read_as_cbor(void **state)
{
    (void)state;
    struct answer *a = GET("/33605/0/0", .accept = CBOR);
    assert_int_equal(format_of(a), LP_FMT_CBOR);
    assert_bytes(a->text, a->m.payload.n, "18 2a");
}

static void int_232_read_as_senml_cbor(void **state)
{
    (void)state;
    struct answer *a = GET("/33605/1", .accept = SCBOR);
    assert_int_equal(format_of(a), 112);
    assert_bytes(a->text, a->m.payload.n,
                 "81 a3 | one record of three\n"
                 "21 69 2f 33 33 36 30 35 2f 31 2f | bn: /33605/1/\n"
                 "00 61 30 | n: 0\n"
                 "02 01 | v: 1");
}

static void int_237_read_without_accept(void **state)
{
    (void)state;
    assert_int_equal(format_of(GET("/3/0/0")), 112);
    l->v10 = 1;
    assert_int_equal(format_of(GET("/3/0/0")), 11542);
    assert_int_equal(format_of(GET("/3/0/0", .accept = SCBOR)), 112);
}

static void int_231_read_as_senml_json(void **state)
{
    (void)state;
    struct answer *a = GET("/33605/1", .accept = ACCEPT(LP_FMT_SENML_JSON));
    if (!lp_fmt_find(LP_FMT_SENML_JSON)) { /* Lite has it not */
        assert_code(a, "4.06");
        return;
    }
    assert_int_equal(format_of(a), 110);
    assert_text(a, "[{\"bn\":\"/33605/1/\",\"n\":\"0\",\"v\":1}]");
}

static void int_222_read_an_object(void **state)
{
    (void)state;
    struct answer *a = GET("/3", .accept = TLV);
    assert_code(a, "2.05");
    assert_bytes(a->text, 11,
                 "08 00 13           | instance 0, 19 bytes\n"
                 "c6 00 4c696d706574 | 0: Limpet");
    plain.inst[0] = plain.inst[1] = false; /* an object without instances is there nevertheless */
    a = GET("/33605", .accept = SCBOR);
    assert_code(a, "2.05");
    assert_bytes(a->text, a->m.payload.n, "80");
    a = GET("/33605", .accept = TLV);
    assert_code(a, "2.05");
    assert_int_equal(a->m.payload.n, 0);
    assert_int_equal(a->bytes[a->n - 1] == 0xff, false); /* no marker without payload */
}

static void int_223_read_instance_holds_only_what_is_readable_and_exists(void **state)
{
    (void)state;
    put(&plain, 1, SECRET, 0, INT_V(9));
    struct answer *a = GET("/33605/1", .accept = TLV);
    assert_bytes(a->text, a->m.payload.n, "c1 00 01");
}

static void int_224_225_read_resource_and_resource_instance(void **state)
{
    (void)state;
    assert_text(GET("/33605/0/0", .accept = TXT), "42");
    assert_text(GET("/33605/0/1/2", .accept = TXT), "b");
    assert_code(GET("/33605/0/1/1", .accept = TXT), "4.04");
    assert_code(GET("/33605/0/0/0", .accept = TXT), "4.04"); /* single: it has no instances */
}

/* The JSON of LwM2M 1.0 (11543) is optional and not spoken; what is spoken instead is SenML JSON: 231, 234. */
static void int_204_220_lwm2m_json_is_refused(void **state)
{
    (void)state;
    const char *json = "{\"bn\":\"/33605/0/\",\"e\":[{\"n\":\"0\",\"v\":7}]}";
    assert_code(GET("/3/0", .accept = ACCEPT(LP_FMT_LWM2M_JSON)), "4.06");
    assert_code(POST("/33605/0", .format = ACCEPT(LP_FMT_LWM2M_JSON), .payload = json), "4.15");
    assert_code(PUT("/33605/0", .format = ACCEPT(LP_FMT_LWM2M_JSON), .payload = json), "4.15");
    assert_int_equal(plain.writes, 0);
}

static void read_in_a_format_that_is_too_small(void **state)
{
    (void)state;
    assert_code(GET("/33605/0", .accept = TXT), "4.06");
    assert_code(GET("/33605", .accept = CBOR), "4.06");
    assert_code(GET("/33605/0/1", .accept = TXT), "4.06");
    assert_code(GET("/33605/0/0", .accept = ACCEPT(LP_FMT_OPAQUE)), "4.06"); /* no bytes */
    assert_code(GET("/33605/0/0", .accept = ACCEPT(9999)), "4.06");
    assert_code(GET("/33605/0/0", .accept = ACCEPT(LP_FMT_LWM2M_JSON)), "4.06");
    plain.cell[0][TEXTS][0].there = plain.cell[0][TEXTS][2].there = false;
    assert_code(GET("/33605/0/1", .accept = TXT), "4.04"); /* an optional one, gone */
}

static void read_what_cannot_be_read(void **state)
{
    (void)state;
    put(&plain, 0, SECRET, 0, INT_V(9));
    assert_code(GET("/33605/0/5"), "4.05"); /* write only */
    assert_code(GET("/33605/0/2"), "4.05"); /* executable */
    assert_code(GET("/33605/9"), "4.04");
    assert_code(GET("/33605/0/99"), "4.04");
    assert_code(GET("/33605/0/7"), "4.04"); /* optional, not there */
    assert_code(GET("/33606"), "4.04");
    assert_code(GET("/"), "4.05");
    assert_int_equal(plain.reads, 0);
}

static void int_221_object_0_answers_4_01_never_4_04(void **state)
{
    (void)state;
    const char *paths[] = {"/0", "/0/0", "/0/0/0", "/0/9", "/0/0/99", "/21", "/21/0", "/21/7/1/2"};
    for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_code(GET(paths[i]), "4.01");
        assert_code(GET(paths[i], .observe = 1), "4.01");
        assert_code(GET(paths[i], .accept = ACCEPT(LP_FMT_LINK)), "4.01");
        assert_code(PUT(paths[i], .format = TXT, .payload = "x"), "4.01");
        assert_code(POST(paths[i], .format = TLV, .payload = "x"), "4.01");
        assert_code(DEL(paths[i]), "4.01");
        assert_code(PUT("/0/0?pmin=1"), "4.01");
    }
}

static void paths_that_are_names(void **state)
{
    (void)state;
    assert_code(GET("/rd"), "4.04");
    assert_code(POST("/bs"), "4.04");
    assert_code(GET("/.well-known/core"), "4.04");
    assert_code(GET("/33605/0/0x"), "4.04");
    assert_code(GET("/65535"), "4.04");
    assert_code(GET("/33605/0/1/2/0"), "4.04");
    assert_code(GET("/33605/00"), "4.04");
}

static void a_path_of_4294967299_is_not_3(void **state)
{
    (void)state;
    assert_code(GET("/4294967299/0/0"), "4.04");
    assert_code(GET("/65539/0/0"), "4.04");
    assert_code(DEL("/33605/4294967296"), "4.04");
    assert_true(plain.inst[0]);
}

static void unknown_critical_option(void **state)
{
    (void)state;
    struct answer *a = GET("/33605/0/0", .option = 0xfff1);
    assert_code(a, "4.02");
    assert_code(GET("/33605/0/0", .option = 0xfff0), "2.05"); /* elective: ignored */
    wire("41 03 00 07 aa | CON, PUT\n"
         "90 21 30       | OSCORE, empty; Uri-Path 0\n",
         "61 82 00 07 aa | 4.02: the request is not what it seems");
    wire("41 01 00 08 aa 71 35 d7 0f 78 3a 2f 2f 68 2f 33 | Uri-Port, and behind it Proxy-Uri "
         "x://h/3\n",
         "61 82 00 08 aa");
}

static void an_error_response_carries_the_token(void **state)
{
    (void)state;
    wire("48 01 00 09 01 02 03 04 05 06 07 08 b1 37 | token of 8, GET /7",
         "68 84 00 09 01 02 03 04 05 06 07 08 | 4.04");
}

static void non_is_answered_non_with_an_id_of_our_own(void **state)
{
    (void)state;
    uint16_t expected = l->x.next_mid;
    struct answer *a = GET("/33605/0/0", .type = LP_NON);
    assert_int_equal(a->m.type, LP_NON);
    assert_int_equal(a->m.mid, expected);
    assert_int_not_equal(l->x.next_mid, expected);
}

static void no_response_is_respected(void **state)
{
    (void)state;
    assert_int_equal(
        PUT("/33605/0/0", .type = LP_NON, .payload = "5", .format = TXT, .no_response = 2)->n, 0);
    assert_int_equal(value(0, INT, 0)->u.i, 5);
    struct answer *a = PUT("/33605/0/0", .payload = "6", .format = TXT, .no_response = 2);
    assert_int_equal(a->n, 4); /* a CON gets its ACK */
    assert_int_equal(a->m.code, 0);
    assert_int_equal(event(LP_EV_REQUEST).code, LP_CHANGED);
    assert_code(PUT("/33605/0/9999", .payload = "6", .format = TXT, .no_response = 2), "4.04");
    assert_int_equal(
        PUT("/33605/0/9999", .payload = "6", .format = TXT, .type = LP_NON, .no_response = 26)->n,
        0);
}

static void a_read_that_fails(void **state)
{
    (void)state;
    plain.fail = LP_ERR_INTERNAL;
    plain.fail_reads = 1;
    plain.fail_res = FLOAT;
    assert_code(GET("/33605/0/4"), "5.00");
    assert_code(GET("/33605/0"), "5.00");
    plain.fail = LP_ERR_NOT_FOUND; /* it is not there now: the others are read */
    assert_code(GET("/33605/0/4"), "4.04");
    assert_code(GET("/33605/0"), "2.05");
    assert_code(GET("/33605", .accept = TLV), "2.05");
}

/* ---- Write --------------------------------------------------------------------------------------------------- */

static void int_205_write_as_text(void **state)
{
    (void)state;
    wire("41 03 00 01 77             | CON, PUT\n"
         "b5 33 33 36 30 35 01 30 01 30 | /33605/0/0\n"
         "10 ff 31 32               | Content-Format: text/plain; 12",
         "61 44 00 01 77             | 2.04");
    assert_int_equal(value(0, INT, 0)->u.i, 12);
    struct lp_event ev = event(LP_EV_REQUEST);
    assert_int_equal(ev.op, LP_OP_WRITE);
    assert_int_equal(ev.code, LP_CHANGED);
}

static void a_single_resource_without_content_format_is_text(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/0", .payload = "-3"), "2.04");
    assert_int_equal(value(0, INT, 0)->u.i, -3);
    assert_code(PUT("/33605/0/1", .payload = "x"), "4.15"); /* which instance? */
    assert_code(PUT("/33605/0", .payload = "x"), "4.15");
    assert_code(PUT("/33605/0/1/2", .payload = "x"), "2.04");
    assert_true(text_is(value(0, TEXTS, 2), "x"));
}

static void a_write_with_an_empty_payload_reaches_the_handler(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/10", .format = TXT), "2.04");
    assert_true(text_is(value(0, TEXT, 0), ""));
    put(&plain, 0, TEXT, 0, TEXT_V("full"));
    assert_code(PUT("/33605/0/10"), "2.04");
    assert_true(text_is(value(0, TEXT, 0), ""));
    assert_int_equal(plain.writes, 2);
}

static void int_212_write_as_cbor(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/0", .format = CBOR, .payload = "\x19\x01\x2c", .n = 3), "2.04");
    assert_int_equal(value(0, INT, 0)->u.i, 300);
    assert_code(PUT("/33605/0/8", .format = CBOR,
                    .payload = "\x63"
                               "3:0",
                    .n = 4),
                "2.04");
    assert_int_equal(value(0, LINK, 0)->u.link.obj, 3);
    assert_code(PUT("/33605/0/0", .format = CBOR, .payload = "\x19\x01", .n = 2), "4.00");
    assert_code(PUT("/33605/0/0", .format = CBOR, .payload = "\x01\x02", .n = 2),
                "4.00"); /* two items */
}

static void int_215_write_as_tlv(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/0", .format = TLV, .payload = "\xc1\x00\x07", .n = 3), "2.04");
    assert_int_equal(value(0, INT, 0)->u.i, 7);
    assert_code(PUT("/33605/0/0", .format = TLV, .payload = "\xc1\x04\x07", .n = 3),
                "4.00"); /* another resource */
    assert_code(PUT("/33605/0/0", .format = TLV, .payload = "\xc0\x00", .n = 2),
                "4.00"); /* an integer of no bytes */
}

static void int_234_write_as_senml_json(void **state)
{
    (void)state;
    const char *json =
        "[{\"bn\":\"/33605/0/\",\"n\":\"0\",\"v\":17},{\"n\":\"10\",\"vs\":\"a\\u00e9\"}]";
    struct answer *a = POST("/33605/0", .format = ACCEPT(LP_FMT_SENML_JSON), .payload = json);
    if (!lp_fmt_find(LP_FMT_SENML_JSON)) {
        assert_code(a, "4.15");
        return;
    }
    assert_code(a, "2.04");
    assert_int_equal(value(0, INT, 0)->u.i, 17);
    assert_true(text_is(value(0, TEXT, 0), "a\xc3\xa9"));
}

static void int_226_partial_update(void **state)
{
    (void)state;
    assert_code(
        POST("/33605/0", .format = TLV, .payload = "\xc1\x00\x09\x83\x01\x41\x01\x7a", .n = 8),
        "2.04");
    assert_int_equal(value(0, INT, 0)->u.i, 9);
    assert_true(text_is(value(0, TEXTS, 0), "a")); /* instances are added */
    assert_true(text_is(value(0, TEXTS, 1), "z"));
    assert_true(text_is(value(0, TEXTS, 2), "b"));
    assert_true(value(0, FLOAT, 0)->u.f == 21.5);
    assert_int_equal(plain.removes, 0);
}

static void int_227_replace(void **state)
{
    (void)state;
    put(&plain, 0, SECRET, 0, INT_V(1));
    assert_code(
        PUT("/33605/0", .format = TLV, .payload = "\xc1\x00\x09\x83\x01\x41\x01\x7a", .n = 8),
        "2.04");
    assert_int_equal(value(0, INT, 0)->u.i, 9);
    assert_false(there(0, TEXTS, 0));
    assert_true(there(0, TEXTS, 1));
    assert_false(there(0, TEXTS, 2));
    assert_false(there(0, FLOAT, 0)); /* optional and not given */
    assert_false(there(0, SECRET, 0));
}

static void read_only_resources_are_not_lost_on_a_replace(void **state)
{
    (void)state;
    put(&plain, 0, RATES, 1, FLOAT_V(0.5));
    assert_code(PUT("/33605/0", .format = TLV, .payload = "\xc1\x00\x09", .n = 3), "2.04");
    assert_true(there(0, BYTES, 0));
    assert_true(there(0, RATES, 1));
    assert_true(there(0, INT, 0));
}

static void a_replace_keeps_mandatory_resources_that_are_not_given(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0", .format = SCBOR, .payload = "\x80", .n = 1), "2.04");
    assert_int_equal(value(0, INT, 0)->u.i, 42);
    assert_false(there(0, FLOAT, 0));
}

static void int_228_write_a_resource_instance(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/1/2", .format = TXT, .payload = "new"), "2.04");
    assert_true(text_is(value(0, TEXTS, 2), "new"));
    assert_true(text_is(value(0, TEXTS, 0), "a"));
    assert_code(PUT("/33605/0/1/1", .format = TXT, .payload = "new"), "4.04"); /* it is not there */
    assert_code(POST("/33605/0/1/2", .format = TXT, .payload = "new"), "4.05");
    assert_code(PUT("/33605/0/1/2", .format = TLV, .payload = "\x41\x02\x71", .n = 3), "2.04");
    assert_true(text_is(value(0, TEXTS, 2), "q"));
}

static void a_multiple_resource_is_replaced_or_added_to(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/1", .format = TLV, .payload = "\x83\x01\x41\x01\x7a", .n = 5),
                "2.04");
    assert_false(there(0, TEXTS, 0));
    assert_true(there(0, TEXTS, 1));
    assert_code(POST("/33605/0/1", .format = TLV, .payload = "\x83\x01\x41\x03\x79", .n = 5),
                "2.04");
    assert_true(there(0, TEXTS, 1));
    assert_true(there(0, TEXTS, 3));
    assert_code(PUT("/33605/0/1", .format = TLV, .payload = "\x80\x01", .n = 2),
                "2.04"); /* to none */
    assert_false(there(0, TEXTS, 1));
    put(&plain, 0, TEXTS, 0, TEXT_V("a"));
    assert_code(PUT("/33605/0/1", .format = SCBOR, .payload = "\x80", .n = 1), "2.04");
    assert_false(there(0, TEXTS, 0));
    assert_code(PUT("/33605/0/1", .format = TLV, .payload = "\xc1\x01\x7a", .n = 3),
                "4.00"); /* as a single one */
    assert_code(POST("/33605/0/1", .format = TXT, .payload = "x"), "4.00");
    assert_code(POST("/33605/0/0", .format = TXT, .payload = "1"),
                "4.05"); /* a single one is replaced, by PUT */
    assert_code(PUT("/33605/0/0", .format = TLV, .payload = "\x83\x00\x41\x01\x7a", .n = 5),
                "4.00");
}

static void a_resource_instance_that_has_no_room(void **state)
{
    (void)state;
    assert_code(
        POST("/33605/0/1", .format = TLV, .payload = "\x86\x01\x41\x01\x7a\x41\x09\x7a", .n = 8),
        "5.00");
    assert_int_equal(plain.writes, 0);
}

static void int_256_a_read_only_resource_in_a_write_is_4_05(void **state)
{
    (void)state;
    assert_code(PUT("/3/0/0", .format = TXT, .payload = "x"), "4.05");
    assert_code(PUT("/33605/0/3", .format = ACCEPT(LP_FMT_OPAQUE), .payload = "x"), "4.05");
    assert_code(PUT("/33605/0/2", .format = TXT, .payload = "x"), "4.05"); /* executable */
    assert_int_equal(event(LP_EV_REQUEST).op, LP_OP_WRITE);
}

static void a_write_is_not_half_done_when_one_resource_is_bad(void **state)
{
    (void)state;
    static const struct {
        const char *code, *tlv;
        int n;
    } bad[] = {
        {"4.05", "\xc1\x00\x09\xc1\x03\x07", 6},         /* read only */
        {"4.05", "\xc1\x00\x09\xc1\x02\x07", 6},         /* executable */
        {"4.04", "\xc1\x00\x09\xc1\x63\x07", 6},         /* unknown */
        {"4.00", "\xc1\x00\x09\xc3\x04\x07\x07\x07", 8}, /* a float of three bytes */
        {"4.00", "\xc1\x00\x09\xc1\x06\x02", 6},         /* a boolean of 2 */
        {"4.00", "\xc1\x00\x09\xc1\x04", 5},             /* cut */
        {"4.00", "\xc2\x00\x02\x9a", 4},                 /* 666, which the object does not take */
        {"4.00", "\xc1\x00\x09\xc1\x0a\xff", 6},         /* no UTF-8 */
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_code(POST("/33605/0", .format = TLV, .payload = bad[i].tlv, .n = bad[i].n),
                    bad[i].code);
        assert_code(PUT("/33605/0", .format = TLV, .payload = bad[i].tlv, .n = bad[i].n),
                    bad[i].code);
        assert_int_equal(plain.writes + plain.removes, 0);
        assert_int_equal(value(0, INT, 0)->u.i, 42);
    }
}

static void a_number_beyond_its_type_is_4_00(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/0", .format = TXT, .payload = "9223372036854775808"), "4.00");
    assert_code(PUT("/33605/0/0", .format = TXT, .payload = "9223372036854775807"), "2.04");
    assert_code(PUT("/33605/0/7", .format = TXT, .payload = "-1"), "4.00");
    assert_code(PUT("/33605/0/7", .format = TXT, .payload = "18446744073709551615"), "2.04");
    assert_code(PUT("/33605/0/0", .format = TXT, .payload = "1.5"), "4.00");
    assert_code(PUT("/33605/0/0", .format = CBOR, .payload = "\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
                    .n = 9),
                "4.00");
    assert_code(PUT("/33605/0/6", .format = TXT, .payload = "2"), "4.00");
}

static void bad_senml_is_4_00_never_5_00(void **state)
{
    (void)state;
    static const struct {
        const char *p;
        int n;
    } bad[] = {
        {"\x81", 1},                                /* a record is missing */
        {"\xa1\x02\x01", 3},                        /* a map */
        {"\x81\xa1\x00\x60", 4},                    /* empty label, no base name */
        {"\x81\xa2\x60\x60\x02\x01", 6},            /* a field whose label is empty text */
        {"\x81\xa1\x02\x01", 4},                    /* a value without a name */
        {"\x81\xa2\x00\x68/33605/1\x02\x01", 13},   /* name length is wrong */
        {"\x81\xa2\x00\x6a/33605/1/0\x02\x01", 15}, /* another instance */
        {"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", 9},
        {"\x81\xa2\x00\x6a/33605/0/0\x18\x40\x01", 16},
        {"\x81\xa1\x00\x6a/33605/0/0", 13}, /* no value */
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct answer *a = POST("/33605/0", .format = SCBOR, .payload = bad[i].p, .n = bad[i].n);
        assert_true(a->m.code == LP_BAD_REQUEST || i == 8);
    }
    assert_int_equal(plain.writes, 0);
    const char *json[] = {"",
                          "[",
                          "{}",
                          "[{}",
                          "[{\"n\":\"/33605/0/0\"}]",
                          "[{\"n\":1}]",
                          "[{\"bn\":\"x\",\"v\":1}]",
                          "[{\"n\":\"/33605/0/0\",\"v\":\"x\"}]",
                          "[[[[[[["};
    for (unsigned i = 0; i < sizeof json / sizeof *json; i++)
        assert_code(POST("/33605/0", .format = ACCEPT(110), .payload = json[i]),
                    lp_fmt_find(110) ? "4.00" : "4.15");
}

static void int_233_write_as_senml_cbor(void **state)
{
    (void)state;
    const char *p = "\x82\xa3\x21\x69/33605/0/\x00\x61"
                    "0\x02\x18\x21\xa2\x00\x62"
                    "10\x03\x62hi";
    assert_code(POST("/33605/0", .format = SCBOR, .payload = p, .n = 28), "2.04");
    assert_int_equal(value(0, INT, 0)->u.i, 33);
    assert_true(text_is(value(0, TEXT, 0), "hi"));
}

/* A request that ends with its value, in memory that ends there too: no NUL is put behind it, nothing is read. */
static void nul_written_one_past_the_packet(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint16_t format;
        const char *payload;
        int n;
    } rows[] = {
        {"/33605/0/0", LP_FMT_TEXT, "12345", 5},
        {"/33605/0/4", LP_FMT_TEXT, "1.5e3", 5},
        {"/33605/0/8", LP_FMT_TEXT, "3:0", 3},
        {"/33605/0/10", LP_FMT_TEXT, "text", 4},
        {"/33605/0/12", LP_FMT_OPAQUE, "\1\2", 2},
        {"/33605/0/10", LP_FMT_TLV, "\xc4\x0atext", 6},
        {"/33605/0/0", LP_FMT_CBOR, "\x19\x01\x2c", 3},
        {"/33605/0/10", LP_FMT_CBOR, "\x64text", 5},
        {"/33605/0/10", LP_FMT_SENML_CBOR, "\x81\xa2\x00\x6b/33605/0/10\x03\x64text", 21},
        {"/33605/0/10", LP_FMT_SENML_JSON, "[{\"n\":\"/33605/0/10\",\"vs\":\"text\"}]", 0},
        {"/33605/0/2", LP_FMT_TEXT, "0='text'", 8},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t bytes[128];
        bool execute = i + 1 == sizeof rows / sizeof *rows;
        if (!lp_fmt_find(rows[i].format)) continue; /* Lite */
        struct ask q = {.code = execute ? LP_POST : LP_PUT,
                        .path = rows[i].path,
                        .format = ACCEPT(rows[i].format),
                        .payload = rows[i].payload,
                        .n = rows[i].n};
        size_t n = ask_bytes(&q, bytes, sizeof bytes);
        uint8_t *exact = malloc(n);
        struct lp_coap req;
        memcpy(exact, bytes, n);
        assert_int_equal(lp_coap_parse(&req, exact, n), 0);
        assert_true(lp_ops_serve(&c, l, &req) > 0);
        if (c.io[1] != LP_CHANGED) fail_msg("row %u: %d", i, c.io[1]);
        assert_memory_equal(exact, bytes, n);
        free(exact);
    }
}

static void unknown_content_format(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/0", .format = ACCEPT(50), .payload = "1"), "4.15");
    assert_code(PUT("/33605/0/0", .format = ACCEPT(LP_FMT_LINK), .payload = "1"), "4.15");
    assert_code(POST("/33605/0", .format = ACCEPT(LP_FMT_LWM2M_JSON), .payload = "{}"), "4.15");
}

static void write_where_there_is_nothing(void **state)
{
    (void)state;
    assert_code(PUT("/33605/3", .format = TLV, .payload = "\xc1\x00\x09", .n = 3), "4.04");
    assert_code(POST("/33605/3", .format = TLV, .payload = "\xc1\x00\x09", .n = 3), "4.04");
    assert_code(PUT("/33605/0/99", .format = TXT, .payload = "1"), "4.04");
    assert_code(PUT("/33605", .format = TLV, .payload = "\xc1\x00\x09", .n = 3), "4.05");
    assert_code(PUT("/33605/0/7", .format = TXT, .payload = "1"),
                "2.04"); /* optional: comes into being */
}

static void if_none_match_is_honoured(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/0", .format = TXT, .payload = "1", .if_none_match = true), "4.12");
    assert_code(
        PUT("/33605/0", .format = TLV, .payload = "\xc1\x00\x09", .n = 3, .if_none_match = true),
        "4.12");
    assert_int_equal(plain.writes, 0);
    assert_code(PUT("/33605/0/7", .format = TXT, .payload = "1", .if_none_match = true), "2.04");
}

static void if_match_is_honoured(void **state)
{
    (void)state;
    put(&plain, 0, LONG, 0, BYTES_V((char[300]){0}, 300));
    struct lp_span etag;
    struct answer *a = GET("/33605/0/12", .block2 = BLOCK(0, 0, 2));
    assert_int_equal(lp_coap_find(&a->m, LP_OPT_ETAG, &etag), 1);
    uint8_t tag[4];
    memcpy(tag, etag.p, 4);
    assert_code(PUT("/33605/0/12", .format = ACCEPT(42), .payload = "1", .if_match = "abcd",
                    .if_match_n = 4),
                "4.12");
    assert_code(PUT("/33605/0/12", .format = ACCEPT(42), .payload = "1", .if_match = "abc",
                    .if_match_n = 3),
                "4.12");
    assert_int_equal(plain.writes, 0);
    assert_code(
        PUT("/33605/0/12", .format = ACCEPT(42), .payload = "1", .if_match = tag, .if_match_n = 4),
        "2.04");
    assert_code(
        PUT("/33605/0/12", .format = ACCEPT(42), .payload = "2", .if_match = tag, .if_match_n = 4),
        "4.12");
    assert_code(
        PUT("/33605/0/12", .format = ACCEPT(42), .payload = "2", .if_match = "", .if_match_n = 0),
        "2.04");
    assert_code(PUT("/33605/0/7", .format = TXT, .payload = "2", .if_match = "", .if_match_n = 0),
                "4.12");
}

static void a_write_that_the_object_refuses(void **state)
{
    (void)state;
    plain.fail = LP_ERR_INTERNAL;
    assert_code(PUT("/33605/0/0", .format = TXT, .payload = "1"), "5.00");
    plain.fail = LP_ERR_METHOD;
    assert_code(PUT("/33605/0/0", .format = TXT, .payload = "1"), "4.05");
}

/* ---- Create, Delete ------------------------------------------------------------------------------------------ */

static void create_with_an_id(void **state)
{
    (void)state;
    wire("41 02 00 05 31 b5 33 33 36 30 35 | CON, POST /33605\n"
         "12 2d 16                         | Content-Format: TLV\n"
         "ff 07 03 c1 00 05 c1 07 09       | instance 3, a byte of it is missing",
         "61 80 00 05 31 | 4.00");
    wire("41 02 00 06 31 b5 33 33 36 30 35 12 2d 16 ff\n"
         "06 03 c1 00 05 c1 07 09          | instance 3: 0 = 5, 7 = 9",
         "61 41 00 06 31                   | 2.01\n"
         "85 33 33 36 30 35 01 33          | Location-Path 33605, 3");
    assert_int_equal(value(3, INT, 0)->u.i, 5);
    assert_int_equal(value(3, UINT, 0)->u.u, 9);
    struct lp_event ev = event(LP_EV_REQUEST);
    assert_int_equal(ev.op, LP_OP_CREATE);
    ev = event(LP_EV_REQUEST);
    assert_path(ev.path, "/33605/3");
    assert_int_equal(ev.code, LP_CREATED);
}

static void create_without_an_id_takes_the_lowest_free(void **state)
{
    (void)state;
    struct answer *a =
        POST("/33605", .format = TLV, .payload = "\xc1\x00\x05", .n = 3); /* as Leshan does */
    assert_code(a, "2.01");
    assert_int_equal(value(2, INT, 0)->u.i, 5);
    plain.inst[0] = false;
    assert_code(POST("/33605", .format = TLV, .payload = "\xc1\x00\x06", .n = 3), "2.01");
    assert_int_equal(value(0, INT, 0)->u.i, 6);
}

static void create_as_senml(void **state)
{
    (void)state;
    assert_code(POST("/33605", .format = SCBOR,
                     .payload = "\x81\xa3\x21\x69/33605/2/\x00\x61"
                                "0\x02\x05",
                     .n = 18),
                "2.01");
    assert_int_equal(value(2, INT, 0)->u.i, 5);
}

static void create_needs_what_is_mandatory(void **state)
{
    (void)state;
    assert_code(POST("/33605"), "4.00");
    assert_code(POST("/33605", .format = TLV, .payload = "\x03\x02\xc1\x07\x09", .n = 5), "4.00");
    assert_code(POST("/33605", .format = SCBOR, .payload = "\x80", .n = 1), "4.00");
    assert_int_equal(plain.creates, 0);
}

static void create_what_is_there_already(void **state)
{
    (void)state;
    assert_code(POST("/33605", .format = TLV, .payload = "\x03\x01\xc1\x00\x09", .n = 5), "4.00");
    assert_int_equal(value(1, INT, 0)->u.i, 1);
    assert_code(POST("/33605", .format = TLV, .payload = "\x03\x02\xc1\x00\x09\x03\x03\xc1\x00\x09",
                     .n = 10),
                "4.00"); /* two */
    assert_int_equal(plain.creates, 0);
}

static void a_create_that_fails_leaves_nothing(void **state)
{
    (void)state;
    plain.fail = LP_ERR_INTERNAL;
    assert_code(POST("/33605", .format = TLV, .payload = "\x03\x02\xc1\x00\x09", .n = 5), "5.00");
    assert_int_equal(plain.creates, 1);
    assert_false(plain.inst[2]);
    assert_code(POST("/33605", .format = TLV, .payload = "\x03\x02\xc1\x00", .n = 4), "4.00");
    assert_code(
        POST("/33605", .format = TLV, .payload = "\x06\x02\xc1\x00\x09\xc1\x03\x01", .n = 8),
        "4.05");
    assert_int_equal(plain.creates, 1);
}

static void create_more_than_fit(void **state)
{
    (void)state;
    assert_code(POST("/33605", .format = TLV, .payload = "\xc1\x00\x05", .n = 3), "2.01");
    assert_code(POST("/33605", .format = TLV, .payload = "\xc1\x00\x05", .n = 3), "2.01");
    assert_code(POST("/33605", .format = TLV, .payload = "\xc1\x00\x05", .n = 3), "5.00");
}

static void int_680_685_create_and_delete_of_3_are_4_05(void **state)
{
    (void)state;
    assert_code(POST("/3", .format = TLV, .payload = "\x00\x01", .n = 2), "4.05");
    assert_code(DEL("/3/0"), "4.05");
    assert_code(DEL("/3/5"), "4.04");
    assert_code(DEL("/3"), "4.05");
    static struct plain other;
    add_object(&other, 1);
    other.inst[0] = true;
    assert_code(POST("/1", .format = TLV, .payload = "\x00\x01", .n = 2), "4.05");
    assert_code(DEL("/1/0"), "4.05");
    assert_int_equal(other.creates + other.removes, 0);
}

static void delete_an_instance(void **state)
{
    (void)state;
    wire("41 04 00 05 31 b5 33 33 36 30 35 01 31 | CON, DELETE /33605/1", "61 42 00 05 31 | 2.02");
    assert_false(plain.inst[1]);
    assert_code(DEL("/33605/1"), "4.04");
    assert_code(DEL("/33605"), "4.05");
    assert_code(DEL("/33605/0/0"), "4.05");
    assert_code(DEL("/"), "4.05");
    assert_int_equal(event(LP_EV_REQUEST).op, LP_OP_DELETE);
}

static void delete_a_resource_instance(void **state)
{
    (void)state;
    assert_code(DEL("/33605/0/1/0"), "2.02");
    assert_false(there(0, TEXTS, 0));
    assert_true(there(0, TEXTS, 2));
    assert_code(DEL("/33605/0/1/0"), "4.04");
    put(&plain, 0, RATES, 0, FLOAT_V(1));
    assert_code(DEL("/33605/0/11/0"), "4.05"); /* read only */
    assert_true(there(0, RATES, 0));
}

/* ---- Execute ------------------------------------------------------------------------------------------------- */

static void execute(void **state)
{
    (void)state;
    wire("41 02 00 05 31 b5 33 33 36 30 35 01 30 01 32 | CON, POST /33605/0/2", "61 44 00 05 31");
    assert_int_equal(plain.execs, 1);
    assert_int_equal(event(LP_EV_REQUEST).op, LP_OP_EXECUTE);
    assert_code(POST("/33605/0/2", .payload = "0='http://x y',3,5=''"), "2.04");
    assert_string_equal(plain.args, "0='http://x y',3,5=''");
    assert_code(POST("/33605/0/2", .payload = "5", .format = TXT), "2.04");
    assert_code(POST("/33605/0/2", .payload = "5", .format = TLV), "4.15");
    assert_int_equal(plain.execs, 3);
}

static void execute_with_bad_arguments(void **state)
{
    (void)state;
    const char *bad[] = {"x",  "0=", "0='",    "0='a",      "0=a", "0,",
                         ",0", "12", "0='a'b", "0='a\x01'", "0 ,1"};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_code(POST("/33605/0/2", .payload = bad[i]), "4.00");
    assert_int_equal(plain.execs, 0);
}

static void execute_what_cannot_be(void **state)
{
    (void)state;
    assert_code(POST("/33605/0/0"), "4.05");
    assert_code(POST("/33605/0/1"), "4.05");
    assert_code(POST("/33605/0/99"), "4.04");
    assert_code(POST("/33605/9/2"), "4.04");
    assert_code(POST("/"), "4.05");
    plain.fail = LP_ERR_INTERNAL;
    assert_code(POST("/33605/0/2"), "5.00");
}

static void composite_and_other_methods_are_4_05(void **state)
{
    (void)state;
    assert_code(ask((struct ask){
                    .code = LP_FETCH, .path = "/", .payload = "\x80", .n = 1, .format = SCBOR}),
                "4.05");
    assert_int_equal(event(LP_EV_REQUEST).op, LP_OP_READ_COMPOSITE);
    assert_code(ask((struct ask){
                    .code = LP_IPATCH, .path = "/", .payload = "\x80", .n = 1, .format = SCBOR}),
                "4.05");
    assert_code(ask((struct ask){.code = LP_PATCH, .path = "/33605/0/0", .payload = "x"}), "4.05");
    assert_code(ask((struct ask){.code = 31, .path = "/33605/0/0"}), "4.05");
}

/* ---- Block2 -------------------------------------------------------------------------------------------------- */

static char big[4096];

/* A resource of n bytes, read as plain bytes. */
static void make_big(size_t n)
{
    for (size_t i = 0; i < sizeof big; i++) big[i] = (char)(i * 7 + i / 256);
    put(&plain, 0, LONG, 0, BYTES_V(big, n));
}

/* Read it whole in blocks of 16 << szx, asked for with that or (late) after a first answer without; compare. */
static void read_in_blocks(size_t n, uint8_t szx, bool early)
{
    uint8_t got[sizeof big];
    size_t at = 0, size;
    struct lp_block b = {0, true, szx};
    uint32_t etag = 0;
    make_big(n);
    for (unsigned num = 0; b.more; num++) {
        bool ask_block = early || num;
        struct answer *a = GET("/33605/0/12", .accept = ACCEPT(42),
                               .block2 = ask_block ? BLOCK(num, 0, b.szx) : 0);
        assert_code(a, "2.05");
        assert_true(a->n <= LP_MAX_MESSAGE);
        int r = lp_coap_block(&a->m, LP_OPT_BLOCK2, &b);
        if (!r) { /* it fitted, and nobody had asked for blocks */
            assert_false(ask_block);
            b.more = false;
            b.szx = lp_block_szx(&c, l);
            b.num = 0;
        }
        assert_int_equal(b.num, num);
        assert_true(b.szx <= lp_block_szx(&c, l));
        size = 16u << b.szx;
        assert_true(b.more ? a->m.payload.n == size : a->m.payload.n <= size);
        assert_int_equal(option_of(a, LP_OPT_SIZE2), num == 0 && b.more ? (int64_t)n : -1);
        if (b.more || num) {
            int64_t tag = option_of(a, LP_OPT_ETAG);
            assert_true(tag >= 0 && (num == 0 || (uint32_t)tag == etag));
            etag = (uint32_t)tag;
        } else {
            assert_int_equal(option_of(a, LP_OPT_ETAG), -1);
        }
        memcpy(got + at, a->m.payload.p, a->m.payload.n);
        at += a->m.payload.n;
    }
    assert_int_equal(at, n);
    assert_memory_equal(got, big, n);
}

static void block2_of_every_size(void **state)
{
    (void)state;
    for (uint8_t szx = 0; szx <= 6; szx++)
        for (size_t n = 1; n <= 2100; n = n < 40 ? n + 1 : n * 2 - 37) read_in_blocks(n, szx, true);
    for (size_t n = 1; n <= 2100; n = n < 40 ? n + 1 : n * 2 - 37) read_in_blocks(n, 6, false);
    for (uint16_t size = 16; size <= LP_BLOCK_SIZE; size = (uint16_t)(size * 2)) {
        c.config.block_size = size;
        read_in_blocks(size, 6, false);
        read_in_blocks(size + 1u, 6, false);
        read_in_blocks(3u * size, 1, true);
    }
    c.config.block_size = LP_BLOCK_SIZE;
    c.config.max_message = 160;
    assert_int_equal(lp_block_szx(&c, l), 2);
    read_in_blocks(1000, 6, false);
}

static void block2_may_start_anywhere(void **state)
{
    (void)state;
    make_big(1000);
    struct answer *a = GET("/33605/0/12", .accept = ACCEPT(42), .block2 = BLOCK(5, 0, 3));
    assert_code(a, "2.05");
    assert_int_equal(a->m.payload.n, 128);
    assert_memory_equal(a->m.payload.p, big + 640, 128);
    c.config.block_size = 64; /* asked in larger blocks than ours: the same place, in ours */
    struct lp_block b;
    a = GET("/33605/0/12", .accept = ACCEPT(42), .block2 = BLOCK(2, 0, 4));
    assert_int_equal(lp_coap_block(&a->m, LP_OPT_BLOCK2, &b), 1);
    assert_int_equal(b.num, 8);
    assert_int_equal(b.szx, 2);
    assert_memory_equal(a->m.payload.p, big + 512, 64);
}

static void block2_behind_the_end_is_4_00(void **state)
{
    (void)state;
    make_big(256);
    assert_code(GET("/33605/0/12", .accept = ACCEPT(42), .block2 = BLOCK(3, 0, 2)), "2.05");
    assert_code(GET("/33605/0/12", .accept = ACCEPT(42), .block2 = BLOCK(4, 0, 2)), "4.00");
    assert_code(GET("/33605/0/12", .accept = ACCEPT(42), .block2 = BLOCK(0xfffff, 0, 6)), "4.00");
    assert_code(GET("/33605/0/12", .accept = ACCEPT(42), .block2 = BLOCK(0, 0, 7)),
                "4.00"); /* reserved size */
    assert_code(GET("/33605/0/10", .accept = ACCEPT(42), .block2 = BLOCK(0, 0, 7)), "4.00");
}

static void block2_of_an_instance_and_its_events(void **state)
{
    (void)state;
    make_big(700);
    struct answer *a = GET("/33605/0", .block2 = BLOCK(0, 0, 5));
    assert_code(a, "2.05");
    assert_int_equal(event(LP_EV_REQUEST).code, LP_CONTENT);
    a = GET("/33605/0", .block2 = BLOCK(1, 0, 5));
    assert_code(a, "2.05");
    assert_int_equal(event(LP_EV_REQUEST).kind, 0); /* no news */
    uint32_t etag = (uint32_t)option_of(a, LP_OPT_ETAG);
    put(&plain, 0, INT, 0, INT_V(43)); /* another representation: the peer can tell */
    a = GET("/33605/0", .block2 = BLOCK(1, 0, 5));
    assert_true(etag != (uint32_t)option_of(a, LP_OPT_ETAG));
}

static void size2_is_told_when_asked(void **state)
{
    (void)state;
    struct answer *a = GET("/33605/0/0", .accept = TXT, .size2 = 1);
    assert_int_equal(option_of(a, LP_OPT_SIZE2), 2);
    assert_int_equal(option_of(a, LP_OPT_BLOCK2), -1);
}

/* ---- Block1 -------------------------------------------------------------------------------------------------- */

/* Send n bytes of big to path in blocks; returns the last answer. */
static struct answer *write_in_blocks(const char *path, size_t n, uint8_t szx,
                                      const char *tokens[2])
{
    struct answer *a = NULL;
    for (size_t at = 0; at == 0 || at < n;) {
        size_t size = 16u << szx, left = n - at;
        bool more = left > size;
        a = PUT(path, .format = ACCEPT(42), .payload = big + at, .n = (int)(more ? size : left),
                .block1 = BLOCK(at / size, more, szx),
                .token = tokens ? tokens[at / size & 1] : NULL);
        struct lp_block b;
        if (a->m.code != LP_CONTINUE && a->m.code != LP_CHANGED) return a;
        assert_int_equal(lp_coap_block(&a->m, LP_OPT_BLOCK1, &b), 1);
        assert_int_equal(b.num, at / size);
        assert_int_equal(b.more, more);
        assert_string_equal(a->code, more ? "2.31" : "2.04");
        at += more ? size : left;
        if (b.szx < szx) szx = b.szx; /* what it wants from now on */
    }
    return a;
}

static void block1_of_every_size(void **state)
{
    (void)state;
    const char *tokens[2] = {"a", "b"}; /* the token may be another for each block */
    make_big(0);
    for (uint8_t szx = 0; szx <= 5; szx++)
        for (size_t n = 1; n <= LP_MAX_BODY && n < sizeof big; n = n < 40 ? n + 1 : n * 2 - 37) {
            if ((16u << szx) + 64 > LP_MAX_MESSAGE) continue;
            assert_code(write_in_blocks("/33605/0/12", n, szx, szx & 1 ? tokens : NULL), "2.04");
            assert_int_equal(value(0, LONG, 0)->u.s.n, n);
            assert_memory_equal(value(0, LONG, 0)->u.s.p, big, n);
        }
    assert_int_equal(event(LP_EV_REQUEST).code, LP_CHANGED);
}

static void block1_asks_for_smaller_blocks(void **state)
{
    (void)state;
    make_big(0);
    c.config.block_size = 32;
    assert_code(write_in_blocks("/33605/0/12", 250, 3, NULL), "2.04");
    assert_memory_equal(value(0, LONG, 0)->u.s.p, big, 250);
}

static void block1_that_never_ends(void **state)
{
    (void)state;
    unsigned blocks = LP_MAX_BODY / 64;
    for (unsigned i = 0; i < blocks; i++)
        assert_code(PUT("/33605/0/12", .format = ACCEPT(42), .payload = big, .n = 64,
                        .block1 = BLOCK(i, 1, 2)),
                    "2.31");
    for (unsigned i = blocks; i < blocks + 3; i++) {
        struct answer *a = PUT("/33605/0/12", .format = ACCEPT(42), .payload = big, .n = 64,
                               .block1 = BLOCK(i, 1, 2));
        assert_code(a, i == blocks ? "4.13" : "4.08");
        if (i == blocks) assert_int_equal(option_of(a, LP_OPT_SIZE1), LP_MAX_BODY);
    }
    assert_int_equal(plain.writes, 0);
}

static void block1_says_beforehand_that_it_is_too_large(void **state)
{
    (void)state;
    struct answer *a = PUT("/33605/0/12", .format = ACCEPT(42), .payload = big, .n = 64,
                           .block1 = BLOCK(0, 1, 2), .size1 = LP_MAX_BODY + 1);
    assert_code(a, "4.13");
    assert_int_equal(option_of(a, LP_OPT_SIZE1), LP_MAX_BODY);
    a = PUT("/33605/0/12", .format = ACCEPT(42), .payload = big, .n = 64, .block1 = BLOCK(0, 1, 2),
            .size1 = LP_MAX_BODY);
    assert_code(a, "2.31");
}

#define PART(num, more)                                                            \
    PUT("/33605/0/12", .format = ACCEPT(42), .payload = big + (num) * 16, .n = 16, \
        .block1 = BLOCK(num, more, 0))

static void block1_rearranged_or_missing(void **state)
{
    (void)state;
    make_big(0);
    assert_code(PART(1, 1), "4.08"); /* the first is missing */
    assert_code(PART(0, 1), "2.31");
    assert_code(PART(2, 1), "4.08");
    assert_code(PART(1, 1), "2.31"); /* a stray block ends nothing */
    assert_code(PART(1, 1), "4.08"); /* twice (with another message id) */
    assert_code(PART(2, 0), "2.04");
    assert_int_equal(value(0, LONG, 0)->u.s.n, 48);
    assert_memory_equal(value(0, LONG, 0)->u.s.p, big, 48);
    assert_code(PART(3, 0), "4.08"); /* it is over */
    assert_code(PART(0, 1), "2.31");
    assert_code(PART(1, 1), "2.31");
    assert_code(PART(0, 1), "2.31"); /* the first one begins anew */
    assert_code(PART(1, 0), "2.04");
    assert_int_equal(value(0, LONG, 0)->u.s.n, 32);
    assert_int_equal(plain.writes, 2);
}

static void block1_is_keyed_by_path_method_and_link(void **state)
{
    (void)state;
    assert_code(PART(0, 1), "2.31");
    assert_code(
        PUT("/33605/1/12", .format = ACCEPT(42), .payload = big, .n = 16, .block1 = BLOCK(1, 0, 0)),
        "4.08");
    assert_code(
        POST("/33605/0/1", .format = ACCEPT(42), .payload = big, .n = 16, .block1 = BLOCK(1, 0, 0)),
        "4.08");
#if LP_MAX_SERVERS > 1
    assert_code(PUT("/33605/0/12", .format = ACCEPT(42), .payload = big, .n = 16,
                    .block1 = BLOCK(1, 0, 0), .link = second()),
                "4.08");
#endif
    assert_code(PART(1, 0), "2.04");
}

static void block1_expires(void **state)
{
    (void)state;
    assert_code(PART(0, 1), "2.31");
    c.now += LP_EXCHANGE_LIFETIME - 2000;
    assert_code(PART(1, 1), "2.31");
    c.now += LP_EXCHANGE_LIFETIME + 2000;
    assert_code(PART(2, 0), "4.08");
    lp_ops_forget(&c, l);
    assert_code(PART(0, 1), "2.31");
    lp_ops_forget(&c, l); /* registered anew */
    assert_code(PART(1, 0), "4.08");
}

static void block1_size_must_be_that_of_the_payload(void **state)
{
    (void)state;
    assert_code(
        PUT("/33605/0/12", .format = ACCEPT(42), .payload = big, .n = 15, .block1 = BLOCK(0, 1, 0)),
        "4.00");
    assert_code(
        PUT("/33605/0/12", .format = ACCEPT(42), .payload = big, .n = 17, .block1 = BLOCK(0, 1, 0)),
        "4.00");
    assert_code(
        PUT("/33605/0/12", .format = ACCEPT(42), .payload = big, .n = 17, .block1 = BLOCK(0, 0, 0)),
        "4.00");
    assert_code(PUT("/33605/0/12", .format = ACCEPT(42), .block1 = BLOCK(0, 1, 0)), "4.00");
    assert_code(
        PUT("/33605/0/12", .format = ACCEPT(42), .payload = big, .n = 16, .block1 = BLOCK(0, 1, 7)),
        "4.00");
}

static void block1_is_refused_at_once_where_nothing_can_be_written(void **state)
{
    (void)state;
    assert_code(
        PUT("/33605/0/3", .format = ACCEPT(42), .payload = big, .n = 16, .block1 = BLOCK(0, 1, 0)),
        "4.05");
    assert_code(
        PUT("/33605/0/99", .format = ACCEPT(42), .payload = big, .n = 16, .block1 = BLOCK(0, 1, 0)),
        "4.04");
    assert_code(
        PUT("/0/0/99", .format = ACCEPT(42), .payload = big, .n = 16, .block1 = BLOCK(0, 1, 0)),
        "4.01");
}

static void block1_of_a_create_and_an_execute(void **state)
{
    (void)state;
    const char *tlv = "\x08\x02\x13\xc1\x00\x05\xc8\x0a\x0d"
                      "0123456789abc";
    assert_code(POST("/33605", .format = TLV, .payload = tlv, .n = 16, .block1 = BLOCK(0, 1, 0)),
                "2.31");
    struct answer *a =
        POST("/33605", .format = TLV, .payload = tlv + 16, .n = 6, .block1 = BLOCK(1, 0, 0));
    assert_code(a, "2.01");
    assert_int_equal(option_of(a, LP_OPT_BLOCK1), 1 << 4);
    assert_true(text_is(value(2, TEXT, 0), "0123456789abc"));
    assert_code(POST("/33605/0/2", .payload = "0='0123456789ab", .n = 16, .block1 = BLOCK(0, 1, 0)),
                "2.31");
    assert_int_equal(plain.execs, 0);
    assert_code(POST("/33605/0/2", .payload = "',1", .n = 3, .block1 = BLOCK(1, 0, 0)),
                "4.00"); /* a NUL within */
    assert_code(
        POST("/33605/0/2", .payload = "0='0123456789abc", .n = 16, .block1 = BLOCK(0, 1, 0)),
        "2.31");
    assert_code(POST("/33605/0/2", .payload = "',1", .n = 3, .block1 = BLOCK(1, 0, 0)), "2.04");
    assert_string_equal(plain.args, "0='0123456789abc',1");
}

/* ---- answers that come later --------------------------------------------------------------------------------- */

static struct answer *later(uint16_t *id)
{
    static struct answer a;
    int n = lp_ops_completed(&c, l, id);
    assert_in_range(n, 1, LP_MAX_SEND);
    take_answer(&a, l->buf, n);
    assert_int_equal(a.m.type, LP_CON);
    return &a;
}

static void a_write_that_is_answered_later(void **state)
{
    (void)state;
    uint16_t id;
    plain.fail = LP_PENDING;
    struct answer *a = PUT("/33605/0/0", .format = TXT, .payload = "5", .token = "abc");
    assert_int_equal(a->n, 4);
    assert_int_equal(a->m.type, LP_ACK);
    assert_int_equal(a->m.code, 0);
    assert_int_equal(event(LP_EV_REQUEST).code, 0);
    assert_int_equal(lp_ops_completed(&c, l, &id), 0);
    assert_int_equal(lp_complete(&c, (uint16_t)(plain.id + 1), 0), LP_ERR_NOT_FOUND);
    assert_int_equal(lp_complete(&c, plain.id, 0), 0);
    assert_int_equal(lp_complete(&c, plain.id, 0), LP_ERR_NOT_FOUND); /* once */
    a = later(&id);
    assert_int_equal(id, plain.id);
    assert_code(a, "2.04");
    assert_int_equal(a->m.tkl, 3);
    assert_memory_equal(a->m.token, "abc", 3);
    assert_int_equal(lp_ops_completed(&c, l, &id), 0);
    assert_int_equal(event(LP_EV_REQUEST).code, LP_CHANGED);
    assert_int_equal(PUT("/33605/0/0", .format = TXT, .payload = "5", .type = LP_NON)->n, 0);
    lp_complete(&c, plain.id, LP_ERR_VALUE);
    assert_code(later(&id), "4.00");
}

static void a_read_that_is_answered_later(void **state)
{
    (void)state;
    uint16_t id;
    plain.fail = LP_PENDING;
    plain.fail_reads = 1;
    plain.fail_res = INT;
    assert_int_equal(GET("/33605/0/0", .accept = TXT)->m.code, 0);
    assert_int_equal(lp_complete(&c, plain.id, 0), 0);
    plain.ready = true;
    struct answer *a = later(&id);
    assert_code(a, "2.05");
    assert_text(a, "42");
    assert_int_equal(format_of(a), 0);
    plain.ready = false;
    assert_int_equal(GET("/33605/0")->m.code, 0); /* the whole instance waits for it */
    uint16_t first = plain.id;
    lp_complete(&c, first, 0);
    assert_int_equal(lp_ops_completed(&c, l, &id), 0); /* still not: it waits under the same name */
    assert_int_equal(plain.id, first);
    plain.ready = true;
    lp_complete(&c, first, 0);
    assert_int_equal(format_of(later(&id)), 112);
    make_big(sizeof big); /* its first block is one that a link can hold */
    plain.ready = false;
    assert_int_equal(GET("/33605/0")->m.code, 0);
    lp_complete(&c, plain.id, 0);
    plain.ready = true;
    a = later(&id);
    assert_code(a, "2.05");
    assert_true(option_of(a, LP_OPT_SIZE2) > (int)sizeof big);
    plain.ready = false;
    assert_int_equal(GET("/33605/0/0")->m.code, 0);
    lp_complete(&c, plain.id, LP_ERR_INTERNAL);
    assert_code(later(&id), "5.00");
}

static void a_resource_instance_that_is_answered_later(void **state)
{
    (void)state;
    uint16_t id;
    plain.fail = LP_PENDING;
    plain.fail_reads = 1;
    assert_int_equal(GET("/33605/0/1/2", .accept = TXT)->m.code, 0);
    plain.ready = true;
    lp_complete(&c, plain.id, 0);
    assert_text(later(&id), "b");
    plain.ready = false;
    assert_int_equal(GET("/33605/0/1/1", .accept = TXT)->m.code, 0); /* it will turn out */
    plain.ready = true;
    lp_complete(&c, plain.id, 0);
    assert_code(later(&id), "4.04");
}

static void an_execute_and_a_create_that_are_answered_later(void **state)
{
    (void)state;
    uint16_t id;
    plain.fail = LP_PENDING;
    assert_int_equal(POST("/33605/0/2")->m.code, 0);
    lp_complete(&c, plain.id, 0);
    assert_code(later(&id), "2.04");
    assert_int_equal(POST("/33605", .format = TLV, .payload = "\xc1\x00\x05", .n = 3)->m.code, 0);
    lp_complete(&c, plain.id, 0);
    struct answer *a = later(&id);
    assert_code(a, "2.01");
    struct lp_span s;
    assert_int_equal(lp_coap_find(&a->m, LP_OPT_LOCATION_PATH, &s), 1);
    assert_true(lp_span_is(s, "33605"));
}

static void more_pending_than_there_is_room_for(void **state)
{
    (void)state;
    plain.fail = LP_PENDING;
    for (unsigned i = 0; i < LP_MAX_PENDING; i++) assert_int_equal(POST("/33605/0/2")->m.code, 0);
    assert_code(POST("/33605/0/2"), "5.03");
    c.now += LP_EXCHANGE_LIFETIME + 2000; /* nobody waits for those any more */
    assert_int_equal(POST("/33605/0/2")->m.code, 0);
    lp_ops_forget(&c, l);
    assert_int_equal(lp_complete(&c, plain.id, 0), LP_ERR_NOT_FOUND);
}

static int exec_forgetful(struct lp_object *o, const struct lp_path *at, struct lp_span args)
{
    (void)o, (void)at, (void)args;
    return LP_PENDING;
}

/* Nobody can complete a request whose name was not asked for: the answer comes now, and is an error. */
static void a_handler_that_does_not_ask_for_the_requests_name(void **state)
{
    (void)state;
    static const struct lp_res table[] = {{0, 0, LP_E}};
    static const struct lp_object_ops ops = {.exec = exec_forgetful};
    struct lp_object o = {.id = 33700, .res = table, .nres = 1, .ops = &ops};
    assert_int_equal(lp_client_add(&c, &o), 0);
    assert_code(POST("/33700/0/0"), "5.00");
    assert_int_equal(event(LP_EV_REQUEST).code, LP_INTERNAL_ERROR);
    assert_int_equal(c.pending[0].id, 0);
}

/* ---- the device's own view ----------------------------------------------------------------------------------- */

static void the_devices_own_view(void **state)
{
    (void)state;
    char buf[8];
    struct lp_value v;
    struct lp_path at = path_of("/33605/0/0");
    assert_int_equal(lp_client_get(&c, &at, &v, buf, sizeof buf), 0);
    assert_int_equal(v.u.i, 42);
    at = path_of("/33605/0/1/2");
    assert_int_equal(lp_client_get(&c, &at, &v, buf, sizeof buf), 0);
    assert_true(text_is(&v, "b") && v.u.s.p == buf);
    at = path_of("/33605/0/1");
    assert_int_equal(lp_client_get(&c, &at, &v, buf, sizeof buf), LP_ERR_METHOD);
    at = path_of("/33605/0/2");
    assert_int_equal(lp_client_get(&c, &at, &v, buf, sizeof buf), LP_ERR_METHOD);
    at = path_of("/33605/0/3"); /* read only for a server */
    v = BYTES_V("123456789", 9);
    assert_int_equal(lp_client_set(&c, &at, &v), 0);
    assert_int_equal(lp_client_get(&c, &at, &v, buf, sizeof buf), LP_ERR_TOO_LARGE);
    at = path_of("/33605/0/1/3"); /* a missing one is made */
    v = TEXT_V("new");
    assert_int_equal(lp_client_set(&c, &at, &v), 0);
    assert_true(there(0, TEXTS, 3));
    at = path_of("/33605/0/0");
    assert_int_equal(lp_client_set(&c, &at, &v), LP_ERR_VALUE);
    v = FLOAT_V(3);
    assert_int_equal(lp_client_set(&c, &at, &v), 0); /* 3.0 is an integer */
    assert_int_equal(value(0, INT, 0)->u.i, 3);
    at = path_of("/33605/3/0");
    assert_int_equal(lp_client_set(&c, &at, &v), LP_ERR_NOT_FOUND);
    at = path_of("/33605/0");
    assert_int_equal(lp_client_set(&c, &at, &v), LP_ERR_NOT_FOUND);
    assert_int_equal(lp_client_get(&c, &at, &v, buf, sizeof buf), LP_ERR_NOT_FOUND);
}

static void the_device_creates_and_deletes(void **state)
{
    (void)state;
    assert_int_equal(lp_client_create(&c, 33605, 3), 0);
    assert_int_equal(lp_client_create(&c, 33605, 3), LP_ERR_VALUE);
    assert_int_equal(lp_client_create(&c, 3, 1), LP_ERR_METHOD);
    assert_int_equal(lp_client_create(&c, 7, 1), LP_ERR_NOT_FOUND);
    struct lp_path at = path_of("/33605/3");
    assert_int_equal(lp_client_delete(&c, &at), 0);
    assert_int_equal(lp_client_delete(&c, &at), LP_ERR_NOT_FOUND);
    at = path_of("/33605/0/4");
    assert_int_equal(lp_client_delete(&c, &at), 0);
    assert_false(there(0, FLOAT, 0));
    at = path_of("/33605/0/1/2");
    assert_int_equal(lp_client_delete(&c, &at), 0);
    at = path_of("/33605");
    assert_int_equal(lp_client_delete(&c, &at), LP_ERR_METHOD);
    at = path_of("/3/0");
    assert_int_equal(lp_client_delete(&c, &at), LP_ERR_METHOD);
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(int_201_read_as_text),
        T(int_203_read_as_tlv),
        T(int_203_read_object_as_tlv),
        T(int_211_read_as_cbor),
        T(int_232_read_as_senml_cbor),
        T(int_237_read_without_accept),
        T(int_231_read_as_senml_json),
        T(int_222_read_an_object),
        T(int_223_read_instance_holds_only_what_is_readable_and_exists),
        T(int_224_225_read_resource_and_resource_instance),
        T(int_204_220_lwm2m_json_is_refused),
        T(read_in_a_format_that_is_too_small),
        T(read_what_cannot_be_read),
        T(int_221_object_0_answers_4_01_never_4_04),
        T(paths_that_are_names),
        T(a_path_of_4294967299_is_not_3),
        T(unknown_critical_option),
        T(an_error_response_carries_the_token),
        T(non_is_answered_non_with_an_id_of_our_own),
        T(no_response_is_respected),
        T(a_read_that_fails),
        T(int_205_write_as_text),
        T(a_single_resource_without_content_format_is_text),
        T(a_write_with_an_empty_payload_reaches_the_handler),
        T(int_212_write_as_cbor),
        T(int_215_write_as_tlv),
        T(int_234_write_as_senml_json),
        T(int_226_partial_update),
        T(int_227_replace),
        T(read_only_resources_are_not_lost_on_a_replace),
        T(a_replace_keeps_mandatory_resources_that_are_not_given),
        T(int_228_write_a_resource_instance),
        T(a_multiple_resource_is_replaced_or_added_to),
        T(a_resource_instance_that_has_no_room),
        T(int_256_a_read_only_resource_in_a_write_is_4_05),
        T(a_write_is_not_half_done_when_one_resource_is_bad),
        T(a_number_beyond_its_type_is_4_00),
        T(bad_senml_is_4_00_never_5_00),
        T(int_233_write_as_senml_cbor),
        T(nul_written_one_past_the_packet),
        T(unknown_content_format),
        T(write_where_there_is_nothing),
        T(if_none_match_is_honoured),
        T(if_match_is_honoured),
        T(a_write_that_the_object_refuses),
        T(create_with_an_id),
        T(create_without_an_id_takes_the_lowest_free),
        T(create_as_senml),
        T(create_needs_what_is_mandatory),
        T(create_what_is_there_already),
        T(a_create_that_fails_leaves_nothing),
        T(create_more_than_fit),
        T(int_680_685_create_and_delete_of_3_are_4_05),
        T(delete_an_instance),
        T(delete_a_resource_instance),
        T(execute),
        T(execute_with_bad_arguments),
        T(execute_what_cannot_be),
        T(composite_and_other_methods_are_4_05),
        T(block2_of_every_size),
        T(block2_may_start_anywhere),
        T(block2_behind_the_end_is_4_00),
        T(block2_of_an_instance_and_its_events),
        T(size2_is_told_when_asked),
        T(block1_of_every_size),
        T(block1_asks_for_smaller_blocks),
        T(block1_that_never_ends),
        T(block1_says_beforehand_that_it_is_too_large),
        T(block1_rearranged_or_missing),
        T(block1_is_keyed_by_path_method_and_link),
        T(block1_expires),
        T(block1_size_must_be_that_of_the_payload),
        T(block1_is_refused_at_once_where_nothing_can_be_written),
        T(block1_of_a_create_and_an_execute),
        T(a_write_that_is_answered_later),
        T(a_read_that_is_answered_later),
        T(a_resource_instance_that_is_answered_later),
        T(an_execute_and_a_create_that_are_answered_later),
        T(more_pending_than_there_is_room_for),
        T(a_handler_that_does_not_ask_for_the_requests_name),
        T(the_devices_own_view),
        T(the_device_creates_and_deletes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
