/* SPDX-License-Identifier: Apache-2.0
 *
 * session.h - a bootstrap under way: a device, its plan, and how far they are. */
#ifndef SERVER_SESSION_H
#define SERVER_SESSION_H

struct server;
struct session;

/* Ends it before its time: why, for the log and the event. */
void session_end(struct session *, const char *why);

void session_pump(struct session *);

/* The device has registered: if only the answer to the end of its bootstrap is outstanding, it was lost. */
void session_registered(struct server *, const char *endpoint);

#endif
