/* SPDX-License-Identifier: Apache-2.0
 *
 * store.c - the database itself: opening, schema, statements. Each SQL text of the program is a literal and is prepared
 * once; the literal's address is the key.
 */
#include "server/store.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/log.h"
#include "server/mem.h"

#define STATEMENTS 40
#define SCHEMA     1 /* PRAGMA user_version */

struct store {
    sqlite3 *db;
    struct {
        const char *sql;
        sqlite3_stmt *stmt;
    } cache[STATEMENTS];
    unsigned n;
};

static const char schema[] =
    "BEGIN;"
    "CREATE TABLE IF NOT EXISTS credentials (role INTEGER NOT NULL, endpoint TEXT NOT NULL, mode "
    "TEXT NOT NULL,"
    "  identity BLOB NOT NULL, key BLOB NOT NULL, PRIMARY KEY (role, endpoint), UNIQUE (role, "
    "identity));"
    "CREATE TABLE IF NOT EXISTS plans (endpoint TEXT PRIMARY KEY, json TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS registrations (id TEXT PRIMARY KEY, endpoint TEXT NOT NULL UNIQUE, "
    "identity BLOB,"
    "  address BLOB NOT NULL, secure INTEGER NOT NULL, queue INTEGER NOT NULL, version INTEGER NOT "
    "NULL,"
    "  lifetime INTEGER NOT NULL, binding TEXT NOT NULL, sms TEXT, attributes TEXT NOT NULL, links "
    "BLOB NOT NULL, since INTEGER NOT NULL,"
    "  updated INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS observations (token BLOB PRIMARY KEY, reg TEXT NOT NULL"
    "  REFERENCES registrations (id) ON DELETE CASCADE, path TEXT NOT NULL, format INTEGER NOT "
    "NULL);"
    "CREATE INDEX IF NOT EXISTS observations_reg ON observations (reg);"
    "CREATE TABLE IF NOT EXISTS associations (reg TEXT NOT NULL, bytes BLOB NOT NULL);"
    "PRAGMA user_version = 1;"
    "COMMIT;";

static char *text_of(const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return mem_text(text);
}

static int64_t pragma(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int64_t v = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        v = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return v;
}

/* NULL: fine. */
static char *prepare_database(sqlite3 *db, const char *path)
{
    sqlite3_busy_timeout(db, 500); /* the one before may be at its end */
    static const char setup[] = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
                                "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;";
    int err = sqlite3_exec(db, setup, NULL, NULL, NULL);
    int64_t version = err ? 0 : pragma(db, "PRAGMA user_version");
    if (version > SCHEMA)
        return text_of("the database %s was written by a newer limpet-server", path);
    if (!err) err = sqlite3_exec(db, schema, NULL, NULL, NULL);
    if (!err) return NULL;
    err &= 0xff;
    if (err == SQLITE_BUSY || err == SQLITE_LOCKED)
        return text_of("the database %s is in use by another process: end it, or give another --db",
                       path);
    if (err == SQLITE_NOTADB || err == SQLITE_CORRUPT)
        return text_of("%s is not a database of limpet-server: give another --db", path);
    return text_of("the database %s cannot be used: %s", path, sqlite3_errmsg(db));
}

struct store *store_open(const char *path, char **why)
{
    struct store *st = mem_new(sizeof(*st));
    int err = sqlite3_open_v2(path, &st->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (err) {
        int number = st->db ? sqlite3_system_errno(st->db) : 0;
        *why = text_of("the database %s cannot be opened: %s; give a file in a folder that can be "
                       "written, or :memory:",
                       path, number ? strerror(number) : sqlite3_errstr(err));
    } else {
        *why = prepare_database(st->db, path);
    }
    if (!*why) return st;
    sqlite3_close(st->db);
    free(st);
    return NULL;
}

void store_close(struct store *st)
{
    if (!st) return;
    for (unsigned i = 0; i < st->n; i++) sqlite3_finalize(st->cache[i].stmt);
    sqlite3_close(st->db);
    free(st);
}

static int failed(struct store *st, const char *sql)
{
    log_event("error", NULL, "database: %s (%.40s...)", sqlite3_errmsg(st->db), sql);
    return LP_ERR_STORE;
}

static sqlite3_stmt *statement(struct store *st, const char *sql)
{
    for (unsigned i = 0; i < st->n; i++)
        if (st->cache[i].sql == sql) return st->cache[i].stmt;
    sqlite3_stmt *s = NULL;
    if (st->n == STATEMENTS ||
        sqlite3_prepare_v3(st->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL)) {
        failed(st, sql);
        return NULL;
    }
    st->cache[st->n].sql = sql;
    st->cache[st->n++].stmt = s;
    return s;
}

static sqlite3_stmt *bind(struct store *st, const char *sql, const char *kinds, va_list args)
{
    sqlite3_stmt *s = statement(st, sql);
    if (!s) return NULL;
    for (int i = 1; kinds[i - 1]; i++) {
        if (kinds[i - 1] == 't') {
            sqlite3_bind_text(s, i, va_arg(args, const char *), -1, SQLITE_STATIC);
        } else if (kinds[i - 1] == 'i') {
            sqlite3_bind_int64(s, i, va_arg(args, int64_t));
        } else {
            struct lp_span b = va_arg(args, struct lp_span);
            sqlite3_bind_blob(s, i, b.n ? b.p : "", (int)b.n, SQLITE_STATIC);
        }
    }
    return s;
}

int store_exec(struct store *st, const char *sql, const char *kinds, ...)
{
    va_list args;
    va_start(args, kinds);
    sqlite3_stmt *s = bind(st, sql, kinds, args);
    va_end(args);
    if (!s) return LP_ERR_STORE;
    int err = sqlite3_step(s);
    if (err == SQLITE_ROW) err = SQLITE_DONE;
    int result = err == SQLITE_DONE ? sqlite3_changes(st->db) : failed(st, sql);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return result;
}

struct sqlite3_stmt *store_query(struct store *st, const char *sql, const char *kinds, ...)
{
    va_list args;
    va_start(args, kinds);
    sqlite3_stmt *s = bind(st, sql, kinds, args);
    va_end(args);
    return s;
}

bool store_row(struct sqlite3_stmt *s)
{
    if (sqlite3_step(s) == SQLITE_ROW) return true;
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return false;
}

void store_begin(struct store *st)
{
    store_exec(st, "BEGIN", "");
}

void store_commit(struct store *st)
{
    store_exec(st, "COMMIT", "");
}
