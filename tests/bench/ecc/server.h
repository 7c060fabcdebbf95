/* SPDX-License-Identifier: Apache-2.0
 * server.h - the other side, which is not measured: Mbed TLS's server with a copy of the library of its own, the
 * same for all variants. */
#ifndef ECC_SERVER_H
#define ECC_SERVER_H

#include <stddef.h>

/* 0, or Mbed TLS's error. */
int server_open(void);
/* Goes as far as it can: 0 until the handshake is complete, then 1, or Mbed TLS's error. */
int server_step(void);

int server_wire_send(const unsigned char *p, size_t n);
int server_wire_recv(unsigned char *p, size_t cap);

#endif
