/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - see server.h.
 */
#include "server/server.h"

#include <stdlib.h>
#include <string.h>

#include "link/crypto.h"
#include "server/mem.h"
#include "server/peer.h"
#include "server/reg.h"

int server_open(struct server *s, const struct server_config *c, char **why)
{
    uint8_t one;
    if (lp_port_random(&one, sizeof one) != 0) {
        *why = mem_text("the system gives no random bytes");
        return -1;
    }
    table_seed();
    s->max_peers = c->max_peers;
    s->insecure_bootstrap = c->insecure_bootstrap;
    s->max_handshakes = c->max_handshakes;
    s->transmit = c->transmit;
    s->transmit_ctx = c->ctx;
    s->store = store_open(c->db, why);
    if (!s->store) return -1;
    if (c->coaps) {
        s->dtlsd = lp_dtlsd_new(
            &(struct lp_dtlsd_config){.psk = peer_psk, .send = peer_dtls_transmit, .ctx = s});
        if (!s->dtlsd) {
            *why = mem_text("DTLS cannot be set up: no random bytes or no memory");
            store_close(s->store);
            return -1;
        }
    }
    return 0;
}

void server_load(struct server *s)
{
    regs_load(s);
}

void server_datagram(struct server *s, enum transport t, const struct addr *from, const void *p,
                     size_t n)
{
    if (t == COAPS) {
        if (s->dtlsd) peer_dtls_datagram(s, from, p, n);
        return;
    }
    struct peer *peer = peer_find(s, COAP, from);
    peer_message(peer ? peer : peer_visitor(s, from), p, n);
}

uint32_t server_tick(struct server *s)
{
    timers_run(&s->timers, s->now);
    return timers_wait(&s->timers, s->now);
}

static void free_peers(struct server *s, enum transport t)
{
    struct link *l;
    while ((l = table_each(&s->by_addr[t], NULL)) != NULL)
        peer_free(container_of(l, struct peer, by_addr));
}

void server_close(struct server *s)
{
    regs_save(s);
    regs_flush(s);
    regs_free(s);
    free_peers(s, COAP);
    free_peers(s, COAPS);
    server_tick(s); /* those that were only to be freed */
    if (s->visitor) peer_free(s->visitor);
    lp_dtlsd_free(s->dtlsd);
    store_close(s->store);
    table_free(&s->by_addr[COAP]);
    table_free(&s->by_addr[COAPS]);
    table_free(&s->by_cid);
    table_free(&s->by_endpoint);
    table_free(&s->by_id);
    table_free(&s->by_token);
    table_free(&s->sessions);
    timers_free(&s->timers);
}
