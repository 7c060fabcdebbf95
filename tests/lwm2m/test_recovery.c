/* SPDX-License-Identifier: Apache-2.0
 *
 * also: lite
 *
 * Half-open associations, over real DTLS (life.h): the server has forgotten what the device holds on to.
 */
#include "test.h"

#include "life.h"

static enum life_step when;

static void forget(struct life *l, enum life_step step)
{
    if (step != when || !l->peer[1].dtls) return;
    lp_dtls_peer_free(l->peer[1].dtls, false);
    l->peer[1].dtls = NULL;
    when = LIFE_DONE;
}

static struct life *live(enum life_step at)
{
    struct life *l = life_new(1);
    when = at;
    l->on_step = forget;
    l->rough = true;
    life_run(l, 7200000);
    const char *error = life_check(l);
    if (error) print_error("%s, in step %s\n", error, life_names[l->step]);
    assert_null(error);
    return l;
}

/* A device restarts with a saved association that the server has lost: found out in less time than a Register is
 * usually given, then a full handshake, and no failure is counted. */
static void the_server_forgot_while_the_device_was_off(void **state)
{
    (void)state;
    struct life *l = live(LIFE_REBOOT);
    assert_int_equal(l->handshakes, 3);
    assert_in_range(l->started[LIFE_READ_AGAIN] - l->started[LIFE_REBOOT], 14000, 22500);
    life_free(l);
}

/* The same while the device slept: its notification finds out. */
static void the_server_forgot_while_the_device_slept(void **state)
{
    (void)state;
    struct life *l = live(LIFE_SLEEP);
    assert_int_equal(l->handshakes, 3);
    assert_int_equal(l->registrations, 3);
    life_free(l);
}

/* The same in the middle of a registration: the Update finds out. */
static void the_server_forgot_meanwhile(void **state)
{
    (void)state;
    struct life *l = live(LIFE_UPDATE);
    assert_int_equal(l->handshakes, 3);
    assert_true(l->registrations >= 2);
    life_free(l);
}

/* A new address, and the server does not know it: the Update is not waited for as long as usual (14 to 21 s), a
 * Register follows, whose answer goes to the address that the next rebind leaves (2 to 3 s), and the datagrams take
 * their time. */
static void the_server_forgot_when_the_address_changed(void **state)
{
    (void)state;
    struct life *l = live(LIFE_REBIND);
    assert_int_equal(l->handshakes, 3);
    assert_in_range(l->started[LIFE_DEREGISTER] - l->started[LIFE_REBIND], 14000, 26500);
    life_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_server_forgot_while_the_device_was_off),
        cmocka_unit_test(the_server_forgot_while_the_device_slept),
        cmocka_unit_test(the_server_forgot_meanwhile),
        cmocka_unit_test(the_server_forgot_when_the_address_changed),
    };
    return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
