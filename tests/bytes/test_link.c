/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"

#include "bytes/link.h"

/* ---- writing ------------------------------------------------------------------------------------------------- */

static void links_written(void **state)
{
    (void)state;
    char got[256];
    struct lp_out o;
    struct lp_link_out l = {&o, 0};
    lp_out_init(&o, got, sizeof got);
    lp_link_root(&l, "/");
    lp_link_attr_string(&l, "rt", "oma.lwm2m");
    lp_link_attr_string(&l, "ct", "60 110");
    lp_link_path(&l, &LP_PATH_OBJ(3));
    lp_link_attr(&l, "ver", SPAN("1.1"));
    lp_link_path(&l, &LP_PATH_RES(3303, 0, 5700));
    lp_link_attr_int(&l, "pmin", 10);
    lp_link_attr_float(&l, "gt", 21.5);
    lp_link_attr_float(&l, "lt", -0.5);
    lp_link_path(&l, &LP_ROOT);
    lp_link_attr_string(&l, "x", "a\"b\\c");
    const char *want = "</>;rt=\"oma.lwm2m\";ct=\"60 110\",</3>;ver=1.1,"
                       "</3303/0/5700>;pmin=10;gt=21.5;lt=-0.5,</>;x=\"a\\\"b\\\\c\"";
    assert_int_equal(lp_out_end(&o), strlen(want));
    assert_memory_equal(got, want, strlen(want));
    assert_int_equal(l.links, 4);
}

/* More links than the buffer holds: counted, cut, nothing behind the end. */
static void response_larger_than_the_buffer(void **state)
{
    (void)state;
    char *got = malloc(30);
    struct lp_out o;
    struct lp_link_out l = {&o, 0};
    lp_out_init(&o, got, 30);
    for (unsigned i = 0; i < 1000; i++) lp_link_path(&l, &LP_PATH_INST(3303, i));
    assert_int_equal(lp_out_end(&o), LP_ERR_TOO_LARGE);
    assert_int_equal(lp_out_len(&o), 30);
    assert_memory_equal(got, "</3303/0>,</3303/1>,</3303/2>,", 30);
    free(got);
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

/* All of a text, as "href name=value name=\"value\" | href ...", with "!" where it broke. */
static const char *read_all(const char *text, size_t n, bool attributes)
{
    static char got[512];
    char *copy = malloc(n ? n : 1);
    size_t at = 0;
    struct lp_in in;
    struct lp_href l;
    struct lp_link_attr a;
    int r;
    memcpy(copy, text, n);
    lp_in_init(&in, copy, n);
    got[0] = 0;
    while ((r = lp_link_next(&in, &l)) > 0) {
        at += (size_t)sprintf(got + at, "%s%.*s", at ? " | " : "", (int)l.href.n,
                              (const char *)l.href.p);
        int more = 0;
        while (attributes && (more = lp_link_next_attr(&in, &a)) > 0)
            at +=
                (size_t)sprintf(got + at, a.quoted ? " %.*s=\"%.*s\"" : " %.*s=%.*s", (int)a.name.n,
                                (const char *)a.name.p, (int)a.value.n, (const char *)a.value.p);
        if (more < 0) {
            assert_int_equal(lp_link_next(&in, &l), LP_ERR_FORMAT);
            r = more;
            break;
        }
    }
    if (r < 0) {
        assert_int_equal(r, LP_ERR_FORMAT);
        assert_int_equal(lp_link_next(&in, &l), LP_ERR_FORMAT); /* it stays */
        assert_int_equal(lp_link_next_attr(&in, &a), LP_ERR_FORMAT);
        sprintf(got + at, "!");
    } else {
        assert_int_equal(lp_link_next(&in, &l), 0);
        assert_int_equal(lp_link_next_attr(&in, &a), 0);
    }
    free(copy);
    return got;
}

static void links_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } t[] = {
        {"", ""},
        {"</3/0>", "/3/0"},
        {"</>;rt=\"oma.lwm2m\";ct=\"60 110\",</1/0>,</3>;ver=1.1",
         "/ rt=\"oma.lwm2m\" ct=\"60 110\" | /1/0 | /3 ver=1.1"},
        {"</3/0/1>;pmin=10;pmax=60;gt=-1.5", "/3/0/1 pmin=10 pmax=60 gt=-1.5"},
        {"</a>;obs;hb,</b>", "/a obs= hb= | /b"},
        {"</a>;x=,</b>;y=", "/a x= | /b y="},
        {"</a>;x=\"\"", "/a x=\"\""},
        {"</a>;x=\"a,b;c>d\",</b>", "/a x=\"a,b;c>d\" | /b"},
        {"</a>;x=\"a\\\"b\\\\\",</b>", "/a x=\"a\\\"b\\\\\" | /b"},
        {"<>", ""},
        {"</a,b;c>", "/a,b;c"},
        {"</a><", "/a!"},
        {"</a></b>", "/a!"},
        {"</a>,", "/a!"},
        {"</a>,,</b>", "/a!"},
        {",</a>", "!"},
        {";x=1", "!"},
        {"/a", "!"},
        {"a</a>", "!"},
        {"</a", "!"},
        {"<", "!"},
        {"</a>;", "/a!"},
        {"</a>;;x", "/a!"},
        {"</a>;=1", "/a!"},
        {"</a>;x=\"", "/a!"},
        {"</a>;x=\"b", "/a!"},
        {"</a>;x=\"b\\", "/a!"},
        {"</a>;x=\"b\\\"", "/a!"},
        {"</a>;x=\"b\"c", "/a!"},
        {"</a>;x=\"b\"\"c\"", "/a!"},
    };
    for (size_t k = 0; k < sizeof t / sizeof *t; k++)
        assert_string_equal(read_all(t[k].text, strlen(t[k].text), true), t[k].want);
}

static void attributes_that_were_not_read_are_skipped(void **state)
{
    (void)state;
    const char *text = "</>;rt=\"a,b\";x=1,</1/0>;y,</3>;ver=1.1";
    assert_string_equal(read_all(text, strlen(text), false), "/ | /1/0 | /3");
    assert_string_equal(read_all("</>;x=\"b", 8, false), "/!");
    struct lp_in in;
    struct lp_href l;
    struct lp_link_attr a;
    lp_in_init(&in, text, strlen(text)); /* half of them read */
    assert_int_equal(lp_link_next(&in, &l), 1);
    assert_int_equal(lp_link_next_attr(&in, &a), 1);
    assert_int_equal(lp_link_next(&in, &l), 1);
    assert_true(lp_span_is(l.href, "/1/0"));
}

static void links_cut_at_every_length(void **state)
{
    (void)state;
    const char *text = "</>;rt=\"o,\\\"ma\";ct=60;obs,</1/0>;x=,</3>;ver=1.1";
    for (size_t n = 0; n <= strlen(text); n++) {
        read_all(text, n, true);
        read_all(text, n, false);
    }
}

static void every_byte_changed(void **state)
{
    (void)state;
    const char *text = "</>;rt=\"o,\\\"ma\";ct=60;obs,</1/0>;x=,</3>;ver=1.1";
    char m[64];
    size_t n = strlen(text);
    memcpy(m, text, n);
    for (size_t i = 0; i < n; i++)
        for (const char *c = "<>;,=\"\\/ a\xff"; *c; c++) {
            m[i] = *c;
            read_all(m, n, true);
            read_all(m, n, false);
            m[i] = text[i];
        }
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    char got[128];
    struct lp_out o;
    struct lp_link_out l = {&o, 0};
    lp_out_init(&o, got, sizeof got);
    lp_link_root(&l, "/");
    lp_link_attr_string(&l, "a", "\"\\,;<>=");
    lp_link_path(&l, &LP_PATH(65534, 65534, 65534, 65534));
    lp_link_attr_int(&l, "b", INT64_MIN);
    assert_string_equal(read_all(got, lp_out_len(&o), true),
                        "/ a=\"\\\"\\\\,;<>=\" | /65534/65534/65534/65534 b=-9223372036854775808");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_written),
        cmocka_unit_test(response_larger_than_the_buffer),
        cmocka_unit_test(links_read),
        cmocka_unit_test(attributes_that_were_not_read_are_skipped),
        cmocka_unit_test(links_cut_at_every_length),
        cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(what_is_written_is_read),
    };
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
