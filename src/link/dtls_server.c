/* SPDX-License-Identifier: Apache-2.0
 *
 * dtls_server.c - the server's side of DTLS over Mbed TLS.
 *
 * There is always one peer too many, the spare: it takes each first ClientHello, answers with a cookie and is reset.
 * When a ClientHello brings a good cookie, the spare goes on to be that client's peer and a new one is made. So a flood
 * of ClientHellos costs one context, and no message is parsed twice.
 *
 * The cookie is the time (4 bytes, seconds) and an HMAC, with a secret of this process, over the time and the address.
 *
 * A saved peer: version 1 | SHA-256 of the rest, its first 8 bytes | cid (8) | address_n | address | identity_n |
 * identity | Mbed TLS's serialised context (which does not check its own lengths: hence the hash).
 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include "link/dtls_server.h"

#include <string.h>

#include <mbedtls/md.h>
#include <mbedtls/platform.h>
#include <mbedtls/sha256.h>
#include <mbedtls/ssl.h>

#include "bytes/buf.h"
#include "link/crypto.h"

#define ADDRESS_MAX   32
#define IDENTITY_MAX  255
#define COOKIE_MAC    16
#define COOKIE_LIFE_S 60
#define FIRST_TIMEOUT 2000 /* ms; doubled up to LAST_TIMEOUT, then the handshake has failed */
#define LAST_TIMEOUT  32000
#define RANDOM_AT \
    27 /* in a datagram with a ClientHello: record header 13, handshake header 12, version 2 */
#define RANDOM_N 32
#define VERSION  1
#define SEAL     8

struct address {
    uint8_t p[ADDRESS_MAX];
    size_t n;
};

struct lp_dtls_peer {
    struct lp_dtlsd *d;
    mbedtls_ssl_context ssl;
    struct address address, from; /* where it is; where the datagram in hand came from */
    const uint8_t *in;            /* the datagram in hand, until Mbed TLS takes it */
    size_t in_n;
    uint64_t timer_set;
    uint32_t timer_int, timer_fin;
    uint8_t random[RANDOM_N], cid[LP_DTLSD_CID];
    bool has_cid; /* negotiated; known once up */
    uint8_t identity[IDENTITY_MAX];
    size_t identity_n;
    bool dead;
};

struct lp_dtlsd {
    struct lp_dtlsd_config c;
    mbedtls_ssl_config conf;
    uint8_t secret[32];
    uint64_t now;
    struct lp_dtls_peer *spare;
};

/* ---- what Mbed TLS calls ---- */

static int send_datagram(void *ctx, const unsigned char *p, size_t n)
{
    const struct lp_dtls_peer *x = ctx;
    x->d->c.send(x->d->c.ctx, x->address.p, x->address.n, p, n);
    return (int)n; /* if it could not be sent it counts as lost */
}

static int recv_datagram(void *ctx, unsigned char *p, size_t cap)
{
    struct lp_dtls_peer *x = ctx;
    size_t n = x->in_n;
    x->in_n = 0;
    if (n == 0 || n > cap) return MBEDTLS_ERR_SSL_WANT_READ;
    memcpy(p, x->in, n);
    return (int)n;
}

static void set_timer(void *ctx, uint32_t intermediate, uint32_t final)
{
    struct lp_dtls_peer *x = ctx;
    x->timer_set = x->d->now;
    x->timer_int = intermediate;
    x->timer_fin = final;
}

static int get_timer(void *ctx)
{
    const struct lp_dtls_peer *x = ctx;
    uint64_t gone = x->d->now - x->timer_set;
    if (x->timer_fin == 0) return -1;
    return (gone >= x->timer_int) + (gone >= x->timer_fin);
}

static int find_key(void *ctx, mbedtls_ssl_context *ssl, const unsigned char *identity, size_t n)
{
    struct lp_dtlsd *d = ctx;
    struct lp_dtls_peer *x = mbedtls_ssl_get_user_data_p(ssl);
    uint8_t key[MBEDTLS_PSK_MAX_LEN];
    if (n > IDENTITY_MAX) return -1;
    int key_n = d->c.psk(d->c.ctx, (struct lp_span){identity, n}, key, sizeof(key));
    if (key_n <=
        0) /* one that cannot be guessed: fails like a wrong key, and tells nothing of who is known */
        key_n = lp_port_random(key, sizeof(key)) == 0 ? (int)sizeof(key) : -1;
    if (key_n > 0 && mbedtls_ssl_set_hs_psk(ssl, key, (size_t)key_n) != 0) key_n = -1;
    lp_wipe(key, sizeof(key));
    memcpy(x->identity, identity, n);
    x->identity_n = n;
    return key_n > 0 ? 0 : -1;
}

/* ---- cookies ---- */

static uint32_t seconds(const struct lp_dtlsd *d)
{
    return (uint32_t)(d->now / 1000);
}

static int cookie_mac(const struct lp_dtlsd *d, uint32_t time, const uint8_t *id, size_t id_n,
                      uint8_t mac[32])
{
    uint8_t in[4 + ADDRESS_MAX];
    struct lp_out o;
    lp_out_init(&o, in, sizeof(in));
    lp_out_be(&o, time, 4);
    lp_out_put(&o, id, id_n);
    return lp_out_end(&o) < 0 ||
           mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), d->secret,
                           sizeof(d->secret), in, lp_out_len(&o), mac) != 0;
}

static int write_cookie(void *ctx, unsigned char **p, unsigned char *end, const unsigned char *id,
                        size_t id_n)
{
    const struct lp_dtlsd *d = ctx;
    uint8_t mac[32];
    struct lp_out o;
    lp_out_init(&o, *p, (size_t)(end - *p));
    if (cookie_mac(d, seconds(d), id, id_n, mac) != 0) return -1;
    lp_out_be(&o, seconds(d), 4);
    lp_out_put(&o, mac, COOKIE_MAC);
    *p += lp_out_len(&o);
    return lp_out_end(&o) < 0 ? -1 : 0;
}

static int check_cookie(void *ctx, const unsigned char *p, size_t n, const unsigned char *id,
                        size_t id_n)
{
    const struct lp_dtlsd *d = ctx;
    uint8_t mac[32], differ = 0;
    struct lp_in in;
    lp_in_init(&in, p, n);
    uint32_t time = (uint32_t)lp_in_be(&in, 4);
    const uint8_t *theirs = lp_in_take(&in, COOKIE_MAC);
    if (!theirs || lp_in_left(&in) || seconds(d) - time > COOKIE_LIFE_S ||
        cookie_mac(d, time, id, id_n, mac) != 0)
        return -1;
    for (size_t i = 0; i < COOKIE_MAC; i++) differ |= (uint8_t)(theirs[i] ^ mac[i]);
    return differ ? -1 : 0;
}

/* ---- listener ---- */

static void set_address(struct address *a, const void *p, size_t n)
{
    a->n = n < ADDRESS_MAX ? n : ADDRESS_MAX;
    memcpy(a->p, p, a->n);
}

static struct lp_dtls_peer *new_peer(struct lp_dtlsd *d)
{
    struct lp_dtls_peer *x = mbedtls_calloc(1, sizeof(*x));
    if (!x) return NULL;
    x->d = d;
    mbedtls_ssl_init(&x->ssl);
    mbedtls_ssl_set_user_data_p(&x->ssl, x);
    mbedtls_ssl_set_bio(&x->ssl, x, send_datagram, recv_datagram, NULL);
    if (mbedtls_ssl_setup(&x->ssl, &d->conf) != 0 || lp_port_random(x->cid, LP_DTLSD_CID) != 0 ||
        mbedtls_ssl_set_cid(&x->ssl, MBEDTLS_SSL_CID_ENABLED, x->cid, LP_DTLSD_CID) != 0) {
        lp_dtls_peer_free(x, false);
        return NULL;
    }
    mbedtls_ssl_set_timer_cb(&x->ssl, x, set_timer, get_timer);
    return x;
}

struct lp_dtlsd *lp_dtlsd_new(const struct lp_dtlsd_config *c)
{
    struct lp_dtlsd *d = mbedtls_calloc(1, sizeof(*d));
    if (!d) return NULL;
    d->c = *c;
    mbedtls_ssl_config_init(&d->conf);
    if (lp_port_random(d->secret, sizeof(d->secret)) != 0 ||
        mbedtls_ssl_config_defaults(&d->conf, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_DATAGRAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0 ||
        mbedtls_ssl_conf_cid(&d->conf, LP_DTLSD_CID, MBEDTLS_SSL_UNEXPECTED_CID_IGNORE) != 0) {
        lp_dtlsd_free(d);
        return NULL;
    }
    mbedtls_ssl_conf_rng(&d->conf, lp_crypto_rng, NULL);
    mbedtls_ssl_conf_psk_cb(&d->conf, find_key, d);
    mbedtls_ssl_conf_dtls_cookies(&d->conf, write_cookie, check_cookie, d);
    mbedtls_ssl_conf_handshake_timeout(&d->conf, FIRST_TIMEOUT, LAST_TIMEOUT);
    return d;
}

void lp_dtlsd_free(struct lp_dtlsd *d)
{
    if (!d) return;
    lp_dtls_peer_free(d->spare, false);
    mbedtls_ssl_config_free(&d->conf);
    lp_wipe(d, sizeof(*d));
    mbedtls_free(d);
}

bool lp_dtlsd_is_hello(const void *p, size_t n)
{
    const uint8_t *b = p;
    return n >= RANDOM_AT + RANDOM_N && b[0] == MBEDTLS_SSL_MSG_HANDSHAKE && b[3] == 0 &&
           b[4] == 0 && b[13] == MBEDTLS_SSL_HS_CLIENT_HELLO;
}

int lp_dtlsd_cid(const void *p, size_t n, uint8_t cid[LP_DTLSD_CID])
{
    const uint8_t *b = p;
    if (n < 13 + LP_DTLSD_CID || b[0] != MBEDTLS_SSL_MSG_CID) return 0;
    memcpy(cid, b + 11, LP_DTLSD_CID);
    return 1;
}

/* The cookie was good, and our first flight is out: it waits for the client's. */
static bool past_hello(const struct lp_dtls_peer *x, int result)
{
    return result == MBEDTLS_ERR_SSL_WANT_READ && x->ssl.state > MBEDTLS_SSL_SERVER_HELLO_DONE;
}

struct lp_dtls_peer *lp_dtlsd_hello(struct lp_dtlsd *d, const void *address, size_t address_n,
                                    const void *p, size_t n, uint64_t now)
{
    d->now = now;
    if (!lp_dtlsd_is_hello(p, n) || address_n > ADDRESS_MAX) return NULL;
    struct lp_dtls_peer *x = d->spare ? d->spare : new_peer(d);
    d->spare = NULL;
    if (!x) return NULL;
    set_address(&x->address, address, address_n);
    memcpy(x->random, (const uint8_t *)p + RANDOM_AT, RANDOM_N);
    x->in = p;
    x->in_n = n;
    if (mbedtls_ssl_set_client_transport_id(&x->ssl, x->address.p, x->address.n) == 0 &&
        past_hello(x, mbedtls_ssl_handshake(&x->ssl)))
        return x;
    if (mbedtls_ssl_session_reset(&x->ssl) == 0)
        d->spare = x;
    else
        lp_dtls_peer_free(x, false);
    return NULL;
}

/* ---- one peer ---- */

bool lp_dtls_peer_up(const struct lp_dtls_peer *x)
{
    return !x->dead && mbedtls_ssl_is_handshake_over((mbedtls_ssl_context *)(uintptr_t)&x->ssl);
}

bool lp_dtls_peer_began(const struct lp_dtls_peer *x, const void *p, size_t n)
{
    return lp_dtlsd_is_hello(p, n) &&
           memcmp(x->random, (const uint8_t *)p + RANDOM_AT, RANDOM_N) == 0;
}

/* When a datagram ends within a record's header, Mbed TLS 3.6 stays at that point: dtls.c, drop_datagram. */
static void drop_datagram(struct lp_dtls_peer *x, int why)
{
    if (why != MBEDTLS_ERR_SSL_WANT_READ) x->ssl.in_left = x->ssl.next_record_offset = 0;
}

static void look_for_cid(struct lp_dtls_peer *x)
{
    int enabled = MBEDTLS_SSL_CID_DISABLED;
    mbedtls_ssl_get_peer_cid(&x->ssl, &enabled, NULL, NULL);
    x->has_cid = enabled == MBEDTLS_SSL_CID_ENABLED;
}

/* 0: up; LP_AGAIN; or it has failed. */
static int shake_hands(struct lp_dtls_peer *x)
{
    if (x->dead) return LP_ERR_TLS;
    int r = mbedtls_ssl_handshake(&x->ssl);
    if (r == 0) {
        look_for_cid(x);
        return LP_OK;
    }
    if (r == MBEDTLS_ERR_SSL_WANT_READ || r == MBEDTLS_ERR_SSL_INTERNAL_ERROR) {
        drop_datagram(x, r);
        return LP_AGAIN;
    }
    x->dead = true;
    return r == MBEDTLS_ERR_SSL_TIMEOUT ? LP_ERR_TIMEOUT : LP_ERR_TLS;
}

/* A payload, LP_AGAIN or LP_ERR_TLS. What else Mbed TLS says is about one record, and that is dropped. */
static int read_record(struct lp_dtls_peer *x, void *buf, size_t cap)
{
    for (;;) {
        uint64_t newest = x->ssl.in_window_top;
        int n = mbedtls_ssl_read(&x->ssl, buf, cap);
        if (n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || n == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
            x->dead = true;
            return LP_ERR_TLS;
        }
        if (x->ssl.in_window_top > newest && x->from.n && lp_dtls_peer_cid(x)) x->address = x->from;
        if (n < 0) {
            drop_datagram(x, n);
            return LP_AGAIN;
        }
        if (n > 0 && mbedtls_ssl_get_bytes_avail(&x->ssl) == 0) return n;
        while (cap && mbedtls_ssl_get_bytes_avail(&x->ssl) > 0) /* does not fit: dropped whole */
            mbedtls_ssl_read(&x->ssl, buf, cap);
    }
}

int lp_dtls_peer_recv(struct lp_dtls_peer *x, const void *address, size_t address_n, const void *p,
                      size_t n, void *buf, size_t cap, uint64_t now)
{
    x->d->now = now;
    if (n > 0) set_address(&x->from, address, address_n);
    x->in = p;
    x->in_n = n;
    int err = lp_dtls_peer_up(x) ? LP_OK : shake_hands(x);
    if (err == 0) err = read_record(x, buf, cap);
    x->in_n = 0;
    return err;
}

int lp_dtls_peer_send(struct lp_dtls_peer *x, const void *p, size_t n, uint64_t now)
{
    x->d->now = now;
    if (!lp_dtls_peer_up(x)) return LP_ERR_STATE;
    int r = mbedtls_ssl_write(&x->ssl, p, n);
    if (r >= 0) return LP_OK;
    return r == MBEDTLS_ERR_SSL_BAD_INPUT_DATA ? LP_ERR_TOO_LARGE : LP_ERR_TLS;
}

int lp_dtls_peer_step(struct lp_dtls_peer *x, uint64_t now, uint32_t *wait)
{
    x->d->now = now;
    x->in_n = 0;
    *wait = UINT32_MAX;
    int err = lp_dtls_peer_up(x) ? LP_OK : shake_hands(x);
    if (err == LP_AGAIN && x->timer_fin) {
        uint64_t gone = now - x->timer_set;
        *wait = gone >= x->timer_fin ? 0 : x->timer_fin - (uint32_t)gone;
    }
    return err;
}

struct lp_span lp_dtls_peer_identity(const struct lp_dtls_peer *x)
{
    return (struct lp_span){x->identity, lp_dtls_peer_up(x) ? x->identity_n : 0};
}

const uint8_t *lp_dtls_peer_cid(const struct lp_dtls_peer *x)
{
    return lp_dtls_peer_up(x) && x->has_cid ? x->cid : NULL;
}

struct lp_span lp_dtls_peer_address(const struct lp_dtls_peer *x)
{
    return (struct lp_span){x->address.p, x->address.n};
}

void lp_dtls_peer_free(struct lp_dtls_peer *x, bool notify)
{
    if (!x) return;
    if (notify && lp_dtls_peer_up(x)) mbedtls_ssl_close_notify(&x->ssl);
    mbedtls_ssl_free(&x->ssl);
    lp_wipe(x, sizeof(*x));
    mbedtls_free(x);
}

/* ---- across a restart ---- */

int lp_dtls_peer_save(struct lp_dtls_peer *x, void *buf, size_t cap)
{
    struct lp_out o;
    uint8_t *b = buf, digest[32], skip[SEAL] = {0};
    if (!lp_dtls_peer_up(x)) return LP_ERR_STATE;
    lp_out_init(&o, buf, cap);
    lp_out_u8(&o, VERSION);
    lp_out_put(&o, skip, SEAL);
    lp_out_put(&o, x->cid, LP_DTLSD_CID);
    lp_out_u8(&o, (uint8_t)x->address.n);
    lp_out_put(&o, x->address.p, x->address.n);
    lp_out_u8(&o, (uint8_t)x->identity_n);
    lp_out_put(&o, x->identity, x->identity_n);
    size_t head = lp_out_len(&o), n;
    if (lp_out_end(&o) < 0) return LP_ERR_TOO_LARGE;
    int r = mbedtls_ssl_context_save(&x->ssl, b + head, cap - head, &n);
    if (r != 0) return r == MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL ? LP_ERR_TOO_LARGE : LP_ERR_STATE;
    x->dead = true;
    n += head;
    mbedtls_sha256(b + 1 + SEAL, n - 1 - SEAL, digest, 0);
    memcpy(b + 1, digest, SEAL);
    return (int)n;
}

struct lp_dtls_peer *lp_dtls_peer_load(struct lp_dtlsd *d, const void *p, size_t n, uint64_t now)
{
    struct lp_in in;
    uint8_t digest[32];
    d->now = now;
    lp_in_init(&in, p, n);
    uint8_t version = lp_in_u8(&in);
    const uint8_t *seal = lp_in_take(&in, SEAL);
    struct lp_span rest = lp_in_rest(&in);
    if (!seal || version != VERSION || mbedtls_sha256(rest.p, rest.n, digest, 0) != 0 ||
        memcmp(seal, digest, SEAL) != 0)
        return NULL;
    lp_in_init(&in, rest.p, rest.n);
    const uint8_t *cid = lp_in_take(&in, LP_DTLSD_CID);
    size_t address_n = lp_in_u8(&in);
    const uint8_t *address = lp_in_take(&in, address_n);
    size_t identity_n = lp_in_u8(&in);
    const uint8_t *identity = lp_in_take(&in, identity_n);
    struct lp_span blob = lp_in_rest(&in);
    struct lp_dtls_peer *x = identity && address_n <= ADDRESS_MAX ? new_peer(d) : NULL;
    if (!x || mbedtls_ssl_context_load(&x->ssl, blob.p, blob.n) != 0) {
        lp_dtls_peer_free(x, false);
        return NULL;
    }
    set_address(&x->address, address, address_n);
    memcpy(x->cid, cid, LP_DTLSD_CID);
    memcpy(x->identity, identity, identity_n);
    x->identity_n = identity_n;
    look_for_cid(x);
    return x;
}
