/* SPDX-License-Identifier: Apache-2.0
 *
 * lite.c - Client Lite: a thermometer, and nothing else. */
#include "device.h"

int device_more(struct lp_client *c)
{
    (void)c;
    return 0;
}
