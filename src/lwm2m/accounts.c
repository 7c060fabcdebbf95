/* SPDX-License-Identifier: Apache-2.0
 *
 * accounts.c - what the rows of objects 0, 1 and 2 mean together, and their record in the store: key
 * LP_KV_ACCOUNTS, one record for all, so that a bootstrap is committed, and a power cut met, whole or not at all.
 * Numbers are big-endian.
 *
 *   version 1 | section ... | FNV-1a over all before (4)
 *
 *   section 1  object 0:   iid (2) ssid (2) bootstrap (1) mode (1) hold-off (4) timeout (4) uri identity key
 *   section 2  object 1:   iid (2) ssid (2) present (4), then the resources 1 2 3 5 (4 bytes each) 6 (1) 13 14 (4)
 *                          15 16 (1) 17 18 19 20 (4) 21 23 (1) 7 22
 *   section 3  object 2:   iid (2) object (2) instance (2) owner (2), three times ssid (2) rights (2)
 *   section 4  bootstrap attempts:   count (4) timer (4) sequence delay (4) sequences (4)
 *
 * There is a section for each instance. It begins with its number and its row, by which an account's association is
 * found; uri, identity, key and resources 7 and 22 are a length byte and so many bytes. What stands where is lp_rows[]
 * (rows.c). The record is walked twice, the first time only to see that it is whole and fits, so that a bad one
 * changes nothing.
 */
#include <string.h>

#include "bytes/buf.h"
#include "bytes/num.h"
#include "link/crypto.h"
#include "lwm2m/internal.h"
#include "lwm2m/ops.h"

#define VERSION 1

/* ---- rows ---- */

static void (*const objects[])(struct lp_object *) = {
    lp_security_object,
    lp_server_object,
#if LP_MAX_ACCESS
    lp_access_object,
#endif
};

void lp_accounts_init(struct lp_client *c)
{
    for (const struct lp_rows *r = lp_rows; r < lp_rows + LP_ROWS; r++) {
        uint8_t *row = (uint8_t *)c + r->base;
        for (int i = 0; i < r->rows; i++, row += r->stride) {
            lp_wipe(row, r->stride);
            if (r < lp_rows + LP_ROWS_RETRY) lp_field_set(row, 2, LP_NONE);
        }
    }
    for (size_t i = 0; i < sizeof(objects) / sizeof(*objects); i++) objects[i](&c->own[i]);
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

static const char *skip(const char *s, const char *prefix)
{
    while (s && *prefix) s = *s++ == *prefix++ ? s : NULL;
    return s;
}

/* Names, IPv4 and (with colons) IPv6 addresses, with a zone. */
static bool host_char(char ch, bool v6)
{
    return ((ch | 32) >= 'a' && (ch | 32) <= 'z') || (ch >= '0' && ch <= '9') || ch == '.' ||
           ch == '-' || ch == '_' || (v6 && (ch == ':' || ch == '%'));
}

static bool get_port(const char *s, size_t n, uint16_t *port)
{
    uint64_t v;
    if (lp_get_uint((struct lp_span){s, n}, &v) != 0 || v - 1 >= UINT16_MAX) return false;
    *port = (uint16_t)v;
    return true;
}

int lp_accounts_uri(const char *uri, bool *secure, char *host, size_t cap, uint16_t *port)
{
    const char *s = skip(uri, "coap");
    *secure = s && *s == 's';
    s = s ? skip(s + *secure, "://") : NULL;
    if (!s) return LP_ERR_VALUE;
    *port = *secure ? 5684 : 5683;
    bool v6 = *s == '[';
    s += v6;
    size_t n = 0;
    while (host_char(s[n], v6)) n++;
    if (n == 0 || n >= cap) return LP_ERR_VALUE;
    memcpy(host, s, n);
    host[n] = 0;
    s += n;
    if (v6 && *s++ != ']') return LP_ERR_VALUE;
    n = strlen(s);
    if (n && s[n - 1] == '/') n--; /* an empty path; any other is not a server's */
    return n == 0 || (*s == ':' && get_port(s + 1, n - 1, port)) ? LP_OK : LP_ERR_VALUE;
}

enum lp_fault lp_accounts_wrong(const struct lp_security *s)
{
    char host[LP_MAX_URI + 1];
    uint16_t port;
    bool secure;
    if (lp_accounts_uri(s->uri, &secure, host, sizeof(host), &port) != 0) return LP_FAULT_URI;
    if (secure == (s->mode == LP_SEC_NOSEC)) return LP_FAULT_MODE;
    if (secure && s->mode != LP_SEC_PSK) return LP_FAULT_UNSUPPORTED;
    if (secure && (!s->identity_n || !s->key_n)) return LP_FAULT_MISSING;
    return !s->bootstrap && (s->ssid == 0 || s->ssid == LP_NONE) ? LP_FAULT_SHORT_ID
                                                                 : LP_FAULT_NONE;
}

/* No other has its short id, and object 1 knows it. The lookups find the first: of two, the second is not sound. */
static bool sound(struct lp_client *c, const struct lp_security *s)
{
    if (lp_accounts_wrong(s)) return false;
    if (s->bootstrap) return lp_accounts_bootstrap(c) == s;
    return lp_accounts_security(c, s->ssid) == s && lp_accounts_server(c, s->ssid);
}

int lp_accounts_check(struct lp_client *c)
{
    int accounts = 0, servers = 0;
    for (const struct lp_security *s = c->security; s <= c->security + LP_MAX_SERVERS; s++) {
        if (s->iid == LP_NONE) continue;
        if (!sound(c, s)) return LP_ERR_ACCEPT;
        accounts += !s->bootstrap;
    }
    for (const struct lp_server *s = c->server; s < c->server + LP_MAX_SERVERS; s++)
        servers += s->iid != LP_NONE;
    return accounts && accounts == servers
               ? LP_OK
               : LP_ERR_ACCEPT; /* each has one of its own: none is left over */
}

/* ---- the record ---- */

static void put_row(struct lp_out *o, const struct lp_rows *r, int i, const uint8_t *row)
{
    lp_out_u8(o, (uint8_t)(r - lp_rows + 1));
    lp_out_u8(o, (uint8_t)i);
    for (const struct lp_field *f = r->field; f < r->field + r->fields; f++) {
        const uint8_t *at = row + f->offset;
        if (f->size > 4)
            lp_out_put(o, at, 1u + at[0]);
        else
            lp_out_be(o, lp_field_number(at, f->size), f->size);
    }
}

int lp_accounts_put(const struct lp_client *c, void *p, size_t cap)
{
    struct lp_out o;
    lp_out_init(&o, p, cap);
    lp_out_u8(&o, VERSION);
    for (const struct lp_rows *r = lp_rows; r < lp_rows + LP_ROWS; r++) {
        const uint8_t *row = (const uint8_t *)c + r->base;
        for (int i = 0; i < r->rows; i++, row += r->stride)
            if (r == lp_rows + LP_ROWS_RETRY || lp_field_number(row, 2) != LP_NONE)
                put_row(&o, r, i, row);
    }
    lp_out_be(&o, o.hash, 4);
    return lp_out_end(&o);
}

/* row: NULL only to look. */
static void get_field(struct lp_in *in, const struct lp_field *f, uint8_t *row)
{
    if (f->size > 4) {
        size_t n = lp_in_u8(in);
        const uint8_t *p = lp_in_take(in, n);
        if (n > f->size) in->err = LP_ERR_FORMAT;
        if (row && !in->err) lp_field_set_text(row + f->offset, f->size, (struct lp_span){p, n});
    } else {
        uint32_t v = (uint32_t)lp_in_be(in, f->size);
        if (row) lp_field_set(row + f->offset, f->size, v);
    }
}

static int walk(struct lp_client *c, const void *p, size_t size, bool keep)
{
    struct lp_in in;
    lp_in_init(&in, p, size);
    if (lp_in_u8(&in) != VERSION) return LP_ERR_FORMAT;
    while (lp_in_left(&in)) {
        unsigned kind = lp_in_u8(&in) - 1u, i = lp_in_u8(&in);
        if (kind >= LP_ROWS || i >= lp_rows[kind].rows) return LP_ERR_FORMAT;
        const struct lp_rows *r = &lp_rows[kind];
        uint8_t *row = keep ? (uint8_t *)c + r->base + i * r->stride : NULL;
        for (int k = 0; k < r->fields; k++) get_field(&in, &r->field[k], row);
    }
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
    if (lp_in_be(&end, 4) != sum.hash || walk(c, p, n, false) != 0) return LP_ERR_FORMAT;
    lp_accounts_init(c);
    return walk(c, p, n, true);
}

/* The record stands where datagrams come in, behind the answer that may be there already. One that reaches into an
 * upload ends it: its sender is told 4.08, and begins again. */
_Static_assert(LP_HEAD + LP_MAX_RECORD <= sizeof((struct lp_client *)0)->room,
               "LP_MAX_RECORD: more than LP_MAX_MESSAGE and LP_MAX_BODY have room for");
_Static_assert((LP_MAX_SERVERS + 1) * (2 + sizeof(struct lp_security)) +
                       LP_MAX_SERVERS * (2 + sizeof(struct lp_server)) +
                       LP_MAX_ACCESS * (2 + sizeof(struct lp_access)) + 2 +
                       sizeof(struct lp_retry) + 5 <=
                   LP_MAX_RECORD,
               "LP_MAX_RECORD: too small for the accounts");

static void end_upload(struct lp_client *c, size_t n)
{
    if (LP_HEAD + LP_MAX_RECORD > LP_MAX_MESSAGE && LP_HEAD + n > LP_MAX_MESSAGE) c->up.code = 0;
}

int lp_accounts_load(struct lp_client *c)
{
    uint8_t *record = c->room + LP_HEAD;
    struct lp_kv *kv = c->config.kv;
    if (!kv) return LP_ERR_NOT_FOUND;
    end_upload(c, LP_MAX_RECORD);
    int n = kv->get(kv, LP_KV_ACCOUNTS, record, LP_MAX_RECORD);
    if (n >= 0) n = n <= LP_MAX_RECORD ? lp_accounts_get(c, record, (size_t)n) : LP_ERR_FORMAT;
    lp_wipe(record, LP_MAX_RECORD);
    return n;
}

int lp_accounts_save(struct lp_client *c)
{
    uint8_t *record = c->room + LP_HEAD;
    struct lp_kv *kv = c->config.kv;
    int n = 0;
    if (kv) {
        size_t size = (size_t)lp_accounts_put(c, record, LP_MAX_RECORD); /* they fit */
        end_upload(c, size);
        n = kv->put(kv, LP_KV_ACCOUNTS, record, size);
        lp_wipe(record, size);
    }
    if (n >= 0) c->unsaved = false;
    return n < 0 ? n : LP_OK;
}

int lp_client_save(struct lp_client *c)
{
    return lp_accounts_save(c);
}

/* ---- the accounts a device is made with ---- */

/* A row for instance wanted, or (-1) the lowest free; NULL: no room, or it is there. */
static void *new_row(struct lp_client *c, unsigned kind, int32_t wanted)
{
    struct lp_object *o = &c->own[kind];
    unsigned iid = wanted < 0 ? 0 : (unsigned)wanted;
    while (wanted < 0 && lp_row(c, kind, iid)) iid++;
    return iid < LP_NONE && o->ops->create(o, (uint16_t)iid) == 0 ? lp_row(c, kind, iid) : NULL;
}

static enum lp_fault fill_security(struct lp_security *s, const struct lp_account *a)
{
    const char *uri = a->uri ? a->uri : "";
    s->mode = (uint8_t)a->mode;
    s->bootstrap = a->bootstrap;
    s->ssid = a->short_id;
    s->hold_off_s = a->hold_off_s;
    s->bs_timeout_s = a->bs_timeout_s;
    if (!lp_field_set_text(&s->uri_n, LP_MAX_URI, (struct lp_span){uri, strlen(uri)}) ||
        !lp_field_set_text(&s->identity_n, LP_MAX_IDENTITY, a->identity) ||
        !lp_field_set_text(&s->key_n, LP_MAX_KEY, a->key))
        return LP_FAULT_LONG;
    return lp_accounts_wrong(s);
}

static enum lp_fault fill_server(struct lp_server *s, const struct lp_account *a)
{
    const char *binding = a->binding ? a->binding : "U";
    s->ssid = a->short_id;
    if (a->lifetime_s) s->lifetime_s = a->lifetime_s;
    s->retry = (struct lp_retry){a->retry_count, a->retry_timer_s, a->seq_delay_s, a->seq_count};
    for (unsigned i = 0; i < 4; i++)
        s->present |= (uint32_t)((&s->retry.count)[i] != 0) << (17 + i);
    struct lp_span text = {binding, strlen(binding)};
    return lp_server_binding(text) && lp_field_set_text(&s->binding_n, 5, text) ? LP_FAULT_NONE
                                                                                : LP_FAULT_BINDING;
}

/* In the rows that are given: they are there, or (the bootstrap's server) not wanted. */
static enum lp_fault fill(struct lp_security *sec, struct lp_server *srv,
                          const struct lp_account *a)
{
    enum lp_fault fault = fill_security(sec, a);
    if (!fault && srv) fault = fill_server(srv, a);
    return fault;
}

int lp_client_account_(struct lp_client *c, const struct lp_account *a, unsigned *fault)
{
    struct lp_security *sec = NULL;
    struct lp_server *srv = NULL;
    *fault = LP_FAULT_THERE;
    if (a->bootstrap ? !lp_accounts_bootstrap(c) : !lp_accounts_security(c, a->short_id)) {
        sec = new_row(c, LP_ROWS_SECURITY, a->security_iid);
        srv = sec && !a->bootstrap ? new_row(c, LP_ROWS_SERVER, a->server_iid) : NULL;
        *fault = sec && (srv || a->bootstrap) ? fill(sec, srv, a) : LP_FAULT_FULL;
    }
    if (!*fault && a->bootstrap)
        c->bs_retry =
            (struct lp_retry){a->retry_count, a->retry_timer_s, a->seq_delay_s, a->seq_count};
    if (!*fault) return LP_OK;
    if (sec) sec->iid = LP_NONE;
    if (srv) srv->iid = LP_NONE;
    return *fault == LP_FAULT_FULL ? LP_ERR_FULL : LP_ERR_VALUE;
}

const char *lp_account_why(unsigned fault)
{
    static const char *const texts[] = {
        [LP_FAULT_NONE] = NULL,
        [LP_FAULT_URI] = "the URI is not coap[s]://host[:port]",
        [LP_FAULT_MODE] = "the security mode does not fit the URI",
        [LP_FAULT_UNSUPPORTED] = "security mode not supported",
        [LP_FAULT_MISSING] = "identity or key missing",
        [LP_FAULT_SHORT_ID] = "the short id is not in 1..65534",
        [LP_FAULT_LONG] = "the URI, the identity or the key is too long",
        [LP_FAULT_BINDING] = "the binding is not U, or U and others",
        [LP_FAULT_THERE] = "there is such an account already",
        [LP_FAULT_FULL] = "no room for another account, or its instance id is taken"};
    return texts[fault];
}
