/* SPDX-License-Identifier: Apache-2.0
 * The formats of Client Lite, best first. SenML JSON costs the most and is left to the Client. */
#include "bytes/fmt.h"

const struct lp_fmt *const lp_fmts[] = {&lp_fmt_senml_cbor, &lp_fmt_tlv,    &lp_fmt_cbor,
                                        &lp_fmt_text,       &lp_fmt_opaque, NULL};
