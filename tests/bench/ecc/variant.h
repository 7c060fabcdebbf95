/* SPDX-License-Identifier: Apache-2.0
 * variant.h - what a way to do the curve needs before the first handshake; one variant_*.c is linked. */
#ifndef ECC_VARIANT_H
#define ECC_VARIANT_H

int variant_open(void);

#endif
