/* SPDX-License-Identifier: Apache-2.0
 *
 * op.h - operations that are asked of a device: a request, its answer, and the blocks in between (RFC 7959). They wait
 * in an outbox, in order, one outstanding; a device that cannot be reached now is one whose outbox waits.
 *
 *      op_add -> [outbox] -> sent -> (2.31 -> next block)* -> answer -> (Block2 -> GET the next)* -> done
 *                   ^          |
 *                   `----------'  no answer from a device in queue mode, or its association ended
 */
#ifndef SERVER_OP_H
#define SERVER_OP_H

#include "bytes/coap.h"
#include "server/timer.h"

struct peer;
struct op;
struct server;

#define OP_BLOCK_SZX 5            /* blocks of 512 bytes, the size of our own blocks */
#define OP_BODY      (1u << 20)   /* largest answer */
#define OP_PER_BOX   1000         /* operations that may wait for one device */
#define OP_ALL_BYTES (256u << 20) /* bodies of all that wait */

struct outbox {
    struct server *s;
    struct peer *peer; /* NULL: cannot be reached now */
    struct op *first, *last;
    unsigned n;
    bool asleep;                          /* nothing may be sent */
    bool queue_mode;                      /* no answer means: asleep */
    void (*fell_asleep)(struct outbox *); /* may be NULL */
    char root[32];                        /* "/", or where the device's objects are */
};

struct op_result {
    int err; /* 0: code and the rest are the device's answer */
    uint8_t code;
    int format; /* LP_NO_FORMAT */
    struct lp_span payload;
    char location[64]; /* Location-Path, joined by '/' */
    bool observing;    /* the answer has an Observe option */
    bool sent;         /* err: it may have been done */
};
typedef void op_done(void *ctx, const struct op_result *);

struct op { /* to be filled in by the caller: what stands above the line; memory from op_new */
    uint8_t code;
    struct lp_path path;
    bool finish;        /* POST /bs instead of path */
    int accept, format; /* LP_NO_FORMAT */
    int observe;        /* -1, or 0, 1 */
    char *query;        /* "pmin=1&pmax=5" or NULL; owned */
    uint8_t *body;      /* owned */
    size_t body_n;
    uint8_t token[LP_MAX_TOKEN];
    bool own_token; /* token is given, not made */
    op_done *done;
    void *ctx;
    /* ---- */
    struct outbox *box;
    struct op *next;
    struct timer timer;
    bool sent, whole; /* whole: the request is sent, its blocks are done */
    uint8_t szx;      /* of Block1 */
    size_t at;        /* offset of the block that is outstanding */
    struct op_result got;
    uint8_t *in; /* answer, block by block */
    size_t in_n, in_cap;
    uint8_t etag[8], etag_n, in_szx, restarts;
};

struct op *op_new(void);
void op_free(struct op *); /* one that was not added */
/* done is called exactly once, perhaps before this returns; timeout in ms. in_front: before those that wait. */
void op_add(struct outbox *, struct op *, uint32_t timeout, bool in_front);
/* The first block of an answer is here already (a notification): the rest is to be asked for. */
void op_has_block(struct op *, const struct lp_coap *first);

void outbox_pump(struct outbox *); /* the device may be reachable now */
void outbox_set_peer(struct outbox *,
                     struct peer *); /* sends nothing yet: an answer may be due first */
void outbox_lost(struct outbox *);   /* the peer that the outstanding one was sent to is gone */
void outbox_clear(struct outbox *, int err); /* all end with err */
/* From the peer. */
void outbox_answered(struct peer *, const struct lp_coap *);
void outbox_failed(struct peer *, int err);

#endif
