/* SPDX-License-Identifier: Apache-2.0
 *
 * board.h - what a Cortex-M board gives: port/cm3/board_NAME.c, its drivers' files, and a linker script
 * port/cm3/NAME.ld that names ROM and RAM and includes cm3.ld. Everything else in port/cm3 is the same for all of them.
 * All functions return at once, but board_putc, which waits for the UART.
 *
 * No interrupt of a board is ever taken: the CPU sleeps with interrupts masked until one is pending, and the main loop
 * then asks the devices. So there are no handlers, and nothing here is called from one.
 */
#ifndef BOARD_H
#define BOARD_H

#include "limpet/port.h"

/* ---- start ---- */
/* Clock, UART; an FPU is enabled here. .data and .bss are set up, interrupts are enabled, the MPU is still off. */
void board_init(void);
void board_putc(char);
extern const uint32_t board_clock_hz; /* of SysTick, 1 to 200 MHz, a multiple of 1000 */

/* ---- memory protection: what may be touched, and how; anything else faults ---- */
enum board_access {
    BOARD_NONE,  /* traps; laid over others, for the page that NULL points into */
    BOARD_CODE,  /* read, execute */
    BOARD_DATA,  /* read, write */
    BOARD_DEVICE /* read, write, in order */
};
struct board_region {
    uint32_t base; /* a multiple of the size */
    uint8_t log2;  /* size 2^log2, 5 to 31 */
    uint8_t access;
};
/* At most 8; where two overlap the later counts. */
extern const struct board_region board_regions[];
extern const uint8_t board_regions_n;

/* ---- Ethernet: frames without checksum, polled; its interrupt wakes the CPU ---- */
#define BOARD_FRAME_MAX 1514
extern const uint8_t board_eth_irq; /* its number at the NVIC */
int board_eth_open(
    const uint8_t
        mac[6]); /* 0 or LP_ERR_NET; from here on a frame that comes raises the interrupt */
/* A whole frame in one piece: 0, LP_AGAIN (no room in the controller). */
int board_eth_send(const void *frame, size_t n);
/* Take one frame: its length, LP_AGAIN: none. One longer than cap is dropped. frame is aligned to 4, and there is room
 * for cap rounded up to 4. */
int board_eth_recv(void *frame, size_t cap);
/* Called with interrupts masked just before WFI: does a frame wait? Acknowledges the interrupt at the controller. A
 * frame that comes after it has looked must raise the interrupt. */
bool board_eth_waits(void);

/* ---- flash that the device writes ---- */
extern struct lp_flash board_flash;
extern const uint32_t board_store_at,
    board_store_units; /* where the store lies in it: byte, erase units */

/* ---- watchdog: resets unless fed for ms; both may do nothing ---- */
void board_watchdog_start(uint32_t ms);
void board_watchdog_feed(void);

#endif
