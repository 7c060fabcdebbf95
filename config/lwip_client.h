/* SPDX-License-Identifier: Apache-2.0
 * lwIP's pools for Client: as lwip_lite.h, for larger messages and more servers. */
#ifndef LIMPET_LWIP_CLIENT_H
#define LIMPET_LWIP_CLIENT_H

#define PBUF_POOL_SIZE  4 /* for gateway, name server, a neighbour, and one */
#define LP_CM3_SOCKETS  5
#define LP_CM3_UDP_PCBS 5

#endif
