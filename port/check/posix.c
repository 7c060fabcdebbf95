/* SPDX-License-Identifier: Apache-2.0
 *
 * posix.c - port/check on the POSIX port: port-check ADDRESS PORT FILE. FILE plays the flash. A reboot is the program
 * starting itself anew. scripts/port-check runs it with its peer. */
#include "check/check.h"
#include "posix/posix.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct lp_posix_net net;
static char **arguments;

static void let_pass(uint32_t ms)
{
    for (uint64_t end = lp_posix_now() + ms, now; (now = lp_posix_now()) < end;)
        lp_posix_wait(&net, -1, (uint32_t)(end - now));
}

static void reboot(void)
{
    lp_posix_net_close(&net);
    execv("/proc/self/exe", arguments);
}

static void say(const char *line)
{
    puts(line);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct lp_posix_flash flash;
    if (argc != 4)
        return fprintf(stderr, "usage: port-check ADDRESS PORT FILE (see scripts/port-check)\n"), 2;
    arguments = argv;
    lp_posix_net_init(&net, -1);
    if (lp_posix_flash_open(&flash, argv[3], 8 * 4096, 4096, 4) != 0) {
        perror(argv[3]);
        return 1;
    }
    struct lp_check check = {.net = &net.net,
                             .host = argv[1],
                             .port = (uint16_t)atoi(argv[2]),
                             .flash = &flash.flash,
                             .now = lp_posix_now,
                             .wait = let_pass,
                             .reboot = reboot,
                             .say = say};
    return lp_port_check(&check) ? 1 : 0;
}
