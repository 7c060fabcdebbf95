/* SPDX-License-Identifier: Apache-2.0
 *
 * rest_op.h - the answer of a device as the answer of a call. */
#ifndef SERVER_REST_OP_H
#define SERVER_REST_OP_H

#include "server/op.h"
#include "server/reg.h"
#include "server/rest.h"

#define REST_TIMEOUT_AWAKE  5000   /* ms; unless ?timeout= says otherwise */
#define REST_TIMEOUT_ASLEEP 120000 /* for a device that cannot be reached now: it may wake up */

enum rest_kind { REST_PLAIN, REST_READ, REST_CREATE, REST_DISCOVER };

struct rest_op;
struct rest_op *rest_op_new(struct rest *, enum rest_kind, const struct reg *,
                            const struct lp_path *);
/* The device has these types once it has agreed; takes them over. */
void rest_op_types(struct rest_op *, struct types *);
void rest_op_free(struct rest_op *);
op_done rest_op_done; /* ctx: the struct rest_op; frees it */

#endif
