/* SPDX-License-Identifier: Apache-2.0
 *
 * random.c - the kernel's generator.
 */
#include "limpet/port.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

int lp_port_random(void *p, size_t n)
{
    uint8_t *at = p;
    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return LP_ERR_RANDOM;
        at += got;
        n -= (size_t)got;
    }
    return 0;
}
