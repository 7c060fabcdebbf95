/* SPDX-License-Identifier: Apache-2.0
 * Client: all formats, several servers. See limpet/config.h for what each number means. */
#ifndef LIMPET_PRODUCT_H
#define LIMPET_PRODUCT_H

#define LP_PRODUCT            "client"
#define LP_MAX_MESSAGE        1152
#define LP_MAX_SEND           320
#define LP_MAX_BODY           4096
#define LP_BLOCK_SIZE         1024
#define LP_MAX_SERVERS        4
#define LP_MAX_OBSERVATIONS   32
#define LP_MAX_ATTRIBUTES     24
#define LP_MAX_PENDING        4
#define LP_MAX_DUPLICATES     4
#define LP_MAX_OLD_DUPLICATES 16
#define LP_MAX_EVENTS         8
#define LP_MAX_URI            255
#define LP_MAX_IDENTITY       128
#define LP_MAX_KEY            64
#define LP_MAX_CID            32
#define LP_MAX_ACCESS         16
#define LP_MAX_RECORD         4096
#define LP_TLS_ARENA          16384

#endif
