/* SPDX-License-Identifier: Apache-2.0
 *
 * argval.h - values of options: each take_ function returns 0, or -1 with what is wrong in p->error.
 */
#ifndef CLIENT_ARGVAL_H
#define CLIENT_ARGVAL_H

#include "client/args.h"

struct parse {
    struct options *o;
    struct account *at; /* whose the next option is */
    char *error;
    size_t size;
};
__attribute__((format(printf, 2, 3))) int bad(struct parse *, const char *form, ...); /* -1 */

struct option {
    char letter;      /* 0: none */
    const char *name; /* NULL: a heading */
    const char *arg;  /* NULL: a flag */
    int (*take)(struct parse *, const struct option *, const char *value);
    const char *help;
    bool server; /* may stand behind `server add` */
};
extern const struct option options_table[];

int take_uri(struct parse *, const char *value, bool bootstrap);
int take_psk(struct parse *, const struct option *, const char *value);
int take_psk_file(struct parse *, const struct option *, const char *value);
int take_tx(struct parse *, const struct option *, const char *value);
int take_retry(struct parse *, const struct option *, const char *value);
int take_cid(struct parse *, const struct option *, const char *value);
int take_block_size(struct parse *, const struct option *, const char *value);
int take_binding(struct parse *, const struct option *, const char *value);
int take_geometry(struct parse *, const struct option *, const char *value);
int take_address(struct parse *, const struct option *, const char *value);
int take_number(struct parse *, const struct option *, const char *value, uint64_t min,
                uint64_t max, uint64_t *to);
int take_seconds(struct parse *, const struct option *, const char *value, double max,
                 uint32_t *ms);
void account_init(struct account *);
int account_check(struct parse *, struct account *); /* after its last option */

#endif
