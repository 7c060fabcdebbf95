/* SPDX-License-Identifier: Apache-2.0
 *
 * test_time.c - the CoAP side of limpet-server in virtual time: retransmission, queue mode, lifetimes, bounds. The test
 * is the network and the clock. */
#include "test.h"

#include "server/log.h"
#include "server/mem.h"
#include "server/peer.h"
#include "server/reg.h"
#include "server/rest.h"
#include "server/server.h"

/* ---- a server, and what it sent ---- */

static struct server s;
static struct {
    struct addr to;
    uint8_t bytes[1500];
    size_t n;
    struct lp_coap m; /* of bytes */
} sent[2000];
static unsigned n_sent;
static char last_event[4000];
static char events[4000]; /* names, a blank behind each */

static void transmit(void *ctx, enum transport t, const struct addr *to, const void *p, size_t n)
{
    (void)ctx, (void)t;
    assert_true(n_sent < 2000 && n <= 1500);
    memcpy(sent[n_sent].bytes, p, n);
    sent[n_sent].n = n;
    sent[n_sent].to = *to;
    assert_int_equal(lp_coap_parse(&sent[n_sent].m, sent[n_sent].bytes, n), 0);
    n_sent++;
}

static void hear(struct listener *l, const char *name, const char *endpoint, const char *data)
{
    (void)l, (void)endpoint;
    snprintf(last_event, sizeof(last_event), "%s", data);
    strcat(events, name);
    strcat(events, " ");
}

static struct listener listener = {.event = hear};

static void open_server(unsigned max_peers)
{
    char *why = NULL;
    memset(&s, 0, sizeof(s));
    s.now = 1000000;
    s.wall = 1700000000000;
    n_sent = 0;
    events[0] = 0;
    struct server_config c = {
        .db = ":memory:", .max_peers = max_peers, .max_handshakes = 10, .transmit = transmit};
    assert_int_equal(server_open(&s, &c, &why), 0);
    server_load(&s);
    events_add(&s.events, &listener);
}

static int setup(void **state)
{
    (void)state;
    open_server(1000);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    server_close(&s);
    return 0;
}

/* Time passes, and the server is woken whenever it wants to be. */
static void pass(uint64_t ms)
{
    uint64_t end = s.now + ms;
    for (uint32_t wait; (wait = server_tick(&s)) != UINT32_MAX && s.now + wait <= end;) {
        s.now += wait ? wait : 1;
        s.wall += wait ? wait : 1;
    }
    s.wall += (int64_t)(end - s.now);
    s.now = end;
    server_tick(&s);
}

/* ---- devices ---- */

static struct addr at(unsigned port)
{
    struct addr a;
    char text[32];
    snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    assert_true(addr_parse(&a, text));
    return a;
}

static void receive(unsigned port, const void *p, size_t n)
{
    struct addr a = at(port);
    server_datagram(&s, COAP, &a, p, n);
}

static uint16_t next_mid = 1;

/* POST to a path with query parameters, all separated by blanks; a payload if there is one. */
static void post(unsigned port, const char *path, const char *query, const char *payload)
{
    uint8_t m[512];
    struct lp_out o;
    struct lp_coap_out c;
    char text[256], *save = NULL;
    lp_out_init(&o, m, sizeof(m));
    lp_coap_begin(&c, &o, LP_CON, LP_POST, next_mid++, "tk", 2);
    snprintf(text, sizeof(text), "%s", path);
    for (char *t = strtok_r(text, " ", &save); t; t = strtok_r(NULL, " ", &save))
        lp_coap_opt_text(&c, LP_OPT_URI_PATH, t);
    if (payload) lp_coap_opt_uint(&c, LP_OPT_CONTENT_FORMAT, 40);
    snprintf(text, sizeof(text), "%s", query);
    for (char *t = strtok_r(text, " ", &save); t; t = strtok_r(NULL, " ", &save))
        lp_coap_opt_text(&c, LP_OPT_URI_QUERY, t);
    if (payload) {
        lp_coap_payload(&c);
        lp_out_text(&o, payload);
    }
    receive(port, m, lp_out_len(&o));
}

static struct reg *enrol(unsigned port, const char *query)
{
    char all[128];
    snprintf(all, sizeof(all), "ep=dev%u lwm2m=1.1 %s", port, query);
    post(port, "rd", all, "</3/0>");
    snprintf(all, sizeof(all), "dev%u", port);
    struct reg *r = reg_find(&s, all);
    assert_non_null(r);
    assert_int_equal(sent[n_sent - 1].m.code, LP_CREATED);
    return r;
}

static void update(unsigned port, const struct reg *r)
{
    char path[16];
    snprintf(path, sizeof(path), "rd %s", r->id);
    post(port, path, "", NULL);
}

/* Answers the newest message with a code, piggybacked. */
static void answer(unsigned port, uint8_t code, const char *text)
{
    const struct lp_coap *q = &sent[n_sent - 1].m;
    uint8_t m[128];
    struct lp_out o;
    struct lp_coap_out c;
    lp_out_init(&o, m, sizeof(m));
    lp_coap_begin(&c, &o, LP_ACK, code, q->mid, q->token, q->tkl);
    if (text) {
        lp_coap_opt_uint(&c, LP_OPT_CONTENT_FORMAT, 0);
        lp_coap_payload(&c);
        lp_out_text(&o, text);
    }
    receive(port, m, lp_out_len(&o));
}

/* ---- calls ---- */

struct call {
    struct rest r;
    struct rest_param timeout;
    bool done;
};

static void call_done(struct rest *r)
{
    container_of(r, struct call, r)->done = true;
}

static struct call *get(const char *endpoint, const char *timeout)
{
    struct call *c = mem_new(sizeof(*c));
    static char clients[] = "clients", three[] = "3", zero[] = "0", name[] = "timeout";
    c->r = (struct rest){.s = &s,
                         .method = "GET",
                         .segment = {clients, (char *)(uintptr_t)endpoint, three, zero, zero},
                         .n = 5,
                         .answered = call_done,
                         .params = &c->timeout,
                         .n_params = timeout ? 1 : 0};
    c->timeout = (struct rest_param){name, (char *)(uintptr_t)timeout};
    rest_handle(&c->r);
    return c;
}

static void ends(struct call *c, int status, const char *holds)
{
    assert_true(c->done);
    assert_int_equal(c->r.status, status);
    if (!strstr(c->r.text, holds)) print_error("%s\n", c->r.text);
    assert_non_null(strstr(c->r.text, holds));
    free(c->r.text);
    free(c);
}

/* ---- tests ---- */

static void a_request_is_sent_again_until_it_is_answered(void **state)
{
    (void)state;
    enrol(1, "");
    struct call *c = get("dev1", "200");
    unsigned first = n_sent;
    assert_int_equal(sent[first - 1].m.code, LP_GET);
    pass(1900);
    assert_int_equal(n_sent, first);
    pass(1200);
    assert_int_equal(n_sent, first + 1);
    assert_int_equal(sent[first].m.mid, sent[first - 1].m.mid);
    pass(20000);
    assert_int_equal(n_sent, first + 3);
    assert_false(c->done);
    answer(1, LP_CONTENT, "x");
    ends(c, 200, "\"value\":\"x\"");
    pass(100000);
    assert_int_equal(n_sent, first + 3);
}

static void it_is_given_up_after_five(void **state)
{
    (void)state;
    enrol(1, "");
    struct call *c = get("dev1", "200");
    unsigned first = n_sent;
    pass(100000);
    assert_int_equal(n_sent, first + 4);
    ends(c, 504, "did not answer");
}

static void the_call_ends_first(void **state)
{
    (void)state;
    enrol(1, "");
    struct call *c = get("dev1", NULL);
    pass(4999);
    assert_false(c->done);
    pass(2);
    ends(c, 504, "did not answer");
    unsigned n = n_sent;
    pass(100000);
    assert_int_equal(n_sent, n); /* nobody waits: it is not sent again */
}

static void one_after_the_other(void **state)
{
    (void)state;
    enrol(1, "");
    struct call *a = get("dev1", NULL);
    unsigned n = n_sent;
    struct call *b = get("dev1", NULL);
    assert_int_equal(n_sent, n);
    answer(1, LP_CONTENT, "a");
    assert_int_equal(n_sent, n + 1);
    ends(a, 200, "\"a\"");
    answer(1, LP_CONTENT, "b");
    ends(b, 200, "\"b\"");
}

static void lifetimes(void **state)
{
    (void)state;
    struct reg *r = enrol(1, "lt=60");
    enrol(2, "lt=30");
    pass(29000);
    assert_non_null(reg_find(&s, "dev2"));
    pass(2000);
    assert_null(reg_find(&s, "dev2"));
    update(1, r);
    pass(59000);
    assert_non_null(reg_find(&s, "dev1"));
    pass(2000);
    assert_null(reg_find(&s, "dev1"));
    assert_string_equal(events, "REGISTRATION REGISTRATION DEREGISTRATION UPDATED DEREGISTRATION ");
}

static void lifetime_for_ever(void **state)
{
    (void)state;
    struct reg *r = enrol(1, "lt=0");
    assert_int_equal(r->lifetime_s, 0);
    pass(UINT64_C(1000) * 86400 * 1000);
    assert_ptr_equal(reg_find(&s, "dev1"), r);
    char path[16];
    snprintf(path, sizeof(path), "rd %s", r->id);
    post(1, path, "lt=60", NULL);
    pass(61000);
    assert_null(reg_find(&s, "dev1"));
    r = enrol(1, "lt=60");
    snprintf(path, sizeof(path), "rd %s", r->id);
    post(1, path, "lt=0", NULL);
    pass(86400000);
    assert_non_null(reg_find(&s, "dev1"));
}

/* A registration of the future, on record before the clock was set back, lives no longer than its lifetime. */
static void lifetime_and_a_clock_set_back(void **state)
{
    (void)state;
    struct addr a = at(1);
    struct store_reg row = {.id = "abcdefgh",
                            .endpoint = "dev1",
                            .binding = "U",
                            .attributes = "{}",
                            .address = {&a.u, a.n},
                            .links = {"</3/0>", 6},
                            .version = 11,
                            .lifetime_s = 60,
                            .updated = s.wall + 86400000};
    reg_restore(&s, &row,
                &(struct reg_news){.has_lifetime = true, .lifetime_s = 60, .links = row.links});
    pass(59000);
    assert_non_null(reg_find(&s, "dev1"));
    pass(2000);
    assert_null(reg_find(&s, "dev1"));
}

static void count_rows(void *ctx, const struct store_reg *row)
{
    snprintf(ctx, REG_ID + 1, "%s", row->id);
}

static void a_new_registration_replaces_the_old_one(void **state)
{
    char id[REG_ID + 1] = "", old[REG_ID + 1];
    (void)state;
    memcpy(old, enrol(1, "lt=60")->id, sizeof(old));
    struct reg *r = enrol(1, "lt=60");
    assert_string_not_equal(r->id, old);
    store_regs(s.store, count_rows, id);
    assert_string_equal(id, r->id);
    assert_int_equal(s.by_id.n, 1);
    assert_string_equal(events, "REGISTRATION DEREGISTRATION REGISTRATION ");
}

static void lists_of_objects_are_bounded(void **state)
{
    static char text[16000];
    (void)state;
    post(1, "rd", "ep=dev1 lwm2m=1.1", "</3/0>,<>");
    assert_int_equal(sent[n_sent - 1].m.code, LP_BAD_REQUEST);
    for (unsigned i = 0; i < LINKS_MAX; i++)
        snprintf(text + strlen(text), 16, "%s</9/%u>", i ? "," : "", i);
    assert_true(links_valid((struct lp_span){text, strlen(text)}));
    strcat(text, ",</9/1000>");
    assert_false(links_valid((struct lp_span){text, strlen(text)}));
    enrol(1, "");
    size_t one = s.links;
    assert_true(one > 6);
    s.links = REG_LINKS - 40;
    post(2, "rd", "ep=dev2 lwm2m=1.1", "</3/0>");
    assert_int_equal(sent[n_sent - 1].m.code, LP_SERVICE_UNAVAILABLE);
    s.links = one;
    enrol(2, "");
    assert_int_equal(s.links, 2 * one);
    reg_remove(reg_find(&s, "dev1"), "test");
    reg_remove(reg_find(&s, "dev2"), "test");
    assert_int_equal(s.links, 0);
}

static void an_update_tells_of_links_that_changed(void **state)
{
    char path[16];
    (void)state;
    struct reg *r = enrol(1, "");
    assert_non_null(strstr(last_event, "objectLinks"));
    snprintf(path, sizeof(path), "rd %s", r->id);
    post(1, path, "", NULL);
    assert_null(strstr(last_event, "objectLinks"));
    post(1, path, "", "</3/0>");
    assert_null(strstr(last_event, "objectLinks"));
    post(1, path, "", "</3/0>,</4/0>");
    assert_non_null(strstr(last_event, "objectLinks"));
    char *text = reg_text(r);
    assert_non_null(strstr(text, "{\"3\":[0],\"4\":[0]}"));
    free(text);
}

static void a_plan_with_a_key_needs_security(void **state)
{
    static const char json[] =
        "{\"security\":{\"1\":{\"securityMode\":\"PSK\",\"publicKeyOrId\":[97],\"secretKey\":[1],"
        "\"serverId\":1,\"uri\":\"coaps://127.0.0.1\"}}}";
    (void)state;
    store_put_plan(s.store, "*", json);
    post(1, "bs", "ep=dev1", NULL);
    assert_int_equal(sent[n_sent - 1].m.code, LP_BAD_REQUEST);
    assert_int_equal(s.peers, 0);
    s.insecure_bootstrap = true;
    post(1, "bs", "ep=dev1", NULL);
    assert_int_equal(sent[n_sent - 2].m.code, LP_CHANGED);
    assert_int_equal(sent[n_sent - 1].m.code, LP_PUT);
}

/* The answer to the end of a bootstrap is lost, but the device comes and registers. */
static void a_device_that_registers_has_been_bootstrapped(void **state)
{
    (void)state;
    store_put_plan(s.store, "*", "{\"toDelete\":[\"/0\"]}");
    post(1, "bs", "ep=dev1", NULL);
    post(2, "bs", "ep=dev2", NULL);
    answer(2, LP_DELETED, NULL);
    assert_int_equal(sent[n_sent - 1].m.code, LP_POST);
    assert_null(strstr(last_event, "finished"));
    enrol(1, "");
    assert_null(strstr(events, "REGISTRATION BSSESSION")); /* its plan is not done */
    enrol(2, "");
    assert_non_null(strstr(events, "REGISTRATION BSSESSION"));
    assert_non_null(strstr(last_event, "finished"));
    pass(200000);
    assert_non_null(strstr(last_event, "failed")); /* of the first */
    assert_non_null(strstr(last_event, "dev1"));

    post(3, "bs", "ep=dev3", NULL);
    answer(3, LP_DELETED, NULL);
    struct addr a = at(3);
    peer_drop(peer_find(&s, COAP, &a), false); /* it ends its association instead */
    assert_non_null(strstr(last_event, "finished"));
    assert_non_null(strstr(last_event, "dev3"));
    post(4, "bs", "ep=dev4", NULL);
    a = at(4);
    peer_drop(peer_find(&s, COAP, &a), false);
    assert_non_null(strstr(last_event, "failed"));
}

static void a_new_credential_ends_what_has_none(void **state)
{
    (void)state;
    struct reg *r = enrol(1, "");
    store_put_cred(s.store, &(struct store_cred){.role = ROLE_DEVICE,
                                                 .endpoint = "dev1",
                                                 .mode = "psk",
                                                 .identity = {"id", 2},
                                                 .key = {"key", 3}});
    update(1, r);
    assert_int_equal(sent[n_sent - 1].m.code, LP_FORBIDDEN);
}

static void queue_mode_window(void **state)
{
    (void)state;
    struct reg *r = enrol(1, "Q lt=86400");
    assert_string_equal(events, "REGISTRATION AWAKE ");
    pass(92000);
    assert_true(r->awake);
    update(1, r);
    pass(92000);
    assert_true(r->awake);
    pass(2000);
    assert_false(r->awake);
    assert_string_equal(events, "REGISTRATION AWAKE UPDATED SLEEPING ");

    struct call *c = get("dev1", "600");
    unsigned n = n_sent;
    pass(300000);
    assert_int_equal(n_sent, n); /* it sleeps: nothing is sent */
    update(1, r);
    assert_int_equal(n_sent, n + 2);
    assert_int_equal(sent[n].m.code, LP_CHANGED); /* its own request is answered first */
    assert_int_equal(sent[n + 1].m.code, LP_GET);
    answer(1, LP_CONTENT, "x");
    ends(c, 200, "\"x\"");
    assert_non_null(strstr(events, "UPDATED AWAKE "));
}

static void silence_means_asleep(void **state)
{
    (void)state;
    struct reg *r = enrol(1, "Q lt=86400");
    pass(80000);
    update(1, r);
    struct call *c = get("dev1", "600");
    pass(95000); /* five times sent, no answer */
    assert_false(r->awake);
    assert_false(c->done);
    unsigned n = n_sent;
    update(1, r);
    assert_int_equal(n_sent, n + 2);
    answer(1, LP_CONTENT, "x");
    ends(c, 200, "\"x\"");
}

static void a_sleeping_device_that_stays_away(void **state)
{
    (void)state;
    enrol(1, "Q lt=86400");
    pass(100000);
    struct call *c = get("dev1", "10");
    pass(11000);
    ends(c, 504, "asleep");
}

static void what_is_outstanding_follows_a_new_address(void **state)
{
    (void)state;
    struct reg *r = enrol(1, "");
    struct call *c = get("dev1", "60");
    struct lp_coap q = sent[n_sent - 1].m;
    update(77, r);
    unsigned n = n_sent;
    pass(3500);
    assert_int_equal(n_sent, n + 1);
    struct addr to = at(77);
    assert_true(addr_equal(&sent[n].to, &to));
    assert_int_equal(sent[n].m.mid, q.mid); /* the same message: it is not done twice */
    answer(77, LP_CONTENT, "x");
    ends(c, 200, "\"x\"");
}

static void deregistration_answers_what_waits(void **state)
{
    (void)state;
    enrol(1, "");
    struct call *a = get("dev1", NULL), *b = get("dev1", NULL);
    reg_remove(reg_find(&s, "dev1"), "test");
    ends(a, 503, "deregistered");
    ends(b, 503, "deregistered");
}

static void a_full_queue(void **state)
{
    (void)state;
    enrol(1, "Q lt=86400");
    pass(100000);
    static struct call *all[OP_PER_BOX];
    for (unsigned i = 0; i < OP_PER_BOX; i++) all[i] = get("dev1", "10");
    ends(get("dev1", "10"), 503, "too many");
    pass(11000);
    for (unsigned i = 0; i < OP_PER_BOX; i++) ends(all[i], 504, "asleep");
}

static void strangers_cost_no_state(void **state)
{
    (void)state;
    for (unsigned port = 1; port < 500; port++) {
        post(port, "rd", "ep=x", "</3/0>"); /* no version */
        post(port, "rd", "ep=x lwm2m=1.1", "no links");
        post(port, "rd nobody12", "", NULL);
        post(port, "bs", "ep=nobody", NULL);
        post(port, "dp", "", "[]");
        assert_int_equal(sent[n_sent - 1].m.code, LP_CODE_NOT_FOUND);
        receive(port, "\x40\x00\x00\x01", 4); /* ping */
        assert_int_equal(sent[n_sent - 1].m.type, LP_RST);
        receive(port, "\x58\x45\x00\x02tokentok\xff!", 14); /* a response to nothing is reset */
        assert_int_equal(sent[n_sent - 1].m.type, LP_RST);
        n_sent = 0;
    }
    assert_int_equal(s.peers, 0);
}

static void full_of_devices(void **state)
{
    (void)state;
    server_close(&s);
    open_server(10);
    for (unsigned port = 1; port <= 10; port++) enrol(port, "lt=600");
    post(11, "rd", "ep=dev11 lwm2m=1.1", "</3/0>");
    assert_int_equal(sent[n_sent - 1].m.code, LP_SERVICE_UNAVAILABLE);
    assert_int_equal(s.peers, 10);
    reg_remove(reg_find(&s, "dev3"), "test"); /* its peer may make room */
    enrol(11, "");
    assert_int_equal(s.peers, 10);
}

static void peers_without_use_are_forgotten(void **state)
{
    (void)state;
    enrol(1, "lt=60");
    pass(61000);
    assert_int_equal(s.peers, 1); /* duplicates of what it sent are still known */
    pass(PEER_IDLE);
    assert_int_equal(s.peers, 0);
}

static void blocks_of_a_stranger_are_bounded_in_number(void **state)
{
    uint8_t m[300];
    struct lp_out o;
    struct lp_coap_out c;
    (void)state;
    for (unsigned port = 1; port <= 50; port++) {
        lp_out_init(&o, m, sizeof(m));
        lp_coap_begin(&c, &o, LP_CON, LP_POST, 9, "t", 1);
        lp_coap_opt_text(&c, LP_OPT_URI_PATH, "rd");
        lp_coap_opt_text(&c, LP_OPT_URI_QUERY, "ep=x");
        lp_coap_opt_text(&c, LP_OPT_URI_QUERY, port % 2 ? "lwm2m=1.1" : "lwm2m=9");
        lp_coap_opt_block(&c, LP_OPT_BLOCK1, (struct lp_block){0, true, 0});
        lp_coap_payload(&c);
        lp_out_text(&o, "</3/0>,</4/0>,</");
        receive(port, m, lp_out_len(&o));
        assert_int_equal(sent[n_sent - 1].m.code, port % 2 ? LP_CONTINUE : LP_PRECONDITION_FAILED);
    }
    assert_int_equal(s.peers, 25);
    pass(PEER_IDLE + 1000);
    assert_int_equal(s.peers, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    log_start(LOG_QUIET);
    const struct CMUnitTest tests[] = {
        CASE(a_request_is_sent_again_until_it_is_answered),
        CASE(it_is_given_up_after_five),
        CASE(the_call_ends_first),
        CASE(one_after_the_other),
        CASE(lifetimes),
        CASE(lifetime_for_ever),
        CASE(lifetime_and_a_clock_set_back),
        CASE(a_new_registration_replaces_the_old_one),
        CASE(lists_of_objects_are_bounded),
        CASE(an_update_tells_of_links_that_changed),
        CASE(a_plan_with_a_key_needs_security),
        CASE(a_device_that_registers_has_been_bootstrapped),
        CASE(a_new_credential_ends_what_has_none),
        CASE(queue_mode_window),
        CASE(silence_means_asleep),
        CASE(a_sleeping_device_that_stays_away),
        CASE(what_is_outstanding_follows_a_new_address),
        CASE(deregistration_answers_what_waits),
        CASE(a_full_queue),
        CASE(strangers_cost_no_state),
        CASE(full_of_devices),
        CASE(peers_without_use_are_forgotten),
        CASE(blocks_of_a_stranger_are_bounded_in_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
