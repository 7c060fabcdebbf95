/* SPDX-License-Identifier: Apache-2.0
 *
 * reg.c - see reg.h: the life of a registration. A registration and what it says are on record before its device gets
 * the answer; that it was heard again (lastUpdate, address) is written once a second, for all at once.
 */
#include "server/reg.h"

#include <stdlib.h>
#include <string.h>

#include "link/crypto.h"
#include "server/log.h"
#include "server/mem.h"
#include "server/observe.h"
#include "server/peer.h"

#define FLUSH 1000 /* ms */

static void lifetime_over(void *ctx);
static void window_over(void *ctx);
static void flush_due(void *ctx);

/* ---- finding ---- */

struct reg *reg_find(struct server *s, const char *endpoint)
{
    uint64_t hash = table_hash(endpoint, strlen(endpoint));
    for (struct link *l = table_first(&s->by_endpoint, hash); l; l = table_next(l)) {
        struct reg *r = container_of(l, struct reg, by_endpoint);
        if (strcmp(r->endpoint, endpoint) == 0) return r;
    }
    return NULL;
}

struct reg *reg_find_id(struct server *s, struct lp_span id)
{
    if (id.n != REG_ID) return NULL;
    for (struct link *l = table_first(&s->by_id, table_hash(id.p, id.n)); l; l = table_next(l)) {
        struct reg *r = container_of(l, struct reg, by_id);
        if (memcmp(r->id, id.p, id.n) == 0) return r;
    }
    return NULL;
}

/* ---- on record ---- */

static int record(struct reg *r)
{
    return store_put_reg(r->s->store, &(struct store_reg){.id = r->id,
                                                          .endpoint = r->endpoint,
                                                          .binding = r->binding,
                                                          .sms = r->sms,
                                                          .attributes = r->attributes,
                                                          .identity = {r->identity, r->identity_n},
                                                          .address = {&r->addr.u, r->addr.n},
                                                          .links = {r->links, r->links_n},
                                                          .secure = r->secure,
                                                          .queue = r->queue_mode,
                                                          .version = r->version,
                                                          .lifetime_s = r->lifetime_s,
                                                          .since = r->since,
                                                          .updated = r->updated});
}

static void touch(struct reg *r)
{
    struct server *s = r->s;
    if (r->is_dirty) return;
    r->is_dirty = true;
    r->next_dirty = s->dirty;
    s->dirty = r;
    if (!s->flush.slot) timer_set(&s->timers, &s->flush, s->now + FLUSH);
}

void regs_flush(struct server *s)
{
    if (!s->dirty) return;
    store_begin(s->store);
    for (struct reg *r = s->dirty; r; r = r->next_dirty) {
        store_touch_reg(s->store, r->id, (struct lp_span){&r->addr.u, r->addr.n}, r->updated);
        r->is_dirty = false;
    }
    store_commit(s->store);
    s->dirty = NULL;
}

static void flush_due(void *ctx)
{
    regs_flush(ctx);
}

/* ---- awake or asleep ---- */

static void tell_presence(struct reg *r, const char *name)
{
    events_tell(&r->s->events, name, r->endpoint, json_pack("{s:s}", "ep", r->endpoint));
}

static void fall_asleep(struct outbox *box)
{
    struct reg *r = container_of(box, struct reg, box);
    if (!r->awake) return;
    r->awake = false;
    box->asleep = true;
    timer_stop(&r->s->timers, &r->sleep);
    tell_presence(r, "SLEEPING");
}

static void window_over(void *ctx)
{
    struct reg *r = ctx;
    fall_asleep(&r->box);
}

void reg_heard(struct reg *r)
{
    if (!r->queue_mode) return;
    bool slept = !r->awake;
    r->awake = true;
    r->box.asleep = false;
    timer_set(&r->s->timers, &r->sleep, r->s->now + REG_AWAKE);
    if (slept) tell_presence(r, "AWAKE");
}

static void set_queue_mode(struct reg *r, bool on)
{
    r->queue_mode = r->box.queue_mode = on;
    if (on) return;
    r->awake = true;
    r->box.asleep = false;
    timer_stop(&r->s->timers, &r->sleep);
}

/* ---- how it is reached ---- */

bool reg_is_of(const struct reg *r, const struct peer *p)
{
    struct lp_span id = peer_identity(p);
    if (r->secure != (p->dtls != NULL)) return false;
    return id.n == r->identity_n && (!id.n || memcmp(id.p, r->identity, id.n) == 0);
}

void reg_moved(struct reg *r)
{
    if (!r->box.peer) return;
    char at[ADDR_TEXT];
    r->addr = r->box.peer->addr;
    touch(r);
    log_event("moved", r->endpoint, "now at %s", addr_text(&r->addr, at));
}

static void unbind(struct reg *r)
{
    struct peer *p = r->box.peer;
    outbox_set_peer(&r->box, NULL);
    if (p && p->reg == r) peer_own(p, NULL);
}

void reg_bind(struct reg *r, struct peer *p)
{
    if (r->box.peer != p) {
        if (p->reg && p->reg != r) unbind(p->reg);
        unbind(r);
        peer_own(p, r);
        r->addr = p->addr;
        outbox_set_peer(&r->box, p);
        touch(r);
    }
}

void reg_lost_peer(struct reg *r)
{
    outbox_set_peer(&r->box, NULL);
}

void reg_connected(struct peer *p)
{
    struct reg *r = p->auth.endpoint ? reg_find(p->s, p->auth.endpoint) : NULL;
    if (r && !r->box.peer && reg_is_of(r, p)) reg_bind(r, p);
}

/* ---- life ---- */

static void set_text(char **to, const char *text)
{
    free(*to);
    *to = mem_text(text);
}

/* What grows with them is a multiple of their length. */
bool reg_fits(const struct server *s, struct lp_span links)
{
    return s->links + 8 * links.n <= REG_LINKS;
}

static char *dumped(json_t *j)
{
    char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    return text;
}

static void drop_links(struct reg *r)
{
    r->s->links -= r->links_all;
    free(r->links);
    free(r->links_text);
    free(r->instances_text);
}

static bool same_links(const struct reg *r, struct lp_span links)
{
    return links.n == r->links_n && links.n && memcmp(links.p, r->links, links.n) == 0;
}

static void take_links(struct reg *r, struct lp_span links)
{
    drop_links(r);
    r->links = mem_copy(links.p, links.n);
    r->links_n = links.n;
    links_info(links, &r->info);
    memcpy(r->box.root, r->info.root, sizeof(r->box.root));
    r->links_text = dumped(links_json(links));
    r->instances_text = dumped(links_instances(links, r->info.root));
    r->links_all = links.n + (r->links_text ? strlen(r->links_text) : 0) +
                   (r->instances_text ? strlen(r->instances_text) : 0);
    r->s->links += r->links_all;
}

static void take_news(struct reg *r, const struct reg_news *news)
{
    if (news->binding) set_text(&r->binding, news->binding);
    if (news->sms) set_text(&r->sms, news->sms);
    if (news->has_lifetime) r->lifetime_s = news->lifetime_s;
    if (news->has_queue_mode) set_queue_mode(r, news->queue_mode);
    if (news->attributes) {
        free(r->attributes);
        r->attributes = json_dumps(news->attributes, JSON_COMPACT);
    }
    if (news->links.n && !same_links(r, news->links)) take_links(r, news->links);
}

static struct reg *make(struct server *s, const char *endpoint)
{
    struct reg *r = mem_new(sizeof(*r));
    r->s = s;
    r->endpoint = mem_text(endpoint);
    r->binding = mem_text("U");
    r->attributes = mem_text("{}");
    r->lifetime_s = 86400;
    r->box.s = s;
    r->box.fell_asleep = fall_asleep;
    r->awake = true;
    timer_init(&r->expiry, lifetime_over, r);
    timer_init(&r->sleep, window_over, r);
    if (!s->flush.fn) timer_init(&s->flush, flush_due, s);
    return r;
}

static void enter(struct reg *r)
{
    struct server *s = r->s;
    table_add(&s->by_endpoint, &r->by_endpoint, table_hash(r->endpoint, strlen(r->endpoint)));
    table_add(&s->by_id, &r->by_id, table_hash(r->id, REG_ID));
}

static void reg_free(struct reg *r)
{
    struct server *s = r->s;
    for (struct reg **at = &s->dirty; r->is_dirty && *at; at = &(*at)->next_dirty)
        if (*at == r) {
            *at = r->next_dirty;
            break;
        }
    timer_stop(&s->timers, &r->expiry);
    timer_stop(&s->timers, &r->sleep);
    free(r->endpoint);
    free(r->binding);
    free(r->sms);
    free(r->attributes);
    free(r->identity);
    types_free(&r->types);
    drop_links(r);
    free(r);
}

static void make_id(char id[REG_ID + 1])
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    uint8_t random[REG_ID] = {0};
    lp_port_random(random, sizeof(random));
    for (int i = 0; i < REG_ID; i++) id[i] = letters[random[i] & 63];
    id[REG_ID] = 0;
}

static void set_expiry(struct reg *r)
{
    int64_t all = (int64_t)r->lifetime_s * 1000, left = r->updated + all - r->s->wall;
    if (left > all) left = all; /* the clock was set back */
    if (r->lifetime_s == 0)
        timer_stop(&r->s->timers, &r->expiry); /* for ever */
    else
        timer_set(&r->s->timers, &r->expiry, r->s->now + (left > 0 ? (uint64_t)left : 0));
}

struct reg *reg_add(struct server *s, struct peer *p, const char *endpoint, int version,
                    const struct reg_news *news)
{
    struct reg *old = reg_find(s, endpoint), *r = make(s, endpoint);
    struct lp_span identity = peer_identity(p);
    do make_id(r->id);
    while (reg_find_id(s, (struct lp_span){r->id, REG_ID}));
    r->identity = mem_copy(identity.p, identity.n);
    r->identity_n = identity.n;
    r->secure = p->dtls != NULL;
    r->version = version;
    r->since = r->updated = s->wall;
    r->addr = p->addr;
    r->info = (struct links_info){.root = "/"};
    take_news(r, news);
    if (record(r) != 0) {
        reg_free(r);
        return NULL;
    }
    if (old) reg_remove(old, "replaced by a new registration");
    enter(r);
    set_expiry(r);
    reg_bind(r, p);
    char at[ADDR_TEXT];
    log_event("registered", r->endpoint, "%s, lifetime %u s, LwM2M %d.%d%s, from %s", r->id,
              (unsigned)r->lifetime_s, version / 10, version % 10,
              r->queue_mode ? ", queue mode" : "", addr_text(&r->addr, at));
    if (events_wanted(&s->events, r->endpoint))
        events_tell(&s->events, "REGISTRATION", r->endpoint, reg_json(r, true));
    if (r->queue_mode) {
        r->awake = false;
        reg_heard(r);
    }
    return r;
}

/* One that was on record at the start. Whether it is awake nobody knows: it is if it was heard a short while ago. */
void reg_restore(struct server *s, const struct store_reg *row, const struct reg_news *news)
{
    struct reg *r = make(s, row->endpoint);
    if (strlen(row->id) != REG_ID || !row->links.n) {
        reg_free(r);
        return;
    }
    memcpy(r->id, row->id, REG_ID);
    r->identity = mem_copy(row->identity.p, row->identity.n);
    r->identity_n = row->identity.n;
    r->secure = row->secure;
    r->version = row->version;
    r->since = row->since;
    r->updated = row->updated;
    addr_set(&r->addr, row->address.p, row->address.n);
    take_news(r, news);
    enter(r);
    set_expiry(r);
    bool free_address = !r->secure && !peer_find(s, COAP, &r->addr);
    struct peer *p = free_address ? peer_new(s, COAP, &r->addr, NULL) : NULL;
    if (p) reg_bind(r, p);
    if (!r->queue_mode) return;
    int64_t awake = r->updated + REG_AWAKE - s->wall;
    if (awake > REG_AWAKE) awake = REG_AWAKE;
    r->awake = awake > 0;
    r->box.asleep = !r->awake;
    if (r->awake) timer_set(&s->timers, &r->sleep, s->now + (uint64_t)awake);
}

static json_t *update_json(const struct reg *r, const struct reg_news *news, bool links)
{
    char at[ADDR_TEXT];
    json_t *u = json_pack("{s:s, s:s, s:b}", "registrationId", r->id, "address",
                          addr_text(&r->addr, at), "secure", (int)r->secure);
    if (news->has_lifetime) json_object_set_new(u, "lifetime", json_integer(r->lifetime_s));
    if (links) json_object_set_new(u, "objectLinks", links_json(news->links));
    return json_pack("{s:o, s:o}", "registration", reg_json(r, links), "update", u);
}

int reg_update(struct reg *r, struct peer *p, const struct reg_news *news)
{
    struct server *s = r->s;
    bool says = news->binding || news->sms || news->attributes || news->has_lifetime ||
                news->has_queue_mode || news->links.n;
    bool links = news->links.n && !same_links(r, news->links);
    take_news(r, news);
    r->updated = s->wall;
    reg_bind(r, p);
    if (says && record(r) != 0) return LP_ERR_STORE;
    touch(r);
    set_expiry(r);
    log_event("updated", r->endpoint, "lifetime %u s", (unsigned)r->lifetime_s);
    if (events_wanted(&s->events, r->endpoint))
        events_tell(&s->events, "UPDATED", r->endpoint, update_json(r, news, links));
    reg_heard(r);
    return 0;
}

void reg_remove(struct reg *r, const char *why)
{
    struct server *s = r->s;
    log_event("deregistered", r->endpoint, "%s", why);
    table_del(&s->by_endpoint, &r->by_endpoint);
    table_del(&s->by_id, &r->by_id);
    observe_forget(r);
    store_del_reg(s->store, r->id);
    if (events_wanted(&s->events, r->endpoint))
        events_tell(&s->events, "DEREGISTRATION", r->endpoint, reg_json(r, true));
    unbind(r);
    outbox_clear(&r->box, LP_ERR_STATE);
    reg_free(r);
}

static void lifetime_over(void *ctx)
{
    reg_remove(ctx, "its lifetime is over");
}

void regs_free(struct server *s)
{
    struct link *l;
    while ((l = table_each(&s->by_id, NULL)) != NULL) {
        struct reg *r = container_of(l, struct reg, by_id);
        table_del(&s->by_endpoint, &r->by_endpoint);
        table_del(&s->by_id, &r->by_id);
        outbox_clear(&r->box, LP_ERR_STATE);
        unbind(r);
        observe_free(r);
        reg_free(r);
    }
}
