/* SPDX-License-Identifier: Apache-2.0
 *
 * sf2_nor.c - SPI NOR flash of 16 MiB (Spansion S25FL128, 64 KiB sectors, 256 byte pages) at SPI0 of the SmartFusion2.
 * The controller holds the chip select low for as many frames (bytes) as CONTROL says, so a command is: say how many,
 * then exchange them. Read and program take no buffer. A program never crosses a page: the chip would wrap around.
 */
#include "cm3/sf2_nor.h"

#define SPI            ((volatile uint32_t *)0x40001000)
#define CONTROL        (0x00 / 4)
#define FRAME_SIZE     (0x04 / 4)
#define STATUS         (0x08 / 4)
#define RX             (0x10 / 4)
#define TX             (0x14 / 4)
#define CLOCK          (0x18 / 4)
#define ENABLE         0x1U
#define MASTER         0x2U
#define SELECT_FOR_ALL (1U << 26) /* the chip select stays low between frames */
#define BIG_FIFO       (1U << 29)
#define RX_EMPTY       0x40U
#define FRAMES_MAX     0x8000U
#define SPINS          10000 /* for one byte: microseconds */
#define POLLS          4000000 /* of the status, each at least a microsecond: a sector takes up to 3 s */

#define SECTOR 0x10000U
#define PAGE   256U
#define CHIP   0x01201800U /* what JEDEC's command answers: maker, type, size */

enum command {
    PROGRAM = 0x02,
    READ = 0x03,
    READ_STATUS = 0x05,
    WRITE_ENABLE = 0x06,
    CLEAR_STATUS = 0x30,
    READ_ID = 0x9f,
    ERASE = 0xd8
};
#define BUSY     0x1U
#define WRITABLE 0x2U
#define FAILED   0x60U /* the last erase, the last program: it stays busy until they are cleared */

static bool found;

/* One byte out and one in; or LP_ERR_STORE. */
static int exchange(uint8_t byte)
{
    SPI[TX] = byte;
    for (unsigned spin = 0; SPI[STATUS] & RX_EMPTY; spin++)
        if (spin == SPINS) return LP_ERR_STORE;
    return (int)(SPI[RX] & 0xff);
}

/* Select the chip for n bytes. */
static void select(size_t n)
{
    uint32_t control = (uint32_t)n << 8 | MASTER | SELECT_FOR_ALL | BIG_FIFO;
    SPI[CONTROL] = control; /* the count may be set only while it is off */
    SPI[CONTROL] = control | ENABLE;
}

/* A command alone, or with a byte of answer. */
static int plain(enum command command, size_t answer)
{
    select(1 + answer);
    int got = exchange((uint8_t)command);
    while (got >= 0 && answer--) got = exchange(0xff);
    return got;
}

/* A command with an address, for n bytes that follow. */
static int addressed(enum command command, uint32_t at, size_t n)
{
    select(4 + n);
    int err = exchange((uint8_t)command);
    for (int shift = 16; err >= 0 && shift >= 0; shift -= 8) err = exchange((uint8_t)(at >> shift));
    return err < 0 ? err : 0;
}

/* The status once the chip is no longer busy; LP_ERR_STORE: it does not become so, or what it did has failed. */
static int ready(void)
{
    for (uint32_t poll = 0; poll < POLLS; poll++) {
        int status = plain(READ_STATUS, 1);
        if (status >= 0 && (unsigned)status & FAILED) {
            plain(CLEAR_STATUS, 0);
            return LP_ERR_STORE;
        }
        if (status < 0 || !((unsigned)status & BUSY)) return status;
    }
    return LP_ERR_STORE;
}

/* The chip allows the one program or erase that comes next. */
static int write_enable(void)
{
    if (!found || plain(WRITE_ENABLE, 0) < 0) return LP_ERR_STORE;
    int status = ready();
    return status > 0 && ((unsigned)status & WRITABLE) ? 0 : LP_ERR_STORE;
}

static int nor_read(struct lp_flash *flash, uint32_t at, void *p, size_t n)
{
    (void)flash;
    uint8_t *to = p;
    if (!found || ready() < 0) return LP_ERR_STORE;
    while (n) {
        size_t part = n < FRAMES_MAX ? n : FRAMES_MAX;
        if (addressed(READ, at, part)) return LP_ERR_STORE;
        at += (uint32_t)part, n -= part;
        while (part--) {
            int got = exchange(0xff);
            if (got < 0) return got;
            *to++ = (uint8_t)got;
        }
    }
    return 0;
}

static int program_page(uint32_t at, const uint8_t *p, size_t n)
{
    if (write_enable() || addressed(PROGRAM, at, n)) return LP_ERR_STORE;
    for (size_t i = 0; i < n; i++)
        if (exchange(p[i]) < 0) return LP_ERR_STORE;
    return ready() < 0 ? LP_ERR_STORE : 0;
}

static int nor_program(struct lp_flash *flash, uint32_t at, const void *p, size_t n)
{
    (void)flash;
    const uint8_t *from = p;
    while (n) {
        size_t left = PAGE - at % PAGE, part = n < left ? n : left;
        if (program_page(at, from, part)) return LP_ERR_STORE;
        at += (uint32_t)part, from += part, n -= part;
    }
    return 0;
}

static int nor_erase(struct lp_flash *flash, uint32_t at)
{
    (void)flash;
    if (write_enable() || addressed(ERASE, at, 0)) return LP_ERR_STORE;
    return ready() < 0 ? LP_ERR_STORE : 0;
}

struct lp_flash board_flash = {
    .size = 0x1000000,
    .erase_unit = SECTOR,
    .write_unit = 1,
    .read = nor_read,
    .program = nor_program,
    .erase = nor_erase,
};

void sf2_nor_open(void)
{
    uint32_t id = 0;
    SPI[CONTROL] = 0;
    SPI[FRAME_SIZE] = 8;
    SPI[CLOCK] = 1; /* a quarter of the bus clock: 18 MHz */
    ready(); /* a reset may have come in the middle of an erase: until its end the chip hears nothing else */
    select(4);
    int got = exchange(READ_ID);
    for (int shift = 24; got >= 0 && shift > 0; shift -= 8)
        if ((got = exchange(0xff)) >= 0) id |= (uint32_t)got << shift;
    found = got >= 0 && id == CHIP;
}
