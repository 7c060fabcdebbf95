/* SPDX-License-Identifier: Apache-2.0
 *
 * path.c - see path.h.
 */
#include "bytes/path.h"
#include "bytes/num.h"

#include <string.h>

/* A path as five numbers: dev, then one for each level. */
#define LEVELS 4
_Static_assert(sizeof(struct lp_path) == (LEVELS + 1) * sizeof(uint16_t), "a path is five numbers");

static const uint16_t *numbers(const struct lp_path *p)
{
    return (const uint16_t *)(const void *)p;
}

void lp_path_set(struct lp_path *p, enum lp_level level, uint16_t id)
{
    ((uint16_t *)(void *)p)[level] = id;
}

enum lp_level lp_path_level(const struct lp_path *p)
{
    const uint16_t *n = numbers(p) + 1;
    unsigned level = 0;
    while (level < LEVELS && n[level] != LP_NONE) level++;
    return (enum lp_level)level;
}

bool lp_path_equal(const struct lp_path *a, const struct lp_path *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool lp_path_covers(const struct lp_path *outer, const struct lp_path *inner)
{
    return memcmp(outer, inner, (lp_path_level(outer) + 1u) * sizeof(uint16_t)) == 0;
}

struct lp_path lp_path_cut(const struct lp_path *p, enum lp_level level)
{
    struct lp_path cut = *p;
    while (level++ < LEVELS) lp_path_set(&cut, level, LP_NONE);
    return cut;
}

/* Put the id that these digits say behind the other ones of *p. False: no id, or no level left. */
static bool add_level(struct lp_path *p, struct lp_span digits)
{
    enum lp_level level = lp_path_level(p);
    uint64_t id;
    if (level == LP_LEVEL_RINSTANCE || lp_get_uint(digits, &id) || id >= LP_NONE) return false;
    lp_path_set(p, level + 1, (uint16_t)id);
    return true;
}

int lp_path_parse(struct lp_path *p, struct lp_span s)
{
    *p = LP_ROOT;
    if (s.n == 0) return LP_ERR_FORMAT;
    const char *at = s.p, *end = at + s.n;
    if (s.n == 1 && *at == '/') return 0;
    while (at < end) {
        if (*at++ != '/') return LP_ERR_FORMAT;
        const char *id = at;
        while (at < end && *at != '/') at++;
        if (!add_level(p, (struct lp_span){id, (size_t)(at - id)})) return LP_ERR_FORMAT;
    }
    return 0;
}

void lp_path_put(struct lp_out *o, const struct lp_path *p)
{
    const uint16_t *n = numbers(p) + 1;
    unsigned level = 0;
    do {
        lp_out_u8(o, '/');
        if (n[level] != LP_NONE) lp_put_uint(o, n[level]);
    } while (++level < LEVELS && n[level] != LP_NONE);
}

const char *lp_path_text(const struct lp_path *p, char buf[LP_PATH_TEXT])
{
    struct lp_out o;
    lp_out_init(&o, buf, LP_PATH_TEXT);
    lp_path_put(&o, p);
    lp_out_u8(&o, 0);
    return buf;
}

int lp_path_from_coap(struct lp_path *p, const struct lp_coap *c)
{
    struct lp_option_iter at = {0, 0};
    struct lp_option o;
    *p = LP_ROOT;
    while (lp_coap_next(c, &at, &o))
        if (o.number == LP_OPT_URI_PATH && !add_level(p, o.value)) return LP_ERR_NOT_FOUND;
    return 0;
}
