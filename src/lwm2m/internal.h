/* SPDX-License-Identifier: Apache-2.0
 *
 * internal.h - what the files of the client call of each other, in the order of a client's life.
 *
 *   client.c      lp_step: each link in turn; what an application may call
 *     wire.c        a link's datagrams: connect, take, answer, send, close - the only file that does I/O
 *       register.c    what a link to a management server does by itself
 *       bootstrap.c   what link[0] does while it belongs to the bootstrap server
 *     accounts.c    rows of objects 0, 1, 2 and their record in the store; obj_*.c show them to the data model
 */
#ifndef LP_INTERNAL_H
#define LP_INTERNAL_H

#include "bytes/coap.h"
#include "limpet/client.h"

#define LP_NEVER    UINT64_MAX
#define LP_NO_ROW   0xffu
#define LP_TX_DOUBT 2 /* retransmissions over an association that the server may have forgotten */

enum lp_kv_key { /* SPEC.md lists the records */
                 LP_KV_ACCOUNTS =
                     0x0001, /* objects 0, 1, 2 in one record: bootstrap commits them in one write */
                 LP_KV_ATTRS = 0x0002,
                 LP_KV_ASSOCIATION = 0x0100 /* + 2 * (instance of object 0 & 0xff): the row may
                                   change; + 1: its counters */
};

enum lp_mark { /* in link->marks: what the server is to be told, or the link to do */
               LP_WANT_UPDATE = 1,
               LP_WANT_LIFETIME = 2,
               LP_WANT_BINDING = 4,
               LP_WANT_OBJECTS = 8,
               LP_WANT_PAUSE = 16, /* deregister, come back after pause_s */
               LP_WANT_REMOVE = 32 /* deregister, then the account goes */
};

enum lp_tag { /* what the outstanding message of a link's exchange is; above: 256 * number of the observation or request */
              LP_TAG_REGISTER = 1,
              LP_TAG_UPDATE,
              LP_TAG_DEREGISTER,
              LP_TAG_BOOTSTRAP,
              LP_TAG_NOTIFY,
              LP_TAG_RESPONSE
};

enum lp_bs { /* c->bs; while active, management pauses and link[0] is the bootstrap server's */
             LP_BS_IDLE,
             LP_BS_WAIT,
             LP_BS_CONNECT, /* active from here on */
             LP_BS_ASK,
             LP_BS_SERVE,
             LP_BS_DONE /* Finish is being answered */
};

/* client.c */
void lp_client_push(struct lp_client *, const struct lp_event *);  /* queue an event */
struct lp_link *lp_client_link(struct lp_client *, uint16_t ssid); /* NULL: none */
uint16_t lp_link_ssid(const struct lp_client *,
                      const struct lp_link *); /* 0 while it serves a bootstrap */
unsigned lp_link_index(const struct lp_client *, const struct lp_link *);
uint32_t lp_until(const struct lp_client *, uint64_t when); /* ms from now; 0: it is over */

/* wire.c */
int lp_wire_open(struct lp_client *, struct lp_link *); /* 0 up, LP_AGAIN, or why not */
int lp_wire_up(struct lp_client *, struct lp_link *);   /* go on: the same */
/* End the connection; LP_EV_DISCONNECTED if there was one. keep: the association stays saved. */
void lp_wire_close(struct lp_client *, struct lp_link *, int err, bool keep);
/* Take what has arrived and what the time says, and tell whom it concerns. 0; 1: there may be more; or the error that
 * ends the connection, which is the caller's to act on. */
int lp_wire_take(struct lp_client *, struct lp_link *);
/* A message of ours: the n bytes in link->buf, its first transmission, confirmable. n < 0 is passed through. 0 or why not. */
int lp_wire_post(struct lp_client *, struct lp_link *, int n, uint32_t tag);
int lp_wire_send(struct lp_client *, struct lp_link *, const void *p,
                 size_t n); /* no exchange; 0 or the error that ends it */
void lp_wire_abandon(struct lp_client *,
                     struct lp_link *); /* whatever is outstanding is not waited for any longer */
/* The beginning of a request of ours in link->buf: header, token. */
void lp_wire_request(struct lp_link *, uint8_t code, struct lp_out *, struct lp_coap_out *);

/* accounts.c: rows of objects 0, 1, 2; the store */
void lp_accounts_init(struct lp_client *); /* free all rows, link the three objects */
int lp_accounts_load(
    struct lp_client
        *); /* 0, LP_ERR_NOT_FOUND, LP_ERR_STORE, LP_ERR_FORMAT: rows stay as they were */
int lp_accounts_save(struct lp_client *); /* one record, atomic */
int lp_accounts_put(const struct lp_client *, void *p,
                    size_t cap); /* the record: length or LP_ERR_TOO_LARGE */
int lp_accounts_get(struct lp_client *, const void *p, size_t n); /* 0 or LP_ERR_FORMAT */
int lp_accounts_check(
    const struct lp_client *); /* consistent (core 1.1 6.1.7.6): 0 or LP_ERR_ACCEPT */
/* What is wrong with a row, or NULL. */
const char *lp_accounts_wrong(const struct lp_security *);
/* coap[s]://host[:port][/]: 0 or LP_ERR_VALUE. host: cap bytes, NUL-terminated. */
int lp_accounts_uri(const char *uri, bool *secure, char *host, size_t cap, uint16_t *port);
struct lp_security *lp_accounts_security(struct lp_client *,
                                         uint16_t ssid); /* of a management server; NULL: none */
struct lp_server *lp_accounts_server(struct lp_client *, uint16_t ssid);
struct lp_security *lp_accounts_bootstrap(struct lp_client *); /* NULL: none */
struct lp_security *lp_accounts_new_security(
    struct lp_client *, uint16_t iid); /* a row with its defaults; NULL: full, or iid taken */
struct lp_server *lp_accounts_new_server(struct lp_client *, uint16_t iid);
void lp_accounts_changed(struct lp_client *,
                         bool relink); /* to be saved; relink: accounts came or went */
uint32_t lp_accounts_or(uint32_t value, uint32_t standard); /* 0: the standard's default */
void lp_security_object(struct lp_client *); /* obj_security.c: fill c->security_obj */
void lp_server_object(struct lp_client *);
void lp_access_object(struct lp_client *);
/* The value of a resource of /1 in a row, in the order of their ids: true with *value where it is a number or boolean. */
struct lp_server_field {
    uint8_t id, offset;
    bool wide; /* uint32_t, else uint8_t */
};
extern const struct lp_server_field lp_server_fields[];
#define LP_SERVER_FIELDS 15
uint32_t lp_server_number(const struct lp_server *, const struct lp_server_field *);
void lp_server_set_number(struct lp_server *, const struct lp_server_field *, uint32_t);

/* register.c: one link's life; step returns ms until it wants to be called again */
void lp_register_start(struct lp_client *, struct lp_link *,
                       uint32_t delay_ms); /* from the beginning, after so long */
uint32_t lp_register_step(struct lp_client *, struct lp_link *);
void lp_register_response(struct lp_client *, struct lp_link *, uint32_t tag,
                          const struct lp_coap *, int err); /* err < 0: no response came */
void lp_register_lost(struct lp_client *, struct lp_link *,
                      int err); /* the connection ended, or must */
void lp_register_want(struct lp_client *, struct lp_link *, unsigned marks, uint32_t delay_ms);
void lp_register_pause(struct lp_client *, struct lp_link *,
                       uint32_t seconds);   /* deregister, come back */
void lp_register_touch(struct lp_client *); /* objects or instances changed */
/* Core 1.1 6.2.1.1 with full jitter: attempt number *tries has failed: ms to the next, or LP_NO_RETRY. */
uint32_t lp_retry_wait(const struct lp_retry *, uint16_t *tries, uint16_t *sequences);

/* bootstrap.c */
int lp_bootstrap_begin(struct lp_client *,
                       bool hold_off);              /* 0, LP_ERR_NOT_FOUND: no account for it */
bool lp_bootstrap_active(const struct lp_client *); /* management pauses */
uint32_t lp_bootstrap_step(struct lp_client *);
int lp_bootstrap_serve(struct lp_client *, struct lp_link *,
                       const struct lp_coap *); /* as lp_ops_serve */
void lp_bootstrap_response(struct lp_client *, struct lp_link *, const struct lp_coap *, int err);
void lp_bootstrap_lost(struct lp_client *,
                       int err);             /* the connection ended, or must: all is as before */
void lp_bootstrap_abort(struct lp_client *); /* on purpose: no further attempt */
void lp_links_pause(struct lp_client *);     /* client.c: all management links, associations kept */
void lp_links_sync(struct lp_client *);      /* client.c: a link for each account, none without */

/* obj_device.c: call it when an answer has left and nothing is outstanding: a reboot that was asked for happens now */
void lp_device_after_answer(struct lp_client *);

#endif
