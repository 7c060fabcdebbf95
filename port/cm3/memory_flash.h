/* SPDX-License-Identifier: Apache-2.0
 *
 * memory_flash.h - board_flash where flash is emulated by memory that the board can write at any time: the rules of NOR
 * (a program only clears bits, an erase is of whole units) are kept here. A board defines memory_flash_base and
 *
 *      struct lp_flash board_flash = {size, erase unit, write unit, MEMORY_FLASH};
 */
#ifndef MEMORY_FLASH_H
#define MEMORY_FLASH_H

#include "limpet/port.h"

extern volatile uint8_t *const memory_flash_base;

int memory_flash_read(struct lp_flash *, uint32_t at, void *p, size_t n);
int memory_flash_program(struct lp_flash *, uint32_t at, const void *p, size_t n);
int memory_flash_erase(struct lp_flash *, uint32_t at);
#define MEMORY_FLASH memory_flash_read, memory_flash_program, memory_flash_erase

#endif
