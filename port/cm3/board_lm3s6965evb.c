/* SPDX-License-Identifier: Apache-2.0
 *
 * board_lm3s6965evb.c - evaluation board of the Stellaris LM3S6965: Cortex-M3 at 50 MHz, 256 KiB of flash, 64 KiB of
 * SRAM, Ethernet (stellaris_eth.c). Its flash cannot be written in QEMU, so the store lies in the last 8 KiB of the
 * SRAM (memory_flash.c): QEMU's loader puts the account there, and what the device writes is lost at the end.
 */
#include "cm3/board.h"
#include "cm3/memory_flash.h"

#define SYSTEM         ((volatile uint32_t *)0x400fe000)
#define RAW_INTERRUPTS (0x050 / 4)
#define RCC            (0x060 / 4)
#define GATE0          (0x100 / 4)
#define GATE1          (0x104 / 4)
#define GATE2          (0x108 / 4)
#define PLL_LOCKED     0x40U
#define RCC_BYPASS     0x00000800U
#define RCC_50_MHZ     0x01c00380U /* PLL of an 8 MHz crystal, 200 MHz / 4 */
#define GATE0_WATCHDOG 0x8U
#define GATE1_UART0    0x1U
#define GATE2_ETHERNET 0x50000000U /* MAC and PHY */
#define GATE2_PORT_A   0x1U

#define PORT_A_FUNCTION (*(volatile uint32_t *)0x40004420)
#define PORT_A_DIGITAL  (*(volatile uint32_t *)0x4000451c)

#define UART          ((volatile uint32_t *)0x4000c000) /* a PL011 */
#define UART_DATA     0
#define UART_FLAGS    (0x18 / 4)
#define UART_BAUD     (0x24 / 4)
#define UART_FRACTION (0x28 / 4)
#define UART_LINE     (0x2c / 4)
#define UART_CONTROL  (0x30 / 4)
#define UART_FULL     0x20U

#define WATCHDOG    ((volatile uint32_t *)0x40000000)
#define DOG_LOAD    0
#define DOG_CONTROL (0x08 / 4)
#define DOG_CLEAR   (0x0c / 4)

const uint32_t board_clock_hz = 50000000;
const uint32_t board_store_at = 0, board_store_units = 2;

volatile uint8_t *const memory_flash_base =
    (volatile uint8_t *)0x2000e000; /* lm3s6965evb.ld leaves it */
struct lp_flash board_flash = {0x2000, 0x1000, 4, MEMORY_FLASH};

const struct board_region board_regions[] = {
    {0x00000000, 18, BOARD_CODE},
    {0x00000000, 7, BOARD_NONE}, /* NULL: vectors only */
    {0x20000000, 16, BOARD_DATA},
    {0x40000000, 20, BOARD_DEVICE},
};
const uint8_t board_regions_n = sizeof board_regions / sizeof *board_regions;

static void clock(void)
{
    SYSTEM[RCC] = RCC_50_MHZ | RCC_BYPASS;
    while (!(SYSTEM[RAW_INTERRUPTS] & PLL_LOCKED)) continue;
    SYSTEM[RCC] = RCC_50_MHZ;
}

void board_init(void)
{
    clock();
    SYSTEM[GATE0] |= GATE0_WATCHDOG;
    SYSTEM[GATE1] |= GATE1_UART0;
    SYSTEM[GATE2] |= GATE2_ETHERNET | GATE2_PORT_A;
    PORT_A_FUNCTION |= 3;
    PORT_A_DIGITAL |= 3;
    UART[UART_BAUD] = 27; /* 115,200 */
    UART[UART_FRACTION] = 8;
    UART[UART_LINE] = 0x70; /* 8N1, FIFO */
    UART[UART_CONTROL] = 0x301;
}

void board_putc(char c)
{
    while (UART[UART_FLAGS] & UART_FULL) continue;
    UART[UART_DATA] = (uint8_t)c;
}

/* It resets when it has run down twice. */
void board_watchdog_start(uint32_t ms)
{
    WATCHDOG[DOG_LOAD] = ms * (board_clock_hz / 2000);
    WATCHDOG[DOG_CONTROL] = 3;
}

void board_watchdog_feed(void)
{
    WATCHDOG[DOG_CLEAR] = 1;
}
