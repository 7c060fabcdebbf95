/* SPDX-License-Identifier: Apache-2.0
 *
 * events.h - what happened to a device, told to whoever listens: server-sent events, tests. */
#ifndef SERVER_EVENTS_H
#define SERVER_EVENTS_H

#include <jansson.h>
#include <stdbool.h>

struct listener {
    /* data is JSON in one line. */
    void (*event)(struct listener *, const char *name, const char *endpoint, const char *data);
    char *endpoint; /* only of this one; NULL: of all */
    struct listener *next;
};

struct events {
    struct listener *first;
};

void events_add(struct events *, struct listener *);
void events_remove(struct events *, struct listener *);
/* Does anybody listen? What is large is not made for nobody. */
bool events_wanted(const struct events *, const char *endpoint);
/* Takes the reference. */
void events_tell(struct events *, const char *name, const char *endpoint, json_t *data);

#endif
