/* SPDX-License-Identifier: Apache-2.0
 *
 * libc.c - what everything needs of the C library, a byte at a time: a sixth of the size of newlib's, which are made
 * for speed. The longest run here is a datagram; decrypting it takes a hundred times as long.
 *
 * The compiler must not see copying and filling loops in here and call memcpy and memset for them: they are these. Nor
 * may link-time optimization take them for unused, before the compiler has made its last calls of them.
 */
#include <stddef.h>
#include <string.h>

#define PLAIN __attribute__((used, noinline, optimize("no-tree-loop-distribute-patterns")))

PLAIN void *memmove(void *to, const void *from, size_t n)
{
    char *t = to;
    const char *f = from;
    if (t <= f)
        for (size_t i = 0; i < n; i++) t[i] = f[i];
    else
        while (n--) t[n] = f[n];
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
    __attribute__((used, alias("memmove")));

PLAIN void *memset(void *to, int c, size_t n)
{
    char *t = to;
    while (n--) *t++ = (char)c;
    return to;
}

PLAIN int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *p = a, *q = b;
    for (; n; n--, p++, q++)
        if (*p != *q) return *p - *q;
    return 0;
}

PLAIN size_t strlen(const char *s)
{
    const char *end = s;
    while (*end) end++;
    return (size_t)(end - s);
}
