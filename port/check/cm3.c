/* SPDX-License-Identifier: Apache-2.0
 *
 * cm3.c - port/check on a board of port/cm3. scripts/port-check writes the address of its peer over the one in here,
 * and a seed into the board's store; it scribbles on the last erase units of the flash. */
#include "check/check.h"
#include "cm3/board.h"
#include "cm3/cm3.h"
#include "limpet/config.h"
#include "limpet/store.h"

static const volatile char peer[] =
    "10.0.2.2:65535 "; /* read byte by byte at run time: the image is edited */
static char host[sizeof peer];

static uint16_t read_peer(void)
{
    unsigned i = 0, port = 0;
    for (; peer[i] != ':'; i++) host[i] = peer[i];
    for (i++; peer[i] >= '0' && peer[i] <= '9'; i++) port = port * 10 + (unsigned)(peer[i] - '0');
    return (uint16_t)port;
}

static void let_pass(uint32_t ms)
{
    for (uint64_t end = lp_cm3_now() + ms, now; (now = lp_cm3_now()) < end;) {
        uint32_t left = (uint32_t)(end - now), due = lp_cm3_net_due();
        board_watchdog_feed();
        if (!lp_cm3_net_poll()) lp_cm3_sleep(left < due ? left : due);
    }
}

static void say(const char *line)
{
    lp_cm3_print(line);
    lp_cm3_print("\n");
}

int main(void)
{
    static struct lp_store store;
    static const uint8_t mac[6] = {2, 'L', 'c', 'h', 'e', 'k'};
    uint8_t ip[16];
    lp_cm3_time_start();
    if (lp_store_open(&store, &board_flash, board_store_at, board_store_units) != 0)
        say("FAIL store: it cannot be opened");
    if (lp_cm3_random_open(&store.kv) != 0) say("FAIL random: no seed in the store");
    int n = store.kv.get(&store.kv, LP_CM3_KEY_IP, ip, sizeof ip);
    uint16_t port = read_peer();
    struct lp_check check = {.net = lp_cm3_net_open(mac, n == sizeof ip ? ip : NULL),
                             .host = host,
                             .port = port,
                             .largest = LP_MAX_MESSAGE + 29, /* with the record's head and tail */
                             .flash = &board_flash,
                             .at = board_flash.size - LP_CHECK_UNITS * board_flash.erase_unit,
                             .now = lp_cm3_now,
                             .wait = let_pass,
                             .reboot = lp_cm3_reboot,
                             .say = say};
    lp_port_check(&check);
    for (;;) lp_cm3_sleep(1000);
}
