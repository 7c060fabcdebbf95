/* SPDX-License-Identifier: Apache-2.0
 * variant_restart.c - an operation on the curve stops after ECC_MAX_OPS of its steps, and goes on when called again. */
#include "variant.h"

#include <mbedtls/ecp.h>

int variant_open(void)
{
    mbedtls_ecp_set_max_ops(ECC_MAX_OPS);
    return 0;
}
