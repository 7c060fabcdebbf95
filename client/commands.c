/* SPDX-License-Identifier: Apache-2.0
 *
 * commands.c - what each console command does. A wrong one is answered with what would be right.
 */
#include "client/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/num.h"

/* ---- arguments ----------------------------------------------------------------------------------------------- */

void reply_usage(struct reply *r, const char *expected)
{
    reply_error(r, "usage", "expected: %s", expected);
}

void reply_err(struct reply *r, int err)
{
    if (err < 0) reply_error(r, error_word(err), "%s", lp_strerror(err));
}

static bool take_number(const char *text, uint64_t max, uint64_t *to)
{
    return lp_get_uint((struct lp_span){text, strlen(text)}, to) == 0 && *to <= max;
}

/* ---- servers ------------------------------------------------------------------------------------------------- */

static void update(struct device *d, const char *args, struct reply *r)
{
    uint64_t lifetime = 0;
    if (*args && (!take_number(args, UINT32_MAX, &lifetime) || !lifetime))
        reply_usage(r, "update [LIFETIME], seconds");
    else
        reply_err(r, lp_client_update(&d->client, 0, (uint32_t)lifetime));
}

static void disable(struct device *d, const char *args, struct reply *r)
{
    uint64_t server, seconds = 0;
    char first[8];
    size_t n = strcspn(args, " \t");
    const char *rest = args + n + strspn(args + n, " \t");
    snprintf(first, sizeof first, "%.*s", (int)n, args);
    if (n > 5 || !take_number(first, 65534, &server) ||
        (*rest && !take_number(rest, UINT32_MAX, &seconds)))
        reply_usage(r, "disable SERVER [SECONDS], as disable 1 60");
    else
        reply_err(r, lp_client_disable(&d->client, (uint16_t)server, (uint32_t)seconds));
}

static void bootstrap(struct device *d, const char *args, struct reply *r)
{
    (void)args;
    int err = lp_client_bootstrap(&d->client);
    if (err == LP_ERR_NOT_FOUND)
        reply_error(r, "not_found", "there is no bootstrap account: -b URI makes one");
    else
        reply_err(r, err);
}

static void offline(struct device *d, const char *args, struct reply *r)
{
    (void)args, (void)r;
    lp_client_offline(&d->client, true);
}

static void online(struct device *d, const char *args, struct reply *r)
{
    (void)args, (void)r;
    lp_client_offline(&d->client, false);
}

static void queue(struct device *d, const char *args, struct reply *r)
{
    if (!strcmp(args, "on") || !strcmp(args, "off"))
        lp_client_queue(&d->client, args[1] == 'n');
    else
        reply_usage(r, "queue on, or queue off");
}

/* The first short server id that is free. */
static uint16_t free_id(struct device *d)
{
    struct lp_server_info info;
    for (uint16_t id = 1;; id++) {
        unsigned i = 0;
        while (lp_client_server(&d->client, i, &info) == 0 && info.server != id) i++;
        if (lp_client_server(&d->client, i, &info) != 0) return id;
    }
}

static void server_add(struct device *d, const char *args, struct reply *r)
{
    struct account a;
    struct lp_account lp;
    const char *why = "not a valid account";
    char error[200];
    if (args_server(&a, args, error, sizeof error)) {
        reply_error(r, "usage", "%s", error);
        return;
    }
    if (!a.lp.short_id) a.lp.short_id = free_id(d);
    account_of(d, &a, &lp);
    int err = lp_client_account(&d->client, &lp, &why);
    if (err == LP_ERR_VALUE)
        reply_error(r, "value", "%s", why);
    else
        reply_err(r, err);
    if (!err) r->value = json_integer(lp.short_id);
}

/* The bootstrap account may carry any short id. */
static int security_of(struct device *d, json_int_t id)
{
    struct lp_value v;
    char none[1];
    int i = -1;
    while ((i = core_find(d, 0, 10, id, (unsigned)(i + 1))) >= 0)
        if (lp_client_get(&d->client, &LP_PATH_RES(0, i, 1), &v, none, 0) == 0 && !v.u.b) break;
    return i;
}

static void server_remove(struct device *d, const char *args, struct reply *r)
{
    uint64_t id;
    if (!take_number(args, 65534, &id) || id == 0) {
        reply_usage(r, "server remove ID, the short server id");
        return;
    }
    int server = core_find(d, 1, 0, (json_int_t)id, 0), security = security_of(d, (json_int_t)id);
    if (server < 0 && security < 0)
        reply_error(r, "not_found", "there is no server %u", (unsigned)id);
    else if (lp_client_forget(&d->client, (uint16_t)id) == 0)
        return; /* it deregisters first */
    if (server >= 0 && !r->error)
        reply_err(r, lp_client_delete(&d->client, &LP_PATH_INST(1, server)));
    if (security >= 0 && !r->error)
        reply_err(r, lp_client_delete(&d->client, &LP_PATH_INST(0, security)));
}

/* ---- the device ---------------------------------------------------------------------------------------------- */

static void send(struct device *d, const char *args, struct reply *r)
{
    (void)d, (void)args;
    reply_error(r, "not_supported", "send comes with a later version");
}

static void restart(struct device *d, const char *args, struct reply *r)
{
    (void)args, (void)r;
    d->want = WANT_RESTART;
}

static void reboot(struct device *d, const char *args, struct reply *r)
{
    (void)args, (void)r;
    d->want = WANT_REBOOT;
    d->why = "console";
}

/* A time in ms. */
static bool take_seconds(const char *args, uint64_t *ms)
{
    double seconds;
    if (lp_get_float((struct lp_span){args, strlen(args)}, &seconds) || seconds < 0 ||
        seconds > 1e10)
        return false;
    *ms = (uint64_t)(seconds * 1000 + 0.5);
    return true;
}

static void sleep_now(struct device *d, const char *args, struct reply *r)
{
    if (take_seconds(args, &d->nap))
        d->want = WANT_SLEEP;
    else
        reply_usage(r, "sleep SECONDS, as sleep 3600");
}

static void skip(struct device *d, const char *args, struct reply *r)
{
    uint64_t ms;
    if (take_seconds(args, &ms))
        d->skew += ms;
    else
        reply_usage(r, "skip SECONDS, as skip 60 or skip 0.5");
}

static void status(struct device *d, const char *args, struct reply *r)
{
    (void)args, (void)r;
    json_t *j = event_new(d, "status");
    json_object_set_new(j, "servers", status_servers(d));
    json_object_set_new(j, "observations", json_integer(lp_client_observations(&d->client)));
    event_put(d, j);
}

static void help(struct app *app, const char *args, struct reply *r)
{
    char line[160];
    (void)app, (void)args;
    r->value = json_array();
    for (const struct command *c = commands; c->name; c++) {
        snprintf(line, sizeof line, "%-32s %s", c->usage, c->help);
        json_array_append_new(r->value, json_string(line));
    }
}

static void quit(struct app *app, const char *args, struct reply *r)
{
    (void)args, (void)r;
    run_quit(app);
}

const struct command commands[] = {
    {"set", "set PATH VALUE", "the device's own change: observers are told", command_set, NULL},
    {"get", "get PATH", "a value, a resource, an instance, or an object", command_get, NULL},
    {"create", "create /OBJ/INST", "make an instance", command_create, NULL},
    {"delete", "delete PATH", "an object, an instance, a resource (instance)", command_delete,
     NULL},
    {"send", "send [FORMAT] PATH...", "comes with a later version", send, NULL},
    {"update", "update [LIFETIME]", "send an Update, with a new lifetime", update, NULL},
    {"offline", "offline", "no datagram leaves", offline, NULL},
    {"online", "online", "the end of offline", online, NULL},
    {"disable", "disable SERVER [SECONDS]", "as Execute /1/x/4; aborts a bootstrap", disable, NULL},
    {"bootstrap", "bootstrap", "ask the bootstrap server for accounts", bootstrap, NULL},
    {"restart", "restart", "deregister, start again", restart, NULL},
    {"server add", "server add URI [--psk ID:HEX]", "another account; prints its short id",
     server_add, NULL},
    {"server remove", "server remove ID", "forget an account", server_remove, NULL},
    {"queue", "queue on|off", "queue mode", queue, NULL},
    {"reboot", "reboot", "a power cycle: the state folder survives", reboot, NULL},
    {"sleep", "sleep SECONDS", "RAM is lost for so long; it goes on as registered", sleep_now,
     NULL},
    {"skip", "skip SECONDS", "the client's clock jumps forward", skip, NULL},
    {"status", "status", "servers and observations", status, NULL},
    {"help", "help", "this list", NULL, help},
    {"quit", "quit", "deregister and end", NULL, quit},
    {NULL, NULL, NULL, NULL, NULL},
};
