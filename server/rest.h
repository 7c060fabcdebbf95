/* SPDX-License-Identifier: Apache-2.0
 *
 * rest.h - the REST interface: calls in, answers out. HTTP itself is in http.c; a test calls rest_handle. */
#ifndef SERVER_REST_H
#define SERVER_REST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct server;

#define REST_SEGMENTS 10
#define REST_BODY     (16u << 20) /* a firmware image of 8 MiB in hex */

struct rest_param {
    char *name, *value; /* value: NULL without '=' */
};

struct rest {
    struct server *s;
    const char *method;
    char *segment[REST_SEGMENTS]; /* of the path behind /api, decoded */
    unsigned n;
    struct rest_param *params;
    unsigned n_params;
    const char *content_type; /* or NULL */
    const char *body;         /* with a NUL behind it */
    size_t body_n;
    /* the answer; answered() is called when it is there, perhaps before rest_handle returns */
    int status;
    const char *type;
    char *text; /* to be freed */
    size_t text_n;
    void (*answered)(struct rest *);
    void *ctx;
};

void rest_handle(struct rest *);

/* ---- for the handlers ---- */
void rest_json(struct rest *, int status, json_t *);        /* takes the reference */
void rest_json_text(struct rest *, int status, char *json); /* takes the text */
void rest_text(struct rest *, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool rest_param(const struct rest *, const char *name,
                const char **value); /* is it there? value may become NULL */
bool rest_is(const struct rest *, const char *method);
json_t *rest_body(struct rest *); /* parsed; NULL: answered */

void rest_clients(struct rest *);   /* /clients/… */
void rest_security(struct rest *);  /* /security/clients, /security/bootstrap */
void rest_bootstrap(struct rest *); /* /bootstrap */

#endif
