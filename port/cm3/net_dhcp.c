/* SPDX-License-Identifier: Apache-2.0
 *
 * net_dhcp.c - the address comes from the store or by DHCP; servers may be named. */
#include "cm3/net.h"

#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/etharp.h>
#include <string.h>

const struct lp_cm3_timer lp_cm3_timers[] = {
    {etharp_tmr, ARP_TMR_INTERVAL, false},
    {dns_tmr, DNS_TMR_INTERVAL, true},
    {dhcp_fine_tmr, DHCP_FINE_TIMER_MSECS, true},
    {dhcp_coarse_tmr, DHCP_COARSE_TIMER_MSECS, true},
};
const uint8_t lp_cm3_timers_n = sizeof lp_cm3_timers / sizeof *lp_cm3_timers;

int lp_cm3_net_configure(struct netif *interface, const uint8_t ip[16])
{
    static struct dhcp dhcp;
    if (!ip) {
        dhcp_set_struct(interface, &dhcp);
        return dhcp_start(interface) == ERR_OK ? 0 : LP_ERR_NET;
    }
    ip4_addr_t a[4]; /* address, mask, gateway, name server */
    memcpy(a, ip, sizeof a);
    netif_set_addr(interface, &a[0], &a[1], &a[2]);
    ip_addr_t server;
    ip_addr_copy_from_ip4(server, a[3]);
    dns_setserver(0, &server);
    return 0;
}

/* lwIP's table keeps the answer: we ask again until it is there. */
static void resolved(const char *name, const ip_addr_t *address, void *arg)
{
    (void)name;
    *(bool *)arg = !address;
}

int lp_cm3_resolve(struct netif *interface, const char *host, ip_addr_t *address)
{
    static bool failed;
    if (ip4_addr_isany(netif_ip4_addr(interface))) return LP_AGAIN; /* DHCP is under way */
    if (failed) {
        failed = false;
        return LP_ERR_NET;
    }
    err_t err = dns_gethostbyname(host, address, resolved, &failed);
    return err == ERR_OK ? 0 : err == ERR_INPROGRESS ? LP_AGAIN : LP_ERR_NET;
}
