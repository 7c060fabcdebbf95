/* SPDX-License-Identifier: Apache-2.0
 *
 * lite.c - the smallest useful product: Client Lite, one server, one sensor, TLS memory from a static array.
 * The account is made in the factory; here it comes from the command line: lite coaps://host IDENTITY SECRET */
#include <limpet/client.h>
#include <posix/posix.h>
#include <stdio.h>
#include <string.h>

static _Alignas(
    8) unsigned char tls[4 *
                         LP_TLS_ARENA]; /* a 64-bit host needs more than a target's LP_TLS_ARENA */
static struct lp_client client;
static struct lp_posix_net net;
static struct lp_sensor humidity;
static struct lp_device device = {
    .manufacturer = "Limpet", .model = "hygrometer", .battery_percent = -1};

int main(int argc, char **argv)
{
    if (argc != 4) return fprintf(stderr, "usage: lite coaps://host[:port] IDENTITY SECRET\n"), 2;
    const char *wrong = "out of memory or random bytes";
    struct lp_client_config config = {.endpoint = argv[2], .net = &net.net, .queue = true};
    struct lp_account account = {.uri = argv[1],
                                 .mode = LP_SEC_PSK,
                                 .short_id = 1,
                                 .lifetime_s = 3600,
                                 .security_iid = -1,
                                 .server_iid = -1,
                                 .identity = {argv[2], strlen(argv[2])},
                                 .key = {argv[3], strlen(argv[3])}};

    lp_tls_memory(tls, sizeof tls);
    lp_posix_net_init(&net, -1);
    if (lp_client_init(&client, &config) || lp_device_add(&client, &device) ||
        lp_sensor_add(&client, &humidity, 3304, "%RH") ||
        lp_client_account(&client, &account, &wrong) || lp_client_start(&client, lp_posix_now()))
        return fprintf(stderr, "lite: %s\n", wrong), 1;

    for (unsigned minute = 0;; minute++) {
        lp_sensor_set(&humidity, 40 + minute % 20);
        uint64_t now = lp_posix_now(), next = now + 60000;
        for (; now < next; now = lp_posix_now()) {
            uint32_t sleep = lp_step(&client, now);
            lp_posix_wait(&net, -1, sleep < next - now ? sleep : (uint32_t)(next - now));
        }
    }
}
