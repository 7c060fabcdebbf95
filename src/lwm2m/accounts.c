/* SPDX-License-Identifier: Apache-2.0
 *
 * accounts.c - the rows behind objects 0, 1 and 2, and their record in the store: key LP_KV_ACCOUNTS, one record for
 * all, so that a bootstrap is committed, and a power cut met, whole or not at all. Numbers are big-endian.
 *
 *   version 1 | section ... | FNV-1a over all before (4)
 *
 *   section 1  an instance of object 0:  iid (2) ssid (2) bootstrap (1) mode (1) hold-off (4) timeout (4) uri identity key
 *   section 2  an instance of object 1:  iid (2) ssid (2) present (4), resources 1 2 3 5 13 14 17 18 19 20 in 4 bytes and
 *                                        6 15 16 21 23 in 1, ascending by id; transport (1) binding
 *   section 3  an instance of object 2:  iid (2) object (2) instance (2) owner (2), three times ssid (2) rights (2)
 *   section 4  bootstrap attempts:       count (4) timer (4) sequence delay (4) sequences (4)
 *
 * A section begins with its number; uri, identity, key, binding are a length byte and so many bytes. The record is
 * walked twice, the first time only to see that it is whole and fits, so that a bad one changes nothing.
 */
#include <string.h>

#include "bytes/buf.h"
#include "bytes/num.h"
#include "link/crypto.h"
#include "lwm2m/internal.h"

#define VERSION 1
enum { SECURITY = 1, SERVER, ACCESS, ATTEMPTS };

/* ---- rows ---- */

void lp_accounts_init(struct lp_client *c)
{
    static void (*const objects[])(struct lp_client *) = {
        lp_security_object,
        lp_server_object,
#if LP_MAX_ACCESS
        lp_access_object,
#endif
    };
    lp_wipe(c->security, sizeof(c->security));
    for (int i = 0; i <= LP_MAX_SERVERS; i++) c->security[i].iid = LP_NONE;
    for (int i = 0; i < LP_MAX_SERVERS; i++) c->server[i].iid = LP_NONE;
    for (int i = 0; i < LP_MAX_ACCESS; i++) c->access[i].iid = LP_NONE;
    memset(&c->bs_retry, 0, sizeof(c->bs_retry));
    for (size_t i = 0; i < sizeof(objects) / sizeof(*objects); i++) objects[i](c);
}

struct lp_security *lp_accounts_security(struct lp_client *c, uint16_t ssid)
{
    for (struct lp_security *s = c->security; s <= c->security + LP_MAX_SERVERS; s++)
        if (s->iid != LP_NONE && !s->bootstrap && s->ssid == ssid) return s;
    return NULL;
}

struct lp_server *lp_accounts_server(struct lp_client *c, uint16_t ssid)
{
    for (struct lp_server *s = c->server; s < c->server + LP_MAX_SERVERS; s++)
        if (s->iid != LP_NONE && s->ssid == ssid) return s;
    return NULL;
}

struct lp_security *lp_accounts_bootstrap(struct lp_client *c)
{
    for (struct lp_security *s = c->security; s <= c->security + LP_MAX_SERVERS; s++)
        if (s->iid != LP_NONE && s->bootstrap) return s;
    return NULL;
}

struct lp_security *lp_accounts_new_security(struct lp_client *c, uint16_t iid)
{
    struct lp_security *row = NULL;
    for (struct lp_security *s = c->security; s <= c->security + LP_MAX_SERVERS; s++) {
        if (s->iid == iid) return NULL;
        if (s->iid == LP_NONE && !row) row = s;
    }
    if (!row) return NULL;
    memset(row, 0, sizeof(*row));
    row->iid = iid;
    row->mode = LP_SEC_NOSEC;
    return row;
}

struct lp_server *lp_accounts_new_server(struct lp_client *c, uint16_t iid)
{
    struct lp_server *row = NULL;
    for (struct lp_server *s = c->server; s < c->server + LP_MAX_SERVERS; s++) {
        if (s->iid == iid) return NULL;
        if (s->iid == LP_NONE && !row) row = s;
    }
    if (!row) return NULL;
    memset(row, 0, sizeof(*row));
    row->iid = iid;
    row->lifetime_s = 86400;
    row->store = 1;
    row->binding[0] = 'U';
    return row;
}

void lp_accounts_changed(struct lp_client *c, bool relink)
{
    c->unsaved = true;
    c->relink |= relink;
}

uint32_t lp_accounts_or(uint32_t value, uint32_t standard)
{
    return value ? value : standard;
}

/* ---- are they sound? ---- */

static bool port_number(struct lp_span text, uint16_t *port)
{
    uint64_t v;
    if (lp_get_uint(text, &v) != 0 || v == 0 || v > UINT16_MAX) return false;
    *port = (uint16_t)v;
    return true;
}

static bool host_char(char ch)
{
    return ch > ' ' && ch != 0x7f && !strchr("/?#@[]", ch);
}

int lp_accounts_uri(const char *uri, bool *secure, char *host, size_t cap, uint16_t *port)
{
    if (strncmp(uri, "coap", 4) != 0) return LP_ERR_VALUE;
    uri += 4;
    *secure = *uri == 's';
    uri += *secure;
    if (strncmp(uri, "://", 3) != 0) return LP_ERR_VALUE;
    uri += 3;
    *port = *secure ? 5684 : 5683;
    bool v6 = *uri == '[';
    uri += v6;
    size_t n = 0;
    while (host_char(uri[n]) && (v6 || uri[n] != ':')) n++;
    if (n == 0 || n >= cap) return LP_ERR_VALUE;
    memcpy(host, uri, n);
    host[n] = 0;
    uri += n;
    if (v6 && *uri++ != ']') return LP_ERR_VALUE;
    n = strlen(uri);
    if (n && uri[n - 1] == '/') n--; /* an empty path; any other is not a server's */
    if (n && (*uri != ':' || !port_number((struct lp_span){uri + 1, n - 1}, port)))
        return LP_ERR_VALUE;
    return LP_OK;
}

static bool good_ssid(uint16_t ssid)
{
    return ssid != 0 && ssid != LP_NONE;
}

const char *lp_accounts_wrong(const struct lp_security *s)
{
    char host[LP_MAX_URI + 1];
    uint16_t port;
    bool secure;
    if (lp_accounts_uri(s->uri, &secure, host, sizeof(host), &port) != 0)
        return "the server's URI is not coap://host[:port] or coaps://host[:port]";
    if (secure == (s->mode == LP_SEC_NOSEC))
        return "the security mode does not fit the URI: coaps needs credentials, coap has none";
    if (secure && s->mode != LP_SEC_PSK) return "this security mode is not supported";
    if (secure && (!s->identity_n || !s->key_n))
        return "the pre-shared key or its identity is empty";
    if (!s->bootstrap && !good_ssid(s->ssid)) return "the short server id is not in 1..65534";
    return NULL;
}

/* A management account: no other has its short id, and object 1 knows it. */
static bool sound(const struct lp_client *c, const struct lp_security *row)
{
    int twins = 0, servers = 0;
    for (const struct lp_security *s = c->security; s <= c->security + LP_MAX_SERVERS; s++)
        twins += s->iid != LP_NONE && s->bootstrap == row->bootstrap &&
                 (row->bootstrap || s->ssid == row->ssid);
    for (const struct lp_server *s = c->server; s < c->server + LP_MAX_SERVERS; s++)
        servers += s->iid != LP_NONE && s->ssid == row->ssid;
    return twins == 1 && (row->bootstrap || servers == 1);
}

int lp_accounts_check(const struct lp_client *c)
{
    int accounts = 0;
    for (const struct lp_security *s = c->security; s <= c->security + LP_MAX_SERVERS; s++) {
        if (s->iid == LP_NONE) continue;
        if (lp_accounts_wrong(s) || !sound(c, s)) return LP_ERR_ACCEPT;
        accounts += !s->bootstrap;
    }
    int servers = 0; /* each account has one of its own: as many of both means none is left over */
    for (const struct lp_server *s = c->server; s < c->server + LP_MAX_SERVERS; s++)
        servers += s->iid != LP_NONE;
    return accounts && accounts == servers ? LP_OK : LP_ERR_ACCEPT;
}

/* ---- the record ---- */

static void put_bytes(struct lp_out *o, const void *p, size_t n)
{
    lp_out_u8(o, (uint8_t)n);
    lp_out_put(o, p, n);
}

static void put_security(struct lp_out *o, const struct lp_security *s)
{
    lp_out_u8(o, SECURITY);
    lp_out_be(o, s->iid, 2);
    lp_out_be(o, s->ssid, 2);
    lp_out_u8(o, s->bootstrap);
    lp_out_u8(o, s->mode);
    lp_out_be(o, s->hold_off_s, 4);
    lp_out_be(o, s->bs_timeout_s, 4);
    put_bytes(o, s->uri, strlen(s->uri));
    put_bytes(o, s->identity, s->identity_n);
    put_bytes(o, s->key, s->key_n);
}

static void put_server(struct lp_out *o, const struct lp_server *s)
{
    lp_out_u8(o, SERVER);
    lp_out_be(o, s->iid, 2);
    lp_out_be(o, s->ssid, 2);
    lp_out_be(o, s->present, 4);
    for (int i = 0; i < LP_SERVER_FIELDS; i++)
        lp_out_be(o, lp_server_number(s, &lp_server_fields[i]), lp_server_fields[i].wide ? 4 : 1);
    lp_out_u8(o, (uint8_t)s->transport);
    put_bytes(o, s->binding, strlen(s->binding));
}

static void put_access(struct lp_out *o, const struct lp_access *a)
{
    lp_out_u8(o, ACCESS);
    lp_out_be(o, a->iid, 2);
    lp_out_be(o, a->obj, 2);
    lp_out_be(o, a->inst, 2);
    lp_out_be(o, a->owner, 2);
    for (int i = 0; i < 3; i++) {
        lp_out_be(o, a->acl[i].ssid, 2);
        lp_out_be(o, a->acl[i].rights, 2);
    }
}

static void put_retry(struct lp_out *o, const struct lp_retry *r)
{
    lp_out_u8(o, ATTEMPTS);
    lp_out_be(o, r->count, 4);
    lp_out_be(o, r->timer_s, 4);
    lp_out_be(o, r->seq_delay_s, 4);
    lp_out_be(o, r->seq_count, 4);
}

int lp_accounts_put(const struct lp_client *c, void *p, size_t cap)
{
    struct lp_out o;
    lp_out_init(&o, p, cap);
    lp_out_u8(&o, VERSION);
    for (int i = 0; i <= LP_MAX_SERVERS; i++)
        if (c->security[i].iid != LP_NONE) put_security(&o, &c->security[i]);
    for (int i = 0; i < LP_MAX_SERVERS; i++)
        if (c->server[i].iid != LP_NONE) put_server(&o, &c->server[i]);
    for (int i = 0; i < LP_MAX_ACCESS; i++)
        if (c->access[i].iid != LP_NONE) put_access(&o, &c->access[i]);
    put_retry(&o, &c->bs_retry);
    lp_out_be(&o, o.hash, 4);
    return lp_out_end(&o);
}

/* At most cap bytes, of which the length comes back. */
static uint8_t get_bytes(struct lp_in *in, void *to, size_t cap)
{
    uint8_t n = lp_in_u8(in);
    const uint8_t *p = n <= cap ? lp_in_take(in, n) : NULL;
    if (!p) {
        in->err = LP_ERR_FORMAT;
        return 0;
    }
    memcpy(to, p, n);
    return n;
}

static uint16_t get_u16(struct lp_in *in)
{
    return (uint16_t)lp_in_be(in, 2);
}

static uint32_t get_u32(struct lp_in *in)
{
    return (uint32_t)lp_in_be(in, 4);
}

static uint16_t get_iid(struct lp_in *in)
{
    uint16_t iid = get_u16(in);
    if (iid == LP_NONE) in->err = LP_ERR_FORMAT;
    return iid;
}

static void get_security(struct lp_in *in, struct lp_security *s)
{
    s->iid = get_iid(in);
    s->ssid = get_u16(in);
    s->bootstrap = lp_in_u8(in);
    s->mode = lp_in_u8(in);
    s->hold_off_s = get_u32(in);
    s->bs_timeout_s = get_u32(in);
    s->uri[get_bytes(in, s->uri, LP_MAX_URI)] = 0;
    s->identity_n = get_bytes(in, s->identity, LP_MAX_IDENTITY);
    s->key_n = get_bytes(in, s->key, LP_MAX_KEY);
    if (s->bootstrap > 1) in->err = LP_ERR_FORMAT;
}

static void get_server(struct lp_in *in, struct lp_server *s)
{
    s->iid = get_iid(in);
    s->ssid = get_u16(in);
    s->present = get_u32(in);
    for (int i = 0; i < LP_SERVER_FIELDS; i++) {
        const struct lp_server_field *f = &lp_server_fields[i];
        lp_server_set_number(s, f, (uint32_t)lp_in_be(in, f->wide ? 4 : 1));
    }
    s->transport = (char)lp_in_u8(in);
    s->binding[get_bytes(in, s->binding, sizeof(s->binding) - 1)] = 0;
}

static void get_access(struct lp_in *in, struct lp_access *a)
{
    a->iid = get_iid(in);
    a->obj = get_u16(in);
    a->inst = get_u16(in);
    a->owner = get_u16(in);
    for (int i = 0; i < 3; i++) {
        a->acl[i].ssid = get_u16(in);
        a->acl[i].rights = get_u16(in);
    }
}

static void get_retry(struct lp_in *in, struct lp_retry *r)
{
    r->count = get_u32(in);
    r->timer_s = get_u32(in);
    r->seq_delay_s = get_u32(in);
    r->seq_count = get_u32(in);
}

/* One section; n counts the rows of each kind. They go into the client only if keep. */
static void get_section(struct lp_client *c, struct lp_in *in, unsigned n[ATTEMPTS], bool keep)
{
    union {
        struct lp_security security;
        struct lp_server server;
        struct lp_access access;
        struct lp_retry retry;
    } row;
    static const uint8_t most[ATTEMPTS] = {LP_MAX_SERVERS + 1, LP_MAX_SERVERS, LP_MAX_ACCESS, 1};
    unsigned kind = lp_in_u8(in) - 1u;
    if (kind >= ATTEMPTS || n[kind] == most[kind]) {
        in->err = LP_ERR_FORMAT;
        return;
    }
    unsigned i = n[kind]++;
    memset(&row, 0, sizeof(row));
    switch (kind + 1) {
    case SECURITY:
        get_security(in, &row.security);
        if (keep) c->security[i] = row.security;
        break;
    case SERVER:
        get_server(in, &row.server);
        if (keep) c->server[i] = row.server;
        break;
    case ACCESS:
        get_access(in, &row.access);
        if (keep) c->access[i] = row.access;
        break;
    default:
        get_retry(in, &row.retry);
        if (keep) c->bs_retry = row.retry;
    }
    lp_wipe(&row, sizeof(row));
}

static int walk(struct lp_client *c, const void *p, size_t size, bool keep)
{
    struct lp_in in;
    unsigned n[ATTEMPTS] = {0};
    lp_in_init(&in, p, size);
    if (lp_in_u8(&in) != VERSION) return LP_ERR_FORMAT;
    while (lp_in_left(&in)) get_section(c, &in, n, keep);
    return in.err;
}

int lp_accounts_get(struct lp_client *c, const void *p, size_t n)
{
    struct lp_out sum; /* stores nothing: it is here for its hash */
    struct lp_in end;
    if (n < 4) return LP_ERR_FORMAT;
    n -= 4;
    lp_out_init(&sum, NULL, 0);
    lp_out_put(&sum, p, n);
    lp_in_init(&end, (const uint8_t *)p + n, 4);
    if (get_u32(&end) != sum.hash || walk(c, p, n, false) != 0) return LP_ERR_FORMAT;
    lp_accounts_init(c);
    return walk(c, p, n, true);
}

int lp_accounts_load(struct lp_client *c)
{
    uint8_t record[LP_MAX_RECORD];
    struct lp_kv *kv = c->config.kv;
    if (!kv) return LP_ERR_NOT_FOUND;
    int n = kv->get(kv, LP_KV_ACCOUNTS, record, sizeof(record));
    if (n >= 0)
        n = (size_t)n <= sizeof(record) ? lp_accounts_get(c, record, (size_t)n) : LP_ERR_FORMAT;
    lp_wipe(record, sizeof(record));
    return n;
}

int lp_accounts_save(struct lp_client *c)
{
    uint8_t record[LP_MAX_RECORD];
    struct lp_kv *kv = c->config.kv;
    int n = kv ? lp_accounts_put(c, record, sizeof(record)) : 0;
    if (kv && n >= 0) n = kv->put(kv, LP_KV_ACCOUNTS, record, (size_t)n);
    if (kv) lp_wipe(record, sizeof(record));
    if (n >= 0) c->unsaved = false;
    return n < 0 ? n : LP_OK;
}

/* ---- the accounts a device is made with ---- */

static uint16_t free_iid(const struct lp_client *c, bool security)
{
    int iid = 0;
    for (int i = 0; i <= LP_MAX_SERVERS;
         i++) { /* so many passes find it, in any order of the rows */
        for (int k = 0; k <= LP_MAX_SERVERS; k++) iid += security && c->security[k].iid == iid;
        for (int k = 0; k < LP_MAX_SERVERS; k++) iid += !security && c->server[k].iid == iid;
    }
    return (uint16_t)iid;
}

static const char *fill_security(struct lp_security *s, const struct lp_account *a)
{
    if (!a->uri || strlen(a->uri) > LP_MAX_URI) return "the server's URI is missing or too long";
    if (a->identity.n > LP_MAX_IDENTITY) return "the pre-shared key's identity is too long";
    if (a->key.n > LP_MAX_KEY) return "the pre-shared key is too long";
    strcpy(s->uri, a->uri);
    s->mode = (uint8_t)a->mode;
    s->bootstrap = a->bootstrap;
    s->ssid = a->bootstrap ? 0 : a->short_id;
    s->identity_n = (uint8_t)a->identity.n;
    s->key_n = (uint8_t)a->key.n;
    if (s->identity_n) memcpy(s->identity, a->identity.p, s->identity_n);
    if (s->key_n) memcpy(s->key, a->key.p, s->key_n);
    s->hold_off_s = a->hold_off_s;
    s->bs_timeout_s = a->bs_timeout_s;
    return lp_accounts_wrong(s);
}

static const char *fill_server(struct lp_server *s, const struct lp_account *a)
{
    const struct lp_retry retry = {a->retry_count, a->retry_timer_s, a->seq_delay_s, a->seq_count};
    const char *binding = a->binding ? a->binding : "U";
    if (strlen(binding) >= sizeof(s->binding) || !strchr(binding, 'U'))
        return "the binding does not contain U";
    s->ssid = a->short_id;
    if (a->lifetime_s) s->lifetime_s = a->lifetime_s;
    strcpy(s->binding, binding);
    s->retry = retry;
    s->present |= (a->retry_count ? 1u << 17 : 0) | (a->retry_timer_s ? 1u << 18 : 0) |
                  (a->seq_delay_s ? 1u << 19 : 0) | (a->seq_count ? 1u << 20 : 0);
    return NULL;
}

/* The rows of an account, made and filled: NULL, or what is wrong; *full: there is no room. */
static const char *add(struct lp_client *c, const struct lp_account *a, uint16_t rows[2],
                       bool *full)
{
    struct lp_security *sec = lp_accounts_new_security(c, rows[0]);
    struct lp_server *srv = sec && !a->bootstrap ? lp_accounts_new_server(c, rows[1]) : NULL;
    const char *wrong = "";
    *full = !sec || (!a->bootstrap && !srv);
    if (!*full) wrong = fill_security(sec, a);
    if (!wrong && srv) wrong = fill_server(srv, a);
    if (!wrong && !sound(c, sec)) wrong = "there is an account with this short server id already";
    if (wrong && sec) sec->iid = LP_NONE;
    if (wrong && srv) srv->iid = LP_NONE;
    return wrong;
}

int lp_client_account(struct lp_client *c, const struct lp_account *a, const char **why)
{
    const struct lp_retry retry = {a->retry_count, a->retry_timer_s, a->seq_delay_s, a->seq_count};
    int32_t iid[2] = {a->security_iid, a->server_iid};
    uint16_t rows[2];
    bool full = false;
    const char *wrong = NULL;
    for (int i = 0; i < 2; i++) {
        rows[i] = iid[i] < 0 ? free_iid(c, i == 0) : (uint16_t)iid[i];
        if (iid[i] >= (int32_t)LP_NONE) wrong = "an instance id is not in 0..65534";
    }
    if (!wrong) wrong = add(c, a, rows, &full);
    if (full) wrong = "there is no room for another account, or its instance id is taken";
    if (why) *why = wrong;
    if (wrong) return full ? LP_ERR_FULL : LP_ERR_VALUE;
    if (a->bootstrap) c->bs_retry = retry;
    lp_accounts_changed(c, true);
    return LP_OK;
}
