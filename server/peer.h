/* SPDX-License-Identifier: Apache-2.0
 *
 * peer.h - somebody who sends us datagrams: an address, for CoAPs an association, and the state of CoAP's message
 * layer.
 *
 * A datagram from an unknown address is heard by the visitor, of which there is one; the handler of a request that is
 * good for something calls peer_keep. So what is not ours costs no state. A peer is freed by its timer, never in the
 * middle of something: pointers hold until the caller returns to the loop.
 */
#ifndef SERVER_PEER_H
#define SERVER_PEER_H

#include "link/exchange.h"
#include "server/creds.h"
#include "server/server.h"

#define PEER_MESSAGE 1152   /* largest message of our own */
#define PEER_IDLE    600000 /* ms until a peer is forgotten; more than LP_EXCHANGE_LIFETIME */

struct outbox;
struct session;
struct body;

struct peer {
    struct server *s;
    struct link by_addr, by_cid;
    bool in_addr, in_cid, in_idle;
    enum transport transport;
    struct addr addr;
    struct lp_dtls_peer *dtls; /* CoAPs */
    bool up, doomed, notify;   /* notify: say goodbye when freed */
    struct auth auth;          /* CoAPs, once up */
    struct lp_exchange x;
    struct outbox *busy; /* whose operation is outstanding */
    struct reg *reg;
    struct session *session;
    struct body *body; /* a request that comes in blocks */
    struct timer timer;
    uint64_t heard;
    uint64_t dtls_at; /* when the handshake wants to be looked after */
    struct peer *idle_prev, *idle_next;
    uint8_t buf[PEER_MESSAGE];
};

/* ---- peer.c ---- */
struct peer *peer_new(struct server *, enum transport, const struct addr *, struct lp_dtls_peer *);
struct peer *peer_find(struct server *, enum transport, const struct addr *);
struct peer *peer_visitor(struct server *, const struct addr *);
/* The peer, with a place of its own if it was the visitor; NULL: no room. */
struct peer *peer_keep(struct peer *);
bool peer_is_visitor(const struct peer *);
void peer_drop(struct peer *, bool notify); /* free it soon: nobody may use it any more */
void peer_free(struct peer *);
/* What owns a peer, or none: keeps it from being forgotten. */
void peer_own(struct peer *, struct reg *);
void peer_begin(struct peer *, struct session *);
void peer_moved(struct peer *, const struct addr *);

/* A CoAP message that came from it. */
void peer_message(struct peer *, const void *p, size_t n);
void peer_send(struct peer *, struct lp_span);
/* Answer a request: code, options, then text as diagnostic payload. */
struct answer {
    uint8_t code;
    const char *location[2]; /* Location-Path segments, or NULL */
    int block1_szx;          /* -1: no Block1 option */
    uint32_t block1_num;
    bool block1_more;
    const char *text; /* what is wrong, or NULL */
};
void peer_answer(struct peer *, const struct lp_coap *request, const struct answer *);
void peer_answer_code(struct peer *, const struct lp_coap *request, uint8_t code, const char *text);
void peer_pump(struct peer *);     /* nothing is outstanding: what waits may go */
void peer_schedule(struct peer *); /* something was sent, or its state changed */

/* ---- peer_dtls.c ---- */
void peer_dtls_datagram(struct server *, const struct addr *, const void *p, size_t n);
void peer_dtls_step(struct peer *); /* looks after a handshake */
int peer_psk(void *server, struct lp_span identity, uint8_t *key, size_t cap);
int peer_dtls_transmit(void *server, const void *address, size_t address_n, const void *p,
                       size_t n);
/* An association that was saved before the restart, for its registration. */
void peer_restore(struct server *, struct lp_dtls_peer *, struct reg *);
/* End all associations of an endpoint: its credential has changed. */
void peer_revoke(struct server *, const char *endpoint);
struct lp_span peer_identity(const struct peer *); /* n = 0: NoSec */

#endif
