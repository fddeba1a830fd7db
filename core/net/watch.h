/* SPDX-License-Identifier: MIT
 *
 * The watchdog: a deadline for each connection, moved from phase to phase. The HTTP library only
 * knows inactivity, which one byte a second keeps up for ever; here slow senders and slow readers
 * are cut when their time is up. When there are more connections than there should be, those that
 * ask for nothing have hardly any time, so that room comes free for who does.
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

struct watch_limits {
    int64_t header_ms; /* the header must be complete by then */
    int64_t body_ms;   /* a body, and one second more for each WATCH_RATE */
    int64_t idle_ms;   /* the next request begun */
    unsigned connections;
    bool sealed; /* connections are encrypted */
};
enum { WATCH_RATE = 1024, WATCH_LARGE_BYTES = 1 << 20, WATCH_LARGE_RATE = 16 << 10 };

MUST_USE int watch_new(const struct watch_limits *limits, struct watch **out, struct err *err);
/* Calls this each time it has looked, with its mutex held. ctx outlives the watchdog. */
void watch_each_tick(struct watch *w, void (*tick)(void *ctx), void *ctx);
/* After the last connection is gone. NULL is fine. */
void watch_free(struct watch *w);

const struct watch_limits *watch_limits_of(const struct watch *w);
unsigned watch_connections(const struct watch *w);
/* There are more connections than the limits say. */
bool watch_is_crowded(const struct watch *w);

/* NULL when memory is short: the connection is then not watched. Else it has the time of a header.
 */
struct watch_conn *watch_add(struct watch *w, int fd);
void watch_remove(struct watch *w, struct watch_conn *c); /* NULL is fine */

/* A request has begun, and must have its whole header in time; it was answered, and the connection
 * is idle. c may be NULL. */
void watch_asks(struct watch *w, struct watch_conn *c);
void watch_idle(struct watch *w, struct watch_conn *c);
/* Cut at ms from now; 0: never (while the server works). c may be NULL. */
void watch_until(struct watch_conn *c, int64_t ms);
/* The client is sending a body: when it closes its side before the end, which the library's
 * edge-triggered loop may not see, it is cut. c may be NULL. */
void watch_body(struct watch_conn *c, bool sending);
/* A request of the client's is being answered: when the client goes meanwhile, it is cancelled.
 * NULL when the answer is made, before the request goes. c may be NULL. */
void watch_work(struct watch *w, struct watch_conn *c, struct cancel *cancel);
/* How long a body of so many bytes may take: the time of the limits, and behind it a second for
 * each WATCH_RATE, above WATCH_LARGE_BYTES for each WATCH_LARGE_RATE. */
int64_t watch_allowance_ms(const struct watch *w, uint64_t bytes);
/* Connections cut so far. */
uint64_t watch_cut(const struct watch *w);

#endif
