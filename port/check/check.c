/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - see check.h. A check returns NULL, or what is wrong. The reboot is remembered in the first of the three
 * erase units; the second holds what must outlive it; the third is next door, to see that nothing spills.
 *
 * What the peer does with a datagram is said by its first byte:
 *   E ...          sends it back
 *   D ms (2) ...   sends it back so many milliseconds later
 *   L n (2)        sends n bytes
 *   S ...          sends "stranger" from another port, then sends it back
 */
#include "check/check.h"

#include <string.h>

#define PATIENCE 5000 /* ms that an answer may take */
#define SAMPLES  64
#define SAMPLE   16

static uint8_t out[LP_CHECK_DATAGRAM], in[LP_CHECK_DATAGRAM];

struct progress { /* across the reboot, in the first unit; a multiple of every write unit */
    uint8_t magic[4];
    uint16_t passed, failed;
    uint8_t sample[SAMPLE];
    uint8_t spare[8];
};
static struct progress progress;
static const uint8_t magic[4] = {'l', 'p', 'c', 'k'};

/* ---- lines ---- */

static char *add(char *to, char *end, const char *text)
{
    while (*text && to < end) *to++ = *text++;
    *to = 0;
    return to;
}

static char *add_number(char *to, char *end, unsigned n)
{
    char digits[12], *d = digits + sizeof(digits) - 1;
    *d = 0;
    do *--d = (char)('0' + n % 10);
    while (n /= 10);
    return add(to, end, d);
}

static void report(const struct lp_check *c, const char *name, const char *wrong)
{
    char line[200], *end = line + sizeof(line) - 1, *p = add(line, end, wrong ? "FAIL " : "ok   ");
    p = add(p, end, name);
    if (wrong) add(add(p, end, ": "), end, wrong);
    c->say(line);
    if (wrong)
        progress.failed++;
    else
        progress.passed++;
}

static int total(const struct lp_check *c)
{
    char line[64], *end = line + sizeof(line) - 1;
    char *p = add(add_number(line, end, progress.passed), end, " passed, ");
    add(add_number(p, end, progress.failed), end, " failed");
    c->say(line);
    return progress.failed;
}

/* ---- network ---- */

static void fill(uint8_t *p, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++) p[i] = (uint8_t)(seed + i * 7);
}

static int open_to(const struct lp_check *c, uint16_t port, uint16_t local)
{
    int h = LP_AGAIN;
    for (uint64_t end = c->now() + 2 * PATIENCE; h == LP_AGAIN && c->now() < end;) {
        h = c->net->open(c->net, c->host, port, local);
        if (h == LP_AGAIN) c->wait(20);
    }
    return h;
}

/* What comes within ms, or LP_AGAIN. */
static int take(const struct lp_check *c, int h, size_t cap, uint32_t ms)
{
    int n = LP_AGAIN;
    for (uint64_t end = c->now() + ms; n == LP_AGAIN && c->now() < end;) {
        memset(in, 0xa5, sizeof(in));
        n = c->net->recv(c->net, h, in, cap);
        if (n == LP_AGAIN) c->wait(1);
    }
    return n;
}

static void drain(const struct lp_check *c, int h)
{
    while (take(c, h, sizeof(in), 20) >= 0) {
    }
}

/* Three tries: a datagram may be lost on the way. The buffer that was sent from is spoilt at once. */
static const char *echo(const struct lp_check *c, int h, char command, size_t n)
{
    static uint8_t wanted[LP_CHECK_DATAGRAM];
    for (unsigned tries = 0; tries < 3; tries++) {
        fill(wanted, n, tries * 31 + (unsigned)n);
        wanted[0] = (uint8_t)command;
        memcpy(out, wanted, n);
        int sent = c->net->send(c->net, h, out, n);
        memset(out, 0xee, sizeof(out));
        if (sent != 0 && sent != LP_AGAIN) return "send refused it";
        int got = take(c, h, sizeof(in), PATIENCE / 3);
        if (got < 0) continue;
        if ((size_t)got != n) return "it came back with another length";
        if (memcmp(in, wanted, n) != 0)
            return "it came back changed: does send keep the caller's pointer?";
        return NULL;
    }
    return "nothing came back: is the peer running (scripts/port-check --peer), does recv see it?";
}

static const char *closing(const struct lp_check *c, int h, const char *wrong)
{
    c->net->close(c->net, h);
    return wrong;
}

static const char *with_handle(const struct lp_check *c,
                               const char *(*check)(const struct lp_check *, int))
{
    int h = open_to(c, c->port, 0);
    if (h == LP_AGAIN) return "open says LP_AGAIN for ever";
    if (h < 0) return "open failed";
    return closing(c, h, check(c, h));
}

static const char *nothing_there(const struct lp_check *c, int h)
{
    int n = c->net->recv(c->net, h, in, sizeof(in));
    return n == LP_AGAIN ? NULL : "recv without a datagram must say LP_AGAIN";
}
static const char *net_empty(const struct lp_check *c)
{
    return with_handle(c, nothing_there);
}

static const char *one_byte(const struct lp_check *c, int h)
{
    return echo(c, h, 'E', 1);
}
static const char *net_smallest(const struct lp_check *c)
{
    return with_handle(c, one_byte);
}

static const char *sizes(const struct lp_check *c, int h)
{
    static const uint16_t n[] = {2, 3, 4, 5, 63, 64, 65, 255, 576};
    const char *wrong = NULL;
    for (unsigned i = 0; !wrong && i < sizeof(n) / sizeof(*n); i++) wrong = echo(c, h, 'E', n[i]);
    return wrong ? wrong : echo(c, h, 'E', c->largest ? c->largest : LP_CHECK_DATAGRAM);
}
static const char *net_sizes(const struct lp_check *c)
{
    return with_handle(c, sizes);
}

static int ask_for(const struct lp_check *c, int h, size_t n)
{
    const uint8_t ask[] = {'L', (uint8_t)(n >> 8), (uint8_t)n};
    return c->net->send(c->net, h, ask, sizeof(ask));
}

static const char *empty_datagram(const struct lp_check *c, int h)
{
    for (int tries = 0; tries < 3; tries++) {
        ask_for(c, h, 0);
        int n = take(c, h, sizeof(in), PATIENCE / 3);
        if (n >= 0) return n == 0 ? NULL : "it came with another length";
    }
    return "recv never gave it: 0 is a length, not LP_AGAIN";
}
static const char *net_zero(const struct lp_check *c)
{
    return with_handle(c, empty_datagram);
}

static const char *too_long(const struct lp_check *c, int h)
{
    ask_for(c, h, 200);
    c->wait(300);
    int n = c->net->recv(c->net, h, in, 100);
    if (n >= 0) return "it was cut: drop it whole";
    for (size_t i = 100; i < sizeof(in); i++)
        if (in[i] != 0xa5) return "recv wrote behind the buffer";
    return n == LP_AGAIN ? echo(c, h, 'E', 40) : "recv must drop it and say LP_AGAIN";
}
static const char *net_too_long(const struct lp_check *c)
{
    memset(in, 0xa5, sizeof(in));
    return with_handle(c, too_long);
}

static const char *stranger(const struct lp_check *c, int h)
{
    const char *wrong = echo(c, h, 'S', 30);
    if (wrong) return "a datagram from another port was given out, or kept the next one away";
    int n = take(c, h, sizeof(in), 200);
    return n == LP_AGAIN ? NULL : "a datagram from another port was given out";
}
static const char *net_stranger(const struct lp_check *c)
{
    return with_handle(c, stranger);
}

static const char *second(const struct lp_check *c, int h)
{
    int other = open_to(c, c->port, 0);
    if (other < 0) return "the second open failed";
    if (other == h) return closing(c, other, "both got the same handle");
    const char *wrong = echo(c, other, 'E', 50);
    if (!wrong && take(c, h, sizeof(in), 100) != LP_AGAIN)
        wrong = "what was for one came to the other";
    if (!wrong) wrong = echo(c, h, 'E', 51);
    closing(c, other, NULL);
    return wrong ? wrong : echo(c, h, 'E', 52);
}
static const char *net_two(const struct lp_check *c)
{
    return with_handle(c, second);
}

static const char *net_again(const struct lp_check *c)
{
    for (int i = 0; i < 20; i++) {
        int h = open_to(c, c->port, 40123);
        if (h < 0) return "open fails after some rounds: does close free everything, its port too?";
        const char *wrong = i % 5 ? NULL : echo(c, h, 'E', 20);
        closing(c, h, NULL);
        if (wrong) return wrong;
    }
    return NULL;
}

static const char *dead_port(const struct lp_check *c, int h)
{
    int dead = open_to(c, (uint16_t)(c->port ^ 1), 0);
    if (dead < 0) return "open failed: nobody is asked at open";
    const char *wrong = NULL;
    for (int i = 0; i < 3 && !wrong; i++) {
        int n = c->net->send(c->net, dead, "E", 1);
        if (n != 0 && n != LP_ERR_NET && n != LP_AGAIN) wrong = "send must say 0 or LP_ERR_NET";
        n = take(c, dead, sizeof(in), 100);
        if (n != LP_AGAIN && n != LP_ERR_NET) wrong = "recv must say LP_AGAIN or LP_ERR_NET";
    }
    closing(c, dead, NULL);
    drain(c, h);
    return wrong ? wrong : echo(c, h, 'E', 60);
}
static const char *net_dead(const struct lp_check *c)
{
    return with_handle(c, dead_port);
}

/* ---- time ---- */

static const char *time_forward(const struct lp_check *c)
{
    uint64_t last = c->now();
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t now = c->now();
        if (now < last)
            return "the clock went back: is reading both of its halves interrupted by a tick?";
        last = now;
    }
    return NULL;
}

static const char *time_waits(const struct lp_check *c)
{
    uint64_t start = c->now();
    c->wait(200);
    uint64_t passed = c->now() - start;
    if (passed < 199) return "200 ms of waiting took less by the clock";
    return passed < 1000 ? NULL : "200 ms of waiting took over a second by the clock";
}

/* The peer's second against ours. */
static const char *second_long(const struct lp_check *c, int h)
{
    uint8_t ask[] = {'D', 1000 >> 8, 1000 & 255};
    uint64_t start = c->now();
    c->net->send(c->net, h, ask, sizeof(ask));
    if (take(c, h, sizeof(in), PATIENCE) != sizeof(ask)) return "the peer did not answer";
    uint64_t passed = c->now() - start;
    if (passed < 900) return "the clock is slow: the peer's second was shorter here";
    return passed < 1500 ? NULL : "the clock is fast: the peer's second was longer here";
}
static const char *time_rate(const struct lp_check *c)
{
    return with_handle(c, second_long);
}

/* ---- random ---- */

static const char *random_lengths(const struct lp_check *c)
{
    (void)c;
    for (size_t n = 0; n <= 300; n += n < 40 ? 1 : 130) {
        memset(in, 0, sizeof(in));
        if (lp_port_random(in, n) != 0) return "lp_port_random failed";
        for (size_t i = n; i < n + 16; i++)
            if (in[i]) return "it wrote behind what was asked for";
        bool any = n < 8;
        for (size_t i = 0; i < n; i++) any |= in[i] != 0;
        if (!any) return "it wrote nothing";
    }
    return NULL;
}

static const char *random_looks(const struct lp_check *c)
{
    unsigned ones = 0;
    (void)c;
    for (unsigned i = 0; i < SAMPLES; i++)
        if (lp_port_random(in + i * SAMPLE, SAMPLE) != 0) return "lp_port_random failed";
    for (unsigned i = 0; i < SAMPLES; i++)
        for (unsigned k = 0; k < i; k++)
            if (!memcmp(in + i * SAMPLE, in + k * SAMPLE, SAMPLE)) return "it repeats itself";
    for (unsigned i = 0; i < SAMPLES * SAMPLE * 8; i++) ones += (unsigned)in[i / 8] >> (i & 7) & 1u;
    unsigned half = SAMPLES * SAMPLE * 4;
    return ones > half - 400 && ones < half + 400 ? NULL : "ones and zeros are not balanced";
}

/* ---- flash ---- */

static const char *flash_geometry(const struct lp_check *c)
{
    const struct lp_flash *f = c->flash;
    if (f->write_unit < 1 || f->write_unit > 16 || (f->write_unit & (f->write_unit - 1)))
        return "write_unit is 1, 2, 4, 8 or 16";
    if (f->erase_unit < 128 || f->erase_unit > 1 << 20 || f->erase_unit % f->write_unit)
        return "erase_unit is 128 bytes to 1 MiB, and whole write units";
    if (f->size % f->erase_unit) return "size is a multiple of erase_unit";
    if (c->at % f->erase_unit || c->at + LP_CHECK_UNITS * f->erase_unit > f->size)
        return "the place for scribbling is not inside, or not aligned";
    return NULL;
}

/* NULL, if [at, at + n) reads as want says: seed, or erased. */
static const char *reads(const struct lp_check *c, uint32_t at, uint32_t n, int seed)
{
    for (uint32_t i = 0; i < n;) {
        uint32_t step = n - i < 97 ? n - i : 97; /* odd addresses and lengths */
        if (c->flash->read(c->flash, at + i, in, step) != 0) return "read failed";
        for (uint32_t k = 0; k < step; k++, i++)
            if (in[k] != (seed < 0 ? 0xff : (uint8_t)((unsigned)seed + i * 7)))
                return seed < 0 ? "an erased byte does not read as 0xff" : "it reads back changed";
    }
    return NULL;
}

static const char *programs(const struct lp_check *c, uint32_t at, uint32_t n, unsigned seed)
{
    static uint8_t from[65]; /* + 1: sources that are not aligned */
    for (uint32_t i = 0; i < n; i += 64) {
        fill(from + 1, 64, seed + i * 7);
        if (c->flash->program(c->flash, at + i, from + 1, n - i < 64 ? n - i : 64) != 0)
            return "program failed";
    }
    return NULL;
}

static uint32_t unit_at(const struct lp_check *c, uint32_t unit)
{
    return c->at + unit * c->flash->erase_unit;
}

static const char *flash_erase(const struct lp_check *c)
{
    const char *wrong = NULL;
    for (uint32_t u = 0; !wrong && u < LP_CHECK_UNITS; u++) {
        if (c->flash->erase(c->flash, unit_at(c, u)) != 0) return "erase failed";
        wrong = reads(c, unit_at(c, u), c->flash->erase_unit, -1);
    }
    return wrong;
}

static const char *flash_program(const struct lp_check *c)
{
    uint32_t n = c->flash->erase_unit;
    const char *wrong = programs(c, unit_at(c, 1), n, 5);
    if (!wrong) wrong = reads(c, unit_at(c, 1), n, 5);
    if (!wrong && reads(c, unit_at(c, 2), n, -1)) wrong = "it spilled into the next erase unit";
    return wrong;
}

/* Unit by unit, as the store does it: each write unit alone. */
static const char *flash_unit(const struct lp_check *c)
{
    uint32_t w = c->flash->write_unit;
    const char *wrong = NULL;
    for (uint32_t i = 0; !wrong && i < 4; i++) {
        fill(out + 3, w, 9 + i * w * 7);
        if (c->flash->program(c->flash, unit_at(c, 2) + i * w, out + 3, w) != 0)
            wrong = "programming one write unit failed";
        if (!wrong) wrong = reads(c, unit_at(c, 2), (i + 1) * w, 9);
        if (!wrong && reads(c, unit_at(c, 2) + (i + 1) * w, 4 * w, -1))
            wrong = "more than one write unit was programmed";
    }
    return wrong;
}

static const char *flash_neighbour(const struct lp_check *c)
{
    if (c->flash->erase(c->flash, unit_at(c, 2)) != 0) return "erase failed";
    const char *wrong = reads(c, unit_at(c, 2), c->flash->erase_unit, -1);
    if (!wrong && reads(c, unit_at(c, 1), c->flash->erase_unit, 5))
        wrong = "erasing one unit changed the one before";
    if (wrong || c->flash->erase(c->flash, unit_at(c, 0)) != 0)
        return wrong ? wrong : "erase failed";
    return reads(c, unit_at(c, 1), c->flash->erase_unit, 5) ? "erasing one unit changed the next"
                                                            : NULL;
}

/* ---- reboot ---- */

static const char *remember(const struct lp_check *c)
{
    memcpy(progress.magic, magic, sizeof(magic));
    if (lp_port_random(progress.sample, SAMPLE) != 0) return "lp_port_random failed";
    if (c->flash->erase(c->flash, c->at) != 0 ||
        c->flash->program(c->flash, c->at, &progress, sizeof(progress)) != 0)
        return "what is to outlive the reboot cannot be written";
    return NULL;
}

static bool rebooted(const struct lp_check *c)
{
    return c->flash && c->flash->read(c->flash, c->at, &progress, sizeof(progress)) == 0 &&
           !memcmp(progress.magic, magic, sizeof(magic));
}

static const char *reboot_kept(const struct lp_check *c)
{
    return reads(c, unit_at(c, 1), c->flash->erase_unit, 5)
               ? "what was in flash is not there any more"
               : NULL;
}

static const char *reboot_random(const struct lp_check *c)
{
    (void)c;
    for (unsigned i = 0; i < SAMPLES; i++)
        if (lp_port_random(in, SAMPLE) != 0 || !memcmp(in, progress.sample, SAMPLE))
            return "the same bytes come after each start: it is not seeded";
    return NULL;
}

/* ---- all of them ---- */

enum part { NET, TIME, RANDOM, FLASH, REBOOT };
static const struct {
    uint8_t part;
    const char *name;
    const char *(*run)(const struct lp_check *);
} checks[] = {
    {FLASH, "flash: geometry", flash_geometry},
    {FLASH, "flash: an erased unit reads as 0xff", flash_erase},
    {FLASH, "flash: a programmed unit reads back", flash_program},
    {FLASH, "flash: one write unit at a time", flash_unit},
    {FLASH, "flash: erasing leaves the neighbours alone", flash_neighbour},
    {RANDOM, "random: 0 to 300 bytes", random_lengths},
    {RANDOM, "random: looks random", random_looks},
    {TIME, "time: never goes back", time_forward},
    {TIME, "time: goes on while waiting", time_waits},
    {NET, "time: a second is a second", time_rate},
    {NET, "net: nothing there yet", net_empty},
    {NET, "net: a datagram of 1 byte comes back", net_smallest},
    {NET, "net: datagrams of 2 bytes to the largest", net_sizes},
    {NET, "net: a datagram of no bytes", net_zero},
    {NET, "net: a datagram longer than the buffer", net_too_long},
    {NET, "net: a datagram from another port is not given out", net_stranger},
    {NET, "net: two handles at once", net_two},
    {NET, "net: open and close, the same local port each time", net_again},
    {NET, "net: a port where nobody listens", net_dead},
    {REBOOT, "reboot: it happened, flash kept its content", reboot_kept},
    {REBOOT, "reboot: other random bytes than before", reboot_random},
};

static void run(const struct lp_check *c, bool after_reboot)
{
    const bool given[] = {c->net && c->host, true, true, c->flash != NULL, true};
    static const char *const left_out[] = {"left out: the network", "", "",
                                           "left out: flash, and with it the reboot", ""};
    bool sound = true;
    for (unsigned p = NET; !after_reboot && p <= FLASH; p++)
        if (!given[p]) c->say(left_out[p]);
    for (unsigned i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
        if ((checks[i].part == REBOOT) != after_reboot || !given[checks[i].part]) continue;
        if (checks[i].part == FLASH && !sound)
            continue; /* a wrong geometry: not one byte is written */
        const char *wrong = checks[i].run(c);
        report(c, checks[i].name, wrong);
        if (checks[i].run == flash_geometry) sound = !wrong;
    }
}

int lp_port_check(const struct lp_check *c)
{
    bool after = c->reboot && rebooted(c);
    if (!after) memset(&progress, 0, sizeof(progress));
    run(c, after);
    if (!after && c->reboot && c->flash && !progress.failed) {
        const char *wrong = remember(c);
        c->say("rebooting");
        if (!wrong) c->reboot();
        report(c, "reboot", wrong ? wrong : "reboot returned");
    }
    if (after && c->flash->erase(c->flash, c->at) != 0) report(c, "flash: last erase", "failed");
    return total(c);
}
