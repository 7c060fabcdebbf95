/* SPDX-License-Identifier: Apache-2.0
 *
 * lan9118.h - a board with SMSC's LAN9118 names where it is, and takes board_eth_... from lan9118.c. */
#ifndef LP_CM3_LAN9118_H
#define LP_CM3_LAN9118_H

#include <stdint.h>

extern const uint32_t lan9118_base;

#endif
