/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - lines on stderr.
 */
#include "posix/posix.h"

#include <stdio.h>

static enum lp_log level = LP_LOG_WARN;

void lp_posix_log_level(enum lp_log most)
{
    level = most;
}

void lp_port_log(enum lp_log grave, const char *text)
{
    static const char *const name[] = {"error", "warning", "info", "debug"};
    if (grave <= level) fprintf(stderr, "%-7s %s\n", name[grave], text);
}
