/* SPDX-License-Identifier: MIT
 *
 * The server around libmicrohttpd: two epoll threads, a queue of work in front of the query pool,
 * the watchdog. What the library calls, and what happens there:
 *
 *   connection opens    on_connection   put under the watchdog
 *   request line read   on_target       request made, target decoded
 *   header read         handle (1st)    guard, route; a refusal is answered here and closes
 *   each piece of body  handle          into the batch, or the buffer; suspended while the readers
 *                                       of a large import are far behind
 *   body complete       handle          inline answer, or suspend and hand over to the pool
 *   resumed by worker   handle (last)   response queued
 *   response sent       on_completed    counted, freed
 *
 * Only the connection whose callback runs is ever suspended, and it is suspended before a worker
 * can see its request. Never answering in the first call keeps connections alive (a factor of
 * four). */
#include "net/httpd.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "cors.h"
#include "form.h"
#include "httpd_int.h"
#include "listen.h"
#include "operation.h"
#include "page.h"
#include "response.h"
#include "seam.h"
#include "tls.h"
#include "who.h"

enum {
    HTTP_THREADS = 2,
    WRITE_THREADS = 2,
    /* Header fields of a request, and the piece of a body read at once. The library clears it for
     * every request. */
    CONNECTION_MEMORY = 32 << 10,
    DRAIN_TICK_MS = 5,
};

bool httpd_is_stopping(const struct httpd *h)
{
    return atomic_load(&h->stopping);
}

const struct assets *httpd_assets(const struct httpd *h)
{
    return h->assets;
}

void httpd_metrics(struct httpd *h, struct buf *out)
{
    struct metrics_view v = {.metrics = &h->metrics,
                             .service = &h->service,
                             .connections_cut = watch_cut(h->watch),
                             .pushed_out = turns_pushed_out_total(h->turns),
                             .queue = turns_waiting(h->turns),
                             .connections = watch_connections(h->watch),
                             .connections_refused = gate_refused(h->gate),
                             .started_ms = h->started_ms,
                             .plugins = seen_numbers_get(&h->plugins),
                             .slow = atomic_load(&h->journal.slow),
                             .writes_waiting = pool_waiting(h->writers),
                             .drive = h->drive};
    v.flights = flights_numbers_get(h->flights);
    cache_stats_get(h->cache, &v.cache);
    events_numbers(h->events, &v.streams, &v.waiting);
    metrics_write(&v, out);
}

/* ---- answers -------------------------------------------------------------------------------- */

struct watch_conn *httpd_watched(const struct request *r)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

const struct sockaddr *httpd_peer(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info != NULL ? info->client_addr : NULL;
}

/* A client that takes nothing for the idle time is cut by the library. */
static void watch_sending(struct request *r, uint64_t bytes)
{
    const struct watch *w = r->httpd->watch;
    watch_until(httpd_watched(r), watch_allowance_ms(w, bytes) + watch_limits_of(w)->idle_ms);
}

/* An answer made before, for the same tag. */
static bool send_kept(struct request *r)
{
    struct answer *a = &r->answer;
    if (a->etag[0] == '\0' || httpd_is_stopping(r->httpd) ||
        !cache_send(r->httpd->cache, r->key, r->conn, &a->sent))
        return false;
    request_unpin(r);
    a->queued = true;
    a->engine = "kept";
    watch_sending(r, a->sent);
    return true;
}

static enum MHD_Result send_answer(struct request *r)
{
    struct answer *a = &r->answer;
    a->sent = a->fd >= 0 ? a->fd_bytes : a->body.n;
    if (a->asset != NULL && a->status == 200)
        a->sent = a->asset->body[a->coding].n;
    a->queued = true;
    if (httpd_is_stopping(r->httpd))
        a->close = true;
    struct MHD_Response *rs = response_of(a);
    if (rs == NULL)
        return MHD_NO;
    if (r->id[0] != 0)
        MHD_add_response_header(rs, "Panji-Request-Id", r->id);
    if (r->query_id[0] != 0 && r->match.route != NULL && work_is_query(r))
        MHD_add_response_header(rs, "Panji-Query-Id", r->query_id);
    watch_sending(r, a->sent);
    enum MHD_Result sent = MHD_queue_response(r->conn, (unsigned)a->status, rs);
    MHD_destroy_response(rs);
    return sent;
}

enum MHD_Result httpd_refuse(struct request *r)
{
    ASSERT(r->err.code < 0);
    answer_problem(&r->answer, &r->err, NULL);
    return send_answer(r);
}

static enum MHD_Result send_stream(struct request *r)
{
    struct MHD_Response *rs = NULL;
    struct answer *a = &r->answer;
    int rc = r->match.route->run(r, &r->err);
    if (rc == 0)
        rc = events_stream(r->httpd->events, r, request_header(r, "Last-Event-ID"), &rs, &r->err);
    if (rc < 0)
        return httpd_refuse(r);
    a->type = "text/event-stream";
    a->queued = true;
    response_headers(rs, a);
    /* nginx passes each event on at once */
    MHD_add_response_header(rs, "X-Accel-Buffering", "no");
    MHD_add_response_header(rs, "Panji-Request-Id", r->id);
    watch_until(httpd_watched(r), 0);
    enum MHD_Result sent = MHD_queue_response(r->conn, 200, rs);
    MHD_destroy_response(rs);
    return sent;
}

static enum MHD_Result answer_inline(struct request *r)
{
    work_run_route(r);
    return send_answer(r);
}

/* Suspended, to come here again when there is news or the time is over. */
static bool waits_for_news(struct request *r)
{
    int64_t ms = request_wait_ms(r);
    if (ms == 0 || !events_wait(r->httpd->events, &r->wait, r->conn, ms))
        return false;
    watch_until(httpd_watched(r), 0);
    return true;
}

/* 304s and kept answers cost no work: the tag is made of what the answer would be made of. False
 * when a worker has to look. */
static bool send_unchanged(struct request *r, enum MHD_Result *sent)
{
    if (!seen_get(&r->httpd->plugins, r->snap->catalogue, &r->plugins_hash))
        return false;
    if (request_wait_ms(r) > 0)
        r->wait.generation = events_generation(r->httpd->events);
    if (!request_tag(r)) {
        *sent = MHD_YES;
        return send_kept(r);
    }
    request_unpin(r);
    if (waits_for_news(r)) {
        *sent = MHD_YES;
        return true;
    }
    r->answer.status = 304;
    *sent = send_answer(r);
    return true;
}

static bool is_inline(const struct request *r)
{
    unsigned flags = r->match.route->flags;
    return flags & ROUTE_INLINE || (flags & ROUTE_SHELL && r->httpd->assets != NULL);
}

/* The refusal of somebody who tries texts is suspended for a while, to come here again. */
static bool pauses(struct request *r)
{
    if (r->access.wait_ms == 0 ||
        !events_pause(r->httpd->events, &r->pause, r->conn, r->access.wait_ms))
        return false;
    watch_until(httpd_watched(r), 0);
    return true;
}

static enum MHD_Result on_end(struct request *r)
{
    watch_body(httpd_watched(r), false);
    if (pauses(r))
        return MHD_YES;
    if (r->options)
        return send_answer(r);
    if (r->err.code < 0 || access_has_ended(r))
        return httpd_refuse(r);
    if (is_inline(r))
        return answer_inline(r);
    if (r->match.route->flags & ROUTE_STREAM)
        return send_stream(r);
    if (!(r->match.route->flags & ROUTE_TAGGED))
        return work_submit(r);
    if (request_pin_snap(r, &r->err) < 0)
        return httpd_refuse(r);
    enum MHD_Result sent;
    return send_unchanged(r, &sent) ? sent : work_submit(r);
}

static enum MHD_Result on_ready(struct request *r)
{
    if (access_has_ended(r))
        return httpd_refuse(r);
    if (pauses(r))
        return MHD_YES;
    if (!r->made)
        return send_answer(r);
    return send_kept(r) ? MHD_YES : work_submit(r); /* let go in between: made after all */
}

/* ---- the header ----------------------------------------------------------------------------- */

struct look {
    struct guard *guard;
    struct seam seam;
};

static enum MHD_Result look_at_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                      size_t name_n, const char *value, size_t value_n)
{
    (void)kind;
    struct look *look = cls;
    seam_next(&look->seam, (struct str){name, name_n}, 1, 2);
    seam_next(&look->seam, (struct str){value, value_n}, 1, CONNECTION_MEMORY);
    guard_header(look->guard, (struct str){name, name_n}, (struct str){value, value_n});
    return MHD_YES;
}

static enum MHD_Result refuse(struct request *r)
{
    r->answer.close = true;
    return httpd_refuse(r);
}

static int64_t body_max(const struct request *r)
{
    unsigned flags = r->match.route ? r->match.route->flags : 0;
    if (flags & ROUTE_BATCH)
        return INT64_MAX;
    if (flags & ROUTE_TABLES && (flags & ROUTE_WRITE || form_is(request_header(r, "Content-Type"))))
        return TABLE_BYTES_MAX + HTTP_BODY_BYTES_MAX;
    return flags & ROUTE_FILE ? HTTP_PLACES_BYTES_MAX : HTTP_BODY_BYTES_MAX;
}

static void too_large(struct request *r)
{
    err_set(&r->err, ERR_TOO_LARGE, "the body is larger than the %lld bytes allowed here",
            (long long)body_max(r));
}

static int copy_captures(struct request *r)
{
    for (size_t i = 0; i < ROUTE_CAPTURES_MAX && r->match.capture[i].n > 0; i++) {
        r->match.capture[i] = url_segment(&r->arena, r->match.capture[i]);
        if (r->match.capture[i].p == NULL)
            return err_set(&r->err, ERR_MEM, "no memory for the address");
    }
    return 0;
}

/* Above the limit only what tells of the server's health is answered, and nobody stays. */
static int check_crowd(struct request *r)
{
    if (!watch_is_crowded(r->httpd->watch))
        return 0;
    r->answer.close = true;
    atomic_fetch_add(&r->httpd->metrics.refused_busy, 1);
    err_set(&r->err, ERR_BUSY, "the server has more connections than it will bear");
    err_hint(&r->err, "try again in a moment");
    return ERR_BUSY;
}

/* What the path can do, for whoever asks; to a browser, whether a page may (a preflight). */
static int tell_options(struct request *r)
{
    struct answer *a = &r->answer;
    int rc = route_find(routes, routes_count, STR("OPTIONS"), r->url.path, &r->match, &r->err);
    if (rc != ERR_METHOD)
        return rc;
    r->err = (struct err){0};
    r->options = true;
    a->status = 204;
    a->preflight = request_header(r, "Access-Control-Request-Method").n > 0;
    snprintf(a->allow, sizeof a->allow, "%s, OPTIONS", r->match.allow);
    return 0;
}

static int prepare(struct request *r, const char *method)
{
    r->head = strcmp(method, "HEAD") == 0;
    r->answer.plain = str_eq(request_header(r, "Accept"), STR("text/plain"));
    if (strcmp(method, "OPTIONS") == 0)
        return tell_options(r);
    int rc = route_find(routes, routes_count, str_of(method), r->url.path, &r->match, &r->err);
    memcpy(r->answer.allow, r->match.allow, sizeof r->answer.allow);
    TRY(rc);
    r->answer.allow[0] = '\0';
    TRY(copy_captures(r));
    TRY(request_negotiate(r, &r->err));
    TRY(access_enter(r, &r->err));
    enum right need = r->match.route->need;
    bool is_inline = r->match.route->flags & ROUTE_INLINE;
    /* Health is told whatever was added. */
    if (!is_inline || (need != RIGHT_OPEN && need != RIGHT_METRICS))
        TRY(operation_check(r->match.route, &r->url, false, &r->err));
    if (is_inline)
        return 0;
    if (httpd_is_stopping(r->httpd))
        return err_set(&r->err, ERR_UNAVAILABLE, "the server is stopping");
    TRY(check_crowd(r));
    TRY(request_packing(r, &r->err));
    return r->match.route->flags & ROUTE_BATCH ? api_registrations_begin(r, &r->err) : 0;
}

/* Where the header ends in the library's buffer, in which it begins with the method. */
static uintptr_t header_end(struct request *r, const char *method)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return (uintptr_t)method + (info != NULL ? info->header_size : 0);
}

static int look_at_headers(struct request *r, const char *method, const char *version,
                           struct err *err)
{
    struct look look = {.guard = &r->guard};
    seam_start(&look.seam, str_of(method));
    seam_next(&look.seam, r->target, 1, 1);
    seam_next(&look.seam, str_of(version), 1, 1);
    MHD_get_connection_values_n(r->conn, MHD_HEADER_KIND, look_at_header, &look);
    seam_end(&look.seam, header_end(r, method));
    TRY(guard_end(&r->guard, strcmp(version, "HTTP/1.1") == 0, err));
    if (!look.seam.gap || !seam_is_known(MHD_get_version()))
        return 0;
    return err_set(err, ERR_USAGE,
                   "the request is refused: its header has a line that cannot be read");
}

/* A proxy may name a request; from anybody else it could make the log say what is not so. */
static struct str name_sent(const struct request *r)
{
    struct str name = request_header(r, "X-Request-Id");
    const struct sockaddr *peer = name.n > 0 ? httpd_peer(r->conn) : NULL;
    bool trusted = peer != NULL && (strcmp(address_class(peer), "loopback") == 0 ||
                                    gate_is_proxy(r->httpd->gate, peer));
    return trusted ? name : STR_NULL;
}

/* The id of a query is its client's, so that he can end it, or that of the request. */
static void name_query(struct request *r)
{
    struct str sent = request_header(r, "Panji-Query-Id");
    if (sent.n > 0)
        journal_name(&r->httpd->journal, sent, r->query_id);
    else
        memcpy(r->query_id, r->id, sizeof r->query_id);
}

static enum MHD_Result on_head(struct request *r, const char *method, const char *version)
{
    struct err guard_err;
    r->phase = PHASE_BODY;
    journal_name(&r->httpd->journal, name_sent(r), r->id);
    name_query(r);
    r->answer.varies_by_origin = cors_varies(r->service->settings);
    if (look_at_headers(r, method, version, &guard_err) < 0) {
        r->err = guard_err;
        return refuse(r);
    }
    r->answer.origin = cors_allow(r->service->settings, r->guard.origin);
    if (r->err.code < 0) /* the target could not be read */
        return refuse(r);
    watch_until(httpd_watched(r), watch_allowance_ms(r->httpd->watch, 0));
    watch_body(httpd_watched(r), guard_has_body(&r->guard));
    /* What fails here is answered when the body has been read, so that the client sees it. */
    if (prepare(r, method) < 0)
        ASSERT(r->err.code < 0);
    if (r->guard.length <= body_max(r))
        return MHD_YES;
    if (r->err.code == 0)
        too_large(r);
    return refuse(r);
}

/* ---- the body ------------------------------------------------------------------------------- */

static void keep_body(struct request *r, const char *p, size_t n)
{
    if (r->received > (uint64_t)body_max(r)) {
        too_large(r);
        return;
    }
    buf_put(&r->body, p, n);
    if (r->body.failed)
        err_set(&r->err, ERR_MEM, "no memory for the body of the request");
}

static void watch_the_body(struct request *r)
{
    int64_t took_ms = (clock_mono_ns() - r->started_ns - r->held_ns) / 1000000;
    int64_t left_ms = watch_allowance_ms(r->httpd->watch, r->received) - took_ms;
    watch_until(httpd_watched(r), left_ms > 0 ? left_ms : 1);
}

/* On a thread of the readers, or on this one: as hand_back. */
static void go_on_with_body(void *arg)
{
    struct request *r = arg;
    struct httpd *h = r->httpd;
    r->held_ns += clock_mono_ns() - r->held_from_ns;
    watch_the_body(r);
    atomic_store(&r->waiting, false);
    MHD_resume_connection(r->conn);
    atomic_fetch_sub(&h->working, 1);
}

/* Reads no more of an import until its readers have room, so that an HTTP thread never waits for
 * them. False: they have, or the server stops, when nothing is suspended any more. */
static bool wait_for_readers(struct request *r)
{
    struct httpd *h = r->httpd;
    if (!batch_is_full(r->batch))
        return false;
    atomic_fetch_add(&h->working, 1);
    if (httpd_is_stopping(h)) {
        atomic_fetch_sub(&h->working, 1);
        return false;
    }
    watch_until(httpd_watched(r), 0);
    r->held_from_ns = clock_mono_ns();
    atomic_store(&r->waiting, true);
    MHD_suspend_connection(r->conn);
    if (!batch_wait_room(r->batch, go_on_with_body, r))
        go_on_with_body(r);
    return true;
}

/* Gives the batch bytes until it has all of them or the connection is suspended; how many it took.
 * While the server stops the push waits. */
static size_t push_body(struct request *r, const char *p, size_t n)
{
    size_t at = 0;
    bool waits = false;
    while (r->err.code == 0 && at < n && !waits) {
        size_t used = n - at;
        int rc = httpd_is_stopping(r->httpd)
                     ? batch_push(r->batch, p + at, n - at, &r->err)
                     : batch_push_some(r->batch, p + at, n - at, &used, &r->err);
        ASSERT(rc == 0 || r->err.code < 0);
        at += used;
        r->received += used; /* before a reader may go on with the connection */
        waits = rc == 0 && wait_for_readers(r);
    }
    if (r->err.code == 0)
        return at;
    r->received += n - at;
    return n;
}

/* How many bytes were taken: the library offers the others again when the connection goes on. Of a
 * body in chunks it offers what it has read of the next ones too before it looks whether the
 * connection is suspended: they are left to it. After a failure the rest is read and dropped: a
 * client that still sends would not see an answer. */
static size_t on_body(struct request *r, const char *p, size_t n)
{
    if (atomic_load(&r->waiting))
        return 0;
    bool packs = r->batch != NULL && r->err.code == 0;
    r->received += packs ? 0 : n; /* push_body counts for itself */
    watch_the_body(r);
    if (packs)
        return push_body(r, p, n);
    if (r->err.code == 0)
        keep_body(r, p, n);
    return n;
}

/* ---- what the library calls ------------------------------------------------------------------ */

static void *on_target(void *cls, const char *target, struct MHD_Connection *conn)
{
    struct httpd *h = cls;
    struct request *r = request_new(h, &h->service, conn, target);
    if (r == NULL)
        return NULL;
    r->tries = h->tries;
    r->gate = h->gate;
    atomic_fetch_add(&h->requests, 1);
    watch_asks(h->watch, httpd_watched(r));
    return r;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *conn, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_n, void **context)
{
    (void)cls, (void)conn, (void)url;
    struct request *r = *context;
    if (r == NULL)
        return MHD_NO;
    if (r->phase == PHASE_HEAD)
        return on_head(r, method, version);
    if (r->phase == PHASE_READY)
        return on_ready(r);
    ASSERT(r->phase == PHASE_BODY);
    if (*upload_n == 0)
        return on_end(r);
    *upload_n -= on_body(r, upload, *upload_n);
    return MHD_YES;
}

static size_t route_row(const struct request *r)
{
    return r->match.route ? (size_t)(r->match.route - routes) : routes_count;
}

static void on_completed(void *cls, struct MHD_Connection *conn, void **context,
                         enum MHD_RequestTerminationCode why)
{
    (void)conn, (void)why;
    struct httpd *h = cls;
    struct request *r = *context;
    if (r == NULL)
        return;
    ASSERT(r->phase != PHASE_WORK);
    int64_t ns = clock_mono_ns() - r->started_ns;
    /* Not answered here: the library refused the header, or the client left. */
    int unanswered = r->phase == PHASE_HEAD ? 400 : 499;
    int status = r->answer.queued ? r->answer.status : unanswered;
    const struct metrics_done done = {.route = route_row(r),
                                      .status = status,
                                      .engine = status == 304 ? "unchanged" : r->answer.engine,
                                      .ns = ns,
                                      .received = r->received,
                                      .sent = r->answer.sent};
    metrics_count(&h->metrics, &done);
    journal_note(&h->journal, r, status, ns);
    watch_idle(h->watch, httpd_watched(r));
    request_free(r);
    *context = NULL;
    atomic_fetch_sub(&h->requests, 1);
}

static enum MHD_Result on_accept(void *cls, const struct sockaddr *from, socklen_t n)
{
    struct httpd *h = cls;
    (void)n;
    return gate_lets_in(h->gate, from) ? MHD_YES : MHD_NO;
}

static void on_connection(void *cls, struct MHD_Connection *conn, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct httpd *h = cls;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        gate_closed(h->gate, httpd_peer(conn));
        watch_remove(h->watch, *context);
        *context = NULL;
        return;
    }
    gate_opened(h->gate, httpd_peer(conn));
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
    *context = info ? watch_add(h->watch, info->connect_fd) : NULL;
}

static void PRINTF_LIKE(2, 0) on_library_log(void *cls, const char *fmt, va_list args)
{
    char text[512];
    (void)cls;
    vsnprintf(text, sizeof text, fmt, args);
    text[strcspn(text, "\n")] = '\0';
    log_line(LOG_DEBUG, "net", "libmicrohttpd: %s", text);
}

static _Noreturn void on_library_panic(void *cls, const char *file, unsigned line,
                                       const char *reason)
{
    (void)cls;
    log_line(LOG_ERROR, "net", "libmicrohttpd: %s", reason ? reason : "panic");
    assert_failed("libmicrohttpd keeps its invariants", file, (int)line);
}

/* ---- start and stop -------------------------------------------------------------------------- */

static struct MHD_Daemon *start_daemon(struct httpd *h)
{
    const struct watch_limits *limits = watch_limits_of(h->watch);
    MHD_set_panic_func(on_library_panic, NULL);
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | MHD_USE_ITC |
            (h->sealed ? MHD_USE_TLS : 0u),
        0, on_accept, h, handle, h, MHD_OPTION_EXTERNAL_LOGGER, on_library_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, h->fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)HTTP_THREADS,
        MHD_OPTION_CONNECTION_LIMIT, limits->connections + GATE_RESERVE,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(limits->idle_ms / 1000),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT,
        0, MHD_OPTION_URI_LOG_CALLBACK, on_target, h, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
        h->sealed ? MHD_OPTION_HTTPS_PRIORITIES : MHD_OPTION_END, tls_priorities,
        MHD_OPTION_HTTPS_CERT_CALLBACK, tls_retrieve, MHD_OPTION_END);
}

static void release(struct httpd *h)
{
    if (h->fd >= 0)
        close(h->fd);
    drive_free(h->drive);
    watch_free(h->watch);
    gate_free(h->gate);
    flights_free(h->flights);
    turns_free(h->turns);
    if (h->sealed)
        tls_close();
    pool_free(h->writers);
    cache_free(h->cache);
    assets_free(h->assets);
    events_free(h->events);
    tries_free(h->tries);
    seen_fini(&h->plugins);
    pthread_mutex_destroy(&h->lock);
    mem_free(MEM_NET, h);
}

/* A server without its dashboard still answers. */
static void load_dashboard(struct httpd *h)
{
    struct err err;
    const char *dir = h->service.dashboard_dir;
    if (dir != NULL && assets_load(dir, &h->assets, &err) < 0)
        log_line(LOG_WARN, "net", "there will be no dashboard: %s", err.msg);
}

static void look_around(void *ctx)
{
    struct httpd *h = ctx;
    turns_look(h->turns);
    flights_look(h->flights);
}

static int open_tls(struct httpd *h, struct err *err)
{
    const struct settings *s = h->service.settings;
    if (s == NULL || s->tls.cert.n == 0)
        return 0;
    TRY(tls_open(s->tls.cert.p, s->tls.key.p, err));
    h->sealed = true;
    return 0;
}

void httpd_look_at_certificate(struct httpd *h)
{
    struct err err = {0};
    bool changed = false;
    if (!h->sealed)
        return;
    if (tls_look(&changed, &err) < 0)
        log_line(LOG_ERROR, "net", "the certificate that is shown stays: %s", err.msg);
    else if (changed)
        log_line(LOG_INFO, "net", "another certificate is shown from now on");
}

int httpd_start(const struct service *service, const char *listen, struct httpd **out,
                struct err *err)
{
    struct httpd *h = mem_must(MEM_NET, sizeof *h);
    h->service = *service;
    h->fd = -1;
    h->started_ms = clock_wall_ms();
    journal_init(&h->journal, &service->request_log);
    h->cache = cache_new(mem_share(HTTP_CACHE_BYTES, 16));
    load_dashboard(h);
    h->tries = tries_new();
    h->flights = flights_new();
    seen_init(&h->plugins);
    pthread_mutex_init(&h->lock, NULL);
    int rc = listen_is_loopback(listen, &h->service.loopback, err);
    if (rc == 0)
        rc = access_check_listen(&h->service, h->service.loopback, listen, err);
    if (rc == 0)
        rc = listen_open(listen, &h->fd, &h->port, err);
    if (rc == 0)
        rc = seen_listen(service->registry, err);
    if (rc == 0)
        rc = open_tls(h, err);
    struct watch_limits limits = gate_limits(service->settings);
    if (rc == 0)
        rc = watch_new(&limits, &h->watch, err);
    if (rc == 0)
        rc = gate_new(service->settings, &h->gate, err);
    h->turns = turns_new(service->pool, POOL_QUEUE_MAX);
    if (rc == 0)
        watch_each_tick(h->watch, look_around, h);
    if (rc == 0)
        rc = pool_new("write", WRITE_THREADS, POOL_QUEUE_MAX, &h->writers, err);
    if (rc == 0)
        rc = events_new(&h->service, &h->events, err);
    if (rc == 0) {
        h->drive = drive_new(&h->service);
        h->daemon = start_daemon(h);
        if (h->daemon == NULL)
            rc =
                err_set(err, ERR_UNAVAILABLE, "the HTTP threads do not start: %s", strerror(errno));
    }
    if (rc < 0) {
        release(h);
        return rc;
    }
    *out = h;
    return 0;
}

void httpd_log(struct httpd *h, const struct request_log *o)
{
    journal_set(&h->journal, o);
}

int httpd_port(const struct httpd *h)
{
    return h->port;
}

static void nap(void)
{
    struct timespec t = {0, DRAIN_TICK_MS * 1000000L};
    nanosleep(&t, NULL);
}

static void wait_until_done(atomic_uint *counter, int64_t until_ns)
{
    while (atomic_load(counter) > 0 && clock_mono_ns() < until_ns)
        nap();
}

static void cancel_all(struct httpd *h)
{
    pthread_mutex_lock(&h->lock);
    for (struct request *r = h->first; r != NULL; r = r->next)
        cancel_fire(&r->cancel);
    pthread_mutex_unlock(&h->lock);
}

void httpd_stop(struct httpd *h, int drain_ms)
{
    if (h == NULL)
        return;
    int64_t until = clock_mono_ns() + (int64_t)drain_ms * 1000000;
    atomic_store(&h->stopping, true); /* who comes from now on is told 503 */
    events_close(h->events);
    wait_until_done(&h->requests, until);
    /* A connection must not be suspended when the daemon stops, so workers are waited for. */
    atomic_store(&h->drained, true);
    cancel_all(h);
    wait_until_done(&h->working, INT64_MAX);
    MHD_stop_daemon(h->daemon);
    h->fd = -1; /* the daemon has closed it */
    release(h);
}
