/* SPDX-License-Identifier: Apache-2.0
 *
 * rest.c - see rest.h: routes, and how answers are made.
 */
#include "server/rest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/mem.h"
#include "server/reg.h"

bool rest_is(const struct rest *r, const char *method)
{
    return strcmp(r->method, method) == 0;
}

bool rest_param(const struct rest *r, const char *name, const char **value)
{
    for (unsigned i = 0; i < r->n_params; i++)
        if (strcmp(r->params[i].name, name) == 0) {
            *value = r->params[i].value;
            return true;
        }
    return false;
}

static void answer(struct rest *r, int status, const char *type, char *text)
{
    r->status = status;
    r->type = type;
    r->text = text;
    r->text_n = strlen(text);
    r->answered(r);
}

void rest_json(struct rest *r, int status, json_t *j)
{
    char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    answer(r, status, "application/json", text ? text : mem_text("null"));
}

void rest_json_text(struct rest *r, int status, char *json)
{
    answer(r, status, "application/json", json);
}

void rest_text(struct rest *r, int status, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    answer(r, status, "text/plain; charset=utf-8", mem_text(text));
}

json_t *rest_body(struct rest *r)
{
    json_error_t err;
    json_t *j = json_loadb(r->body ? r->body : "", r->body_n, JSON_REJECT_DUPLICATES, &err);
    if (!j)
        rest_text(r, 400, "the body is not JSON: %s (line %d, column %d)", err.text, err.line,
                  err.column);
    return j;
}

static void hello(struct rest *r)
{
    rest_json(r, 200,
              json_pack("{s:s, s:s}", "product", "limpet-server", "version", LIMPET_VERSION));
}

static const struct {
    const char *name;
    void (*handle)(struct rest *);
} routes[] = {
    {"clients", rest_clients}, {"security", rest_security}, {"bootstrap", rest_bootstrap}};

void rest_handle(struct rest *r)
{
    if (r->n == 0 && !rest_is(r, "GET")) {
        rest_text(r, 405, "only GET is possible here");
        return;
    }
    if (r->n == 0) {
        hello(r);
        return;
    }
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
        if (strcmp(r->segment[0], routes[i].name) == 0) {
            routes[i].handle(r);
            return;
        }
    rest_text(r, 404, "there is no /api/%s; there are clients, event, security and bootstrap",
              r->segment[0]);
}
