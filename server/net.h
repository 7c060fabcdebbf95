/* SPDX-License-Identifier: Apache-2.0
 *
 * net.h - sockets: UDP for CoAP, a listening TCP one for HTTP. */
#ifndef SERVER_NET_H
#define SERVER_NET_H

#include "server/addr.h"

/* Bound, non-blocking; *a becomes the address it has (the port, if it was 0). -1: errno. */
int net_udp(struct addr *a);
int net_tcp(struct addr *a);
/* The next datagram: its length, -1 when there is none. */
int net_recv(int fd, struct addr *from, void *p, unsigned cap);
void net_send(int fd, const struct addr *to, const void *p, unsigned n);

#endif
