/* SPDX-License-Identifier: Apache-2.0
 *
 * template.c - see template.h and README.md. Four functions for datagrams, three for the store, two that exist once,
 * and a clock for the main loop, which the library itself never asks.
 *
 * Rules for all of them: return at once; no callback into the library; called from one thread only.
 */
#include "template/template.h"

/* ---- datagrams ----------------------------------------------------------------------------------------------- */

/* A UDP socket that talks to host:port only.
 * host        a name, an IPv4 or IPv6 address without brackets; ends in NUL, valid during the call
 * local_port  0: any free one, and a new one each time
 * Returns a handle, 0 .. LP_TEMPLATE_SOCKETS - 1, that the library hands to the others;
 *         LP_AGAIN    the name is being looked up: the library calls again with the same arguments, after a while or as
 *                     soon as lp_step is called. It may also lose interest and never call again.
 *         LP_ERR_NET  no route, no such name, no socket left. The library backs off and tries again later.
 * Never waits for the name: start the look-up and return LP_AGAIN. */
static int net_open(struct lp_net *net, const char *host, uint16_t port, uint16_t local_port)
{
#error \
    "net_open: open a UDP socket for host:port; if the name must be looked up first, start that and return LP_AGAIN"
}

/* Send one datagram of n bytes, whole or not at all.
 * Returns 0; LP_AGAIN (the driver has no room: counts as lost, the protocol sends again);
 *         LP_ERR_TOO_LARGE (over the path's MTU); LP_ERR_NET (no link, port unreachable: counts as lost too).
 * Must not keep p: copy, or send before returning. An error that belongs to an earlier datagram (ICMP) must not keep
 * this one from being sent. */
static int net_send(struct lp_net *net, int handle, const void *p, size_t n)
{
#error "net_send: send one datagram to the peer of this handle"
}

/* Take the oldest datagram received from the peer.
 * Returns its length, 0 being a legal one; LP_AGAIN: there is none; LP_ERR_NET: the socket is of no use any more, or
 *         the peer's port is unreachable.
 * A datagram longer than cap is dropped whole, never cut: look for the next. Datagrams from any other address or port
 * are dropped here. */
static int net_recv(struct lp_net *net, int handle, void *p, size_t cap)
{
#error "net_recv: give the next datagram of this handle, or LP_AGAIN"
}

/* Close the handle; what it had received is forgotten. Its number may be given out again. Cannot fail. */
static void net_close(struct lp_net *net, int handle)
{
#error "net_close: close the socket of this handle"
}

void lp_template_net_init(struct lp_template_net *n)
{
    n->net = (struct lp_net){net_open, net_send, net_recv, net_close};
#error "lp_template_net_init: mark all sockets as free"
}

/* ---- what outlives a reboot ---------------------------------------------------------------------------------- */

/* The value of key: its length, of which the first min(length, cap) bytes are put into p (cap 0: only the length).
 * LP_ERR_NOT_FOUND: there is none. LP_ERR_STORE: the medium failed, or the value does not pass its checksum. */
static int kv_get(struct lp_kv *kv, uint16_t key, void *p, size_t cap)
{
#error "kv_get: read a value"
}

/* Replace the value of key; n is at most LP_MAX_RECORD. When it returns 0 the value is durable: no cache holds it back.
 * A power cut at any moment leaves the old value or the new one, whole: write beside the old one, then switch over by
 * one atomic step. LP_ERR_FULL (no room) and LP_ERR_STORE (the medium failed) leave the old value. */
static int kv_put(struct lp_kv *kv, uint16_t key, const void *p, size_t n)
{
#error "kv_put: write a value so that a power cut cannot tear it"
}

/* Delete key, durable when it returns 0. A key that is not there is no error. LP_ERR_STORE. */
static int kv_del(struct lp_kv *kv, uint16_t key)
{
#error "kv_del: delete a value"
}

/* Called once, after power on: find the newest whole values, drop torn ones. */
int lp_template_kv_init(struct lp_template_kv *k)
{
    k->kv = (struct lp_kv){kv_get, kv_put, kv_del};
#error "lp_template_kv_init: open the store; 0 or LP_ERR_STORE"
}

/* ---- what exists once ---------------------------------------------------------------------------------------- */

/* Fill p with n bytes that nobody can predict: from a hardware generator, or from a seed kept in the store and stirred
 * with one. Returns 0, or LP_ERR_RANDOM with nothing promised about p; never fewer bytes. Keys, DTLS nonces and message
 * ids depend on it: rand(), a serial number or the uptime will not do. */
int lp_port_random(void *p, size_t n)
{
#error "lp_port_random: n bytes of the hardware generator"
}

/* One line without newline. May do nothing. text is valid during the call. */
void lp_port_log(enum lp_log level, const char *text)
{
#error "lp_port_log: print the line, or leave the body empty"
}

/* Milliseconds of a clock that never goes back, for lp_step in your main loop: 64 bits, so that it never wraps. It
 * should go on counting in every sleep that keeps RAM: lifetimes and the queue-mode window depend on it. */
uint64_t lp_template_now(void)
{
#error "lp_template_now: 64-bit milliseconds since power on"
}
