/* SPDX-License-Identifier: MIT
 *
 * What the parts of the server share: httpd.c (what the library calls), work.c (what workers do).
 */
#ifndef NET_HTTPD_INT_H
#define NET_HTTPD_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "access.h"
#include "api.h"
#include "cache.h"
#include "drive.h"
#include "events.h"
#include "flights.h"
#include "gate.h"
#include "metrics.h"
#include "seen.h"
#include "turns.h"
#include "watch.h"

struct httpd {
    struct service service;
    struct MHD_Daemon *daemon;
    struct watch *watch;
    struct gate *gate;
    bool sealed; /* by TLS */
    struct cache *cache;
    struct assets *assets; /* NULL: there is no dashboard */
    struct events *events;
    struct tries *tries;
    struct seen plugins;
    struct flights *flights; /* answers being made, and who waits for them */
    struct turns *turns;     /* for routes that ask */
    struct pool *writers;    /* for routes that wait for the disk */
    int fd;
    int port;
    int64_t started_ms;
    atomic_bool stopping;
    atomic_bool drained;   /* no request goes to a worker any more */
    atomic_uint requests;  /* from first line to last byte */
    atomic_uint working;   /* handed to a pool, or waiting for one, and not yet resumed */
    pthread_mutex_t lock;  /* guards `first` */
    struct request *first; /* requests at work, to be cancelled at stop */
    struct metrics metrics;
    struct journal journal;
    struct drive *drive;
};

/* The connection under the watchdog; whose it is. */
struct watch_conn *httpd_watched(const struct request *r);
const struct sockaddr *httpd_peer(struct MHD_Connection *conn);

/* Runs what the route does, here; afterwards there is an answer. */
void work_run_route(struct request *r);
/* Suspends the connection and has a worker make the answer, unless an equal one is being made. On
 * the connection's thread. */
enum MHD_Result work_submit(struct request *r);
/* Answers with r->err, on the HTTP thread whose callback runs. */
enum MHD_Result httpd_refuse(struct request *r);

/* Routes that ask can be ended; what writes goes on to its end. */
bool work_is_query(const struct request *r);

#endif
