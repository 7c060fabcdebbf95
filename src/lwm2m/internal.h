/* SPDX-License-Identifier: Apache-2.0
 *
 * internal.h - what the files of the client call of each other, in the order of a client's life.
 *
 *   client.c        lp_step: each link in turn; what an application may call
 *     wire.c          a link's datagrams: connect, take, answer, send, close - the only file that does I/O
 *       register.c      what a link to a management server does by itself
 *       bootstrap.c     what link[0] does while it belongs to the bootstrap server
 *     sleep.c         what outlives the RAM of a registered device
 *     accounts.c      what objects 0, 1, 2 mean together, and their record in the store
 *       rows.c          their instances as rows of numbers and texts; obj_*.c show them to the data model
 */
#ifndef LP_INTERNAL_H
#define LP_INTERNAL_H

#include "bytes/coap.h"
#include "limpet/client.h"

#define LP_NEVER    UINT64_MAX
#define LP_NO_ROW   0xffu
#define LP_TX_DOUBT 2 /* retransmissions over an association that the server may have forgotten */

/* Keys in the store; SPEC.md lists the records. Accounts are one record: bootstrap commits them in one write. An
 * association is at LP_KV_ASSOCIATION + 2 * row of the account in security[], its counters at the next key. */
enum lp_kv_key {
    LP_KV_ACCOUNTS = 0x0001,
    LP_KV_ATTRS = 0x0002,
    LP_KV_ASSOCIATION = 0x0100,
    LP_KV_SLEEP = 0x0200
};

/* In link->marks: what the server is to be told; to deregister and come back after pause_s; to deregister, and then the
 * account goes. TOLD_QUEUE: it was told of queue mode, with the Q of 1.1. */
enum lp_mark {
    LP_WANT_UPDATE = 1,
    LP_WANT_LIFETIME = 2,
    LP_WANT_BINDING = 4,
    LP_WANT_OBJECTS = 8,
    LP_WANT_PAUSE = 16,
    LP_WANT_REMOVE = 32,
    LP_TOLD_QUEUE = 64
};

/* What a link's outstanding message is; above these bits: 256 * number of the observation or request. */
enum lp_tag {
    LP_TAG_REGISTER = 1,
    LP_TAG_UPDATE,
    LP_TAG_DEREGISTER,
    LP_TAG_BOOTSTRAP,
    LP_TAG_NOTIFY,
    LP_TAG_RESPONSE
};

/* client->bs. From CONNECT on management pauses, and link[0] is the bootstrap server's; DONE: Finish is answered. */
enum lp_bs { LP_BS_IDLE, LP_BS_WAIT, LP_BS_CONNECT, LP_BS_ASK, LP_BS_SERVE, LP_BS_DONE };

static inline bool lp_bootstrap_active(const struct lp_client *c)
{
    return c->bs >= LP_BS_CONNECT;
}

/* ---- client.c ---- */

/* Push an event about a link (NULL: the bootstrap), to be completed by the caller. kind: or LP_CODED(kind, code). */
#define LP_CODED(kind, code) ((unsigned)(kind) | (unsigned)(code) << 8)
struct lp_event *lp_client_tell(struct lp_client *, const struct lp_link *, unsigned kind, int err);
/* NULL: none. */
struct lp_link *lp_client_link(struct lp_client *, uint16_t ssid);
/* 0 while it serves a bootstrap. */
uint16_t lp_link_ssid(const struct lp_client *, const struct lp_link *);
/* Where there is but one server its link and its row are constants. */
static inline unsigned lp_link_index(const struct lp_client *c, const struct lp_link *l)
{
    return LP_MAX_SERVERS > 1 ? (unsigned)(l - c->link) : 0;
}
static inline struct lp_link *lp_link_at(struct lp_client *c, unsigned index)
{
    return &c->link[LP_MAX_SERVERS > 1 ? index : 0];
}
/* Of a link that is in use. */
static inline struct lp_server *lp_link_server(struct lp_client *c, const struct lp_link *l)
{
    return &c->server[LP_MAX_SERVERS > 1 ? l->srv : 0];
}
/* All management links wait, their associations are kept. */
void lp_links_pause(struct lp_client *);
/* A link for each account, none without. */
void lp_links_sync(struct lp_client *);
/* ms from now; 0: it is over. */
uint32_t lp_until(const struct lp_client *, uint64_t when);
/* Seconds as ms, at most 46 days. */
uint32_t lp_ms(uint32_t seconds);

/* ---- wire.c ---- */

/* Connect, and go on with it: 0 up, LP_AGAIN, or why not. */
int lp_wire_open(struct lp_client *, struct lp_link *);
int lp_wire_up(struct lp_client *, struct lp_link *);
/* End the connection; LP_EV_DISCONNECTED if there was one. keep: the association stays saved. */
void lp_wire_close(struct lp_client *, struct lp_link *, int err, bool keep);
/* Take what has arrived and what the time says, and tell whom it concerns. 0; 1: there may be more; or the error that
 * ends the connection, which is the caller's to act on. */
int lp_wire_take(struct lp_client *, struct lp_link *);
/* A confirmable message of ours, n bytes in link->buf, is sent for the first time. n < 0 is passed through. */
int lp_wire_post(struct lp_client *, struct lp_link *, int n, uint32_t tag);
/* One datagram, without exchange: 0, or the error that ends the connection, or LP_ERR_TOO_LARGE. */
int lp_wire_send(struct lp_client *, struct lp_link *, const void *p, size_t n);
/* The path does not take message m of ours: now it is a 5.00, of the length returned, and our blocks are smaller
 * from now on. */
int lp_wire_cut(struct lp_link *, uint8_t *m);
/* Whatever is outstanding is not waited for any longer. */
void lp_wire_abandon(struct lp_client *, struct lp_link *);
/* The beginning of a request of ours in link->buf: header, token. */
void lp_wire_request(struct lp_link *, uint8_t code, struct lp_out *, struct lp_coap_out *);
/* An option "name=text", or (text NULL) "name=number". */
void lp_wire_query(struct lp_coap_out *, const char *name, const char *text, uint32_t number);

/* ---- rows.c: objects 0, 1, 2 are rows of numbers and texts, described by tables ---- */

struct lp_field {
    uint8_t id;     /* of the resource; LP_NO_RES: it is none */
    uint8_t offset; /* in the row */
    uint8_t size;   /* up to 4: a number; more: a length byte, and a text of at most so many */
};
struct lp_rows {
    const struct lp_field *field; /* the first is the instance id, two bytes */
    uint8_t fields, rows;
    uint16_t stride, base; /* bytes: of a row; of the first in struct lp_client */
};
#define LP_NO_RES 0xffu
#define LP_FIELD(id, row, member) \
    {(id), offsetof(struct row, member), sizeof(((struct row *)0)->member)}
#define LP_TEXT(id, row, member, most) {(id), offsetof(struct row, member), (most)}

enum lp_rows_kind { LP_ROWS_SECURITY, LP_ROWS_SERVER, LP_ROWS_ACCESS, LP_ROWS_RETRY, LP_ROWS };
extern const struct lp_rows lp_rows[LP_ROWS];
extern const struct lp_field lp_security_fields[9], lp_server_fields[20];

/* The row of that instance; NULL: none. LP_NONE: a free one. */
void *lp_row(struct lp_client *, unsigned kind, unsigned iid);
uint32_t lp_field_number(const uint8_t *at, unsigned size);
void lp_field_set(uint8_t *at, unsigned size, uint32_t);
/* at: the length byte. false: it does not fit. */
bool lp_field_set_text(uint8_t *at, size_t most, struct lp_span);
/* Handlers for all three objects; each may be wrapped. */
struct lp_client *lp_row_client(struct lp_object *);
int lp_row_next(struct lp_object *, int after);
int lp_row_read(struct lp_object *, const struct lp_path *, struct lp_emit *);
int lp_row_check(struct lp_object *, const struct lp_path *, const struct lp_value *);
int lp_row_write(struct lp_object *, const struct lp_path *, const struct lp_value *);
int lp_row_create(struct lp_object *, uint16_t inst);
int lp_row_remove(struct lp_object *, const struct lp_path *);
/* obj_security.c, obj_server.c, obj_access.c */
void lp_security_object(struct lp_object *);
void lp_server_object(struct lp_object *);
void lp_access_object(struct lp_object *);
/* U, or U and others. */
bool lp_server_binding(struct lp_span);

/* ---- accounts.c ---- */

/* Free all rows, make the three objects. */
void lp_accounts_init(struct lp_client *);
/* Both work in c->room and leave of c->io the first LP_HEAD bytes: an answer that was made, no request. 0, or (the
 * rows stay as they were) LP_ERR_NOT_FOUND, LP_ERR_STORE, LP_ERR_FORMAT. */
int lp_accounts_load(struct lp_client *);
int lp_accounts_save(struct lp_client *);
/* The record: its length, or LP_ERR_TOO_LARGE. */
int lp_accounts_put(const struct lp_client *, void *p, size_t cap);
int lp_accounts_get(struct lp_client *, const void *p, size_t n);
/* Consistent (core 1.1 6.1.7.6): 0 or LP_ERR_ACCEPT. */
int lp_accounts_check(struct lp_client *);
/* What is wrong with a row; lp_account_why has a text for each. */
enum lp_fault {
    LP_FAULT_NONE,
    LP_FAULT_URI,
    LP_FAULT_MODE,
    LP_FAULT_UNSUPPORTED,
    LP_FAULT_MISSING,
    LP_FAULT_SHORT_ID,
    LP_FAULT_LONG,
    LP_FAULT_BINDING,
    LP_FAULT_THERE,
    LP_FAULT_FULL
};
enum lp_fault lp_accounts_wrong(const struct lp_security *);
/* coap[s]://host[:port][/]: 0 or LP_ERR_VALUE. host: cap bytes, NUL-terminated. */
int lp_accounts_uri(const char *uri, bool *secure, char *host, size_t cap, uint16_t *port);
/* Of a management server; of the bootstrap server. NULL: none. */
struct lp_security *lp_accounts_security(struct lp_client *, uint16_t ssid);
struct lp_server *lp_accounts_server(struct lp_client *, uint16_t ssid);
struct lp_security *lp_accounts_bootstrap(struct lp_client *);
/* They are to be saved; relink: accounts came or went. */
void lp_accounts_changed(struct lp_client *, bool relink);
/* 0: the standard's default. */
uint32_t lp_accounts_or(uint32_t value, uint32_t standard);

/* ---- register.c ---- */

/* From the beginning, after so long. */
void lp_register_start(struct lp_client *, struct lp_link *, uint32_t delay_ms);
/* What is due now; ms until it wants to be called again. */
uint32_t lp_register_step(struct lp_client *, struct lp_link *);
/* err < 0: no response came. */
void lp_register_response(struct lp_client *, struct lp_link *, uint32_t tag,
                          const struct lp_coap *, int err);
/* The connection ended, or must. */
void lp_register_lost(struct lp_client *, struct lp_link *, int err);
void lp_register_want(struct lp_client *, struct lp_link *, unsigned marks, uint32_t delay_ms);
/* Deregister, come back. */
void lp_register_pause(struct lp_client *, struct lp_link *, uint32_t seconds);
/* Objects or instances changed. */
void lp_register_touch(struct lp_client *);
/* Core 1.1 6.2.1.1 with full jitter: attempt number *tries has failed: ms to the next, or LP_NO_RETRY. */
uint32_t lp_retry_wait(const struct lp_retry *, uint16_t *tries, uint16_t *sequences);

/* ---- bootstrap.c ---- */

/* 0; LP_ERR_NOT_FOUND: no account for it; LP_ERR_STATE: the client is to stop. */
int lp_bootstrap_begin(struct lp_client *, bool hold_off);
uint32_t lp_bootstrap_step(struct lp_client *);
/* Does what the bootstrap server asks; err: what is wrong with the request whatever it asks. The length of an answer in
 * c->io, 0: done, or an error that is yet to be answered. */
struct lp_request;
int lp_bootstrap_serve(struct lp_request *, int err);
void lp_bootstrap_response(struct lp_client *, struct lp_link *, const struct lp_coap *, int err);
/* The connection ended, or must: all is as before. */
void lp_bootstrap_lost(struct lp_client *, int err);
/* On purpose: no further attempt. */
void lp_bootstrap_abort(struct lp_client *);

/* ---- obj_device.c ---- */

/* An answer has left and nothing is outstanding: a reboot that was asked for happens now. */
void lp_device_after_answer(struct lp_client *);

#endif
