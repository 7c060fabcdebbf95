/* SPDX-License-Identifier: Apache-2.0
 *
 * peer_dtls.c - peers behind DTLS. A new association from the address of a living one stands beside it until it is up,
 * so that nobody can end another's by beginning a handshake.
 */
#include <stdio.h>
#include <string.h>

#include "server/log.h"
#include "server/mem.h"
#include "server/peer.h"
#include "server/reg.h"

int peer_psk(void *server, struct lp_span identity, uint8_t *key, size_t cap)
{
    struct server *s = server;
    if (!s->current) return LP_ERR_NOT_FOUND;
    int n = creds_key(s, &s->current->auth, identity, key, cap);
    if (n < 0)
        log_event("unknown", NULL, "a client with the unknown identity '%.*s'", (int)identity.n,
                  (const char *)identity.p);
    return n;
}

int peer_dtls_transmit(void *server, const void *address, size_t address_n, const void *p, size_t n)
{
    struct server *s = server;
    struct addr a;
    addr_set(&a, address, address_n);
    s->transmit(s->transmit_ctx, COAPS, &a, p, n);
    return 0;
}

struct lp_span peer_identity(const struct peer *p)
{
    return p->dtls ? lp_dtls_peer_identity(p->dtls) : (struct lp_span){NULL, 0};
}

static struct peer *find_cid(struct server *s, const uint8_t cid[LP_DTLSD_CID])
{
    for (struct link *l = table_first(&s->by_cid, table_hash(cid, LP_DTLSD_CID)); l;
         l = table_next(l)) {
        struct peer *p = container_of(l, struct peer, by_cid);
        if (memcmp(lp_dtls_peer_cid(p->dtls), cid, LP_DTLSD_CID) == 0) return p;
    }
    return NULL;
}

/* The others that were at its address, without or with a registration, are gone: a device has one association. Those
 * that carry a connection ID may have moved on, and stay. */
static void replace_others(struct peer *p)
{
    struct link *next;
    for (struct link *l = table_first(&p->s->by_addr[COAPS], p->by_addr.hash); l; l = next) {
        struct peer *other = container_of(l, struct peer, by_addr);
        next = table_next(l);
        if (other != p && addr_equal(&other->addr, &p->addr) && !other->in_cid)
            peer_drop(other, false);
    }
}

static void enter_cid(struct peer *p)
{
    const uint8_t *cid = lp_dtls_peer_cid(p->dtls);
    if (!cid) return;
    p->in_cid = true;
    table_add(&p->s->by_cid, &p->by_cid, table_hash(cid, LP_DTLSD_CID));
}

static void came_up(struct peer *p)
{
    char at[ADDR_TEXT];
    p->up = true;
    p->s->handshakes--;
    enter_cid(p);
    replace_others(p);
    log_event("connected", p->auth.endpoint, "DTLS from %s%s", addr_text(&p->addr, at),
              p->in_cid ? ", with connection ID" : "");
    if (p->auth.may_register) reg_connected(p);
}

static void failed(struct peer *p, int err)
{
    char at[ADDR_TEXT];
    const char *why =
        p->up ? "the device ended its connection"
        : err == LP_ERR_TIMEOUT
            ? "the handshake was not finished: a wrong key, or no way back to the device"
            : "the handshake failed: a wrong key";
    log_event("disconnected", p->auth.endpoint, "%s (%s)", why, addr_text(&p->addr, at));
    peer_drop(p, false);
}

void peer_dtls_step(struct peer *p)
{
    uint32_t wait;
    p->s->current = p;
    int err = lp_dtls_peer_step(p->dtls, p->s->now, &wait);
    p->s->current = NULL;
    p->dtls_at = wait == UINT32_MAX ? UINT64_MAX : p->s->now + wait;
    if (err == 0 && !p->up) came_up(p);
    if (err < LP_PENDING)
        failed(p, err);
    else
        peer_schedule(p);
}

static void take_address(struct peer *p)
{
    struct lp_span a = lp_dtls_peer_address(p->dtls);
    struct addr at;
    addr_set(&at, a.p, a.n);
    peer_moved(p, &at);
}

/* All messages of a datagram. */
static void feed(struct peer *p, const struct addr *from, const void *b, size_t n)
{
    struct server *s = p->s;
    uint8_t message[2048];
    for (int got = 0; got >= 0 && !p->doomed; b = NULL, n = 0) {
        s->current = p;
        got = lp_dtls_peer_recv(p->dtls, &from->u, from->n, b, n, message, sizeof(message), s->now);
        s->current = NULL;
        if (!p->up && lp_dtls_peer_up(p->dtls)) came_up(p);
        if (p->up) take_address(p);
        if (got > 0) peer_message(p, message, (size_t)got);
        if (got < LP_PENDING) failed(p, got);
        if (got == 0) break;
    }
    if (p->doomed) return;
    if (p->up)
        peer_schedule(p);
    else
        peer_dtls_step(p);
}

/* The half-open peer that has waited longest: there are too many. */
static void drop_half_open(struct server *s)
{
    for (struct peer *p = s->idle_first; p; p = p->idle_next)
        if (p->dtls && !p->up) {
            peer_free(p);
            return;
        }
}

static void hello(struct server *s, const struct addr *from, const void *b, size_t n)
{
    struct lp_dtls_peer *x = lp_dtlsd_hello(s->dtlsd, &from->u, from->n, b, n, s->now);
    if (!x) return;
    if (s->handshakes >= s->max_handshakes) drop_half_open(s);
    struct peer *p = peer_new(s, COAPS, from, x);
    if (!p) {
        lp_dtls_peer_free(x, false);
        return;
    }
    s->handshakes++;
    peer_dtls_step(p);
}

void peer_dtls_datagram(struct server *s, const struct addr *from, const void *b, size_t n)
{
    uint8_t cid[LP_DTLSD_CID];
    struct peer *p = lp_dtlsd_cid(b, n, cid) ? find_cid(s, cid) : NULL;
    if (!p) p = peer_find(s, COAPS, from);
    if (p && (!lp_dtlsd_is_hello(b, n) || lp_dtls_peer_began(p->dtls, b, n)))
        feed(p, from, b, n);
    else
        hello(s, from, b, n);
}

void peer_revoke(struct server *s, const char *endpoint)
{
    struct link *l = NULL;
    while ((l = table_each(&s->by_addr[COAPS], l)) != NULL) {
        struct peer *p = container_of(l, struct peer, by_addr);
        if (p->auth.endpoint && strcmp(p->auth.endpoint, endpoint) == 0) {
            log_event("disconnected", endpoint, "its credential was changed");
            peer_drop(p, true);
            l = NULL; /* the table has changed: from the beginning */
        }
    }
}

void peer_restore(struct server *s, struct lp_dtls_peer *x, struct reg *r)
{
    struct addr at;
    struct lp_span a = lp_dtls_peer_address(x);
    addr_set(&at, a.p, a.n);
    struct peer *p = peer_new(s, COAPS, &at, x);
    if (!p) {
        lp_dtls_peer_free(x, false);
        return;
    }
    p->up = true;
    enter_cid(p);
    creds_load(s, &p->auth, peer_identity(p));
    if (p->auth.may_register && strcmp(p->auth.endpoint, r->endpoint) == 0 && reg_is_of(r, p))
        reg_bind(r, p);
    else
        peer_drop(p, true); /* its credential is gone */
}
