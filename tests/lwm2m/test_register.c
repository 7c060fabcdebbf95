/* SPDX-License-Identifier: Apache-2.0
 *
 * also: lite
 *
 * Registration, update, deregistration, and what goes wrong with them (world.h: the server is the test).
 */
#include "world.h"

/* A client with one management account, started, its first Register heard but not answered. */
static void begin_with(struct lp_account a, const struct lp_client_config *config)
{
    make_world(config);
    account(&a);
    start();
    assert_says(mg, "CON POST /rd?");
}
#define begin(...)                                       \
    begin_with((struct lp_account){.uri = "coap://mg",   \
                                   .mode = LP_SEC_NOSEC, \
                                   .short_id = 123,      \
                                   .security_iid = -1,   \
                                   .server_iid = -1,     \
                                   __VA_ARGS__},         \
               &(struct lp_client_config){0})
#define begin_config(...) begin_with(mg_account, &(struct lp_client_config){__VA_ARGS__})

static void register_now(void)
{
    answer(mg, "2.01", "rd/7");
    struct lp_event *ev = assert_event(LP_EV_REGISTERED);
    assert_int_equal(ev->server, 123);
}

static int set_int(uint16_t o, uint16_t i, uint16_t r, int64_t v)
{
    return lp_client_set(client, &LP_PATH_RES(o, i, r),
                         &(struct lp_value){.type = LP_T_INT, .u.i = v});
}

/* ---- Register ---- */

/* OMA LightweightM2M-1.1-int-101: first message, all parameters, no /0 in the list. */
static void int_101_register(void **state)
{
    (void)state;
    begin(.lifetime_s = 300);
    assert_string_equal(w.sim.now < 100 ? "at once" : "late", "at once");
    const char *text = w.heard[mg].text;
    const char *head = "CON POST /rd?lwm2m=1.1&ep=dev&lt=300&b=U | </>;rt=\"oma.lwm2m\"";
    assert_memory_equal(text, head, strlen(head));
    assert_non_null(strstr(text, "</1/0>"));
    assert_non_null(strstr(text, "</3/0>"));
    assert_null(strstr(text, "</0"));
    assert_null(strstr(text, "</21"));
    uint32_t format;
    assert_int_equal(lp_coap_uint(&w.heard[mg].m, LP_OPT_CONTENT_FORMAT, 2, &format), 1);
    assert_int_equal(format, 40);
    struct lp_event *ev = assert_event(LP_EV_CONNECTED);
    assert_false(ev->resumed);
    assert_int_equal(ev->cid, -1);
    register_now();
    struct lp_server_info info;
    assert_int_equal(lp_client_server(client, 0, &info), 0);
    assert_int_equal(info.state, LP_LINK_REGISTERED);
    assert_string_equal(info.location, "/rd/7");
    assert_string_equal(info.uri, "coap://mg");
    assert_int_equal(info.lifetime_s, 300);
    assert_int_equal(lp_client_server(client, 1, &info), LP_ERR_NOT_FOUND);
    end_world();
}

static void a_lost_register_is_sent_again(void **state)
{
    (void)state;
    begin();
    uint16_t mid = w.heard[mg].m.mid;
    assert_says(mg, "CON POST /rd?");
    assert_int_equal(w.heard[mg].m.mid, mid);
    assert_true(w.sim.now >= 2000 && w.sim.now <= 3100);
    register_now();
    end_world();
}

/* A server that knows only 1.0 answers 4.12: once more as 1.0, and b=UQ there. */
static void lwm2m_1_0(void **state)
{
    (void)state;
    begin();
    answer(mg, "4.12", NULL);
    assert_says(mg, "CON POST /rd?lwm2m=1.0&ep=dev&lt=86400&b=U | ");
    assert_non_null(strstr(w.heard[mg].text, "</1/0>"));
    assert_null(strstr(w.heard[mg].text, "ver="));
    register_now();
    assert_int_equal(count_events(LP_EV_REGISTRATION_FAILED), 0);
    end_world();

    begin_config(.lwm2m = "1.0", .queue = true);
    assert_says_within(mg, 4000, "CON POST /rd?lwm2m=1.0&ep=dev&lt=86400&b=UQ | ");
    answer(mg, "4.12", NULL); /* not even that */
    assert_int_equal(assert_event(LP_EV_REGISTRATION_FAILED)->code, LP_PRECONDITION_FAILED);
    end_world();

    begin_config(.queue = true);
    assert_says_within(mg, 4000, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400&b=U&Q | ");
    end_world();
}

/* The payload in blocks of 16 bytes, put together again; the last one is confirmed with the location. */
static void register_in_blocks(unsigned smaller_after, uint8_t smaller)
{
    char list[1024] = "";
    size_t n = 0;
    begin_config(.block_size = 64);
    for (unsigned i = 0;; i++) {
        struct lp_block b;
        const struct lp_coap *m = &w.heard[mg].m;
        assert_int_equal(lp_coap_block(m, LP_OPT_BLOCK1, &b), 1);
        assert_int_equal((b.num << (b.szx + 4)), n);
        assert_true(b.more ? m->payload.n == 16u << b.szx : m->payload.n <= 16u << b.szx);
        memcpy(list + n, m->payload.p, m->payload.n);
        n += m->payload.n;
        if (!b.more) break;
        if (i == smaller_after) b.szx = smaller;
        answer_block(mg, "2.31", NULL, &b);
        assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400&b=U block1 ");
    }
    register_now();
    struct lp_out o;
    char whole[1024];
    lp_out_init(&o, whole, sizeof whole);
    lp_model_links(client->objects, false, &o);
    assert_int_equal(n, o.total);
    assert_memory_equal(list, whole, n);
    end_world();
}

static void block1(void **state)
{
    (void)state;
    register_in_blocks(99, 0);
    register_in_blocks(0, 0); /* the server wants smaller ones from now on */
}

static void block1_too_large_and_incomplete(void **state)
{
    (void)state;
    struct lp_block b = {0, true, 0};
    begin_config(.block_size = 64);
    answer_block(mg, "4.13", NULL, &b); /* late negotiation: 16 bytes */
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400&b=U block1 0+16");
    answer_block(mg, "2.31", NULL, &b);
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400&b=U block1 1+16");
    answer(mg, "4.08", NULL); /* the server has lost the first: from the start */
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400&b=U block1 0+16");
    for (int i = 0; i < 6; i++) {
        answer(mg, "4.08", NULL);
        assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400&b=U block1 0+16");
    }
    answer(mg, "4.08", NULL); /* but not for ever */
    assert_int_equal(assert_event(LP_EV_REGISTRATION_FAILED)->code, LP_CODE_INCOMPLETE);
    end_world();
}

/* The objects change while the list is on its way: it begins anew, and no Update follows for it. */
static void objects_change_between_blocks(void **state)
{
    (void)state;
    static struct lp_sensor sensor;
    struct lp_block b = {0, true, 2};
    begin_config(.block_size = 64);
    answer_block(mg, "2.31", NULL, &b);
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400&b=U block1 1");
    memset(&sensor, 0, sizeof sensor);
    assert_int_equal(lp_sensor_add(client, &sensor, 3303, "Cel"), 0);
    b.num = 1;
    answer_block(mg, "2.31", NULL, &b);
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400&b=U block1 0+64");
    end_world();
}

/* A path that takes only small datagrams: smaller blocks, without being asked. */
static void small_mtu(void **state)
{
    (void)state;
    make_world(&(struct lp_client_config){0});
    account(&mg_account);
    w.sim.mtu = 100;
    start();
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400&b=U block1 0+");
    assert_true(w.heard[mg].m.payload.n <= 64);
    end_world();
}

static void location(void **state)
{
    (void)state;
    char longest[] =
        "rd/4567890123456789012345678901234567890123456x"; /* with the first slash 48 */
    begin();
    answer(mg, "2.01", longest);
    assert_int_equal(assert_event(LP_EV_REGISTRATION_FAILED)->err, LP_ERR_TOO_LARGE);
    end_world();

    begin();
    longest[46] = 0;
    answer(mg, "2.01", longest);
    assert_event(LP_EV_REGISTERED);
    lp_client_update(client, 0, 0);
    assert_says(mg, "CON POST /rd/4567890123456789012345678901234567890123456");
    end_world();

    begin();
    answer(mg, "2.01", NULL);
    assert_int_equal(assert_event(LP_EV_REGISTRATION_FAILED)->err, LP_ERR_FORMAT);
    end_world();
}

/* RFC 7252 5.3.2, seen in living clients: a response with a stale token is nobody's. */
static void stale_token(void **state)
{
    (void)state;
    begin();
    w.heard[mg].m.token[0] ^= 1;
    answer(mg, "2.01", "rd/7");
    run(500);
    assert_int_equal(count_events(LP_EV_REGISTERED), 0);
    assert_says(mg, "CON POST /rd?");
    register_now();
    end_world();
}

static void separate_response(void **state)
{
    (void)state;
    uint8_t buf[64];
    struct lp_out o;
    struct lp_coap_out m;
    begin();
    struct lp_coap req = w.heard[mg].m;
    answer(mg, "0.00", NULL);
    uint8_t ack[4] = {0x60, 0, (uint8_t)(req.mid >> 8), (uint8_t)req.mid};
    say(mg, ack, 4);
    assert_silent(mg, 20 * SECOND); /* acknowledged: not sent again */
    lp_out_init(&o, buf, sizeof buf);
    lp_coap_begin(&m, &o, LP_CON, LP_CREATED, 0x99, req.token, req.tkl);
    put_path(&m, LP_OPT_LOCATION_PATH, "rd/7");
    say(mg, buf, o.total);
    assert_says(mg, "ACK 0.00");
    assert_event(LP_EV_REGISTERED);
    end_world();
}

/* ---- failed attempts: core 1.1 6.2.1.1 with full jitter ---- */

static void refused(const char *code, uint32_t low, uint32_t high)
{
    answer(mg, code, NULL);
    struct lp_event *ev = assert_event(LP_EV_REGISTRATION_FAILED);
    assert_int_equal(ev->err, LP_ERR_PEER);
    assert_int_equal(ev->code, code_of(code));
    assert_in_range(ev->retry_ms, low, high);
    uint64_t at = w.sim.now;
    assert_says_within(mg, (uint64_t)high + SECOND, "CON POST /rd?");
    assert_in_range(w.sim.now - at, low > 10 ? low - 10 : 0, (uint64_t)ev->retry_ms + 20);
}

static void back_off_by_default(void **state)
{
    (void)state;
    begin();
    for (int sequence = 0; sequence < 3; sequence++) { /* never stuck */
        refused("4.03", 1, 60 * SECOND);
        refused("4.03", 1, 120 * SECOND);
        refused("5.03", 1, 240 * SECOND);
        refused("4.00", 1, 480 * SECOND);
        refused("4.03", 1, 60 * MINUTE);
    }
    assert_int_equal(count_events(LP_EV_CONNECTED),
                     1); /* a server that answers is asked over the same connection */
    register_now();
    end_world();
}

static void back_off_of_the_account(void **state)
{
    (void)state;
    begin(.retry_count = 3, .retry_timer_s = 10, .seq_delay_s = 15, .seq_count = 2);
    refused("4.03", 1, 10 * SECOND);
    refused("4.03", 1, 15 * SECOND); /* 20, but no longer than a sequence's delay */
    refused("4.03", 15 * SECOND, 15 * SECOND);
    refused("4.03", 1, 10 * SECOND);
    refused("4.03", 1, 15 * SECOND);
    answer(mg, "4.03", NULL);
    assert_event(LP_EV_DISCONNECTED);
    assert_int_equal(assert_event(LP_EV_REGISTRATION_FAILED)->retry_ms, LP_NO_RETRY);
    assert_silent(mg, 3 * (uint64_t)DAY);
    struct lp_server_info info;
    assert_int_equal(lp_client_server(client, 0, &info), 0);
    assert_int_equal(info.state, LP_LINK_OFF);
    end_world();
}

static void a_silent_server(void **state)
{
    (void)state;
    begin();
    w.sim.silent = true;
    struct lp_event *ev = event_within(LP_EV_REGISTRATION_FAILED, 100 * SECOND);
    assert_non_null(ev);
    assert_int_equal(ev->err, LP_ERR_TIMEOUT);
    assert_in_range(w.sim.now, 62 * SECOND, 93 * SECOND); /* RFC 7252 4.8.2: MAX_TRANSMIT_WAIT */
    w.sim.silent = false;
    while (hear_now(mg)) {
    }
    assert_says_within(mg, 61 * SECOND, "CON POST /rd?");
    register_now();
    end_world();
}

static void no_network(void **state)
{
    (void)state;
    make_world(&(struct lp_client_config){0});
    account(&mg_account);
    w.sim.link_down = true;
    start();
    assert_int_equal(assert_event(LP_EV_REGISTRATION_FAILED)->err, LP_ERR_NET);
    w.sim.link_down = false;
    w.sim.resolve = 3; /* the name takes its time */
    assert_says_within(mg, 61 * SECOND, "CON POST /rd?");
    register_now();
    end_world();
}

/* "port unreachable" for a server that is not there; but one that has us is not given up for it. */
static void icmp(void **state)
{
    (void)state;
    begin(.lifetime_s = 300);
    lp_sim_unlisten(&w.sim, w.heard[mg].end);
    w.sim.icmp = true;
    struct lp_event *ev = event_within(LP_EV_REGISTRATION_FAILED, 20 * SECOND);
    assert_non_null(ev);
    assert_int_equal(ev->err, LP_ERR_NET);
    w.heard[mg].end = lp_sim_listen(&w.sim, "mg", 5683);
    assert_says_within(mg, 61 * SECOND, "CON POST /rd?");
    register_now();

    lp_sim_unlisten(&w.sim, w.heard[mg].end);
    lp_client_update(client, 0, 0);
    run(5 * SECOND);
    w.heard[mg].end = lp_sim_listen(&w.sim, "mg", 5683);
    assert_says_within(mg, 20 * SECOND,
                       "CON POST /rd/7"); /* the server was restarted, the same Update arrives */
    answer(mg, "2.04", NULL);
    assert_event(LP_EV_UPDATED);
    end_world();
}

/* /1/x/14: the first attempt of all is delayed where the account says so. */
static void initial_delay(void **state)
{
    (void)state;
    make_world(&(struct lp_client_config){0});
    account(&mg_account);
    client->server[0].delay_s = 30;
    start();
    assert_silent(mg, 29 * SECOND);
    assert_says(mg, "CON POST /rd?");
    end_world();
}

/* ---- Update ---- */

/* int-102: nothing but what has changed. */
static void int_102_update(void **state)
{
    (void)state;
    begin();
    register_now();
    assert_int_equal(lp_client_update(client, 123, 0), 0);
    assert_says(mg, "CON POST /rd/7");
    assert_string_equal(w.heard[mg].text, "CON POST /rd/7");
    answer(mg, "2.04", NULL);
    assert_int_equal(assert_event(LP_EV_UPDATED)->server, 123);
    assert_int_equal(lp_client_update(client, 0, 500), 0);
    assert_says(mg, "CON POST /rd/7?lt=500");
    answer(mg, "2.04", NULL);
    assert_int_equal(lp_client_update(client, 9, 0), LP_ERR_NOT_FOUND);
    end_world();
}

static uint64_t next_update(uint32_t lifetime_s)
{
    begin(.lifetime_s = lifetime_s);
    register_now();
    uint64_t at = w.sim.now;
    assert_says_within(mg, (uint64_t)lifetime_s * SECOND, "CON POST /rd/7");
    at = w.sim.now - at;
    end_world();
    return at;
}

/* int-107: the Update comes before the lifetime ends, with time for all its retransmissions where there is any. */
static void int_107_lifetime(void **state)
{
    (void)state;
    assert_in_range(next_update(86400), (86400 - 94) * SECOND, (86400 - 92) * SECOND);
    assert_in_range(next_update(300), (300 - 94) * SECOND, (300 - 92) * SECOND);
    assert_in_range(next_update(100), 49 * SECOND, 51 * SECOND);
    assert_in_range(next_update(2), 1, 1100);

    begin(.lifetime_s = 60);
    register_now();
    ask(mg, "PUT /1/0/1", TEXT("0")); /* for ever */
    assert_says(mg, "ACK 2.04");
    assert_says(mg, "CON POST /rd/7?lt=0");
    answer(mg, "2.04", NULL);
    assert_silent(mg, 100 * (uint64_t)DAY);
    end_world();
}

static void a_written_lifetime_is_told(void **state)
{
    (void)state;
    begin();
    register_now();
    assert_asked(mg, "PUT /1/0/1", "2.04", TEXT("40"));
    assert_says(mg, "CON POST /rd/7?lt=40");
    answer(mg, "2.04", NULL);
    assert_says_within(mg, 21 * SECOND, "CON POST /rd/7");
    answer(mg, "2.04", NULL);
    assert_int_equal(set_int(1, 0, 1, 50), 0); /* by the device itself */
    assert_says(mg, "CON POST /rd/7?lt=50");
    answer(mg, "2.04", NULL);
    assert_asked(mg, "PUT /1/0/7", "2.04", TEXT("UQ"));
    assert_says(mg, "CON POST /rd/7?b=U&Q");
    end_world();
}

/* A binding is letters that there are, each once. */
static void a_binding_is_checked(void **state)
{
    (void)state;
    static const char *const good[] = {"U", "UQ", "UQS", "SU", "UMHTSN", NULL};
    static const char *const bad[] = {"UX", "UU", "UQQ", "Q", "S", "u", "U ", "", NULL};
    for (const char *const *b = good; *b; b++)
        assert_true(lp_server_binding((struct lp_span){*b, strlen(*b)}));
    for (const char *const *b = bad; *b; b++)
        assert_false(lp_server_binding((struct lp_span){*b, strlen(*b)}));
    begin();
    register_now();
    assert_asked(mg, "PUT /1/0/7", "4.00", TEXT("UX"));
    assert_asked(mg, "PUT /1/0/7", "4.00", TEXT("UU"));
    assert_silent(mg, 60 * SECOND);
    end_world();
}

/* A server writes what it then refuses: back to what it took last, and no loop. */
static void what_a_server_wrote_and_refuses_is_taken_back(void **state)
{
    (void)state;
    static const char *const rows[][3] = {{"PUT /1/0/7", "UQS", "lt=300&b=US&Q"},
                                          {"PUT /1/0/1", "40", "lt=40&b=U"}};
    begin(.lifetime_s = 300);
    register_now();
    for (int i = 0; i < 2; i++) {
        char again[80];
        snprintf(again, sizeof again, "CON POST /rd?lwm2m=1.1&ep=dev&%s | ", rows[i][2]);
        assert_asked(mg, rows[i][0], "2.04", TEXT(rows[i][1]));
        assert_says(mg, "CON POST /rd/7?");
        answer(mg, "4.00", NULL);
        assert_says(mg, again);
        answer(mg, "4.00", NULL);
        assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=300&b=U | ");
        register_now();
    }
    assert_asked(mg, "GET /1/0/7", "2.05  | U", .accept = FORMAT(0));
    assert_asked(mg, "GET /1/0/1", "2.05  | 300", .accept = FORMAT(0));
    lp_client_update(client, 0, 0);
    assert_says(mg, "CON POST /rd/7");
    answer(mg, "4.00", NULL);
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=300&b=U | ");
    answer(mg, "4.00", NULL); /* it has other reasons: later */
    assert_int_equal(assert_event(LP_EV_REGISTRATION_FAILED)->code, LP_BAD_REQUEST);
    end_world();
}

/* What one 4.12 said is not for ever. */
static void lwm2m_1_0_until_the_next_connection(void **state)
{
    (void)state;
    begin(.lifetime_s = 300);
    answer(mg, "4.12", NULL);
    assert_says(mg, "CON POST /rd?lwm2m=1.0");
    register_now();
    assert_int_equal(lp_client_disable(client, 123, 10), 0);
    assert_says(mg, "CON DELETE /rd/7");
    answer(mg, "2.02", NULL);
    assert_says_within(mg, 11 * SECOND, "CON POST /rd?lwm2m=1.1");
    end_world();
}

static const char *long_text(void)
{
    static char text[200];
    memset(text, 'x', sizeof text - 1);
    return text;
}

static void shrink_path(struct lp_sensor *sensor)
{
    *sensor = (struct lp_sensor){0};
    begin();
    register_now();
    assert_int_equal(lp_sensor_add(client, sensor, 3303, long_text()), 0);
    assert_says(mg, "CON POST /rd/7");
    answer(mg, "2.04", NULL);
    assert_event(LP_EV_UPDATED);
}

/* Answers that the path does not take come in smaller blocks. */
static void a_read_over_a_small_mtu(void **state)
{
    (void)state;
    static struct lp_sensor sensor;
    shrink_path(&sensor);
    w.sim.mtu = 100;
    assert_asked(mg, "GET /3303/0/5701", "2.05", .accept = FORMAT(0));
    struct lp_block b;
    assert_int_equal(lp_coap_block(&w.heard[mg].m, LP_OPT_BLOCK2, &b), 1);
    assert_true(b.more);
    assert_int_equal(b.szx, 2);
    w.sim.mtu = 20; /* not even the smallest */
    assert_asked(mg, "GET /3303/0/5701", "5.00", .accept = FORMAT(0));
    end_world();
}

static void a_notification_over_a_small_mtu(void **state)
{
    (void)state;
    static struct lp_sensor sensor;
    for (int con = 0; con < 2; con++) {
        shrink_path(&sensor);
        client->config.con_notify = con;
        assert_asked(mg, "GET /3303/0/5701", "2.05  observe", .accept = FORMAT(0), .observe = true);
        w.sim.mtu = 100;
        lp_changed(client, &LP_PATH_RES(3303, 0, 5701));
        assert_says(mg, con ? "CON 2.05  observe" : "NON 2.05  observe");
        struct lp_block b;
        assert_int_equal(lp_coap_block(&w.heard[mg].m, LP_OPT_BLOCK2, &b), 1);
        assert_int_equal(b.szx, 2);
        if (con) {
            uint8_t ack[4] = {0x60, 0, (uint8_t)(w.heard[mg].m.mid >> 8),
                              (uint8_t)w.heard[mg].m.mid};
            say(mg, ack, 4);
            assert_int_equal(assert_event(LP_EV_DELIVERED)->err, 0);
        }
        w.sim.mtu = 20;
        lp_changed(client, &LP_PATH_RES(3303, 0, 5701));
        assert_int_equal(assert_event(LP_EV_DELIVERED)->err, LP_ERR_TOO_LARGE);
        for (int i = 0; i < 20; i++) step();
        assert_true(lp_step(client, w.sim.now) > 0); /* it does not spin */
        assert_int_equal(count_events(LP_EV_DELIVERED), 1 + con);
        w.sim.mtu = 0;
        lp_changed(client, &LP_PATH_RES(3303, 0, 5701)); /* it observes still */
        assert_says(mg, con ? "CON 2.05  observe" : "NON 2.05  observe");
        end_world();
    }
}

/* int-104 */
static void int_104_update_trigger(void **state)
{
    (void)state;
    begin();
    register_now();
    assert_asked(mg, "POST /1/0/8", "2.04");
    assert_says(mg, "CON POST /rd/7");
    end_world();
}

/* int-105: unknown registration: register again at once. (Living clients end here.) */
static void int_105_update_not_found(void **state)
{
    (void)state;
    begin();
    register_now();
    lp_client_update(client, 0, 0);
    assert_says(mg, "CON POST /rd/7");
    answer(mg, "4.04", NULL);
    assert_says_within(mg, 100, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400&b=U | ");
    struct lp_event *ev = assert_event(LP_EV_UPDATE_FAILED);
    assert_int_equal(ev->code, LP_CODE_NOT_FOUND);
    answer(mg, "2.01", "rd/8");
    assert_event(LP_EV_REGISTERED);
    assert_int_equal(count_events(LP_EV_DISCONNECTED), 0);
    lp_client_update(client, 0, 0);
    assert_says(mg, "CON POST /rd/8");
    answer(mg, "4.00", NULL); /* any other of 4.xx: the same */
    assert_says_within(mg, 100, "CON POST /rd?");
    end_world();
}

static void a_busy_server_is_asked_later(void **state)
{
    (void)state;
    begin();
    register_now();
    lp_client_update(client, 0, 100);
    assert_says(mg, "CON POST /rd/7?lt=100");
    answer(mg, "5.03", NULL);
    assert_int_equal(assert_event(LP_EV_UPDATE_FAILED)->code, LP_SERVICE_UNAVAILABLE);
    assert_says_within(mg, 121 * SECOND, "CON POST /rd/7?lt=100"); /* with what it was to bring */
    answer(mg, "4.29", NULL);
    assert_says_within(mg, 241 * SECOND, "CON POST /rd/7?lt=100");
    answer(mg, "2.04", NULL);
    assert_event(LP_EV_UPDATED);
    end_world();
}

/* The server falls silent: the connection is given up, and taken up again without help. */
static void an_update_without_answer(void **state)
{
    (void)state;
    begin();
    register_now();
    run(2 * MINUTE);
    w.sim.silent = true;
    lp_client_update(client, 0, 0);
    struct lp_event *ev = event_within(LP_EV_UPDATE_FAILED, 94 * SECOND);
    assert_non_null(ev);
    assert_int_equal(ev->err, LP_ERR_TIMEOUT);
    assert_int_equal(assert_event(LP_EV_DISCONNECTED)->err, LP_ERR_TIMEOUT);
    w.sim.silent = false;
    while (hear_now(mg)) {
    }
    assert_says(mg, "CON POST /rd?"); /* at once, then it is said again */
    register_now();
    end_world();
}

static void lose_it(void)
{
    run(5 * SECOND);
    w.sim.silent = true;
    lp_client_update(client, 0, 0);
    struct lp_event *ev = event_within(LP_EV_DISCONNECTED, 94 * SECOND);
    assert_non_null(ev);
    assert_int_equal(ev->err, LP_ERR_TIMEOUT);
    w.sim.silent = false;
    while (hear_now(mg)) {
    }
}

/* The same within the first minute: at once too, and nothing has failed; but not for ever. */
static void a_young_registration_is_lost(void **state)
{
    (void)state;
    begin();
    register_now();
    lose_it();
    assert_says(mg, "CON POST /rd?"); /* the first was lost too */
    assert_int_equal(count_events(LP_EV_REGISTRATION_FAILED), 0);
    register_now();
    lose_it();
    struct lp_event *ev = assert_event(LP_EV_REGISTRATION_FAILED);
    assert_int_equal(ev->err, LP_ERR_TIMEOUT);
    assert_says_within(mg, (uint64_t)ev->retry_ms + 5 * SECOND, "CON POST /rd?");
    end_world();
}

static void a_notification_without_answer(void **state)
{
    (void)state;
    begin_config(.con_notify = true);
    register_now();
    run(2 * MINUTE);
    assert_asked(mg, "GET /1/0/1", "2.05", .observe = true);
    w.sim.silent = true;
    set_int(1, 0, 1, 86401);
    lp_changed(client, &LP_PATH_RES(1, 0, 1));
    struct lp_event *ev = event_within(LP_EV_DISCONNECTED, 200 * SECOND);
    assert_non_null(ev);
    assert_int_equal(ev->err, LP_ERR_TIMEOUT);
    w.sim.silent = false;
    while (hear_now(mg)) {
    }
    assert_says(mg, "CON POST /rd?");
    assert_int_equal(lp_client_observations(client), 0); /* the server begins anew too */
    assert_int_equal(count_events(LP_EV_OBSERVATION_ENDED), 1);
    w.read = 0;
    ev = assert_event(LP_EV_OBSERVATION_ENDED);
    assert_int_equal(ev->state, LP_END_TIMEOUT);
    assert_int_equal(ev->server, 123);
    assert_int_equal(ev->path.res, 1);
    end_world();
}

/* A registration made anew: the server has to observe anew, and the application is told. */
static void observations_end_with_their_registration(void **state)
{
    (void)state;
    begin();
    register_now();
    assert_asked(mg, "GET /1/0/1", "2.05", .observe = true);
    assert_asked(mg, "GET /3/0", "2.05", .observe = true);
    lp_client_update(client, 0, 0);
    assert_says(mg, "CON POST /rd/7");
    answer(mg, "4.04", NULL);
    assert_says(mg, "CON POST /rd?");
    assert_int_equal(assert_event(LP_EV_OBSERVATION_ENDED)->state, LP_END_CANCEL);
    assert_int_equal(assert_event(LP_EV_OBSERVATION_ENDED)->path.obj, 3);
    assert_int_equal(lp_client_observations(client), 0);
    end_world();
}

/* Objects that come and go within a second are one Update with the list; it goes in blocks where it must. */
static void objects_come_and_go(void **state)
{
    (void)state;
    static struct lp_sensor sensor[2];
    begin();
    register_now();
    memset(sensor, 0, sizeof sensor);
    assert_int_equal(lp_sensor_add(client, &sensor[0], 3303, "Cel"), 0);
    run(400);
    assert_int_equal(lp_sensor_add(client, &sensor[1], 3304, "%RH"), 0);
    assert_int_equal(lp_client_add(client, &sensor[1].object), LP_ERR_VALUE);
    assert_says(mg, "CON POST /rd/7 | </>;rt=");
    assert_non_null(strstr(w.heard[mg].text, "</3303/0>"));
    if (!strstr(w.heard[mg].text, "</3304/0>")) fail_msg("%s", w.heard[mg].text);
    answer(mg, "2.04", NULL);
    assert_silent(mg, 10 * SECOND);
    assert_int_equal(lp_client_remove(client, &sensor[0].object), 0);
    assert_says(mg, "CON POST /rd/7 | </>;rt=");
    assert_null(strstr(w.heard[mg].text, "</3303"));
    struct lp_block b = {0, true, 0};
    answer_block(mg, "4.13", NULL, &b);
    assert_says(mg, "CON POST /rd/7 block1 0+16");
    end_world();
}

/* ---- Deregister, disable, stop ---- */

/* int-103: answered, deregistered, back after /1/x/5 seconds. */
static void int_103_disable(void **state)
{
    (void)state;
    begin();
    register_now();
    assert_asked(mg, "PUT /1/0/5", "2.04", TEXT("120"));
    assert_asked(mg, "POST /1/0/4", "2.04");
    assert_says(mg, "CON DELETE /rd/7");
    answer(mg, "2.02", NULL);
    assert_event(LP_EV_DEREGISTERED);
    assert_event(LP_EV_DISCONNECTED);
    assert_silent(mg, 119 * SECOND);
    assert_says(mg, "CON POST /rd?");
    register_now();
    assert_int_equal(lp_client_disable(client, 123, 10), 0); /* by the application */
    assert_says(mg, "CON DELETE /rd/7");
    answer(mg, "2.02", NULL);
    assert_silent(mg, 9 * SECOND);
    assert_says(mg, "CON POST /rd?");
    assert_int_equal(lp_client_disable(client, 9, 10), LP_ERR_NOT_FOUND);
    end_world();
}

static void disabled_for_a_day_by_default(void **state)
{
    (void)state;
    begin();
    register_now();
    assert_asked(mg, "POST /1/0/4", "2.04");
    assert_says(mg, "CON DELETE /rd/7");
    answer(mg, "2.02", NULL);
    assert_silent(mg, DAY - MINUTE);
    assert_says_within(mg, 2 * MINUTE, "CON POST /rd?");
    end_world();
}

/* Seen in living clients: a lost Deregister is not sent again. */
static void a_lost_deregister_is_sent_again(void **state)
{
    (void)state;
    begin();
    register_now();
    lp_client_stop(client);
    assert_says(mg, "CON DELETE /rd/7");
    assert_says(mg, "CON DELETE /rd/7");
    assert_false(lp_client_stopped(client));
    answer(mg, "2.02", NULL);
    assert_event(LP_EV_DEREGISTERED);
    assert_int_equal(assert_event(LP_EV_DISCONNECTED)->err, 0);
    assert_true(lp_client_stopped(client));
    assert_silent(mg, DAY);
    start(); /* again */
    assert_says(mg, "CON POST /rd?");
    end_world();
}

static void stopped_though_the_server_is_silent(void **state)
{
    (void)state;
    begin();
    register_now();
    lp_client_stop(client);
    w.sim.silent = true;
    struct lp_event *ev = event_within(LP_EV_DEREGISTERED, 94 * SECOND);
    assert_non_null(ev);
    assert_int_equal(ev->err, LP_ERR_TIMEOUT);
    assert_true(lp_client_stopped(client));
    end_world();

    begin(); /* in the middle of a Register */
    lp_client_stop(client);
    run(10);
    assert_true(lp_client_stopped(client));
    end_world();
}

static void forgotten(void **state)
{
    (void)state;
    begin();
    register_now();
    assert_int_equal(lp_client_forget(client, 9), LP_ERR_NOT_FOUND);
    assert_int_equal(lp_client_forget(client, 123), 0);
    assert_says(mg, "CON DELETE /rd/7");
    answer(mg, "2.02", NULL);
    assert_event(LP_EV_DEREGISTERED);
    run(10);
    struct lp_server_info info;
    assert_int_equal(lp_client_server(client, 0, &info), LP_ERR_NOT_FOUND);
    account(&mg_account); /* and taken up again */
    assert_says(mg, "CON POST /rd?");
    end_world();
}

/* ---- offline, queue mode, a new address ---- */

static void offline(void **state)
{
    (void)state;
    begin(.lifetime_s = 60);
    register_now();
    lp_client_offline(client, true);
    assert_silent(mg, HOUR);
    lp_client_offline(client, false);
    assert_says_within(mg, 100, "CON POST /rd/7");
    answer(mg, "4.04", NULL); /* it was too long for the server */
    assert_says(mg, "CON POST /rd?");
    lp_client_offline(client, true);
    assert_silent(mg, 10 * SECOND);
    lp_client_offline(client, false);
    assert_says(mg, "CON POST /rd?"); /* the Register that was on its way */
    register_now();
    lp_client_offline(client, true);
    lp_client_stop(client);
    assert_silent(mg, 10 * SECOND);
    assert_true(lp_client_stopped(client));
    end_world();
}

/* int-108: awake for 93 s after the last message; its own messages wake it. */
static void queue_mode(void **state)
{
    (void)state;
    begin_config(.queue = true);
    register_now();
    uint64_t at = w.sim.now;
    struct lp_event *ev = event_within(LP_EV_SLEEP, 100 * SECOND);
    assert_non_null(ev);
    assert_in_range(w.sim.now - at, 93 * SECOND - 20, 93 * SECOND + 20);
    struct lp_server_info info;
    lp_client_server(client, 0, &info);
    assert_true(info.asleep);
    lp_client_update(client, 0, 0);
    assert_says(mg, "CON POST /rd/7");
    assert_event(LP_EV_AWAKE);
    answer(mg, "2.04", NULL);
    assert_non_null(event_within(LP_EV_SLEEP, 100 * SECOND));
    lp_client_queue(client, false); /* no Update can say that */
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400&b=U | ");
    register_now();
    w.read = 0;
    assert_null(event_within(LP_EV_UPDATE_FAILED, HOUR));
    unsigned slept = count_events(LP_EV_SLEEP);
    run(HOUR);
    assert_int_equal(count_events(LP_EV_SLEEP), slept);
    lp_client_queue(client, true);
    assert_says(mg, "CON POST /rd/7?b=U&Q");
    answer(mg, "2.04", NULL);
    lp_client_update(client, 0, 0);
    assert_says(mg, "CON POST /rd/7");
    answer(mg, "2.04", NULL);
    end_world();

    begin_config(.lwm2m = "1.0", .queue = true); /* there an Update can */
    register_now();
    lp_client_queue(client, false);
    assert_says(mg, "CON POST /rd/7?b=U");
    end_world();
}

static void new_address(void **state)
{
    (void)state;
    begin();
    register_now();
    uint16_t port = w.heard[mg].from.port;
    lp_client_rebind(client);
    assert_says_within(mg, 100, "CON POST /rd/7");
    assert_int_not_equal(w.heard[mg].from.port, port);
    answer(mg, "2.04", NULL);
    assert_event(LP_EV_UPDATED);
    lp_client_rebind(client);
    assert_says(mg, "CON POST /rd/7");
    struct lp_event *ev = event_within(
        LP_EV_UPDATE_FAILED, 30 * SECOND); /* no answer: not waited for as long as usual */
    assert_non_null(ev);
    while (hear_now(mg)) {
    }
    assert_says(mg, "CON POST /rd?");
    end_world();
}

/* ---- requests, floods, bad input ---- */

static void assert_pinged(void)
{
    uint8_t ping[4] = {0x40, 0, 0x12, 0x34};
    say(mg, ping, 4);
    assert_says(mg, "RST 0.00");
    assert_int_equal(w.heard[mg].m.mid, 0x1234);
}

static void bad_input(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "40",             /* short */
        "50 01 12 34 ff", /* NON, marker without payload */
        "4f 01 12 34",    /* token of 15 */
        "40 01 12 34 fe", /* reserved delta */
        "40 01 12 34 ff", /* marker without payload */
        "80 01 12 34",    /* version 2 */
        "60 45 12 34",    /* a response to nothing */
        "70 00 12 34",    /* a reset of nothing */
        "40 21 12 34",    /* class 1 */
    };
    begin();
    register_now();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t m[64];
        size_t n = hex(m, bad[i]);
        say(mg, m, n);
        const char *said = hear(mg, 100);
        if (said) assert_memory_equal(said, "RST", 3);
        assert_true(!said || (m[0] >> 4) == 4);
        assert_pinged();
    }
    end_world();
}

/* What is longer than max_message is not dropped: the server learns how large a block may be. */
static void a_write_longer_than_is_taken(void **state)
{
    (void)state;
    char text[201];
    struct lp_block b;
    memset(text, 'x', sizeof text - 1);
    text[200] = 0;
    begin_config(.max_message = 160, .block_size = 64);
    struct lp_block more = {0, true, 2};
    for (;;) {
        if (lp_coap_block(&w.heard[mg].m, LP_OPT_BLOCK1, &b) <= 0 || !b.more) break;
        more = b;
        answer_block(mg, "2.31", NULL, &more);
        assert_says(mg, "CON POST /rd?");
    }
    register_now();
    assert_asked(mg, "PUT /3/0/15", "4.13", TEXT(text));
    assert_int_equal(lp_coap_block(&w.heard[mg].m, LP_OPT_BLOCK1, &b), 1);
    assert_int_equal(b.num, 0);
    assert_int_equal(b.szx, 2); /* 64 bytes, and as many for a header, fit 160 */
    assert_asked(mg, "PUT /1/0/1", "2.04", TEXT("300"));
    end_world();
}

/* A flood must not hold up time: the Update is sent though datagrams come without end. */
static void flood(void **state)
{
    (void)state;
    begin(.lifetime_s = 20);
    register_now();
    uint8_t junk[8] = {0x50, 0x45, 0, 0, 1, 2, 3, 4};
    bool updated = false;
    for (uint64_t until = w.sim.now + 15 * SECOND; w.sim.now < until && !updated;) {
        for (int i = 0; i < 20; i++) say(mg, junk, sizeof junk);
        step();
        lp_sim_pass(&w.sim, 10); /* whatever it wants */
        while (hear_now(mg)) updated |= strncmp(w.heard[mg].text, "CON POST /rd/7", 14) == 0;
    }
    assert_true(updated);
    end_world();
}

/* A duplicate of an Execute is not done twice: it gets the answer that was given. */
static void duplicates(void **state)
{
    (void)state;
    begin();
    register_now();
    lp_sim_plan(&w.sim, LP_SIM_DOWN, 1, LP_SIM_DUP);
    assert_asked(mg, "POST /1/0/8", "2.04");
    assert_says(mg, "CON POST /rd/7");
    answer(mg, "2.04", NULL);
    assert_says(mg, "ACK 2.04");
    assert_silent(mg, MINUTE);
    end_world();
}

static void time_stands_still(void **state)
{
    (void)state;
    begin(.lifetime_s = 60);
    register_now();
    assert_true(lp_step(client, 5) > 20 * SECOND); /* backward: taken as standing still */
    lp_step(client, UINT64_MAX / 2);               /* far ahead */
    assert_says(mg, "CON POST /rd/7");
    end_world();
}

static void events(void **state)
{
    (void)state;
    make_world(&(struct lp_client_config){0});
    struct lp_event ev = {.kind = LP_EV_UPDATED};
    for (unsigned i = 0; i < LP_MAX_EVENTS + 3; i++) {
        ev.server = (uint16_t)i;
        *lp_client_tell(client, NULL, LP_EV_NONE, 0) = ev;
    }
    for (unsigned i = 3; i < LP_MAX_EVENTS + 3; i++) { /* the oldest are gone */
        assert_int_equal(lp_event(client, &ev), 1);
        assert_int_equal(ev.server, i);
    }
    assert_int_equal(lp_event(client, &ev), 0);
    end_world();
}

static void config(void **state)
{
    (void)state;
    static struct lp_net net;
    const struct lp_client_config bad[] = {
        {.net = &net}, /* no endpoint */
        {.net = &net, .endpoint = ""},
        {.endpoint = "e"}, /* no network */
        {.net = &net, .endpoint = "e", .lwm2m = "2.0"},
        {.net = &net, .endpoint = "e", .cid = 33},
        {.net = &net, .endpoint = "e", .block_size = 48},
        {.net = &net, .endpoint = "e", .block_size = 8},
        {.net = &net, .endpoint = "e", .block_size = 2 * LP_BLOCK_SIZE},
        {.net = &net, .endpoint = "e", .max_message = 100},
        {.net = &net, .endpoint = "e", .tx = {1000, 90, 4}},
        {.net = &net, .endpoint = "e", .tx = {1000, 150, 40}},
    };
    make_world(&(struct lp_client_config){0});
    assert_int_equal(lp_client_start(client, 0), LP_ERR_STATE); /* no account */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(lp_client_init(client, &bad[i]), LP_ERR_VALUE);
    assert_int_equal(lp_client_init_(client, sizeof *client + 8, &bad[0]), LP_ERR_STATE);
    make_client(&(struct lp_client_config){0});
    end_world();
}

static void two_servers(void **state)
{
    (void)state;
    if (LP_MAX_SERVERS < 2) return;
    make_world(&(struct lp_client_config){0});
    account(&mg_account);
    account(&(struct lp_account){.uri = "coap://other:5683/",
                                 .mode = LP_SEC_NOSEC,
                                 .short_id = 7,
                                 .lifetime_s = 60,
                                 .security_iid = -1,
                                 .server_iid = -1});
    start();
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400&b=U | ");
    assert_says(other, "CON POST /rd?lwm2m=1.1&ep=dev&lt=60&b=U | ");
    answer(mg, "4.03", NULL);
    answer(other, "2.01", "x");
    assert_int_equal(assert_event(LP_EV_REGISTRATION_FAILED)->server, 123);
    run(100);
    w.read = 0;
    assert_int_equal(assert_event(LP_EV_REGISTERED)->server, 7);
    assert_says_within(other, 31 * SECOND, "CON POST /x");
    answer(other, "2.04", NULL);
    assert_asked(other, "POST /1/1/8", "2.04");
    assert_says(other, "CON POST /x");
    end_world();
}

/* Power off and on: it registers again, with what a server wrote into its account. */
static void power_cycled(void **state)
{
    (void)state;
    struct lp_client_config g = {0};
    make_world(&g);
    client->config.kv = &w.kv.kv;
    account(&mg_account);
    start();
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=86400");
    register_now();
    assert_asked(mg, "PUT /1/0/1", "2.04", TEXT("55"));
    g.kv = &w.kv.kv;
    power_cycle(&g);
    account(&mg_account);
    start();
    while (hear_now(mg)) {
    }
    assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=55");
    end_world();
}

static void begin_stored(void)
{
    make_world(&(struct lp_client_config){0});
    client->config.kv = &w.kv.kv;
    account(&mg_account);
    start();
    assert_says(mg, "CON POST /rd?");
    register_now();
}

/* A write is answered 2.04 only once it is in the store. The record of the accounts is made over the request: nothing
 * of it gets into the answer. */
static void a_write_is_stored_first(void **state)
{
    (void)state;
    begin_stored();
    lp_sim_kv_plan(&w.kv, 1, LP_SIM_KV_FAIL);
    assert_asked(mg, "PUT /1/0/1", "5.00", TEXT("55"),
                 .query = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    assert_int_equal(w.heard[mg].m.options.n, 0);
    assert_int_equal(w.heard[mg].m.tkl, 2);
    end_world();
}

/* POST /1/0 in blocks of 16 */
static void post_block(uint32_t num, bool more, const void *p, size_t n)
{
    uint8_t buf[64], token[2] = {0x71, (uint8_t)w.mid};
    struct lp_out o;
    struct lp_coap_out m;
    lp_out_init(&o, buf, sizeof buf);
    lp_coap_begin(&m, &o, LP_CON, LP_POST, w.mid++, token, 2);
    put_path(&m, LP_OPT_URI_PATH, "1/0");
    lp_coap_opt_uint(&m, LP_OPT_CONTENT_FORMAT, 11542);
    lp_coap_opt_block(&m, LP_OPT_BLOCK1, (struct lp_block){num, more, 0});
    lp_coap_payload(&m);
    lp_out_put(&o, p, n);
    say(mg, buf, (size_t)lp_out_end(&o));
}

static void save_amid_blocks(const char *then)
{
    static const uint8_t tlv[] = {0xc1, 1, 55,   0xc1, 2,   0,    0xc1, 3, 9,  0xc1,
                                  6,    0, 0xc1, 7,    'U', 0xc2, 5,    0, 100};
    post_block(0, true, tlv, 16);
    assert_says(mg, "ACK 2.31");
    assert_int_equal(lp_client_save(client), 0);
    post_block(1, false, tlv + 16, sizeof tlv - 16);
    assert_says(mg, then);
}

/* ... and may be made while a server's blocks come in. */
static void accounts_are_stored_amid_blocks(void **state)
{
    (void)state;
    begin_stored();
    save_amid_blocks("ACK 2.04");
    assert_int_equal(client->server[0].lifetime_s, 55);
    assert_int_equal(client->server[0].disable_s, 100);
    end_world();
}

/* Only a record that needs the room ends them: 4.08, and the server begins again. */
static void many_accounts_are_stored_amid_blocks(void **state)
{
    char uri[LP_MAX_URI + 1] = "coap://";
    (void)state;
    begin_stored();
    memset(uri + 7, 'a', sizeof uri - 8);
    uri[sizeof uri - 1] = 0;
    struct lp_account far = mg_account;
    far.uri = uri;
    far.identity = (struct lp_span){uri, LP_MAX_IDENTITY};
    for (far.short_id = 200; far.short_id < 200 + LP_MAX_SERVERS - 1; far.short_id++) account(&far);
    save_amid_blocks(LP_MAX_SERVERS > 1 ? "ACK 4.08" : "ACK 2.04");
    end_world();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(int_101_register),
        cmocka_unit_test(a_lost_register_is_sent_again),
        cmocka_unit_test(lwm2m_1_0),
        cmocka_unit_test(block1),
        cmocka_unit_test(block1_too_large_and_incomplete),
        cmocka_unit_test(objects_change_between_blocks),
        cmocka_unit_test(small_mtu),
        cmocka_unit_test(location),
        cmocka_unit_test(stale_token),
        cmocka_unit_test(separate_response),
        cmocka_unit_test(back_off_by_default),
        cmocka_unit_test(back_off_of_the_account),
        cmocka_unit_test(a_silent_server),
        cmocka_unit_test(no_network),
        cmocka_unit_test(icmp),
        cmocka_unit_test(initial_delay),
        cmocka_unit_test(int_102_update),
        cmocka_unit_test(int_107_lifetime),
        cmocka_unit_test(a_written_lifetime_is_told),
        cmocka_unit_test(a_binding_is_checked),
        cmocka_unit_test(what_a_server_wrote_and_refuses_is_taken_back),
        cmocka_unit_test(lwm2m_1_0_until_the_next_connection),
        cmocka_unit_test(a_read_over_a_small_mtu),
        cmocka_unit_test(a_notification_over_a_small_mtu),
        cmocka_unit_test(int_104_update_trigger),
        cmocka_unit_test(int_105_update_not_found),
        cmocka_unit_test(a_busy_server_is_asked_later),
        cmocka_unit_test(an_update_without_answer),
        cmocka_unit_test(a_young_registration_is_lost),
        cmocka_unit_test(a_notification_without_answer),
        cmocka_unit_test(observations_end_with_their_registration),
        cmocka_unit_test(objects_come_and_go),
        cmocka_unit_test(int_103_disable),
        cmocka_unit_test(disabled_for_a_day_by_default),
        cmocka_unit_test(a_lost_deregister_is_sent_again),
        cmocka_unit_test(stopped_though_the_server_is_silent),
        cmocka_unit_test(forgotten),
        cmocka_unit_test(offline),
        cmocka_unit_test(queue_mode),
        cmocka_unit_test(new_address),
        cmocka_unit_test(bad_input),
        cmocka_unit_test(a_write_longer_than_is_taken),
        cmocka_unit_test(flood),
        cmocka_unit_test(duplicates),
        cmocka_unit_test(time_stands_still),
        cmocka_unit_test(events),
        cmocka_unit_test(config),
        cmocka_unit_test(two_servers),
        cmocka_unit_test(power_cycled),
        cmocka_unit_test(a_write_is_stored_first),
        cmocka_unit_test(accounts_are_stored_amid_blocks),
        cmocka_unit_test(many_accounts_are_stored_amid_blocks),
    };
    return cmocka_run_group_tests_name("register", tests, NULL, NULL);
}
