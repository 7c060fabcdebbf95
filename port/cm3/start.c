/* SPDX-License-Identifier: Apache-2.0
 *
 * start.c - from reset to main(), and back by a reboot. */
#include "cm3/board.h"
#include "cm3/cm3.h"

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[]; /* cm3.ld */

int main(void);

#define AIRCR LP_CM3_REG(0xe000ed0c)
#define SHCSR LP_CM3_REG(0xe000ed24)
#define PAINT 0xa5a5a5a5u /* what the stack has not used still holds it */

/* Only what is ever taken: faults and SysTick. */
__attribute__((section(".vectors"), used)) void (*const lp_cm3_vectors[16])(void) = {
    [0] = (void (*)(void))stack_top,
    [1] = lp_cm3_reset,
    [2] = lp_cm3_fault,
    [3] = lp_cm3_fault,
    [4] = lp_cm3_fault,
    [5] = lp_cm3_fault,
    [6] = lp_cm3_fault,
    [7] = lp_cm3_fault,
    [11] = lp_cm3_fault,
    [12] = lp_cm3_fault,
    [14] = lp_cm3_fault,
    [15] = lp_cm3_tick};

/* Everything below this function's own frame. */
static void paint_stack(void)
{
    uint32_t *end = (uint32_t *)__builtin_frame_address(0) - 16;
    for (volatile uint32_t *p = (uint32_t *)(void *)stack_limit; p < end; p++) *p = PAINT;
}

void lp_cm3_reset(void)
{
    paint_stack();
    const uint32_t *from = data_load;
    for (uint32_t *to = data_start; to < data_end;) *to++ = *from++;
    for (uint32_t *to = bss_start; to < bss_end;) *to++ = 0;
    board_init();
    SHCSR = 7u << 16; /* MemManage, BusFault, UsageFault by their own names */
    lp_cm3_mpu();
    main();
    lp_cm3_reboot();
}

_Noreturn void lp_cm3_reboot(void)
{
    __asm volatile("dsb" ::: "memory");
    AIRCR = 0x05fa0004; /* SYSRESETREQ */
    for (;;) {
    }
}
