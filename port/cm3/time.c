/* SPDX-License-Identifier: Apache-2.0
 *
 * time.c - milliseconds from SysTick, and sleep. SysTick's period is as long as the sleep it is to end: on an idle day
 * a 25 MHz CPU wakes every 0.67 s, not every millisecond. */
#include "cm3/board.h"
#include "cm3/cm3.h"

#define SYST_CSR  LP_CM3_REG(0xe000e010)
#define SYST_RVR  LP_CM3_REG(0xe000e014)
#define SYST_CVR  LP_CM3_REG(0xe000e018)
#define ICSR      LP_CM3_REG(0xe000ed04)
#define ISER      0xe000e100u
#define ICER      0xe000e180u
#define ICPR      0xe000e280u
#define PENDSTSET (1u << 26)
#define PENDSTCLR (1u << 25)

/* Now is begun + (carry + cycles of this period) / cycles of a millisecond. */
static struct {
    volatile uint64_t begun; /* of this period, ms */
    uint32_t carry;          /* cycles that are no whole millisecond */
    uint32_t period;         /* ms */
    uint64_t last;
} clock;

static uint32_t cycles_a_ms(void)
{
    return board_clock_hz / 1000;
}

static uint32_t longest(void)
{
    return 0x1000000 / cycles_a_ms();
}

/* Of this period. The counter stands at 0 for a cycle after it was restarted, too. */
static uint32_t cycles(void)
{
    uint32_t left = SYST_CVR;
    return left ? clock.period * cycles_a_ms() - left : 0;
}

void lp_cm3_tick(void)
{
    clock.begun += clock.period;
}

/* A new period begins now. */
static void restart(uint32_t ms)
{
    __asm volatile("cpsid i" ::: "memory");
    uint32_t n = clock.carry + cycles();
    if (ICSR & PENDSTSET) {
        lp_cm3_tick();
        n = clock.carry + cycles();
    }
    clock.begun += n / cycles_a_ms();
    clock.carry = n % cycles_a_ms();
    clock.period = ms;
    SYST_RVR = ms * cycles_a_ms() - 1;
    SYST_CVR = 0;
    ICSR = PENDSTCLR; /* after it: a period that ended since is in n, its tick would be one of ms */
    __asm volatile("cpsie i" ::: "memory");
}

void lp_cm3_time_start(void)
{
    clock.period = longest();
    SYST_RVR = clock.period * cycles_a_ms() - 1;
    SYST_CVR = 0;
    SYST_CSR = 7; /* CPU clock, interrupt, on */
}

uint64_t lp_cm3_now(void)
{
    uint64_t begun;
    uint32_t n;
    do {
        begun = clock.begun;
        n = cycles();
    } while (begun != clock.begun);
    begun += (clock.carry + n) / cycles_a_ms();
    /* Between the counter's wrap and its interrupt. */
    if (begun < clock.last) return clock.last;
    return clock.last = begun;
}

/* Until the period ends or a frame comes: an interrupt that is masked but pending ends WFI, so none is missed between
 * the look and the sleep. */
static bool doze(void)
{
    const uint32_t word = board_eth_irq / 32u * 4, bit = 1u << board_eth_irq % 32u;
    __asm volatile("cpsid i" ::: "memory");
    LP_CM3_REG(ICPR + word) = bit;
    LP_CM3_REG(ISER + word) = bit;
    bool frame = board_eth_waits();
    if (!frame) __asm volatile("dsb\n wfi" ::: "memory");
    LP_CM3_REG(ICER + word) = bit;
    __asm volatile("cpsie i\n isb" ::: "memory");
    return frame || board_eth_waits();
}

void lp_cm3_sleep(uint32_t ms)
{
    uint64_t now = lp_cm3_now(), end = now + ms;
    bool frame = false;
    for (; now < end && !frame; now = lp_cm3_now()) {
        uint64_t left = end - now;
        restart(left < longest() ? (uint32_t)left : longest());
        frame = doze();
        board_watchdog_feed();
    }
}
