/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c - the client as a whole: lp_step, which gives each link its turn, and what an application may call.
 *
 *   lp_step --> bootstrap, if one is under way: link[0] takes, then lp_bootstrap_step
 *          `--> else each link: take what came and what time says (wire.c), then what may be sent, the first that can:
 *               a request's late answer, Register / Update / Deregister (register.c), notifications (observe.c)
 */
#include <string.h>

#include "link/crypto.h"
#include "link/dtls.h"
#include "link/exchange.h"
#include "lwm2m/attrs.h"
#include "lwm2m/internal.h"
#include "lwm2m/observe.h"
#include "lwm2m/ops.h"

#define NOTIFICATIONS 8 /* non-confirmable ones that a link sends in one lp_step */

/* ---- what the other files ask ---- */

/* The oldest makes room. */
static struct lp_event *place(struct lp_client *c)
{
    if (c->event_n == LP_MAX_EVENTS) {
        c->event_first = (uint8_t)((c->event_first + 1) % LP_MAX_EVENTS);
        c->event_n--;
    }
    return &c->event[(c->event_first + c->event_n++) % LP_MAX_EVENTS];
}

struct lp_event *lp_client_tell(struct lp_client *c, const struct lp_link *l, unsigned kind,
                                int err)
{
    struct lp_event *ev = place(c);
    memset(ev, 0, sizeof(*ev));
    ev->kind = (uint8_t)kind;
    ev->code = (uint8_t)(kind >> 8);
    ev->err = (int16_t)err;
    ev->cid = -1;
    if (l) ev->server = lp_link_ssid(c, l);
    return ev;
}

int lp_event(struct lp_client *c, struct lp_event *ev)
{
    if (!c->event_n) return 0;
    *ev = c->event[c->event_first];
    c->event_first = (uint8_t)((c->event_first + 1) % LP_MAX_EVENTS);
    c->event_n--;
    return 1;
}

uint16_t lp_link_ssid(const struct lp_client *c, const struct lp_link *l)
{
    return l->srv == LP_NO_ROW ? 0 : c->server[LP_MAX_SERVERS > 1 ? l->srv : 0].ssid;
}

static bool used(const struct lp_link *l)
{
    return l->srv != LP_NO_ROW;
}

struct lp_link *lp_client_link(struct lp_client *c, uint16_t ssid)
{
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++)
        if (used(l) && lp_link_ssid(c, l) == ssid) return l;
    return NULL;
}

uint32_t lp_until(const struct lp_client *c, uint64_t when)
{
    if (when <= c->now) return 0;
    return when - c->now < UINT32_MAX ? (uint32_t)(when - c->now) : UINT32_MAX;
}

uint32_t lp_ms(uint32_t seconds)
{
    return seconds < 4000000 ? seconds * 1000 : 4000000000u;
}

/* ---- links and accounts ---- */

static bool has_account(struct lp_client *c, const struct lp_link *l)
{
    const struct lp_security *sec = &c->security[l->sec];
    const struct lp_server *srv = lp_link_server(c, l);
    return srv->iid != LP_NONE && lp_accounts_security(c, srv->ssid) == sec &&
           !lp_accounts_wrong(sec);
}

static struct lp_link *free_link(struct lp_client *c)
{
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++)
        if (!used(l)) return l;
    return NULL;
}

static void add_link(struct lp_client *c, unsigned srv)
{
    const struct lp_security *sec = lp_accounts_security(c, c->server[srv].ssid);
    if (!sec || lp_accounts_wrong(sec) || lp_client_link(c, c->server[srv].ssid)) return;
    struct lp_link *l = free_link(c);
    if (!l) return;
    l->srv = (uint8_t)srv;
    l->sec = (uint8_t)(sec - c->security);
    lp_register_start(c, l, lp_ms(c->server[srv].delay_s));
}

void lp_links_sync(struct lp_client *c)
{
    c->relink = false;
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++)
        if (used(l) && !has_account(c, l)) {
            lp_wire_close(c, l, 0, false);
            lp_observe_forget(c, l, LP_END_CANCEL);
            l->state = LP_LINK_OFF;
            l->srv = LP_NO_ROW;
        }
    for (unsigned i = 0; i < LP_MAX_SERVERS; i++)
        if (c->server[i].iid != LP_NONE) add_link(c, i);
}

void lp_links_pause(struct lp_client *c)
{
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++) {
        if (!used(l)) continue;
        lp_wire_close(c, l, 0, true);
        lp_observe_forget(c, l, LP_END_CANCEL);
        l->state = LP_LINK_WAIT;
    }
}

/* ---- one turn ---- */

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static bool may_speak(const struct lp_link *l)
{
    return l->connected && l->state != LP_LINK_BOOTSTRAPPING && !lp_exchange_busy(&l->x);
}

static void notify(struct lp_client *c, struct lp_link *l)
{
    unsigned index;
    bool con;
    for (int i = 0; i < NOTIFICATIONS && l->state == LP_LINK_REGISTERED && may_speak(l); i++) {
        int n = lp_observe_due(c, l, l->buf, sizeof(l->buf), &index, &con);
        if (n <= 0) return;
        int err = con ? lp_wire_post(c, l, n, LP_TAG_NOTIFY | index << 8)
                      : lp_wire_send(c, l, l->buf, (size_t)n);
        if (err == LP_ERR_TLS)
            lp_register_lost(c, l, err);
        else if (err < 0)
            lp_observe_done(c, index, err);
    }
}

/* What the socket says of a server that has us ("port unreachable") is no reason to give it up. */
static bool ends(const struct lp_link *l, int err)
{
    bool steady = l->state == LP_LINK_REGISTERED || l->state == LP_LINK_UPDATING ||
                  l->state == LP_LINK_DEREGISTERING;
    return err < 0 && !(err == LP_ERR_NET && steady);
}

static uint32_t wait_of(struct lp_client *c, const struct lp_link *l)
{
    uint32_t ms = lp_dtls_wait(&l->dtls, c->now);
    if (l->connected) ms = least(ms, lp_exchange_wait(&l->x, c->now));
    if (l->state == LP_LINK_REGISTERED && may_speak(l)) ms = least(ms, lp_observe_wait(c, l));
    return ms;
}

/* A rebound socket may have to wait for the server's name. */
static int take(struct lp_client *c, struct lp_link *l)
{
    int err = lp_wire_up(c, l);
    if (err == LP_AGAIN) return 0;
    return err < 0 ? err : lp_wire_take(c, l);
}

static uint32_t link_step(struct lp_client *c, struct lp_link *l)
{
    int more = l->connected ? take(c, l) : 0;
    if (ends(l, more)) lp_register_lost(c, l, more);
    if (c->later && may_speak(l)) c->later->answer(c, l);
    uint32_t ms = lp_register_step(c, l);
    notify(c, l);
    return more > 0 ? 0 : least(ms, wait_of(c, l));
}

static uint32_t bootstrap_step(struct lp_client *c)
{
    struct lp_link *l = &c->link[0];
    int more = lp_bootstrap_active(c) && l->connected ? take(c, l) : 0;
    if (more < 0) lp_bootstrap_lost(c, more);
    uint32_t ms = lp_bootstrap_step(c);
    if (lp_bootstrap_active(c)) ms = least(ms, wait_of(c, l));
    return more > 0 || c->bs == LP_BS_DONE ? 0 : ms;
}

static uint32_t management_step(struct lp_client *c)
{
    uint32_t ms = UINT32_MAX;
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++)
        if (used(l) && !lp_bootstrap_active(c)) ms = least(ms, link_step(c, l));
    return ms;
}

static bool nothing_outstanding(const struct lp_client *c)
{
    for (const struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++)
        if (l->connected && lp_exchange_busy(&l->x)) return false;
    return true;
}

/* What the application changed. Tried once: a store that fails is not worn out by it. */
static void save(struct lp_client *c)
{
    if (lp_accounts_save(c) != 0) lp_port_log(LP_LOG_ERROR, "the accounts could not be stored");
    c->unsaved = false;
}

uint32_t lp_step(struct lp_client *c, uint64_t now)
{
    if (now > c->now) c->now = now;
    if (!c->started || c->offline) return UINT32_MAX;
    bool active = lp_bootstrap_active(c);
    if (c->relink && !active) lp_links_sync(c);
    uint32_t ms = bootstrap_step(c);
    if (!lp_bootstrap_active(c)) ms = least(ms, management_step(c));
    bool changed = lp_bootstrap_active(c) != active || (c->bs == LP_BS_WAIT && c->bs_due <= c->now);
    if (changed || (c->relink && !active)) ms = 0;
    if (c->unsaved && !lp_bootstrap_active(c)) save(c);
    if (nothing_outstanding(c)) lp_device_after_answer(c);
    return ms;
}

/* ---- made, started, ended ---- */

static bool power_of_two(unsigned v)
{
    return v && (v & (v - 1)) == 0;
}

static bool version(const char *v, char minor)
{
    return v && v[0] == '1' && v[1] == '.' && v[2] == minor && !v[3];
}

static bool good(const struct lp_client_config *g)
{
    return g->endpoint && *g->endpoint && strlen(g->endpoint) <= 252 && g->net &&
           (!g->lwm2m || version(g->lwm2m, '0') || version(g->lwm2m, '1')) &&
           g->cid <= LP_MAX_CID && g->tx.random_percent >= 100 && g->tx.random_percent <= 1000 &&
           g->tx.ack_timeout <= 1000000 && g->tx.max_retransmit <= 16 &&
           power_of_two(g->block_size) && g->block_size >= 16 && g->block_size <= LP_BLOCK_SIZE &&
           g->max_message >= 160 && g->max_message <= LP_MAX_MESSAGE;
}

static void set_defaults(struct lp_client_config *g)
{
    if (!g->tx.ack_timeout) g->tx = (struct lp_tx){2000, 150, 4};
    if (!g->queue_window) g->queue_window = 93000;
    if (!g->block_size) g->block_size = LP_BLOCK_SIZE;
    if (!g->max_message) g->max_message = LP_MAX_MESSAGE;
}

int lp_client_init_(struct lp_client *c, size_t size, const struct lp_client_config *config)
{
    if (size != sizeof(*c)) return LP_ERR_STATE;
    memset(c, 0, sizeof(*c));
    c->config = *config;
    set_defaults(&c->config);
    if (!good(&c->config)) return LP_ERR_VALUE;
    lp_accounts_init(c);
    for (int i = 0; i < LP_MAX_OBSERVATIONS; i++) c->observation[i].path.obj = LP_NONE;
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++) {
        l->srv = LP_NO_ROW;
        lp_dtls_init(&l->dtls, c->config.net);
    }
    for (size_t i = 0; i < sizeof(c->own) / sizeof(*c->own); i++) lp_client_add(c, &c->own[i]);
    return LP_OK;
}

int lp_client_add(struct lp_client *c, struct lp_object *o)
{
    struct lp_object **at = &c->objects;
    while (*at && (*at)->id < o->id) at = &(*at)->next_;
    if (*at && (*at)->id == o->id) return LP_ERR_VALUE;
    o->next_ = *at;
    *at = o;
    if (c->started) lp_changed_instances(c, o->id);
    return LP_OK;
}

int lp_client_remove(struct lp_client *c, struct lp_object *o)
{
    struct lp_object **at = &c->objects;
    while (*at && *at != o) at = &(*at)->next_;
    if (!*at) return LP_ERR_NOT_FOUND;
    *at = o->next_;
    if (c->started) lp_removed(c, &LP_PATH_OBJ(o->id));
    return LP_OK;
}

int lp_client_start(struct lp_client *c, uint64_t now)
{
    uint8_t one;
    if (c->started && !lp_client_stopped(c)) return LP_ERR_STATE;
    if (now > c->now) c->now = now;
    if (lp_port_random(&one, sizeof(one)) != 0) return LP_ERR_RANDOM;
    int err = lp_accounts_load(c);
    if (err < 0 && err != LP_ERR_NOT_FOUND)
        lp_port_log(LP_LOG_WARN, "the accounts in the store cannot be used");
    lp_attrs_load(c);
    c->unsaved = c->stopping = c->offline = false;
    c->bs = LP_BS_IDLE;
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++) {
        lp_exchange_init(&l->x, l->buf, sizeof(l->buf), &c->config.tx);
        l->srv = LP_NO_ROW;
        l->state = LP_LINK_OFF;
    }
    lp_links_sync(c);
    bool managed = free_link(c) != c->link;
    if (!managed && lp_bootstrap_begin(c, true) != 0) return LP_ERR_STATE;
    c->started = true;
    return LP_OK;
}

void lp_client_stop(struct lp_client *c)
{
    lp_bootstrap_abort(c);
    c->stopping = true;
    for (struct lp_link *l = c->link; c->offline && l < c->link + LP_MAX_SERVERS; l++)
        if (used(l)) { /* nothing may leave */
            lp_wire_close(c, l, 0, true);
            l->state = LP_LINK_OFF;
        }
}

bool lp_client_stopped(const struct lp_client *c)
{
    if (!c->started) return true;
    for (const struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++)
        if (used(l) && l->state != LP_LINK_OFF) return false;
    return c->stopping && c->bs == LP_BS_IDLE;
}

void lp_client_suspend(struct lp_client *c)
{
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++) {
        lp_dtls_suspend(&l->dtls);
        l->connected = false;
    }
    c->started = false;
}

/* ---- what an application may ask for ---- */

static bool meant(const struct lp_client *c, const struct lp_link *l, uint16_t server)
{
    return used(l) && (!server || lp_link_ssid(c, l) == server);
}

int lp_client_update(struct lp_client *c, uint16_t server, uint32_t lifetime_s)
{
    int err = LP_ERR_NOT_FOUND;
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++) {
        if (!meant(c, l, server)) continue;
        err = LP_OK;
        if (lifetime_s) {
            lp_link_server(c, l)->lifetime_s = lifetime_s;
            lp_accounts_changed(c, false);
        }
        lp_register_want(c, l, LP_WANT_UPDATE | (lifetime_s ? LP_WANT_LIFETIME : 0), 0);
    }
    return err;
}

/* There may be a way to the servers now: no waiting, and an Update to those that have us. */
static void reach_out(struct lp_client *c)
{
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++) {
        if (!used(l)) continue;
        lp_register_want(c, l, LP_WANT_UPDATE, 0);
        if (l->state == LP_LINK_WAIT && !l->pause_s) l->due = c->now;
    }
    if (c->bs == LP_BS_WAIT) c->bs_due = c->now;
}

void lp_client_offline(struct lp_client *c, bool offline)
{
    if (c->offline && !offline) reach_out(c);
    c->offline = offline;
}

int lp_client_disable(struct lp_client *c, uint16_t server, uint32_t seconds)
{
    int err = LP_ERR_NOT_FOUND;
    if (lp_bootstrap_active(c)) {
        lp_bootstrap_abort(c);
        err = LP_OK;
    }
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++) {
        if (!meant(c, l, server)) continue;
        lp_register_pause(c, l, seconds);
        err = LP_OK;
    }
    return err;
}

int lp_client_forget(struct lp_client *c, uint16_t server)
{
    struct lp_link *l = lp_client_link(c, server);
    if (!l) return LP_ERR_NOT_FOUND;
    l->marks |= LP_WANT_REMOVE;
    return LP_OK;
}

int lp_client_bootstrap(struct lp_client *c)
{
    return lp_bootstrap_begin(c, false);
}

void lp_client_rebind(struct lp_client *c)
{
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++) {
        if (!l->connected) continue;
        l->doubt = true;
        int err = lp_dtls_rebind(&l->dtls);
        if (err == 0 || err == LP_AGAIN) continue;
        if (used(l))
            lp_register_lost(c, l, err);
        else
            lp_bootstrap_lost(c, err);
    }
    reach_out(c);
}

void lp_client_queue(struct lp_client *c, bool on)
{
    c->config.queue = on;
    for (struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++)
        if (used(l)) lp_register_want(c, l, LP_WANT_UPDATE | LP_WANT_BINDING, 0);
}

int lp_client_server(const struct lp_client *c, unsigned index, struct lp_server_info *info)
{
    const struct lp_security *s = c->security, *end = s + LP_MAX_SERVERS + 1;
    while (s < end && (s->iid == LP_NONE || index--)) s++;
    if (s == end) return LP_ERR_NOT_FOUND;
    *info = (struct lp_server_info){
        .server = s->ssid, .uri = s->uri, .mode = (enum lp_security_mode)s->mode, .location = ""};
    if (s->bootstrap) {
        info->server = 0;
        info->state = lp_bootstrap_active(c) ? LP_LINK_BOOTSTRAPPING
                      : c->bs == LP_BS_WAIT  ? LP_LINK_WAIT
                                             : LP_LINK_OFF;
        return LP_OK;
    }
    for (const struct lp_server *srv = c->server; srv < c->server + LP_MAX_SERVERS; srv++)
        if (srv->iid != LP_NONE && srv->ssid == s->ssid) info->lifetime_s = srv->lifetime_s;
    for (const struct lp_link *l = c->link; l < c->link + LP_MAX_SERVERS; l++)
        if (used(l) && lp_link_ssid(c, l) == s->ssid) {
            info->state = (enum lp_link_state)l->state;
            info->location = l->location;
            info->asleep = l->asleep;
        }
    return LP_OK;
}

unsigned lp_client_observations(const struct lp_client *c)
{
    unsigned n = 0;
    for (int i = 0; i < LP_MAX_OBSERVATIONS; i++) n += c->observation[i].path.obj != LP_NONE;
    return n;
}
