/* SPDX-License-Identifier: Apache-2.0
 *
 * also: lite
 *
 * A device's whole life (life.h) with its store on flash: the power goes at every program and every erase, in each of
 * five ways, and what a cut left open reads differently each time. The life ends as it should: registered and
 * deregistered, the right values on both sides, nothing done twice, no unit programmed twice. */
#include "test.h"

#include "life.h"

#define HOUR 3600000u

struct geometry {
    uint32_t units, erase, write;
};

static uint32_t lives;

/* One life, with a fault at the n-th operation (0: none): how many operations there were. *met: the fault came. */
static uint32_t live(struct geometry g, uint32_t n, enum lp_sim_flash_fault fault, bool *met)
{
    struct lp_sim_flash f;
    lp_sim_flash_init(&f, g.units, g.erase, g.write, n + fault);
    f.unstable = true;
    if (n) lp_sim_flash_plan(&f, n, fault);
    struct life *l = life_on(1, &f);
    l->rough = n > 0;
    life_run(l, 2 * HOUR);
    const char *error = life_check(l);
    if (!error && f.violations) error = f.violated;
    if (error)
        print_error("%ux%u/%u, operation %u, fault %d: %s, in step %s\n", (unsigned)g.units,
                    (unsigned)g.erase, (unsigned)g.write, (unsigned)n, fault, error,
                    life_names[l->step]);
    assert_null(error);
    *met = f.faults > 0;
    uint32_t operations = f.operations;
    life_free(l);
    lp_sim_flash_free(&f);
    lives++;
    return operations;
}

/* From a step to the next: 1 means each operation. */
static void sweep(struct geometry g, uint32_t step, enum lp_sim_flash_fault first)
{
    bool met;
    uint32_t operations = live(g, 0, first, &met);
    step *= stride();
    for (int fault = first; fault <= LP_SIM_FLASH_HALF; fault++) {
        met = true;
        for (uint32_t n = 1 + (uint32_t)fault % step; met; n += step) live(g, n, fault, &met);
    }
    print_message("note: %ux%u/%u: %u operations, %u lives so far\n", (unsigned)g.units,
                  (unsigned)g.erase, (unsigned)g.write, (unsigned)operations, (unsigned)lives);
}

static void power_cut_at_each_flash_operation(void **state)
{
    (void)state;
    sweep((struct geometry){2, 2048, 8}, 1, LP_SIM_FLASH_BEFORE);
}

static void power_cuts_on_other_flash(void **state)
{
    (void)state;
    sweep((struct geometry){4, 1024, 16}, 11, LP_SIM_FLASH_BEFORE);
    sweep((struct geometry){16, 128, 1}, 13, LP_SIM_FLASH_BEFORE);
    sweep((struct geometry){4, 4096, 4}, 13, LP_SIM_FLASH_BEFORE);
}

static void flash_operations_that_fail(void **state)
{
    (void)state;
    bool met = true;
    for (uint32_t n = 1; met; n += 7)
        live((struct geometry){2, 2048, 8}, n, LP_SIM_FLASH_FAIL, &met);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_cut_at_each_flash_operation),
        cmocka_unit_test(power_cuts_on_other_flash),
        cmocka_unit_test(flash_operations_that_fail),
    };
    return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
