/* SPDX-License-Identifier: Apache-2.0
 *
 * board_emcraft_sf2.c - SmartFusion2 module of Emcraft (M2S010): Cortex-M3, 256 KiB of ROM, 64 KiB of SRAM, Ethernet
 * (sf2_emac.c), SPI NOR flash (sf2_nor.c). As QEMU's emcraft-sf2 has no watchdog, none is started.
 */
#include "cm3/sf2_nor.h"

#define UART         ((volatile uint32_t *)0x40000000) /* a 16550 */
#define DATA         0
#define FIFO_CONTROL 2
#define LINE_CONTROL 3
#define LINE_STATUS  5
#define CAN_SEND     0x20U

const uint32_t board_clock_hz = 142000000;
const uint32_t board_store_at = 0, board_store_units = 2;

const struct board_region board_regions[] = {
    {0x00000000, 18, BOARD_CODE},
    {0x00000000, 7, BOARD_NONE}, /* NULL: vectors only */
    {0x20000000, 16, BOARD_DATA},
    {0x40000000, 19, BOARD_DEVICE},
};
const uint8_t board_regions_n = sizeof board_regions / sizeof *board_regions;

void board_init(void)
{
    UART[LINE_CONTROL] = 3; /* 8N1; the boot loader has set the speed */
    UART[FIFO_CONTROL] = 1;
    sf2_nor_open();
}

void board_putc(char c)
{
    while (!(UART[LINE_STATUS] & CAN_SEND)) continue;
    UART[DATA] = (uint8_t)c;
}

void board_watchdog_start(uint32_t ms)
{
    (void)ms;
}

void board_watchdog_feed(void)
{
}
