/* SPDX-License-Identifier: Apache-2.0
 *
 * pair.h - a DTLS client and a DTLS server on one simulated wire, for test_dtls.c and the fuzz targets.
 */
#ifndef LP_TEST_PAIR_H
#define LP_TEST_PAIR_H

#include <stdlib.h>
#include <string.h>

#include "limpet/client.h"
#include "link/crypto.h"
#include "link/dtls.h"
#include "link/dtls_server.h"
#include "sim/sim.h"

#define PAIR_KEY      "0123456789abcdef"
#define PAIR_IDENTITY "device"
#define PAIR_STORE    0x0100

struct pair {
    struct lp_sim sim;
    struct lp_sim_net net;
    struct lp_sim_kv kv;
    int end;
    /* client */
    struct lp_dtls c;
    struct lp_dtls_peer_info info;
    char c_got[2048];
    int c_got_n, c_count,
        c_err; /* last payload, how many there were, the last error of lp_dtls_recv */
    /* server: one peer */
    struct lp_dtlsd *d;
    struct lp_dtls_peer *peer;
    char s_got[2048];
    int s_got_n, s_count, s_err, s_peers;
    bool in_client;
};

static inline int pair_psk(void *ctx, struct lp_span identity, uint8_t *key, size_t cap)
{
    (void)ctx;
    if (identity.n != strlen(PAIR_IDENTITY) || memcmp(identity.p, PAIR_IDENTITY, identity.n) != 0 ||
        cap < strlen(PAIR_KEY))
        return LP_ERR_NOT_FOUND;
    memcpy(key, PAIR_KEY, strlen(PAIR_KEY));
    return (int)strlen(PAIR_KEY);
}

static inline int pair_send(void *ctx, const void *address, size_t address_n, const void *p,
                            size_t n)
{
    struct pair *w = ctx;
    struct lp_sim_addr to;
    if (address_n != sizeof(to)) abort();
    memcpy(&to, address, sizeof(to));
    return lp_sim_send(&w->sim, w->end, &to, p, n);
}

static inline void pair_init(struct pair *w, uint64_t seed)
{
    memset(w, 0, sizeof(*w));
    lp_sim_init(&w->sim, seed);
    w->sim.now = 1000000;
    lp_sim_net_init(&w->net, &w->sim);
    lp_sim_kv_init(&w->kv);
    w->end = lp_sim_listen(&w->sim, "server", 5684);
    w->info = (struct lp_dtls_peer_info){.host = "server",
                                         .port = 5684,
                                         .mode = LP_SEC_PSK,
                                         .identity = {PAIR_IDENTITY, strlen(PAIR_IDENTITY)},
                                         .key = {PAIR_KEY, strlen(PAIR_KEY)},
                                         .store_key = PAIR_STORE,
                                         .kv = &w->kv.kv};
    lp_dtls_init(&w->c, &w->net.net);
    w->d = lp_dtlsd_new(&(struct lp_dtlsd_config){pair_psk, pair_send, w});
}

static inline void pair_free(struct pair *w)
{
    lp_dtls_suspend(&w->c);
    lp_dtls_peer_free(w->peer, false);
    lp_dtlsd_free(w->d);
    lp_sim_net_free(&w->net);
    lp_sim_kv_free(&w->kv);
    lp_sim_free(&w->sim);
}

static inline void pair_drop_peer(struct pair *w, int err)
{
    w->s_err = err;
    lp_dtls_peer_free(w->peer, false);
    w->peer = NULL;
}

/* One datagram to the server, as a server should route it. */
static inline void pair_route(struct pair *w, const struct lp_sim_addr *sender, const void *p,
                              size_t n)
{
    struct lp_sim_addr addr, *from = &addr;
    memset(&addr, 0, sizeof(addr)); /* addresses are compared as bytes: padding too */
    addr.host = sender->host;
    addr.port = sender->port;
    uint8_t cid[LP_DTLSD_CID];
    bool ours = false;
    if (w->peer && lp_dtlsd_cid(p, n, cid)) {
        const uint8_t *its = lp_dtls_peer_cid(w->peer);
        ours = its && memcmp(cid, its, sizeof(cid)) == 0;
    }
    if (w->peer && !ours) {
        struct lp_span a = lp_dtls_peer_address(w->peer);
        ours = a.n == sizeof(*from) && memcmp(a.p, from, sizeof(*from)) == 0;
    }
    if (!ours || (lp_dtlsd_is_hello(p, n) && !lp_dtls_peer_began(w->peer, p, n))) {
        struct lp_dtls_peer *x = lp_dtlsd_hello(w->d, from, sizeof(*from), p, n, w->sim.now);
        if (x) {
            lp_dtls_peer_free(w->peer, false);
            w->peer = x;
            w->s_peers++;
        }
        return;
    }
    for (;; n = 0) {
        int got = lp_dtls_peer_recv(w->peer, from, sizeof(*from), p, n, w->s_got, sizeof(w->s_got),
                                    w->sim.now);
        if (got >= 0) {
            w->s_got_n = got;
            w->s_count++;
        } else {
            if (got != LP_AGAIN) pair_drop_peer(w, got);
            return;
        }
    }
}

static inline uint32_t pair_server(struct pair *w)
{
    uint8_t p[4096];
    struct lp_sim_addr from;
    int n;
    while ((n = lp_sim_recv(&w->sim, w->end, p, sizeof(p), &from)) >= 0)
        pair_route(w, &from, p, (size_t)n);
    uint32_t wait = UINT32_MAX;
    int err = w->peer ? lp_dtls_peer_step(w->peer, w->sim.now, &wait) : LP_OK;
    if (err != LP_OK && err != LP_AGAIN) pair_drop_peer(w, err);
    return wait;
}

static inline int pair_client(struct pair *w)
{
    w->in_client = true;
    int err = lp_dtls_step(&w->c, w->sim.now), n = LP_AGAIN;
    while (err == LP_OK && (n = lp_dtls_recv(&w->c, w->c_got, sizeof(w->c_got), w->sim.now)) >= 0) {
        w->c_got_n = n;
        w->c_count++;
    }
    if (err == LP_OK && n != LP_AGAIN) w->c_err = n;
    w->in_client = false;
    return err;
}

/* Let both work until nothing is on its way and nobody wants to be called within `ms`. What became of the client. */
static inline int pair_run(struct pair *w, uint32_t ms)
{
    uint64_t end = w->sim.now + ms;
    int err = LP_ERR_STATE;
    for (;;) {
        int now = pair_client(w);
        if (now != LP_ERR_STATE) err = now;
        uint32_t wait = pair_server(w), c = lp_dtls_wait(&w->c, w->sim.now);
        wait = c < wait ? c : wait;
        c = lp_sim_wait(&w->sim);
        wait = c < wait ? c : wait;
        if (wait > end - w->sim.now) return err;
        lp_sim_pass(&w->sim, wait);
    }
}

static inline int pair_open(struct pair *w)
{
    w->in_client = true;
    int err = lp_dtls_open(&w->c, &w->info, w->sim.now);
    w->in_client = false;
    return err;
}

/* Open and run until it is up or has failed. */
static inline int pair_connect(struct pair *w)
{
    int err = pair_open(w);
    while (err == LP_AGAIN) {
        uint32_t wait = pair_server(w), c = lp_dtls_wait(&w->c, w->sim.now);
        wait = c < wait ? c : wait;
        c = lp_sim_wait(&w->sim);
        lp_sim_pass(&w->sim, c < wait ? c : wait);
        w->in_client = true;
        err = lp_dtls_step(&w->c, w->sim.now);
        w->in_client = false;
    }
    return err;
}

static inline int pair_say(struct pair *w, const char *text)
{
    w->in_client = true;
    int err = lp_dtls_send(&w->c, text, strlen(text), w->sim.now);
    w->in_client = false;
    return err;
}

static inline int pair_answer(struct pair *w, const char *text)
{
    return lp_dtls_peer_send(w->peer, text, strlen(text), w->sim.now);
}

/* Power is off and on again: what was in RAM is gone, the store is what it is. */
static inline void pair_reboot(struct pair *w)
{
    bool silent = w->sim.silent;
    w->kv.cut = w->sim.silent =
        true; /* the memory is given back, and that must not be seen outside */
    lp_dtls_suspend(&w->c);
    w->sim.silent = silent;
    lp_sim_kv_reboot(&w->kv);
    lp_dtls_init(&w->c, &w->net.net);
}

#endif
