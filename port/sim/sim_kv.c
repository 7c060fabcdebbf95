/* SPDX-License-Identifier: Apache-2.0
 *
 * sim_kv.c - a store in RAM that fails, or loses power, at an operation of the test's choice. Values stand in memory
 * of their exact length, so that a sanitizer sees a reader that goes too far.
 */
#include "sim/sim.h"

#include <stdlib.h>
#include <string.h>

static int find(const struct lp_sim_kv *s, uint16_t key)
{
    for (int i = 0; i < LP_SIM_KEYS; i++)
        if (s->entry[i].used && s->entry[i].key == key) return i;
    return -1;
}

/* 0: go on; LP_ERR_STORE: fail without effect; *after: fail with it. */
static int operation(struct lp_sim_kv *s, bool *after)
{
    *after = false;
    if (s->cut) return LP_ERR_STORE;
    if (++s->operations != s->fail_at) return 0;
    s->fail_at = 0;
    s->faults++;
    s->cut = s->fault != LP_SIM_KV_FAIL;
    *after = s->fault == LP_SIM_KV_CUT_AFTER;
    return *after ? 0 : LP_ERR_STORE;
}

static int kv_get(struct lp_kv *self, uint16_t key, void *p, size_t cap)
{
    struct lp_sim_kv *s = (struct lp_sim_kv *)(void *)self;
    bool after;
    if (operation(s, &after) != 0 || after) return LP_ERR_STORE;
    int i = find(s, key);
    if (i < 0) return LP_ERR_NOT_FOUND;
    size_t n = s->entry[i].n < cap ? s->entry[i].n : cap;
    if (n) memcpy(p, s->entry[i].p, n);
    return (int)s->entry[i].n;
}

static void drop(struct lp_sim_kv *s, int i)
{
    free(s->entry[i].p);
    memset(&s->entry[i], 0, sizeof(s->entry[i]));
}

static size_t size_without(const struct lp_sim_kv *s, uint16_t key)
{
    size_t n = 0;
    for (int i = 0; i < LP_SIM_KEYS; i++)
        if (s->entry[i].used && s->entry[i].key != key) n += s->entry[i].n;
    return n;
}

static int kv_put(struct lp_kv *self, uint16_t key, const void *p, size_t n)
{
    struct lp_sim_kv *s = (struct lp_sim_kv *)(void *)self;
    bool after;
    if (operation(s, &after) != 0) return LP_ERR_STORE;
    s->writes++;
    int i = find(s, key);
    for (int k = 0; i < 0 && k < LP_SIM_KEYS; k++)
        if (!s->entry[k].used) i = k;
    if (i < 0 || (s->max && size_without(s, key) + n > s->max)) return LP_ERR_FULL;
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy) abort();
    if (n) memcpy(copy, p, n);
    drop(s, i);
    s->entry[i].used = true;
    s->entry[i].key = key;
    s->entry[i].n = n;
    s->entry[i].p = copy;
    return after ? LP_ERR_STORE : 0;
}

static int kv_del(struct lp_kv *self, uint16_t key)
{
    struct lp_sim_kv *s = (struct lp_sim_kv *)(void *)self;
    bool after;
    if (operation(s, &after) != 0) return LP_ERR_STORE;
    s->writes++;
    int i = find(s, key);
    if (i >= 0) drop(s, i);
    return after ? LP_ERR_STORE : 0;
}

void lp_sim_kv_init(struct lp_sim_kv *s)
{
    memset(s, 0, sizeof(*s));
    s->kv = (struct lp_kv){kv_get, kv_put, kv_del};
}

void lp_sim_kv_free(struct lp_sim_kv *s)
{
    for (int i = 0; i < LP_SIM_KEYS; i++)
        if (s->entry[i].used) drop(s, i);
}

void lp_sim_kv_plan(struct lp_sim_kv *s, uint32_t n, enum lp_sim_kv_fault fault)
{
    s->fail_at = s->operations + n;
    s->fault = fault;
}

void lp_sim_kv_reboot(struct lp_sim_kv *s)
{
    s->cut = false;
    s->fail_at = 0;
}
