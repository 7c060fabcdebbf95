/* SPDX-License-Identifier: Apache-2.0
 *
 * reg.h - registrations: who is registered, how it is reached, and whether it is awake (queue mode, core 1.1 6.5). */
#ifndef SERVER_REG_H
#define SERVER_REG_H

#include <jansson.h>

#include "server/links.h"
#include "server/op.h"
#include "server/restype.h"
#include "server/server.h"

#define REG_ID       8     /* characters */
#define REG_AWAKE    93000 /* ms after the last message: MAX_TRANSMIT_WAIT */
#define REG_ENDPOINT 255
#define REG_LINKS    (256u << 20) /* bytes of the lists of all registrations, with their JSON */

struct observation;

struct reg {
    struct server *s;
    struct link by_endpoint, by_id;
    char id[REG_ID + 1];
    char *endpoint, *binding, *sms;
    char *attributes;  /* JSON: query parameters that mean nothing to us */
    uint8_t *identity; /* that it registered with; none and not secure: NoSec */
    size_t identity_n;
    bool secure, queue_mode, awake;
    int version; /* 10, 11 */
    uint32_t lifetime_s;
    int64_t since, updated; /* ms since 1970 */
    char *links;
    size_t links_n;
    char *links_text, *instances_text; /* as JSON, for those who ask */
    size_t links_all;                  /* bytes of the three */
    struct links_info info;
    struct addr addr;  /* where it was last */
    struct outbox box; /* box.peer: how it is reached, or NULL */
    struct timer expiry, sleep;
    struct observation *observations;
    struct types types; /* that its objects have shown */
    bool is_dirty;
    struct reg *next_dirty;
};

/* What a Register or an Update says; NULL or 0: nothing. */
struct reg_news {
    const char *binding, *sms;
    json_t *attributes;
    bool has_lifetime, has_queue_mode, queue_mode;
    uint32_t lifetime_s;
    struct lp_span links;
};

struct reg *reg_find(struct server *, const char *endpoint);
struct reg *reg_find_id(struct server *, struct lp_span id);
/* Is there room for this list? */
bool reg_fits(const struct server *, struct lp_span links);
/* Replaces the registration that its endpoint has. NULL: it could not be stored. */
struct reg *reg_add(struct server *, struct peer *, const char *endpoint, int version,
                    const struct reg_news *);
/* 0 or LP_ERR_STORE. */
int reg_update(struct reg *, struct peer *, const struct reg_news *);
/* why: for the log ("deregistered", "lifetime over", "replaced"). */
void reg_remove(struct reg *, const char *why);
json_t *reg_json(const struct reg *, bool links);
char *reg_text(const struct reg *); /* with links; to be freed */
/* What is sent to this device unless asked otherwise: TLV or SenML CBOR or SenML JSON. */
int reg_format(const struct reg *);

/* ---- from the peer ---- */
bool reg_is_of(const struct reg *, const struct peer *); /* the peer has proved to be this device */
void reg_bind(struct reg *, struct peer *);              /* it is reached this way from now on */
void reg_heard(struct reg *);                            /* a message came from it: it is awake */
void reg_moved(struct reg *);                            /* its peer has another address */
void reg_lost_peer(struct reg *);
void reg_connected(struct peer *); /* an association is up: whose is it? */

/* ---- start and end ---- */
void regs_load(struct server *);
void reg_restore(struct server *, const struct store_reg *, const struct reg_news *);
void regs_flush(struct server *);
void regs_save(struct server *); /* associations; the peers send nothing after that */
void regs_free(struct server *);

#endif
