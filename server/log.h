/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - what the program says on stdout: aligned lines for people, or with --json an object a line. The one thing
 * that is the process's and not a server's. */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <stdbool.h>

enum log_mode { LOG_QUIET, LOG_TEXT, LOG_JSON };

void log_start(enum log_mode);
/* "12:00:01.250  registered    ep  text", or {"t":…,"event":"registered","endpoint":"ep","text":"…"}; ep may
 * be NULL. */
void log_event(const char *event, const char *ep, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What came from the network as text that can be shown: control characters, bytes that are not UTF-8 become '?'. */
void log_clean(char *text);
/* An object of the caller's making, as a line; only with --json. Takes the reference. */
struct json_t;
void log_object(struct json_t *);

#endif
