/* SPDX-License-Identifier: Apache-2.0
 *
 * The store on flash of any content. Input: a byte that chooses the geometry, a byte that says how many operations
 * follow, three bytes each (what, key, length), then the content of the flash from its start. Whatever stands there,
 * nothing is read or programmed outside of the flash, no unit is programmed twice, and what was put can be read. */
#include "limpet/store.h"
#include "sim/sim.h"

#include <stdlib.h>
#include <string.h>

static const uint32_t geometry[4][3] = {{2, 128, 1}, {4, 256, 4}, {2, 512, 8}, {4, 128, 16}};

static void require(bool condition)
{
    if (!condition) abort();
}

static void one(struct lp_store *s, const uint8_t *op)
{
    uint8_t value[256], now[256];
    uint16_t key = (uint16_t)(op[1] << 8 | (op[1] & 3));
    memset(value, op[0], sizeof value);
    if (op[0] % 4 == 0) {
        int err = s->kv.del(&s->kv, key);
        if (!err) require(s->kv.get(&s->kv, key, now, sizeof now) == LP_ERR_NOT_FOUND);
    } else if (op[0] % 4 == 1) {
        s->kv.get(&s->kv, key, now, op[2]);
        for (int k = -1; (k = lp_store_next(s, k)) >= 0;) require(k <= 0xffff);
    } else {
        int err = s->kv.put(&s->kv, key, value, op[2]);
        require(!err || err == LP_ERR_FULL || err == LP_ERR_STORE);
        if (err) return;
        require(s->kv.get(&s->kv, key, now, sizeof now) == op[2] && !memcmp(value, now, op[2]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct lp_sim_flash f;
    struct lp_store s;
    if (n < 2 || n < 2 + 3u * p[1]) return 0;
    const uint32_t *g = geometry[p[0] % 4];
    const uint8_t *content = p + 2 + 3 * p[1];
    size_t content_n = n - 2 - 3u * p[1];
    lp_sim_flash_init(&f, g[0], g[1], g[2], 1);
    if (content_n > f.flash.size) content_n = f.flash.size;
    lp_sim_flash_fill(&f, 0, content, content_n);
    for (uint32_t i = 0; i < f.flash.size; i++) f.used[i] = f.p[i] != 0xff; /* the rest is erased */
    if (lp_store_open(&s, &f.flash, 0, g[0]) == 0)
        for (unsigned i = 0; i < p[1]; i++) one(&s, p + 2 + 3 * i);
    require(f.violations == 0);
    lp_sim_flash_free(&f);
    return 0;
}
