/* SPDX-License-Identifier: Apache-2.0 */
#include "life.h"

#include <stdlib.h>
#include <string.h>

#include "link/crypto.h"
#include "link/dtls.h"

#define IDENTITY "life-device"
#define LIFETIME 300
#define SLEEP    100000 /* ms */
static const uint8_t key[16] = "0123456789abcde";
static const uint8_t observe_token[4] = {0x0b, 0x5e, 0x12, 0xe0};

enum { BS, MG };
const char *const life_names[LIFE_DONE + 1] = {
    "bootstrap", "registration", "read",         "write",          "execute", "create",
    "observe",   "notification", "Block1 write", "Block2 read",    "update",  "sleep",
    "reboot",    "read again",   "new address",  "deregistration", "done"};

/* ---- the device: object 33605 {0: text RW, 2: execute}, and instances that a server creates -------------------- */

static struct life *of(struct lp_object *o)
{
    return (struct life *)(void *)((char *)o - offsetof(struct life, thing));
}

static int thing_next(struct lp_object *o, int after)
{
    return after + 1 < (int)of(o)->instances ? after + 1 : LP_ERR_NOT_FOUND;
}

static int thing_read(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    (void)at;
    return lp_emit_value(
        e, &(struct lp_value){.type = LP_T_STRING, .u.s = {of(o)->text, of(o)->text_n}});
}

static int thing_write(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    struct life *l = of(o);
    if (v->u.s.n > sizeof(l->text)) return LP_ERR_TOO_LARGE;
    if (at->inst == 0) {
        memcpy(l->text, v->u.s.p, v->u.s.n);
        l->text_n = v->u.s.n;
    }
    return 0;
}

static int thing_exec(struct lp_object *o, const struct lp_path *at, struct lp_span args)
{
    (void)at, (void)args;
    of(o)->executed++;
    return 0;
}

static int thing_create(struct lp_object *o, uint16_t inst)
{
    (void)inst;
    of(o)->created++;
    of(o)->instances++;
    return 0;
}

static const struct lp_res thing_res[] = {{0, LP_T_STRING, LP_RW}, {2, 0, LP_E}};
static const struct lp_object_ops thing_ops = {.next = thing_next,
                                               .read = thing_read,
                                               .write = thing_write,
                                               .exec = thing_exec,
                                               .create = thing_create};

static void power_on(struct life *l)
{
    if (l->kv.cut) lp_sim_kv_reboot(&l->kv);
    if (l->flash && l->flash->cut) lp_sim_flash_reboot(l->flash);
}

/* However often it fails, or the power goes, meanwhile. */
static int open_store(struct life *l)
{
    struct lp_sim_flash *f = l->flash;
    int err = 0;
    for (int tries = 0; f && tries < 9; tries++) {
        err = lp_store_open(&l->store, &f->flash, 0, f->flash.size / f->flash.erase_unit);
        if (!err) break;
        if (f->cut) lp_sim_flash_reboot(f);
    }
    return err;
}

/* Power on: everything but the store (and what stands for the device's own flash: text, counters) is new. */
static int device_start(struct life *l, uint64_t slept_ms)
{
    memset(&l->client, 0, sizeof(l->client));
    memset(&l->device, 0, sizeof(l->device));
    memset(&l->sensor, 0, sizeof(l->sensor));
    struct lp_client_config config = {.endpoint = IDENTITY,
                                      .net = &l->net.net,
                                      .kv = l->flash ? &l->store.kv : &l->kv.kv,
                                      .con_notify = true};
    l->thing = (struct lp_object){.id = 33605, .res = thing_res, .nres = 2, .ops = &thing_ops};
    l->device.manufacturer = "Limpet";
    l->device.battery_percent = -1;
    struct lp_account account = {.uri = "coaps://bs:5684",
                                 .mode = LP_SEC_PSK,
                                 .bootstrap = true,
                                 .identity = {IDENTITY, strlen(IDENTITY)},
                                 .key = {key, sizeof(key)},
                                 .security_iid = -1,
                                 .server_iid = -1};
    int err = open_store(l);
    if (!err) err = lp_client_init(&l->client, &config);
    if (!err) err = lp_device_add(&l->client, &l->device);
    if (!err) err = lp_sensor_add(&l->client, &l->sensor, 3303, "Cel");
    if (!err) err = lp_client_add(&l->client, &l->thing);
    if (!err) err = lp_client_account(&l->client, &account, NULL);
    if (!err && slept_ms)
        err = lp_client_resume(&l->client, l->sim.now, slept_ms);
    else if (!err)
        err = lp_client_start(&l->client, l->sim.now);
    lp_sensor_set(&l->sensor, 20); /* before the first measurement there is nothing to observe */
    return l->flash && l->flash->cut ? 0 : err;
}

/* The power goes: what is in RAM is gone, sockets with it. */
static void device_reboot(struct life *l)
{
    lp_client_suspend(&l->client);
    lp_sim_net_free(&l->net);
    if (device_start(l, 0)) l->error = "did not start after the reboot";
}

/* It loses its RAM for a while, and has something to tell when it wakes. */
static void device_sleep(struct life *l)
{
    if (l->step != LIFE_SLEEP || l->part || lp_client_sleep(&l->client) == LP_AGAIN) return;
    l->part = 1;
    lp_sim_net_free(&l->net);
    l->slept_at = l->sim.now;
    l->wakes_at = l->sim.now + SLEEP;
}

static void device_wake(struct life *l)
{
    uint64_t slept = *l->sim.power_off ? LP_SLEPT_UNKNOWN : l->sim.now - l->slept_at;
    power_on(l);
    l->wakes_at = 0;
    if (device_start(l, slept)) l->error = "did not start after the sleep";
    lp_sensor_set(&l->sensor, 22.5);
}

/* ---- the server: bytes ----------------------------------------------------------------------------------------- */

static int psk(void *ctx, struct lp_span identity, uint8_t *to, size_t cap)
{
    (void)ctx;
    if (!lp_span_is(identity, IDENTITY) || cap < sizeof(key)) return LP_ERR_NOT_FOUND;
    memcpy(to, key, sizeof(key));
    return sizeof(key);
}

struct address {
    int end;
    struct lp_sim_addr addr;
};

static int emit(void *ctx, const void *address, size_t address_n, const void *p, size_t n)
{
    struct life *l = ctx;
    struct address a;
    memcpy(&a, address, sizeof(a));
    return address_n == sizeof(a) ? lp_sim_send(&l->sim, a.end, &a.addr, p, n) : LP_ERR_NET;
}

static void send_message(struct life_peer *p, const void *bytes, size_t n)
{
    if (p->dtls && n) lp_dtls_peer_send(p->dtls, bytes, n, p->life->sim.now);
}

static void tlv(struct lp_out *o, uint8_t kind, uint8_t id, const void *p, size_t n)
{
    lp_out_u8(o, (uint8_t)(kind | (n < 8 ? n : n < 256 ? 0x08 : 0x10)));
    lp_out_u8(o, id);
    if (n >= 8) lp_out_be(o, n, n < 256 ? 1 : 2);
    lp_out_put(o, p, n);
}

/* Two instances of object 0 at once would be the plan of a server with several accounts; here one, with its id. */
static void plan_security(struct lp_out *o)
{
    uint8_t inner[160];
    struct lp_out in;
    lp_out_init(&in, inner, sizeof(inner));
    tlv(&in, 0xc0, 0, "coaps://mg:5684", 15);
    tlv(&in, 0xc0, 1, "\0", 1);
    tlv(&in, 0xc0, 2, "\0", 1);
    tlv(&in, 0xc0, 3, IDENTITY, strlen(IDENTITY));
    tlv(&in, 0xc0, 5, key, sizeof(key));
    tlv(&in, 0xc0, 10, "\x7b", 1);
    tlv(o, 0x00, 1, inner, in.total);
}

static void plan_server(struct lp_out *o)
{
    uint8_t inner[64];
    struct lp_out in;
    lp_out_init(&in, inner, sizeof(inner));
    tlv(&in, 0xc0, 0, "\x7b", 1);
    tlv(&in, 0xc0, 1, "\x01\x2c", 2);
    tlv(&in, 0xc0, 6, "\x01", 1);
    tlv(&in, 0xc0, 7, "U", 1);
    tlv(o, 0x00, 0, inner, in.total);
}

static void empty_instance(struct lp_out *o)
{
    tlv(o, 0x00, 1, "", 0);
}

static uint8_t big(size_t i)
{
    return (uint8_t)('a' + i * 7 % 26);
}

/* ---- the server: requests ---------------------------------------------------------------------------------------- */

struct ask {
    uint8_t code;
    const char *path; /* "bs" or "/33605/0/0" */
    int format, accept;
    bool observe;
    void (*payload)(struct lp_out *);
    const char *text;
    const struct lp_block *block1, *block2;
};

static void ask_path(struct lp_coap_out *m, const char *path)
{
    for (const char *s = path + (*path == '/'), *e; *s; s = *e ? e + 1 : e) {
        for (e = s; *e && *e != '/'; e++);
        lp_coap_opt(m, LP_OPT_URI_PATH, s, (size_t)(e - s));
    }
}

static void ask(struct life_peer *p, const struct ask *a)
{
    struct lp_out o;
    struct lp_coap_out m;
    uint8_t token[4];
    lp_exchange_token(&p->x, token, sizeof(token));
    lp_out_init(&o, p->buf, sizeof(p->buf));
    lp_coap_begin(&m, &o, LP_CON, a->code, lp_exchange_mid(&p->x),
                  a->observe ? observe_token : token, 4);
    if (a->observe) lp_coap_opt_uint(&m, LP_OPT_OBSERVE, 0);
    ask_path(&m, a->path);
    if (a->format >= 0) lp_coap_opt_uint(&m, LP_OPT_CONTENT_FORMAT, (uint32_t)a->format);
    if (a->accept >= 0) lp_coap_opt_uint(&m, LP_OPT_ACCEPT, (uint32_t)a->accept);
    if (a->block2) lp_coap_opt_block(&m, LP_OPT_BLOCK2, *a->block2);
    if (a->block1) lp_coap_opt_block(&m, LP_OPT_BLOCK1, *a->block1);
    if (a->payload || a->text) lp_coap_payload(&m);
    if (a->payload) a->payload(&o);
    if (a->text) lp_out_text(&o, a->text);
    if (a->block1)
        for (size_t i = a->block1->num * (16u << a->block1->szx), end = i + (16u << a->block1->szx);
             i < end && i < LIFE_BIG; i++)
            lp_out_u8(&o, big(i));
    send_message(p, p->buf, o.total);
    lp_exchange_sent(&p->x, o.total, p->life->step, p->life->sim.now);
    p->life->waiting = true;
    p->life->asked[p->life->step]++;
}

static void answer(struct life_peer *p, const struct lp_coap *req, uint8_t code, uint8_t location)
{
    uint8_t buf[64];
    struct lp_out o;
    struct lp_coap_out m;
    lp_out_init(&o, buf, sizeof(buf));
    lp_coap_begin(&m, &o, LP_ACK, code, req->mid, req->token, req->tkl);
    if (location) {
        lp_coap_opt_text(&m, LP_OPT_LOCATION_PATH, "rd");
        lp_coap_opt(&m, LP_OPT_LOCATION_PATH, &location, 1);
    }
    send_message(p, buf, o.total);
    lp_exchange_answered(&p->x, req, buf, o.total, p->life->sim.now);
}

/* ---- the script ------------------------------------------------------------------------------------------------- */

static void go(struct life *l, enum life_step step)
{
    l->step = step;
    l->part = 0;
    l->body_n = 0;
    l->started[step] = l->sim.now;
    memcpy(l->sent[step], l->sim.sent, sizeof(l->sim.sent));
    memcpy(l->bytes[step], l->sim.bytes, sizeof(l->sim.bytes));
    if (l->on_step) l->on_step(l, step);
}

static void wrong(struct life *l, const char *what)
{
    if (!l->error) l->error = what;
}

#define REFUSED 99 /* the plan went wrong: the device will ask for it again */
#define NONE    (-1)
#define SZX     (LP_BLOCK_SIZE >= 512 ? 5 : 3) /* 512 or 128 bytes */

static void ask_bootstrap(struct life *l)
{
    static const struct ask plan[] = {
        {LP_DELETE, "1", NONE, NONE, false, NULL, NULL, NULL, NULL},
        {LP_PUT, "0", 11542, NONE, false, plan_security, NULL, NULL, NULL},
        {LP_PUT, "1", 11542, NONE, false, plan_server, NULL, NULL, NULL},
        {LP_POST, "bs", NONE, NONE, false, NULL, NULL, NULL, NULL},
    };
    if (l->bootstraps && l->part < 4) ask(&l->peer[BS], &plan[l->part]);
}

static void ask_blocks(struct life *l)
{
    size_t size = 16u << SZX;
    struct lp_block b = {l->part, (l->part + 1u) * size < LIFE_BIG, SZX};
    struct ask write = {LP_PUT, "33605/0/0", 0, NONE, false, NULL, NULL, &b, NULL};
    struct ask read = {LP_GET, "33605/0/0", NONE, 0, false, NULL, NULL, NULL, &b};
    b.more = l->step == LIFE_BLOCK1 && b.more;
    if (l->step == LIFE_BLOCK1) write.text = "";
    ask(&l->peer[MG], l->step == LIFE_BLOCK1 ? &write : &read);
}

/* What the server says next, when it is not waiting for an answer. */
static void speak(struct life *l)
{
    struct life_peer *p = &l->peer[MG];
    switch (l->step) {
    case LIFE_BOOTSTRAP: ask_bootstrap(l); break;
    case LIFE_READ:
    case LIFE_READ_AGAIN:
        ask(p, &(struct ask){LP_GET, "3/0/0", NONE, 0, false, NULL, NULL, NULL, NULL});
        break;
    case LIFE_WRITE:
        ask(p, &(struct ask){LP_PUT, "33605/0/0", 0, NONE, false, NULL, "written", NULL, NULL});
        break;
    case LIFE_EXECUTE:
        ask(p, &(struct ask){LP_POST, "33605/0/2", NONE, NONE, false, NULL, NULL, NULL, NULL});
        break;
    case LIFE_CREATE:
        if (!l->part)
            ask(p, &(struct ask){LP_POST, "33605", 11542, NONE, false, empty_instance, NULL, NULL,
                                 NULL});
        break;
    case LIFE_OBSERVE:
        ask(p, &(struct ask){LP_GET, "3303/0/5700", NONE, 0, true, NULL, NULL, NULL, NULL});
        break;
    case LIFE_BLOCK1:
    case LIFE_BLOCK2: ask_blocks(l); break;
    default: break; /* the device speaks */
    }
}

static void got_block2(struct life *l, const struct lp_coap *m)
{
    struct lp_block b = {0, false, 0};
    lp_coap_block(m, LP_OPT_BLOCK2, &b);
    if (l->body_n + m->payload.n > sizeof(l->body)) return wrong(l, "Block2: too much");
    memcpy(l->body + l->body_n, m->payload.p, m->payload.n);
    l->body_n += m->payload.n;
    l->part++;
    if (b.more) return;
    for (size_t i = 0; i < LIFE_BIG; i++)
        if (l->body_n != LIFE_BIG || l->body[i] != big(i))
            return wrong(l, "Block2: not what was written");
    go(l, LIFE_UPDATE);
    lp_client_update(&l->client, 0, 0);
}

static bool text_is(const struct lp_coap *m, const char *text)
{
    return lp_span_is(m->payload, text);
}

/* The answer to our request. */
static void heard(struct life *l, const struct lp_coap *m)
{
    static const uint8_t expected[LIFE_DONE] = {
        [LIFE_READ] = LP_CONTENT,       [LIFE_WRITE] = LP_CHANGED,   [LIFE_EXECUTE] = LP_CHANGED,
        [LIFE_CREATE] = LP_CREATED,     [LIFE_OBSERVE] = LP_CONTENT, [LIFE_BLOCK2] = LP_CONTENT,
        [LIFE_READ_AGAIN] = LP_CONTENT,
    };
    l->waiting = false;
    if (l->step == LIFE_BOOTSTRAP) {
        if (m->code >> 5 != 2 && !l->rough) wrong(l, "bootstrap: refused");
        l->part = m->code >> 5 != 2 ? REFUSED : (uint8_t)(l->part + 1);
        if (l->part == 4) go(l, l->back);
        return;
    }
    if (l->step == LIFE_BLOCK1 && !(m->code >> 5 == 5 && l->rough)) {
        bool last = (l->part + 1u) * (16u << SZX) >= LIFE_BIG;
        if (m->code != (last ? LP_CHANGED : LP_CONTINUE) &&
            !(l->rough && m->code == LP_CODE_INCOMPLETE))
            wrong(l, "Block1: refused");
        l->part++;
        if (m->code == LP_CODE_INCOMPLETE)
            l->part = 0; /* the answer to a block was lost for good: from the start */
        else if (last)
            go(l, LIFE_BLOCK2);
        return;
    }
    if (m->code >> 5 == 5 && l->rough) return; /* asked again */
    bool there =
        l->rough && l->step == LIFE_CREATE && l->created; /* made just before the power went */
    if (m->code != expected[l->step] && !there) return wrong(l, life_names[l->step]);
    if (l->step == LIFE_BLOCK2) return got_block2(l, m);
    if ((l->step == LIFE_READ || l->step == LIFE_READ_AGAIN) && !text_is(m, "Limpet"))
        wrong(l, "read: not the right value");
    if (l->step == LIFE_CREATE) {
        l->part = 1; /* an Update tells of the new instance */
        return;
    }
    go(l, l->step + 1);
    if (l->step == LIFE_NOTIFY) { /* a change, whatever it was */
        lp_sensor_set(&l->sensor, 20);
        lp_sensor_set(&l->sensor, 21.5);
    }
    if (l->step == LIFE_REBIND) {
        lp_sim_net_rebind(&l->net);
        lp_client_rebind(&l->client);
    }
}

static void registered(struct life *l)
{
    l->registrations++;
    if (l->step == LIFE_BOOTSTRAP && l->part == 3)
        go(l, l->back); /* the answer to Finish was lost, but here it is */
    switch (l->step) {
    case LIFE_REGISTER: go(l, LIFE_READ); break;
    case LIFE_REBOOT: go(l, LIFE_READ_AGAIN); break;
    case LIFE_CREATE:
        if (l->part == 1) go(l, LIFE_OBSERVE);
        break;
    case LIFE_SLEEP:
    case LIFE_NOTIFY: /* from here on: the power was cut, and what the device was about to do is forgotten */
        go(l, LIFE_OBSERVE);
        break;
    case LIFE_UPDATE: lp_client_update(&l->client, 0, 0); break;
    case LIFE_REBIND: lp_client_rebind(&l->client); break;
    case LIFE_DEREGISTER:
    case LIFE_DONE: lp_client_stop(&l->client); break;
    default:
        l->part = 0;
        l->body_n = 0;
        break;
    }
    l->waiting = false;
}

static void updated(struct life *l)
{
    l->updates++;
    if (l->step == LIFE_CREATE && l->part == 1) {
        go(l, LIFE_OBSERVE);
    } else if (l->step == LIFE_UPDATE) {
        go(l, lp_client_observations(&l->client) ? LIFE_SLEEP : LIFE_OBSERVE);
    } else if (l->step == LIFE_REBIND) {
        go(l, LIFE_DEREGISTER);
        lp_client_stop(&l->client);
    }
}

/* A request of the device. */
static void serve(struct life_peer *p, const struct lp_coap *m)
{
    struct life *l = p->life;
    struct lp_span first = {"", 0}, second = {"", 0};
    struct lp_option_iter at = {0, 0};
    struct lp_option o;
    while (lp_coap_next(m, &at, &o))
        if (o.number == LP_OPT_URI_PATH) *(first.n ? &second : &first) = o.value;
    bool known = second.n == 1 && *(const uint8_t *)second.p == l->location;
    if (p == &l->peer[BS] && m->code == LP_POST && lp_span_is(first, "bs")) {
        if (l->step != LIFE_BOOTSTRAP) { /* it lost its accounts, or could not read them */
            l->back = l->step;
            go(l, LIFE_BOOTSTRAP);
        }
        l->bootstraps++;
        l->part = 0;
        l->waiting = false;
        lp_exchange_cancel(&p->x);
        answer(p, m, LP_CHANGED, 0);
    } else if (p == &l->peer[MG] && m->code == LP_POST && lp_span_is(first, "rd") && !second.n) {
        l->location = (uint8_t)('A' + l->registrations % 26);
        answer(p, m, LP_CREATED, l->location);
        registered(l);
    } else if (p == &l->peer[MG] && m->code == LP_POST && known) {
        answer(p, m, LP_CHANGED, 0);
        updated(l);
    } else if (p == &l->peer[MG] && m->code == LP_DELETE && known) {
        answer(p, m, LP_DELETED, 0);
        l->deregistrations++;
        if (l->step == LIFE_DEREGISTER) go(l, LIFE_DONE);
    } else {
        answer(p, m, LP_CODE_NOT_FOUND, 0);
    }
}

/* Response to none of our requests: a notification of our one observation, or something to be reset. */
static void other(struct life_peer *p, const struct lp_coap *m)
{
    struct life *l = p->life;
    uint8_t reply[4];
    bool ours = m->tkl == sizeof(observe_token) &&
                memcmp(m->token, observe_token, sizeof(observe_token)) == 0;
    struct lp_span s = ours ? lp_exchange_ack(m, reply) : lp_exchange_reset(m, reply);
    if (!ours || m->type == LP_CON) send_message(p, s.p, s.n);
    if (!ours) return;
    l->notifications++;
    if (l->step == LIFE_NOTIFY && text_is(m, "21.5")) {
        l->notified = 21.5;
        go(l, LIFE_BLOCK1);
    }
    if (l->step == LIFE_SLEEP && text_is(m, "22.5")) {
        go(l, LIFE_REBOOT);
        device_reboot(l);
    }
}

static void take(struct life_peer *p, const void *bytes, size_t n)
{
    struct lp_exchange_event ev;
    lp_exchange_recv(&p->x, bytes, n, p->life->sim.now, &ev);
    send_message(p, ev.send.p, ev.send.n);
    if (ev.kind == LP_X_REQUEST)
        serve(p, &ev.msg);
    else if (ev.kind == LP_X_RESPONSE)
        heard(p->life, &ev.msg);
    else if (ev.kind == LP_X_OTHER)
        other(p, &ev.msg);
    else if (ev.kind == LP_X_RESET && ev.mine)
        wrong(p->life, "our request was reset");
}

static void feed(struct life_peer *p, const struct lp_sim_addr *from, const uint8_t *bytes,
                 size_t n)
{
    struct life *l = p->life;
    struct address a;
    memset(&a, 0, sizeof(a));
    a.end = p->end;
    a.addr = *from;
    uint8_t plain[1400];
    if (!p->dtls || lp_dtlsd_is_hello(bytes, n)) {
        struct lp_dtls_peer *fresh = NULL;
        if (!p->dtls || lp_dtls_peer_up(p->dtls))
            fresh = lp_dtlsd_hello(l->dtlsd, &a, sizeof(a), bytes, n, l->sim.now);
        if (fresh) {
            if (p->dtls) lp_dtls_peer_free(p->dtls, false);
            p->dtls = fresh;
            lp_exchange_clear(&p->x);
            l->handshakes++;
        }
        if (fresh || !p->dtls || lp_dtls_peer_up(p->dtls)) return;
    }
    for (int got; (got = lp_dtls_peer_recv(p->dtls, &a, sizeof(a), bytes, n, plain, sizeof(plain),
                                           l->sim.now)) != LP_AGAIN;
         n = 0) {
        if (got < 0) {
            lp_dtls_peer_free(p->dtls, false);
            p->dtls = NULL;
            return;
        }
        take(p, plain, (size_t)got);
        if (!p->dtls) return;
    }
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t peer_step(struct life_peer *p)
{
    struct life *l = p->life;
    uint8_t bytes[1500];
    struct lp_sim_addr from;
    uint32_t wait = UINT32_MAX;
    for (int n; (n = lp_sim_recv(&l->sim, p->end, bytes, sizeof(bytes), &from)) >= 0;)
        feed(p, &from, bytes, (size_t)n);
    if (p->dtls && !lp_dtls_peer_up(p->dtls)) {
        int err = lp_dtls_peer_step(p->dtls, l->sim.now, &wait);
        if (err < 0 && err != LP_AGAIN) {
            lp_dtls_peer_free(p->dtls, false);
            p->dtls = NULL;
        }
    }
    struct lp_exchange_event ev;
    lp_exchange_poll(&p->x, l->sim.now, &ev);
    send_message(p, ev.send.p, ev.send.n);
    if (ev.kind == LP_X_TIMEOUT) l->waiting = false; /* asked again, as a server's user would */
    return least(wait, lp_exchange_wait(&p->x, l->sim.now));
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

struct life *life_new(uint64_t seed)
{
    return life_on(seed, NULL);
}

struct life *life_on(uint64_t seed, struct lp_sim_flash *flash)
{
    struct life *l = calloc(1, sizeof(*l));
    if (!l) return NULL;
    lp_sim_seed(seed);
    lp_sim_init(&l->sim, seed);
    l->sim.delay_min = l->sim.delay_max = 20;
    lp_sim_net_init(&l->net, &l->sim);
    lp_sim_kv_init(&l->kv);
    l->flash = flash;
    l->sim.power_off = flash ? &flash->cut : &l->kv.cut;
    l->instances = 1;
    l->dtlsd = lp_dtlsd_new(&(struct lp_dtlsd_config){psk, emit, l});
    for (int i = 0; i < 2; i++) {
        l->peer[i].life = l;
        l->peer[i].end = lp_sim_listen(&l->sim, i == BS ? "bs" : "mg", 5684);
        lp_exchange_init(&l->peer[i].x, l->peer[i].buf, sizeof(l->peer[i].buf),
                         &(struct lp_tx){0, 0, 0});
    }
    l->back = LIFE_REGISTER;
    go(l, LIFE_BOOTSTRAP);
    if (device_start(l, 0)) l->error = "did not start";
    return l;
}

void life_free(struct life *l)
{
    for (unsigned i = 0; i < LP_MAX_SERVERS; i++) lp_dtls_close(&l->client.link[i].dtls);
    for (int i = 0; i < 2; i++)
        if (l->peer[i].dtls) lp_dtls_peer_free(l->peer[i].dtls, false);
    lp_dtlsd_free(l->dtlsd);
    lp_sim_net_free(&l->net);
    lp_sim_kv_free(&l->kv);
    lp_sim_free(&l->sim);
    free(l);
}

bool life_run(struct life *l, uint64_t limit)
{
    struct lp_event ev;
    for (uint64_t end = l->sim.now + limit; l->sim.now < end && !l->error;) {
        if (l->wakes_at && l->sim.now >= l->wakes_at) device_wake(l);
        uint32_t wait =
            l->wakes_at ? (uint32_t)(l->wakes_at - l->sim.now) : lp_step(&l->client, l->sim.now);
        if (!l->wakes_at) device_sleep(l);
        if (*l->sim.power_off && !l->wakes_at) {
            power_on(l);
            device_reboot(l);
            wait = 0;
        }
        while (lp_event(&l->client, &ev)) {
            if (l->on_event) l->on_event(l, &ev);
            if (ev.kind == LP_EV_DELIVERED && ev.err && !l->rough)
                wrong(l, "the device was told that a notification did not arrive");
        }
        for (int i = 0; i < 2; i++) wait = least(wait, peer_step(&l->peer[i]));
        if (!l->waiting && !l->error && l->peer[l->step == LIFE_BOOTSTRAP ? BS : MG].dtls) speak(l);
        if (l->step == LIFE_DONE && lp_client_stopped(&l->client)) return true;
        lp_sim_pass(&l->sim, least(wait, 1000));
    }
    wrong(l, "did not end in time");
    return false;
}

const char *life_check(const struct life *l)
{
    if (l->error) return l->error;
    if (l->executed < 1 || l->executed > l->asked[LIFE_EXECUTE])
        return "executed more often than asked";
    if (l->created < 1 || l->created > l->asked[LIFE_CREATE])
        return "created more often than asked";
    if (!l->rough && (l->executed != 1 || l->created != 1)) return "asked more than once";
    for (size_t i = 0; i < LIFE_BIG; i++)
        if (l->text_n != LIFE_BIG || l->text[i] != big(i)) return "the written value is not there";
    if (l->notified != 21.5) return "the notification did not arrive";
    return l->deregistrations >= 1 ? NULL : "not deregistered";
}
