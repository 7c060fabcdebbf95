/* SPDX-License-Identifier: Apache-2.0
 *
 * obj_device.c - object 3, Device (version 1.1), over a struct lp_device. A resource exists if its member is set.
 */
#include "bytes/path.h"
#include "limpet/client.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"

#include <string.h>

enum {
    MANUFACTURER = 0,
    MODEL = 1,
    SERIAL = 2,
    FIRMWARE = 3,
    REBOOT = 4,
    FACTORY_RESET = 5,
    BATTERY = 9,
    ERROR_CODE = 11,
    RESET_ERROR_CODE = 12,
    CURRENT_TIME = 13,
    UTC_OFFSET = 14,
    TIMEZONE = 15,
    BINDING = 16,
    TYPE = 17,
    HARDWARE = 18,
    SOFTWARE = 19
};

static const struct lp_res resources[] = {
    {MANUFACTURER, LP_T_STRING, LP_R},
    {MODEL, LP_T_STRING, LP_R},
    {SERIAL, LP_T_STRING, LP_R},
    {FIRMWARE, LP_T_STRING, LP_R},
    {REBOOT, 0, LP_E | LP_MANDATORY},
    {FACTORY_RESET, 0, LP_E},
    {BATTERY, LP_T_INT, LP_R},
    {ERROR_CODE, LP_T_INT, LP_R | LP_MULTIPLE | LP_MANDATORY},
    {RESET_ERROR_CODE, 0, LP_E},
    {CURRENT_TIME, LP_T_TIME, LP_RW},
    {UTC_OFFSET, LP_T_STRING, LP_RW},
    {TIMEZONE, LP_T_STRING, LP_RW},
    {BINDING, LP_T_STRING, LP_R | LP_MANDATORY},
    {TYPE, LP_T_STRING, LP_R},
    {HARDWARE, LP_T_STRING, LP_R},
    {SOFTWARE, LP_T_STRING, LP_R},
};

/* Where a resource that is a text has it: a pointer, or the text itself. */
#define AT(member) offsetof(struct lp_device, member)
static const uint8_t texts[] = {[MANUFACTURER] = AT(manufacturer),
                                [MODEL] = AT(model),
                                [SERIAL] = AT(serial),
                                [FIRMWARE] = AT(firmware),
                                [HARDWARE] = AT(hardware),
                                [SOFTWARE] = AT(software),
                                [TYPE] = AT(type),
                                [BINDING] = AT(binding),
                                [UTC_OFFSET] = AT(utc_offset),
                                [TIMEZONE] = AT(timezone)};

static struct lp_device *device_of(struct lp_object *o)
{
    return (struct lp_device *)(void *)o;
}

/* NULL: there is none. */
static const char *text(const struct lp_device *d, uint16_t res)
{
    const char *at = (const char *)d + texts[res];
    if (res == UTC_OFFSET || res == TIMEZONE) return *at ? at : NULL;
    at = *(const char *const *)(const void *)at;
    return at || res != BINDING ? at : "U";
}

static int has(struct lp_object *o, const struct lp_path *at)
{
    const struct lp_device *d = device_of(o);
    if (texts[at->res]) return text(d, at->res) != NULL;
    if (at->res == FACTORY_RESET) return d->factory_reset != NULL;
    if (at->res == BATTERY) return d->battery_percent >= 0;
    return at->res != CURRENT_TIME || d->time_offset != INT64_MIN;
}

/* The client's clock in seconds: ms / 1000 by 32-bit divisions, as the C library's 64-bit one is large. */
static int64_t seconds(const struct lp_device *d)
{
    uint64_t eighths = d->client->now >> 3; /* 125 of them are a second */
    uint32_t high = (uint32_t)(eighths >> 16),
             low = high % 125 << 16 | (uint32_t)(eighths & 0xffff);
    return (int64_t)((uint64_t)(high / 125) << 16) + low / 125;
}

static int read(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    const struct lp_device *d = device_of(o);
    if (texts[at->res]) return lp_emit_string(e, text(d, at->res));
    if (at->res == CURRENT_TIME) return lp_emit_time(e, d->time_offset + seconds(d));
    if (at->res == BATTERY) return lp_emit_int(e, d->battery_percent);
    lp_emit_at(e, 0);
    return lp_emit_int(e, d->error_code);
}

static size_t room(uint16_t res)
{
    return res == UTC_OFFSET ? sizeof((struct lp_device *)0)->utc_offset
                             : sizeof((struct lp_device *)0)->timezone;
}

/* A bootstrap server's writes come here for any resource. */
static int check(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    (void)o;
    if (at->res < CURRENT_TIME || at->res > TIMEZONE) return LP_ERR_METHOD;
    if (at->res != CURRENT_TIME) return v->u.s.n < room(at->res) ? 0 : LP_ERR_VALUE;
    return v->u.u <= INT64_MAX / 2 ? 0 : LP_ERR_VALUE;
}

static int write(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    struct lp_device *d = device_of(o);
    char *to = (char *)d + texts[at->res];
    if (at->res == CURRENT_TIME) {
        d->time_offset = v->u.i - seconds(d);
        return 0;
    }
    memset(to, 0, room(at->res));
    if (v->u.s.n) memcpy(to, v->u.s.p, v->u.s.n);
    return 0;
}

static int exec(struct lp_object *o, const struct lp_path *at, struct lp_span args)
{
    struct lp_device *d = device_of(o);
    (void)args;
    if (at->res == RESET_ERROR_CODE) {
        d->error_code = 0;
        lp_changed(d->client, &LP_PATH_RES(3, 0, ERROR_CODE));
        return 0;
    }
    if (at->res == REBOOT && !d->reboot) return LP_ERR_METHOD;
    d->reboot_due = (uint8_t)at->res;
    return 0;
}

static const struct lp_object_ops ops = {
    .has = has, .read = read, .check = check, .write = write, .exec = exec};

void lp_device_after_answer(struct lp_client *c)
{
    struct lp_object *o = lp_model_object(c->objects, 0, 3);
    if (!o || o->ops != &ops) return;
    struct lp_device *d = device_of(o);
    uint8_t due = d->reboot_due;
    d->reboot_due = 0;
    if (due == REBOOT) d->reboot(d);
    if (due == FACTORY_RESET) d->factory_reset(d);
}

int lp_device_add(struct lp_client *c, struct lp_device *d)
{
    static const struct lp_object object = {.id = 3,
                                            .res = resources,
                                            .nres = sizeof resources / sizeof *resources,
                                            .ops = &ops,
                                            .version = "1.1"};
    d->object = object;
    d->client = c;
    d->reboot_due = 0;
    return lp_client_add(c, &d->object);
}
