/* SPDX-License-Identifier: Apache-2.0
 *
 * limpet/state.h - Private part: the state of a client, complete so that its owner can allocate it. No field is for
 * the application.
 */
#ifndef LIMPET_STATE_H
#define LIMPET_STATE_H

#include "limpet/link.h"
#include "limpet/object.h"

struct lp_security { /* an instance of object 0; src/lwm2m/accounts.c */
    uint16_t iid;    /* LP_NONE: the row is free */
    uint16_t ssid;
    uint8_t bootstrap, mode;
    uint8_t identity_n, key_n;
    uint32_t hold_off_s, bs_timeout_s;
    uint8_t identity[LP_MAX_IDENTITY], key[LP_MAX_KEY];
    char uri[LP_MAX_URI + 1];
};

struct lp_server { /* an instance of object 1 */
    uint16_t iid;  /* LP_NONE: the row is free */
    uint16_t ssid;
    uint32_t lifetime_s, pmin_s, pmax_s, disable_s;
    uint32_t retry_count, retry_timer_s, seq_delay_s, seq_count;
    uint16_t present; /* bit per optional resource that exists: obj_server.c */
    uint8_t store, bootstrap_on_failure;
    char binding[6];
};

struct lp_access { /* an instance of object 2 (as data) */
    uint16_t iid;  /* LP_NONE: free */
    uint16_t obj, inst, owner;
    struct { uint16_t ssid, rights; } acl[3]; /* ssid LP_NONE: free */
};

struct lp_attrs { /* attributes of one path for one server; src/lwm2m/attrs.c */
    struct lp_path path; /* obj LP_NONE: free */
    uint16_t ssid;
    uint8_t set;         /* bit per attribute */
    uint32_t pmin_s, pmax_s, epmin_s, epmax_s;
    double gt, lt, st;
};

struct lp_observation { /* src/lwm2m/observe.c */
    struct lp_path path;  /* obj LP_NONE: free */
    uint8_t link, tkl, token[8];
    uint8_t marks;        /* changed, deleted, ... */
    uint16_t accept;      /* content format */
    uint32_t seq;         /* Observe option of the next notification */
    uint16_t last_mid;    /* of the last non-confirmable notification: a reset names it */
    uint64_t sent;        /* when the last one was made */
    double last;          /* the value it carried: for gt, lt, st */
};

struct lp_pending { /* a request whose handler said LP_PENDING; src/lwm2m/ops.c */
    uint16_t id;     /* 0: free */
    uint8_t link, tkl, token[8], op, type;
    bool ready;
    int16_t err;
    int16_t accept;
    struct lp_path path;
};

struct lp_link { /* one server at work; src/lwm2m/register.c */
    struct lp_dtls dtls;
    struct lp_exchange x;
    uint8_t state;         /* enum lp_link_state */
    uint8_t sec, srv;      /* rows of security[] and server[] */
    uint8_t marks;         /* want update, lifetime changed, objects changed, ... */
    uint8_t v10;           /* registered as LwM2M 1.0 */
    uint8_t tries, sequences;
    uint32_t block;        /* Register payload: next Block1 number */
    uint8_t szx;
    uint64_t due;          /* next thing this link does by itself */
    uint64_t update_at;    /* the next Update */
    uint64_t awake_until;  /* queue mode */
    bool asleep;
    char location[48];     /* "/rd/xyz"; longer ones are refused */
    uint8_t buf[LP_MAX_SEND];
};

struct lp_client {
    struct lp_client_config config;
    uint64_t now;
    struct lp_object *objects;              /* ascending by id, ours included */
    struct lp_object security_obj, server_obj, access_obj;
    struct lp_security security[LP_MAX_SERVERS + 1];
    struct lp_server server[LP_MAX_SERVERS];
    struct lp_access access[LP_MAX_ACCESS + 1];
    struct lp_link link[LP_MAX_SERVERS];    /* link[0] serves the bootstrap too: management pauses meanwhile */
    struct lp_attrs attrs[LP_MAX_ATTRIBUTES];
    struct lp_observation observation[LP_MAX_OBSERVATIONS];
    struct lp_pending pending[LP_MAX_PENDING];
    struct lp_event event[LP_MAX_EVENTS];
    uint8_t event_first, event_n;
    uint16_t request_id;
    uint8_t state, bs_tries, bs_link_up, started, offline, stopping;
    uint64_t bs_due, bs_deadline;
    /* one Block1 body in collection */
    struct { uint8_t link, tkl, code; uint8_t token[8]; uint16_t len; struct lp_path path; uint64_t until; uint32_t key; } up;
    uint8_t body[LP_MAX_BODY];
    uint8_t io[LP_MAX_MESSAGE];             /* a datagram comes in here and is answered here */
};

#endif
