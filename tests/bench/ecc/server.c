/* SPDX-License-Identifier: Apache-2.0
 * server.c - see server.h. It asks for the client's certificate and checks it against the same authority. */
#include "server.h"
#include "credentials.h"

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cookie.h>
#include <string.h>

static mbedtls_ssl_context ssl;
static mbedtls_ssl_config conf;
static mbedtls_ssl_cookie_ctx cookie;
static mbedtls_x509_crt ca, own;
static mbedtls_pk_context key;
static int timer;

static int draw(void *ctx, unsigned char *p, size_t n)
{
    static uint32_t state = 2;
    (void)ctx;
    for (; n; n--) {
        state = state * 1664525 + 1013904223;
        *p++ = (unsigned char)(state >> 24);
    }
    return 0;
}

static int to_wire(void *ctx, const unsigned char *p, size_t n)
{
    (void)ctx;
    return server_wire_send(p, n);
}

static int from_wire(void *ctx, unsigned char *p, size_t cap)
{
    int n = server_wire_recv(p, cap);
    (void)ctx;
    return n ? n : MBEDTLS_ERR_SSL_WANT_READ;
}

static void set_timer(void *ctx, uint32_t mid, uint32_t end)
{
    (void)ctx, (void)mid;
    timer = end ? 0 : -1;
}

static int get_timer(void *ctx)
{
    (void)ctx;
    return timer;
}

static int load_credentials(void)
{
    int err = mbedtls_x509_crt_parse_der(&ca, ca_der, sizeof ca_der);
    if (err == 0) err = mbedtls_x509_crt_parse_der(&own, server_der, sizeof server_der);
    if (err == 0)
        err =
            mbedtls_pk_parse_key(&key, server_key_der, sizeof server_key_der, NULL, 0, draw, NULL);
    if (err == 0) err = mbedtls_ssl_conf_own_cert(&conf, &own, &key);
    mbedtls_ssl_conf_ca_chain(&conf, &ca, NULL);
    mbedtls_ssl_conf_authmode(&conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    return err;
}

int server_open(void)
{
    mbedtls_ssl_config_defaults(&conf, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_DATAGRAM,
                                MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_rng(&conf, draw, NULL);
    int err = load_credentials();
    if (err == 0) err = mbedtls_ssl_cookie_setup(&cookie, draw, NULL);
    mbedtls_ssl_conf_dtls_cookies(&conf, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check,
                                  &cookie);
    if (err == 0) err = mbedtls_ssl_setup(&ssl, &conf);
    if (err == 0) err = mbedtls_ssl_set_client_transport_id(&ssl, (const unsigned char *)"c", 1);
    mbedtls_ssl_set_mtu(&ssl, 1200); /* a flight in one datagram must fit the client's input */
    mbedtls_ssl_set_bio(&ssl, NULL, to_wire, from_wire, NULL);
    mbedtls_ssl_set_timer_cb(&ssl, NULL, set_timer, get_timer);
    return err;
}

int server_step(void)
{
    int err = mbedtls_ssl_handshake(&ssl);
    if (err == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) {
        err = mbedtls_ssl_session_reset(&ssl);
        if (err == 0)
            err = mbedtls_ssl_set_client_transport_id(&ssl, (const unsigned char *)"c", 1);
        return err;
    }
    if (err == MBEDTLS_ERR_SSL_WANT_READ) return 0;
    return err == 0 ? 1 : err;
}
