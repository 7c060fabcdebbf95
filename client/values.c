/* SPDX-License-Identifier: Apache-2.0
 *
 * values.c - see values.h.
 */
#include "client/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/num.h"
#include "bytes/value.h"

static const struct {
    const char *name, *form, *text;
} types[] = {
    [LP_T_STRING] = {"string", "a string", "text"},
    [LP_T_INT] = {"integer", "an integer, as -5", "an integer, as -5"},
    [LP_T_UINT] = {"unsigned", "an integer from 0 on, as 5", "an integer from 0 on, as 5"},
    [LP_T_FLOAT] = {"float", "a number, as 21.5", "a number, as 21.5"},
    [LP_T_BOOL] = {"boolean", "true or false", "true or false"},
    [LP_T_OPAQUE] = {"opaque", "bytes, as \"hex:00ff\"", "bytes, as hex:00ff"},
    [LP_T_TIME] = {"time", "seconds since 1970, as 1767225600",
                   "seconds since 1970, as 1767225600"},
    [LP_T_OBJLNK] = {"objlnk", "an object link, as \"3:0\"", "an object link, as 3:0"},
    [LP_T_CORELNK] = {"corelnk", "links, as \"</3/0>\"", "links, as </3/0>"},
};
#define TYPES (sizeof types / sizeof types[0])

const char *type_name(enum lp_type t)
{
    return t > 0 && t < TYPES ? types[t].name : "executable";
}

enum lp_type type_named(const char *name)
{
    for (unsigned t = 1; t < TYPES; t++)
        if (!strcmp(types[t].name, name)) return (enum lp_type)t;
    return (enum lp_type)0;
}

const char *type_form(enum lp_type t)
{
    return t > 0 && t < TYPES ? types[t].form : "null";
}

const char *type_text(enum lp_type t)
{
    return t > 0 && t < TYPES ? types[t].text : "nothing";
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

int bytes_of_hex(const char *hex, size_t digits, uint8_t *p, size_t cap)
{
    if (digits % 2 || digits / 2 > cap || digits / 2 > INT32_MAX) return -1;
    for (size_t i = 0; i < digits; i += 2) {
        int high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);
        if (high < 0 || low < 0) return -1;
        p[i / 2] = (uint8_t)(high << 4 | low);
    }
    return (int)(digits / 2);
}

static bool is_hex(const char *s)
{
    if (strncmp(s, "hex:", 4) != 0) return false;
    size_t n = strlen(s + 4);
    return n % 2 == 0 && strspn(s + 4, "0123456789abcdefABCDEF") == n;
}

static bool is_link(const char *s, uint16_t *obj, uint16_t *inst)
{
    const char *colon = strchr(s, ':');
    uint64_t o, i;
    if (!colon || lp_get_uint((struct lp_span){s, (size_t)(colon - s)}, &o) ||
        lp_get_uint((struct lp_span){colon + 1, strlen(colon + 1)}, &i) || o > LP_NONE ||
        i > LP_NONE)
        return false;
    *obj = (uint16_t)o;
    *inst = (uint16_t)i;
    return true;
}

static bool is_uint(const char *s, uint64_t *u)
{
    return lp_get_uint((struct lp_span){s, strlen(s)}, u) == 0;
}

static bool string_fits(const char *s, enum lp_type t)
{
    uint16_t obj, inst;
    uint64_t u;
    switch (t) {
    case LP_T_STRING:
    case LP_T_CORELNK: return true;
    case LP_T_OPAQUE: return is_hex(s);
    case LP_T_OBJLNK: return is_link(s, &obj, &inst);
    case LP_T_UINT: return is_uint(s, &u);
    default: return false;
    }
}

bool json_fits(const json_t *j, enum lp_type t)
{
    if (json_is_string(j)) return string_fits(json_string_value(j), t);
    if (json_is_integer(j))
        return t == LP_T_INT || t == LP_T_TIME || t == LP_T_FLOAT ||
               (t == LP_T_UINT && json_integer_value(j) >= 0);
    if (json_is_real(j)) return t == LP_T_FLOAT;
    return json_is_boolean(j) && t == LP_T_BOOL;
}

static json_t *uint_json(uint64_t u)
{
    char digits[24];
    if (u <= INT64_MAX) return json_integer((json_int_t)u);
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)u);
    return json_string(digits);
}

static json_t *bool_of_text(const char *text)
{
    if (!strcmp(text, "true") || !strcmp(text, "1")) return json_true();
    if (!strcmp(text, "false") || !strcmp(text, "0")) return json_false();
    return NULL;
}

json_t *json_of_text(const char *text, enum lp_type t)
{
    struct lp_span s = {text, strlen(text)};
    int64_t i;
    uint64_t u;
    double f;
    switch (t) {
    case LP_T_INT:
    case LP_T_TIME: return lp_get_int(s, &i) ? NULL : json_integer(i);
    case LP_T_UINT: return lp_get_uint(s, &u) ? NULL : uint_json(u);
    case LP_T_FLOAT: return lp_get_float(s, &f) ? NULL : json_real(f);
    case LP_T_BOOL: return bool_of_text(text);
    default: return string_fits(text, t) ? json_string(text) : NULL;
    }
}

static json_t *hex_json(struct lp_span s)
{
    const uint8_t *p = s.p;
    char *text = malloc(2 * s.n + 5);
    if (!text) return NULL;
    memcpy(text, "hex:", 5);
    for (size_t i = 0; i < s.n; i++) snprintf(text + 4 + 2 * i, 3, "%02x", (unsigned)p[i]);
    json_t *j = json_string(text);
    free(text);
    return j;
}

json_t *json_of_value(const struct lp_value *v)
{
    char link[16];
    switch (v->type) {
    case LP_T_STRING:
    case LP_T_CORELNK:
        return lp_utf8(v->u.s) ? json_stringn(v->u.s.n ? v->u.s.p : "", v->u.s.n) : NULL;
    case LP_T_INT:
    case LP_T_TIME: return json_integer(v->u.i);
    case LP_T_UINT: return uint_json(v->u.u);
    case LP_T_FLOAT: return json_real(v->u.f); /* NULL for NaN and infinities */
    case LP_T_BOOL: return json_boolean(v->u.b);
    case LP_T_OPAQUE: return hex_json(v->u.s);
    case LP_T_OBJLNK:
        snprintf(link, sizeof link, "%u:%u", (unsigned)v->u.link.obj, (unsigned)v->u.link.inst);
        return json_string(link);
    default: return NULL;
    }
}

static int opaque_of_json(struct lp_value *v, const char *text, void **hold)
{
    size_t digits = strlen(text) - 4;
    *hold = malloc(digits / 2 + 1);
    if (!*hold) return LP_ERR_INTERNAL;
    v->u.s.p = *hold;
    v->u.s.n = (size_t)bytes_of_hex(text + 4, digits, *hold, digits / 2);
    return 0;
}

int value_of_json(struct lp_value *v, const json_t *j, enum lp_type t, void **hold)
{
    const char *text = json_string_value(j);
    *hold = NULL;
    v->type = t;
    switch (t) {
    case LP_T_INT:
    case LP_T_TIME: v->u.i = json_integer_value(j); break;
    case LP_T_UINT:
        v->u.u = (uint64_t)json_integer_value(j);
        if (text) is_uint(text, &v->u.u);
        break;
    case LP_T_FLOAT: v->u.f = json_number_value(j); break;
    case LP_T_BOOL: v->u.b = json_is_true(j); break;
    case LP_T_OBJLNK: is_link(text, &v->u.link.obj, &v->u.link.inst); break;
    case LP_T_OPAQUE: return opaque_of_json(v, text, hold);
    default: v->u.s = (struct lp_span){text, json_string_length(j)};
    }
    return 0;
}

int emit_json(struct lp_emit *e, const json_t *j, enum lp_type t)
{
    struct lp_value v;
    void *hold;
    int err = value_of_json(&v, j, t, &hold);
    if (!err) err = lp_emit_value(e, &v);
    free(hold);
    return err;
}
