/* SPDX-License-Identifier: Apache-2.0
 *
 * mem.h - memory that is there or the program ends: what a request may take is bounded long before. */
#ifndef SERVER_MEM_H
#define SERVER_MEM_H

#include <stddef.h>

void *mem_new(size_t n); /* zeroed */
void *mem_grow(void *, size_t n);
void *mem_copy(const void *, size_t n); /* with a NUL behind it */
char *mem_text(const char *);           /* NULL stays NULL */

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr) - offsetof(type, member)))

#endif
