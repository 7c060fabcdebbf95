/* SPDX-License-Identifier: Apache-2.0
 *
 * restype.c - see restype.h. A string a table, a letter a resource from id 0 on; capitals are multiple:
 *
 * s string   i integer   u unsigned   f float   b boolean   o opaque   t time   l object link   - executable, unused
 */
#include "server/restype.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bytes/fmt.h"
#include "server/mem.h"

static const struct {
    uint16_t object;
    const char *types;
} objects[] = {
    {0, "sbioooioosiiiusuUl"},
    {1, "iiii-ibs--lutuubbuuuubsb"},
    {2, "iiIi"},
    {3, "ssss--IIIiiI-tssssssiiL"},
    {4, "iIiiSSiSiiiii"},
    {5, "os-ibissIi-itu"},
    {6, "ffffotf"},
    {7, "iiiiii--i"},
    {21, "ooooiio"},
};

/* Reusable resources of the OMNA registry, as runs of neighbours. */
static const struct {
    uint16_t first;
    const char *types;
} reusable[] = {
    {5500,
     "bibii-tfffffffss"}, /* digital input, 5506 time, 5508 limits of the axes, 5514 latitude and longitude */
    {5516, "sotfff"},     /* uncertainty, velocity, timestamp, min and max limit, delay duration */
    {5522, "o-ffisii-f"}, /* clip, trigger, duration, off time, mode, text, x, y, clear, contrast */
    {5532, "bbi"},        /* increase, decrease, counter */
    {5536, "fff"},        /* position, transition time, remaining time */
    {5541,
     "iibfiiif"}, /* up, down, digital state, cumulative time, max x, max y, multi-state, level */
    {5550, "bb"}, /* digital output */
    {5600, "fffff-"}, /* analog input, measured and possible range */
    {5650, "f"},
    {5700, "fsffffs"}, /* value, units, x, y, z, compass direction, colour */
    {5750, "ss"},      /* application type, sensor type */
    {5800, "fffffff"}, /* active power */
    {5810, "fffffff"}, /* reactive power */
    {5820,
     "ff-stiiii"},   /* power factor, calibration, event id, start, duration, criticality, ... */
    {5850, "biisi"}, /* on/off, dimmer, on time, multi-state, off time */
    {5900, "f"},     /* set point */
    {5903, "ii"},
    {5910, "i-S"}, /* bitmap, its elements */
    {6042, "i"},   /* measurement quality indicator */
    {6049, "i"},
    {6050, "f"},
};

static enum lp_type of_letter(char c)
{
    static const char letters[] = "siufbotl";
    static const uint8_t types[] = {LP_T_STRING, LP_T_INT,    LP_T_UINT, LP_T_FLOAT,
                                    LP_T_BOOL,   LP_T_OPAQUE, LP_T_TIME, LP_T_OBJLNK};
    const char *at = strchr(letters, c | 0x20);
    return at ? (enum lp_type)types[at - letters] : 0;
}

static char letter(const struct lp_path *p)
{
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
        if (objects[i].object == p->obj)
            return p->res < strlen(objects[i].types) ? objects[i].types[p->res] : '-';
    for (size_t i = 0; i < sizeof(reusable) / sizeof(reusable[0]); i++)
        if (p->res >= reusable[i].first &&
            p->res - reusable[i].first < (int)strlen(reusable[i].types))
            return reusable[i].types[p->res - reusable[i].first];
    return '-';
}

enum lp_type restype(const struct lp_path *p, bool *multiple)
{
    char c = letter(p);
    if (multiple) *multiple = c >= 'A' && c <= 'Z';
    return of_letter(c);
}

static const struct {
    enum lp_type type;
    const char *name;
} names[] = {{LP_T_STRING, "STRING"},   {LP_T_INT, "INTEGER"},   {LP_T_UINT, "UNSIGNED_INTEGER"},
             {LP_T_FLOAT, "FLOAT"},     {LP_T_BOOL, "BOOLEAN"},  {LP_T_OPAQUE, "OPAQUE"},
             {LP_T_TIME, "TIME"},       {LP_T_OBJLNK, "OBJLNK"}, {LP_T_CORELNK, "CORELINK"},
             {LP_T_CORELNK, "CORELNK"}, {LP_T_UINT, "UNSIGNED"}};

const char *restype_name(enum lp_type t)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].type == t) return names[i].name;
    return "NONE";
}

enum lp_type restype_parse(const char *text)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(names[i].name, text) == 0) return names[i].type;
    return 0;
}

/* ---- what a device has shown ---- */

static struct type_of *entry(const struct types *t, const struct lp_path *p)
{
    for (unsigned i = 0; t && i < t->n; i++)
        if (t->v[i].object == p->obj && t->v[i].res == p->res) return &t->v[i];
    return NULL;
}

enum lp_type types_of(const struct types *t, const struct lp_path *p)
{
    enum lp_type known = restype(p, NULL);
    const struct type_of *e = known ? NULL : entry(t, p);
    return e ? (enum lp_type)e->type : known;
}

void types_put(struct types *t, const struct lp_path *p, enum lp_type type)
{
    if (restype(p, NULL)) return;
    struct type_of *e = entry(t, p);
    if (!e && t->n < TYPES_MOST) {
        if ((t->n & (t->n - 1)) == 0) t->v = mem_grow(t->v, (t->n ? t->n * 2 : 1) * sizeof(*t->v));
        e = &t->v[t->n++];
    } else if (!e) {
        e = &t->v[t->next++ % TYPES_MOST];
    }
    *e = (struct type_of){p->obj, p->res, (uint8_t)type};
}

static bool is_number(unsigned type)
{
    return type == LP_T_INT || type == LP_T_UINT || type == LP_T_FLOAT || type == LP_T_TIME;
}

void types_saw(struct types *t, const struct lp_path *p, enum lp_type type, int format)
{
    const struct type_of *e = entry(t, p);
    bool whole = type == LP_T_INT || type == LP_T_UINT;
    if (type == LP_T_RAW_TLV || type == LP_T_RAW_TEXT) return;
    if (whole && (format == LP_FMT_SENML_JSON || (e && is_number(e->type)))) return;
    if (type == LP_T_STRING && e && e->type == LP_T_CORELNK) return;
    types_put(t, p, type);
}

void types_add(struct types *t, const struct types *more)
{
    for (unsigned i = 0; i < more->n; i++) {
        struct lp_path p = LP_PATH_RES(more->v[i].object, 0, more->v[i].res);
        types_put(t, &p, (enum lp_type)more->v[i].type);
    }
}

void types_free(struct types *t)
{
    free(t->v);
    *t = (struct types){0};
}
