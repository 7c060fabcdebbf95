/* SPDX-License-Identifier: Apache-2.0
 *
 * events.c - see events.h.
 */
#include "server/events.h"

#include <stdlib.h>
#include <string.h>

void events_add(struct events *e, struct listener *l)
{
    l->next = e->first;
    e->first = l;
}

void events_remove(struct events *e, struct listener *l)
{
    for (struct listener **at = &e->first; *at; at = &(*at)->next)
        if (*at == l) {
            *at = l->next;
            return;
        }
}

static bool wanted(const struct listener *l, const char *endpoint)
{
    return !l->endpoint || strcmp(l->endpoint, endpoint) == 0;
}

bool events_wanted(const struct events *e, const char *endpoint)
{
    for (const struct listener *l = e->first; l; l = l->next)
        if (wanted(l, endpoint)) return true;
    return false;
}

void events_tell(struct events *e, const char *name, const char *endpoint, json_t *data)
{
    char *text = NULL;
    for (struct listener *l = e->first, *next; l; l = next) {
        next = l->next;
        if (!wanted(l, endpoint)) continue;
        if (!text) text = json_dumps(data, JSON_COMPACT);
        if (text) l->event(l, name, endpoint, text);
    }
    free(text);
    json_decref(data);
}
