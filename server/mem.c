/* SPDX-License-Identifier: Apache-2.0
 *
 * mem.c - see mem.h.
 */
#include "server/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *there(void *p)
{
    if (!p) {
        fputs("limpet-server: out of memory\n", stderr);
        abort();
    }
    return p;
}

void *mem_new(size_t n)
{
    return there(calloc(1, n ? n : 1));
}

void *mem_grow(void *p, size_t n)
{
    return there(realloc(p, n ? n : 1));
}

void *mem_copy(const void *p, size_t n)
{
    char *copy = mem_new(n + 1);
    if (n) memcpy(copy, p, n);
    return copy;
}

char *mem_text(const char *text)
{
    return text ? mem_copy(text, strlen(text)) : NULL;
}
