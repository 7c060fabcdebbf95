/* SPDX-License-Identifier: Apache-2.0
 *
 * world.h - a client on the simulated wire, and servers that are the test itself: NoSec, raw CoAP, virtual time.
 *
 *      world(.lifetime_s = 60);                       a client with an account for coap://mg, started
 *      assert_says(mg, "CON POST /rd?lwm2m=1.1&ep=dev&lt=60&b=U");
 *      answer(mg, "2.01", "rd/7");                    piggy-backed on what was heard last
 *      assert_event(LP_EV_REGISTERED);
 *      ask(mg, "GET /3/0/0");                         a request; what is heard next is the answer
 *      assert_says(mg, "ACK 2.05");
 *
 * The end `safe` speaks DTLS (safe_account, "coaps://safe"): what is heard and said there is its records' payload.
 */
#ifndef WORLD_H
#define WORLD_H

#include "test.h"

#include "bytes/coap.h"
#include "bytes/num.h"
#include "bytes/path.h"
#include "limpet/client.h"
#include "link/crypto.h"
#include "link/dtls.h"
#include "link/dtls_server.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"
#include "sim/sim.h"

#pragma GCC diagnostic ignored "-Wunused-function" /* no test needs all of them */

#define SECOND 1000u
#define MINUTE 60000u
#define HOUR   3600000u
#define DAY    86400000u

enum end { mg, bs, other, safe, ENDS };

struct heard { /* by one server */
    int end;
    struct lp_sim_addr from;
    struct lp_coap m;
    uint8_t bytes[2048];
    char text[2048];
};

static struct world {
    struct lp_sim sim;
    struct lp_sim_net net;
    struct lp_sim_kv kv;
    struct lp_client client;
    struct lp_device device;
    struct heard heard[ENDS];
    struct lp_dtlsd *dtlsd;
    struct lp_dtls_peer *peer; /* of the end safe */
    unsigned handshakes;
    struct lp_event event[256];
    unsigned events, read;
    uint16_t mid;
} w;

static struct lp_client *const client = &w.client;

/* ---- time ---- */

static void collect_events(void)
{
    while (w.events < 256 && lp_event(client, &w.event[w.events])) w.events++;
}

/* One step of the client: the ms that it would sleep. */
static uint32_t step(void)
{
    uint32_t wait = lp_step(client, w.sim.now);
    collect_events();
    return wait;
}

/* One step, then on to whatever comes first, but not further than until. */
static void tick(uint64_t until)
{
    uint32_t wait = step();
    uint64_t left = until - w.sim.now;
    lp_sim_pass(&w.sim, wait < left ? wait : (uint32_t)left);
}

static void run(uint64_t ms)
{
    for (uint64_t until = w.sim.now + ms; w.sim.now < until;) tick(until);
    step();
}

/* ---- what a server hears ---- */

static void put_options(struct lp_out *o, const struct lp_coap *m)
{
    struct lp_option_iter at = {0, 0};
    struct lp_option opt;
    char sep = '?';
    struct lp_block b;
    uint32_t v;
    while (lp_coap_next(m, &at, &opt)) {
        if (opt.number == LP_OPT_URI_PATH || opt.number == LP_OPT_LOCATION_PATH) lp_out_u8(o, '/');
        if (opt.number == LP_OPT_URI_QUERY) lp_out_u8(o, (uint8_t)sep), sep = '&';
        if (opt.number == LP_OPT_URI_PATH || opt.number == LP_OPT_LOCATION_PATH ||
            opt.number == LP_OPT_URI_QUERY)
            lp_out_put(o, opt.value.p, opt.value.n);
    }
    if (lp_coap_block(m, LP_OPT_BLOCK1, &b) > 0) {
        lp_out_text(o, " block1 ");
        lp_put_uint(o, b.num);
        lp_out_text(o, b.more ? "+" : ".");
        lp_put_uint(o, 16u << b.szx);
    }
    if (lp_coap_uint(m, LP_OPT_OBSERVE, 3, &v) > 0) lp_out_text(o, " observe");
}

static void render(struct heard *h)
{
    static const char *const types[] = {"CON ", "NON ", "ACK ", "RST "};
    static const char *const methods[] = {"ping", "GET ", "POST ", "PUT ", "DELETE "};
    char code[6] = "";
    struct lp_out o;
    lp_out_init(&o, h->text, sizeof h->text);
    lp_out_text(&o, types[h->m.type]);
    bool request = h->m.type < LP_ACK && h->m.code < 5;
    lp_coap_code_text(h->m.code, code);
    lp_out_text(&o, request ? methods[h->m.code] : code);
    if (h->m.code >= 32) lp_out_u8(&o, ' ');
    put_options(&o, &h->m);
    if (h->m.payload.n) {
        lp_out_text(&o, " | ");
        lp_out_put(&o, h->m.payload.p, h->m.payload.n);
    }
    lp_out_u8(&o, 0);
    assert_true(lp_out_end(&o) > 0);
}

static int psk(void *ctx, struct lp_span identity, uint8_t *key, size_t cap)
{
    (void)ctx, (void)cap;
    if (!lp_span_is(identity, "dev")) return LP_ERR_NOT_FOUND;
    memset(key, 'k', 16);
    return 16;
}

static int put_record(void *ctx, const void *address, size_t n, const void *p, size_t len)
{
    struct lp_sim_addr to;
    (void)ctx;
    memcpy(&to, address, n);
    return lp_sim_send(&w.sim, w.heard[safe].end, &to, p, len);
}

/* Of the n bytes heard at the end safe: the payload in their place, or less than 0. */
static int unwrap(struct heard *h, int n)
{
    struct lp_sim_addr from;
    uint8_t record[sizeof h->bytes];
    memset(&from, 0, sizeof from); /* its padding */
    from.host = h->from.host;
    from.port = h->from.port;
    memcpy(record, h->bytes, (size_t)n);
    bool hello = lp_dtlsd_is_hello(record, (size_t)n);
    if (!w.dtlsd) w.dtlsd = lp_dtlsd_new(&(struct lp_dtlsd_config){psk, put_record, NULL});
    if (!w.peer || (hello && lp_dtls_peer_up(w.peer))) {
        struct lp_dtls_peer *fresh =
            lp_dtlsd_hello(w.dtlsd, &from, sizeof from, record, (size_t)n, w.sim.now);
        if (fresh && w.peer) lp_dtls_peer_free(w.peer, false);
        if (fresh) w.peer = fresh;
        w.handshakes += fresh != NULL;
        return -1;
    }
    return lp_dtls_peer_recv(w.peer, &from, sizeof from, record, (size_t)n, h->bytes,
                             sizeof h->bytes, w.sim.now);
}

static bool hear_now(enum end end)
{
    struct heard *h = &w.heard[end];
    int n;
    do {
        n = lp_sim_recv(&w.sim, h->end, h->bytes, sizeof h->bytes, &h->from);
        if (n < 0) return false;
        if (end == safe) n = unwrap(h, n);
    } while (n < 0);
    assert_int_equal(lp_coap_parse(&h->m, h->bytes, (size_t)n), 0);
    render(h);
    return true;
}

/* The next message at that server within so many ms, as text; NULL: none. */
static const char *hear(enum end end, uint64_t ms)
{
    for (uint64_t until = w.sim.now + ms; !hear_now(end); tick(until))
        if (w.sim.now >= until) return NULL;
    return w.heard[end].text;
}

/* The next message begins like this. */
#define assert_says_within(end, ms, start)                                              \
    do {                                                                                \
        const char *said_ = hear((end), (ms));                                          \
        if (!said_ || strncmp(said_, (start), strlen(start)) != 0)                      \
            fail_msg("heard: %s\n   expected: %s", said_ ? said_ : "nothing", (start)); \
    } while (0)
#define assert_says(end, start) assert_says_within(end, 5 * SECOND, start)
#define assert_silent(end, ms)                                        \
    do {                                                              \
        const char *said_ = hear((end), (ms));                        \
        if (said_) fail_msg("heard: %s\n   expected silence", said_); \
    } while (0)

/* ---- what a server says ---- */

static uint8_t code_of(const char *text)
{
    return LP_CODE(text[0] - '0', (text[2] - '0') * 10 + text[3] - '0');
}

static void say(enum end end, const void *p, size_t n)
{
    if (end == safe)
        assert_int_equal(lp_dtls_peer_send(w.peer, p, n, w.sim.now), 0);
    else
        assert_int_equal(lp_sim_send(&w.sim, w.heard[end].end, &w.heard[end].from, p, n), 0);
}

static void put_path(struct lp_coap_out *m, uint16_t number, const char *path)
{
    for (const char *s = path + (*path == '/'), *e; *s; s = *e ? e + 1 : e) {
        for (e = s; *e && *e != '/'; e++) {
        }
        lp_coap_opt(m, number, s, (size_t)(e - s));
    }
}

static void answer_block(enum end end, const char *code, const char *location,
                         const struct lp_block *b)
{
    uint8_t buf[256];
    struct lp_out o;
    struct lp_coap_out m;
    const struct lp_coap *req = &w.heard[end].m;
    lp_out_init(&o, buf, sizeof buf);
    lp_coap_begin(&m, &o, LP_ACK, code_of(code), req->mid, req->token, req->tkl);
    if (location) put_path(&m, LP_OPT_LOCATION_PATH, location);
    if (b) lp_coap_opt_block(&m, LP_OPT_BLOCK1, *b);
    say(end, buf, (size_t)lp_out_end(&o));
}

static void answer(enum end end, const char *code, const char *location)
{
    answer_block(end, code, location, NULL);
}

struct asked {
    int format, accept; /* as number + 1, 0: none */
    struct lp_span payload;
    const char *query;
    bool observe, non;
};
#define FORMAT(n) ((n) + 1)

/* "PUT /1/0/1" */
static void ask_with(enum end end, const char *what, const struct asked *a)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE"};
    uint8_t buf[2048], code = 1, token[2] = {0x70, (uint8_t)w.mid};
    struct lp_out o;
    struct lp_coap_out m;
    const char *path = strchr(what, ' ') + 1;
    while (strncmp(methods[code - 1], what, strlen(methods[code - 1])) != 0) code++;
    lp_out_init(&o, buf, sizeof buf);
    lp_coap_begin(&m, &o, a->non ? LP_NON : LP_CON, code, w.mid++, token, 2);
    if (a->observe) lp_coap_opt_uint(&m, LP_OPT_OBSERVE, 0);
    put_path(&m, LP_OPT_URI_PATH, path);
    if (a->format) lp_coap_opt_uint(&m, LP_OPT_CONTENT_FORMAT, (uint32_t)a->format - 1);
    if (a->query) lp_coap_opt_text(&m, LP_OPT_URI_QUERY, a->query);
    if (a->accept) lp_coap_opt_uint(&m, LP_OPT_ACCEPT, (uint32_t)a->accept - 1);
    if (a->payload.n) lp_coap_payload(&m);
    if (a->payload.n) lp_out_put(&o, a->payload.p, a->payload.n);
    say(end, buf, (size_t)lp_out_end(&o));
}
#define ask(end, what, ...) ask_with((end), (what), &(struct asked){__VA_ARGS__})
#define assert_asked(end, what, code, ...)                     \
    do {                                                       \
        ask_with((end), (what), &(struct asked){__VA_ARGS__}); \
        assert_says((end), "ACK " code);                       \
    } while (0)
#define TEXT(t) .format = FORMAT(0), .payload = {(t), strlen(t)}

/* ---- what the application is told ---- */

/* The next event of that kind; those before it are passed over. */
static struct lp_event *event_within(enum lp_event_kind kind, uint64_t ms)
{
    for (uint64_t until = w.sim.now + ms;; tick(until)) {
        step();
        while (w.read < w.events)
            if (w.event[w.read++].kind == kind) return &w.event[w.read - 1];
        if (w.sim.now >= until) return NULL;
    }
}

static struct lp_event *assert_event(enum lp_event_kind kind)
{
    struct lp_event *ev = event_within(kind, 5 * SECOND);
    if (!ev) fail_msg("no event %d", (int)kind);
    return ev;
}

static unsigned count_events(enum lp_event_kind kind)
{
    unsigned n = 0;
    collect_events();
    for (unsigned i = 0; i < w.events; i++) n += w.event[i].kind == kind;
    return n;
}

/* ---- made, and made anew ---- */

static const struct lp_account mg_account = {.uri = "coap://mg",
                                             .mode = LP_SEC_NOSEC,
                                             .short_id = 123,
                                             .security_iid = -1,
                                             .server_iid = -1};
static const struct lp_account bs_account = {.uri = "coap://bs:5783",
                                             .mode = LP_SEC_NOSEC,
                                             .bootstrap = true,
                                             .security_iid = -1,
                                             .server_iid = -1};

static const struct lp_account safe_account = {.uri = "coaps://safe",
                                               .mode = LP_SEC_PSK,
                                               .short_id = 124,
                                               .identity = {"dev", 3},
                                               .key = {"kkkkkkkkkkkkkkkk", 16},
                                               .lifetime_s = 3600,
                                               .security_iid = -1,
                                               .server_iid = -1};

/* A client that is not started: no accounts. kv says whether it has a store. */
static void make_client(const struct lp_client_config *config)
{
    struct lp_client_config g = *config;
    memset(client, 0, sizeof *client);
    if (!g.endpoint) g.endpoint = "dev";
    g.net = &w.net.net;
    assert_int_equal(lp_client_init(client, &g), 0);
    memset(&w.device, 0, sizeof w.device);
    w.device.manufacturer = "Limpet";
    w.device.battery_percent = -1;
    assert_int_equal(lp_device_add(client, &w.device), 0);
}

static void make_world(const struct lp_client_config *config)
{
    memset(&w, 0, sizeof w);
    lp_sim_init(&w.sim, 1);
    lp_sim_net_init(&w.net, &w.sim);
    lp_sim_kv_init(&w.kv);
    w.heard[mg].end = lp_sim_listen(&w.sim, "mg", 5683);
    w.heard[bs].end = lp_sim_listen(&w.sim, "bs", 5783);
    w.heard[other].end = lp_sim_listen(&w.sim, "other", 5683);
    w.heard[safe].end = lp_sim_listen(&w.sim, "safe", 5684);
    w.mid = 0x4000;
    make_client(config);
}

static void account(const struct lp_account *a)
{
    const char *why = NULL;
    int err = lp_client_account(client, a, &why);
    if (err) fail_msg("account: %s", why);
}

static void start(void)
{
    assert_int_equal(lp_client_start(client, w.sim.now), 0);
}

static void end_world(void)
{
    for (unsigned i = 0; i < LP_MAX_SERVERS; i++) lp_dtls_suspend(&client->link[i].dtls);
    if (w.peer) lp_dtls_peer_free(w.peer, false);
    lp_dtlsd_free(w.dtlsd);
    lp_sim_net_free(&w.net);
    lp_sim_kv_free(&w.kv);
    lp_sim_free(&w.sim);
}

/* Power off and on; what is in the store is there, nothing else. Accounts and start are the caller's. */
static void power_cycle(const struct lp_client_config *config)
{
    for (unsigned i = 0; i < LP_MAX_SERVERS; i++) lp_dtls_suspend(&client->link[i].dtls);
    lp_sim_kv_reboot(&w.kv);
    w.read = w.events = 0;
    make_client(config);
}

#endif
