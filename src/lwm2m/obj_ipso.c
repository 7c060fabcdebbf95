/* SPDX-License-Identifier: Apache-2.0
 *
 * obj_ipso.c - IPSO objects with one instance: 3300 generic sensor, 3303 temperature, 3304 humidity; 3347 push button;
 * 3311 light control. All over a struct lp_sensor; the object's table says which members count.
 */
#include "bytes/num.h"
#include "bytes/path.h"
#include "limpet/client.h"

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

static const struct lp_res sensor[] = {
    {MIN, LP_T_FLOAT, LP_R},   {MAX, LP_T_FLOAT, LP_R},
    {RESET, 0, LP_E},          {VALUE, LP_T_FLOAT, LP_R | LP_MANDATORY},
    {UNIT, LP_T_STRING, LP_R},
};
static const struct lp_res button[] = {{BUTTON, LP_T_BOOL, LP_R | LP_MANDATORY},
                                       {COUNT, LP_T_INT, LP_R}};
static const struct lp_res light[] = {{ON, LP_T_BOOL, LP_RW | LP_MANDATORY},
                                      {DIMMER, LP_T_INT, LP_RW}};

static const struct kind {
    uint16_t id;
    uint8_t nres;
    const struct lp_res *res;
} kinds[] = {
    {3300, 5, sensor}, {3303, 5, sensor}, {3304, 5, sensor}, {3311, 2, light}, {3347, 2, button}};

static int has(struct lp_object *o, const struct lp_path *at)
{
    const struct lp_sensor *s = (const struct lp_sensor *)(void *)o;
    if (at->res == UNIT) return s->unit != NULL;
    return s->has_value || o->res != sensor; /* not measured yet: no number is made up */
}

static int read(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    const struct lp_sensor *s = (const struct lp_sensor *)(void *)o;
    switch (at->res) {
    case BUTTON:
    case ON: return lp_emit_bool(e, s->on);
    case COUNT: return lp_emit_uint(e, s->count);
    case MIN: return lp_emit_float(e, s->min);
    case MAX: return lp_emit_float(e, s->max);
    case VALUE: return lp_emit_float(e, s->value);
    case UNIT: return lp_emit_string(e, s->unit);
    default: return lp_emit_int(e, s->dimmer);
    }
}

static void changed(const struct lp_sensor *s, uint16_t res)
{
    lp_changed(s->client, &LP_PATH_RES(s->object.id, 0, res));
}

static bool differ(double a, double b)
{
    return lp_float_less(a, b) || lp_float_less(b, a);
}

static void set_extremes(struct lp_sensor *s, double min, double max)
{
    bool lower = differ(min, s->min), higher = differ(max, s->max);
    s->min = min;
    s->max = max;
    if (lower) changed(s, MIN);
    if (higher) changed(s, MAX);
}

/* ---- what a server does -------------------------------------------------------------------------------------- */

static int check(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    (void)o;
    return at->res == DIMMER && (v->u.i < 0 || v->u.i > 100) ? LP_ERR_VALUE : 0;
}

static int write(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    struct lp_sensor *s = (struct lp_sensor *)(void *)o;
    if (at->res == ON)
        s->on = v->u.b;
    else if (at->res == DIMMER)
        s->dimmer = (uint8_t)v->u.i;
    else
        return LP_ERR_METHOD; /* the application's own: lp_sensor_set, lp_button_set */
    if (s->changed) s->changed(s);
    return 0;
}

static int exec(struct lp_object *o, const struct lp_path *at, struct lp_span args)
{
    struct lp_sensor *s = (struct lp_sensor *)(void *)o;
    (void)at;
    (void)args;
    set_extremes(s, s->value, s->value);
    return 0;
}

static const struct lp_object_ops ops = {
    .has = has, .read = read, .check = check, .write = write, .exec = exec};

/* ---- what the application does ------------------------------------------------------------------------------- */

int lp_sensor_add(struct lp_client *c, struct lp_sensor *s, uint16_t object_id, const char *unit)
{
    const struct kind *k = kinds;
    while (k->id != object_id)
        if (++k == kinds + sizeof kinds / sizeof *kinds) return LP_ERR_VALUE;
    s->object = (struct lp_object){.id = k->id, .res = k->res, .nres = k->nres, .ops = &ops};
    s->unit = unit;
    s->client = c;
    return lp_client_add(c, &s->object);
}

void lp_sensor_set(struct lp_sensor *s, double value)
{
    bool first = !s->has_value, differs = first || differ(value, s->value);
    if (!lp_float_finite(value)) return; /* no measurement */
    if (first) s->min = s->max = value;
    s->value = value;
    s->has_value = true;
    if (!differs) return;
    changed(s, VALUE);
    set_extremes(s, lp_float_less(value, s->min) ? value : s->min,
                 lp_float_less(s->max, value) ? value : s->max);
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

void lp_light_set(struct lp_sensor *s, bool on, uint8_t dimmer)
{
    if (s->on != on) changed(s, ON);
    if (s->dimmer != dimmer) changed(s, DIMMER);
    s->on = on;
    s->dimmer = dimmer;
}
