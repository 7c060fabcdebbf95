/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c - Client: a lamp with its switch besides. A server turns the lamp on and off. */
#include "device.h"

static struct lp_sensor light, button;

int device_more(struct lp_client *c)
{
    int err = lp_light_add(c, &light);
    return err ? err : lp_button_add(c, &button);
}
