/* SPDX-License-Identifier: Apache-2.0
 *
 * app.c - what somebody else's application is to the build: it takes the library's address of entry and says which
 * product it was compiled for. */
#include <stdio.h>

#include "limpet/client.h"
#include "posix/posix.h"

int main(void)
{
    /* volatile: the whole client must link, though nothing is run */
    uint32_t (*volatile step)(struct lp_client *, uint64_t) = lp_step;
    struct lp_posix_net net;
    lp_posix_net_init(&net, -1);
    lp_posix_net_close(&net);
    printf("%s %d %s\n", LP_PRODUCT, step != NULL, lp_strerror(LP_ERR_TIMEOUT));
    return 0;
}
