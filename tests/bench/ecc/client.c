/* SPDX-License-Identifier: Apache-2.0
 * client.c - see client.h. Random numbers are the same in each run, so that counts can be repeated. */
#include "client.h"
#include "credentials.h"
#include "variant.h"

#include "limpet/port.h"
#include "link/crypto.h"

#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <string.h>

static mbedtls_ssl_context ssl;
static mbedtls_ssl_config conf;
static mbedtls_x509_crt ca, own;
static mbedtls_pk_context key;
static int timer;

int lp_port_random(void *p, size_t n)
{
    static uint32_t state = 1;
    for (uint8_t *to = p; n; n--) {
        state = state * 1664525 + 1013904223;
        *to++ = (uint8_t)(state >> 24);
    }
    return 0;
}

static int to_wire(void *ctx, const unsigned char *p, size_t n)
{
    (void)ctx;
    return wire_send(p, n);
}

static int from_wire(void *ctx, unsigned char *p, size_t cap)
{
    int n = wire_recv(p, cap);
    (void)ctx;
    return n ? n : MBEDTLS_ERR_SSL_WANT_READ;
}

static void set_timer(void *ctx, uint32_t mid, uint32_t end)
{
    (void)ctx, (void)mid;
    timer = end ? 0 : -1; /* runs, but never out: this wire loses nothing */
}

static int get_timer(void *ctx)
{
    (void)ctx;
    return timer;
}

static int load_credentials(void)
{
    int err = mbedtls_x509_crt_parse_der_nocopy(&ca, ca_der, sizeof ca_der);
    if (err == 0) err = mbedtls_x509_crt_parse_der_nocopy(&own, client_der, sizeof client_der);
    if (err == 0)
        err = mbedtls_pk_parse_key(&key, client_key_der, sizeof client_key_der, NULL, 0,
                                   lp_crypto_rng, NULL);
    if (err == 0) err = mbedtls_ssl_conf_own_cert(&conf, &own, &key);
    mbedtls_ssl_conf_ca_chain(&conf, &ca, NULL);
    return err;
}

int client_open(void)
{
    static const int suites[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, 0};
    static unsigned char psk[16]; /* the product does both; so that its code is counted */

    int err = variant_open();
    mbedtls_ssl_init(&ssl);
    mbedtls_ssl_config_init(&conf);
    mbedtls_ssl_config_defaults(&conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_DATAGRAM,
                                MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_rng(&conf, lp_crypto_rng, NULL);
    mbedtls_ssl_conf_ciphersuites(&conf, suites);
    mbedtls_ssl_conf_psk(&conf, psk, sizeof psk, psk, 4);
    mbedtls_ssl_conf_cid(&conf, 0, MBEDTLS_SSL_UNEXPECTED_CID_IGNORE);
    if (err == 0) err = load_credentials();
    if (err == 0) err = mbedtls_ssl_setup(&ssl, &conf);
    if (err == 0) err = mbedtls_ssl_set_hostname(&ssl, "server");
    if (err == 0) err = mbedtls_ssl_set_cid(&ssl, MBEDTLS_SSL_CID_ENABLED, NULL, 0);
    mbedtls_ssl_set_bio(&ssl, NULL, to_wire, from_wire, NULL);
    mbedtls_ssl_set_timer_cb(&ssl, NULL, set_timer, get_timer);
    return err;
}

int client_step(void)
{
    int err = mbedtls_ssl_handshake_step(&ssl);
    if (err == MBEDTLS_ERR_SSL_WANT_READ) return 2;
    if (err == MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS) return 0;
    return err == 0 ? mbedtls_ssl_is_handshake_over(&ssl) : err;
}

int client_use(unsigned char *p, size_t n)
{
    int err = mbedtls_ssl_write(&ssl, p, n);
    if (err > 0) err = mbedtls_ssl_read(&ssl, p, n);
    if (err > 0) err = mbedtls_ssl_context_save(&ssl, p, n, &n);
    if (err == 0) err = mbedtls_ssl_context_load(&ssl, p, n);
    if (err == 0) mbedtls_ssl_close_notify(&ssl);
    return err;
}
