/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.c - see plan.h. A table says which member becomes which resource; checking and carrying out walk the same table.
 */
#include "server/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bytes/num.h"
#include "limpet/link.h"
#include "server/hexa.h"
#include "server/mem.h"

enum kind { TEXT, LETTERS, NUMBER, BOOLEAN, BYTES, HEX_BYTES, MODE, IGNORED };

struct member {
    const char *name;
    enum kind kind;
    uint16_t res;
    bool needed;
    int64_t least, most;
};

#define U32 4294967295

static const struct member of_server[] = {
    {"shortId", NUMBER, 0, true, 1, 65534},
    {"lifetime", NUMBER, 1, true, 1, U32},
    {"defaultMinPeriod", NUMBER, 2, false, 0, U32},
    {"defaultMaxPeriod", NUMBER, 3, false, -1, U32},
    {"disableTimeout", NUMBER, 5, false, 0, U32},
    {"notifIfDisabled", BOOLEAN, 6, true, 0, 0},
    {"binding", LETTERS, 7, true, 0, 0},
    {"registrationPriorityOrder", NUMBER, 13, false, 0, U32},
    {"initialRegistrationDelayTimer", NUMBER, 14, false, 0, U32},
    {"registrationFailureBlock", BOOLEAN, 15, false, 0, 0},
    {"bootstrapOnRegistrationFailure", BOOLEAN, 16, false, 0, 0},
    {"communicationRetryCount", NUMBER, 17, false, 0, U32},
    {"communicationRetryTimer", NUMBER, 18, false, 0, U32},
    {"communicationSequenceDelayTimer", NUMBER, 19, false, 0, U32},
    {"communicationSequenceRetryCount", NUMBER, 20, false, 0, U32},
    {"trigger", BOOLEAN, 21, false, 0, 0},
    {"preferredTransport", TEXT, 22, false, 0, 0},
    {"muteSend", BOOLEAN, 23, false, 0, 0},
    {"apnLink", IGNORED, 0, false, 0, 0},
    {NULL, IGNORED, 0, false, 0, 0},
};

static const struct member of_security[] = {
    {"uri", TEXT, 0, true, 0, 0},
    {"bootstrapServer", BOOLEAN, 1, true, 0, 0},
    {"securityMode", MODE, 2, true, 0, 0},
    {"publicKeyOrId", BYTES, 3, false, 0, 0},
    {"serverPublicKey", BYTES, 4, false, 0, 0},
    {"secretKey", HEX_BYTES, 5, false, 0, 0},
    {"smsSecurityMode", IGNORED, 0, false, 0, 0},
    {"smsBindingKeyParam", IGNORED, 0, false, 0, 0},
    {"smsBindingKeySecret", IGNORED, 0, false, 0, 0},
    {"serverSmsNumber", IGNORED, 0, false, 0, 0},
    {"serverId", NUMBER, 10, false, 0, 65535},
    {"clientOldOffTime", NUMBER, 11, false, 0, U32}, /* Leshan's spelling */
    {"clientHoldOffTime", NUMBER, 11, false, 0, U32},
    {"bootstrapServerAccountTimeout", NUMBER, 12, false, 0, U32},
    {"matchingType", NUMBER, 13, false, 0, 3},
    {"sni", TEXT, 14, false, 0, 0},
    {"certificateUsage", NUMBER, 15, false, 0, 3},
    {"cipherSuite", IGNORED, 0, false, 0, 0},
    {"oscoreSecurityMode", IGNORED, 0, false, 0, 0},
    {NULL, IGNORED, 0, false, 0, 0},
};

static const char *const modes[] = {"PSK", "RPK", "X509", "NO_SEC", "EST"};

static int mode_of(json_t *j)
{
    const char *text = json_string_value(j);
    for (int i = 0; text && i < 5; i++)
        if (strcasecmp(text, modes[i]) == 0) return i;
    return text && strcasecmp(text, "NOSEC") == 0 ? LP_SEC_NOSEC : -1;
}

/* ---- bytes ---- */

static bool byte_array(json_t *j)
{
    size_t i;
    json_t *b;
    if (!json_is_array(j)) return false;
    json_array_foreach(j, i, b) if (!json_is_integer(b) || json_integer_value(b) < -128 ||
                                    json_integer_value(b) > 255) return false;
    return true;
}

/* To be freed; n = 0 with p NULL: no bytes. */
static struct lp_span bytes_of(json_t *j, enum kind kind)
{
    size_t n = json_is_array(j) ? json_array_size(j) : json_string_length(j);
    uint8_t *p = mem_new(n + 1);
    if (json_is_array(j)) {
        for (size_t i = 0; i < n; i++) p[i] = (uint8_t)json_integer_value(json_array_get(j, i));
    } else if (kind == HEX_BYTES && hexa_bytes(json_string_value(j), n, p)) {
        n /= 2;
    } else {
        memcpy(p, json_string_value(j), n);
    }
    return (struct lp_span){p, n};
}

/* ["U","Q"] for "UQ". */
static bool letters(json_t *list)
{
    size_t i;
    json_t *j;
    json_array_foreach(list, i, j) if (json_string_length(j) != 1 ||
                                       !strchr("UMHTSNQ", json_string_value(j)[0])) return false;
    return json_array_size(list) > 0 && json_array_size(list) <= 7;
}

/* To be freed. */
static struct lp_span letters_of(json_t *list)
{
    size_t n = json_array_size(list);
    char *p = mem_new(n);
    for (size_t i = 0; i < n; i++) p[i] = json_string_value(json_array_get(list, i))[0];
    return (struct lp_span){p, n};
}

/* ---- checking ---- */

static bool fits(const struct member *m, json_t *j)
{
    switch (m->kind) {
    case LETTERS:
        if (json_is_array(j)) return letters(j);
        /* fall through */
    case TEXT:
        return json_is_string(j) && json_string_length(j) > 0 && json_string_length(j) <= 255;
    case NUMBER:
        return json_is_integer(j) && json_integer_value(j) >= m->least &&
               json_integer_value(j) <= m->most;
    case BOOLEAN: return json_is_boolean(j);
    case MODE: return mode_of(j) >= 0;
    case BYTES: return byte_array(j) || json_is_string(j);
    case HEX_BYTES: {
        size_t n = json_string_length(j);
        uint8_t *p = mem_new(n + 1);
        bool hex = json_is_string(j) && hexa_bytes(json_string_value(j), n, p);
        free(p);
        return byte_array(j) || hex;
    }
    default: return true;
    }
}

static const char *expected(const struct member *m, char text[80])
{
    switch (m->kind) {
    case TEXT: return "a text of 1 to 255 bytes";
    case LETTERS: return "a text or a list of letters: \"U\", [\"U\",\"Q\"]";
    case NUMBER:
        snprintf(text, 80, "a number from %lld to %lld", (long long)m->least, (long long)m->most);
        return text;
    case BOOLEAN: return "true or false";
    case MODE: return "PSK or NO_SEC (RPK, X509 and EST come with a later version)";
    case BYTES: return "a list of bytes, or a text";
    default: return "a list of bytes, or hex digits";
    }
}

static const char *check_members(const char *where, const char *id, json_t *j,
                                 const struct member *all, char why[200])
{
    const char *key;
    char text[80];
    json_t *v;
    if (!json_is_object(j)) return snprintf(why, 200, "%s/%s is to be an object", where, id), why;
    json_object_foreach(j, key, v)
    {
        const struct member *m = all;
        while (m->name && strcmp(m->name, key) != 0) m++;
        if (!m->name)
            return snprintf(why, 200, "%s/%s: there is no member '%.40s'", where, id, key), why;
        if (!json_is_null(v) && !fits(m, v))
            return snprintf(why, 200, "%s/%s/%s: expected %s", where, id, key, expected(m, text)),
                   why;
    }
    for (const struct member *m = all; m->name; m++) {
        json_t *given = json_object_get(j, m->name);
        if (m->needed && (!given || json_is_null(given)))
            return snprintf(why, 200, "%s/%s: %s is missing", where, id, m->name), why;
    }
    return NULL;
}

static bool is_empty(json_t *j)
{
    return json_is_array(j) ? json_array_size(j) == 0 : json_string_length(j) == 0;
}

/* Does the plan leave the servers (object 1) that the device has? Then accounts may refer to them. */
static bool keeps_servers(json_t *plan)
{
    size_t i;
    json_t *j;
    json_array_foreach(json_object_get(plan, "toDelete"), i, j)
    {
        const char *text = json_string_value(j);
        if (!text || strcmp(text, "/") == 0 || strcmp(text, "/1") == 0 ||
            strncmp(text, "/1/", 3) == 0)
            return false;
    }
    return true;
}

/* What goes beyond single members. */
static const char *check_security(const char *id, json_t *j, json_t *plan, char why[200])
{
    json_t *servers = json_object_get(plan, "servers");
    const char *uri = json_string_value(json_object_get(j, "uri"));
    int mode = mode_of(json_object_get(j, "securityMode"));
    bool bootstrap = json_is_true(json_object_get(j, "bootstrapServer")), found = false;
    if (mode != 0 && mode != LP_SEC_NOSEC)
        return snprintf(why, 200,
                        "security/%s: %s comes with a later version; there are PSK and NO_SEC", id,
                        modes[mode]),
               why;
    if (strncmp(uri, mode == 0 ? "coaps://" : "coap://", mode == 0 ? 8 : 7) != 0)
        return snprintf(why, 200, "security/%s: with %s the uri begins with %s", id, modes[mode],
                        mode == 0 ? "coaps://" : "coap://"),
               why;
    if (mode == 0 && (is_empty(json_object_get(j, "publicKeyOrId")) ||
                      is_empty(json_object_get(j, "secretKey"))))
        return snprintf(why, 200,
                        "security/%s: PSK needs publicKeyOrId (the identity) and secretKey", id),
               why;
    const char *key;
    json_t *server, *short_id = json_object_get(j, "serverId");
    json_object_foreach(servers, key, server) found |=
        json_equal(json_object_get(server, "shortId"), short_id);
    if (!bootstrap && !found && !(json_integer_value(short_id) > 0 && keeps_servers(plan)))
        return snprintf(why, 200,
                        "security/%s: serverId is not the shortId of one of the servers, and "
                        "toDelete takes away those that the device has",
                        id),
               why;
    return NULL;
}

static bool instance_id(const char *key)
{
    uint64_t id;
    return lp_get_uint((struct lp_span){key, strlen(key)}, &id) == 0 && id < LP_NONE;
}

static const char *check_object(json_t *plan, const char *name, const struct member *all,
                                char why[200])
{
    json_t *object = json_object_get(plan, name), *j;
    const char *id, *wrong;
    if (object && !json_is_object(object))
        return snprintf(why, 200, "%s is an object: {\"0\":{…}}", name), why;
    json_object_foreach(object, id, j)
    {
        if (!instance_id(id))
            return snprintf(why, 200, "%s/%.20s: the name is an instance id, 0 to 65534", name, id),
                   why;
        wrong = check_members(name, id, j, all, why);
        if (!wrong && all == of_security) wrong = check_security(id, j, plan, why);
        if (wrong) return wrong;
    }
    return NULL;
}

static const char *check_deletes(json_t *list, char why[200])
{
    size_t i;
    json_t *j;
    if (list && !json_is_array(list)) return "toDelete is a list of paths: [\"/0\",\"/1\"]";
    json_array_foreach(list, i, j)
    {
        struct lp_path p;
        const char *text = json_string_value(j);
        if (!text || lp_path_parse(&p, (struct lp_span){text, strlen(text)}) ||
            lp_path_level(&p) > LP_LEVEL_INSTANCE)
            return snprintf(why, 200,
                            "toDelete: \"%.40s\" is no path of an object or instance, or /",
                            text ? text : "?"),
                   why;
    }
    return NULL;
}

const char *plan_check(json_t *plan, char why[200])
{
    static const char *const known[] = {"servers",      "security", "oscore",
                                        "toDelete",     "acls",     "autoIdForSecurityObject",
                                        "contentFormat"};
    const char *key, *wrong;
    json_t *v;
    if (!json_is_object(plan))
        return "a plan is an object: {\"servers\":{…},\"security\":{…},\"toDelete\":[…]}";
    json_object_foreach(plan, key, v)
    {
        bool found = false;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            found |= strcmp(key, known[i]) == 0;
        if (!found)
            return snprintf(
                       why, 200,
                       "there is no member '%.40s'; there are servers, security, oscore, toDelete",
                       key),
                   why;
    }
    if (json_object_size(json_object_get(plan, "oscore")) ||
        json_object_size(json_object_get(plan, "acls")))
        return "oscore and acls come with a later version: leave them empty";
    if (json_is_true(json_object_get(plan, "autoIdForSecurityObject")))
        return "autoIdForSecurityObject comes with a later version: give the instance ids of "
               "object 0 yourself";
    wrong = check_object(plan, "servers", of_server, why);
    if (!wrong) wrong = check_object(plan, "security", of_security, why);
    if (!wrong) wrong = check_deletes(json_object_get(plan, "toDelete"), why);
    return wrong;
}

static void complete(json_t *object, const char *name, json_t *value)
{
    const char *id;
    json_t *j;
    json_object_foreach(object, id, j) if (json_is_object(j) && !json_object_get(j, name))
        json_object_set(j, name, value);
    json_decref(value);
}

void plan_complete(json_t *plan)
{
    json_t *servers = json_object_get(plan, "servers"),
           *security = json_object_get(plan, "security");
    complete(servers, "lifetime", json_integer(86400));
    complete(servers, "notifIfDisabled", json_true());
    complete(servers, "binding", json_string("U"));
    complete(security, "bootstrapServer", json_false());
}

/* ---- carrying out ---- */

static void add_member(struct node_values *vs, struct lp_path path, const struct member *m,
                       json_t *j)
{
    struct lp_value v = {0};
    path.res = m->res;
    switch (m->kind) {
    case TEXT:
    case LETTERS:
        v.type = LP_T_STRING;
        if (json_is_array(j))
            v.u.s = node_own(vs, letters_of(j));
        else
            v.u.s = (struct lp_span){json_string_value(j), json_string_length(j)};
        break;
    case NUMBER:
        v.type = LP_T_INT;
        v.u.i = json_integer_value(j);
        break;
    case BOOLEAN:
        v.type = LP_T_BOOL;
        v.u.b = json_is_true(j);
        break;
    case MODE:
        v.type = LP_T_INT;
        v.u.i = mode_of(j);
        break;
    case BYTES:
    case HEX_BYTES:
        v.type = LP_T_OPAQUE;
        v.u.s = node_own(vs, bytes_of(j, m->kind));
        break;
    default: return;
    }
    if (m->kind == NUMBER && m->least == -1 && v.u.i < 0) return; /* none */
    node_add(vs, &path, &v);
}

static void fill(struct plan_step *step, json_t *instance, const struct member *all)
{
    for (const struct member *m = all; m->name; m++) {
        json_t *j = json_object_get(instance, m->name);
        if (!j || json_is_null(j) || ((m->kind == BYTES || m->kind == HEX_BYTES) && is_empty(j)))
            continue;
        add_member(&step->values, step->path, m, j);
    }
}

static bool write_step(json_t *plan, const char *name, uint16_t object, const struct member *all,
                       unsigned *n, struct plan_step *step)
{
    const char *id;
    json_t *j;
    json_object_foreach(json_object_get(plan, name), id, j)
    {
        if (*n) {
            --*n;
            continue;
        }
        step->kind = PLAN_WRITE;
        step->path = LP_PATH_INST(object, strtoul(id, NULL, 10));
        fill(step, j, all);
        return true;
    }
    return false;
}

void plan_step(json_t *plan, unsigned n, struct plan_step *step)
{
    json_t *deletes = json_object_get(plan, "toDelete");
    *step = (struct plan_step){.kind = PLAN_DELETE};
    if (n < json_array_size(deletes)) {
        const char *text = json_string_value(json_array_get(deletes, n));
        lp_path_parse(&step->path, (struct lp_span){text, strlen(text)});
        return;
    }
    n -= (unsigned)json_array_size(deletes);
    if (write_step(plan, "security", 0, of_security, &n, step)) return;
    if (write_step(plan, "servers", 1, of_server, &n, step)) return;
    step->kind = n == 0 ? PLAN_FINISH : PLAN_END;
}

bool plan_has_key(json_t *plan)
{
    const char *id;
    json_t *j;
    json_object_foreach(json_object_get(plan, "security"), id, j)
    {
        json_t *key = json_object_get(j, "secretKey");
        if (key && !json_is_null(key) && !is_empty(key)) return true;
    }
    return false;
}

int plan_credential(json_t *plan, struct lp_span *identity, struct lp_span *key)
{
    const char *id;
    json_t *j;
    json_object_foreach(json_object_get(plan, "security"), id, j)
    {
        if (json_is_true(json_object_get(j, "bootstrapServer")) ||
            mode_of(json_object_get(j, "securityMode")) != 0)
            continue;
        *identity = bytes_of(json_object_get(j, "publicKeyOrId"), BYTES);
        *key = bytes_of(json_object_get(j, "secretKey"), HEX_BYTES);
        return 1;
    }
    return 0;
}
