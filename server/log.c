/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - see log.h. Each line is written at once: whoever reads the pipe waits for it, and it may be as long as
 * PIPE_BUF.
 */
#include "server/log.h"

#include "bytes/value.h"

#include <jansson.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static enum log_mode mode;
static unsigned long lost; /* lines that nobody took */
static struct timespec start;

void log_start(enum log_mode m)
{
    mode = m;
    clock_gettime(CLOCK_MONOTONIC, &start);
}

/* A reader that has stopped reading must not stop the server: a pipe that can be written takes PIPE_BUF bytes. */
static void write_line(const char *p, size_t n)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    char note[64];
    if (poll(&out, 1, 0) != 1 || !(out.revents & POLLOUT)) {
        lost++;
        return;
    }
    if (lost) {
        int k = snprintf(note, sizeof(note),
                         mode == LOG_JSON ? "{\"event\":\"lost\",\"lines\":%lu}\n"
                                          : "... %lu lines lost ...\n",
                         lost);
        if (write(STDOUT_FILENO, note, (size_t)k) == k) lost = 0;
    }
    if (write(STDOUT_FILENO, p, n) != (ssize_t)n) lost++;
}

static void line_text(const char *event, const char *ep, const char *text)
{
    struct timespec now;
    struct tm tm;
    char clock[16];
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &tm);
    strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
    char line[900];
    int n = snprintf(line, sizeof(line), "%s.%03ld  %-14s %-24s %s\n", clock, now.tv_nsec / 1000000,
                     event, ep ? ep : "", text);
    write_line(line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

static json_int_t since_start(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (json_int_t)(now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
}

void log_object(json_t *o)
{
    char line[2048];
    size_t n = mode == LOG_JSON ? json_dumpb(o, line, sizeof(line) - 1, JSON_COMPACT) : 0;
    if (n && n < sizeof(line)) {
        line[n] = '\n';
        write_line(line, n + 1);
    }
    json_decref(o);
}

void log_clean(char *text)
{
    bool utf8 = lp_utf8((struct lp_span){text, strlen(text)});
    for (unsigned char *c = (unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7f || (*c > 0x7f && !utf8))
            *c = '?';
        else if (c[0] == 0xc2 && c[1] < 0xa0) /* U+0080 to U+009f: controls too */
            c[0] = c[1] = '?';
}

void log_event(const char *event, const char *ep, const char *format, ...)
{
    char text[512];
    if (mode == LOG_QUIET) return;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    log_clean(text);
    char name[256];
    if (ep) {
        snprintf(name, sizeof(name), "%s", ep);
        log_clean(name);
        ep = name;
    }
    if (mode == LOG_TEXT) {
        line_text(event, ep, text);
        return;
    }
    json_t *o = json_pack("{s:I, s:s}", "t", since_start(), "event", event);
    if (ep) json_object_set_new(o, "endpoint", json_string(ep));
    if (text[0]) json_object_set_new(o, "text", json_string(text));
    log_object(o);
}
