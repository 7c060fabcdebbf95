/* SPDX-License-Identifier: Apache-2.0
 *
 * ops.h - a server's request (core 1.1 6.1, 6.3, 6.4; transport 1.1 6.4.3) served: decode method, path, options;
 * collect Block1; do it on the model; build the answer over the bytes it came in.
 */
#ifndef LP_OPS_H
#define LP_OPS_H

#include "bytes/coap.h"
#include "bytes/fmt.h"
#include "bytes/path.h"
#include "limpet/client.h"
#include "lwm2m/model.h"

/* req points into c->io, which holds the request and takes the answer. Returns the answer's length
 * (ACK or NON; an empty ACK when the answer comes later; 0: nothing to send). An LP_EV_REQUEST event
 * is queued, for blocks only at the first of Block2 and the last of Block1. */
int lp_ops_serve(struct lp_client *, struct lp_link *, const struct lp_coap *req);
/* A pending request that was completed, as a confirmable separate response in link->buf: its length
 * and *id, or 0. Uses c->io. An LP_EV_REQUEST event is queued, the second of this request. */
int lp_ops_completed(struct lp_client *, struct lp_link *, uint16_t *id);
/* A request that is being served. */
struct lp_request {
    struct lp_client *c;
    struct lp_link *l;
    const struct lp_coap *m;
    struct lp_path path; /* LP_ROOT if it is none */
    enum lp_level level;
    struct lp_object *o;      /* NULL: there is none, or none is named */
    const struct lp_res *res; /* NULL above a resource */
    int accept, format;       /* LP_NO_FORMAT */
    uint8_t op;
    bool later; /* not the first block of an answer: a read that goes on */
    bool bad;   /* blocks of a size that there is not */
};
/* Parts of it, for a bootstrap server's requests too: answer with what is at the path, as far as a server may read it;
 * take the payload, once it is whole, through the model. Both: the length of an answer made, 0, or an error. */
int lp_ops_read(struct lp_request *);
int lp_ops_payload(struct lp_request *, enum lp_write_mode, uint16_t *created);
/* Answers that come later. lp_request_id, without which there are none, makes client->later point here; so a program
 * whose handlers always answer at once has no byte of this. */
struct lp_later {
    int (*pend)(const struct lp_request *); /* the length of the empty ACK */
    void (*answer)(struct lp_client *,
                   struct lp_link *); /* one that was completed, if there is one */
    void (*forget)(struct lp_client *, unsigned link);
};
extern const struct lp_later lp_later;
/* Forget what belongs to a link: pending requests, a Block1 body (it was closed or registered anew). */
void lp_ops_forget(struct lp_client *, const struct lp_link *);

/* ---- answer.c, shared with bootstrap.c and observe.c ---- */

struct lp_answer {
    struct lp_out out;
    struct lp_coap_out msg;
    struct lp_block block1; /* of the request, to be confirmed */
    bool has_block1;
};
/* Start the answer to req in c->io (over the request: its options and payload are gone, and so are those of a GET
 * that answer_body has tried to answer), piggy-backed
 * or NON; then options below Block1 (27) may be added; end returns the length. */
void lp_answer_begin(struct lp_client *, struct lp_link *, const struct lp_coap *req, uint8_t code,
                     struct lp_answer *);
int lp_answer_end(struct lp_answer *);
/* An answer without payload. Returns the length. */
int lp_answer_code(struct lp_client *, struct lp_link *, const struct lp_coap *req, uint8_t code);
/* An answer that was made: now it is 5.00, its token is left. Its length. */
int lp_answer_cut(uint8_t *answer);
/* An answer 2.05 whose payload is made by put(ctx, out) into a window: handles Block2 (any start
 * block, the peer's or our size), ETag, Size2. observe >= 0: with the Observe option. Its length; or
 * what put returned (LP_PENDING too), not yet answered. put must not need the request's options and
 * payload. */
typedef int lp_put_body(void *ctx, struct lp_out *);
int lp_answer_body(struct lp_client *, struct lp_link *, const struct lp_coap *req, int32_t observe,
                   int format, lp_put_body *, void *ctx);
/* Collect Block1. 0: it is whole, in *payload (c->body, or the message itself if not in blocks); else it was answered
 * (2.31): the length in c->io; or an error, not yet answered. */
int lp_ops_body(struct lp_client *, struct lp_link *, const struct lp_coap *req,
                const struct lp_path *, struct lp_span *payload);
/* The exponent of our block size: config.block_size; but a message of it fits config.max_message, and the path. */
uint8_t lp_block_szx(const struct lp_client *, const struct lp_link *);

/* A message that carries a representation: an answer in c->io, a notification elsewhere. */
struct lp_message {
    uint8_t *buf; /* room for LP_HEAD and a block */
    uint8_t type, tkl;
    uint16_t mid;
    const uint8_t *token;
    int32_t observe; /* -1: none */
    int format;
    uint32_t from; /* offset of the block, a multiple of its size */
    uint8_t szx;
    bool block, size; /* write Block2, Size2 even if not needed */
};
#define LP_HEAD 40 /* a message up to its payload is not longer */
/* Its length, or what put said. LP_ERR_FORMAT: from is behind the end. */
int lp_message_make(const struct lp_message *, lp_put_body *, void *ctx);

/* What lp_put_model puts. */
struct lp_reading {
    struct lp_object *list;
    const struct lp_fmt *fmt;
    struct lp_path path;
    double number; /* valid if is_number: the representation is one number */
    bool is_number;
};
lp_put_body lp_put_model; /* ctx: struct lp_reading */

/* ---- discover.c ---- */

/* The links of a Discover (core 1.1 6.3.2) of an object, instance or resource that exists. */
int lp_discover(struct lp_client *, uint16_t ssid, const struct lp_path *, struct lp_out *);

/* ---- local.c ---- */

/* path was removed from the model: tells its observers, and the servers if it was an instance. */
void lp_removed(struct lp_client *, const struct lp_path *);
/* Name the request that is about to be served: a fresh lp_request_id. */
void lp_request_begin(struct lp_client *);

#endif
