/* SPDX-License-Identifier: Apache-2.0
 *
 * device.c - the firmware: a thermometer under management, on any board of port/cm3. Who it is and whom it talks to
 * stands in its store, where the factory (limpet-client --make-flash) wrote it; SPEC.md section 2 has the records.
 * The UART tells what happens, a line each. */
#include "cm3/board.h"
#include "cm3/cm3.h"
#include "device.h"
#include "limpet/store.h"

#define KEY_ENDPOINT 0x8100
#define KEY_QUEUE    0x8101
#define WATCHDOG_MS  30000
#define MEASURE_MS   1000
#define RETRY_MS     60000 /* until the next start, after one that failed: what passes is cured */

static _Alignas(8) unsigned char arena[LP_TLS_ARENA];
static struct lp_client client;
static struct lp_store store;
static struct lp_sensor thermometer;
static char endpoint[65];

static void reboot(struct lp_device *d)
{
    (void)d;
    lp_port_log(LP_LOG_INFO, "reboot");
    lp_client_suspend(&client);
    lp_cm3_reboot();
}

static struct lp_device device = {.manufacturer = "Limpet",
                                  .model = LP_PRODUCT,
                                  .serial = endpoint,
                                  .firmware = LIMPET_VERSION,
                                  .reboot = reboot,
                                  .battery_percent = -1};

/* ---- what happens, on the UART ---- */

static void print_number(uint32_t n)
{
    char text[11], *p = text + 10;
    *p = 0;
    do *--p = (char)('0' + n % 10);
    while (n /= 10);
    lp_cm3_print(text + (p - text));
}

static void print_field(const char *name, uint32_t n)
{
    lp_cm3_print(name);
    print_number(n);
}

static void print_location(uint16_t server)
{
    struct lp_server_info info;
    for (unsigned i = 0; lp_client_server(&client, i, &info) == 0; i++)
        if (info.server == server) {
            lp_cm3_print(" ");
            lp_cm3_print(info.location);
        }
}

/* What goes by often (requests, notifications) is not told. */
static void tell(const struct lp_event *e)
{
    static const char *const names[] = {[LP_EV_CONNECTED] = "connected",
                                        [LP_EV_DISCONNECTED] = "disconnected",
                                        [LP_EV_BOOTSTRAP] = "bootstrap",
                                        [LP_EV_REGISTERED] = "registered",
                                        [LP_EV_REGISTRATION_FAILED] = "registration failed",
                                        [LP_EV_UPDATE_FAILED] = "update failed",
                                        [LP_EV_DEREGISTERED] = "deregistered"};
    static const char *const bootstrap[] = {" started", " finished", " failed"};
    if (e->kind >= sizeof names / sizeof *names || !names[e->kind]) return;
    lp_cm3_print(names[e->kind]);
    if (e->kind == LP_EV_BOOTSTRAP)
        lp_cm3_print(bootstrap[e->state]);
    else
        print_field(" ", e->server);
    if (e->kind == LP_EV_REGISTERED) print_location(e->server);
    if (e->kind == LP_EV_CONNECTED && e->resumed) lp_cm3_print(" resumed");
    if (e->err) print_field(" error ", (uint32_t)-e->err);
    if (e->code) print_field(" code ", e->code);
    if (e->err && e->retry_ms != LP_NO_RETRY) print_field(" retry ms ", e->retry_ms);
    lp_cm3_print("\n");
}

/* ---- from the store ---- */

/* An address of our own making, the same at each start: locally administered, from a hash of the name. */
static void make_mac(uint8_t mac[6])
{
    uint32_t hash = 2166136261u;
    for (const char *p = endpoint; *p; p++) hash = (hash ^ (uint8_t)*p) * 16777619u;
    mac[0] = 2;
    mac[1] = 'L';
    for (int i = 2; i < 6; i++, hash >>= 8) mac[i] = (uint8_t)hash;
}

static struct lp_net *open_net(struct lp_kv *kv)
{
    uint8_t ip[16], mac[6];
    make_mac(mac);
    return lp_cm3_net_open(mac, kv->get(kv, LP_CM3_KEY_IP, ip, sizeof ip) == sizeof ip ? ip : NULL);
}

static bool wants_queue(struct lp_kv *kv)
{
    uint8_t bits = 0;
    return kv->get(kv, KEY_QUEUE, &bits, 1) == 1 && bits & 1;
}

/* NULL, or what is missing. */
static const char *open_all(void)
{
    struct lp_kv *kv = &store.kv;
    if (lp_store_open(&store, &board_flash, board_store_at, board_store_units)) return "no store";
    int n = kv->get(kv, KEY_ENDPOINT, endpoint, sizeof endpoint - 1);
    if (n <= 0 || n >= (int)sizeof endpoint) return "no endpoint name of 64 bytes at most";
    if (lp_cm3_random_open(kv)) return "no random seed";
    struct lp_client_config config = {
        .endpoint = endpoint, .net = open_net(kv), .kv = kv, .queue = wants_queue(kv)};
    if (!config.net) return "no network";
    if (lp_client_init(&client, &config) || lp_device_add(&client, &device) ||
        lp_sensor_add(&client, &thermometer, 3303, "Cel") || device_more(&client))
        return "client not made";
    return lp_client_start(&client, lp_cm3_now()) ? "no account" : NULL;
}

/* ---- the loop ---- */

/* A day in a room, at the pace of a test. */
static uint32_t measure(uint64_t now)
{
    static const double celsius[] = {21, 21.25, 21.5, 22, 22.25, 22, 21.75, 21.25};
    static uint64_t due;
    static uint8_t turn;
    if (now >= due) {
        lp_sensor_set(&thermometer, celsius[turn++ % 8]);
        due = now + MEASURE_MS;
    }
    return (uint32_t)(due - now);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

_Noreturn static void run(void)
{
    for (;;) {
        uint64_t now = lp_cm3_now();
        uint32_t ms = measure(now);
        struct lp_event event;
        ms = least(ms, lp_step(&client, now));
        while (lp_event(&client, &event) > 0) tell(&event);
        board_watchdog_feed();
        if (!lp_cm3_net_poll()) lp_cm3_sleep(least(ms, lp_cm3_net_due()));
    }
}

int main(void)
{
    lp_cm3_time_start();
    board_watchdog_start(WATCHDOG_MS);
    lp_port_log(LP_LOG_INFO, "start " LP_PRODUCT " " LIMPET_VERSION);
    lp_tls_memory(arena, sizeof arena);
    const char *missing = open_all();
    if (!missing) run();
    lp_port_log(LP_LOG_ERROR, missing);
    uint64_t end = lp_cm3_now() + RETRY_MS;
    /* Not asleep: what waits in the controller and nobody takes would end each sleep at once. */
    while (lp_cm3_now() < end) board_watchdog_feed();
    lp_cm3_reboot();
}
