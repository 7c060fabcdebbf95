/* SPDX-License-Identifier: Apache-2.0
 *
 * stream.c - see stream.h.
 */
#include "server/stream.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "server/mem.h"

struct stream {
    struct listener listener;
    struct streams *all;
    struct stream *next;
    struct MHD_Connection *c;
    char *buf; /* [at, n) is to be sent */
    size_t at, n, cap;
    bool suspended, over; /* over: ends when buf is empty */
};

static void wake(struct stream *st)
{
    if (!st->suspended) return;
    st->suspended = false;
    st->all->due = true;
    MHD_resume_connection(st->c);
}

static bool has_room(const struct stream *st, size_t n)
{
    return st->n - st->at + n <= STREAM_BUFFER;
}

static void put(struct stream *st, const char *text)
{
    size_t n = strlen(text);
    if (st->over) return;
    if (st->at) {
        memmove(st->buf, st->buf + st->at, st->n - st->at);
        st->n -= st->at;
        st->at = 0;
    }
    if (!has_room(st, n)) {
        st->over = true;
        st->n = 0;
        return;
    }
    if (st->n + n > st->cap) {
        st->cap = (st->n + n) * 2;
        st->buf = mem_grow(st->buf, st->cap);
    }
    memcpy(st->buf + st->n, text, n);
    st->n += n;
}

static void put_event(struct stream *st, const char *name, const char *data)
{
    put(st, "event: ");
    put(st, name);
    put(st, "\ndata: ");
    put(st, data);
    put(st, "\n\n");
    wake(st);
}

/* Instead of a large event that there is no room for; its reader may keep up with all else. */
static void event(struct listener *l, const char *name, const char *endpoint, const char *data)
{
    struct stream *st = container_of(l, struct stream, listener);
    size_t n = strlen(data);
    if (n < STREAM_LARGE || has_room(st, n + 100)) {
        put_event(st, name, data);
        return;
    }
    json_t *stub = json_pack("{s:s, s:b}", "ep", endpoint, "truncated", 1);
    char *text = json_dumps(stub, JSON_COMPACT);
    put_event(st, name, text ? text : "{}");
    free(text);
    json_decref(stub);
}

static ssize_t reader(void *ctx, uint64_t pos, char *buf, size_t max)
{
    struct stream *st = ctx;
    size_t n = st->n - st->at < max ? st->n - st->at : max;
    (void)pos;
    if (n) {
        memcpy(buf, st->buf + st->at, n);
        st->at += n;
        return (ssize_t)n;
    }
    if (st->over) return MHD_CONTENT_READER_END_OF_STREAM;
    st->suspended = true;
    MHD_suspend_connection(st->c);
    return 0;
}

static void stream_free(void *ctx)
{
    struct stream *st = ctx, **at = &st->all->first;
    while (*at != st) at = &(*at)->next;
    *at = st->next;
    st->all->n--;
    if (st->all->n == 0) timer_stop(&st->all->s->timers, &st->all->heartbeat);
    events_remove(&st->all->s->events, &st->listener);
    free(st->listener.endpoint);
    free(st->buf);
    free(st);
}

static void beat(void *ctx)
{
    struct streams *all = ctx;
    for (struct stream *st = all->first; st; st = st->next) {
        put(st, ":\n\n");
        wake(st);
    }
    timer_set(&all->s->timers, &all->heartbeat, all->s->now + STREAM_HEARTBEAT);
}

void streams_init(struct streams *all, struct server *s)
{
    *all = (struct streams){.s = s};
    timer_init(&all->heartbeat, beat, all);
}

struct MHD_Response *stream_new(struct streams *all, struct MHD_Connection *c, const char *endpoint)
{
    if (all->n >= STREAMS_MAX) return NULL;
    struct stream *st = mem_new(sizeof(*st));
    st->all = all;
    st->c = c;
    st->listener.event = event;
    st->listener.endpoint = mem_text(endpoint);
    st->next = all->first;
    all->first = st;
    if (all->n++ == 0) timer_set(&all->s->timers, &all->heartbeat, all->s->now + STREAM_HEARTBEAT);
    events_add(&all->s->events, &st->listener);
    put(st, ": connected\n\n");
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 32768, reader, st, stream_free);
}

void streams_end(struct streams *all)
{
    timer_stop(&all->s->timers, &all->heartbeat);
    for (struct stream *st = all->first; st; st = st->next) {
        st->over = true;
        wake(st);
    }
}
