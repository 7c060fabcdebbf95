/* SPDX-License-Identifier: Apache-2.0
 * client.h - the measured side: a DTLS 1.2 client with a certificate of its own. */
#ifndef ECC_CLIENT_H
#define ECC_CLIENT_H

#include <stddef.h>

/* Sets the client up; lp_tls_memory() has given Mbed TLS its memory. 0, or Mbed TLS's error. */
int client_open(void);
/* One state of the handshake, or as much of one as the budget allows where the curve's operations are restartable.
 * 0: go on. 1: the handshake is complete. 2: a datagram is waited for. Negative: Mbed TLS's error. */
int client_step(void);
/* What else a product does with an association: writes n bytes, reads, saves, loads. 0, or Mbed TLS's error. */
int client_use(unsigned char *p, size_t n);

/* The wire, given by who links the client. Send returns n; receive the datagram's length, 0 for none. */
int wire_send(const unsigned char *p, size_t n);
int wire_recv(unsigned char *p, size_t cap);

#endif
