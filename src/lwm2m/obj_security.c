/* SPDX-License-Identifier: Apache-2.0
 *
 * obj_security.c - object 0, version 1.1: the rows of c->security[]. Only a bootstrap server and the device itself get
 * here; ops.c keeps management servers out. What a pre-shared key has no use for (the server's public key, SMS) is
 * taken, so that a server may write whole instances, and not kept.
 */
#include <string.h>

#include "link/crypto.h"
#include "lwm2m/internal.h"

enum {
    URI = 0,
    BOOTSTRAP,
    MODE,
    IDENTITY,
    SERVER_KEY,
    SECRET,
    SMS_MODE,
    SMS_KEYS,
    SMS_SECRET,
    SMS_NUMBER,
    SSID,
    HOLD_OFF,
    BS_TIMEOUT
};

static const struct lp_res table[] = {
    {URI, LP_T_STRING, LP_RW | LP_BS | LP_MANDATORY},
    {BOOTSTRAP, LP_T_BOOL, LP_RW | LP_BS | LP_MANDATORY},
    {MODE, LP_T_INT, LP_RW | LP_BS | LP_MANDATORY},
    {IDENTITY, LP_T_OPAQUE, LP_RW | LP_BS},
    {SERVER_KEY, LP_T_OPAQUE, LP_RW | LP_BS},
    {SECRET, LP_T_OPAQUE, LP_RW | LP_BS},
    {SMS_MODE, LP_T_INT, LP_RW | LP_BS},
    {SMS_KEYS, LP_T_OPAQUE, LP_RW | LP_BS},
    {SMS_SECRET, LP_T_OPAQUE, LP_RW | LP_BS},
    {SMS_NUMBER, LP_T_STRING, LP_RW | LP_BS},
    {SSID, LP_T_INT, LP_RW | LP_BS},
    {HOLD_OFF, LP_T_INT, LP_RW | LP_BS},
    {BS_TIMEOUT, LP_T_INT, LP_RW | LP_BS},
};

static struct lp_client *client(struct lp_object *o)
{
    return (struct lp_client *)(void *)((char *)o - offsetof(struct lp_client, security_obj));
}

static struct lp_security *row(struct lp_object *o, uint16_t iid)
{
    struct lp_client *c = client(o);
    for (struct lp_security *s = c->security; s <= c->security + LP_MAX_SERVERS; s++)
        if (s->iid == iid) return s;
    return NULL;
}

static int next(struct lp_object *o, int after)
{
    const struct lp_client *c = client(o);
    int best = LP_NONE;
    for (int i = 0; i <= LP_MAX_SERVERS; i++)
        if (c->security[i].iid > after && c->security[i].iid < best) best = c->security[i].iid;
    return best < (int)LP_NONE ? best : LP_ERR_NOT_FOUND;
}

static int has(struct lp_object *o, const struct lp_path *at)
{
    const struct lp_security *s = row(o, at->inst);
    switch (at->res) {
    case IDENTITY:
    case SECRET: return s->mode != LP_SEC_NOSEC;
    case SSID: return !s->bootstrap;
    case HOLD_OFF:
    case BS_TIMEOUT: return s->bootstrap;
    default: return at->res <= MODE;
    }
}

static int read(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    const struct lp_security *s = row(o, at->inst);
    switch (at->res) {
    case URI: return lp_emit_string(e, s->uri);
    case BOOTSTRAP: return lp_emit_bool(e, s->bootstrap);
    case MODE: return lp_emit_int(e, s->mode);
    case IDENTITY: return lp_emit_opaque(e, s->identity, s->identity_n);
    case SECRET: return lp_emit_opaque(e, s->key, s->key_n);
    case SSID: return lp_emit_int(e, s->ssid);
    case HOLD_OFF: return lp_emit_int(e, s->hold_off_s);
    case BS_TIMEOUT: return lp_emit_int(e, s->bs_timeout_s);
    default: return LP_ERR_NOT_FOUND;
    }
}

static int check(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    (void)o;
    switch (at->res) {
    case URI: return v->u.s.n <= LP_MAX_URI ? 0 : LP_ERR_VALUE;
    case IDENTITY: return v->u.s.n <= LP_MAX_IDENTITY ? 0 : LP_ERR_VALUE;
    case SECRET: return v->u.s.n <= LP_MAX_KEY ? 0 : LP_ERR_VALUE;
    case MODE: return v->u.i >= LP_SEC_PSK && v->u.i <= LP_SEC_EST ? 0 : LP_ERR_VALUE;
    case SSID: return v->u.i >= 0 && v->u.i <= UINT16_MAX ? 0 : LP_ERR_VALUE;
    case HOLD_OFF:
    case BS_TIMEOUT: return v->u.i >= 0 && v->u.i <= UINT32_MAX ? 0 : LP_ERR_VALUE;
    default: return 0;
    }
}

static uint8_t keep(void *to, struct lp_span s)
{
    if (s.n) memcpy(to, s.p, s.n);
    return (uint8_t)s.n;
}

static int write(struct lp_object *o, const struct lp_path *at, const struct lp_value *v)
{
    struct lp_security *s = row(o, at->inst);
    switch (at->res) {
    case URI: s->uri[keep(s->uri, v->u.s)] = 0; break;
    case BOOTSTRAP: s->bootstrap = v->u.b; break;
    case MODE: s->mode = (uint8_t)v->u.i; break;
    case IDENTITY: s->identity_n = keep(s->identity, v->u.s); break;
    case SECRET: s->key_n = keep(s->key, v->u.s); break;
    case SSID: s->ssid = (uint16_t)v->u.i; break;
    case HOLD_OFF: s->hold_off_s = (uint32_t)v->u.i; break;
    case BS_TIMEOUT: s->bs_timeout_s = (uint32_t)v->u.i; break;
    default: break;
    }
    lp_accounts_changed(client(o), true);
    return 0;
}

static int create(struct lp_object *o, uint16_t inst)
{
    lp_accounts_changed(client(o), true);
    return lp_accounts_new_security(client(o), inst) ? 0 : LP_ERR_FULL;
}

static void forget(struct lp_security *s, uint16_t res)
{
    switch (res) {
    case IDENTITY: s->identity_n = 0; break;
    case SECRET:
        lp_wipe(s->key, sizeof(s->key));
        s->key_n = 0;
        break;
    case SSID: s->ssid = 0; break;
    case HOLD_OFF: s->hold_off_s = 0; break;
    case BS_TIMEOUT: s->bs_timeout_s = 0; break;
    default: break;
    }
}

static int remove(struct lp_object *o, const struct lp_path *at)
{
    struct lp_security *s = row(o, at->inst);
    if (at->res == LP_NONE) {
        lp_wipe(s, sizeof(*s));
        s->iid = LP_NONE;
    } else {
        forget(s, at->res);
    }
    lp_accounts_changed(client(o), true);
    return 0;
}

void lp_security_object(struct lp_client *c)
{
    static const struct lp_object_ops ops = {.next = next,
                                             .has = has,
                                             .read = read,
                                             .check = check,
                                             .write = write,
                                             .create = create,
                                             .remove = remove};
    c->security_obj.id = 0;
    c->security_obj.res = table;
    c->security_obj.nres = sizeof(table) / sizeof(*table);
    c->security_obj.ops = &ops;
    c->security_obj.version = "1.1";
}
