/* SPDX-License-Identifier: Apache-2.0
 *
 * also: lite
 *
 * Bootstrap (world.h: the server is the test). Accounts are written in TLV.
 */
#include "world.h"

#define TLV 11542

/* ---- what a server writes ---- */

static void tlv(struct lp_out *o, uint8_t kind, unsigned id, const void *p, size_t n)
{
    lp_out_u8(o, (uint8_t)(kind | (id > 255 ? 0x20 : 0) | (n < 8 ? n : n < 256 ? 0x08 : 0x10)));
    lp_out_be(o, id, id > 255 ? 2 : 1);
    if (n >= 8) lp_out_be(o, n, n < 256 ? 1 : 2);
    lp_out_put(o, p, n);
}

static void instance(struct lp_out *o, unsigned iid, const struct lp_out *resources)
{
    tlv(o, 0x00, iid, resources->buf, resources->total);
}

static void security(struct lp_out *o, unsigned iid, const char *uri, bool bootstrap, uint8_t ssid)
{
    uint8_t buf[400], mode = LP_SEC_NOSEC, is_bs = bootstrap;
    struct lp_out r;
    lp_out_init(&r, buf, sizeof buf);
    tlv(&r, 0xc0, 0, uri, strlen(uri));
    tlv(&r, 0xc0, 1, &is_bs, 1);
    tlv(&r, 0xc0, 2, &mode, 1);
    tlv(&r, 0xc0, 3, "", 0);
    tlv(&r, 0xc0, 4, "", 0); /* as Leshan does: all of an instance, SMS too */
    tlv(&r, 0xc0, 5, "", 0);
    tlv(&r, 0xc0, 6, "\3", 1);
    tlv(&r, 0xc0, 7, "", 0);
    tlv(&r, 0xc0, 8, "", 0);
    tlv(&r, 0xc0, 9, "", 0);
    tlv(&r, 0xc0, 10, &ssid, 1);
    tlv(&r, 0xc0, 11, "\1", 1);
    tlv(&r, 0xc0, 12, "\0", 1);
    instance(o, iid, &r);
}

static void server(struct lp_out *o, unsigned iid, uint8_t ssid, uint8_t lifetime)
{
    uint8_t buf[64];
    struct lp_out r;
    lp_out_init(&r, buf, sizeof buf);
    tlv(&r, 0xc0, 0, &ssid, 1);
    tlv(&r, 0xc0, 1, &lifetime, 1);
    tlv(&r, 0xc0, 2, "\5", 1);
    tlv(&r, 0xc0, 6, "\1", 1);
    tlv(&r, 0xc0, 7, "U", 1);
    instance(o, iid, &r);
}

static uint8_t body[1024];
static struct lp_out out;

static struct lp_out *fresh(void)
{
    lp_out_init(&out, body, sizeof body);
    return &out;
}

#define BODY .format = FORMAT(TLV), .payload = {body, out.total}

static void write_mg(void)
{
    security(fresh(), 1, "coap://mg", false, 123);
    assert_asked(bs, "PUT /0", "2.04", BODY);
    server(fresh(), 0, 123, 60);
    assert_asked(bs, "PUT /1", "2.04", BODY);
}

/* ---- stories ---- */

static void begin_bootstrap(const struct lp_client_config *g, const struct lp_account *a)
{
    make_world(g);
    if (g->kv) client->config.kv = &w.kv.kv;
    account(a);
    start();
}

static void stored_world(void)
{
    begin_bootstrap(&(struct lp_client_config){.kv = &w.kv.kv}, &bs_account);
    assert_says(bs, "CON POST /bs?ep=dev");
    answer(bs, "2.04", NULL);
}

static int accounts(void) /* 1 for each instance of /0, 100 for each of /1 */
{
    int n = 0;
    for (int i = 0; i <= LP_MAX_SERVERS; i++) n += client->security[i].iid != LP_NONE;
    for (int i = 0; i < LP_MAX_SERVERS; i++) n += client->server[i].iid != LP_NONE ? 100 : 0;
    return n;
}

/* int-0, int-1, int-6: from a device that knows only its bootstrap server to one under management, for ever. */
static void int_0_1_6_full_bootstrap_then_no_other(void **state)
{
    (void)state;
    stored_world();
    assert_string_equal(w.heard[bs].text, "CON POST /bs?ep=dev&pct=112");
    assert_int_equal(assert_event(LP_EV_BOOTSTRAP)->state, LP_BS_STARTED);
    assert_int_equal(assert_event(LP_EV_CONNECTED)->server, 0);
    assert_asked(bs, "DELETE /", "2.02");
    write_mg();
    assert_asked(bs, "POST /bs", "2.04");
    struct lp_event *ev = assert_event(LP_EV_DISCONNECTED);
    assert_int_equal(ev->err, 0);
    assert_int_equal(assert_event(LP_EV_BOOTSTRAP)->state, LP_BS_FINISHED);
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=60&b=U | ");
    answer(mg, "2.01", "r");
    assert_int_equal(assert_event(LP_EV_REGISTERED)->server, 123);
    assert_asked(mg, "GET /0/1/0", "4.01");
    assert_asked(mg, "GET /1/0/2", "2.05", .accept = FORMAT(0));
    assert_int_equal(w.heard[mg].m.payload.n, 1);
    assert_silent(bs, MINUTE);

    struct lp_client_config g = {.kv = &w.kv.kv};
    power_cycle(&g);
    account(&bs_account);
    start(); /* int-6: accounts are there: no bootstrap */
    while (hear_now(mg)) {
    }
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=60");
    assert_int_equal(count_events(LP_EV_BOOTSTRAP), 0);
    end_world();
}

static void requests_are_told(void **state)
{
    (void)state;
    stored_world();
    assert_asked(bs, "DELETE /1", "2.02");
    struct lp_event *ev = assert_event(LP_EV_REQUEST);
    assert_int_equal(ev->server, 0);
    assert_int_equal(ev->op, LP_OP_DELETE);
    assert_int_equal(ev->path.obj, 1);
    assert_int_equal(ev->code, LP_DELETED);
    assert_asked(bs, "POST /bs", "4.06");
    ev = assert_event(LP_EV_REQUEST);
    assert_int_equal(ev->op, LP_OP_FINISH);
    assert_int_equal(ev->code, LP_NOT_ACCEPTABLE);
    end_world();
}

/* int-4: the bootstrap account survives, and the device. */
static void int_4_delete(void **state)
{
    (void)state;
    make_world(&(struct lp_client_config){0});
    account(&bs_account);
    account(&mg_account);
    start();
    assert_says(mg, "CON POST /rd?");
    assert_int_equal(lp_client_bootstrap(client), 0);
    assert_says(bs, "CON POST /bs?");
    answer(bs, "2.04", NULL);
    run(100);
    assert_asked(bs, "DELETE /0/0", "4.00");
    assert_asked(bs, "DELETE /3/0", "4.00");
    assert_asked(bs, "DELETE /1/0/1", "4.05");
    assert_asked(bs, "DELETE /99", "4.04");
    assert_asked(bs, "DELETE /1/7", "4.04");
    assert_int_equal(accounts(), 102);
    assert_asked(bs, "DELETE /0", "2.02");
    assert_int_equal(accounts(), 101);
    assert_asked(bs, "DELETE /", "2.02");
    assert_int_equal(accounts(), 1);
    assert_int_equal(lp_model_exists(client->objects, &LP_PATH_INST(3, 0)), 0);
    assert_asked(bs, "DELETE /0/1", "4.04");
    end_world();
}

/* int-5: a management server sends it to bootstrap. */
static void int_5_trigger(void **state)
{
    (void)state;
    make_world(&(struct lp_client_config){0});
    account(&mg_account);
    start();
    assert_says(mg, "CON POST /rd?");
    answer(mg, "2.01", "r");
    assert_event(LP_EV_REGISTERED);
    assert_asked(mg, "POST /1/0/9", "4.05"); /* there is no such account */
    assert_int_equal(lp_client_bootstrap(client), LP_ERR_NOT_FOUND);
    account(&bs_account);
    assert_asked(mg, "POST /1/0/9", "2.04");
    assert_says_within(bs, 100, "CON POST /bs?");
    answer(bs, "2.04", NULL);
    struct lp_server_info info;
    assert_int_equal(lp_client_server(client, 1, &info), 0);
    assert_int_equal(info.server, 0);
    assert_int_equal(info.state, LP_LINK_BOOTSTRAPPING);
    server(fresh(), 0, 123, 77);
    assert_asked(bs, "PUT /1", "2.04", BODY);
    assert_silent(mg, 30 * SECOND);
    assert_asked(bs, "POST /bs", "2.04");
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=77");
    end_world();
}

/* int-7: registration has failed for good. */
static void int_7_fall_back(void **state)
{
    (void)state;
    make_world(&(struct lp_client_config){0});
    account(&bs_account);
    account(&(struct lp_account){.uri = "coap://nobody",
                                 .mode = LP_SEC_NOSEC,
                                 .short_id = 5,
                                 .retry_count = 2,
                                 .retry_timer_s = 5,
                                 .seq_count = 1,
                                 .security_iid = -1,
                                 .server_iid = -1});
    start();
    assert_says_within(bs, 5 * MINUTE, "CON POST /bs?");
    struct lp_event *ev = assert_event(LP_EV_REGISTRATION_FAILED);
    assert_int_equal(ev->err, LP_ERR_TIMEOUT);
    assert_int_not_equal(ev->retry_ms, LP_NO_RETRY);
    assert_int_equal(assert_event(LP_EV_REGISTRATION_FAILED)->retry_ms, LP_NO_RETRY);
    end_world();

    make_world(&(struct lp_client_config){0}); /* /1/x/16: not then */
    account(&bs_account);
    account(&(struct lp_account){.uri = "coap://nobody",
                                 .mode = LP_SEC_NOSEC,
                                 .short_id = 5,
                                 .retry_count = 1,
                                 .seq_count = 1,
                                 .security_iid = -1,
                                 .server_iid = -1});
    assert_int_equal(lp_client_set(client, &LP_PATH_RES(1, 0, 16),
                                   &(struct lp_value){.type = LP_T_BOOL, .u.b = false}),
                     0);
    start();
    assert_silent(bs, HOUR);
    end_world();
}

/* int-8 */
static void int_8_read(void **state)
{
    (void)state;
    stored_world();
    write_mg();
    assert_asked(bs, "GET /1", "2.05", .accept = FORMAT(TLV));
    assert_true(w.heard[bs].m.payload.n > 10);
    assert_asked(bs, "GET /1/0", "2.05", .accept = FORMAT(TLV));
    assert_asked(bs, "GET /1/0/1", "4.05");
    assert_asked(bs, "GET /1/3", "4.04");
    assert_asked(bs, "GET /0", "4.05");
    assert_asked(bs, "GET /0/1", "4.05");
    assert_asked(bs, "GET /3/0", "4.05");
    assert_asked(bs, "GET /", "4.05");
    assert_asked(bs, "GET /1", "4.06", .accept = FORMAT(4711));
    end_world();
}

static void discover(void **state)
{
    (void)state;
    stored_world();
    write_mg();
    assert_asked(bs, "GET /", "2.05", .accept = FORMAT(40));
    const char *text = w.heard[bs].text;
    const char *all = "</>;lwm2m=1.1,</0>;ver=1.1,</0/0>,</0/1>;ssid=123;uri=\"coap://mg\",</"
                      "1>;ver=1.1,</1/0>;ssid=123,";
    assert_non_null(strstr(text, all));
    assert_non_null(strstr(text, "</3/0>"));
    assert_asked(bs, "GET /1", "2.05", .accept = FORMAT(40));
    assert_non_null(strstr(w.heard[bs].text, "| </>;lwm2m=1.1,</1>;ver=1.1,</1/0>;ssid=123"));
    assert_null(strstr(w.heard[bs].text, "</3"));
    assert_asked(bs, "GET /99", "4.04", .accept = FORMAT(40));
    assert_asked(bs, "GET /1/0", "4.05", .accept = FORMAT(40));
    end_world();
}

/* int-9: Finish is refused while the accounts do not hold together; the server may mend them. */
static void int_9_inconsistent(void **state)
{
    (void)state;
    stored_world();
    assert_asked(bs, "POST /bs", "4.06"); /* no management account at all */
    security(fresh(), 1, "coap://mg", false, 123);
    assert_asked(bs, "PUT /0", "2.04", BODY);
    assert_asked(bs, "POST /bs", "4.06"); /* no object 1 */
    server(fresh(), 0, 124, 60);
    assert_asked(bs, "PUT /1", "2.04", BODY);
    assert_asked(bs, "POST /bs", "4.06"); /* other short ids */
    assert_asked(bs, "PUT /1/0/0", "2.04", TEXT("123"));
    assert_asked(bs, "PUT /0/1/0", "2.04", TEXT("coaps://mg"));
    assert_asked(bs, "POST /bs", "4.06"); /* mode and scheme */
    assert_asked(bs, "PUT /0/1/2", "2.04", TEXT("0"));
    assert_asked(bs, "POST /bs", "4.06"); /* no key */
    assert_asked(bs, "PUT /0/1/2", "2.04", TEXT("3"));
    assert_asked(bs, "PUT /0/1/0", "2.04", TEXT("http://mg"));
    assert_asked(bs, "POST /bs", "4.06");
    assert_asked(bs, "PUT /0/1/0", "2.04", TEXT("coap://mg"));
    assert_asked(bs, "POST /bs", "2.04");
    assert_says(mg, "CON POST /rd?");
    end_world();
}

/* It may mend them, but is not waited for as long as one that is at work. */
static void int_9_not_mended(void **state)
{
    (void)state;
    stored_world();
    assert_int_equal(assert_event(LP_EV_BOOTSTRAP)->state, LP_BS_STARTED);
    assert_asked(bs, "POST /bs", "4.06");
    run(20 * SECOND);
    assert_asked(bs, "DELETE /1", "2.02"); /* at work: as long as usual */
    assert_null(event_within(LP_EV_BOOTSTRAP, 60 * SECOND));
    assert_asked(bs, "POST /bs", "4.06");
    assert_null(event_within(LP_EV_BOOTSTRAP, 29 * SECOND));
    struct lp_event *ev = assert_event(LP_EV_BOOTSTRAP);
    assert_int_equal(ev->state, LP_BS_FAILED);
    assert_int_equal(ev->err, LP_ERR_ACCEPT);
    end_world();

    struct lp_account brief = bs_account; /* who allows less than that gets less */
    brief.bs_timeout_s = 10;
    begin_bootstrap(&(struct lp_client_config){0}, &brief);
    assert_says(bs, "CON POST /bs?ep=dev");
    answer(bs, "2.04", NULL);
    assert_int_equal(assert_event(LP_EV_BOOTSTRAP)->state, LP_BS_STARTED);
    assert_asked(bs, "POST /bs", "4.06");
    assert_null(event_within(LP_EV_BOOTSTRAP, 9 * SECOND));
    assert_int_equal(assert_event(LP_EV_BOOTSTRAP)->err, LP_ERR_ACCEPT);
    end_world();
}

static void several_instances_at_once(void **state)
{
    (void)state;
    if (LP_MAX_SERVERS < 2) return;
    stored_world();
    security(fresh(), 1, "coap://mg", false, 123);
    security(&out, 2, "coap://other", false, 7);
    assert_asked(bs, "PUT /0", "2.04", BODY);
    server(fresh(), 0, 123, 60);
    server(&out, 1, 7, 70);
    assert_asked(bs, "PUT /1", "2.04", BODY);
    assert_asked(bs, "POST /bs", "2.04");
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=60");
    assert_says(other, "CON POST /rd?lwm2m=1.1&ep=dev&lt=70");
    end_world();
}

static void bad_requests(void **state)
{
    (void)state;
    char uri[LP_MAX_URI + 2] = "coap://";
    memset(uri + 7, 'x', sizeof uri - 8);
    stored_world();
    security(fresh(), 1, uri, false,
             1); /* longer than there is room for, seen elsewhere without NUL */
    assert_asked(bs, "PUT /0", "4.00", BODY);
    uri[LP_MAX_URI] = 0;
    security(fresh(), 1, uri, false, 1);
    assert_asked(bs, "PUT /0", "2.04", BODY);
    assert_string_equal(client->security[1].uri, uri);
    assert_asked(bs, "PUT /99", "4.04", BODY);
    assert_asked(bs, "PUT /", "4.05", BODY);
    assert_asked(bs, "PUT /0", "4.15", .payload = {body, out.total});
    assert_asked(bs, "PUT /0", "4.15", .format = FORMAT(4711), .payload = {body, out.total});
    assert_asked(bs, "PUT /0", "4.00", .format = FORMAT(TLV), .payload = {body, out.total - 1});
    assert_asked(bs, "PUT /1/0/1", "4.00", .format = FORMAT(TLV), .payload = {"\xc1\x63\x01", 3});
    assert_asked(bs, "PUT /1/0", "4.04", .format = FORMAT(TLV), .payload = {"\xc1\x63\x01", 3});
    assert_asked(bs, "PUT /0/1/2", "4.00", TEXT("300"));
    assert_asked(bs, "PUT /0/1/10", "4.00", TEXT("70000"));
    assert_asked(bs, "POST /1", "4.05");
    assert_asked(bs, "POST /bx", "4.04");
    assert_asked(bs, "PUT /bs", "4.04");
    for (unsigned i = 2; i <= LP_MAX_SERVERS + 1u; i++) {
        security(fresh(), i, "coap://x", false, 1);
        ask(bs, "PUT /0", BODY);
        assert_says(bs, i <= LP_MAX_SERVERS ? "ACK 2.04" : "ACK 5.00"); /* full */
    }
    end_world();
}

/* What 1.1 takes: the server's own account rewritten, and objects of the application. */
static void its_own_account(void **state)
{
    (void)state;
    stored_world();
    security(fresh(), 0, "coap://bs:5783", true, 0);
    assert_asked(bs, "PUT /0/0", "2.04", .format = FORMAT(TLV),
                 .payload = {body + (body[0] & 7 ? 2 : 3), out.total - (body[0] & 7 ? 2 : 3)});
    assert_int_equal(client->security[0].hold_off_s, 1);
    write_mg();
    assert_asked(bs, "POST /bs", "2.04");
    end_world();
}

/* ---- it breaks off: all is as before ---- */

static void changed_then(void (*breaks)(void))
{
    make_world(&(struct lp_client_config){0});
    account(&bs_account);
    account(&mg_account);
    start();
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400");
    answer(mg, "2.01", "r");
    assert_event(LP_EV_REGISTERED);
    assert_int_equal(lp_client_bootstrap(client), 0);
    assert_says(bs, "CON POST /bs?");
    answer(bs, "2.04", NULL);
    assert_asked(bs, "DELETE /", "2.02");
    security(fresh(), 3, "coap://elsewhere", false, 9);
    assert_asked(bs, "PUT /0", "2.04", BODY);
    breaks();
    assert_int_equal(accounts(), 102);
    assert_non_null(lp_accounts_security(client, 123));
    assert_int_equal(client->bs_kept, 0);
}

static void falls_silent(void)
{
    assert_silent(mg, 246 * SECOND);
    assert_says_within(mg, 5 * SECOND,
                       "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400"); /* management goes on */
    struct lp_event *ev;
    while ((ev = assert_event(LP_EV_BOOTSTRAP))->state != LP_BS_FAILED) {
    }
    assert_int_equal(ev->err, LP_ERR_TIMEOUT);
    assert_in_range(ev->retry_ms, 1, 60 * SECOND);
}

static void is_disabled(void)
{
    assert_int_equal(lp_client_disable(client, 0, 30), 0);
    assert_silent(mg, 29 * SECOND);
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400");
}

static void is_stopped(void)
{
    lp_client_stop(client);
    run(10);
    assert_true(lp_client_stopped(client));
}

static void is_refused(void)
{
    lp_sim_unlisten(&w.sim, w.heard[bs].end);
    w.sim.icmp = true;
    uint8_t gone[4] = {0};
    (void)gone;
    assert_says_within(mg, 300 * SECOND, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400");
}

static void it_breaks_off(void **state)
{
    (void)state;
    void (*const how[])(void) = {falls_silent, is_disabled, is_stopped, is_refused};
    for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
        changed_then(how[i]);
        end_world();
    }
}

static void the_accounts_time_out(void **state)
{
    (void)state;
    struct lp_account a = bs_account;
    a.bs_timeout_s = 10;
    begin_bootstrap(&(struct lp_client_config){0}, &a);
    assert_says(bs, "CON POST /bs?");
    answer(bs, "2.04", NULL);
    assert_silent(bs, 9 * SECOND);
    write_mg(); /* each word counts */
    assert_silent(bs, 9 * SECOND);
    assert_int_equal(accounts(), 102);
    assert_says_within(bs, 62 * SECOND, "CON POST /bs?");
    assert_int_equal(accounts(), 1);
    end_world();
}

/* A server that says only what is refused does not hold the client; nor does one that never comes to an end. */
static void requests_without_end(void **state)
{
    (void)state;
    struct lp_account a = bs_account;
    a.bs_timeout_s = 10;
    for (int good = 0; good < 2; good++) {
        begin_bootstrap(&(struct lp_client_config){0}, &a);
        assert_says(bs, "CON POST /bs?");
        answer(bs, "2.04", NULL);
        uint64_t begun = w.sim.now;
        unsigned said = 0;
        for (; client->bs != LP_BS_WAIT && w.sim.now < begun + 200 * SECOND; said++) {
            ask(bs, good ? "DELETE /1" : "PUT /9999");
            run(2 * SECOND);
        }
        assert_in_range(w.sim.now - begun, good ? 79 * SECOND : 9 * SECOND,
                        good ? 82 * SECOND : 12 * SECOND);
        assert_true(said > 3);
        end_world();
    }
}

/* Attempts: at once, or after the hold-off; then the account's back-off. */
static void attempts(void **state)
{
    (void)state;
    struct lp_account a = bs_account;
    a.hold_off_s = 20;
    a.retry_count = 2;
    a.retry_timer_s = 10;
    a.seq_count = 1;
    begin_bootstrap(&(struct lp_client_config){0}, &a);
    assert_silent(bs, 19 * SECOND);
    assert_says(bs, "CON POST /bs?");
    answer(bs, "4.00", NULL);
    assert_event(LP_EV_BOOTSTRAP);
    struct lp_event *ev = assert_event(LP_EV_BOOTSTRAP);
    assert_int_equal(ev->state, LP_BS_FAILED);
    assert_int_equal(ev->err, LP_ERR_PEER);
    assert_int_equal(ev->code, LP_BAD_REQUEST);
    assert_in_range(ev->retry_ms, 1, 10 * SECOND);
    assert_says_within(bs, 11 * SECOND, "CON POST /bs?");
    assert_event(LP_EV_BOOTSTRAP);
    w.sim.silent = true;
    ev = event_within(LP_EV_BOOTSTRAP, 94 * SECOND);
    assert_non_null(ev);
    assert_int_equal(ev->err, LP_ERR_TIMEOUT);
    assert_int_equal(ev->retry_ms, LP_NO_RETRY);
    w.sim.silent = false;
    while (hear_now(bs)) {
    }
    assert_silent(bs, DAY);
    assert_int_equal(lp_client_bootstrap(client), 0); /* asked for: once more */
    assert_says(bs, "CON POST /bs?");
    end_world();
}

/* The answer to /bs is lost, and the server begins to write. */
static void the_first_answer_is_lost(void **state)
{
    (void)state;
    begin_bootstrap(&(struct lp_client_config){0}, &bs_account);
    assert_says(bs, "CON POST /bs?");
    write_mg();
    assert_silent(bs, 20 * SECOND); /* who writes has heard us */
    assert_asked(bs, "POST /bs", "2.04");
    assert_says(mg, "CON POST /rd?");
    end_world();
}

/* Between attempts, management goes on with the accounts there are. */
static void management_meanwhile(void **state)
{
    (void)state;
    struct lp_account a = bs_account;
    a.retry_timer_s = 1000;
    make_world(&(struct lp_client_config){0});
    account(&a);
    account(&mg_account);
    start();
    assert_says(mg, "CON POST /rd?");
    answer(mg, "2.01", "r");
    assert_event(LP_EV_REGISTERED);
    lp_client_bootstrap(client);
    assert_says(bs, "CON POST /bs?");
    answer(bs, "5.00", NULL);
    assert_says_within(mg, 100, "CON POST /rd?");
    answer(mg, "2.01", "r");
    assert_event(LP_EV_REGISTERED);
    assert_asked(mg, "GET /1/0/1", "2.05");
    assert_says_within(bs, 1000 * SECOND, "CON POST /bs?");
    end_world();
}

/* Only 1.0 is offered: no pct. */
static void lwm2m_1_0(void **state)
{
    (void)state;
    begin_bootstrap(&(struct lp_client_config){.lwm2m = "1.0"}, &bs_account);
    assert_says(bs, "CON POST /bs?ep=dev");
    assert_string_equal(w.heard[bs].text, "CON POST /bs?ep=dev");
    answer(bs, "2.04", NULL);
    assert_asked(bs, "GET /", "2.05", .accept = FORMAT(40));
    assert_non_null(strstr(w.heard[bs].text, "</>;lwm2m=1.0,"));
    end_world();
}

/* ---- the store ---- */

/* A life from power-on to registered, over a store that fails once; whatever it was, after a power cycle the accounts
 * are those before or those after, whole, and the device comes under management. */
static bool life_with_fault(uint32_t n, enum lp_sim_kv_fault fault)
{
    begin_bootstrap(&(struct lp_client_config){.kv = &w.kv.kv}, &bs_account);
    lp_sim_kv_plan(&w.kv, n, fault);
    assert_says(bs, "CON POST /bs?ep=dev");
    answer(bs, "2.04", NULL);
    write_mg();
    ask(bs, "POST /bs");
    assert_says(bs, "ACK ");
    bool finished = w.heard[bs].m.code == LP_CHANGED;
    run(10);
    bool met = w.kv.faults > 0;

    struct lp_client_config g = {.kv = &w.kv.kv};
    power_cycle(&g);
    account(&bs_account);
    start();
    while (hear_now(mg) || hear_now(bs)) {
    }
    bool stored = lp_accounts_check(client) == 0;
    assert_true(stored || !finished);
    if (stored)
        assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=60");
    else
        assert_says(bs, "CON POST /bs?ep=dev");
    end_world();
    return met;
}

static void each_store_fault(void **state)
{
    (void)state;
    for (int fault = LP_SIM_KV_FAIL; fault <= LP_SIM_KV_CUT_AFTER; fault++)
        for (uint32_t n = 1; life_with_fault(n, (enum lp_sim_kv_fault)fault); n++)
            assert_true(n < 100);
}

static void one_write_commits(void **state)
{
    (void)state;
    stored_world();
    uint32_t before = w.kv.writes;
    write_mg();
    assert_int_equal(w.kv.writes, before);
    assert_asked(bs, "POST /bs", "2.04");
    assert_int_equal(w.kv.writes, before + 1);
    end_world();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(int_0_1_6_full_bootstrap_then_no_other),
        cmocka_unit_test(requests_are_told),
        cmocka_unit_test(int_4_delete),
        cmocka_unit_test(int_5_trigger),
        cmocka_unit_test(int_7_fall_back),
        cmocka_unit_test(int_8_read),
        cmocka_unit_test(discover),
        cmocka_unit_test(int_9_inconsistent),
        cmocka_unit_test(int_9_not_mended),
        cmocka_unit_test(several_instances_at_once),
        cmocka_unit_test(bad_requests),
        cmocka_unit_test(its_own_account),
        cmocka_unit_test(it_breaks_off),
        cmocka_unit_test(the_accounts_time_out),
        cmocka_unit_test(requests_without_end),
        cmocka_unit_test(attempts),
        cmocka_unit_test(the_first_answer_is_lost),
        cmocka_unit_test(management_meanwhile),
        cmocka_unit_test(lwm2m_1_0),
        cmocka_unit_test(each_store_fault),
        cmocka_unit_test(one_write_commits),
    };
    return cmocka_run_group_tests_name("bootstrap", tests, NULL, NULL);
}
