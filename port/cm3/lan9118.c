/* SPDX-License-Identifier: Apache-2.0
 *
 * lan9118.c - SMSC LAN9118 through its FIFO ports: frames wait in its 16 kB, no RAM of ours. */
#include "cm3/board.h"
#include "cm3/cm3.h"
#include "cm3/lan9118.h"

#define REG(offset)    LP_CM3_REG(lan9118_base + (offset))
#define RX_DATA        REG(0x00)
#define TX_DATA        REG(0x20)
#define RX_STATUS      REG(0x40)
#define TX_STATUS      REG(0x48)
#define IRQ_CFG        REG(0x54)
#define INT_STS        REG(0x58)
#define INT_EN         REG(0x5c)
#define BYTE_TEST      REG(0x64)
#define FIFO_INT       REG(0x68)
#define RX_CFG         REG(0x6c)
#define TX_CFG         REG(0x70)
#define HW_CFG         REG(0x74)
#define RX_FIFO_INF    REG(0x7c)
#define TX_FIFO_INF    REG(0x80)
#define MAC_CSR_CMD    REG(0xa4)
#define MAC_CSR_DATA   REG(0xa8)
#define RX_DUMP        (1u << 15) /* empties both of its FIFOs; the receiver must be off */
#define RXE            (1u << 14) /* interrupt: the receiver is out of step with its FIFOs */
#define RSFL           (1u << 3)  /* interrupt: the RX status FIFO is above its level, 0 */
#define IRQ_ON         0x111u     /* enabled, active high, push-pull */
#define TX_ON          2u
#define FIRST_AND_LAST 0x3000u
#define RX_ERROR       (1u << 15)
#define CRC            4u
#define BUSY           (1u << 31)
#define TRIES          100000u /* of a register that changes within microseconds */
enum { MAC_CR = 1, MAC_ADDRH, MAC_ADDRL };
#define FULL_DUPLEX   (1u << 20)
#define ALL_MULTICAST (1u << 19) /* IPv6's neighbours ask by multicast */
#define TX_AND_RX     (3u << 2)

static void mac_write(uint32_t reg, uint32_t value)
{
    MAC_CSR_DATA = value;
    MAC_CSR_CMD = BUSY | reg;
    for (uint32_t i = 0; i < TRIES && MAC_CSR_CMD & BUSY; i++) {
    }
}

static void rx_restart(void)
{
    mac_write(MAC_CR, FULL_DUPLEX | ALL_MULTICAST);
    RX_CFG = RX_DUMP;
    for (uint32_t i = 0; i < TRIES && RX_CFG & RX_DUMP; i++) {
    }
    INT_STS = RXE;
    mac_write(MAC_CR, FULL_DUPLEX | ALL_MULTICAST | TX_AND_RX);
}

int board_eth_open(const uint8_t mac[6])
{
    HW_CFG = 1; /* reset */
    for (uint32_t i = 0; i < TRIES && HW_CFG & 1; i++) {
    }
    if (BYTE_TEST != 0x87654321 || HW_CFG & 1) return LP_ERR_NET;
    HW_CFG = 5u << 16; /* 5 kB of its FIFO for TX */
    FIFO_INT = 0;
    mac_write(MAC_ADDRL, (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 |
                             (uint32_t)mac[3] << 24);
    mac_write(MAC_ADDRH, (uint32_t)mac[4] | (uint32_t)mac[5] << 8);
    TX_CFG = TX_ON;
    mac_write(MAC_CR, FULL_DUPLEX | ALL_MULTICAST | TX_AND_RX);
    IRQ_CFG = IRQ_ON;
    INT_EN = RSFL;
    return 0;
}

int board_eth_send(const void *frame, size_t n)
{
    struct __attribute__((packed, may_alias)) word {
        uint32_t n;
    };
    const struct word *from = frame;
    uint32_t words = ((uint32_t)n + 3) / 4;
    while (TX_FIFO_INF >> 16 & 0xff) (void)TX_STATUS; /* how earlier ones went */
    if ((TX_FIFO_INF & 0xffff) < 8 + 4 * words) return LP_AGAIN;
    TX_DATA = FIRST_AND_LAST | (uint32_t)n;
    TX_DATA = (uint32_t)n;
    for (uint32_t i = 0; i < words; i++) TX_DATA = from[i].n;
    return 0;
}

int board_eth_recv(void *frame, size_t cap)
{
    if (INT_STS & RXE) rx_restart();
    while (RX_FIFO_INF >> 16 & 0xff) {
        uint32_t status = RX_STATUS, n = status >> 16 & 0x3fff, words = (n + 3) / 4;
        bool fits = !(status & RX_ERROR) && n > CRC && n - CRC <= cap;
        uint32_t *to = frame, kept = fits ? (n - CRC + 3) / 4 : 0;
        for (uint32_t i = 0; i < words; i++) {
            uint32_t word = RX_DATA;
            if (i < kept) to[i] = word;
        }
        if (fits) return (int)(n - CRC);
    }
    return LP_AGAIN;
}

bool board_eth_waits(void)
{
    INT_STS = RSFL;
    return RX_FIFO_INF >> 16 & 0xff;
}
