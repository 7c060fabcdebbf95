/* SPDX-License-Identifier: Apache-2.0
 *
 * test_handshake.c - handshakes through a wire that takes datagrams apart and changes bytes: fragments out of order,
 * lengths that lie. tests/MISTAKES.md says which test looks for which mistake.
 */
#include "test.h"

#include "link/pair.h"

static struct pair w;

static struct {
    bool apart; /* records in datagrams of their own, messages in fragments, all in reverse order */
    unsigned fragments, n; /* made so far; datagrams seen */
    /* the change of a byte: of which datagram, at which place; 0: none */
    unsigned which, place;
    uint8_t flip;
    bool done;
} wire;

/* ---- taking a datagram apart ----------------------------------------------------------------------------------- */

struct piece {
    uint8_t p[512];
    size_t n;
};

static unsigned be(const uint8_t *p, unsigned n)
{
    unsigned v = 0;
    while (n--) v = v << 8 | *p++;
    return v;
}

static void put(uint8_t *p, unsigned n, unsigned v)
{
    while (n--) p[n] = (uint8_t)v, v >>= 8;
}

/* The record's bytes [from, to) of its message as a fragment; its number as the part-th of eight. */
static void fragment(struct piece *to, const uint8_t *record, unsigned from, unsigned end,
                     unsigned part)
{
    memcpy(to->p, record, 25);
    put(to->p + 7, 4, be(record + 7, 4) * 8 + part);
    put(to->p + 11, 2, 12 + end - from);
    put(to->p + 19, 3, from);
    put(to->p + 22, 3, end - from);
    memcpy(to->p + 25, record + 25 + from, end - from);
    to->n = 25 + end - from;
}

/* A message whose fragments may come in any order: not a ClientHello, which a server without state takes whole, nor
 * what asks for its cookie. */
static bool divisible(const uint8_t *record, unsigned n)
{
    return record[0] == 22 && be(record + 3, 2) == 0 && n > 14 && record[13] != 1 &&
           record[13] != 3;
}

static unsigned take_apart(const uint8_t *p, size_t n, struct piece *to)
{
    unsigned pieces = 0, len;
    for (; n >= 13; p += 13 + len, n -= 13 + len) {
        len = p[0] == 25 ? (unsigned)n - 13
                         : be(p + 11, 2); /* 25: its connection ID stands before its length */
        assert_true(13 + len <= n && pieces + 3 < 32);
        if (divisible(p, len)) {
            unsigned body = len - 12, third = (body + 2) / 3;
            for (unsigned from = 0, k = 0; from < body; from += third, k++)
                fragment(&to[pieces++], p, from, from + third < body ? from + third : body, k);
            wire.fragments += 3;
        } else {
            memcpy(to[pieces].p, p, 13 + len);
            if (be(p + 3, 2) == 0) put(to[pieces].p + 7, 4, be(p + 7, 4) * 8);
            to[pieces++].n = 13 + len;
        }
    }
    return pieces;
}

typedef void sink(void *ctx, const uint8_t *p, size_t n);

static void pass_on(const void *bytes, size_t n, sink *out, void *ctx)
{
    static struct piece piece[32];
    uint8_t copy[2048];
    assert_true(n <= sizeof copy);
    memcpy(copy, bytes, n);
    if (++wire.n == wire.which && wire.place < n) {
        copy[wire.place] ^= wire.flip;
        wire.done = true;
    }
    if (!wire.apart) {
        uint8_t *exact = malloc(n ? n : 1); /* what is read behind it shows */
        memcpy(exact, copy, n);
        out(ctx, exact, n);
        free(exact);
        return;
    }
    for (unsigned k = take_apart(copy, n, piece); k--;) out(ctx, piece[k].p, piece[k].n);
}

/* ---- both directions ------------------------------------------------------------------------------------------- */

static void down(void *ctx, const uint8_t *p, size_t n)
{
    lp_sim_send(&w.sim, w.end, ctx, p, n);
}

static int server_sends(void *ctx, const void *address, size_t address_n, const void *p, size_t n)
{
    struct lp_sim_addr to;
    (void)ctx;
    assert_int_equal(address_n, sizeof to);
    memcpy(&to, address, sizeof to);
    pass_on(p, n, down, &to);
    return 0;
}

static void up(void *ctx, const uint8_t *p, size_t n)
{
    pair_route(&w, ctx, p, n);
}

static void server(void)
{
    uint8_t p[2048];
    struct lp_sim_addr from;
    uint32_t wait;
    for (int n; (n = lp_sim_recv(&w.sim, w.end, p, sizeof p, &from)) >= 0;)
        pass_on(p, (size_t)n, up, &from);
    int err = w.peer ? lp_dtls_peer_step(w.peer, w.sim.now, &wait) : LP_OK;
    if (err != LP_OK && err != LP_AGAIN) pair_drop_peer(&w, err);
}

/* Until the client is up, or has failed; then the server's part. */
static int shake_hands(void)
{
    int err = pair_open(&w);
    while (err == LP_AGAIN) {
        server();
        uint32_t wait = lp_dtls_wait(&w.c, w.sim.now);
        lp_sim_pass(&w.sim, wait < 100 ? wait : 100);
        w.in_client = true;
        err = lp_dtls_step(&w.c, w.sim.now);
        w.in_client = false;
    }
    for (int i = 0; i < 20; i++) {
        lp_sim_pass(&w.sim, 100);
        server();
    }
    return err;
}

static int setup(void **state)
{
    (void)state;
    memset(&wire, 0, sizeof wire);
    pair_init(&w, 1);
    w.info.kv = NULL;
    lp_dtlsd_free(w.d);
    w.d = lp_dtlsd_new(&(struct lp_dtlsd_config){pair_psk, server_sends, &w});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    pair_free(&w);
    return 0;
}

/* ---- tests ----------------------------------------------------------------------------------------------------- */

static void handshake_fragments_out_of_order(void **state)
{
    (void)state;
    wire.apart = true;
    assert_int_equal(shake_hands(), 0);
    assert_true(wire.fragments >= 6); /* ServerHello, ServerHelloDone or ClientKeyExchange */
    assert_non_null(w.peer);
    assert_true(lp_dtls_peer_up(w.peer));
}

/* Fragments of a ClientHello: nothing is kept of them for somebody without a cookie. */
static void fragments_of_a_client_hello_cost_no_state(void **state)
{
    (void)state;
    uint8_t p[128];
    struct lp_sim_addr from = {1, 1};
    size_t n = hex(p, "16 feff 0000 000000000000 0020\n"
                      "01 00002a 0000 000000 000014           | the first 20 bytes of 42\n"
                      "fefd 0102030405060708090a0b0c0d0e0f101112");
    for (unsigned i = 0; i < 100; i++) {
        p[10] = (uint8_t)i;
        put(p + 19, 3, i % 3 * 20);
        pair_route(&w, &from, p, n);
        assert_null(w.peer);
    }
    assert_int_equal(shake_hands(), 0);
}

/* Every byte of the heads of every datagram, each length and each offset among them, is another than it should be once:
 * the handshake is repaired by a retransmission or fails, and the next one succeeds. */
static void handshake_lengths_that_lie(void **state)
{
    static const uint8_t flips[] = {0xff, 0x01, 0x80};
    unsigned good = 0, bad = 0;
    for (unsigned which = 1; which <= 6; which++)
        for (unsigned place = 0; place < 75; place += stride())
            for (unsigned f = 0; f < sizeof flips; f++) {
                teardown(state);
                setup(state);
                wire.which = which;
                wire.place = place;
                wire.flip = flips[f];
                int err = shake_hands();
                if (!wire.done) continue;
                *(err ? &bad : &good) += 1;
                if (!err) continue;
                pair_drop_peer(&w, 0);
                if ((err = shake_hands()) != 0)
                    fail_msg("byte %u of datagram %u: %d", place, which, err);
            }
    printf("note: %u handshakes with a wrong byte repaired, %u failed and begun anew\n", good, bad);
    assert_true(good > 300 / stride());
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(handshake_fragments_out_of_order),
        T(fragments_of_a_client_hello_cost_no_state),
        T(handshake_lengths_that_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
