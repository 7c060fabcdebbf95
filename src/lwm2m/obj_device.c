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

/* The text of a resource that is one; NULL: it has none. */
static const char *text(const struct lp_device *d, uint16_t res)
{
    switch (res) {
    case MANUFACTURER: return d->manufacturer;
    case MODEL: return d->model;
    case SERIAL: return d->serial;
    case FIRMWARE: return d->firmware;
    case UTC_OFFSET: return d->utc_offset[0] ? d->utc_offset : NULL;
    case TIMEZONE: return d->timezone[0] ? d->timezone : NULL;
    case BINDING: return d->binding ? d->binding : "U";
    case TYPE: return d->type;
    case HARDWARE: return d->hardware;
    case SOFTWARE: return d->software;
    default: return NULL;
    }
}

static int has(struct lp_object *o, const struct lp_path *at)
{
    const struct lp_device *d = (const struct lp_device *)(void *)o;
    switch (at->res) {
    case REBOOT:
    case ERROR_CODE:
    case RESET_ERROR_CODE: return 1;
    case FACTORY_RESET: return d->factory_reset != NULL;
    case BATTERY: return d->battery_percent >= 0;
    case CURRENT_TIME: return d->time_offset != INT64_MIN;
    default: return text(d, at->res) != NULL;
    }
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
    const struct lp_device *d = (const struct lp_device *)(void *)o;
    switch (at->res) {
    case BATTERY: return lp_emit_int(e, d->battery_percent);
    case ERROR_CODE: lp_emit_at(e, 0); return lp_emit_int(e, d->error_code);
    case CURRENT_TIME: return lp_emit_time(e, d->time_offset + seconds(d));
    default: return lp_emit_string(e, text(d, at->res));
    }
}

/* Where a text that may be written is kept. */
static char *place(struct lp_device *d, uint16_t res, size_t *size)
{
    *size = res == UTC_OFFSET ? sizeof d->utc_offset : sizeof d->timezone;
    return res == UTC_OFFSET ? d->utc_offset : d->timezone;
}

static int check(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    size_t size;
    place((struct lp_device *)(void *)o, at->res, &size);
    if (v->type == LP_T_STRING) return v->u.s.n < size ? 0 : LP_ERR_VALUE;
    return v->u.i >= 0 && v->u.i <= INT64_MAX / 2 ? 0 : LP_ERR_VALUE;
}

static int write(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    struct lp_device *d = (struct lp_device *)(void *)o;
    size_t size;
    char *to = place(d, at->res, &size);
    if (v->type == LP_T_TIME) {
        d->time_offset = v->u.i - seconds(d);
        return 0;
    }
    if (v->type != LP_T_STRING || (at->res != UTC_OFFSET && at->res != TIMEZONE))
        return LP_ERR_METHOD;
    memset(to, 0, size);
    if (v->u.s.n) memcpy(to, v->u.s.p, v->u.s.n);
    return 0;
}

static int exec(struct lp_object *o, const struct lp_path *at, struct lp_span args)
{
    struct lp_device *d = (struct lp_device *)(void *)o;
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
    struct lp_device *d = (struct lp_device *)(void *)o;
    uint8_t due = d->reboot_due;
    d->reboot_due = 0;
    if (due == REBOOT) d->reboot(d);
    if (due == FACTORY_RESET) d->factory_reset(d);
}

int lp_device_add(struct lp_client *c, struct lp_device *d)
{
    d->object = (struct lp_object){.id = 3,
                                   .res = resources,
                                   .nres = sizeof resources / sizeof *resources,
                                   .ops = &ops,
                                   .version = "1.1"};
    d->client = c;
    d->reboot_due = 0;
    return lp_client_add(c, &d->object);
}
