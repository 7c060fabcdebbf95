/* SPDX-License-Identifier: Apache-2.0
 *
 * test_parts.c - what limpet-server is made of: timers, tables, addresses, links, values as JSON, plans, the
 * database. */
#include "test.h"

#include <unistd.h>

#include "server/addr.h"
#include "server/hexa.h"
#include "server/links.h"
#include "server/log.h"
#include "server/mem.h"
#include "server/node.h"
#include "server/plan.h"
#include "server/restype.h"
#include "server/store.h"
#include "server/table.h"
#include "server/timer.h"

/* ---- timers ---- */

static unsigned fired[1000], n_fired;

static void fire(void *ctx)
{
    fired[n_fired++] = (unsigned)(uintptr_t)ctx;
}

static void timers_fire_in_order(void **state)
{
    struct timers t = {0};
    static struct timer all[500];
    (void)state;
    n_fired = 0;
    assert_int_equal(timers_wait(&t, 0), UINT32_MAX);
    for (unsigned i = 0; i < 500; i++) {
        timer_init(&all[i], fire, (void *)(uintptr_t)(i * 7919 % 500));
        timer_set(&t, &all[i], 1000 + i * 7919 % 500);
    }
    for (unsigned i = 0; i < 500; i += 3) timer_stop(&t, &all[i]);
    timer_stop(&t, &all[0]);
    for (unsigned i = 0; i < 500; i += 3) timer_set(&t, &all[i], 1000 + i * 7919 % 500);
    assert_int_equal(timers_wait(&t, 400), 600);
    timers_run(&t, 1249);
    assert_int_equal(n_fired, 250);
    timers_run(&t, 5000);
    assert_int_equal(n_fired, 500);
    for (unsigned i = 0; i < 500; i++) assert_int_equal(fired[i], i);
    timers_free(&t);
}

struct again {
    struct timers t;
    struct timer x;
};

static void fire_again(void *ctx)
{
    struct again *a = ctx;
    n_fired++;
    timer_set(&a->t, &a->x, 10);
}

static void a_timer_that_sets_itself_does_not_spin(void **state)
{
    struct again a = {0};
    (void)state;
    n_fired = 0;
    timer_init(&a.x, fire_again, &a);
    timer_set(&a.t, &a.x, 10);
    timers_run(&a.t, 10);
    assert_int_equal(n_fired, 1);
    assert_int_equal(timers_wait(&a.t, 10), 0);
    timers_free(&a.t);
}

/* ---- tables ---- */

static void tables_find_what_they_hold(void **state)
{
    struct item {
        struct link link;
        unsigned key;
    };
    static struct item items[3000];
    struct table t = {0};
    (void)state;
    table_seed();
    assert_null(table_first(&t, 5));
    assert_null(table_each(&t, NULL));
    for (unsigned i = 0; i < 3000; i++) {
        items[i].key = i % 1500; /* each key twice */
        table_add(&t, &items[i].link, table_hash(&items[i].key, sizeof(unsigned)));
    }
    unsigned seen = 0;
    for (struct link *l = NULL; (l = table_each(&t, l)) != NULL;) seen++;
    assert_int_equal(seen, 3000);
    for (unsigned i = 0; i < 1500; i++) {
        struct link *l = table_first(&t, table_hash(&i, sizeof(i)));
        assert_ptr_equal(
            l, &items[i + 1500].link); /* the newest first, also after the table has grown */
        assert_ptr_equal(table_next(l), &items[i].link);
        assert_null(table_next(table_next(l)));
    }
    for (unsigned i = 0; i < 3000; i += 2) table_del(&t, &items[i].link);
    assert_int_equal(t.n, 1500);
    table_free(&t);
}

static void hashes_of_all_lengths_differ(void **state)
{
    uint8_t zeros[40] = {0};
    uint64_t hash[41];
    (void)state;
    for (size_t n = 0; n <= 40; n++) {
        hash[n] = table_hash(zeros, n);
        for (size_t k = 0; k < n; k++) assert_true(hash[k] != hash[n]);
    }
}

/* ---- addresses, hex ---- */

static void addresses(void **state)
{
    static const struct {
        const char *text;
        bool good, loopback;
    } all[] = {{"127.0.0.1:5683", true, true},
               {"[::1]:0", true, true},
               {"0.0.0.0:1", true, false},
               {"[::]:65535", true, false},
               {"192.0.2.1:5683", true, false},
               {"127.0.0.1", false, false},
               {"127.0.0.1:", false, false},
               {":5683", false, false},
               {"127.0.0.1:65536", false, false},
               {"::1:5683", false, false},
               {"[::1:5683", false, false},
               {"example:5683", false, false},
               {"1.2.3.4:-1", false, false},
               {"1.2.3.4:1x", false, false},
               {"", false, false},
               {"[]:1", false, false}};
    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct addr a;
        char text[ADDR_TEXT];
        assert_int_equal(addr_parse(&a, all[i].text), all[i].good);
        if (!all[i].good) continue;
        assert_string_equal(addr_text(&a, text), all[i].text);
        assert_int_equal(addr_is_loopback(&a), all[i].loopback);
        assert_true(addr_equal(&a, &a));
    }
}

static void hex_digits(void **state)
{
    uint8_t b[4];
    (void)state;
    assert_true(hexa_bytes("00fFA5", 6, b));
    assert_memory_equal(b, "\x00\xff\xa5", 3);
    assert_false(hexa_bytes("0", 1, b));
    assert_false(hexa_bytes("0g", 2, b));
    char *text = hexa_text("\x00\xff", 2);
    assert_string_equal(text, "00ff");
    free(text);
}

/* ---- links ---- */

static void assert_json(json_t *got, const char *wanted)
{
    json_t *want = json_loads(wanted, JSON_DECODE_ANY, NULL);
    assert_non_null(want);
    if (!json_equal(got, want)) {
        char *text = json_dumps(got, JSON_ENCODE_ANY);
        print_error("got      %s\nexpected %s\n", text ? text : "nothing", wanted);
        free(text);
    }
    assert_true(json_equal(got, want));
    json_decref(want);
    json_decref(got);
}

static void links_as_json(void **state)
{
    (void)state;
    assert_json(links_json(SPAN("</>;rt=\"oma.lwm2m\";ct=60,</3/0>;pmin=1;x,</5>;ver=1.1")),
                "[{\"url\":\"/\",\"attributes\":{\"rt\":\"\\\"oma.lwm2m\\\"\",\"ct\":\"60\"}},"
                "{\"url\":\"/3/0\",\"attributes\":{\"pmin\":\"1\",\"x\":null}},"
                "{\"url\":\"/5\",\"attributes\":{\"ver\":\"1.1\"}}]");
    static const char *const bad[] = {"x",     "<",       "</3/0",      "</3/0>x", "</3>,",
                                      "</3>;", "</3>;=1", "</3>;a=\"x", "</\xff>"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(links_valid(SPAN(bad[i])));
    assert_false(links_valid(SPAN("")));
}

static void links_tell_of_a_device(void **state)
{
    struct links_info info;
    (void)state;
    links_info(SPAN("</3/0>"), &info);
    assert_string_equal(info.root, "/");
    assert_false(info.says_formats);
    links_info(SPAN("</x/y>;rt=\"oma.lwm2m\";ct=\"60 112 42\",</x/y/3/0>"), &info);
    assert_string_equal(info.root, "/x/y");
    assert_true(info.says_formats && info.senml_cbor && info.opaque && !info.tlv &&
                !info.senml_json);
    assert_json(links_instances(SPAN("</x/y/3/0>,</x/y/5>,</x/y/3/2>,</4/0>,</x/y/9/0/1>"), "/x/y"),
                "{\"3\":[0,2]}");
}

/* ---- values ---- */

static struct lp_path path_of(const char *text)
{
    struct lp_path p;
    assert_int_equal(lp_path_parse(&p, SPAN(text)), 0);
    return p;
}

static void node_is(const char *path, int format, struct lp_span payload, const char *wanted)
{
    struct lp_path p = path_of(path);
    int err = 1;
    json_t *node = node_from_payload(NULL, &p, format, payload, &err);
    assert_int_equal(err, 0);
    assert_json(node, wanted);
}

static void payloads_become_nodes(void **state)
{
    (void)state;
    node_is("/3303/0/5700", LP_FMT_TEXT, SPAN("1e3"),
            "{\"kind\":\"singleResource\",\"id\":5700,\"type\":\"FLOAT\",\"value\":\"1000.0\"}");
    node_is("/3/0/22/1", LP_FMT_TEXT, SPAN("3:1"),
            "{\"kind\":\"resourceInstance\",\"id\":1,\"type\":\"OBJLNK\",\"value\":{\"objectId\":3,"
            "\"objectInstanceId\":1}}");
    node_is("/5/0/0", LP_FMT_OPAQUE, (struct lp_span){"", 0},
            "{\"kind\":\"singleResource\",\"id\":0,\"type\":\"OPAQUE\",\"value\":\"\"}");
    node_is("/3/0/7", LP_FMT_TLV, (struct lp_span){"", 0},
            "{\"kind\":\"multiResource\",\"id\":7,\"type\":\"INTEGER\",\"values\":{}}");
    node_is("/3/0/7", LP_FMT_TLV, (struct lp_span){"\x80\x07", 2},
            "{\"kind\":\"multiResource\",\"id\":7,\"values\":{}}");
    node_is("/1/0/1", LP_FMT_SENML_JSON, SPAN("[{\"n\":\"/1/0/1\",\"v\":-9223372036854775808}]"),
            "{\"kind\":\"singleResource\",\"id\":1,\"type\":\"INTEGER\",\"value\":\"-"
            "9223372036854775808\"}");
    node_is("/40000/0/1", LP_FMT_SENML_JSON,
            SPAN("[{\"n\":\"/40000/0/1\",\"v\":18446744073709551615}]"),
            "{\"kind\":\"singleResource\",\"id\":1,\"type\":\"UNSIGNED_INTEGER\",\"value\":"
            "\"18446744073709551615\"}");
    node_is("/3", LP_FMT_SENML_JSON,
            SPAN("[{\"bn\":\"/3/\",\"n\":\"1/0\",\"vs\":\"b\"},{\"n\":\"0/0\",\"vs\":\"a\"}]"),
            "{\"kind\":\"obj\",\"id\":3,\"instances\":[{\"kind\":\"instance\",\"id\":1,"
            "\"resources\":[{\"kind\":"
            "\"singleResource\",\"id\":0,\"type\":\"STRING\",\"value\":\"b\"}]},{\"kind\":"
            "\"instance\",\"id\":0,\"resources\":"
            "[{\"kind\":\"singleResource\",\"id\":0,\"type\":\"STRING\",\"value\":\"a\"}]}]}");
}

static void bad_payloads_do_not(void **state)
{
    static const struct {
        const char *path;
        int format;
        const char *payload;
        int err;
    } bad[] = {{"/3/0/0", LP_FMT_TLV, "\xc1", LP_ERR_FORMAT},
               {"/3/0/0", LP_NO_FORMAT, "x", LP_ERR_CONTENT},
               {"/3/0/0", 9999, "x", LP_ERR_CONTENT},
               {"/3/0", LP_FMT_TEXT, "x", LP_ERR_FORMAT},
               {"/3/0/0", LP_FMT_SENML_JSON, "[{", LP_ERR_FORMAT},
               {"/3/0/0", LP_FMT_TEXT, "\xff", LP_ERR_FORMAT},
               {"/3/0/0", LP_FMT_SENML_JSON, "[{\"n\":\"/4/0/0\",\"v\":1}]", LP_ERR_VALUE}};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct lp_path p = path_of(bad[i].path);
        int err = 0;
        assert_null(node_from_payload(NULL, &p, bad[i].format, SPAN(bad[i].payload), &err));
        assert_int_equal(err, bad[i].err);
    }
}

/* Many records in no order: a table, not a list, finds their places. */
static void a_long_pack_is_read_quickly(void **state)
{
    size_t cap = 4u << 20, n = 1;
    char *text = mem_new(cap);
    int err;
    (void)state;
    text[0] = '[';
    for (unsigned i = 0; i < 40000; i++)
        n += (size_t)snprintf(text + n, cap - n, "%s{\"n\":\"/9/%u/0\",\"v\":1}", i ? "," : "",
                              i * 7919 % 40000);
    n += (size_t)snprintf(text + n, cap - n, "]");
    json_t *node = node_from_payload(NULL, &LP_PATH_OBJ(9), LP_FMT_SENML_JSON,
                                     (struct lp_span){text, n}, &err);
    assert_int_equal(json_array_size(json_object_get(node, "instances")), 40000);
    json_decref(node);
    free(text);
}

static void nodes_become_payloads(void **state)
{
    static const struct {
        const char *path, *json;
        int format;
        const char *payload;
    } all[] = {
        {"/33605",
         "{\"id\":3,\"resources\":[{\"id\":0,\"value\":\"a\"},{\"id\":1,\"values\":{\"0\":\"b\","
         "\"5\":\"c\"}}]}",
         LP_FMT_TLV, "08 03 0b  c1 00 61  86 01 41 00 62 41 05 63"},
        {"/33605", "{\"id\":3,\"resources\":[]}", LP_FMT_TLV, "00 03"},
        {"/33605", "{\"resources\":[]}", LP_FMT_TLV, ""},
        {"/3/0/22",
         "{\"values\":{\"0\":{\"objectId\":1,\"objectInstanceId\":2}},\"type\":\"objlnk\"}",
         LP_FMT_TLV, "86 16 44 00 00 01 00 02"},
        {"/3/0/6", "{\"values\":{},\"type\":\"integer\"}", LP_FMT_TLV, "80 06"},
        {"/3/0/13", "{\"value\":\"1500\",\"type\":\"time\"}", LP_FMT_TLV, "c1 0d 01"},
        {"/1/0/1", "{\"value\":\"300\"}", LP_FMT_TLV, "c2 01 01 2c"},
        {"/33605/0/0", "{\"value\":7}", LP_FMT_TLV, "c1 00 07"},
        {"/33605/0/0", "{\"value\":\"x\"}", LP_FMT_CBOR, "61 78"},
        {"/5/0/0", "{\"value\":\"00ff\",\"type\":\"opaque\"}", LP_FMT_OPAQUE, "00 ff"},
        {"/3/0", "{\"resources\":[{\"id\":14,\"value\":\"+1\"},{\"id\":15,\"value\":\"x\"}]}",
         LP_FMT_SENML_CBOR,
         "82 a3 21 65 2f 33 2f 30 2f 00 62 31 34 03 62 2b 31 a2 00 62 31 35 03 61 78"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct lp_path p = path_of(all[i].path);
        json_t *node = json_loads(all[i].json, 0, NULL);
        struct node_values vs = {0};
        bool anonymous;
        uint8_t *payload;
        assert_int_equal(node_values(&vs, &p, node, &anonymous), 0);
        int n = node_payload(&vs, &p, all[i].format, anonymous, &payload);
        assert_true(n >= 0);
        assert_bytes(payload, (size_t)n, all[i].payload);
        free(payload);
        node_values_free(&vs);
        json_decref(node);
    }
}

static void formats_have_names(void **state)
{
    (void)state;
    assert_int_equal(node_format("TLV"), 11542);
    assert_int_equal(node_format("senml_json"), 110);
    assert_int_equal(node_format("112"), 112);
    assert_int_equal(node_format("40"), LP_ERR_CONTENT);
    assert_int_equal(node_format("JSON"), LP_ERR_CONTENT);
    assert_int_equal(node_format(""), LP_ERR_CONTENT);
}

static void types_of_known_resources(void **state)
{
    static const struct {
        const char *path;
        enum lp_type type;
        bool multiple;
    } all[] = {{"/0/0/0", LP_T_STRING, false},
               {"/0/0/1", LP_T_BOOL, false},
               {"/0/0/5", LP_T_OPAQUE, false},
               {"/0/0/10", LP_T_INT, false},
               {"/0/0/17", LP_T_OBJLNK, false},
               {"/1/0/4", 0, false},
               {"/1/0/7", LP_T_STRING, false},
               {"/1/0/16", LP_T_BOOL, false},
               {"/1/0/23", LP_T_BOOL, false},
               {"/1/0/24", 0, false},
               {"/2/0/2", LP_T_INT, true},
               {"/3/0/0", LP_T_STRING, false},
               {"/3/0/6", LP_T_INT, true},
               {"/3/0/11", LP_T_INT, true},
               {"/3/0/12", 0, false},
               {"/3/0/13", LP_T_TIME, false},
               {"/3/0/16", LP_T_STRING, false},
               {"/3/0/22", LP_T_OBJLNK, true},
               {"/4/0/4", LP_T_STRING, true},
               {"/4/0/8", LP_T_INT, false},
               {"/5/0/0", LP_T_OPAQUE, false},
               {"/5/0/3", LP_T_INT, false},
               {"/5/0/5", LP_T_INT, false},
               {"/5/0/8", LP_T_INT, true},
               {"/6/0/5", LP_T_TIME, false},
               {"/7/0/8", LP_T_INT, false},
               {"/3303/0/5700", LP_T_FLOAT, false},
               {"/3303/0/5701", LP_T_STRING, false},
               {"/3303/0/5605", 0, false},
               {"/3311/0/5850", LP_T_BOOL, false},
               {"/3311/0/5851", LP_T_INT, false},
               {"/3342/0/5500", LP_T_BOOL, false},
               {"/3342/0/5501", LP_T_INT, false},
               {"/3336/0/5514", LP_T_STRING, false},
               {"/3336/0/5518", LP_T_TIME, false},
               {"/3337/0/5536", LP_T_FLOAT, false},
               {"/3340/0/5523", 0, false},
               {"/3340/0/5543", LP_T_BOOL, false},
               {"/3340/0/5544", LP_T_FLOAT, false},
               {"/3310/0/5824", LP_T_TIME, false},
               {"/3349/0/5912", LP_T_STRING, true},
               {"/33605/0/0", 0, false}};
    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct lp_path p = path_of(all[i].path);
        bool multiple;
        if (restype(&p, &multiple) != all[i].type) print_error("%s\n", all[i].path);
        assert_int_equal(restype(&p, &multiple), all[i].type);
        assert_int_equal(multiple, all[i].multiple);
    }
}

static void types_are_bounded(void **state)
{
    struct types t = {0}, more = {0};
    struct lp_path first = LP_PATH_RES(40000, 0, 0), known = LP_PATH_RES(3, 0, 9);
    (void)state;
    assert_int_equal(types_of(NULL, &first), 0);
    types_put(&t, &known, LP_T_STRING);
    assert_int_equal(types_of(&t, &known), LP_T_INT);
    for (unsigned i = 0; i < TYPES_MOST + 1; i++) {
        struct lp_path p = LP_PATH_RES(40000, 0, i);
        assert_int_equal(types_of(&t, &p), 0);
        types_saw(&t, &p, LP_T_INT, LP_FMT_SENML_CBOR);
        assert_int_equal(types_of(&t, &p), LP_T_INT);
    }
    assert_int_equal(t.n, TYPES_MOST);
    assert_int_equal(types_of(&t, &first), 0); /* the oldest made room */
    struct lp_path last = LP_PATH_RES(40000, 1, TYPES_MOST);
    types_saw(&t, &last, LP_T_FLOAT, LP_FMT_SENML_JSON);
    types_saw(&t, &last, LP_T_INT, LP_FMT_SENML_CBOR);
    types_saw(&t, &last, LP_T_RAW_TLV, LP_FMT_TLV);
    assert_int_equal(types_of(&t, &last), LP_T_FLOAT);
    types_saw(&t, &last, LP_T_STRING, LP_FMT_SENML_JSON);
    assert_int_equal(types_of(&t, &last), LP_T_STRING);
    types_put(&more, &last, LP_T_TIME);
    types_add(&t, &more);
    assert_int_equal(types_of(&t, &last), LP_T_TIME);
    types_free(&t);
    types_free(&more);
}

/* ---- plans ---- */

static void plans_in_steps(void **state)
{
    json_t *plan = json_loads(
        "{\"servers\":{\"0\":{\"shortId\":7}},\"security\":{\"2\":{\"securityMode\":\"psk\","
        "\"uri\":"
        "\"coaps://x\",\"publicKeyOrId\":\"me\",\"secretKey\":[1,-1,255],\"serverId\":7},\"0\":{"
        "\"bootstrapServer\":true,\"securityMode\":\"NO_SEC\",\"uri\":\"coap://"
        "y\"}},\"toDelete\":[\"/\"]}",
        0, NULL);
    char why[200];
    struct plan_step step;
    struct lp_span id, key;
    (void)state;
    plan_complete(plan);
    assert_null(plan_check(plan, why));
    plan_step(plan, 0, &step);
    assert_true(step.kind == PLAN_DELETE && lp_path_level(&step.path) == LP_LEVEL_ROOT);
    static const char *const paths[] = {"/0/2", "/0/0", "/1/0"};
    for (unsigned i = 0; i < 3; i++) {
        struct lp_path p = path_of(paths[i]);
        plan_step(plan, 1 + i, &step);
        assert_true(step.kind == PLAN_WRITE && lp_path_equal(&step.path, &p));
        node_values_free(&step.values);
    }
    plan_step(plan, 4, &step);
    assert_int_equal(step.kind, PLAN_FINISH);
    plan_step(plan, 5, &step);
    assert_int_equal(step.kind, PLAN_END);
    assert_int_equal(plan_credential(plan, &id, &key), 1);
    assert_true(lp_span_is(id, "me"));
    assert_bytes(key.p, key.n, "01 ff ff");
    free((void *)(uintptr_t)id.p);
    free((void *)(uintptr_t)key.p);
    json_decref(plan);
}

/* ---- the database ---- */

static void count_rows(void *ctx, const char *reg, struct lp_span bytes)
{
    ++*(int *)ctx;
    assert_string_equal(reg, "r");
    assert_int_equal(bytes.n, 3);
}

static void count_obs(void *ctx, struct lp_span token, const char *reg, const char *path,
                      int format)
{
    (void)token, (void)reg, (void)path, (void)format;
    ++*(int *)ctx;
}

static void the_database_keeps(void **state)
{
    char path[] = "/tmp/limpet-store-XXXXXX", *why = NULL;
    (void)state;
    int fd = mkstemp(path), n = 0;
    assert_true(fd >= 0);
    close(fd);
    struct store *st = store_open(path, &why);
    assert_non_null(st);
    struct store_reg r = {.id = "r",
                          .endpoint = "ep",
                          .binding = "U",
                          .attributes = "{}",
                          .address = SPAN("a"),
                          .links = SPAN("</3/0>")};
    assert_int_equal(store_put_reg(st, &r), 0);
    assert_int_equal(store_put_obs(st, SPAN("tok"), "r", "/3/0/0", 0), 0);
    assert_int_equal(store_put_assoc(st, "r", SPAN("abc")), 0);
    store_close(st);

    st = store_open(path, &why);
    assert_non_null(st);
    assert_int_equal(store_take_assocs(st, count_rows, &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(store_take_assocs(st, count_rows, &n), 0); /* they are good for one start */
    assert_int_equal(n, 1);
    n = 0;
    store_obs(st, count_obs, &n);
    assert_int_equal(n, 1);
    store_del_reg(st, "r"); /* its observations go with it */
    n = 0;
    store_obs(st, count_obs, &n);
    assert_int_equal(n, 0);
    store_close(st);
    unlink(path);
}

static void a_database_that_cannot_be_opened(void **state)
{
    char *why = NULL;
    (void)state;
    assert_null(store_open("/nonexistent/x.db", &why));
    assert_non_null(strstr(why, "cannot be opened"));
    free(why);
    why = NULL;
    assert_null(store_open("/", &why));
    free(why);
}

int main(void)
{
    log_start(LOG_QUIET);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_in_order),
        cmocka_unit_test(a_timer_that_sets_itself_does_not_spin),
        cmocka_unit_test(tables_find_what_they_hold),
        cmocka_unit_test(hashes_of_all_lengths_differ),
        cmocka_unit_test(addresses),
        cmocka_unit_test(hex_digits),
        cmocka_unit_test(links_as_json),
        cmocka_unit_test(links_tell_of_a_device),
        cmocka_unit_test(payloads_become_nodes),
        cmocka_unit_test(bad_payloads_do_not),
        cmocka_unit_test(a_long_pack_is_read_quickly),
        cmocka_unit_test(nodes_become_payloads),
        cmocka_unit_test(formats_have_names),
        cmocka_unit_test(types_of_known_resources),
        cmocka_unit_test(types_are_bounded),
        cmocka_unit_test(plans_in_steps),
        cmocka_unit_test(the_database_keeps),
        cmocka_unit_test(a_database_that_cannot_be_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
