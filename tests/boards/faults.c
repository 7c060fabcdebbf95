/* SPDX-License-Identifier: Apache-2.0
 *
 * faults.c - an image that does what a broken program does, one thing after each start: what is next stands in the
 * flash, since nothing else outlives the reboot. tests/e2e/test_board.py reads what the fault handler prints. */
#include "cm3/board.h"
#include "cm3/cm3.h"

#include <string.h>

#define DONE_AT  0x40000u /* in flash, one write unit for each case that was begun */
#define WATCHDOG 500      /* ms */

static uint32_t some_data = 1;
static const uint32_t some_constant = 2;

/* The compiler is not to know where these point. */
static void *volatile target;

static void read_null(void)
{
    target = NULL;
    some_data += *(volatile uint32_t *)target;
}

static void write_null(void)
{
    target = NULL;
    *(volatile uint32_t *)target = some_data;
}

static void call_null(void)
{
    target = (void *)1; /* thumb */
    ((void (*)(void))(uintptr_t)target)();
}

static void execute_ram(void)
{
    static uint16_t code[] = {0x4770, 0x4770}; /* bx lr */
    target = (char *)code + 1;
    ((void (*)(void))(uintptr_t)target)();
}

static void write_constant(void)
{
    target = (void *)(uintptr_t)&some_constant;
    *(volatile uint32_t *)target = 3;
}

static void write_code(void)
{
    target = (void *)((uintptr_t)lp_cm3_reset & ~(uintptr_t)1);
    *(volatile uint16_t *)target = 0;
}

static void read_nowhere(void)
{
    target = (void *)0x80000000;
    some_data += *(volatile uint32_t *)target;
}

/* NOLINTNEXTLINE: endless on purpose */
static uint32_t overflow_stack(volatile uint32_t depth)
{
    volatile uint32_t frame[16] = {depth};
    return target ? overflow_stack(depth + 1) + frame[depth & 15] : 0;
}

static void overflow(void)
{
    target = &some_data;
    some_data += overflow_stack(0);
}

static void undefined(void)
{
    __asm volatile("udf #0");
}

static void hang(void)
{
    board_watchdog_start(WATCHDOG);
    for (;;) {
    }
}

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {{"read NULL", read_null},           {"write NULL", write_null},
             {"call NULL", call_null},           {"execute RAM", execute_ram},
             {"write constant", write_constant}, {"write code", write_code},
             {"read nowhere", read_nowhere},     {"stack overflow", overflow},
             {"undefined", undefined},           {"hang", hang}};

static bool begun(unsigned i)
{
    uint8_t mark = 0;
    board_flash.read(&board_flash, DONE_AT + i * board_flash.write_unit, &mark, 1);
    return mark == 0;
}

static void begin(unsigned i)
{
    static const uint8_t mark[16];
    board_flash.program(&board_flash, DONE_AT + i * board_flash.write_unit, mark,
                        board_flash.write_unit);
}

int main(void)
{
    lp_cm3_time_start();
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (begun(i)) continue;
        begin(i);
        lp_cm3_print("case ");
        lp_cm3_print(cases[i].name);
        lp_cm3_print("\n");
        cases[i].run();
        lp_cm3_print("nothing happened\n");
        lp_cm3_reboot();
    }
    lp_cm3_print("done\n");
    for (;;) lp_cm3_sleep(1000);
}
