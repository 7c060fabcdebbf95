/* SPDX-License-Identifier: Apache-2.0
 *
 * links.h - link format (RFC 6690) as JSON, and what the list of a registration says about a device. */
#ifndef SERVER_LINKS_H
#define SERVER_LINKS_H

#include <jansson.h>

#include "limpet/types.h"

#define LINKS_ROOT 32
#define LINKS_MAX  1000

/* [{"url":"/3/0","attributes":{"ver":"1.1"}},…]; values as they stand, quotes too. NULL: not in link format. */
json_t *links_json(struct lp_span);
/* A list that a device may register: LINKS_MAX links at most, none empty. */
bool links_valid(struct lp_span);

struct links_info {
    char root[LINKS_ROOT]; /* path of the device's objects: "/" or "/lwm2m" */
    bool says_formats;     /* the root link has a ct: */
    bool tlv, senml_cbor, senml_json, opaque;
};
/* Of a list that is valid. */
void links_info(struct lp_span, struct links_info *);
/* {"1":[0],"3":[0]}: object instances below root. */
json_t *links_instances(struct lp_span, const char *root);

#endif
