/* SPDX-License-Identifier: Apache-2.0
 *
 * net.c - struct lp_net over lwIP's UDP, and lwIP's frames and timers over the board.
 *
 *      poll: one frame -> lwIP -> socket: at most one datagram waits in each, the rest stays in the controller
 *      send: one buffer of the same pool, headers in front, handed to the controller whole
 *
 * So lwIP's buffers are few: what is not taken from the controller costs no RAM here.
 */
#include "cm3/board.h"
#include "cm3/cm3.h"
#include "cm3/net.h"
#include "limpet/config.h"

#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/udp.h>
#include <netif/ethernet.h>
#include <string.h>

struct socket {
    struct udp_pcb *pcb; /* NULL: free */
    struct pbuf *got;    /* the datagram that waits, or NULL */
};

static struct socket sockets[LP_CM3_SOCKETS];
static struct netif interface;
static uint64_t timer_due[LP_CM3_TIMERS];

uint32_t lp_cm3_rand(void)
{
    uint32_t n = 0;
    lp_port_random(&n, sizeof n); /* without it: predictable ports, and no handshake anyway */
    return n;
}

/* ---- datagrams ---- */

/* From lwIP: p is ours. */
static void arrived(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from,
                    u16_t port)
{
    struct socket *s = arg;
    (void)pcb, (void)from, (void)port; /* lwIP has compared them: the pcb is connected */
    if (s->got)
        pbuf_free(p);
    else
        s->got = p;
}

static int connect_to(struct socket *s, const ip_addr_t *to, uint16_t port, uint16_t local_port)
{
    s->pcb = udp_new_ip_type(IP_GET_TYPE(to));
    if (!s->pcb) return LP_ERR_NET;
    if (udp_bind(s->pcb, IP_ANY_TYPE, local_port) == ERR_OK &&
        udp_connect(s->pcb, to, port) == ERR_OK) {
        udp_recv(s->pcb, arrived, s);
        return (int)(s - sockets);
    }
    udp_remove(s->pcb);
    s->pcb = NULL;
    return LP_ERR_NET;
}

static int net_open(struct lp_net *net, const char *host, uint16_t port, uint16_t local_port)
{
    (void)net;
    ip_addr_t to;
    int err = lp_cm3_resolve(&interface, host, &to);
    if (err) return err;
    for (struct socket *s = sockets; s < sockets + LP_CM3_SOCKETS; s++)
        if (!s->pcb) return connect_to(s, &to, port, local_port);
    return LP_ERR_NET;
}

static int net_send(struct lp_net *net, int handle, const void *p, size_t n)
{
    (void)net;
    if (n > LP_MAX_MESSAGE + LP_CM3_RECORD) return LP_ERR_TOO_LARGE;
    struct pbuf *q = pbuf_alloc(PBUF_TRANSPORT, (u16_t)n, PBUF_POOL);
    if (!q) return LP_AGAIN;
    memcpy(q->payload, p, n);
    err_t err = udp_send(sockets[handle].pcb, q);
    pbuf_free(q);
    return err == ERR_OK ? 0 : err == ERR_MEM || err == ERR_BUF ? LP_AGAIN : LP_ERR_NET;
}

static int net_recv(struct lp_net *net, int handle, void *p, size_t cap)
{
    (void)net;
    struct socket *s = &sockets[handle];
    struct pbuf *q = s->got;
    if (!q) return LP_AGAIN;
    s->got = NULL;
    int n = q->tot_len <= cap ? pbuf_copy_partial(q, p, q->tot_len, 0) : LP_AGAIN;
    pbuf_free(q);
    return n;
}

static void net_close(struct lp_net *net, int handle)
{
    (void)net;
    struct socket *s = &sockets[handle];
    udp_remove(s->pcb);
    if (s->got) pbuf_free(s->got);
    *s = (struct socket){NULL, NULL};
}

/* ---- frames ---- */

/* All that is sent is in one piece: the pool's buffers hold the largest message with its headers. */
static err_t transmit(struct netif *n, struct pbuf *p)
{
    (void)n;
    return p->next || board_eth_send(p->payload, p->len) ? ERR_BUF : ERR_OK;
}

static err_t start(struct netif *n)
{
    n->name[0] = 'e';
    n->hwaddr_len = 6;
    n->mtu = 1500;
    n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    n->output = etharp_output;
    n->linkoutput = transmit;
    return ERR_OK;
}

static void run_timers(uint64_t now)
{
    for (unsigned i = 0; i < lp_cm3_timers_n; i++)
        for (; timer_due[i] <= now; timer_due[i] += lp_cm3_timers[i].ms) lp_cm3_timers[i].run();
}

uint32_t lp_cm3_net_due(void)
{
    uint64_t now = lp_cm3_now(), due = now + UINT32_MAX;
    for (unsigned i = 0; i < lp_cm3_timers_n; i++)
        if (lp_cm3_timers[i].wakes && timer_due[i] < due) due = timer_due[i];
    return due > now ? (uint32_t)(due - now) : 0;
}

bool lp_cm3_net_poll(void)
{
    run_timers(lp_cm3_now());
    struct pbuf *p = pbuf_alloc(PBUF_RAW, PBUF_POOL_BUFSIZE, PBUF_POOL);
    if (!p) return false;
    int n = board_eth_recv(p->payload, PBUF_POOL_BUFSIZE);
    if (n > 0) pbuf_realloc(p, (u16_t)n);
    if (n <= 0 || interface.input(p, &interface) != ERR_OK) pbuf_free(p);
    return n > 0;
}

struct lp_net *lp_cm3_net_open(const uint8_t mac[6], const uint8_t ip[16])
{
    static struct lp_net net = {net_open, net_send, net_recv, net_close};
    lwip_init();
    memcpy(interface.hwaddr, mac, 6);
    netif_add_noaddr(&interface, NULL, start, ethernet_input);
    netif_set_default(&interface);
    netif_set_up(&interface);
    if (board_eth_open(mac) || lp_cm3_net_configure(&interface, ip)) return NULL;
    return &net;
}
