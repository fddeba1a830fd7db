/* SPDX-License-Identifier: MIT
 *
 * One list of streams, one of waiting requests, the last events, a thread. All under one mutex,
 * which is held when the library is asked to suspend or resume: it never calls back from there.
 *
 *   stream:  open --nothing to send--> asleep --event, heartbeat, close--> open --closed--> freed
 *
 * Ids of events grow, also over a restart: they start at the server's start in microseconds. Who
 * comes back with an id that is no longer kept gets the state of now, as one who comes new does. */
#include "events.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/date.h"
#include "request.h"
#include "seen.h"
#include "store/audit.h"

enum { KEPT = 64, TEXT_BYTES = 256, TICK_MS = 200, HEARTBEAT_S = 15, BLOCK_BYTES = 2048 };

struct stream {
    struct stream *next, *prev;
    struct events *events;
    struct MHD_Connection *conn;
    uint64_t seen; /* id of the last event sent */
    int64_t beat_ns;
    bool resumes; /* after an event that is still kept */
    bool greeted, asleep;
    bool narrowed;             /* told no figures: they are of all */
    const struct token *token; /* held; NULL: none */
};

/* What is news when it changes. */
struct state {
    uint64_t snapshot, alerts_snapshot, alerts_version;
    uint64_t pending, firing;
    uint64_t findings, open; /* revision of the findings, and how many are open */
    uint64_t trail, damage;  /* rows of the audit trail; what cannot be read */
    unsigned swaps;
    int64_t registrations;
    int32_t as_on;
};

struct events {
    const struct service *service;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool closing;
    struct stream *stream;
    struct event_wait *waiting;
    uint64_t streams, waiters;
    uint64_t last; /* id; event i is in text[i % KEPT] */
    uint64_t first;
    char text[KEPT][TEXT_BYTES];
    char bare[KEPT][TEXT_BYTES]; /* the same without figures */
    struct state state;
    uint64_t generation; /* grows with each change of it */
};

/* ---- events ---------------------------------------------------------------------------------- */

static struct state look(struct events *e)
{
    struct alert_stats alerts;
    struct checks_stats checks;
    struct snap *s = snap_cell_get(e->service->cell);
    struct state now = {.swaps = seen_swaps(), .as_on = DAY_NONE};
    if (s != NULL) {
        now.snapshot = s->id;
        now.registrations = s->registrations;
        now.as_on = s->day_min <= s->day_max ? s->day_max : DAY_NONE;
        snap_unref(s);
    }
    alert_stats_get(e->service->alerts, &alerts);
    now.pending = alerts.pending;
    now.firing = alerts.firing;
    now.alerts_snapshot = alert_engine_snapshot(e->service->alerts);
    now.alerts_version = alert_engine_version(e->service->alerts);
    checks_stats_get(e->service->checks, &checks);
    now.open = checks.open;
    now.findings = store_findings_revision(e->service->store);
    now.trail = store_audit_count(e->service->store);
    now.damage = store_damage_mark(e->service->store);
    return now;
}

static void PRINTF_LIKE(4, 5)
    write_event(char text[TEXT_BYTES], uint64_t id, const char *name, const char *fmt, ...)
{
    va_list args;
    int n = snprintf(text, TEXT_BYTES, "id: %llu\nevent: %s\ndata: ", (unsigned long long)id, name);
    va_start(args, fmt);
    n += vsnprintf(text + n, TEXT_BYTES - (size_t)n, fmt, args);
    va_end(args);
    ASSERT(n + 3 <= TEXT_BYTES);
    memcpy(text + n, "\n\n", 3);
}

static void write_snapshot(const struct events *e, uint64_t id, bool bare, char text[TEXT_BYTES])
{
    const struct state *s = &e->state;
    char day[11], as_on[16] = "null";
    if (s->as_on != DAY_NONE) {
        date_format(s->as_on, day);
        snprintf(as_on, sizeof as_on, "\"%s\"", day);
    }
    if (bare)
        write_event(text, id, "snapshot", "{\"snapshot\":%llu,\"as_on\":%s}",
                    (unsigned long long)s->snapshot, as_on);
    else
        write_event(text, id, "snapshot", "{\"snapshot\":%llu,\"registrations\":%lld,\"as_on\":%s}",
                    (unsigned long long)s->snapshot, (long long)s->registrations, as_on);
}

static void write_alerts(const struct events *e, uint64_t id, bool bare, char text[TEXT_BYTES])
{
    const struct state *s = &e->state;
    if (bare) {
        write_event(text, id, "alerts", "{\"snapshot\":%llu}",
                    (unsigned long long)s->alerts_snapshot);
        return;
    }
    write_event(text, id, "alerts", "{\"snapshot\":%llu,\"pending\":%llu,\"firing\":%llu}",
                (unsigned long long)s->alerts_snapshot, (unsigned long long)s->pending,
                (unsigned long long)s->firing);
}

/* Counts the event; `text` is what is to be written, with figures or without. */
static uint64_t next_event(struct events *e, char **text, char **bare)
{
    e->last++;
    *text = e->text[e->last % KEPT];
    *bare = e->bare[e->last % KEPT];
    return e->last;
}

static void tell_snapshot(struct events *e)
{
    char *text, *bare;
    uint64_t id = next_event(e, &text, &bare);
    write_snapshot(e, id, false, text);
    write_snapshot(e, id, true, bare);
}

static void tell_alerts(struct events *e)
{
    char *text, *bare;
    uint64_t id = next_event(e, &text, &bare);
    write_alerts(e, id, false, text);
    write_alerts(e, id, true, bare);
}

static void tell_plugins(struct events *e)
{
    char *text, *bare;
    uint64_t id = next_event(e, &text, &bare);
    write_event(text, id, "plugins", "{\"generation\":%u}", e->state.swaps);
    memcpy(bare, text, TEXT_BYTES);
}

static void tell_findings(struct events *e)
{
    char *text, *bare;
    uint64_t id = next_event(e, &text, &bare);
    write_event(text, id, "findings", "{\"open\":%llu}", (unsigned long long)e->state.open);
    write_event(bare, id, "findings", "{}");
}

/* True when something is new. */
static bool gather(struct events *e)
{
    struct state was = e->state, now = look(e);
    bool snapshot = now.snapshot != was.snapshot;
    bool alerts = now.alerts_snapshot != was.alerts_snapshot ||
                  now.alerts_version != was.alerts_version || now.pending != was.pending ||
                  now.firing != was.firing;
    bool plugins = now.swaps != was.swaps;
    bool findings = now.findings != was.findings;
    bool other = now.trail != was.trail || now.damage != was.damage;
    e->state = now;
    if (snapshot)
        tell_snapshot(e);
    if (alerts)
        tell_alerts(e);
    if (plugins)
        tell_plugins(e);
    if (findings)
        tell_findings(e);
    bool news = snapshot || alerts || plugins || findings || other;
    e->generation += news;
    return news;
}

/* ---- streams --------------------------------------------------------------------------------- */

static size_t put(char *out, size_t max, size_t at, const char *text)
{
    size_t n = strlen(text);
    if (at + n > max)
        return at;
    memcpy(out + at, text, n);
    return at + n;
}

/* The state of now, for who does not come back to go on. */
static size_t greet(struct stream *s, char *out, size_t max)
{
    char text[TEXT_BYTES];
    size_t at = put(out, max, 0, "retry: 3000\n\n");
    s->greeted = true;
    if (s->resumes)
        return at;
    write_snapshot(s->events, s->seen, s->narrowed, text);
    at = put(out, max, at, text);
    write_alerts(s->events, s->seen, s->narrowed, text);
    return put(out, max, at, text);
}

/* As many whole events as fit. */
static size_t put_events(struct stream *s, char *out, size_t max)
{
    struct events *e = s->events;
    size_t at = s->greeted ? 0 : greet(s, out, max);
    if (e->last - s->seen > KEPT)
        s->seen = e->last - KEPT;
    while (s->seen < e->last) {
        const char *text = (s->narrowed ? e->bare : e->text)[(s->seen + 1) % KEPT];
        if (at + strlen(text) > max)
            break;
        at = put(out, max, at, text);
        s->seen++;
    }
    if (at == 0 && clock_mono_ns() >= s->beat_ns)
        at = put(out, max, at, ":\n\n");
    if (at > 0)
        s->beat_ns = clock_mono_ns() + HEARTBEAT_S * 1000000000ll;
    return at;
}

/* The token was revoked or has expired. */
static bool is_over(const struct stream *s)
{
    return s->token != NULL && !token_is_live(s->token, clock_wall_ms());
}

static ssize_t read_stream(void *cls, uint64_t pos, char *out, size_t max)
{
    struct stream *s = cls;
    struct events *e = s->events;
    (void)pos;
    pthread_mutex_lock(&e->lock);
    bool over = e->closing || is_over(s);
    ssize_t n = over ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)put_events(s, out, max);
    if (n == 0) {
        s->asleep = true;
        MHD_suspend_connection(s->conn);
    }
    pthread_mutex_unlock(&e->lock);
    return n;
}

static void free_stream(void *cls)
{
    struct stream *s = cls;
    struct events *e = s->events;
    pthread_mutex_lock(&e->lock);
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        e->stream = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    e->streams--;
    pthread_mutex_unlock(&e->lock);
    token_unref(s->token);
    mem_free(MEM_NET, s);
}

static bool is_kept(const struct events *e, struct str after, uint64_t *id)
{
    int64_t n;
    if (str_to_i64(after, &n) < 0 || n < 0)
        return false;
    *id = (uint64_t)n;
    return *id >= e->first && *id <= e->last && e->last - *id <= KEPT;
}

static struct stream *add_stream(struct events *e, const struct request *r, struct str after)
{
    struct stream *s = mem_calloc(MEM_NET, 1, sizeof *s);
    if (s == NULL)
        return NULL;
    gather(e);
    *s = (struct stream){.events = e,
                         .conn = r->conn,
                         .next = e->stream,
                         .seen = e->last,
                         .narrowed = !viewer_is_whole(&r->viewer),
                         .token = r->access.token};
    if (s->token != NULL)
        token_ref(s->token);
    s->resumes = is_kept(e, after, &s->seen);
    if (!s->resumes)
        s->seen = e->last;
    if (s->next != NULL)
        s->next->prev = s;
    e->stream = s;
    e->streams++;
    return s;
}

int events_stream(struct events *e, const struct request *r, struct str after,
                  struct MHD_Response **out, struct err *err)
{
    struct stream *s = NULL;
    pthread_mutex_lock(&e->lock);
    if (!e->closing && e->streams < EVENT_STREAMS_MAX)
        s = add_stream(e, r, after);
    pthread_mutex_unlock(&e->lock);
    if (s == NULL) {
        err_set(err, ERR_BUSY, "%d clients listen to events already", EVENT_STREAMS_MAX);
        err_hint(err, "poll a report with If-None-Match instead");
        return ERR_BUSY;
    }
    *out = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream, s,
                                             free_stream);
    if (*out != NULL)
        return 0;
    free_stream(s);
    return err_set(err, ERR_MEM, "no memory for a stream of events");
}

/* ---- waiting --------------------------------------------------------------------------------- */

static void unlink_wait(struct events *e, struct event_wait *w)
{
    if (w->prev != NULL)
        w->prev->next = w->next;
    else
        e->waiting = w->next;
    if (w->next != NULL)
        w->next->prev = w->prev;
    w->next = w->prev = NULL;
    e->waiters--;
}

/* A woken connection may be gone at once, and w with it. */
static void wake_wait(struct events *e, struct event_wait *w)
{
    struct MHD_Connection *conn = w->conn;
    unlink_wait(e, w);
    w->suspended = false;
    MHD_resume_connection(conn);
}

static void start_wait(struct events *e, struct event_wait *w, struct MHD_Connection *conn)
{
    w->conn = conn;
    w->next = e->waiting;
    if (w->next != NULL)
        w->next->prev = w;
    e->waiting = w;
    e->waiters++;
    w->suspended = true;
    MHD_suspend_connection(conn);
}

uint64_t events_generation(struct events *e)
{
    pthread_mutex_lock(&e->lock);
    uint64_t generation = e->generation;
    pthread_mutex_unlock(&e->lock);
    return generation;
}

bool events_wait(struct events *e, struct event_wait *w, struct MHD_Connection *conn, int64_t ms)
{
    int64_t now = clock_mono_ns();
    if (w->deadline_ns == 0)
        w->deadline_ns = now + ms * 1000000;
    if (now >= w->deadline_ns)
        return false;
    pthread_mutex_lock(&e->lock);
    bool waits = !e->closing && e->waiters < EVENT_STREAMS_MAX;
    if (waits)
        start_wait(e, w, conn);
    pthread_mutex_unlock(&e->lock);
    return waits;
}

bool events_pause(struct events *e, struct event_wait *w, struct MHD_Connection *conn, int64_t ms)
{
    w->deaf = true;
    return events_wait(e, w, conn, ms);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void wake_streams(struct events *e)
{
    int64_t now = clock_mono_ns();
    for (struct stream *s = e->stream; s != NULL; s = s->next) {
        if (!s->asleep || !(e->closing || s->seen < e->last || now >= s->beat_ns || is_over(s)))
            continue;
        s->asleep = false;
        MHD_resume_connection(s->conn);
    }
}

static void wake_waiting(struct events *e, bool news)
{
    int64_t now = clock_mono_ns();
    struct event_wait *next;
    for (struct event_wait *w = e->waiting; w != NULL; w = next) {
        next = w->next;
        bool missed = w->generation != e->generation;
        if (((news || missed) && !w->deaf) || e->closing || now >= w->deadline_ns)
            wake_wait(e, w);
    }
}

static void tick(struct events *e)
{
    bool news = gather(e);
    wake_streams(e);
    wake_waiting(e, news);
}

static void *run(void *arg)
{
    struct events *e = arg;
    pthread_mutex_lock(&e->lock);
    while (!e->closing) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&e->wake, &e->lock, &until);
        tick(e);
    }
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

int events_new(const struct service *service, struct events **out, struct err *err)
{
    struct events *e = mem_must(MEM_NET, sizeof *e);
    pthread_condattr_t attr;
    memset(e, 0, sizeof *e);
    e->service = service;
    e->first = e->last = (uint64_t)clock_wall_ms() * 1000;
    e->state = look(e);
    pthread_mutex_init(&e->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&e->wake, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&e->thread, NULL, run, e) != 0) {
        mem_free(MEM_NET, e);
        return err_set(err, ERR_UNAVAILABLE, "cannot start the thread of events");
    }
    pthread_setname_np(e->thread, "events");
    *out = e;
    return 0;
}

void events_close(struct events *e)
{
    pthread_mutex_lock(&e->lock);
    bool closed = e->closing;
    e->closing = true;
    pthread_cond_signal(&e->wake);
    pthread_mutex_unlock(&e->lock);
    if (!closed)
        pthread_join(e->thread, NULL);
}

void events_free(struct events *e)
{
    if (e == NULL)
        return;
    events_close(e);
    ASSERT(e->stream == NULL && e->waiting == NULL);
    pthread_cond_destroy(&e->wake);
    pthread_mutex_destroy(&e->lock);
    mem_free(MEM_NET, e);
}

void events_numbers(struct events *e, uint64_t *streams, uint64_t *waiting)
{
    pthread_mutex_lock(&e->lock);
    *streams = e->streams;
    *waiting = e->waiters;
    pthread_mutex_unlock(&e->lock);
}
