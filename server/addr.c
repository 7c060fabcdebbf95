/* SPDX-License-Identifier: Apache-2.0
 *
 * addr.c - see addr.h.
 */
#include "server/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_port(const char *s, in_port_t *port)
{
    size_t n = strlen(s);
    if (!n || n > 5 || strspn(s, "0123456789") != n) return false;
    unsigned long v = strtoul(s, NULL, 10);
    *port = htons((uint16_t)v);
    return v <= 65535;
}

bool addr_parse(struct addr *a, const char *text)
{
    memset(a, 0, sizeof(*a));
    char host[ADDR_TEXT];
    const char *colon = strrchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;
    if (!n || n >= sizeof(host)) return false;
    memcpy(host, text, n);
    host[n] = 0;
    if (strcmp(host, "localhost") == 0) strcpy(host, "127.0.0.1");
    if (host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = 0;
        a->u.v6.sin6_family = AF_INET6;
        a->n = sizeof(a->u.v6);
        return inet_pton(AF_INET6, host + 1, &a->u.v6.sin6_addr) == 1 &&
               parse_port(colon + 1, &a->u.v6.sin6_port);
    }
    a->u.v4.sin_family = AF_INET;
    a->n = sizeof(a->u.v4);
    return inet_pton(AF_INET, host, &a->u.v4.sin_addr) == 1 &&
           parse_port(colon + 1, &a->u.v4.sin_port);
}

const char *addr_text(const struct addr *a, char buf[ADDR_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (a->u.sa.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &a->u.v6.sin6_addr, host, sizeof(host));
        snprintf(buf, ADDR_TEXT, "[%s]:%u", host, (unsigned)ntohs(a->u.v6.sin6_port));
    } else {
        inet_ntop(AF_INET, &a->u.v4.sin_addr, host, sizeof(host));
        snprintf(buf, ADDR_TEXT, "%s:%u", host, (unsigned)ntohs(a->u.v4.sin_port));
    }
    return buf;
}

void addr_set(struct addr *a, const void *sockaddr, size_t n)
{
    memset(a, 0, sizeof(*a));
    if (n > sizeof(a->u)) n = sizeof(a->u);
    memcpy(&a->u, sockaddr, n);
    a->n = (socklen_t)n;
    a->u.v6.sin6_flowinfo = a->u.sa.sa_family == AF_INET6 ? 0 : a->u.v6.sin6_flowinfo;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
    return a->n == b->n && memcmp(&a->u, &b->u, a->n) == 0;
}

bool addr_is_loopback(const struct addr *a)
{
    if (a->u.sa.sa_family == AF_INET6) return IN6_IS_ADDR_LOOPBACK(&a->u.v6.sin6_addr);
    return ntohl(a->u.v4.sin_addr.s_addr) >> 24 == 127;
}
