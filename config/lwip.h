/* SPDX-License-Identifier: Apache-2.0
 * lwIP 2.2 for port/cm3: UDP over Ethernet, without threads, sockets, or timers of its own. What is the same for all
 * products; lwip_PRODUCT.h has the numbers, lwip_NET.h (static, dhcp, dual) how addresses are had. */
#ifndef LIMPET_LWIP_H
#define LIMPET_LWIP_H

#define NO_SYS                        1
#define SYS_LIGHTWEIGHT_PROT          0 /* one context: no interrupt handler touches lwIP */
#define LWIP_TIMERS                   0 /* port/cm3/net.c calls what is due */
#define LWIP_NETCONN                  0
#define LWIP_SOCKET                   0
#define LWIP_TCP                      0
#define LWIP_RAW                      0
#define LWIP_STATS                    0
#define LWIP_SINGLE_NETIF             1
#define LWIP_NETIF_TX_SINGLE_PBUF     1
#define LWIP_NETIF_LOOPBACK           0
#define LWIP_IGMP                     0
#define LWIP_AUTOIP                   0
#define LWIP_ACD                      0
#define LWIP_ETHERNET                 1
#define LWIP_ARP                      1
#define LWIP_ICMP                     0 /* an answer to a ping would wait in the buffer of the ping */
#define ARP_TABLE_SIZE                (PBUF_POOL_SIZE - 1)
#define ARP_QUEUEING                  0 /* of each entry the newest frame waits; so one buffer is left to receive */
#define ETHARP_SUPPORT_STATIC_ENTRIES 0
#define ETHARP_TABLE_MATCH_NETIF      0
#define ETH_PAD_SIZE                  0
#define IP_REASSEMBLY                 0
#define IP_FRAG                       0
#define IP_FORWARD                    0
#define IP_OPTIONS_ALLOWED            0
#define LWIP_UDPLITE                  0
#define LWIP_CHKSUM_ALGORITHM         1 /* the smallest */
#define LWIP_CHECKSUM_ON_COPY         0

/* One buffer holds the largest datagram with its headers: a message, and what DTLS puts around it (record head 13,
 * connection ID 32, nonce 8, content type 1, MAC 8). */
#define LP_CM3_RECORD 62
#define PBUF_POOL_BUFSIZE                                                                \
    LWIP_MEM_ALIGN_SIZE(LP_MAX_MESSAGE + LP_CM3_RECORD + PBUF_LINK_HLEN + PBUF_IP_HLEN + \
                        PBUF_TRANSPORT_HLEN)

#define MEM_ALIGNMENT    4
#define MEMP_NUM_RAW_PCB 0
#define MEMP_NUM_PBUF    2 /* PBUF_ROM, PBUF_REF: none of ours */
#define MEMP_NUM_NETDB   0

#endif
