/* SPDX-License-Identifier: Apache-2.0
 *
 * device.c - the life of one device.
 *
 *   open --boot--> running --want--> reboot, factory reset: as a power cycle, what the state folder holds survives
 *                     |              sleep: the same after a while, and the client goes on as registered
 *                     |              restart: deregister, then the client anew over the same values
 *                     `--stop--> stopping --> stopped
 */
#include "client/app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_ACCOUNTS 0x0001 /* SPEC.md */
#define STOP_MS      5000   /* how long a deregistration may take */

uint64_t device_now(const struct device *d)
{
    return lp_posix_now() + d->skew;
}

/* ---- -v: what passes ----------------------------------------------------------------------------------------- */

static struct device *of_tap(struct lp_net *tap)
{
    return (struct device *)(void *)((char *)tap - offsetof(struct device, tap));
}

static void log_datagram(const struct device *d, const char *what, int handle, int n)
{
    char line[160];
    snprintf(line, sizeof line, "%.64s: %s %d bytes, socket %d", d->endpoint, what, n, handle);
    if (n < 0)
        snprintf(line, sizeof line, "%.64s: %s on socket %d: %s", d->endpoint, what, handle,
                 lp_strerror(n));
    lp_port_log(LP_LOG_DEBUG, line);
}

static int tap_open(struct lp_net *tap, const char *host, uint16_t port, uint16_t local_port)
{
    struct device *d = of_tap(tap);
    char line[200];
    int handle = d->net.net.open(&d->net.net, host, port, local_port);
    snprintf(line, sizeof line, "%.64s: socket for %.64s port %u: %s", d->endpoint, host,
             (unsigned)port,
             handle >= 0          ? "open"
             : handle == LP_AGAIN ? "resolving"
                                  : lp_strerror(handle));
    lp_port_log(LP_LOG_DEBUG, line);
    return handle;
}

static int tap_send(struct lp_net *tap, int handle, const void *p, size_t n)
{
    struct device *d = of_tap(tap);
    int err = d->net.net.send(&d->net.net, handle, p, n);
    log_datagram(d, "sent", handle, err ? err : (int)n);
    return err;
}

static int tap_recv(struct lp_net *tap, int handle, void *p, size_t cap)
{
    struct device *d = of_tap(tap);
    int n = d->net.net.recv(&d->net.net, handle, p, cap);
    if (n != LP_AGAIN) log_datagram(d, "received", handle, n);
    return n;
}

static void tap_close(struct lp_net *tap, int handle)
{
    struct device *d = of_tap(tap);
    d->net.net.close(&d->net.net, handle);
}

/* ---- start --------------------------------------------------------------------------------------------------- */

static int complain(const struct device *d, const char *what, const char *why)
{
    fprintf(stderr, "limpet-client: %s: %s: %s\n", d->endpoint, what, why);
    return 1;
}

/* An identity that is the endpoint name follows it to NAME-1, NAME-2, ... */
void account_of(const struct device *d, const struct account *a, struct lp_account *lp)
{
    bool follows = d->app->options.count && !strcmp(a->identity, d->app->options.endpoint);
    const char *identity = follows ? d->endpoint : a->identity;
    *lp = a->lp;
    lp->uri = a->uri;
    lp->identity = (struct lp_span){identity, strlen(identity)};
    lp->key = (struct lp_span){a->key, a->key_n};
    lp->binding = a->binding[0] ? a->binding : NULL;
}

static int add_accounts(struct device *d)
{
    const struct options *o = &d->app->options;
    for (unsigned i = 0; i < o->accounts; i++) {
        struct lp_account lp;
        const char *why = "not a valid account";
        account_of(d, &o->account[i], &lp);
        int err = lp_client_account(&d->client, &lp, &why);
        if (err == LP_ERR_VALUE) return complain(d, lp.uri, why), 2;
        if (err == LP_ERR_FULL)
            return complain(d, lp.uri, "its instance number is taken, or there are too many"), 2;
        if (err) return complain(d, lp.uri, lp_strerror(err));
    }
    return 0;
}

/* The library stores accounts once they change; a state folder holds them from the first start on. */
static void keep_accounts(struct device *d)
{
    struct lp_kv *kv = &d->kv.store.kv;
    if (d->kv.flash.fd >= 0 && kv->get(kv, KEY_ACCOUNTS, NULL, 0) == LP_ERR_NOT_FOUND &&
        lp_client_save(&d->client))
        lp_port_log(LP_LOG_ERROR, "the accounts cannot be kept in the state folder");
}

int device_start(struct device *d)
{
    const struct options *o = &d->app->options;
    struct lp_client_config config = o->config;
    config.endpoint = d->endpoint;
    config.net = o->verbose ? &d->tap : &d->net.net;
    config.kv = d->kv.flash.fd < 0 ? NULL : &d->kv.store.kv;
    if (config.local_port)
        config.local_port = (uint16_t)(config.local_port + d->index * LP_MAX_SERVERS);
    int err = lp_client_init(&d->client, &config);
    if (err) return complain(d, "cannot start", lp_strerror(err));
    for (unsigned i = 0; i < d->n; i++)
        if (d->object[i].present) err = err ? err : lp_client_add(&d->client, &d->object[i].object);
    if (err) return complain(d, "objects", lp_strerror(err));
    err = add_accounts(d);
    if (err) return err;
    err = d->want == WANT_SLEEP ? lp_client_resume(&d->client, device_now(d), d->nap)
                                : lp_client_start(&d->client, device_now(d));
    if (err == LP_ERR_STATE)
        return complain(d, "no account in the state folder", "give -s URI or -b URI");
    if (err) return complain(d, "cannot start", lp_strerror(err));
    keep_accounts(d);
    d->running = true;
    d->stopping = false;
    return 0;
}

static void say_started(struct device *d)
{
    json_t *j = event_new(d, "started");
    json_object_set_new(j, "endpoint", json_string(d->endpoint));
    json_object_set_new(j, "version", json_string(LIMPET_VERSION));
    json_object_set_new(j, "product", json_string(LP_PRODUCT));
    event_put(d, j);
}

int device_boot(struct device *d)
{
    d->news = json_array();
    memset(d->late, 0, sizeof d->late);
    if (!d->news || data_init(d)) return complain(d, "cannot start", "no memory");
    keep_load(d);
    lp_posix_net_init(&d->net, d->app->epoll);
    int err = device_start(d);
    if (!err) say_started(d);
    return err;
}

/* ---- end ----------------------------------------------------------------------------------------------------- */

static void power_off(struct device *d)
{
    if (d->running) lp_client_suspend(&d->client);
    d->running = d->stopping = false;
    lp_posix_net_close(&d->net);
    json_decref(d->news);
    d->news = NULL;
    data_free(d);
}

void device_stop(struct device *d)
{
    if (!d->running || d->stopping) return;
    lp_client_stop(&d->client);
    d->stopping = true;
    d->stop_by = lp_posix_now() + STOP_MS;
}

bool device_stopped(const struct device *d)
{
    return !d->running || lp_client_stopped(&d->client) ||
           (d->stopping && lp_posix_now() >= d->stop_by);
}

/* ---- wishes -------------------------------------------------------------------------------------------------- */

static void reboot(struct device *d, bool forget)
{
    json_t *j = event_new(d, "reboot");
    json_object_set_new(j, "why", json_string(d->why));
    event_put(d, j);
    power_off(d);
    if (forget && d->kv.flash.fd >= 0 && lp_posix_kv_clear(&d->kv))
        lp_port_log(LP_LOG_ERROR, "the state folder cannot be emptied");
    device_boot(d); /* a failure was told; the device stays off */
}

/* The client anew; the values stay. */
static void restart(struct device *d)
{
    d->want = WANT_NOTHING;
    lp_client_suspend(&d->client);
    lp_posix_net_close(&d->net);
    memset(d->late, 0, sizeof d->late);
    d->running = false;
    if (!device_start(d)) say_started(d);
}

/* What is outstanding comes first. A device that cannot go on as registered registers when it wakes. */
static void sleep_and_wake(struct device *d)
{
    if (d->running && lp_client_sleep(&d->client) == LP_AGAIN) return;
    power_off(d);
    d->skew += d->nap;
    device_boot(d);
    d->want = WANT_NOTHING;
}

static void do_wish(struct device *d)
{
    enum want want = d->want;
    if (want == WANT_SLEEP) {
        sleep_and_wake(d);
        return;
    }
    if (want == WANT_RESTART) {
        device_stop(d);
        if (device_stopped(d)) restart(d);
        return;
    }
    d->want = WANT_NOTHING;
    reboot(d, want == WANT_RESET);
}

/* ---- a turn -------------------------------------------------------------------------------------------------- */

static uint32_t step(struct device *d)
{
    if (!d->running) return UINT32_MAX;
    data_late(d);
    uint32_t wait = lp_step(&d->client, device_now(d));
    events_drain(d);
    for (unsigned i = 0; i < d->n; i++) d->object[i].fresh = -1;
    if (d->dirty) keep_save(d);
    return wait;
}

/* When it must run again, by the program's clock. */
static uint64_t next_turn(const struct device *d, uint32_t wait)
{
    uint64_t now = device_now(d), late = data_late_due(d);
    if (late < now) late = now;
    if (d->running && late != UINT64_MAX && late - now < wait) wait = (uint32_t)(late - now);
    if (d->stopping && wait > 100) wait = 100;
    return wait == UINT32_MAX ? UINT64_MAX : lp_posix_now() + wait;
}

void device_run(struct device *d)
{
    uint32_t wait = step(d);
    for (int i = 0; i < 2 && d->want != WANT_NOTHING; i++) {
        do_wish(d);
        wait = step(d);
    }
    run_due(d, next_turn(d, wait));
}

/* ---- making one ---------------------------------------------------------------------------------------------- */

/* DIR, or DIR/NAME-k of several. */
static int open_state(struct device *d)
{
    const struct options *o = &d->app->options;
    char folder[1024];
    if (!o->state) return 0;
    int n = snprintf(folder, sizeof folder, "%s", o->state), from = n;
    if (o->count && n >= 0 && (size_t)n < sizeof folder)
        n += snprintf(folder + n, sizeof folder - (size_t)n, "/%s", d->endpoint);
    if (n < 0 || (size_t)n >= sizeof folder) return complain(d, "--state", "the name is too long");
    for (char *p = folder + from + 1; o->count && p < folder + n; p++)
        if (*p == '/') *p = '_';
    int err = lp_posix_kv_open(&d->kv, folder);
    if (err == LP_ERR_STATE) return complain(d, folder, "another process uses this state folder");
    return err ? complain(d, folder, strerror(errno)) : 0;
}

static char *endpoint_of(const struct options *o, unsigned index)
{
    char *name = malloc(strlen(o->endpoint) + 16);
    if (!name) return NULL;
    if (o->count)
        snprintf(name, strlen(o->endpoint) + 16, "%s-%u", o->endpoint, index + 1);
    else
        snprintf(name, strlen(o->endpoint) + 16, "%s", o->endpoint);
    return name;
}

int device_open(struct app *app, unsigned index)
{
    struct device *d = calloc(1, sizeof *d);
    if (!d) return 1;
    app->device[index] = d;
    d->app = app;
    d->index = index;
    d->kv.flash.fd = -1;
    d->tap = (struct lp_net){tap_open, tap_send, tap_recv, tap_close};
    lp_posix_net_init(&d->net, -1);
    d->endpoint = endpoint_of(&app->options, index);
    return d->endpoint ? open_state(d) : 1;
}

void device_close(struct device *d)
{
    if (!d) return;
    power_off(d);
    lp_posix_kv_close(&d->kv);
    free(d->endpoint);
    free(d);
}
