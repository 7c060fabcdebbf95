/* SPDX-License-Identifier: Apache-2.0
 *
 * bad.h - packets that a CoAP endpoint must bear, with what may be said to each. Parsers and protocol engines of others
 * have crashed, hung or misbehaved on their like. Used against the whole client (tests/lwm2m/test_mistakes.c) and the
 * whole server (tests/server/test_mistakes.c): after each of them a ping must still be answered by a reset.
 */
#ifndef BAD_H
#define BAD_H

#include "test.h"

enum bad_reply {
    BAD_RESET, /* a reset with its message id */
    BAD_DROP,  /* nothing */
    BAD_ERROR, /* an error code in the ACK, with the token */
    BAD_ANY    /* whatever: it is only borne */
};

struct bad {
    const char *what;
    enum bad_reply reply;
    const char *head; /* bytes 2 and 3 become another message id for each packet */
    unsigned n;       /* so many bytes of fill behind it */
    uint8_t fill;
};

static const struct bad bad_packets[] = {
    /* the message is malformed: RFC 7252 4.2, 4.3 */
    {"empty datagram", BAD_DROP, "", 0, 0},
    {"1 byte", BAD_DROP, "40", 0, 0},
    {"3 bytes", BAD_DROP, "40 01 00", 0, 0},
    {"3 bytes that would be a ping", BAD_DROP, "40 00 00", 0, 0},
    {"version 0", BAD_DROP, "00 01 0000", 0, 0},
    {"version 2", BAD_DROP, "80 01 0000", 0, 0},
    {"version 3", BAD_DROP, "c0 01 0000", 0, 0},
    {"token of 9", BAD_RESET, "49 01 0000", 9, 1},
    {"token of 15", BAD_RESET, "4f 01 0000", 15, 1},
    {"token of 15, none there", BAD_RESET, "4f 01 0000", 0, 0},
    {"token past the end", BAD_RESET, "48 01 0000 01020304050607", 0, 0},
    {"extended delta past the end", BAD_RESET, "40 01 0000 d0", 0, 0},
    {"extended delta of two past the end", BAD_RESET, "40 01 0000 e0 00", 0, 0},
    {"extended length past the end", BAD_RESET, "40 01 0000 0d", 0, 0},
    {"extended length of two past the end", BAD_RESET, "40 01 0000 0e 00", 0, 0},
    {"both past the end", BAD_RESET, "40 01 0000 ee 00 00 00", 0, 0},
    {"value past the end", BAD_RESET, "40 01 0000 b5 33", 0, 0},
    {"value of 65804 bytes", BAD_RESET, "40 01 0000 be ffff", 20, 0},
    {"value of 65536 bytes: none in 16 bits", BAD_RESET, "40 01 0000 be fef3", 0, 0},
    {"delta 15", BAD_RESET, "40 01 0000 f0", 0, 0},
    {"length 15", BAD_RESET, "40 01 0000 bf", 20, 0x33},
    {"option number 65804", BAD_RESET, "40 01 0000 e0 ffff", 0, 0},
    {"option numbers that wrap at 16 bits", BAD_RESET, "40 01 0000 e0 7fff e0 7fff", 0, 0},
    {"deltas without end", BAD_RESET, "40 01 0000 e0 ffff", 300, 0xe0},
    {"payload marker without payload", BAD_RESET, "40 01 0000 ff", 0, 0},
    {"the same behind an option", BAD_RESET, "40 01 0000 b1 33 ff", 0, 0},
    {"empty message with token", BAD_RESET, "41 00 0000 aa", 0, 0},
    {"empty message with option", BAD_RESET, "40 00 0000 b1 33", 0, 0},
    {"empty message with payload", BAD_RESET, "40 00 0000 ff 31", 0, 0},
    {"code class 1", BAD_RESET, "40 20 0000", 0, 0},
    {"code class 6", BAD_RESET, "40 c1 0000", 0, 0},
    {"code class 7", BAD_RESET, "40 e1 0000", 0, 0},
    {"malformed NON", BAD_DROP, "50 01 0000 ff", 0, 0},
    {"malformed NON, token of 15", BAD_DROP, "5f 01 0000", 0, 0},
    {"empty NON", BAD_DROP, "50 00 0000", 0, 0},
    {"malformed ACK", BAD_DROP, "60 45 0000 ff", 0, 0},
    {"malformed RST", BAD_DROP, "70 00 0000 ff", 0, 0},
    {"RST with a code", BAD_DROP, "70 45 0000", 0, 0},
    {"request in an ACK", BAD_DROP, "60 01 0000 b1 33", 0, 0},
    {"request in a RST", BAD_DROP, "70 02 0000 b1 33", 0, 0},
    /* to nothing that was said */
    {"ACK of nothing", BAD_DROP, "60 00 0000", 0, 0},
    {"RST of nothing", BAD_DROP, "70 00 0000", 0, 0},
    {"response in the ACK of nothing", BAD_DROP, "64 45 0000 01020304 ff 31", 0, 0},
    {"response with a stale token", BAD_RESET, "44 45 0000 01020304 ff 31", 0, 0},
    {"notification with a stale token", BAD_RESET, "48 45 0000 0102030405060708 61 05 ff 31", 0, 0},
    {"response without token", BAD_RESET, "40 45 0000", 0, 0},
    {"4.04 in a NON", BAD_ANY, "51 84 0000 aa", 0, 0},
    /* critical options that are not known or have an illegal length: 4.02 to a CON, never to a NON (RFC 7252 5.4.1) */
    {"unknown critical option", BAD_ERROR, "41 01 0000 aa b1 33 d1 1f 01", 0, 0},
    {"unknown critical option in a NON", BAD_DROP, "51 01 0000 aa b1 33 d1 1f 01", 0, 0},
    {"Uri-Host of 256", BAD_ERROR, "41 01 0000 aa 3d f3", 256, 'h'},
    {"Uri-Host of 256 in a NON", BAD_DROP, "51 01 0000 aa 3d f3", 256, 'h'},
    {"Uri-Host of 257: 1 in 8 bits", BAD_ERROR, "41 01 0000 aa 3d f4", 257, 'h'},
    {"Uri-Host, empty", BAD_ERROR, "41 01 0000 aa 30", 0, 0},
    {"Uri-Port of 3", BAD_ERROR, "41 01 0000 aa 73 010203", 0, 0},
    {"Uri-Path of 256", BAD_ERROR, "41 01 0000 aa bd f3", 256, '3'},
    {"Uri-Query of 256", BAD_ERROR, "41 01 0000 aa dd 02 f3", 256, 'q'},
    {"If-Match of 9", BAD_ERROR, "41 03 0000 aa 19 010203040506070809 a1 33", 0, 0},
    {"If-None-Match with a value", BAD_ERROR, "41 03 0000 aa 51 01 61 33", 0, 0},
    {"Content-Format of 3", BAD_ERROR, "41 03 0000 aa b1 33 13 000000", 0, 0},
    {"Accept of 3", BAD_ERROR, "41 01 0000 aa b1 33 63 000000", 0, 0},
    {"Block1 of 4", BAD_ERROR, "41 03 0000 aa b1 33 d4 03 00000000", 0, 0},
    {"Block2 of 4", BAD_ERROR, "41 01 0000 aa b1 33 c4 00000000", 0, 0},
    {"Block1 of size 7", BAD_ERROR, "41 03 0000 aa b1 33 d1 03 0f", 0, 0},
    {"Block1 in the middle of nothing", BAD_ERROR, "41 03 0000 aa b1 33 01 30 01 30 d2 03 ff ff", 0,
     0},
    {"OSCORE, empty", BAD_ERROR, "41 02 0000 aa 90", 0, 0},
    {"Proxy-Uri", BAD_ERROR, "41 01 0000 aa dd 16 00", 13, 'p'},
    {"two Accepts", BAD_ERROR, "41 01 0000 aa b1 33 60 00", 0, 0},
    /* legal, and strange */
    {"ETag of 9", BAD_ANY, "41 01 0000 aa 49 010203040506070809 71 33", 0, 0},
    {"Observe of 4", BAD_ANY, "41 01 0000 aa 64 00000000 51 33 01 30", 0, 0},
    {"option 0", BAD_ANY, "41 01 0000 aa", 100, 0},
    {"an empty Uri-Path 500 times", BAD_ERROR, "41 01 0000 aa b0", 499, 0},
    {"a path of 200 parts", BAD_ERROR, "41 01 0000 aa b1 33", 200 * 2, 0x01},
    {"4294967299 as path", BAD_ERROR, "41 01 0000 aa ba 34323934393637323939 01 30 01 30", 0, 0},
    {"65539 as path", BAD_ERROR, "41 01 0000 aa b5 3635353339 01 30 01 30", 0, 0},
    {"code 0.08", BAD_ERROR, "41 08 0000 aa b1 33", 0, 0},
    {"code 0.31", BAD_ERROR, "41 1f 0000 aa b1 33", 0, 0},
    {"TLV of nonsense", BAD_ERROR, "41 03 0000 aa b1 31 01 30 12 2d16 ff", 60, 0xff},
    {"TLV whose length is not there", BAD_ERROR,
     "41 03 0000 aa b1 31 01 30 12 2d16 ff f8 00 01 ffffff", 3, 1},
    {"SenML CBOR nested", BAD_ERROR, "41 03 0000 aa b1 31 01 30 11 70 ff", 200, 0x81},
    {"SenML CBOR of 2^64 records", BAD_ERROR, "41 03 0000 aa b1 31 01 30 11 70 ff 9b", 8, 0xff},
    {"SenML CBOR, empty labels", BAD_ANY, "41 02 0000 aa b1 31 01 30 11 70 ff 81 a2 60 60 60 60", 0,
     0},
    {"SenML JSON nested", BAD_ERROR, "41 03 0000 aa b1 31 01 30 11 6e ff", 200, '['},
    {"SenML JSON, name without end", BAD_ERROR, "41 03 0000 aa b1 31 01 30 11 6e ff 5b 7b 22", 0,
     0},
    {"a payload of NUL", BAD_ERROR, "41 03 0000 aa b1 33 01 30 02 3131 ff", 400, 0},
    {"as large as a datagram may be", BAD_ANY, "41 01 0000 aa b1 33 01 30 ff", 1490, 0xff},
};
#define BAD_PACKETS (sizeof bad_packets / sizeof *bad_packets)

/* Its bytes, with that message id. */
static inline size_t bad_bytes(const struct bad *b, uint16_t mid, uint8_t to[1600])
{
    size_t n = hex(to, b->head);
    memset(to + n, b->fill, b->n);
    if (n >= 4) {
        to[2] = (uint8_t)(mid >> 8);
        to[3] = (uint8_t)mid;
    }
    return n + b->n;
}

#endif
