/* SPDX-License-Identifier: Apache-2.0
 *
 * output.h - events on stdout: one JSON object a line, or lines for a person.
 */
#ifndef CLIENT_OUTPUT_H
#define CLIENT_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct output {
    bool json;
    bool color;
    bool names;     /* several devices: each line says whose it is */
    bool broken;    /* nobody reads any more */
    uint64_t start; /* lp_posix_now() when the program started */
};

void output_init(struct output *, bool json, bool names);
/* A new event with t and, where there are several devices, endpoint; members are added with json_object_set_new. */
json_t *output_event(const struct output *, const char *endpoint, const char *event);
void output_put(struct output *, json_t *event); /* writes and frees it */

/* JSON in one line; numbers as the shortest text that reads back the same. */
void write_json(FILE *, const json_t *);
/* The same as a string, to be freed. NULL: no memory. */
char *json_text(const json_t *);
/* An event for a person (human.c). */
void write_human(FILE *, const struct output *, const json_t *event);

#endif
