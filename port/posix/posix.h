/* SPDX-License-Identifier: Apache-2.0
 *
 * posix/posix.h - Limpet on Linux and other POSIX systems: UDP sockets, a folder as store, a file as flash,
 * getrandom, stderr.
 *
 *      struct lp_posix_net net;  lp_posix_net_init(&net, -1);           config.net = &net.net
 *      struct lp_posix_kv kv;    lp_posix_kv_open(&kv, "/var/lib/x");   config.kv = &kv.store.kv
 *      for (;;) lp_posix_wait(&net, -1, lp_step(&client, lp_posix_now()));
 *
 * Nothing here waits but lp_posix_wait. Structs stay where they are while in use.
 */
#ifndef LP_POSIX_H
#define LP_POSIX_H

#include "limpet/config.h"
#include "limpet/port.h"
#include "limpet/store.h"

/* ---- datagrams (net.c, resolve.c) ---------------------------------------------------------------------------- */

#define LP_POSIX_SOCKETS (LP_MAX_SERVERS + 1)

struct lp_posix_socket { /* private */
    int fd;              /* -1: the place is free */
    bool resolving;      /* fd is the answer of a name resolution to come (resolve.c) */
    bool heard;          /* a datagram came in */
    uint16_t port, local_port;
    char host[LP_MAX_URI + 1]; /* while resolving: for whom */
};

struct lp_posix_net {
    struct lp_net net; /* what the client is given */
    int epoll;         /* -1, or where each socket is registered with this struct as data.ptr */
    unsigned
        turn; /* names of several addresses: an address that never answered makes room for the next */
    struct lp_posix_socket socket[LP_POSIX_SOCKETS];
};

/* epoll: an epoll instance that many devices share (its events carry this struct in data.ptr), or -1. */
void lp_posix_net_init(struct lp_posix_net *, int epoll);
void lp_posix_net_close(struct lp_posix_net *); /* all that is still open */

/* Sleep until a datagram may be there, ms have passed (UINT32_MAX: for ever), a signal came, or fd (-1: none) can be
 * read: then 1, else 0. */
int lp_posix_wait(struct lp_posix_net *, int fd, uint32_t ms);
uint64_t lp_posix_now(
    void); /* monotonic ms, for lp_step; goes on counting while the system sleeps, where it can */

/* ---- what outlives a reboot (flash.c) ------------------------------------------------------------------------- */

struct lp_posix_flash {
    struct lp_flash flash; /* for lp_store_open */
    int fd;                /* -1: closed */
    uint32_t length; /* private: of the file, as far as it is flash; what is behind it is erased */
    uint32_t next;   /* private: behind what was programmed last */
    bool dirty;      /* private: not synced */
};
/* The first size bytes of a file, which is made (0600, empty) if missing, as flash. It belongs to one process at a
 * time. 0; LP_ERR_STATE: another process has it; LP_ERR_STORE: see errno. */
int lp_posix_flash_open(struct lp_posix_flash *, const char *path, uint32_t size,
                        uint32_t erase_unit, uint32_t write_unit);
/* Erase all of it; the file is at least as long as the flash then. 0 or LP_ERR_STORE. */
int lp_posix_flash_wipe(struct lp_posix_flash *);
void lp_posix_flash_close(struct lp_posix_flash *);

struct lp_posix_kv { /* config.kv = &k.store.kv */
    struct lp_store store;
    struct lp_posix_flash flash; /* flash.fd -1: closed */
};
/* A folder with a file of at most 2 MiB, for values of up to 1 MiB together. It is made if missing (0700, its parents
 * too), and belongs to one process at a time. 0; LP_ERR_STATE: another process has it; LP_ERR_STORE: see errno. */
int lp_posix_kv_open(struct lp_posix_kv *, const char *folder);
void lp_posix_kv_close(struct lp_posix_kv *);
int lp_posix_kv_clear(
    struct lp_posix_kv *); /* delete every key: factory reset. 0 or LP_ERR_STORE */

/* ---- log (log.c) --------------------------------------------------------------------------------------------- */

/* lp_port_log prints what is at least as grave as this; the default is LP_LOG_WARN. */
void lp_posix_log_level(enum lp_log most);

/* ---- Private part -------------------------------------------------------------------------------------------- */

#define LP_POSIX_ADDRESSES 4

struct lp_posix_address {
    uint16_t family, len;
    uint8_t bytes[28]; /* a sockaddr_in or sockaddr_in6 */
};
/* Resolve a name without waiting: a descriptor that becomes readable when lp_posix_resolved has the answer, or -1. */
int lp_posix_resolve(const char *host, uint16_t port);
/* The addresses behind it, how many: 0 no such name, LP_AGAIN not yet. */
int lp_posix_resolved(int fd, struct lp_posix_address to[LP_POSIX_ADDRESSES]);
/* The same for an address written in figures: 1, or 0: it is a name. */
int lp_posix_numeric(const char *host, uint16_t port, struct lp_posix_address *to);

#endif
