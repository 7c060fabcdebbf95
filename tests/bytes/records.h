/* SPDX-License-Identifier: Apache-2.0
 *
 * records.h - for the tests and fuzz targets of the content formats: a payload read into text, records written as the
 * model's walk writes them.
 *
 *      /3/0/9 int 95
 *      /3/0/7/0* tlv 0ed8        * = stood in a multiple-resource TLV
 *      /3/1 none                 no value: an instance without resources
 *      error -3                  the last line, if reading failed
 */
#ifndef LIMPET_RECORDS_H
#define LIMPET_RECORDS_H

#include "bytes/fmt.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void require(bool condition, const char *what)
{
    if (condition) return;
    fprintf(stderr, "records.h: %s\n", what);
    abort();
}

static inline struct lp_path path_of(const char *text)
{
    struct lp_path p;
    require(lp_path_parse(&p, (struct lp_span){text, strlen(text)}) == 0, "a path");
    return p;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static inline size_t put_span(char *to, const char *kind, struct lp_span s, bool as_hex)
{
    size_t n = (size_t)sprintf(to, " %s%s", kind, s.n ? " " : "");
    for (size_t i = 0; i < s.n; i++)
        n += (size_t)sprintf(to + n, as_hex ? "%02x" : "%c", ((const uint8_t *)s.p)[i]);
    return n;
}

static inline size_t put_value_line(char *to, const struct lp_value *v)
{
    switch ((int)v->type) {
    case 0: return (size_t)sprintf(to, " none");
    case LP_T_STRING: return put_span(to, "str", v->u.s, false);
    case LP_T_CORELNK: return put_span(to, "corelnk", v->u.s, false);
    case LP_T_RAW_TEXT: return put_span(to, "text", v->u.s, false);
    case LP_T_OPAQUE: return put_span(to, "hex", v->u.s, true);
    case LP_T_RAW_TLV: return put_span(to, "tlv", v->u.s, true);
    case LP_T_INT: return (size_t)sprintf(to, " int %lld", (long long)v->u.i);
    case LP_T_TIME: return (size_t)sprintf(to, " time %lld", (long long)v->u.i);
    case LP_T_UINT: return (size_t)sprintf(to, " uint %llu", (unsigned long long)v->u.u);
    case LP_T_FLOAT: return (size_t)sprintf(to, " float %.17g", v->u.f);
    case LP_T_BOOL: return (size_t)sprintf(to, " bool %d", v->u.b);
    case LP_T_OBJLNK: return (size_t)sprintf(to, " link %u:%u", v->u.link.obj, v->u.link.inst);
    default: require(false, "a type"); return 0;
    }
}

/* All records as lines of to, which must be large enough: 64 bytes a record and twice the payload. */
static inline size_t read_lines(char *to, struct lp_reader *r)
{
    struct lp_record rec;
    size_t n = 0;
    int got;
    while ((got = lp_reader_next(r, &rec)) == 1) {
        char text[LP_PATH_TEXT];
        n +=
            (size_t)sprintf(to + n, "%s%s", lp_path_text(&rec.path, text), rec.multiple ? "*" : "");
        n += put_value_line(to + n, &rec.value);
        to[n++] = '\n';
    }
    require(lp_reader_next(r, &rec) == got, "the end, or the error, stays");
    n += (size_t)(got ? sprintf(to + n, "error %d\n", got) : sprintf(to + n, "%s", ""));
    return n;
}

/* Reads payload from, and into, blocks of just their size, twice; the text is the caller's to free. */
static inline char *read_all(const struct lp_fmt *fmt, const char *base, const void *payload,
                             size_t n, size_t scratch_n)
{
    uint8_t *copy = malloc(n ? n : 1), *scratch = malloc(scratch_n ? scratch_n : 1);
    char *text = malloc(64 * n + 1024), *again = malloc(64 * n + 1024);
    require(copy && scratch && text && again, "memory");
    if (n) memcpy(copy, payload, n);
    struct lp_path at = path_of(base);
    struct lp_reader r;
    lp_reader_init(&r, fmt, &at, (struct lp_span){copy, n}, scratch, scratch_n);
    read_lines(text, &r);
    lp_reader_init(&r, fmt, &at, (struct lp_span){copy, n}, scratch, scratch_n);
    read_lines(again, &r);
    require(strcmp(text, again) == 0, "the second reading equals the first");
    require(n == 0 || memcmp(copy, payload, n) == 0, "the payload is not changed");
    free(copy);
    free(scratch);
    free(again);
    return text;
}

/* Every cut of the payload: what it gives is the beginning of what the whole gives, and then an error (or, where the
 * format cannot tell, the end). The whole must be without error. */
static inline void read_cuts(const struct lp_fmt *fmt, const char *base, const void *payload,
                             size_t n, bool may_end)
{
    char *whole = read_all(fmt, base, payload, n, 512);
    require(!strstr(whole, "error"), "the whole is readable");
    for (size_t cut = 0; cut < n; cut++) {
        char *part = read_all(fmt, base, payload, cut, 512), *err = strstr(part, "error");
        require(err || may_end, "a cut payload is an error");
        require(strncmp(part, whole, err ? (size_t)(err - part) : strlen(part)) == 0,
                "a cut invents nothing");
        free(part);
    }
    free(whole);
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

/* How many of these n records stand in one instance (level INSTANCE) or one multiple resource (level RESOURCE). */
static inline size_t group(const struct lp_record *rec, size_t n, enum lp_level level)
{
    struct lp_path outer = lp_path_cut(&rec->path, level);
    size_t i = 1;
    bool alone = lp_path_level(&rec->path) <= level;
    while (i < n && !alone && lp_path_covers(&outer, &rec[i].path) &&
           lp_path_level(&rec[i].path) > level)
        i++;
    return i;
}

static inline void write_records(struct lp_writer *w, const struct lp_record *rec, size_t n);

/* A container of just these records, with its size when the format asks for it. */
static inline void write_container(struct lp_writer *w, const struct lp_record *rec, size_t n,
                                   enum lp_level level)
{
    struct lp_out counting;
    struct lp_path path = lp_path_cut(&rec->path, level);
    struct lp_writer inner = *w;
    lp_out_init(&counting, NULL, 0);
    inner.out = &counting;
    inner.base = path;
    bool empty = !rec->value.type && lp_path_level(&rec->path) == level;
    if (!empty) write_records(&inner, rec, n);
    w->fmt->open(w, &path, counting.total);
    inner.out = w->out;
    if (!empty) write_records(&inner, rec, n);
}

static inline void write_records(struct lp_writer *w, const struct lp_record *rec, size_t n)
{
    for (size_t i = 0, k; i < n; i += k) {
        enum lp_level base = lp_path_level(&w->base), level = lp_path_level(&rec[i].path);
        k = 1;
        if (!(w->fmt->flags & LP_FMT_SIZES) ||
            (level == LP_LEVEL_RINSTANCE && base >= LP_LEVEL_RESOURCE)) {
            lp_writer_put(w, &rec[i].path, &rec[i].value);
        } else if (base < LP_LEVEL_INSTANCE) {
            k = group(rec + i, n - i, LP_LEVEL_INSTANCE);
            write_container(w, rec + i, k, LP_LEVEL_INSTANCE);
        } else if (level == LP_LEVEL_RINSTANCE) {
            k = group(rec + i, n - i, LP_LEVEL_RESOURCE);
            write_container(w, rec + i, k, LP_LEVEL_RESOURCE);
        } else {
            lp_writer_put(w, &rec[i].path, &rec[i].value);
        }
    }
}

/* All of a payload; its length, or an error as lp_out_end says. */
static inline int write_all(struct lp_out *out, const struct lp_fmt *fmt, const char *base,
                            const struct lp_record *rec, size_t n)
{
    struct lp_writer w;
    struct lp_path at = path_of(base);
    lp_writer_init(&w, fmt, out, &at);
    if (fmt->begin) fmt->begin(&w, (uint32_t)n);
    write_records(&w, rec, n);
    if (fmt->end) fmt->end(&w);
    return lp_out_end(out);
}

/* The same, and each window of it is the same bytes. */
static inline int write_windows(uint8_t *to, size_t cap, const struct lp_fmt *fmt, const char *base,
                                const struct lp_record *rec, size_t n)
{
    struct lp_out out;
    lp_out_init(&out, to, cap);
    int len = write_all(&out, fmt, base, rec, n);
    for (uint32_t skip = 0; len > 0 && skip <= (uint32_t)len; skip++) {
        uint8_t block[7];
        struct lp_out window;
        lp_out_window(&window, block, skip, sizeof block);
        write_all(&window, fmt, base, rec, n);
        require(window.total == (uint32_t)len && window.hash == out.hash,
                "each window counts the whole");
        require(memcmp(block, to + skip, lp_out_len(&window)) == 0,
                "each window is a part of the whole");
    }
    return len;
}

#endif
