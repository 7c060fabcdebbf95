/* SPDX-License-Identifier: Apache-2.0
 *
 * net_dual.c - IPv4 as in net_dhcp.c, and IPv6: a link-local address, others as a router announces them (SLAAC). Of a
 * name with both kinds of address the IPv4 one is taken. */
#include "cm3/net.h"

#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/mld6.h>
#include <lwip/nd6.h>

const struct lp_cm3_timer lp_cm3_timers[] = {
    {etharp_tmr, ARP_TMR_INTERVAL, false},
    {dns_tmr, DNS_TMR_INTERVAL, true},
    {dhcp_fine_tmr, DHCP_FINE_TIMER_MSECS, true},
    {dhcp_coarse_tmr, DHCP_COARSE_TIMER_MSECS, true},
    {nd6_tmr, ND6_TMR_INTERVAL, true},
    {mld6_tmr, MLD6_TMR_INTERVAL, false},
};
const uint8_t lp_cm3_timers_n = sizeof lp_cm3_timers / sizeof *lp_cm3_timers;

int lp_cm3_net_configure(struct netif *interface, const uint8_t ip[16])
{
    interface->output_ip6 = ethip6_output;
    interface->flags |= NETIF_FLAG_MLD6;
    netif_create_ip6_linklocal_address(interface, 1);
    netif_set_ip6_autoconfig_enabled(interface, 1);
    return lp_cm3_net_configure_ipv4(interface, ip);
}
