/* SPDX-License-Identifier: Apache-2.0
 *
 * rest_op.c - see rest_op.h. What the device answered, be it an error, is 200 with the code inside; what did not
 * reach it is an HTTP error.
 */
#include "server/rest_op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/value.h"
#include "server/links.h"
#include "server/mem.h"
#include "server/node.h"

struct rest_op {
    struct rest *r;
    enum rest_kind kind;
    char reg[REG_ID + 1];
    struct lp_path path;
    struct types named;
};

struct rest_op *rest_op_new(struct rest *r, enum rest_kind kind, const struct reg *reg,
                            const struct lp_path *path)
{
    struct rest_op *ro = mem_new(sizeof(*ro));
    *ro = (struct rest_op){.r = r, .kind = kind, .path = *path};
    memcpy(ro->reg, reg->id, sizeof(ro->reg));
    return ro;
}

void rest_op_types(struct rest_op *ro, struct types *named)
{
    ro->named = *named;
    *named = (struct types){0};
}

void rest_op_free(struct rest_op *ro)
{
    types_free(&ro->named);
    free(ro);
}

static const char *code_name(uint8_t code)
{
    static const struct {
        uint8_t code;
        const char *name;
    } names[] = {
        {LP_CREATED, "CREATED"},
        {LP_DELETED, "DELETED"},
        {LP_CHANGED, "CHANGED"},
        {LP_CONTENT, "CONTENT"},
        {LP_BAD_REQUEST, "BAD_REQUEST"},
        {LP_UNAUTHORIZED, "UNAUTHORIZED"},
        {LP_BAD_OPTION, "BAD_OPTION"},
        {LP_FORBIDDEN, "FORBIDDEN"},
        {LP_CODE_NOT_FOUND, "NOT_FOUND"},
        {LP_METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"},
        {LP_NOT_ACCEPTABLE, "NOT_ACCEPTABLE"},
        {LP_CODE_INCOMPLETE, "REQUEST_ENTITY_INCOMPLETE"},
        {LP_PRECONDITION_FAILED, "PRECONDITION_FAILED"},
        {LP_REQUEST_TOO_LARGE, "REQUEST_ENTITY_TOO_LARGE"},
        {LP_UNSUPPORTED_FORMAT, "UNSUPPORTED_CONTENT_FORMAT"},
        {LP_INTERNAL_ERROR, "INTERNAL_SERVER_ERROR"},
        {LP_NOT_IMPLEMENTED, "NOT_IMPLEMENTED"},
        {LP_SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].code == code) return names[i].name;
    return "UNKNOWN";
}

static json_t *head(uint8_t code)
{
    char status[48];
    bool good = code >> 5 == 2;
    snprintf(status, sizeof(status), "%s(%d%02d)", code_name(code), code >> 5, code & 31);
    return json_pack("{s:s, s:b, s:b, s:b}", "status", status, "valid", 1, "success", (int)good,
                     "failure", (int)!good);
}

/* What a good answer brings; NULL: it cannot be read, answered. */
static json_t *add_content(struct rest *r, const struct rest_op *ro, const struct op_result *got,
                           json_t *j)
{
    int err = LP_ERR_FORMAT;
    struct reg *reg = reg_find_id(r->s, (struct lp_span){ro->reg, REG_ID});
    if (reg) types_add(&reg->types, &ro->named);
    if (ro->kind == REST_READ) {
        json_t *node =
            node_from_payload(reg ? &reg->types : NULL, &ro->path, got->format, got->payload, &err);
        if (node) return json_object_set_new(j, "content", node), j;
    } else if (ro->kind == REST_DISCOVER) {
        json_t *links = got->format == LP_FMT_LINK ? links_json(got->payload) : NULL;
        if (links) return json_object_set_new(j, "objectLinks", links), j;
    } else {
        if (ro->kind == REST_CREATE) json_object_set_new(j, "location", json_string(got->location));
        return j;
    }
    json_decref(j);
    if (got->format == LP_NO_FORMAT)
        rest_text(r, 502, "the device answered without a Content-Format");
    else
        rest_text(r, 502, "the device's answer (format %d, %zu bytes) cannot be read: %s",
                  got->format, got->payload.n, lp_strerror(err));
    return NULL;
}

static void answer(struct rest *r, const struct rest_op *ro, const struct op_result *got)
{
    json_t *j = head(got->code);
    bool good = got->code >> 5 == 2;
    if (good) {
        j = add_content(r, ro, got, j);
    } else if (got->payload.n && lp_utf8(got->payload)) {
        json_object_set_new(j, "errormessage", json_stringn(got->payload.p, got->payload.n));
    }
    if (j) rest_json(r, 200, j);
}

static void fail(struct rest *r, const struct op_result *got)
{
    switch (got->err) {
    case LP_ERR_TIMEOUT:
        rest_text(
            r, 504,
            got->sent
                ? "Request timeout: the device did not answer; timeout= takes more seconds"
                : "Request timeout: the device is asleep or not connected; timeout= waits longer");
        break;
    case LP_ERR_NET:
        rest_text(r, 504,
                  "the connection ended before the device answered: it may have done it, or not");
        break;
    case LP_ERR_STATE:
        rest_text(r, 503, "the device deregistered, or the server is stopping");
        break;
    case LP_ERR_FULL: rest_text(r, 503, "too many operations are waiting: try again later"); break;
    case LP_ERR_RESET: rest_text(r, 502, "the device rejected the request with a reset"); break;
    default: rest_text(r, 502, "the device's answer could not be used: %s", lp_strerror(got->err));
    }
}

void rest_op_done(void *ctx, const struct op_result *got)
{
    struct rest_op *ro = ctx;
    if (got->err)
        fail(ro->r, got);
    else
        answer(ro->r, ro, got);
    rest_op_free(ro);
}
