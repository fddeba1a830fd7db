/* SPDX-License-Identifier: MIT
 *
 * News for clients that stay: server-sent events (WHATWG HTML, 9.2) and requests that wait for a
 * change (RFC 7240, `Prefer: wait`). A thread looks for news a few times a second, so that a
 * hundred batches in a moment are one event; connections sleep meanwhile and cost no thread. */
#ifndef NET_EVENTS_H
#define NET_EVENTS_H

#include <microhttpd.h>

#include "base/err.h"
#include "net/httpd.h"

enum { EVENT_STREAMS_MAX = 5000, EVENT_WAIT_MAX_S = 60 };

struct events;
/* A request that waits; part of it. Set to zero before its first wait. */
struct event_wait {
    struct event_wait *next, *prev;
    struct MHD_Connection *conn;
    int64_t deadline_ns; /* 0: it has not waited */
    uint64_t generation; /* events_generation before it was found that nothing is new */
    bool suspended;
    bool deaf; /* waits for its time alone */
};

/* The service is borrowed. */
MUST_USE int events_new(const struct service *service, struct events **out, struct err *err);
/* Nobody is woken any more; all connections must be gone. NULL is fine. */
void events_free(struct events *e);
/* Ends all streams, wakes all who wait; whoever comes from now on neither streams nor waits. */
void events_close(struct events *e);

/* A response that goes on until the client leaves; `after`: the Last-Event-ID, or empty. ERR_BUSY
 * above EVENT_STREAMS_MAX. The caller queues it on the request's connection and drops
 * its reference. It ends when the token is revoked; who is limited is told no figures. */
struct request;
MUST_USE int events_stream(struct events *e, const struct request *r, struct str after,
                           struct MHD_Response **out, struct err *err);

/* Grows with each change that would wake who waits. */
uint64_t events_generation(struct events *e);
/* On the connection's own thread: suspends it until there is news or `ms` from the first call of
 * this request are over. False: it does not wait (again). */
bool events_wait(struct events *e, struct event_wait *w, struct MHD_Connection *conn, int64_t ms);

/* The same for its time alone, whatever is new. */
bool events_pause(struct events *e, struct event_wait *w, struct MHD_Connection *conn, int64_t ms);

/* Streams open, and requests that wait. */
void events_numbers(struct events *e, uint64_t *streams, uint64_t *waiting);

#endif
