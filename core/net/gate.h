/* SPDX-License-Identifier: MIT
 *
 * The gate in front of the server: how many connections one client may have, and which proxies are
 * believed when they say for whom they ask. Threads: any. */
#ifndef NET_GATE_H
#define NET_GATE_H

#include "address.h"
#include "base/err.h"
#include "script/settings.h"
#include "watch.h"

struct gate;

/* Connections above the limit that are still opened, to be told 503. */
enum { GATE_RESERVE = 256 };
/* What is usual, where the configuration does not say. No more connections than there are numbers
 * for their sockets. */
struct watch_limits gate_limits(const struct settings *settings);

/* settings NULL: what is usual. Nothing of them is kept. */
MUST_USE int gate_new(const struct settings *settings, struct gate **out, struct err *err);
void gate_free(struct gate *g); /* NULL is fine */

/* False: the client has as many connections as it may. Trusted proxies speak for many and are
 * always let in; so is this machine, unless the configuration sets a limit itself. */
bool gate_lets_in(struct gate *g, const struct sockaddr *from);
/* A connection that was let in has opened, or closed. */
void gate_opened(struct gate *g, const struct sockaddr *from);
void gate_closed(struct gate *g, const struct sockaddr *from);
/* Connections that were not let in, so far. */
uint64_t gate_refused(const struct gate *g);

/* Who asks: the address of the connection, or whom a trusted proxy names. False: not known. */
bool gate_client(const struct gate *g, const struct sockaddr *from, struct str forwarded_for,
                 struct address *out);
/* The connection comes from a trusted proxy. */
bool gate_is_proxy(const struct gate *g, const struct sockaddr *from);

#endif
