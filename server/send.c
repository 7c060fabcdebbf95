/* SPDX-License-Identifier: Apache-2.0
 *
 * send.c - Send (core 1.1, 6.4.6): values that a device reports unasked.
 */
#include "server/log.h"
#include "server/node.h"
#include "server/peer.h"
#include "server/reg.h"
#include "server/serve.h"

void send_request(const struct request *r)
{
    struct reg *reg = r->p->reg;
    uint32_t format = 0;
    int err;
    if (!reg) {
        serve_error(r, LP_CODE_NOT_FOUND, "not registered");
        return;
    }
    bool has = lp_coap_uint(r->m, LP_OPT_CONTENT_FORMAT, 2, &format) == 1;
    if (!has || (format != LP_FMT_SENML_CBOR && format != LP_FMT_SENML_JSON)) {
        serve_error(r, LP_UNSUPPORTED_FORMAT, "Send is in SenML CBOR (112) or SenML JSON (110)");
        return;
    }
    json_t *val = node_map(&reg->types, (int)format, r->payload, &err);
    if (!val) {
        serve_error(r, LP_BAD_REQUEST, lp_strerror(err));
        return;
    }
    log_event("send", reg->endpoint, "%zu values", json_object_size(val));
    events_tell(&reg->s->events, "SEND", reg->endpoint,
                json_pack("{s:s, s:o}", "ep", reg->endpoint, "val", val));
    serve_answer(r, r->p, &(struct answer){.code = LP_CHANGED});
}
