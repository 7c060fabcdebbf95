/* SPDX-License-Identifier: Apache-2.0
 *
 * cm3.h - the bare-metal port for Cortex-M (M3, M4, M7, M33), over lwIP without threads. An application's loop:
 *
 *      start.c: reset -> board_init -> MPU -> main()
 *      main:    lp_cm3_random_open, lp_cm3_net_open, lp_client_...
 *               for (;;) { lp_step; if (!lp_cm3_net_poll()) lp_cm3_sleep(ms); }
 *
 * Stack at the bottom of RAM: one that overflows leaves RAM and faults. Nothing allocates but lwIP from its pools.
 */
#ifndef LP_CM3_H
#define LP_CM3_H

#include "limpet/port.h"

/* Of linker scripts. */
extern char stack_limit[], stack_top[], ram_start[], ram_end[];

#define LP_CM3_REG(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* ---- start.c, fault.c, mpu.c ---- */
void lp_cm3_reset(void); /* where the CPU starts */
void lp_cm3_fault(void); /* all faults: a line on the UART, then a reboot */
void lp_cm3_mpu(void);   /* board_regions, and nothing else */
_Noreturn void lp_cm3_reboot(void);
void lp_cm3_print(const char *text); /* UART, no line end added */
void lp_cm3_print_hex(uint32_t);     /* eight digits */

/* ---- time.c ---- */
void lp_cm3_time_start(void);
void lp_cm3_tick(void); /* SysTick's handler, the only interrupt that is taken */
uint64_t lp_cm3_now(void);
/* Until ms have passed or a frame has come. Feeds the watchdog. */
void lp_cm3_sleep(uint32_t ms);

/* ---- random.c: no board has a generator; a seed in the store is replaced before anything is drawn ---- */
#define LP_CM3_KEY_SEED 0x8103
/* 0; LP_ERR_RANDOM: no seed in the store, or it could not be replaced: lp_port_random then fails, too. */
int lp_cm3_random_open(struct lp_kv *);

/* ---- net.c, and one of net_static.c, net_dhcp.c ---- */
#define LP_CM3_KEY_IP 0x8102 /* address, mask, gateway, name server, 4 bytes each */
struct lp_net *lp_cm3_net_open(const uint8_t mac[6],
                               const uint8_t ip[16]); /* ip NULL: DHCP; NULL: it failed */
/* Take one frame if there is one, run timers that are due: true when a frame was taken. */
bool lp_cm3_net_poll(void);
/* ms until lwIP's next timer that must not be missed. */
uint32_t lp_cm3_net_due(void);

#endif
