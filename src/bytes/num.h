/* SPDX-License-Identifier: Apache-2.0
 *
 * num.h - numbers as decimal text, without libc's printf, strtod or any floating-point arithmetic (they cost 18 kB on
 * a small target). Parsers take a span, demand that all of it is used, and never look past it.
 */
#ifndef LP_NUM_H
#define LP_NUM_H

#include "bytes/buf.h"

void lp_put_uint(struct lp_out *, uint64_t);
void lp_put_int(struct lp_out *, int64_t);
/* The shortest decimal that reads back as the same double; "21.5", "-0.001", "1e+30" style exponents only beyond
 * 1e-7 .. 1e21 (as ECMAScript prints, which is legal JSON); NaN and infinities: LP_ERR_VALUE in out->err. */
void lp_put_float(struct lp_out *, double);

/* 0, LP_ERR_FORMAT (not a number at all), LP_ERR_VALUE (out of range). No leading '+', no blanks; JSON's grammar for
 * floats, correctly rounded (what is too small is 0). lp_get_int and lp_get_uint take "5", "-5" and "0", not "5.0" and
 * not "05". */
int lp_get_uint(struct lp_span, uint64_t *);
int lp_get_int(struct lp_span, int64_t *);
int lp_get_float(struct lp_span, double *);

/* Exact conversions; LP_ERR_VALUE where the value does not fit (a fraction, too large). */
int lp_float_to_int(double, int64_t *);
int lp_float_to_uint(double, uint64_t *);
double lp_int_to_float(int64_t); /* to the nearest, ties to even, where 53 bits do not hold it */
double lp_uint_to_float(uint64_t);
double lp_f32_to_f64(uint32_t bits);
double lp_f16_to_f64(uint16_t bits);
bool lp_f64_to_f32(double, uint32_t *bits); /* true only if nothing is lost */

/* What a processor without floating point would take from a library of 1.2 kB. */
bool lp_float_finite(double);
bool lp_float_less(double a, double b); /* not for NaN */
/* *sum = a + b, rounded as a processor rounds. LP_ERR_VALUE: too large, or too small for a normal number. */
int lp_float_add(double *sum, double a, double b);

#endif
