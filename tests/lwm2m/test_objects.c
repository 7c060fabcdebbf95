/* SPDX-License-Identifier: Apache-2.0
 *
 * The objects that come with the library: Device (3), and IPSO sensors, button and light.
 * also: lite
 */
#include "served.h"

#define TXT ACCEPT(LP_FMT_TEXT)
#define TLV ACCEPT(LP_FMT_TLV)

static struct lp_device device;
static struct lp_sensor sensor, button, light;
static int reboots, resets, changes;

static void reboot(struct lp_device *d)
{
    assert_ptr_equal(d, &device);
    reboots++;
}

static void factory_reset(struct lp_device *d)
{
    assert_ptr_equal(d, &device);
    resets++;
}

static void light_changed(struct lp_sensor *s)
{
    assert_ptr_equal(s, &light);
    changes++;
}

static int setup(void **state)
{
    (void)state;
    begin();
    memset(&device, 0, sizeof device);
    memset(&sensor, 0, sizeof sensor);
    memset(&button, 0, sizeof button);
    memset(&light, 0, sizeof light);
    reboots = resets = changes = 0;
    device.manufacturer = "Limpet";
    device.model = "test";
    device.battery_percent = -1;
    device.time_offset = INT64_MIN;
    device.reboot = reboot;
    assert_int_equal(lp_device_add(&c, &device), 0);
    assert_int_equal(lp_sensor_add(&c, &sensor, 3303, "Cel"), 0);
    assert_int_equal(lp_button_add(&c, &button), 0);
    assert_int_equal(lp_light_add(&c, &light), 0);
    light.changed = light_changed;
    return 0;
}

static struct answer *due(void)
{
    static struct answer a;
    static uint8_t out[LP_MAX_SEND];
    unsigned which;
    bool con;
    take_answer(&a, out, lp_observe_due(&c, l, out, sizeof out, &which, &con));
    return &a;
}

/* ---- Device -------------------------------------------------------------------------------------------------- */

static void int_651_652_device(void **state)
{
    (void)state;
    assert_code(GET("/3/0/0", .accept = TXT), "2.05");
    assert_text(GET("/3/0/0", .accept = TXT), "Limpet");
    assert_text(GET("/3/0/1", .accept = TXT), "test");
    assert_text(GET("/3/0/16", .accept = TXT), "U");
    assert_text(GET("/3/0/11/0", .accept = TXT), "0");
    const int missing[] = {2, 3, 5, 6, 7, 8, 9, 10, 13, 14, 15, 17, 18, 19, 20};
    for (unsigned i = 0; i < sizeof missing / sizeof *missing; i++) {
        char path[16];
        snprintf(path, sizeof path, "/3/0/%d", missing[i]);
        assert_code(GET(path), "4.04");
    }
    assert_text(GET("/3/0", .accept = ACCEPT(40)),
                "</3/0>,</3/0/0>,</3/0/1>,</3/0/4>,</3/0/11>;dim=1,</3/0/12>,</3/0/16>");
    device.serial = "1";
    device.firmware = "2";
    device.hardware = "3";
    device.software = "4";
    device.type = "5";
    device.binding = "UQ";
    device.battery_percent = 80;
    device.factory_reset = factory_reset;
    assert_text(GET("/3/0/2", .accept = TXT), "1");
    assert_text(GET("/3/0/3", .accept = TXT), "2");
    assert_text(GET("/3/0/18", .accept = TXT), "3");
    assert_text(GET("/3/0/19", .accept = TXT), "4");
    assert_text(GET("/3/0/17", .accept = TXT), "5");
    assert_text(GET("/3/0/16", .accept = TXT), "UQ");
    assert_text(GET("/3/0/9", .accept = TXT), "80");
    assert_code(GET("/3/0"), "2.05");
}

static void int_241_reboot_after_the_answer(void **state)
{
    (void)state;
    assert_code(POST("/3/0/4"), "2.04");
    assert_int_equal(reboots, 0); /* the answer has not left yet */
    lp_device_after_answer(&c);
    assert_int_equal(reboots, 1);
    lp_device_after_answer(&c);
    assert_int_equal(reboots, 1);
    device.reboot = NULL;
    assert_code(POST("/3/0/4"), "4.05");
    assert_code(POST("/3/0/5"), "4.04"); /* it has none */
    device.factory_reset = factory_reset;
    assert_code(POST("/3/0/5"), "2.04");
    lp_device_after_answer(&c);
    assert_int_equal(resets, 1);
    c.objects = NULL;
    lp_device_after_answer(&c);
    add_plain(3); /* an object 3 of the application's own */
    lp_device_after_answer(&c);
}

static void reset_error_code(void **state)
{
    (void)state;
    device.error_code = 3;
    assert_code(GET("/3/0/11", .accept = TLV, .observe = 1), "2.05");
    assert_code(POST("/3/0/12"), "2.04");
    struct answer *a = due();
    assert_bytes(a->text, a->m.payload.n, "83 0b 41 00 00");
}

static void current_time(void **state)
{
    (void)state;
    assert_code(PUT("/3/0/13", .format = TXT, .payload = "1700000000"), "2.04");
    assert_text(GET("/3/0/13", .accept = TXT), "1700000000");
    c.now += 999;
    assert_text(GET("/3/0/13", .accept = TXT), "1700000000");
    c.now += 1;
    assert_text(GET("/3/0/13", .accept = TXT), "1700000001");
    c.now += (uint64_t)86400 * 1000 * 365 * 100; /* a century */
    assert_text(GET("/3/0/13", .accept = TXT), "4853600001");
    assert_code(PUT("/3/0/13", .format = TXT, .payload = "-1"), "4.00");
    assert_code(PUT("/3/0/13", .format = TXT, .payload = "9223372036854775807"), "4.00");
    for (uint64_t ms = 0; ms < 200000000; ms = ms * 3 / 2 + 7) { /* the division by 1000 */
        c.now = ms << 12;
        device.time_offset = 0;
        char want[24];
        snprintf(want, sizeof want, "%llu", (unsigned long long)(c.now / 1000));
        assert_text(GET("/3/0/13", .accept = TXT), want);
    }
}

static void time_zone(void **state)
{
    (void)state;
    assert_code(PUT("/3/0/14", .format = TXT, .payload = "+02:00"), "2.04");
    assert_text(GET("/3/0/14", .accept = TXT), "+02:00");
    assert_code(PUT("/3/0/14", .format = TXT, .payload = "+02:000"), "4.00"); /* no room */
    assert_text(GET("/3/0/14", .accept = TXT), "+02:00");
    assert_code(PUT("/3/0/14", .format = TXT, .payload = "Z"), "2.04");
    assert_text(GET("/3/0/14", .accept = TXT), "Z");
    assert_code(PUT("/3/0/15", .format = TXT, .payload = "Europe/Berlin"), "2.04");
    assert_text(GET("/3/0/15", .accept = TXT), "Europe/Berlin");
    assert_code(PUT("/3/0/15", .format = TXT, .payload = "123456789012345678901234567890123"),
                "4.00");
    assert_code(POST("/3/0", .format = TLV, .payload = "\xc1\x0e\x5a\xc1\x00\x5a", .n = 6),
                "4.05"); /* Manufacturer */
    struct lp_path at = path_of("/3/0/0");
    struct lp_value v = TEXT_V("x");
    assert_int_equal(lp_client_set(&c, &at, &v), LP_ERR_METHOD);
    assert_string_equal(device.timezone, "Europe/Berlin");
}

/* ---- IPSO ---------------------------------------------------------------------------------------------------- */

static void a_sensor_before_its_first_measurement(void **state)
{
    (void)state;
    assert_code(GET("/3303/0/5700"), "4.04");
    assert_text(GET("/3303/0/5701", .accept = TXT), "Cel");
    assert_text(GET("/3303/0", .accept = ACCEPT(40)), "</3303/0>,</3303/0/5701>");
    assert_code(GET("/3303/0", .observe = 1), "2.05");
    lp_sensor_set(&sensor, 0); /* zero is a measurement, and news */
    assert_true(due()->n > 0);
    assert_text(GET("/3303/0/5700", .accept = TXT), "0");
    assert_text(GET("/3303/0/5601", .accept = TXT), "0");
}

static void a_sensor_keeps_its_extremes(void **state)
{
    (void)state;
    lp_sensor_set(&sensor, 21.5);
    lp_sensor_set(&sensor, -3);
    lp_sensor_set(&sensor, 10);
    assert_text(GET("/3303/0/5700", .accept = TXT), "10");
    assert_text(GET("/3303/0/5601", .accept = TXT), "-3");
    assert_text(GET("/3303/0/5602", .accept = TXT), "21.5");
    assert_code(POST("/3303/0/5605"), "2.04");
    assert_text(GET("/3303/0/5601", .accept = TXT), "10");
    assert_text(GET("/3303/0/5602", .accept = TXT), "10");
    assert_code(PUT("/3303/0/5700", .format = TXT, .payload = "1"), "4.05");
    volatile double zero = 0;
    lp_sensor_set(&sensor, zero / zero); /* not a number: no measurement */
    lp_sensor_set(&sensor, 1 / zero);
    assert_text(GET("/3303/0/5602", .accept = TXT), "10");
    assert_text(GET("/3303/0/5700", .accept = TXT), "10");
}

static void a_sensor_tells_only_what_changed(void **state)
{
    (void)state;
    lp_sensor_set(&sensor, 5);
    assert_code(GET("/3303/0/5700", .observe = 1, .token = "v"), "2.05");
    assert_code(GET("/3303/0/5602", .observe = 1, .token = "m"), "2.05");
    lp_sensor_set(&sensor, 5);
    assert_int_equal(due()->n, 0);
    lp_sensor_set(&sensor, 4);
    assert_int_equal(due()->m.token[0], 'v');
    assert_int_equal(due()->n, 0);
    lp_sensor_set(&sensor, 6);
    assert_true(due()->n > 0 && due()->n > 0);
    assert_int_equal(due()->n, 0);
    assert_code(POST("/3303/0/5605"), "2.04"); /* max is already the value */
    assert_int_equal(due()->n, 0);
}

static void sensors_there_are(void **state)
{
    (void)state;
    static struct lp_sensor s[3];
    assert_int_equal(lp_sensor_add(&c, &s[0], 3304, "%RH"), 0);
    assert_int_equal(lp_sensor_add(&c, &s[1], 3300, NULL), 0);
    assert_int_equal(lp_sensor_add(&c, &s[2], 3301, NULL), LP_ERR_VALUE);
    lp_sensor_set(&s[0], 45.25);
    lp_sensor_set(&s[1], 1e6);
    assert_text(GET("/3304/0/5700", .accept = TXT), "45.25");
    assert_text(GET("/3304/0/5701", .accept = TXT), "%RH");
    assert_code(GET("/3300/0/5701"), "4.04");
    assert_code(GET("/3300/1"), "4.04");
    assert_code(POST("/3300", .format = TLV, .payload = "\x00\x01", .n = 2), "4.05");
    assert_code(DEL("/3300/0"), "4.05");
}

static void a_button(void **state)
{
    (void)state;
    assert_text(GET("/3347/0/5500", .accept = TXT), "0");
    assert_code(GET("/3347/0/5501", .observe = 1), "2.05");
    lp_button_set(&button, true);
    assert_true(due()->n > 0);
    lp_button_set(&button, true);
    lp_button_set(&button, false);
    assert_int_equal(due()->n, 0);
    lp_button_set(&button, true);
    assert_text(GET("/3347/0/5501", .accept = TXT), "2");
    assert_text(GET("/3347/0/5500", .accept = TXT), "1");
}

static void a_light(void **state)
{
    (void)state;
    assert_code(PUT("/3311/0/5850", .format = TXT, .payload = "1"), "2.04");
    assert_true(light.on);
    assert_int_equal(changes, 1);
    assert_code(PUT("/3311/0/5851", .format = TXT, .payload = "101"), "4.00");
    assert_code(PUT("/3311/0/5851", .format = TXT, .payload = "-1"), "4.00");
    assert_code(
        PUT("/3311/0", .format = TLV, .payload = "\xe1\x16\xda\x00\xe1\x16\xdb\x65", .n = 8),
        "4.00"); /* off, 101 */
    assert_true(light.on);
    assert_int_equal(changes, 1);
    assert_code(
        PUT("/3311/0", .format = TLV, .payload = "\xe1\x16\xda\x00\xe1\x16\xdb\x64", .n = 8),
        "2.04");
    assert_false(light.on);
    assert_int_equal(light.dimmer, 100);
    assert_code(GET("/3311/0", .observe = 1), "2.05");
    lp_light_set(&light, false, 100);
    assert_int_equal(due()->n, 0);
    lp_light_set(&light, true, 100);
    assert_true(due()->n > 0);
    lp_light_set(&light, true, 50);
    assert_true(due()->n > 0);
    assert_text(GET("/3311/0/5851", .accept = TXT), "50");
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(int_651_652_device),
        T(int_241_reboot_after_the_answer),
        T(reset_error_code),
        T(current_time),
        T(time_zone),
        T(a_sensor_before_its_first_measurement),
        T(a_sensor_keeps_its_extremes),
        T(a_sensor_tells_only_what_changed),
        T(sensors_there_are),
        T(a_button),
        T(a_light),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
