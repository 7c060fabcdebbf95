/* SPDX-License-Identifier: Apache-2.0
 *
 * cmsdk.c - UART and watchdog of the Cortex-M System Design Kit. The watchdog's first timeout is an NMI, which the
 * fault handler reports with the place where the CPU was; the second one resets. */
#include "cm3/board.h"
#include "cm3/cm3.h"
#include "cm3/cmsdk.h"

#define UART(offset)     LP_CM3_REG(cmsdk_uart_base + (offset))
#define UART_DATA        UART(0x00)
#define UART_STATE       UART(0x04)
#define UART_CTRL        UART(0x08)
#define UART_BAUDDIV     UART(0x10)
#define WATCHDOG(offset) LP_CM3_REG(cmsdk_watchdog_base + (offset))
#define WATCHDOG_LOAD    WATCHDOG(0x00)
#define WATCHDOG_CONTROL WATCHDOG(0x08)
#define WATCHDOG_INTCLR  WATCHDOG(0x0c)
#define BAUD             115200u

void cmsdk_uart_open(void)
{
    UART_BAUDDIV = board_clock_hz / BAUD;
    UART_CTRL = 1; /* TX */
}

void board_putc(char c)
{
    while (UART_STATE & 1) { /* full */
    }
    UART_DATA = (uint8_t)c;
}

void board_watchdog_start(uint32_t ms)
{
    uint32_t cycles = board_clock_hz / 1000; /* of a millisecond */
    WATCHDOG_LOAD = ms <= UINT32_MAX / cycles ? ms * cycles : UINT32_MAX;
    WATCHDOG_CONTROL = 3; /* interrupt, reset */
}

void board_watchdog_feed(void)
{
    WATCHDOG_INTCLR = 1;
}
