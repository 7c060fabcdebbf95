/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_server.c - the whole CoAP side of limpet-server as a party to a conversation. links: server
 *
 * The input is a script: datagrams from a few addresses, on both transports, time that passes, and REST calls that wait
 * for the devices. What the server sends is looked at so that a script can answer it: a byte in front of a datagram
 * says that message id and token are those of the newest request.
 *
 *      op 1 byte | length 1 byte (op & 0x40: in units of 16) | bytes
 *      op & 0x0f: 0-3 CoAP from address n, 4-5 CoAPs from address n, 6 answer to the newest request, 7 time passes,
 *                 8 REST, 9 notification for the newest observation, 10 a registration that is good, 11 an update of it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/coap.h"
#include "server/log.h"
#include "server/mem.h"
#include "server/reg.h"
#include "server/rest.h"
#include "server/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct server s;
static struct lp_coap request; /* the newest one that the server sent; its token */
static uint8_t observed[8];
static bool has_request, has_observation;
static struct addr asked;

static void transmit(void *ctx, enum transport t, const struct addr *to, const void *p, size_t n)
{
    struct lp_coap m;
    (void)ctx;
    if (t != COAP) return;
    if (lp_coap_parse(&m, p, n) != 0) abort(); /* what we send is well-formed */
    if (m.code == 0 || m.code >= 32) return;
    request = m;
    asked = *to;
    has_request = true;
    struct lp_span v;
    if (lp_coap_find(&m, LP_OPT_OBSERVE, &v) && m.tkl == 8) {
        memcpy(observed, m.token, 8);
        has_observation = true;
    }
}

static void address(struct addr *a, unsigned n)
{
    char text[32];
    snprintf(text, sizeof(text), "127.0.0.1:%u", 1000 + n % 8);
    addr_parse(a, text);
}

/* ---- what a script does ---- */

static void datagram(enum transport t, unsigned from, const void *p, size_t n)
{
    struct addr a;
    address(&a, from);
    server_datagram(&s, t, &a, p, n);
}

/* type and code from the bytes, then options and payload as they are. */
static void reply(const uint8_t *p, size_t n)
{
    uint8_t m[4 + 8 + 1024 * 4 + 4];
    if (!has_request || n < 2) return;
    m[0] = (uint8_t)(0x40 | (p[0] & 3) << 4 | request.tkl);
    m[1] = p[1];
    m[2] = (uint8_t)(request.mid >> 8);
    m[3] = (uint8_t)request.mid;
    memcpy(m + 4, request.token, request.tkl);
    size_t head = 4u + request.tkl;
    memcpy(m + head, p + 2, n - 2);
    server_datagram(&s, COAP, &asked, m, head + n - 2);
}

static void notify(const uint8_t *p, size_t n, unsigned mid)
{
    uint8_t m[4 + 8 + 1024 * 4 + 4];
    if (!has_observation || n < 2) return;
    m[0] = (uint8_t)(0x48 | (p[0] & 1) << 4);
    m[1] = p[1];
    m[2] = (uint8_t)(mid >> 8);
    m[3] = (uint8_t)mid;
    memcpy(m + 4, observed, 8);
    memcpy(m + 12, p + 2, n - 2);
    server_datagram(&s, COAP, &asked, m, 12 + n - 2);
}

static void register_well(unsigned from, unsigned mid)
{
    uint8_t m[128];
    struct lp_out o;
    struct lp_coap_out c;
    lp_out_init(&o, m, sizeof(m));
    lp_coap_begin(&c, &o, LP_CON, LP_POST, (uint16_t)mid, "t", 1);
    lp_coap_opt_text(&c, LP_OPT_URI_PATH, "rd");
    lp_coap_opt_uint(&c, LP_OPT_CONTENT_FORMAT, 40);
    lp_coap_opt_text(&c, LP_OPT_URI_QUERY, from & 1 ? "ep=a" : "ep=b");
    lp_coap_opt_text(&c, LP_OPT_URI_QUERY, "lwm2m=1.1");
    if (from & 2) lp_coap_opt_text(&c, LP_OPT_URI_QUERY, "Q");
    lp_coap_payload(&c);
    lp_out_text(&o, "</>;rt=\"oma.lwm2m\",</3/0>,</3303/0>");
    datagram(COAP, from, m, lp_out_len(&o));
}

static void update_well(unsigned from, unsigned mid)
{
    uint8_t m[64];
    struct lp_out o;
    struct lp_coap_out c;
    struct reg *r = reg_find(&s, from & 1 ? "a" : "b");
    lp_out_init(&o, m, sizeof(m));
    lp_coap_begin(&c, &o, LP_CON, LP_POST, (uint16_t)mid, "t", 1);
    lp_coap_opt_text(&c, LP_OPT_URI_PATH, "rd");
    lp_coap_opt_text(&c, LP_OPT_URI_PATH, r ? r->id : "nobody12");
    datagram(COAP, from, m, lp_out_len(&o));
}

struct call {
    struct rest r;
    char *text;
};

static void answered(struct rest *r)
{
    struct call *c = container_of(r, struct call, r);
    if (r->status < 200 || r->status > 504) abort();
    free(r->text);
    free(c->text);
    free(c);
}

/* "POST a 3303 0 5700 observe\nbody": method, endpoint, path; a parameter begins with '?'. */
static void rest(const uint8_t *p, size_t n)
{
    static const char *const methods[] = {"GET", "PUT", "POST", "DELETE"};
    static struct rest_param params[2];
    struct call *c = mem_new(sizeof(*c));
    if (n == 0) {
        free(c);
        return;
    }
    c->text = mem_copy(p + 1, n - 1);
    c->r.s = &s;
    c->r.answered = answered;
    c->r.method = methods[p[0] & 3];
    c->r.content_type = p[0] & 4 ? "text/plain" : "application/json";
    char *body = strchr(c->text, '\n'), *save = NULL;
    if (body) *body++ = 0;
    c->r.body = body ? body : "";
    c->r.body_n = strlen(c->r.body);
    c->r.params = params;
    for (char *t = strtok_r(c->text, " ", &save); t; t = strtok_r(NULL, " ", &save)) {
        if (*t == '?' && c->r.n_params < 2) {
            char *value = strchr(t, '=');
            if (value) *value++ = 0;
            params[c->r.n_params].name = t + 1;
            params[c->r.n_params++].value = value;
        } else if (c->r.n < REST_SEGMENTS) {
            c->r.segment[c->r.n++] = t;
        }
    }
    rest_handle(&c->r);
}

static void pass_time(const uint8_t *p, size_t n)
{
    uint64_t ms = n ? (uint64_t)p[0] << (n > 1 ? p[1] % 12 : 0) : 0;
    s.now += ms;
    s.wall += (int64_t)ms;
}

static void step(unsigned op, const uint8_t *p, size_t n, unsigned turn)
{
    switch (op & 15) {
    case 0:
    case 1:
    case 2:
    case 3: datagram(COAP, op & 3, p, n); break;
    case 4:
    case 5: datagram(COAPS, op & 1, p, n); break;
    case 6: reply(p, n); break;
    case 7: pass_time(p, n); break;
    case 8: rest(p, n); break;
    case 9: notify(p, n, 5000 + turn); break;
    case 10: register_well(n ? p[0] : 0, 1000 + turn); break;
    case 11: update_well(n ? p[0] : 0, 2000 + turn); break;
    default: break;
    }
}

static void must_answer_a_ping(void)
{
    static const uint8_t ping[] = {0x40, 0, 0xff, 0xfe};
    datagram(COAP, 7, ping, sizeof(ping));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *why = NULL;
    memset(&s, 0, sizeof(s));
    s.now = 1000;
    s.wall = 1700000000000;
    has_request = has_observation = false;
    log_start(LOG_QUIET);
    struct server_config c = {
        .db = ":memory:", .coaps = true, .max_peers = 5, .max_handshakes = 2, .transmit = transmit};
    if (server_open(&s, &c, &why) != 0) abort();
    server_load(&s);
    for (size_t at = 0, turn = 0; at + 2 <= size && turn < 200; turn++) {
        unsigned op = data[at];
        size_t n = op & 0x40 ? data[at + 1] * 16u : data[at + 1];
        at += 2;
        if (n > size - at) n = size - at;
        step(op, data + at, n, (unsigned)turn);
        at += n;
        server_tick(&s);
    }
    must_answer_a_ping();
    server_close(&s);
    return 0;
}
