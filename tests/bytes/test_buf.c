/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"

#include "bytes/buf.h"

static void reader_takes_in_order(void **state)
{
    (void)state;
    const uint8_t m[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b};
    struct lp_in in;
    lp_in_init(&in, m, sizeof m);
    assert_int_equal(lp_in_u8(&in), 1);
    assert_int_equal(lp_in_be(&in, 2), 0x0203);
    assert_int_equal(lp_in_left(&in), 8);
    assert_true(lp_in_be(&in, 8) == 0x0405060708090a0bu);
    assert_non_null(lp_in_take(&in, 0));
    assert_int_equal(lp_in_left(&in), 0);
    assert_int_equal(lp_in_rest(&in).n, 0);
    assert_int_equal(in.err, 0);
}

static void reader_keeps_its_first_error_and_is_empty_then(void **state)
{
    (void)state;
    const uint8_t m[] = {1, 2, 3};
    struct lp_in in;
    lp_in_init(&in, m, sizeof m);
    assert_null(lp_in_take(&in, 4));
    assert_int_equal(in.err, LP_ERR_FORMAT);
    assert_int_equal(lp_in_left(&in), 0);
    assert_null(lp_in_take(&in, 1)); /* though it would fit */
    assert_int_equal(lp_in_u8(&in), 0);
    assert_int_equal(lp_in_be(&in, 2), 0);
    in.err = LP_ERR_VALUE;
    assert_null(lp_in_take(&in, 9));
    assert_int_equal(in.err, LP_ERR_VALUE);
}

static void reader_length_near_the_address_space_does_not_wrap(void **state)
{
    (void)state;
    const uint8_t m[] = {1, 2, 3};
    struct lp_in in;
    lp_in_init(&in, m, sizeof m);
    lp_in_u8(&in);
    assert_null(lp_in_take(&in, SIZE_MAX));
    assert_int_equal(in.err, LP_ERR_FORMAT);
}

static void reader_of_nothing(void **state)
{
    (void)state;
    struct lp_in in;
    lp_in_init(&in, NULL, 0);
    assert_int_equal(lp_in_left(&in), 0);
    assert_non_null(lp_in_take(&in, 0));
    assert_non_null(lp_in_rest(&in).p);
    assert_int_equal(in.err, 0);
    assert_int_equal(lp_in_u8(&in), 0);
    assert_int_equal(in.err, LP_ERR_FORMAT);
}

static void put_some(struct lp_out *o)
{
    lp_out_u8(o, 0x01);
    lp_out_be(o, 0x0203, 2);
    lp_out_put(o, "\x04\x05", 2);
    lp_out_text(o, "\x06\x07");
    lp_out_be(o, 0x08090a0b0c0d0e0full, 8);
    lp_out_put(o, NULL, 0);
}
#define SOME 15

static void writer_counts_all_and_stores_every_window(void **state)
{
    (void)state;
    struct lp_out whole;
    lp_out_init(&whole, NULL, 0);
    put_some(&whole);
    assert_int_equal(whole.total, SOME);
    assert_int_equal(lp_out_len(&whole), 0);
    assert_true(lp_out_more(&whole));

    for (uint32_t skip = 0; skip <= SOME + 2; skip++)
        for (size_t cap = 0; cap <= SOME + 2; cap++) {
            uint8_t *buf = malloc(cap ? cap : 1);
            struct lp_out o;
            lp_out_window(&o, buf, skip, cap);
            put_some(&o);
            size_t there = skip < SOME ? SOME - skip : 0, stored = there < cap ? there : cap;
            assert_int_equal(lp_out_len(&o), stored);
            for (size_t i = 0; i < stored; i++) assert_int_equal(buf[i], skip + i + 1);
            assert_int_equal(lp_out_more(&o), skip + cap < SOME);
            assert_int_equal(o.total, SOME);
            assert_int_equal(o.hash, whole.hash); /* one ETag for all blocks */
            free(buf);
        }
}

static void writer_end_says_length_error_or_too_large(void **state)
{
    (void)state;
    uint8_t b[4];
    struct lp_out o;
    lp_out_init(&o, b, sizeof b);
    assert_int_equal(lp_out_end(&o), 0);
    lp_out_text(&o, "abcd");
    assert_int_equal(lp_out_end(&o), 4);
    assert_false(lp_out_more(&o));
    lp_out_u8(&o, 'e');
    assert_int_equal(lp_out_end(&o), LP_ERR_TOO_LARGE);
    lp_out_fail(&o, LP_ERR_VALUE);
    lp_out_fail(&o, LP_ERR_STATE);
    assert_int_equal(lp_out_end(&o), LP_ERR_VALUE);
    assert_memory_equal(b, "abcd", 4);
}

static void writer_total_does_not_wrap(void **state)
{
    (void)state;
    uint8_t b[4] = {0};
    struct lp_out o;
    lp_out_init(&o, b, sizeof b);
    o.total = INT32_MAX - 1;
    lp_out_put(&o, "ab", 2);
    assert_int_equal(o.err, LP_ERR_TOO_LARGE);
    assert_int_equal(o.total, INT32_MAX - 1);
    lp_out_window(&o, b, UINT32_MAX, sizeof b);
    assert_int_equal(o.err, LP_ERR_TOO_LARGE);
    lp_out_window(&o, b, INT32_MAX, sizeof b);
    lp_out_text(&o, "abc");
    assert_int_equal(lp_out_len(&o), 0);
    assert_int_equal(b[0], 0);
}

static void span_is(void **state)
{
    (void)state;
    assert_true(lp_span_is(SPAN("rd"), "rd"));
    assert_false(lp_span_is(SPAN("rd"), "r"));
    assert_false(lp_span_is(SPAN("r"), "rd"));
    assert_false(lp_span_is(SPAN("rd"), "bs"));
    assert_true(lp_span_is((struct lp_span){NULL, 0}, ""));
    assert_false(lp_span_is((struct lp_span){"rd\0", 3}, "rd"));
}

static void strerror_knows_every_error_and_no_other(void **state)
{
    (void)state;
    const char *unknown = lp_strerror(-1000);
    assert_string_equal(unknown, "unknown error");
    assert_ptr_equal(lp_strerror(LP_ERR_PEER - 1), unknown);
    assert_ptr_equal(lp_strerror(INT32_MIN), unknown);
    assert_string_equal(lp_strerror(0), "no error");
    assert_string_equal(lp_strerror(7), "no error");
    assert_string_equal(lp_strerror(LP_ERR_FORMAT), "bytes that break their format");
    assert_string_equal(lp_strerror(LP_ERR_TIMEOUT), "no answer in time");
    assert_string_equal(lp_strerror(LP_ERR_PEER), "the peer answered with an error");
    for (int a = 0; a >= LP_ERR_PEER; a--)
        for (int b = a - 1; b >= LP_ERR_PEER - 1; b--)
            assert_string_not_equal(lp_strerror(a), lp_strerror(b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_takes_in_order),
        cmocka_unit_test(reader_keeps_its_first_error_and_is_empty_then),
        cmocka_unit_test(reader_length_near_the_address_space_does_not_wrap),
        cmocka_unit_test(reader_of_nothing),
        cmocka_unit_test(writer_counts_all_and_stores_every_window),
        cmocka_unit_test(writer_end_says_length_error_or_too_large),
        cmocka_unit_test(writer_total_does_not_wrap),
        cmocka_unit_test(span_is),
        cmocka_unit_test(strerror_knows_every_error_and_no_other),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
