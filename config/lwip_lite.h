/* SPDX-License-Identifier: Apache-2.0
 * lwIP's pools for Client Lite: a message of LP_MAX_MESSAGE with its DTLS record (13 + connection ID + 8 + 8 + type) in
 * one buffer, one on its way in and one on its way out. */
#ifndef LIMPET_LWIP_LITE_H
#define LIMPET_LWIP_LITE_H

#define PBUF_POOL_SIZE    2
#define PBUF_POOL_BUFSIZE 752 /* 14 + 20 + 8 + 62 + 640, to a multiple of 16 */
#define LP_CM3_SOCKETS    2   /* one link, and one that replaces it */
#define LP_CM3_UDP_PCBS   2

#endif
