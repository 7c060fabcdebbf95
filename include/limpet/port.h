/* SPDX-License-Identifier: Apache-2.0
 *
 * limpet/port.h - the whole porting contract. A port gives a network (four functions), a flash (three) or a store of
 * its own, random bytes and a log. What may exist twice (network, flash, store) is a struct of functions, to be
 * embedded as the first member of your own; what exists once is a function.
 *
 * There is no clock here: the time comes in with lp_step(). There are no threads and no locks: the library is called
 * from one thread at a time, and calls the port only from inside the library's own calls.
 * Every function returns at once. port/template holds this contract as code to be filled in.
 */
#ifndef LIMPET_PORT_H
#define LIMPET_PORT_H

#include "limpet/types.h"

/* ---- datagrams (UDP) ----------------------------------------------------------------------------------------- */

struct lp_net {
    /* A UDP socket that talks to host:port only. host: a name, an IPv4 or an IPv6 address without brackets,
     * NUL-terminated. local_port: 0 = any. Returns a handle >= 0; LP_AGAIN while the name is being resolved (it is
     * called again with the same arguments); LP_ERR_NET. Handles are small integers of the port's choice. */
    int (*open)(struct lp_net *, const char *host, uint16_t port, uint16_t local_port);
    /* Send one datagram. 0, LP_AGAIN (no room in the driver: the datagram counts as lost), LP_ERR_TOO_LARGE (over the
     * path's MTU), LP_ERR_NET (no link, port unreachable: counts as lost too). */
    int (*send)(struct lp_net *, int handle, const void *p, size_t n);
    /* Take one received datagram: its length (0 is a legal length), LP_AGAIN when there is none, LP_ERR_NET.
     * A datagram longer than cap is dropped whole. Only datagrams from host:port are given. */
    int (*recv)(struct lp_net *, int handle, void *p, size_t cap);
    void (*close)(struct lp_net *, int handle);
};

/* ---- what outlives a reboot ---------------------------------------------------------------------------------- */

struct lp_kv { /* keys are listed in SPEC.md; values are at most LP_MAX_RECORD bytes */
    /* The value's length, of which the first min(length, cap) bytes are in p; LP_ERR_NOT_FOUND; LP_ERR_STORE. */
    int (*get)(struct lp_kv *, uint16_t key, void *p, size_t cap);
    /* When it returns 0 the value is durable. A power cut at any moment leaves the old value or the new, whole.
     * LP_ERR_FULL leaves the old one. */
    int (*put)(struct lp_kv *, uint16_t key, const void *p, size_t n);
    /* Durable as put; a key that is not there is no error. */
    int (*del)(struct lp_kv *, uint16_t key);
};

/* ---- flash: what limpet/store.h makes such a store of --------------------------------------------------------- */

/* Raw NOR flash, or anything that keeps its rules; addresses count from 0. An erased byte is 0xff. A write unit is
 * programmed at most once between two erases (flash with ECC allows no more). After a power cut in the middle of a
 * program or erase its bytes may be anything, and may read differently from one time to the next until erased.
 * Calls are for whole units, aligned, inside of size. 0, or LP_ERR_STORE: the operation failed, its bytes are
 * undefined. When they return 0 the bytes are durable. */
struct lp_flash {
    uint32_t size;       /* bytes, a multiple of erase_unit */
    uint32_t erase_unit; /* bytes erased at once, 128 .. 1 MiB */
    uint32_t write_unit; /* bytes programmed at once: 1, 2, 4, 8, 16 */
    int (*read)(struct lp_flash *, uint32_t at, void *p, size_t n); /* any address, any length */
    int (*program)(struct lp_flash *, uint32_t at, const void *p,
                   size_t n);                     /* p need not be aligned */
    int (*erase)(struct lp_flash *, uint32_t at); /* one erase unit */
};

/* ---- what exists once ---------------------------------------------------------------------------------------- */

/* Fill p with n random bytes that nobody can predict, whatever was given out before: DTLS uses them as they are. 0 or
 * LP_ERR_RANDOM; never fewer bytes. Where the hardware gives entropy rather than bytes like these, the port runs a
 * generator: e.g. a key from 32 bytes of entropy, SHA-256 over key and counter for each answer, the key replaced after
 * it. It also gives tokens, message ids and jitter, some dozen bytes a message. */
int lp_port_random(void *p, size_t n);

enum lp_log { LP_LOG_ERROR, LP_LOG_WARN, LP_LOG_INFO, LP_LOG_DEBUG };
/* One line, no newline in it. May do nothing. */
void lp_port_log(enum lp_log level, const char *text);

#endif
