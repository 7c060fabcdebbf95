/* SPDX-License-Identifier: Apache-2.0
 *
 * observe.h - observations (RFC 7641, core 1.1 6.4): who wants to know what, when a notification is
 * due, what became of it. A notification is the same read as a Read, so they can never differ.
 */
#ifndef LP_OBSERVE_H
#define LP_OBSERVE_H

#include "bytes/coap.h"
#include "bytes/fmt.h"
#include "limpet/client.h"

/* Observe = 0 of a request that is about to be answered: same token or same path of this link is
 * replaced. NULL: no room (answered without the option: a plain read). The option's value is ->seq.
 * Then call begun. */
struct lp_observation *lp_observe_add(struct lp_client *, const struct lp_link *,
                                      const struct lp_coap *req, const struct lp_path *,
                                      uint16_t format);
struct lp_reading;
/* sent: what was answered; NULL: an error was. */
void lp_observe_begun(struct lp_observation *, const struct lp_reading *sent);
/* Observe = 1. Cancels by token or path. */
void lp_observe_cancel(struct lp_client *, const struct lp_link *, const struct lp_coap *req,
                       const struct lp_path *);
/* Something at or below path changed (or path is gone: deleted). */
void lp_observe_mark(struct lp_client *, const struct lp_path *, bool deleted);
/* A notification that is due for this link, made as a message in buf: its length and, in *index,
 * whose; 0: none is. cap: at least LP_MAX_SEND. *con: it is confirmable (config, once in 24 h (RFC
 * 7641 4.5), or a 4.04 that ends the observation). It counts as sent. A change that no longer crosses
 * a threshold when its time has come is forgotten. */
int lp_observe_due(struct lp_client *, struct lp_link *, void *buf, size_t cap, unsigned *index,
                   bool *con);
uint32_t lp_observe_wait(struct lp_client *, const struct lp_link *); /* ms until one may be due */
/* What became of a CON one: 0, LP_ERR_RESET (ends the observation), or why it did not arrive (it is
 * due again). LP_ERR_TOO_LARGE, of a NON one too: due again in smaller blocks, unless there are none. A reset of a
 * NON one names its message id; false: it is nobody's. */
void lp_observe_done(struct lp_client *, unsigned index, int err);
bool lp_observe_reset(struct lp_client *, const struct lp_link *, uint16_t mid);
/* The handler said LP_PENDING when a notification was read, and is done now; false: nobody waits. */
bool lp_observe_ready(struct lp_client *, uint16_t request_id);
/* All of a link's: its registration is lost, made anew, or over. */
void lp_observe_forget(struct lp_client *, const struct lp_link *, enum lp_observation_end why);
/* All of a link's, written for sleep.c; and read again, after so many ms: 0, or LP_ERR_FORMAT, LP_ERR_FULL. */
void lp_observe_put(struct lp_client *, const struct lp_link *, struct lp_out *);
int lp_observe_get(struct lp_client *, const struct lp_link *, struct lp_in *, uint64_t slept_ms);

#endif
