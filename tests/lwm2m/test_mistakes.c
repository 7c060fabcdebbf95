/* SPDX-License-Identifier: Apache-2.0
 *
 * also: lite
 *
 * Mistakes of other implementations, tried on the whole client (world.h: the server is the test). tests/MISTAKES.md
 * says which test looks for which.
 */
#include "bad.h"
#include "world.h"

/* ---- an object that counts what is done to it ---------------------------------------------------------------- */

static struct counted {
    struct lp_object object;
    unsigned instances, executed, created, written;
    int64_t value;
    char text[32];
    size_t text_n;
} counted;

static int counted_next(struct lp_object *o, int after)
{
    (void)o;
    return after + 1 < (int)counted.instances ? after + 1 : LP_ERR_NOT_FOUND;
}

static int counted_read(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    (void)o;
    if (at->res == 1)
        return lp_emit_value(
            e, &(struct lp_value){.type = LP_T_STRING, .u.s = {counted.text, counted.text_n}});
    return lp_emit_value(e, &(struct lp_value){.type = LP_T_INT, .u.i = counted.value});
}

static int counted_write(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    (void)o;
    counted.written++;
    if (at->res == 1) {
        if (v->u.s.n > sizeof counted.text) return LP_ERR_TOO_LARGE;
        if (v->u.s.n) memcpy(counted.text, v->u.s.p, v->u.s.n);
        counted.text_n = v->u.s.n;
    } else {
        counted.value = v->u.i;
    }
    return 0;
}

static int counted_exec(struct lp_object *o, const struct lp_path *at, struct lp_span args)
{
    (void)o, (void)at, (void)args;
    counted.executed++;
    return 0;
}

static int counted_create(struct lp_object *o, uint16_t inst)
{
    (void)o, (void)inst;
    counted.created++;
    counted.instances++;
    return 0;
}

static const struct lp_res counted_res[] = {
    {0, LP_T_INT, LP_RW}, {1, LP_T_STRING, LP_RW}, {2, 0, LP_E}};
static const struct lp_object_ops counted_ops = {.next = counted_next,
                                                 .read = counted_read,
                                                 .write = counted_write,
                                                 .exec = counted_exec,
                                                 .create = counted_create};

static void make_counting_world(void)
{
    make_world(&(struct lp_client_config){0});
    memset(&counted, 0, sizeof counted);
    counted.instances = 1;
    counted.object =
        (struct lp_object){.id = 33605, .res = counted_res, .nres = 3, .ops = &counted_ops};
    assert_int_equal(lp_client_add(client, &counted.object), 0);
}

static void registered_world(void)
{
    make_counting_world();
    account(&mg_account);
    start();
    assert_says(mg, "CON POST /rd?");
    answer(mg, "2.01", "rd/7");
    assert_event(LP_EV_REGISTERED);
}

/* ---- after each bad packet a ping is answered by a reset ------------------------------------------------------- */

static struct heard own; /* the newest request of the client's own: it says it again meanwhile */

static const char *hear_reply(enum end end)
{
    const char *said;
    while ((said = hear(end, 50)) && w.heard[end].m.code > 0 && w.heard[end].m.code < 32)
        own = w.heard[end];
    return said;
}

static void throw_packet(enum end end, const struct bad *b)
{
    uint8_t m[1600];
    uint16_t mid = w.mid++;
    size_t n = bad_bytes(b, mid, m);
    say(end, m, n);
    const char *said = hear_reply(end);
    const struct lp_coap *got = &w.heard[end].m;
    bool fits = n <= LP_MAX_MESSAGE, good = true;
    if (b->reply == BAD_RESET) good = said && got->type == LP_RST && got->mid == mid;
    if (b->reply == BAD_DROP) good = !said;
    if (b->reply == BAD_ERROR)
        good = said && got->type == LP_ACK && got->mid == mid && got->code >> 5 >= 4 &&
               got->tkl == 1 && got->token[0] == 0xaa;
    if (fits && !good) fail_msg("%s: the client says %s", b->what, said ? said : "nothing");

    uint8_t ping[4] = {0x40, 0, (uint8_t)(w.mid >> 8), (uint8_t)w.mid};
    say(end, ping, sizeof ping);
    said = hear_reply(end);
    if (!said || got->type != LP_RST || got->mid != w.mid)
        fail_msg("%s: no reset after it, but %s", b->what, said ? said : "nothing");
    w.mid++;
}

static void throw_all(enum end end)
{
    for (size_t i = 0; i < BAD_PACKETS; i++) throw_packet(end, &bad_packets[i]);
}

static void ping_after_each_bad_packet_while_registered(void **state)
{
    (void)state;
    registered_world();
    assert_asked(mg, "GET /33605/0/0", "2.05", .observe = true);
    throw_all(mg);
    assert_int_equal(counted.written + counted.executed + counted.created, 0);
    counted.value = 5; /* it observes still */
    lp_changed(client, &LP_PATH_RES(33605, 0, 0));
    assert_says(mg, "NON 2.05");
    assert_asked(mg, "GET /3/0/0", "2.05", .accept = FORMAT(0));
    assert_non_null(strstr(w.heard[mg].text, "| Limpet"));
    assert_int_equal(count_events(LP_EV_DISCONNECTED), 0);
    end_world();
}

static void ping_after_each_bad_packet_while_it_registers(void **state)
{
    (void)state;
    make_counting_world();
    account(&mg_account);
    start();
    assert_says(mg, "CON POST /rd?");
    own = w.heard[mg];
    throw_all(mg);
    w.heard[mg] = own;
    answer(mg, "2.01", "rd/7");
    assert_event(LP_EV_REGISTERED);
    assert_int_equal(count_events(LP_EV_REGISTRATION_FAILED), 0);
    end_world();
}

static void ping_after_each_bad_packet_while_it_updates(void **state)
{
    (void)state;
    registered_world();
    lp_client_update(client, 0, 0);
    assert_says(mg, "CON POST /rd/7");
    own = w.heard[mg];
    throw_all(mg);
    w.heard[mg] = own;
    answer(mg, "2.04", NULL);
    assert_event(LP_EV_UPDATED);
    assert_int_equal(count_events(LP_EV_UPDATE_FAILED), 0);
    end_world();
}

static void ping_after_each_bad_packet_while_it_bootstraps(void **state)
{
    (void)state;
    make_counting_world();
    account(&bs_account);
    start();
    assert_says(bs, "CON POST /bs?");
    own = w.heard[bs];
    throw_all(bs); /* before it is told that it may */
    w.heard[bs] = own;
    answer(bs, "2.04", NULL);
    assert_int_equal(assert_event(LP_EV_BOOTSTRAP)->state, LP_BS_STARTED);
    throw_all(bs);
    assert_asked(bs, "DELETE /1", "2.02");
    assert_asked(bs, "PUT /1/0/1", "2.04", TEXT("60"));
    assert_int_equal(count_events(LP_EV_BOOTSTRAP), 1);
    end_world();
}

static void ask_block(unsigned num, bool more, const char *text, const char *said)
{
    uint8_t buf[64];
    struct lp_out o;
    struct lp_coap_out m;
    lp_out_init(&o, buf, sizeof buf);
    lp_coap_begin(&m, &o, LP_CON, LP_PUT, w.mid++, "b", 1);
    put_path(&m, LP_OPT_URI_PATH, "/33605/0/1");
    lp_coap_opt_uint(&m, LP_OPT_CONTENT_FORMAT, 0);
    lp_coap_opt_block(&m, LP_OPT_BLOCK1, (struct lp_block){num, more, 0});
    lp_coap_payload(&m);
    lp_out_text(&o, text);
    say(mg, buf, o.total);
    assert_says(mg, said);
}

static void ping_after_each_bad_packet_between_two_blocks(void **state)
{
    (void)state;
    registered_world();
    ask_block(0, true, "0123456789abcdef", "ACK 2.31");
    throw_all(mg);
    ask_block(1, false, "end", "ACK 2.04");
    assert_int_equal(counted.text_n, 19);
    assert_memory_equal(counted.text, "0123456789abcdefend", 19);
    end_world();
}

/* A reset that names no message of ours ends no observation, whatever its message id. */
static void a_reset_of_nothing_ends_no_observation(void **state)
{
    (void)state;
    registered_world();
    assert_asked(mg, "GET /33605/0/0", "2.05", .observe = true);
    for (unsigned mid = 0; mid < 0x10000; mid += mid < 16 ? 1 : 0xfff) {
        uint8_t rst[4] = {0x70, 0, (uint8_t)(mid >> 8), (uint8_t)mid};
        say(mg, rst, sizeof rst);
        run(10);
    }
    assert_int_equal(count_events(LP_EV_OBSERVATION_ENDED), 0);
    assert_int_equal(lp_client_observations(client), 1);
    end_world();
}

/* ---- twice, late, stale ---------------------------------------------------------------------------------------- */

static size_t request(uint8_t to[128], uint8_t type, const char *path, uint16_t mid, int format,
                      struct lp_span payload)
{
    struct lp_out o;
    struct lp_coap_out m;
    lp_out_init(&o, to, 128);
    lp_coap_begin(&m, &o, type, format < 0 || format > 99 ? LP_POST : LP_PUT, mid, "tk", 2);
    put_path(&m, LP_OPT_URI_PATH, path);
    if (format >= 0) lp_coap_opt_uint(&m, LP_OPT_CONTENT_FORMAT, (uint32_t)format);
    if (payload.n) lp_coap_payload(&m);
    if (payload.n) lp_out_put(&o, payload.p, payload.n);
    assert_true(lp_out_end(&o) > 0);
    return o.total;
}

static void a_duplicate_of_an_execute_or_create_is_not_done_twice(void **state)
{
    (void)state;
    static const uint64_t after[] = {0, 1, 2000, 30000, 60000, 60000};
    static const struct {
        const char *path, *con, *non;
        int format;
        struct lp_span payload;
    } rows[] = {{"/33605/0/2", "ACK 2.04", "NON 2.04", -1, {"", 0}},
                {"/33605", "ACK 2.01", "NON 2.01", 11542, {"\x03\x01\xc1\x00\x05", 5}}};
    for (unsigned r = 0; r < 2; r++)
        for (uint8_t type = LP_CON; type <= LP_NON; type++) {
            uint8_t m[128];
            registered_world();
            size_t n = request(m, type, rows[r].path, w.mid++, rows[r].format, rows[r].payload);
            say(mg, m, n);
            assert_says(mg, type == LP_CON ? rows[r].con : rows[r].non);
            if (counted.created) { /* an Update tells of it */
                assert_says(mg, "CON POST /rd/7 | ");
                answer(mg, "2.04", NULL);
            }
            for (unsigned i = 0; i < sizeof after / sizeof *after; i++) {
                run(after[i]);
                say(mg, m, n);
                const char *said = hear_reply(mg);
                if (type == LP_CON && (!said || strncmp(said, rows[r].con, 8) != 0))
                    fail_msg("a duplicate got %s", said ? said : "nothing");
                if (type == LP_NON) assert_null(said);
            }
            assert_int_equal(counted.executed, r == 0);
            assert_int_equal(counted.created, r == 1);
            end_world();
        }
}

/* An old Write that the network held back does not undo a later one. */
static void a_delayed_request_does_not_undo_a_later_one(void **state)
{
    (void)state;
    uint8_t first[128], second[128];
    registered_world();
    size_t n = request(first, LP_CON, "/33605/0/0", w.mid++, 0, (struct lp_span){"1", 1});
    say(mg, first, n);
    assert_says(mg, "ACK 2.04");
    run(10 * SECOND);
    size_t k = request(second, LP_CON, "/33605/0/0", w.mid++, 0, (struct lp_span){"2", 1});
    say(mg, second, k);
    assert_says(mg, "ACK 2.04");
    run(60 * SECOND);
    say(mg, first, n); /* the network had kept a copy */
    assert_says(mg, "ACK 2.04");
    assert_int_equal(counted.value, 2);
    assert_int_equal(counted.written, 2);
    end_world();
}

/* The answer to the last Update comes again, late, for the next one. */
static void a_delayed_response_answers_nothing(void **state)
{
    (void)state;
    registered_world();
    lp_client_update(client, 0, 0);
    assert_says(mg, "CON POST /rd/7");
    struct heard old = w.heard[mg];
    answer(mg, "2.04", NULL);
    assert_event(LP_EV_UPDATED);
    lp_client_update(client, 0, 0);
    assert_says(mg, "CON POST /rd/7");
    struct heard now = w.heard[mg];
    old.m.type = now.m.type;
    w.heard[mg] = old;
    answer(mg, "4.04", NULL); /* with the old id and token, */
    w.heard[mg].m.mid = now.m.mid;
    answer(mg, "4.04", NULL); /* and with the old token alone */
    run(500);
    assert_int_equal(count_events(LP_EV_UPDATE_FAILED), 0);
    w.heard[mg] = now;
    answer(mg, "2.04", NULL);
    assert_event(LP_EV_UPDATED);
    end_world();
}

/* ---- amplification by observation ------------------------------------------------------------------------------ */

/* Who asked with a borrowed address does not acknowledge. Notifications that nobody acknowledges end soon, however fast
 * they come (RFC 7641, 7: non-confirmable ones are interspersed with confirmable ones). */
static void amplification_by_observation(void **state)
{
    (void)state;
    unsigned told = 0;
    registered_world();
    assert_asked(mg, "GET /33605/0/0", "2.05", .observe = true);
    for (int i = 0; i < 2000; i++) {
        counted.value = i;
        lp_changed(client, &LP_PATH_RES(33605, 0, 0));
        run(1000);
        while (hear_now(mg)) told += w.heard[mg].m.code == LP_CONTENT;
    }
    assert_int_equal(lp_client_observations(client), 0);
    assert_in_range(told, 1, 100);
    end_world();
}

/* ---- a URI of 128 to 254 bytes in a field of 128, without NUL -------------------------------------------------- */

static void a_uri_of_every_length_is_whole_or_refused(void **state)
{
    (void)state;
    char uri[301] = "coap://";
    memset(uri + 7, 'h', sizeof uri - 8);
    make_world(&(struct lp_client_config){0});
    account(&bs_account);
    start();
    assert_says(bs, "CON POST /bs?");
    answer(bs, "2.04", NULL);
    assert_event(LP_EV_BOOTSTRAP);
    unsigned taken = 0;
    assert_asked(bs, "PUT /0/1", "2.04", .format = FORMAT(11542), .payload = {"\xc1\x01\x00", 3});
    const struct lp_security *s = client->security;
    while (s->iid != 1) s++;
    for (unsigned n = 8; n <= 300; n++) {
        ask(bs, "PUT /0/1/0", .format = FORMAT(0), .payload = {uri, n});
        const char *said = hear(bs, SECOND);
        assert_non_null(said);
        bool ok = strncmp(said, "ACK 2.04", 8) == 0;
        if (ok != (n <= LP_MAX_URI)) fail_msg("%u bytes: %s", n, said);
        taken += ok;
        assert_int_equal(strlen(s->uri), ok ? n : LP_MAX_URI); /* or as it was */
        assert_memory_equal(s->uri, uri, strlen(s->uri));
        assert_int_equal(s->iid, 1);
    }
    assert_int_equal(taken, LP_MAX_URI - 7);
    end_world();
}

/* ---- an uninitialised string on the wire ------------------------------------------------------------------------ */

/* What the stack holds below here is this. */
__attribute__((noinline, no_sanitize("address"))) static void paint(uint8_t with)
{
    volatile uint8_t stack[32768];
    for (unsigned i = 0; i < sizeof stack; i++) stack[i] = with;
}

static uint32_t wire_hash;
static unsigned wire_n;

static void hash_wire(void *ctx, const struct lp_sim *sim, const struct lp_sim_datagram *d)
{
    (void)ctx, (void)sim;
    if (d->direction != LP_SIM_UP) return;
    for (size_t i = 0; i < d->n; i++) wire_hash = (wire_hash ^ d->p[i]) * 16777619u;
    wire_n++;
}

/* A conversation of a client whose memory and stack held such bytes before. */
static uint32_t conversation(uint8_t with)
{
    static const char *const asked[] = {
        "GET /3",      "GET /3/0",        "GET /3/0/1",      "GET /3/0/2",  "GET /1",
        "GET /1/0",    "GET /33605",      "GET /33605/0/1",  "GET /",       "GET /33605/9",
        "POST /3/0/9", "POST /33605/0/2", "DELETE /33605/0", "PUT /3/0/15", "GET /2"};
    static const int formats[] = {-1, 0, 40, 42, 60, 110, 112, 11542};
    struct lp_client_config g = {.endpoint = "dev"};
    wire_hash = 2166136261u;
    wire_n = 0;
    lp_sim_seed(1);
    make_world(&g);
    lp_sim_seed(1);
    w.sim.tap = hash_wire;
    memset(client, with, sizeof *client);
    g.net = &w.net.net;
    assert_int_equal(lp_client_init(client, &g), 0);
    memset(&w.device, 0, sizeof w.device); /* which the application is to do */
    assert_int_equal(lp_device_add(client, &w.device), 0);
    counted.object.next_ = NULL;
    counted.instances = 1;
    counted.text_n = 0;
    assert_int_equal(lp_client_add(client, &counted.object), 0);
    account(&mg_account);
    paint(with);
    start();
    assert_says(mg, "CON POST /rd?");
    answer(mg, "2.01", "rd/7");
    assert_event(LP_EV_REGISTERED);
    for (unsigned i = 0; i < sizeof asked / sizeof *asked; i++)
        for (unsigned f = 0; f < sizeof formats / sizeof *formats; f++) {
            ask_with(mg, asked[i], &(struct asked){.accept = FORMAT(formats[f])});
            paint(with);
            assert_non_null(hear(mg, SECOND));
        }
    lp_client_update(client, 0, 99);
    paint(with);
    assert_says(mg, "CON POST /rd/7?lt=99");
    answer(mg, "2.04", NULL);
    assert_event(LP_EV_UPDATED);
    end_world();
    return wire_hash;
}

static void no_uninitialised_byte_on_the_wire(void **state)
{
    (void)state;
    make_counting_world();
    end_world();
    uint32_t zero = conversation(0x00);
    unsigned n = wire_n;
    assert_true(n > 100);
    assert_int_equal(conversation(0x41), zero);
    assert_int_equal(conversation(0xff), zero);
    assert_int_equal(wire_n, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ping_after_each_bad_packet_while_registered),
        cmocka_unit_test(ping_after_each_bad_packet_while_it_registers),
        cmocka_unit_test(ping_after_each_bad_packet_while_it_updates),
        cmocka_unit_test(ping_after_each_bad_packet_while_it_bootstraps),
        cmocka_unit_test(ping_after_each_bad_packet_between_two_blocks),
        cmocka_unit_test(a_reset_of_nothing_ends_no_observation),
        cmocka_unit_test(a_duplicate_of_an_execute_or_create_is_not_done_twice),
        cmocka_unit_test(a_delayed_request_does_not_undo_a_later_one),
        cmocka_unit_test(a_delayed_response_answers_nothing),
        cmocka_unit_test(amplification_by_observation),
        cmocka_unit_test(a_uri_of_every_length_is_whole_or_refused),
        cmocka_unit_test(no_uninitialised_byte_on_the_wire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
