/* SPDX-License-Identifier: Apache-2.0
 *
 * op.c - see op.h: the queue of a device. What is in the messages is in op_message.c.
 */
#include "server/op.h"

#include <stdlib.h>
#include <string.h>

#include "server/mem.h"
#include "server/op_message.h"
#include "server/peer.h"

static void expired(void *ctx);

struct op *op_new(void)
{
    struct op *op = mem_new(sizeof(*op));
    op->accept = op->format = LP_NO_FORMAT;
    op->observe = -1;
    op->szx = OP_BLOCK_SZX;
    op->got.format = LP_NO_FORMAT;
    timer_init(&op->timer, expired, op);
    return op;
}

void op_free(struct op *op)
{
    free(op->query);
    free(op->body);
    free(op->in);
    free(op);
}

static void take_out(struct op *op)
{
    struct outbox *box = op->box;
    struct op **at = &box->first, *before = NULL;
    for (; *at != op; at = &(*at)->next) before = *at;
    *at = op->next;
    if (box->last == op) box->last = before;
    box->n--;
    box->s->op_bytes -= op->body_n;
}

/* It is over: tell, free, go on with the next. */
static void end(struct op *op, int err)
{
    struct outbox *box = op->box;
    op->got.err = err;
    op->got.sent = op->sent || op->at || op->whole;
    if (!err) op->got.payload = (struct lp_span){op->in, op->in_n};
    if (op->sent && box->peer && box->peer->busy == box) {
        lp_exchange_cancel(&box->peer->x);
        box->peer->busy = NULL;
    }
    timer_stop(&box->s->timers, &op->timer);
    take_out(op);
    op->done(op->ctx, &op->got);
    op_free(op);
}

static void expired(void *ctx)
{
    struct op *op = ctx;
    struct peer *p = op->box->peer;
    end(op, LP_ERR_TIMEOUT);
    if (p) peer_pump(p);
}

void op_add(struct outbox *box, struct op *op, uint32_t timeout, bool in_front)
{
    struct server *s = box->s;
    op->box = box;
    if (box->n >= OP_PER_BOX || s->op_bytes + op->body_n > OP_ALL_BYTES) {
        op->got.err = LP_ERR_FULL;
        op->done(op->ctx, &op->got);
        op_free(op);
        return;
    }
    s->op_bytes += op->body_n;
    box->n++;
    struct op **at = !in_front                        ? (box->last ? &box->last->next : &box->first)
                     : box->first && box->first->sent ? &box->first->next
                                                      : &box->first;
    op->next = *at;
    *at = op;
    if (!op->next) box->last = op;
    timer_set(&s->timers, &op->timer, s->now + timeout);
    outbox_pump(box);
}

/* ---- sending ---- */

void outbox_pump(struct outbox *box)
{
    struct peer *p = box->peer;
    struct op *op = box->first;
    /* What end() freed it took out of the list before. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    if (!op || op->sent || box->asleep || !p || p->doomed || (p->dtls && !p->up) || p->busy ||
        lp_exchange_busy(&p->x))
        return;
    int n = op_message(op, p);
    if (n < 0) {
        end(op, n);
        outbox_pump(box); /* each turn ends one operation */
        return;
    }
    op->sent = true;
    p->busy = box;
    lp_exchange_sent(&p->x, (size_t)n, 0, p->s->now);
    peer_send(p, (struct lp_span){p->buf, (size_t)n});
    peer_schedule(p);
}

void outbox_set_peer(struct outbox *box, struct peer *p)
{
    if (box->peer == p) return;
    if (box->peer && box->peer->busy == box) {
        lp_exchange_cancel(&box->peer->x);
        box->peer->busy = NULL;
        outbox_lost(box);
    }
    box->peer = p;
}

/* May it be sent a second time? Blocks so far are forgotten: all of it is sent again. */
static bool repeatable(const struct op *op)
{
    return op->code == LP_GET || op->code == LP_PUT || op->code == LP_DELETE;
}

static void send_again(struct op *op)
{
    op->sent = op->whole = false;
    op->at = op->in_n = 0;
}

void outbox_lost(struct outbox *box)
{
    struct op *op = box->first;
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): as above */
    if (!op || !op->sent) return;
    if (repeatable(op))
        send_again(op);
    else
        end(op, LP_ERR_NET);
}

void outbox_clear(struct outbox *box, int err)
{
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): as above */
    while (box->first) end(box->first, err);
}

/* ---- what came of it ---- */

void outbox_answered(struct peer *p, const struct lp_coap *m)
{
    struct outbox *box = p->busy;
    if (!box || !box->first) return;
    struct op *op = box->first;
    p->busy = NULL;
    int result = op_take(op, m);
    if (result == LP_AGAIN)
        op->sent = false; /* the next block */
    else
        end(op, result);
    peer_pump(p);
}

void outbox_failed(struct peer *p, int err)
{
    struct outbox *box = p->busy;
    if (!box || !box->first) return;
    p->busy = NULL;
    if (err == LP_ERR_TIMEOUT && box->queue_mode) {
        box->asleep = true;
        outbox_lost(box);
        if (box->fell_asleep) box->fell_asleep(box);
        return;
    }
    end(box->first, err);
    peer_pump(p);
}
