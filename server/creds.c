/* SPDX-License-Identifier: Apache-2.0
 *
 * creds.c - see creds.h.
 */
#include "server/creds.h"

#include <stdlib.h>
#include <string.h>

#include "link/crypto.h"
#include "server/mem.h"
#include "server/reg.h"
#include "server/server.h"

#define KEY_MAX 64

enum { UNKNOWN, BOOTSTRAP_NEXT, MANAGEMENT_NEXT }; /* hints */

struct found {
    char *endpoint;
    uint8_t key[KEY_MAX];
    int n; /* negative: there is none */
    bool registers, bootstraps;
};

static bool find(struct server *s, enum role role, struct lp_span identity, struct found *f)
{
    *f = (struct found){0};
    f->n = store_find_identity(s->store, role, identity, &f->endpoint, f->key, sizeof(f->key));
    f->registers = role != ROLE_BOOTSTRAP;
    f->bootstraps = role != ROLE_PLAN;
    return f->n >= 0;
}

static void forget(struct found *f)
{
    free(f->endpoint);
    lp_wipe(f, sizeof(*f));
    f->n = -1;
}

static bool same_key(const struct found *a, const struct found *b)
{
    return a->n == b->n && (a->n <= 0 || memcmp(a->key, b->key, (size_t)a->n) == 0);
}

/* The two sides of an identity: what it registers with, what it is bootstrapped with. */
static void find_both(struct server *s, struct lp_span identity, struct found *manage,
                      struct found *boot)
{
    bool own = find(s, ROLE_DEVICE, identity, manage),
         apart = find(s, ROLE_BOOTSTRAP, identity, boot);
    if (apart) manage->bootstraps = false;
    if (!apart) find(s, ROLE_DEVICE, identity, boot);
    if (own && apart) return;
    struct found plan;
    if (find(s, ROLE_PLAN, identity, &plan)) {
        forget(manage);
        *manage = plan;
    }
}

static bool choose_management(struct server *s, const struct auth *a, const char *endpoint)
{
    if (s->hints[a->hint] != UNKNOWN) return s->hints[a->hint] == MANAGEMENT_NEXT;
    return reg_find(s, endpoint) != NULL;
}

int creds_key(struct server *s, struct auth *a, struct lp_span identity, uint8_t *key, size_t cap)
{
    struct found manage, boot;
    find_both(s, identity, &manage, &boot);
    auth_clear(a);
    a->hint = (uint16_t)(table_hash(identity.p, identity.n) % SERVER_HINTS);
    bool same = same_key(&manage, &boot);
    a->two_keys = manage.n >= 0 && boot.n >= 0 && !same;
    a->managing = boot.n < 0 || same || (a->two_keys && choose_management(s, a, manage.endpoint));
    struct found *f = a->managing ? &manage : &boot;
    int n = f->n;
    if (n >= 0 && (size_t)n <= cap) {
        bool both = same && boot.n >= 0 && strcmp(manage.endpoint, boot.endpoint) == 0;
        memcpy(key, f->key, (size_t)n);
        a->endpoint = mem_text(f->endpoint);
        a->may_register = f->registers;
        a->may_bootstrap = f->bootstraps || (both && boot.bootstraps);
    } else {
        n = LP_ERR_NOT_FOUND;
    }
    forget(&manage);
    forget(&boot);
    return n;
}

void creds_load(struct server *s, struct auth *a, struct lp_span identity)
{
    struct found manage, boot;
    find_both(s, identity, &manage, &boot);
    auth_clear(a);
    a->may_register = manage.n >= 0;
    if (a->may_register) a->endpoint = mem_text(manage.endpoint);
    forget(&manage);
    forget(&boot);
}

void creds_failed(struct server *s, const struct auth *a)
{
    if (a->two_keys) s->hints[a->hint] = a->managing ? BOOTSTRAP_NEXT : MANAGEMENT_NEXT;
}

void creds_bootstrapped(struct server *s, const struct auth *a)
{
    if (a->two_keys) s->hints[a->hint] = MANAGEMENT_NEXT;
}

void auth_clear(struct auth *a)
{
    free(a->endpoint);
    *a = (struct auth){0};
}

static void note(void *ctx, const struct store_cred *c)
{
    *(bool *)ctx = true;
    (void)c;
}

bool creds_needed(struct server *s, const char *endpoint, bool for_bootstrap)
{
    bool any = false;
    store_creds(s->store, ROLE_DEVICE, endpoint, note, &any);
    store_creds(s->store, ROLE_BOOTSTRAP, endpoint, note, &any);
    if (!for_bootstrap) store_creds(s->store, ROLE_PLAN, endpoint, note, &any);
    return any;
}
