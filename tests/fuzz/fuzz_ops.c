/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of two servers against a client with several objects. The input is a run of commands, a byte each and what
 * belongs to it: raw bytes of a message, a message put together from choices, time that passes, a value that changes,
 * a pending request that is done. Held against it: an answer is a message with the request's token, an ACK with its id
 * to a CON, NON to a NON; notifications and late answers carry the token of somebody who asked; the objects are called
 * with what their tables say, and nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/path.h"
#include "link/exchange.h"
#include "lwm2m/attrs.h"
#include "lwm2m/internal.h"
#include "lwm2m/model.h"
#include "lwm2m/observe.h"
#include "lwm2m/ops.h"

static void require(bool is_so, const char *what)
{
    if (is_so) return;
    fprintf(stderr, "violated: %s\n", what);
    abort();
}

static struct lp_client c;

/* ---- objects ------------------------------------------------------------------------------------------------- */

static const struct lp_res table[] = {
    {0, LP_T_INT, LP_RW | LP_MANDATORY},
    {1, LP_T_STRING, LP_RW | LP_MULTIPLE},
    {2, 0, LP_E},
    {3, LP_T_OPAQUE, LP_RW},
    {4, LP_T_FLOAT, LP_RW},
    {5, LP_T_INT, LP_W},
    {6, LP_T_BOOL, LP_R},
    {7, LP_T_UINT, LP_RW | LP_MULTIPLE},
    {8, LP_T_OBJLNK, LP_RW},
    {300, LP_T_TIME, LP_RW},
    {301, LP_T_STRING, LP_R | LP_MULTIPLE},
};
#define RES   11
#define INST  3
#define RINST 3

static struct thing {
    struct lp_object object;
    bool inst[INST];
    struct {
        bool there;
        struct lp_value v;
        uint8_t bytes[64];
    } cell[INST][RES][RINST];
} things[2];
static uint8_t mood; /* what handlers say; changes with the input */
static uint16_t pending;

static unsigned row(const struct lp_path *at)
{
    unsigned i = 0;
    while (i < RES && table[i].id != at->res) i++;
    require(i < RES, "a resource of the table");
    return i;
}

static struct thing *enter(struct lp_object *o, const struct lp_path *at)
{
    struct thing *t = (struct thing *)(void *)o;
    require(at->obj == o->id, "the object's own path");
    require(at->inst < INST && t->inst[at->inst], "an instance that exists");
    return t;
}

static int say(void)
{
    if ((mood & 15) == 1) return LP_ERR_INTERNAL;
    if ((mood & 15) != 2) return 0;
    pending = lp_request_id(&c);
    return LP_PENDING;
}

static int next(struct lp_object *o, int after)
{
    for (int i = after + 1; i < INST; i++)
        if (((struct thing *)(void *)o)->inst[i]) return i;
    return LP_ERR_NOT_FOUND;
}

static int has(struct lp_object *o, const struct lp_path *at)
{
    struct thing *t = enter(o, at);
    unsigned r = row(at);
    return table[r].ops & LP_E || t->cell[at->inst][r][0].there || t->cell[at->inst][r][1].there ||
           t->cell[at->inst][r][2].there;
}

static int read(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    struct thing *t = enter(o, at);
    unsigned r = row(at);
    require(!(table[r].ops & LP_E), "no read of an executable");
    if (mood & 16 && say()) return say();
    for (unsigned i = 0; i < RINST; i++) {
        if (!t->cell[at->inst][r][i].there) continue;
        if (table[r].ops & LP_MULTIPLE) lp_emit_at(e, (uint16_t)(i * 200));
        lp_emit_value(e, &t->cell[at->inst][r][i].v);
    }
    return 0;
}

static int check(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    unsigned r = row(at);
    require(at->obj == o->id, "the object's own path");
    require(v->type == (enum lp_type)table[r].type, "the table's type");
    if (at->rinst != LP_NONE && (at->rinst % 200 || at->rinst / 200 >= RINST)) return LP_ERR_FULL;
    return 0;
}

static int write(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    struct thing *t = enter(o, at);
    unsigned r = row(at), i = at->rinst == LP_NONE ? 0 : at->rinst / 200;
    require(check(o, at, v) == 0, "a value that was checked");
    require(table[r].ops & LP_W, "a writable resource");
    require(!!(table[r].ops & LP_MULTIPLE) == (at->rinst != LP_NONE),
            "an instance of a multiple resource");
    t->cell[at->inst][r][i].there = true;
    t->cell[at->inst][r][i].v = *v;
    if (v->type == LP_T_STRING || v->type == LP_T_OPAQUE) {
        uint8_t *bytes = t->cell[at->inst][r][i].bytes;
        size_t n = v->u.s.n < 64 ? v->u.s.n : 0;
        if (n) memcpy(bytes, v->u.s.p, n);
        t->cell[at->inst][r][i].v.u.s = (struct lp_span){bytes, n};
    }
    return say();
}

static int exec(struct lp_object *o, const struct lp_path *at, struct lp_span args)
{
    enter(o, at);
    require(table[row(at)].ops & LP_E, "an executable");
    for (size_t i = 0; i < args.n; i++) mood ^= ((const uint8_t *)args.p)[i];
    return say();
}

static int create(struct lp_object *o, uint16_t inst)
{
    struct thing *t = (struct thing *)(void *)o;
    if (inst >= INST) return LP_ERR_FULL;
    require(!t->inst[inst], "an instance that is new");
    memset(t->cell[inst], 0, sizeof t->cell[inst]);
    t->inst[inst] = true;
    return 0;
}

static int remove_(struct lp_object *o, const struct lp_path *at)
{
    struct thing *t = enter(o, at);
    if (at->res == LP_NONE) {
        t->inst[at->inst] = false;
        return 0;
    }
    for (unsigned i = 0; i < RINST; i++)
        if (at->rinst == LP_NONE || at->rinst == i * 200)
            t->cell[at->inst][row(at)][i].there = false;
    return 0;
}

static const struct lp_object_ops ops = {next, has, read, check, write, exec, create, remove_};

/* ---- the client ---------------------------------------------------------------------------------------------- */

static struct lp_device device;
static struct lp_sensor sensor, lamp;

static int kv_get(struct lp_kv *kv, uint16_t key, void *p, size_t cap)
{
    (void)kv, (void)key, (void)p, (void)cap;
    return LP_ERR_NOT_FOUND;
}
static int kv_put(struct lp_kv *kv, uint16_t key, const void *p, size_t n)
{
    (void)kv, (void)key, (void)p, (void)n;
    require(n <= LP_MAX_RECORD, "a record that fits");
    return (mood & 15) == 3 ? LP_ERR_FULL : 0;
}
static int kv_del(struct lp_kv *kv, uint16_t key)
{
    (void)kv, (void)key;
    return 0;
}
static struct lp_kv kv = {kv_get, kv_put, kv_del};

static void add(struct lp_object *o)
{
    struct lp_object **at = &c.objects;
    while (*at && (*at)->id < o->id) at = &(*at)->next_;
    o->next_ = *at;
    *at = o;
}

static void begin(void)
{
    static const struct lp_value answer = {.type = LP_T_INT, .u.i = 42},
                                 half = {.type = LP_T_FLOAT, .u.f = 0.5};
    static struct lp_object security;
    memset(&c, 0, sizeof c);
    memset(things, 0, sizeof things);
    c.now = 1000;
    c.config.kv = &kv;
    c.config.max_message = LP_MAX_MESSAGE;
    for (unsigned i = 0; i < LP_MAX_OBSERVATIONS; i++) c.observation[i].path.obj = LP_NONE;
    for (unsigned i = 0; i < LP_MAX_SERVERS; i++) {
        struct lp_link *l = &c.link[i];
        c.server[i].iid = i < 2 ? (uint16_t)i : LP_NONE;
        c.server[i].ssid = (uint16_t)(i + 1);
        l->sec = l->srv = i < 2 ? (uint8_t)i : LP_NO_ROW;
        lp_exchange_init(&l->x, l->buf, sizeof l->buf, &c.config.tx);
    }
    c.server[1].pmin_s = 2;
    c.server[1].pmax_s = 50;
    c.link[1].v10 = 1;
    for (unsigned i = 0; i < 2; i++) {
        things[i].object = (struct lp_object){.id = (uint16_t)(i ? 300 : 7),
                                              .res = table,
                                              .nres = RES,
                                              .ops = &ops,
                                              .version = i ? "1.2" : NULL};
        things[i].inst[0] = things[i].inst[1] = true;
        things[i].cell[0][0][0].there = things[i].cell[1][0][0].there =
            things[i].cell[0][4][0].there = true;
        things[i].cell[0][0][0].v = things[i].cell[1][0][0].v = answer;
        things[i].cell[0][4][0].v = half;
        add(&things[i].object);
    }
    security = things[0].object;
    security.id = 0;
    add(&security);
    memset(&device, 0, sizeof device);
    device.manufacturer =
        "a name that is so long that it takes more than one small block to be sent";
    lp_device_add(&c, &device);
    memset(&sensor, 0, sizeof sensor);
    memset(&lamp, 0, sizeof lamp);
    lp_sensor_add(&c, &sensor, 3303, "Cel");
    lp_light_add(&c, &lamp);
    mood = 0;
}

/* ---- commands ------------------------------------------------------------------------------------------------ */

static struct lp_in in;

static void serve(struct lp_link *l, size_t n)
{
    struct lp_coap req, answer;
    if (lp_coap_parse(&req, c.io, n) || req.code == LP_EMPTY || req.code >= 32 || req.type > LP_NON)
        return;
    struct lp_coap copy = req;
    int len = lp_ops_serve(&c, l, &req);
    require(len >= 0 && len <= (int)sizeof c.io, "a length");
    if (!len) {
        require(copy.type == LP_NON, "a CON gets an answer");
        return;
    }
    require(lp_coap_parse(&answer, c.io, (size_t)len) == 0, "a message");
    require(answer.type == (copy.type == LP_CON ? LP_ACK : LP_NON), "ACK for CON, NON for NON");
    if (copy.type == LP_CON) require(answer.mid == copy.mid, "the same id");
    if (answer.code == LP_EMPTY) return;
    require(answer.code >= 65 && answer.code < 192, "a response code");
    require(answer.tkl == copy.tkl && memcmp(answer.token, copy.token, copy.tkl) == 0,
            "the same token");
    require(lp_coap_check_options(&answer) == 0, "options that are legal");
}

static void raw(struct lp_link *l)
{
    size_t n = (size_t)lp_in_be(&in, 2) % (LP_MAX_MESSAGE + 1), left = lp_in_left(&in);
    if (n > left) n = left;
    if (n) memcpy(c.io, lp_in_take(&in, n), n);
    serve(l, n);
}

static void built(struct lp_link *l)
{
    static const char *const paths[] = {
        "7",      "7/0",       "7/0/0", "7/0/1",     "7/0/1/0", "7/1", "7/0/2", "7/0/3",
        "7/0/4",  "300",       "300/0", "300/2/301", "3",       "3/0", "3/0/0", "3303/0/5700",
        "3311/0", "7/0/7/200", "0/0",   "7/0/8",     "7/0/300", "7/2", "",      "rd"};
    static const uint8_t codes[] = {LP_GET,   LP_PUT,    LP_POST, LP_DELETE,
                                    LP_FETCH, LP_IPATCH, LP_GET,  LP_PUT};
    static const uint16_t formats[] = {0, 42, 60, 110, 112, 11542, 40, 50};
    struct lp_out out;
    struct lp_coap_out o;
    uint8_t choice = lp_in_u8(&in), options = lp_in_u8(&in), detail = lp_in_u8(&in),
            token = lp_in_u8(&in);
    const char *path = paths[lp_in_u8(&in) % (sizeof paths / sizeof *paths)];
    lp_out_init(&out, c.io, sizeof c.io);
    lp_coap_begin(&o, &out, choice & 1, codes[choice >> 1 & 7], lp_exchange_mid(&l->x), &token, 1);
    if (options & 1) lp_coap_opt_uint(&o, LP_OPT_OBSERVE, detail & 1);
    while (*path) {
        size_t n = strcspn(path, "/");
        lp_coap_opt(&o, LP_OPT_URI_PATH, path, n);
        path += n + (path[n] == '/');
    }
    if (options & 2) lp_coap_opt_uint(&o, LP_OPT_CONTENT_FORMAT, formats[detail >> 1 & 7]);
    if (options & 4) {
        size_t n = lp_in_u8(&in) & 31;
        const uint8_t *q = lp_in_take(&in, n);
        if (q) lp_coap_opt(&o, LP_OPT_URI_QUERY, q, n);
    }
    if (options & 8) lp_coap_opt_uint(&o, LP_OPT_ACCEPT, formats[detail >> 4 & 7]);
    if (options & 16) lp_coap_opt_uint(&o, LP_OPT_BLOCK2, lp_in_u8(&in));
    if (options & 32) lp_coap_opt_uint(&o, LP_OPT_BLOCK1, lp_in_u8(&in));
    size_t n = options & 64 ? lp_in_u8(&in) : 0;
    const uint8_t *p = lp_in_take(&in, n);
    if (n && p) {
        lp_coap_payload(&o);
        lp_out_put(&out, p, n);
    }
    if (lp_out_end(&out) > 0) serve(l, out.total);
}

static void check_own(const uint8_t *p, int n)
{
    struct lp_coap m;
    require(n <= LP_MAX_SEND && lp_coap_parse(&m, p, (size_t)n) == 0, "a message of ours");
    require(m.type <= LP_NON && m.code >= 65 && lp_coap_check_options(&m) == 0, "a response");
}

static void notify(struct lp_link *l, uint8_t how)
{
    unsigned index;
    bool con;
    uint16_t id;
    int n, limit = 3 * LP_MAX_OBSERVATIONS;
    c.now += (uint64_t)(how & 127) * 977;
    while ((n = lp_observe_due(&c, l, l->buf, sizeof l->buf, &index, &con)) > 0 && limit--) {
        check_own(l->buf, n);
        if (con)
            lp_observe_done(&c, index, how & 128 ? LP_ERR_RESET : 0);
        else if (how & 128)
            require(lp_observe_reset(&c, l, (uint16_t)(l->buf[2] << 8 | l->buf[3])),
                    "an observation to be reset");
    }
    require(limit > 0, "an end of notifications");
    lp_observe_wait(&c, l);
    if ((n = lp_ops_completed(&c, l, &id)) > 0) check_own(l->buf, n);
}

static void local(uint8_t how)
{
    static const struct lp_path paths[] = {{0, 7, 0, 0, LP_NONE},
                                           {0, 7, 0, 1, 200},
                                           {0, 300, 1, LP_NONE, LP_NONE},
                                           {0, 7, 0, 4, LP_NONE}};
    const struct lp_path *at = &paths[how & 3];
    struct lp_value v = {.type = LP_T_INT, .u.i = how};
    switch (how >> 2 & 7) {
    case 0: lp_changed(&c, at); break;
    case 1: lp_client_set(&c, at, &v); break;
    case 2: lp_client_delete(&c, at); break;
    case 3: lp_client_create(&c, 300, how >> 5); break;
    case 4: lp_sensor_set(&sensor, how); break;
    case 5: lp_complete(&c, pending, how & 1 ? LP_ERR_INTERNAL : 0); break;
    case 6: lp_observe_forget(&c, &c.link[how & 1], LP_END_CANCEL); break;
    default: lp_ops_forget(&c, &c.link[how & 1]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const uint16_t sizes[] = {0, 16, 64, 1024};
    struct lp_event ev;
    lp_in_init(&in, p, n);
    begin();
    uint8_t first = lp_in_u8(&in);
    c.config.block_size = sizes[first & 3] > LP_BLOCK_SIZE ? LP_BLOCK_SIZE : sizes[first & 3];
    c.config.con_notify = first & 4;
    while (lp_in_left(&in)) {
        uint8_t command = lp_in_u8(&in);
        struct lp_link *l = &c.link[command >> 3 & 1];
        switch (command & 7) {
        case 0: raw(l); break;
        case 1: notify(l, lp_in_u8(&in)); break;
        case 2: local(lp_in_u8(&in)); break;
        case 3: mood = lp_in_u8(&in); break;
        case 4: lp_device_after_answer(&c); break;
        default: built(l);
        }
        while (lp_event(&c, &ev) > 0) require(ev.kind != LP_EV_NONE && ev.server <= 2, "an event");
    }
    return 0;
}
