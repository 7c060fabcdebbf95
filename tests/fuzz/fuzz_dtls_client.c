/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_dtls_client.c - any datagrams for the DTLS client, in handshake and up, and any bytes in its store.
 *
 * The input: stage (1), then a run of: what (1), length (2, big-endian), that many bytes.
 */
#include "../link/pair.h"

static struct pair w;

static void feed(const uint8_t *p, size_t n, bool store)
{
    for (uint16_t key = 0; n >= 3; key++) {
        size_t k = (size_t)(p[1] << 8 | p[2]);
        if (p[0] == 0xfe) w.sim.now += k;
        k = k < n - 3 ? k : n - 3;
        struct lp_sim_addr to = {w.net.host, w.net.socket[0].outer};
        if (store) {
            w.kv.kv.put(&w.kv.kv, (uint16_t)(PAIR_STORE + key % 2), p + 3, k);
        } else {
            lp_sim_send(&w.sim, w.end, &to, p + 3, k);
            lp_sim_pass(&w.sim, 10);
            pair_client(&w);
        }
        p += 3 + k;
        n -= 3 + k;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    if (n < 1) return 0;
    pair_init(&w, 1);
    unsigned stage = p[0] % 5;
    if (stage == 4) {
        feed(p + 1, n - 1, true);
        pair_connect(&w);
        pair_free(&w);
        return 0;
    }
    pair_open(&w);
    for (unsigned i = 0; i < stage * 2; i++) { /* 0: wants HelloVerifyRequest ... 3: up */
        lp_sim_pass(&w.sim, 10);
        pair_server(&w);
        lp_dtls_step(&w.c, w.sim.now);
    }
    bool up = lp_dtls_up(&w.c);
    feed(p + 1, n - 1, false);
    if (up && w.c_err == 0) {
        int before = w.s_count;
        if (!lp_dtls_up(&w.c) || pair_say(&w, "still there") != 0) abort();
        pair_run(&w, 100);
        if (w.s_count == before) abort();
    }
    pair_free(&w);
    return 0;
}
