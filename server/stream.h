/* SPDX-License-Identifier: Apache-2.0
 *
 * stream.h - server-sent events. A reader that does not keep up is dropped: it would see a gap anyway. */
#ifndef SERVER_STREAM_H
#define SERVER_STREAM_H

#include "server/server.h"

#define STREAMS_MAX      256
#define STREAM_BUFFER    (1u << 20) /* bytes that a reader may be behind */
#define STREAM_LARGE     16384 /* an event from here on may be replaced by {"ep":…,"truncated":true} */
#define STREAM_HEARTBEAT 15000 /* ms between comment lines */

struct stream;
struct MHD_Connection;
struct MHD_Response;

struct streams {
    struct server *s;
    struct stream *first;
    unsigned n;
    struct timer heartbeat;
    bool due; /* a connection was resumed: MHD_run is to look at it */
};

void streams_init(struct streams *, struct server *);
/* NULL: there are too many. */
struct MHD_Response *stream_new(struct streams *, struct MHD_Connection *, const char *endpoint);
void streams_end(struct streams *); /* all of them, when what they hold is read */

#endif
