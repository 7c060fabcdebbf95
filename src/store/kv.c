/* SPDX-License-Identifier: Apache-2.0
 *
 * kv.c - limpet/store.h. The flash is divided into banks, of which one is in use: a log that grows upward.
 *
 *   | header | record | seal | record | seal | mark | seal | record | seal | (gap) record | seal | erased ...
 *            |--- copied from the last bank -|             |--- put since --->
 *
 * A record is a byte that tells its size, the value, and a tail of 12 bytes with its key, length and checksums. The log
 * is read backward from its tip: the first record of a key that is met is the one that counts. When a bank is full,
 * the next one is erased, the records that count are copied there, then comes the header: it is the commit. All banks
 * take their turn, so wear is even.
 *
 * What a power cut does to the bytes of one program call nobody knows: they may even read differently each time. Hence
 * 1. the seal, one write unit behind each record. It is begun when the record is complete, so whatever it looks like,
 *    if it is not erased the record will stay as it is. A newest record without it may fade, and is copied at open.
 * 2. the gap. A call that was cut may also read as erased. Nothing is programmed there: the first record after an open
 *    leaves out as many bytes as one call can have touched (CHUNK), and more where remains are seen: the first byte
 *    of remains tells their size, if more than their first chunk was begun. A record says how wide the gap before it
 *    is, so remains are never read as a record later, whatever they then look like. (What nobody can know: whether that
 *    first record after an open was begun itself, if nothing of it can be seen. The next start begins where it began.)
 * 3. the mark, a record without value. It is the evidence that the header before it is complete: a header with nothing
 *    behind it may fade, and the bank it was copied from is used (it is not touched before the mark is there). So that
 *    the choice stays as it is made, the bank in use gets another mark: each raises its rank above what else is there.
 *    The newest whole mark says how many there are; they are not counted, for one that was cut may come and go.
 * All this is done before lp_store_open returns: what has been seen once is there the next time. */
#include "limpet/store.h"

#include <string.h>

#define VERSION 1
#define MAGIC   0x4c704b56u /* where the checksum of a header starts */
#define CHUNK   16u         /* bytes programmed by one call at most */
#define HEAD    16u         /* version (1) end of the copies (3) | sequence | turns | CRC-32 */
#define TAIL    12u         /* check (2) key (2) | length (3) gap, kind (1) | CRC-32 */
#define GAP_MAX 63

enum kind { VALUE, GONE, MARK };

struct record {
    uint32_t start, end; /* of the record, its seal not included */
    uint32_t below;      /* where the one before it ends */
    uint32_t len, crc;
    uint16_t key;
    uint8_t kind;
};

struct chunk { /* what is to be programmed next */
    struct lp_store *s;
    uint32_t at, n;
    int err;
    uint8_t bytes[CHUNK];
};

static uint32_t crc32(uint32_t c, const uint8_t *p, uint32_t n)
{
    static const uint32_t of_nibble[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                           0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                           0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                           0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    while (n--) {
        c ^= *p++;
        c = c >> 4 ^ of_nibble[c & 15];
        c = c >> 4 ^ of_nibble[c & 15];
    }
    return c;
}

static uint32_t get(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void set(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void take(struct lp_store *s, uint32_t at, void *p, uint32_t n)
{
    if (s->flash->read(s->flash, s->base + at, p, n) == 0) return;
    memset(p, 0xff, n);
    s->failed = true;
}

/* To whole write units. */
static uint32_t up(const struct lp_store *s, uint32_t n)
{
    uint32_t unit = s->flash->write_unit;
    return (n + unit - 1) & ~(unit - 1);
}

/* Bytes of a record whose value has so many; with its seal. */
static uint32_t extent(const struct lp_store *s, uint32_t len)
{
    return up(s, 1 + len + TAIL) + s->flash->write_unit;
}

/* n without what is as erased at its end. */
static uint32_t trim(const uint8_t *p, uint32_t n)
{
    while (n && p[n - 1] == 0xff) n--;
    return n;
}

/* Of a tail, bound to its place and its bank. */
static uint32_t check(const struct lp_store *s, const uint8_t *tail, uint32_t end)
{
    return crc32(s->sequence ^ end, tail + 2, TAIL - 2) >> 8 & 0xffff;
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

static void add(struct chunk *c, const uint8_t *p, uint32_t n);

/* The value of r, out of flash (from) or RAM (p), to where it goes, if to is not NULL; out of both it is compared.
 * Returns its checksum, or, where it is not the same, another one. */
static uint32_t stream(struct lp_store *from, const struct record *r, const uint8_t *p,
                       struct chunk *to)
{
    uint8_t part[CHUNK];
    uint32_t crc = ~(r->len << 8 ^ r->key);
    for (uint32_t at = 0, n; at < r->len; at += n) {
        n = least(CHUNK, r->len - at);
        if (from)
            take(from, r->start + 1 + at, part, n);
        else
            memcpy(part, p + at, n);
        if (from && p && memcmp(part, p + at, n) != 0) return ~r->crc;
        crc = crc32(crc, part, n);
        if (to) add(to, part, n);
    }
    return crc;
}

static bool sound(struct lp_store *s, const struct record *r)
{
    return stream(s, r, NULL, NULL) == r->crc;
}

/* The record that ends at end. */
static bool record_at(struct lp_store *s, uint32_t end, struct record *r)
{
    uint8_t tail[TAIL];
    if (end < HEAD + 1 + TAIL || end > s->size) return false;
    take(s, end - TAIL, tail, TAIL);
    uint32_t first = get(tail), gap = (tail[7] >> 2) * CHUNK;
    r->end = end;
    r->key = (uint16_t)first;
    r->len = get(tail + 4) >> 8;
    r->kind = tail[7] & 3;
    r->crc = get(tail + 8);
    uint32_t n = extent(s, r->len) + gap; /* the seal is that of the one before */
    r->below = end - n;
    r->start = r->below + gap + s->flash->write_unit;
    return n <= end - HEAD + s->flash->write_unit && check(s, tail, end) == first >> 16;
}

/* The newest record that ends there or below and is whole; what stands above it may be anything. */
static bool newest(struct lp_store *s, uint32_t end, struct record *r)
{
    for (; end > HEAD; end -= s->flash->write_unit)
        if (record_at(s, end, r) && sound(s, r)) return true;
    return false;
}

/* The record that ends there. Where its tail is damaged, the next that is whole. */
static bool before(struct lp_store *s, uint32_t end, struct record *r)
{
    return record_at(s, end, r) || newest(s, end, r);
}

/* The record of the key that counts. */
static bool find(struct lp_store *s, uint16_t key, struct record *r)
{
    for (uint32_t end = s->tip; before(s, end, r); end = r->below)
        if (r->key == key && r->kind != MARK) return r->kind == VALUE;
    return false;
}

static bool counts(struct lp_store *s, const struct record *r)
{
    struct record last;
    return r->kind == VALUE && find(s, r->key, &last) && last.end == r->end;
}

/* Bytes of the records that count, that of one key (or -1) left out. */
static uint32_t used(struct lp_store *s, int but)
{
    struct record r;
    uint32_t n = 0;
    for (uint32_t end = s->tip; before(s, end, &r); end = r.below)
        if (r.key != but && counts(s, &r)) n += extent(s, r.len);
    return n;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

/* Left free by put and del: a mark and, where a cut tore one, its remains. */
static uint32_t reserve(const struct lp_store *s)
{
    return 2 * CHUNK + extent(s, 0);
}

static uint32_t capacity(const struct lp_store *s)
{
    return s->size - HEAD - extent(s, 0) - reserve(s);
}

/* After an operation that failed: what it has left in flash may count at the next open, so the bank takes no more, and
 * nothing is taken for written already. */
static void spoil(struct lp_store *s)
{
    s->head = s->size + 1;
}

static bool spoilt(const struct lp_store *s)
{
    return s->head > s->size;
}

static void flush(struct chunk *c)
{
    struct lp_flash *f = c->s->flash;
    if (c->n && !c->err && f->program(f, c->s->base + c->at, c->bytes, c->n)) c->err = LP_ERR_STORE;
    c->at += c->n;
    c->n = 0;
}

static void add(struct chunk *c, const uint8_t *p, uint32_t n)
{
    while (n--) {
        c->bytes[c->n++] = *p++;
        if (c->n == CHUNK) flush(c);
    }
}

/* A record and its seal at the head; the value as stream has it: one out of flash that is not what it was is not
 * written. LP_ERR_FULL: nothing happened. After any other error the bank is spoilt. */
static int append(struct lp_store *s, const struct record *r, const uint8_t *p,
                  struct lp_store *from)
{
    static const uint8_t seal[CHUNK];
    uint8_t tail[TAIL], chunks;
    uint32_t start = s->head + s->gap * CHUNK, n = extent(s, r->len), unit = s->flash->write_unit,
             end = start + n - unit;
    struct chunk c = {.s = s, .at = start};
    if (s->gap > GAP_MAX || start + n > s->size) return LP_ERR_FULL;
    chunks = (uint8_t)least((n + CHUNK - 1) / CHUNK, GAP_MAX + 1);
    spoil(s);
    add(&c, &chunks, 1);
    uint32_t crc = stream(from, r, p, &c);
    if (from && (crc != r->crc || from->failed)) return LP_ERR_STORE;
    while (c.at + c.n < end - TAIL) add(&c, (const uint8_t *)"\xff", 1);
    set(tail, r->key);
    set(tail + 4, r->len << 8 | (uint32_t)s->gap << 2 | r->kind);
    set(tail + 8, crc);
    set(tail, check(s, tail, end) << 16 | r->key);
    add(&c, tail, TAIL);
    flush(&c);
    add(&c, seal, unit);
    flush(&c);
    if (c.err) return c.err;
    s->head = end + unit;
    s->tip = end;
    s->gap = 0;
    return 0;
}

static int append_mark(struct lp_store *s)
{
    s->rank += 2;
    s->most += 2;
    struct record mark = {.kind = MARK, .key = (uint16_t)((s->rank - s->sequence) / 2)};
    return append(s, &mark, NULL, NULL);
}

static int erase(const struct lp_store *s)
{
    for (uint32_t at = 0; at < s->size; at += s->flash->erase_unit)
        if (s->flash->erase(s->flash, s->base + at)) return LP_ERR_STORE;
    return 0;
}

static bool sealed(struct lp_store *s, uint32_t end)
{
    uint8_t seal[CHUNK];
    take(s, end, seal, s->flash->write_unit);
    return trim(seal, s->flash->write_unit) > 0;
}

/* What counts, that of one key (or -1) left out; and what is damaged: but not while it may be only fading, for then
 * the value before it may be the one. */
static int copy(struct lp_store *to, struct lp_store *from, int but)
{
    struct record r;
    int err = 0;
    for (uint32_t end = from->tip; !err && before(from, end, &r); end = r.below)
        if (r.key != but && counts(from, &r) && (sound(from, &r) || !sealed(from, r.end)))
            err = append(to, &r, NULL, from);
    return err;
}

static int commit(struct lp_store *s)
{
    uint8_t h[HEAD];
    set(h, (uint32_t)VERSION << 24 | s->head);
    set(h + 4, s->sequence);
    set(h + 8, s->turns);
    set(h + 12, crc32(MAGIC, h, 12));
    return s->flash->program(s->flash, s->base, h, HEAD) ? LP_ERR_STORE : append_mark(s);
}

static void use(struct lp_store *s, unsigned bank)
{
    s->bank = (uint16_t)bank;
    s->base = s->at + bank * s->size;
}

/* On to the next bank, with all that counts and, unless NULL, a record more (as append has it), which takes the place
 * of its key's. If this fails half-way nothing may be written here that the next bank lacks. */
static int rotate(struct lp_store *s, const struct record *r, const uint8_t *p,
                  struct lp_store *from)
{
    struct lp_store next = *s;
    use(&next, s->bank + 1 < s->banks ? s->bank + 1u : 0);
    next.sequence = s->most + 1;
    next.rank = next.most = next.sequence - 2;
    next.turns = s->turns + 1;
    next.tip = next.head = HEAD;
    next.gap = 0;
    spoil(s);
    int err = erase(&next);
    if (!err) err = copy(&next, s, r ? r->key : -1);
    if (!err && r && r->kind == VALUE) err = append(&next, r, p, from);
    if (err || s->failed || commit(&next)) return LP_ERR_STORE;
    *s = next;
    return 0;
}

static int write(struct lp_store *s, const struct record *r, const uint8_t *p)
{
    if (s->failed) return LP_ERR_STORE;
    uint32_t n = extent(s, r->len);
    if (s->head + s->gap * CHUNK + n + reserve(s) <= s->size) return append(s, r, p, NULL);
    bool fits = r->kind != VALUE || used(s, r->key) + n <= capacity(s);
    if (s->failed) return LP_ERR_STORE;
    return fits ? rotate(s, r, p, NULL) : LP_ERR_FULL;
}

/* ---- struct lp_kv -------------------------------------------------------------------------------------------- */

static int kv_get(struct lp_kv *kv, uint16_t key, void *p, size_t cap)
{
    struct lp_store *s = (struct lp_store *)kv;
    struct record r;
    s->failed = false;
    bool there = find(s, key, &r);
    if (there && !sound(s, &r)) s->failed = true;
    if (there && cap && r.len) take(s, r.start + 1, p, least(r.len, (uint32_t)cap));
    return s->failed ? LP_ERR_STORE : there ? (int)r.len : LP_ERR_NOT_FOUND;
}

static int kv_put(struct lp_kv *kv, uint16_t key, const void *p, size_t n)
{
    struct lp_store *s = (struct lp_store *)kv;
    struct record old, r = {.key = key, .kind = VALUE, .len = (uint32_t)n};
    s->failed = false;
    if (n > s->size) return LP_ERR_FULL;
    bool same =
        !spoilt(s) && find(s, key, &old) && old.len == n && stream(s, &old, p, NULL) == old.crc;
    return same && !s->failed ? 0 : write(s, &r, p);
}

static int kv_del(struct lp_kv *kv, uint16_t key)
{
    struct lp_store *s = (struct lp_store *)kv;
    struct record r;
    s->failed = false;
    if (!spoilt(s) && !find(s, key, &r)) return s->failed ? LP_ERR_STORE : 0;
    return write(s, &(struct record){.key = key, .kind = GONE}, NULL);
}

/* ---- opening ------------------------------------------------------------------------------------------------- */

/* Behind the last unit that is not as erased. */
static uint32_t top(struct lp_store *s)
{
    uint8_t part[CHUNK];
    for (uint32_t at = s->size; at > HEAD; at -= CHUNK) {
        take(s, at - CHUNK, part, CHUNK);
        uint32_t n = trim(part, CHUNK);
        if (n) return at - CHUNK + up(s, n);
    }
    return HEAD;
}

/* How many chunks from the head on may have been begun, as far as one can see. A record may start at any unit: one that
 * was whole and is no more may have been the head then. */
static uint32_t remains(struct lp_store *s, uint32_t end)
{
    uint8_t part[CHUNK];
    uint32_t unit = s->flash->write_unit, to = s->head;
    for (uint32_t at = s->head; at < end && to <= s->head + GAP_MAX * CHUNK; at += CHUNK) {
        uint32_t n = least(CHUNK, s->size - at);
        take(s, at, part, n);
        for (uint32_t i = 0; i < n; i += unit) {
            bool size = part[i] > 0 && part[i] <= GAP_MAX + 1;
            uint32_t reach = at + i + (size ? part[i] : 1) * CHUNK;
            if (trim(part + i, unit) && reach > to) to = reach;
        }
    }
    return (to - s->head + CHUNK - 1) / CHUNK;
}

enum found { NOTHING, LOOSE /* a header that may fade */, STORE, NEWER };

/* The rank that the bank has at most: with marks that cannot be read now. One may start there; each of the next has a
 * gap before it. */
static void bound(struct lp_store *s, uint32_t from, uint32_t end)
{
    s->most = s->rank;
    if (end > from) s->most += 2 * ((end - from - 1) / (CHUNK + extent(s, 0)));
}

/* What the bank holds; for STORE all fields are set, for LOOSE the bound of its rank. */
static enum found load(struct lp_store *s, unsigned bank)
{
    uint8_t h[HEAD];
    struct record r;
    uint32_t unit = s->flash->write_unit, since = 0, marks = 0;
    use(s, bank);
    take(s, 0, h, HEAD);
    if (crc32(MAGIC, h, 12) != get(h + 12) || h[0] < VERSION) return NOTHING;
    if (h[0] > VERSION) return NEWER;
    s->sequence = s->rank = get(h + 4);
    s->turns = get(h + 8);
    uint32_t copied = get(h) & 0xffffff, end = top(s);
    bound(s, copied, end);
    if (!newest(s, least(end + CHUNK, s->size), &r)) return LOOSE; /* a tail may end in 0xff */
    s->tip = r.end;
    for (uint32_t e = s->tip; before(s, e, &r) && r.end > copied; e = r.below, since++)
        if (r.kind == MARK && !marks++) s->rank += 2u * r.key;
    s->head = s->tip + unit;
    s->gap = (uint8_t)least(remains(s, end) + 1, GAP_MAX + 1);
    if (!since) return LOOSE;
    bound(s, s->head - extent(s, 0), end);
    return STORE;
}

/* Make what is seen now stay, and rank above loose: a header of another bank may come and go. 0: it does; else all is
 * to be looked at once more, since what fades may be gone when it is read again. */
static int settle(struct lp_store *s, uint32_t loose)
{
    struct record r;
    bool fading = !sealed(s, s->tip), outrank = (int32_t)(loose - s->rank) >= 0;
    if (!fading && s->gap == 1 && !outrank) return 0;
    if (fading && !record_at(s, s->tip, &r)) return LP_AGAIN;
    if (fading) { /* a gap over it too: else what is in the gap before it would be seen when it has faded */
        uint32_t from = r.below + s->flash->write_unit;
        s->gap = (uint8_t)least((s->head - from + CHUNK - 1) / CHUNK + s->gap, GAP_MAX + 1);
        s->head = from;
    }
    bool again = fading && r.kind != MARK; /* as it was read now: it may not be seen any more */
    int err = again ? append(s, &r, NULL, s) : append_mark(s);
    if ((int32_t)(loose - s->most) > 0) s->most = loose;
    if (err == LP_ERR_FULL) rotate(s, again ? &r : NULL, NULL, s);
    return LP_AGAIN;
}

/* The bank with the highest rank, or a new store. */
static int choose(struct lp_store *s)
{
    struct lp_store best = {.flash = NULL};
    uint32_t loose = 0;
    for (unsigned bank = 0; bank < s->banks; bank++) {
        enum found found = load(s, bank);
        if (found == NEWER || s->failed) return LP_ERR_STORE;
        if (found == NOTHING) continue;
        uint32_t most = s->most;
        if (found == STORE && (!best.flash || (int32_t)(s->rank - best.rank) >= 0)) {
            most = best.most;
            best = *s;
        }
        if ((int32_t)(most - loose) > 0) loose = most;
    }
    if (best.flash) {
        *s = best; /* not read again: it might look different */
        return settle(s, loose);
    }
    s->bank = (uint16_t)(s->banks - 1);
    s->tip = HEAD;
    s->most = loose;
    s->turns = 0;
    return rotate(s, NULL, NULL, NULL);
}

int lp_store_open(struct lp_store *s, struct lp_flash *flash, uint32_t at, uint32_t units)
{
    uint32_t half = units / 2, unit = flash->erase_unit;
    *s = (struct lp_store){.kv = {kv_get, kv_put, kv_del}, .flash = flash, .at = at};
    if (units < 2 || units > UINT16_MAX || at > flash->size || units > (flash->size - at) / unit)
        return LP_ERR_VALUE;
    while (units % half) half--;
    s->size = half * unit;
    s->banks = (uint16_t)(units / half);
    if (s->size > 0xffffff || capacity(s) > s->size || capacity(s) < extent(s, 1))
        return LP_ERR_VALUE;
    int err = LP_AGAIN;
    for (int tries = 0; tries < 9 && err == LP_AGAIN; tries++) err = choose(s);
    return s->failed         ? LP_ERR_STORE
           : err == LP_AGAIN ? 0
                             : err; /* 0: what cannot be written can be read */
}

int lp_store_next(struct lp_store *s, int after)
{
    struct record r;
    int key = 0x10000;
    s->failed = false;
    for (uint32_t end = s->tip; before(s, end, &r); end = r.below)
        if (r.key > after && r.key < key && counts(s, &r)) key = r.key;
    return s->failed ? LP_ERR_STORE : key < 0x10000 ? key : LP_ERR_NOT_FOUND;
}

int lp_store_info(struct lp_store *s, struct lp_store_info *info)
{
    s->failed = false;
    info->used = used(s, -1);
    info->size = capacity(s);
    info->erases_least = s->turns / s->banks;
    info->erases_most = (s->turns + s->banks - 1) / s->banks;
    return s->failed ? LP_ERR_STORE : 0;
}
