/* SPDX-License-Identifier: Apache-2.0
 *
 * net.h - between net.c and how addresses are had: a product links one of net_static.c (from the store, no names),
 * net_dhcp.c (or by DHCP; names), net_dual.c (IPv6 besides). config/lwip_*.h of the same name goes with it. */
#ifndef LP_CM3_NET_H
#define LP_CM3_NET_H

#include "limpet/port.h"

#include <lwip/ip_addr.h>
#include <lwip/netif.h>

/* What lwIP wants to be called, and how often. */
struct lp_cm3_timer {
    void (*run)(void);
    uint16_t ms;
    bool wakes; /* from sleep; else what was missed is made up for afterwards */
};
extern const struct lp_cm3_timer lp_cm3_timers[];
extern const uint8_t lp_cm3_timers_n; /* at most LP_CM3_TIMERS */
#define LP_CM3_TIMERS 6

/* The interface is up. ip: of LP_CM3_KEY_IP, or NULL: DHCP. 0 or LP_ERR_NET. */
int lp_cm3_net_configure(struct netif *, const uint8_t ip[16]);
int lp_cm3_net_configure_ipv4(struct netif *,
                              const uint8_t ip[16]); /* net_names.c: its part of it */
/* 0 and *address; LP_AGAIN: ask again; LP_ERR_NET. */
int lp_cm3_resolve(struct netif *, const char *host, ip_addr_t *address);

#endif
