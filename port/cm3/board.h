/* SPDX-License-Identifier: Apache-2.0
 *
 * board.h - what a Cortex-M board gives: one file port/cm3/board_NAME.c (with its drivers' files) and one linker script
 * port/cm3/NAME.ld for each. Everything else in port/cm3 is the same for all of them. All functions return at once
 * but board_putc, which waits for the UART.
 */
#ifndef BOARD_H
#define BOARD_H

#include "limpet/port.h"

/* ---- start ---- */
void board_init(void);                /* clock, UART; memory is set up, interrupts are off */
void board_putc(char);                /* UART */
extern const uint32_t board_clock_hz; /* of SysTick */

/* ---- Ethernet, frames without checksum; polled, and an interrupt to wake WFI ---- */
#define BOARD_FRAME_MAX 1514
int board_eth_open(const uint8_t mac[6]); /* 0 or LP_ERR_NET */
/* A whole frame in one piece: 0, LP_AGAIN (no room in the controller). */
int board_eth_send(const void *frame, size_t n);
/* Take one frame: its length, LP_AGAIN: none. One longer than cap is dropped. */
int board_eth_recv(void *frame, size_t cap);
/* Called with interrupts masked just before WFI: true when a frame waits, then it does not sleep. Arms the interrupt. */
bool board_eth_waits(void);

/* ---- flash that the device writes ---- */
extern struct lp_flash board_flash;
extern const uint32_t board_store_at, board_store_units; /* where the store lies in it */

/* ---- watchdog; may do nothing ---- */
void board_watchdog_start(uint32_t ms);
void board_watchdog_feed(void);

#endif
