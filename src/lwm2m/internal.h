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
void lp_client_push(struct lp_client *, const struct lp_event *); /* queue an event */
/* The usual kind of event, about a link (NULL: the bootstrap). */
void lp_client_tell(struct lp_client *, const struct lp_link *, enum lp_event_kind, int err,
                    unsigned code, uint32_t retry_ms);
struct lp_link *lp_client_link(struct lp_client *, uint16_t ssid); /* NULL: none */
uint16_t lp_link_ssid(const struct lp_client *,
                      const struct lp_link *); /* 0 while it serves a bootstrap */
unsigned lp_link_index(const struct lp_client *, const struct lp_link *);
uint32_t lp_until(const struct lp_client *, uint64_t when); /* ms from now; 0: it is over */
uint32_t lp_ms(uint32_t seconds);                           /* at most 46 days */

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
/* An option "name=text", or (text NULL) "name=number". */
void lp_wire_query(struct lp_coap_out *, const char *name, const char *text, uint32_t number);

/* rows.c: objects 0, 1, 2 are rows of numbers and texts, described by tables; read, write and store go by them */
struct lp_field {
    uint8_t id;     /* of the resource; LP_NO_RES: it is none */
    uint8_t offset; /* in the row */
    uint8_t
        size; /* 1, 2, 4: a number of so many bytes; more: a text, a length byte and at most so many bytes */
};
#define LP_NO_RES 0xffu
#define LP_FIELD(id, row, member) \
    {(id), offsetof(struct row, member), sizeof(((struct row *)0)->member)}
#define LP_TEXT(id, row, member, most) {(id), offsetof(struct row, member), (most)}
struct lp_rows {
    const struct lp_field *field; /* the first is the instance id, two bytes */
    uint8_t fields, rows;
    uint16_t stride, base; /* bytes: of a row; of the first in struct lp_client */
};
enum { LP_ROWS_SECURITY, LP_ROWS_SERVER, LP_ROWS_ACCESS, LP_ROWS_RETRY, LP_ROWS };
extern const struct lp_rows lp_rows[LP_ROWS];
extern const struct lp_field lp_security_fields[9], lp_server_fields[20];
void *lp_row(struct lp_client *, unsigned kind, unsigned iid); /* NULL: none. LP_NONE: a free one */
void *lp_row_new(struct lp_client *, unsigned kind,
                 unsigned iid); /* all 0, for that instance; NULL: no room, or it is there */
const struct lp_field *lp_row_field(const struct lp_object *, unsigned res); /* NULL: no such */
struct lp_client *lp_row_client(struct lp_object *);
uint32_t lp_field_number(const uint8_t *at, unsigned size);
void lp_field_set(uint8_t *at, unsigned size, uint32_t);
bool lp_field_set_text(uint8_t *at, size_t most, struct lp_span); /* false: it does not fit */
/* Handlers for all three objects; each may be wrapped. */
int lp_row_next(struct lp_object *, int after);
int lp_row_read(struct lp_object *, const struct lp_path *, struct lp_emit *);
int lp_row_check(struct lp_object *, const struct lp_path *, const struct lp_value *);
int lp_row_write(struct lp_object *, const struct lp_path *, const struct lp_value *);
int lp_row_create(struct lp_object *, uint16_t inst);
int lp_row_remove(struct lp_object *, const struct lp_path *);

/* accounts.c: what rows mean together; the store */
void lp_accounts_init(struct lp_client *); /* free all rows, make the three objects */
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
void lp_accounts_changed(struct lp_client *,
                         bool relink); /* to be saved; relink: accounts came or went */
uint32_t lp_accounts_or(uint32_t value, uint32_t standard); /* 0: the standard's default */
void lp_security_object(struct lp_object *);                /* obj_security.c ... */
void lp_server_object(struct lp_object *);
void lp_access_object(struct lp_object *);

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
static inline bool lp_bootstrap_active(const struct lp_client *c) /* management pauses */
{
    return c->bs >= LP_BS_CONNECT;
}
int lp_bootstrap_begin(struct lp_client *,
                       bool hold_off); /* 0, LP_ERR_NOT_FOUND: no account for it */
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
