/* SPDX-License-Identifier: Apache-2.0
 *
 * args.h - the command line (docs/limpet-client.1.md).
 */
#ifndef CLIENT_ARGS_H
#define CLIENT_ARGS_H

#include "limpet/client.h"

struct account {          /* one -s or -b with the options behind it */
    struct lp_account lp; /* without uri and the spans: see account_of() */
    char uri[LP_MAX_URI + 1];
    char identity[LP_MAX_IDENTITY + 1]; /* "" without --psk */
    uint8_t key[LP_MAX_KEY];
    unsigned key_n;
    char binding[8];
};

struct options {
    const char *endpoint, *device_file, *state;
    struct lp_client_config config; /* without endpoint, net, kv */
    struct account account[LP_MAX_SERVERS + 1];
    unsigned accounts, servers;
    struct account defaults; /* what stood before the first -s */
    unsigned count;          /* 0: one device without a number */
    const char *make_flash;  /* a file; then what goes there: */
    uint32_t geometry[3];    /* of the flash: size, erase unit, write unit */
    bool address_given;
    uint8_t address[16]; /* IPv4: own, mask, gateway, name server */
    bool json, verbose;
};

/* What the whole command line comes to: */
#define ARGS_RUN \
    (-1) /* start; else exit with what came back: 0 (--help, --version), 2 (a mistake, told on stderr) */
int args_parse(struct options *, int argc, char **argv);

/* One server as the console adds it: "URI [--psk ...] ...": 0, or -1 with the mistake in error. */
int args_server(struct account *, const char *line, char *error, size_t size);

#endif
