/* SPDX-License-Identifier: Apache-2.0
 *
 * events.c - the library's events as the ones of this program (docs/limpet-client.1.md).
 *
 * What a server writes and executes is known to the handlers first; for whom it was, only to the event of the request
 * that follows. Until then it waits in d->news.
 */
#include "client/app.h"

#include <stdio.h>
#include <string.h>

#include "bytes/coap.h"
#include "bytes/path.h"
#include "client/builtin.h"
#include "client/values.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const op_names[] = {
    [LP_OP_NONE] = "other",
    [LP_OP_READ] = "read",
    [LP_OP_WRITE] = "write",
    [LP_OP_EXECUTE] = "execute",
    [LP_OP_CREATE] = "create",
    [LP_OP_DELETE] = "delete",
    [LP_OP_DISCOVER] = "discover",
    [LP_OP_ATTRIBUTES] = "attributes",
    [LP_OP_OBSERVE] = "observe",
    [LP_OP_CANCEL] = "cancel",
    [LP_OP_READ_COMPOSITE] = "read-composite",
    [LP_OP_WRITE_COMPOSITE] = "write-composite",
    [LP_OP_OBSERVE_COMPOSITE] = "observe-composite",
    [LP_OP_CANCEL_COMPOSITE] = "cancel-composite",
    [LP_OP_FINISH] = "finish",
    [LP_OP_SEND] = "send",
};
static const char *const end_names[] = {"cancel", "reset", "timeout", "deleted"};
static const char *const bootstrap_names[] = {"started", "finished", "failed"};
static const char *const security_names[] = {"PSK", "RPK", "X509", "NoSec", "EST"};
static const char *const state_names[] = {"off",           "wait",         "connecting",
                                          "registering",   "registered",   "updating",
                                          "deregistering", "bootstrapping"};
static const char *const error_words[] = {
    [-LP_AGAIN] = "again",
    [-LP_PENDING] = "pending",
    [-LP_ERR_FORMAT] = "format",
    [-LP_ERR_VALUE] = "value",
    [-LP_ERR_DENIED] = "denied",
    [-LP_ERR_NOT_FOUND] = "not_found",
    [-LP_ERR_METHOD] = "method",
    [-LP_ERR_ACCEPT] = "not_acceptable",
    [-LP_ERR_INCOMPLETE] = "incomplete",
    [-LP_ERR_CONDITION] = "condition",
    [-LP_ERR_TOO_LARGE] = "too_large",
    [-LP_ERR_CONTENT] = "content_format",
    [-LP_ERR_OPTION] = "option",
    [-LP_ERR_INTERNAL] = "internal",
    [-LP_ERR_FULL] = "full",
    [-LP_ERR_STORE] = "store",
    [-LP_ERR_NET] = "network",
    [-LP_ERR_TIMEOUT] = "timeout",
    [-LP_ERR_RESET] = "reset",
    [-LP_ERR_TLS] = "tls",
    [-LP_ERR_RANDOM] = "random",
    [-LP_ERR_STATE] = "state",
    [-LP_ERR_PEER] = "peer",
};

static const char *name_in(const char *const *names, size_t n, size_t i)
{
    return i < n && names[i] ? names[i] : "unknown";
}
#define NAME(table, i) name_in(table, COUNT(table), (size_t)(i))

const char *error_word(int err)
{
    return NAME(error_words, -err);
}

json_t *event_new(const struct device *d, const char *name)
{
    return output_event(&d->app->out, d->endpoint, name);
}

void event_put(struct device *d, json_t *event)
{
    output_put(&d->app->out, event);
}

static void put_text(json_t *j, const char *name, const char *text)
{
    json_object_set_new(j, name, json_string(text));
}

static void put_int(json_t *j, const char *name, json_int_t v)
{
    json_object_set_new(j, name, json_integer(v));
}

static void put_path(json_t *j, const struct lp_path *path)
{
    char text[LP_PATH_TEXT];
    put_text(j, "path", lp_path_text(path, text));
}

static void put_error(json_t *j, const struct lp_event *ev)
{
    char code[5];
    if (ev->err == 0) return;
    if (ev->err == LP_ERR_PEER && ev->code) {
        lp_coap_code_text(ev->code, code);
        put_text(j, "error", code);
    } else {
        put_text(j, "error", error_word(ev->err));
    }
    put_text(j, "text", lp_strerror(ev->err));
}

static void put_retry(json_t *j, const struct lp_event *ev)
{
    if (ev->err && ev->retry_ms != LP_NO_RETRY) put_int(j, "retry_ms", ev->retry_ms);
}

/* ---- servers ------------------------------------------------------------------------------------------------- */

static bool server_info(const struct device *d, uint16_t id, struct lp_server_info *info)
{
    for (unsigned i = 0; lp_client_server(&d->client, i, info) == 0; i++)
        if (info->server == id) return true;
    return false;
}

json_t *status_servers(struct device *d)
{
    struct lp_server_info info;
    json_t *list = json_array();
    for (unsigned i = 0; lp_client_server(&d->client, i, &info) == 0; i++) {
        json_t *s = json_object();
        put_int(s, "id", info.server);
        put_text(s, "state", NAME(state_names, info.state));
        put_text(s, "uri", info.uri);
        put_text(s, "security", NAME(security_names, info.mode));
        if (info.location && info.location[0]) put_text(s, "location", info.location);
        if (info.server) put_int(s, "lifetime", info.lifetime_s);
        json_object_set_new(s, "asleep", json_boolean(info.asleep));
        json_array_append_new(list, s);
    }
    return list;
}

/* ---- what handlers did --------------------------------------------------------------------------------------- */

void event_news(struct device *d, const char *event, const struct lp_path *path, const char *member,
                json_t *value)
{
    char text[LP_PATH_TEXT];
    if (d->local) {
        json_decref(value);
        return;
    }
    json_t *j = event_new(d, event);
    put_text(j, "path", lp_path_text(path, text));
    json_object_set_new(j, member, value);
    json_array_append_new(d->news, j);
}

static bool news_below(const json_t *news, const struct lp_path *path)
{
    struct lp_path at;
    const json_t *text = json_object_get(news, "path");
    if (lp_path_parse(&at, (struct lp_span){json_string_value(text), json_string_length(text)}))
        return true;
    return lp_path_covers(path, &at);
}

/* What stands first and belongs to the request at path goes out with its server's name. */
static void flush_news(struct device *d, const struct lp_path *path, uint16_t server)
{
    json_t *first;
    while ((first = json_array_get(d->news, 0)) && news_below(first, path)) {
        put_int(first, "server", server);
        event_put(d, json_incref(first));
        json_array_remove(d->news, 0);
    }
}

/* ---- writes to objects that the library serves itself (/1, /2) --------------------------------------------------- */

static void put_changed(struct device *d, const struct lp_path *path, uint16_t server)
{
    struct lp_value v;
    uint8_t buf[LP_MAX_URI + 1];
    if (lp_client_get(&d->client, path, &v, buf, sizeof buf)) return;
    json_t *j = event_new(d, "changed"), *value = json_of_value(&v);
    put_path(j, path);
    json_object_set_new(j, "value", value ? value : json_null());
    put_int(j, "server", server);
    event_put(d, j);
}

/* A whole instance was written: all that can be written and is there. */
static void put_changed_instance(struct device *d, const struct lp_event *ev)
{
    const struct lp_res *res;
    struct lp_path path = ev->path;
    for (unsigned i = 0; (res = core_row(path.obj, i)); i++) {
        path.res = res->id;
        if (res->ops & LP_W) put_changed(d, &path, ev->server);
    }
}

static void core_news(struct device *d, const struct lp_event *ev)
{
    bool done = ev->code >> 5 == 2;
    if (!done || ev->path.obj == 0 || ev->path.obj > 2 || ev->path.inst == LP_NONE) return;
    if (ev->op == LP_OP_EXECUTE) {
        json_t *j = event_new(d, "executed");
        put_path(j, &ev->path);
        put_text(j, "args", "");
        put_int(j, "server", ev->server);
        event_put(d, j);
    } else if (ev->op == LP_OP_WRITE && ev->path.res != LP_NONE) {
        put_changed(d, &ev->path, ev->server);
    } else if (ev->op == LP_OP_WRITE) {
        put_changed_instance(d, ev);
    }
}

/* ---- the library's events ------------------------------------------------------------------------------------ */

static void connected(struct device *d, const struct lp_event *ev, json_t *j)
{
    struct lp_server_info info;
    if (server_info(d, ev->server, &info)) {
        put_text(j, "uri", info.uri);
        put_text(j, "security", NAME(security_names, info.mode));
    }
    json_object_set_new(j, "resumed", json_boolean(ev->resumed));
    json_object_set_new(j, "cid", ev->cid < 0 ? json_null() : json_integer(ev->cid));
}

static void bootstrap(struct device *d, const struct lp_event *ev, json_t *j)
{
    (void)d;
    put_text(j, "state", NAME(bootstrap_names, ev->state));
    put_error(j, ev);
    put_retry(j, ev);
}

static void registered(struct device *d, const struct lp_event *ev, json_t *j)
{
    struct lp_server_info info;
    if (!server_info(d, ev->server, &info)) return;
    put_text(j, "location", info.location ? info.location : "");
    put_int(j, "lifetime", info.lifetime_s);
}

static void failed(struct device *d, const struct lp_event *ev, json_t *j)
{
    (void)d;
    put_error(j, ev);
    put_retry(j, ev);
}

static void ended(struct device *d, const struct lp_event *ev, json_t *j)
{
    (void)d;
    put_error(j, ev);
}

static void request(struct device *d, const struct lp_event *ev, json_t *j)
{
    char code[5];
    (void)d;
    lp_coap_code_text(ev->code, code);
    put_text(j, "op", NAME(op_names, ev->op));
    put_path(j, &ev->path);
    put_text(j, "code", code);
}

static void observation_ended(struct device *d, const struct lp_event *ev, json_t *j)
{
    (void)d;
    put_path(j, &ev->path);
    put_text(j, "why", NAME(end_names, ev->state));
}

static void delivered(struct device *d, const struct lp_event *ev, json_t *j)
{
    (void)d;
    put_text(j, "what", ev->op == LP_OP_SEND ? "send" : "notify");
    put_path(j, &ev->path);
    json_object_set_new(j, "ok", json_boolean(ev->err == 0));
    put_error(j, ev);
}

static const struct {
    const char *name;
    void (*members)(struct device *, const struct lp_event *, json_t *);
} kinds[] = {
    [LP_EV_CONNECTED] = {"connected", connected},
    [LP_EV_DISCONNECTED] = {"disconnected", ended},
    [LP_EV_BOOTSTRAP] = {"bootstrap", bootstrap},
    [LP_EV_REGISTERED] = {"registered", registered},
    [LP_EV_REGISTRATION_FAILED] = {"registration_failed", failed},
    [LP_EV_UPDATED] = {"updated", registered},
    [LP_EV_UPDATE_FAILED] = {"update_failed", ended},
    [LP_EV_DEREGISTERED] = {"deregistered", ended},
    [LP_EV_REQUEST] = {"request", request},
    [LP_EV_OBSERVATION_ENDED] = {"observation_ended", observation_ended},
    [LP_EV_DELIVERED] = {"delivered", delivered},
    [LP_EV_SLEEP] = {"sleep", NULL},
    [LP_EV_AWAKE] = {"awake", NULL},
};

static void put(struct device *d, const struct lp_event *ev)
{
    if (ev->kind >= COUNT(kinds) || !kinds[ev->kind].name) return;
    json_t *j = event_new(d, kinds[ev->kind].name);
    if (ev->kind != LP_EV_BOOTSTRAP) put_int(j, "server", ev->server);
    if (kinds[ev->kind].members) kinds[ev->kind].members(d, ev, j);
    event_put(d, j);
}

void events_drain(struct device *d)
{
    struct lp_event ev;
    uint16_t server = 0;
    while (lp_event(&d->client, &ev) > 0) {
        server = ev.server;
        if (ev.kind == LP_EV_REQUEST) {
            core_news(d, &ev);
            flush_news(d, &ev.path, ev.server);
            if (!ev.code) continue; /* the same comes once more when it is answered */
        }
        put(d, &ev);
    }
    flush_news(d, &LP_ROOT, server); /* whose event was dropped */
}
