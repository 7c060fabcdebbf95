/* SPDX-License-Identifier: Apache-2.0
 *
 * options.h - the command line. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <stdbool.h>

#include "server/addr.h"

struct options {
    struct addr coap, coaps, http;
    const char *db, *token; /* token: NULL: none is asked for */
    bool json, insecure_bootstrap;
    unsigned max_peers, max_handshakes;
};

/* -1: go on; else the program's exit status (help, version: 0; a mistake: 2), everything said. */
int options_parse(struct options *, int argc, char **argv);

#endif
