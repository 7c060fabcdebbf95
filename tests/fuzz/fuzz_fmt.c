/* SPDX-License-Identifier: Apache-2.0
 *
 * Content formats. The first byte chooses the format, the second the path that was asked for and the scratch memory;
 * the rest is the payload. It is read twice with the same result; what was read is written, and read again. */
#include "bytes/records.h"

#define MAX_RECORDS 64

static const struct lp_fmt *const fmts[] = {&lp_fmt_text, &lp_fmt_opaque,     &lp_fmt_cbor,
                                            &lp_fmt_tlv,  &lp_fmt_senml_cbor, &lp_fmt_senml_json};
static const char *const bases[] = {"/",      "/3",       "/3/0",
                                    "/3/0/7", "/3/0/7/1", "/65534/65534/65534/65534"};

struct pack {
    struct lp_record rec[MAX_RECORDS];
    void *copy[MAX_RECORDS]; /* strings live until the next record only */
    size_t n;
};

static bool has_span(const struct lp_value *v)
{
    return v->type == LP_T_STRING || v->type == LP_T_OPAQUE || v->type == LP_T_CORELNK ||
           v->type == LP_T_RAW_TLV || v->type == LP_T_RAW_TEXT;
}

static void keep(struct pack *pack, const struct lp_record *rec)
{
    struct lp_record *r = &pack->rec[pack->n];
    *r = *rec;
    pack->copy[pack->n] = NULL;
    if (has_span(&r->value)) {
        void *copy = malloc(r->value.u.s.n + 1);
        require(copy != NULL, "memory");
        if (r->value.u.s.n) memcpy(copy, r->value.u.s.p, r->value.u.s.n);
        r->value.u.s.p = pack->copy[pack->n] = copy;
    }
    pack->n++;
}

static void forget(struct pack *pack)
{
    for (size_t i = 0; i < pack->n; i++) free(pack->copy[i]);
}

/* 0 at the end, 1 when there are more records than a pack holds, or the error. */
static int read_pack(struct pack *pack, const struct lp_fmt *fmt, const char *base,
                     struct lp_span payload, size_t scratch_n)
{
    uint8_t scratch[256];
    struct lp_path at = path_of(base);
    struct lp_reader r;
    struct lp_record rec;
    int got = 1;
    pack->n = 0;
    lp_reader_init(&r, fmt, &at, payload, scratch, scratch_n);
    while (pack->n < MAX_RECORDS && (got = lp_reader_next(&r, &rec)) == 1) {
        require(lp_path_covers(&at, &rec.path), "a path within what was asked for");
        require(!rec.value.type || lp_path_level(&rec.path) >= LP_LEVEL_RESOURCE,
                "a value of a resource");
        keep(pack, &rec);
    }
    require(got == 0 || got == 1 || got == LP_ERR_FORMAT || got == LP_ERR_VALUE ||
                got == LP_ERR_TOO_LARGE,
            "an error that is documented");
    return got;
}

/* Numbers may come back as another type, an object link as what it is. */
static bool same_value(const struct lp_value *a, const struct lp_value *b)
{
    double f, g;
    if (lp_value_number(a, &f) && lp_value_number(b, &g)) return f == g || (f != f && g != g);
    if (!a->type || !b->type) return a->type == b->type;
    return lp_value_equal(a, b);
}

static void compare(const struct pack *a, const struct pack *b)
{
    require(a->n == b->n, "as many records");
    for (size_t i = 0; i < a->n; i++) {
        require(lp_path_equal(&a->rec[i].path, &b->rec[i].path), "the same paths");
        require(same_value(&a->rec[i].value, &b->rec[i].value), "the same values");
    }
}

/* A name alone that is the path asked for has no place in SenML: without n and value it is a base name. */
static bool can_be_written(const struct pack *pack, const struct lp_fmt *fmt, const char *base)
{
    struct lp_path at = path_of(base);
    for (size_t i = 0; i < pack->n; i++)
        if (!pack->rec[i].value.type && fmt != &lp_fmt_tlv &&
            lp_path_equal(&pack->rec[i].path, &at))
            return false;
    return true;
}

static void write_and_read(const struct pack *pack, const struct lp_fmt *fmt, const char *base,
                           size_t n)
{
    struct pack back;
    struct lp_out o;
    size_t cap = 512 + 8 * n + 64 * pack->n;
    uint8_t *m = malloc(cap);
    require(m != NULL, "memory");
    lp_out_init(&o, m, cap);
    int len = write_all(&o, fmt, base, pack->rec, pack->n);
    /* JSON has neither infinities nor broken UTF-8 */
    require(len >= 0 || (len == LP_ERR_VALUE && fmt == &lp_fmt_senml_json),
            "what was read can be written");
    if (len >= 0) {
        require(read_pack(&back, fmt, base, (struct lp_span){m, (size_t)len}, 256) >= 0,
                "what was written can be read");
        compare(pack, &back);
        forget(&back);
    }
    free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct pack pack, again;
    if (n < 2) return 0;
    const struct lp_fmt *fmt = fmts[p[0] % (sizeof fmts / sizeof *fmts)];
    const char *base = bases[(p[1] & 7) % (sizeof bases / sizeof *bases)];
    size_t scratch_n = p[1] & 0x80 ? 3 : 256;
    struct lp_span payload = {p + 2, n - 2};
    int got = read_pack(&pack, fmt, base, payload, scratch_n);
    require(read_pack(&again, fmt, base, payload, scratch_n) == got, "the same end");
    compare(&pack, &again);
    if (got >= 0 && can_be_written(&pack, fmt, base)) write_and_read(&pack, fmt, base, n);
    forget(&pack);
    forget(&again);
    return 0;
}
