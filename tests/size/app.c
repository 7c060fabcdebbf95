/* SPDX-License-Identifier: Apache-2.0
 *
 * app.c - what `make size` links: a temperature sensor under management with everything the library does by itself
 * (bootstrap, registration, observation, DTLS), on a port of empty functions. It is never run. */
#include "limpet/client.h"

static struct lp_client client;
static struct lp_device device = {.manufacturer = "Limpet", .battery_percent = -1};
static struct lp_sensor sensor;
static _Alignas(8) unsigned char arena[LP_TLS_ARENA];

/* volatile, so that nothing behind the port is optimised away */
static volatile int answer;
static volatile double value; /* measured elsewhere: no conversion, no soft float */
static volatile uint64_t clock_ms;

static int net_open(struct lp_net *net, const char *host, uint16_t port, uint16_t local_port)
{
    (void)net, (void)host, (void)port, (void)local_port;
    return answer;
}
static int net_send(struct lp_net *net, int handle, const void *p, size_t n)
{
    (void)net, (void)handle, (void)p, (void)n;
    return answer;
}
static int net_recv(struct lp_net *net, int handle, void *p, size_t cap)
{
    (void)net, (void)handle, (void)p, (void)cap;
    return answer;
}
static void net_close(struct lp_net *net, int handle)
{
    (void)net, (void)handle;
}
static int kv_get(struct lp_kv *kv, uint16_t key, void *p, size_t cap)
{
    (void)kv, (void)key, (void)p, (void)cap;
    return answer;
}
static int kv_put(struct lp_kv *kv, uint16_t key, const void *p, size_t n)
{
    (void)kv, (void)key, (void)p, (void)n;
    return answer;
}
static int kv_del(struct lp_kv *kv, uint16_t key)
{
    (void)kv, (void)key;
    return answer;
}
static struct lp_net net = {net_open, net_send, net_recv, net_close};
static struct lp_kv kv = {kv_get, kv_put, kv_del};

int lp_port_random(void *p, size_t n)
{
    (void)p, (void)n;
    return answer;
}
void lp_port_log(enum lp_log level, const char *text)
{
    (void)level, (void)text;
}

int main(void)
{
    static const struct lp_client_config config = {.endpoint = "size", .net = &net, .kv = &kv};
    static const struct lp_account account = {.uri = "coaps://server",
                                              .bootstrap = true,
                                              .identity = {"size", 4},
                                              .key = {"0123456789abcdef", 16}};

    lp_tls_memory(arena, sizeof arena);
    if (lp_client_init(&client, &config) || lp_device_add(&client, &device) ||
        lp_sensor_add(&client, &sensor, 3303, "Cel") ||
        lp_client_account(&client, &account, NULL) || lp_client_start(&client, clock_ms))
        return 1;
    for (;;) {
        struct lp_event event;
        lp_sensor_set(&sensor, value);
        lp_step(&client, clock_ms);
        while (lp_event(&client, &event) > 0) answer = event.kind;
    }
}
