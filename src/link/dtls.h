/* SPDX-License-Identifier: Apache-2.0
 *
 * dtls.h - one association with one server: DTLS 1.2 (RFC 6347) with PSK-AES128-CCM8 and a connection ID (RFC 9146),
 * or plain datagrams for NoSec. Nothing waits here: open and step say LP_AGAIN until the association is up.
 *
 *   closed --open--> opening (name) --> handshake --> up --close--> closed
 *                        `--- a saved association is loaded: straight to up, no datagram sent
 *
 * A saved association can be loaded after any power cut, without a nonce used twice and without a record taken twice:
 * the store holds, besides Mbed TLS's own serialisation, two counters (SPEC.md):
 *   out  every record number below it may have been used: after a load sending starts there. It is moved ahead by
 *        LP_DTLS_RESERVE before the numbers below it are used up, so it costs one write in LP_DTLS_RESERVE records.
 *   in   every record up to it may have had an effect: after a load all of them are refused as replays. It is moved
 *        by lp_dtls_commit, which is called before a request that is not safe to repeat is carried out.
 *
 * An association without the server's connection ID is known to the server by our address alone. It is saved only when
 * local_port is given, so that the address may well be the same after the reboot; if it is not, the server drops our
 * records. Loading is no proof that the server still has its half, either: when the first CON gets no answer, the
 * owner calls lp_dtls_close, which deletes what is saved, and lp_dtls_open, which makes a full handshake.
 */
#ifndef LP_DTLS_H
#define LP_DTLS_H

#include "limpet/link.h"

#define LP_DTLS_RESERVE 256

/* Whom to talk to, and as whom. All pointers only during lp_dtls_open, but for kv, for the life of the association, and
 * the spans of identity and key, which must live, unchanged, until the association is up or closed.
 * cid: -1: no connection ID at all; 0..32 (Lite: 8): length of our own, the server's is asked for.
 * store_key: key of the saved association; its counters are under store_key + 1. */
struct lp_dtls_peer_info {
    const char *host;
    uint16_t port, local_port;
    enum lp_security_mode mode; /* PSK or NoSec for now; others: LP_ERR_STATE */
    struct lp_span identity, key;
    int cid;
    uint16_t store_key;
    struct lp_kv *kv; /* NULL: not saved, not loaded */
    struct lp_tx tx;  /* handshake: ack_timeout, doubled max_retransmit times, then given up */
};

void lp_dtls_init(struct lp_dtls *, struct lp_net *);
/* Begin. If kv holds an association for exactly this host, port, mode, identity, key and cid (a hash), it is loaded and
 * ->resumed set; any other is deleted. The arena is used for NoSec too (some 600 bytes). 0 up, LP_AGAIN opening (call
 * step), LP_ERR_NET, LP_ERR_TLS, LP_ERR_RANDOM, LP_ERR_FULL (arena), LP_ERR_STATE (mode; not closed), LP_ERR_VALUE
 * (length of key, identity, cid). After an error it is closed. */
int lp_dtls_open(struct lp_dtls *, const struct lp_dtls_peer_info *, uint64_t now);
/* Go on with the handshake: takes datagrams, retransmits. 0 up, LP_AGAIN, LP_ERR_TIMEOUT (the server is silent:
 * unreachable, or a wrong identity or key), LP_ERR_TLS (alert, wrong key), LP_ERR_NET (no such name, no route),
 * LP_ERR_FULL, LP_ERR_RANDOM, LP_ERR_STATE (closed). After an error it is closed. The association is saved when it
 * comes up; where the store fails, it goes on without being saved. */
int lp_dtls_step(struct lp_dtls *, uint64_t now);
/* ms until step wants to be called though nothing arrived; UINT32_MAX: never. */
uint32_t lp_dtls_wait(const struct lp_dtls *, uint64_t now);
bool lp_dtls_up(const struct lp_dtls *);
/* One datagram's payload. 0; LP_AGAIN (lost); LP_ERR_STATE (not up); LP_ERR_TOO_LARGE; LP_ERR_TLS (the association is
 * dead: close); LP_ERR_STORE (the counter could not be moved: nothing was sent). */
int lp_dtls_send(struct lp_dtls *, const void *p, size_t n, uint64_t now);
/* The next payload: its length; LP_AGAIN: nothing (records that do not authenticate, or do not fit cap, are dropped);
 * LP_ERR_TLS: the server ended the association (close_notify or a fatal alert that authenticates), LP_ERR_NET. */
int lp_dtls_recv(struct lp_dtls *, void *p, size_t cap, uint64_t now);
/* Record that everything received so far may have had an effect. 0 or LP_ERR_STORE. Nothing to do for NoSec. */
int lp_dtls_commit(struct lp_dtls *);
/* Close the socket but keep the association saved: the next open resumes it. */
void lp_dtls_suspend(struct lp_dtls *);
/* End the association: close_notify if up, delete what is saved, free the memory. */
void lp_dtls_close(struct lp_dtls *);
/* A new socket (new local port) for the same association: the address of this device changed. 0, LP_AGAIN (call step),
 * LP_ERR_NET (it is closed, what is saved stays), LP_ERR_STATE (closed). */
int lp_dtls_rebind(struct lp_dtls *);
/* Length of the connection ID that we put into our records (the server's), -1: none was negotiated. */
int lp_dtls_cid(const struct lp_dtls *);

#endif
