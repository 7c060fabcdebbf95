/* SPDX-License-Identifier: Apache-2.0
 *
 * dtls_server.h - the server's side of DTLS 1.2, for host programs: any number of peers on one socket that the caller
 * owns. No I/O but the send callback. A first ClientHello costs no state: it is answered from one shared listener by
 * a HelloVerifyRequest; a peer is made only when the cookie comes back.
 *
 *   datagram --> by connection ID (lp_dtlsd_cid), else by address: known peer? --> lp_dtls_peer_recv
 *            |-> a ClientHello (lp_dtlsd_is_hello) that this peer did not begin with (lp_dtls_peer_began), or
 *            `-> no such peer: lp_dtlsd_hello: NULL (cookie asked, or not a ClientHello) or a new peer in handshake
 */
#ifndef LP_DTLS_SERVER_H
#define LP_DTLS_SERVER_H

#include "limpet/link.h"

#define LP_DTLSD_CID 8 /* bytes of the connection IDs that we give out */

struct lp_dtlsd;     /* the listener */
struct lp_dtls_peer; /* one association */

struct lp_dtlsd_config {
    /* The key for an identity: its length, or LP_ERR_NOT_FOUND (the handshake then fails as with a wrong key). */
    int (*psk)(void *ctx, struct lp_span identity, uint8_t *key, size_t cap);
    /* Send a datagram to the peer's address, or the one given to lp_dtlsd_hello. The result is not looked at. */
    int (*send)(void *ctx, const void *address, size_t address_n, const void *p, size_t n);
    void *ctx;
};

/* The config is copied. NULL: no memory or no randomness. To be freed after all its peers. */
struct lp_dtlsd *lp_dtlsd_new(const struct lp_dtlsd_config *);
void lp_dtlsd_free(struct lp_dtlsd *);

/* A datagram from nobody we know. address: any bytes that tell senders apart (a struct sockaddr), at most 32; they are
 * compared as bytes, so what is padding in them must be the same each time. */
struct lp_dtls_peer *lp_dtlsd_hello(struct lp_dtlsd *, const void *address, size_t address_n,
                                    const void *p, size_t n, uint64_t now);
/* The connection ID of a record of ours: 1 and cid filled; 0: the record carries none. */
int lp_dtlsd_cid(const void *p, size_t n, uint8_t cid[LP_DTLSD_CID]);

/* Feed a datagram; address: where it came from. >= 0: a payload of that length is in buf (call again with n = 0 for
 * the rest of the datagram); LP_AGAIN: nothing (more); LP_ERR_TLS: the association ended (fatal alert, close_notify,
 * failed handshake): free the peer. A record that authenticates and is newer than all before moves the peer to its
 * address (RFC 9146 section 6). A new handshake from the address of a living peer goes through a cookie first
 * (lp_dtlsd_hello) and then replaces it; the ClientHello that the peer itself began with comes again when a datagram
 * was lost or doubled, and is for the peer. */
int lp_dtls_peer_recv(struct lp_dtls_peer *, const void *address, size_t address_n, const void *p,
                      size_t n, void *buf, size_t cap, uint64_t now);
/* Is it an unencrypted (epoch 0) ClientHello? Is it the one that the peer began with? */
bool lp_dtlsd_is_hello(const void *p, size_t n);
bool lp_dtls_peer_began(const struct lp_dtls_peer *, const void *p, size_t n);
/* 0, LP_ERR_STATE (not up), LP_ERR_TOO_LARGE, LP_ERR_TLS. */
int lp_dtls_peer_send(struct lp_dtls_peer *, const void *p, size_t n, uint64_t now);
/* Handshake retransmission; LP_AGAIN, 0 up, LP_ERR_TIMEOUT, LP_ERR_TLS. wait: ms until it wants to be called again. */
int lp_dtls_peer_step(struct lp_dtls_peer *, uint64_t now, uint32_t *wait);
bool lp_dtls_peer_up(const struct lp_dtls_peer *);
/* Who authenticated; empty until up; valid for the peer's life. */
struct lp_span lp_dtls_peer_identity(const struct lp_dtls_peer *);
/* LP_DTLSD_CID bytes that its records carry; NULL: none, or not up. */
const uint8_t *lp_dtls_peer_cid(const struct lp_dtls_peer *);
struct lp_span lp_dtls_peer_address(const struct lp_dtls_peer *);
void lp_dtls_peer_free(struct lp_dtls_peer *, bool notify); /* notify: send close_notify */
/* Serialise an association at an orderly end: its length, LP_ERR_TOO_LARGE, LP_ERR_STATE (not up; Mbed TLS cannot: a
 * suite without AEAD, or no record has come since the handshake). It ends the peer (free it). Bring it back after the
 * start; NULL: not ours. Whoever loads must delete the saved bytes before the peer is used: they are good for one
 * load. */
int lp_dtls_peer_save(struct lp_dtls_peer *, void *buf, size_t cap);
struct lp_dtls_peer *lp_dtls_peer_load(struct lp_dtlsd *, const void *p, size_t n, uint64_t now);

#endif
