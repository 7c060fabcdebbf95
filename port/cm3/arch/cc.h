/* SPDX-License-Identifier: Apache-2.0
 *
 * arch/cc.h - what lwIP wants to know of the compiler. No printf: its diagnostics are compiled out, and a broken
 * assumption of its own ends in the fault handler. */
#ifndef LP_CM3_ARCH_CC_H
#define LP_CM3_ARCH_CC_H

#include <stdint.h>

#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_CTYPE_H    1 /* newlib's table costs 256 bytes */
#define X8_F               "x"
#define U16_F              "u"
#define S16_F              "d"
#define X16_F              "x"
#define U32_F              "lu"
#define S32_F              "ld"
#define X32_F              "lx"
#define SZT_F              "u"

#define LWIP_PLATFORM_DIAG(x)   ((void)0)
#define LWIP_PLATFORM_ASSERT(x) __builtin_trap()
#define LWIP_RAND()             lp_cm3_rand()
uint32_t lp_cm3_rand(void); /* net.c */

#endif
