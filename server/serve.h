/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.h - what devices ask of us: POST /rd, POST and DELETE /rd/ID, POST /bs, POST /dp. A payload may come in blocks
 * (RFC 7959 Block1), bounded; the handlers see it whole. */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "bytes/coap.h"

#define SERVE_BODY (64u << 10)

struct peer;
struct body;
struct answer;

struct request { /* whole */
    struct peer *p;
    const struct lp_coap *m;
    struct lp_span payload;
    struct lp_span path[3]; /* segments of Uri-Path */
    unsigned n;             /* how many there are; more than 3: 4 */
};

void serve_request(struct peer *, const struct lp_coap *);
void body_free(struct body *);

/* Answers of the handlers; they know about Block1. p may be another than the request came from (peer_keep). */
void serve_answer(const struct request *, struct peer *, struct answer *);
void serve_error(const struct request *, uint8_t code, const char *text);
/* The value of a query parameter ("ep" of "ep=x"), 1; without '=': n = 0, p = NULL; absent: 0. */
int serve_query(const struct lp_coap *, const char *name, struct lp_span *value);

/* ---- register.c ---- */
void register_new(const struct request *);
void register_update(const struct request *);
void register_delete(const struct request *);
/* Would a Register with these parameters be taken? Then its payload may come in blocks. */
bool register_plausible(struct peer *, const struct lp_coap *);
/* ---- session.c ---- */
void bootstrap_request(const struct request *);
/* ---- send.c ---- */
void send_request(const struct request *);

#endif
