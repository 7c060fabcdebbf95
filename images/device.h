/* SPDX-License-Identifier: Apache-2.0
 *
 * device.h - what a product adds to images/device.c: the objects beside 0 to 3 and the thermometer. */
#ifndef LIMPET_DEVICE_H
#define LIMPET_DEVICE_H

#include "limpet/client.h"

/* 0 or an error of lp_client_add. */
int device_more(struct lp_client *);

#endif
