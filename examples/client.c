/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c - a thermometer under management over DTLS: client coaps://host IDENTITY SECRET
 * What must outlive a restart (account, association) is kept in the folder "thermometer". */
#include <limpet/client.h>
#include <posix/posix.h>
#include <stdio.h>
#include <string.h>

static struct lp_client client;
static struct lp_posix_net net;
static struct lp_posix_kv kv;
static struct lp_sensor thermometer;
static struct lp_device device = {
    .manufacturer = "Limpet", .model = "thermometer", .firmware = "1.0", .battery_percent = 100};

static void say(const struct lp_event *ev)
{
    if (ev->kind == LP_EV_REGISTERED)
        printf("registered with server %u\n", (unsigned)ev->server);
    else if (ev->kind == LP_EV_REGISTRATION_FAILED)
        printf("not registered: %s, next try in %u s\n", lp_strerror(ev->err),
               (unsigned)(ev->retry_ms / 1000));
}

int main(int argc, char **argv)
{
    if (argc != 4) return fprintf(stderr, "usage: client coaps://host[:port] IDENTITY SECRET\n"), 2;
    const char *wrong = "the folder cannot be used, or a number is out of range";
    struct lp_client_config config = {.endpoint = argv[2], .net = &net.net, .kv = &kv.store.kv};
    struct lp_account account = {.uri = argv[1],
                                 .mode = LP_SEC_PSK,
                                 .short_id = 1,
                                 .lifetime_s = 300,
                                 .security_iid = -1,
                                 .server_iid = -1,
                                 .identity = {argv[2], strlen(argv[2])},
                                 .key = {argv[3], strlen(argv[3])}};

    lp_posix_net_init(&net, -1);
    if (lp_posix_kv_open(&kv, "thermometer") || lp_client_init(&client, &config) ||
        lp_device_add(&client, &device) || lp_sensor_add(&client, &thermometer, 3303, "Cel") ||
        lp_client_account(&client, &account, &wrong) || lp_client_start(&client, lp_posix_now()))
        return fprintf(stderr, "client: %s\n", wrong), 1;

    for (uint64_t measured = 0, now;;) {
        if ((now = lp_posix_now()) - measured >= 1000) { /* a real one asks its sensor */
            lp_sensor_set(&thermometer, 20 + (double)(now / 1000 % 100) / 10);
            measured = now;
        }
        uint32_t sleep = lp_step(&client, now);
        for (struct lp_event ev; lp_event(&client, &ev) > 0;) say(&ev);
        lp_posix_wait(&net, -1, sleep < 1000 ? sleep : 1000);
    }
}
