/* SPDX-License-Identifier: Apache-2.0
 *
 * also: lite
 *
 * Sweeps over a whole life (life.h): one thing goes wrong at the n-th place, n = 1, 2, 3 ... until a run meets no
 * fault. Whatever it was, the life ends as it should: registered and deregistered, the right values on both sides,
 * nothing done twice.
 */
#include "test.h"

#include "life.h"

#define HOUR 3600000u

static uint32_t runs;

static void lived(struct life *l, const char *fault, const char *where, uint32_t n)
{
    life_run(l, 2 * HOUR);
    const char *error = life_check(l);
    if (error)
        print_error("%s %s %u: %s, in step %s\n", fault, where, (unsigned)n, error,
                    life_names[l->step]);
    assert_null(error);
    runs++;
}

/* A life without faults, the yardstick: one handshake with each server, none after the reboot or the new address. */
static void quiet_life(void **state)
{
    (void)state;
    struct life *l = life_new(1);
    lived(l, "none", "", 0);
    assert_int_equal(l->handshakes, 2);
    assert_int_equal(l->bootstraps, 1);
    assert_int_equal(l->registrations, 2); /* the second one after the reboot */
    life_free(l);
}

static void sweep(enum lp_sim_fault fault, const char *name)
{
    static const char *const where[2] = {"up", "down"};
    for (int direction = LP_SIM_UP; direction <= LP_SIM_DOWN; direction++) {
        bool met = true;
        for (uint32_t n = 1; met; n += stride()) {
            struct life *l = life_new(1);
            lp_sim_plan(&l->sim, direction, n, fault);
            lived(l, name, where[direction], n);
            met = l->sim.faults > 0;
            life_free(l);
        }
    }
    print_message("note: %s: %u lives so far\n", name, (unsigned)runs);
}

static void each_datagram_lost(void **state)
{
    (void)state;
    sweep(LP_SIM_DROP, "lost");
}

static void each_datagram_doubled(void **state)
{
    (void)state;
    sweep(LP_SIM_DUP, "doubled");
}

static void each_datagram_swapped_with_the_next(void **state)
{
    (void)state;
    sweep(LP_SIM_SWAP, "swapped");
}

static void sweep_store(enum lp_sim_kv_fault fault, const char *name)
{
    bool met = true;
    for (uint32_t n = 1; met; n += stride()) {
        struct life *l = life_new(1);
        l->rough = true;
        lp_sim_kv_plan(&l->kv, n, fault);
        lived(l, name, "store", n);
        met = l->kv.faults > 0;
        life_free(l);
    }
    print_message("note: %s: %u lives so far\n", name, (unsigned)runs);
}

/* The n-th operation of the store fails: the device works on. */
static void each_store_operation_fails(void **state)
{
    (void)state;
    sweep_store(LP_SIM_KV_FAIL, "store fails");
}

/* The power goes before, or after, the n-th operation of the store; it comes back, and the life goes on. */
static void power_cut_at_each_store_operation(void **state)
{
    (void)state;
    sweep_store(LP_SIM_KV_CUT_BEFORE, "power cut before");
    sweep_store(LP_SIM_KV_CUT_AFTER, "power cut after");
}

/* 200 lives on a wire that loses, doubles and reorders; a failure prints the seed that replays it. */
static void bad_wire(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 200; seed += stride()) {
        struct life *l = life_new(seed);
        l->rough = true;
        l->sim.loss = seed % 16;
        l->sim.dup = seed % 7;
        l->sim.reorder = seed % 11;
        lived(l, "bad wire", "seed", seed);
        life_free(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_life),
        cmocka_unit_test(each_datagram_lost),
        cmocka_unit_test(each_datagram_doubled),
        cmocka_unit_test(each_datagram_swapped_with_the_next),
        cmocka_unit_test(each_store_operation_fails),
        cmocka_unit_test(power_cut_at_each_store_operation),
        cmocka_unit_test(bad_wire),
    };
    return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
