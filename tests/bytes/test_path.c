/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"

#include "bytes/path.h"

/* Parse a copy of exactly n bytes, so that the sanitizer sees a byte too many. */
static int parse(struct lp_path *p, const char *text, size_t n)
{
    char *copy = malloc(n ? n : 1);
    memcpy(copy, text, n);
    int r = lp_path_parse(p, (struct lp_span){copy, n});
    free(copy);
    return r;
}

static void paths_to_and_from_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct lp_path path;
        enum lp_level level;
    } t[] = {
        {"/", {0, LP_NONE, LP_NONE, LP_NONE, LP_NONE}, LP_LEVEL_ROOT},
        {"/0", {0, 0, LP_NONE, LP_NONE, LP_NONE}, LP_LEVEL_OBJECT},
        {"/3/0", {0, 3, 0, LP_NONE, LP_NONE}, LP_LEVEL_INSTANCE},
        {"/3303/65534/5700", {0, 3303, 65534, 5700, LP_NONE}, LP_LEVEL_RESOURCE},
        {"/65534/65534/65534/65534", {0, 65534, 65534, 65534, 65534}, LP_LEVEL_RINSTANCE},
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct lp_path p;
        char text[LP_PATH_TEXT];
        assert_int_equal(parse(&p, t[i].text, strlen(t[i].text)), 0);
        assert_true(lp_path_equal(&p, &t[i].path));
        assert_int_equal(lp_path_level(&p), t[i].level);
        assert_string_equal(lp_path_text(&p, text), t[i].text);
    }
}

static void what_is_no_path(void **state)
{
    (void)state;
    static const char *const t[] = {
        "",           "3",         "3/0",    "//",       "/3/",          "/3//0",   "/03",
        "/00",        "/-1",       "/+1",    "/ 3",      "/3 ",          "/0x3",    "/a",
        "/3/0/1/2/3", "/3/0/1/2/", "/65535", "/3/65535", "/3/0/1/65535", "/100000", "/99999999999",
        "/3/0?",      "/3,",
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct lp_path p;
        assert_int_equal(parse(&p, t[i], strlen(t[i])), LP_ERR_FORMAT);
    }
    struct lp_path p;
    assert_int_equal(parse(&p, "/3\0", 3), LP_ERR_FORMAT);
    assert_int_equal(lp_path_parse(&p, (struct lp_span){NULL, 0}), LP_ERR_FORMAT);
}

static void path_4294967299_is_not_3(void **state)
{
    (void)state;
    static const char *const t[] = {"/4294967299", "/3/4294967296", "/65539",
                                    "/3/0/18446744073709551619"};
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct lp_path p;
        assert_int_equal(parse(&p, t[i], strlen(t[i])), LP_ERR_FORMAT);
    }
}

static void cut_at_every_length(void **state)
{
    (void)state;
    const char *text = "/3303/65534/5700/12";
    for (size_t n = 0; n <= strlen(text); n++) {
        struct lp_path p;
        bool complete = n > 0 && (n == 1 || text[n - 1] != '/');
        assert_int_equal(parse(&p, text, n), complete ? 0 : LP_ERR_FORMAT);
    }
}

static void every_id_at_every_level(void **state)
{
    (void)state;
    for (uint32_t id = 0; id <= 65536; id++) {
        char text[40];
        struct lp_path p;
        uint16_t want = (uint16_t)id;
        snprintf(text, sizeof text, "/%u/1/%u/%u", (unsigned)id, (unsigned)id, (unsigned)id);
        int r = parse(&p, text, strlen(text));
        assert_int_equal(r, id < 65535 ? 0 : LP_ERR_FORMAT);
        if (!r)
            assert_true(p.obj == want && p.inst == 1 && p.res == want && p.rinst == want &&
                        p.dev == 0);
    }
}

static void covers_and_cut(void **state)
{
    (void)state;
    struct lp_path all[] = {LP_ROOT, LP_PATH_OBJ(3), LP_PATH_INST(3, 0), LP_PATH_RES(3, 0, 7),
                            LP_PATH(3, 0, 7, 1)};
    for (unsigned a = 0; a < 5; a++)
        for (unsigned b = 0; b < 5; b++) {
            assert_int_equal(lp_path_covers(&all[a], &all[b]), a <= b);
            assert_int_equal(lp_path_equal(&all[a], &all[b]), a == b);
            struct lp_path cut = lp_path_cut(&all[b], (enum lp_level)a);
            assert_true(lp_path_equal(&cut, &all[a < b ? a : b]));
        }
    struct lp_path other[] = {LP_PATH_OBJ(4), LP_PATH_INST(3, 1), LP_PATH_RES(3, 0, 8),
                              LP_PATH(3, 0, 7, 2)};
    for (unsigned a = 0; a < 4; a++) assert_false(lp_path_covers(&all[a + 1], &other[a]));
}

static void devices_behind_a_gateway_are_apart(void **state)
{
    (void)state;
    struct lp_path a = LP_PATH_INST(3, 0), b = a;
    b.dev = 1;
    assert_false(lp_path_equal(&a, &b));
    assert_false(lp_path_covers(&a, &b));
    assert_int_equal(lp_path_level(&b), LP_LEVEL_INSTANCE);
    assert_int_equal(lp_path_cut(&b, LP_LEVEL_OBJECT).dev, 1);
}

static int from_coap(struct lp_path *p, const char *message)
{
    uint8_t m[300];
    struct lp_coap c;
    size_t n = hex(m, message);
    assert_int_equal(lp_coap_parse(&c, m, n), 0);
    return lp_path_from_coap(p, &c);
}

static void from_uri_path_options(void **state)
{
    (void)state;
    struct lp_path p;
    assert_int_equal(from_coap(&p, "40 01 00 01"), 0);
    assert_true(lp_path_equal(&p, &LP_ROOT));
    assert_int_equal(from_coap(&p, "40 01 00 01 b1 33 01 30 02 31 33"), 0); /* 3, 0, 13 */
    assert_true(lp_path_equal(&p, &LP_PATH_RES(3, 0, 13)));
    assert_int_equal(
        from_coap(&p, "40 01 00 01 60 51 33 42 61 62 | Observe, Uri-Path 3, Uri-Query ab"), 0);
    assert_true(lp_path_equal(&p, &LP_PATH_OBJ(3)));
}

static void names_in_uri_path_are_not_found(void **state)
{
    (void)state;
    static const char *const t[] = {
        "40 01 00 01 b2 62 73                      | bs",
        "40 01 00 01 b2 72 64 01 33                | rd 3",
        "40 01 00 01 b0                            | an empty segment",
        "40 01 00 01 b1 33 00                      | 3, empty",
        "40 01 00 01 b2 30 33                      | 03",
        "40 01 00 01 b5 36 35 35 33 35             | 65535",
        "40 01 00 01 ba 34 32 39 34 39 36 37 32 39 39 | 4294967299",
        "40 01 00 01 b1 31 01 31 01 31 01 31 01 31 | five of them",
        "40 01 00 01 b2 33 00                      | 3 and a NUL",
    };
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct lp_path p;
        assert_int_equal(from_coap(&p, t[i]), LP_ERR_NOT_FOUND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_to_and_from_text),
        cmocka_unit_test(what_is_no_path),
        cmocka_unit_test(path_4294967299_is_not_3),
        cmocka_unit_test(cut_at_every_length),
        cmocka_unit_test(every_id_at_every_level),
        cmocka_unit_test(covers_and_cut),
        cmocka_unit_test(devices_behind_a_gateway_are_apart),
        cmocka_unit_test(from_uri_path_options),
        cmocka_unit_test(names_in_uri_path_are_not_found),
    };
    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
