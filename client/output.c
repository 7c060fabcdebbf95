/* SPDX-License-Identifier: Apache-2.0
 *
 * output.c - events as JSON lines.
 */
#include "client/output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes/num.h"
#include "posix/posix.h"

/* NO_COLOR is https://no-color.org: any value that is not empty switches colours off. */
static bool wants_color(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

void output_init(struct output *o, bool json, bool names)
{
    *o = (struct output){
        .json = json, .color = !json && wants_color(), .names = names, .start = lp_posix_now()};
}

json_t *output_event(const struct output *o, const char *endpoint, const char *event)
{
    json_t *j = json_object();
    json_object_set_new(j, "t", json_integer((json_int_t)(lp_posix_now() - o->start)));
    json_object_set_new(j, "event", json_string(event));
    if (o->names && endpoint) json_object_set_new(j, "endpoint", json_string(endpoint));
    return j;
}

/* jansson would print 0.1 as 0.10000000000000001. */
static void write_real(FILE *f, double v)
{
    uint8_t text[32];
    struct lp_out out;
    lp_out_init(&out, text, sizeof text);
    lp_put_float(&out, v);
    if (out.err)
        fputs("null", f);
    else
        fwrite(text, 1, lp_out_len(&out), f);
}

static void write_leaf(FILE *f, const json_t *j)
{
    if (json_is_real(j))
        write_real(f, json_real_value(j));
    else
        json_dumpf(j, f, JSON_ENCODE_ANY | JSON_COMPACT);
}

static void write_key(FILE *f, const char *key)
{
    json_t *j = json_string(key);
    write_leaf(f, j);
    json_decref(j);
    fputc(':', f);
}

void write_json(FILE *f, const json_t *j)
{
    const char *key, *comma = "";
    json_t *value;
    size_t i;
    if (json_is_object(j)) {
        fputc('{', f);
        json_object_foreach((json_t *)j, key, value)
        {
            fputs(comma, f);
            write_key(f, key);
            write_json(f, value);
            comma = ",";
        }
        fputc('}', f);
    } else if (json_is_array(j)) {
        fputc('[', f);
        json_array_foreach(j, i, value)
        {
            fputs(i ? "," : "", f);
            write_json(f, value);
        }
        fputc(']', f);
    } else {
        write_leaf(f, j);
    }
}

char *json_text(const json_t *j)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    if (!f) return NULL;
    write_json(f, j);
    if (!fclose(f)) return text;
    free(text);
    return NULL;
}

void output_put(struct output *o, json_t *event)
{
    if (o->json) {
        write_json(stdout, event);
        fputc('\n', stdout);
    } else {
        write_human(stdout, o, event);
    }
    if (fflush(stdout)) o->broken = true;
    json_decref(event);
}
