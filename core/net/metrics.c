/* SPDX-License-Identifier: MIT
 *
 * Metrics: names follow Prometheus' conventions (base units, _total for counters). */
#include "metrics.h"

#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/clock.h"
#include "base/mem.h"
#include "drive.h"
#include "process.h"

static const int statuses[METRIC_STATUSES] = {200, 201, 304, 400, 404, 405, 409, 413,
                                              422, 499, 500, 503, 504, 507, 202, 0 /* other */};

/* Upper bounds in seconds; the last bucket is +Inf. */
static const double bounds[METRIC_BUCKETS - 1] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                  0.01,   0.05,    0.25,   1,     10};

static const char *const engines[METRIC_ENGINES] = {"cube", "scan",      "local",  "clickhouse",
                                                    "kept", "unchanged", "remote", "other"};

static size_t status_index(int status)
{
    for (size_t i = 0; i + 1 < METRIC_STATUSES; i++)
        if (statuses[i] == status)
            return i;
    return METRIC_STATUSES - 1;
}

static size_t bucket_index(int64_t ns)
{
    double s = (double)ns / 1e9;
    size_t i = 0;
    while (i + 1 < METRIC_BUCKETS && s > bounds[i])
        i++;
    return i;
}

static void add(atomic_uint_least64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static unsigned long long get(const atomic_uint_least64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static size_t engine_index(const char *name)
{
    for (size_t i = 0; name != NULL && i + 1 < METRIC_ENGINES; i++)
        if (strcmp(engines[i], name) == 0)
            return i;
    return METRIC_ENGINES - 1;
}

void metrics_count(struct metrics *m, const struct metrics_done *done)
{
    ASSERT(done->route < METRIC_ROUTES);
    size_t b = bucket_index(done->ns);
    add(&m->requests[done->route][status_index(done->status)], 1);
    add(&m->bucket[done->route][b], 1);
    add(&m->sum_ns[done->route], (uint64_t)done->ns);
    add(&m->received_bytes, done->received);
    add(&m->sent_bytes, done->sent);
    if (done->engine == NULL)
        return;
    size_t e = engine_index(done->engine);
    add(&m->engine_bucket[e][b], 1);
    add(&m->engine_sum_ns[e], (uint64_t)done->ns);
}

static const char *route_label(size_t i)
{
    return i < routes_count ? routes[i].pattern : "other";
}

static const char *method_label(size_t i)
{
    return i < routes_count ? routes[i].method : "";
}

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_requests(const struct metrics *m, struct buf *out)
{
    head(out, "panji_http_requests_total", "counter", "Requests answered, by route and status.");
    for (size_t r = 0; r <= routes_count; r++) {
        for (size_t s = 0; s < METRIC_STATUSES; s++) {
            unsigned long long n = get(&m->requests[r][s]);
            if (n == 0)
                continue;
            buf_printf(out, "panji_http_requests_total{method=\"%s\",route=\"%s\",status=\"",
                       method_label(r), route_label(r));
            if (statuses[s] != 0)
                buf_printf(out, "%d\"} %llu\n", statuses[s], n);
            else
                buf_printf(out, "other\"} %llu\n", n);
        }
    }
}

/* `label` has its braces' inside. */
static void write_histogram(struct buf *out, const char *name, const char *label,
                            const atomic_uint_least64_t bucket[METRIC_BUCKETS],
                            const atomic_uint_least64_t *sum_ns)
{
    unsigned long long total = 0;
    unsigned long long below = 0;
    for (size_t b = 0; b < METRIC_BUCKETS; b++)
        total += get(&bucket[b]);
    if (total == 0)
        return;
    for (size_t b = 0; b + 1 < METRIC_BUCKETS; b++) {
        below += get(&bucket[b]);
        buf_printf(out, "%s_bucket{%s,le=\"%g\"} %llu\n", name, label, bounds[b], below);
    }
    buf_printf(out, "%s_bucket{%s,le=\"+Inf\"} %llu\n", name, label, total);
    buf_printf(out, "%s_sum{%s} %.9f\n", name, label, (double)get(sum_ns) / 1e9);
    buf_printf(out, "%s_count{%s} %llu\n", name, label, total);
}

static void write_durations(const struct metrics *m, struct buf *out)
{
    char label[160];
    head(out, "panji_http_request_seconds", "histogram", "Time from first line to answer sent.");
    for (size_t r = 0; r <= routes_count; r++) {
        snprintf(label, sizeof label, "method=\"%s\",route=\"%s\"", method_label(r),
                 route_label(r));
        write_histogram(out, "panji_http_request_seconds", label, m->bucket[r], &m->sum_ns[r]);
    }
    head(out, "panji_engine_seconds", "histogram",
         "The same by what answered; kept: made before, unchanged: 304.");
    for (size_t e = 0; e < METRIC_ENGINES; e++) {
        snprintf(label, sizeof label, "engine=\"%s\"", engines[e]);
        write_histogram(out, "panji_engine_seconds", label, m->engine_bucket[e],
                        &m->engine_sum_ns[e]);
    }
}

static void gauge(struct buf *out, const char *name, const char *help, double value)
{
    head(out, name, "gauge", help);
    buf_printf(out, "%s ", name);
    buf_f64(out, value, false);
    buf_char(out, '\n');
}

static void counter(struct buf *out, const char *name, const char *help, unsigned long long value)
{
    head(out, name, "counter", help);
    buf_printf(out, "%s %llu\n", name, value);
}

static void write_memory(struct buf *out)
{
    head(out, "panji_memory_bytes", "gauge", "Bytes held, by room of the house.");
    for (int i = 0; i < MEM_ROOMS; i++)
        buf_printf(out, "panji_memory_bytes{room=\"%s\"} %zu\n", mem_room_name((enum mem_room)i),
                   mem_used((enum mem_room)i));
}

static void write_snapshot(const struct service *s, struct buf *out)
{
    struct snap *snap = snap_cell_get(s->cell);
    if (snap == NULL)
        return;
    double age = (double)(clock_wall_ms() - snap->received_ms) / 1000;
    gauge(out, "panji_snapshot_id", "Number of the snapshot being served.", (double)snap->id);
    if (snap->received_ms > 0)
        gauge(out, "panji_snapshot_age_seconds", "Time since the newest data was received.", age);
    gauge(out, "panji_rows", "Rows of registrations in memory.", (double)snap->rows);
    gauge(out, "panji_registrations", "Registrations in memory.", (double)snap->registrations);
    gauge(out, "panji_segments", "Segments in memory.", (double)snap->segs);
    gauge(out, "panji_places", "Places in the tree.", (double)snap->tree->n);
    gauge(out, "panji_slabs", "Slabs of merged rows in memory.", (double)snap->slabs);
    uint64_t cube = cube_bytes(snap->cube) + (snap->dense ? dense_bytes(snap->dense) : 0);
    gauge(out, "panji_cube_bytes", "Bytes of the cube.", (double)cube);
    snap_unref(snap);
}

/* Every state has its line, so that a change is seen as one. */
static void write_state(const struct service *s, struct buf *out)
{
    enum store_state now = store_state_of(s->store);
    head(out, "panji_store_state", "gauge", "1 for the state that the store is in.");
    for (int i = STORE_READY; i <= STORE_FAILED; i++)
        buf_printf(out, "panji_store_state{state=\"%s\"} %d\n",
                   store_state_name((enum store_state)i), now == (enum store_state)i);
}

/* What looks after the disk has found. */
static void write_care(const struct service *s, const struct store_stats *st, struct buf *out)
{
    struct store_damage d;
    store_damage_get(s->store, &d);
    counter(out, "panji_store_backups_total", "Backups made and verified.", st->backups);
    gauge(out, "panji_store_damaged_parts", "Segments and slabs that cannot be read.",
          (double)d.parts);
    gauge(out, "panji_store_missing_registrations", "Registrations not counted because of it.",
          (double)d.registrations);
    gauge(out, "panji_store_scrub_page", "Page that the scrub has come to; 0 when it rests.",
          (double)st->scrub_page);
    gauge(out, "panji_store_scrub_bad_pages", "Bad pages of the last pass of the scrub.",
          (double)st->scrub_bad);
    if (st->scrub_ended_ms > 0)
        gauge(out, "panji_store_scrub_full_seconds", "When the last pass ended, since 1970.",
              (double)st->scrub_ended_ms / 1000);
}

static void write_store(const struct service *s, struct buf *out)
{
    struct store_stats st;
    store_stats_get(s->store, &st);
    counter(out, "panji_store_commits_total", "Transactions committed.", st.commits);
    head(out, "panji_store_commit_seconds_total", "counter", "Time spent in commits.");
    buf_printf(out, "panji_store_commit_seconds_total %.9f\n", (double)st.commit_ns / 1e9);
    counter(out, "panji_store_merges_total", "Merges of segments.", st.merges);
    gauge(out, "panji_store_merging", "1 while segments are merged.", (double)st.merging);
    head(out, "panji_store_merge_seconds_total", "counter", "Time spent in merges.");
    buf_printf(out, "panji_store_merge_seconds_total %.9f\n", (double)st.merge_ns / 1e9);
    gauge(out, "panji_store_wal_bytes", "Size of the write-ahead log.", (double)st.wal_bytes);
    gauge(out, "panji_store_db_bytes", "Size of the database.", (double)st.db_bytes);
    gauge(out, "panji_store_jobs_waiting", "Jobs waiting for the storage thread.",
          (double)st.jobs_waiting);
    write_state(s, out);
    write_care(s, &st, out);
}

static void write_alerts(const struct service *s, struct buf *out)
{
    struct alert_stats st;
    alert_stats_get(s->alerts, &st);
    counter(out, "panji_alert_evaluations_total", "Rules evaluated.", st.evaluations);
    counter(out, "panji_alert_failures_total", "Rules whose query failed.", st.failures);
    gauge(out, "panji_alerts_pending", "Findings not yet firing.", (double)st.pending);
    gauge(out, "panji_alerts_firing", "Findings firing.", (double)st.firing);
    gauge(out, "panji_alerts_held", "Findings of rules that were held back.", (double)st.held);
    gauge(out, "panji_alert_evaluation_seconds", "How long the last evaluation took.",
          (double)st.last_ns / 1e9);
    gauge(out, "panji_alert_lag_seconds", "From the newest data to the evaluation that saw it.",
          (double)st.lag_ms / 1e3);
    gauge(out, "panji_alert_evaluated_timestamp_seconds", "When alerts were last evaluated.",
          (double)st.evaluated_ms / 1e3);
    counter(out, "panji_alert_store_failures_total", "Evaluations that could not be stored.",
            st.store_failures);
    counter(out, "panji_notifications_sent_total", "Messages delivered.", st.sent);
    counter(out, "panji_notifications_failed_total", "Attempts to deliver that failed.", st.failed);
    gauge(out, "panji_outbox_waiting", "Messages that wait.", (double)st.outbox.waiting);
    gauge(out, "panji_outbox_dead", "Messages that were given up.", (double)st.outbox.dead);
    gauge(out, "panji_outbox_age_seconds", "Age of the oldest message that waits.",
          st.outbox.oldest_ms > 0 ? (double)(clock_wall_ms() - st.outbox.oldest_ms) / 1e3 : 0);
}

static void write_inbox(const struct service *s, struct buf *out)
{
    struct inbox_stats st;
    if (s->inbox == NULL)
        return;
    inbox_stats_get(s->inbox, &st);
    head(out, "panji_inbox_files_total", "counter", "Files of the watched folder put away.");
    buf_printf(out, "panji_inbox_files_total{outcome=\"done\"} %llu\n",
               (unsigned long long)st.done);
    buf_printf(out, "panji_inbox_files_total{outcome=\"refused\"} %llu\n",
               (unsigned long long)st.refused);
    counter(out, "panji_inbox_failures_total", "Attempts on a file that will be repeated.",
            st.failures);
    gauge(out, "panji_inbox_waiting", "Files in the watched folder, at the last look.",
          (double)st.waiting);
}

static void write_checks(const struct service *s, struct buf *out)
{
    struct checks_stats st;
    checks_stats_get(s->checks, &st);
    counter(out, "panji_check_passes_total", "Passes over all checks.", st.passes);
    counter(out, "panji_check_failures_total", "Checks that could not be run.", st.failures);
    gauge(out, "panji_findings_open", "Findings of checks that are open.", (double)st.open);
    gauge(out, "panji_check_pass_seconds", "How long the last pass took.",
          (double)st.last_ns / 1e9);
}

static void write_plugins(const struct seen_numbers *n, struct buf *out)
{
    gauge(out, "panji_plugins", "Plugins found.", (double)n->plugins);
    gauge(out, "panji_plugins_broken", "Plugins whose files cannot be loaded.", (double)n->broken);
    gauge(out, "panji_plugins_generation", "Generation of the set that serves.",
          (double)n->generation);
    counter(out, "panji_script_stops_total", "Calls of scripts that a limit stopped.",
            (unsigned long long)script_stops());
    gauge(out, "panji_scripts_set_aside", "Scripts that are not called until a reload.",
          (double)script_asides());
}

static void write_queues(const struct metrics_view *v, struct buf *out)
{
    const struct service *s = v->service;
    head(out, "panji_pool_waiting", "gauge", "Jobs that wait for a thread, by pool.");
    buf_printf(out, "panji_pool_waiting{pool=\"query\"} %zu\n", (size_t)v->queue);
    buf_printf(out, "panji_pool_waiting{pool=\"write\"} %zu\n", v->writes_waiting);
    if (s->readers != NULL)
        buf_printf(out, "panji_pool_waiting{pool=\"import\"} %zu\n", pool_waiting(s->readers));
}

void metrics_write(const struct metrics_view *v, struct buf *out)
{
    const struct metrics *m = v->metrics;
    head(out, "panji_build_info", "gauge", "The version that runs.");
    buf_printf(out, "panji_build_info{version=\"%s\"} 1\n", v->service->version);
    gauge(out, "panji_start_time_seconds", "When the server started, since 1970.",
          (double)v->started_ms / 1000);
    write_requests(m, out);
    write_durations(m, out);
    counter(out, "panji_http_received_bytes_total", "Bytes of request bodies.",
            get(&m->received_bytes));
    counter(out, "panji_http_sent_bytes_total", "Bytes of answers.", get(&m->sent_bytes));
    counter(out, "panji_http_overload_total", "Requests refused because the queue was full.",
            get(&m->refused_busy));
    counter(out, "panji_http_connections_cut_total", "Connections cut by the watchdog.",
            v->connections_cut);
    counter(out, "panji_http_connections_refused_total",
            "Connections of clients that had as many as they may.", v->connections_refused);
    gauge(out, "panji_http_connections", "Connections that are open.", (double)v->connections);
    gauge(out, "panji_http_event_streams", "Clients that listen to events.", (double)v->streams);
    gauge(out, "panji_http_waiting_requests", "Requests that wait for news.", (double)v->waiting);
    counter(out, "panji_http_cache_hits_total", "Answers that were kept.", v->cache.hits);
    counter(out, "panji_http_cache_misses_total", "Answers that were made.", v->cache.misses);
    counter(out, "panji_http_cache_evictions_total", "Answers let go.", v->cache.evictions);
    counter(out, "panji_http_cache_joined_total", "Requests that waited for an equal one's answer.",
            v->flights.joined);
    gauge(out, "panji_http_cache_joined", "Requests that wait so.", (double)v->flights.waiting);
    gauge(out, "panji_http_cache_bytes", "Bytes of answers kept.", (double)v->cache.bytes);
    gauge(out, "panji_http_queue", "Requests waiting for a worker.", (double)v->queue);
    counter(out, "panji_http_pushed_out_total",
            "Queries of heavy clients stopped because others waited.", v->pushed_out);
    counter(out, "panji_http_slow_total", "Requests that took longer than the log's threshold.",
            v->slow);
    write_queues(v, out);
    write_memory(out);
    write_snapshot(v->service, out);
    write_store(v->service, out);
    write_inbox(v->service, out);
    write_alerts(v->service, out);
    write_checks(v->service, out);
    write_plugins(&v->plugins, out);
    process_metrics(out);
    drive_write(v->drive, out);
}
