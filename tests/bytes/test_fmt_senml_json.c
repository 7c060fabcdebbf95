/* SPDX-License-Identifier: Apache-2.0
 *
 * application/senml+json: the examples of RFC 8428, OMA's (core 1.1, 7.4.4), and mistakes made elsewhere. */
#include "test.h"

#include "records.h"
#include "rfc8428.h"

#include <math.h>

static void reads(const char *base, const char *json, const char *lines)
{
    char *got = read_all(&lp_fmt_senml_json, base, json, strlen(json), 64);
    assert_string_equal(got, lines);
    free(got);
}

static void writes(const char *base, const struct lp_record *rec, size_t n, const char *json)
{
    uint8_t m[1024];
    int len = write_windows(m, sizeof m - 1, &lp_fmt_senml_json, base, rec, n);
    assert_true(len >= 0);
    m[len] = 0;
    assert_string_equal((char *)m, json);
}

static struct lp_record record(const char *path, struct lp_value v)
{
    return (struct lp_record){.path = path_of(path), .value = v};
}

#define S(text)   ((struct lp_value){LP_T_STRING, {.s = {text, sizeof(text) - 1}}})
#define I(number) ((struct lp_value){LP_T_INT, {.i = number}})
#define F(number) ((struct lp_value){LP_T_FLOAT, {.f = number}})

/* ---- RFC 8428, section 5.1: the examples, without line ends ------------------------------------------------------ */

static const struct {
    const char *json, *lines;
} examples[] = {
    {"[{ \"n\": \"urn:dev:ow:10e2073a01080063\", \"v\":23.1, \"u\":\"Cel\" }]",
     "/1/0/63 float 23.100000000000001\n"},
    {"[ {\"bn\": \"urn:dev:ow:10e2073a01080063:\","
     "\"n\": \"voltage\", \"t\": 0, \"u\": \"V\", \"v\": 120.1 },"
     "{\"n\": \"current\", \"t\": 0, \"u\": \"A\", \"v\": 1.2 }"
     "]",
     "/1/0/1 float 120.09999999999999\n/1/0/2 float 1.2\n"},
    {"[{\"bn\": \"urn:dev:ow:10e2073a0108006:\","
     "\"bt\": 1276020076.001,"
     "\"bu\": \"A\","
     "\"bver\": 5,"
     "\"n\": \"voltage\", \"u\": \"V\", \"v\": 120.1 },"
     "{ \"n\": \"current\", \"t\": -5, \"v\": 1.2 },"
     "{ \"n\": \"current\", \"t\": -4, \"v\": 1.30 },"
     "{ \"n\": \"current\", \"t\": -3, \"v\": 0.14e1 },"
     "{ \"n\": \"current\", \"t\": -2, \"v\": 1.5 },"
     "{ \"n\": \"current\", \"t\": -1, \"v\": 1.6 },"
     "{ \"n\": \"current\", \"t\": 0,  \"v\": 1.7 }"
     "]",
     "/1/0/1 float 120.09999999999999\n/1/0/2 float 1.2\n/1/0/2 float 1.3\n"
     "/1/0/2 float 1.3999999999999999\n/1/0/2 float 1.5\n/1/0/2 float 1.6000000000000001\n"
     "/1/0/2 float 1.7\n"},
    {"[ {\"bn\": \"urn:dev:ow:10e2073a01080063\","
     "\"bt\": 1320067464,"
     "\"bu\": \"%RH\","
     "\"v\": 21.2, \"t\": 0 },"
     "{ \"v\": 21.3, \"t\": 10 },"
     "{ \"v\": 21.4, \"t\": 20 },"
     "{ \"v\": 21.4, \"t\": 30 },"
     "{ \"v\": 21.5, \"t\": 40 },"
     "{ \"v\": 21.5, \"t\": 50 },"
     "{ \"v\": 21.5, \"t\": 60 },"
     "{ \"v\": 21.6, \"t\": 70 },"
     "{ \"v\": 21.7, \"t\": 80 },"
     "{ \"v\": 21.5, \"t\": 90 },"
     "{ \"v\": 21.5, \"t\": 91 },"
     "{ \"v\": 21.5, \"t\": 92 }"
     "]",
     "/1/0/63 float 21.199999999999999\n/1/0/63 float 21.300000000000001\n"
     "/1/0/63 float 21.399999999999999\n/1/0/63 float 21.399999999999999\n/1/0/63 float 21.5\n"
     "/1/0/63 float 21.5\n/1/0/63 float 21.5\n/1/0/63 float 21.600000000000001\n"
     "/1/0/63 float 21.699999999999999\n/1/0/63 float 21.5\n/1/0/63 float 21.5\n"
     "/1/0/63 float 21.5\n"},
    {"[{\"bn\": \"urn:dev:ow:10e2073a01080063\","
     "\"bt\": 1320067464,"
     "\"bu\": \"%RH\","
     "\"v\": 20.0, \"t\": 0 },"
     "{ \"v\": 24.30621, \"u\": \"lon\", \"t\": 0 },"
     "{ \"v\": 60.07965, \"u\": \"lat\", \"t\": 0 },"
     "{ \"v\": 20.3, \"t\": 60 },"
     "{ \"v\": 24.30622, \"u\": \"lon\", \"t\": 60 },"
     "{ \"v\": 60.07965, \"u\": \"lat\", \"t\": 60 },"
     "{ \"v\": 20.7, \"t\": 120 },"
     "{ \"v\": 24.30623, \"u\": \"lon\", \"t\": 120 },"
     "{ \"v\": 60.07966, \"u\": \"lat\", \"t\": 120 },"
     "{ \"v\": 98.0, \"u\": \"%EL\", \"t\": 150 },"
     "{ \"v\": 21.2, \"t\": 180 },"
     "{ \"v\": 24.30628, \"u\": \"lon\", \"t\": 180 },"
     "{ \"v\": 60.07967, \"u\": \"lat\", \"t\": 180 }"
     "]",
     "/1/0/63 float 20\n/1/0/63 float 24.30621\n/1/0/63 float 60.079650000000001\n"
     "/1/0/63 float 20.300000000000001\n/1/0/63 float 24.30622\n/1/0/63 float 60.079650000000001\n"
     "/1/0/63 float 20.699999999999999\n/1/0/63 float 24.306229999999999\n"
     "/1/0/63 float 60.079659999999997\n/1/0/63 float 98\n/1/0/63 float 21.199999999999999\n"
     "/1/0/63 float 24.306280000000001\n/1/0/63 float 60.07967\n"},
    {"["
     "{\"bn\": \"2001:db8::2/\","
     "\"bt\": 1320078429,"
     "\"n\": \"temperature\", \"v\": 25.2, \"u\": \"Cel\" },"
     "{ \"n\": \"humidity\", \"v\": 30, \"u\": \"%RH\" },"
     "{\"bn\": \"2001:db8::1/\","
     "\"n\": \"temperature\", \"v\": 12.3, \"u\": \"Cel\" },"
     "{ \"n\": \"humidity\", \"v\": 67, \"u\": \"%RH\" }"
     "]",
     "/2/0/3 float 25.199999999999999\n/2/0/4 int 30\n/1/0/3 float 12.300000000000001\n"
     "/1/0/4 int 67\n"},
    {"["
     "{ \"bn\": \"urn:dev:ow:10e2073a01080063:\", \"n\":\"temp\", \"v\":23.1, \"u\":\"Cel\" },"
     "{  \"n\":\"label\", \"vs\":\"Machine Room\" },"
     "{  \"n\":\"open\", \"vb\": false },"
     "{  \"n\":\"nfv-reader\", \"vd\":\"aGkgCg\" }"
     "]",
     "/1/0/5 float 23.100000000000001\n/1/0/6 str Machine Room\n/1/0/7 bool 0\n"
     "/1/0/8 hex 6869200a\n"},
    {"[{\"bn\": \"urn:dev:ow:10e2073a01080063:\","
     "\"bt\": 1320078429,"
     "\"l\": \"[{\\\"href\\\":\\\"humidity\\\",\\\"foo\\\":\\\"bar\\\"}]\","
     "\"n\": \"temperature\", \"v\": 27.2, \"u\": \"Cel\" },"
     "{ \"n\": \"humidity\", \"v\": 80, \"u\": \"%RH\" }"
     "]",
     "/1/0/3 float 27.199999999999999\n/1/0/4 int 80\n"},
    {"["
     "{\"bn\":\"urn:dev:ow:10e2073a01080063:\"},"
     "{\"n\":\"temp\",\"u\":\"Cel\",\"v\":23.1},"
     "{\"n\":\"heat\",\"u\":\"/\",\"v\":1},"
     "{\"n\":\"fan\",\"u\":\"/\",\"v\":0}"
     "]",
     "/1/0/5 float 23.100000000000001\n/1/0/9 int 1\n/1/0/10 int 0\n"},
    {"["
     "{ \"n\": \"urn:dev:ow:10e2073a01080063\","
     "\"t\": 1276020076, \"v\":23.5, \"u\":\"Cel\" },"
     "{ \"n\": \"urn:dev:ow:10e2073a01080063\","
     "\"t\": 1276020091, \"v\":23.6, \"u\":\"Cel\" }"
     "]",
     "/1/0/63 float 23.5\n/1/0/63 float 23.600000000000001\n"},
    {"["
     "{ \"bn\": \"urn:dev:ow:10e2073a01080063\","
     "\"t\": 1276020076, \"v\":23.5, \"u\":\"Cel\" },"
     "{  \"t\": 1276020091, \"v\":23.6, \"u\":\"Cel\" }"
     "]",
     "/1/0/63 float 23.5\n/1/0/63 float 23.600000000000001\n"},
    {"["
     "{\"bt\":1.320078429e+09,\"bu\":\"/\","
     "\"n\":\"2001:db8::3\", \"v\":1 },"
     "{\"n\":\"2001:db8::4\", \"v\":1 }"
     "]",
     "/3/0/0 int 1\n/4/0/0 int 1\n"},
    {"["
     "{\"bt\":1.320078429e+09,\"bu\":\"/\","
     "\"n\":\"2001:db8::3\",\"v\":0.5},"
     "{\"n\":\"2001:db8::4\",\"v\":0.5},"
     "{\"n\":\"2001:db8::3\",\"t\":0.1,\"v\":0},"
     "{\"n\":\"2001:db8::4\",\"t\":0.1,\"v\":0}"
     "]",
     "/3/0/0 float 0.5\n/4/0/0 float 0.5\n/3/0/0 int 0\n/4/0/0 int 0\n"},
};

/* Strings that are a name of rfc8428.h become the path. */
static void rename_all(char *to, const char *from)
{
    while (*from) {
        const char *end = *from == '"' ? strchr(from + 1, '"') : NULL;
        const char *path = end ? rfc8428_path(from + 1, (size_t)(end - from - 1)) : NULL;
        const char *p = from + strspn(from, "[]{} ,\n"),
                   *value = end ? end + 1 + strspn(end + 1, " ") : p;
        if (path && *value != ':') {
            to += sprintf(to, "\"%s\"", path);
            from = end + 1;
        } else {
            *to++ = *from++;
        }
    }
    *to = 0;
}

static void rfc8428_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        char json[1024];
        rename_all(json, examples[i].json);
        reads("/", json, examples[i].lines);
        read_cuts(&lp_fmt_senml_json, "/", json, strlen(json), false);
    }
}

/* The same from the folder of shared vectors, with all their line ends, when it is there. */
static void rfc8428_examples_files(void **state)
{
    (void)state;
    size_t files = 0;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        char name[256], text[1024], json[1024];
        sprintf(name, SHARED_DIR "/vectors/senml/ex%zu.json", i + 1);
        FILE *f = fopen(name, "r");
        if (!f) continue;
        text[fread(text, 1, sizeof text - 1, f)] = 0;
        fclose(f);
        rename_all(json, text);
        reads("/", json, examples[i].lines);
        files++;
    }
    if (!files) skip();
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void base_names(void **state)
{
    (void)state;
    const struct lp_record rec[] = {record("/3/0/0", S("Open")), record("/3/0/9", I(95)),
                                    record("/3/0/7/0", I(3800)), record("/3/0/7/1", I(5000))};
    writes("/3/0", rec, 4,
           "[{\"bn\":\"/3/0/\",\"n\":\"0\",\"vs\":\"Open\"},{\"n\":\"9\",\"v\":95},{\"n\":\"7/"
           "0\",\"v\":3800},"
           "{\"n\":\"7/1\",\"v\":5000}]");
    writes("/3", rec, 2,
           "[{\"bn\":\"/3/\",\"n\":\"0/0\",\"vs\":\"Open\"},{\"n\":\"0/9\",\"v\":95}]");
    writes("/", rec, 2,
           "[{\"bn\":\"/\",\"n\":\"3/0/0\",\"vs\":\"Open\"},{\"n\":\"3/0/9\",\"v\":95}]");
    writes("/3/0/0", rec, 1, "[{\"bn\":\"/3/0/0\",\"vs\":\"Open\"}]");
    writes("/3/0/7", rec + 2, 2,
           "[{\"bn\":\"/3/0/7/\",\"n\":\"0\",\"v\":3800},{\"n\":\"1\",\"v\":5000}]");
    writes("/3/0/7/1", rec + 3, 1, "[{\"bn\":\"/3/0/7/1\",\"v\":5000}]");
    writes("/3", rec, 0, "[]");
}

static void all_types(void **state)
{
    (void)state;
    const struct lp_record rec[] = {
        record("/9/0/0", S("a\"b\n")),
        record("/9/0/1", I(-5)),
        record("/9/0/2", ((struct lp_value){LP_T_UINT, {.u = UINT64_MAX}})),
        record("/9/0/3", F(21.3)),
        record("/9/0/4", ((struct lp_value){LP_T_BOOL, {.b = true}})),
        record("/9/0/5", ((struct lp_value){LP_T_OPAQUE, {.s = {"\xfb\xff\xfe", 3}}})),
        record("/9/0/6", ((struct lp_value){LP_T_TIME, {.i = 1367491215}})),
        record("/9/0/7", ((struct lp_value){LP_T_OBJLNK, {.link = {3, 65535}}})),
        record("/9/0/8", ((struct lp_value){LP_T_CORELNK, {.s = {"</3>", 4}}})),
        record("/9/0/9", (struct lp_value){0})};
    writes("/9/0", rec, 10,
           "[{\"bn\":\"/9/0/\",\"n\":\"0\",\"vs\":\"a\\\"b\\u000a\"},{\"n\":\"1\",\"v\":-5},"
           "{\"n\":\"2\",\"v\":18446744073709551615},{\"n\":\"3\",\"v\":21.3},{\"n\":\"4\",\"vb\":"
           "true},"
           "{\"n\":\"5\",\"vd\":\"-__-\"},{\"n\":\"6\",\"v\":1367491215},{\"n\":\"7\",\"vlo\":\"3:"
           "65535\"},"
           "{\"n\":\"8\",\"vs\":\"</3>\"},{\"n\":\"9\"}]");
}

static int write_error(struct lp_value v)
{
    uint8_t m[256];
    struct lp_out o;
    struct lp_record rec = record("/9/0/0", v);
    lp_out_init(&o, m, sizeof m);
    return write_all(&o, &lp_fmt_senml_json, "/9/0", &rec, 1);
}

static void what_json_cannot_carry(void **state)
{
    (void)state;
    assert_int_equal(write_error(F(NAN)), LP_ERR_VALUE);
    assert_int_equal(write_error(F(INFINITY)), LP_ERR_VALUE);
    assert_int_equal(write_error(S("\xff")), LP_ERR_VALUE);
    assert_int_equal(write_error((struct lp_value){LP_T_RAW_TEXT, {.s = {"1", 1}}}), LP_ERR_ACCEPT);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void all_values(void **state)
{
    (void)state;
    reads("/9/0",
          "[{\"bn\":\"/9/0/\",\"n\":\"0\",\"vs\":\"a\\\"b\\u0021\"},{\"n\":\"1\",\"v\":-5},"
          "{\"n\":\"2\",\"v\":18446744073709551615},{\"n\":\"3\",\"v\":21.5},{\"n\":\"4\",\"vb\":"
          "true},"
          "{\"n\":\"4\",\"vb\":false},{\"n\":\"5\",\"vd\":\"-__-\"},{\"n\":\"5\",\"vd\":\"+\\/\\/"
          "+\"},{\"n\":\"5\",\"vd\":\"\"},"
          "{\"n\":\"7\",\"vlo\":\"3:65535\"},{\"n\":\"7\",\"vs\":\"3:65535\"},{\"n\":\"9\"},{\"v\":"
          "1e400,\"n\":\"3\"}]",
          "/9/0/0 str a\"b!\n/9/0/1 int -5\n/9/0/2 uint 18446744073709551615\n/9/0/3 float "
          "21.5\n/9/0/4 bool 1\n"
          "/9/0/4 bool 0\n/9/0/5 hex fbfffe\n/9/0/5 hex fbfffe\n/9/0/5 hex\n"
          "/9/0/7 link 3:65535\n/9/0/7 str 3:65535\n/9/0/9 none\nerror -4\n");
}

static void names(void **state)
{
    (void)state;
    reads("/3/0", "[{\"n\":\"/3/0/9\",\"v\":1}]", "/3/0/9 int 1\n");
    reads("/3/0", "[{\"bn\":\"/3/0\",\"n\":\"/9\",\"v\":1},{\"n\":\"/10\",\"v\":2}]",
          "/3/0/9 int 1\n/3/0/10 int 2\n");
    reads("/3/0", "[{\"bn\":\"/3/0/1\",\"v\":1},{\"n\":\"0\",\"v\":2}]",
          "/3/0/1 int 1\n/3/0/10 int 2\n");
    reads("/3/0", "[{\"n\":\"9\",\"v\":1,\"bn\":\"/3/0/\"},{\"bn\":\"\",\"n\":\"/3/0/8\",\"v\":2}]",
          "/3/0/9 int 1\n/3/0/8 int 2\n");
    reads("/3/0", "[{\"bn\":\"\\/3\\/0\\/\"},{\"n\":\"\\u0039\",\"v\":1}]",
          "/3/0/9 int 1\n"); /* escaped slashes */
    reads("/3/0", "[{\"\\u0062n\":\"/3/0/9\",\"v\":1}]", "/3/0/9 int 1\n");
    reads("/65534", "[{\"n\":\"/65534/65534/65534/65534\",\"v\":1}]",
          "/65534/65534/65534/65534 int 1\n");
    reads("/65534", "[{\"bn\":\"/65534/65534/65534/65534\",\"v\":1}]",
          "/65534/65534/65534/65534 int 1\n");
    reads("/3/0", "[{\"n\":\"/3/1/9\",\"v\":1}]", "error -4\n"); /* not what was asked for */
    reads("/3/0", "[{\"n\":\"/3/0/9\",\"v\":1},{\"n\":\"/3\",\"v\":1}]",
          "/3/0/9 int 1\nerror -4\n");
    reads("/3/0", "[{\"n\":\"/3/0\",\"v\":1}]", "error -4\n"); /* a value of an instance */
    reads("/", "[{\"n\":\"/\",\"v\":1}]", "error -4\n");
    reads("/", "[{\"n\":\"/\"},{\"n\":\"/3/0\"}]", "/ none\n/3/0 none\n");
    reads("/3/0", "[{\"n\":\"9\",\"v\":1}]", "error -3\n");
    reads("/3/0", "[{\"n\":\"\",\"v\":1}]", "error -3\n");
    reads("/3/0", "[{\"v\":1}]", "error -3\n");
    reads("/3/0", "[{\"n\":\"/3/0/9/\",\"v\":1}]", "error -3\n");
    reads("/3/0", "[{\"n\":9,\"v\":1}]", "error -3\n");
    reads("/3/0", "[{\"bn\":\"/3/0/9///////////////////\",\"v\":1}]", "error -4\n");
    reads("/3/0", "[{\"bn\":\"/65534/65534/65534/\",\"n\":\"655340\",\"v\":1}]", "error -4\n");
}

static void base_fields_alone_are_no_record(void **state)
{
    (void)state;
    reads("/3/0", "[]", "");
    reads("/3/0", " [ { } ] ", "");
    reads("/3/0", "[{\"bn\":\"/3/0/\",\"bt\":1.5},{},{\"n\":\"9\",\"v\":1},{\"bn\":\"/3/0/1\"}]",
          "/3/0/9 int 1\n");
}

/* They are not among OMA's labels, and what they would be added to would be wrong without them. */
static void base_values_are_refused(void **state)
{
    (void)state;
    reads("/3/0", "[{\"bv\":100},{\"n\":\"/3/0/9\",\"v\":-5}]", "error -4\n");
    reads("/3/0", "[{\"n\":\"/3/0/9\",\"v\":1},{\"bv\":0.5}]", "/3/0/9 int 1\nerror -4\n");
    reads("/3/0", "[{\"bv\":\"1\",\"n\":\"/3/0/9\",\"vs\":\"x\"}]", "error -4\n");
}

static void versions(void **state)
{
    (void)state;
    reads("/3/0", "[{\"bver\":10,\"n\":\"/3/0/9\",\"v\":1}]", "/3/0/9 int 1\n");
    reads("/3/0", "[{\"bver\":5,\"n\":\"/3/0/9\",\"v\":1}]", "/3/0/9 int 1\n");
    reads("/3/0", "[{\"bver\":11,\"n\":\"/3/0/9\",\"v\":1}]", "error -3\n");
    reads("/3/0", "[{\"bver\":1e9,\"n\":\"/3/0/9\",\"v\":1}]", "error -3\n");
    reads("/3/0", "[{\"bver\":\"10\",\"n\":\"/3/0/9\",\"v\":1}]", "error -3\n");
}

static void labels(void **state)
{
    (void)state;
    reads("/3/0", "[{\"n\":\"/3/0/9\",\"v\":1,\"x\":{\"a\":[1,{\"n\":\"y\"}]},\"\":null,\"_x\":0}]",
          "/3/0/9 int 1\n");
    reads("/3/0", "[{\"n\":\"/3/0/9\",\"v\":1,\"x_\":0}]", "error -3\n"); /* must be understood */
    reads("/3/0", "[{\"n\":\"/3/0/9\",\"v\":1,\"\\u005f\":0}]", "error -3\n");
    reads("/3/0",
          "[{\"n\":\"/3/0/"
          "9\",\"t\":1,\"bt\":2,\"u\":\"V\",\"bu\":\"V\",\"ut\":3,\"s\":4,\"bs\":5,\"v\":1}]",
          "/3/0/9 int 1\n");
}

static void duplicates(void **state)
{
    (void)state;
    reads("/3/0", "[{\"n\":\"/3/0/9\",\"n\":\"/3/0/9\",\"v\":1}]", "error -3\n");
    reads("/3/0", "[{\"n\":\"/3/0/9\",\"v\":1,\"v\":1}]", "error -3\n");
    reads("/3/0", "[{\"n\":\"/3/0/9\",\"t\":1,\"t\":1,\"v\":1}]", "error -3\n");
    reads("/3/0", "[{\"n\":\"/3/0/9\",\"v\":1,\"vs\":\"x\"}]", "error -3\n"); /* two values */
    reads("/3/0", "[{\"n\":\"/3/0/9\",\"vlo\":\"1:1\",\"vs\":\"1:1\"}]", "error -3\n");
}

static void values_of_another_kind(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "\"v\":\"1\"",     "\"v\":true", "\"v\":null",   "\"v\":[1]",    "\"vs\":1", "\"vb\":1",
        "\"vb\":\"true\"", "\"vd\":1",   "\"vd\":\"?\"", "\"vd\":\"A\"", "\"vlo\":1"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char json[64];
        sprintf(json, "[{\"n\":\"/3/0/9\",%s}]", rows[i]);
        reads("/3/0", json, "error -3\n");
    }
    static const char *const links[] = {"", "1", "1:", ":1", "1:2:3", "65536:1", "a:b", "-1:1"};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        char json[64];
        sprintf(json, "[{\"n\":\"/3/0/9\",\"vlo\":\"%s\"}]", links[i]);
        char *got = read_all(&lp_fmt_senml_json, "/3/0", json, strlen(json), 0);
        assert_memory_equal(got, "error", 5);
        free(got);
    }
}

/* ---- mistakes made elsewhere ------------------------------------------------------------------------------------- */

static void path_number_over_32_bits(void **state)
{
    (void)state;
    reads("/", "[{\"n\":\"/4294967299/0/9\",\"v\":1}]", "error -3\n");
    reads("/", "[{\"n\":\"/65539/0/9\",\"v\":1}]", "error -3\n");
    reads("/", "[{\"n\":\"/65535/0/9\",\"v\":1}]", "error -3\n");
}

static void malformed(void **state)
{
    (void)state;
    static const char *const rows[] = {"",
                                       "{}",
                                       "[",
                                       "[1]",
                                       "[[]]",
                                       "[{}",
                                       "[{},]",
                                       "[{}]]",
                                       "[{}]x",
                                       "null",
                                       "[{\"n\"}]",
                                       "[{\"n\":}]",
                                       "[{\"n\":\"/3/0/9\",\"v\":1}",
                                       "[{\"n\":\"/3/0/9\",\"v\":1"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *got = read_all(&lp_fmt_senml_json, "/3/0", rows[i], strlen(rows[i]), 64),
             *err = strstr(got, "error -3\n");
        if (!err) fail_msg("taken: %s", rows[i]);
        free(got);
    }
}

static void scratch_is_bounded_and_anew_for_each_record(void **state)
{
    (void)state;
    const char *json = "[{\"n\":\"/3/0/9\",\"vs\":\"\\n234\"},{\"n\":\"/3/0/"
                       "9\",\"vd\":\"QUJDRA\"},{\"n\":\"/3/0/9\",\"vs\":\"12345\"}]";
    char *got = read_all(&lp_fmt_senml_json, "/3/0", json, strlen(json), 4);
    assert_string_equal(got, "/3/0/9 str \n234\n/3/0/9 hex 41424344\n/3/0/9 str 12345\n");
    free(got);
    got = read_all(&lp_fmt_senml_json, "/3/0", json, strlen(json), 3);
    assert_string_equal(got, "error -11\n");
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc8428_examples),
        cmocka_unit_test(rfc8428_examples_files),
        cmocka_unit_test(base_names),
        cmocka_unit_test(all_types),
        cmocka_unit_test(what_json_cannot_carry),
        cmocka_unit_test(all_values),
        cmocka_unit_test(names),
        cmocka_unit_test(base_fields_alone_are_no_record),
        cmocka_unit_test(base_values_are_refused),
        cmocka_unit_test(versions),
        cmocka_unit_test(labels),
        cmocka_unit_test(duplicates),
        cmocka_unit_test(values_of_another_kind),
        cmocka_unit_test(path_number_over_32_bits),
        cmocka_unit_test(malformed),
        cmocka_unit_test(scratch_is_bounded_and_anew_for_each_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
