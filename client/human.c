/* SPDX-License-Identifier: Apache-2.0
 *
 * human.c - events for a person: time, what, and a form for each event.
 *
 *      12.345  registered           server 1  /rd/x7Kd  lifetime 86400 s
 *
 * In a form %name is a member; what stands in brackets is left out where one of its members is missing, null or false.
 */
#include "client/output.h"

#include <string.h>

#define PLAIN  ""
#define GREEN  "\033[32m"
#define RED    "\033[31m"
#define YELLOW "\033[33m"
#define BLUE   "\033[36m"
#define DIM    "\033[2m"
#define OFF    "\033[0m"

static const struct form {
    const char *event, *color, *text;
} forms[] = {
    {"started", PLAIN, "%endpoint  %product %version"},
    {"connected", GREEN, "%server  %uri  %security[  connection ID of %cid bytes][  %resumed]"},
    {"disconnected", YELLOW, "%server[  %text]"},
    {"bootstrap", BLUE, "%state[  %error: %text][  again in %retry_ms]"},
    {"registered", GREEN, "%server  %location  lifetime %lifetime s"},
    {"updated", GREEN, "%server[  lifetime %lifetime s]"},
    {"deregistered", YELLOW, "%server"},
    {"update_failed", RED, "%server  %error: %text"},
    {"registration_failed", RED, "%server  %error: %text[  again in %retry_ms]"},
    {"request", DIM, "%server  %op[ %path][ %paths][  %code]"},
    {"observation_ended", YELLOW, "%server  %path  %why"},
    {"changed", BLUE, "%path = %value  by %server"},
    {"executed", BLUE, "%path[ with %args]  by %server"},
    {"delivered", DIM, "%server  %what %path[  %error]"},
    {"sleep", DIM, "%server"},
    {"awake", DIM, "%server"},
    {"reboot", YELLOW, "%why"},
};

static const struct form *form_of(const char *event)
{
    for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (!strcmp(forms[i].event, event)) return &forms[i];
    return NULL;
}

/* What a server or a device file sent must not move the cursor. */
static void write_clean(FILE *f, const char *s)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < ' ' || c == 0x7f)
            fprintf(f, "\\x%02x", (unsigned)c);
        else
            fputc(c, f);
    }
}

/* %server is a sentence of its own, as are times and flags. */
static void write_member(FILE *f, const char *name, const json_t *v)
{
    bool server = !strcmp(name, "server") || !strcmp(name, "id");
    if (server && json_integer_value(v) == 0)
        fputs("bootstrap server", f);
    else if (server)
        fprintf(f, "server %d", (int)json_integer_value(v));
    else if (!strcmp(name, "retry_ms"))
        fprintf(f, "%.1f s", (double)json_integer_value(v) / 1000);
    else if (json_is_true(v) && strcmp(name, "value") != 0)
        fputs(name, f);
    else if (json_is_string(v))
        write_clean(f, json_string_value(v));
    else
        write_json(f, v);
}

static const json_t *member_at(const json_t *event, const char *text, char name[32], size_t *n)
{
    *n = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    snprintf(name, 32, "%.*s", (int)*n, text);
    return json_object_get(event, name);
}

/* Do all members between here and the closing bracket say something? */
static bool worth_it(const json_t *event, const char *text)
{
    char name[32];
    size_t n;
    for (; *text && *text != ']'; text++) {
        if (*text != '%') continue;
        const json_t *v = member_at(event, text + 1, name, &n);
        if (!v || json_is_null(v) || (json_is_false(v) && strcmp(name, "value") != 0)) return false;
        if (json_is_string(v) && json_string_length(v) == 0) return false;
    }
    return true;
}

static void write_form(FILE *f, const json_t *event, const char *text)
{
    char name[32];
    size_t n;
    for (; *text; text++) {
        if (*text == '[' && !worth_it(event, text)) text += strcspn(text, "]");
        if (*text == '[' || *text == ']') continue;
        if (*text != '%') {
            fputc(*text, f);
            continue;
        }
        const json_t *v = member_at(event, text + 1, name, &n);
        if (v) write_member(f, name, v);
        text += n;
    }
}

/* Lists and objects below a heading: status, help. */
static void write_lines(FILE *f, const json_t *list)
{
    size_t i;
    json_t *v;
    json_array_foreach(list, i, v)
    {
        fputs("\n                ", f);
        if (json_is_string(v))
            fputs(json_string_value(v), f);
        else
            write_json(f, v);
    }
}

static void write_result(FILE *f, const json_t *event)
{
    const json_t *value = json_object_get(event, "value");
    if (!json_is_true(json_object_get(event, "ok")))
        write_clean(f, json_string_value(json_object_get(event, "text")));
    else if (json_is_array(value))
        write_lines(f, value);
    else if (json_is_string(value))
        write_clean(f, json_string_value(value));
    else if (value)
        write_json(f, value);
    else
        fputs("ok", f);
}

static void write_status(FILE *f, const json_t *event)
{
    size_t i;
    json_t *s;
    fprintf(f, "%d observations", (int)json_integer_value(json_object_get(event, "observations")));
    json_array_foreach(json_object_get(event, "servers"), i, s)
    {
        fputs("\n                ", f);
        write_form(f, s,
                   "%id  %state  %uri  %security[  %location][  lifetime %lifetime s][  %asleep]");
    }
}

void write_human(FILE *f, const struct output *o, const json_t *event)
{
    const char *name = json_string_value(json_object_get(event, "event"));
    const char *endpoint = json_string_value(json_object_get(event, "endpoint"));
    const struct form *form = form_of(name);
    bool ok = strcmp(name, "result") != 0 || json_is_true(json_object_get(event, "ok"));
    const char *color = !o->color ? "" : form ? form->color : ok ? "" : RED;
    fprintf(f, "%10.3f  ", (double)json_integer_value(json_object_get(event, "t")) / 1000);
    if (o->names) fprintf(f, "%-16s  ", endpoint ? endpoint : "");
    fprintf(f, "%s%-20s%s ", color, ok ? name : "error", *color ? OFF : "");
    if (!strcmp(name, "result"))
        write_result(f, event);
    else if (!strcmp(name, "status"))
        write_status(f, event);
    else if (form)
        write_form(f, event, form->text);
    else
        write_json(f, event);
    fputc('\n', f);
}
