/* SPDX-License-Identifier: Apache-2.0
 *
 * limpet/config.h - the numbers a product chooses. A product is a header of numbers (config/client.h, config/lite.h,
 * or your own: -DLP_CONFIG='"mine.h"') plus a source list; there are no feature switches. Every number must be given;
 * this file says what each means, costs, and may be. N is the number itself, RAM is per client.
 *
 *   LP_MAX_MESSAGE        160..65535  largest CoAP message taken, and the buffer of its answer         N bytes
 *   LP_MAX_SEND           128..65535  largest confirmable message of our own, kept until acknowledged  N per link
 *   LP_MAX_BODY           64..65535   largest payload collected from Block1 blocks (Write, Create)     N bytes
 *   LP_BLOCK_SIZE         16..1024    block size offered, a power of two that fits LP_MAX_MESSAGE - 64; 0
 *                                     notifications and Register take what fits LP_MAX_SEND - 64
 *   LP_MAX_SERVERS        1..16       management servers at once                                       a link each
 *   LP_MAX_OBSERVATIONS   1..1000     observations, all servers together                               ~40 bytes each
 *   LP_MAX_ATTRIBUTES     1..1000     paths with attributes (pmin and pmax take 21 bytes, gt 8 more)   32 bytes each
 *   LP_MAX_PENDING        1..64       requests whose handler said LP_PENDING                           ~32 bytes each
 *   LP_MAX_DUPLICATES     2..64       requests remembered to recognise duplicates, per link            ~40 bytes each
 *   LP_MAX_OLD_DUPLICATES 1..1000    POSTs whose message id is remembered after them, per link            8 bytes each
 *   LP_MAX_EVENTS         2..64       events kept for lp_event; the oldest is dropped                  ~28 bytes each
 *   LP_MAX_URI            32..255     server URI                                                       N per account
 *   LP_MAX_IDENTITY       16..255     PSK identity                                                     N per account
 *   LP_MAX_KEY            16..64      pre-shared key                                                   N per account
 *   LP_MAX_CID            0..32       longest connection ID of our own; Mbed TLS is configured for it  0
 *   LP_MAX_ACCESS         0..64       instances of object 2 (Access Control)                           ~24 bytes each
 *   LP_MAX_RECORD         256..65535  largest value in the store (accounts are one record)             0
 *   LP_TLS_ARENA          bytes       for lp_tls_memory: a proposal for this product, tests check it   N bytes
 */
#ifndef LIMPET_CONFIG_H
#define LIMPET_CONFIG_H

#include LP_CONFIG

_Static_assert(LP_MAX_MESSAGE >= 160, "LP_MAX_MESSAGE: at least 160 bytes");
_Static_assert(LP_MAX_SEND >= 128 && LP_MAX_SEND <= LP_MAX_MESSAGE,
               "LP_MAX_SEND: 128 to LP_MAX_MESSAGE");
_Static_assert((LP_BLOCK_SIZE & (LP_BLOCK_SIZE - 1)) == 0 && LP_BLOCK_SIZE >= 16 &&
                   LP_BLOCK_SIZE <= 1024,
               "LP_BLOCK_SIZE: 16, 32, ... 1024");
_Static_assert(LP_BLOCK_SIZE + 64 <= LP_MAX_MESSAGE,
               "LP_BLOCK_SIZE: a block and its header must fit LP_MAX_MESSAGE");
_Static_assert(LP_MAX_URI <= 255 && LP_MAX_IDENTITY <= 255 && LP_MAX_KEY <= 255,
               "one length byte in the store");

#endif
