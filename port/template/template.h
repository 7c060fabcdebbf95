/* SPDX-License-Identifier: Apache-2.0
 *
 * template.h - a port to a new platform, to be copied and renamed. Fill in the bodies in template.c: each #error says
 * what to do and goes away with it. The contract of each function stands above it and is that of limpet/port.h, with
 * what usually goes wrong.
 */
#ifndef LP_TEMPLATE_H
#define LP_TEMPLATE_H

#include "limpet/config.h"
#include "limpet/port.h"

#define LP_TEMPLATE_SOCKETS (LP_MAX_SERVERS + 1) /* one more for a bootstrap server */

struct lp_template_net {
    struct lp_net net; /* first, so that a struct lp_net * is a struct lp_template_net * */
    /* your sockets: LP_TEMPLATE_SOCKETS of them */
};

struct lp_template_kv {
    struct lp_kv kv; /* first */
    /* your flash, file, or EEPROM */
};

void lp_template_net_init(struct lp_template_net *);
int lp_template_kv_init(struct lp_template_kv *);
uint64_t lp_template_now(void);

#endif
