/* SPDX-License-Identifier: Apache-2.0
 *
 * rfc8428.h - the names in the examples of RFC 8428 are no LwM2M paths: each gets one here, so that the readers of
 * content formats take the examples. */
#ifndef LIMPET_RFC8428_H
#define LIMPET_RFC8428_H

#include <string.h>

static const struct {
    const char *name, *path;
} rfc8428_names[] = {{"urn:dev:ow:10e2073a01080063:", "/1/0/"},
                     {"urn:dev:ow:10e2073a0108006:", "/1/0/"},
                     {"urn:dev:ow:10e2073a01080063", "/1/0/63"},
                     {"2001:db8::1/", "/1/0/"},
                     {"2001:db8::2/", "/2/0/"},
                     {"2001:db8::3", "/3/0/0"},
                     {"2001:db8::4", "/4/0/0"},
                     {"voltage", "1"},
                     {"current", "2"},
                     {"temperature", "3"},
                     {"humidity", "4"},
                     {"temp", "5"},
                     {"label", "6"},
                     {"open", "7"},
                     {"nfv-reader", "8"},
                     {"heat", "9"},
                     {"fan", "10"}};

/* The path that stands for a name of n characters, or NULL. */
static inline const char *rfc8428_path(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof rfc8428_names / sizeof *rfc8428_names; i++)
        if (strlen(rfc8428_names[i].name) == n && memcmp(rfc8428_names[i].name, name, n) == 0)
            return rfc8428_names[i].path;
    return NULL;
}

#endif
