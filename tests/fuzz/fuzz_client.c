/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_client.c - the whole client as a party to conversations, on the simulated wire, NoSec: the bytes are a script of
 * what servers say, what the application asks for, what wire and store do, and of time.
 *
 * Held to: it never spins (lp_step that says "at once" again and again without anything happening), a day later it
 * stops when told to, and nothing that the sanitizers see.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes/coap.h"
#include "limpet/client.h"
#include "link/crypto.h"
#include "link/dtls.h"
#include "sim/sim.h"

enum { MG, BS, OTHER, ENDS };

static struct script {
    const uint8_t *p, *end;
} in;

static struct world {
    struct lp_sim sim;
    struct lp_sim_net net;
    struct lp_sim_kv kv;
    struct lp_client client;
    struct lp_device device;
    struct lp_sensor sensor[2];
    struct lp_client_config config;
    struct {
        int end;
        struct lp_sim_addr from;
        struct lp_coap m;
    } heard[ENDS];
    unsigned steps;
    uint16_t mid;
} w;

static uint8_t take(void)
{
    return in.p < in.end ? *in.p++ : 0;
}

static struct lp_span take_some(void)
{
    size_t n = take(), left = (size_t)(in.end - in.p);
    struct lp_span s = {in.p, n < left ? n : left};
    in.p += s.n;
    return s;
}

/* ---- the world ---- */

static void account(const char *uri, bool bootstrap, uint16_t ssid, uint8_t kind)
{
    struct lp_account a = {.uri = uri,
                           .mode = LP_SEC_NOSEC,
                           .bootstrap = bootstrap,
                           .short_id = ssid,
                           .security_iid = -1,
                           .server_iid = -1};
    a.lifetime_s = kind & 1 ? 30 : 0;
    if (kind & 2) a.retry_count = 2, a.retry_timer_s = 3, a.seq_delay_s = 20;
    if (kind & 4) a.seq_count = 1;
    lp_client_account(&w.client, &a, NULL);
}

static void power_on(uint8_t kind)
{
    memset(&w.client, 0, sizeof w.client);
    memset(&w.device, 0, sizeof w.device);
    memset(w.sensor, 0, sizeof w.sensor);
    if (lp_client_init(&w.client, &w.config) != 0) abort();
    w.device.manufacturer = "Limpet";
    lp_device_add(&w.client, &w.device);
    lp_sensor_add(&w.client, &w.sensor[0], 3303, "Cel");
    if (kind & 16) account("coap://bs", true, 0, kind);
    if (kind & 32) account("coap://mg", false, 1, kind);
    if (kind & 64) account("coap://other", false, 2, kind);
    lp_client_start(&w.client, w.sim.now);
}

static void power_off(void)
{
    for (unsigned i = 0; i < LP_MAX_SERVERS; i++) lp_dtls_suspend(&w.client.link[i].dtls);
}

static void begin(uint8_t kind)
{
    static const char *const hosts[] = {"mg", "bs", "other"};
    static const uint16_t sizes[] = {0, 16, 64, 256};
    memset(&w, 0, sizeof w);
    lp_sim_init(&w.sim, kind);
    lp_sim_net_init(&w.net, &w.sim);
    lp_sim_kv_init(&w.kv);
    for (int i = 0; i < ENDS; i++) w.heard[i].end = lp_sim_listen(&w.sim, hosts[i], 5683);
    uint8_t how = take();
    w.config = (struct lp_client_config){.endpoint = "fuzz",
                                         .net = &w.net.net,
                                         .block_size = sizes[how & 3],
                                         .queue = how & 4,
                                         .con_notify = how & 8};
    if (how & 16) w.config.kv = &w.kv.kv;
    if (how & 32) w.config.lwm2m = "1.0";
    power_on(kind);
}

static void end(void)
{
    power_off();
    lp_sim_net_free(&w.net);
    lp_sim_kv_free(&w.kv);
    lp_sim_free(&w.sim);
}

static void hear(void)
{
    uint8_t buf[2048];
    for (int i = 0; i < ENDS; i++)
        for (int n;
             (n = lp_sim_recv(&w.sim, w.heard[i].end, buf, sizeof buf, &w.heard[i].from)) >= 0;) {
            if (lp_coap_parse(&w.heard[i].m, buf, (size_t)n) != 0)
                abort(); /* what we send is well-formed */
            w.heard[i].m.options = w.heard[i].m.payload = (struct lp_span){NULL, 0};
        }
}

static void pass(uint64_t ms)
{
    struct lp_event ev;
    unsigned at_once = 0, steps = 0;
    for (uint64_t until = w.sim.now + ms; w.sim.now < until;) {
        uint32_t wait = lp_step(&w.client, w.sim.now);
        while (lp_event(&w.client, &ev)) {
        }
        if (++w.steps, ++steps > 400) w.sim.now = until; /* lifetimes of a second, days long */
        uint64_t left = until - w.sim.now;
        uint32_t passed = lp_sim_pass(&w.sim, wait < left ? wait : (uint32_t)left);
        at_once = passed ? 0 : at_once + 1;
        if (at_once > 200) abort();
        hear();
    }
}

/* ---- what a server says ---- */

static void say(int end, const void *p, size_t n)
{
    if (w.heard[end].from.host) lp_sim_send(&w.sim, w.heard[end].end, &w.heard[end].from, p, n);
}

static void answer(int end)
{
    static const uint8_t codes[] = {LP_CREATED,           LP_CHANGED,
                                    LP_DELETED,           LP_CONTINUE,
                                    LP_CODE_NOT_FOUND,    LP_PRECONDITION_FAILED,
                                    LP_REQUEST_TOO_LARGE, LP_CODE_INCOMPLETE,
                                    LP_FORBIDDEN,         LP_SERVICE_UNAVAILABLE,
                                    LP_CONTENT,           LP_EMPTY};
    uint8_t buf[256], code = codes[take() % sizeof codes], how = take();
    struct lp_out o;
    struct lp_coap_out m;
    const struct lp_coap *req = &w.heard[end].m;
    lp_out_init(&o, buf, sizeof buf);
    lp_coap_begin(&m, &o, how & 1 ? LP_CON : LP_ACK, code, (uint16_t)(req->mid + (how >> 1 & 1)),
                  req->token, code ? req->tkl : 0);
    if (how & 4) lp_coap_opt_text(&m, LP_OPT_LOCATION_PATH, "rd");
    if (how & 4) lp_coap_opt_text(&m, LP_OPT_LOCATION_PATH, "7");
    if (how & 8)
        lp_coap_opt_block(&m, LP_OPT_BLOCK1,
                          (struct lp_block){how >> 6, how >> 5 & 1, how >> 4 & 1});
    int n = lp_out_end(&o);
    if (n > 0) say(end, buf, (size_t)n);
}

static const struct lp_path paths[] = {
    {0, 0, LP_NONE, LP_NONE, LP_NONE},
    {0, 0, 0, LP_NONE, LP_NONE},
    {0, 0, 1, LP_NONE, LP_NONE},
    {0, 1, LP_NONE, LP_NONE, LP_NONE},
    {0, 1, 0, LP_NONE, LP_NONE},
    {0, 1, 0, 0, LP_NONE},
    {0, 1, 0, 1, LP_NONE},
    {0, 1, 0, 4, LP_NONE},
    {0, 1, 0, 5, LP_NONE},
    {0, 1, 0, 7, LP_NONE},
    {0, 1, 0, 8, LP_NONE},
    {0, 1, 0, 9, LP_NONE},
    {0, 1, 0, 16, LP_NONE},
    {0, 2, 0, 2, 1},
    {0, 2, LP_NONE, LP_NONE, LP_NONE},
    {0, 3, 0, LP_NONE, LP_NONE},
    {0, 3, 0, 4, LP_NONE},
    {0, 3303, 0, 5700, LP_NONE},
    {0, 3303, LP_NONE, LP_NONE, LP_NONE},
    {0, LP_NONE, LP_NONE, LP_NONE, LP_NONE},
};
#define PATHS (sizeof paths / sizeof *paths)

static void ask(int end)
{
    static const uint16_t formats[] = {11542, 0, 112, 110, 60, 42, 40, 4711};
    uint8_t buf[1024], what = take(), how = take(), token[8] = {1, 2, 3, 4};
    const struct lp_path *path = &paths[take() % PATHS];
    struct lp_span body = take_some();
    struct lp_out o;
    struct lp_coap_out m;
    lp_out_init(&o, buf, sizeof buf);
    lp_coap_begin(&m, &o, what & 8 ? LP_NON : LP_CON, (uint8_t)(1 + (what & 7)), w.mid, token,
                  what >> 4 & 7);
    w.mid = (uint16_t)(w.mid + !(what & 128)); /* else the next one is a duplicate */
    if (how & 8) lp_coap_opt_uint(&m, LP_OPT_OBSERVE, how >> 7);
    if (how & 16)
        lp_coap_opt_text(&m, LP_OPT_URI_PATH, "bs");
    else
        lp_coap_opt_path(&m, LP_OPT_URI_PATH, path);
    if (body.n && !(how & 64)) lp_coap_opt_uint(&m, LP_OPT_CONTENT_FORMAT, formats[how & 7]);
    if (how & 64) lp_coap_opt(&m, LP_OPT_URI_QUERY, body.p, body.n);
    if (how & 32 && !body.n) lp_coap_opt_uint(&m, LP_OPT_ACCEPT, formats[how & 7]);
    if (how & 32 && body.n)
        lp_coap_opt_block(&m, LP_OPT_BLOCK1, (struct lp_block){how >> 7, body.n == 16, 0});
    if (body.n && !(how & 64)) {
        lp_coap_payload(&m);
        lp_out_put(&o, body.p, body.n);
    }
    int n = lp_out_end(&o);
    if (n > 0) say(end, buf, (size_t)n);
}

/* ---- the application, the wire, the store ---- */

static void objects(uint8_t b)
{
    if (b & 1)
        lp_sensor_add(&w.client, &w.sensor[1], 3304, "%RH");
    else if (w.sensor[1].object.ops)
        lp_client_remove(&w.client, &w.sensor[1].object);
}

static void application(void)
{
    uint8_t b = take();
    const struct lp_path *path = &paths[b % PATHS];
    struct lp_value v = {.type = LP_T_INT, .u.i = b};
    uint8_t buf[64];
    switch (take() % 20) {
    case 0: lp_client_update(&w.client, b & 1, b & 2 ? b : 0); break;
    case 1: lp_client_offline(&w.client, b & 1); break;
    case 2: lp_client_disable(&w.client, b & 1, b); break;
    case 3: lp_client_bootstrap(&w.client); break;
    case 4: lp_client_rebind(&w.client); break;
    case 5: lp_client_queue(&w.client, b & 1); break;
    case 6: lp_client_stop(&w.client); break;
    case 7: lp_client_start(&w.client, w.sim.now); break;
    case 8: lp_client_forget(&w.client, b & 3); break;
    case 9: lp_sensor_set(&w.sensor[0], b); break;
    case 10: objects(b); break;
    case 11: lp_client_set(&w.client, path, &v); break;
    case 12: lp_client_get(&w.client, path, &v, buf, sizeof buf); break;
    case 13: lp_client_create(&w.client, b & 3, b >> 2 & 7); break;
    case 14: lp_client_delete(&w.client, path); break;
    case 15: account(b & 1 ? "coap://mg" : "coap://other", b & 2, b >> 2 & 3, b); break;
    case 16: lp_complete(&w.client, b, 0); break;
    case 17: lp_changed(&w.client, path); break;
    case 18:
        power_off();
        lp_sim_kv_reboot(&w.kv);
        power_on(b);
        break;
    default: lp_client_suspend(&w.client); break;
    }
}

static void surroundings(void)
{
    uint8_t b = take();
    w.sim.loss = b & 1 ? 30 : 0;
    w.sim.dup = b & 2 ? 30 : 0;
    w.sim.reorder = b & 4 ? 30 : 0;
    w.sim.link_down = b & 8;
    w.sim.silent = b & 16;
    w.sim.icmp = b & 32;
    w.sim.mtu = b & 64 ? 60 : 0;
    w.sim.resolve = b & 128 ? 2 : 0;
    if (b == 255) lp_sim_net_rebind(&w.net);
    if (b == 254) lp_sim_kv_plan(&w.kv, 1u + (b & 3), LP_SIM_KV_FAIL);
    if (b == 253) lp_sim_kv_plan(&w.kv, 1, LP_SIM_KV_CUT_AFTER);
}

static void act(void)
{
    uint8_t b = take();
    int end = b >> 4 & 3;
    struct lp_span raw;
    if (end == ENDS) end = MG;
    switch (b & 15) {
    case 0: pass(1u << (b >> 4)); break;
    case 1: pass(1000u << (b >> 4)); break; /* up to nine hours */
    case 2:
    case 3:
    case 4: answer(end); break;
    case 5:
        raw = take_some();
        say(end, raw.p, raw.n);
        break;
    case 6: application(); break;
    case 7: surroundings(); break;
    case 8: pass(86400000); break;
    default: ask(end); break;
    }
    pass(b & 128 ? 0 : 30);
}

/* On a wire and a store that work, it ends when told to. */
static void comes_to_an_end(void)
{
    w.sim.loss = w.sim.dup = w.sim.reorder = 0;
    w.sim.link_down = w.sim.silent = w.sim.icmp = false;
    w.sim.mtu = 0;
    lp_client_offline(&w.client, false);
    pass(86400000);
    lp_client_stop(&w.client);
    pass(200000);
    if (!lp_client_stopped(&w.client)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    in = (struct script){p, p + n};
    begin(take());
    while (in.p < in.end && w.steps < 4000) act();
    comes_to_an_end();
    end();
    return 0;
}
