/* SPDX-License-Identifier: Apache-2.0
 *
 * net_names.c - for net_dhcp.c and net_dual.c: an IPv4 address from the store or by DHCP, and names by DNS. */
#include "cm3/net.h"

#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <string.h>

int lp_cm3_net_configure_ipv4(struct netif *interface, const uint8_t ip[16])
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

/* Of the name that failed last, until its asker was told; 0: none. Another one forgotten here is asked for again. */
static uintptr_t failed;

static uintptr_t hash(const char *name)
{
    uintptr_t n = 5381;
    while (*name) n = n * 33 ^ (uint8_t)*name++;
    return n | 1;
}

/* lwIP's table keeps the answer: we ask again until it is there. */
static void resolved(const char *name, const ip_addr_t *address, void *asked)
{
    (void)name;
    if (!address) failed = (uintptr_t)asked;
}

static int resolve(struct netif *interface, const char *host, ip_addr_t *address)
{
    if (ipaddr_aton(host, address)) return 0;
    uintptr_t name = hash(host);
    if (failed == name) {
        failed = 0;
        return LP_ERR_NET;
    }
    if (ip_addr_isany(dns_getserver(0))) /* DHCP will tell; else nobody */
        return netif_dhcp_data(interface) ? LP_AGAIN : LP_ERR_NET;
    err_t err = dns_gethostbyname(host, address, resolved, (void *)name);
    if (err == ERR_INPROGRESS || err == ERR_MEM)
        return LP_AGAIN; /* its table is full: of askers, too */
    return err == ERR_OK ? 0 : LP_ERR_NET;
}

int lp_cm3_resolve(struct netif *interface, const char *host, ip_addr_t *address)
{
    int err = resolve(interface, host, address);
    if (err) return err;
    const ip_addr_t *own = ip_netif_get_local_ip(interface, address);
    return own && !ip_addr_isany(own) ? 0 : LP_AGAIN;
}
