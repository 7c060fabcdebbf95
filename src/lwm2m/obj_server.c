/* SPDX-License-Identifier: Apache-2.0
 *
 * obj_server.c - object 1, version 1.1: the rows of c->server[].
 */
#include "lwm2m/internal.h"

enum {
    SSID = 0,
    LIFETIME = 1,
    DISABLE = 4,
    DISABLE_TIME = 5,
    BINDING = 7,
    UPDATE = 8,
    BOOTSTRAP = 9
};

#define MANDATORY (1u << SSID | 1u << LIFETIME | 1u << 6 | 1u << BINDING | 1u << UPDATE)
#define ACTIONS   (1u << DISABLE | 1u << BOOTSTRAP)

static const struct lp_res table[] = {
    {SSID, LP_T_INT, LP_RW | LP_BS | LP_MANDATORY},
    {LIFETIME, LP_T_INT, LP_RW | LP_MANDATORY},
    {2, LP_T_INT, LP_RW},
    {3, LP_T_INT, LP_RW},
    {DISABLE, 0, LP_E},
    {DISABLE_TIME, LP_T_INT, LP_RW},
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
    {22, LP_T_STRING, LP_RW},
    {23, LP_T_BOOL, LP_RW},
};

const struct lp_field lp_server_fields[] = {LP_FIELD(LP_NO_RES, lp_server, iid),
                                            LP_FIELD(SSID, lp_server, ssid),
                                            LP_FIELD(LP_NO_RES, lp_server, present),
                                            LP_FIELD(LIFETIME, lp_server, lifetime_s),
                                            LP_FIELD(2, lp_server, pmin_s),
                                            LP_FIELD(3, lp_server, pmax_s),
                                            LP_FIELD(DISABLE_TIME, lp_server, disable_s),
                                            LP_FIELD(6, lp_server, store),
                                            LP_FIELD(13, lp_server, priority),
                                            LP_FIELD(14, lp_server, delay_s),
                                            LP_FIELD(15, lp_server, fail_block),
                                            LP_FIELD(16, lp_server, bootstrap_on_failure),
                                            LP_FIELD(17, lp_server, retry.count),
                                            LP_FIELD(18, lp_server, retry.timer_s),
                                            LP_FIELD(19, lp_server, retry.seq_delay_s),
                                            LP_FIELD(20, lp_server, retry.seq_count),
                                            LP_FIELD(21, lp_server, trigger),
                                            LP_FIELD(23, lp_server, mute),
                                            LP_TEXT(BINDING, lp_server, binding_n, 5),
                                            LP_TEXT(22, lp_server, transport_n, 5)};

static struct lp_server *row(struct lp_object *o, const struct lp_path *at)
{
    return lp_row(lp_row_client(o), LP_ROWS_SERVER, at->inst);
}

static int has(struct lp_object *o, const struct lp_path *at)
{
    return ((row(o, at)->present | MANDATORY | ACTIONS) >> at->res & 1) != 0;
}

#define BIT(letter) (1u << ((letter) - 'A'))

/* The letters of 1.0 and 1.1, each at most once: UDP must be among them. */
bool lp_server_binding(struct lp_span s)
{
    const uint8_t *p = s.p;
    uint32_t left = BIT('U') | BIT('M') | BIT('H') | BIT('T') | BIT('S') | BIT('N') | BIT('Q');
    for (size_t i = 0; i < s.n; i++) {
        unsigned k = p[i] - (unsigned)'A';
        if (k >= 26 || !(left >> k & 1)) return false;
        left &= ~(1u << k);
    }
    return !(left & BIT('U'));
}

static int check(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    if (at->res == SSID && (v->u.i == 0 || v->u.i == LP_NONE)) return LP_ERR_VALUE;
    if (at->res == BINDING && !lp_server_binding(v->u.s)) return LP_ERR_VALUE;
    return lp_row_check(o, at, v);
}

static int write(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    struct lp_client *c = lp_row_client(o);
    struct lp_server *s = row(o, at);
    lp_row_write(o, at, v);
    s->present |= 1u << at->res;
    if (at->res == SSID) c->relink = true;
    struct lp_link *l = lp_client_link(c, s->ssid);
    if (l && at->res == LIFETIME) lp_register_want(c, l, LP_WANT_UPDATE | LP_WANT_LIFETIME, 0);
    if (l && at->res == BINDING) lp_register_want(c, l, LP_WANT_UPDATE | LP_WANT_BINDING, 0);
    return 0;
}

static int exec(struct lp_object *o, const struct lp_path *at, struct lp_span args)
{
    (void)args;
    struct lp_client *c = lp_row_client(o);
    const struct lp_server *s = row(o, at);
    struct lp_link *l = lp_client_link(c, s->ssid);
    if (at->res == BOOTSTRAP) return lp_bootstrap_begin(c, false) == 0 ? 0 : LP_ERR_METHOD;
    if (!l) return LP_ERR_METHOD;
    if (at->res == DISABLE)
        lp_register_pause(c, l, s->present >> DISABLE_TIME & 1 ? s->disable_s : 86400);
    else
        lp_register_want(c, l, LP_WANT_UPDATE, 0);
    return 0;
}

static int create(struct lp_object *o, uint16_t inst)
{
    int err = lp_row_create(o, inst);
    struct lp_server *s = lp_row(lp_row_client(o), LP_ROWS_SERVER, inst);
    if (err != 0) return err;
    s->lifetime_s = 86400;
    s->store = 1;
    s->binding_n = 1;
    s->binding[0] = 'U';
    return 0;
}

static int remove(struct lp_object *o, const struct lp_path *at)
{
    if (at->res != LP_NONE) row(o, at)->present &= ~(1u << at->res);
    return lp_row_remove(o, at);
}

void lp_server_object(struct lp_object *o)
{
    static const struct lp_object_ops ops = {.next = lp_row_next,
                                             .has = has,
                                             .read = lp_row_read,
                                             .check = check,
                                             .write = write,
                                             .exec = exec,
                                             .create = create,
                                             .remove = remove};
    *o = (struct lp_object){.id = 1,
                            .res = table,
                            .nres = sizeof(table) / sizeof(*table),
                            .ops = &ops,
                            .version = "1.1",
                            .next_ = o->next_};
}
