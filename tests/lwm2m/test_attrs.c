/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes: Write-Attributes, their record in the store, and Discover.
 * also: lite
 */
#include "served.h"

#define LINK_FORMAT ACCEPT(LP_FMT_LINK)

static struct lp_device device;

static int setup(void **state)
{
    (void)state;
    begin();
    c.config.kv = &memory.kv;
    add_plain(33605);
    memset(&device, 0, sizeof device);
    device.manufacturer = "Limpet";
    device.battery_percent = 90;
    device.time_offset = INT64_MIN;
    assert_int_equal(lp_device_add(&c, &device), 0);
    return 0;
}

static struct lp_attrs at(const char *path)
{
    struct lp_path p = path_of(path);
    return lp_attrs_at(&c, 1, &p, false);
}

static void write_and_unset(void **state)
{
    (void)state;
    wire("41 03 00 01 aa b5 33 33 36 30 35 01 30 01 34 | PUT /33605/0/4\n"
         "47 70 6d 69 6e 3d 31 30 07 70 6d 61 78 3d 36 30 07 67 74 3d 35 30 2e 35 | "
         "?pmin=10&pmax=60&gt=50.5",
         "61 44 00 01 aa");
    struct lp_event ev = event(LP_EV_REQUEST);
    assert_int_equal(ev.op, LP_OP_ATTRIBUTES);
    assert_int_equal(ev.code, LP_CHANGED);
    struct lp_attrs a = at("/33605/0/4");
    assert_int_equal(a.set, LP_BIT(LP_PMIN) | LP_BIT(LP_PMAX) | LP_BIT(LP_GT));
    assert_int_equal(a.value[LP_PMIN].n, 10);
    assert_int_equal(a.value[LP_PMAX].n, 60);
    assert_true(a.value[LP_GT].f == 50.5);
    assert_code(PUT("/33605/0/4?pmin&gt"), "2.04");
    assert_int_equal(at("/33605/0/4").set, LP_BIT(LP_PMAX));
    assert_code(PUT("/33605/0/4?pmax&lt&st=2&epmin=3&epmax=4"), "2.04");
    assert_int_equal(at("/33605/0/4").set, LP_BIT(LP_ST) | LP_BIT(LP_EPMIN) | LP_BIT(LP_EPMAX));
    assert_code(PUT("/33605/0/4?st&epmin&epmax"), "2.04");
    assert_int_equal(c.attrs_n, 1); /* no row is left */
}

static void at_every_level_but_the_root(void **state)
{
    (void)state;
    assert_code(PUT("/33605?pmin=1"), "2.04");
    assert_code(PUT("/33605/0?pmin=2"), "2.04");
    assert_code(PUT("/33605/0/1?pmin=3"), "2.04");
    assert_code(PUT("/33605/0/1/2?pmin=4"), "2.04"); /* int-261 */
    assert_int_equal(at("/33605/0/1/2").value[LP_PMIN].n, 4);
    assert_int_equal(at("/33605/0/1").value[LP_PMIN].n, 3);
    assert_code(PUT("/?pmin=4"), "4.05");
    assert_code(PUT("/33606?pmin=4"), "4.04");
    assert_code(PUT("/33605/2?pmin=4"), "4.04");
    assert_code(PUT("/33605/0/7?pmin=4"), "4.04");
    assert_code(PUT("/33605/0/1/1?pmin=4"), "4.04");
    assert_code(PUT("/0?pmin=4"), "4.01");
}

static void a_bad_attribute_changes_nothing(void **state)
{
    (void)state;
    const char *bad[] = {
        "/33605/0/4?pmin=1&foo=2",    "/33605/0/4?pmin=1&pmin2=2",
        "/33605/0/4?pmin=1&p=1",      "/33605/0/4?pmin=x",
        "/33605/0/4?pmin=-1",         "/33605/0/4?pmin=",
        "/33605/0/4?pmin=4294967296", "/33605/0/4?pmin=1.5",
        "/33605/0/4?pmin=1&gt=abc",   "/33605/0/4?gt=",
        "/33605/0/4?gt=1e999",        "/33605/0/4?gt=nan",
        "/33605/0/4?PMIN=1",          "/33605/0/4?=1",
        "/33605/0/4?pmin=1&hqmax=3",
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_code(PUT(bad[i]), "4.00");
        assert_int_equal(at("/33605/0/4").set, 0);
    }
    assert_int_equal(memory.puts, 0);
    assert_code(PUT("/33605/0/4?pmin=4294967295"), "2.04");
}

static void thresholds_are_for_numbers(void **state)
{
    (void)state;
    const char *bad[] = {"/33605?gt=1",     "/33605/0?lt=1",   "/33605/0/1?st=1",
                         "/33605/0/3?gt=1", "/33605/0/6?gt=1", "/3/0/0?gt=1"};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) assert_code(PUT(bad[i]), "4.00");
    assert_code(PUT("/33605/0/0?gt=1"), "2.04");
    assert_code(PUT("/33605/0/4?gt=-1.5e3"), "2.04");
    assert_code(PUT("/3/0/9?lt=20"), "2.04");
}

static void thresholds_must_not_contradict_each_other(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/4?gt=10&lt=10"), "4.00");
    assert_code(PUT("/33605/0/4?gt=10&lt=20"), "4.00");
    assert_code(PUT("/33605/0/4?gt=10&lt=5&st=2.5"), "4.00"); /* lt + 2 st < gt */
    assert_code(PUT("/33605/0/4?gt=10&lt=5&st=2.4"), "2.04");
    assert_code(PUT("/33605/0/4?lt=6"), "4.00"); /* together with what is there */
    assert_code(PUT("/33605/0/4?lt=4"), "2.04");
    assert_code(PUT("/33605/0/4?st=-1"), "4.00");
    assert_code(PUT("/33605/0/4?pmin=10&pmax=1"), "2.04"); /* legal; pmax does not count then */
}

/* Rows of 17 bytes, pmin of other servers at /33605/1, until less than that is left. */
static void fill_the_room(void)
{
    struct lp_out o;
    lp_out_init(&o, memory.value, sizeof memory.value);
    lp_out_put(&o, c.attrs, c.attrs_n);
    for (uint16_t ssid = 2; o.total + 17 <= sizeof c.attrs; ssid++) {
        const uint16_t ids[] = {0, 33605, 1, LP_NONE, LP_NONE, ssid};
        const uint32_t pmin = ssid;
        lp_out_put(&o, ids, sizeof ids);
        lp_out_u8(&o, LP_BIT(LP_PMIN));
        lp_out_put(&o, &pmin, 4);
    }
    memory.n = lp_out_end(&o);
    assert_int_equal(lp_attrs_load(&c), 0);
    assert_int_equal(c.attrs_n, memory.n);
}

static void more_than_there_is_room_for(void **state)
{
    (void)state;
    assert_true(sizeof c.attrs <= LP_MAX_RECORD);
    assert_code(PUT("/33605/0/0?pmin=1"), "2.04");
    fill_the_room();
    assert_code(PUT("/33605/0/4?pmin=1"), "5.00");
    assert_int_equal(at("/33605/0/4").set, 0);
    assert_code(PUT("/33605/0/0?pmin=2"), "2.04"); /* its row is there already */
    assert_int_equal(at("/33605/0/0").value[LP_PMIN].n, 2);
    assert_code(PUT("/33605/0/0?pmin"), "2.04");
    assert_code(PUT("/33605/0/4?pmin=1"), "2.04"); /* there is room again */
    struct lp_path p = path_of("/33605/1");
    for (uint16_t ssid = 2; ssid < 2 + (sizeof c.attrs - 18) / 17; ssid++)
        assert_int_equal(lp_attrs_at(&c, ssid, &p, false).value[LP_PMIN].n, ssid);
}

static void a_write_with_query_and_payload_is_a_write(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/0?pmin=1", .payload = "5", .format = ACCEPT(0)), "2.04");
    assert_int_equal(event(LP_EV_REQUEST).op, LP_OP_WRITE);
    assert_int_equal(at("/33605/0/0").set, 0);
}

/* ---- the store ----------------------------------------------------------------------------------------------- */

static void kept_and_loaded(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/4?pmin=10&gt=1.5"), "2.04");
    assert_code(PUT("/3?epmax=7"), "2.04");
    const uint16_t one[] = {0, 33605, 0, 4, LP_NONE, 1},
                   two[] = {0, 3, LP_NONE, LP_NONE, LP_NONE, 1};
    const uint32_t pmin = 10, epmax = 7;
    const double gt = 1.5;
    struct memory want; /* in this processor's byte order */
    struct lp_out o;
    lp_out_init(&o, want.value, sizeof want.value);
    lp_out_u8(&o, 2); /* version */
    lp_out_put(&o, one, sizeof one);
    lp_out_u8(&o, 0x11); /* pmin and gt */
    lp_out_put(&o, &pmin, 4);
    lp_out_put(&o, &gt, 8);
    lp_out_put(&o, two, sizeof two);
    lp_out_u8(&o, 0x08); /* epmax */
    lp_out_put(&o, &epmax, 4);
    assert_int_equal(memory.n, o.total);
    assert_memory_equal(memory.value, want.value, o.total);
    memset(c.attrs, 0, sizeof c.attrs);
    c.attrs_n = 0;
    assert_int_equal(lp_attrs_load(&c), 0);
    struct lp_attrs a = at("/33605/0/4");
    assert_int_equal(a.set, LP_BIT(LP_PMIN) | LP_BIT(LP_GT));
    assert_int_equal(a.value[LP_PMIN].n, 10);
    assert_true(a.value[LP_GT].f == 1.5);
    assert_int_equal(at("/3").value[LP_EPMAX].n, 7);
    struct lp_path p = path_of("/33605/0");
    lp_attrs_forget(&c, &p);
    assert_int_equal(at("/33605/0/4").set, 0);
    assert_int_equal(lp_attrs_load(&c), 0);
    assert_int_equal(at("/33605/0/4").set, 0);
    assert_int_equal(at("/3").set, LP_BIT(LP_EPMAX));
    int puts = memory.puts;
    lp_attrs_forget(&c, &p); /* nothing of it is there: nothing is written */
    assert_int_equal(memory.puts, puts);
    c.attrs_n = 0; /* not loaded yet: what the store has stays */
    lp_attrs_forget(&c, &p);
    assert_int_equal(memory.puts, puts);
}

static void what_cannot_be_kept_is_not_done(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/4?pmin=10"), "2.04");
    memory.fail = 1;
    assert_code(PUT("/33605/0/4?pmin=20"), "5.00");
    assert_int_equal(at("/33605/0/4").value[LP_PMIN].n, 10);
    assert_code(PUT("/33605/0?pmin=20"), "5.00");
    assert_int_equal(at("/33605/0").set, 0);
    assert_code(PUT("/33605/0/4?pmin"), "5.00");
    assert_int_equal(at("/33605/0/4").set, LP_BIT(LP_PMIN));
}

static void deleted_with_the_instance(void **state)
{
    (void)state;
    assert_code(PUT("/33605/1/0?pmin=10"), "2.04");
    assert_code(PUT("/33605/1?pmin=10"), "2.04");
    assert_code(PUT("/33605?pmin=10"), "2.04");
    assert_code(DEL("/33605/1"), "2.02");
    assert_int_equal(at("/33605/1/0").set, 0);
    assert_int_equal(at("/33605/1").set, 0);
    assert_int_equal(at("/33605").set, LP_BIT(LP_PMIN));
}

static void a_record_cut_anywhere_or_with_any_byte_wrong(void **state)
{
    (void)state;
    assert_code(PUT("/33605/0/4?pmin=10&gt=1.5&lt=0&st=0.1"), "2.04");
    assert_code(PUT("/3?epmax=7"), "2.04");
    struct memory good = memory;
    for (int n = 0; n <= good.n; n++) {
        memory.n = n;
        assert_int_equal(lp_attrs_load(&c), 0);
        assert_int_equal(at("/33605/0/4").set != 0,
                         n == good.n || n == 1 + 13 + 4 + 3 * 8); /* whole rows only */
    }
    for (int i = 0; i < good.n; i++)
        for (unsigned b = 0; b < 256; b++) {
            memory = good;
            memory.value[i] = (uint8_t)b;
            assert_int_equal(lp_attrs_load(&c), 0);
            char text[200]; /* what is there can be shown */
            struct lp_out o;
            struct lp_link_out links = {&o, 0};
            struct lp_attrs a = at("/33605/0/4"), b3 = at("/3");
            lp_out_init(&o, text, sizeof text);
            lp_attrs_link(&a, &links);
            lp_attrs_link(&b3, &links);
            assert_true(lp_out_end(&o) >= 0);
        }
    memory = good;
    memory.value[0] = 1; /* another version */
    assert_int_equal(lp_attrs_load(&c), 0);
    assert_int_equal(at("/3").set, 0);
    memory.n = sizeof memory.value; /* more than we ever write */
    assert_int_equal(lp_attrs_load(&c), 0);
    c.config.kv = NULL;
    assert_int_equal(lp_attrs_load(&c), 0);
}

static void all_attributes_are_kept(void **state)
{
    (void)state;
    put(&plain, 0, NUMBERS, 1, INT_V(0));
    assert_code(PUT("/33605/0/13/1?pmin=1&pmax=2&epmin=3&epmax=4&gt=7&lt=1&st=1.5"), "2.04");
    assert_int_equal(c.attrs_n, 1 + 13 + 4 * 4 + 3 * 8);
    memset(c.attrs, 0, sizeof c.attrs);
    assert_int_equal(lp_attrs_load(&c), 0);
    struct lp_attrs a = at("/33605/0/13/1");
    assert_int_equal(a.set, 0x7f);
    for (unsigned i = LP_PMIN; i <= LP_EPMAX; i++) assert_int_equal(a.value[i].n, i + 1);
    assert_true(a.value[LP_GT].f == 7 && a.value[LP_LT].f == 1 && a.value[LP_ST].f == 1.5);
}

/* ---- Discover ------------------------------------------------------------------------------------------------ */

static void int_260_discover_an_object(void **state)
{
    (void)state;
    assert_code(PUT("/3?pmin=10"), "2.04");
    assert_code(PUT("/3/0?pmax=60"), "2.04");
    assert_code(PUT("/3/0/9?gt=50&lt=42.2"), "2.04");
    struct answer *a = GET("/3", .accept = LINK_FORMAT);
    assert_code(a, "2.05");
    assert_int_equal(format_of(a), 40);
    assert_text(a, "</3>;ver=1.1;pmin=10,</3/0>;pmax=60,</3/0/0>,</3/0/4>,</3/0/9>;gt=50;lt=42.2,</"
                   "3/0/11>;dim=1,</3/0/12>,</3/0/16>");
    for (int i = 0; i < 3; i++) assert_int_equal(event(LP_EV_REQUEST).op, LP_OP_ATTRIBUTES);
    assert_int_equal(event(LP_EV_REQUEST).op, LP_OP_DISCOVER);
}

static void int_260_discover_an_instance(void **state)
{
    (void)state;
    assert_code(PUT("/33605?pmin=10"), "2.04");
    assert_code(PUT("/33605/0/1?pmax=10"), "2.04");
    assert_text(GET("/33605/0", .accept = LINK_FORMAT),
                "</33605/0>,</33605/0/0>,</33605/0/1>;dim=2;pmax=10,</33605/0/2>,</33605/0/3>,</"
                "33605/0/4>,</33605/0/6>");
}

static void int_260_discover_a_resource_with_what_it_inherits(void **state)
{
    (void)state;
    assert_code(PUT("/33605?pmin=10&pmax=20"), "2.04");
    assert_code(PUT("/33605/0?pmax=60"), "2.04");
    assert_code(PUT("/33605/0/1/2?epmin=1"), "2.04");
    assert_code(PUT("/33605/0/4?gt=50"), "2.04");
    assert_text(GET("/33605/0/1", .accept = LINK_FORMAT),
                "</33605/0/1>;dim=2;pmin=10;pmax=60,</33605/0/1/0>,</33605/0/1/2>;epmin=1");
    assert_text(GET("/33605/0/4", .accept = LINK_FORMAT), "</33605/0/4>;pmin=10;pmax=60;gt=50");
    assert_text(GET("/33605/0/2", .accept = LINK_FORMAT),
                "</33605/0/2>;pmin=10;pmax=60"); /* executable */
}

static void discover_what_is_not_there(void **state)
{
    (void)state;
    assert_code(GET("/", .accept = LINK_FORMAT), "4.05");
    assert_code(GET("/33605/0/7", .accept = LINK_FORMAT), "4.04");
    assert_code(GET("/33605/3", .accept = LINK_FORMAT), "4.04");
    assert_code(GET("/7", .accept = LINK_FORMAT), "4.04");
    assert_code(GET("/33605/0/1/2", .accept = LINK_FORMAT), "4.05");
    plain.inst[0] = plain.inst[1] = false;
    assert_text(GET("/33605", .accept = LINK_FORMAT), "</33605>");
}

static void discover_in_blocks(void **state)
{
    (void)state;
    char whole[2000] = "";
    struct lp_block b = {0, true, 0};
    for (uint32_t num = 0; b.more; num++) {
        struct answer *a = GET("/33605", .accept = LINK_FORMAT, .block2 = BLOCK(num, 0, 1));
        assert_code(a, "2.05");
        strcat(whole, a->text);
        assert_int_equal(lp_coap_block(&a->m, LP_OPT_BLOCK2, &b), 1);
    }
    assert_string_equal(whole,
                        "</33605>,</33605/0>,</33605/0/0>,</33605/0/1>;dim=2,</33605/0/2>,</33605/"
                        "0/3>,</33605/0/4>,</33605/0/6>,</33605/1>,</33605/1/0>,</33605/1/2>");
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(write_and_unset),
        T(at_every_level_but_the_root),
        T(a_bad_attribute_changes_nothing),
        T(thresholds_are_for_numbers),
        T(thresholds_must_not_contradict_each_other),
        T(more_than_there_is_room_for),
        T(a_write_with_query_and_payload_is_a_write),
        T(kept_and_loaded),
        T(what_cannot_be_kept_is_not_done),
        T(deleted_with_the_instance),
        T(a_record_cut_anywhere_or_with_any_byte_wrong),
        T(all_attributes_are_kept),
        T(int_260_discover_an_object),
        T(int_260_discover_an_instance),
        T(int_260_discover_a_resource_with_what_it_inherits),
        T(discover_what_is_not_there),
        T(discover_in_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
