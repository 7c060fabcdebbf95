/* SPDX-License-Identifier: Apache-2.0
 *
 * board_mps2_an385.c - Arm MPS2 with AN385: Cortex-M3 at 25 MHz. The PSRAM at 0x21000000 plays the flash:
 * memory_flash.c keeps the rules of NOR flash, QEMU keeps its contents in a file. */
#include "cm3/board.h"
#include "cm3/cm3.h"
#include "cm3/cmsdk.h"
#include "cm3/lan9118.h"
#include "cm3/memory_flash.h"

#define FLASH      0x21000000u
#define FLASH_SIZE (16u << 20)
#define ERASE_UNIT 4096u

const uint32_t board_clock_hz = 25000000;
const uint32_t cmsdk_uart_base = 0x40004000, cmsdk_watchdog_base = 0x40008000;
const uint32_t lan9118_base = 0x40200000;
const uint8_t board_eth_irq = 13;
const uint32_t board_store_at = 0, board_store_units = 4;

const struct board_region board_regions[] = {
    {0x00000000, 22, BOARD_CODE},   {0x20000000, 22, BOARD_DATA}, {FLASH, 24, BOARD_DATA},
    {0x40000000, 29, BOARD_DEVICE}, {0x00000000, 7, BOARD_NONE},
};
const uint8_t board_regions_n = sizeof board_regions / sizeof *board_regions;

void board_init(void)
{
    cmsdk_uart_open();
}

volatile uint8_t *const memory_flash_base = (volatile uint8_t *)FLASH;
struct lp_flash board_flash = {FLASH_SIZE, ERASE_UNIT, 4, MEMORY_FLASH};
