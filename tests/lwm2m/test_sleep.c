/* SPDX-License-Identifier: Apache-2.0
 *
 * also: lite
 *
 * Sleep that loses RAM, over real DTLS (world.h): what a device goes on with, and when it rather registers. Faults of
 * the wire and of the store while it sleeps are in the sweeps (test_sweep.c).
 */
#include "test.h"

#include "link/exchange.h"

#include "world.h"

static struct lp_client_config config;
static const struct lp_path battery = {0, 3, 0, 9, LP_NONE};

static void set_battery(int percent)
{
    w.device.battery_percent = (int16_t)percent;
    lp_changed(client, &battery);
}

/* Awake, with what it is made of, but not started. */
static void assemble(const struct lp_account *a)
{
    make_client(&config);
    w.device.battery_percent = 50;
    account(a);
}

static void acknowledge(void)
{
    uint8_t buf[4];
    struct lp_span s = lp_exchange_ack(&w.heard[safe].m, buf);
    say(safe, s.p, s.n);
    run(SECOND);
}

/* Registered as /rd/7, /3/0/9 observed. */
static void managed(void)
{
    make_world(&(struct lp_client_config){0});
    config = (struct lp_client_config){.kv = &w.kv.kv};
    assemble(&safe_account);
    start();
    assert_says(safe, "CON POST /rd?lwm2m=1.1&ep=dev&lt=3600&b=U");
    answer(safe, "2.01", "rd/7");
    assert_event(LP_EV_REGISTERED);
    assert_asked(safe, "GET /3/0/9", "2.05  observe", .observe = true);
}

static void power_off(void)
{
    assert_int_equal(lp_client_sleep(client), 0);
    w.read = w.events = 0;
}

static void wake(const struct lp_account *a, uint64_t ms, uint64_t slept)
{
    w.sim.now += ms;
    assemble(a);
    assert_int_equal(lp_client_resume(client, w.sim.now, slept), 0);
}

static void nap(uint64_t ms)
{
    power_off();
    wake(&safe_account, ms, ms);
}

static void assert_registers(void)
{
    unsigned handshakes = w.handshakes;
    assert_says(safe, "CON POST /rd?lwm2m=1.1");
    answer(safe, "2.01", "rd/8");
    assert_event(LP_EV_REGISTERED);
    assert_int_equal(w.handshakes, handshakes);
    assert_int_equal(lp_client_observations(client), 0);
    set_battery(3);
    assert_silent(safe, MINUTE);
}

static uint32_t observe_option(void)
{
    uint32_t v = 0;
    assert_true(lp_coap_uint(&w.heard[safe].m, LP_OPT_OBSERVE, 3, &v) > 0);
    return v;
}

/* ---- it goes on ---- */

static void a_value_costs_one_datagram_each_way(void **state)
{
    (void)state;
    managed();
    set_battery(49);
    assert_says(safe, "NON 2.05  observe");
    uint32_t option = observe_option();
    for (int i = 0; i < 5; i++) {
        nap(10 * MINUTE);
        uint32_t up = w.sim.sent[LP_SIM_UP], down = w.sim.sent[LP_SIM_DOWN];
        set_battery(40 + i);
        assert_says(safe, "CON 2.05  observe");
        assert_true(observe_option() > option);
        option = observe_option();
        acknowledge();
        assert_int_equal(w.sim.sent[LP_SIM_UP] - up, 1);
        assert_int_equal(w.sim.sent[LP_SIM_DOWN] - down, 1);
        assert_int_equal(assert_event(LP_EV_DELIVERED)->err, 0);
        run(MINUTE / 2);
        if (i == 2) { /* the next one is not in doubt */
            set_battery(30);
            assert_says(safe, "NON 2.05  observe");
            option = observe_option();
        }
        assert_silent(safe, SECOND);
    }
    assert_int_equal(w.handshakes, 1);
    assert_int_equal(count_events(LP_EV_REGISTERED), 0);
    assert_asked(safe, "GET /3/0/9", "2.05");
    end_world();
}

static void nothing_to_tell_costs_nothing(void **state)
{
    (void)state;
    managed();
    for (int i = 0; i < 4; i++) {
        uint32_t up = w.sim.sent[LP_SIM_UP];
        nap(10 * MINUTE);
        run(5 * SECOND);
        assert_int_equal(w.sim.sent[LP_SIM_UP], up);
    }
    struct lp_server_info info;
    assert_int_equal(lp_client_server(client, 0, &info), 0);
    assert_int_equal(info.state, LP_LINK_REGISTERED);
    assert_string_equal(info.location, "/rd/7");
    end_world();
}

static void the_update_comes_when_it_is_due(void **state)
{
    (void)state;
    managed();
    run(10 * MINUTE);
    nap(30 * MINUTE);
    assert_silent(safe, 15 * MINUTE);
    assert_says_within(safe, 5 * MINUTE, "CON POST /rd/7");
    answer(safe, "2.04", NULL);
    assert_event(LP_EV_UPDATED);
    assert_true(w.sim.now < HOUR + 10 * MINUTE);
    nap(HOUR - MINUTE); /* overdue now: it goes first */
    set_battery(12);
    assert_says(safe, "CON POST /rd/7");
    answer(safe, "2.04", NULL);
    assert_says(safe, "NON 2.05  observe");
    end_world();
}

static void nobody_knows_how_long_it_was(void **state)
{
    (void)state;
    managed();
    power_off();
    wake(&safe_account, 10 * MINUTE, LP_SLEPT_UNKNOWN);
    assert_says(safe, "CON POST /rd/7");
    answer(safe, "2.04", NULL);
    run(2 * MINUTE);
    set_battery(12);
    assert_says(safe, "CON 2.05  observe"); /* maybe not for a day */
    acknowledge();
    assert_silent(safe, 48 * MINUTE);
    assert_says_within(safe, 10 * MINUTE, "CON POST /rd/7");
    end_world();
}

static void a_lifetime_without_end(void **state)
{
    (void)state;
    struct lp_account a = safe_account;
    managed();
    assert_asked(safe, "PUT /1/0/1", "2.04", TEXT("0"));
    assert_says(safe, "CON POST /rd/7?lt=0");
    answer(safe, "2.04", NULL);
    assert_event(LP_EV_UPDATED);
    power_off();
    wake(&a, 100 * DAY, 100 * DAY);
    assert_silent(safe, 100 * DAY);
    end_world();
}

static void objects_that_differ_are_told(void **state)
{
    (void)state;
    static struct lp_sensor sensor;
    managed();
    power_off();
    assemble(&safe_account);
    memset(&sensor, 0, sizeof sensor);
    assert_int_equal(lp_sensor_add(client, &sensor, 3303, "Cel"), 0);
    assert_int_equal(lp_client_resume(client, w.sim.now, 0), 0);
    assert_says(safe, "CON POST /rd/7 | </>");
    assert_non_null(strstr(w.heard[safe].text, "</3303/0>"));
    end_world();
}

static void what_was_to_be_told_is_told(void **state)
{
    (void)state;
    managed();
    lp_changed_instances(client, 3);
    set_battery(12);
    nap(MINUTE);
    assert_says(safe, "CON POST /rd/7 | </>");
    answer(safe, "2.04", NULL);
    assert_says(safe, "NON 2.05  observe");
    end_world();
}

static void periods_count_while_it_sleeps(void **state)
{
    (void)state;
    managed();
    assert_asked(safe, "PUT /1/0/2", "2.04", TEXT("60"));
    assert_asked(safe, "PUT /1/0/3", "2.04", TEXT("600"));
    run(MINUTE);
    set_battery(11);
    assert_says(safe, "NON 2.05  observe");
    run(10 * SECOND);
    nap(20 * SECOND);
    set_battery(12); /* 30 s of pmin are over */
    assert_silent(safe, 25 * SECOND);
    assert_says(safe, "CON 2.05  observe");
    acknowledge();
    nap(500 * SECOND);
    assert_silent(safe, 90 * SECOND);
    assert_says_within(safe, 10 * SECOND, "CON 2.05  observe"); /* pmax */
    acknowledge();
    nap(11 * MINUTE);
    assert_says(safe, "CON 2.05  observe"); /* at once */
    end_world();
}

static void thresholds_go_on_from_the_last_number(void **state)
{
    (void)state;
    managed();
    assert_asked(safe, "PUT /3/0/9", "2.04", .query = "st=10");
    nap(MINUTE);
    set_battery(45); /* from 50: not far enough */
    assert_silent(safe, 5 * MINUTE);
    nap(MINUTE);
    set_battery(40);
    assert_says(safe, "CON 2.05  observe");
    end_world();
}

static void a_server_of_1_0_stays_one(void **state)
{
    (void)state;
    make_world(&(struct lp_client_config){0});
    config = (struct lp_client_config){.kv = &w.kv.kv, .queue = true};
    assemble(&safe_account);
    start();
    assert_says(safe, "CON POST /rd?lwm2m=1.1");
    answer(safe, "4.12", NULL);
    assert_says(safe, "CON POST /rd?lwm2m=1.0&ep=dev&lt=3600&b=UQ");
    answer(safe, "2.01", "rd/7");
    assert_event(LP_EV_REGISTERED);
    nap(MINUTE);
    lp_client_queue(client, true);
    assert_says(safe, "CON POST /rd/7?b=UQ");
    end_world();
}

static void in_queue_mode_it_is_asleep_until_it_speaks(void **state)
{
    (void)state;
    managed();
    config.queue = true;
    lp_client_queue(client, true);
    assert_says(safe, "CON POST /rd/7?b=U&Q");
    answer(safe, "2.04", NULL);
    assert_event(LP_EV_UPDATED);
    nap(MINUTE);
    run(SECOND);
    assert_true(client->link[0].asleep);
    assert_int_equal(count_events(LP_EV_SLEEP), 0);
    set_battery(7);
    assert_says(safe, "CON 2.05  observe");
    acknowledge();
    assert_event(LP_EV_AWAKE);
    assert_non_null(event_within(LP_EV_SLEEP, 2 * MINUTE));
    end_world();
}

static void the_name_takes_a_while(void **state)
{
    (void)state;
    managed();
    w.sim.resolve = 3;
    nap(MINUTE);
    set_battery(7);
    assert_says(safe, "CON 2.05  observe");
    assert_int_equal(w.handshakes, 1);
    end_world();
}

static void a_reset_ends_the_observation_for_good(void **state)
{
    (void)state;
    uint8_t buf[4];
    managed();
    nap(MINUTE);
    set_battery(7);
    assert_says(safe, "CON 2.05  observe");
    struct lp_span s = lp_exchange_reset(&w.heard[safe].m, buf);
    say(safe, s.p, s.n);
    assert_int_equal(assert_event(LP_EV_OBSERVATION_ENDED)->state, LP_END_RESET);
    nap(MINUTE);
    set_battery(8);
    assert_silent(safe, MINUTE);
    assert_int_equal(lp_client_observations(client), 0);
    end_world();
}

/* ---- it registers ---- */

static void the_registration_is_over(void **state)
{
    (void)state;
    managed();
    nap(2 * HOUR);
    assert_registers();
    end_world();
}

static void the_server_has_removed_it(void **state)
{
    (void)state;
    managed();
    nap(MINUTE);
    lp_client_update(client, 0, 0);
    assert_says(safe, "CON POST /rd/7");
    answer(safe, "4.04", NULL);
    assert_registers();
    end_world();
}

static void another_account(void **state)
{
    (void)state;
    struct lp_account a = safe_account;
    managed();
    power_off();
    a.lifetime_s = 7200;
    wake(&a, MINUTE, MINUTE);
    assert_registers();
    end_world();
}

static void a_reset_is_no_sleep(void **state)
{
    (void)state;
    managed();
    power_off();
    assemble(&safe_account);
    start();
    assert_registers();
    power_cycle(&config);
    account(&safe_account);
    assert_int_equal(lp_client_resume(client, w.sim.now, 0), 0); /* of the sleep before */
    assert_registers();
    end_world();
}

static void it_is_good_for_one_time(void **state)
{
    (void)state;
    managed();
    nap(MINUTE);
    set_battery(7);
    assert_says(safe, "CON 2.05  observe");
    power_cycle(&config);
    w.device.battery_percent = 50;
    account(&safe_account);
    assert_int_equal(lp_client_resume(client, w.sim.now, MINUTE), 0);
    assert_registers();
    end_world();
}

/* The wake-up that came to nothing did not use it up. */
static void nothing_was_sent(void **state)
{
    (void)state;
    managed();
    power_off();
    for (int i = 1; i < 4; i++) {
        wake(&safe_account, MINUTE, i * MINUTE);
        run(0);
        lp_client_suspend(client);
    }
    wake(&safe_account, MINUTE, 4 * MINUTE);
    set_battery(7);
    assert_says(safe, "CON 2.05  observe");
    assert_int_equal(w.handshakes, 1);
    end_world();
}

static void the_association_is_gone(void **state)
{
    (void)state;
    managed();
    power_off();
    assert_int_equal(w.kv.kv.del(&w.kv.kv, LP_KV_ASSOCIATION), 0);
    wake(&safe_account, MINUTE, MINUTE);
    assert_says(safe, "CON POST /rd?lwm2m=1.1");
    assert_int_equal(w.handshakes, 2);
    end_world();
}

/* ---- it does not sleep so ---- */

static void not_while_a_message_is_outstanding(void **state)
{
    (void)state;
    managed();
    lp_client_update(client, 0, 0);
    step();
    assert_int_equal(lp_client_sleep(client), LP_AGAIN);
    assert_says(safe, "CON POST /rd/7");
    assert_int_equal(lp_client_sleep(client), LP_AGAIN);
    answer(safe, "2.04", NULL);
    assert_event(LP_EV_UPDATED);
    nap(MINUTE);
    set_battery(7);
    assert_says(safe, "CON 2.05  observe");
    end_world();
}

static void not_without_registration(void **state)
{
    (void)state;
    managed();
    lp_client_disable(client, 0, 60);
    assert_says(safe, "CON DELETE /rd/7");
    answer(safe, "2.02", NULL);
    assert_event(LP_EV_DEREGISTERED);
    assert_int_equal(lp_client_sleep(client), LP_ERR_STATE);
    wake(&safe_account, MINUTE, MINUTE);
    assert_registers();
    lp_client_stop(client);
    assert_int_equal(lp_client_sleep(client), LP_ERR_STATE);
    assert_int_equal(lp_client_sleep(client), LP_ERR_STATE); /* not started */
    end_world();
}

static void not_without_dtls(void **state)
{
    (void)state;
    make_world(&(struct lp_client_config){0});
    config = (struct lp_client_config){.kv = &w.kv.kv};
    assemble(&mg_account);
    start();
    assert_says(mg, "CON POST /rd?");
    answer(mg, "2.01", "rd/7");
    assert_event(LP_EV_REGISTERED);
    assert_int_equal(lp_client_sleep(client), LP_ERR_STATE);
    end_world();
}

/* Whatever fails: it wakes as registered, or registers. */
static void the_store_fails(void **state)
{
    (void)state;
    bool met = true;
    managed();
    for (unsigned n = 1; met; n++) {
        uint32_t faults = w.kv.faults;
        lp_sim_kv_plan(&w.kv, n, LP_SIM_KV_FAIL);
        int err = lp_client_sleep(client);
        met = w.kv.faults != faults;
        assert_true(err == 0 || (met && (err == LP_ERR_STORE || err == LP_ERR_STATE)));
        lp_sim_kv_reboot(&w.kv);
        wake(&safe_account, 0, 0);
        run(SECOND);
        assert_int_equal(hear_now(safe), err != 0);
        if (err) answer(safe, "2.01", "rd/7");
        run(SECOND);
        assert_int_equal(client->link[0].state, LP_LINK_REGISTERED);
        assert_string_equal(client->link[0].location, "/rd/7");
    }
    assert_int_equal(w.handshakes, 1);
    end_world();
}

/* ---- bytes ---- */

static size_t record(uint8_t *to, size_t cap)
{
    int n = w.kv.kv.get(&w.kv.kv, LP_KV_SLEEP, to, cap);
    assert_in_range(n, 30, (int)cap);
    return (size_t)n;
}

static void put_record_as(const uint8_t *p, size_t n, bool hash)
{
    uint8_t copy[512];
    struct lp_out sum;
    memcpy(copy, p, n);
    lp_out_init(&sum, NULL, 0);
    lp_out_put(&sum, copy, n < 4 ? 0 : n - 4);
    for (unsigned i = 0; hash && n >= 4 && i < 4; i++)
        copy[n - 4 + i] = (uint8_t)(sum.hash >> (24 - 8 * i));
    assert_int_equal(w.kv.kv.put(&w.kv.kv, LP_KV_SLEEP, copy, n), 0);
}

/* Its bytes, one after the other. */
static void the_record(void **state)
{
    (void)state;
    uint8_t r[512];
    struct lp_in in;
    managed();
    w.client.observation[0].seq = 0x123456;
    run(MINUTE);
    power_off();
    size_t n = record(r, sizeof r);
    lp_in_init(&in, r, n);
    assert_int_equal(lp_in_u8(&in), 1);
    lp_in_take(&in, 8);
    assert_int_equal(lp_in_be(&in, 2), 0); /* rows */
    lp_in_take(&in, 8);
    assert_int_equal(lp_in_u8(&in), 0);
    lp_in_take(&in, 2);
    assert_int_equal(lp_in_be(&in, 4), 3600);
    assert_in_range(lp_in_be(&in, 4), (3600 - 60 - 93 - 5) * 1000, (3600 - 60 - 93) * 1000);
    assert_int_equal(lp_in_u8(&in), 5);
    assert_memory_equal(lp_in_take(&in, 5), "/rd/7", 5);
    static const uint8_t observation[] = {0, 3, 0, 0, 0, 9, 0xff, 0xff, 0, 0};
    assert_memory_equal(lp_in_take(&in, 10), observation, 10);
    lp_in_take(&in, 2);                  /* format */
    assert_int_equal(lp_in_u8(&in), 32); /* a number */
    assert_int_equal(lp_in_be(&in, 3), 0x123456);
    assert_in_range(lp_in_be(&in, 4), MINUTE, MINUTE + 5 * SECOND);
    assert_in_range(lp_in_be(&in, 2), 0, 1);
    assert_int_equal(lp_in_be(&in, 8), 0x4049000000000000); /* 50.0 */
    assert_int_equal(lp_in_u8(&in), 2);
    lp_in_take(&in, 2);
    assert_int_equal(lp_in_be(&in, 2), 0xffff);
    assert_int_equal(lp_in_left(&in), 4);
    assert_int_equal(in.err, 0);
    end_world();
}

/* A record that is cut or changed is not used; one that only says nonsense breaks nothing. */
static void bad_records(void **state)
{
    (void)state;
    uint8_t r[512];
    managed();
    assert_asked(safe, "GET /3/0/0", "2.05  observe", .observe = true);
    power_off();
    size_t n = record(r, sizeof r);
    for (int hash = 0; hash < 2; hash++) {
        for (size_t i = 0; i < 2 * n; i++) {
            uint8_t bad[512];
            memcpy(bad, r, n);
            if (i >= n) bad[i - n] ^= i % 2 ? 0xff : 1;
            put_record_as(bad, i < n ? i : n, hash);
            wake(&safe_account, 0, 0);
            if (!hash) assert_string_equal(client->link[0].location, "");
            if (!hash) assert_int_equal(lp_client_observations(client), 0);
            lp_client_suspend(client);
        }
    }
    put_record_as(r, n, false);
    wake(&safe_account, 0, 0);
    assert_string_equal(client->link[0].location, "/rd/7");
    end_world();
}

static void each_server_for_itself(void **state)
{
    (void)state;
    if (LP_MAX_SERVERS < 2) return;
    make_world(&(struct lp_client_config){0});
    config = (struct lp_client_config){.kv = &w.kv.kv};
    assemble(&mg_account);
    account(&safe_account);
    start();
    assert_says(safe, "CON POST /rd?");
    answer(safe, "2.01", "rd/7");
    assert_says(mg, "CON POST /rd?");
    answer(mg, "2.01", "rd/8");
    assert_event(LP_EV_REGISTERED);
    assert_event(LP_EV_REGISTERED);
    assert_asked(safe, "GET /3/0/9", "2.05  observe", .observe = true);
    assert_asked(mg, "GET /3/0/9", "2.05  observe", .observe = true);
    power_off();
    assemble(&mg_account);
    account(&safe_account);
    assert_int_equal(lp_client_resume(client, w.sim.now, 0), 0);
    set_battery(7);
    assert_says(safe, "CON 2.05  observe");
    assert_says(mg, "CON POST /rd?");
    assert_int_equal(lp_client_observations(client), 1);
    end_world();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_costs_one_datagram_each_way),
        cmocka_unit_test(nothing_to_tell_costs_nothing),
        cmocka_unit_test(the_update_comes_when_it_is_due),
        cmocka_unit_test(nobody_knows_how_long_it_was),
        cmocka_unit_test(a_lifetime_without_end),
        cmocka_unit_test(objects_that_differ_are_told),
        cmocka_unit_test(what_was_to_be_told_is_told),
        cmocka_unit_test(periods_count_while_it_sleeps),
        cmocka_unit_test(thresholds_go_on_from_the_last_number),
        cmocka_unit_test(a_server_of_1_0_stays_one),
        cmocka_unit_test(in_queue_mode_it_is_asleep_until_it_speaks),
        cmocka_unit_test(the_name_takes_a_while),
        cmocka_unit_test(a_reset_ends_the_observation_for_good),
        cmocka_unit_test(the_registration_is_over),
        cmocka_unit_test(the_server_has_removed_it),
        cmocka_unit_test(another_account),
        cmocka_unit_test(a_reset_is_no_sleep),
        cmocka_unit_test(it_is_good_for_one_time),
        cmocka_unit_test(nothing_was_sent),
        cmocka_unit_test(the_association_is_gone),
        cmocka_unit_test(not_while_a_message_is_outstanding),
        cmocka_unit_test(not_without_registration),
        cmocka_unit_test(not_without_dtls),
        cmocka_unit_test(the_store_fails),
        cmocka_unit_test(the_record),
        cmocka_unit_test(bad_records),
        cmocka_unit_test(each_server_for_itself),
    };
    return cmocka_run_group_tests_name("sleep", tests, NULL, NULL);
}
