/* SPDX-License-Identifier: Apache-2.0
 *
 * obj_ipso.c - IPSO objects with one instance: 3300 generic sensor, 3303 temperature, 3304 humidity; 3347 push button;
 * 3311 light control. All over a struct lp_sensor; the object's table says which members count. Each of the three kinds
 * has its own handlers, so that a program holds those alone that it adds.
 */
#include "bytes/num.h"
#include "bytes/path.h"
#include "limpet/client.h"

#include <string.h>

enum {
    BUTTON = 5500,
    COUNT = 5501,
    MIN = 5601,
    MAX = 5602,
    RESET = 5605,
    VALUE = 5700,
    UNIT = 5701,
    ON = 5850,
    DIMMER = 5851
};

#define ROWS(table) (sizeof(table) / sizeof *(table))

static struct lp_sensor *sensor_of(struct lp_object *o)
{
    return (struct lp_sensor *)(void *)o;
}

static void changed(const struct lp_sensor *s, uint16_t res)
{
    lp_changed(s->client, &LP_PATH_RES(s->object.id, 0, res));
}

static int add(struct lp_client *c, struct lp_sensor *s, const struct lp_object *kind, uint16_t id)
{
    s->object = *kind;
    s->object.id = id;
    s->client = c;
    return lp_client_add(c, &s->object);
}

/* ---- sensors ------------------------------------------------------------------------------------------------- */

static int sensor_has(struct lp_object *o, const struct lp_path *at)
{
    const struct lp_sensor *s = sensor_of(o);
    return at->res == UNIT ? s->unit != NULL
                           : s->has_value; /* not measured yet: no number is made up */
}

static int sensor_read(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    const struct lp_sensor *s = sensor_of(o);
    if (at->res == UNIT) return lp_emit_string(e, s->unit);
    return lp_emit_float(e, at->res == MIN ? s->min : at->res == MAX ? s->max : s->value);
}

static void set(struct lp_sensor *s, double *member, double value, uint16_t res)
{
    *member = value;
    changed(s, res);
}

static int sensor_exec(struct lp_object *o, const struct lp_path *at, struct lp_span args)
{
    struct lp_sensor *s = sensor_of(o);
    (void)at;
    (void)args;
    if (lp_float_less(s->min, s->value)) set(s, &s->min, s->value, MIN);
    if (lp_float_less(s->value, s->max)) set(s, &s->max, s->value, MAX);
    return 0;
}

int lp_sensor_add(struct lp_client *c, struct lp_sensor *s, uint16_t object_id, const char *unit)
{
    static const struct lp_res table[] = {
        {MIN, LP_T_FLOAT, LP_R},   {MAX, LP_T_FLOAT, LP_R},
        {RESET, 0, LP_E},          {VALUE, LP_T_FLOAT, LP_R | LP_MANDATORY},
        {UNIT, LP_T_STRING, LP_R},
    };
    static const struct lp_object_ops ops = {
        .has = sensor_has, .read = sensor_read, .exec = sensor_exec};
    static const struct lp_object kind = {.res = table, .nres = ROWS(table), .ops = &ops};
    if (object_id != 3300 && object_id != 3303 && object_id != 3304) return LP_ERR_VALUE;
    s->unit = unit;
    return add(c, s, &kind, object_id);
}

void lp_sensor_set(struct lp_sensor *s, double value)
{
    uint64_t was, is;
    if (!lp_float_finite(value)) return; /* no measurement */
    memcpy(&was, &s->value, sizeof was);
    memcpy(&is, &value, sizeof is);
    if (!s->has_value)
        s->min = s->max = value;
    else if (was == is)
        return;
    s->has_value = true;
    set(s, &s->value, value, VALUE);
    if (lp_float_less(value, s->min)) set(s, &s->min, value, MIN);
    if (lp_float_less(s->max, value)) set(s, &s->max, value, MAX);
}

/* ---- button -------------------------------------------------------------------------------------------------- */

static int button_read(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    const struct lp_sensor *s = sensor_of(o);
    return at->res == COUNT ? lp_emit_uint(e, s->count) : lp_emit_bool(e, s->on);
}

int lp_button_add(struct lp_client *c, struct lp_sensor *s)
{
    static const struct lp_res table[] = {{BUTTON, LP_T_BOOL, LP_R | LP_MANDATORY},
                                          {COUNT, LP_T_INT, LP_R}};
    static const struct lp_object_ops ops = {.read = button_read};
    static const struct lp_object kind = {.res = table, .nres = ROWS(table), .ops = &ops};
    return add(c, s, &kind, 3347);
}

void lp_button_set(struct lp_sensor *s, bool pressed)
{
    if (s->on == pressed) return;
    s->on = pressed;
    changed(s, BUTTON);
    if (!pressed) return;
    s->count++;
    changed(s, COUNT);
}

/* ---- light --------------------------------------------------------------------------------------------------- */

static int light_read(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    const struct lp_sensor *s = sensor_of(o);
    return at->res == DIMMER ? lp_emit_int(e, s->dimmer) : lp_emit_bool(e, s->on);
}

static int light_check(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    (void)o;
    return at->res == DIMMER && (v->u.i < 0 || v->u.i > 100) ? LP_ERR_VALUE : 0;
}

static int light_write(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    struct lp_sensor *s = sensor_of(o);
    if (at->res == ON)
        s->on = v->u.b;
    else
        s->dimmer = (uint8_t)v->u.i;
    if (s->changed) s->changed(s);
    return 0;
}

int lp_light_add(struct lp_client *c, struct lp_sensor *s)
{
    static const struct lp_res table[] = {{ON, LP_T_BOOL, LP_RW | LP_MANDATORY},
                                          {DIMMER, LP_T_INT, LP_RW}};
    static const struct lp_object_ops ops = {
        .read = light_read, .check = light_check, .write = light_write};
    static const struct lp_object kind = {.res = table, .nres = ROWS(table), .ops = &ops};
    return add(c, s, &kind, 3311);
}

void lp_light_set(struct lp_sensor *s, bool on, uint8_t dimmer)
{
    if (s->on != on) changed(s, ON);
    if (s->dimmer != dimmer) changed(s, DIMMER);
    s->on = on;
    s->dimmer = dimmer;
}
