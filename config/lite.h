/* SPDX-License-Identifier: Apache-2.0
 * Client Lite: one server, small messages. See limpet/config.h for what each number means. */
#ifndef LIMPET_PRODUCT_H
#define LIMPET_PRODUCT_H

#define LP_PRODUCT            "lite"
#define LP_MAX_MESSAGE        512
#define LP_MAX_SEND           320
#define LP_MAX_BODY           256
#define LP_BLOCK_SIZE         256
#define LP_MAX_SERVERS        1
#define LP_MAX_OBSERVATIONS   8
#define LP_MAX_ATTRIBUTES     6
#define LP_MAX_PENDING        1
#define LP_MAX_DUPLICATES     3
#define LP_MAX_OLD_DUPLICATES 12
#define LP_MAX_EVENTS         4
#define LP_MAX_URI            64
#define LP_MAX_IDENTITY       64
#define LP_MAX_KEY            32
#define LP_MAX_CID            8
#define LP_MAX_ACCESS         0
#define LP_MAX_RECORD         464
#define LP_TLS_ARENA          4096

#endif
