/* SPDX-License-Identifier: Apache-2.0
 *
 * args.c - the table of options, from which they are parsed and --help is printed.
 */
#include "client/argval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM  (strcmp(LP_PRODUCT, "lite") ? "limpet-client" : "limpet-client-lite")
#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)
enum { HELP = 1, VERSION = 2 };

#define TAKE(name) static int name(struct parse *p, const struct option *o, const char *v)

/* ---- what each option does ---- */

static int next_account(struct parse *p, const char *value, bool bootstrap)
{
    struct options *o = p->o;
    if (p->at != &o->defaults && account_check(p, p->at)) return -1;
    if (bootstrap && o->accounts > o->servers)
        return bad(p, "-b %s: there is one bootstrap server already", value);
    if (!bootstrap && o->servers == LP_MAX_SERVERS)
        return bad(p, "-s %s: this product (" LP_PRODUCT ") has %d server%s at most", value,
                   LP_MAX_SERVERS, LP_MAX_SERVERS > 1 ? "s" : "");
    p->at = &o->account[o->accounts++];
    *p->at = o->defaults;
    if (!bootstrap) p->at->lp.short_id = (uint16_t)++o->servers;
    return take_uri(p, value, bootstrap);
}

TAKE(server)
{
    (void)o;
    return next_account(p, v, false);
}

TAKE(bootstrap)
{
    (void)o;
    return next_account(p, v, true);
}

TAKE(endpoint)
{
    if (!*v) return bad(p, "--%s: expected a name", o->name);
    p->o->endpoint = v;
    return 0;
}

TAKE(later)
{
    (void)v;
    return bad(p, "--%s comes with a later version", o->name);
}

TAKE(short_id)
{
    uint64_t n;
    if (take_number(p, o, v, 1, 65534, &n)) return -1;
    if (p->at->lp.bootstrap)
        return bad(p, "--%s: a bootstrap server has no short server id", o->name);
    p->at->lp.short_id = (uint16_t)n;
    return 0;
}

TAKE(security_iid)
{
    uint64_t n;
    if (take_number(p, o, v, 0, 65534, &n)) return -1;
    p->at->lp.security_iid = (int32_t)n;
    return 0;
}

TAKE(server_iid)
{
    uint64_t n;
    if (take_number(p, o, v, 0, 65534, &n)) return -1;
    p->at->lp.server_iid = (int32_t)n;
    return 0;
}

TAKE(hold_off)
{
    uint64_t n;
    if (take_number(p, o, v, 0, UINT32_MAX, &n)) return -1;
    p->at->lp.hold_off_s = (uint32_t)n;
    return 0;
}

TAKE(bs_timeout)
{
    uint64_t n;
    if (take_number(p, o, v, 1, 86400, &n)) return -1;
    p->at->lp.bs_timeout_s = (uint32_t)n;
    return 0;
}

TAKE(max_message)
{
    uint64_t n;
    if (take_number(p, o, v, 160, LP_MAX_MESSAGE, &n)) return -1;
    p->o->config.max_message = (uint16_t)n;
    return 0;
}

TAKE(lifetime)
{
    uint64_t n;
    if (take_number(p, o, v, 1, UINT32_MAX, &n)) return -1;
    p->at->lp.lifetime_s = (uint32_t)n;
    return 0;
}

TAKE(queue)
{
    (void)o, (void)v;
    p->o->config.queue = true;
    return 0;
}

TAKE(queue_window)
{
    return take_seconds(p, o, v, 86400, &p->o->config.queue_window);
}

TAKE(port)
{
    uint64_t n;
    if (take_number(p, o, v, 0, 65535, &n)) return -1;
    p->o->config.local_port = (uint16_t)n;
    return 0;
}

TAKE(con)
{
    (void)o, (void)v;
    p->o->config.con_notify = true;
    return 0;
}

TAKE(lwm2m)
{
    if (strcmp(v, "1.0") != 0 && strcmp(v, "1.1") != 0)
        return bad(p, "--%s %s: expected 1.0 or 1.1", o->name, v);
    p->o->config.lwm2m = strcmp(v, "1.0") ? NULL : "1.0";
    return 0;
}

TAKE(device)
{
    (void)o;
    p->o->device_file = v;
    return 0;
}

TAKE(state)
{
    if (!*v) return bad(p, "--%s: expected a folder", o->name);
    p->o->state = v;
    return 0;
}

TAKE(count)
{
    uint64_t n;
    if (take_number(p, o, v, 1, 100000, &n)) return -1;
    p->o->count = (unsigned)n;
    return 0;
}

TAKE(make_flash)
{
    if (!*v) return bad(p, "--%s: expected a file", o->name);
    p->o->make_flash = v;
    return 0;
}

TAKE(json)
{
    (void)o, (void)v;
    p->o->json = true;
    return 0;
}

TAKE(verbose)
{
    (void)o, (void)v;
    p->o->verbose = true;
    return 0;
}

TAKE(help)
{
    (void)p, (void)o, (void)v;
    return HELP;
}

TAKE(version)
{
    (void)p, (void)o, (void)v;
    return VERSION;
}

const struct option options_table[] = {
    {0, NULL, NULL, NULL, "Who and where", false},
    {'e', "endpoint", "NAME", endpoint, "endpoint name (default: limpet-client)", false},
    {'s', "server", "URI", server,
     "a server, coap:// or coaps://; repeatable: short server ids 1, 2, ...", false},
    {'b', "bootstrap", "URI", bootstrap, "the bootstrap server", false},
    {0, NULL, NULL, NULL, "Of the last -s or -b (before the first: of all)", false},
    {0, "psk", "IDENTITY:HEX", take_psk, "pre-shared key, split at the last colon", true},
    {0, "psk-file", "FILE", take_psk_file, "the same, read from a file", true},
    {0, "short-id", "N", short_id, "short server id", true},
    {0, "security-iid", "N", security_iid, "instance of object 0 (default: counted from 0)", true},
    {0, "server-iid", "N", server_iid, "instance of object 1 (default: counted from 0)", true},
    {0, "retry", "COUNT:TIMER:SEQ_DELAY:SEQ_COUNT", take_retry,
     "communication retry, /1/x/17-20; after -b: attempts", true},
    {0, "hold-off", "SECONDS", hold_off, "client hold off, /0/x/11", true},
    {0, "bs-timeout", "SECONDS", bs_timeout, "a bootstrap that falls silent is given up", true},
    {'l', "lifetime", "SECONDS", lifetime, "registration lifetime (default 86400)", true},
    {0, "binding", "B", take_binding, "binding, /1/x/7 (default U)", true},
    {0, NULL, NULL, NULL, "How it talks", false},
    {0, "lwm2m", "VERSION", lwm2m, "the newest version offered: 1.0 or 1.1 (default 1.1)", false},
    {'q', "queue", NULL, queue, "queue mode", false},
    {0, "queue-window", "SECONDS", queue_window,
     "awake so long after the last message (default 93)", false},
    {0, "con", NULL, con, "notifications confirmable", false},
    {'p', "port", "N", port, "local UDP port (default: any)", false},
    {0, "tx", "ACK_TIMEOUT:RANDOM_FACTOR:MAX_RETRANSMIT", take_tx,
     "transmission parameters (default 2:1.5:4)", false},
    {0, "cid", "off|N", take_cid, "own DTLS connection ID: none, or N bytes (default 0)", false},
    {0, "block-size", "N", take_block_size, "block-wise size offered, 16 to " TEXT(LP_BLOCK_SIZE),
     false},
    {0, "max-message", "N", max_message,
     "largest CoAP message sent or taken, 160 to " TEXT(LP_MAX_MESSAGE), false},
    {0, NULL, NULL, NULL, "What it is", false},
    {'d', "device", "FILE", device, "imitate the device described in FILE (JSON)", false},
    {0, "state", "DIR", state, "keep accounts, association and values there", false},
    {0, "count", "N", count, "N devices in one process: NAME-1 ... NAME-N", false},
    {0, NULL, NULL, NULL, "For a board, instead of running", false},
    {0, "make-flash", "FILE", make_flash,
     "write a board's store: accounts, endpoint, -q, a random seed", false},
    {0, "geometry", "SIZE:ERASE:WRITE", take_geometry,
     "of the board's flash, in bytes (default 16384:4096:4)", false},
    {0, "address", "IP/BITS:GATEWAY:DNS", take_address, "the board's IPv4 address (default: DHCP)",
     false},
    {0, NULL, NULL, NULL, "What it says", false},
    {0, "json", NULL, json, "one JSON object a line on stdout; log on stderr", false},
    {'v', "verbose", NULL, verbose, "more log", false},
    {'h', "help", NULL, help, "this text", false},
    {0, "version", NULL, version, "name and version", false},
    {0, NULL, NULL, NULL, "With a later version", false},
    {0, "cert", "FILE", later, "own certificate", true},
    {0, "key", "FILE", later, "own private key", true},
    {0, "peer", "FILE", later, "the server's certificate, its CA, or its public key", true},
    {0, "usage", "0..3", later, "certificate usage", true},
    {0, "sni", "NAME", later, "server name indication", true},
    {0, "trust", "FILE", later, "trust store", true},
    {0, "store", "N", later, "notifications kept while offline", false},
    {0, "update-hook", "CMD", later, "checks and applies firmware", false},
    {0, "download-psk", "IDENTITY:HEX", later, "key for package URIs", false},
    {0, "download-tx", "A:R:M", later, "transmission parameters for package URIs", false},
    {0, NULL, NULL, NULL, NULL, false},
};
/* The end is the heading without text. */
static bool is_end(const struct option *o)
{
    return !o->name && !o->help;
}

/* ---- --help ---- */

static void print_option(const struct option *o)
{
    char left[80];
    char letter[4] = "   ";
    if (o->letter) snprintf(letter, sizeof letter, "-%c,", o->letter);
    snprintf(left, sizeof left, "  %s --%s%s%s", letter, o->name, o->arg ? " " : "",
             o->arg ? o->arg : "");
    if (strlen(left) < 31)
        printf("%-31s %s\n", left, o->help);
    else
        printf("%s\n%-31s %s\n", left, "", o->help);
}

static void print_help(void)
{
    printf("Usage: %s [-e NAME] (-s URI | -b URI)... [OPTION]...\n"
           "An OMA LwM2M device. Commands are read from stdin, one a line; `help` lists them.\n",
           PROGRAM);
    for (const struct option *o = options_table; !is_end(o); o++) {
        if (o->name)
            print_option(o);
        else
            printf("\n%s:\n", o->help);
    }
    printf(
        "\nExample: %s -e dev-1 -s coaps://localhost --psk dev-1:00112233445566778899aabbccddeeff\n"
        "Exit status: 0 ended by quit or a signal, 1 could not start, 2 a mistake in the "
        "options.\n",
        PROGRAM);
}

/* ---- parsing ---- */

/* "--name", "--name=value", "-x", "-xvalue": the option, and where a value follows in the same word. */
static const struct option *find(const char *word, const char **value)
{
    *value = NULL;
    size_t n = strcspn(word, "=");
    for (const struct option *o = options_table; !is_end(o); o++) {
        if (!o->name) continue;
        if (word[1] != '-' && o->letter && word[1] == o->letter) {
            if (word[2]) *value = word + 2 + (word[2] == '=');
            return o;
        }
        if (word[1] == '-' && n == strlen(o->name) + 2 && !strncmp(word + 2, o->name, n - 2)) {
            if (word[n]) *value = word + n + 1;
            return o;
        }
    }
    return NULL;
}

/* One option and its value; *used: words. 0, -1, HELP, VERSION. */
static int take(struct parse *p, char **word, int left, int *used)
{
    const char *value;
    *used = 1;
    if (word[0][0] != '-' || !word[0][1])
        return bad(p, "%s: expected an option, as -s URI", word[0]);
    const struct option *o = find(word[0], &value);
    if (!o) return bad(p, "%.*s: there is no such option", (int)strcspn(word[0], "="), word[0]);
    if (!o->arg && value) return bad(p, "--%s takes no value", o->name);
    if (o->arg && !value) {
        if (left < 2) return bad(p, "--%s: expected %s behind it", o->name, o->arg);
        value = word[1];
        *used = 2;
    }
    return o->take(p, o, value);
}

/* Mistakes that only the whole shows. */
static int check(struct parse *p)
{
    const struct options *o = p->o;
    if (p->at != &o->defaults && account_check(p, p->at)) return -1;
    if (o->make_flash && (o->accounts == 0 || o->state || o->count))
        return bad(p, "--make-flash goes with -s or -b, without --state and --count");
    if (o->accounts == 0 && !o->state)
        return bad(p, "expected a server: -s URI, or -b URI for a bootstrap server (or --state DIR "
                      "that holds one)");
    for (unsigned i = 0; i < o->accounts; i++)
        for (unsigned k = 0; k < i; k++)
            if (!o->account[i].lp.bootstrap && !o->account[k].lp.bootstrap &&
                o->account[i].lp.short_id == o->account[k].lp.short_id)
                return bad(p, "two servers have the short id %u: give one another --short-id",
                           (unsigned)o->account[i].lp.short_id);
    if (o->config.local_port &&
        o->config.local_port + (o->count ? o->count : 1) * LP_MAX_SERVERS > 65536)
        return bad(p, "-p %u: too high for so many devices", (unsigned)o->config.local_port);
    return 0;
}

int args_parse(struct options *o, int argc, char **argv)
{
    char error[512];
    struct parse p = {o, &o->defaults, error, sizeof error};
    memset(o, 0, sizeof *o);
    account_init(&o->defaults);
    o->endpoint = "limpet-client";
    memcpy(o->geometry, (const uint32_t[3]){16384, 4096, 4}, sizeof o->geometry);
    int err = 0;
    for (int i = 1, used; i < argc && !err; i += used) err = take(&p, argv + i, argc - i, &used);
    if (err == HELP)
        print_help();
    else if (err == VERSION)
        printf("%s " LIMPET_VERSION "\n", PROGRAM);
    if (err > 0) return 0;
    if (!err) err = check(&p);
    if (!err) return ARGS_RUN;
    fprintf(stderr, "%s: %s\nTry '%s --help'.\n", PROGRAM, error, PROGRAM);
    return 2;
}

/* ---- server add ---- */

int args_server(struct account *a, const char *line, char *error, size_t size)
{
    static struct options
        scratch; /* options that are no server's write here; they are refused anyway */
    struct parse p = {&scratch, a, error, size};
    const char *value;
    char *copy = strdup(line), *rest = copy, *word = copy ? strsep(&rest, " ") : NULL;
    int err = 0;
    account_init(a);
    if (!word || !*word) err = bad(&p, "expected server add URI [--psk IDENTITY:HEX]");
    if (!err) err = take_uri(&p, word, false);
    while (!err && (word = strsep(&rest, " "))) {
        if (!*word) continue;
        const struct option *o = word[0] == '-' && word[1] ? find(word, &value) : NULL;
        if (!o || !o->server || !o->arg)
            err = bad(&p, "%s: expected an option of a server, as --psk IDENTITY:HEX", word);
        else if (!value && !(value = strsep(&rest, " ")))
            err = bad(&p, "--%s: expected %s behind it", o->name, o->arg);
        else
            err = o->take(&p, o, value);
    }
    if (!err) err = account_check(&p, a);
    free(copy);
    return err;
}
