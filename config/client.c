/* SPDX-License-Identifier: Apache-2.0
 * The formats of the Client, best first. */
#include "bytes/fmt.h"

const struct lp_fmt *const lp_fmts[] = {
    &lp_fmt_senml_cbor, &lp_fmt_tlv, &lp_fmt_senml_json, &lp_fmt_cbor, &lp_fmt_text,
    &lp_fmt_opaque,     NULL};
