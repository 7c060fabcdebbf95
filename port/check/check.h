/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - does a port keep the contract of limpet/port.h? Give it the port's parts and a peer on the network
 * (`scripts/port-check --peer` is one); it says line by line what holds and what is wrong.
 *
 *      ok   net: a datagram of 1 byte comes back
 *      FAIL net: a datagram longer than the buffer: it was cut; drop it whole
 *      ...
 *      23 passed, 1 failed
 */
#ifndef LP_CHECK_H
#define LP_CHECK_H

#include "limpet/port.h"

#define LP_CHECK_DATAGRAM \
    1216 /* largest that is sent: LP_MAX_MESSAGE of the Client with its DTLS record */

/* What is NULL is left out, and said to be. */
struct lp_check {
    struct lp_net *net;
    const char *host; /* the peer: an address or a name */
    uint16_t port;
    size_t largest; /* datagram that this port is made for, at most LP_CHECK_DATAGRAM; 0: that */
    struct lp_flash *flash;
    uint32_t at; /* a place for scribbling: LP_CHECK_UNITS erase units, their content is lost */
    uint64_t (*now)(void);
    void (*wait)(uint32_t ms); /* lets so much time pass, with the network driver at work */
    void (*reboot)(
        void); /* does not return; main() calls lp_port_check again. Needs flash, to remember by */
    void (*say)(const char *line);
};
#define LP_CHECK_UNITS 3

/* Runs all checks, with a reboot in the middle; the number that failed. Takes some seconds. */
int lp_port_check(const struct lp_check *);

#endif
