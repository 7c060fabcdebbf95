/* SPDX-License-Identifier: Apache-2.0
 *
 * fault.c - every fault ends here: one line that says what and where, then a reboot.
 *
 *   fault: access pc=00001234 lr=00000567 addr=00000000
 *
 * The stack may be what is broken, so the report runs on the end of RAM, whatever lies there: nothing of it is needed
 * any more. Of a stack that overflowed only the address is known: the CPU had nowhere to put pc and lr. */
#include "cm3/board.h"
#include "cm3/cm3.h"

#define CFSR  LP_CM3_REG(0xe000ed28)
#define ICSR  LP_CM3_REG(0xe000ed04)
#define MMFAR LP_CM3_REG(0xe000ed34)
#define BFAR  LP_CM3_REG(0xe000ed38)

void lp_cm3_fault_report(const uint32_t *sp);

void lp_cm3_print(const char *text)
{
    while (*text) board_putc(*text++);
}

void lp_cm3_print_hex(uint32_t n)
{
    for (int shift = 28; shift >= 0; shift -= 4) board_putc("0123456789abcdef"[n >> shift & 15]);
}

static const char *kind(uint32_t cfsr)
{
    if ((ICSR & 0x1ff) == 2) return "watchdog"; /* NMI: no board has another use for it */
    static const struct {
        uint32_t bits;
        const char *name;
    } kinds[] = {{1u << 4 | 1u << 12, "stack"}, {1u << 0, "execute"},
                 {1u << 1, "access"},           {0xff00, "bus"},
                 {1u << 16, "instruction"},     {0xffff0000, "usage"}};
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (cfsr & kinds[i].bits) return kinds[i].name;
    return "hard";
}

/* sp: r0-r3, r12, lr, pc, xpsr, if it is inside of RAM. */
__attribute__((used)) void lp_cm3_fault_report(const uint32_t *sp)
{
    static const uint32_t none[8];
    uint32_t cfsr = CFSR;
    bool whole = (const char *)sp >= ram_start && (const char *)(sp + 8) <= ram_end;
    const uint32_t *frame = whole ? sp : none;
    uint32_t at = cfsr & 0x80     ? MMFAR
                  : cfsr & 0x8000 ? BFAR
                  : whole         ? frame[6]
                                  : (uint32_t)(uintptr_t)sp;
    lp_cm3_print("\nfault: ");
    lp_cm3_print(kind(cfsr));
    lp_cm3_print(" pc=");
    lp_cm3_print_hex(frame[6]);
    lp_cm3_print(" lr=");
    lp_cm3_print_hex(frame[5]);
    lp_cm3_print(" addr=");
    lp_cm3_print_hex(at);
    board_putc('\n');
    lp_cm3_reboot();
}

__attribute__((naked)) void lp_cm3_fault(void)
{
    __asm volatile("mrs r0, msp\n"
                   "ldr r1, =ram_end\n"
                   "msr msp, r1\n"
                   "b lp_cm3_fault_report\n");
}
