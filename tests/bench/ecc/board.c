/* SPDX-License-Identifier: Apache-2.0
 * board.c - what stands below main() on the emulated Cortex-M3. A fault stops the core, which QEMU reports. */
#include <stdint.h>

extern uint32_t data_start[], data_end[], data_load[], bss_start[], bss_end[], stack_top[];
int main(void);
void reset(void);

void reset(void)
{
    for (uint32_t *to = data_start, *from = data_load; to < data_end;) *to++ = *from++;
    for (uint32_t *to = bss_start; to < bss_end;) *to++ = 0;
    main();
    for (;;) __asm__ volatile("wfi");
}

static void fault(void)
{
    __asm__ volatile("udf #0"); /* within a fault: lock-up, which ends QEMU with an error */
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top,           (const void *)reset, (const void *)fault, (const void *)fault,
    (const void *)fault, (const void *)fault, (const void *)fault};
