/* SPDX-License-Identifier: Apache-2.0
 *
 * reg_store.c - registrations across a restart, and as JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/fmt.h"
#include "link/crypto.h"
#include "server/log.h"
#include "server/mem.h"
#include "server/observe.h"
#include "server/peer.h"
#include "server/reg.h"

/* The texts are those of its list of objects. */
static json_t *parsed(const char *text, json_t *otherwise)
{
    json_t *j = text ? json_loads(text, 0, NULL) : NULL;
    if (!j) return otherwise;
    json_decref(otherwise);
    return j;
}

json_t *reg_json(const struct reg *r, bool links)
{
    char at[ADDR_TEXT];
    json_t *more = json_loads(r->attributes, 0, NULL);
    json_t *j = json_object();
    json_object_set_new(j, "endpoint", json_string(r->endpoint));
    json_object_set_new(j, "registrationId", json_string(r->id));
    json_object_set_new(j, "registrationDate", json_integer(r->since));
    json_object_set_new(j, "lastUpdate", json_integer(r->updated));
    json_object_set_new(j, "address", json_string(addr_text(&r->addr, at)));
    if (r->sms) json_object_set_new(j, "smsNumber", json_string(r->sms));
    json_object_set_new(j, "lwM2mVersion", json_string(r->version == 10 ? "1.0" : "1.1"));
    json_object_set_new(j, "lifetime", json_integer(r->lifetime_s));
    json_object_set_new(j, "bindingMode", json_string(r->binding));
    json_object_set_new(j, "rootPath", json_string(r->info.root));
    if (links) json_object_set_new(j, "objectLinks", parsed(r->links_text, json_array()));
    json_object_set_new(j, "secure", json_boolean(r->secure));
    json_object_set_new(j, "additionalRegistrationAttributes", more ? more : json_object());
    json_object_set_new(j, "queuemode", json_boolean(r->queue_mode));
    if (links)
        json_object_set_new(j, "availableInstances", parsed(r->instances_text, json_object()));
    if (r->queue_mode) json_object_set_new(j, "sleeping", json_boolean(!r->awake));
    return j;
}

char *reg_text(const struct reg *r)
{
    json_t *j = reg_json(r, false);
    char *head = json_dumps(j, JSON_COMPACT);
    const char *list = r->links_text ? r->links_text : "[]",
               *instances = r->instances_text ? r->instances_text : "{}";
    json_decref(j);
    if (!head) return mem_text("null");
    size_t at = strlen(head) - 1, n = at + strlen(list) + strlen(instances) + 64; /* before } */
    head = mem_grow(head, n);
    snprintf(head + at, n - at, ",\"objectLinks\":%s,\"availableInstances\":%s}", list, instances);
    return head;
}

int reg_format(const struct reg *r)
{
    const struct links_info *i = &r->info;
    if (!i->says_formats || i->tlv) return LP_FMT_TLV;
    return i->senml_cbor ? LP_FMT_SENML_CBOR : i->senml_json ? LP_FMT_SENML_JSON : LP_FMT_TLV;
}

static void load_one(void *ctx, const struct store_reg *row)
{
    json_t *attributes = json_loads(row->attributes, 0, NULL);
    reg_restore(ctx, row,
                &(struct reg_news){.binding = row->binding,
                                   .sms = row->sms,
                                   .attributes = attributes,
                                   .has_lifetime = true,
                                   .lifetime_s = (uint32_t)row->lifetime_s,
                                   .has_queue_mode = true,
                                   .queue_mode = row->queue,
                                   .links = row->links});
    json_decref(attributes);
}

/* ---- associations ---- */

static void load_association(void *ctx, const char *id, struct lp_span bytes)
{
    struct server *s = ctx;
    struct reg *r = reg_find_id(s, (struct lp_span){id, strlen(id)});
    if (!r || !s->dtlsd) return;
    struct lp_dtls_peer *x = lp_dtls_peer_load(s->dtlsd, bytes.p, bytes.n, s->now);
    if (!x) {
        log_event("warning", r->endpoint,
                  "its saved association cannot be used; the device will make a new one");
        return;
    }
    peer_restore(s, x, r);
}

/* Good for one load, at the next start: the peer sends nothing any more. */
static void save_association(struct reg *r)
{
    uint8_t buf[4096];
    struct peer *p = r->box.peer;
    if (!p || !p->dtls || !p->up || p->doomed) return;
    int n = lp_dtls_peer_save(p->dtls, buf, sizeof(buf));
    if (n > 0) store_put_assoc(r->s->store, r->id, (struct lp_span){buf, (size_t)n});
    lp_wipe(buf, sizeof(buf));
    peer_drop(p, false);
}

void regs_save(struct server *s)
{
    struct link *l = NULL;
    store_begin(s->store);
    while ((l = table_each(&s->by_id, l)) != NULL)
        save_association(container_of(l, struct reg, by_id));
    store_commit(s->store);
}

void regs_load(struct server *s)
{
    store_regs(s->store, load_one, s);
    store_take_assocs(s->store, load_association, s);
    observe_load(s);
    if (s->by_id.n) log_event("loaded", NULL, "%zu registrations", s->by_id.n);
}
