/* SPDX-License-Identifier: Apache-2.0
 *
 * sim.h - a world for tests: a clock that the test turns, a wire that misbehaves as a seed says, a store that fails or
 * loses power. Everything is deterministic; two runs with one seed send the same bytes.
 *
 *   lp_step(client) -- lp_sim_net --.                                  .-- lp_sim_end "server" 5683: test or engine
 *   lp_step(client) -- lp_sim_net --+-- NAT -- wire: loss, delay, ... --+-- lp_sim_end "server" 5684
 *   ...                ...        --'                                  `-- ...
 *
 *   struct lp_sim sim;  lp_sim_init(&sim, seed);
 *   struct lp_sim_net net;  lp_sim_net_init(&net, &sim);          config.net = &net.net
 *   int end = lp_sim_listen(&sim, "server", 5683);
 *   for (;;) {
 *       uint32_t wait = lp_step(&client, sim.now);
 *       while ((n = lp_sim_recv(&sim, end, buf, sizeof(buf), &from)) >= 0) lp_sim_send(&sim, end, &from, answer, ...);
 *       lp_sim_pass(&sim, wait);        // to the next arrival, or over wait
 *   }
 */
#ifndef LP_SIM_H
#define LP_SIM_H

#include "limpet/port.h"

#define LP_SIM_SOCKETS 8  /* of one net */
#define LP_SIM_ENDS    8  /* server endpoints */
#define LP_SIM_PLAN    8  /* planned faults at once */
#define LP_SIM_KEYS    64 /* of one store */

enum lp_sim_direction { LP_SIM_UP, LP_SIM_DOWN }; /* up: to a server */
enum lp_sim_fault {
    LP_SIM_PASS,
    LP_SIM_DROP,
    LP_SIM_DUP,
    LP_SIM_SWAP /* with the next of its direction */
};

struct lp_sim_addr { /* as a server sees a client: behind the NAT */
    uint32_t host;
    uint16_t port;
};

struct lp_sim_datagram {
    struct lp_sim_datagram *next; /* ascending by due, then by arrival */
    uint64_t due;
    uint8_t direction;
    int end;                 /* server endpoint, both directions */
    struct lp_sim_addr addr; /* client's outer address, both directions */
    size_t n;
    uint8_t p[];
};

struct lp_sim_socket {
    bool used, refused;   /* refused: an ICMP error waits to be told */
    uint16_t port, outer; /* of our own; as the NAT shows it */
    const char *host;     /* of the peer */
    uint16_t peer;
    uint32_t resolving; /* LP_AGAINs given so far */
};

struct lp_sim_net {
    struct lp_net net;
    struct lp_sim *sim;
    struct lp_sim_net *next;
    uint32_t host;  /* one number a net */
    uint32_t asked; /* opens that were answered LP_AGAIN */
    struct lp_sim_socket socket[LP_SIM_SOCKETS];
};

struct lp_sim {
    uint64_t now;
    uint64_t seed; /* of the wire; apart from lp_port_random's */
    /* How the wire is; may be changed at any time. Percentages 0..100. */
    uint32_t loss, dup, reorder;
    uint32_t delay_min, delay_max; /* ms */
    size_t mtu;                    /* 0: none; sending more is LP_ERR_TOO_LARGE */
    bool link_down;                /* sending is LP_ERR_NET, what is on its way is lost */
    bool silent;                   /* everything is lost without a word */
    const bool *power_off;         /* not NULL: while it is true no device sends (lp_sim_kv.cut) */
    bool icmp; /* nobody listens there: told by LP_ERR_NET at the next send or recv */
    uint32_t
        resolve; /* open says LP_AGAIN so many times first; UINT32_MAX: the name is never found */
    /* What happened. */
    uint32_t sent[2], bytes[2]; /* datagrams and bytes put on the wire, by direction */
    uint32_t faults;            /* planned ones that were met */
    void (*tap)(void *ctx, const struct lp_sim *,
                const struct lp_sim_datagram *); /* sees all that is put on the wire */
    void *tap_ctx;
    /* private */
    struct {
        enum lp_sim_direction direction;
        uint32_t n;
        enum lp_sim_fault fault;
    } plan[LP_SIM_PLAN];
    struct {
        bool used;
        char host[64];
        uint16_t port;
    } end[LP_SIM_ENDS];
    struct lp_sim_datagram *queue, *held[2];
    struct lp_sim_net *nets;
    uint32_t hosts;
    uint16_t next_outer;
};

void lp_sim_init(struct lp_sim *, uint64_t seed);
void lp_sim_free(struct lp_sim *); /* what is on the wire */
uint32_t lp_sim_below(struct lp_sim *, uint32_t below);
/* ms until the next datagram arrives; UINT32_MAX: none is on its way. */
uint32_t lp_sim_wait(const struct lp_sim *);
/* Let time pass until the next arrival, but no longer than at_most. Returns the ms that passed. */
uint32_t lp_sim_pass(struct lp_sim *, uint32_t at_most);
/* The n-th datagram from now on (1: the next) in a direction meets that fault. */
void lp_sim_plan(struct lp_sim *, enum lp_sim_direction, uint32_t n, enum lp_sim_fault);
void lp_sim_plan_clear(struct lp_sim *);

/* ---- the client's side: a struct lp_net each ---- */
void lp_sim_net_init(struct lp_sim_net *, struct lp_sim *);
void lp_sim_net_free(struct lp_sim_net *); /* close what is open */
/* The NAT forgets its mappings: the next datagram comes from another outer port, answers to the old one are lost. */
void lp_sim_net_rebind(struct lp_sim_net *);

/* ---- the server's side ---- */
int lp_sim_listen(struct lp_sim *, const char *host,
                  uint16_t port);               /* an endpoint, or LP_ERR_FULL */
void lp_sim_unlisten(struct lp_sim *, int end); /* what arrives there is lost, or refused (icmp) */
/* A datagram that has arrived at the endpoint: its length and where it came from, or LP_AGAIN. */
int lp_sim_recv(struct lp_sim *, int end, void *p, size_t cap, struct lp_sim_addr *from);
int lp_sim_send(struct lp_sim *, int end, const struct lp_sim_addr *to, const void *p, size_t n);

/* ---- a store in RAM ---- */
enum lp_sim_kv_fault {
    LP_SIM_KV_FAIL /* this one operation */,
    LP_SIM_KV_CUT_BEFORE,
    LP_SIM_KV_CUT_AFTER
};

struct lp_sim_kv {
    struct lp_kv kv;
    struct {
        bool used;
        uint16_t key;
        size_t n;
        uint8_t *p;
    } entry[LP_SIM_KEYS];
    uint32_t operations, writes; /* so far: all; put and del */
    uint32_t fail_at;            /* that operation (counted by operations) meets fault; 0: none */
    enum lp_sim_kv_fault fault;
    bool cut;        /* power is off: everything fails until lp_sim_kv_reboot */
    uint32_t faults; /* that were met */
    size_t max;      /* bytes of all values; more is LP_ERR_FULL; 0: no bound */
};

void lp_sim_kv_init(struct lp_sim_kv *);
void lp_sim_kv_free(struct lp_sim_kv *);
void lp_sim_kv_plan(struct lp_sim_kv *, uint32_t n,
                    enum lp_sim_kv_fault); /* the n-th operation from now on, 1: the next */
void lp_sim_kv_reboot(struct lp_sim_kv *); /* power is back, no fault planned */

/* ---- NOR flash in RAM ---- */
enum lp_sim_flash_fault {                    /* at a program or an erase */
                          LP_SIM_FLASH_FAIL, /* it says so; all but a bit is done */
                          /* The power goes: */
                          LP_SIM_FLASH_BEFORE, /* nothing is done */
                          LP_SIM_FLASH_AFTER,  /* all is done, but nobody is told */
                          LP_SIM_FLASH_PREFIX, /* the first bytes are done */
                          LP_SIM_FLASH_BITS, /* all but some bits of the last word (of an erase: of any) */
                          LP_SIM_FLASH_HALF, /* the first bytes, and some bits of half of all bytes */
                          LP_SIM_FLASH_FLAP, /* all but a bit, which reads differently each time */
                          LP_SIM_FLASH_FAINT /* it was begun, but nothing of it can be seen */
};

struct lp_sim_flash {
    struct lp_flash flash;
    uint8_t *p;          /* the content; lp_sim_flash_fill changes it */
    uint32_t *erases;    /* of each unit, those that were cut too */
    bool unstable;       /* bits that a cut left open are drawn anew at each read */
    uint32_t operations; /* so far: programs and erases */
    uint32_t reads;      /* so far */
    uint32_t programmed; /* bytes */
    uint32_t fail_at;    /* that operation meets fault; 0: none */
    enum lp_sim_flash_fault fault;
    bool cut;             /* power is off: everything fails until lp_sim_flash_reboot */
    uint32_t faults;      /* that were met */
    uint32_t violations;  /* of flash's rules: must be 0 */
    const char *violated; /* the first one */
    uint32_t violated_at;
    /* private */
    uint64_t seed;
    uint8_t *soft, *used; /* bits left open; bytes that are not erased for sure */
};

void lp_sim_flash_init(struct lp_sim_flash *, uint32_t units, uint32_t erase_unit,
                       uint32_t write_unit, uint64_t seed);
void lp_sim_flash_free(struct lp_sim_flash *);
/* Bytes that somebody else left there. */
void lp_sim_flash_fill(struct lp_sim_flash *, uint32_t at, const void *p, size_t n);
/* The n-th operation from now on (1: the next) meets that fault. */
void lp_sim_flash_plan(struct lp_sim_flash *, uint32_t n, enum lp_sim_flash_fault);
void lp_sim_flash_reboot(struct lp_sim_flash *); /* power is back, no fault planned */

/* ---- what exists once ---- */
void lp_sim_seed(uint64_t); /* lp_port_random starts over from here */
void lp_sim_random_fail(
    uint32_t n); /* the n-th call of lp_port_random from now on and all after fail; 0: none */
extern void (*lp_sim_log)(enum lp_log,
                          const char *text); /* where lp_port_log goes; NULL: nowhere */

#endif
