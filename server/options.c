/* SPDX-License-Identifier: Apache-2.0
 *
 * options.c - see options.h.
 */
#include "server/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: limpet-server [options]\n"
    "\n"
    "LwM2M 1.1 server: bootstrap and device management over CoAP, REST over HTTP.\n"
    "\n"
    "      --coap ADDR:PORT    CoAP without security (default 127.0.0.1:5683)\n"
    "      --coaps ADDR:PORT   CoAP over DTLS (default 127.0.0.1:5684)\n"
    "      --http ADDR:PORT    REST, events and the web page (default 127.0.0.1:8080)\n"
    "                          ADDR is an IPv4 address or [IPv6]; port 0 takes a free one\n"
    "      --db FILE           credentials, bootstrap plans, registrations; made if missing\n"
    "                          (default limpet.db in the working folder; :memory: keeps nothing)\n"
    "      --token TOKEN       REST asks for 'Authorization: Bearer TOKEN'; or set LIMPET_TOKEN, "
    "which\n"
    "                          no process list shows. Required when an address is not loopback\n"
    "      --max-peers N       devices that may be connected at once (default 100000)\n"
    "      --insecure-bootstrap   bootstrap plans with keys are sent without security too, as "
    "they\n"
    "                          are on a loopback address: whoever names the endpoint gets its key\n"
    "      --cert FILE --key FILE --ca FILE   come with a later version\n"
    "      --json              one JSON object a line on stdout; the first says the addresses\n"
    "  -h, --help              this text\n"
    "      --version\n"
    "\n"
    "SIGTERM and SIGINT end it: associations are saved, devices carry on after the next start.\n";

static int mistake(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("limpet-server: ", stderr);
    vfprintf(stderr, format, args);
    fputs("\nTry limpet-server --help.\n", stderr);
    va_end(args);
    return 2;
}

static int parse_address(struct addr *a, const char *option, const char *text)
{
    if (addr_parse(a, text)) return -1;
    return mistake(
        "--%s %s: an address is ADDR:PORT with a number as ADDR, 127.0.0.1:5683 or [::1]:5683",
        option, text);
}

static int parse_count(unsigned *n, const char *option, const char *text)
{
    char *end;
    unsigned long v = strtoul(text, &end, 10);
    if (!*text || *end || v < 1 || v > 10000000)
        return mistake("--%s %s: a number from 1 to 10000000", option, text);
    *n = (unsigned)v;
    return -1;
}

/* REST without a token is for this machine only, and so are devices that nobody authenticated. */
static int check_token(const struct options *o)
{
    const struct addr *all[] = {&o->coap, &o->coaps, &o->http};
    static const char *const names[] = {"coap", "coaps", "http"};
    char text[ADDR_TEXT];
    for (int i = 0; i < 3; i++)
        if (!o->token && !addr_is_loopback(all[i]))
            return mistake("--%s %s can be reached by others: REST then needs a token. Give "
                           "--token TOKEN or set "
                           "LIMPET_TOKEN",
                           names[i], addr_text(all[i], text));
    if (o->token && strlen(o->token) < 8)
        return mistake("the token is too short: 8 characters at least");
    return -1;
}

enum { COAP = 256, COAPS, HTTP, DB, TOKEN, MAX_PEERS, INSECURE, LATER, JSON, VERSION };

static const struct option longs[] = {{"coap", 1, NULL, COAP},
                                      {"coaps", 1, NULL, COAPS},
                                      {"http", 1, NULL, HTTP},
                                      {"db", 1, NULL, DB},
                                      {"token", 1, NULL, TOKEN},
                                      {"max-peers", 1, NULL, MAX_PEERS},
                                      {"insecure-bootstrap", 0, NULL, INSECURE},
                                      {"cert", 1, NULL, LATER},
                                      {"key", 1, NULL, LATER},
                                      {"ca", 1, NULL, LATER},
                                      {"json", 0, NULL, JSON},
                                      {"help", 0, NULL, 'h'},
                                      {"version", 0, NULL, VERSION},
                                      {NULL, 0, NULL, 0}};

static int take(struct options *o, int c, int index)
{
    switch (c) {
    case COAP: return parse_address(&o->coap, "coap", optarg);
    case COAPS: return parse_address(&o->coaps, "coaps", optarg);
    case HTTP: return parse_address(&o->http, "http", optarg);
    case DB: o->db = optarg; return -1;
    case TOKEN: o->token = optarg; return -1;
    case MAX_PEERS: return parse_count(&o->max_peers, "max-peers", optarg);
    case INSECURE: o->insecure_bootstrap = true; return -1;
    case JSON: o->json = true; return -1;
    case LATER:
        return mistake("--%s comes with a later version: devices authenticate with pre-shared keys",
                       longs[index].name);
    case VERSION: puts("limpet-server " LIMPET_VERSION); return 0;
    case 'h': fputs(help, stdout); return 0;
    default: fputs("Try limpet-server --help.\n", stderr); return 2;
    }
}

int options_parse(struct options *o, int argc, char **argv)
{
    *o = (struct options){.db = "limpet.db",
                          .token = getenv("LIMPET_TOKEN"),
                          .max_peers = 100000,
                          .max_handshakes = 1000};
    if (o->token && !*o->token) o->token = NULL;
    addr_parse(&o->coap, "127.0.0.1:5683");
    addr_parse(&o->coaps, "127.0.0.1:5684");
    addr_parse(&o->http, "127.0.0.1:8080");
    int c, index = 0, status = -1;
    while (status < 0 && (c = getopt_long(argc, argv, "h", longs, &index)) >= 0)
        status = take(o, c, index);
    if (status >= 0) return status;
    if (optind < argc) return mistake("%s: there are only options", argv[optind]);
    if (!*o->db) return mistake("--db needs a file, or :memory:");
    return check_token(o);
}
