/* SPDX-License-Identifier: Apache-2.0
 *
 * argval.c - values of options. Each mistake is told with what would be right.
 */
#include "client/argval.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes/num.h"
#include "client/values.h"

int bad(struct parse *p, const char *form, ...)
{
    va_list args;
    va_start(args, form);
    vsnprintf(p->error, p->size, form, args);
    va_end(args);
    return -1;
}

int take_number(struct parse *p, const struct option *o, const char *value, uint64_t min,
                uint64_t max, uint64_t *to)
{
    if (!lp_get_uint((struct lp_span){value, strlen(value)}, to) && *to >= min && *to <= max)
        return 0;
    return bad(p, "--%s %s: expected a number from %llu to %llu", o->name, value,
               (unsigned long long)min, (unsigned long long)max);
}

int take_seconds(struct parse *p, const struct option *o, const char *value, double max,
                 uint32_t *ms)
{
    double s;
    if (lp_get_float((struct lp_span){value, strlen(value)}, &s) || s < 0.001 || s > max)
        return bad(p, "--%s %s: expected seconds, as 93 or 0.5", o->name, value);
    *ms = (uint32_t)(s * 1000 + 0.5);
    return 0;
}

/* ---- servers and keys ---- */

void account_init(struct account *a)
{
    memset(a, 0, sizeof *a);
    a->lp.security_iid = a->lp.server_iid = -1;
    a->lp.mode = LP_SEC_NOSEC;
}

static bool has_prefix(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

int take_uri(struct parse *p, const char *value, bool bootstrap)
{
    const char *dash = bootstrap ? "-b" : "-s";
    if (has_prefix(value, "coap+") || has_prefix(value, "coaps+"))
        return bad(p,
                   "%s %s: CoAP over TCP comes with a later version: expected coap:// or coaps://",
                   dash, value);
    if (!has_prefix(value, "coap://") && !has_prefix(value, "coaps://"))
        return bad(p, "%s %s: expected coap://HOST[:PORT] or coaps://HOST[:PORT]", dash, value);
    if (strlen(value) > LP_MAX_URI)
        return bad(p, "%s: a URI has at most %d characters, not %zu", dash, LP_MAX_URI,
                   strlen(value));
    memcpy(p->at->uri, value, strlen(value) + 1);
    p->at->lp.bootstrap = bootstrap;
    p->at->lp.mode = has_prefix(value, "coaps") ? LP_SEC_PSK : LP_SEC_NOSEC;
    return 0;
}

int take_psk(struct parse *p, const struct option *o, const char *value)
{
    const char *colon = strrchr(value, ':');
    struct account *a = p->at;
    if (!colon || colon == value)
        return bad(
            p,
            "--%s: expected IDENTITY:HEX, the key in hexadecimal digits, as dev-1:00ff00ff00ff00ff",
            o->name);
    size_t n = (size_t)(colon - value), digits = strlen(colon + 1);
    if (n > LP_MAX_IDENTITY)
        return bad(p, "--%s: an identity has at most %d bytes, not %zu", o->name, LP_MAX_IDENTITY,
                   n);
    int key_n = bytes_of_hex(colon + 1, digits, a->key, LP_MAX_KEY);
    if (key_n < 1)
        return bad(p,
                   "--%s: expected a key of 1 to %d bytes, two hexadecimal digits each, behind the "
                   "last colon",
                   o->name, LP_MAX_KEY);
    memcpy(a->identity, value, n);
    a->identity[n] = 0;
    a->key_n = (unsigned)key_n;
    return 0;
}

int take_psk_file(struct parse *p, const struct option *o, const char *value)
{
    char line[LP_MAX_IDENTITY + 2 * LP_MAX_KEY + 16];
    FILE *f = fopen(value, "re");
    if (!f) return bad(p, "--%s %s: %s", o->name, value, strerror(errno));
    char *got = fgets(line, sizeof line, f);
    fclose(f);
    if (!got) return bad(p, "--%s %s: expected one line, IDENTITY:HEX", o->name, value);
    line[strcspn(line, "\r\n")] = 0;
    return take_psk(p, o, line);
}

int take_binding(struct parse *p, const struct option *o, const char *value)
{
    size_t n = strlen(value);
    if (n == 0 || n > 5 || strspn(value, "UQSTNM") != n)
        return bad(p, "--%s %s: expected letters of U, Q, S, T, N, as U or UQ", o->name, value);
    memcpy(p->at->binding, value, n + 1);
    return 0;
}

int account_check(struct parse *p, struct account *a)
{
    if (a->lp.mode == LP_SEC_PSK && !a->identity[0])
        return bad(p, "%s needs a key: --psk IDENTITY:HEX or --psk-file FILE behind it", a->uri);
    if (a->lp.mode == LP_SEC_NOSEC && a->identity[0])
        return bad(p, "%s is not encrypted: expected coaps:// where there is a --psk", a->uri);
    return 0;
}

/* ---- lists of numbers ---- */

/* "2:1.5:4" into n numbers; what comes behind is a mistake. */
static bool split_numbers(const char *text, double *to, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        size_t len = strcspn(text, ":");
        if (lp_get_float((struct lp_span){text, len}, &to[i]) || to[i] < 0 || to[i] > UINT32_MAX)
            return false;
        text += len;
        if (*text != (i + 1 < n ? ':' : 0)) return false;
        text += i + 1 < n;
    }
    return true;
}

static bool is_whole(double v)
{
    return v == (double)(uint32_t)v;
}

int take_tx(struct parse *p, const struct option *o, const char *value)
{
    double v[3];
    if (!split_numbers(value, v, 3) || v[0] < 0.001 || v[0] > 600 || v[1] < 1 || v[1] > 10 ||
        v[2] > 20 || !is_whole(v[2]))
        return bad(p,
                   "--%s %s: expected ACK_TIMEOUT:RANDOM_FACTOR:MAX_RETRANSMIT, seconds to 600, a "
                   "factor from 1 to 10, "
                   "a number to 20, as 2:1.5:4",
                   o->name, value);
    p->o->config.tx.ack_timeout = (uint32_t)(v[0] * 1000 + 0.5);
    p->o->config.tx.random_percent = (uint16_t)(v[1] * 100 + 0.5);
    p->o->config.tx.max_retransmit = (uint8_t)v[2];
    return 0;
}

int take_retry(struct parse *p, const struct option *o, const char *value)
{
    double v[4];
    bool ok = split_numbers(value, v, 4);
    for (unsigned i = 0; ok && i < 4; i++) ok = is_whole(v[i]);
    if (!ok)
        return bad(p,
                   "--%s %s: expected COUNT:TIMER:SEQ_DELAY:SEQ_COUNT, four whole numbers, as "
                   "5:60:86400:1",
                   o->name, value);
    p->at->lp.retry_count = (uint32_t)v[0];
    p->at->lp.retry_timer_s = (uint32_t)v[1];
    p->at->lp.seq_delay_s = (uint32_t)v[2];
    p->at->lp.seq_count = (uint32_t)v[3];
    return 0;
}

static bool is_power(double v, double min, double max)
{
    return v >= min && v <= max && is_whole(v) && ((uint32_t)v & ((uint32_t)v - 1)) == 0;
}

int take_geometry(struct parse *p, const struct option *o, const char *value)
{
    double v[3];
    if (!split_numbers(value, v, 3) || !is_whole(v[0]) || !is_power(v[1], 128, 1 << 20) ||
        !is_power(v[2], 1, 16) || v[0] < 2 * v[1] || v[0] > INT32_MAX ||
        (uint32_t)v[0] % (uint32_t)v[1])
        return bad(p,
                   "--%s %s: expected SIZE:ERASE:WRITE, the size two erase units or more, erased "
                   "128 to 1048576 bytes at once, written 1 to 16, as 16384:4096:4",
                   o->name, value);
    for (unsigned i = 0; i < 3; i++) p->o->geometry[i] = (uint32_t)v[i];
    return 0;
}

int take_address(struct parse *p, const struct option *o, const char *value)
{
    static const uint8_t field[] = {0, 8, 12}; /* of address[]: 4 is the mask */
    char copy[80], *rest = copy;
    uint64_t n = 33;
    snprintf(copy, sizeof copy, "%s", value);
    bool ok = strlen(value) < sizeof copy && strchr(copy, '/');
    for (unsigned i = 0; ok && i < 3; i++) {
        char *text = strsep(&rest, ":"), *slash = i == 0 ? strchr(text, '/') : NULL;
        if (slash) {
            *slash++ = 0;
            if (lp_get_uint((struct lp_span){slash, strlen(slash)}, &n)) n = 33;
        }
        ok = text && n <= 32 && inet_pton(AF_INET, text, p->o->address + field[i]) == 1 &&
             (rest || i == 2);
    }
    if (!ok || rest)
        return bad(p, "--%s %s: expected IP/BITS:GATEWAY:DNS, as 10.0.2.15/24:10.0.2.2:10.0.2.3",
                   o->name, value);
    for (unsigned i = 0; i < 4; i++, n = n > 8 ? n - 8 : 0)
        p->o->address[4 + i] = (uint8_t)(n >= 8 ? 0xff : 0xff00u >> n);
    p->o->address_given = true;
    return 0;
}

int take_cid(struct parse *p, const struct option *o, const char *value)
{
    uint64_t n;
    if (!strcmp(value, "off")) {
        p->o->config.cid = -1;
        return 0;
    }
    if (lp_get_uint((struct lp_span){value, strlen(value)}, &n) || n > LP_MAX_CID)
        return bad(p, "--%s %s: expected off, or bytes from 0 to %u", o->name, value,
                   (unsigned)LP_MAX_CID);
    p->o->config.cid = (int8_t)n;
    return 0;
}

int take_block_size(struct parse *p, const struct option *o, const char *value)
{
    uint64_t n;
    if (take_number(p, o, value, 16, LP_BLOCK_SIZE, &n)) return -1;
    if (n & (n - 1))
        return bad(p, "--%s %s: expected a power of two from 16 to %d", o->name, value,
                   LP_BLOCK_SIZE);
    p->o->config.block_size = (uint16_t)n;
    return 0;
}
