/* SPDX-License-Identifier: Apache-2.0
 *
 * restype.h - the types of the resources that the server knows: objects 0 to 7 and 21 (OMA LwM2M 1.1 and 1.2), and the
 * reusable resources of IPSO objects (3200 to 3441), whose ids mean the same everywhere. */
#ifndef SERVER_RESTYPE_H
#define SERVER_RESTYPE_H

#include "limpet/object.h"

/* enum lp_type; 0: not known. *multiple (may be NULL): may have resource instances. */
enum lp_type restype(const struct lp_path *, bool *multiple);
/* As the REST interface writes it: "STRING", "INTEGER", ...; from text in any case (0: no such type). */
const char *restype_name(enum lp_type);
enum lp_type restype_parse(const char *);

#endif
