/* SPDX-License-Identifier: Apache-2.0
 *
 * count_plugin.c - a plugin for qemu-system-arm that counts the guest's instructions, exactly.
 *
 *   qemu-system-arm ... -plugin libcount.so,out=FILE,mark=NAME:0xADDR,gap=NAME:0xADDR
 *
 * mark   each time that the instruction at ADDR is about to be executed, the line "NAME COUNT" goes into FILE;
 *        COUNT is the number of instructions before it, since the reset that QEMU started with
 * gap    counts only, for what happens too often to be told each time; at the end, "NAME HITS LONGEST LAST": how many
 *        times ADDR was reached, the most instructions between two times, and the count at the last one
 * total  at the end, the line "total COUNT"
 *
 * A core that waits (WFI) executes nothing and counts nothing. A conditional instruction that is skipped counts.
 * A block that an exception leaves early counts whole: at most some tens of instructions for each fault, none for an
 * interrupt, which QEMU takes between blocks.
 *
 * QEMU's header is not packaged in Debian 12, so what is used of its interface is declared here: functions that
 * have been the same since the interface's first version. */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info_t;
typedef uint64_t qemu_plugin_id_t;
enum { CB_NO_REGS };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*cb)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
                                          void (*cb)(unsigned int, void *), int flags, void *user);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            void (*cb)(unsigned int, void *), int flags,
                                            void *user);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*cb)(qemu_plugin_id_t, void *),
                                    void *user);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
__attribute__((weak)) void *qemu_plugin_scoreboard_new(size_t size); /* since QEMU 9 */

/* What QEMU looks for in a plugin. */
extern int qemu_plugin_version;
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv);

int qemu_plugin_version = 1;

/* QEMU 7.2 takes versions up to 1, QEMU 10 takes those from 2; this runs before either looks. */
__attribute__((constructor)) static void choose_version(void)
{
    if (qemu_plugin_scoreboard_new) qemu_plugin_version = 2;
}

struct mark {
    const char *name;
    uint64_t addr, hits, longest, last;
    bool told; /* a line for each hit */
};

/* A hit of a mark: `left` is what the block's whole count, added at its start, is too much by. */
struct hit {
    struct mark *mark;
    uint64_t left;
};

enum { MARKS = 32 };
static struct mark marks[MARKS];
static size_t n_marks;
static uint64_t count;
static FILE *out;

static void block(unsigned int cpu, void *user)
{
    (void)cpu;
    count += (uintptr_t)user;
}

static void reached(unsigned int cpu, void *user)
{
    const struct hit *hit = user;
    struct mark *m = hit->mark;
    uint64_t now = count - hit->left;

    (void)cpu;
    if (m->told) fprintf(out, "%s %" PRIu64 "\n", m->name, now);
    if (m->hits++ && now - m->last > m->longest) m->longest = now - m->last;
    m->last = now;
}

static void place(struct mark *mark, struct qemu_plugin_insn *insn, uint64_t left)
{
    struct hit *hit = malloc(sizeof *hit); /* for as long as the block may run: until the end */

    if (!hit) abort();
    *hit = (struct hit){mark, left};
    qemu_plugin_register_vcpu_insn_exec_cb(insn, reached, CB_NO_REGS, hit);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    size_t n = qemu_plugin_tb_n_insns(tb);

    (void)id;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, block, CB_NO_REGS, (void *)(uintptr_t)n);
    for (size_t i = 0; i < n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        for (struct mark *m = marks; m < marks + n_marks; m++)
            if (qemu_plugin_insn_vaddr(insn) == m->addr) place(m, insn, n - i);
    }
}

static void end(qemu_plugin_id_t id, void *user)
{
    (void)id, (void)user;
    for (const struct mark *m = marks; m < marks + n_marks; m++)
        if (!m->told)
            fprintf(out, "%s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", m->name, m->hits, m->longest,
                    m->last);
    fprintf(out, "total %" PRIu64 "\n", count);
    fclose(out);
}

/* NAME:ADDR, of a Thumb function too, whose symbol is odd. */
static bool add_mark(char *text, bool told)
{
    char *colon = strchr(text, ':'), *stop;

    if (!colon || n_marks == MARKS) return false;
    *colon = '\0';
    marks[n_marks] = (struct mark){.name = strdup(text), .told = told};
    marks[n_marks].addr = strtoull(colon + 1, &stop, 0) & ~(uint64_t)1;
    return marks[n_marks++].name && stop != colon + 1 && !*stop;
}

static bool argument(char *text)
{
    if (!strncmp(text, "mark=", 5)) return add_mark(text + 5, true);
    if (!strncmp(text, "gap=", 4)) return add_mark(text + 4, false);
    if (strncmp(text, "out=", 4) || out) return false;
    out = fopen(text + 4, "w");
    if (out) setvbuf(out, NULL, _IOLBF, 0); /* a reader may follow while the guest runs */
    return out;
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        char *copy = strdup(argv[i]);
        bool ok = copy && argument(copy);
        free(copy);
        if (!ok) return fprintf(stderr, "count_plugin: what is '%s'?\n", argv[i]), -1;
    }
    if (!out) return fprintf(stderr, "count_plugin: out=FILE is missing\n"), -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, end, NULL);
    return 0;
}
