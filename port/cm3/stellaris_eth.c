/* SPDX-License-Identifier: Apache-2.0
 *
 * stellaris_eth.c - the Ethernet MAC of the Stellaris LM3S6965: two FIFOs of 2 KiB behind one register. A frame is read
 * and written in words, 16 bits of length first, so that each word holds the end of one and the start of the next:
 *
 *      length f0 f1 | f2 f3 f4 f5 | ...       length: without the header's 14 bytes (sent), with itself, CRC (received)
 */
#include "cm3/board.h"

#define MAC             ((volatile uint32_t *)0x40048000)
#define INTERRUPT       (0x00 / 4) /* read: raw status; written: acknowledged */
#define MASK            (0x04 / 4)
#define RX_CONTROL      (0x08 / 4)
#define TX_CONTROL      (0x0c / 4)
#define DATA            (0x10 / 4)
#define ADDRESS0        (0x14 / 4)
#define ADDRESS1        (0x18 / 4)
#define MDIO_CLOCK      (0x24 / 4)
#define PACKETS         (0x34 / 4)
#define TX_REQUEST      (0x38 / 4)
#define INT_RX          0x01U
#define INT_OVERRUN     0x08U
#define RX_ENABLE       0x01U
#define RX_MULTICAST    0x02U
#define RX_CHECK        0x08U /* frames with a wrong checksum are dropped */
#define RX_RESET        0x10U
#define TX_ALL          0x0fU /* enable, pad, checksum, duplex */
#define PACKETS_WAITING 0x3fU
#define HEADER          14

const uint8_t board_eth_irq = 42;

static void rx_start(void)
{
    MAC[RX_CONTROL] = RX_RESET;
    MAC[INTERRUPT] = INT_OVERRUN;
    MAC[RX_CONTROL] = RX_ENABLE | RX_MULTICAST | RX_CHECK;
}

int board_eth_open(const uint8_t mac[6])
{
    MAC[MDIO_CLOCK] = 9;
    MAC[ADDRESS0] =
        mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
    MAC[ADDRESS1] = mac[4] | (uint32_t)mac[5] << 8;
    MAC[MASK] = INT_RX;
    MAC[TX_CONTROL] = TX_ALL;
    rx_start();
    return 0;
}

int board_eth_send(const void *frame, size_t n)
{
    const uint8_t *p = frame;
    if (MAC[TX_REQUEST] & 1) return LP_AGAIN; /* the last one is still on its way */
    uint32_t word = (uint32_t)(n - HEADER);
    for (size_t i = 0; i < n; i++) {
        unsigned lane = (unsigned)(i + 2) % 4;
        word |= (uint32_t)p[i] << 8 * lane;
        if (lane == 3 || i == n - 1) {
            MAC[DATA] = word;
            word = 0;
        }
    }
    MAC[TX_REQUEST] = 1;
    return 0;
}

/* The whole frame is read out of the FIFO; what is over cap goes nowhere. */
static size_t take(uint8_t *to, size_t cap)
{
    uint32_t word = MAC[DATA];
    size_t whole = word & 0xffff;
    for (size_t i = 2; i < whole; i++) {
        if (i % 4 == 0) word = MAC[DATA];
        if (i - 2 < cap) to[i - 2] = (uint8_t)(word >> 8 * (i % 4));
    }
    return whole < 6 ? 0 : whole - 6;
}

int board_eth_recv(void *frame, size_t cap)
{
    if (MAC[INTERRUPT] & INT_OVERRUN)
        rx_start(); /* where one frame ends in the FIFO is no longer known */
    while (MAC[PACKETS] & PACKETS_WAITING) {
        size_t n = take(frame, cap);
        if (n && n <= cap) return (int)n;
    }
    return LP_AGAIN;
}

bool board_eth_waits(void)
{
    MAC[INTERRUPT] = INT_RX; /* before the look: one that comes now is seen by it or raised again */
    return MAC[PACKETS] & PACKETS_WAITING;
}
