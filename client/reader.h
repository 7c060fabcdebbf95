/* SPDX-License-Identifier: Apache-2.0
 *
 * reader.h - where the reader of a device file stands, and how it complains: with file, line, and what was expected.
 */
#ifndef CLIENT_READER_H
#define CLIENT_READER_H

#include <jansson.h>

struct step {
    const char *key; /* member of an object, or NULL: */
    size_t index;    /* element of an array */
};

struct reader {
    const char *file, *text;
    struct step at[8];
    unsigned depth;
    char *error;
    size_t size;
};

char *reader_load(const char *file, char *error,
                  size_t size); /* the whole file, to be freed; NULL: *error says why */

void down(struct reader *, const char *key, size_t index);
void up(struct reader *);
__attribute__((format(printf, 2, 3))) int wrong(struct reader *, const char *form, ...); /* -1 */
/* Every member of the object is one of names, a list ending in NULL: 0 or -1. */
int only(struct reader *, json_t *object, const char *const *names, const char *expected);

#endif
