/* SPDX-License-Identifier: Apache-2.0
 *
 * reader.c - see reader.h. jansson tells the line of broken JSON only; that of a wrong value is found by its path, with
 * a scanner that is short because the text is known to be valid.
 */
#include "client/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *blanks(const char *p)
{
    return p + strspn(p, " \t\r\n,:");
}

/* p is at the opening quote; behind the closing one. */
static const char *skip_string(const char *p)
{
    for (p++; *p && *p != '"'; p++)
        if (*p == '\\' && p[1]) p++;
    return *p ? p + 1 : p;
}

static const char *skip_value(const char *p)
{
    int depth = 0;
    do {
        p = blanks(p);
        if (*p == '"')
            p = skip_string(p);
        else if (*p == '{' || *p == '[')
            depth++, p++;
        else if (*p == '}' || *p == ']')
            depth--, p++;
        else
            p += strcspn(p, " \t\r\n,:{}[]");
    } while (depth > 0 && *p);
    return p;
}

/* The value of a member: its key, so that the line is the one with the key; *value: what to go down into. */
static const char *member(const char *p, const char *key, const char **value)
{
    size_t n = strlen(key);
    for (p = blanks(p + 1); *p == '"'; p = blanks(p)) {
        const char *end = skip_string(p);
        bool found = (size_t)(end - p) == n + 2 && !memcmp(p + 1, key, n);
        *value = blanks(end);
        if (found) return p;
        p = skip_value(*value);
    }
    return NULL;
}

static const char *element(const char *p, size_t index)
{
    for (p = blanks(p + 1); *p && *p != ']'; p = blanks(skip_value(p)))
        if (index-- == 0) return p;
    return NULL;
}

/* Where the path ends early, the line of what was found last. */
static int line_of(const char *text, const struct step *path, unsigned depth)
{
    const char *at = blanks(text), *value = at;
    for (unsigned i = 0; i < depth; i++) {
        const char *next = NULL, *below = NULL;
        if (path[i].key && *value == '{') next = member(value, path[i].key, &below);
        if (!path[i].key && *value == '[') next = below = element(value, path[i].index);
        if (!next) break;
        at = next;
        value = below;
    }
    int line = 1;
    for (const char *p = text; p < at; p++) line += *p == '\n';
    return line;
}

int wrong(struct reader *r, const char *form, ...)
{
    va_list args;
    int n = snprintf(r->error, r->size, "%s:%d: ", r->file, line_of(r->text, r->at, r->depth));
    va_start(args, form);
    if (n >= 0 && (size_t)n < r->size) vsnprintf(r->error + n, r->size - (size_t)n, form, args);
    va_end(args);
    return -1;
}

void down(struct reader *r, const char *key, size_t index)
{
    r->at[r->depth++] = (struct step){key, index};
}

void up(struct reader *r)
{
    r->depth--;
}

int only(struct reader *r, json_t *object, const char *const *names, const char *expected)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        const char *const *n = names;
        while (*n && strcmp(*n, key) != 0) n++;
        if (*n) continue;
        down(r, key, 0);
        return wrong(r, "\"%s\" is not known here: expected %s", key, expected);
    }
    return 0;
}

char *reader_load(const char *file, char *error, size_t size)
{
    FILE *f = fopen(file, "re");
    char *text = NULL;
    size_t room = 0;
    if (!f || (getdelim(&text, &room, 0, f) < 0 && ferror(f))) {
        snprintf(error, size, "%s: %s", file, strerror(errno));
        free(text);
        text = NULL;
    } else if (!text || feof(f) == 0) { /* empty, or a NUL in it */
        snprintf(error, size, "%s:1: expected JSON, {\"objects\": [...]}", file);
        free(text);
        text = NULL;
    }
    if (f) fclose(f);
    return text;
}
