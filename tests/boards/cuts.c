/* SPDX-License-Identifier: Apache-2.0
 *
 * cuts.c - an image that cuts its own power at every flash operation of a store's life, and looks what is left.
 *
 * A life is a list of puts and deletes. It is lived again and again on an erased store: the first time the power goes
 * in its 1st flash operation, then in its 2nd, ... until a life ends without a cut; for each kind of tear, for a new
 * store and for one whose bank is nearly full. A cut is a reset of the CPU in the middle of the operation. After it the
 * store must hold what it held before the step that was cut, or after it, and nothing else; the life then goes on to
 * its end.
 *
 * The store lies on the first KiB of each of four erase units of the board, since to fill 64 KiB takes long. Its
 * operations are real: an erase is of a whole unit of the board.
 * How far it has come is kept in flash, in a unit behind the store: RUN first, then a STEP for each step that has
 * returned. The unit after that one is scratch. The UART tells a line for each sweep, and last "cuts: N, all well" or,
 * at the first mistake, "WRONG".
 */
#include "cm3/board.h"
#include "cm3/cm3.h"
#include "limpet/store.h"
#include <string.h>

enum tear { BEFORE, AFTER, PREFIX, BITS, HALF, TEARS };
static const char *const tear_names[TEARS] = {"before", "after", "prefix", "bits", "half"};
enum { NEW, NEARLY_FULL, LIVES };
static const char *const life_names[LIVES] = {"new", "nearly full"};

#define UNIT     1024u /* of the store's flash */
#define UNITS    4u
#define PROGRESS (UNITS * UNIT)
#define SCRATCH  (PROGRESS + UNIT)

#define KEYS    4
#define FILLER  9 /* the key that fills the unit */
#define LARGE   400
#define FILLING 40 /* the size it has at last */
#define LEFT    10 /* times that it could be put once more in a store that is nearly full */

static const struct {
    uint16_t key, n; /* n 0: delete */
} life[] = {{1, 20}, {2, 300}, {1, 21}, {3, 1}, {2, 0},   {4, 0}, {1, 21},
            {2, 90}, {3, 0},   {4, 64}, {4, 5}, {2, 260}, {3, 33}};
#define STEPS (sizeof life / sizeof *life)

static struct run {
    uint32_t magic; /* RUN */
    uint8_t tear, life;
    uint16_t cut_at;
    uint32_t cuts;        /* in the sweeps before this one */
    uint8_t large, small; /* how often the filler is put */
    uint16_t end;         /* END: the record is whole */
} run;
#define RUN  0x316e7552u
#define END  0x2e2e
#define STEP 0x70657453u

static struct lp_flash flash; /* what the store sees */
static struct lp_store store;
static uint32_t operations; /* so far; counted while armed */
static uint32_t erases;
static bool armed;
static uint8_t value[LARGE], found[LARGE];

static void print_number(uint32_t n)
{
    char text[11], *p = text + 10;
    *p = 0;
    do *--p = (char)('0' + n % 10);
    while (n /= 10);
    lp_cm3_print(p);
}

static void print_sweep(void)
{
    lp_cm3_print(life_names[run.life]);
    lp_cm3_print(", ");
    lp_cm3_print(tear_names[run.tear]);
    lp_cm3_print(": ");
    print_number(run.cut_at);
}

static _Noreturn void wrong(const char *what)
{
    lp_cm3_print("WRONG ");
    print_sweep();
    lp_cm3_print(": ");
    lp_cm3_print(what);
    lp_cm3_print("\n");
    for (;;) continue;
}

/* ---- the store's flash on the board's ---- */

static uint32_t place(uint32_t at)
{
    return board_store_at + at / UNIT * board_flash.erase_unit + at % UNIT;
}

/* Of n bytes at a place, those in its unit. */
static size_t within(uint32_t at, size_t n)
{
    size_t left = UNIT - at % UNIT;
    return n < left ? n : left;
}

static void raw_read(uint32_t at, void *p, size_t n)
{
    uint8_t *to = p;
    for (size_t part; n; at += (uint32_t)part, to += part, n -= part) {
        part = within(at, n);
        if (board_flash.read(&board_flash, place(at), to, part)) wrong("the flash does not read");
    }
}

static void raw_program(uint32_t at, const void *p, size_t n)
{
    const uint8_t *from = p;
    for (size_t part; n; at += (uint32_t)part, from += part, n -= part) {
        part = within(at, n);
        if (board_flash.program(&board_flash, place(at), from, part))
            wrong("the flash does not program");
    }
}

static void raw_erase(uint32_t at)
{
    if (board_flash.erase(&board_flash, place(at))) wrong("the flash does not erase");
}

/* ---- half an operation ---- */

static void copy(uint32_t to, uint32_t from, uint32_t n)
{
    for (uint32_t i = 0; i < n; i += 256) {
        raw_read(from + i, found, 256);
        raw_program(to + i, found, 256);
    }
}

/* Erases all of a unit but the half that begins at keep. */
static void erase_half(uint32_t at, uint32_t keep)
{
    raw_erase(SCRATCH);
    copy(SCRATCH, keep, UNIT / 2);
    raw_erase(at);
    copy(keep, SCRATCH, UNIT / 2);
}

static uint8_t noise(uint32_t i)
{
    return (uint8_t)((i + run.cut_at * 16777619u + 1) * 2654435761u >> 24);
}

/* n bytes of which the last `doubtful` have bits that were not programmed. */
static void program_noisy(uint32_t at, const uint8_t *p, size_t n, size_t doubtful)
{
    uint8_t unit[16];
    size_t w = flash.write_unit;
    for (size_t i = 0; i < n; i += w) {
        for (size_t k = 0; k < w; k++)
            unit[k] = p[i + k] | (i + doubtful >= n ? noise((uint32_t)(i + k)) : 0);
        raw_program(at + (uint32_t)i, unit, w);
    }
}

static void tear_program(uint32_t at, const uint8_t *p, size_t n)
{
    size_t half = n / 2 / flash.write_unit * flash.write_unit;
    switch (run.tear) {
    case AFTER: raw_program(at, p, n); break;
    case PREFIX: raw_program(at, p, half); break;
    case BITS: program_noisy(at, p, n, flash.write_unit); break;
    case HALF: program_noisy(at, p, n, n); break;
    default: break;
    }
}

static void tear_erase(uint32_t at)
{
    static const uint8_t zero[16];
    switch (run.tear) {
    case AFTER: raw_erase(at); break;
    case PREFIX: erase_half(at, at + UNIT / 2); break;
    case BITS:
        raw_erase(at);
        program_noisy(at, zero, 16, 16);
        break;
    case HALF: erase_half(at, at); break;
    default: break;
    }
}

static int read(struct lp_flash *f, uint32_t at, void *p, size_t n)
{
    (void)f;
    raw_read(at, p, n);
    return 0;
}

static bool cut_now(void)
{
    return armed && ++operations == run.cut_at;
}

static int program(struct lp_flash *f, uint32_t at, const void *p, size_t n)
{
    (void)f;
    if (cut_now()) {
        tear_program(at, p, n);
        lp_cm3_reboot();
    }
    raw_program(at, p, n);
    return 0;
}

static int erase(struct lp_flash *f, uint32_t at)
{
    (void)f;
    erases++;
    if (cut_now()) {
        tear_erase(at);
        lp_cm3_reboot();
    }
    raw_erase(at);
    return 0;
}

/* ---- how far it has come ---- */

static uint32_t record_at(uint32_t i)
{
    return PROGRESS + i * 16;
}

static void begin(void)
{
    raw_erase(record_at(0));
    raw_program(record_at(0), &run, sizeof run);
}

static void step_done(uint32_t step)
{
    uint32_t record[4] = {STEP, STEP, STEP, STEP};
    raw_program(record_at(1 + step), record, sizeof record);
}

static uint32_t steps_done(void)
{
    for (uint32_t n = 0, word;; n++) {
        raw_read(record_at(1 + n), &word, sizeof word);
        if (word != STEP) return n;
    }
}

/* ---- the life ---- */

static void make_value(uint32_t step, size_t n)
{
    for (size_t i = 0; i < n; i++) value[i] = (uint8_t)(step * 31 + i * 7 + n);
}

static int do_step(uint32_t step)
{
    make_value(step, life[step].n);
    if (!life[step].n) return store.kv.del(&store.kv, life[step].key);
    return store.kv.put(&store.kv, life[step].key, value, life[step].n);
}

/* What the key holds after so many steps: the step that put it, or -1. */
static int holds(uint16_t key, uint32_t steps)
{
    int last = -1;
    for (uint32_t i = 0; i < steps; i++)
        if (life[i].key == key) last = life[i].n ? (int)i : -1;
    return last;
}

static bool key_is(uint16_t key, int step)
{
    int n = store.kv.get(&store.kv, key, found, sizeof found);
    if (step < 0) return n == LP_ERR_NOT_FOUND;
    make_value((uint32_t)step, life[step].n);
    return n == life[step].n && !memcmp(found, value, (size_t)n);
}

static bool filler_is_whole(void)
{
    make_value(0, FILLING);
    int n = store.kv.get(&store.kv, FILLER, found, sizeof found);
    if (run.life == NEW) return n == LP_ERR_NOT_FOUND;
    return n == FILLING && !memcmp(found, value, FILLING);
}

/* The store is what so many steps make of it: no key more, none less. */
static bool store_is(uint32_t steps)
{
    int listed = 0, expected = run.life == NEARLY_FULL;
    for (int key = -1; (key = lp_store_next(&store, key)) >= 0;) listed++;
    for (uint16_t key = 1; key <= KEYS; key++) {
        if (!key_is(key, holds(key, steps))) return false;
        expected += holds(key, steps) >= 0;
    }
    return listed == expected && filler_is_whole();
}

static void open_store(void)
{
    if (lp_store_open(&store, &flash, 0, UNITS)) wrong("the store does not open");
}

/* Puts the filler so often, or until the store takes another bank, which it does by an erase: how often it was put. */
static uint8_t fill_with(uint16_t n, uint8_t times)
{
    uint32_t erased = erases;
    uint8_t i = 0;
    make_value(0, n);
    for (; i < times; i++) {
        if (store.kv.put(&store.kv, FILLER, value, n)) wrong("the store does not fill");
        if (erases != erased) break;
    }
    return i;
}

static void erase_store(void)
{
    for (uint32_t i = 0; i < UNITS; i++) raw_erase(i * UNIT);
}

/* How much it takes until little is left of the first bank. */
static void measure(void)
{
    erase_store();
    open_store();
    run.large = (uint8_t)(fill_with(LARGE, 255) - 1);
    erase_store();
    open_store();
    fill_with(LARGE, run.large);
    run.small = (uint8_t)(fill_with(FILLING, 255) - LEFT);
}

static void live(uint32_t from)
{
    for (uint32_t step = from; step < STEPS; step++) {
        if (do_step(step)) wrong("a step fails");
        if (armed) step_done(step);
    }
    if (!store_is(STEPS)) wrong("the store is not what was put");
}

/* A life from its start: comes back only if the power did not go. */
static void live_until_cut(void)
{
    armed = false;
    operations = 0;
    erase_store();
    if (run.life == NEARLY_FULL) {
        open_store();
        fill_with(LARGE, run.large);
        fill_with(FILLING, run.small);
    }
    begin();
    armed = true;
    open_store();
    live(0);
    armed = false;
    open_store();
    if (!store_is(STEPS)) wrong("the store is not what was put, when it is opened again");
}

/* The power has gone in the middle of a step: the life's rest. */
static void live_on(void)
{
    uint32_t steps = steps_done();
    open_store();
    bool before = store_is(steps);
    if (!before && (steps == STEPS || !store_is(steps + 1))) wrong("neither the old nor the new");
    live(before ? steps : steps + 1);
}

/* The next sweep; false: that was the last. */
static bool next_sweep(void)
{
    run.cut_at--;
    run.cuts += run.cut_at;
    print_sweep();
    lp_cm3_print(" cuts\n");
    run.cut_at = 1;
    run.tear = (uint8_t)((run.tear + 1) % TEARS);
    if (!run.tear) run.life++;
    return run.life < LIVES;
}

int main(void)
{
    flash = (struct lp_flash){UNITS * UNIT, UNIT, board_flash.write_unit, read, program, erase};
    raw_read(record_at(0), &run, sizeof run);
    if (run.magic == RUN && run.end == END) {
        live_on();
        run.cut_at++;
    } else {
        run = (struct run){.magic = RUN, .cut_at = 1, .end = END};
        measure();
    }
    do live_until_cut(); /* back: the life has no operation cut_at */
    while (next_sweep());
    raw_erase(record_at(0));
    lp_cm3_print("cuts: ");
    print_number(run.cuts);
    lp_cm3_print(", all well\n");
    for (;;) continue;
}
