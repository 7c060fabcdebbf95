/* SPDX-License-Identifier: Apache-2.0
 *
 * net_dhcp.c - the address comes from the store or by DHCP; servers may be named. */
#include "cm3/net.h"

#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/etharp.h>

const struct lp_cm3_timer lp_cm3_timers[] = {
    {etharp_tmr, ARP_TMR_INTERVAL, false},
    {dns_tmr, DNS_TMR_INTERVAL, true},
    {dhcp_fine_tmr, DHCP_FINE_TIMER_MSECS, true},
    {dhcp_coarse_tmr, DHCP_COARSE_TIMER_MSECS, true},
};
const uint8_t lp_cm3_timers_n = sizeof lp_cm3_timers / sizeof *lp_cm3_timers;

int lp_cm3_net_configure(struct netif *interface, const uint8_t ip[16])
{
    return lp_cm3_net_configure_ipv4(interface, ip);
}
