/* SPDX-License-Identifier: Apache-2.0
 *
 * mpu.c - the board's regions into the MPU of ARMv7-M (PMSAv7). Without a background region everything else faults. */
#include "cm3/board.h"
#include "cm3/cm3.h"

#define MPU_CTRL LP_CM3_REG(0xe000ed94)
#define MPU_RBAR LP_CM3_REG(0xe000ed9c)
#define MPU_RASR LP_CM3_REG(0xe000eda0)
#define VALID    (1u << 4) /* RBAR names the region, too */

void lp_cm3_mpu(void)
{
    /* XN 28, AP 26:24 (0 none, 3 read and write, 6 read), S 18, C 17, B 16 */
    static const uint32_t attributes[] = {[BOARD_NONE] = 1u << 28,
                                          [BOARD_CODE] = 6u << 24 | 2u << 16,
                                          [BOARD_DATA] = 1u << 28 | 3u << 24 | 3u << 16,
                                          [BOARD_DEVICE] = 1u << 28 | 3u << 24 | 5u << 16};
    for (uint32_t i = 0; i < board_regions_n; i++) {
        const struct board_region *r = &board_regions[i];
        MPU_RBAR = r->base | VALID | i;
        MPU_RASR = attributes[r->access] | (r->log2 - 1u) << 1 | 1;
    }
    __asm volatile("dmb" ::: "memory");
    MPU_CTRL = 1;
    __asm volatile("dsb\n isb" ::: "memory");
}
