/* SPDX-License-Identifier: Apache-2.0
 *
 * op_message.h - the messages of an operation: its request block by block, its answer block by block. */
#ifndef SERVER_OP_MESSAGE_H
#define SERVER_OP_MESSAGE_H

#include "server/op.h"

/* The message that is due, into p->buf: its length or an error. */
int op_message(struct op *, struct peer *);
/* An answer: 0, the operation has all it wants in ->got and ->in; LP_AGAIN: another message is due; an error. */
int op_take(struct op *, const struct lp_coap *);

#endif
