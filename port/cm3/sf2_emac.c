/* SPDX-License-Identifier: Apache-2.0
 *
 * sf2_emac.c - the Ethernet MAC of the SmartFusion2. Its DMA follows a chain of descriptors {address, size, next}; bit
 * 31 of size says that the buffer is empty (receiving) or sent (sending).
 *
 *      rx[0] -> rx[1] -> rx[0] ...      the MAC fills them in turn, `next_rx` is the one that is read next
 *      tx -> tx                         one frame, sent from where it lies; the chain ends at itself, then it is empty
 *
 * When both are full the MAC drops the frame that comes and stops; it is started again once both have been read.
 */
#include "cm3/board.h"
#include <string.h>

#define EMAC         ((volatile uint32_t *)0x40041000)
#define CFG1         (0x000 / 4)
#define MAX_FRAME    (0x010 / 4)
#define STA1         (0x040 / 4)
#define STA2         (0x044 / 4)
#define TX_CTL       (0x180 / 4)
#define TX_DESC      (0x184 / 4)
#define TX_STATUS    (0x188 / 4)
#define RX_CTL       (0x18c / 4)
#define RX_DESC      (0x190 / 4)
#define RX_STATUS    (0x194 / 4)
#define DMA_IRQ_MASK (0x198 / 4)
#define TX_DONE      0x3U /* a frame was sent, the chain's end was reached */
#define RX_RECEIVED  0x1U /* written back: one frame less */
#define RX_OVERFLOW  0x4U
#define IRQ_RX       (0x10U | 0x40U) /* received, overflow */
#define EMPTY        0x80000000U
#define SIZE         0x7ffU
#define BUFFER       1520 /* BOARD_FRAME_MAX and its checksum, whole words */
#define SEND_SPINS   100000

struct descriptor {
    uint32_t at, size, next;
};
static volatile struct descriptor rx[2], tx;
static uint32_t buffers[2][BUFFER / 4];
static unsigned next_rx;

const uint8_t board_eth_irq = 12;

/* What is written before it is in memory before what is written after it: the DMA reads both. */
static void barrier(void)
{
    __asm volatile("dmb" ::: "memory");
}

static void rx_start(void)
{
    EMAC[RX_STATUS] = RX_OVERFLOW;
    EMAC[RX_DESC] = (uint32_t)&rx[next_rx];
    EMAC[RX_CTL] = 1;
}

int board_eth_open(const uint8_t mac[6])
{
    EMAC[CFG1] = 0x80000000; /* reset */
    EMAC[CFG1] = 0;
    EMAC[MAX_FRAME] = BOARD_FRAME_MAX + 4;
    EMAC[STA1] = (uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 | (uint32_t)mac[2] << 8 | mac[3];
    EMAC[STA2] = (uint32_t)mac[4] << 24 | (uint32_t)mac[5] << 16;
    for (unsigned i = 0; i < 2; i++) {
        rx[i].at = (uint32_t)buffers[i];
        rx[i].size = EMPTY;
        rx[i].next = (uint32_t)&rx[1 - i];
    }
    tx.size = EMPTY;
    tx.next = (uint32_t)&tx;
    EMAC[CFG1] = 0x5; /* receive, send */
    EMAC[DMA_IRQ_MASK] = IRQ_RX;
    rx_start();
    return 0;
}

/* The frame is sent from where it lies, so it waits for its end: 120 us for a whole one at 100 Mbit/s. */
int board_eth_send(const void *frame, size_t n)
{
    int err = 0;
    tx.at = (uint32_t)frame;
    barrier();
    tx.size = (uint32_t)n;
    barrier();
    EMAC[TX_DESC] = (uint32_t)&tx;
    EMAC[TX_CTL] = 1;
    for (unsigned spin = 0; !(tx.size & EMPTY) && !err; spin++)
        if (spin == SEND_SPINS) err = LP_AGAIN;
    if (err) { /* the frame is the caller's again: the DMA may not go on with it */
        EMAC[TX_CTL] = 0;
        tx.size = EMPTY;
    }
    EMAC[TX_STATUS] = TX_DONE;
    return err;
}

int board_eth_recv(void *frame, size_t cap)
{
    for (;;) {
        uint32_t size = rx[next_rx].size;
        if (size & EMPTY) break;
        size_t n = size & SIZE;
        bool fits = n <= cap && n <= BUFFER;
        barrier();
        if (fits) memcpy(frame, buffers[next_rx], n);
        barrier();
        rx[next_rx].size = EMPTY;
        next_rx = 1 - next_rx;
        EMAC[RX_STATUS] = RX_RECEIVED;
        if (fits) return (int)n;
    }
    if (!(EMAC[RX_CTL] & 1)) rx_start();
    return LP_AGAIN;
}

/* Nothing to acknowledge: the line stays up until each frame was taken, and the MAC started again. */
bool board_eth_waits(void)
{
    return !(rx[next_rx].size & EMPTY) || !(EMAC[RX_CTL] & 1);
}
