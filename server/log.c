/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - see log.h. Each line is written at once: whoever reads the pipe waits for it.
 */
#include "server/log.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static enum log_mode mode;
static struct timespec start;

void log_start(enum log_mode m)
{
    mode = m;
    clock_gettime(CLOCK_MONOTONIC, &start);
}

static void line_text(const char *event, const char *ep, const char *text)
{
    struct timespec now;
    struct tm tm;
    char clock[16];
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &tm);
    strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
    printf("%s.%03ld  %-14s %-24s %s\n", clock, now.tv_nsec / 1000000, event, ep ? ep : "", text);
    fflush(stdout);
}

static json_int_t since_start(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (json_int_t)(now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
}

void log_object(json_t *o)
{
    if (mode == LOG_JSON) {
        json_dumpf(o, stdout, JSON_COMPACT);
        putchar('\n');
        fflush(stdout);
    }
    json_decref(o);
}

void log_event(const char *event, const char *ep, const char *format, ...)
{
    char text[512];
    if (mode == LOG_QUIET) return;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (mode == LOG_TEXT) {
        line_text(event, ep, text);
        return;
    }
    json_t *o = json_pack("{s:I, s:s}", "t", since_start(), "event", event);
    if (ep) json_object_set_new(o, "endpoint", json_string(ep));
    if (text[0]) json_object_set_new(o, "text", json_string(text));
    log_object(o);
}
