/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_dtls_server.c - any datagrams for the DTLS server's listener, and for a peer in handshake or up.
 *
 * The input: stage (1), then a run of: from whom (1), length (2, big-endian), that many bytes. Whatever comes, an
 * association that is up, and that nobody with the key has ended, goes on.
 */
#include "../link/pair.h"

static struct pair w;

static void feed(const uint8_t *p, size_t n)
{
    while (n >= 3) {
        size_t k = (size_t)(p[1] << 8 | p[2]);
        struct lp_sim_addr from = {w.net.host, w.net.socket[0].outer};
        if (p[0] & 1) from = (struct lp_sim_addr){50, p[0]};
        if (p[0] == 0xfe) w.sim.now += k;
        k = k < n - 3 ? k : n - 3;
        uint8_t *exact = malloc(k ? k : 1);
        memcpy(exact, p + 3, k);
        pair_route(&w, &from, exact, k);
        free(exact);
        p += 3 + k;
        n -= 3 + k;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    if (n < 1) return 0;
    pair_init(&w, 1);
    w.info.kv = NULL;
    pair_open(&w);
    unsigned stage = p[0] % 4;
    for (unsigned i = 0; i < stage * 2; i++) { /* 0: nothing sent back yet ... 3: up */
        lp_sim_pass(&w.sim, 10);
        pair_server(&w);
        lp_dtls_step(&w.c, w.sim.now);
    }
    bool up = w.peer && lp_dtls_peer_up(w.peer);
    const struct lp_dtls_peer *peer = w.peer;
    feed(p + 1, n - 1);
    if (up && w.peer == peer && lp_dtls_up(&w.c)) {
        int before = w.s_count;
        pair_say(&w, "still there");
        pair_run(&w, 100);
        if (w.s_count == before && w.s_err == 0) abort();
    }
    pair_free(&w);
    return 0;
}
