/* SPDX-License-Identifier: Apache-2.0
 *
 * ops.h - a management server's request (core 1.1 6.3, 6.4, transport 1.1 6.4.3) served: decode method, path, options;
 * collect Block1; do it on the model; build the answer over the bytes it came in.
 */
#ifndef LP_OPS_H
#define LP_OPS_H

#include "limpet/client.h"
#include "bytes/coap.h"

/* req points into c->io, which holds the request and takes the answer. Returns the answer's length in c->io (ACK or NON;
 * an empty ACK when the answer comes later; 0: nothing to send, No-Response). An LP_EV_REQUEST event is queued. */
int lp_ops_serve(struct lp_client *, struct lp_link *, const struct lp_coap *req);
/* A pending request that was completed, as a confirmable separate response into link->buf: its length and *id, or 0. */
int lp_ops_completed(struct lp_client *, struct lp_link *, uint16_t *id);
bool lp_ops_completed_any(const struct lp_client *, const struct lp_link *);
/* Forget what belongs to a link: pending requests, a Block1 body (it was closed or registered anew). */
void lp_ops_forget(struct lp_client *, const struct lp_link *);

/* Shared with bootstrap.c: start the answer to req in c->io (token copied first), piggy-backed or NON. */
struct lp_answer {
    struct lp_out out;
    struct lp_coap_out msg;
};
void lp_answer_begin(struct lp_client *, struct lp_link *, const struct lp_coap *req, uint8_t code, struct lp_answer *);
/* Collect Block1: 1: body complete in *payload (c->body, or the message itself when not block-wise); 0: answered (2.31,
 * or an error) - *answer_n is the length in c->io. */
int lp_ops_body(struct lp_client *, struct lp_link *, const struct lp_coap *req, const struct lp_path *, struct lp_span *payload, int *answer_n);
/* An answer whose payload is made by put(ctx, out) into a window: handles Block2 (any start block, the peer's or our size),
 * ETag, Size2; the size option. observe >= 0: with the Observe option. put returns 0 or an error, which is answered. */
typedef int lp_put_body(void *ctx, struct lp_out *);
int lp_answer_body(struct lp_client *, struct lp_link *, const struct lp_coap *req, int32_t observe, int format, lp_put_body *, void *ctx);
/* An error or an empty success: code from err, or code itself. Returns the length. */
int lp_answer_code(struct lp_client *, struct lp_link *, const struct lp_coap *req, uint8_t code);

#endif
