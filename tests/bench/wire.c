/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device's life costs on the wire (UDP payloads over DTLS, PSK-AES128-CCM-8, connection ID), and in RAM: a line
 * "name value unit" each. The life is that of tests/life.h, on a wire without faults.
 */
#include <stdio.h>

#include "life.h"

static void line(const char *name, enum life_step step, const struct life *l)
{
    uint32_t up = l->bytes[step + 1][LP_SIM_UP] - l->bytes[step][LP_SIM_UP];
    uint32_t down = l->bytes[step + 1][LP_SIM_DOWN] - l->bytes[step][LP_SIM_DOWN];
    uint32_t datagrams =
        l->sent[step + 1][0] + l->sent[step + 1][1] - l->sent[step][0] - l->sent[step][1];
    printf("%s, bytes on the wire both ways (%u up, %u down, %u datagrams)\t%u\tbytes\n", name,
           (unsigned)up, (unsigned)down, (unsigned)datagrams, (unsigned)(up + down));
}

int main(void)
{
    struct life *l = life_new(1);
    life_run(l, 3600000);
    const char *error = life_check(l);
    if (error) {
        fprintf(stderr, "wire: %s in step %s\n", error, life_names[l->step]);
        return 1;
    }
    line("bootstrap with its handshake", LIFE_BOOTSTRAP, l);
    line("registration with its handshake", LIFE_REGISTER, l);
    line("read", LIFE_READ, l);
    line("notification, acknowledged", LIFE_NOTIFY, l);
    line("update", LIFE_UPDATE, l);
    line("wake-up from a sleep that lost the RAM, to tell a value", LIFE_SLEEP, l);
    line("wake-up with a saved association, registered again", LIFE_REBOOT, l);
    line("new address, update", LIFE_REBIND, l);
    printf("RAM of struct lp_client on this machine\t%zu\tbytes\n", sizeof(struct lp_client));
    life_free(l);
    return 0;
}
