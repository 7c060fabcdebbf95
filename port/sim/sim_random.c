/* SPDX-License-Identifier: Apache-2.0
 *
 * sim_random.c - what exists once: random bytes from a seed, and the log.
 */
#include "sim/sim.h"

static uint64_t state = 1;
static uint32_t fail_in; /* calls until the first that fails, 0: none will */

void lp_sim_seed(uint64_t seed)
{
    state = seed;
    fail_in = 0;
}

void lp_sim_random_fail(uint32_t n)
{
    fail_in = n;
}

/* SplitMix64. */
static uint8_t next_byte(void)
{
    state += 0x9e3779b97f4a7c15u;
    uint64_t z = state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint8_t)(z >> 56);
}

int lp_port_random(void *p, size_t n)
{
    if (fail_in == 1) return LP_ERR_RANDOM;
    if (fail_in) fail_in--;
    for (uint8_t *b = p; n; n--) *b++ = next_byte();
    return 0;
}

void (*lp_sim_log)(enum lp_log, const char *text);

void lp_port_log(enum lp_log level, const char *text)
{
    if (lp_sim_log) lp_sim_log(level, text);
}
