/* SPDX-License-Identifier: Apache-2.0
 *
 * obj_security.c - object 0, version 1.1: the rows of c->security[]. Only a bootstrap server and the device itself get
 * here; ops.c keeps management servers out. What a pre-shared key has no use for (the server's public key, SMS) is
 * taken, so that a server may write whole instances, and not kept.
 */
#include "lwm2m/internal.h"

enum {
    URI,
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

#define ANY (LP_RW | LP_BS)
static const struct lp_res table[] = {
    {URI, LP_T_STRING, ANY | LP_MANDATORY},
    {BOOTSTRAP, LP_T_BOOL, ANY | LP_MANDATORY},
    {MODE, LP_T_INT, ANY | LP_MANDATORY},
    {IDENTITY, LP_T_OPAQUE, ANY},
    {SERVER_KEY, LP_T_OPAQUE, ANY},
    {SECRET, LP_T_OPAQUE, ANY},
    {SMS_MODE, LP_T_INT, ANY},
    {SMS_KEYS, LP_T_OPAQUE, ANY},
    {SMS_SECRET, LP_T_OPAQUE, ANY},
    {SMS_NUMBER, LP_T_STRING, ANY},
    {SSID, LP_T_INT, ANY},
    {HOLD_OFF, LP_T_INT, ANY},
    {BS_TIMEOUT, LP_T_INT, ANY},
};

const struct lp_field lp_security_fields[] = {
    LP_FIELD(LP_NO_RES, lp_security, iid),
    LP_FIELD(SSID, lp_security, ssid),
    LP_FIELD(BOOTSTRAP, lp_security, bootstrap),
    LP_FIELD(MODE, lp_security, mode),
    LP_FIELD(HOLD_OFF, lp_security, hold_off_s),
    LP_FIELD(BS_TIMEOUT, lp_security, bs_timeout_s),
    LP_TEXT(URI, lp_security, uri_n, LP_MAX_URI),
    LP_TEXT(IDENTITY, lp_security, identity_n, LP_MAX_IDENTITY),
    LP_TEXT(SECRET, lp_security, key_n, LP_MAX_KEY)};

static int has(struct lp_object *o, const struct lp_path *at)
{
    const struct lp_security *s = lp_row(lp_row_client(o), LP_ROWS_SECURITY, at->inst);
    unsigned there = 1u << URI | 1u << BOOTSTRAP | 1u << MODE;
    if (s->mode != LP_SEC_NOSEC) there |= 1u << IDENTITY | 1u << SECRET;
    there |= s->bootstrap ? 1u << HOLD_OFF | 1u << BS_TIMEOUT : 1u << SSID;
    return there >> at->res & 1;
}

static int create(struct lp_object *o, uint16_t inst)
{
    int err = lp_row_create(o, inst);
    struct lp_security *s = lp_row(lp_row_client(o), LP_ROWS_SECURITY, inst);
    if (err == 0) s->mode = LP_SEC_NOSEC;
    return err;
}

void lp_security_object(struct lp_object *o)
{
    static const struct lp_object_ops ops = {.next = lp_row_next,
                                             .has = has,
                                             .read = lp_row_read,
                                             .check = lp_row_check,
                                             .write = lp_row_write,
                                             .create = create,
                                             .remove = lp_row_remove};
    *o = (struct lp_object){.id = 0,
                            .res = table,
                            .nres = sizeof(table) / sizeof(*table),
                            .ops = &ops,
                            .version = "1.1",
                            .next_ = o->next_};
}
