/* SPDX-License-Identifier: Apache-2.0
 *
 * hexa.h - bytes as hex digits and back. */
#ifndef SERVER_HEXA_H
#define SERVER_HEXA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

char *hexa_text(const void *p, size_t n); /* lower case; to be freed */
/* n digits into n / 2 bytes; false: an odd number, or no hex digit among them. */
bool hexa_bytes(const char *text, size_t n, uint8_t *to);

#endif
