/* SPDX-License-Identifier: Apache-2.0
 *
 * template.h - a port to a new platform, to be copied and renamed. Fill in the bodies in template.c: each #error says
 * what to do and goes away with it. The contract of each function stands above it and is that of limpet/port.h, with
 * what usually goes wrong. docs/PORTING.md fills it step by step.
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

struct lp_template_flash {
    struct lp_flash flash; /* first */
    /* your flash: often nothing at all */
};

void lp_template_net_init(struct lp_template_net *);
int lp_template_flash_init(struct lp_template_flash *);
uint64_t lp_template_now(void);
void lp_template_wait(struct lp_template_net *, uint32_t ms);
void lp_template_reboot(void);

#endif
