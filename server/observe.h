/* SPDX-License-Identifier: Apache-2.0
 *
 * observe.h - observations (RFC 7641) and what they bring. They are on record, so that the notifications of a device
 * are still understood after a restart of the server. */
#ifndef SERVER_OBSERVE_H
#define SERVER_OBSERVE_H

#include "server/op.h"
#include "server/reg.h"

#define OBSERVE_PER_REG 1000

struct observation {
    struct link by_token;
    struct reg *reg;
    struct observation *next;
    struct lp_path path;
    int accept; /* of the request */
    uint8_t token[LP_MAX_TOKEN];
    uint32_t seq; /* of the newest notification, and when it came */
    uint64_t at;
    bool any;
};

/* Ask for notifications. The observation stands when the device has agreed; done is told what the device answered. One
 * that stands for the same path and format is renewed. */
void observe_start(struct reg *, const struct lp_path *, int accept, uint32_t timeout,
                   op_done *done, void *ctx);
/* Cancel by GET with Observe 1. LP_ERR_NOT_FOUND: there is no such observation. */
int observe_cancel(struct reg *, const struct lp_path *, uint32_t timeout, op_done *done,
                   void *ctx);
/* Forget them, all of that path: the next notification is reset. How many there were. */
unsigned observe_drop(struct reg *, const struct lp_path *);

/* A message that answers nothing: a notification, or it is reset. */
void observe_message(struct peer *, const struct lp_coap *);
void observe_forget(struct reg *); /* it is deregistered */
void observe_free(struct reg *);   /* as above, but they stay on record */
void observe_load(struct server *);

#endif
