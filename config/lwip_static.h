/* SPDX-License-Identifier: Apache-2.0
 * The address comes from the store; no names. */
#ifndef LIMPET_LWIP_NET_H
#define LIMPET_LWIP_NET_H

#define LWIP_IPV4        1
#define LWIP_IPV6        0
#define LWIP_DHCP        0
#define LWIP_DNS         0
#define MEMP_NUM_UDP_PCB LP_CM3_UDP_PCBS
#define MEM_SIZE         192 /* ARP requests */

#endif
