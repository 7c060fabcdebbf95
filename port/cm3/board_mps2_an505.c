/* SPDX-License-Identifier: Apache-2.0
 *
 * board_mps2_an505.c - Arm MPS2 with AN505: Cortex-M33 at 20 MHz, all of it in the secure world. Nothing lies at
 * NULL. */
#include "cm3/board.h"
#include "cm3/cm3.h"
#include "cm3/cmsdk.h"
#include "cm3/lan9118.h"
#include "cm3/memory_flash.h"

#define CPACR LP_CM3_REG(0xe000ed88)
#define FPU   (15u << 20)

const uint32_t board_clock_hz = 20000000;
const uint32_t cmsdk_uart_base = 0x50200000, cmsdk_watchdog_base = 0x50081000;
const uint32_t lan9118_base = 0x52000000;
const uint8_t board_eth_irq = 48;
const uint32_t board_store_at = 0, board_store_units = 4;

volatile uint8_t *const memory_flash_base = (volatile uint8_t *)0x80000000;
struct lp_flash board_flash = {16u << 20, 4096, 4, MEMORY_FLASH};

const struct board_region board_regions[] = {
    {0x10000000, 22, BOARD_CODE},
    {0x38000000, 22, BOARD_DATA},
    {0x80000000, 24, BOARD_DATA},
    {0x40000000, 29, BOARD_DEVICE},
};
const uint8_t board_regions_n = sizeof board_regions / sizeof *board_regions;

void board_init(void)
{
    CPACR |= FPU;
    cmsdk_uart_open();
}
