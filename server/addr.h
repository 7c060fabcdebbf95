/* SPDX-License-Identifier: Apache-2.0
 *
 * addr.h - IP addresses with their port, as text and as the kernel has them. */
#ifndef SERVER_ADDR_H
#define SERVER_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct addr { /* compared as bytes: whatever the family does not use is zero */
    union {
        struct sockaddr sa;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } u;
    socklen_t n;
};

#define ADDR_TEXT 64

bool addr_parse(struct addr *, const char *); /* "127.0.0.1:5683", "[::1]:0"; localhost */
const char *addr_text(const struct addr *, char buf[ADDR_TEXT]);
/* From a struct sockaddr of n bytes. */
void addr_set(struct addr *, const void *sockaddr, size_t n);
bool addr_equal(const struct addr *, const struct addr *);
bool addr_is_loopback(const struct addr *);

#endif
