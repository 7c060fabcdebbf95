/* SPDX-License-Identifier: Apache-2.0
 *
 * factory.c - --make-flash: the store that a board starts with, as a factory would write it. The accounts are stored by
 * the library itself, with the limits of the product that the program was built as; no datagram is sent.
 */
#include "client/app.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    KEY_ACCOUNTS = 0x0001,
    KEY_ENDPOINT = 0x8100,
    KEY_QUEUE,
    KEY_ADDRESS,
    KEY_SEED
}; /* SPEC.md */

#define ENDPOINT_MAX 64 /* images/device.c */

static int cannot(const struct options *o, const char *why)
{
    fprintf(stderr, "limpet-client: %s: %s\n", o->make_flash, why);
    return 1;
}

/* What images for boards look for, besides what the library keeps. */
static int put_own(struct lp_kv *kv, const struct options *o)
{
    uint8_t seed[32], queue = o->config.queue;
    int err = lp_port_random(seed, sizeof seed);
    if (!err) err = kv->put(kv, KEY_ENDPOINT, o->endpoint, strlen(o->endpoint));
    if (!err) err = kv->put(kv, KEY_QUEUE, &queue, 1);
    if (!err && o->address_given) err = kv->put(kv, KEY_ADDRESS, o->address, sizeof o->address);
    if (!err) err = kv->put(kv, KEY_SEED, seed, sizeof seed);
    return err;
}

static int fill(struct device *d, const struct options *o)
{
    const struct lp_flash *f = &d->kv.flash.flash;
    struct lp_kv *kv = &d->kv.store.kv;
    if (lp_posix_flash_wipe(&d->kv.flash)) return cannot(o, strerror(errno));
    int err = lp_store_open(&d->kv.store, &d->kv.flash.flash, 0, f->size / f->erase_unit);
    if (err)
        return cannot(o, err == LP_ERR_VALUE ? "no store fits this geometry" : lp_strerror(err));
    err = device_start(d);
    if (err) return err;
    err = lp_client_save(&d->client);
    lp_client_suspend(&d->client);
    if (!err) err = put_own(kv, o);
    return err ? cannot(o, lp_strerror(err)) : 0;
}

int factory(struct app *app)
{
    static struct device d;
    const struct options *o = &app->options;
    char endpoint[256];
    if (strlen(o->endpoint) > ENDPOINT_MAX)
        return cannot(o, "the endpoint name is longer than the 64 bytes that images take");
    snprintf(endpoint, sizeof endpoint, "%s", o->endpoint);
    d.app = app;
    d.endpoint = endpoint;
    int err = lp_posix_flash_open(&d.kv.flash, o->make_flash, o->geometry[0], o->geometry[1],
                                  o->geometry[2]);
    if (err) return cannot(o, err == LP_ERR_STATE ? "another process uses it" : strerror(errno));
    err = fill(&d, o);
    lp_posix_flash_close(&d.kv.flash);
    return err;
}
