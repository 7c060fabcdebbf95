/* SPDX-License-Identifier: Apache-2.0
 *
 * dtls.c - Mbed TLS behind struct lp_dtls. Everything of an association but its few timers lies in one block of the
 * arena, struct session, and goes with it.
 *
 * What is in the store (SPEC.md):
 *
 *   store_key       version 1 | seal (8) | Mbed TLS's serialised context
 *   store_key + 1   version 1 | out (8) | in (8) | seal (8)
 *
 * The seal is the start of SHA-256 over whom we talk to, as whom, the key, and the serialised context: it tells that
 * the record belongs to this server, and that it is whole, which Mbed TLS does not check. The rest of that hash is
 * nowhere in the store: the counters' seal is the start of SHA-256 over all of it and what stands before the seal, so
 * that no other counters than those put last pass, unless the whole store is put back to what it was. The order of
 * the writes is what makes a power cut harmless:
 *
 *   full handshake begins     delete store_key: old keys never meet the new counters
 *   it is done                put store_key + 1, then store_key, then the first record of the application
 *   a record is sent          all numbers in it are below `out` in the store, or it is not sent (send_datagram)
 *
 * What Mbed TLS sends by itself (alerts) goes the same way.
 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "link/dtls.h"

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/sha256.h>
#include <mbedtls/ssl.h>

#include "bytes/buf.h"
#include "link/crypto.h"

enum { CLOSED, OPENING, HANDSHAKE, UP };

#define NAME_WAIT 100 /* ms between two looks for the server's name */
#define VERSION   1
#define SEAL      8
#define HEAD      (1 + SEAL)
#define COUNTERS  (1 + 8 + 8 + SEAL)
#define TURNS     64           /* datagrams taken in one call: a flood must not hold up time */
#define SAVED_MAX (HEAD + 352) /* Mbed TLS's part: 210 and both connection IDs, up to 64 */

struct session { /* what is named most in front: its offsets are short */
    struct lp_dtls_peer_info info;
    uint8_t digest[32]; /* of the saved association */
    uint8_t turns;      /* datagrams that may yet be taken in this call */
    int err;            /* of the port, in the call that runs */
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config conf;
    char host[];
};

/* ---- what Mbed TLS calls ---- */

static int sha256(const struct lp_span *parts, unsigned n, uint8_t digest[32])
{
    mbedtls_sha256_context sha;
    mbedtls_sha256_init(&sha);
    int bad = mbedtls_sha256_starts(&sha, 0);
    for (; n; n--, parts++) bad |= mbedtls_sha256_update(&sha, parts->p, parts->n);
    bad |= mbedtls_sha256_finish(&sha, digest);
    mbedtls_sha256_free(&sha);
    return bad;
}

static uint64_t next_number(const struct session *s)
{
    const uint8_t *n = s->ssl.cur_out_ctr; /* epoch (2), number (6) */
    uint32_t high = (uint32_t)(n[2] << 8 | n[3]);
    return (uint64_t)high << 32 |
           ((uint32_t)n[4] << 24 | (uint32_t)(n[5] << 16 | n[6] << 8 | n[7]));
}

static void set_next_number(struct session *s, uint64_t v)
{
    for (unsigned i = 7; i > 1; i--, v >>= 8) s->ssl.cur_out_ctr[i] = (uint8_t)v;
}

static void make_counters(const struct session *s, uint64_t out, uint64_t in, uint8_t rec[COUNTERS])
{
    const struct lp_span parts[] = {{s->digest, sizeof(s->digest)}, {rec, COUNTERS - SEAL}};
    uint8_t digest[32];
    struct lp_out o;
    lp_out_init(&o, rec, COUNTERS);
    lp_out_u8(&o, VERSION);
    lp_out_be(&o, out, 8);
    lp_out_be(&o, in, 8);
    sha256(parts, 2, digest);
    lp_out_put(&o, digest, SEAL);
}

static int put_counters(struct lp_dtls *d, uint64_t out, uint64_t in)
{
    struct session *s = d->tls;
    struct lp_kv *kv = s->info.kv;
    uint8_t rec[COUNTERS];
    make_counters(s, out, in, rec);
    if (kv->put(kv, (uint16_t)(s->info.store_key + 1), rec, sizeof(rec)) != 0) return LP_ERR_STORE;
    d->out_reserved = out;
    d->in_top = in;
    return LP_OK;
}

/* A datagram that is not sent counts as lost: Mbed TLS must not keep it, it would send it with the next one. */
static int send_datagram(void *ctx, const unsigned char *p, size_t n)
{
    struct lp_dtls *d = ctx;
    struct session *s = d->tls;
    uint64_t next = next_number(s);
    s->err = LP_OK;
    if (d->state == UP && s->info.kv && next > d->out_reserved)
        s->err = put_counters(d, next + LP_DTLS_RESERVE, d->in_top);
    if (s->err == 0) s->err = d->net->send(d->net, d->handle, p, n);
    return (int)n;
}

/* A ClientHello for us: the server wants to talk and has lost the association, or never had one. */
static bool is_client_hello(const unsigned char *p, int n)
{
    return n > 13 && p[0] == MBEDTLS_SSL_MSG_HANDSHAKE && p[13] == MBEDTLS_SSL_HS_CLIENT_HELLO &&
           p[3] == 0 && p[4] == 0;
}

static int recv_datagram(void *ctx, unsigned char *p, size_t cap)
{
    struct lp_dtls *d = ctx;
    struct session *s = d->tls;
    int n = LP_AGAIN;
    while (s->turns > 0) {
        s->turns--;
        n = d->net->recv(d->net, d->handle, p, cap);
        if (n != 0 && !is_client_hello(p, n)) break;
        n = LP_AGAIN;
    }
    s->err = n < 0 ? n : LP_OK;
    return n > 0 ? n : MBEDTLS_ERR_SSL_WANT_READ;
}

static void set_timer(void *ctx, uint32_t intermediate, uint32_t final)
{
    struct lp_dtls *d = ctx;
    d->timer_set = d->now;
    d->timer_int = intermediate;
    d->timer_fin = final;
}

static int get_timer(void *ctx)
{
    const struct lp_dtls *d = ctx;
    uint32_t gone = (uint32_t)(d->now - d->timer_set);
    if (d->timer_fin == 0) return -1;
    return (gone >= d->timer_int) + (gone >= d->timer_fin);
}

/* ---- saved associations ---- */

static int seal(struct session *s, const uint8_t *blob, size_t n)
{
    const struct lp_dtls_peer_info *i = &s->info;
    const uint8_t head[] = {
        VERSION,           (uint8_t)i->mode,        (uint8_t)i->cid, (uint8_t)i->identity.n,
        (uint8_t)i->key.n, (uint8_t)(i->port >> 8), (uint8_t)i->port};
    const struct lp_span parts[] = {
        {head, sizeof(head)}, i->identity, i->key, {i->host, strlen(i->host) + 1}, {blob, n}};
    return sha256(parts, sizeof(parts) / sizeof(parts[0]), s->digest);
}

/* Saving ends in a reset of the context, so it is loaded again. An error leaves a context that is of no use. */
static int save(struct lp_dtls *d)
{
    struct session *s = d->tls;
    struct lp_kv *kv = s->info.kv;
    uint8_t rec[SAVED_MAX];
    size_t n;
    s->info.kv = NULL; /* unless all goes well */
    if (!kv || mbedtls_ssl_check_pending(&s->ssl) || (lp_dtls_cid(d) <= 0 && !s->info.local_port))
        return LP_OK;
    int err = mbedtls_ssl_context_save(&s->ssl, rec + HEAD, sizeof(rec) - HEAD, &n);
    if (err == 0) err = mbedtls_ssl_context_load(&s->ssl, rec + HEAD, n);
    if (err == 0 && seal(s, rec + HEAD, n) == 0) {
        s->info.kv = kv;
        rec[0] = VERSION;
        memcpy(rec + 1, s->digest, SEAL);
        if (put_counters(d, next_number(s) + LP_DTLS_RESERVE, s->ssl.in_window_top) != 0 ||
            kv->put(kv, s->info.store_key, rec, HEAD + n) != 0) {
            if (kv->del(kv, s->info.store_key) == 0) s->info.kv = NULL;
            d->out_reserved = 0; /* else it may be there after all: each record wants a write */
        }
    }
    lp_wipe(rec, sizeof(rec));
    return err;
}

static bool load(struct lp_dtls *d, const uint8_t *rec, int n)
{
    struct session *s = d->tls;
    struct lp_kv *kv = s->info.kv;
    uint8_t was[COUNTERS], is[COUNTERS];
    struct lp_in in;
    if (n <= HEAD || n > SAVED_MAX || rec[0] != VERSION ||
        seal(s, rec + HEAD, (size_t)n - HEAD) != 0 || memcmp(rec + 1, s->digest, SEAL) != 0 ||
        kv->get(kv, (uint16_t)(s->info.store_key + 1), was, sizeof(was)) != sizeof(was))
        return false;
    lp_in_init(&in, was + 1, 16);
    d->out_reserved = lp_in_be(&in, 8);
    d->in_top = lp_in_be(&in, 8);
    make_counters(s, d->out_reserved, d->in_top, is);
    if (memcmp(was, is, sizeof(is)) != 0 || d->out_reserved >> 48 != 0 ||
        mbedtls_ssl_context_load(&s->ssl, rec + HEAD, (size_t)n - HEAD) != 0)
        return false;
    set_next_number(s, d->out_reserved);
    s->ssl.in_window_top = d->in_top;
    s->ssl.in_window = UINT64_MAX;
    return true;
}

/* Load what is saved for this server, delete what is not for it. 0 or an error of Mbed TLS. */
static int resume(struct lp_dtls *d)
{
    struct session *s = d->tls;
    struct lp_kv *kv = s->info.kv;
    uint8_t rec[SAVED_MAX];
    int n = kv->get(kv, s->info.store_key, rec, sizeof(rec));
    if (n == LP_ERR_NOT_FOUND) return 0;
    d->resumed = load(d, rec, n);
    lp_wipe(rec, sizeof(rec));
    if (d->resumed) return 0;
    d->out_reserved = d->in_top = 0;
    int err = kv->del(kv, s->info.store_key);
    kv->del(kv, (uint16_t)(s->info.store_key + 1));
    if (err != 0) s->info.kv = NULL; /* it may still be there: nothing may be saved beside it */
    if (s->ssl.conf) return 0;
    return mbedtls_ssl_setup(&s->ssl, &s->conf); /* a load that failed has freed it */
}

/* ---- up and down ---- */

static int error_of(int tls)
{
    switch (tls) {
    case 0: return LP_OK;
    case MBEDTLS_ERR_SSL_WANT_READ: return LP_AGAIN;
    case MBEDTLS_ERR_SSL_TIMEOUT: return LP_ERR_TIMEOUT;
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
    case MBEDTLS_ERR_CIPHER_ALLOC_FAILED:
    case MBEDTLS_ERR_MD_ALLOC_FAILED: return LP_ERR_FULL;
    case MBEDTLS_ERR_SSL_NO_RNG: return LP_ERR_RANDOM;
    default: return LP_ERR_TLS;
    }
}

static void release(struct lp_dtls *d)
{
    struct session *s = d->tls;
    if (s) {
        mbedtls_ssl_free(&s->ssl);
        lp_wipe(s, sizeof(*s)); /* not mbedtls_ssl_config_free: key and identity are not ours */
        mbedtls_free(s);
    }
    if (d->net && d->handle >= 0) d->net->close(d->net, d->handle);
    d->tls = NULL;
    d->handle = -1;
    d->state = CLOSED;
}

/* When a datagram ends within a record's header, behind a record that was skipped, Mbed TLS 3.6 stays at that point and
 * says "internal error" from then on. Anybody could send us such a one: what is left of it must go. */
static void drop_datagram(struct session *s)
{
    s->ssl.in_left = s->ssl.next_record_offset = 0;
}

static int shake_hands(struct lp_dtls *d)
{
    struct session *s = d->tls;
    s->turns = TURNS;
    int err = mbedtls_ssl_handshake(&s->ssl);
    if (err == MBEDTLS_ERR_SSL_INTERNAL_ERROR) {
        drop_datagram(s);
        err = MBEDTLS_ERR_SSL_WANT_READ; /* its timer runs on */
    }
    if (err == 0) {
        err = save(d);
        d->state = UP;
    }
    err = error_of(err);
    if (err != 0 && err != LP_AGAIN) release(d);
    return err;
}

/* The socket is what is missing; then the handshake, if it was not done before or loaded. */
static int go_on(struct lp_dtls *d)
{
    struct session *s = d->tls;
    const struct lp_dtls_peer_info *i = &s->info;
    d->state = OPENING;
    int h = d->net->open(d->net, i->host, i->port, i->local_port);
    if (h < 0) {
        if (h != LP_AGAIN) release(d);
        return h;
    }
    d->handle = h;
    d->state = UP;
    if (i->mode == LP_SEC_NOSEC || mbedtls_ssl_is_handshake_over(&s->ssl)) return LP_OK;
    d->state = HANDSHAKE;
    return shake_hands(d);
}

static int set_up_tls(struct lp_dtls *d)
{
    static const int suites[] = {MBEDTLS_TLS_PSK_WITH_AES_128_CCM_8, 0};
    struct session *s = d->tls;
    const struct lp_dtls_peer_info *i = &s->info;
    mbedtls_ssl_config *c = &s->conf;
    uint8_t cid[MBEDTLS_SSL_CID_IN_LEN_MAX];
    size_t cid_n = i->cid < 0 ? 0 : (size_t)i->cid;

    mbedtls_ssl_config_defaults(c, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_DATAGRAM,
                                MBEDTLS_SSL_PRESET_DEFAULT);
    /* Fields, not setters, which are a function each; and the key is not copied: one secret less to wipe. */
    c->ciphersuite_list = suites;
    c->f_rng = lp_crypto_rng;
    c->hs_timeout_min = i->tx.ack_timeout;
    c->hs_timeout_max = i->tx.ack_timeout << i->tx.max_retransmit;
    c->cid_len = cid_n;
    c->ignore_unexpected_cid = MBEDTLS_SSL_UNEXPECTED_CID_IGNORE;
    c->psk = (unsigned char *)(uintptr_t)i->key.p;
    c->psk_len = i->key.n;
    c->psk_identity = (unsigned char *)(uintptr_t)i->identity.p;
    c->psk_identity_len = i->identity.n;

    int err = mbedtls_ssl_setup(&s->ssl, c);
    if (err == 0 && i->kv) err = resume(d);
    if (err == 0 && i->cid >= 0) {
        err = lp_crypto_rng(NULL, cid, cid_n);
        mbedtls_ssl_set_cid(&s->ssl, MBEDTLS_SSL_CID_ENABLED, cid, cid_n);
    }
    mbedtls_ssl_set_bio(&s->ssl, d, send_datagram, recv_datagram, NULL);
    mbedtls_ssl_set_timer_cb(&s->ssl, d, set_timer, get_timer);
    return error_of(err);
}

static bool usable(const struct lp_dtls_peer_info *i)
{
    return i->mode == LP_SEC_NOSEC ||
           (i->key.n - 1 < MBEDTLS_PSK_MAX_LEN && i->identity.n - 1 < 255 && /* 0 wraps */
            i->cid <= MBEDTLS_SSL_CID_IN_LEN_MAX);
}

/* ---- the interface ---- */

void lp_dtls_init(struct lp_dtls *d, struct lp_net *net)
{
    memset(d, 0, sizeof(*d));
    d->net = net;
    d->handle = -1;
}

int lp_dtls_open(struct lp_dtls *d, const struct lp_dtls_peer_info *info, uint64_t now)
{
    if (d->state != CLOSED || (info->mode != LP_SEC_PSK && info->mode != LP_SEC_NOSEC))
        return LP_ERR_STATE;
    if (!usable(info)) return LP_ERR_VALUE;
    size_t host_n = strlen(info->host) + 1;
    struct session *s = mbedtls_calloc(1, sizeof(*s) + host_n);
    if (!s) return LP_ERR_FULL;
    mbedtls_ssl_init(&s->ssl);
    memcpy(s->host, info->host, host_n);
    s->info = *info;
    s->info.host = s->host;
    if (!s->info.tx.ack_timeout) s->info.tx = (struct lp_tx){2000, 150, 4};
    d->tls = s;
    d->now = now;
    d->resumed = false;
    d->out_reserved = d->in_top = 0;
    int err = info->mode == LP_SEC_PSK ? set_up_tls(d) : LP_OK;
    if (err == 0) return go_on(d);
    release(d);
    return err;
}

int lp_dtls_step(struct lp_dtls *d, uint64_t now)
{
    d->now = now;
    switch (d->state) {
    case OPENING: return go_on(d);
    case HANDSHAKE: return shake_hands(d);
    case UP: return LP_OK;
    default: return LP_ERR_STATE;
    }
}

uint32_t lp_dtls_wait(const struct lp_dtls *d, uint64_t now)
{
    if (d->state == OPENING) return NAME_WAIT;
    if (d->state != HANDSHAKE || d->timer_fin == 0) return UINT32_MAX;
    uint32_t gone = (uint32_t)(now - d->timer_set);
    return gone >= d->timer_fin ? 0 : d->timer_fin - gone;
}

bool lp_dtls_up(const struct lp_dtls *d)
{
    return d->state == UP;
}

static bool plain(const struct lp_dtls *d)
{
    return ((const struct session *)d->tls)->info.mode == LP_SEC_NOSEC;
}

int lp_dtls_send(struct lp_dtls *d, const void *p, size_t n, uint64_t now)
{
    struct session *s = d->tls;
    if (d->state != UP) return LP_ERR_STATE;
    d->now = now;
    if (plain(d)) {
        s->err = d->net->send(d->net, d->handle, p, n);
    } else {
        int sent = mbedtls_ssl_write(&s->ssl, p, n);
        if (sent < 0) return sent == MBEDTLS_ERR_SSL_BAD_INPUT_DATA ? LP_ERR_TOO_LARGE : LP_ERR_TLS;
    }
    return s->err == LP_ERR_NET ? LP_AGAIN : s->err;
}

/* What Mbed TLS says other than that the server has ended it is about one record, and that is dropped. */
int lp_dtls_recv(struct lp_dtls *d, void *p, size_t cap, uint64_t now)
{
    struct session *s = d->tls;
    if (d->state != UP) return LP_ERR_STATE;
    d->now = now;
    if (plain(d)) return d->net->recv(d->net, d->handle, p, cap);
    s->err = LP_OK;
    s->turns = TURNS;
    for (;;) {
        int n = mbedtls_ssl_read(&s->ssl, p, cap);
        if (n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || n == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
            return LP_ERR_TLS;
        if (n != MBEDTLS_ERR_SSL_WANT_READ && n < 0) drop_datagram(s);
        if (n < 0) return s->err == LP_ERR_NET ? LP_ERR_NET : LP_AGAIN;
        if (n > 0 && !s->ssl.in_offt) return n;
        s->ssl.in_offt = NULL; /* it did not fit, or is empty */
    }
}

int lp_dtls_commit(struct lp_dtls *d)
{
    const struct session *s = d->tls;
    if (d->state != UP || !s->info.kv || plain(d) || s->ssl.in_window_top == d->in_top)
        return LP_OK;
    return put_counters(d, d->out_reserved, s->ssl.in_window_top);
}

void lp_dtls_suspend(struct lp_dtls *d)
{
    lp_dtls_commit(d);
    release(d);
}

void lp_dtls_close(struct lp_dtls *d)
{
    struct session *s = d->tls;
    if (s && !plain(d)) {
        struct lp_kv *kv = s->info.kv;
        if (d->state == UP) mbedtls_ssl_close_notify(&s->ssl);
        if (kv) kv->del(kv, s->info.store_key);
    }
    release(d);
}

int lp_dtls_rebind(struct lp_dtls *d)
{
    if (d->state == CLOSED) return LP_ERR_STATE;
    lp_dtls_commit(d);
    if (d->handle >= 0) d->net->close(d->net, d->handle);
    d->handle = -1;
    return go_on(d);
}

int lp_dtls_cid(const struct lp_dtls *d)
{
    struct session *s = d->tls;
    int enabled = MBEDTLS_SSL_CID_DISABLED;
    size_t n = 0;
    if (s && !plain(d) && mbedtls_ssl_is_handshake_over(&s->ssl))
        mbedtls_ssl_get_peer_cid(&s->ssl, &enabled, NULL, &n);
    return enabled == MBEDTLS_SSL_CID_ENABLED ? (int)n : -1;
}
