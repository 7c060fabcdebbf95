/* SPDX-License-Identifier: Apache-2.0
 *
 * console.c - commands from stdin: lines, whom they are for, and the `result` that answers each.
 */
#include "client/app.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define LINE_MAX_BYTES \
    (16u << 20) /* an opaque value may be long; what comes in must not fill the memory */

void reply_error(struct reply *r, const char *error, const char *form, ...)
{
    va_list args;
    r->error = error;
    va_start(args, form);
    vsnprintf(r->text, sizeof r->text, form, args);
    va_end(args);
}

static void put_result(struct app *app, const char *endpoint, const char *line, struct reply *r)
{
    json_t *j = output_event(&app->out, endpoint, "result"), *command = json_string(line);
    json_object_set_new(j, "command", command ? command : json_string("(not UTF-8)"));
    json_object_set_new(j, "ok", json_boolean(!r->error));
    if (r->error) {
        json_t *text = json_string(r->text); /* may quote a line that is no UTF-8 */
        json_object_set_new(j, "error", json_string(r->error));
        json_object_set_new(j, "text", text ? text : json_string("the line is not UTF-8"));
        json_decref(r->value);
    } else if (r->value) {
        json_object_set_new(j, "value", r->value);
    }
    output_put(&app->out, j);
}

static void run_for(struct device *d, const struct command *c, const char *args, const char *line)
{
    struct reply r = {0};
    if (d->running)
        c->device(d, args, &r);
    else
        reply_error(&r, "state", "the device is off");
    put_result(d->app, d->endpoint, line, &r);
    device_run(d);
}

/* The word before the arguments: longest names first in the table ("server add"). */
static const struct command *find(const char *line, const char **args)
{
    for (const struct command *c = commands; c->name; c++) {
        size_t n = strlen(c->name);
        if (strncmp(line, c->name, n) != 0 || (line[n] && line[n] != ' ' && line[n] != '\t'))
            continue;
        *args = line + n + strspn(line + n, " \t");
        return c;
    }
    return NULL;
}

static unsigned count(const struct app *app)
{
    return app->options.count ? app->options.count : 1;
}

static struct device *device_named(const struct app *app, const char *name, size_t n)
{
    for (unsigned i = 0; i < count(app); i++)
        if (strlen(app->device[i]->endpoint) == n && !memcmp(app->device[i]->endpoint, name, n))
            return app->device[i];
    return NULL;
}

static void run_line(struct app *app, const char *line)
{
    struct device *only = NULL;
    struct reply r = {0};
    const char *args, *rest = line;
    if (line[0] == '@') {
        size_t n = strcspn(line + 1, " \t");
        only = device_named(app, line + 1, n);
        rest = line + 1 + n + strspn(line + 1 + n, " \t");
        if (!only) {
            reply_error(&r, "not_found", "there is no device %.*s", (int)n, line + 1);
            put_result(app, NULL, line, &r);
            return;
        }
    }
    const struct command *c = find(rest, &args);
    if (!c) {
        reply_error(&r, "unknown_command", "there is no command '%.60s': help lists them", rest);
        put_result(app, only ? only->endpoint : NULL, line, &r);
    } else if (c->app) {
        c->app(app, args, &r);
        put_result(app, only ? only->endpoint : NULL, line, &r);
    } else if (only) {
        run_for(only, c, args, line);
    } else {
        for (unsigned i = 0; i < count(app); i++) run_for(app->device[i], c, args, line);
    }
}

static void take_line(struct app *app, char *line)
{
    char *end = line + strlen(line);
    while (end > line && strchr(" \t\r", end[-1])) *--end = 0;
    line += strspn(line, " \t");
    if (*line && *line != '#' && !app->quitting) run_line(app, line);
}

/* All whole lines of what has come in; at the end of stdin the rest too. */
static void take_lines(struct app *app, bool end)
{
    char *from = app->line, *newline;
    while ((newline = memchr(from, '\n', app->line_n - (size_t)(from - app->line)))) {
        *newline = 0;
        take_line(app, from);
        from = newline + 1;
    }
    app->line_n -= (size_t)(from - app->line);
    memmove(app->line, from, app->line_n);
    if (end && app->line_n) {
        app->line[app->line_n] = 0;
        take_line(app, app->line);
        app->line_n = 0;
    }
}

/* Room for some more and a NUL. */
static bool make_room(struct app *app)
{
    if (app->line_room - app->line_n >= 4096) return true;
    size_t room = 2 * app->line_room + 8192;
    char *line = room > LINE_MAX_BYTES ? NULL : realloc(app->line, room);
    if (!line) return false;
    app->line = line;
    app->line_room = room;
    return true;
}

void console_read(struct app *app)
{
    if (!app->console) return;
    if (!make_room(app)) app->line_n = 0; /* a line without end */
    ssize_t n = read(STDIN_FILENO, app->line + app->line_n, app->line_room - app->line_n - 1);
    if (n > 0) {
        app->line_n += (size_t)n;
        take_lines(app, false);
        return;
    }
    take_lines(app, true);
    app->console = false;
    epoll_ctl(app->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
}
