/* SPDX-License-Identifier: Apache-2.0
 *
 * hexa.c - see hexa.h.
 */
#include "server/hexa.h"

#include "server/mem.h"

char *hexa_text(const void *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *b = p;
    char *text = mem_new(2 * n + 1);
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[b[i] >> 4];
        text[2 * i + 1] = digits[b[i] & 15];
    }
    return text;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hexa_bytes(const char *text, size_t n, uint8_t *to)
{
    if (n % 2) return false;
    for (size_t i = 0; i < n; i += 2) {
        int high = digit(text[i]), low = digit(text[i + 1]);
        if (high < 0 || low < 0) return false;
        to[i / 2] = (uint8_t)(high << 4 | low);
    }
    return true;
}
