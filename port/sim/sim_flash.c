/* SPDX-License-Identifier: Apache-2.0
 *
 * sim_flash.c - NOR flash in RAM that keeps its rules, and says who does not; it fails or loses power at an operation
 * of the test's choice, and what was torn may read differently each time. The content stands in memory of its exact
 * size.
 */
#include "sim/sim.h"

#include <stdlib.h>
#include <string.h>

static struct lp_sim_flash *of(struct lp_flash *f)
{
    return (struct lp_sim_flash *)(void *)f;
}

static uint32_t draw(struct lp_sim_flash *s)
{
    s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(s->seed >> 33);
}

static void violation(struct lp_sim_flash *s, const char *what, uint32_t at)
{
    if (s->violations++ == 0) {
        s->violated = what;
        s->violated_at = at;
    }
}

static int flash_read(struct lp_flash *f, uint32_t at, void *p, size_t n)
{
    struct lp_sim_flash *s = of(f);
    uint8_t *to = p;
    if (s->cut) return LP_ERR_STORE;
    if (at > f->size || n > f->size - at) {
        violation(s, "read outside", at);
        return LP_ERR_STORE;
    }
    for (size_t i = 0; i < n; i++) {
        uint8_t soft = s->unstable ? s->soft[at + i] : 0;
        to[i] = (uint8_t)(s->p[at + i] ^ (soft ? soft & draw(s) : 0));
    }
    s->reads++;
    return 0;
}

/* Bits of a byte that was torn on its way from was to to: any of both, for good or at each read. */
static void tear(struct lp_sim_flash *s, uint32_t at, uint8_t was, uint8_t to)
{
    uint8_t open = was ^ to;
    s->p[at] = (uint8_t)(was ^ (open & draw(s)));
    s->soft[at] = open & (uint8_t)draw(s);
}

/* All is done but the last bit that changes. */
static void flap(struct lp_sim_flash *s, uint32_t at, const uint8_t *to, uint32_t n)
{
    uint8_t open = 0;
    uint32_t last = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t was = s->p[at + i], target = to ? to[i] : 0xff;
        if (was != target) {
            open = was ^ target;
            last = i;
        }
        s->p[at + i] = target;
        s->soft[at + i] = 0;
    }
    open &= (uint8_t)-open; /* one of them */
    s->soft[at + last] = open;
    s->p[at + last] ^= open & (uint8_t)draw(s);
}

/* Bytes [0, n) at at go from what they are to to (NULL: erased), and the power goes on the way. */
static void torn(struct lp_sim_flash *s, uint32_t at, const uint8_t *to, uint32_t n, uint32_t word)
{
    enum lp_sim_flash_fault how = s->fault;
    uint32_t done = how == LP_SIM_FLASH_BEFORE  ? 0
                    : how == LP_SIM_FLASH_FAINT ? 0
                    : how == LP_SIM_FLASH_AFTER ? n
                                                : draw(s) % (n + 1);
    if (how == LP_SIM_FLASH_BITS) done = n - word;
    if (how == LP_SIM_FLASH_FLAP) flap(s, at, to, done = n);
    for (uint32_t i = 0; i < n && how != LP_SIM_FLASH_FLAP; i++) {
        uint8_t was = s->p[at + i], target = to ? to[i] : 0xff;
        bool half = how == LP_SIM_FLASH_HALF && draw(s) % 2;
        if (half || (how == LP_SIM_FLASH_BITS && i >= done))
            tear(s, at + i, was, target);
        else if (i < done || how == LP_SIM_FLASH_FAIL) {
            s->p[at + i] = target;
            s->soft[at + i] = 0;
        }
    }
    if (how == LP_SIM_FLASH_FAIL) /* one bit did not take it */
        s->p[at + draw(s) % n] ^= (uint8_t)(1u << draw(s) % 8);
    /* A unit that was begun may not be programmed again; one was where anything of it changed, and all of an erase. */
    for (uint32_t i = 0; i < n && how != LP_SIM_FLASH_BEFORE; i++)
        if (!to || how == LP_SIM_FLASH_FAINT || s->p[at + i] != 0xff || s->soft[at + i] ||
            (i < done && to[i] == 0xff))
            memset(s->used + (at + i) / word * word, 1, word);
}

/* 0: go on; LP_ERR_STORE: power is off. *fault: this is the one that was planned. */
static int operation(struct lp_sim_flash *s, bool *fault)
{
    *fault = false;
    if (s->cut) return LP_ERR_STORE;
    if (++s->operations != s->fail_at) return 0;
    s->fail_at = 0;
    s->faults++;
    *fault = true;
    return 0;
}

static int end_of_fault(struct lp_sim_flash *s)
{
    if (s->fault != LP_SIM_FLASH_FAIL) s->cut = true;
    return LP_ERR_STORE;
}

static int flash_program(struct lp_flash *f, uint32_t at, const void *p, size_t n)
{
    struct lp_sim_flash *s = of(f);
    bool fault;
    if (operation(s, &fault)) return LP_ERR_STORE;
    if (n == 0 || at % f->write_unit || n % f->write_unit || at > f->size || n > f->size - at) {
        violation(s, "program outside, or not whole units", at);
        return LP_ERR_STORE;
    }
    for (size_t i = 0; i < n; i++)
        if (s->used[at + i]) violation(s, "programmed twice", at + (uint32_t)i);
    if (fault) {
        torn(s, at, p, (uint32_t)n, f->write_unit);
        return end_of_fault(s);
    }
    for (size_t i = 0; i < n; i++) s->p[at + i] &= ((const uint8_t *)p)[i];
    memset(s->used + at, 1, n);
    s->programmed += (uint32_t)n;
    return 0;
}

static int flash_erase(struct lp_flash *f, uint32_t at)
{
    struct lp_sim_flash *s = of(f);
    bool fault;
    if (operation(s, &fault)) return LP_ERR_STORE;
    if (at % f->erase_unit || at >= f->size) {
        violation(s, "erase outside, or not a unit", at);
        return LP_ERR_STORE;
    }
    s->erases[at / f->erase_unit]++;
    if (fault) {
        torn(s, at, NULL, f->erase_unit, f->erase_unit);
        return end_of_fault(s);
    }
    memset(s->p + at, 0xff, f->erase_unit);
    memset(s->soft + at, 0, f->erase_unit);
    memset(s->used + at, 0, f->erase_unit);
    return 0;
}

static void *some(size_t n)
{
    void *p = calloc(n, 1);
    if (!p) abort();
    return p;
}

void lp_sim_flash_init(struct lp_sim_flash *s, uint32_t units, uint32_t erase_unit,
                       uint32_t write_unit, uint64_t seed)
{
    memset(s, 0, sizeof(*s));
    s->flash = (struct lp_flash){units * erase_unit, erase_unit,    write_unit,
                                 flash_read,         flash_program, flash_erase};
    s->p = some(s->flash.size);
    s->soft = some(s->flash.size);
    s->used = some(s->flash.size);
    s->erases = some(units * sizeof(*s->erases));
    s->seed = seed;
    memset(s->p, 0xff, s->flash.size);
}

void lp_sim_flash_free(struct lp_sim_flash *s)
{
    free(s->p);
    free(s->soft);
    free(s->used);
    free(s->erases);
}

void lp_sim_flash_fill(struct lp_sim_flash *s, uint32_t at, const void *p, size_t n)
{
    memcpy(s->p + at, p, n);
    memset(s->used + at, 1, n);
    memset(s->soft + at, 0, n);
}

void lp_sim_flash_plan(struct lp_sim_flash *s, uint32_t n, enum lp_sim_flash_fault fault)
{
    s->fail_at = s->operations + n;
    s->fault = fault;
}

void lp_sim_flash_reboot(struct lp_sim_flash *s)
{
    s->cut = false;
    s->fail_at = 0;
}
