/* SPDX-License-Identifier: Apache-2.0
 *
 * net_static.c - the address comes from the store, servers are named by theirs. */
#include "cm3/net.h"

#include <lwip/etharp.h>
#include <string.h>

/* Entries that age can do so late. */
const struct lp_cm3_timer lp_cm3_timers[] = {{etharp_tmr, ARP_TMR_INTERVAL, false}};
const uint8_t lp_cm3_timers_n = 1;

int lp_cm3_net_configure(struct netif *interface, const uint8_t ip[16])
{
    ip4_addr_t a[3]; /* address, mask, gateway */
    if (!ip) return LP_ERR_NET;
    memcpy(a, ip, sizeof a);
    netif_set_addr(interface, &a[0], &a[1], &a[2]);
    return 0;
}

int lp_cm3_resolve(struct netif *interface, const char *host, ip_addr_t *address)
{
    (void)interface;
    return ipaddr_aton(host, address) ? 0 : LP_ERR_NET;
}
