/* SPDX-License-Identifier: Apache-2.0
 * lwIP's pools for Client Lite: one buffer on its way in, one on its way out. */
#ifndef LIMPET_LWIP_LITE_H
#define LIMPET_LWIP_LITE_H

#define PBUF_POOL_SIZE  2
#define LP_CM3_SOCKETS  2 /* one link, and one that replaces it */
#define LP_CM3_UDP_PCBS 2

#endif
