/* SPDX-License-Identifier: Apache-2.0
 * As lwip_dhcp.h, and IPv6 with addresses by SLAAC. */
#ifndef LIMPET_LWIP_NET_H
#define LIMPET_LWIP_NET_H

#define LWIP_IPV4                     1
#define LWIP_IPV6                     1
#define LWIP_IPV6_REASS               0
#define LWIP_IPV6_FRAG                0
#define LWIP_IPV6_FORWARD             0
#define LWIP_IPV6_DHCP6               0
#define LWIP_ND6_NUM_NEIGHBORS        3
#define LWIP_ND6_NUM_DESTINATIONS     3
#define LWIP_ND6_NUM_PREFIXES         2
#define LWIP_ND6_NUM_ROUTERS          1
#define LWIP_ND6_QUEUEING             0
#define MEMP_NUM_MLD6_GROUP           4
#define LWIP_DHCP                     1
#define LWIP_DHCP_DOES_ACD_CHECK      0
#define LWIP_DHCP_MAX_NTP_SERVERS     0
#define LWIP_DNS                      1
#define DNS_TABLE_SIZE                2
#define DNS_MAX_NAME_LENGTH           128
#define DNS_MAX_SERVERS               1
#define DNS_LOCAL_HOSTLIST            0
#define LWIP_DNS_SUPPORT_MDNS_QUERIES 0
#define MEMP_NUM_UDP_PCB              (LP_CM3_UDP_PCBS + 1 + DNS_MAX_SOURCE_PORTS)
#define DNS_MAX_SOURCE_PORTS          2
#define MEM_SIZE                      768

#endif
