/* SPDX-License-Identifier: Apache-2.0
 *
 * coap.h - one CoAP message (RFC 7252 section 3) to and from bytes, in place.
 *
 *   0                   1                   2                   3
 *  |Ver| T |  TKL  |      Code     |          Message ID           |   token, options (delta encoded), 0xff, payload
 *
 * Parsing copies nothing: the spans point into the datagram. Building goes through a struct lp_out, options in
 * ascending order.
 */
#ifndef LP_COAP_H
#define LP_COAP_H

#include "bytes/buf.h"
#include "limpet/object.h"

enum lp_coap_type { LP_CON = 0, LP_NON = 1, LP_ACK = 2, LP_RST = 3 };

/* LP_CODE(2, 5) is 2.05, LP_CODE(4, 12) is 4.12 */
#define LP_CODE(c, d) ((uint8_t)((c) << 5 | (d)))

/* clang-format off */
enum lp_coap_code {
    LP_EMPTY = 0,
    LP_GET = 1, LP_POST = 2, LP_PUT = 3, LP_DELETE = 4, LP_FETCH = 5, LP_PATCH = 6, LP_IPATCH = 7,
    LP_CREATED = 65, LP_DELETED = 66, LP_VALID = 67, LP_CHANGED = 68, LP_CONTENT = 69, LP_CONTINUE = 95,
    LP_BAD_REQUEST = 128, LP_UNAUTHORIZED = 129, LP_BAD_OPTION = 130, LP_FORBIDDEN = 131, LP_CODE_NOT_FOUND = 132,
    LP_METHOD_NOT_ALLOWED = 133, LP_NOT_ACCEPTABLE = 134, LP_CODE_INCOMPLETE = 136, LP_PRECONDITION_FAILED = 140,
    LP_REQUEST_TOO_LARGE = 141, LP_UNSUPPORTED_FORMAT = 143,
    LP_INTERNAL_ERROR = 160, LP_NOT_IMPLEMENTED = 161, LP_SERVICE_UNAVAILABLE = 163
};

enum lp_coap_option {
    LP_OPT_IF_MATCH = 1, LP_OPT_URI_HOST = 3, LP_OPT_ETAG = 4, LP_OPT_IF_NONE_MATCH = 5, LP_OPT_OBSERVE = 6,
    LP_OPT_URI_PORT = 7, LP_OPT_LOCATION_PATH = 8, LP_OPT_OSCORE = 9, LP_OPT_URI_PATH = 11, LP_OPT_CONTENT_FORMAT = 12,
    LP_OPT_MAX_AGE = 14, LP_OPT_URI_QUERY = 15, LP_OPT_ACCEPT = 17, LP_OPT_LOCATION_QUERY = 20, LP_OPT_BLOCK2 = 23,
    LP_OPT_BLOCK1 = 27, LP_OPT_SIZE2 = 28, LP_OPT_PROXY_URI = 35, LP_OPT_SIZE1 = 60, LP_OPT_NO_RESPONSE = 258
};
/* clang-format on */

#define LP_NO_FORMAT (-1) /* no Content-Format / Accept option */
#define LP_MAX_TOKEN 8

struct lp_coap {
    uint8_t type, code, tkl;
    uint16_t mid;
    uint8_t token[LP_MAX_TOKEN];
    struct lp_span options; /* encoded, whole and checked: lp_coap_next cannot fail on them */
    struct lp_span payload;
};

/* Parse a datagram. 0, or LP_ERR_FORMAT. On LP_ERR_FORMAT with at least 4 bytes of version 1, type, code and mid are
 * set, so that a malformed CON can be reset. An empty message (code 0) must have neither token, options nor payload;
 * codes of classes 1, 6, 7 are malformed, and so are a payload marker without payload and option numbers over 65535. */
int lp_coap_parse(struct lp_coap *, const void *p, size_t n);

/* ---- options ---- */
struct lp_option {
    uint16_t number;
    struct lp_span value;
};
/* Iterate: *at starts at {0}. 1 with *o filled, 0 at the end. */
struct lp_option_iter {
    size_t at;
    uint16_t number;
};
int lp_coap_next(const struct lp_coap *, struct lp_option_iter *at, struct lp_option *o);
/* The first option of that number: 1 or 0. Elective ones of a wrong length are passed over. */
int lp_coap_find(const struct lp_coap *, uint16_t number, struct lp_span *value);
/* As an unsigned number (RFC 7252 3.2; leading zeros are taken): 1; 0 if absent; LP_ERR_OPTION if longer than
 * max_bytes. */
int lp_coap_uint(const struct lp_coap *, uint16_t number, unsigned max_bytes, uint32_t *v);
/* Checks lengths and repetition of every option this enumeration knows (RFC 7252 5.10, 7641, 7959): 0, or
 * LP_ERR_OPTION for a critical option that is not known, repeated though it must not be, or of a wrong length.
 * Elective ones of that kind are to be ignored: their find gives 0. Proxy-Uri counts as not known: nobody here
 * is a proxy. */
int lp_coap_check_options(const struct lp_coap *);

/* Block1 / Block2 (RFC 7959): num, more, size exponent 0..6. */
struct lp_block {
    uint32_t num;
    bool more;
    uint8_t szx; /* block size 16 << szx */
};
/* 1, 0 if absent, LP_ERR_OPTION (szx 7, more than 3 bytes). */
int lp_coap_block(const struct lp_coap *, uint16_t number, struct lp_block *);

/* ---- building ---- */
struct lp_coap_out {
    struct lp_out *out;
    uint16_t last; /* number of the option written last */
    bool marker;
};
void lp_coap_begin(struct lp_coap_out *, struct lp_out *, uint8_t type, uint8_t code, uint16_t mid,
                   const void *token, uint8_t tkl);
/* number must not be below the one before (else out->err = LP_ERR_STATE). */
void lp_coap_opt(struct lp_coap_out *, uint16_t number, const void *p, size_t n);
void lp_coap_opt_text(struct lp_coap_out *, uint16_t number, const char *);
/* In the shortest form: 0 is empty. */
void lp_coap_opt_uint(struct lp_coap_out *, uint16_t number, uint32_t v);
void lp_coap_opt_block(struct lp_coap_out *, uint16_t number, struct lp_block);
/* An option a segment. */
void lp_coap_opt_path(struct lp_coap_out *, uint16_t number, const struct lp_path *);
/* Writes the marker; call it only when a byte follows. */
void lp_coap_payload(struct lp_coap_out *);

/* ---- errors <-> codes: the one table (limpet/types.h) ---- */
uint8_t lp_coap_code_of(int err); /* LP_ERR_METHOD -> 4.05 ...; unknown -> 5.00 */
/* "4.05" into out[5]. */
void lp_coap_code_text(uint8_t code, char out[5]);

#endif
