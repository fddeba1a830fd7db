/* SPDX-License-Identifier: MIT
 *
 * The alert engine: rules in, findings out, their states remembered. The states live in memory: a
 * restart evaluates at once and begins its waiting times anew.
 *
 * Invariants
 *  1. Evaluations run one after the other (run_lock); rules run without the lock of the findings,
 *     so that readers never wait for a query.
 *  2. A rule that fails leaves its findings as they were and is counted; so does one that has no
 *     data, where it says so (no_data).
 *  3. A finding belongs to a rule of the set that was evaluated last: rules that are gone take
 *     theirs with them.
 *
 * "No data" is a snapshot without registrations, or no row at all from a rule whose ladder ends
 * in a condition: such a rule gives a row for every place, and the ladder picks the findings. */
#include "alert/engine.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/log.h"
#include "state.h"

enum { ID_BYTES = 17, FINDINGS_MAX = 100000 };

struct item {
    char id[ID_BYTES];
    char *plugin, *rule, *key;   /* identity; owned */
    char *severity, *message[2]; /* of the last sight, English and Hindi; owned */
    int level;
    struct alert_times times;
    uint64_t snapshot; /* of the last sight */
    bool seen;         /* in this evaluation */
};

struct alert_engine {
    struct registry *registry;
    struct snap_cell *cell;
    pthread_mutex_t run_lock;
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t wake;
    pthread_t thread;
    bool started, wanted, stopping;
    struct cancel *running; /* of the rule that is being run; NULL: none */
    struct item *item;      /* sorted by plugin, rule, key */
    size_t n, cap;
    uint64_t snapshot;
    struct alert_stats stats;
};

/* ---- findings ---- */

static void item_fini(struct item *it)
{
    mem_free(MEM_ALERT, it->plugin);
    mem_free(MEM_ALERT, it->rule);
    mem_free(MEM_ALERT, it->key);
    mem_free(MEM_ALERT, it->severity);
    mem_free(MEM_ALERT, it->message[0]);
    mem_free(MEM_ALERT, it->message[1]);
}

static char *dup_str(struct str s)
{
    char *p = mem_alloc(MEM_ALERT, s.n + 1);
    if (p) {
        memcpy(p, s.n ? s.p : "", s.n);
        p[s.n] = '\0';
    }
    return p;
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for alerts");
}

static int replace(char **at, struct str s, struct err *err)
{
    char *p = dup_str(s);
    if (!p)
        return no_memory(err);
    mem_free(MEM_ALERT, *at);
    *at = p;
    return 0;
}

static int item_cmp(const struct item *it, struct str plugin, struct str rule, struct str key)
{
    int c = str_cmp(str_of(it->plugin), plugin);
    if (c == 0)
        c = str_cmp(str_of(it->rule), rule);
    return c ? c : str_cmp(str_of(it->key), key);
}

/* Where the finding is, or would go. */
static size_t item_place(const struct alert_engine *e, struct str plugin, struct str rule,
                         struct str key, bool *found)
{
    size_t lo = 0;
    size_t hi = e->n;
    *found = false;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = item_cmp(&e->item[mid], plugin, rule, key);
        if (c == 0) {
            *found = true;
            return mid;
        }
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The same finding has the same id after a restart. */
static void make_id(struct item *it)
{
    struct sha256 h;
    unsigned char digest[32];
    char hex[65];
    sha256_init(&h);
    sha256_add(&h, it->plugin, strlen(it->plugin) + 1);
    sha256_add(&h, it->rule, strlen(it->rule) + 1);
    sha256_add(&h, it->key, strlen(it->key));
    sha256_end(&h, digest);
    hex_encode(digest, sizeof digest, hex);
    memcpy(it->id, hex, ID_BYTES - 1);
    it->id[ID_BYTES - 1] = '\0';
}

static int make_room(struct alert_engine *e, struct err *err)
{
    if (e->n < e->cap)
        return 0;
    if (e->n >= FINDINGS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d findings", FINDINGS_MAX);
    size_t cap = e->cap ? e->cap * 2 : 64;
    struct item *grown = mem_realloc(MEM_ALERT, e->item, cap * sizeof *grown);
    if (!grown)
        return no_memory(err);
    e->item = grown;
    e->cap = cap;
    return 0;
}

static int item_new(struct alert_engine *e, size_t at, struct str plugin, struct str rule,
                    struct str key, struct err *err)
{
    TRY(make_room(e, err));
    struct item it = {.plugin = dup_str(plugin), .rule = dup_str(rule), .key = dup_str(key)};
    if (!it.plugin || !it.rule || !it.key) {
        item_fini(&it);
        return no_memory(err);
    }
    alert_times_init(&it.times);
    make_id(&it);
    memmove(&e->item[at + 1], &e->item[at], (e->n - at) * sizeof *e->item);
    e->item[at] = it;
    e->n++;
    return 0;
}

/* ---- one rule ---- */

struct evaluation {
    struct alert_engine *e;
    const struct plugin_set *set;
    struct snap *snap;
    int32_t day;
};

static int see(struct evaluation *ev, const struct plugin *plugin, const struct alert_rule *rule,
               const struct alert_findings *f, size_t row, struct err *err)
{
    struct alert_engine *e = ev->e;
    bool found;
    size_t at = item_place(e, plugin->name, rule->name, f->key[row], &found);
    if (!found)
        TRY(item_new(e, at, plugin->name, rule->name, f->key[row], err));
    struct item *it = &e->item[at];
    TRY(replace(&it->severity, rule->level[f->level[row]].name, err));
    TRY(replace(&it->message[0], f->message[row].en, err));
    TRY(replace(&it->message[1], f->message[row].hi, err));
    it->level = f->level[row];
    it->snapshot = ev->snap->id;
    it->seen = true;
    alert_step(&it->times, true, ev->day, rule->pending_days, rule->keep_days);
    return 0;
}

static bool of_rule(const struct item *it, const struct plugin *plugin,
                    const struct alert_rule *rule)
{
    return str_eq(str_of(it->plugin), plugin->name) && str_eq(str_of(it->rule), rule->name);
}

/* The rule's findings that the query did not give. */
static void miss(struct evaluation *ev, const struct plugin *plugin, const struct alert_rule *rule)
{
    for (size_t i = 0; i < ev->e->n; i++) {
        struct item *it = &ev->e->item[i];
        if (it->seen || !of_rule(it, plugin, rule))
            continue;
        alert_step(&it->times, false, ev->day, rule->pending_days, rule->keep_days);
        it->seen = true; /* it belongs to a rule that is still there */
    }
}

/* The rule's findings stay what they are. */
static void keep(struct evaluation *ev, const struct plugin *plugin, const struct alert_rule *rule)
{
    for (size_t i = 0; i < ev->e->n; i++) {
        if (of_rule(&ev->e->item[i], plugin, rule))
            ev->e->item[i].seen = true;
    }
}

static bool has_no_data(const struct evaluation *ev, const struct alert_rule *rule, size_t rows)
{
    if (ev->snap->registrations == 0)
        return true;
    return rows == 0 && rule->level[rule->levels - 1].condition.n > 0;
}

static int see_all(struct evaluation *ev, const struct plugin *plugin,
                   const struct alert_rule *rule, const struct alert_findings *f, struct err *err)
{
    for (size_t i = 0; i < f->result.frame->rows; i++) {
        if (f->level[i] >= 0)
            TRY(see(ev, plugin, rule, f, i, err));
    }
    return 0;
}

/* Under the lock. no_data "ok" and "alert" differ from "keep" in what an empty answer means. */
static int apply(struct evaluation *ev, const struct plugin *plugin, const struct alert_rule *rule,
                 const struct alert_findings *f, struct err *err)
{
    if (has_no_data(ev, rule, f->result.frame->rows) && rule->no_data == ALERT_NO_DATA_KEEP) {
        keep(ev, plugin, rule);
        return 0;
    }
    int rc = see_all(ev, plugin, rule, f, err);
    if (rc < 0)
        keep(ev, plugin, rule);
    else
        miss(ev, plugin, rule);
    return rc;
}

/* Whoever stops the engine need not wait for its rules; a rule that is stopped has failed. */
static void set_running(struct alert_engine *e, struct cancel *cancel)
{
    pthread_mutex_lock(&e->lock);
    e->running = cancel;
    if (e->stopping)
        cancel_fire(cancel);
    pthread_mutex_unlock(&e->lock);
}

static void run_rule(struct evaluation *ev, const struct plugin *plugin,
                     const struct alert_rule *rule)
{
    struct err err;
    struct alert_findings f;
    struct cancel cancel;
    cancel_init(&cancel, QUERY_TIMEOUT_MS);
    set_running(ev->e, &cancel);
    struct run_options o = {.snap = ev->snap, .cancel = &cancel};
    int rc = alert_rule_run(ev->set, rule, &o, &f, &err);
    bool ran = rc == 0;
    pthread_mutex_lock(&ev->e->lock);
    ev->e->running = NULL;
    bool stopped = ev->e->stopping && rc == ERR_CANCELLED;
    if (rc < 0)
        keep(ev, plugin, rule);
    else
        rc = apply(ev, plugin, rule, &f, &err);
    ev->e->stats.evaluations++;
    ev->e->stats.failures += rc < 0;
    pthread_mutex_unlock(&ev->e->lock);
    if (rc < 0 && !stopped)
        log_line(LOG_WARN, "alert", "rule %.*s/%.*s failed: %s", STR_ARG(plugin->name),
                 STR_ARG(rule->name), err.msg);
    if (ran)
        alert_findings_fini(&f);
}

/* ---- all rules ---- */

static void begin_evaluation(struct alert_engine *e)
{
    pthread_mutex_lock(&e->lock);
    for (size_t i = 0; i < e->n; i++)
        e->item[i].seen = false;
    pthread_mutex_unlock(&e->lock);
}

/* Forgets what is gone or belongs to no rule, and counts the rest. */
static void end_evaluation(struct evaluation *ev, int64_t start_ns)
{
    struct alert_engine *e = ev->e;
    size_t n = 0;
    pthread_mutex_lock(&e->lock);
    e->stats.pending = e->stats.firing = 0;
    for (size_t i = 0; i < e->n; i++) {
        struct item *it = &e->item[i];
        if (!it->seen || it->times.state == ALERT_GONE) {
            item_fini(it);
            continue;
        }
        e->stats.pending += it->times.state == ALERT_PENDING;
        e->stats.firing += it->times.state == ALERT_FIRING;
        e->item[n++] = *it;
    }
    e->n = n;
    e->snapshot = ev->snap->id;
    e->stats.last_ns = clock_mono_ns() - start_ns;
    pthread_mutex_unlock(&e->lock);
}

static void evaluate(struct evaluation *ev)
{
    int64_t start = clock_mono_ns();
    begin_evaluation(ev->e);
    for (size_t p = 0; p < ev->set->n; p++) {
        const struct plugin *plugin = &ev->set->plugin[p];
        for (size_t i = 0; i < plugin->alerts; i++)
            run_rule(ev, plugin, &plugin->alert[i]);
    }
    end_evaluation(ev, start);
}

int alert_engine_run(struct alert_engine *e, struct err *err)
{
    (void)err;
    pthread_mutex_lock(&e->run_lock);
    struct evaluation ev = {.e = e, .snap = snap_cell_get(e->cell)};
    if (ev.snap) {
        ev.set = registry_get(e->registry);
        ev.day = ev.snap->day_min <= ev.snap->day_max ? ev.snap->day_max : clock_today();
        evaluate(&ev);
        plugin_set_unref(ev.set);
        snap_unref(ev.snap);
    }
    pthread_mutex_unlock(&e->run_lock);
    return 0;
}

/* ---- the thread ---- */

static void want(void *ctx)
{
    struct alert_engine *e = ctx;
    pthread_mutex_lock(&e->lock);
    e->wanted = true;
    pthread_cond_signal(&e->wake);
    pthread_mutex_unlock(&e->lock);
}

static void on_snapshot(void *ctx, struct snap *s)
{
    (void)s;
    want(ctx);
}

static void *engine_main(void *arg)
{
    struct alert_engine *e = arg;
    pthread_mutex_lock(&e->lock);
    while (!e->stopping) {
        if (!e->wanted) {
            pthread_cond_wait(&e->wake, &e->lock);
            continue;
        }
        e->wanted = false;
        pthread_mutex_unlock(&e->lock);
        struct err err;
        if (alert_engine_run(e, &err) < 0)
            log_line(LOG_WARN, "alert", "%s", err.msg);
        pthread_mutex_lock(&e->lock);
    }
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

static int start(struct alert_engine *e, struct err *err)
{
    e->wanted = true;
    int rc = pthread_create(&e->thread, NULL, engine_main, e);
    if (rc != 0)
        return err_set(err, ERR_UNAVAILABLE, "cannot start the thread of alerts: %s", strerror(rc));
    pthread_setname_np(e->thread, "alerts");
    e->started = true;
    TRY(registry_listen(e->registry, want, e, err));
    snap_cell_listen(e->cell, on_snapshot, e);
    return 0;
}

int alert_engine_new(struct registry *registry, struct snap_cell *cell, struct alert_engine **out,
                     struct err *err)
{
    struct alert_engine *e = mem_calloc(MEM_ALERT, 1, sizeof *e);
    if (!e)
        return no_memory(err);
    e->registry = registry;
    e->cell = cell;
    pthread_mutex_init(&e->run_lock, NULL);
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->wake, NULL);
    int rc = start(e, err);
    if (rc < 0) {
        alert_engine_free(e);
        return rc;
    }
    *out = e;
    return 0;
}

void alert_engine_free(struct alert_engine *e)
{
    if (!e)
        return;
    snap_cell_unlisten(e->cell, on_snapshot, e);
    pthread_mutex_lock(&e->lock);
    e->stopping = true;
    if (e->running != NULL)
        cancel_fire(e->running);
    pthread_cond_signal(&e->wake);
    pthread_mutex_unlock(&e->lock);
    if (e->started)
        pthread_join(e->thread, NULL);
    for (size_t i = 0; i < e->n; i++)
        item_fini(&e->item[i]);
    mem_free(MEM_ALERT, e->item);
    pthread_cond_destroy(&e->wake);
    pthread_mutex_destroy(&e->lock);
    pthread_mutex_destroy(&e->run_lock);
    mem_free(MEM_ALERT, e);
}

uint64_t alert_engine_snapshot(struct alert_engine *e)
{
    pthread_mutex_lock(&e->lock);
    uint64_t id = e->snapshot;
    pthread_mutex_unlock(&e->lock);
    return id;
}

void alert_stats_get(struct alert_engine *e, struct alert_stats *out)
{
    pthread_mutex_lock(&e->lock);
    *out = e->stats;
    pthread_mutex_unlock(&e->lock);
}

/* ---- the table ---- */

static const struct {
    const char *name;
    enum type type;
} table_columns[] = {
    {"id", TYPE_STRING},      {"plugin", TYPE_STRING},   {"rule", TYPE_STRING},
    {"state", TYPE_STRING},   {"severity", TYPE_STRING}, {"key", TYPE_STRING},
    {"since", TYPE_DATE},     {"message", TYPE_STRING},  {"message_hi", TYPE_STRING},
    {"snapshot", TYPE_INT64}, {"fired_on", TYPE_DATE},   {"resolved_on", TYPE_DATE},
};

static struct value text_value(struct arena *a, const char *s)
{
    return (struct value){.type = TYPE_STRING, .s = str_copy(a, str_of(s))};
}

static struct value day_value(int32_t day)
{
    return (struct value){.type = TYPE_DATE, .null = day == DAY_NONE, .i = day};
}

/* In the order of table_columns. */
static int fill_row(struct arena *a, struct frame *f, size_t row, const struct item *it,
                    struct err *err)
{
    const struct value v[ARRAY_LEN(table_columns)] = {
        text_value(a, it->id),         text_value(a, it->plugin),
        text_value(a, it->rule),       text_value(a, alert_state_name(it->times.state)),
        text_value(a, it->severity),   text_value(a, it->key),
        day_value(it->times.since),    text_value(a, it->message[0]),
        text_value(a, it->message[1]), {.type = TYPE_INT64, .i = (int64_t)it->snapshot},
        day_value(it->times.fired_on), day_value(it->times.resolved_on),
    };
    for (size_t c = 0; c < ARRAY_LEN(v); c++) {
        if (v[c].type == TYPE_STRING && !v[c].s.p)
            return no_memory(err);
        frame_set(f, row, c, v[c]);
    }
    return 0;
}

/* Firing ones first, then by the steps of their ladders. */
static int show_cmp(const void *pa, const void *pb)
{
    static const int rank[] = {
        [ALERT_FIRING] = 0, [ALERT_PENDING] = 1, [ALERT_RESOLVED] = 2, [ALERT_GONE] = 3};
    const struct item *a = *(const struct item *const *)pa;
    const struct item *b = *(const struct item *const *)pb;
    if (a->times.state != b->times.state)
        return rank[a->times.state] - rank[b->times.state];
    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    return item_cmp(a, str_of(b->plugin), str_of(b->rule), str_of(b->key));
}

static int fill_table(struct alert_engine *e, struct arena *a, struct frame **out, struct err *err)
{
    const struct item **order = arena_array(a, e->n, sizeof *order);
    if (!order)
        return no_memory(err);
    for (size_t i = 0; i < e->n; i++)
        order[i] = &e->item[i];
    qsort(order, e->n, sizeof *order, show_cmp);
    TRY(frame_new(a, e->n, ARRAY_LEN(table_columns), out, err));
    for (size_t c = 0; c < ARRAY_LEN(table_columns); c++)
        TRY(frame_col_init(a, &(*out)->col[c], e->n, str_of(table_columns[c].name),
                           table_columns[c].type, err));
    for (size_t i = 0; i < e->n; i++)
        TRY(fill_row(a, *out, i, order[i], err));
    return 0;
}

int alert_table(void *engine, struct arena *a, const struct snap *snap, struct frame **out,
                struct err *err)
{
    struct alert_engine *e = engine;
    (void)snap;
    pthread_mutex_lock(&e->lock);
    int rc = fill_table(e, a, out, err);
    pthread_mutex_unlock(&e->lock);
    return rc;
}
