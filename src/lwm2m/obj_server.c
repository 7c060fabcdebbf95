/* SPDX-License-Identifier: Apache-2.0
 *
 * obj_server.c - object 1, version 1.1: the rows of c->server[]. Most resources are a number or a boolean that nothing
 * but its owner looks at: lp_server_fields[] says where each stands, and accounts.c stores them by the same table.
 */
#include <string.h>

#include "lwm2m/internal.h"

enum {
    SSID = 0,
    LIFETIME = 1,
    DISABLE = 4,
    BINDING = 7,
    UPDATE = 8,
    BOOTSTRAP = 9,
    TRANSPORT = 22
};

#define MANDATORY (1u << SSID | 1u << LIFETIME | 1u << 6 | 1u << BINDING | 1u << UPDATE)
#define ACTIONS   (1u << DISABLE | 1u << BOOTSTRAP)

static const struct lp_res table[] = {
    {SSID, LP_T_INT, LP_RW | LP_BS | LP_MANDATORY},
    {LIFETIME, LP_T_INT, LP_RW | LP_MANDATORY},
    {2, LP_T_INT, LP_RW},
    {3, LP_T_INT, LP_RW},
    {DISABLE, 0, LP_E},
    {5, LP_T_INT, LP_RW},
    {6, LP_T_BOOL, LP_RW | LP_MANDATORY},
    {BINDING, LP_T_STRING, LP_RW | LP_MANDATORY},
    {UPDATE, 0, LP_E | LP_MANDATORY},
    {BOOTSTRAP, 0, LP_E},
    {13, LP_T_UINT, LP_RW | LP_BS},
    {14, LP_T_UINT, LP_RW | LP_BS},
    {15, LP_T_BOOL, LP_RW | LP_BS},
    {16, LP_T_BOOL, LP_RW | LP_BS},
    {17, LP_T_UINT, LP_RW | LP_BS},
    {18, LP_T_UINT, LP_RW | LP_BS},
    {19, LP_T_UINT, LP_RW | LP_BS},
    {20, LP_T_UINT, LP_RW | LP_BS},
    {21, LP_T_BOOL, LP_RW},
    {TRANSPORT, LP_T_STRING, LP_RW},
    {23, LP_T_BOOL, LP_RW},
};

#define WIDE(id, member)   {id, offsetof(struct lp_server, member), true}
#define NARROW(id, member) {id, offsetof(struct lp_server, member), false}
const struct lp_server_field lp_server_fields[LP_SERVER_FIELDS] = {
    WIDE(LIFETIME, lifetime_s), WIDE(2, pmin_s),         WIDE(3, pmax_s),
    WIDE(5, disable_s),         NARROW(6, store),        WIDE(13, priority),
    WIDE(14, delay_s),          NARROW(15, fail_block),  NARROW(16, bootstrap_on_failure),
    WIDE(17, retry.count),      WIDE(18, retry.timer_s), WIDE(19, retry.seq_delay_s),
    WIDE(20, retry.seq_count),  NARROW(21, trigger),     NARROW(23, mute)};

uint32_t lp_server_number(const struct lp_server *s, const struct lp_server_field *f)
{
    const uint8_t *at = (const uint8_t *)s + f->offset;
    uint32_t v = *at;
    if (f->wide) memcpy(&v, at, sizeof(v));
    return v;
}

void lp_server_set_number(struct lp_server *s, const struct lp_server_field *f, uint32_t v)
{
    uint8_t *at = (uint8_t *)s + f->offset;
    if (f->wide)
        memcpy(at, &v, sizeof(v));
    else
        *at = (uint8_t)v;
}

static const struct lp_server_field *field(uint16_t id)
{
    for (int i = 0; i < LP_SERVER_FIELDS; i++)
        if (lp_server_fields[i].id == id) return &lp_server_fields[i];
    return NULL;
}

static struct lp_client *client(struct lp_object *o)
{
    return (struct lp_client *)(void *)((char *)o - offsetof(struct lp_client, server_obj));
}

static struct lp_server *row(struct lp_object *o, uint16_t iid)
{
    struct lp_client *c = client(o);
    for (struct lp_server *s = c->server; s < c->server + LP_MAX_SERVERS; s++)
        if (s->iid == iid) return s;
    return NULL;
}

static int next(struct lp_object *o, int after)
{
    const struct lp_client *c = client(o);
    int best = LP_NONE;
    for (int i = 0; i < LP_MAX_SERVERS; i++)
        if (c->server[i].iid > after && c->server[i].iid < best) best = c->server[i].iid;
    return best < (int)LP_NONE ? best : LP_ERR_NOT_FOUND;
}

static int has(struct lp_object *o, const struct lp_path *at)
{
    return ((row(o, at->inst)->present | MANDATORY | ACTIONS) >> at->res & 1) != 0;
}

static int read(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    const struct lp_server *s = row(o, at->inst);
    const struct lp_server_field *f = field(at->res);
    struct lp_value v = {.type = LP_T_UINT};
    switch (at->res) {
    case SSID: return lp_emit_int(e, s->ssid);
    case BINDING: return lp_emit_string(e, s->binding);
    case TRANSPORT:
        v.type = LP_T_STRING;
        v.u.s = (struct lp_span){&s->transport, 1};
        return lp_emit_value(e, &v);
    default: break;
    }
    uint32_t number = lp_server_number(s, f);
    if (!f->wide) return lp_emit_bool(e, number != 0);
    return at->res >= 13 ? lp_emit_uint(e, number) : lp_emit_int(e, number);
}

/* Of the bindings of 1.0 and 1.1: UDP must be among them. */
static bool good_binding(struct lp_span s)
{
    const char *p = s.p;
    bool udp = false;
    for (size_t i = 0; i < s.n; i++) {
        if (!strchr("UTSNQ", p[i])) return false;
        udp |= p[i] == 'U';
    }
    return udp && s.n < sizeof(((struct lp_server *)0)->binding);
}

static int check(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    (void)o;
    switch (v->type) {
    case LP_T_INT:
        if (at->res == SSID && (v->u.i < 1 || v->u.i >= (int)LP_NONE)) return LP_ERR_VALUE;
        return v->u.i >= 0 && v->u.i <= UINT32_MAX ? 0 : LP_ERR_VALUE;
    case LP_T_UINT: return v->u.u <= UINT32_MAX ? 0 : LP_ERR_VALUE;
    case LP_T_STRING:
        return (at->res == BINDING ? good_binding(v->u.s) : v->u.s.n == 1) ? 0 : LP_ERR_VALUE;
    default: return 0;
    }
}

/* What the server must be told, or told again, because of a new value. */
static void follow(struct lp_client *c, const struct lp_server *s, uint16_t res)
{
    struct lp_link *l = lp_client_link(c, s->ssid);
    if (l && res == LIFETIME) lp_register_want(c, l, LP_WANT_UPDATE | LP_WANT_LIFETIME, 0);
    if (l && res == BINDING) lp_register_want(c, l, LP_WANT_UPDATE | LP_WANT_BINDING, 0);
    lp_accounts_changed(c, res == SSID);
}

static int write(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    struct lp_server *s = row(o, at->inst);
    const struct lp_server_field *f = field(at->res);
    if (f) {
        lp_server_set_number(s, f, v->type == LP_T_BOOL ? v->u.b : (uint32_t)v->u.i);
    } else if (at->res == SSID) {
        s->ssid = (uint16_t)v->u.i;
    } else if (at->res == TRANSPORT) {
        s->transport = *(const char *)v->u.s.p;
    } else {
        memset(s->binding, 0, sizeof(s->binding));
        memcpy(s->binding, v->u.s.p, v->u.s.n);
    }
    s->present |= 1u << at->res;
    follow(client(o), s, at->res);
    return 0;
}

static int exec(struct lp_object *o, const struct lp_path *at, struct lp_span args)
{
    (void)args;
    struct lp_client *c = client(o);
    const struct lp_server *s = row(o, at->inst);
    if (at->res == BOOTSTRAP) return lp_bootstrap_begin(c, false) == 0 ? 0 : LP_ERR_METHOD;
    struct lp_link *l = lp_client_link(c, s->ssid);
    if (!l) return LP_ERR_METHOD;
    if (at->res == DISABLE)
        lp_register_pause(c, l, s->present >> 5 & 1 ? s->disable_s : 86400);
    else
        lp_register_want(c, l, LP_WANT_UPDATE, 0);
    return 0;
}

static int create(struct lp_object *o, uint16_t inst)
{
    lp_accounts_changed(client(o), true);
    return lp_accounts_new_server(client(o), inst) ? 0 : LP_ERR_FULL;
}

static int remove(struct lp_object *o, const struct lp_path *at)
{
    struct lp_server *s = row(o, at->inst);
    if (at->res == LP_NONE) {
        s->iid = LP_NONE;
    } else {
        const struct lp_server_field *f = field(at->res);
        if (f) lp_server_set_number(s, f, 0);
        s->present &= ~(1u << at->res);
    }
    lp_accounts_changed(client(o), at->res == LP_NONE);
    return 0;
}

void lp_server_object(struct lp_client *c)
{
    static const struct lp_object_ops ops = {.next = next,
                                             .has = has,
                                             .read = read,
                                             .check = check,
                                             .write = write,
                                             .exec = exec,
                                             .create = create,
                                             .remove = remove};
    c->server_obj.id = 1;
    c->server_obj.res = table;
    c->server_obj.nres = sizeof(table) / sizeof(*table);
    c->server_obj.ops = &ops;
    c->server_obj.version = "1.1";
}
