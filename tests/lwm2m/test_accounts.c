/* SPDX-License-Identifier: Apache-2.0
 *
 * also: lite
 *
 * Accounts: what is taken, their record in the store, objects 0 to 2.
 */
#include "world.h"

static const struct lp_account psk_account = {.uri = "coaps://mg",
                                              .mode = LP_SEC_PSK,
                                              .identity = {"me", 2},
                                              .key = {"0123456789abcdef", 16},
                                              .short_id = 1,
                                              .security_iid = -1,
                                              .server_iid = -1};
/* PSK(a.short_id = 2, ...): that, but for what is said. */
#define PSK(...)                           \
    ({                                     \
        struct lp_account a = psk_account; \
        (void)(__VA_ARGS__);               \
        a;                                 \
    })

/* ---- URIs ---- */

static void uri(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *host;
        uint16_t port;
        bool secure;
    } good[] = {
        {"coap://h", "h", 5683, false},
        {"coaps://h", "h", 5684, true},
        {"coap://10.0.0.1:1", "10.0.0.1", 1, false},
        {"coaps://lwm2m.example.com:65535/", "lwm2m.example.com", 65535, true},
        {"coap://[::1]", "::1", 5683, false},
        {"coaps://[2001:db8::1]:5784", "2001:db8::1", 5784, true},
    };
    static const char *const bad[] = {
        "",
        "coap",
        "coap:",
        "coap:/",
        "coap://",
        "coaps:///",
        "http://h",
        "COAP://h",
        "coap+tcp://h",
        "coapss://h",
        "coap://:5683",
        "coap://h:",
        "coap://h:0",
        "coap://h:65536",
        "coap://h:4294972979",
        "coap://h:-1",
        "coap://h:5683x",
        "coap://h:05683",
        "coap://h/rd",
        "coap://h:5683/x/",
        "coap://h?q",
        "coap://u@h",
        "coap://[::1",
        "coap://::1",
        "coap://[]",
        "coap://[::1]x",
        "coap://a b",
    };
    char host[64];
    uint16_t port;
    bool secure;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(lp_accounts_uri(good[i].uri, &secure, host, sizeof host, &port), 0);
        assert_string_equal(host, good[i].host);
        assert_int_equal(port, good[i].port);
        assert_int_equal(secure, good[i].secure);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (lp_accounts_uri(bad[i], &secure, host, sizeof host, &port) == 0)
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(lp_accounts_uri("coap://abc", &secure, host, 4, &port), 0);
    assert_int_equal(lp_accounts_uri("coap://abcd", &secure, host, 4, &port), LP_ERR_VALUE);
}

/* ---- lp_client_account ---- */

static void account_of(struct lp_account a)
{
    account(&a);
}

static int try(struct lp_account a)
{
    const char *why = NULL;
    int err = lp_client_account(client, &a, &why);
    assert_int_equal(err != 0, why != NULL);
    assert_int_equal(err, lp_client_account(client, &a, NULL) == 0 && err == 0
                              ? -1
                              : err); /* the same again: never taken twice */
    return err;
}

static void what_is_taken(void **state)
{
    (void)state;
    static const uint8_t large[256] = {1};
    char longest[LP_MAX_URI + 2] = "coaps://";
    memset(longest + 8, 'x', sizeof longest - 9);
    make_world(&(struct lp_client_config){0});
    assert_int_equal(try(PSK(a.uri = NULL)), LP_ERR_VALUE);
    assert_int_equal(try(PSK(a.uri = longest)), LP_ERR_VALUE);
    assert_int_equal(try(PSK(a.uri = "coap://mg")), LP_ERR_VALUE);
    assert_int_equal(try(PSK(a.mode = LP_SEC_NOSEC)), LP_ERR_VALUE);
    assert_int_equal(try(PSK(a.mode = LP_SEC_X509)), LP_ERR_VALUE);
    assert_int_equal(try(PSK(a.identity = (struct lp_span){"", 0})), LP_ERR_VALUE);
    assert_int_equal(try(PSK(a.key = (struct lp_span){"", 0})), LP_ERR_VALUE);
    assert_int_equal(try(PSK(a.key = (struct lp_span){large, LP_MAX_KEY + 1})), LP_ERR_VALUE);
    assert_int_equal(try(PSK(a.identity = (struct lp_span){large, LP_MAX_IDENTITY + 1})),
                     LP_ERR_VALUE);
    assert_int_equal(try(PSK(a.short_id = 0)), LP_ERR_VALUE);
    assert_int_equal(try(PSK(a.short_id = LP_NONE)), LP_ERR_VALUE);
    assert_int_equal(try(PSK(a.binding = "T")), LP_ERR_VALUE);
    assert_int_equal(try(PSK(a.binding = "UUUUUU")), LP_ERR_VALUE);
    assert_int_equal(try(PSK(a.security_iid = LP_NONE)), LP_ERR_FULL);
    longest[LP_MAX_URI] = 0;
    account_of(PSK(a.uri = longest, a.key = (struct lp_span){large, LP_MAX_KEY},
                   a.identity = (struct lp_span){large, LP_MAX_IDENTITY}, a.security_iid = 7,
                   a.server_iid = 65534));
    assert_int_equal(try(PSK(a.short_id = 1)), LP_ERR_VALUE); /* taken */
    assert_int_equal(try(PSK(a.short_id = 2, a.security_iid = 7)), LP_ERR_FULL);
    account(&bs_account);
    assert_int_equal(client->security[1].iid, 0);
    assert_int_not_equal(try(bs_account), 0); /* one bootstrap server */
    for (unsigned i = 2; i <= LP_MAX_SERVERS; i++) account_of(PSK(a.short_id = (uint16_t)i));
    assert_int_equal(try(PSK(a.short_id = 99)), LP_ERR_FULL);
    assert_int_equal(lp_accounts_check(client), 0);
    end_world();
}

/* ---- the record ---- */

static void fill(void)
{
    static const uint8_t large[256] = {1, 2, 3};
    make_world(&(struct lp_client_config){0});
    for (unsigned i = 0; i < LP_MAX_SERVERS; i++)
        account_of(PSK(a.short_id = (uint16_t)(i + 1),
                       a.uri = "coaps://management.example.com:5684",
                       a.identity = (struct lp_span){large, LP_MAX_IDENTITY},
                       a.key = (struct lp_span){large, LP_MAX_KEY}, a.retry_count = 3 + i,
                       a.lifetime_s = 77, a.binding = "UQ"));
    account(&(struct lp_account){.uri = "coap://bs",
                                 .mode = LP_SEC_NOSEC,
                                 .bootstrap = true,
                                 .hold_off_s = 3,
                                 .bs_timeout_s = 4,
                                 .retry_count = 9,
                                 .security_iid = -1,
                                 .server_iid = -1});
    struct lp_value v = {.type = LP_T_BOOL, .u.b = true};
    assert_int_equal(lp_client_set(client, &LP_PATH_RES(1, 0, 23), &v), 0);
    v = (struct lp_value){.type = LP_T_STRING, .u.s = {"U", 1}};
    assert_int_equal(lp_client_set(client, &LP_PATH_RES(1, 0, 22), &v), 0);
    if (LP_MAX_ACCESS == 0) return;
    v = (struct lp_value){.type = LP_T_INT, .u.i = 3};
    assert_int_equal(lp_client_create(client, 2, 5), 0);
    assert_int_equal(lp_client_set(client, &LP_PATH_RES(2, 5, 0), &v), 0);
    assert_int_equal(lp_client_set(client, &LP_PATH(2, 5, 2, 123), &v), 0);
}

static void round_trip(void **state)
{
    (void)state;
    static struct lp_client before;
    uint8_t record[LP_MAX_RECORD];
    fill();
    before = *client;
    int n = lp_accounts_put(client, record, sizeof record); /* the largest there is fits */
    assert_true(n > 0);
    lp_accounts_init(client);
    assert_int_equal(client->security[0].iid, LP_NONE);
    assert_int_equal(lp_accounts_get(client, record, (size_t)n), 0);
    uint8_t again[LP_MAX_RECORD];
    assert_int_equal(lp_accounts_put(client, again, sizeof again), n);
    assert_memory_equal(again, record, (size_t)n);
    assert_memory_equal(client->server, before.server, sizeof before.server);
    assert_memory_equal(client->access, before.access, LP_MAX_ACCESS * sizeof *before.access);
    assert_int_equal(client->bs_retry.count, 9);
    assert_int_equal(lp_accounts_check(client), 0);
    end_world();
}

/* The layout that is promised (head of accounts.c, SPEC.md). */
static void layout(void **state)
{
    (void)state;
    uint8_t record[LP_MAX_RECORD];
    make_world(&(struct lp_client_config){0});
    account(&(struct lp_account){.uri = "coap://h",
                                 .mode = LP_SEC_NOSEC,
                                 .short_id = 258,
                                 .lifetime_s = 60,
                                 .security_iid = 1,
                                 .server_iid = 2});
    int n = lp_accounts_put(client, record, sizeof record);
    assert_true(n > 4);
    assert_bytes(record, (size_t)n - 4,
                 "01                       | version\n"
                 "01 00 0001 0102 00 03    | row 0, /0/1: short id 258, no bootstrap, NoSec\n"
                 "00000000 00000000        | hold-off, timeout\n"
                 "08 636f61703a2f2f68      | coap://h\n"
                 "00 00                    | identity, key\n"
                 "02 00 0002 0102 00000000 | row 0, /1/2: short id 258, no optional resource\n"
                 "0000003c 00000000 00000000 00000000 | lifetime, pmin, pmax, disable\n"
                 "01                       | storing\n"
                 "00000000 00000000 00 00  | priority, delay, block, bootstrap on failure\n"
                 "00000000 00000000 00000000 00000000 | retry\n"
                 "00 00                    | trigger, mute\n"
                 "01 55 00                 | binding U, no transport\n"
                 "04 00 00000000 00000000 00000000 00000000 | bootstrap attempts\n");
    end_world();
}

/* What is in a row stays in it: the saved association is found by the row. */
static void rows_stay_where_they_are(void **state)
{
    (void)state;
    uint8_t record[LP_MAX_RECORD];
    make_world(&(struct lp_client_config){0});
    account(&bs_account);
    account(&mg_account);
    client->security[0].iid = LP_NONE;
    int n = lp_accounts_put(client, record, sizeof record);
    assert_true(n > 0);
    assert_int_equal(lp_accounts_get(client, record, (size_t)n), 0);
    assert_int_equal(client->security[0].iid, LP_NONE);
    assert_int_equal(client->security[1].ssid, 123);
    end_world();
}

/* Bytes that are not a record change nothing. They come from a store that somebody wrote to; so the checksum may be
 * right, and nothing else. */
static void refused(const uint8_t *p, size_t n)
{
    uint8_t was[LP_MAX_RECORD], is[LP_MAX_RECORD], *exact = malloc(n ? n : 1);
    memcpy(exact, p, n);
    int a = lp_accounts_put(client, was, sizeof was);
    assert_int_equal(lp_accounts_get(client, exact, n), LP_ERR_FORMAT);
    int b = lp_accounts_put(client, is, sizeof is);
    assert_int_equal(a, b);
    assert_memory_equal(was, is, (size_t)a);
    free(exact);
}

static size_t seal(uint8_t *p, size_t n)
{
    struct lp_out o;
    lp_out_init(&o, NULL, 0);
    lp_out_put(&o, p, n);
    for (int i = 0; i < 4; i++) p[n + (size_t)i] = (uint8_t)(o.hash >> (24 - 8 * i));
    return n + 4;
}

static void hostile_bytes(void **state)
{
    (void)state;
    uint8_t record[LP_MAX_RECORD + 8], bad[LP_MAX_RECORD + 8];
    fill();
    int n = lp_accounts_put(client, record, sizeof record);
    for (int i = 0; i < n; i++) refused(record, (size_t)i); /* cut */
    for (int i = 0; i < n; i++) {                           /* a bit turned */
        memcpy(bad, record, (size_t)n);
        bad[i] ^= (uint8_t)(1 << i % 8);
        refused(bad, (size_t)n);
    }
    for (int i = 0; i < n - 4;
         i++) { /* each byte any, the checksum right: taken or refused, but whole */
        memcpy(bad, record, (size_t)n);
        bad[i] = (uint8_t)(i * 37 + 255);
        seal(bad, (size_t)n - 4);
        uint8_t *exact = malloc((size_t)n);
        memcpy(exact, bad, (size_t)n);
        int err = lp_accounts_get(client, exact, (size_t)n);
        free(exact);
        assert_true(err == 0 || err == LP_ERR_FORMAT);
        lp_accounts_check(client);
        if (err == 0) assert_int_equal(lp_accounts_get(client, record, (size_t)n), 0);
    }
    for (int i = 1; i < n - 4; i++) { /* cut, and the checksum right */
        memcpy(bad, record, (size_t)i);
        size_t m = seal(bad, (size_t)i);
        uint8_t *exact = malloc(m);
        memcpy(exact, bad, m);
        if (lp_accounts_get(client, exact, m) == 0)
            assert_int_equal(lp_accounts_get(client, record, (size_t)n), 0);
        free(exact);
    }
    end_world();
}

static void a_bad_store_is_no_end(void **state)
{
    (void)state;
    make_world(&(struct lp_client_config){0});
    client->config.kv = &w.kv.kv;
    account(&mg_account);
    w.kv.kv.put(&w.kv.kv, LP_KV_ACCOUNTS, "rubbish", 7);
    start(); /* with what the device was made with */
    assert_says(mg, "CON POST /rd?");
    end_world();

    make_world(&(struct lp_client_config){0});
    client->config.kv = &w.kv.kv;
    account(&mg_account);
    lp_sim_kv_plan(&w.kv, 1, LP_SIM_KV_FAIL);
    start();
    assert_says(mg, "CON POST /rd?");
    end_world();
}

static void no_randomness(void **state)
{
    (void)state;
    make_world(&(struct lp_client_config){0});
    account(&mg_account);
    lp_sim_random_fail(1);
    assert_int_equal(lp_client_start(client, 0), LP_ERR_RANDOM);
    lp_sim_random_fail(0);
    start();
    assert_int_equal(lp_client_start(client, 0), LP_ERR_STATE); /* twice */
    end_world();
}

/* ---- the objects, as the device itself sees them ---- */

static struct lp_value get(struct lp_path path)
{
    static uint8_t buf[512];
    struct lp_value v;
    int err = lp_client_get(client, &path, &v, buf, sizeof buf);
    if (err) fail_msg("/%d/%d/%d: %s", path.obj, path.inst, path.res, lp_strerror(err));
    return v;
}

static void assert_string(struct lp_path path, const char *want)
{
    struct lp_value v = get(path);
    assert_int_equal(v.u.s.n, strlen(want));
    assert_memory_equal(v.u.s.p, want, v.u.s.n);
}

static int set(struct lp_path path, struct lp_value v)
{
    return lp_client_set(client, &path, &v);
}
#define INT(n)                       \
    (struct lp_value)                \
    {                                \
        .type = LP_T_INT, .u.i = (n) \
    }
#define STRING(t)                                     \
    (struct lp_value)                                 \
    {                                                 \
        .type = LP_T_STRING, .u.s = {(t), strlen(t) } \
    }

static void objects(void **state)
{
    (void)state;
    struct lp_value v;
    uint8_t buf[8];
    make_world(&(struct lp_client_config){0});
    account_of(PSK(a.lifetime_s = 300));
    assert_string(LP_PATH_RES(0, 0, 0), "coaps://mg");
    assert_string(LP_PATH_RES(0, 0, 3), "me");
    assert_false(get(LP_PATH_RES(0, 0, 1)).u.b);
    assert_int_equal(get(LP_PATH_RES(0, 0, 2)).u.i, LP_SEC_PSK);
    assert_int_equal(get(LP_PATH_RES(0, 0, 10)).u.i, 1);
    assert_int_equal(get(LP_PATH_RES(1, 0, 1)).u.i, 300);
    assert_true(get(LP_PATH_RES(1, 0, 6)).u.b);
    assert_string(LP_PATH_RES(1, 0, 7), "U");
    assert_int_equal(lp_client_get(client, &LP_PATH_RES(0, 0, 11), &v, buf, sizeof buf),
                     LP_ERR_NOT_FOUND);
    assert_int_equal(lp_client_get(client, &LP_PATH_RES(1, 0, 17), &v, buf, sizeof buf),
                     LP_ERR_NOT_FOUND);
    assert_int_equal(set(LP_PATH_RES(1, 0, 17), INT(6)), 0);
    assert_int_equal(get(LP_PATH_RES(1, 0, 17)).u.u, 6);
    assert_int_equal(client->server[0].retry.count, 6);
    assert_int_equal(set(LP_PATH_RES(1, 0, 1), INT(-1)), LP_ERR_VALUE);
    assert_int_equal(set(LP_PATH_RES(1, 0, 1), INT((int64_t)1 << 32)), LP_ERR_VALUE);
    assert_int_equal(set(LP_PATH_RES(1, 0, 0), INT(0)), LP_ERR_VALUE);
    assert_int_equal(set(LP_PATH_RES(1, 0, 7), STRING("Q")), LP_ERR_VALUE);
    assert_int_equal(set(LP_PATH_RES(1, 0, 7), STRING("")), LP_ERR_VALUE);
    assert_int_equal(set(LP_PATH_RES(1, 0, 7), STRING("US")), 0);
    assert_int_equal(set(LP_PATH_RES(1, 0, 22), STRING("UUUUUU")), LP_ERR_VALUE);
    assert_int_equal(set(LP_PATH_RES(1, 0, 22), STRING("U")), 0);
    assert_string(LP_PATH_RES(1, 0, 22), "U");
    end_world();
}

/* Rows stand in any order; instances are shown in theirs. */
static void order(void **state)
{
    (void)state;
    if (LP_MAX_SERVERS < 3) return;
    make_world(&(struct lp_client_config){0});
    account_of(PSK(a.short_id = 1, a.security_iid = 9, a.server_iid = 8));
    account_of(PSK(a.short_id = 2, a.security_iid = 4, a.server_iid = 65534));
    account_of(PSK(a.short_id = 3));
    int at = -1;
    assert_int_equal(at = lp_model_next_inst(&client->own[0], at), 0);
    assert_int_equal(at = lp_model_next_inst(&client->own[0], at), 4);
    assert_int_equal(at = lp_model_next_inst(&client->own[0], at), 9);
    assert_int_equal(lp_model_next_inst(&client->own[0], at), LP_ERR_NOT_FOUND);
    assert_int_equal(lp_model_next_inst(&client->own[1], 8), 65534);
    assert_int_equal(lp_model_next_inst(&client->own[1], 65534), LP_ERR_NOT_FOUND);
    assert_int_equal(lp_client_delete(client, &LP_PATH_INST(0, 4)), 0);
    assert_int_equal(lp_client_delete(client, &LP_PATH_INST(0, 4)), LP_ERR_NOT_FOUND);
    assert_int_equal(lp_client_create(client, 0, 4), 0);
    assert_int_equal(lp_client_create(client, 0, 4), LP_ERR_VALUE);
    assert_string(LP_PATH_RES(0, 4, 0), "");
    end_world();
}

static void access_control(void **state)
{
    (void)state;
    if (LP_MAX_ACCESS == 0) return;
    make_world(&(struct lp_client_config){0});
    assert_int_equal(lp_client_create(client, 2, 0), 0);
    assert_int_equal(set(LP_PATH_RES(2, 0, 0), INT(3303)), 0);
    assert_int_equal(set(LP_PATH_RES(2, 0, 3), INT(70000)), LP_ERR_VALUE);
    assert_int_equal(set(LP_PATH(2, 0, 2, 7), INT(1)), 0);
    assert_int_equal(set(LP_PATH(2, 0, 2, 3), INT(2)), 0);
    assert_int_equal(set(LP_PATH(2, 0, 2, 5), INT(4)), 0);
    assert_int_equal(set(LP_PATH(2, 0, 2, 5), INT(15)), 0);
    assert_int_equal(set(LP_PATH(2, 0, 2, 9), INT(1)), LP_ERR_FULL);
    assert_int_equal(set(LP_PATH(2, 0, 2, 3), INT(32)), LP_ERR_VALUE);
    struct lp_path acl = LP_PATH_RES(2, 0, 2);
    uint32_t n;
    assert_int_equal(lp_model_next_rinst(&client->own[2], &acl, -1, &n), 3);
    assert_int_equal(n, 3);
    assert_int_equal(lp_model_next_rinst(&client->own[2], &acl, 3, NULL), 5);
    assert_int_equal(get(LP_PATH(2, 0, 2, 5)).u.i, 15);
    assert_int_equal(lp_client_delete(client, &LP_PATH(2, 0, 2, 5)), 0);
    assert_int_equal(lp_model_next_rinst(&client->own[2], &acl, 3, NULL), 7);
    for (int i = 1; i < LP_MAX_ACCESS; i++)
        assert_int_equal(lp_client_create(client, 2, (uint16_t)i), 0);
    assert_int_equal(lp_client_create(client, 2, 99), LP_ERR_FULL);
    end_world();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uri),
        cmocka_unit_test(what_is_taken),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(layout),
        cmocka_unit_test(rows_stay_where_they_are),
        cmocka_unit_test(hostile_bytes),
        cmocka_unit_test(a_bad_store_is_no_end),
        cmocka_unit_test(no_randomness),
        cmocka_unit_test(objects),
        cmocka_unit_test(order),
        cmocka_unit_test(access_control),
    };
    return cmocka_run_group_tests_name("accounts", tests, NULL, NULL);
}
