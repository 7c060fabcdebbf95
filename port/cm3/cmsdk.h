/* SPDX-License-Identifier: Apache-2.0
 *
 * cmsdk.h - a board with Arm's Cortex-M System Design Kit names where things are, and takes board_putc and
 * board_watchdog_... from cmsdk.c. */
#ifndef LP_CM3_CMSDK_H
#define LP_CM3_CMSDK_H

#include <stdint.h>

extern const uint32_t cmsdk_uart_base, cmsdk_watchdog_base;

void cmsdk_uart_open(void);

#endif
