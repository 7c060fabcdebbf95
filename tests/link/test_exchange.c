/* SPDX-License-Identifier: Apache-2.0
 *
 * test_exchange.c - every arrow of the drawing in exchange.h, duplicates, and what others got wrong. (also: lite)
 */
#include "test.h"

#include <dirent.h>
#include <unistd.h>

#include "link/crypto.h"
#include "link/exchange.h"
#include "sim/sim.h"

static struct lp_exchange x;
static struct lp_exchange_event ev;
static uint8_t buf[128];
static uint64_t now;

static int fresh(void **state)
{
    (void)state;
    lp_sim_seed(1);
    now = 100000000000u; /* over 32 bits of seconds' worth of trouble */
    lp_exchange_init(&x, buf, sizeof(buf), NULL);
    return 0;
}

/* The peer sends annotated bytes. */
static enum lp_exchange_kind take(const char *bytes)
{
    static uint8_t m[1500];
    size_t n = hex(m, bytes);
    lp_exchange_recv(&x, m, n, now, &ev);
    return ev.kind;
}

static void assert_sends(const char *bytes)
{
    assert_bytes(ev.send.n ? ev.send.p : "", ev.send.n, bytes);
}

static void assert_silent(void)
{
    assert_int_equal(ev.send.n, 0);
}

static void send_con(const char *bytes, uint32_t tag)
{
    size_t n = hex(buf, bytes);
    assert_int_equal(lp_exchange_sent(&x, n, tag, now), 0);
    assert_true(lp_exchange_busy(&x));
}

#define POST_RD      "42 02 1234 aabb b2 7264          | CON POST /rd, token aabb, MID 1234\n"
#define NOTIFICATION "41 45 1234 cc 60 ff 31            | CON 2.05 with Observe\n"

static void answered(const char *bytes)
{
    uint8_t m[256];
    size_t n = hex(m, bytes);
    lp_exchange_answered(&x, &ev.msg, m, n, now);
}

/* ---- the drawing ---- */

static void piggybacked_response(void **state)
{
    (void)state;
    send_con(POST_RD, 7);
    assert_int_equal(take("62 41 1234 aabb   | ACK 2.01 for it\n"), LP_X_RESPONSE);
    assert_int_equal(ev.tag, 7);
    assert_int_equal(ev.msg.code, LP_CREATED);
    assert_silent();
    assert_false(lp_exchange_busy(&x));
    assert_int_equal(take("62 41 1234 aabb   | the same again\n"), LP_X_NONE);
    assert_int_equal(lp_exchange_wait(&x, now), UINT32_MAX);
}

static void separate_response(void **state)
{
    (void)state;
    send_con(POST_RD, 7);
    assert_int_equal(take("60 00 1234        | empty ACK\n"), LP_X_NONE);
    assert_true(lp_exchange_busy(&x));
    assert_int_equal(lp_exchange_wait(&x, now), LP_RESPONSE_WAIT);
    assert_int_equal(take("60 00 1234        | empty ACK again: the wait goes on\n"), LP_X_NONE);
    now += 50000;
    lp_exchange_poll(&x, now, &ev);
    assert_int_equal(ev.kind, LP_X_NONE); /* no retransmission any more */
    assert_int_equal(take("42 41 9999 aabb   | CON 2.01\n"), LP_X_RESPONSE);
    assert_int_equal(ev.tag, 7);
    assert_sends("60 00 9999");
    assert_int_equal(take("42 41 9999 aabb   | our ACK was lost\n"), LP_X_NONE);
    assert_sends("60 00 9999");
    assert_false(lp_exchange_busy(&x));
}

static void separate_response_overtakes_ack(void **state)
{
    (void)state;
    send_con(POST_RD, 7);
    assert_int_equal(take("42 41 9999 aabb   | CON 2.01\n"), LP_X_RESPONSE);
    assert_sends("60 00 9999");
    assert_false(lp_exchange_busy(&x));
    assert_int_equal(take("60 00 1234        | the late ACK\n"), LP_X_NONE);
    assert_silent();
}

static void separate_response_non(void **state)
{
    (void)state;
    send_con(POST_RD, 7);
    take("60 00 1234");
    assert_int_equal(take("52 41 9998 aabb   | NON 2.01\n"), LP_X_RESPONSE);
    assert_silent();
    assert_int_equal(take("52 41 9998 aabb   | again\n"), LP_X_NONE);
    assert_silent();
}

static void response_in_ack_of_a_retransmission(void **state)
{
    (void)state;
    send_con(POST_RD, 7);
    take("60 00 1234");
    assert_int_equal(take("62 41 1234 aabb   | to the second copy of ours\n"), LP_X_RESPONSE);
}

static void notification_acknowledged(void **state)
{
    (void)state;
    send_con(NOTIFICATION, 9);
    assert_int_equal(take("60 00 1235        | of another\n"), LP_X_NONE);
    assert_int_equal(take("60 00 1234"), LP_X_ACKED);
    assert_int_equal(ev.tag, 9);
    assert_false(lp_exchange_busy(&x));
}

static void reset(void **state)
{
    (void)state;
    send_con(NOTIFICATION, 9);
    assert_int_equal(take("70 00 4321        | of a NON one before\n"), LP_X_RESET);
    assert_false(ev.mine);
    assert_int_equal(ev.msg.mid, 0x4321);
    assert_true(lp_exchange_busy(&x));
    assert_int_equal(take("70 00 1234"), LP_X_RESET);
    assert_true(ev.mine);
    assert_int_equal(ev.tag, 9);
    assert_false(lp_exchange_busy(&x));
    assert_int_equal(take("70 00 1234        | again\n"), LP_X_RESET);
    assert_false(ev.mine);
    send_con(POST_RD, 1);
    take("60 00 1234");
    assert_int_equal(take("70 00 1234        | acknowledged, then thought better of\n"),
                     LP_X_RESET);
    assert_true(ev.mine);
}

static void retransmission_and_timeout(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        send_con(POST_RD, 7);
        uint32_t first = lp_exchange_wait(&x, now);
        assert_in_range(first, 2000, 3000);
        for (int i = 0; i < 4; i++) {
            uint32_t wait = lp_exchange_wait(&x, now);
            assert_int_equal(wait, first << i);
            lp_exchange_poll(&x, now + wait - 1, &ev);
            assert_int_equal(ev.kind, LP_X_NONE);
            now += wait;
            assert_int_equal(lp_exchange_wait(&x, now), 0);
            lp_exchange_poll(&x, now, &ev);
            assert_int_equal(ev.kind, LP_X_RETRANSMIT);
            assert_sends(POST_RD);
        }
        now += first << 4;
        lp_exchange_poll(&x, now, &ev);
        assert_int_equal(ev.kind, LP_X_TIMEOUT);
        assert_int_equal(ev.tag, 7);
        assert_silent();
        assert_false(lp_exchange_busy(&x));
        lp_exchange_poll(&x, now + 1000000, &ev);
        assert_int_equal(ev.kind, LP_X_NONE);
    }
}

static void separate_response_never_comes(void **state)
{
    (void)state;
    send_con(POST_RD, 7);
    take("60 00 1234");
    now += LP_RESPONSE_WAIT;
    lp_exchange_poll(&x, now, &ev);
    assert_int_equal(ev.kind, LP_X_TIMEOUT);
    assert_int_equal(ev.tag, 7);
}

static void parameters(void **state)
{
    (void)state;
    struct lp_tx tx = {100, 100, 1};
    lp_exchange_init(&x, buf, sizeof(buf), &tx);
    send_con(POST_RD, 1);
    assert_int_equal(lp_exchange_wait(&x, now), 100);
    now += 100;
    lp_exchange_poll(&x, now, &ev);
    assert_int_equal(ev.kind, LP_X_RETRANSMIT);
    now += 200;
    lp_exchange_poll(&x, now, &ev);
    assert_int_equal(ev.kind, LP_X_TIMEOUT);
    tx = (struct lp_tx){4000000000u, 300, 200};
    lp_exchange_init(&x, buf, sizeof(buf), &tx); /* no overflow to a short one */
    send_con(POST_RD, 1);
    now += 0x1000000000u;
    lp_exchange_poll(&x, now, &ev);
    assert_int_equal(ev.kind, LP_X_RETRANSMIT);
    assert_int_equal(x.wait, UINT32_MAX);
}

static void one_at_a_time(void **state)
{
    (void)state;
    send_con(POST_RD, 7);
    assert_int_equal(lp_exchange_sent(&x, 9, 8, now), LP_ERR_STATE);
    assert_int_equal(x.tag, 7);
    lp_exchange_cancel(&x);
    assert_false(lp_exchange_busy(&x));
    assert_int_equal(take("62 41 1234 aabb"), LP_X_NONE);
    assert_int_equal(lp_exchange_sent(&x, 3, 8, now), LP_ERR_STATE);
    assert_int_equal(lp_exchange_sent(&x, sizeof(buf) + 1, 8, now), LP_ERR_STATE);
}

/* ---- requests of the peer ---- */

#define EXECUTE "42 02 0001 0a0b b1 33 01 30 01 34   | CON POST /3/0/4\n"
#define READ    "42 01 0002 0a0c b1 33 01 30 01 30   | CON GET /3/0/0\n"

static void duplicate_gets_the_same_answer(void **state)
{
    (void)state;
    assert_int_equal(take(EXECUTE), LP_X_REQUEST);
    assert_false(ev.duplicate);
    answered("62 44 0001 0a0b   | ACK 2.04\n");
    for (int i = 0; i < 3; i++) {
        now += 80000;
        assert_int_equal(take(EXECUTE), LP_X_NONE);
        assert_sends("62 44 0001 0a0b");
    }
    now += 10000; /* EXCHANGE_LIFETIME is over */
    assert_int_equal(take(EXECUTE), LP_X_REQUEST);
    assert_false(ev.duplicate);
}

/* Seen in living clients: a duplicate of an Execute or Create done twice. */
static void duplicate_while_it_is_served(void **state)
{
    (void)state;
    assert_int_equal(take(EXECUTE), LP_X_REQUEST);
    struct lp_exchange_event first = ev;
    assert_int_equal(take(EXECUTE), LP_X_NONE); /* before it is answered at all */
    assert_silent();
    ev = first;
    answered("60 00 0001        | empty ACK: the answer comes later\n");
    assert_int_equal(take(EXECUTE), LP_X_NONE);
    assert_sends("60 00 0001");
}

static void execute_is_remembered_longer_than_reads(void **state)
{
    (void)state;
    assert_int_equal(take(EXECUTE), LP_X_REQUEST);
    answered("62 44 0001 0a0b");
    for (unsigned i = 0; i < 10 * LP_MAX_DUPLICATES; i++) {
        char get[64];
        snprintf(get, sizeof(get), "40 01 %04x", 0x1000 + i);
        assert_int_equal(take(get), LP_X_REQUEST);
        snprintf(get, sizeof(get), "60 45 %04x", 0x1000 + i);
        answered(get);
        now += 500;
    }
    assert_int_equal(take(EXECUTE), LP_X_NONE);
    assert_sends("62 44 0001 0a0b");
}

static void newest_are_remembered(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5 * LP_MAX_DUPLICATES; i++) { /* all in one second */
        char post[64];
        snprintf(post, sizeof(post), "40 02 %04x", i);
        assert_int_equal(take(post), LP_X_REQUEST);
        snprintf(post, sizeof(post), "60 44 %04x", i);
        answered(post);
        for (unsigned k = i < LP_MAX_DUPLICATES ? 0 : i - LP_MAX_DUPLICATES + 1; k <= i; k++) {
            snprintf(post, sizeof(post), "40 02 %04x", k);
            assert_int_equal(take(post), LP_X_NONE);
            snprintf(post, sizeof(post), "60 44 %04x", k);
            assert_sends(post);
        }
    }
}

static enum lp_exchange_kind take_post(unsigned mid)
{
    char post[32];
    snprintf(post, sizeof(post), "41 02 %04x aa", mid);
    return take(post);
}

/* A late duplicate of an Execute, of which many came since, is not done again. */
static void pushed_out_executes_are_known_still(void **state)
{
    (void)state;
    const unsigned most = LP_MAX_DUPLICATES + LP_MAX_OLD_DUPLICATES;
    uint64_t begun = now;
    for (unsigned i = 0; i < most; i++) {
        assert_int_equal(take_post(i), LP_X_REQUEST);
        char ack[32];
        snprintf(ack, sizeof(ack), "60 44 %04x", i);
        answered(ack);
        now += 1000;
    }
    for (unsigned i = 0; i < most; i++) assert_int_equal(take_post(i), LP_X_NONE);
    assert_int_equal(take_post(0x7777),
                     LP_X_REQUEST); /* one more: done, and the oldest is forgotten */
    answered("60 44 7777");
    for (unsigned i = 1; i < most; i++) assert_int_equal(take_post(i), LP_X_NONE);
    now = begun + LP_EXCHANGE_LIFETIME + 3000;
    assert_int_equal(take_post(1), LP_X_REQUEST); /* its time is over */
    lp_exchange_clear(&x);
    assert_int_equal(take_post(5), LP_X_REQUEST);
}

static void long_answers(void **state)
{
    (void)state;
    static const char longer[] = "62 45 0002 0a0c ff 000102030405060708090a0b0c0d0e0f"
                                 "101112131415161718191a1b1c1d1e1f202122232425262728";
    assert_int_equal(take(READ), LP_X_REQUEST);
    answered(longer);
    assert_int_equal(take(READ), LP_X_REQUEST); /* served again: a Read does no harm */
    assert_true(ev.duplicate);
    answered(longer);
    assert_int_equal(take(READ), LP_X_REQUEST);
    assert_true(ev.duplicate);
    answered("62 84 0002 0a0c   | this time it was short\n");
    assert_int_equal(take(READ), LP_X_NONE);
    assert_sends("62 84 0002 0a0c");

    assert_int_equal(take(EXECUTE), LP_X_REQUEST);
    uint8_t m[100] = {0x62, 0x44, 0, 1, 0x0a, 0x0b, 0xff};
    lp_exchange_answered(&x, &ev.msg, m, sizeof(m), now);
    assert_int_equal(take(EXECUTE), LP_X_NONE); /* code and token, at least */
    assert_sends("62 44 0001 0a0b");
}

static void exactly_as_long_as_there_is_room(void **state)
{
    (void)state;
    uint8_t m[LP_DUPLICATE_BYTES + 1] = {0x62, 0x45, 0, 2, 0x0a, 0x0c, 0xff};
    assert_int_equal(take(READ), LP_X_REQUEST);
    lp_exchange_answered(&x, &ev.msg, m, LP_DUPLICATE_BYTES, now);
    assert_int_equal(take(READ), LP_X_NONE);
    assert_int_equal(ev.send.n, LP_DUPLICATE_BYTES);
}

static void non_requests(void **state)
{
    (void)state;
    assert_int_equal(take("52 01 0003 0a0d   | NON GET\n"), LP_X_REQUEST);
    answered("52 45 7777 0a0d");
    assert_int_equal(take("52 01 0003 0a0d"), LP_X_NONE);
    assert_silent();
}

static void unanswered_request(void **state)
{
    (void)state;
    assert_int_equal(take(EXECUTE), LP_X_REQUEST);
    lp_exchange_answered(&x, &ev.msg, NULL, 0, now); /* No-Response */
    assert_int_equal(take(EXECUTE), LP_X_NONE);
    assert_silent();
}

static void new_association_forgets(void **state)
{
    (void)state;
    uint16_t mid = lp_exchange_mid(&x);
    assert_int_equal(take(EXECUTE), LP_X_REQUEST);
    answered("62 44 0001 0a0b");
    send_con(POST_RD, 1);
    lp_exchange_clear(&x);
    assert_false(lp_exchange_busy(&x));
    assert_int_equal(take(EXECUTE), LP_X_REQUEST);
    assert_int_equal(lp_exchange_mid(&x), (uint16_t)(mid + 1)); /* ours go on */
}

static void pushed_out_while_served(void **state)
{
    (void)state;
    assert_int_equal(take(EXECUTE), LP_X_REQUEST);
    struct lp_exchange_event first = ev;
    for (unsigned i = 0; i < LP_MAX_DUPLICATES; i++) {
        char post[32];
        snprintf(post, sizeof(post), "40 02 %04x", 0x5000 + i);
        take(post);
    }
    ev = first;
    answered("62 44 0001 0a0b");
    assert_int_equal(take(EXECUTE), LP_X_NONE);
    assert_sends("62 44 0001 0a0b");
}

/* ---- responses nobody waits for ---- */

static void stale_and_foreign_responses(void **state)
{
    (void)state;
    static const char con[] = "41 45 7000 dd     | CON 2.05, unknown token\n";
    assert_int_equal(take(con), LP_X_OTHER);
    assert_silent(); /* the owner judges */
    struct lp_span s = lp_exchange_reset(&ev.msg, ev.reply);
    assert_bytes(s.p, s.n, "70 00 7000");
    s = lp_exchange_ack(&ev.msg, ev.reply);
    assert_bytes(s.p, s.n, "60 00 7000");
    assert_int_equal(take(con), LP_X_OTHER); /* and again, for a duplicate */
    assert_int_equal(take("51 45 7001 dd     | NON\n"), LP_X_OTHER);
    send_con(POST_RD, 7);
    assert_int_equal(take("42 45 7002 aabc   | a token that is nearly ours\n"), LP_X_OTHER);
    assert_int_equal(take("41 45 7003 aa     | a shorter one\n"), LP_X_OTHER);
    assert_int_equal(take("43 45 7004 aabb00 | a longer one\n"), LP_X_OTHER);
    assert_true(lp_exchange_busy(&x));
    lp_exchange_cancel(&x);
    send_con(NOTIFICATION, 9);
    assert_int_equal(take("41 45 7005 cc     | a notification of ours is no request\n"),
                     LP_X_OTHER);
    assert_true(lp_exchange_busy(&x));
}

/* "response with a stale token" */
static void stale_token_in_ack_of_ours(void **state)
{
    (void)state;
    send_con(POST_RD, 7);
    assert_int_equal(take("62 41 1234 aabc   | our MID, another token\n"), LP_X_NONE);
    assert_int_equal(take("60 41 1234        | without token\n"), LP_X_NONE);
    assert_int_equal(take("62 01 1234 aabb   | a request in an ACK\n"), LP_X_NONE);
    assert_silent();
    now += 3000;
    lp_exchange_poll(&x, now, &ev);
    assert_int_equal(ev.kind, LP_X_RETRANSMIT);
    assert_int_equal(take("62 41 1234 aabb"), LP_X_RESPONSE);
}

static void empty_token(void **state)
{
    (void)state;
    send_con("40 01 2000        | GET without token\n", 3);
    assert_int_equal(take("60 45 2000"), LP_X_RESPONSE);
    assert_int_equal(take("40 45 2001        | and no other is taken for its answer\n"),
                     LP_X_OTHER);
}

/* ---- strangers ---- */

static void assert_ping_is_reset(void)
{
    assert_int_equal(take("40 00 beef        | ping\n"), LP_X_NONE);
    assert_sends("70 00 beef        | RST, not ACK\n");
}

/* Seen in living clients: a ping answered by an ACK. */
static void ping(void **state)
{
    (void)state;
    assert_ping_is_reset();
    assert_ping_is_reset(); /* a duplicate too */
    assert_int_equal(take("50 00 beef        | an empty NON\n"), LP_X_NONE);
    assert_silent();
}

/* Malformed: CON is reset (RFC 7252 4.2), all else ignored; never answered with a code. */
static void malformed(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *reply;
    } cases[] = {
        {"", ""},
        {"40", ""},
        {"40 01 12 | under 4 bytes", ""},
        {"80 01 1234 | version 2", ""},
        {"00 01 1234 | version 0", ""},
        {"49 01 1234 010203040506070809 | token length 9", "70 00 1234"},
        {"4f 01 1234 | token length 15", "70 00 1234"},
        {"44 01 1234 0102 | token past the end", "70 00 1234"},
        {"40 01 1234 d0 | extended delta past the end", "70 00 1234"},
        {"40 01 1234 e0ff | the same, two bytes", "70 00 1234"},
        {"40 01 1234 0d | extended length past the end", "70 00 1234"},
        {"40 01 1234 b5 61 | option past the end", "70 00 1234"},
        {"40 01 1234 f0 00 | delta 15", "70 00 1234"},
        {"40 01 1234 0f 00 | length 15", "70 00 1234"},
        {"40 01 1234 e0 ffff e0 ffff | option number over 65535", "70 00 1234"},
        {"40 01 1234 ff | payload marker without payload", "70 00 1234"},
        {"40 00 1234 ff 31 | empty message with payload", "70 00 1234"},
        {"41 00 1234 aa | empty message with token", "70 00 1234"},
        {"40 20 1234 | class 1", "70 00 1234"},
        {"40 e1 1234 | class 7", "70 00 1234"},
        {"50 01 1234 ff | NON", ""},
        {"60 45 1234 ff | ACK", ""},
        {"70 00 1234 ff | RST", ""},
        {"70 45 1234 | RST with a code", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(take(cases[i].bytes), LP_X_NONE);
        assert_sends(cases[i].reply);
        assert_ping_is_reset();
    }
    send_con(POST_RD, 7);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(take(cases[i].bytes), LP_X_NONE);
        assert_true(lp_exchange_busy(&x)); /* malformed ACK and RST of ours end nothing */
    }
}

static void packets_of_others(void **state)
{
    (void)state;
    char folder[] = "/tmp/limpet-coap-XXXXXX", text[600];
    if (access(SHARED_DIR "/vectors/packets.tar.gz", R_OK) != 0) skip();
    assert_non_null(mkdtemp(folder));
    snprintf(text, sizeof(text), "tar -xzf '%s' -C %s", SHARED_DIR "/vectors/packets.tar.gz",
             folder);
    assert_int_equal(system(text), 0);
    unsigned count = 0;
    static const char *const kinds[] = {"coap", "cve"};
    for (unsigned k = 0; k < 2; k++) {
        snprintf(text, sizeof(text), "%s/packets/%s", folder, kinds[k]);
        DIR *d = opendir(text);
        for (struct dirent *e; d && (e = readdir(d));) {
            static uint8_t p[65536];
            snprintf(text, sizeof(text), "%s/packets/%s/%.200s", folder, kinds[k], e->d_name);
            FILE *f = e->d_name[0] != '.' ? fopen(text, "rb") : NULL;
            if (!f) continue;
            size_t n = fread(p, 1, sizeof(p), f);
            fclose(f);
            uint8_t *exact = malloc(n ? n : 1); /* reading past the end shows */
            memcpy(exact, p, n);
            lp_exchange_recv(&x, exact, n, now, &ev);
            if (ev.kind == LP_X_REQUEST)
                lp_exchange_answered(&x, &ev.msg, "\x60\x80\x00\x00", 4, now);
            free(exact);
            assert_ping_is_reset();
            count++;
        }
        if (d) closedir(d);
    }
    snprintf(text, sizeof(text), "rm -rf %s", folder);
    assert_int_equal(system(text), 0);
    assert_true(count > 500);
}

/* ---- ids ---- */

static void message_ids_and_tokens(void **state)
{
    (void)state;
    static uint8_t used[8192];
    for (uint32_t i = 0; i < 65536; i++) {
        uint16_t mid = lp_exchange_mid(&x);
        assert_int_equal(used[mid / 8] & 1 << mid % 8, 0);
        used[mid / 8] |= (uint8_t)(1 << mid % 8);
    }
    struct lp_exchange y;
    lp_exchange_init(&y, buf, sizeof(buf), NULL);
    assert_int_not_equal(lp_exchange_mid(&x), lp_exchange_mid(&y)); /* begins at random */
    uint8_t a[8], b[8];
    lp_exchange_token(&x, a, 8);
    lp_exchange_token(&x, b, 8);
    assert_memory_not_equal(a, b, 8);
    lp_sim_random_fail(1); /* without random bytes they still differ */
    lp_exchange_token(&x, a, 8);
    lp_exchange_mid(&x);
    lp_exchange_token(&x, b, 8);
    lp_sim_random_fail(0);
    assert_memory_not_equal(a, b, 8);
}

/* ---- two exchanges, each message lost, doubled, late ---- */

/* A client posts, a server answers piggybacked or separately, over a wire where the n-th message meets the fault. What
 * must hold: the request is served once, its answer comes once. */
enum fault { LOST, DOUBLED, LATE };

struct message {
    uint64_t due;
    bool to_server;
    size_t n;
    uint8_t p[64];
};

static struct {
    struct lp_exchange c, s;
    uint8_t c_buf[64], s_buf[64];
    struct message wire[64];
    unsigned wire_n, sent, fault_at;
    enum fault fault;
    bool met;
    unsigned served, responses, timeouts, acked;
} two;

static void transmit(bool to_server, const void *p, size_t n)
{
    bool faulty = ++two.sent == two.fault_at;
    two.met |= faulty;
    for (int copies = faulty && two.fault == DOUBLED ? 2
                      : faulty && two.fault == LOST  ? 0
                                                     : 1;
         copies > 0; copies--) {
        struct message *m = &two.wire[two.wire_n++];
        assert_true(two.wire_n < 64 && n <= sizeof(m->p));
        m->due = now + (faulty && two.fault == LATE ? 2500 : 10) + (unsigned)copies;
        m->to_server = to_server;
        m->n = n;
        memcpy(m->p, p, n);
    }
}

static void server_serves(const struct lp_coap *m, bool separate)
{
    two.served++;
    uint8_t a[8] = {0x62, 0x44, (uint8_t)(m->mid >> 8), (uint8_t)m->mid, m->token[0], m->token[1]};
    struct lp_span answer = {a, 6};
    uint8_t ack[4];
    if (separate) answer = lp_exchange_ack(m, ack);
    lp_exchange_answered(&two.s, m, answer.p, answer.n, now);
    transmit(false, answer.p, answer.n);
    if (!separate) return;
    uint16_t mid = lp_exchange_mid(&two.s);
    memcpy(two.s_buf,
           (uint8_t[]){0x42, 0x44, (uint8_t)(mid >> 8), (uint8_t)mid, m->token[0], m->token[1]}, 6);
    assert_int_equal(lp_exchange_sent(&two.s, 6, 1, now), 0);
    transmit(false, two.s_buf, 6);
}

static void event_of(bool server, bool separate)
{
    if (ev.send.n) transmit(!server, ev.send.p, ev.send.n);
    if (ev.kind == LP_X_REQUEST) server_serves(&ev.msg, separate);
    two.responses += ev.kind == LP_X_RESPONSE;
    two.timeouts += ev.kind == LP_X_TIMEOUT;
    two.acked += ev.kind == LP_X_ACKED;
    if (ev.kind == LP_X_OTHER && ev.msg.type == LP_CON) {
        struct lp_span s = lp_exchange_reset(&ev.msg, ev.reply);
        transmit(!server, s.p, s.n);
    }
}

static bool converse(enum fault fault, unsigned n, bool separate)
{
    memset(&two, 0, sizeof(two));
    two.fault = fault;
    two.fault_at = n;
    lp_exchange_init(&two.c, two.c_buf, sizeof(two.c_buf), NULL);
    lp_exchange_init(&two.s, two.s_buf, sizeof(two.s_buf), NULL);
    size_t len = hex(two.c_buf, POST_RD);
    assert_int_equal(lp_exchange_sent(&two.c, len, 1, now), 0);
    transmit(true, two.c_buf, len);
    for (uint64_t end = now + 300000; now < end; now++) {
        for (unsigned i = 0; i < two.wire_n; i++) {
            if (two.wire[i].due > now) continue;
            struct message m = two.wire[i];
            two.wire[i--] = two.wire[--two.wire_n];
            lp_exchange_recv(m.to_server ? &two.s : &two.c, m.p, m.n, now, &ev);
            event_of(m.to_server, separate);
        }
        lp_exchange_poll(&two.c, now, &ev);
        event_of(false, separate);
        lp_exchange_poll(&two.s, now, &ev);
        event_of(true, separate);
    }
    assert_int_equal(two.served, 1);
    assert_int_equal(two.responses, 1);
    assert_int_equal(two.timeouts, 0);
    assert_int_equal(two.acked, separate);
    return two.met;
}

static void each_message_lost_doubled_late(void **state)
{
    (void)state;
    for (enum fault f = LOST; f <= LATE; f++)
        for (int separate = 0; separate < 2; separate++) {
            unsigned n = 1;
            while (converse(f, n, separate)) n++;
            assert_true(n > 2);
        }
}

#define T(f) cmocka_unit_test_setup(f, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(piggybacked_response),
        T(separate_response),
        T(separate_response_overtakes_ack),
        T(separate_response_non),
        T(response_in_ack_of_a_retransmission),
        T(notification_acknowledged),
        T(reset),
        T(retransmission_and_timeout),
        T(separate_response_never_comes),
        T(parameters),
        T(one_at_a_time),
        T(duplicate_gets_the_same_answer),
        T(duplicate_while_it_is_served),
        T(execute_is_remembered_longer_than_reads),
        T(newest_are_remembered),
        T(pushed_out_executes_are_known_still),
        T(long_answers),
        T(exactly_as_long_as_there_is_room),
        T(non_requests),
        T(unanswered_request),
        T(new_association_forgets),
        T(pushed_out_while_served),
        T(stale_and_foreign_responses),
        T(stale_token_in_ack_of_ours),
        T(empty_token),
        T(ping),
        T(malformed),
        T(packets_of_others),
        T(message_ids_and_tokens),
        T(each_message_lost_doubled_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
