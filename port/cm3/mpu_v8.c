/* SPDX-License-Identifier: Apache-2.0
 *
 * mpu_v8.c - mpu.c for ARMv8-M (PMSAv8, Cortex-M33). Regions may not overlap there: a BOARD_NONE is left out, so it
 * must lie where no other region does, and would trap anyway. */
#include "cm3/board.h"
#include "cm3/cm3.h"

#define MPU_CTRL  LP_CM3_REG(0xe000ed94)
#define MPU_RNR   LP_CM3_REG(0xe000ed98)
#define MPU_RBAR  LP_CM3_REG(0xe000ed9c)
#define MPU_RLAR  LP_CM3_REG(0xe000eda0)
#define MPU_MAIR0 LP_CM3_REG(0xe000edc0)
#define NEVER_RUN 1u
#define ANY_WRITE (1u << 1)
#define ANY_READ  (3u << 1)
#define DEVICE    (1u << 1) /* which attribute of MAIR0 */
#define ENABLE    1u

void lp_cm3_mpu(void)
{
    static const struct {
        uint32_t base, limit;
    } bits[] = {[BOARD_CODE] = {ANY_READ, 0},
                [BOARD_DATA] = {ANY_WRITE | NEVER_RUN, 0},
                [BOARD_DEVICE] = {ANY_WRITE | NEVER_RUN, DEVICE}};
    MPU_MAIR0 = 0x04aa; /* 0: write-through memory, 1: device */
    for (uint32_t i = 0; i < board_regions_n; i++) {
        const struct board_region *r = &board_regions[i];
        if (r->access == BOARD_NONE) continue;
        MPU_RNR = i;
        MPU_RBAR = r->base | bits[r->access].base;
        MPU_RLAR = ((r->base + (1u << r->log2) - 1) & ~31u) | bits[r->access].limit | ENABLE;
    }
    __asm volatile("dmb" ::: "memory");
    MPU_CTRL = ENABLE;
    __asm volatile("dsb\n isb" ::: "memory");
}
