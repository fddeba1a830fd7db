/* SPDX-License-Identifier: MIT
 *
 * The HTTP server: libmicrohttpd's epoll threads parse, check and hand the work to the query pool
 * with suspend and resume; they never block and never answer in the first handler call. */
#ifndef NET_HTTPD_H
#define NET_HTTPD_H

#include "alert/checks.h"
#include "alert/engine.h"
#include "base/err.h"
#include "base/pool.h"
#include "data/snap.h"
#include "ingest/inbox.h"
#include "script/plugin.h"
#include "script/settings.h"
#include "store/store.h"

/* Which requests stand in the log: those that change something or fail; all; none. Slow ones always
 * do. */
enum requests_logged { LOG_REQUESTS_NOTABLE, LOG_REQUESTS_ALL, LOG_REQUESTS_NONE };
struct request_log {
    enum requests_logged which;
    int64_t slow_ms; /* 0: none is slow */
};

/* What the routes serve. Borrowed; outlives the server. */
struct service {
    struct store *store;
    struct snap_cell *cell;
    struct registry *registry;
    struct alert_engine *alerts;
    struct checks *checks;
    struct pool *pool;
    struct inbox *inbox;  /* the watched folder; NULL: none */
    struct pool *readers; /* of large imports; NULL: whoever receives them reads them */
    const char *version;
    const char *instance; /* differs between any two servers; /healthz tells it */
    /* The command line of the server's own user: who sends this key is that user and may
     * everything. NULL: nobody is. */
    const char *local_user, *local_key;
    bool anonymous_public;           /* who sends no token has the role public */
    bool loopback;                   /* set by httpd_start: it listens for this machine alone */
    const struct settings *settings; /* what it bears, whom it trusts; NULL: what is usual */
    const char *plugins_dir;         /* where the mappings named in imports are */
    struct request_log request_log;
    /* Counts of persons that are smaller are hidden from these roles. */
    int small_cells_public, small_cells_viewer;
    const char *dashboard_dir; /* the built dashboard; NULL: `/` is the list of reports */
};

struct httpd;
/* listen: "127.0.0.1:8090", "[::1]:8090"; port 0 picks one. ERR_UNAVAILABLE tells what to do when
 * the port is taken; ERR_USAGE refuses an address that others reach while nobody is asked who they
 * are. */
MUST_USE int httpd_start(const struct service *service, const char *listen, struct httpd **out,
                         struct err *err);
int httpd_port(const struct httpd *h);
/* Where connections are encrypted: reads the certificate again when its files have changed. To be
 * called every few seconds. */
void httpd_look_at_certificate(struct httpd *h);
/* From now on. */
void httpd_log(struct httpd *h, const struct request_log *o);
/* Answers new requests with 503, lets running ones finish for up to drain_ms, cancels the rest,
 * stops, frees. The listening socket stays open until the end: taking it from libmicrohttpd 0.9.75
 * while its threads wait on it can abort the process. NULL is fine. */
void httpd_stop(struct httpd *h, int drain_ms);

#endif
