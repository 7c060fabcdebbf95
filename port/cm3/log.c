/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - lines on the UART. What is for developers only is not printed. */
#include "cm3/cm3.h"

void lp_port_log(enum lp_log level, const char *text)
{
    if (level > LP_LOG_INFO) return;
    lp_cm3_print(text);
    lp_cm3_print("\n");
}
