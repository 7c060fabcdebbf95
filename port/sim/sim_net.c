/* SPDX-License-Identifier: Apache-2.0
 *
 * sim_net.c - the wire. All that is on its way stands in one list, ordered by when it arrives; it is taken from there
 * by whom it is addressed to. A datagram takes at least 1 ms, so that time passes whenever something happens.
 */
#include "sim/sim.h"

#include <stdlib.h>
#include <string.h>

#define HOLD 500 /* ms that a swapped datagram waits for a next one */

void lp_sim_init(struct lp_sim *sim, uint64_t seed)
{
    memset(sim, 0, sizeof(*sim));
    sim->seed = seed * 2 + 1;
    sim->delay_min = sim->delay_max = 10;
    sim->next_outer = 20000;
    lp_sim_seed(seed);
}

void lp_sim_free(struct lp_sim *sim)
{
    while (sim->queue) {
        struct lp_sim_datagram *d = sim->queue;
        sim->queue = d->next;
        free(d);
    }
    sim->held[LP_SIM_UP] = sim->held[LP_SIM_DOWN] = NULL;
}

uint32_t lp_sim_below(struct lp_sim *sim, uint32_t below)
{
    sim->seed ^= sim->seed << 13;
    sim->seed ^= sim->seed >> 7;
    sim->seed ^= sim->seed << 17;
    return (uint32_t)((sim->seed >> 32) % below);
}

static bool chance(struct lp_sim *sim, uint32_t percent)
{
    return percent && lp_sim_below(sim, 100) < percent;
}

/* ---- the list ---- */

static void enqueue(struct lp_sim *sim, struct lp_sim_datagram *d)
{
    struct lp_sim_datagram **at = &sim->queue;
    while (*at && (*at)->due <= d->due) at = &(*at)->next;
    d->next = *at;
    *at = d;
}

static struct lp_sim_datagram *unlink_at(struct lp_sim *sim, struct lp_sim_datagram **at)
{
    struct lp_sim_datagram *d = *at;
    *at = d->next;
    if (sim->held[d->direction] == d) sim->held[d->direction] = NULL;
    return d;
}

static struct lp_sim_socket *socket_of(const struct lp_sim *sim, const struct lp_sim_addr *addr)
{
    for (struct lp_sim_net *net = sim->nets; net; net = net->next)
        for (int i = 0; net->host == addr->host && i < LP_SIM_SOCKETS; i++)
            if (net->socket[i].used && net->socket[i].outer == addr->port) return &net->socket[i];
    return NULL;
}

/* What has arrived where nobody is, is gone. */
static void prune(struct lp_sim *sim)
{
    for (struct lp_sim_datagram **at = &sim->queue; *at && (*at)->due <= sim->now;) {
        struct lp_sim_socket *s = socket_of(sim, &(*at)->addr);
        bool up = (*at)->direction == LP_SIM_UP, listens = sim->end[(*at)->end].used;
        if (up && !listens && s) s->refused = sim->icmp;
        if (up ? listens : s != NULL)
            at = &(*at)->next;
        else
            free(unlink_at(sim, at));
    }
}

uint32_t lp_sim_wait(const struct lp_sim *sim)
{
    for (const struct lp_sim_datagram *d = sim->queue; d; d = d->next)
        if (d->due > sim->now) return (uint32_t)(d->due - sim->now);
    return UINT32_MAX;
}

uint32_t lp_sim_pass(struct lp_sim *sim, uint32_t at_most)
{
    uint32_t ms = lp_sim_wait(sim);
    if (ms > at_most) ms = at_most;
    sim->now += ms;
    prune(sim);
    return ms;
}

/* ---- putting a datagram on the wire ---- */

void lp_sim_plan(struct lp_sim *sim, enum lp_sim_direction direction, uint32_t n,
                 enum lp_sim_fault fault)
{
    for (int i = 0; i < LP_SIM_PLAN; i++)
        if (!sim->plan[i].n) {
            sim->plan[i].direction = direction;
            sim->plan[i].n = sim->sent[direction] + n;
            sim->plan[i].fault = fault;
            return;
        }
}

void lp_sim_plan_clear(struct lp_sim *sim)
{
    memset(sim->plan, 0, sizeof(sim->plan));
}

static enum lp_sim_fault planned(struct lp_sim *sim, enum lp_sim_direction direction)
{
    for (int i = 0; i < LP_SIM_PLAN; i++)
        if (sim->plan[i].n == sim->sent[direction] && sim->plan[i].direction == direction) {
            sim->plan[i].n = 0;
            sim->faults++;
            return sim->plan[i].fault;
        }
    return LP_SIM_PASS;
}

static struct lp_sim_datagram *copy(const struct lp_sim_datagram *head, const void *p)
{
    struct lp_sim_datagram *d = malloc(sizeof(*d) + head->n);
    if (!d) abort();
    *d = *head;
    if (d->n) memcpy(d->p, p, d->n);
    return d;
}

static uint64_t arrival(struct lp_sim *sim)
{
    uint32_t ms = sim->delay_min;
    if (sim->delay_max > sim->delay_min)
        ms += lp_sim_below(sim, sim->delay_max - sim->delay_min + 1);
    if (chance(sim, sim->reorder)) ms += 2 * sim->delay_max + 20;
    return sim->now + (ms ? ms : 1);
}

/* The one that was held back comes just behind this one. */
static void release(struct lp_sim *sim, const struct lp_sim_datagram *first)
{
    struct lp_sim_datagram *d = sim->held[first->direction], **at = &sim->queue;
    while (*at && *at != d) at = &(*at)->next;
    if (!*at) return; /* there is none */
    unlink_at(sim, at);
    d->due = first->due;
    enqueue(sim, d);
}

static void transmit(struct lp_sim *sim, struct lp_sim_datagram *head, const void *p)
{
    enum lp_sim_direction direction = head->direction;
    sim->sent[direction]++;
    sim->bytes[direction] += (uint32_t)head->n;
    head->due = arrival(sim);
    struct lp_sim_datagram *d = copy(head, p);
    if (sim->tap) sim->tap(sim->tap_ctx, sim, d);
    enum lp_sim_fault fault = planned(sim, direction);
    if (fault == LP_SIM_DROP || sim->silent || (sim->power_off && *sim->power_off) ||
        sim->link_down || head->end < 0 || chance(sim, sim->loss)) {
        free(d);
        return;
    }
    if (fault == LP_SIM_DUP || chance(sim, sim->dup)) {
        struct lp_sim_datagram *again = copy(head, p);
        again->due++;
        enqueue(sim, again);
    }
    if (fault == LP_SIM_SWAP) d->due += HOLD;
    enqueue(sim, d);
    if (fault == LP_SIM_SWAP)
        sim->held[direction] = d;
    else
        release(sim, d);
}

/* Take the first that has arrived for a socket (outer address) or an endpoint; too long ones are dropped whole. */
static int take(struct lp_sim *sim, enum lp_sim_direction direction, int end,
                struct lp_sim_addr *addr, void *p, size_t cap)
{
    for (struct lp_sim_datagram **at = &sim->queue; *at && (*at)->due <= sim->now;) {
        struct lp_sim_datagram *d = *at;
        if (d->direction != direction || d->end != end ||
            (direction == LP_SIM_DOWN &&
             (d->addr.host != addr->host || d->addr.port != addr->port))) {
            at = &d->next;
            continue;
        }
        unlink_at(sim, at);
        int n = d->n <= cap ? (int)d->n : LP_AGAIN;
        if (n > 0) memcpy(p, d->p, d->n);
        *addr = d->addr;
        free(d);
        if (n >= 0) return n;
    }
    return LP_AGAIN;
}

/* ---- the client's side ---- */

static int find_end(const struct lp_sim *sim, const char *host, uint16_t port)
{
    for (int i = 0; i < LP_SIM_ENDS; i++)
        if (sim->end[i].used && sim->end[i].port == port && strcmp(sim->end[i].host, host) == 0)
            return i;
    return -1;
}

static int net_open(struct lp_net *self, const char *host, uint16_t port, uint16_t local_port)
{
    struct lp_sim_net *net = (struct lp_sim_net *)(void *)self;
    struct lp_sim *sim = net->sim;
    if (sim->resolve == UINT32_MAX || sim->link_down) return LP_ERR_NET;
    if (net->asked < sim->resolve) {
        net->asked++;
        return LP_AGAIN;
    }
    net->asked = 0;
    for (int i = 0; i < LP_SIM_SOCKETS; i++)
        if (!net->socket[i].used) {
            uint16_t outer = sim->next_outer++;
            char *name = malloc(strlen(host) + 1);
            if (!name) abort();
            net->socket[i] = (struct lp_sim_socket){.used = true,
                                                    .port = local_port ? local_port : outer,
                                                    .outer = outer,
                                                    .host = strcpy(name, host),
                                                    .peer = port};
            return i;
        }
    return LP_ERR_NET;
}

static struct lp_sim_socket *handle_of(struct lp_net *self, int handle)
{
    struct lp_sim_net *net = (struct lp_sim_net *)(void *)self;
    if (handle < 0 || handle >= LP_SIM_SOCKETS || !net->socket[handle].used)
        abort(); /* a bug above */
    return &net->socket[handle];
}

static bool refused(struct lp_sim_socket *s)
{
    bool was = s->refused;
    s->refused = false;
    return was;
}

static int net_send(struct lp_net *self, int handle, const void *p, size_t n)
{
    struct lp_sim_net *net = (struct lp_sim_net *)(void *)self;
    struct lp_sim_socket *s = handle_of(self, handle);
    if (net->sim->mtu && n > net->sim->mtu) return LP_ERR_TOO_LARGE;
    if (net->sim->link_down || refused(s)) return LP_ERR_NET;
    struct lp_sim_datagram head = {.direction = LP_SIM_UP,
                                   .end = find_end(net->sim, s->host, s->peer),
                                   .addr = {net->host, s->outer},
                                   .n = n};
    if (head.end < 0) s->refused = net->sim->icmp;
    transmit(net->sim, &head, p);
    return 0;
}

static int net_recv(struct lp_net *self, int handle, void *p, size_t cap)
{
    struct lp_sim_net *net = (struct lp_sim_net *)(void *)self;
    struct lp_sim_socket *s = handle_of(self, handle);
    struct lp_sim_addr me = {net->host, s->outer};
    if (refused(s)) return LP_ERR_NET;
    return take(net->sim, LP_SIM_DOWN, find_end(net->sim, s->host, s->peer), &me, p, cap);
}

static void net_close(struct lp_net *self, int handle)
{
    struct lp_sim_socket *s = handle_of(self, handle);
    free((void *)(uintptr_t)s->host);
    *s = (struct lp_sim_socket){0};
}

void lp_sim_net_init(struct lp_sim_net *net, struct lp_sim *sim)
{
    memset(net, 0, sizeof(*net));
    net->net = (struct lp_net){net_open, net_send, net_recv, net_close};
    net->sim = sim;
    net->host = ++sim->hosts;
    net->next = sim->nets;
    sim->nets = net;
}

void lp_sim_net_free(struct lp_sim_net *net)
{
    for (int i = 0; i < LP_SIM_SOCKETS; i++)
        if (net->socket[i].used) net_close(&net->net, i);
}

void lp_sim_net_rebind(struct lp_sim_net *net)
{
    for (int i = 0; i < LP_SIM_SOCKETS; i++)
        if (net->socket[i].used) net->socket[i].outer = net->sim->next_outer++;
}

/* ---- the server's side ---- */

int lp_sim_listen(struct lp_sim *sim, const char *host, uint16_t port)
{
    for (int i = 0; i < LP_SIM_ENDS; i++)
        if (!sim->end[i].used && strlen(host) < sizeof(sim->end[i].host)) {
            strcpy(sim->end[i].host, host);
            sim->end[i].port = port;
            sim->end[i].used = true;
            return i;
        }
    return LP_ERR_FULL;
}

void lp_sim_unlisten(struct lp_sim *sim, int end)
{
    sim->end[end].used = false;
    prune(sim);
}

int lp_sim_recv(struct lp_sim *sim, int end, void *p, size_t cap, struct lp_sim_addr *from)
{
    return take(sim, LP_SIM_UP, end, from, p, cap);
}

int lp_sim_send(struct lp_sim *sim, int end, const struct lp_sim_addr *to, const void *p, size_t n)
{
    struct lp_sim_datagram head = {.direction = LP_SIM_DOWN, .end = end, .addr = *to, .n = n};
    if (sim->mtu && n > sim->mtu) return LP_ERR_TOO_LARGE;
    transmit(sim, &head, p);
    return 0;
}
