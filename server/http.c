/* SPDX-License-Identifier: Apache-2.0
 *
 * http.c - see http.h: calls. Streams are in stream.c.
 *
 * Whoever may reach the port may use it, unless there is a token; but a web page that somebody opened in a browser on
 * this machine may not: calls from another origin, or for a host name that is not this machine's, are refused.
 */
#include "server/http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/log.h"
#include "server/mem.h"
#include "server/page.h"
#include "server/rest.h"
#include "server/stream.h"

#define CONNECTIONS 900
#define IDLE_S      60u
#define PARAMS      32
#define BODIES      (64u << 20) /* bytes of all bodies */

struct http {
    struct server *s;
    struct MHD_Daemon *daemon;
    const char *token;
    struct streams streams;
    size_t bodies; /* bytes */
    bool stopping;
};

struct call {
    struct rest r;
    struct http *h;
    struct MHD_Connection *c;
    char *url, *body;
    size_t n, cap;
    struct rest_param params[PARAMS];
    bool begun, suspended, answered, too_large, no_room;
};

/* ---- answers ---- */

static enum MHD_Result queue(struct MHD_Connection *c, unsigned status, const char *type,
                             struct MHD_Response *m)
{
    MHD_add_response_header(m, "Content-Type", type);
    MHD_add_response_header(m, "Cache-Control", "no-store");
    MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
    if (status == 401) MHD_add_response_header(m, "WWW-Authenticate", "Bearer");
    enum MHD_Result result = MHD_queue_response(c, status, m);
    MHD_destroy_response(m);
    return result;
}

static enum MHD_Result queue_text(struct MHD_Connection *c, unsigned status, const char *text)
{
    return queue(c, status, "text/plain; charset=utf-8",
                 MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
                                                 MHD_RESPMEM_PERSISTENT));
}

static enum MHD_Result queue_answer(struct call *call)
{
    struct rest *r = &call->r;
    struct MHD_Response *m =
        MHD_create_response_from_buffer(r->text_n, r->text, MHD_RESPMEM_MUST_FREE);
    r->text = NULL;
    return queue(call->c, (unsigned)r->status, r->type, m);
}

static void answered(struct rest *r)
{
    struct call *call = container_of(r, struct call, r);
    call->answered = true;
    if (!call->suspended) return;
    call->suspended = false;
    call->h->streams.due = true;
    MHD_resume_connection(call->c);
}

/* ---- who may ---- */

static const char *header(struct MHD_Connection *c, const char *name)
{
    return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static bool same_text(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    unsigned char differ = n != m;
    for (size_t i = 0; i < n; i++) differ |= (unsigned char)(a[i] ^ b[m ? i % m : 0]);
    return !differ;
}

/* A name that only begins like an address, 127.0.0.1.example.com, is somebody's name. */
static bool is_loopback(const char *name)
{
    uint8_t a[4];
    return inet_pton(AF_INET, name, a) == 1 && a[0] == 127;
}

static bool host_is_local(const char *host)
{
    char name[64];
    size_t n = host ? strcspn(host, host[0] == '[' ? "]" : ":") : 0;
    if (!n || n >= sizeof(name)) return !host;
    memcpy(name, host, n);
    name[n] = 0;
    return strcasecmp(name, "localhost") == 0 || is_loopback(name) || strcmp(name, "[::1") == 0;
}

/* NULL: fine. */
static const char *refusal(const struct http *h, struct MHD_Connection *c, bool page,
                           unsigned *status)
{
    const char *auth = header(c, "Authorization"), *origin = header(c, "Origin"),
               *host = header(c, "Host");
    *status = 403;
    if (origin && (!host || strncmp(origin, "http", 4) != 0 || !strstr(origin, "://") ||
                   strcasecmp(strstr(origin, "://") + 3, host) != 0))
        return "calls from another origin are refused";
    if (!h->token)
        return host_is_local(host)
                   ? NULL
                   : "this host name is not this machine's: use 127.0.0.1, or start with --token";
    if (page) return NULL; /* it knows nothing */
    *status = 401;
    if (auth && strncasecmp(auth, "Bearer ", 7) == 0 && same_text(h->token, auth + 7)) return NULL;
    return "a token is needed: Authorization: Bearer TOKEN (that of --token or LIMPET_TOKEN)";
}

/* ---- a call ---- */

static int digit(char c)
{
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

/* %41 and, in a query, + in place; a %00 ends the text. */
static void unescape(char *s, bool plus)
{
    char *to = s;
    for (; *s; s++) {
        if (s[0] == '%' && digit(s[1]) >= 0 && digit(s[2]) >= 0) {
            *to++ = (char)(digit(s[1]) << 4 | digit(s[2]));
            s += 2;
        } else {
            *to++ = plus && *s == '+' ? ' ' : *s;
        }
    }
    *to = 0;
}

static enum MHD_Result take_param(void *ctx, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct call *call = ctx;
    struct rest *r = &call->r;
    (void)kind;
    if (r->n_params == PARAMS) return MHD_NO;
    struct rest_param *p = &call->params[r->n_params++];
    p->name = mem_text(name);
    p->value = mem_text(value);
    unescape(p->name, true);
    if (p->value) unescape(p->value, true);
    return MHD_YES;
}

/* Segments behind prefix; -1: too many. */
static int split(struct call *call, const char *prefix)
{
    char *rest = NULL;
    for (char *s = strtok_r(call->url + strlen(prefix), "/", &rest); s;
         s = strtok_r(NULL, "/", &rest)) {
        if (call->r.n == REST_SEGMENTS) return -1;
        unescape(s, false);
        call->r.segment[call->r.n++] = s;
    }
    return 0;
}

static enum MHD_Result serve_page(struct call *call)
{
    return queue(call->c, 200, "text/html; charset=utf-8",
                 MHD_create_response_from_buffer(strlen(page_html), (void *)(uintptr_t)page_html,
                                                 MHD_RESPMEM_PERSISTENT));
}

static enum MHD_Result serve_events(struct call *call)
{
    const struct rest *r = &call->r;
    const char *ep = NULL;
    if (strcmp(r->method, "GET") != 0) return queue_text(call->c, 405, "only GET is possible here");
    if (!rest_param(r, "ep", &ep) && r->n_params && !r->params[0].value) ep = r->params[0].name;
    struct MHD_Response *m = stream_new(&call->h->streams, call->c, ep && *ep ? ep : NULL);
    if (!m) return queue_text(call->c, 503, "too many event streams are open");
    return queue(call->c, 200, "text/event-stream", m);
}

static void drop_body(struct call *call)
{
    free(call->body);
    call->body = NULL;
    call->h->bodies -= call->cap;
    call->n = call->cap = 0;
}

static enum MHD_Result begin(struct call *call)
{
    bool api = strcmp(call->url, "/api") == 0 || strncmp(call->url, "/api/", 5) == 0;
    bool page = strcmp(call->url, "/") == 0 || strcmp(call->url, "/index.html") == 0;
    unsigned status;
    const char *no = refusal(call->h, call->c, page, &status);
    call->begun = true;
    if (no) return queue_text(call->c, status, no);
    if (call->h->stopping) return queue_text(call->c, 503, "the server is stopping");
    if (call->too_large) return queue_text(call->c, 413, "a body has 16 MiB at most");
    if (call->no_room) return queue_text(call->c, 503, "too many large bodies are under way");
    if (page) return serve_page(call);
    MHD_get_connection_values(call->c, MHD_GET_ARGUMENT_KIND, take_param, call);
    call->r.params = call->params;
    if (split(call, api ? "/api" : "") != 0)
        return queue_text(call->c, 404, "there is nothing this deep");
    if (call->r.n == 1 && strcmp(call->r.segment[0], "event") == 0) return serve_events(call);
    if (!api) return queue_text(call->c, 404, "there are / and /api");
    call->r.body = call->body;
    call->r.body_n = call->n;
    rest_handle(&call->r);
    call->r.body = NULL;
    drop_body(call);
    if (call->answered) return queue_answer(call);
    call->suspended = true;
    MHD_suspend_connection(call->c);
    return MHD_YES;
}

static void append(struct call *call, const char *p, size_t n)
{
    size_t more = call->n + n + 1 > call->cap ? (call->n + n + 1) * 2 - call->cap : 0;
    call->too_large = call->n + n > REST_BODY;
    call->no_room = call->h->bodies + more > BODIES;
    if (call->too_large || call->no_room) {
        drop_body(call);
        return;
    }
    if (more) {
        call->cap += more;
        call->h->bodies += more;
        call->body = mem_grow(call->body, call->cap);
    }
    memcpy(call->body + call->n, p, n);
    call->n += n;
    call->body[call->n] = 0;
}

static struct call *call_new(struct http *h, struct MHD_Connection *c, const char *url,
                             const char *method)
{
    struct call *call = mem_new(sizeof(*call));
    call->h = h;
    call->c = c;
    call->url = mem_text(url);
    call->r.s = h->s;
    call->r.method = strcmp(method, "HEAD") == 0 ? "GET" : method;
    call->r.content_type = header(c, "Content-Type");
    call->r.answered = answered;
    return call;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *data, size_t *n,
                              void **state)
{
    struct call *call = *state;
    unsigned status;
    (void)version;
    if (!call) {
        *state = call = call_new(ctx, c, url, method);
        const char *no = refusal(call->h, c, strcmp(url, "/") == 0, &status);
        return no ? queue_text(c, status, no) : MHD_YES; /* before a body is taken */
    }
    if (*n) {
        if (!call->too_large && !call->no_room) append(call, data, *n);
        *n = 0;
        return MHD_YES;
    }
    if (!call->begun) return begin(call);
    return call->answered ? queue_answer(call) : MHD_YES;
}

static void completed(void *ctx, struct MHD_Connection *c, void **state,
                      enum MHD_RequestTerminationCode why)
{
    struct call *call = *state;
    (void)ctx, (void)c, (void)why;
    if (!call) return;
    for (unsigned i = 0; i < call->r.n_params; i++) {
        free(call->params[i].name);
        free(call->params[i].value);
    }
    free(call->r.text);
    free(call->url);
    drop_body(call);
    free(call);
    *state = NULL;
}

/* Segments and parameters are taken apart first. */
static size_t keep_escaped(void *ctx, struct MHD_Connection *c, char *s)
{
    (void)ctx, (void)c;
    return strlen(s);
}

static void no_log(void *ctx, const char *format, va_list args)
{
    (void)ctx, (void)format, (void)args;
}

/* ---- the daemon ---- */

struct http *http_start(struct server *s, int fd, const char *token)
{
    struct http *h = mem_new(sizeof(*h));
    h->s = s;
    h->token = token;
    streams_init(&h->streams, s);
    h->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
                                 NULL, NULL, handle, h, MHD_OPTION_EXTERNAL_LOGGER, no_log, NULL,
                                 MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
                                 CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
                                 MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
                                 MHD_OPTION_UNESCAPE_CALLBACK, keep_escaped, NULL, MHD_OPTION_END);
    if (h->daemon) return h;
    free(h);
    return NULL;
}

int http_fd(const struct http *h)
{
    return MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

uint32_t http_wait(const struct http *h)
{
    MHD_UNSIGNED_LONG_LONG ms;
    if (h->streams.due) return 0;
    if (MHD_get_timeout(h->daemon, &ms) != MHD_YES) return UINT32_MAX;
    return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX - 1;
}

void http_run(struct http *h)
{
    h->streams.due = false;
    MHD_run(h->daemon);
}

void http_stopping(struct http *h)
{
    h->stopping = true;
    streams_end(&h->streams);
}

void http_stop(struct http *h)
{
    for (int i = 0; i < 3; i++) MHD_run(h->daemon); /* last answers go out */
    MHD_stop_daemon(h->daemon);
    free(h);
}
