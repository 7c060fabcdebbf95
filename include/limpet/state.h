/* SPDX-License-Identifier: Apache-2.0
 *
 * limpet/state.h - Private part: the state of a client, complete so that its owner can allocate it. No field is for
 * the application.
 */
#ifndef LIMPET_STATE_H
#define LIMPET_STATE_H

#include "limpet/link.h"
#include "limpet/object.h"

struct lp_retry { /* /1/x/17..20, or of bootstrap attempts; 0: not given */
    uint32_t count, timer_s, seq_delay_s, seq_count;
};

/* Rows of objects 0 and 1, as src/lwm2m/rows.c knows them: numbers, and texts as a length and so many bytes. */
struct lp_security { /* an instance of object 0 */
    uint16_t iid;    /* LP_NONE: the row is free */
    uint16_t ssid;
    uint32_t hold_off_s, bs_timeout_s;
    uint8_t bootstrap, mode;
    uint8_t identity_n, identity[LP_MAX_IDENTITY];
    uint8_t key_n, key[LP_MAX_KEY];
    uint8_t uri_n;
    char uri[LP_MAX_URI + 1];
};

struct lp_server { /* an instance of object 1 */
    uint16_t iid;  /* LP_NONE: the row is free */
    uint16_t ssid;
    uint32_t present; /* bit r: optional resource r exists; the value of one that does not is 0 */
    uint32_t lifetime_s, pmin_s, pmax_s, disable_s, priority, delay_s;
    struct lp_retry retry;
    uint8_t store, fail_block, bootstrap_on_failure, trigger, mute;
    uint8_t binding_n;
    char binding[6];
    uint8_t transport_n, transport[5];
};

struct lp_access { /* an instance of object 2 (as data) */
    uint16_t iid;  /* LP_NONE: free */
    uint16_t obj, inst, owner;
    struct {
        uint16_t ssid, rights;
    } acl[3]; /* ssid LP_NONE: free */
};

/* src/lwm2m/observe.c */
struct lp_observation {
    struct lp_path path; /* obj LP_NONE: free */
    uint8_t link : 4, tkl : 4;
    uint8_t fmt; /* index in lp_fmts[] */
    uint8_t token[8];
    uint16_t con_at;    /* when the last confirmable one was made, in units of 65536 ms */
    uint16_t mid;       /* of the last notification: a reset names it */
    uint32_t seq : 24;  /* Observe option of the last notification */
    uint32_t marks : 8; /* changed, deleted, ... */
    uint32_t sent;      /* when the last one was made: the clock's low half */
    double last;        /* the value it carried: for gt, lt, st */
};

/* A request whose handler said LP_PENDING; src/lwm2m/ops.c. */
struct lp_pending {
    uint16_t id; /* 0: free */
    uint8_t link, op, tkl, token[8];
    bool ready;
    int16_t err;
    uint16_t accept; /* content format of a read */
    struct lp_path path;
    uint32_t at; /* when it came, in units of 1024 ms */
};

/* One server at work; src/lwm2m/register.c, wire.c.
 * What is looked at most stands first: near offsets are half the code on a small target. */
struct lp_link {
    uint8_t state;         /* enum lp_link_state */
    uint8_t sec, srv;      /* rows of security[] and server[]; LP_NO_ROW: the link is not in use */
    uint8_t marks, sent;   /* enum lp_mark: wanted; in the Update that is under way */
    uint8_t szx, restarts; /* Register's or Update's payload in blocks */
    uint8_t smaller; /* so many times were our blocks halved, the path took no larger datagrams */
    uint8_t
        good_n; /* what a registration succeeded with: binding, and lifetime good_s; 0: none yet */
    char good[6];
    bool connected; /* LP_EV_CONNECTED was said */
    bool doubt;     /* resumed or rebound, and nothing heard since */
    bool v10;       /* the server takes LwM2M 1.0 only */
    bool asleep;
    uint16_t tries, sequences; /* attempts begun in this sequence; sequences used up */
    uint32_t offset;           /* bytes of the payload that blocks have brought over */
    uint32_t pause_s;          /* disabled for so long */
    uint32_t lifetime_s;       /* as the server knows it */
    uint32_t good_s;
    uint64_t due;         /* WAIT: connect; REGISTERED: settled, tries start anew */
    uint64_t update_at;   /* the next Update */
    uint64_t awake_until; /* queue mode */
    struct lp_exchange x;
    struct lp_dtls dtls;
    char location[48]; /* "/rd/xyz"; longer ones are refused */
    uint8_t buf[LP_MAX_SEND];
};

struct lp_client {
    bool started, offline, stopping;
    bool unsaved;    /* objects 0, 1, 2 are not as the store has them */
    bool relink;     /* accounts came or went */
    bool bs_refused; /* Finish was answered 4.06, nothing has changed since */
    uint8_t bs;      /* enum lp_bs: bootstrap.c */
    uint8_t event_first, event_n;
    uint16_t bs_tries, bs_sequences, bs_kept; /* length of the accounts kept in link[0].buf */
    uint16_t request_id;
    const struct lp_later *later; /* NULL: no handler answers later; src/lwm2m/ops.c */
    uint64_t now;
    uint64_t bs_due;           /* next attempt, or the end of waiting in this one */
    uint64_t bs_end;           /* ... which no word of the server moves */
    struct lp_object *objects; /* ascending by id, ours included */
    struct { /* one Block1 body in collection, in body[0 .. len); src/lwm2m/answer.c */
        uint8_t link, code; /* code 0: none */
        uint16_t len;
        struct lp_path path;
        uint32_t at; /* when the last block came: the clock's low half */
    } up;
    struct lp_client_config config;
    struct lp_object own[2 + !!LP_MAX_ACCESS]; /* objects 0, 1, 2 */
    struct lp_retry bs_retry;
    struct lp_server server[LP_MAX_SERVERS];
    struct lp_security security[LP_MAX_SERVERS + 1];
    struct lp_access access[LP_MAX_ACCESS + !LP_MAX_ACCESS];
    struct lp_pending pending[LP_MAX_PENDING];
    struct lp_event event[LP_MAX_EVENTS];
    struct lp_observation observation[LP_MAX_OBSERVATIONS];
    struct lp_link link[LP_MAX_SERVERS]; /* link[0] is the bootstrap's too, management pauses */
    uint16_t attrs_n;
    uint8_t attrs[1 + 32 * LP_MAX_ATTRIBUTES]; /* as the store has them; src/lwm2m/attrs.c */
    union {
        struct {
            uint8_t io[LP_MAX_MESSAGE]; /* a datagram comes in here and is answered here */
            uint8_t body[LP_MAX_BODY];
        };
        /* Records on their way to and from the store: src/lwm2m/sleep.c, accounts.c. */
        uint8_t room[LP_MAX_MESSAGE + LP_MAX_BODY];
    };
};

#endif
