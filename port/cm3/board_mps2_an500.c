/* SPDX-License-Identifier: Apache-2.0
 *
 * board_mps2_an500.c - Arm MPS2 with AN500: Cortex-M7 at 25 MHz; the PSRAM that plays the flash and Ethernet lie
 * elsewhere. */
#include "cm3/board.h"
#include "cm3/cm3.h"
#include "cm3/cmsdk.h"
#include "cm3/lan9118.h"
#include "cm3/memory_flash.h"

#define CPACR LP_CM3_REG(0xe000ed88)
#define FPU   (15u << 20)

const uint32_t board_clock_hz = 25000000;
const uint32_t cmsdk_uart_base = 0x40004000, cmsdk_watchdog_base = 0x40008000;
const uint32_t lan9118_base = 0xa0000000;
const uint8_t board_eth_irq = 13;
const uint32_t board_store_at = 0, board_store_units = 4;

volatile uint8_t *const memory_flash_base = (volatile uint8_t *)0x60000000;
struct lp_flash board_flash = {16u << 20, 4096, 4, MEMORY_FLASH};

const struct board_region board_regions[] = {
    {0x00000000, 22, BOARD_CODE},   {0x20000000, 22, BOARD_DATA},   {0x60000000, 24, BOARD_DATA},
    {0x40000000, 29, BOARD_DEVICE}, {0xa0000000, 12, BOARD_DEVICE}, {0x00000000, 7, BOARD_NONE},
};
const uint8_t board_regions_n = sizeof board_regions / sizeof *board_regions;

void board_init(void)
{
    CPACR |= FPU;
    cmsdk_uart_open();
}
