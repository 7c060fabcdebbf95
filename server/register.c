/* SPDX-License-Identifier: Apache-2.0
 *
 * register.c - Register, Update, Deregister (core 1.1, 6.2): from the parameters of a request to a registration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/fmt.h"
#include "bytes/num.h"
#include "bytes/value.h"
#include "server/log.h"
#include "server/mem.h"
#include "server/peer.h"
#include "server/reg.h"
#include "server/serve.h"
#include "server/session.h"

struct asked { /* the parameters of a request; texts are owned */
    char *endpoint, *binding, *sms;
    bool has_version, version_known;
    int version;
    struct reg_news news;
    const char *wrong; /* what, or NULL */
};

static void asked_free(struct asked *a)
{
    free(a->endpoint);
    free(a->binding);
    free(a->sms);
    json_decref(a->news.attributes);
}

static char *text_of(struct lp_span s)
{
    return mem_copy(s.p, s.n);
}

/* A text that can be shown: UTF-8 without control characters. */
static bool printable(struct lp_span s)
{
    const uint8_t *p = s.p;
    for (size_t i = 0; i < s.n; i++)
        if (p[i] < 0x20 || p[i] == 0x7f) return false;
    return lp_utf8(s);
}

static void take_lifetime(struct asked *a, struct lp_span v)
{
    uint64_t s;
    if (lp_get_uint(v, &s) != 0 || s > UINT32_MAX) {
        a->wrong = "lt is a number of seconds, 0 (for ever) to 4294967295";
        return;
    }
    a->news.has_lifetime = true;
    a->news.lifetime_s = (uint32_t)s;
}

static void take_version(struct asked *a, struct lp_span v)
{
    a->has_version = true;
    a->version = lp_span_is(v, "1.0") ? 10 : lp_span_is(v, "1.1") ? 11 : 0;
}

static void take_other(struct asked *a, struct lp_span name, struct lp_span value, bool has_value)
{
    char key[64];
    if (name.n >= sizeof(key)) return;
    memcpy(key, name.p, name.n);
    key[name.n] = 0;
    if (!a->news.attributes) a->news.attributes = json_object();
    json_object_set_new(a->news.attributes, key,
                        has_value ? json_stringn(value.p, value.n) : json_string(""));
}

static void take(struct asked *a, struct lp_span q)
{
    const char *p = q.p;
    size_t n = 0;
    while (n < q.n && p[n] != '=') n++;
    struct lp_span name = {p, n}, value = {p + n + 1, n < q.n ? q.n - n - 1 : 0};
    bool has_value = n < q.n;
    if (!printable(q))
        a->wrong = "a parameter is not a printable text";
    else if (lp_span_is(name, "ep") && !a->endpoint)
        a->endpoint = text_of(value);
    else if (lp_span_is(name, "lt"))
        take_lifetime(a, value);
    else if (lp_span_is(name, "lwm2m"))
        take_version(a, value);
    else if (lp_span_is(name, "b") && !a->binding)
        a->binding = text_of(value);
    else if (lp_span_is(name, "sms") && !a->sms)
        a->sms = text_of(value);
    else if (lp_span_is(name, "Q") && !has_value)
        a->news.has_queue_mode = a->news.queue_mode = true;
    else
        take_other(a, name, value, has_value);
}

/* 1.0: U, UQ, S, SQ, US, UQS. 1.1: letters of U, M, H, T, S, N, each once; Q is a parameter of its own. */
static bool binding_valid(const char *b, int version)
{
    static const char *const v10[] = {"U", "UQ", "S", "SQ", "US", "UQS"};
    if (version == 10) {
        for (size_t i = 0; i < sizeof(v10) / sizeof(v10[0]); i++)
            if (strcmp(b, v10[i]) == 0) return true;
        return false;
    }
    for (const char *c = b; *c; c++)
        if (!strchr("UMHTSN", *c) || strchr(c + 1, *c)) return false;
    return *b != 0;
}

/* What depends on the version. */
static void check(struct asked *a, int version)
{
    if (a->wrong) return;
    if (a->binding && !binding_valid(a->binding, version))
        a->wrong =
            version == 10
                ? "b is U, UQ, S, SQ, US or UQS in LwM2M 1.0"
                : "b has letters of U, M, H, T, S, N in LwM2M 1.1; queue mode is the parameter Q";
    else if (version == 10 && a->news.has_queue_mode)
        a->wrong = "Q is not known in LwM2M 1.0: queue mode is b=UQ";
    if (version == 10 && a->binding) {
        a->news.has_queue_mode = true;
        a->news.queue_mode = strchr(a->binding, 'Q') != NULL;
    }
    a->news.binding = a->binding;
    a->news.sms = a->sms;
}

static void read_parameters(struct asked *a, const struct lp_coap *m)
{
    struct lp_option_iter at = {0};
    struct lp_option o;
    *a = (struct asked){0};
    while (lp_coap_next(m, &at, &o))
        if (o.number == LP_OPT_URI_QUERY) take(a, o.value);
}

static bool links_given(const struct lp_coap *m, struct asked *a)
{
    uint32_t format;
    bool other = lp_coap_uint(m, LP_OPT_CONTENT_FORMAT, 2, &format) == 1 && format != LP_FMT_LINK;
    if (other) a->wrong = "the payload is the list of objects in link format (40)";
    return !other;
}

/* ---- Register ---- */

static bool may_manage(const struct peer *p, const char *endpoint)
{
    if (!p->dtls) return !creds_needed(p->s, endpoint, false);
    return p->auth.may_register && p->auth.endpoint && strcmp(p->auth.endpoint, endpoint) == 0;
}

/* 0, or the code of the answer and a->wrong. */
static uint8_t check_register(struct peer *p, const struct lp_coap *m, struct asked *a)
{
    read_parameters(a, m);
    check(a, a->version);
    if (!a->has_version) a->wrong = "lwm2m=1.1 (or 1.0) is missing";
    if (!a->endpoint || !*a->endpoint) a->wrong = "ep= (the endpoint name) is missing";
    if (a->endpoint && strlen(a->endpoint) > REG_ENDPOINT) a->wrong = "ep has 255 bytes at most";
    if (a->has_version && !a->version && a->endpoint && *a->endpoint) {
        a->wrong = "LwM2M 1.0 and 1.1 are spoken here";
        return LP_PRECONDITION_FAILED;
    }
    if (a->wrong || !links_given(m, a)) return LP_BAD_REQUEST;
    if (!may_manage(p, a->endpoint)) {
        a->wrong = p->dtls ? "this credential belongs to another endpoint or role"
                           : "this endpoint has a credential: coaps is needed";
        return LP_FORBIDDEN;
    }
    return 0;
}

bool register_plausible(struct peer *p, const struct lp_coap *m)
{
    struct asked a;
    bool good = check_register(p, m, &a) == 0;
    asked_free(&a);
    return good;
}

static void refuse(const struct request *r, const struct asked *a, uint8_t code)
{
    char at[ADDR_TEXT], text[5];
    lp_coap_code_text(code, text);
    log_event("refused", a->endpoint, "%s to %s: %s", text, addr_text(&r->p->addr, at), a->wrong);
    serve_error(r, code, a->wrong);
}

void register_new(const struct request *r)
{
    struct asked a;
    uint8_t code = check_register(r->p, r->m, &a);
    struct peer *p;
    struct reg *reg = NULL;
    if (!code && !links_valid(r->payload)) {
        code = LP_BAD_REQUEST;
        a.wrong = r->payload.n
                      ? "the list of objects is not in link format, or has more than 1000 links"
                      : "the list of objects is missing";
    }
    if (code) {
        refuse(r, &a, code);
    } else if (!reg_fits(r->p->s, r->payload) || (p = peer_keep(r->p)) == NULL) {
        serve_error(r, LP_SERVICE_UNAVAILABLE, "the server is full");
    } else {
        a.news.links = r->payload;
        reg = reg_add(p->s, p, a.endpoint, a.version, &a.news);
        serve_answer(
            r, p,
            reg ? &(struct answer){.code = LP_CREATED, .location = {"rd", reg->id}}
                : &(struct answer){.code = LP_INTERNAL_ERROR, .text = "the database failed"});
        if (reg) {
            session_registered(p->s, reg->endpoint);
            outbox_pump(&reg->box);
        }
    }
    asked_free(&a);
}

/* ---- Update, Deregister ---- */

/* The registration; NULL: answered. */
static struct reg *find(const struct request *r)
{
    struct reg *reg = reg_find_id(r->p->s, r->path[1]);
    if (!reg) {
        serve_error(r, LP_CODE_NOT_FOUND, "no such registration: register again");
        return NULL;
    }
    bool secure = r->p->dtls != NULL;
    if (secure != reg->secure || (secure && !reg_is_of(reg, r->p))) {
        serve_error(r, LP_FORBIDDEN, "this registration was made with another credential");
        return NULL;
    }
    if (!may_manage(r->p, reg->endpoint)) {
        serve_error(r, LP_FORBIDDEN, "this credential is not, or no more, good for this");
        return NULL;
    }
    return reg;
}

/* How the device is reached from now on. Without security a device whose address has changed says so by its Update: its
 * peer moves, so that what is outstanding goes to the new address. */
static struct peer *follow(struct reg *reg, struct peer *p)
{
    struct peer *known = reg->box.peer;
    if (!peer_is_visitor(p)) return p;
    if (!known || known->dtls) return peer_keep(p);
    peer_moved(known, &p->addr);
    return known;
}

void register_update(const struct request *r)
{
    struct reg *reg = find(r);
    struct asked a;
    if (!reg) return;
    read_parameters(&a, r->m);
    check(&a, reg->version);
    if (a.endpoint || a.has_version) a.wrong = "ep and lwm2m cannot change: register again";
    if (!a.wrong && r->payload.n && links_given(r->m, &a) && !links_valid(r->payload))
        a.wrong = "the list of objects is not in link format, or has more than 1000 links";
    if (a.wrong) {
        refuse(r, &a, LP_BAD_REQUEST);
    } else if (!reg_fits(r->p->s, r->payload)) {
        serve_error(r, LP_SERVICE_UNAVAILABLE, "the server is full");
    } else {
        struct peer *p = follow(reg, r->p);
        a.news.links = r->payload;
        bool stored = p && reg_update(reg, p, &a.news) == 0;
        serve_answer(r, p ? p : r->p,
                     &(struct answer){.code = stored ? LP_CHANGED
                                              : p    ? LP_INTERNAL_ERROR
                                                     : LP_SERVICE_UNAVAILABLE});
        outbox_pump(&reg->box);
    }
    asked_free(&a);
}

void register_delete(const struct request *r)
{
    struct reg *reg = find(r);
    if (!reg) return;
    struct peer *p = follow(reg, r->p);
    reg_remove(reg, "the device left");
    serve_answer(r, p ? p : r->p, &(struct answer){.code = LP_DELETED});
}
