/* SPDX-License-Identifier: Apache-2.0
 *
 * test_dtls.c - both sides of DTLS against each other on a simulated wire: handshakes with every datagram lost, doubled
 * or late, associations over reboots and power cuts, and what strangers may send. (also: lite)
 */
#include "test.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mbedtls/platform.h>
#include <mbedtls/sha256.h>

#include "pair.h"

static struct pair w;

static int setup(void **state)
{
    (void)state;
    pair_init(&w, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    pair_free(&w);
    return 0;
}

static void assert_talk(void)
{
    pair_run(&w, 100);
    int c = w.c_count, s = w.s_count;
    assert_int_equal(pair_say(&w, "question"), 0);
    pair_run(&w, 1000);
    assert_int_equal(w.s_count, s + 1);
    assert_int_equal(w.s_got_n, 8);
    assert_memory_equal(w.s_got, "question", 8);
    assert_int_equal(pair_answer(&w, "answer"), 0);
    pair_run(&w, 1000);
    assert_int_equal(w.c_count, c + 1);
    assert_int_equal(w.c_got_n, 6);
    assert_memory_equal(w.c_got, "answer", 6);
}

/* ---- handshake ---- */

static void int_401_handshake(void **state)
{
    (void)state;
    assert_int_equal(lp_dtls_send(&w.c, "x", 1, w.sim.now), LP_ERR_STATE);
    assert_int_equal(lp_dtls_recv(&w.c, w.c_got, 1, w.sim.now), LP_ERR_STATE);
    assert_int_equal(lp_dtls_step(&w.c, w.sim.now), LP_ERR_STATE);
    assert_int_equal(pair_open(&w), LP_AGAIN);
    assert_int_equal(pair_open(&w), LP_ERR_STATE);
    assert_false(lp_dtls_up(&w.c));
    assert_int_equal(lp_dtls_cid(&w.c), -1);
    assert_int_equal(lp_dtls_send(&w.c, "x", 1, w.sim.now), LP_ERR_STATE);
    assert_int_equal(lp_dtls_wait(&w.c, w.sim.now), 2000);
    assert_int_equal(pair_run(&w, 1000), 0);
    assert_true(lp_dtls_up(&w.c));
    assert_false(w.c.resumed);
    assert_int_equal(lp_dtls_wait(&w.c, w.sim.now), UINT32_MAX);
    assert_int_equal(lp_dtls_cid(&w.c), LP_DTLSD_CID);
    assert_true(lp_dtls_peer_up(w.peer));
    assert_non_null(lp_dtls_peer_cid(w.peer));
    struct lp_span id = lp_dtls_peer_identity(w.peer);
    assert_int_equal(id.n, strlen(PAIR_IDENTITY));
    assert_memory_equal(id.p, PAIR_IDENTITY, id.n);
    assert_int_equal(w.sim.sent[LP_SIM_UP],
                     3); /* ClientHello twice, then the second flight in one datagram */
    assert_int_equal(w.sim.sent[LP_SIM_DOWN], 3);
    printf("note: handshake of %u + %u bytes\n", (unsigned)w.sim.bytes[LP_SIM_UP],
           (unsigned)w.sim.bytes[LP_SIM_DOWN]);
    assert_talk();
    assert_talk();
}

static void connection_ids(void **state)
{
    (void)state;
    static const struct {
        int own, expected;
    } cases[] = {{-1, -1}, {0, 8}, {1, 8}, {8, 8}, {MBEDTLS_SSL_CID_IN_LEN_MAX, 8}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        w.info.cid = cases[i].own;
        assert_int_equal(pair_connect(&w), 0);
        assert_int_equal(lp_dtls_cid(&w.c), cases[i].expected);
        pair_run(&w, 1000);
        assert_true((lp_dtls_peer_cid(w.peer) != NULL) == (cases[i].expected >= 0));
        assert_talk();
        lp_dtls_close(&w.c);
        pair_run(&w, 1000);
        assert_null(w.peer);
        assert_int_equal(w.s_err, LP_ERR_TLS);
    }
    w.info.cid = MBEDTLS_SSL_CID_IN_LEN_MAX + 1;
    assert_int_equal(pair_open(&w), LP_ERR_VALUE);
}

static void wrong_values(void **state)
{
    (void)state;
    struct lp_dtls_peer_info good = w.info;
    w.info.key.n = 0;
    assert_int_equal(pair_open(&w), LP_ERR_VALUE);
    w.info.key.n = MBEDTLS_PSK_MAX_LEN + 1;
    assert_int_equal(pair_open(&w), LP_ERR_VALUE);
    w.info = good;
    w.info.identity.n = 0;
    assert_int_equal(pair_open(&w), LP_ERR_VALUE);
    w.info = good;
    w.info.mode = LP_SEC_X509;
    assert_int_equal(pair_open(&w), LP_ERR_STATE);
    assert_int_equal(lp_dtls_rebind(&w.c), LP_ERR_STATE);
    assert_int_equal(lp_dtls_commit(&w.c), 0);
    lp_dtls_close(&w.c); /* of a closed one: nothing */
    lp_dtls_suspend(&w.c);
}

static void int_403_wrong_key_and_identity(void **state)
{
    (void)state;
    w.info.key.p = "fedcba9876543210";
    assert_int_equal(pair_connect(&w), LP_ERR_TLS);
    assert_false(lp_dtls_up(&w.c));
    pair_run(&w, 1000);
    assert_null(w.peer);
    w.info.key.p = PAIR_KEY;
    w.info.identity.p = "Device";
    assert_int_equal(pair_connect(&w), LP_ERR_TLS); /* the same answer as to a wrong key */
    w.info.identity.p = PAIR_IDENTITY;
    assert_int_equal(pair_connect(&w), 0);
}

static void silent_server(void **state)
{
    (void)state;
    uint64_t start = w.sim.now;
    w.sim.silent = true;
    assert_int_equal(pair_connect(&w), LP_ERR_TIMEOUT);
    assert_int_equal(w.sim.now - start, 2000 + 4000 + 8000 + 16000 + 32000);
    assert_int_equal(w.sim.sent[LP_SIM_UP], 5);
    w.info.tx = (struct lp_tx){500, 150, 1};
    start = w.sim.now;
    assert_int_equal(pair_connect(&w), LP_ERR_TIMEOUT);
    assert_int_equal(w.sim.now - start, 1500);
    w.sim.silent = false;
    w.sim.icmp =
        true; /* told that nobody listens: still tried until the time is over, it may be restarting */
    lp_sim_unlisten(&w.sim, w.end);
    assert_int_equal(pair_connect(&w), LP_ERR_TIMEOUT);
}

static void name_is_looked_up(void **state)
{
    (void)state;
    w.sim.resolve = 3;
    assert_int_equal(pair_open(&w), LP_AGAIN);
    assert_int_equal(lp_dtls_wait(&w.c, w.sim.now), 100);
    assert_int_equal(pair_run(&w, 5000), 0);
    assert_talk();
    lp_dtls_close(&w.c);
    w.sim.resolve = UINT32_MAX;
    assert_int_equal(pair_open(&w), LP_ERR_NET);
    assert_int_equal(lp_dtls_step(&w.c, w.sim.now), LP_ERR_STATE);
}

static void random_fails(void **state)
{
    (void)state;
    lp_sim_random_fail(1);
    assert_int_equal(pair_open(&w), LP_ERR_RANDOM);
    lp_sim_random_fail(0);
    assert_int_equal(pair_connect(&w), 0);
}

static void no_security(void **state)
{
    (void)state;
    w.info.mode = LP_SEC_NOSEC;
    assert_int_equal(pair_open(&w), 0);
    assert_true(lp_dtls_up(&w.c));
    assert_int_equal(lp_dtls_cid(&w.c), -1);
    assert_int_equal(pair_say(&w, "plain"), 0);
    lp_sim_pass(&w.sim, 100);
    struct lp_sim_addr from;
    char p[16];
    assert_int_equal(lp_sim_recv(&w.sim, w.end, p, sizeof(p), &from), 5);
    assert_int_equal(lp_sim_send(&w.sim, w.end, &from, "back", 4), 0);
    lp_sim_pass(&w.sim, 100);
    assert_int_equal(lp_dtls_recv(&w.c, p, sizeof(p), w.sim.now), 4);
    assert_int_equal(lp_dtls_recv(&w.c, p, sizeof(p), w.sim.now), LP_AGAIN);
    assert_int_equal(lp_dtls_commit(&w.c), 0);
    assert_int_equal(lp_dtls_rebind(&w.c), 0);
    assert_int_equal(pair_say(&w, "plain"), 0);
    w.sim.link_down = true;
    assert_int_equal(pair_say(&w, "lost"), LP_AGAIN);
    assert_int_equal(w.kv.operations, 0);
}

/* ---- each datagram of a handshake lost, lost twice, doubled, late ---- */

static void each_fault(enum lp_sim_direction direction, enum lp_sim_fault fault, unsigned twice)
{
    for (uint32_t n = 1;; n++) {
        pair_free(&w);
        pair_init(&w, n);
        w.info.cid = n % 3 ? 4 : -1;
        lp_sim_plan(&w.sim, direction, n, fault);
        if (twice) lp_sim_plan(&w.sim, direction, n + 1, fault);
        assert_int_equal(pair_connect(&w), 0);
        pair_run(&w, 100);
        uint32_t met = w.sim.faults;
        lp_sim_plan_clear(&w.sim);
        assert_talk();
        assert_true(lp_dtls_peer_up(w.peer));
        assert_int_equal(w.s_peers, 1); /* a doubled ClientHello begins nothing new */
        if (met == 0) return;
    }
}

static void datagrams_lost(void **state)
{
    (void)state;
    each_fault(LP_SIM_UP, LP_SIM_DROP, 0);
    each_fault(LP_SIM_DOWN, LP_SIM_DROP, 0);
}

static void datagrams_lost_twice(void **state)
{
    (void)state;
    each_fault(LP_SIM_UP, LP_SIM_DROP, 1);
    each_fault(LP_SIM_DOWN, LP_SIM_DROP, 1);
}

static void datagrams_doubled(void **state)
{
    (void)state;
    each_fault(LP_SIM_UP, LP_SIM_DUP, 0);
    each_fault(LP_SIM_DOWN, LP_SIM_DUP, 0);
}

static void datagrams_late(void **state)
{
    (void)state;
    each_fault(LP_SIM_UP, LP_SIM_SWAP, 0);
    each_fault(LP_SIM_DOWN, LP_SIM_SWAP, 0);
}

static void bad_wire(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        pair_free(&w);
        pair_init(&w, seed);
        w.sim.loss = 15;
        w.sim.dup = 15;
        w.sim.reorder = 15;
        w.sim.delay_max = 900;
        int err = pair_connect(&w);
        assert_true(err == 0 || err == LP_ERR_TIMEOUT);
    }
}

/* ---- established ---- */

static void records_that_do_not_fit(void **state)
{
    (void)state;
    static char big[4096];
    assert_int_equal(pair_connect(&w), 0);
    pair_run(&w, 100);
    assert_int_equal(lp_dtls_send(&w.c, big, sizeof(big), w.sim.now), LP_ERR_TOO_LARGE);
    assert_int_equal(lp_dtls_peer_send(w.peer, big, sizeof(big), w.sim.now), LP_ERR_TOO_LARGE);
    assert_int_equal(pair_answer(&w, "a long one"), 0);
    assert_int_equal(pair_answer(&w, "short"), 0);
    lp_sim_pass(&w.sim, 100);
    assert_int_equal(lp_dtls_recv(&w.c, big, 5, w.sim.now),
                     5); /* not what is left of the long one */
    assert_memory_equal(big, "short", 5);
    assert_int_equal(lp_dtls_recv(&w.c, big, 5, w.sim.now), LP_AGAIN);
    w.sim.mtu = 300;
    assert_int_equal(lp_dtls_send(&w.c, big, 300, w.sim.now), LP_ERR_TOO_LARGE);
    assert_talk();
    w.sim.link_down = true;
    assert_int_equal(pair_say(&w, "lost"), LP_AGAIN);
    w.sim.link_down = false;
    assert_talk();
}

static void server_says_goodbye(void **state)
{
    (void)state;
    assert_int_equal(pair_connect(&w), 0);
    pair_run(&w, 100);
    lp_dtls_peer_free(w.peer, true);
    w.peer = NULL;
    pair_run(&w, 100);
    assert_int_equal(w.c_err, LP_ERR_TLS);
    lp_dtls_close(&w.c);
    assert_int_equal(pair_connect(&w), 0);
    assert_false(w.c.resumed);
    assert_talk();
}

static struct lp_sim_addr client_address(void)
{
    struct lp_sim_addr a;
    struct lp_span s = lp_dtls_peer_address(w.peer);
    memcpy(&a, s.p, sizeof(a));
    return a;
}

static size_t client_hello(uint8_t *p)
{
    return hex(p, "16 feff 0000 000000000000 0036         | handshake, epoch 0\n"
                  "01 00002a 0000 000000 00002a           | ClientHello\n"
                  "fefd 0102030405060708090a0b0c0d0e0f10  | version, random\n"
                  "1112131415161718191a1b1c1d1e1f20\n"
                  "00 00 0002 c0a8 01 00                  | no session, no cookie, PSK-CCM8\n");
}

static void hello_from_server_is_dropped(void **state)
{
    (void)state;
    uint8_t p[128];
    size_t n = client_hello(p);
    assert_int_equal(pair_open(&w), LP_AGAIN);
    lp_sim_pass(&w.sim, 10);
    struct lp_sim_addr to = {w.net.host, w.net.socket[0].outer};
    lp_sim_send(&w.sim, w.end, &to, p, n); /* while it wants a ServerHello */
    assert_int_equal(pair_run(&w, 5000), 0);
    assert_talk();
    lp_sim_send(&w.sim, w.end, &to, p, n);
    pair_run(&w, 100);
    assert_int_equal(w.c_err, 0);
    assert_talk();
}

/* Mbed TLS alone takes it for an internal error that a datagram ends in the middle of a header, and for ever. */
static void crumbs_behind_a_record(void **state)
{
    (void)state;
    uint8_t p[64];
    size_t n = hex(p, "16 fefd 0007 000000000001 0001 00 | of an epoch that is not\n"
                      "16 fefd 00                       | and the beginning of another record\n");
    assert_int_equal(pair_open(&w), LP_AGAIN);
    struct lp_sim_addr to = {w.net.host, w.net.socket[0].outer};
    lp_sim_send(&w.sim, w.end, &to, p, n);
    lp_sim_pass(&w.sim, 10);
    pair_server(&w);
    assert_int_equal(lp_dtls_step(&w.c, w.sim.now), LP_AGAIN);
    lp_sim_pass(&w.sim, 10);
    assert_int_equal(lp_dtls_step(&w.c, w.sim.now), LP_AGAIN); /* takes the cookie */
    lp_sim_pass(&w.sim, 10);
    pair_server(&w);
    assert_non_null(w.peer);
    pair_route(&w, &to, p, n);
    assert_int_equal(pair_run(&w, 5000), 0);
    assert_talk();
    to = client_address();
    lp_sim_send(&w.sim, w.end, &to, p, n);
    pair_route(&w, &to, p, n);
    assert_talk();
}

static void alerts_without_key(void **state)
{
    (void)state;
    uint8_t p[32];
    size_t n = hex(
        p, "15 fefd 0000 000000000099 0002 0228 | alert in the clear: fatal, handshake_failure");
    assert_int_equal(pair_open(&w), LP_AGAIN);
    struct lp_sim_addr to = {w.net.host, w.net.socket[0].outer};
    lp_sim_send(&w.sim, w.end, &to, p, n);
    lp_sim_pass(&w.sim, 10);
    assert_int_equal(lp_dtls_step(&w.c, w.sim.now), LP_ERR_TLS); /* during a handshake it counts */
    assert_int_equal(pair_connect(&w), 0);
    pair_run(&w, 100);
    to = client_address();
    lp_sim_send(&w.sim, w.end, &to, p, n); /* later it does not */
    pair_run(&w, 100);
    assert_int_equal(w.c_err, 0);
    pair_route(&w, &to, p, n);
    assert_non_null(w.peer);
    assert_talk();
}

/* ---- the same association from elsewhere ---- */

static void address_changes(void **state)
{
    (void)state;
    assert_int_equal(pair_connect(&w), 0);
    pair_run(&w, 100);
    struct lp_sim_addr before = client_address();
    lp_sim_net_rebind(&w.net); /* the NAT forgot us */
    assert_talk();
    assert_int_not_equal(before.port, client_address().port);
    before = client_address();
    assert_int_equal(lp_dtls_rebind(&w.c), 0); /* we have a new address */
    assert_talk();
    assert_int_not_equal(before.port, client_address().port);
    assert_int_equal(w.s_peers, 1);
}

static struct {
    uint8_t p[2048];
    size_t n;
    enum lp_sim_direction direction;
} taped;

static void tape(void *ctx, const struct lp_sim *sim, const struct lp_sim_datagram *d)
{
    (void)ctx;
    (void)sim;
    if (d->direction != taped.direction) return;
    memcpy(taped.p, d->p, d->n);
    taped.n = d->n;
}

static void address_does_not_follow_strangers(void **state)
{
    (void)state;
    assert_int_equal(pair_connect(&w), 0);
    pair_run(&w, 100);
    taped.direction = LP_SIM_UP;
    w.sim.tap = tape;
    assert_int_equal(pair_say(&w, "first"), 0);
    size_t n = taped.n;
    uint8_t first[256];
    memcpy(first, taped.p, n);
    assert_talk();
    struct lp_sim_addr before = client_address(), stranger = {77, 7777};
    int count = w.s_count;
    pair_route(&w, &stranger, first, n); /* a replay */
    first[n - 1] ^= 1;
    first[10] = 0x77; /* newer, but forged */
    pair_route(&w, &stranger, first, n);
    assert_int_equal(w.s_count, count);
    assert_int_equal(client_address().port, before.port);
    /* Genuine, but overtaken by a newer one: taken, the address stays (RFC 9146 section 6). */
    lp_sim_plan(&w.sim, LP_SIM_UP, 1, LP_SIM_DROP);
    assert_int_equal(pair_say(&w, "older"), 0);
    n = taped.n;
    memcpy(first, taped.p, n);
    assert_int_equal(pair_say(&w, "newer"), 0);
    pair_run(&w, 100);
    count = w.s_count;
    pair_route(&w, &stranger, first, n);
    assert_int_equal(w.s_count, count + 1);
    assert_int_equal(client_address().port, before.port);
    assert_talk();
}

static void same_address_new_handshake(void **state)
{
    (void)state;
    w.info.kv = NULL;
    assert_int_equal(pair_connect(&w), 0);
    pair_run(&w, 100);
    uint16_t outer = w.net.socket[0].outer;
    pair_reboot(&w); /* without a saved association */
    w.sim.next_outer = outer;
    assert_int_equal(pair_connect(&w), 0);
    assert_int_equal(w.net.socket[0].outer, outer);
    assert_int_equal(w.s_peers, 2);
    assert_talk();
}

/* ---- resumption ---- */

static void resumed_after_reboot(void **state)
{
    (void)state;
    assert_int_equal(pair_connect(&w), 0);
    assert_talk();
    for (int i = 0; i < 5; i++) {
        uint32_t up = w.sim.sent[LP_SIM_UP], down = w.sim.sent[LP_SIM_DOWN];
        pair_reboot(&w);
        w.sim.resolve = i == 3 ? 2 : 0;
        assert_int_equal(pair_open(&w), i == 3 ? LP_AGAIN : 0);
        assert_int_equal(pair_run(&w, 1000), 0);
        assert_true(w.c.resumed);
        assert_int_equal(lp_dtls_cid(&w.c), 8);
        assert_talk();
        assert_int_equal(w.sim.sent[LP_SIM_UP], up + 1);
        assert_int_equal(w.sim.sent[LP_SIM_DOWN], down + 1);
    }
    assert_int_equal(w.s_peers, 1);
    lp_dtls_suspend(&w.c);
    assert_int_equal(pair_open(&w), 0);
    assert_true(w.c.resumed);
    assert_talk();
    lp_dtls_close(&w.c);
    assert_int_equal(pair_open(&w), LP_AGAIN);
    assert_false(w.c.resumed);
}

static void resumed_with_both_connection_ids(void **state)
{
    (void)state;
    w.info.cid = MBEDTLS_SSL_CID_IN_LEN_MAX;
    assert_int_equal(pair_connect(&w), 0);
    pair_reboot(&w);
    assert_int_equal(pair_open(&w), 0);
    assert_true(w.c.resumed);
    assert_talk();
}

static void resumed_only_with_a_way_back(void **state)
{
    (void)state;
    w.info.cid = -1;
    assert_int_equal(pair_connect(&w), 0);
    pair_reboot(&w);
    assert_int_equal(pair_open(&w),
                     LP_AGAIN); /* no connection ID, any local port: nothing was saved */
    lp_dtls_close(&w.c);
    w.info.local_port = 4444;
    assert_int_equal(pair_connect(&w), 0);
    uint16_t outer = w.net.socket[0].outer;
    pair_reboot(&w);
    w.sim.next_outer = outer;
    assert_int_equal(pair_open(&w), 0);
    assert_true(w.c.resumed);
    assert_talk();
}

static void not_resumed_for_another(void **state)
{
    (void)state;
    struct lp_dtls_peer_info good = w.info, cases[6];
    for (size_t i = 0; i < 6; i++) cases[i] = good;
    cases[0].port = 5685;
    cases[1].host = "serves";
    cases[2].identity.p = "ecived";
    cases[3].key.p = "0123456789abcdeF";
    cases[4].key.n--;
    cases[5].cid = 1;
    for (size_t i = 0; i < 6; i++) {
        w.info = good;
        assert_int_equal(pair_connect(&w), 0);
        pair_reboot(&w);
        w.info = cases[i];
        assert_int_equal(pair_open(&w), LP_AGAIN);
        assert_false(w.c.resumed);
        lp_dtls_close(&w.c);
        w.info = good;
        assert_int_equal(pair_open(&w), LP_AGAIN); /* it has been deleted */
        lp_dtls_close(&w.c);
    }
}

static void damaged_records_are_not_loaded(void **state)
{
    (void)state;
    uint8_t saved[512], counters[25], bad[25];
    struct lp_kv *kv = &w.kv.kv;
    assert_int_equal(pair_connect(&w), 0);
    pair_reboot(&w);
    int n = kv->get(kv, PAIR_STORE, saved, sizeof(saved));
    assert_true(n > 100 && n <= (int)sizeof(saved));
    printf("note: %d bytes saved\n", n);
    assert_int_equal(kv->get(kv, PAIR_STORE + 1, counters, 25), 25);
    for (int i = 0; i < n; i++) {
        saved[i] ^= 0x40;
        kv->put(kv, PAIR_STORE, saved, (size_t)n);
        assert_int_equal(pair_open(&w), LP_AGAIN);
        pair_reboot(&w);
        saved[i] ^= 0x40;
        kv->put(kv, PAIR_STORE, saved, (size_t)i); /* short */
        assert_int_equal(pair_open(&w), LP_AGAIN);
        pair_reboot(&w);
    }
    kv->put(kv, PAIR_STORE, saved, (size_t)n);
    kv->put(kv, PAIR_STORE + 1, counters, 24);
    assert_int_equal(pair_open(&w), LP_AGAIN);
    assert_int_equal(kv->get(kv, PAIR_STORE + 1, bad, 25), LP_ERR_NOT_FOUND); /* both are gone */
    pair_reboot(&w);
    for (int i = 0; i <= 26; i++) { /* each byte turned; all zero; zero as a version 1 */
        memcpy(bad, counters, 25);
        if (i < 25) bad[i] ^= 0x01;
        if (i >= 25) memset(bad, 0, 25);
        if (i == 26) bad[0] = 1;
        kv->put(kv, PAIR_STORE, saved, (size_t)n);
        kv->put(kv, PAIR_STORE + 1, bad, 25);
        assert_int_equal(pair_open(&w), LP_AGAIN);
        assert_int_equal(kv->get(kv, PAIR_STORE, bad, 25), LP_ERR_NOT_FOUND);
        assert_int_equal(kv->get(kv, PAIR_STORE + 1, bad, 25), LP_ERR_NOT_FOUND);
        pair_reboot(&w);
    }
    kv->put(kv, PAIR_STORE, saved, (size_t)n);
    kv->put(kv, PAIR_STORE + 1, counters, 25);
    assert_int_equal(pair_open(&w), 0);
    assert_talk();
}

/* Counters of another association, whole in themselves, are not this one's. */
static void counters_of_another_association_are_not_loaded(void **state)
{
    (void)state;
    uint8_t saved[512], counters[25];
    struct lp_kv *kv = &w.kv.kv;
    assert_int_equal(pair_connect(&w), 0);
    assert_int_equal(kv->get(kv, PAIR_STORE + 1, counters, 25), 25);
    lp_dtls_close(&w.c);
    assert_int_equal(pair_connect(&w), 0);
    pair_reboot(&w);
    int n = kv->get(kv, PAIR_STORE, saved, sizeof(saved));
    kv->put(kv, PAIR_STORE + 1, counters, 25);
    assert_int_equal(pair_open(&w), LP_AGAIN);
    pair_reboot(&w);
    assert_true(n > 0);
}

/* One call takes so many datagrams and no more; what comes after them is not lost. */
static void flood(void **state)
{
    (void)state;
    struct lp_sim_addr to = {0};
    assert_int_equal(pair_connect(&w), 0);
    struct lp_span a = lp_dtls_peer_address(w.peer);
    memcpy(&to, a.p, a.n);
    for (int i = 0; i < 150; i++) lp_sim_send(&w.sim, w.end, &to, "\x17rubbish", 8);
    assert_int_equal(pair_answer(&w, "hello"), 0);
    lp_sim_pass(&w.sim, 100);
    int calls = 1;
    char got[32];
    while (lp_dtls_recv(&w.c, got, sizeof(got), w.sim.now) == LP_AGAIN && calls < 10) calls++;
    assert_int_equal(calls, 3);
    assert_memory_equal(got, "hello", 5);
}

static void server_forgot(void **state)
{
    (void)state;
    assert_int_equal(pair_connect(&w), 0);
    pair_reboot(&w);
    pair_run(&w, 100);
    pair_drop_peer(&w, 0);
    assert_int_equal(pair_open(&w), 0);
    assert_true(w.c.resumed);
    assert_int_equal(pair_say(&w, "anybody?"), 0);
    pair_run(&w, 1000);
    assert_int_equal(w.s_count, 0);
    lp_dtls_close(&w.c); /* the owner's CON got no answer */
    assert_int_equal(pair_connect(&w), 0);
    assert_false(w.c.resumed);
    assert_talk();
}

static void replay_after_reboot(void **state)
{
    (void)state;
    assert_int_equal(pair_connect(&w), 0);
    taped.direction = LP_SIM_DOWN;
    w.sim.tap = tape;
    assert_talk();
    uint8_t record[256], older[256];
    size_t older_n = taped.n;
    memcpy(older, taped.p, older_n);
    assert_int_equal(pair_answer(&w, "execute"), 0);
    size_t n = taped.n;
    memcpy(record, taped.p, n);
    pair_run(&w, 100);
    assert_int_equal(w.c_count, 2);
    uint32_t writes = w.kv.writes;
    assert_int_equal(lp_dtls_commit(&w.c), 0);
    assert_int_equal(lp_dtls_commit(&w.c), 0);
    assert_int_equal(w.kv.writes, writes + 1); /* nothing new: nothing written */
    pair_reboot(&w);
    assert_int_equal(pair_open(&w), 0);
    struct lp_sim_addr to = {w.net.host, w.net.socket[0].outer};
    lp_sim_send(&w.sim, w.end, &to, record, n);
    lp_sim_send(&w.sim, w.end, &to, older, older_n);
    pair_run(&w, 100);
    assert_int_equal(w.c_count, 2);
    assert_talk();
    assert_int_equal(w.c_count, 3);
    lp_sim_send(&w.sim, w.end, &to, record, n);
    pair_run(&w, 100);
    assert_int_equal(w.c_count, 3);
}

static void suspend_keeps_what_was_received(void **state)
{
    (void)state;
    assert_int_equal(pair_connect(&w), 0);
    taped.direction = LP_SIM_DOWN;
    w.sim.tap = tape;
    assert_talk();
    uint8_t record[256];
    size_t n = taped.n;
    memcpy(record, taped.p, n);
    lp_dtls_suspend(&w.c);
    assert_int_equal(pair_open(&w), 0);
    struct lp_sim_addr to = {w.net.host, w.net.socket[0].outer};
    lp_sim_send(&w.sim, w.end, &to, record, n);
    pair_run(&w, 100);
    assert_int_equal(w.c_count, 1);
}

static void one_write_in_many_records(void **state)
{
    (void)state;
    assert_int_equal(pair_connect(&w), 0);
    uint32_t writes = w.kv.writes;
    assert_int_equal(writes, 2);
    for (int i = 0; i < 4 * LP_DTLS_RESERVE; i++) assert_int_equal(pair_say(&w, "x"), 0);
    assert_in_range(w.kv.writes - writes, 3, 4);
}

/* ---- power cuts ---- */

/* Numbers of records under one key: the connection ID tells keys apart. */
static struct {
    uint8_t id[LP_DTLSD_CID + 6];
} used[8192];
static size_t used_n;

static void note_number(void *ctx, const struct lp_sim *sim, const struct lp_sim_datagram *d)
{
    (void)ctx;
    (void)sim;
    if (w.kv.cut) w.sim.silent = true; /* no power: nothing leaves */
    if (d->direction != LP_SIM_UP || w.kv.cut) return;
    for (size_t at = 0; at + 13 < d->n;) {
        const uint8_t *r = d->p + at;
        size_t cid = r[0] == 25 ? LP_DTLSD_CID : 0;
        if (cid) {
            uint8_t id[LP_DTLSD_CID + 6];
            memcpy(id, r + 11, LP_DTLSD_CID);
            memcpy(id + LP_DTLSD_CID, r + 5, 6);
            for (size_t i = 0; i < used_n; i++) assert_memory_not_equal(used[i].id, id, sizeof(id));
            assert_true(used_n < sizeof(used) / sizeof(used[0]));
            memcpy(used[used_n++].id, id, sizeof(id));
        }
        at += 13 + cid + (size_t)(r[11 + cid] << 8 | r[12 + cid]);
    }
}

static unsigned lives_resumed;

/* A life with handshake, records over a reservation, commits, suspension; false: the power went off. */
static bool life(void)
{
    if (pair_connect(&w) != 0 || w.kv.cut) return false;
    lives_resumed += w.c.resumed;
    for (int i = 0; i < LP_DTLS_RESERVE + 20; i++) {
        pair_say(&w, "x");
        if (w.kv.cut) return false;
        if (i % 100 == 0) {
            pair_run(&w, 20);
            pair_answer(&w, "y");
            pair_run(&w, 20);
            lp_dtls_commit(&w.c);
        }
        if (w.kv.cut) return false;
    }
    lp_dtls_suspend(&w.c);
    return !w.kv.cut;
}

/* Three lives, of which the k-th meets the fault at its n-th operation of the store. Was there one so late? */
static bool lives_with_fault(uint32_t n, int k, enum lp_sim_kv_fault fault)
{
    pair_free(&w);
    pair_init(&w, n);
    used_n = 0;
    w.sim.tap = note_number;
    for (int i = 0; i < 3; i++) {
        if (i == k) lp_sim_kv_plan(&w.kv, n, fault);
        assert_true(life() || fault != LP_SIM_KV_FAIL);
        pair_reboot(&w);
        w.sim.silent = false;
    }
    assert_int_equal(pair_connect(&w), 0);
    assert_talk();
    return w.kv.faults > 0;
}

static void store_fault_at_every_operation(enum lp_sim_kv_fault fault)
{
    lives_resumed = 0;
    for (int k = 0; k < 3; k++) {
        uint32_t n = 1;
        while (lives_with_fault(n, k, fault)) n++;
        assert_true(n > 5);
    }
    assert_true(lives_resumed > 20);
}

static void power_cut_before_every_write(void **state)
{
    (void)state;
    store_fault_at_every_operation(LP_SIM_KV_CUT_BEFORE);
}

static void power_cut_behind_every_write(void **state)
{
    (void)state;
    store_fault_at_every_operation(LP_SIM_KV_CUT_AFTER);
}

static void store_fails_at_every_operation(void **state)
{
    (void)state;
    store_fault_at_every_operation(LP_SIM_KV_FAIL);
}

static void nothing_is_sent_that_is_not_reserved(void **state)
{
    (void)state;
    assert_int_equal(pair_connect(&w), 0);
    w.kv.cut = true;
    int sent = 0, err = 0;
    uint32_t before = w.sim.sent[LP_SIM_UP];
    while (sent < 1000 && (err = pair_say(&w, "x")) == 0) sent++;
    assert_int_equal(err, LP_ERR_STORE);
    assert_int_equal(sent, LP_DTLS_RESERVE);
    assert_int_equal(w.sim.sent[LP_SIM_UP] - before, sent);
    lp_sim_kv_reboot(&w.kv);
    assert_int_equal(pair_say(&w, "x"), 0); /* the store is back */
}

static void store_is_full(void **state)
{
    (void)state;
    w.kv.max = 100; /* counters fit, the association does not */
    assert_int_equal(pair_connect(&w), 0);
    assert_talk();
    pair_reboot(&w);
    assert_int_equal(pair_connect(&w), 0);
    assert_false(w.c.resumed);
    assert_talk();
}

/* ---- memory ---- */

static struct {
    size_t live, calls, fail_at;
    bool failed_in_client;
} heap;

/* Mbed TLS 3.6.6 goes on when it cannot hash the handshake for the extended master secret (ssl_compute_master): the
 * handshake fails, but not before 16 bytes of the stack too many were read. So hashes do not fail here. */
static void *counting_calloc(size_t n, size_t size)
{
    if (n * size != sizeof(mbedtls_sha256_context) && ++heap.calls == heap.fail_at) {
        heap.failed_in_client = w.in_client;
        return NULL;
    }
    void *p = calloc(n, size);
    heap.live += p != NULL;
    return p;
}

static void counting_free(void *p)
{
    heap.live -= p != NULL;
    free(p);
}

static void count_heap(void)
{
    memset(&heap, 0, sizeof(heap));
    mbedtls_platform_set_calloc_free(counting_calloc, counting_free);
    pair_init(&w, 1);
}

static int restore_heap(void **state)
{
    pair_free(&w);
    mbedtls_platform_set_calloc_free(calloc, free);
    (void)state;
    return 0;
}

static int setup_heap(void **state)
{
    (void)state;
    count_heap();
    return 0;
}

static void each_allocation_fails(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        pair_free(&w);
        assert_int_equal(heap.live, 0);
        pair_init(&w, 1);
        w.info.tx = (struct lp_tx){2000, 150, 2};
        size_t server = heap.live;
        heap.fail_at = heap.calls + n;
        heap.failed_in_client = false;
        int err = pair_connect(&w);
        bool met = heap.calls >= heap.fail_at;
        heap.fail_at = 0;
        if (heap.failed_in_client)
            assert_true(err == LP_ERR_FULL || err == 0 || (n > 30 && err == LP_ERR_TLS));
        else
            assert_true(err == 0 || err == LP_ERR_TLS || err == LP_ERR_TIMEOUT);
        if (err != 0) {
            pair_run(&w, 100000);
            if (w.peer) /* it was the saving of the association that failed */
                pair_drop_peer(&w, 0);
            assert_true(heap.live <= server + 10); /* the listener's spare */
            assert_int_equal(pair_connect(&w), 0); /* nothing is left of it */
        }
        assert_talk();
        pair_reboot(&w);
        if (!met) {
            printf("note: %u allocations in a handshake of both sides\n", (unsigned)n - 1);
            break;
        }
    }
}

static void each_allocation_of_a_resumption_fails(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        pair_free(&w);
        assert_int_equal(heap.live, 0);
        pair_init(&w, 1);
        assert_int_equal(pair_connect(&w), 0);
        pair_run(&w, 1000);
        pair_reboot(&w);
        heap.fail_at = heap.calls + n;
        int err = pair_connect(&w);
        bool met = heap.calls >= heap.fail_at;
        heap.fail_at = 0;
        if (err != 0) assert_int_equal(err, LP_ERR_FULL);
        if (err != 0) assert_int_equal(pair_connect(&w), 0);
        assert_talk();
        if (!met) break;
    }
}

static void failed_handshakes_leak_nothing(void **state)
{
    (void)state;
    w.info.key.p = "fedcba9876543210";
    size_t live = 0;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(pair_connect(&w), LP_ERR_TLS);
        pair_run(&w, 1000);
        assert_null(w.peer);
        if (i == 0) live = heap.live;
        assert_int_equal(heap.live, live);
    }
    for (int i = 0; i < 20; i++) { /* given up at each moment */
        pair_open(&w);
        for (int k = 0; k < i; k++) {
            pair_server(&w);
            lp_sim_pass(&w.sim, 10);
            lp_dtls_step(&w.c, w.sim.now);
        }
        lp_dtls_close(&w.c);
        pair_run(&w, 200000);
    }
    assert_int_equal(heap.live, live);
}

static void hello_flood_costs_no_state(void **state)
{
    (void)state;
    uint8_t p[128];
    size_t n = client_hello(p), live = 0;
    for (uint16_t i = 0; i < 1000; i++) {
        struct lp_sim_addr from = {1000, i};
        pair_route(&w, &from, p, n);
        if (i == 0) live = heap.live;
        assert_null(w.peer);
        assert_int_equal(heap.live, live);
    }
    assert_int_equal(w.sim.sent[LP_SIM_DOWN], 1000);
    assert_true(w.sim.bytes[LP_SIM_DOWN] <= 1000 * n); /* no amplification */
    assert_int_equal(pair_connect(&w), 0);
    assert_talk();
}

static void cookies_are_for_one_address_and_time(void **state)
{
    (void)state;
    taped.direction = LP_SIM_UP;
    w.sim.tap = tape;
    assert_int_equal(pair_open(&w), LP_AGAIN);
    lp_sim_pass(&w.sim, 10);
    pair_server(&w);
    lp_sim_pass(&w.sim, 10);
    assert_int_equal(lp_dtls_step(&w.c, w.sim.now), LP_AGAIN); /* sends the cookie back */
    uint8_t hello[512];
    size_t n = taped.n;
    memcpy(hello, taped.p, n);
    struct lp_sim_addr me = {w.net.host, w.net.socket[0].outer}, other = {me.host, 99};
    pair_route(&w, &other, hello, n);
    assert_null(w.peer);
    for (size_t i = 60; i < 80; i++) { /* in the cookie, whose 20 bytes begin at 61 */
        hello[i + 1] ^= 1;
        pair_route(&w, &me, hello, n);
        assert_null(w.peer);
        hello[i + 1] ^= 1;
    }
    w.sim.now += 62000;
    pair_route(&w, &me, hello, n);
    assert_null(w.peer);
    w.sim.now -= 30000;
    pair_route(&w, &me, hello, n);
    assert_non_null(w.peer);
}

static _Alignas(8) uint8_t arena[65536];

/* Nothing is in use in the first n bytes: they can be had in one piece. */
static void assert_all_free(size_t n)
{
    void *all = n > 16 ? mbedtls_calloc(1, n - 16) : NULL;
    assert_true(all || n <= 16);
    mbedtls_free(all);
}

static void arena_sizes(void **state)
{
    (void)state;
    int enough = 0;
    lp_tls_memory(arena, sizeof(arena));
    pair_init(&w, 1);
    assert_int_equal(pair_connect(&w), 0);
    size_t peak = lp_tls_memory_peak();
    assert_in_range(peak, 1000, sizeof(arena) - 1);
    pair_free(&w);
    assert_all_free(sizeof(arena));
    w.d = NULL;
    pair_init(&w, 1);
    lp_dtlsd_free(w.d);
    w.d = NULL;
    for (size_t n = 0; n <= 8192; n += 8) { /* the client alone, up to its first datagram */
        lp_tls_memory(arena, n);
        int err = pair_open(&w);
        assert_true(err == LP_AGAIN || err == LP_ERR_FULL);
        assert_int_equal(lp_tls_memory_peak() <= n, 1);
        enough += err == LP_AGAIN;
        lp_dtls_close(&w.c);
        assert_all_free(n);
    }
    assert_true(enough > 0);
    pair_free(&w);
    lp_tls_memory(arena, peak); /* what the peak says is enough */
    pair_init(&w, 1);
    assert_int_equal(pair_connect(&w), 0);
    assert_talk();
    pair_free(&w);
    mbedtls_platform_set_calloc_free(calloc, free);
}

/* ---- server ---- */

static void server_restarts(void **state)
{
    (void)state;
    uint8_t saved[1024];
    w.info.cid = 3;
    assert_int_equal(pair_open(&w), LP_AGAIN);
    pair_run(&w, 10);
    if (w.peer) assert_int_equal(lp_dtls_peer_save(w.peer, saved, sizeof(saved)), LP_ERR_STATE);
    assert_int_equal(pair_run(&w, 1000), 0);
    assert_talk();
    assert_int_equal(lp_dtls_peer_save(w.peer, saved, 20), LP_ERR_TOO_LARGE);
    assert_int_equal(lp_dtls_peer_save(w.peer, saved, 100), LP_ERR_TOO_LARGE);
    int n = lp_dtls_peer_save(w.peer, saved, sizeof(saved));
    assert_true(n > 0);
    assert_int_equal(pair_answer(&w, "no more"), LP_ERR_STATE);
    pair_drop_peer(&w, 0);
    lp_dtlsd_free(w.d);
    w.d = lp_dtlsd_new(&(struct lp_dtlsd_config){pair_psk, pair_send, &w});
    for (int i = 0; i < n; i++) { /* damaged or short: refused */
        saved[i] ^= 1;
        assert_null(lp_dtls_peer_load(w.d, saved, (size_t)n, w.sim.now));
        saved[i] ^= 1;
        assert_null(lp_dtls_peer_load(w.d, saved, (size_t)i, w.sim.now));
    }
    w.peer = lp_dtls_peer_load(w.d, saved, (size_t)n, w.sim.now);
    assert_non_null(w.peer);
    assert_true(lp_dtls_peer_up(w.peer));
    assert_int_equal(lp_dtls_peer_identity(w.peer).n, strlen(PAIR_IDENTITY));
    assert_talk();
    lp_sim_net_rebind(&w.net);
    assert_talk();
    assert_int_equal(w.s_peers, 1);
}

static void server_gives_up(void **state)
{
    (void)state;
    assert_int_equal(pair_open(&w), LP_AGAIN);
    for (int i = 0; i < 3; i++) {
        lp_sim_pass(&w.sim, 10);
        pair_server(&w);
        if (i == 1) lp_dtls_step(&w.c, w.sim.now);
    }
    assert_non_null(w.peer);
    assert_int_equal(lp_dtls_peer_identity(w.peer).n, 0);
    assert_null(lp_dtls_peer_cid(w.peer));
    w.sim.silent = true;
    lp_dtls_close(&w.c);
    pair_run(&w, 200000);
    assert_null(w.peer);
    assert_int_equal(w.s_err, LP_ERR_TIMEOUT);
}

/* ---- packets that broke other implementations ---- */

enum stage { LISTENER, SERVER_UP, CLIENT_OPENING, CLIENT_UP };

static void throw_packet(enum stage stage, const uint8_t *p, size_t n)
{
    struct lp_sim_addr stranger = {99, 99};
    struct lp_sim_addr client = {w.net.host, w.net.socket[0].outer};
    if (stage == LISTENER) {
        pair_route(&w, &stranger, p, n);
    } else if (stage == SERVER_UP) {
        pair_route(&w, &client, p, n);
    } else {
        lp_sim_send(&w.sim, w.end, &client, p, n);
        lp_sim_pass(&w.sim, 10);
        int err = pair_client(&w);
        if (stage == CLIENT_UP)
            assert_int_equal(err, 0);
        else if (err != LP_AGAIN) /* not authenticated yet: it may fail, cleanly */
            assert_int_equal(pair_open(&w), LP_AGAIN);
    }
}

static unsigned throw_folder(enum stage stage, const char *folder)
{
    DIR *d = opendir(folder);
    unsigned count = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        char path[512];
        uint8_t p[8192];
        snprintf(path, sizeof(path), "%s/%.200s", folder, e->d_name);
        FILE *f = e->d_name[0] != '.' ? fopen(path, "rb") : NULL;
        if (!f) continue;
        size_t n = fread(p, 1, sizeof(p), f);
        fclose(f);
        throw_packet(stage, p, n);
        count++;
    }
    if (d) closedir(d);
    return count;
}

static void packets_of_others(void **state)
{
    (void)state;
    char folder[] = "/tmp/limpet-dtls-XXXXXX", command[512], name[128];
    if (access(SHARED_DIR "/vectors/packets.tar.gz", R_OK) != 0) skip();
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof(command), "tar -xzf '%s' -C %s", SHARED_DIR "/vectors/packets.tar.gz",
             folder);
    assert_int_equal(system(command), 0);
    unsigned count = 0;
    for (enum stage s = LISTENER; s <= CLIENT_UP; s++) {
        pair_free(&w);
        pair_init(&w, 1);
        w.info.kv = NULL;
        assert_int_equal(s == CLIENT_OPENING ? pair_open(&w) : pair_connect(&w),
                         s == CLIENT_OPENING ? LP_AGAIN : 0);
        if (s != CLIENT_OPENING) pair_run(&w, 100);
        snprintf(name, sizeof(name), "%s/packets/dtls", folder);
        count += throw_folder(s, name);
        snprintf(name, sizeof(name), "%s/packets/cve", folder);
        count += throw_folder(s, name);
        if (s == CLIENT_OPENING) { /* and now for real */
            lp_dtls_close(&w.c);
            pair_run(&w, 200000);
            assert_int_equal(pair_connect(&w), 0);
        }
        assert_talk();
    }
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
    assert_true(count > 4 * 300);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define H(f) cmocka_unit_test_setup_teardown(f, setup_heap, restore_heap)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(int_401_handshake),
        T(connection_ids),
        T(wrong_values),
        T(int_403_wrong_key_and_identity),
        T(silent_server),
        T(name_is_looked_up),
        T(random_fails),
        T(no_security),
        T(datagrams_lost),
        T(datagrams_lost_twice),
        T(datagrams_doubled),
        T(datagrams_late),
        T(bad_wire),
        T(records_that_do_not_fit),
        T(server_says_goodbye),
        T(hello_from_server_is_dropped),
        T(crumbs_behind_a_record),
        T(alerts_without_key),
        T(address_changes),
        T(address_does_not_follow_strangers),
        T(same_address_new_handshake),
        T(resumed_after_reboot),
        T(resumed_with_both_connection_ids),
        T(resumed_only_with_a_way_back),
        T(not_resumed_for_another),
        T(damaged_records_are_not_loaded),
        T(counters_of_another_association_are_not_loaded),
        T(flood),
        T(server_forgot),
        T(replay_after_reboot),
        T(suspend_keeps_what_was_received),
        T(one_write_in_many_records),
        T(power_cut_before_every_write),
        T(power_cut_behind_every_write),
        T(store_fails_at_every_operation),
        T(nothing_is_sent_that_is_not_reserved),
        T(store_is_full),
        H(each_allocation_fails),
        H(each_allocation_of_a_resumption_fails),
        H(failed_handshakes_leak_nothing),
        H(hello_flood_costs_no_state),
        T(cookies_are_for_one_address_and_time),
        cmocka_unit_test(arena_sizes),
        T(server_restarts),
        T(server_gives_up),
        T(packets_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
