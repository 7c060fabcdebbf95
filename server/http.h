/* SPDX-License-Identifier: Apache-2.0
 *
 * http.h - HTTP around rest.h and events.h: libmicrohttpd, driven from our loop. A call that waits for a device is
 * suspended; a stream of events is suspended while there is none. */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include <stdint.h>

#include "server/server.h"

struct http;

/* fd: listening, taken over. token: NULL: none is asked for. NULL: it cannot be started. */
struct http *http_start(struct server *, int fd, const char *token);
int http_fd(const struct http *);        /* readable: http_run is due */
uint32_t http_wait(const struct http *); /* ms until http_run is due anyway */
void http_run(struct http *);
void http_stopping(struct http *); /* streams end, new calls are refused */
void http_stop(struct http *);     /* after server_close */

#endif
