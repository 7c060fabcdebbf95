/* SPDX-License-Identifier: Apache-2.0
 *
 * store.h - what outlives the process, in SQLite: credentials, bootstrap plans, registrations, observations, and
 * between an orderly end and the next start the DTLS associations. Nothing here knows what the bytes mean.
 *
 * A change is on record when its function returns: it survives the death of the process, and with the exception of the
 * last moments a power cut (write-ahead log, synchronous = NORMAL). Functions return 0 or LP_ERR_STORE, which has been
 * logged; those that look something up LP_ERR_NOT_FOUND too.
 */
#ifndef SERVER_STORE_H
#define SERVER_STORE_H

#include "limpet/types.h"

struct store;

/* NULL: *why (to be freed) says what is wrong. Only one process at a time may have a database open. */
struct store *store_open(const char *path, char **why);
void store_close(struct store *);
/* Several changes as one: much faster. */
void store_begin(struct store *);
void store_commit(struct store *);

/* ---- credentials: a key for each role ---- */
enum role {
    ROLE_DEVICE,
    ROLE_BOOTSTRAP,
    ROLE_PLAN /* handed out by a bootstrap plan */
}; /* as stored */

struct store_cred {
    enum role role;
    const char *endpoint;
    const char *mode; /* "psk" */
    struct lp_span identity, key;
};
int store_put_cred(struct store *,
                   const struct store_cred *); /* replaces that of role and endpoint */
int store_del_cred(struct store *, enum role, const char *endpoint); /* 1: there was one */
/* That of ROLE_DEVICE becomes that of ROLE_BOOTSTRAP, if there is none: 1. */
int store_demote_cred(struct store *, const char *endpoint);
/* Calls f for each that matches: all of a role (endpoint NULL), or of an endpoint. */
typedef void store_cred_fn(void *ctx, const struct store_cred *);
int store_creds(struct store *, enum role, const char *endpoint, store_cred_fn *, void *ctx);
/* By identity: its key's length (at most cap) and, to be freed, its endpoint. */
int store_find_identity(struct store *, enum role, struct lp_span identity, char **endpoint,
                        uint8_t *key, size_t cap);

/* ---- bootstrap plans: JSON by endpoint ---- */
int store_put_plan(struct store *, const char *endpoint, const char *json);
int store_get_plan(struct store *, const char *endpoint, char **json); /* to be freed */
int store_del_plan(struct store *, const char *endpoint);              /* 1: there was one */
typedef void store_plan_fn(void *ctx, const char *endpoint, const char *json);
int store_plans(struct store *, store_plan_fn *, void *ctx);

/* ---- registrations ---- */
struct store_reg {
    const char *id, *endpoint, *binding, *sms, *attributes /* JSON */;
    struct lp_span identity;            /* n = 0: NoSec */
    struct lp_span address;             /* struct sockaddr */
    struct lp_span links;               /* link format */
    bool secure, queue;                 /* queue: queue mode */
    int version;                        /* 10, 11 */
    int64_t lifetime_s, since, updated; /* ms since 1970 */
};
int store_put_reg(struct store *, const struct store_reg *); /* replaces that of its endpoint */
int store_touch_reg(struct store *, const char *id, struct lp_span address, int64_t updated);
int store_del_reg(struct store *, const char *id); /* with its observations */
typedef void store_reg_fn(void *ctx, const struct store_reg *);
int store_regs(struct store *, store_reg_fn *, void *ctx);

/* ---- observations ---- */
int store_put_obs(struct store *, struct lp_span token, const char *reg, const char *path,
                  int format);
int store_del_obs(struct store *, struct lp_span token);
typedef void store_obs_fn(void *ctx, struct lp_span token, const char *reg, const char *path,
                          int format);
int store_obs(struct store *, store_obs_fn *, void *ctx);

/* ---- associations ---- */
int store_put_assoc(struct store *, const char *reg, struct lp_span bytes);
/* Deletes them, durably, and then calls f for each: whatever happens next, none is loaded twice. */
typedef void store_assoc_fn(void *ctx, const char *reg, struct lp_span bytes);
int store_take_assocs(struct store *, store_assoc_fn *, void *ctx);

/* ---- for the rest of store_*.c ---- */
struct sqlite3_stmt;
/* kinds: a letter a value: t text (NULL: null), b struct lp_span, i int64_t. */
int store_exec(struct store *, const char *sql, const char *kinds,
               ...); /* rows changed, or an error */
struct sqlite3_stmt *store_query(struct store *, const char *sql, const char *kinds,
                                 ...); /* NULL: logged */
bool store_row(struct sqlite3_stmt *); /* at the end the statement is reset */

#endif
