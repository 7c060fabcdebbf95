/* SPDX-License-Identifier: Apache-2.0
 *
 * exchange.h - CoAP reliability with one peer (RFC 7252 section 4): message ids, tokens, retransmission, duplicates.
 * It does no I/O and knows no clock: datagrams and the time come in, what is to be sent comes back.
 *
 * At most one confirmable message of our own is outstanding (NSTART = 1), kept in ->buf until it is done:
 *
 *   IDLE --sent--> WAIT_ACK --ACK with response--> IDLE            event RESPONSE
 *                     |--empty ACK, a request--> WAIT_RESPONSE --response--> IDLE   event RESPONSE
 *                     |--empty ACK, no request--> IDLE             event ACKED
 *                     |--RST--> IDLE                               event RESET
 *                     `--MAX_RETRANSMIT used up--> IDLE            event TIMEOUT
 */
#ifndef LP_EXCHANGE_H
#define LP_EXCHANGE_H

#include "bytes/coap.h"
#include "limpet/link.h"

/* ms in which a message id is not used again (RFC 7252 4.8.2); ms to wait for the response to a request that the peer
 * has acknowledged. */
#define LP_EXCHANGE_LIFETIME 247000u
#define LP_RESPONSE_WAIT     90000u

/* RESET: the peer rejected message ev->msg.mid; ev->mine: it was the outstanding one, ev->tag.
 * OTHER: a response to no request outstanding (a notification, or stale): judge by its token, and if it is CON send
 * lp_exchange_ack or lp_exchange_reset; a NON one may be reset too. */
enum lp_exchange_kind {
    LP_X_NONE,
    LP_X_REQUEST,   /* serve ev->msg; then lp_exchange_answered */
    LP_X_RESPONSE,  /* ev->msg answers the outstanding request ev->tag */
    LP_X_ACKED,     /* the outstanding notification or separate response ev->tag has arrived */
    LP_X_RESET,     /* see above */
    LP_X_TIMEOUT,   /* the outstanding message ev->tag got no answer */
    LP_X_OTHER,     /* see above */
    LP_X_RETRANSMIT /* send ev->send again */
};

/* Whatever the kind, ev->send is to be sent now (n = 0: nothing). It lies in ev->reply, in ->buf, or in a kept answer:
 * good until the next call. duplicate: a REQUEST that was seen before: only GET and FETCH come again, when their answer
 * was too long to keep. */
struct lp_exchange_event {
    enum lp_exchange_kind kind;
    struct lp_coap msg;
    uint32_t tag;
    bool mine;
    bool duplicate;
    struct lp_span send;
    uint8_t reply[4];
};

/* buf: room for the outstanding message, for the life of the exchange. Takes a random first message id. */
void lp_exchange_init(struct lp_exchange *, void *buf, size_t cap, const struct lp_tx *);
/* Forget the outstanding message and the peer's message ids (a new association). */
void lp_exchange_clear(struct lp_exchange *);
bool lp_exchange_busy(const struct lp_exchange *);

/* A fresh message id; a fresh random token of n bytes, 1..8. */
uint16_t lp_exchange_mid(struct lp_exchange *);
void lp_exchange_token(struct lp_exchange *, uint8_t *token, uint8_t n);
/* The len bytes in ->buf are a CON message and were just sent for the first time. LP_ERR_STATE when busy. */
int lp_exchange_sent(struct lp_exchange *, size_t len, uint32_t tag, uint64_t now);
/* Stop waiting for the outstanding message; no event. */
void lp_exchange_cancel(struct lp_exchange *);

/* A datagram from the peer. Always fills *ev. Malformed: a CON is reset (RFC 7252 4.2), all else ignored (NONE).
 * Pings are reset. Duplicates of CON requests get the kept answer, of NON are ignored. */
void lp_exchange_recv(struct lp_exchange *, const void *p, size_t n, uint64_t now,
                      struct lp_exchange_event *ev);
/* What the time says: RETRANSMIT, TIMEOUT or NONE. */
void lp_exchange_poll(struct lp_exchange *, uint64_t now, struct lp_exchange_event *ev);
/* ms until poll has something to say; UINT32_MAX: never. */
uint32_t lp_exchange_wait(const struct lp_exchange *, uint64_t now);

/* Remember the answer that was sent to a request (for its duplicates). Too long for LP_DUPLICATE_BYTES: for GET and
 * FETCH nothing is kept and a duplicate is served again; for others at least code and token are kept. */
void lp_exchange_answered(struct lp_exchange *, const struct lp_coap *request, const void *p,
                          size_t n, uint64_t now);

/* An empty ACK or RST for a message, into buf. */
struct lp_span lp_exchange_ack(const struct lp_coap *, uint8_t buf[4]);
struct lp_span lp_exchange_reset(const struct lp_coap *, uint8_t buf[4]);

#endif
