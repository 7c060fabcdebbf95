/* SPDX-License-Identifier: Apache-2.0
 *
 * instr KIND: brings a client (NoSec, so that only our own code counts) to where one message is to be handled, and
 * handles it inside measured(), which callgrind is told to count alone. Without KIND: prints the kinds.
 */
#include <stdio.h>
#include <string.h>

#include "bytes/coap.h"
#include "limpet/client.h"
#include "sim/sim.h"

static struct lp_sim sim;
static struct lp_sim_net net;
static struct lp_client client;
static struct lp_device device;
static struct lp_sensor sensor;
static int end;
static struct lp_sim_addr from;
static uint16_t mid = 0x4000;

__attribute__((noinline)) void measured(void);
void measured(void)
{
    lp_step(&client, sim.now);
}

static size_t receive(uint8_t *p, size_t cap)
{
    lp_sim_pass(&sim, 100);
    int n = lp_sim_recv(&sim, end, p, cap, &from);
    return n < 0 ? 0 : (size_t)n;
}

static void inject(const void *p, size_t n)
{
    lp_sim_send(&sim, end, &from, p, n);
    lp_sim_pass(&sim, 100);
}

struct kind {
    const char *name;
    uint8_t code;
    const char *path; /* of the request that is injected, segments separated by '/' */
    int observe, format, accept;
    const char *payload;
};
static const struct kind kinds[] = {
    {"registration: the request made", 0, NULL, -1, -1, -1, NULL},
    {"registration: the answer taken", 0, NULL, -1, -1, -1, NULL},
    {"read a resource (text)", LP_GET, "3303/0/5700", -1, -1, 0, NULL},
    {"read an instance (TLV)", LP_GET, "3/0", -1, -1, 11542, NULL},
    {"read an instance (SenML CBOR)", LP_GET, "3/0", -1, -1, 112, NULL},
    {"write a resource (text)", LP_PUT, "1/0/2", -1, 0, -1, "7"},
    {"execute", LP_POST, "3303/0/5605", -1, -1, -1, NULL},
    {"discover an instance", LP_GET, "3/0", -1, -1, 40, NULL},
    {"observe", LP_GET, "3303/0/5700", 0, -1, 0, NULL},
    {"notification made", LP_GET, "3303/0/5700", 0, -1, 0, NULL},
    {"ping", 0, "", -1, -1, -1, NULL},
    {"a datagram that is not CoAP", 0, NULL, -1, -1, -1, NULL},
};
enum { REGISTER, REGISTERED, NOTIFY = 9, PING, GARBAGE };

static void request(const struct kind *k)
{
    uint8_t buf[128];
    struct lp_out o;
    struct lp_coap_out m;
    lp_out_init(&o, buf, sizeof(buf));
    lp_coap_begin(&m, &o, LP_CON, k->code, mid++, "token678", k->code ? 8 : 0);
    if (k->observe >= 0) lp_coap_opt_uint(&m, LP_OPT_OBSERVE, (uint32_t)k->observe);
    for (const char *s = k->path, *e; *s; s = *e ? e + 1 : e) {
        for (e = s; *e && *e != '/'; e++);
        lp_coap_opt(&m, LP_OPT_URI_PATH, s, (size_t)(e - s));
    }
    if (k->format >= 0) lp_coap_opt_uint(&m, LP_OPT_CONTENT_FORMAT, (uint32_t)k->format);
    if (k->accept >= 0) lp_coap_opt_uint(&m, LP_OPT_ACCEPT, (uint32_t)k->accept);
    if (k->payload) {
        lp_coap_payload(&m);
        lp_out_text(&o, k->payload);
    }
    inject(buf, o.total);
}

static int start(void)
{
    lp_sim_seed(1);
    lp_sim_init(&sim, 1);
    lp_sim_net_init(&net, &sim);
    end = lp_sim_listen(&sim, "server", 5683);
    struct lp_client_config config = {.endpoint = "bench", .net = &net.net};
    struct lp_account account = {.uri = "coap://server",
                                 .mode = LP_SEC_NOSEC,
                                 .short_id = 1,
                                 .security_iid = -1,
                                 .server_iid = -1};
    device = (struct lp_device){
        .manufacturer = "Limpet", .model = "bench", .serial = "1", .battery_percent = 100};
    int err = lp_client_init(&client, &config);
    err = err ? err : lp_device_add(&client, &device);
    err = err ? err : lp_sensor_add(&client, &sensor, 3303, "Cel");
    err = err ? err : lp_client_account(&client, &account, NULL);
    return err ? err : lp_client_start(&client, sim.now);
}

/* The client registers; its answers from then on carry code, for the caller to check. */
static int run(unsigned kind)
{
    uint8_t bytes[1500], answer[64];
    struct lp_coap msg;
    struct lp_out o;
    struct lp_coap_out m;
    if (start()) return 1;
    kind == REGISTER ? measured() : (void)lp_step(&client, sim.now);
    size_t n = receive(bytes, sizeof(bytes));
    if (lp_coap_parse(&msg, bytes, n) || msg.code != LP_POST) return 2;
    lp_out_init(&o, answer, sizeof(answer));
    lp_coap_begin(&m, &o, LP_ACK, LP_CREATED, msg.mid, msg.token, msg.tkl);
    lp_coap_opt_text(&m, LP_OPT_LOCATION_PATH, "rd");
    lp_coap_opt_text(&m, LP_OPT_LOCATION_PATH, "x");
    inject(answer, o.total);
    kind == REGISTERED ? measured() : (void)lp_step(&client, sim.now);
    if (kind <= REGISTERED) return 0;
    lp_sensor_set(&sensor, 20.5);
    lp_step(&client, sim.now);
    if (kind == GARBAGE)
        inject("garbage that is not CoAP", 24);
    else
        request(&kinds[kind]);
    if (kind == NOTIFY) {
        lp_step(&client, sim.now);
        receive(bytes, sizeof(bytes));
        lp_sensor_set(&sensor, 21.5);
    }
    measured();
    n = receive(bytes, sizeof(bytes));
    if (kind == GARBAGE) return n ? 3 : 0;
    if (lp_coap_parse(&msg, bytes, n)) return 3;
    return kind == PING ? msg.type != LP_RST : msg.code >> 5 != 2;
}

int main(int argc, char **argv)
{
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (argc < 2)
            puts(kinds[i].name);
        else if (strcmp(argv[1], kinds[i].name) == 0)
            return run(i);
    return argc > 1 ? 4 : 0;
}
