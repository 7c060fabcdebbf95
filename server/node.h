/* SPDX-License-Identifier: Apache-2.0
 *
 * node.h - the data model as JSON, the way the REST interface has it, and as the payload of a CoAP message.
 *
 *      /3          {"kind":"obj","id":3,"instances":[…]}
 *      /3/0        {"kind":"instance","id":0,"resources":[…]}
 *      /3/0/0      {"kind":"singleResource","id":0,"type":"STRING","value":"…"}
 *      /3/0/7      {"kind":"multiResource","id":7,"type":"INTEGER","values":{"0":"1","1":"5"}}
 *      /3/0/7/1    {"kind":"resourceInstance","id":1,"type":"INTEGER","value":"5"}
 *
 * Integers and floats are strings, opaque is hex, a time is a number of ms since 1970, an object link is
 * {"objectId":3,"objectInstanceId":0}.
 */
#ifndef SERVER_NODE_H
#define SERVER_NODE_H

#include <jansson.h>

#include "bytes/fmt.h"
#include "server/restype.h"

#define NODE_RECORDS 50000 /* values in one payload */

/* ---- payload -> JSON ---- */

/* The node at path that a payload holds. NULL: *err is LP_ERR_FORMAT, LP_ERR_CONTENT (a format that cannot be read),
 * LP_ERR_TOO_LARGE. types: of that device, which this adds to; or NULL. */
json_t *node_from_payload(struct types *types, const struct lp_path *path, int format,
                          struct lp_span payload, int *err);
/* A payload that holds several resources: {"/3303/0/5700":{"kind":"singleResource",…},…}. */
json_t *node_map(struct types *types, int format, struct lp_span payload, int *err);

/* ---- JSON -> payload ---- */

struct node_values { /* what a JSON node says, record by record */
    struct lp_record *v;
    size_t n, cap;
    void **owned; /* bytes that values point to, other than strings of the JSON */
    size_t n_owned;
    char why[160];             /* what is wrong, for whoever sent it */
    const struct types *types; /* of that device, or NULL */
    struct types named;        /* types that the node names */
    bool any_text, any_number; /* a string or number without a type: as JSON has it */
};

/* A node for path (its kind must fit), spans into the JSON, which must live on. For an object (create) the path of the
 * records is that of the instance, or without id *anonymous is set and it is instance 0. 0, or LP_ERR_VALUE with why.
 * */
int node_values(struct node_values *, const struct lp_path *path, json_t *node, bool *anonymous);
/* A text for a resource, as its type wants it. */
int node_text_value(struct node_values *, const struct lp_path *path, const char *text);
void node_add(struct node_values *, const struct lp_path *path,
              const struct lp_value *); /* spans as they are */
struct lp_span node_own(struct node_values *,
                        struct lp_span); /* allocated bytes: freed with the values */
void node_values_free(struct node_values *);

/* The payload, to be freed. base: the path of the request; anonymous: an instance without its id (TLV only). Negative
 * length: LP_ERR_ACCEPT, the format cannot carry this; LP_ERR_CONTENT: it cannot be written. */
int node_payload(const struct node_values *, const struct lp_path *base, int format, bool anonymous,
                 uint8_t **payload);

/* "TLV", "SENML_CBOR", …, or a number; LP_ERR_CONTENT: no such format. */
int node_format(const char *name);

#endif
