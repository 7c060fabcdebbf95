/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - limpet-server: one process, one thread. Sockets and signals are here, all else is behind server.h and
 * http.h.
 */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "server/http.h"
#include "server/log.h"
#include "server/loop.h"
#include "server/net.h"
#include "server/options.h"
#include "server/server.h"

#define DATAGRAMS 64 /* taken from a socket before others have their turn */

struct program {
    struct options o;
    struct server s;
    struct http *http;
    struct loop loop;
    int udp[2], tcp, signals;
    bool stop;
};

static void set_clock(struct server *s)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    s->now = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
    clock_gettime(CLOCK_REALTIME, &t);
    s->wall = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int fail(const char *format, const char *what, const char *why)
{
    fputs("limpet-server: ", stderr);
    fprintf(stderr, format, what, why);
    fputc('\n', stderr);
    return 1;
}

/* ---- datagrams ---- */

static void transmit(void *ctx, enum transport t, const struct addr *to, const void *p, size_t n)
{
    const struct program *g = ctx;
    net_send(g->udp[t], to, p, (unsigned)n);
}

static void receive(struct program *g, enum transport t)
{
    static uint8_t buf[65536];
    struct addr from;
    int n;
    for (int i = 0; i < DATAGRAMS && (n = net_recv(g->udp[t], &from, buf, sizeof(buf))) >= 0; i++)
        server_datagram(&g->s, t, &from, buf, (size_t)n);
}

static void coap_ready(void *ctx)
{
    receive(ctx, COAP);
}

static void coaps_ready(void *ctx)
{
    receive(ctx, COAPS);
}

/* ---- the rest ---- */

static void http_ready(void *ctx)
{
    struct program *g = ctx;
    http_run(g->http);
}

static void signalled(void *ctx)
{
    struct program *g = ctx;
    struct signalfd_siginfo info;
    if (read(g->signals, &info, sizeof(info)) == sizeof(info)) g->stop = true;
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int open_sockets(struct program *g)
{
    static const char *const hint =
        "cannot listen on %s: %s; another port can be given, 0 takes a free one";
    struct addr *all[] = {&g->o.coap, &g->o.coaps, &g->o.http};
    int *fds[] = {&g->udp[COAP], &g->udp[COAPS], &g->tcp};
    static const char *const names[] = {"--coap", "--coaps", "--http"};
    char text[ADDR_TEXT + 10];
    for (int i = 0; i < 3; i++) {
        char address[ADDR_TEXT];
        snprintf(text, sizeof(text), "%s %s", names[i], addr_text(all[i], address));
        *fds[i] = i < 2 ? net_udp(all[i]) : net_tcp(all[i]);
        if (*fds[i] < 0) return fail(hint, text, strerror(errno));
    }
    return 0;
}

static void say_ready(const struct program *g)
{
    char coap[ADDR_TEXT], coaps[ADDR_TEXT], http[ADDR_TEXT];
    addr_text(&g->o.coap, coap);
    addr_text(&g->o.coaps, coaps);
    addr_text(&g->o.http, http);
    log_start(g->o.json ? LOG_JSON : LOG_TEXT);
    if (g->o.json)
        log_object(json_pack("{s:s, s:s, s:s, s:s}", "event", "ready", "coap", coap, "coaps", coaps,
                             "http", http));
    else
        log_event("ready", NULL, "coap://%s  coaps://%s  http://%s/", coap, coaps, http);
}

static void raise_limits(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max < 4096 ? files.rlim_max : 4096;
    setrlimit(RLIMIT_NOFILE, &files);
}

/* 0, or the exit status. */
static int start(struct program *g)
{
    char *why = NULL;
    raise_limits();
    set_clock(&g->s);
    int status = open_sockets(g);
    if (status) return status;
    struct server_config c = {.db = g->o.db,
                              .coaps = true,
                              .insecure_bootstrap =
                                  g->o.insecure_bootstrap || addr_is_loopback(&g->o.coap),
                              .max_peers = g->o.max_peers,
                              .max_handshakes = g->o.max_handshakes,
                              .transmit = transmit,
                              .ctx = g};
    if (server_open(&g->s, &c, &why) != 0) {
        fail("%s%s", why, "");
        free(why);
        return 1;
    }
    g->http = http_start(&g->s, g->tcp, g->o.token);
    g->signals = open_signals();
    if (!g->http || g->signals < 0 || loop_open(&g->loop) != 0)
        return fail("%s%s", "HTTP cannot be started: ", strerror(errno));
    loop_add(&g->loop, g->udp[COAP], coap_ready, g);
    loop_add(&g->loop, g->udp[COAPS], coaps_ready, g);
    loop_add(&g->loop, http_fd(g->http), http_ready, g);
    loop_add(&g->loop, g->signals, signalled, g);
    say_ready(g);
    server_load(&g->s);
    return 0;
}

static void run(struct program *g)
{
    while (!g->stop) {
        uint32_t wait = server_tick(&g->s), http = http_wait(g->http);
        if (http < wait) wait = http;
        loop_wait(&g->loop, wait);
        set_clock(&g->s);
        if (http_wait(g->http) == 0) http_run(g->http); /* what was resumed meanwhile */
    }
}

static void end(struct program *g)
{
    http_stopping(g->http);
    server_close(&g->s);
    http_stop(g->http);
    loop_close(&g->loop);
    close(g->udp[COAP]);
    close(g->udp[COAPS]);
    close(g->signals);
    log_event("stopped", NULL, "associations are saved: devices carry on after the next start");
}

int main(int argc, char **argv)
{
    static struct program g;
    int status = options_parse(&g.o, argc, argv);
    if (status >= 0) return status;
    status = start(&g);
    if (status) return status;
    run(&g);
    end(&g);
    return 0;
}
