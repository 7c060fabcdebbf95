/* SPDX-License-Identifier: Apache-2.0
 *
 * server.h - the CoAP side of limpet-server, and what its parts share. It opens no socket and reads no clock: datagrams
 * and the time come in, datagrams go out through transmit; so a test is a party to its conversations like any other.
 *
 *      datagram -> peer (address or connection ID, DTLS, exchange) -> request   -> register, bootstrap, send
 * -> answer    -> op       (what the REST side asked for)
 *                                                                  -> other     -> observe  (notifications)
 *
 *      peer <--- reg (a registration and its queue of operations) <--- observation
 *           <--- session (a bootstrap under way and its queue)
 *
 * A registration outlives its peer: a device without one (its association ended, or the server was restarted) is one
 * that sleeps; what is asked of it waits.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "link/dtls_server.h"
#include "server/addr.h"
#include "server/events.h"
#include "server/store.h"
#include "server/table.h"
#include "server/timer.h"

enum transport { COAP, COAPS };

#define SERVER_HINTS 1024

struct peer;
struct reg;

struct server {
    uint64_t now; /* monotonic ms */
    int64_t wall; /* ms since 1970 */
    struct timers timers;
    struct store *store;
    struct events events;
    void (*transmit)(void *ctx, enum transport, const struct addr *, const void *p, size_t n);
    void *transmit_ctx;

    /* peers (peer.c, peer_dtls.c) */
    struct lp_dtlsd *dtlsd; /* NULL: no CoAPs */
    struct table by_addr[2], by_cid;
    struct peer *visitor; /* who is heard for the first time: kept only if it has reason to stay */
    struct peer *current; /* whose handshake is in hand */
    struct peer *idle_first,
        *idle_last; /* peers without registration and bootstrap, longest idle first */
    unsigned peers, max_peers, handshakes, max_handshakes;
    uint8_t hints[SERVER_HINTS]; /* creds.c */

    /* registrations (reg.c), observations (observe.c) */
    struct table by_endpoint, by_id, by_token;
    struct table sessions;   /* by endpoint (session.c) */
    bool insecure_bootstrap; /* a plan with a key goes to whoever asks, too */
    struct reg *dirty;       /* what is to be written with the next flush */
    struct timer flush;
    size_t op_bytes; /* bodies of all operations that wait */
    size_t links;    /* bytes of all lists of objects */
};

struct server_config {
    const char *db;
    bool coaps, insecure_bootstrap;
    unsigned max_peers, max_handshakes;
    void (*transmit)(void *ctx, enum transport, const struct addr *, const void *p, size_t n);
    void *ctx;
};

/* now and wall are set. 0, or -1 and *why (to be freed). */
int server_open(struct server *, const struct server_config *, char **why);
void server_load(struct server *); /* what is on record; once, before the first datagram */
void server_datagram(struct server *, enum transport, const struct addr *, const void *p, size_t n);
/* What the time says; server->now has been moved. Returns ms until the next call is due. */
uint32_t server_tick(struct server *);
/* An orderly end: associations are saved, operations that wait are answered, all is freed. */
void server_close(struct server *);

#endif
