/* SPDX-License-Identifier: Apache-2.0
 *
 * life.h - the whole life of a device on the simulated wire, over real DTLS, with a scripted server of both kinds:
 *
 *   bootstrap, registration, read, write, execute, observation, notifications, block-wise read and write, update,
 *   sleep that loses RAM, power cycle with a saved association, new address, deregistration
 *
 * One script serves the sweeps (tests/lwm2m/test_sweep.c: what happens when the n-th datagram is lost) and the
 * benchmark (tests/bench: what each part costs). The server repeats nothing by itself but what CoAP retransmits.
 */
#ifndef LIMPET_LIFE_H
#define LIMPET_LIFE_H

#include "bytes/coap.h"
#include "limpet/client.h"
#include "limpet/store.h"
#include "link/dtls_server.h"
#include "link/exchange.h"
#include "sim/sim.h"

#define LIFE_BIG (LP_MAX_BODY - 12) /* bytes of the value written block-wise, and read back */

enum life_step { /* in this order */
                 LIFE_BOOTSTRAP,
                 LIFE_REGISTER,
                 LIFE_READ,
                 LIFE_WRITE,
                 LIFE_EXECUTE,
                 LIFE_CREATE,
                 LIFE_OBSERVE,
                 LIFE_NOTIFY,
                 LIFE_BLOCK1,
                 LIFE_BLOCK2,
                 LIFE_UPDATE,
                 LIFE_SLEEP,
                 LIFE_REBOOT,
                 LIFE_READ_AGAIN,
                 LIFE_REBIND,
                 LIFE_DEREGISTER,
                 LIFE_DONE
};
extern const char *const life_names[LIFE_DONE + 1];

struct life_peer { /* the server's half of a link */
    struct life *life;
    int end;
    struct lp_dtls_peer *dtls;
    struct lp_sim_addr addr;
    struct lp_exchange x;
    uint8_t buf[1400];
};

struct life { /* too large for a stack */
    struct lp_sim sim;
    struct lp_sim_net net;
    struct lp_sim_kv kv;
    struct lp_sim_flash *flash; /* not NULL: then the store is on it, in place of kv */
    struct lp_store store;
    struct lp_client client;
    struct lp_device device;
    struct lp_sensor sensor;
    struct lp_object thing;      /* object 33605, see life.c */
    uint64_t slept_at, wakes_at; /* 0: it is awake */
    /* what the device holds */
    uint8_t text[LIFE_BIG];
    size_t text_n;
    uint32_t executed, created, instances;
    /* the server */
    struct lp_dtlsd *dtlsd;
    struct life_peer peer[2]; /* bootstrap, management */
    enum life_step step;
    enum life_step back; /* where it goes on after a bootstrap */
    uint8_t part;        /* of a step that has several */
    bool waiting;        /* for the answer to our request */
    uint32_t handshakes, registrations, bootstraps, updates, notifications, deregistrations;
    double notified;
    uint8_t location;
    uint8_t body[LIFE_BIG + 64];
    size_t body_n;
    uint32_t asked[LIFE_DONE + 1];   /* requests of each step, without retransmissions */
    bool rough;                      /* the wire may lose so much that a message is given up */
    uint64_t started[LIFE_DONE + 1]; /* when each step began, ms */
    uint32_t sent[LIFE_DONE + 1][2],
        bytes[LIFE_DONE + 1][2]; /* the wire's counters when it began */
    const char *error;           /* what went wrong, or NULL */
    void (*on_step)(struct life *, enum life_step);
    void (*on_event)(struct life *, const struct lp_event *);
};

struct life *life_new(uint64_t seed);
struct life *life_on(uint64_t seed, struct lp_sim_flash *); /* NULL: on struct lp_sim_kv */
void life_free(struct life *);
/* Live until the life is over, something is wrong, or limit ms have passed: true if it is over as it should be. */
bool life_run(struct life *, uint64_t limit);
/* The questions every life must answer with yes at its end; NULL, or what is wrong. */
const char *life_check(const struct life *);

#endif
