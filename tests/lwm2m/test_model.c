/* SPDX-License-Identifier: Apache-2.0
 *
 * The data model by itself: what handlers emit, how a payload comes in, the links of a registration.
 * also: lite
 */
#include "served.h"

static int setup(void **state)
{
    (void)state;
    begin();
    add_plain(33605);
    return 0;
}

/* ---- emit ---------------------------------------------------------------------------------------------------- */

/* An object whose resources of each type are emitted by the function under test. */
static int (*emit_now)(struct lp_emit *);
static int read_now(struct lp_object *o, const struct lp_path *at, struct lp_emit *e)
{
    (void)o;
    (void)at;
    return emit_now(e);
}
static const struct lp_object_ops emit_ops = {.read = read_now};
static const struct lp_res emit_res[] = {{0, LP_T_INT, LP_R},
                                         {1, LP_T_FLOAT, LP_R},
                                         {2, LP_T_STRING, LP_R},
                                         {3, LP_T_STRING, LP_R | LP_MULTIPLE},
                                         {4, LP_T_TIME, LP_R}};
static struct lp_object emit_object = {.id = 5, .res = emit_res, .nres = 5, .ops = &emit_ops};

static int read_text(const char *path, char *to, size_t cap)
{
    struct lp_out o;
    struct lp_path p = path_of(path);
    memset(to, 0, cap);
    lp_out_init(&o, to, cap);
    emit_object.next_ = NULL;
    return lp_model_read(&emit_object, &p, &lp_fmt_text, &o);
}

static int emit_int(struct lp_emit *e)
{
    return lp_emit_int(e, 5);
}
static int emit_fraction(struct lp_emit *e)
{
    return lp_emit_float(e, 5.5);
}
static int emit_null(struct lp_emit *e)
{
    return lp_emit_string(e, NULL);
}
static int emit_nothing(struct lp_emit *e)
{
    (void)e;
    return 0;
}
static int emit_twice(struct lp_emit *e)
{
    lp_emit_int(e, 1);
    return lp_emit_int(e, 2);
}
static int emit_wrong_and_say_fine(struct lp_emit *e)
{
    lp_emit_string(e, "x");
    return 0;
}
static int emit_all(struct lp_emit *e)
{
    lp_emit_at(e, 1);
    lp_emit_string(e, "one");
    lp_emit_at(e, 7);
    lp_emit_string(e, "seven");
    return 0;
}
static int say_denied(struct lp_emit *e)
{
    (void)e;
    return LP_ERR_DENIED;
}

static void emitted_numbers_become_what_the_table_says(void **state)
{
    (void)state;
    char text[64];
    emit_now = emit_int;
    assert_int_equal(read_text("/5/0/0", text, sizeof text), 0);
    assert_string_equal(text, "5");
    assert_int_equal(read_text("/5/0/1", text, sizeof text), 0);
    assert_string_equal(text, "5");
    assert_int_equal(read_text("/5/0/4", text, sizeof text), 0);
    assert_int_equal(read_text("/5/0/2", text, sizeof text), LP_ERR_INTERNAL);
    emit_now = emit_fraction;
    assert_int_equal(read_text("/5/0/0", text, sizeof text), LP_ERR_INTERNAL);
    struct lp_out o; /* in TLV a float has 4 or 8 bytes, whatever the handler called */
    emit_now = emit_int;
    lp_out_init(&o, text, sizeof text);
    struct lp_path p = path_of("/5/0/1");
    assert_int_equal(lp_model_read(&emit_object, &p, &lp_fmt_tlv, &o), 0);
    assert_bytes(text, lp_out_len(&o), "c4 01 40 a0 00 00");
}

static void a_handlers_mistakes(void **state)
{
    (void)state;
    char text[64];
    emit_now = emit_null;
    assert_int_equal(read_text("/5/0/2", text, sizeof text), 0);
    assert_string_equal(text, "");
    emit_now = emit_twice;
    assert_int_equal(read_text("/5/0/0", text, sizeof text), LP_ERR_ACCEPT);
    emit_now = emit_wrong_and_say_fine;
    assert_int_equal(read_text("/5/0/0", text, sizeof text), LP_ERR_INTERNAL);
    emit_now = say_denied;
    assert_int_equal(read_text("/5/0/0", text, sizeof text), LP_ERR_DENIED);
}

static void instances_not_asked_for_are_skipped(void **state)
{
    (void)state;
    char text[64];
    emit_now = emit_all;
    assert_int_equal(read_text("/5/0/3/7", text, sizeof text), 0);
    assert_string_equal(text, "seven");
    assert_int_equal(read_text("/5/0/3/1", text, sizeof text), 0);
    assert_string_equal(text, "one");
    assert_int_equal(read_text("/5/0/3/0", text, sizeof text), LP_ERR_NOT_FOUND);
    emit_now = emit_nothing;
    assert_int_equal(read_text("/5/0/3/7", text, sizeof text), LP_ERR_NOT_FOUND);
}

static void resource_instances_are_counted_and_found(void **state)
{
    (void)state;
    uint32_t n;
    struct lp_path p = path_of("/5/0/3");
    emit_now = emit_all;
    assert_int_equal(lp_model_next_rinst(&emit_object, &p, -1, &n), 1);
    assert_int_equal(n, 2);
    assert_int_equal(lp_model_next_rinst(&emit_object, &p, 1, NULL), 7);
    assert_int_equal(lp_model_next_rinst(&emit_object, &p, 7, NULL), LP_ERR_NOT_FOUND);
    emit_now = emit_nothing;
    assert_int_equal(lp_model_next_rinst(&emit_object, &p, -1, &n), LP_ERR_NOT_FOUND);
    assert_int_equal(n, 0);
    p = path_of("/5/0/0");
    assert_int_equal(lp_model_next_rinst(&emit_object, &p, -1, &n), LP_ERR_NOT_FOUND);
}

/* ---- what exists --------------------------------------------------------------------------------------------- */

static void existence_at_every_level(void **state)
{
    (void)state;
    const char *there[] = {"/33605",     "/33605/0",     "/33605/1",  "/33605/0/0",
                           "/33605/0/1", "/33605/0/1/2", "/33605/0/2"};
    const char *gone[] = {"/33604",      "/33605/2",     "/33605/65534", "/33605/0/7",
                          "/33605/0/99", "/33605/0/1/1", "/33605/0/0/0", "/33605/2/0"};
    for (unsigned i = 0; i < sizeof there / sizeof *there; i++) {
        struct lp_path p = path_of(there[i]);
        assert_int_equal(lp_model_exists(c.objects, &p), 0);
    }
    for (unsigned i = 0; i < sizeof gone / sizeof *gone; i++) {
        struct lp_path p = path_of(gone[i]);
        assert_int_equal(lp_model_exists(c.objects, &p), LP_ERR_NOT_FOUND);
    }
    assert_null(lp_model_object(c.objects, 1, 33605)); /* of another device */
}

static void an_object_without_next_has_the_instance_0(void **state)
{
    (void)state;
    assert_true(lp_model_has_inst(&emit_object, 0));
    assert_false(lp_model_has_inst(&emit_object, 1));
    assert_int_equal(lp_model_next_inst(&emit_object, -1), 0);
    assert_int_equal(lp_model_next_inst(&emit_object, 0), LP_ERR_NOT_FOUND);
}

/* ---- windows ------------------------------------------------------------------------------------------------- */

static void every_window_is_a_part_of_the_whole(void **state)
{
    (void)state;
    uint8_t whole[256], part[256];
    struct lp_out o;
    struct lp_path p = path_of("/33605");
    for (const struct lp_fmt *const *f = lp_fmts; *f; f++) {
        if (!((*f)->flags & LP_FMT_MANY)) continue;
        lp_out_init(&o, whole, sizeof whole);
        assert_int_equal(lp_model_read(c.objects, &p, *f, &o), 0);
        uint32_t n = o.total, hash = o.hash;
        assert_true(n < sizeof whole);
        for (uint32_t skip = 0; skip <= n; skip += 3)
            for (size_t cap = 0; cap <= n; cap += 7) {
                lp_out_window(&o, part, skip, cap);
                assert_int_equal(lp_model_read(c.objects, &p, *f, &o), 0);
                assert_int_equal(o.total, n);
                assert_true(o.hash == hash);
                assert_memory_equal(part, whole + skip, lp_out_len(&o));
            }
    }
}

/* ---- write --------------------------------------------------------------------------------------------------- */

static char scratch[256];
static unsigned tell_n;
static char tell_paths[256];

static void told(void *ctx, const struct lp_path *path)
{
    char text[LP_PATH_TEXT];
    assert_ptr_equal(ctx, &tell_n);
    tell_n++;
    strcat(strcat(tell_paths, lp_path_text(path, text)), " ");
}

static int write_tlv(const char *path, enum lp_write_mode mode, const void *p, size_t n,
                     uint16_t *created)
{
    struct lp_reader r;
    struct lp_path at = path_of(path);
    tell_n = 0;
    tell_paths[0] = 0;
    lp_reader_init(&r, &lp_fmt_tlv, &at, (struct lp_span){p, n}, scratch, sizeof scratch);
    return lp_model_write(c.objects, &at, mode, &r, created, told, &tell_n);
}

static void a_bootstrap_write_makes_several_instances_and_writes_what_is_read_only(void **state)
{
    (void)state;
    const char *tlv = "\x06\x00\xc1\x00\x07\xc1\x03\x09" /* 0: two resources */
                      "\x03\x02\xc1\x00\x08"             /* 2: one */
                      "\x00\x03";                        /* 3: none */
    assert_int_equal(write_tlv("/33605", LP_WRITE_BOOTSTRAP, tlv, 15, NULL), 0);
    assert_true(plain.inst[0] && plain.inst[1] && plain.inst[2] &&
                plain.inst[3]); /* 1 was not named: it stays */
    assert_int_equal(plain.cell[0][INT][0].v.u.i, 7);
    assert_int_equal(plain.cell[2][INT][0].v.u.i, 8);
    assert_int_equal(plain.cell[0][BYTES][0].v.u.s.n, 1);
    assert_false(plain.cell[0][FLOAT][0].there); /* replaced */
    assert_int_equal(write_tlv("/33605/0", LP_WRITE_BOOTSTRAP, "\xc1\x02\x01", 3, NULL),
                     LP_ERR_METHOD); /* executable */
    assert_int_equal(write_tlv("/33605/0/3", LP_WRITE_BOOTSTRAP, "\xc1\x03\x01", 3, NULL), 0);
    assert_int_equal(plain.cell[0][INT][0].v.u.i, 7);
}

/* The records of one instance need not stand together: it is prepared again, but before anything is written. */
static void a_bootstrap_write_in_any_order(void **state)
{
    (void)state;
    const char *tlv = "\x05\x02\x83\x01\x41\x00\x61" /* 2: a multiple one */
                      "\x03\x03\xc1\x00\x08"         /* 3 */
                      "\x03\x02\xc1\x00\x07"         /* 2 again */
                      "\x03\x03\xc1\x07\x09"         /* 3 again */
                      "\x05\x02\x83\x01\x41\x01\x62";
    assert_int_equal(write_tlv("/33605", LP_WRITE_BOOTSTRAP, tlv, 29, NULL), 0);
    assert_true(plain.cell[2][TEXTS][0].there && plain.cell[2][TEXTS][1].there);
    assert_int_equal(plain.cell[2][INT][0].v.u.i, 7);
    assert_int_equal(plain.cell[3][UINT][0].v.u.u, 9);
    assert_int_equal(plain.cell[3][INT][0].v.u.i, 8);
    assert_int_equal(plain.creates, 2);
}

static void what_changed_is_told(void **state)
{
    (void)state;
    assert_int_equal(
        write_tlv("/33605/0", LP_WRITE_PARTIAL, "\xc1\x00\x07\x83\x01\x41\x00\x7a", 8, NULL), 0);
    assert_string_equal(tell_paths, "/33605/0/0 /33605/0/1/0 ");
    assert_int_equal(
        write_tlv("/33605/0", LP_WRITE_REPLACE, "\xc1\x00\x07\x83\x01\x41\x00\x7a", 8, NULL), 0);
    assert_string_equal(tell_paths, "/33605/0/1 /33605/0/4 /33605/0/6 /33605/0/0 /33605/0/1/0 ");
    assert_int_equal(write_tlv("/33605/0", LP_WRITE_PARTIAL, "\xc1\x00\x07\xc1\x03\x01", 6, NULL),
                     LP_ERR_METHOD);
    assert_int_equal(tell_n, 0);
}

static void a_payload_whole_and_cut_at_every_length(void **state)
{
    (void)state;
    const char *tlv = "\x08\x02\x0b\xc1\x00\x07\xc1\x07\x09\x83\x01\x41\x00\x61";
    for (size_t n = 0; n < 14; n++) {
        uint16_t made = LP_NONE;
        int r = write_tlv("/33605", LP_WRITE_CREATE, tlv, n, &made);
        assert_true(r == LP_ERR_FORMAT || r == LP_ERR_VALUE);
        assert_int_equal(plain.creates, 0);
    }
    uint16_t made;
    assert_int_equal(write_tlv("/33605", LP_WRITE_CREATE, tlv, 14, &made), 0);
    assert_int_equal(made, 2);
}

/* ---- links --------------------------------------------------------------------------------------------------- */

static void links_are(bool v10, const char *want)
{
    char text[512];
    struct lp_out o;
    lp_out_init(&o, text, sizeof text);
    lp_model_links(c.objects, v10, &o);
    lp_out_u8(&o, 0);
    assert_true(lp_out_end(&o) > 0);
    assert_string_equal(text, want);
}

static void int_101_links_of_a_registration(void **state)
{
    (void)state;
    static struct plain more[6];
    static const uint16_t ids[] = {0, 1, 2, 3, 21, 5};
    for (unsigned i = 0; i < 6; i++) {
        add_object(&more[i], ids[i]);
        more[i].inst[0] = ids[i] != 5 && ids[i] != 2;
    }
    more[3].object.version = "1.1";
    const char *rest = ",</1/0>,</3>;ver=1.1,</3/0>,</5>,</33605/0>,</33605/1>";
    char want[256];
    snprintf(want, sizeof want, "</>;rt=\"oma.lwm2m\";ct=\"%s\"%s",
             lp_fmt_find(LP_FMT_SENML_JSON) ? "112 11542 110 60" : "112 11542 60", rest);
    links_are(false, want);
    links_are(true,
              "</>;rt=\"oma.lwm2m\",</1/0>,</3/0>,</5>,</33605/0>,</33605/1>"); /* as in 1.0 */
    plain.object.version = "1.0";
    links_are(true, "</>;rt=\"oma.lwm2m\",</1/0>,</3/0>,</5>,</33605/0>,</33605/1>");
    plain.object.version = "2.0"; /* whose object it is, its version is */
    links_are(true,
              "</>;rt=\"oma.lwm2m\",</1/0>,</3/0>,</5>,</33605>;ver=2.0,</33605/0>,</33605/1>");
    plain.object.version = NULL;
    more[2].inst[0] = true;
    plain.inst[0] = plain.inst[1] = false;
    links_are(true, "</>;rt=\"oma.lwm2m\",</1/0>,</2/0>,</3/0>,</5>,</33605>");
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(emitted_numbers_become_what_the_table_says),
        T(a_handlers_mistakes),
        T(instances_not_asked_for_are_skipped),
        T(resource_instances_are_counted_and_found),
        T(existence_at_every_level),
        T(an_object_without_next_has_the_instance_0),
        T(every_window_is_a_part_of_the_whole),
        T(a_bootstrap_write_makes_several_instances_and_writes_what_is_read_only),
        T(a_bootstrap_write_in_any_order),
        T(what_changed_is_told),
        T(a_payload_whole_and_cut_at_every_length),
        T(int_101_links_of_a_registration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
