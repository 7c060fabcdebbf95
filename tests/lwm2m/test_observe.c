/* SPDX-License-Identifier: Apache-2.0
 *
 * Observations: who is told what, and when. int-N: OMA enabler test LightweightM2M-1.1-int-N.
 * also: lite
 */
#include "served.h"

#define TXT ACCEPT(LP_FMT_TEXT)
#define TLV ACCEPT(LP_FMT_TLV)

static int setup(void **state)
{
    (void)state;
    begin();
    add_plain(33605);
    return 0;
}

static uint8_t out[LP_MAX_SEND];
static unsigned which;
static bool con;

/* The next notification of a link; n == 0: none is due. */
static struct answer *due_on(struct lp_link *link)
{
    static struct answer a;
    take_answer(&a, out, lp_observe_due(&c, link, out, sizeof out, &which, &con));
    if (a.n) assert_int_equal(a.m.type, con ? LP_CON : LP_NON);
    return &a;
}

static struct answer *due(void)
{
    return due_on(l);
}

static void nothing_due(void)
{
    assert_int_equal(due()->n, 0);
}

static void set(const char *path, struct lp_value v)
{
    struct lp_path at = path_of(path);
    assert_int_equal(lp_client_set(&c, &at, &v), 0);
}

static void pass(uint32_t ms)
{
    c.now += ms;
}

static struct answer *observe(const char *path, int accept)
{
    struct answer *a = GET(path, .observe = 1, .accept = accept);
    assert_code(a, "2.05");
    assert_true(observe_of(a) >= 0);
    return a;
}

static void attributes(const char *path)
{
    assert_code(PUT(path), "2.04");
}

/* ---- the life of an observation ------------------------------------------------------------------------------ */

static void observe_and_be_told(void **state)
{
    (void)state;
    wire("42 01 00 01 aa bb 60 55 33 33 36 30 35 01 30 01 30 60 | GET /33605/0/0, Observe 0, "
         "Accept text",
         "62 45 00 01 aa bb 60 60 ff 34 32 | 2.05, Observe 0, text 42");
    assert_int_equal(event(LP_EV_REQUEST).op, LP_OP_OBSERVE);
    nothing_due();
    set("/33605/0/0", INT_V(43));
    uint16_t mid = l->x.next_mid;
    struct answer *a = due();
    char want[64];
    snprintf(want, sizeof want, "52 45 %02x %02x aa bb 61 01 60 ff 34 33", mid >> 8, mid & 255u);
    assert_bytes(a->bytes, (size_t)a->n, want);
    nothing_due();
    set("/33605/0/0", INT_V(44));
    assert_int_equal(observe_of(due()), 2);
}

static void what_a_server_writes_is_told_too(void **state)
{
    (void)state;
    observe("/33605/0/0", TXT);
    assert_code(PUT("/33605/0/0", .format = TXT, .payload = "5"), "2.04");
    assert_text(due(), "5");
    assert_code(POST("/33605/0", .format = TLV, .payload = "\xc1\x00\x06", .n = 3), "2.04");
    assert_text(due(), "6");
    assert_code(POST("/33605/0", .format = TLV, .payload = "\xc1\x07\x06", .n = 3),
                "2.04"); /* another resource */
    nothing_due();
    assert_code(PUT("/33605/1/0", .format = TXT, .payload = "5"), "2.04"); /* another instance */
    nothing_due();
}

static void a_replace_tells_of_what_it_removed(void **state)
{
    (void)state;
    observe("/33605/0/4", TXT);
    assert_code(PUT("/33605/0", .format = TLV, .payload = "\xc1\x00\x06", .n = 3), "2.04");
    assert_code(due(), "4.04");
}

static void several_changes_are_one_notification(void **state)
{
    (void)state;
    observe("/33605/0/0", TXT);
    for (int i = 0; i < 10; i++) set("/33605/0/0", INT_V(i));
    assert_text(due(), "9");
    nothing_due();
}

static void observe_at_every_level(void **state)
{
    (void)state;
    const char *paths[] = {"/33605", "/33605/0", "/33605/0/1", "/33605/0/1/2"};
    for (unsigned i = 0; i < 4; i++) {
        setup(NULL);
        observe(paths[i], TLV);
        set("/33605/0/1/2", TEXT_V("new"));
        struct answer *a = due();
        assert_code(a, "2.05");
        assert_int_equal(format_of(a), LP_FMT_TLV);
        struct answer notified = *a;
        a = GET(paths[i], .accept = TLV); /* a notification is what a Read would be */
        assert_int_equal(a->m.payload.n, notified.m.payload.n);
        assert_memory_equal(a->text, notified.text, a->m.payload.n);
        nothing_due();
        set("/33605/1/0", INT_V(9));
        assert_int_equal(due()->n > 0, i == 0);
    }
}

static void int_303_cancel_by_observe_1(void **state)
{
    (void)state;
    observe("/33605/0/0", TXT);
    struct answer *a = GET("/33605/0/0", .observe = 2, .accept = TXT);
    assert_code(a, "2.05");
    assert_text(a, "42");
    assert_int_equal(observe_of(a), -1);
    struct lp_event ev = event(LP_EV_OBSERVATION_ENDED);
    assert_int_equal(ev.state, LP_END_CANCEL);
    assert_path(ev.path, "/33605/0/0");
    set("/33605/0/0", INT_V(1));
    nothing_due();
    GET("/33605/0/0", .observe = 2); /* nothing to cancel: a read */
    assert_int_equal(event(LP_EV_OBSERVATION_ENDED).kind, 0);
    observe("/33605/0/0", TXT);
    GET("/33605/0/0", .observe = 2, .token = "other"); /* by its path */
    assert_int_equal(event(LP_EV_OBSERVATION_ENDED).state, LP_END_CANCEL);
}

static void int_302_cancel_by_reset_of_a_non(void **state)
{
    (void)state;
    observe("/33605/0/0", TXT);
    set("/33605/0/0", INT_V(1));
    struct answer *a = due();
    assert_false(lp_observe_reset(&c, l, (uint16_t)(a->m.mid + 1)));
    assert_true(lp_observe_reset(&c, l, a->m.mid));
    struct lp_event ev = event(LP_EV_OBSERVATION_ENDED);
    assert_int_equal(ev.state, LP_END_RESET);
    assert_int_equal(ev.server, 1);
    assert_false(lp_observe_reset(&c, l, a->m.mid));
    set("/33605/0/0", INT_V(2));
    nothing_due();
}

static void int_302_cancel_by_reset_of_a_con(void **state)
{
    (void)state;
    c.config.con_notify = true;
    observe("/33605/0/0", TXT);
    set("/33605/0/0", INT_V(1));
    assert_true(due()->n > 0 && con);
    lp_observe_done(&c, which, LP_ERR_RESET);
    assert_int_equal(event(LP_EV_DELIVERED).err, LP_ERR_RESET);
    assert_int_equal(event(LP_EV_OBSERVATION_ENDED).state, LP_END_RESET);
    set("/33605/0/0", INT_V(2));
    nothing_due();
}

static void a_confirmable_notification_tells_whether_it_arrived(void **state)
{
    (void)state;
    c.config.con_notify = true;
    observe("/33605/0/0", TXT);
    set("/33605/0/0", INT_V(1));
    assert_true(due()->n > 0 && con);
    set("/33605/0/0", INT_V(2));
    nothing_due(); /* one at a time */
    lp_observe_done(&c, which, 0);
    struct lp_event ev = event(LP_EV_DELIVERED);
    assert_int_equal(ev.err, 0);
    assert_int_equal(ev.op, LP_OP_OBSERVE);
    assert_path(ev.path, "/33605/0/0");
    assert_text(due(), "2");
    lp_observe_done(&c, which, LP_ERR_TIMEOUT);
    assert_int_equal(event(LP_EV_DELIVERED).err, LP_ERR_TIMEOUT);
    assert_text(due(), "2"); /* it has not arrived: again, when the link works again */
    lp_observe_done(&c, which, 0);
    lp_observe_done(&c, which, 0);
    nothing_due();
}

static void every_day_one_is_confirmable(void **state)
{
    (void)state;
    observe("/33605/0/0", TXT);
    unsigned confirmed = 0;
    for (int hour = 1; hour <= 72; hour++) {
        pass(3600000);
        set("/33605/0/0", INT_V(hour));
        assert_true(due()->n > 0);
        if (!con) continue;
        confirmed++;
        lp_observe_done(&c, which, 0);
    }
    assert_int_equal(confirmed, 3);
}

static void the_sequence_is_strictly_increasing_in_3_bytes(void **state)
{
    (void)state;
    observe("/33605/0/0", TXT);
    for (int i = 1; i < 300; i++) {
        set("/33605/0/0", INT_V(i));
        assert_int_equal(observe_of(due()), i);
        assert_int_equal(con, i % 64 == 0); /* it is asked now and then whether anybody listens */
        if (con) lp_observe_done(&c, which, 0);
    }
    assert_int_equal(observe_of(observe("/33605/0/0", TXT)), 300); /* observed anew, it goes on */
    c.observation[0].seq = 0xffffff;
    set("/33605/0/0", INT_V(0));
    assert_int_equal(observe_of(due()), 0);
}

static void observed_anew_replaces(void **state)
{
    (void)state;
    observe("/33605/0/0", TXT);
    assert_code(GET("/33605/0/0", .observe = 1, .accept = TXT, .token = "new"),
                "2.05"); /* same path */
    assert_int_equal(observe_of(GET("/33605/1/0", .observe = 1, .accept = TXT, .token = "other")),
                     0);
    GET("/33605/0/0", .observe = 1, .accept = TXT,
        .token = "other"); /* same token as one, same path as another */
    set("/33605/0/0", INT_V(5));
    set("/33605/1/0", INT_V(5));
    struct answer *a = due();
    assert_int_equal(a->m.tkl, 5);
    assert_memory_equal(a->m.token, "other", 5);
    nothing_due();
}

static void what_cannot_be_read_cannot_be_observed(void **state)
{
    (void)state;
    const char *bad[][2] = {{"/33605/0/2", "4.05"}, {"/33605/0/5", "4.05"}, {"/33605/0/7", "4.04"},
                            {"/33605/9", "4.04"},   {"/7", "4.04"},         {"/0", "4.01"}};
    put(&plain, 0, SECRET, 0, INT_V(1));
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct answer *a = GET(bad[i][0], .observe = 1);
        assert_code(a, bad[i][1]);
        assert_int_equal(observe_of(a), -1);
    }
    assert_code(GET("/33605/0", .observe = 1, .accept = TXT), "4.06");
    for (unsigned i = 0; i < LP_MAX_OBSERVATIONS; i++)
        assert_int_equal(c.observation[i].path.obj, LP_NONE);
}

static void no_room_is_a_plain_read(void **state)
{
    (void)state;
    char token[8];
    for (unsigned i = 0; i < LP_MAX_OBSERVATIONS;
         i++) { /* the same server may observe a path once: others are taken */
        c.observation[i].path = path_of("/33605/1");
        c.observation[i].link = LP_MAX_SERVERS - 1;
    }
    snprintf(token, sizeof token, "%d", 1);
    struct answer *a = GET("/33605/0/0", .observe = 1, .accept = TXT, .token = token);
    assert_code(a, "2.05");
    assert_text(a, "42");
    assert_int_equal(observe_of(a), -1);
}

static void observe_with_other_values_is_a_read(void **state)
{
    (void)state;
    struct answer *a = GET("/33605/0/0", .observe = 1 + 2, .accept = TXT);
    assert_code(a, "2.05");
    assert_int_equal(observe_of(a), -1);
    assert_int_equal(event(LP_EV_REQUEST).op, LP_OP_READ);
}

static void forgotten_when_the_link_begins_anew(void **state)
{
    (void)state;
    observe("/33605/0/0", TXT);
    lp_observe_forget(&c, l, LP_END_TIMEOUT);
    set("/33605/0/0", INT_V(1));
    nothing_due();
    assert_int_equal(event(LP_EV_OBSERVATION_ENDED).state, LP_END_TIMEOUT);
}

/* ---- deletion ------------------------------------------------------------------------------------------------ */

static void the_observer_of_a_deleted_path_is_told_4_04(void **state)
{
    (void)state;
    const char *paths[] = {"/33605/0", "/33605/0/0", "/33605/0/1/2"};
    for (unsigned i = 0; i < 3; i++) {
        setup(NULL);
        observe(paths[i], TLV);
        assert_code(DEL("/33605/0"), "2.02");
        struct answer *a = due();
        assert_code(a, "4.04");
        assert_int_equal(observe_of(a), -1);
        assert_true(con); /* the end must arrive */
        assert_memory_equal(a->m.token, "tok", 3);
        nothing_due();
        lp_observe_done(&c, which, 0);
        struct lp_event ev = event(LP_EV_OBSERVATION_ENDED);
        assert_int_equal(ev.state, LP_END_DELETED);
        assert_path(ev.path, paths[i]);
        nothing_due();
    }
}

static void the_observer_of_the_object_is_told_of_a_deleted_instance(void **state)
{
    (void)state;
    observe("/33605", TLV);
    assert_code(DEL("/33605/0"), "2.02");
    struct answer *a = due();
    assert_code(a, "2.05");
    assert_bytes(a->text, a->m.payload.n, "03 01 c1 00 01");
    assert_code(POST("/33605", .format = TLV, .payload = "\xc1\x00\x05", .n = 3), "2.01");
    assert_code(due(), "2.05");
    assert_int_equal(lp_client_create(&c, 33605, 3), 0);
    assert_code(due(), "2.05");
    struct lp_path at = path_of("/33605/3");
    assert_int_equal(lp_client_delete(&c, &at), 0);
    assert_code(due(), "2.05");
    nothing_due();
}

static void a_deleted_resource_instance(void **state)
{
    (void)state;
    observe("/33605/0/1/2", TXT);
    GET("/33605/0/1", .observe = 1, .accept = TLV, .token = "whole");
    assert_code(DEL("/33605/0/1/2"), "2.02");
    unsigned ended = 0, told = 0;
    for (int i = 0; i < 2; i++) {
        struct answer *a = due();
        ended += a->m.code == LP_CODE_NOT_FOUND;
        told += a->m.code == LP_CONTENT;
    }
    assert_int_equal(ended, 1);
    assert_int_equal(told, 1);
}

static void a_deleted_and_recreated_instance_is_another(void **state)
{
    (void)state;
    observe("/33605/0/0", TXT);
    assert_code(DEL("/33605/0"), "2.02");
    assert_code(POST("/33605", .format = TLV, .payload = "\x03\x00\xc1\x00\x05", .n = 5), "2.01");
    assert_code(due(), "4.04");
}

static void a_path_that_vanished_by_itself(void **state)
{
    (void)state;
    observe("/33605/0/4", TXT);
    plain.cell[0][FLOAT][0].there = false;
    struct lp_path at = path_of("/33605/0/4");
    lp_changed(&c, &at);
    assert_code(due(), "4.04");
}

/* ---- pmin, pmax ---------------------------------------------------------------------------------------------- */

static void int_301_pmin_and_pmax(void **state)
{
    (void)state;
    attributes("/33605/0/0?pmin=5&pmax=15");
    observe("/33605/0/0", TXT);
    assert_int_equal(lp_observe_wait(&c, l), 15000);
    set("/33605/0/0", INT_V(1));
    assert_int_equal(lp_observe_wait(&c, l), 5000);
    nothing_due(); /* pmin holds it back, */
    pass(4999);
    nothing_due();
    pass(1);
    assert_text(due(), "1"); /* and does not forget it */
    nothing_due();
    assert_int_equal(lp_observe_wait(&c, l), 15000);
    pass(14999);
    nothing_due();
    pass(1);
    assert_text(due(), "1"); /* pmax: though nothing changed */
    nothing_due();
    pass(15000);
    assert_int_equal(lp_observe_wait(&c, l), 0);
    assert_text(due(), "1");
}

static void pmin_and_pmax_of_the_server_object(void **state)
{
    (void)state;
    c.server[0].pmin_s = 10;
    c.server[0].pmax_s = 60;
    observe("/33605/0/0", TXT);
    set("/33605/0/0", INT_V(1));
    pass(9999);
    nothing_due();
    pass(1);
    assert_text(due(), "1");
    pass(60000);
    assert_text(due(), "1");
    attributes("/33605/0/0?pmin=1&pmax=0"); /* its own win; 0: never by itself */
    set("/33605/0/0", INT_V(2));
    pass(1000);
    assert_text(due(), "2");
    pass(600000);
    nothing_due();
    assert_int_equal(lp_observe_wait(&c, l), UINT32_MAX);
}

static void pmax_below_pmin_is_ignored(void **state)
{
    (void)state;
    attributes("/33605/0/0?pmin=10&pmax=5");
    observe("/33605/0/0", TXT);
    pass(100000);
    nothing_due();
    set("/33605/0/0", INT_V(2));
    assert_text(due(), "2");
}

static void attributes_are_inherited(void **state)
{
    (void)state;
    attributes("/33605?pmin=20&pmax=90");
    attributes("/33605/0?pmin=10");
    observe("/33605/0/0", TXT);
    assert_int_equal(lp_observe_wait(&c, l), 90000);
    set("/33605/0/0", INT_V(2));
    assert_int_equal(lp_observe_wait(&c, l), 10000);
    attributes("/33605/0/0?pmin=3");
    assert_int_equal(lp_observe_wait(&c, l), 3000);
    attributes("/33605/0/0?pmin"); /* unset: what is above counts again */
    assert_int_equal(lp_observe_wait(&c, l), 10000);
    attributes("/33605/0?pmin");
    assert_int_equal(lp_observe_wait(&c, l), 20000);
    attributes("/33605/1?pmin=1"); /* another instance */
    assert_int_equal(lp_observe_wait(&c, l), 20000);
}

static void int_261_attributes_on_a_resource_instance(void **state)
{
    (void)state;
    put(&plain, 0, NUMBERS, 1, INT_V(5));
    attributes("/33605/0/13?pmin=50");
    attributes("/33605/0/13/1?gt=10&pmin=0");
    observe("/33605/0/13/1", TXT);
    set("/33605/0/13/1", INT_V(8));
    nothing_due();
    set("/33605/0/13/1", INT_V(12));
    assert_text(due(), "12");
}

#if LP_MAX_SERVERS > 1
static void int_951_two_servers_have_attributes_of_their_own(void **state)
{
    (void)state;
    struct lp_link *l2 = second();
    observe("/33605/0/0", TXT);
    GET("/33605/0/0", .observe = 1, .accept = TXT,
        .link = l2); /* the same token: another server's */
    attributes("/33605/0/0?pmin=10");
    assert_code(PUT("/33605/0/0?gt=100", .link = l2), "2.04");
    set("/33605/0/0", INT_V(101));
    nothing_due();
    assert_text(due_on(l2), "101");
    assert_int_equal(event(LP_EV_NONE).kind, 0);
    pass(10000);
    assert_text(due(), "101");
    lp_observe_forget(&c, l2, LP_END_CANCEL);
    set("/33605/0/0", INT_V(5));
    pass(10000);
    assert_text(due(), "5");
    assert_int_equal(due_on(l2)->n, 0);
}
#endif

static void the_one_that_waited_longest_is_told_first(void **state)
{
    (void)state;
    GET("/33605/0/0", .observe = 1, .accept = TXT, .token = "a");
    pass(1);
    GET("/33605/1/0", .observe = 1, .accept = TXT, .token = "b");
    unsigned a = 0, b = 0;
    for (int i = 0; i < 20; i++) { /* both change all the time */
        set("/33605/0/0", INT_V(i));
        set("/33605/1/0", INT_V(i));
        pass(1);
        const struct answer *n = due();
        a += n->m.token[0] == 'a';
        b += n->m.token[0] == 'b';
    }
    assert_int_equal(a, 10);
    assert_int_equal(b, 10);
}

/* ---- gt, lt, st ---------------------------------------------------------------------------------------------- */

/* Set FLOAT to each value in turn; told: which of them are to be told. */
static void through(const char *attrs, const double *values, const char *told)
{
    setup(NULL);
    char path[64];
    snprintf(path, sizeof path, "/33605/0/4?%s", attrs);
    put(&plain, 0, FLOAT, 0, FLOAT_V(values[0]));
    attributes(path);
    observe("/33605/0/4", TXT);
    for (size_t i = 1; told[i - 1]; i++) {
        set("/33605/0/4", FLOAT_V(values[i]));
        bool is_told = due()->n > 0;
        if (is_told != (told[i - 1] == '!'))
            fail_msg("%s: %g after %g %s told", attrs, values[i], values[i - 1],
                     is_told ? "is" : "is not");
    }
}

static void gt_and_lt_notify_in_both_directions(void **state)
{
    (void)state;
    through("gt=10", (double[]){5, 9, 10, 11, 12, 10, 9, 11}, "..!.!.!");
    through("lt=10", (double[]){15, 11, 10, 9, 8, 10, 11, 9}, "..!.!.!");
    through("gt=20&lt=10", (double[]){15, 21, 25, 15, 9, 5, 10, 25, 5}, "!.!!.!!!");
    through("gt=-3.5", (double[]){-4, -3.5, -3.4, -3.6}, ".!!");
}

static void st_tells_of_steps_since_the_last_notification(void **state)
{
    (void)state;
    through("st=2", (double[]){10, 11, 11.5, 12, 13, 10.5, 10, 8.5}, "..!..!.");
    through("st=0.5", (double[]){0, 0.5, 0.25, 0, -0.5}, "!.!!");
    through("st=0", (double[]){1, 1, 2}, "!!");
}

static void gt_lt_and_st_are_alternatives(void **state)
{
    (void)state;
    through("gt=10&st=5", (double[]){5, 9, 10.5, 12, 15.5, 9.9, 6, 4.5}, ".!.!!.!");
    through("gt=30&lt=10&st=3", (double[]){15, 17, 18, 19, 21, 9, 10}, ".!.!!!");
}

static void thresholds_are_judged_on_what_is_sent(void **state)
{
    (void)state;
    attributes("/33605/0/4?gt=25&pmin=10");
    observe("/33605/0/4", TXT);
    set("/33605/0/4", FLOAT_V(26)); /* crosses, */
    pass(5000);
    set("/33605/0/4", FLOAT_V(24)); /* but went back while pmin held it */
    pass(5000);
    nothing_due();
    set("/33605/0/4", FLOAT_V(27));
    assert_text(due(), "27");
    set("/33605/0/4", FLOAT_V(28)); /* the same side as what was told */
    pass(10000);
    nothing_due();
}

static void pmax_is_told_whatever_the_thresholds_say(void **state)
{
    (void)state;
    attributes("/33605/0/4?gt=25&pmax=60");
    observe("/33605/0/4", TXT);
    set("/33605/0/4", FLOAT_V(20));
    nothing_due();
    pass(60000);
    assert_text(due(), "20");
    set("/33605/0/4", FLOAT_V(26));
    assert_text(due(), "26");
}

static void thresholds_do_not_rule_what_is_above_them(void **state)
{
    (void)state;
    attributes("/33605/0/4?gt=25");
    observe("/33605/0", TLV);
    set("/33605/0/4", FLOAT_V(20));
    assert_true(due()->n > 0);
}

static void thresholds_of_a_multiple_resource_count_for_its_instances(void **state)
{
    (void)state;
    put(&plain, 0, NUMBERS, 1, INT_V(5));
    attributes("/33605/0/13?gt=10");
    observe("/33605/0/13/1", TXT);
    set("/33605/0/13/1", INT_V(8));
    nothing_due();
    set("/33605/0/13/1", INT_V(11));
    assert_text(due(), "11");
}

static void thresholds_on_integers_of_64_bits(void **state)
{
    (void)state;
    put(&plain, 0, UINT, 0, UINT_V(UINT64_MAX - 1));
    attributes("/33605/0/7?lt=100");
    observe("/33605/0/7", TXT);
    set("/33605/0/7", UINT_V(1));
    assert_text(due(), "1");
    put(&plain, 0, INT, 0, INT_V(INT64_MIN));
    attributes("/33605/0/0?st=1");
    GET("/33605/0/0", .observe = 1, .accept = TXT, .token = "int");
    set("/33605/0/0", INT_V(INT64_MAX));
    assert_text(due(), "9223372036854775807");
}

/* ---- large, slow, failing ------------------------------------------------------------------------------------ */

static void a_large_notification_sends_its_first_block(void **state)
{
    (void)state;
    static char bytes[1500];
    for (unsigned i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i * 5 + 1);
    put(&plain, 0, LONG, 0, BYTES_V(bytes, sizeof bytes));
    struct answer *a = observe("/33605/0/12", ACCEPT(42));
    struct lp_block b;
    assert_int_equal(lp_coap_block(&a->m, LP_OPT_BLOCK2, &b), 1);
    assert_true(b.more);
    struct lp_path at = path_of("/33605/0/12");
    lp_changed(&c, &at);
    a = due();
    assert_code(a, "2.05");
    assert_int_equal(observe_of(a), 1);
    assert_int_equal(lp_coap_block(&a->m, LP_OPT_BLOCK2, &b), 1);
    assert_true(b.more && b.num == 0);
    assert_int_equal(a->m.payload.n, 16u << b.szx);
    assert_true(option_of(a, LP_OPT_ETAG) >= 0);
    assert_int_equal(option_of(a, LP_OPT_SIZE2), sizeof bytes);
    uint32_t etag = (uint32_t)option_of(a, LP_OPT_ETAG);
    a = GET("/33605/0/12", .accept = ACCEPT(42),
            .block2 = BLOCK(1, 0, b.szx)); /* the rest is read, without Observe */
    assert_int_equal(observe_of(a), -1);
    assert_true((uint32_t)option_of(a, LP_OPT_ETAG) == etag);
    assert_memory_equal(a->m.payload.p, bytes + (16u << b.szx), a->m.payload.n);
    a = GET("/33605/0/12", .accept = ACCEPT(42), .block2 = BLOCK(1, 0, b.szx),
            .observe = 2); /* no cancel either */
    lp_changed(&c, &at);
    assert_true(due()->n > 0);
}

static void a_read_that_fails_keeps_the_observation(void **state)
{
    (void)state;
    attributes("/33605/0/0?pmax=60");
    observe("/33605/0/0", TXT);
    plain.fail = LP_ERR_INTERNAL;
    plain.fail_reads = 1;
    struct lp_path at = path_of("/33605/0/0");
    lp_changed(&c, &at);
    nothing_due();
    plain.fail = 0;
    nothing_due();
    pass(60000);
    assert_text(due(), "42");
}

static void a_notification_whose_value_comes_later(void **state)
{
    (void)state;
    observe("/33605/0/0", TXT);
    plain.fail = LP_PENDING;
    plain.fail_reads = 1;
    struct lp_path at = path_of("/33605/0/0");
    lp_changed(&c, &at);
    nothing_due();
    assert_int_equal(lp_complete(&c, (uint16_t)(plain.id + 1), 0), LP_ERR_NOT_FOUND);
    plain.ready = true;
    assert_int_equal(lp_complete(&c, plain.id, 0), 0);
    assert_text(due(), "42");
    nothing_due();
}

static void an_observation_whose_first_value_comes_later(void **state)
{
    (void)state;
    uint16_t id;
    struct answer a;
    plain.fail = LP_PENDING;
    plain.fail_reads = 1;
    assert_int_equal(GET("/33605/0/0", .observe = 1, .accept = TXT)->n, 4);
    nothing_due();
    plain.ready = true;
    assert_int_equal(lp_complete(&c, plain.id, 0), 0);
    take_answer(&a, l->buf, lp_ops_completed(&c, l, &id));
    assert_code(&a, "2.05");
    assert_int_equal(observe_of(&a), 0);
    plain.fail = 0;
    set("/33605/0/0", INT_V(2));
    assert_text(due(), "2");
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(observe_and_be_told),
        T(what_a_server_writes_is_told_too),
        T(a_replace_tells_of_what_it_removed),
        T(several_changes_are_one_notification),
        T(observe_at_every_level),
        T(int_303_cancel_by_observe_1),
        T(int_302_cancel_by_reset_of_a_non),
        T(int_302_cancel_by_reset_of_a_con),
        T(a_confirmable_notification_tells_whether_it_arrived),
        T(every_day_one_is_confirmable),
        T(the_sequence_is_strictly_increasing_in_3_bytes),
        T(observed_anew_replaces),
        T(what_cannot_be_read_cannot_be_observed),
        T(no_room_is_a_plain_read),
        T(observe_with_other_values_is_a_read),
        T(forgotten_when_the_link_begins_anew),
        T(the_observer_of_a_deleted_path_is_told_4_04),
        T(the_observer_of_the_object_is_told_of_a_deleted_instance),
        T(a_deleted_resource_instance),
        T(a_deleted_and_recreated_instance_is_another),
        T(a_path_that_vanished_by_itself),
        T(int_301_pmin_and_pmax),
        T(pmin_and_pmax_of_the_server_object),
        T(pmax_below_pmin_is_ignored),
        T(attributes_are_inherited),
        T(int_261_attributes_on_a_resource_instance),
#if LP_MAX_SERVERS > 1
        T(int_951_two_servers_have_attributes_of_their_own),
#endif
        T(the_one_that_waited_longest_is_told_first),
        T(gt_and_lt_notify_in_both_directions),
        T(st_tells_of_steps_since_the_last_notification),
        T(gt_lt_and_st_are_alternatives),
        T(thresholds_are_judged_on_what_is_sent),
        T(pmax_is_told_whatever_the_thresholds_say),
        T(thresholds_do_not_rule_what_is_above_them),
        T(thresholds_of_a_multiple_resource_count_for_its_instances),
        T(thresholds_on_integers_of_64_bits),
        T(a_large_notification_sends_its_first_block),
        T(a_read_that_fails_keeps_the_observation),
        T(a_notification_whose_value_comes_later),
        T(an_observation_whose_first_value_comes_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
