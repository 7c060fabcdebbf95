/* SPDX-License-Identifier: Apache-2.0
 *
 * template.c - see template.h and docs/PORTING.md. Four functions for datagrams, three for flash, two that exist once;
 * and a clock, a wait and a reboot for the main loop, which the library itself never asks for.
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

/* ---- flash --------------------------------------------------------------------------------------------------- */

/* limpet/store.h makes the store of these three. A platform with a file system or a store of its own may give a struct
 * lp_kv instead (limpet/port.h); then this part goes away. */

/* Read n bytes from address at, whatever they are: neither aligned nor whole units. 0 or LP_ERR_STORE. */
static int flash_read(struct lp_flash *flash, uint32_t at, void *p, size_t n)
{
#error "flash_read: copy n bytes"
}

/* Program n bytes, whole write units at an aligned address, erased before. p need not be aligned: copy where your
 * controller wants words. Wait until the controller is done and look at its error flags: when this returns 0 the bytes
 * are durable. No other bytes may change. LP_ERR_STORE. */
static int flash_program(struct lp_flash *flash, uint32_t at, const void *p, size_t n)
{
#error "flash_program: program whole write units"
}

/* Erase the erase unit that begins at at; it reads as 0xff then, its neighbours as before. LP_ERR_STORE. */
static int flash_erase(struct lp_flash *flash, uint32_t at)
{
#error "flash_erase: erase one unit"
}

/* Say what flash there is. size counts what is given to Limpet, addresses from 0. */
int lp_template_flash_init(struct lp_template_flash *f)
{
    f->flash =
        (struct lp_flash){.read = flash_read, .program = flash_program, .erase = flash_erase};
#error "lp_template_flash_init: size, erase_unit, write_unit; 0 or LP_ERR_STORE"
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

/* Let ms pass, or less if a datagram comes: the main loop sleeps here. Your network driver must go on working. */
void lp_template_wait(struct lp_template_net *n, uint32_t ms)
{
#error "lp_template_wait: sleep until a datagram is there or ms have passed"
}

/* Start anew, as after power on. Does not return. */
void lp_template_reboot(void)
{
#error "lp_template_reboot: reset the CPU"
}
