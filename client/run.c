/* SPDX-License-Identifier: Apache-2.0
 *
 * run.c - the loop: one epoll instance for all sockets, stdin and signals, and a heap of devices by the time they want
 * to run. A turn costs the same with one device as with thousands.
 */
#include "client/app.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define QUIT_MS    5000 /* deregistration of all devices may take so long */
#define STAGGER_MS 1    /* between the first turns of two devices */

/* ---- the heap ------------------------------------------------------------------------------------------------ */

static void place(struct app *app, struct device *d, unsigned at)
{
    app->heap[at] = d;
    d->place = at;
}

static unsigned count(const struct app *app)
{
    return app->options.count ? app->options.count : 1;
}

static void rise(struct app *app, struct device *d, unsigned at)
{
    for (; at > 0 && app->heap[(at - 1) / 2]->due > d->due; at = (at - 1) / 2)
        place(app, app->heap[(at - 1) / 2], at);
    place(app, d, at);
}

static void sink(struct app *app, struct device *d, unsigned at)
{
    unsigned n = count(app), child;
    while ((child = 2 * at + 1) < n) {
        if (child + 1 < n && app->heap[child + 1]->due < app->heap[child]->due) child++;
        if (app->heap[child]->due >= d->due) break;
        place(app, app->heap[child], at);
        at = child;
    }
    place(app, d, at);
}

void run_due(struct device *d, uint64_t due)
{
    bool later = due > d->due;
    d->due = due;
    if (later)
        sink(d->app, d, d->place);
    else
        rise(d->app, d, d->place);
}

/* ---- start and end ------------------------------------------------------------------------------------------- */

static int cannot(const char *what)
{
    fprintf(stderr, "limpet-client: %s: %s\n", what, strerror(errno));
    return 1;
}

/* Signals come as bytes to read, so that they wait for their turn like everything else. */
static int open_signals(struct app *app)
{
    sigset_t set;
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &app->signals};
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN); /* stdout closed: output.broken */
    app->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return app->signals < 0 || epoll_ctl(app->epoll, EPOLL_CTL_ADD, app->signals, &ev);
}

static void open_console(struct app *app)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &app->console};
    app->console = true;
    if (epoll_ctl(app->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &ev) == 0) return;
    app->console_polls = errno == EPERM; /* a file */
    app->console = app->console_polls;
}

/* A device takes a socket for each server, and one descriptor for its state. */
static int raise_limit(struct app *app)
{
    struct rlimit limit;
    rlim_t need = (rlim_t)count(app) * (LP_MAX_SERVERS + 2) + 64,
           least = (rlim_t)count(app) * 2 + 64;
    if (getrlimit(RLIMIT_NOFILE, &limit)) return 0;
    if (limit.rlim_cur >= need) return 0;
    limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= least) return 0;
    fprintf(stderr,
            "limpet-client: --count %u needs %llu open files, the limit is %llu (ulimit -n)\n",
            count(app), (unsigned long long)least, (unsigned long long)limit.rlim_cur);
    return 1;
}

static int open_devices(struct app *app)
{
    unsigned n = count(app);
    uint64_t now = lp_posix_now();
    app->device = calloc(n, sizeof *app->device);
    app->heap = calloc(n, sizeof *app->heap);
    if (!app->device || !app->heap) return cannot("memory");
    for (unsigned i = 0; i < n; i++) {
        int err = device_open(app, i);
        if (!err) err = device_boot(app->device[i]);
        if (err) return err;
        app->device[i]->due = now + i * STAGGER_MS;
        place(app, app->device[i], i); /* ascending: a heap already */
    }
    return 0;
}

static void close_all(struct app *app)
{
    for (unsigned i = 0; app->device && i < count(app); i++) device_close(app->device[i]);
    free(app->device);
    free(app->heap);
    free(app->line);
    if (app->signals >= 0) close(app->signals);
    if (app->epoll >= 0) close(app->epoll);
}

void run_quit(struct app *app)
{
    if (app->quitting) return;
    app->quitting = true;
    app->quit_by = lp_posix_now() + QUIT_MS;
    for (unsigned i = 0; i < count(app); i++) {
        app->device[i]->want = WANT_NOTHING;
        device_stop(app->device[i]);
        run_due(app->device[i], 0);
    }
}

static bool all_stopped(const struct app *app)
{
    if (lp_posix_now() >= app->quit_by) return true;
    for (unsigned i = 0; i < count(app); i++)
        if (!device_stopped(app->device[i])) return false;
    return true;
}

/* ---- the loop ------------------------------------------------------------------------------------------------ */

/* The first signal deregisters, the next one does not wait for it. */
static void take_signal(struct app *app)
{
    struct signalfd_siginfo info;
    while (read(app->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (app->quitting) app->quit_by = 0;
        run_quit(app);
    }
}

static void take_event(struct app *app, void *what)
{
    if (what == &app->signals)
        take_signal(app);
    else if (what == &app->console)
        console_read(app);
    else
        device_run((struct device *)(void *)((char *)what - offsetof(struct device, net)));
}

/* ms to sleep */
static int wait_for(const struct app *app)
{
    uint64_t now = lp_posix_now(), due = app->heap[0]->due;
    if (due <= now || (app->console && app->console_polls)) return 0;
    return due - now > 3600000 ? 3600000 : (int)(due - now);
}

static void turn(struct app *app)
{
    struct epoll_event ev[64];
    int n = epoll_wait(app->epoll, ev, 64, wait_for(app));
    for (int i = 0; i < n; i++) take_event(app, ev[i].data.ptr);
    if (app->console && app->console_polls) console_read(app);
    uint64_t now = lp_posix_now();
    for (unsigned i = 0; i < count(app) && app->heap[0]->due <= now;
         i++) /* each once, then the sockets again */
        device_run(app->heap[0]);
    if (app->out.broken) run_quit(app);
}

int run(struct app *app)
{
    app->signals = -1;
    app->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (app->epoll < 0) return cannot("epoll");
    int err = open_signals(app) ? cannot("signals") : 0;
    if (!err) err = raise_limit(app);
    if (!err) err = open_devices(app);
    if (!err) {
        open_console(app);
        while (!app->quitting || !all_stopped(app)) turn(app);
    }
    close_all(app);
    return err;
}
