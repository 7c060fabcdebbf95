/* SPDX-License-Identifier: Apache-2.0
 *
 * store_rows.c - the tables of store.c, a few lines of SQL each.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "server/mem.h"
#include "server/store.h"

static const char *text(sqlite3_stmt *s, int column)
{
    return (const char *)sqlite3_column_text(s, column);
}

static struct lp_span blob(sqlite3_stmt *s, int column)
{
    const void *p = sqlite3_column_blob(s, column);
    return (struct lp_span){p, (size_t)sqlite3_column_bytes(s, column)};
}

static int done(int rows)
{
    return rows < 0 ? rows : 0;
}

/* ---- credentials ---- */

int store_put_cred(struct store *st, const struct store_cred *c)
{
    return done(store_exec(
        st,
        "INSERT INTO credentials (role, endpoint, mode, identity, key) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (role, endpoint) DO UPDATE SET mode = excluded.mode, "
        "identity = excluded.identity, key = excluded.key",
        "ittbb", (int64_t)c->role, c->endpoint, c->mode, c->identity, c->key));
}

int store_del_cred(struct store *st, enum role role, const char *endpoint)
{
    return store_exec(st, "DELETE FROM credentials WHERE role = ? AND endpoint = ?", "it",
                      (int64_t)role, endpoint);
}

int store_demote_cred(struct store *st, const char *endpoint)
{
    return store_exec(st,
                      "UPDATE OR IGNORE credentials SET role = 1 WHERE role = 0 AND endpoint = ?",
                      "t", endpoint);
}

int store_creds(struct store *st, enum role role, const char *endpoint, store_cred_fn *f, void *ctx)
{
    sqlite3_stmt *s =
        store_query(st,
                    "SELECT endpoint, mode, identity, key FROM credentials WHERE role = ?1 "
                    "AND (?2 IS NULL OR endpoint = ?2) ORDER BY endpoint",
                    "it", (int64_t)role, endpoint);
    if (!s) return LP_ERR_STORE;
    while (store_row(s))
        f(ctx, &(struct store_cred){role, text(s, 0), text(s, 1), blob(s, 2), blob(s, 3)});
    return 0;
}

int store_find_identity(struct store *st, enum role role, struct lp_span identity, char **endpoint,
                        uint8_t *key, size_t cap)
{
    sqlite3_stmt *s =
        store_query(st, "SELECT endpoint, key FROM credentials WHERE role = ? AND identity = ?",
                    "ib", (int64_t)role, identity);
    if (!s) return LP_ERR_STORE;
    int result = LP_ERR_NOT_FOUND;
    while (store_row(s)) {
        struct lp_span k = blob(s, 1);
        if (result != LP_ERR_NOT_FOUND || k.n > cap) continue;
        if (endpoint) *endpoint = mem_text(text(s, 0));
        if (k.n) memcpy(key, k.p, k.n);
        result = (int)k.n;
    }
    return result;
}

/* ---- plans ---- */

int store_put_plan(struct store *st, const char *endpoint, const char *json)
{
    return done(store_exec(st,
                           "INSERT INTO plans (endpoint, json) VALUES (?, ?) "
                           "ON CONFLICT (endpoint) DO UPDATE SET json = excluded.json",
                           "tt", endpoint, json));
}

int store_get_plan(struct store *st, const char *endpoint, char **json)
{
    sqlite3_stmt *s = store_query(st, "SELECT json FROM plans WHERE endpoint = ?", "t", endpoint);
    if (!s) return LP_ERR_STORE;
    *json = NULL;
    while (store_row(s))
        if (!*json) *json = mem_text(text(s, 0));
    return *json ? 0 : LP_ERR_NOT_FOUND;
}

int store_del_plan(struct store *st, const char *endpoint)
{
    return store_exec(st, "DELETE FROM plans WHERE endpoint = ?", "t", endpoint);
}

int store_plans(struct store *st, store_plan_fn *f, void *ctx)
{
    sqlite3_stmt *s = store_query(st, "SELECT endpoint, json FROM plans ORDER BY endpoint", "");
    if (!s) return LP_ERR_STORE;
    while (store_row(s)) f(ctx, text(s, 0), text(s, 1));
    return 0;
}

/* ---- registrations ---- */

int store_put_reg(struct store *st, const struct store_reg *r)
{
    return done(store_exec(
        st,
        "INSERT OR REPLACE INTO registrations (id, endpoint, identity, address, secure, version, "
        "lifetime, "
        "binding, sms, "
        "attributes, links, since, updated, queue) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?) "
        "ON CONFLICT (id) DO UPDATE SET identity = excluded.identity, address = excluded.address, "
        "lifetime = excluded.lifetime, binding = excluded.binding, sms = excluded.sms, "
        "attributes = excluded.attributes, links = excluded.links, updated = excluded.updated, "
        "queue = excluded.queue",
        "ttbbiiitttbiii", r->id, r->endpoint, r->identity, r->address, (int64_t)r->secure,
        (int64_t)r->version, r->lifetime_s, r->binding, r->sms, r->attributes, r->links, r->since,
        r->updated, (int64_t)r->queue));
}

int store_touch_reg(struct store *st, const char *id, struct lp_span address, int64_t updated)
{
    return done(store_exec(st, "UPDATE registrations SET address = ?, updated = ? WHERE id = ?",
                           "bit", address, updated, id));
}

int store_del_reg(struct store *st, const char *id)
{
    return done(store_exec(st, "DELETE FROM registrations WHERE id = ?", "t", id));
}

int store_regs(struct store *st, store_reg_fn *f, void *ctx)
{
    sqlite3_stmt *s = store_query(
        st,
        "SELECT id, endpoint, identity, address, secure, version, lifetime, binding, sms, "
        "attributes, links, since, updated, queue FROM registrations ORDER BY since",
        "");
    if (!s) return LP_ERR_STORE;
    while (store_row(s)) {
        struct store_reg r = {.id = text(s, 0),
                              .endpoint = text(s, 1),
                              .binding = text(s, 7),
                              .sms = text(s, 8),
                              .attributes = text(s, 9),
                              .identity = blob(s, 2),
                              .address = blob(s, 3),
                              .links = blob(s, 10),
                              .secure = sqlite3_column_int(s, 4) != 0,
                              .version = sqlite3_column_int(s, 5),
                              .lifetime_s = sqlite3_column_int64(s, 6),
                              .since = sqlite3_column_int64(s, 11),
                              .updated = sqlite3_column_int64(s, 12),
                              .queue = sqlite3_column_int(s, 13) != 0};
        f(ctx, &r);
    }
    return 0;
}

/* ---- observations ---- */

int store_put_obs(struct store *st, struct lp_span token, const char *reg, const char *path,
                  int format)
{
    return done(store_exec(
        st, "INSERT OR REPLACE INTO observations (token, reg, path, format) VALUES (?, ?, ?, ?)",
        "btti", token, reg, path, (int64_t)format));
}

int store_del_obs(struct store *st, struct lp_span token)
{
    return done(store_exec(st, "DELETE FROM observations WHERE token = ?", "b", token));
}

int store_obs(struct store *st, store_obs_fn *f, void *ctx)
{
    sqlite3_stmt *s = store_query(st, "SELECT token, reg, path, format FROM observations", "");
    if (!s) return LP_ERR_STORE;
    while (store_row(s)) f(ctx, blob(s, 0), text(s, 1), text(s, 2), sqlite3_column_int(s, 3));
    return 0;
}

/* ---- associations ---- */

int store_put_assoc(struct store *st, const char *reg, struct lp_span bytes)
{
    return done(
        store_exec(st, "INSERT INTO associations (reg, bytes) VALUES (?, ?)", "tb", reg, bytes));
}

int store_take_assocs(struct store *st, store_assoc_fn *f, void *ctx)
{
    struct kept {
        char *reg;
        struct lp_span bytes;
    } *kept = NULL;
    size_t n = 0;
    sqlite3_stmt *s = store_query(st, "SELECT reg, bytes FROM associations", "");
    if (!s) return LP_ERR_STORE;
    while (store_row(s)) {
        struct lp_span b = blob(s, 1);
        kept = mem_grow(kept, (n + 1) * sizeof(*kept));
        kept[n].reg = mem_text(text(s, 0));
        kept[n++].bytes = (struct lp_span){mem_copy(b.p, b.n), b.n};
    }
    /* FULL: a power cut must not bring back what was used: the same nonces would be used again. */
    store_exec(st, "PRAGMA synchronous = FULL", "");
    int err = n ? done(store_exec(st, "DELETE FROM associations", "")) : 0;
    store_exec(st, "PRAGMA synchronous = NORMAL", "");
    for (size_t i = 0; i < n; i++) {
        if (!err) f(ctx, kept[i].reg, kept[i].bytes);
        free(kept[i].reg);
        memset((void *)(uintptr_t)kept[i].bytes.p, 0, kept[i].bytes.n);
        free((void *)(uintptr_t)kept[i].bytes.p);
    }
    free(kept);
    return err;
}
