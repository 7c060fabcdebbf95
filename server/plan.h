/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.h - a bootstrap plan: what a device is to be told. The JSON is that of Leshan's bootstrap server:
 *
 * {"servers":  {"0": {"shortId":123, "lifetime":300, "defaultMinPeriod":1, "notifIfDisabled":true, "binding":"U"}},
 *       "security": {"1": {"bootstrapServer":false, "securityMode":"PSK", "publicKeyOrId":[…bytes…],
 *                          "secretKey":[…bytes…], "serverId":123, "uri":"coaps://…"}},
 *       "oscore":{}, "toDelete":["/0","/1"]}
 *
 * The keys of "servers" are instances of object 1, those of "security" of object 0. publicKeyOrId may also be a string
 * (its bytes), secretKey a string of hex digits. */
#ifndef SERVER_PLAN_H
#define SERVER_PLAN_H

#include <jansson.h>

#include "server/node.h"
#include "server/store.h"

/* Put in what was left out: lifetime 86400, notifIfDisabled true, binding U, bootstrapServer false. */
void plan_complete(json_t *plan);
/* NULL: it can be carried out; else what is wrong, in why. */
const char *plan_check(json_t *plan, char why[200]);

struct plan_step {
    enum { PLAN_DELETE, PLAN_WRITE, PLAN_FINISH, PLAN_END } kind;
    struct lp_path path;
    struct node_values values; /* WRITE; to be freed */
};
/* Step n of a plan that was checked; deletes first, then object 0, object 1, finish. */
void plan_step(json_t *plan, unsigned n, struct plan_step *);

bool plan_has_key(json_t *plan); /* that not everybody may know */
/* The identity and key that the plan hands out for a management account. 0: none; else 1 and spans to be freed. */
int plan_credential(json_t *plan, struct lp_span *identity, struct lp_span *key);

#endif
