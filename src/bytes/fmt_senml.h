/* SPDX-License-Identifier: Apache-2.0
 *
 * fmt_senml.h - what SenML CBOR and SenML JSON share (RFC 8428): the labels and what a record of them means.
 *
 * Writing: the first record carries the base name, each the rest of its own. A path is cut into the two at one place:
 *
 *      asked for      record         bn       n
 *      /3/0           /3/0/7/1       /3/0/    7/1
 *      /3/0/0         /3/0/0         /3/0/0   (none)
 *      /              /3/0/0         /        3/0/0
 *
 * Reading: a format takes a field's label and value off the wire and hands both to lp_senml_field; lp_senml_end makes
 * the record. Of the base fields bn and bver count here. Times, units and sums do not reach an LwM2M resource and
 * are passed over. A base value would be added to what follows: OMA's table of labels (core 1.1, 7.4.4) has none, so a
 * pack with one is refused.
 */
#ifndef LP_FMT_SENML_H
#define LP_FMT_SENML_H

#include "bytes/fmt.h"

/* In the order of their numbers in CBOR, and so far above them that errors are below. */
enum lp_senml_label {
    LP_SENML_BS,
    LP_SENML_BV,
    LP_SENML_BU,
    LP_SENML_BT,
    LP_SENML_BN,
    LP_SENML_BVER,
    LP_SENML_N,
    LP_SENML_U,
    LP_SENML_V,
    LP_SENML_VS,
    LP_SENML_VB,
    LP_SENML_S,
    LP_SENML_T,
    LP_SENML_UT,
    LP_SENML_VD,
    LP_SENML_VLO, /* OMA's: a string in CBOR too */
    LP_SENML_UNKNOWN
};
#define LP_SENML_CBOR 6 /* "n" is 0 in CBOR, "bs" -6 */

struct lp_senml {  /* a record being read */
    uint32_t seen; /* bit n: label n */
    struct lp_span n;
    struct lp_value value;
};

/* The path of a record to be written as text, base name first: *bn bytes of it; its whole length comes back. */
size_t lp_senml_name(const struct lp_writer *, const struct lp_path *, char text[LP_PATH_TEXT],
                     size_t *bn);
/* The label that a value is written under. */
enum lp_senml_label lp_senml_label_of(enum lp_type);

/* For a text that is no known label: LP_SENML_UNKNOWN, or LP_ERR_FORMAT if it ends in '_': "must be understood". */
int lp_senml_unknown(struct lp_span label);
/* Is the value of such a field needed? Else the format skips it. */
bool lp_senml_wants(int label);
/* *v may be changed; it is NULL where it was skipped. 0 or an error. */
int lp_senml_field(struct lp_reader *, struct lp_senml *, int label, struct lp_value *v);
/* 1 and the record; 0: it had neither name nor value, only base fields; or an error. */
int lp_senml_end(struct lp_reader *, const struct lp_senml *, struct lp_record *);

#endif
