/* SPDX-License-Identifier: Apache-2.0 */
#include "cm3/memory_flash.h"

int memory_flash_read(struct lp_flash *flash, uint32_t at, void *p, size_t n)
{
    (void)flash;
    uint8_t *to = p;
    for (size_t i = 0; i < n; i++) to[i] = memory_flash_base[at + i];
    return 0;
}

int memory_flash_program(struct lp_flash *flash, uint32_t at, const void *p, size_t n)
{
    (void)flash;
    const uint8_t *from = p;
    for (size_t i = 0; i < n; i++) memory_flash_base[at + i] &= from[i];
    return 0;
}

int memory_flash_erase(struct lp_flash *flash, uint32_t at)
{
    for (uint32_t i = 0; i < flash->erase_unit; i++) memory_flash_base[at + i] = 0xff;
    return 0;
}
