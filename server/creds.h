/* SPDX-License-Identifier: Apache-2.0
 *
 * creds.h - who may do what. An endpoint has one credential, with which it registers and is bootstrapped; a second one
 * for bootstrap alone takes that away from the first, if both have the same identity. The key that its bootstrap plan
 * hands out for a management account is good to register with too, unless both of those are there.
 *
 * One identity may so have two keys. A client shows its identity first and proves its key after, so the server must
 * choose: the bootstrap key for a device that is not registered, then the management key; after a handshake that
 * failed, the other one.
 */
#ifndef SERVER_CREDS_H
#define SERVER_CREDS_H

#include "limpet/types.h"

struct server;

struct auth { /* what a handshake has proved, or is about to */
    char *endpoint;
    bool may_register, may_bootstrap;
    bool two_keys; /* the identity has another key */
    bool managing; /* which was chosen */
    uint16_t hint;
};

/* The key that a client with this identity should have: its length, or LP_ERR_NOT_FOUND. Fills auth. */
int creds_key(struct server *, struct auth *, struct lp_span identity, uint8_t *key, size_t cap);
/* For an association that was loaded: what its identity may do now. */
void creds_load(struct server *, struct auth *, struct lp_span identity);
void creds_failed(struct server *, const struct auth *); /* the handshake came to nothing */
void creds_bootstrapped(struct server *,
                        const struct auth *); /* the device will come back to register */
void auth_clear(struct auth *);

/* Must this endpoint authenticate? for_bootstrap: to be bootstrapped, else to register. */
bool creds_needed(struct server *, const char *endpoint, bool for_bootstrap);

#endif
