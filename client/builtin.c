/* SPDX-License-Identifier: Apache-2.0
 *
 * builtin.c - the table of known objects, after the OMA LwM2M registry.
 */
#include "client/builtin.h"

#include <stddef.h>

enum {
    S = LP_T_STRING,
    I = LP_T_INT,
    U = LP_T_UINT,
    F = LP_T_FLOAT,
    B = LP_T_BOOL,
    O = LP_T_OPAQUE,
    T = LP_T_TIME,
    L = LP_T_OBJLNK
};
enum { R = LP_R, W = LP_W, RW = LP_RW, E = LP_E, RM = LP_R | LP_MULTIPLE };

/* ---- served by the library: types only ---- */
static const struct lp_res security[] = {
    {0, S, RW},  {1, B, RW},  {2, I, RW},  {3, O, RW},  {4, O, RW},  {5, O, RW},
    {6, I, RW},  {7, S, RW},  {8, O, RW},  {9, S, RW},  {10, I, RW}, {11, I, RW},
    {12, I, RW}, {13, I, RW}, {14, S, RW}, {15, I, RW}, {16, I, RW}, {17, L, RW},
};
static const struct lp_res server[] = {
    {0, I, R},   {1, I, RW},  {2, I, RW},  {3, I, RW},  {4, 0, E},   {5, I, RW},
    {6, B, RW},  {7, S, RW},  {8, 0, E},   {9, 0, E},   {10, S, RW}, {11, L, R},
    {12, I, R},  {13, U, RW}, {14, U, RW}, {15, B, RW}, {16, B, RW}, {17, U, RW},
    {18, U, RW}, {19, U, RW}, {20, U, RW}, {21, B, RW}, {22, S, RW}, {23, B, RW},
};
static const struct lp_res access_control[] = {
    {0, I, R}, {1, I, R}, {2, I, RW | LP_MULTIPLE}, {3, I, RW}};

/* ---- OMA ---- */
static const struct lp_res device[] = {
    {0, S, R},  {1, S, R},   {2, S, R},   {3, S, R},   {4, 0, E},   {5, 0, E},
    {6, I, RM}, {7, I, RM},  {8, I, RM},  {9, I, R},   {10, I, R},  {11, I, RM},
    {12, 0, E}, {13, T, RW}, {14, S, RW}, {15, S, RW}, {16, S, R},  {17, S, R},
    {18, S, R}, {19, S, R},  {20, I, R},  {21, I, R},  {22, L, RM}, {23, I, RW},
};
static const struct lp_res connectivity[] = {
    {0, I, R},  {1, I, RM}, {2, I, R}, {3, I, R},  {4, S, RM}, {5, S, RM}, {6, I, R},
    {7, S, RM}, {8, I, R},  {9, I, R}, {10, I, R}, {11, I, R}, {12, I, R}, {13, I, R},
};
static const struct lp_res firmware[] = {
    {0, O, W},  {1, S, RW}, {2, 0, E},  {3, I, R},   {5, I, R},  {6, S, R},   {7, S, R},
    {8, I, RM}, {9, I, R},  {10, 0, E}, {11, I, RW}, {12, T, R}, {13, U, RW},
};
static const struct lp_res location[] = {{0, F, R}, {1, F, R}, {2, F, R}, {3, F, R},
                                         {4, O, R}, {5, T, R}, {6, F, R}};
static const struct lp_res statistics[] = {
    {0, I, R}, {1, I, R}, {2, I, R}, {3, I, R},  {4, I, R},
    {5, I, R}, {6, 0, E}, {7, 0, E}, {8, I, RW},
};

/* ---- IPSO: every object also takes the optional resources that all newer versions share ---- */
#define TIMED       {5518, T, R}
#define FRACTION    {6050, F, R}
#define QUALITY     {6042, I, R}
#define APPLICATION {5750, S, RW}

static const struct lp_res digital_input[] = {
    {5500, B, R}, {5501, I, R}, {5502, B, RW}, {5503, I, RW}, {5504, I, RW},
    {5505, 0, E}, TIMED,        APPLICATION,   {5751, S, R},  FRACTION,
};
static const struct lp_res digital_output[] = {
    TIMED, {5550, B, RW}, {5551, B, RW}, APPLICATION, FRACTION};
static const struct lp_res analog_input[] = {
    TIMED,        {5600, F, R}, {5601, F, R}, {5602, F, R}, {5603, F, R},
    {5604, F, R}, {5605, 0, E}, APPLICATION,  {5751, S, R}, FRACTION,
};
static const struct lp_res analog_output[] = {TIMED,         {5603, F, R}, {5604, F, R},
                                              {5650, F, RW}, APPLICATION,  FRACTION};
static const struct lp_res sensor[] = {
    /* generic sensor and all that measure one value */
    TIMED,         {5601, F, R}, {5602, F, R}, {5603, F, R}, {5604, F, R},
    {5605, 0, E},  {5700, F, R}, {5701, S, R}, APPLICATION,  {5751, S, R},
    {5821, F, RW}, QUALITY,      {6049, I, R}, FRACTION,
};
static const struct lp_res presence[] = {
    {5500, B, R}, {5501, I, R},  {5505, 0, E},  TIMED,
    {5751, S, R}, {5903, I, RW}, {5904, I, RW}, FRACTION,
};
static const struct lp_res actuation[] = {
    TIMED, APPLICATION, {5850, B, RW}, {5851, I, RW}, {5852, I, RW}, {5853, S, RW}, FRACTION};
static const struct lp_res set_point[] = {TIMED,       {5701, S, R},  {5706, S, RW},
                                          APPLICATION, {5900, F, RW}, FRACTION};
static const struct lp_res light[] = {
    TIMED,        {5701, S, R},  {5706, S, RW}, APPLICATION,   {5805, F, R},
    {5820, F, R}, {5850, B, RW}, {5851, I, RW}, {5852, I, RW}, FRACTION,
};
static const struct lp_res power_control[] = {
    TIMED,         APPLICATION,   {5805, F, R},  {5820, F, R},
    {5850, B, RW}, {5851, I, RW}, {5852, I, RW}, FRACTION,
};
static const struct lp_res three_axes[] = {
    TIMED,        {5601, F, R}, {5602, F, R}, {5603, F, R}, {5604, F, R}, {5605, 0, E},
    {5701, S, R}, {5702, F, R}, {5703, F, R}, {5704, F, R}, APPLICATION,  FRACTION,
};
static const struct lp_res gps[] = {
    {5514, S, R}, {5515, S, R}, {5516, S, R}, {5517, O, R},
    TIMED,        {5705, F, R}, APPLICATION,  FRACTION,
};
static const struct lp_res buzzer[] = {
    TIMED, {5521, F, RW}, {5525, F, RW}, {5548, F, RW}, APPLICATION, {5850, B, RW}, FRACTION,
};
static const struct lp_res text_display[] = {
    TIMED,        {5527, S, RW}, {5528, I, RW}, {5529, I, RW}, {5530, 0, E}, {5531, F, RW},
    {5545, I, R}, {5546, I, R},  {5548, F, RW}, APPLICATION,   FRACTION,
};
static const struct lp_res on_off[] = {
    {5500, B, R}, {5501, I, R}, TIMED, APPLICATION, {5852, I, RW}, {5854, I, R}, FRACTION,
};
static const struct lp_res dimmer[] = {TIMED,         {5548, F, RW}, APPLICATION,
                                       {5852, I, RW}, {5854, I, R},  FRACTION};
static const struct lp_res push_button[] = {
    {5500, B, R}, {5501, I, R}, TIMED, APPLICATION, FRACTION};
static const struct lp_res selector[] = {TIMED, {5547, I, R}, APPLICATION, FRACTION};

#define OBJECT(id, table, name) {(id), sizeof(table) / sizeof((table)[0]), (table), (name)}
static const struct builtin objects[] = {
    OBJECT(3, device, "Device"),
    OBJECT(4, connectivity, "Connectivity Monitoring"),
    OBJECT(5, firmware, "Firmware Update"),
    OBJECT(6, location, "Location"),
    OBJECT(7, statistics, "Connectivity Statistics"),
    OBJECT(3200, digital_input, "Digital Input"),
    OBJECT(3201, digital_output, "Digital Output"),
    OBJECT(3202, analog_input, "Analog Input"),
    OBJECT(3203, analog_output, "Analog Output"),
    OBJECT(3300, sensor, "Generic Sensor"),
    OBJECT(3301, sensor, "Illuminance"),
    OBJECT(3302, presence, "Presence"),
    OBJECT(3303, sensor, "Temperature"),
    OBJECT(3304, sensor, "Humidity"),
    OBJECT(3306, actuation, "Actuation"),
    OBJECT(3308, set_point, "Set Point"),
    OBJECT(3311, light, "Light Control"),
    OBJECT(3312, power_control, "Power Control"),
    OBJECT(3313, three_axes, "Accelerometer"),
    OBJECT(3314, three_axes, "Magnetometer"),
    OBJECT(3315, sensor, "Barometer"),
    OBJECT(3316, sensor, "Voltage"),
    OBJECT(3317, sensor, "Current"),
    OBJECT(3318, sensor, "Frequency"),
    OBJECT(3319, sensor, "Depth"),
    OBJECT(3320, sensor, "Percentage"),
    OBJECT(3321, sensor, "Altitude"),
    OBJECT(3322, sensor, "Load"),
    OBJECT(3323, sensor, "Pressure"),
    OBJECT(3324, sensor, "Loudness"),
    OBJECT(3325, sensor, "Concentration"),
    OBJECT(3326, sensor, "Acidity"),
    OBJECT(3327, sensor, "Conductivity"),
    OBJECT(3328, sensor, "Power"),
    OBJECT(3329, sensor, "Power Factor"),
    OBJECT(3330, sensor, "Distance"),
    OBJECT(3334, three_axes, "Gyrometer"),
    OBJECT(3336, gps, "Location (IPSO)"),
    OBJECT(3338, buzzer, "Buzzer"),
    OBJECT(3341, text_display, "Addressable Text Display"),
    OBJECT(3342, on_off, "On/Off Switch"),
    OBJECT(3343, dimmer, "Level Control"),
    OBJECT(3346, sensor, "Rate"),
    OBJECT(3347, push_button, "Push Button"),
    OBJECT(3348, selector, "Multi-state Selector"),
};
static const struct builtin core[] = {
    OBJECT(0, security, "Security"),
    OBJECT(1, server, "Server"),
    OBJECT(2, access_control, "Access Control"),
};

const struct builtin *builtin_object(uint16_t id)
{
    for (unsigned i = 0; i < sizeof objects / sizeof objects[0]; i++)
        if (objects[i].id == id) return &objects[i];
    return NULL;
}

const struct lp_res *core_row(uint16_t obj, unsigned n)
{
    return obj < 3 && n < core[obj].n ? &core[obj].res[n] : NULL;
}

const struct lp_res *core_res(uint16_t obj, uint16_t res)
{
    const struct lp_res *row;
    for (unsigned n = 0; (row = core_row(obj, n)); n++)
        if (row->id == res) return row;
    return NULL;
}
