/* SPDX-License-Identifier: MIT
 *
 * The watchdog: a deadline for each connection, moved from phase to phase. The HTTP library only
 * knows inactivity, which one byte a second keeps up for ever; here slow senders and slow readers
 * are cut when their time is up.
 *
 * Safe because the library tells of a closed connection before it closes the socket, and both that
 * call and the watchdog hold the table's mutex: a number of a socket is never used after its close.
 */
#ifndef NET_WATCH_H
#define NET_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"

struct watch;      /* the table and its thread */
struct watch_conn; /* one connection */

MUST_USE int watch_new(struct watch **out, struct err *err);
/* After the last connection is gone. NULL is fine. */
void watch_free(struct watch *w);

/* NULL when memory is short: the connection is then not watched. */
struct watch_conn *watch_add(struct watch *w, int fd);
void watch_remove(struct watch *w, struct watch_conn *c); /* NULL is fine */

/* The header must be complete, the next request begun by then (a new connection, and an idle one).
 */
enum { WATCH_HEADER_MS = 5000, WATCH_IDLE_MS = 30000, WATCH_GRACE_MS = 10000, WATCH_RATE = 1024 };

/* Cut at ms from now; 0: never (while the server works). c may be NULL. */
void watch_until(struct watch_conn *c, int64_t ms);
/* The client is sending a body: when it closes its side before the end, which the library's
 * edge-triggered loop may not see, it is cut. c may be NULL. */
void watch_body(struct watch_conn *c, bool sending);
/* A request of the client's is being answered: when the client goes meanwhile, it is cancelled.
 * NULL when the answer is made, before the request goes. c may be NULL. */
void watch_work(struct watch *w, struct watch_conn *c, struct cancel *cancel);
/* `bytes` may take the grace time and one second for each WATCH_RATE. */
int64_t watch_allowance_ms(uint64_t bytes);
/* Connections cut so far. */
uint64_t watch_cut(const struct watch *w);

#endif
