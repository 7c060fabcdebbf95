/* SPDX-License-Identifier: Apache-2.0
 *
 * limpet/types.h - errors and byte spans: what every other header is written in.
 *
 * Conventions, once for all headers:
 * - A function that can fail returns int: >= 0 is the useful result (a length, a count, a handle, or 0),
 *   < 0 is one of enum lp_err. LP_AGAIN and LP_PENDING are answers rather than failures.
 * - Times are milliseconds, lengths bytes, unless the name ends in a unit (lifetime_s).
 * - A pointer handed in is used until the call returns, unless its line says "for the life of ...".
 * - Nothing here or below allocates, blocks, or keeps global state (but for the TLS arena, see client.h).
 */
#ifndef LIMPET_TYPES_H
#define LIMPET_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lp_err {
    LP_OK = 0,
    LP_AGAIN = -1,          /* nothing yet: call again later */
    LP_PENDING = -2,        /* accepted, the answer comes later (lp_complete) */
    LP_ERR_FORMAT = -3,     /* bytes that break their format                      4.00 */
    LP_ERR_VALUE = -4,      /* well-formed, but not a value this can take         4.00 */
    LP_ERR_DENIED = -5,     /* no right to do this                                4.01 */
    LP_ERR_NOT_FOUND = -6,  /* no such object, instance, resource, key            4.04 */
    LP_ERR_METHOD = -7,     /* exists, but does not take this operation           4.05 */
    LP_ERR_ACCEPT = -8,     /* no such output format / account not consistent     4.06 */
    LP_ERR_INCOMPLETE = -9, /* a block is missing                                 4.08 */
    LP_ERR_CONDITION = -10, /* If-Match, If-None-Match, unsupported version       4.12 */
    LP_ERR_TOO_LARGE = -11, /* more than the configured bound                     4.13 */
    LP_ERR_CONTENT = -12,   /* Content-Format not known                           4.15 */
    LP_ERR_OPTION = -13,    /* critical option not known                          4.02 */
    LP_ERR_INTERNAL = -14,  /* the handler failed                                 5.00 */
    LP_ERR_FULL = -15,      /* a table or the store has no room                   5.00 */
    LP_ERR_STORE = -16,     /* the key-value store failed                         5.00 */
    LP_ERR_NET = -17,       /* the network failed: no route, name not resolved */
    LP_ERR_TIMEOUT = -18,   /* no answer within the protocol's time */
    LP_ERR_RESET = -19,     /* the peer answered with a reset */
    LP_ERR_TLS = -20,       /* handshake or record refused: wrong key, wrong peer, alert */
    LP_ERR_RANDOM = -21,    /* the port has no random bytes */
    LP_ERR_STATE = -22,     /* not possible now (call order, offline, muted) */
    LP_ERR_PEER = -23       /* the peer answered with an error code; see the event's code */
};

/* A short lower-case English text for an error ("no such object, instance or resource"); never NULL, lives for ever. */
const char *lp_strerror(int err);

struct lp_span { /* bytes that somebody else owns */
    const void *p;
    size_t n;
};

#endif
