/* SPDX-License-Identifier: Apache-2.0
 *
 * internal.h - what the files of the client call of each other, in the order of a client's life.
 */
#ifndef LP_INTERNAL_H
#define LP_INTERNAL_H

#include "bytes/coap.h"
#include "limpet/client.h"

enum lp_kv_key { /* SPEC.md lists the records */
    LP_KV_ACCOUNTS = 0x0001,   /* objects 0, 1, 2 in one record: bootstrap commits them in one write */
    LP_KV_ATTRS = 0x0002,
    LP_KV_ASSOCIATION = 0x0100 /* + 2 * row of security[]; + 1: its counters */
};

/* client.c */
void lp_client_push(struct lp_client *, const struct lp_event *);                        /* queue an event */
struct lp_link *lp_client_link(struct lp_client *, uint16_t ssid);                       /* NULL: none */
uint16_t lp_link_ssid(const struct lp_client *, const struct lp_link *);                 /* 0 while it serves a bootstrap */
unsigned lp_link_index(const struct lp_client *, const struct lp_link *);

/* accounts.c: rows of objects 0, 1, 2; the store */
void lp_accounts_init(struct lp_client *);       /* free all rows, link the three objects */
int lp_accounts_load(struct lp_client *);        /* 0, LP_ERR_NOT_FOUND, LP_ERR_FORMAT: rows stay as they were */
int lp_accounts_save(struct lp_client *);        /* one record, atomic */
int lp_accounts_check(const struct lp_client *); /* consistent (core 1.1 6.1.7.6): 0 or LP_ERR_ACCEPT */
struct lp_security *lp_accounts_security(struct lp_client *, uint16_t ssid); /* of a management server; NULL: none */
struct lp_server *lp_accounts_server(struct lp_client *, uint16_t ssid);
struct lp_security *lp_accounts_bootstrap(struct lp_client *);               /* NULL: none */
extern const struct lp_res lp_security_res[], lp_server_res[], lp_access_res[];
void lp_security_object(struct lp_client *);     /* obj_security.c: fill c->security_obj */
void lp_server_object(struct lp_client *);
void lp_access_object(struct lp_client *);

/* register.c: one link's life; both return ms until they want to be called again */
uint32_t lp_register_step(struct lp_client *, struct lp_link *);
void lp_register_response(struct lp_client *, struct lp_link *, const struct lp_coap *, int err); /* err < 0: no response came */
void lp_register_touch(struct lp_client *); /* objects or instances changed */

/* bootstrap.c */
void lp_bootstrap_begin(struct lp_client *);
uint32_t lp_bootstrap_step(struct lp_client *);
int lp_bootstrap_serve(struct lp_client *, struct lp_link *, const struct lp_coap *); /* as lp_ops_serve */
void lp_bootstrap_response(struct lp_client *, struct lp_link *, const struct lp_coap *, int err);

#endif
