/* SPDX-License-Identifier: Apache-2.0
 *
 * sf2_nor.h - the board_flash of SmartFusion2 boards (board.h). */
#ifndef SF2_NOR_H
#define SF2_NOR_H

#include "cm3/board.h"

/* Before anything else of it; without the right chip every operation is LP_ERR_STORE. */
void sf2_nor_open(void);

#endif
