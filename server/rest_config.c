/* SPDX-License-Identifier: Apache-2.0
 *
 * rest_config.c - /api/security and /api/bootstrap: what the operator says.
 *
 *      /security/clients     GET, PUT {"endpoint":E,"tls":{"mode":"psk","details":{"identity":I,"key":"hex"}}}
 *      /security/clients/E   DELETE
 *      /security/bootstrap   the same, for a key that is good for bootstrap alone
 *      /bootstrap            GET: all plans      /bootstrap/E   GET, POST, DELETE; E may be * (devices without a plan)
 */
#include <stdlib.h>
#include <string.h>

#include "link/crypto.h"
#include "server/hexa.h"
#include "server/log.h"
#include "server/mem.h"
#include "server/peer.h"
#include "server/plan.h"
#include "server/reg.h"
#include "server/rest.h"
#include "server/store.h"

static bool endpoint_fits(const char *ep)
{
    return *ep && strlen(ep) <= REG_ENDPOINT;
}

/* ---- credentials ---- */

static void append(void *ctx, const struct store_cred *c)
{
    char *key = hexa_text(c->key.p, c->key.n);
    json_t *identity = json_stringn(c->identity.p, c->identity.n);
    json_array_append_new(ctx, json_pack("{s:s, s:{s:s, s:{s:o, s:s}}}", "endpoint", c->endpoint,
                                         "tls", "mode", c->mode, "details", "identity",
                                         identity ? identity : json_null(), "key", key));
    lp_wipe(key, 2 * c->key.n);
    free(key);
}

static void list_creds(struct rest *r, enum role role)
{
    json_t *all = json_array();
    if (store_creds(r->s->store, role, NULL, append, all) == 0) {
        rest_json(r, 200, all);
        return;
    }
    json_decref(all);
    rest_text(r, 500, "the database failed");
}

/* NULL: fine. */
static const char *read_cred(json_t *j, struct store_cred *c, uint8_t key[64])
{
    json_t *tls = json_object_get(j, "tls"), *details = json_object_get(tls, "details");
    const char *identity = json_string_value(json_object_get(details, "identity"));
    const char *hex = json_string_value(json_object_get(details, "key"));
    c->endpoint = json_string_value(json_object_get(j, "endpoint"));
    c->mode = json_string_value(json_object_get(tls, "mode"));
    if (!c->endpoint || !endpoint_fits(c->endpoint))
        return "\"endpoint\" is missing, or longer than 255 bytes";
    if (json_object_get(j, "oscore"))
        return "oscore comes with a later version: \"tls\":{\"mode\":\"psk\",…}";
    if (!json_is_object(tls) || !c->mode)
        return "\"tls\":{\"mode\":\"psk\",\"details\":{\"identity\":…,\"key\":…}} is missing";
    if (strcmp(c->mode, "rpk") == 0 || strcmp(c->mode, "x509") == 0)
        return "rpk and x509 come with a later version: the mode is psk";
    if (strcmp(c->mode, "psk") != 0) return "the mode is psk";
    if (!identity || !*identity || strlen(identity) > 255)
        return "\"details\":{\"identity\":…} is a text of 1 to 255 bytes";
    size_t n = hex ? strlen(hex) : 0;
    if (n < 2 || n > 128 || !hexa_bytes(hex, n, key))
        return "\"details\":{\"key\":…} is 2 to 128 hex digits, two a byte";
    c->identity = (struct lp_span){identity, strlen(identity)};
    c->key = (struct lp_span){key, n / 2};
    return NULL;
}

static bool same_span(struct lp_span a, struct lp_span b)
{
    return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}

static void compare(void *ctx, const struct store_cred *old)
{
    struct store_cred *c = ctx; /* mode: NULL once the same is there */
    if (same_span(c->identity, old->identity) && same_span(c->key, old->key)) c->mode = NULL;
}

/* Is the identity another endpoint's? */
static bool taken(struct server *s, const struct store_cred *c)
{
    char *owner = NULL;
    uint8_t key[64];
    bool other =
        store_find_identity(s->store, c->role, c->identity, &owner, key, sizeof(key)) >= 0 &&
        strcmp(owner, c->endpoint) != 0;
    lp_wipe(key, sizeof(key));
    free(owner);
    return other;
}

/* A credential that the endpoint's plan hands out is for management: the one before is what the device bootstraps with,
 * and is kept for that. */
static bool keep_for_bootstrap(struct server *s, const struct store_cred *c)
{
    struct store_cred plan = *c;
    if (c->role != ROLE_DEVICE) return false;
    store_creds(s->store, ROLE_PLAN, c->endpoint, compare, &plan);
    return !plan.mode && store_demote_cred(s->store, c->endpoint) > 0;
}

static void store_cred(struct rest *r, const struct store_cred *c)
{
    struct store_cred same = *c;
    store_creds(r->s->store, c->role, c->endpoint, compare, &same);
    bool changes = same.mode, kept = changes && keep_for_bootstrap(r->s, c);
    if (store_put_cred(r->s->store, c) != 0) {
        rest_text(r, 500, "the database failed");
        return;
    }
    if (changes) peer_revoke(r->s, c->endpoint);
    struct reg *reg = reg_find(r->s, c->endpoint);
    if (reg && !reg->secure) reg_remove(reg, "its endpoint has a credential now: coaps is needed");
    log_event("credential", c->endpoint, "stored, identity '%.*s'%s", (int)c->identity.n,
              (const char *)c->identity.p, kept ? "; the one before is kept for bootstrap" : "");
    rest_text(r, 200, "%s",
              kept ? "the credential before is kept for bootstrap: see /api/security/bootstrap"
                   : "");
}

static void put_cred(struct rest *r, enum role role)
{
    json_t *j = rest_body(r);
    uint8_t key[64];
    struct store_cred c = {.role = role};
    if (!j) return;
    const char *wrong = read_cred(j, &c, key);
    if (wrong)
        rest_text(r, 400, "%s", wrong);
    else if (taken(r->s, &c))
        rest_text(r, 400, "the identity '%.*s' belongs to another endpoint", (int)c.identity.n,
                  (const char *)c.identity.p);
    else
        store_cred(r, &c);
    lp_wipe(key, sizeof(key));
    json_decref(j);
}

static void delete_cred(struct rest *r, enum role role, const char *endpoint)
{
    int n = store_del_cred(r->s->store, role, endpoint);
    if (n > 0) peer_revoke(r->s, endpoint);
    if (n > 0)
        rest_text(r, 200, "%s", "");
    else if (n == 0)
        rest_json(
            r, 200,
            json_pack("{s:s}", "message", "not_found")); /* as Leshan: nothing to do is no error */
    else
        rest_text(r, 500, "the database failed");
}

void rest_security(struct rest *r)
{
    bool boot = r->n > 1 && strcmp(r->segment[1], "bootstrap") == 0;
    enum role role = boot ? ROLE_BOOTSTRAP : ROLE_DEVICE;
    if (r->n < 2 || r->n > 3 || (!boot && strcmp(r->segment[1], "clients") != 0))
        rest_text(r, 404, "there are /api/security/clients and /api/security/bootstrap");
    else if (r->n == 2 && rest_is(r, "GET"))
        list_creds(r, role);
    else if (r->n == 2 && (rest_is(r, "PUT") || rest_is(r, "POST")))
        put_cred(r, role);
    else if (r->n == 3 && rest_is(r, "DELETE"))
        delete_cred(r, role, r->segment[2]);
    else
        rest_text(r, 405, "GET and PUT /api/security/%s, DELETE /api/security/%s/{endpoint}",
                  r->segment[1], r->segment[1]);
}

/* ---- plans ---- */

static void collect(void *ctx, const char *endpoint, const char *json)
{
    json_t *plan = json_loads(json, 0, NULL);
    if (plan) json_object_set_new(ctx, endpoint, plan);
}

static void list_plans(struct rest *r)
{
    json_t *all = json_object();
    store_plans(r->s->store, collect, all);
    rest_json(r, 200, all);
}

static void get_plan(struct rest *r, const char *endpoint)
{
    char *json = NULL;
    if (store_get_plan(r->s->store, endpoint, &json) != 0) {
        rest_text(r, 404, "no config for %s", endpoint);
        return;
    }
    rest_json(r, 200, json_loads(json, 0, NULL));
    free(json);
}

/* The key that the plan hands out is good here, for its endpoint; that of the plan before is not any more. */
static void take_credential(struct server *s, const char *endpoint, json_t *plan)
{
    struct store_cred c = {.role = ROLE_PLAN, .endpoint = endpoint, .mode = "psk"};
    bool has = strcmp(endpoint, "*") != 0 && plan && plan_credential(plan, &c.identity, &c.key);
    struct store_cred same = c;
    if (has) store_creds(s->store, ROLE_PLAN, endpoint, compare, &same);
    bool other = same.mode && store_del_cred(s->store, ROLE_PLAN, endpoint) > 0;
    if (has && same.mode && c.key.n <= 64 && !taken(s, &c)) store_put_cred(s->store, &c);
    if (other) peer_revoke(s, endpoint);
    if (!has) return;
    lp_wipe((void *)(uintptr_t)c.key.p, c.key.n);
    free((void *)(uintptr_t)c.key.p);
    free((void *)(uintptr_t)c.identity.p);
}

static void post_plan(struct rest *r, const char *endpoint)
{
    json_t *plan = rest_body(r);
    char why[200];
    if (!plan) return;
    if (json_is_object(plan)) plan_complete(plan);
    const char *wrong = plan_check(plan, why);
    char *json = wrong ? NULL : json_dumps(plan, JSON_COMPACT);
    if (wrong) {
        rest_text(r, 400, "%s", wrong);
    } else if (store_put_plan(r->s->store, endpoint, json) != 0) {
        rest_text(r, 500, "the database failed");
    } else {
        take_credential(r->s, endpoint, plan);
        log_event("plan", endpoint, "stored");
        rest_text(r, 200, "%s", "");
    }
    free(json);
    json_decref(plan);
}

static void delete_plan(struct rest *r, const char *endpoint)
{
    if (store_del_plan(r->s->store, endpoint) > 0) {
        take_credential(r->s, endpoint, NULL);
        rest_text(r, 204, "%s", "");
    } else {
        rest_text(r, 404, "no config for %s", endpoint);
    }
}

void rest_bootstrap(struct rest *r)
{
    const char *ep = r->n > 1 ? r->segment[1] : "";
    if (r->n == 1 && rest_is(r, "GET"))
        list_plans(r);
    else if (r->n != 2)
        rest_text(r, 400,
                  "the endpoint name should be specified in the URL, nothing more: "
                  "/api/bootstrap/{endpoint}");
    else if (!endpoint_fits(ep))
        rest_text(r, 400, "an endpoint name has 1 to 255 bytes");
    else if (rest_is(r, "GET"))
        get_plan(r, ep);
    else if (rest_is(r, "POST") || rest_is(r, "PUT"))
        post_plan(r, ep);
    else if (rest_is(r, "DELETE"))
        delete_plan(r, ep);
    else
        rest_text(r, 405, "GET, POST or DELETE /api/bootstrap/{endpoint}");
}
