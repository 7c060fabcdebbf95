/* SPDX-License-Identifier: Apache-2.0
 *
 * test_mistakes.c - mistakes of other implementations, tried on the CoAP side of limpet-server. tests/MISTAKES.md says
 * which test looks for which.
 */
#include "bad.h"

#include "link/dtls.h"
#include "server/log.h"
#include "server/mem.h"
#include "server/peer.h"
#include "server/reg.h"
#include "server/rest.h"
#include "server/server.h"
#include "sim/sim.h"

/* ---- a server; devices are ports of one host ------------------------------------------------------------------- */

static struct server s;
static struct lp_sim sim;
static int end = -1; /* of the simulated wire, for devices behind DTLS */
static uint8_t said[1500];
static size_t said_n; /* 0: nothing */
static struct lp_coap heard;
static unsigned n_said;

static struct addr at(unsigned port)
{
    struct addr a;
    char text[32];
    snprintf(text, sizeof text, "127.0.0.1:%u", port);
    assert_true(addr_parse(&a, text));
    return a;
}

static void transmit(void *ctx, enum transport t, const struct addr *to, const void *p, size_t n)
{
    (void)ctx;
    if (t == COAPS) {
        char text[ADDR_TEXT];
        struct lp_sim_addr back = {1, 0};
        back.port = (uint16_t)atoi(strrchr(addr_text(to, text), ':') + 1);
        lp_sim_send(&sim, end, &back, p, n);
        return;
    }
    assert_true(n <= sizeof said);
    memcpy(said, p, n);
    said_n = n;
    n_said++;
    assert_int_equal(lp_coap_parse(&heard, said, n), 0);
}

static int open_server(void **state)
{
    char *why = NULL;
    (void)state;
    memset(&s, 0, sizeof s);
    s.now = 1000000;
    s.wall = 1700000000000;
    struct server_config c = {.db = ":memory:",
                              .coaps = true,
                              .max_peers = 100,
                              .max_handshakes = 4,
                              .transmit = transmit};
    assert_int_equal(server_open(&s, &c, &why), 0);
    server_load(&s);
    lp_sim_init(&sim, 1);
    sim.now = s.now;
    end = lp_sim_listen(&sim, "server", 5684);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    server_close(&s);
    lp_sim_free(&sim);
    return 0;
}

static void receive(unsigned port, const void *p, size_t n)
{
    struct addr a = at(port);
    said_n = 0;
    server_datagram(&s, COAP, &a, p, n);
}

static uint16_t mid = 100;

static void post(unsigned port, const char *path, const char *query, const char *payload)
{
    uint8_t m[256];
    struct lp_out o;
    struct lp_coap_out c;
    char text[128], *save = NULL;
    lp_out_init(&o, m, sizeof m);
    lp_coap_begin(&c, &o, LP_CON, LP_POST, ++mid, "tk", 2);
    lp_coap_opt_text(&c, LP_OPT_URI_PATH, path);
    if (payload) lp_coap_opt_uint(&c, LP_OPT_CONTENT_FORMAT, 40);
    snprintf(text, sizeof text, "%s", query);
    for (char *t = strtok_r(text, " ", &save); t; t = strtok_r(NULL, " ", &save))
        lp_coap_opt_text(&c, LP_OPT_URI_QUERY, t);
    if (payload) lp_coap_payload(&c);
    if (payload) lp_out_text(&o, payload);
    receive(port, m, lp_out_len(&o));
}

static void enrol(unsigned port)
{
    char query[64];
    snprintf(query, sizeof query, "ep=dev%u lwm2m=1.1", port);
    post(port, "rd", query, "</3/0>,</1/0>");
    assert_int_equal(heard.code, LP_CREATED);
}

/* ---- REST calls ------------------------------------------------------------------------------------------------ */

struct call {
    struct rest r;
    bool done;
};

static void call_done(struct rest *r)
{
    container_of(r, struct call, r)->done = true;
}

/* "clients/dev1/3/0/0" */
static struct call *call(const char *method, const char *path, const char *body)
{
    static char text[128];
    struct call *c = mem_new(sizeof *c);
    char *save = NULL;
    snprintf(text, sizeof text, "%s", path);
    c->r = (struct rest){.s = &s,
                         .method = method,
                         .answered = call_done,
                         .content_type = "application/json",
                         .body = body ? body : "",
                         .body_n = body ? strlen(body) : 0};
    for (char *t = strtok_r(text, "/", &save); t; t = strtok_r(NULL, "/", &save))
        c->r.segment[c->r.n++] = t;
    rest_handle(&c->r);
    return c;
}

static void ends(struct call *c, int status)
{
    assert_true(c->done);
    if (c->r.status != status) fail_msg("%d %s", c->r.status, c->r.text);
    free(c->r.text);
    free(c);
}

/* ---- after each bad packet a ping is answered by a reset ------------------------------------------------------- */

static void throw_all(unsigned port)
{
    for (size_t i = 0; i < BAD_PACKETS; i++) {
        const struct bad *b = &bad_packets[i];
        uint8_t m[1600], ping[4] = {0x40, 0, 0xff, (uint8_t)i};
        size_t n = bad_bytes(b, ++mid, m);
        uint8_t *exact = malloc(n ? n : 1); /* a byte read or written behind the packet shows */
        memcpy(exact, m, n);
        receive(port, exact, n);
        free(exact);
        bool good = true;
        if (b->reply == BAD_RESET) good = said_n && heard.type == LP_RST && heard.mid == mid;
        if (b->reply == BAD_DROP) good = !said_n;
        if (b->reply == BAD_ERROR)
            good = said_n && heard.type == LP_ACK && heard.mid == mid && heard.code >> 5 >= 4 &&
                   heard.tkl == 1 && heard.token[0] == 0xaa;
        if (!good) {
            char code[5] = "";
            lp_coap_code_text(heard.code, code);
            fail_msg("%s: the server says %s, type %d", b->what, said_n ? code : "nothing",
                     heard.type);
        }
        receive(port, ping, sizeof ping);
        if (!said_n || heard.type != LP_RST || heard.mid != (0xff00 | i))
            fail_msg("%s: no reset after it", b->what);
        server_tick(&s);
    }
}

static void ping_after_each_bad_packet_of_a_stranger(void **state)
{
    (void)state;
    throw_all(1);
    assert_int_equal(s.peers, 0); /* and it costs no state */
}

static void ping_after_each_bad_packet_of_a_device(void **state)
{
    (void)state;
    enrol(1);
    throw_all(1);
    struct reg *r = reg_find(&s, "dev1");
    assert_non_null(r);
    assert_int_equal(s.peers, 1);
    post(1, "rd", "ep=dev1 lwm2m=1.1", "</3/0>");
    assert_int_equal(heard.code, LP_CREATED);
}

static void ping_after_each_bad_packet_while_a_call_waits(void **state)
{
    uint8_t m[16] = {0x68, LP_CONTENT};
    (void)state;
    enrol(1);
    struct call *c = call("GET", "clients/dev1/3/0/0", NULL);
    struct lp_coap asked = heard;
    assert_int_equal(asked.code, LP_GET);
    throw_all(1);
    assert_false(c->done);
    m[2] = (uint8_t)(asked.mid >> 8);
    m[3] = (uint8_t)asked.mid;
    memcpy(m + 4, asked.token, 8);
    memcpy(m + 12, "\xc0\xffok", 4);
    receive(1, m, 16);
    ends(c, 200);
}

static void ping_after_each_bad_packet_in_a_bootstrap(void **state)
{
    uint8_t m[12] = {0x68, LP_DELETED};
    (void)state;
    ends(call("POST", "bootstrap/dev1", "{\"toDelete\":[\"/0\",\"/1\"]}"), 200);
    post(1, "bs", "ep=dev1", NULL);
    struct lp_coap asked = heard; /* behind its 2.04 */
    assert_int_equal(asked.code, LP_DELETE);
    throw_all(1);
    m[2] = (uint8_t)(asked.mid >> 8);
    m[3] = (uint8_t)asked.mid;
    memcpy(m + 4, asked.token, 8);
    receive(1, m, 12);
    assert_int_equal(heard.code, LP_DELETE); /* the next step */
}

/* Blocks of an answer that come rearranged are not taken for its parts: asked for again, and not for ever. */
static void blocks_rearranged_in_an_answer(void **state)
{
    static const uint8_t wrong[] = {0, 2, 3};
    (void)state;
    for (unsigned i = 0; i < sizeof wrong; i++) {
        char name[32];
        unsigned rounds = 0;
        enrol(10 + i);
        snprintf(name, sizeof name, "clients/dev%u/3/0/0", 10 + i);
        struct call *c = call("GET", name, NULL);
        for (; !c->done; rounds++) {
            uint8_t m[64];
            struct lp_out o;
            struct lp_coap_out out;
            struct lp_coap asked = heard;
            struct lp_block b = {0, false, 0};
            assert_in_range(rounds, 0, 50);
            assert_int_equal(asked.code, LP_GET);
            lp_coap_block(&asked, LP_OPT_BLOCK2, &b);
            assert_in_range(b.num, 0, 1);
            b = (struct lp_block){b.num ? wrong[i] : 0, true, 0};
            lp_out_init(&o, m, sizeof m);
            lp_coap_begin(&out, &o, LP_ACK, LP_CONTENT, asked.mid, asked.token, asked.tkl);
            lp_coap_opt_text(&out, LP_OPT_ETAG, "e");
            lp_coap_opt_uint(&out, LP_OPT_CONTENT_FORMAT, 0);
            lp_coap_opt_block(&out, LP_OPT_BLOCK2, b);
            lp_coap_payload(&out);
            lp_out_text(&o, "0123456789abcdef");
            receive(10 + i, m, lp_out_len(&o));
        }
        assert_true(rounds > 1);
        assert_int_equal(c->r.status / 100, 5);
        ends(c, c->r.status);
    }
}

/* ---- a failed handshake leaks no slot -------------------------------------------------------------------------- */

static struct device { /* behind DTLS */
    struct lp_sim_net net;
    struct lp_dtls dtls;
    struct lp_dtls_peer_info info;
} device;

static void pass(uint32_t ms)
{
    for (uint64_t until = s.now + ms; s.now < until;) {
        uint8_t p[1500];
        struct lp_sim_addr from;
        int n;
        while ((n = lp_sim_recv(&sim, end, p, sizeof p, &from)) >= 0) {
            struct addr a = at(from.port);
            server_datagram(&s, COAPS, &a, p, (size_t)n);
        }
        uint32_t wait = server_tick(&s);
        if (wait > 5) wait = 5;
        if (wait == 0) wait = 1;
        sim.now += wait;
        s.wall += wait;
        s.now = sim.now;
    }
}

/* A handshake with that key, given up after so many steps; what became of it. */
static int shake_hands(const char *key, unsigned steps)
{
    lp_sim_net_init(&device.net, &sim);
    device.net.host = 1;
    lp_dtls_init(&device.dtls, &device.net.net);
    device.info = (struct lp_dtls_peer_info){.host = "server",
                                             .port = 5684,
                                             .mode = LP_SEC_PSK,
                                             .identity = {"dev", 3},
                                             .key = {key, 16}};
    int err = lp_dtls_open(&device.dtls, &device.info, sim.now);
    for (unsigned i = 0; i < steps && err == LP_AGAIN; i++) {
        pass(5);
        err = lp_dtls_step(&device.dtls, sim.now);
    }
    lp_dtls_close(&device.dtls);
    lp_sim_net_free(&device.net);
    return err;
}

static void a_failed_handshake_leaks_no_slot(void **state)
{
    (void)state;
    ends(call("PUT", "security/clients",
              "{\"endpoint\":\"dev\",\"tls\":{\"mode\":\"psk\",\"details\":{\"identity\":\"dev\","
              "\"key\":\"30313233343536373839616263646566\"}}}"),
         200);
    assert_int_equal(shake_hands("0123456789abcdef", 1000), 0);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(shake_hands("0123456789abcdeF", 1000), LP_ERR_TLS);
        shake_hands("0123456789abcdef", i); /* given up at each moment */
        assert_in_range(s.handshakes, 0, 4);
    }
    assert_int_equal(shake_hands("0123456789abcdef", 1000), 0); /* there is room still */
    pass(200000);
    assert_int_equal(s.handshakes, 0);
    pass(PEER_IDLE + 1000);
    assert_int_equal(s.peers, 0);
    assert_int_equal(shake_hands("0123456789abcdef", 1000), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_server, close_server)

int main(void)
{
    log_start(LOG_QUIET);
    const struct CMUnitTest tests[] = {
        CASE(ping_after_each_bad_packet_of_a_stranger),
        CASE(ping_after_each_bad_packet_of_a_device),
        CASE(ping_after_each_bad_packet_while_a_call_waits),
        CASE(ping_after_each_bad_packet_in_a_bootstrap),
        CASE(blocks_rearranged_in_an_answer),
        CASE(a_failed_handshake_leaks_no_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
