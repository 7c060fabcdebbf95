/* SPDX-License-Identifier: Apache-2.0
 *
 * limpet/link.h - how a server is reached: security modes, transmission parameters, and the state of one link.
 * The functions are in src/link and private; the structs are complete so that a client can be allocated by its caller.
 */
#ifndef LIMPET_LINK_H
#define LIMPET_LINK_H

#include "limpet/config.h"
#include "limpet/port.h"
#include "limpet/types.h"

/* Resource /0/x/2. */
enum lp_security_mode {
    LP_SEC_PSK = 0,
    LP_SEC_RPK = 1,
    LP_SEC_X509 = 2,
    LP_SEC_NOSEC = 3,
    LP_SEC_EST = 4
};

/* Transmission parameters, RFC 7252 section 4.8; {0} means 2 s, 150 %, 4. */
struct lp_tx {
    uint32_t ack_timeout;    /* ms; 2000 */
    uint16_t random_percent; /* ACK_RANDOM_FACTOR in percent; 150 */
    uint8_t max_retransmit;  /* 4 */
};

/* ---- Private part -------------------------------------------------------------------------------------------- */

/* An answer longer than that is made anew for a duplicate (of GET and FETCH), or only code and token are kept. That of
 * a Create, 2.01 and three options, has 30. */
#define LP_DUPLICATE_BYTES 32

struct lp_seen {
    uint32_t at; /* when it came, in units of exchange.c */
    uint16_t mid;
    uint8_t len;   /* of the kept answer; 0: none kept */
    uint8_t flags; /* may be served twice; is to be served again, its answer was too long to keep */
};

struct lp_exchange {
    struct lp_tx tx;
    uint64_t deadline; /* next retransmission, or the end of waiting for a separate response */
    uint32_t wait;     /* the timeout that runs */
    uint32_t tag;      /* the owner's: what the outstanding message is */
    uint8_t *buf;      /* the outstanding message */
    uint16_t cap, len;
    uint16_t next_mid, mid;
    uint8_t state, tries, tkl;
    uint8_t token[8];
    const struct lp_seen *newest; /* of those with a place for an answer */
    /* Messages of the peer. Behind the first ones, with an answer each, come POSTs that were put out of there. */
    struct lp_seen seen[LP_MAX_DUPLICATES + LP_MAX_OLD_DUPLICATES];
    uint8_t answers[LP_MAX_DUPLICATES][LP_DUPLICATE_BYTES];
};

struct lp_dtls {
    struct lp_net *net;
    void *tls; /* in the arena while not closed: struct session in dtls.c */
    uint64_t now, timer_set;
    uint32_t timer_int, timer_fin;
    int handle; /* of the port's socket, or -1 */
    uint8_t state;
    bool resumed;
    uint64_t out_reserved; /* record numbers below this are spoken for in the store */
    uint64_t in_top;       /* newest record number that is on record in the store */
};

#endif
