/* SPDX-License-Identifier: MIT
 *
 * One evaluation. For each rule: ask without any lock, then step its findings under the lock.
 *
 *     asked, rows           each finding sees its row, or misses it
 *     no data, no_data keep findings stay
 *     asked in vain         findings stay (error = "keep") or are over; the failure is a finding of
 *                           its own: panji/rule_failed
 *     too many findings     (share_max) findings stay; panji/rule_problem tells it
 *     what it waits for     has a finding: findings stay
 *     its plugin is broken  findings stay: nothing is known of them
 *     the rule is gone      findings are over
 *
 * "No data" is a snapshot without registrations, or no row at all from a rule whose ladder ends
 * in a condition: such a rule gives a row for every place, and the ladder picks the findings. */
#include <stdio.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "engine_int.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for alerts");
}

/* ---- life of an evaluation ------------------------------------------------------------------- */

int evaluation_begin(struct alert_engine *e, struct evaluation *ev, struct err *err)
{
    *ev = (struct evaluation){.e = e, .now_ms = clock_wall_ms()};
    ev->snap = snap_cell_get(e->o.cell);
    if (ev->snap == NULL)
        return err_set(err, ERR_UNAVAILABLE, "there is no data yet");
    ev->set = registry_get(e->o.registry);
    ev->day = ev->snap->day_min <= ev->snap->day_max ? ev->snap->day_max : clock_today();
    arena_init(&ev->mem, MEM_ALERT, 0);
    return 0;
}

void evaluation_end(struct evaluation *ev)
{
    plugin_set_unref(ev->set);
    snap_unref(ev->snap);
    arena_fini(&ev->mem);
}

const struct alert_rule *rule_of(const struct plugin_set *set, const struct slot *s,
                                 const struct plugin **plugin)
{
    for (size_t p = 0; p < set->n; p++) {
        if (!str_eq(set->plugin[p].name, str_of(s->plugin)))
            continue;
        if (plugin != NULL)
            *plugin = &set->plugin[p];
        for (size_t i = 0; i < set->plugin[p].alerts; i++)
            if (str_eq(set->plugin[p].alert[i].name, str_of(s->rule)))
                return &set->plugin[p].alert[i];
    }
    return NULL;
}

/* ---- one finding ----------------------------------------------------------------------------- */

/* In which time a rule lives. */
struct rule_time {
    int64_t now;
    struct alert_waits waits;
    bool by_clock;
};

static struct rule_time time_as(const struct evaluation *ev, bool by_clock)
{
    struct rule_time t = {.by_clock = by_clock, .now = by_clock ? ev->now_ms : ev->day};
    t.waits.remember = by_clock ? (int64_t)REMEMBER_DAYS * DAY_MS : REMEMBER_DAYS;
    return t;
}

/* NULL: a finding about the alerts themselves, in time of the clock. */
static struct rule_time time_of(const struct evaluation *ev, const struct alert_rule *rule)
{
    struct rule_time t = time_as(ev, rule == NULL || rule->by_clock);
    if (rule != NULL) {
        t.waits.pending = rule->pending;
        t.waits.keep = rule->keep;
    }
    return t;
}

/* A new episode: nobody knows of it, nobody has said anything about it. */
static void begin_episode(struct alert_row *r, int64_t now_ms)
{
    r->since_ms = now_ms;
    r->fired_ms = r->resolved_ms = 0;
    r->ack_by = r->ack_reason = STR("");
    r->ack_ms = r->ack_until_ms = r->escalated_ms = r->told_ms = 0;
    r->told_level = -1;
}

static void step(struct alert_row *r, bool present, const struct evaluation *ev,
                 const struct rule_time *t)
{
    enum alert_state before = r->times.state;
    if (r->by_clock != t->by_clock) { /* the rule was changed: its times mean something else */
        r->by_clock = t->by_clock;
        r->times.since = r->times.since == ALERT_NEVER ? ALERT_NEVER : t->now;
        r->times.fired_at = r->times.fired_at == ALERT_NEVER ? ALERT_NEVER : t->now;
        r->times.resolved_at = r->times.resolved_at == ALERT_NEVER ? ALERT_NEVER : t->now;
        r->times.absent_from = ALERT_NEVER;
    }
    alert_step(&r->times, present, t->now, &t->waits);
    if (r->times.state == before)
        return;
    r->snapshot = ev->snap->id;
    if (before == ALERT_GONE || before == ALERT_RESOLVED)
        begin_episode(r, ev->now_ms);
    if (r->times.state == ALERT_FIRING)
        r->fired_ms = ev->now_ms;
    if (r->times.state == ALERT_RESOLVED)
        r->resolved_ms = ev->now_ms;
}

/* What is seen of a finding. */
struct sight {
    struct str key, severity;
    struct text message;
    struct finding_place place;
    int level; /* -1: as it was */
};

static int see(struct evaluation *ev, struct slot *s, const struct sight *sight,
               const struct rule_time *t, struct err *err)
{
    struct finding *f = slot_find(s, sight->key);
    if (f == NULL)
        TRY(slot_add(&ev->e->book, s, sight->key, &f, err));
    struct alert_row next = *finding_now(f);
    next.message = sight->message.en;
    next.message_hi = text_pick(sight->message, true);
    next.place_level = (int)sight->place.level;
    next.place_code = sight->place.code;
    if (sight->level >= 0) {
        next.level = sight->level;
        next.severity = sight->severity;
    }
    if (next.times.state == ALERT_GONE)
        next.by_clock = t->by_clock;
    step(&next, true, ev, t);
    f->seen = true;
    return finding_draft(f, &next, err);
}

static int miss(struct evaluation *ev, struct finding *f, const struct rule_time *t,
                struct err *err)
{
    struct alert_row next = *finding_now(f);
    step(&next, false, ev, t);
    return finding_draft(f, &next, err);
}

static int miss_unseen(struct evaluation *ev, struct slot *s, const struct rule_time *t,
                       struct err *err)
{
    for (size_t i = 0; i < s->n; i++)
        if (!s->at[i].seen)
            TRY(miss(ev, &s->at[i], t, err));
    return 0;
}

/* ---- findings about the alerts themselves ---------------------------------------------------- */

/* Of the rule's name, in the key {"plugin":"drive","rule":"lagging_block"}. */
static int system_key(struct evaluation *ev, const struct slot *s, struct str *out, struct err *err)
{
    struct buf b;
    struct json j;
    buf_init(&b, MEM_ALERT);
    json_init(&j, &b);
    json_object(&j);
    json_put_cstr(&j, "plugin", s->plugin);
    json_put_cstr(&j, "rule", s->rule);
    json_object_end(&j);
    *out = str_copy(&ev->mem, buf_view(&b));
    bool failed = b.failed || out->p == NULL;
    buf_fini(&b);
    return failed ? no_memory(err) : 0;
}

int system_finding(struct evaluation *ev, const char *rule, struct str key, const char *en,
                   const char *hi, struct err *err)
{
    struct slot *s = book_slot(&ev->e->book, STR(SYSTEM_PLUGIN), str_of(rule), true);
    struct rule_time t = time_of(ev, NULL);
    struct sight sight = {
        .key = key, .severity = STR("warning"), .message = {str_of(en), str_of(hi)}};
    if (s == NULL)
        return no_memory(err);
    if (en != NULL)
        return see(ev, s, &sight, &t, err);
    struct finding *f = slot_find(s, key);
    return f != NULL ? miss(ev, f, &t, err) : 0;
}

/* One about a rule. */
static int rule_finding(struct evaluation *ev, const char *rule, const struct slot *of,
                        const char *en, const char *hi, struct err *err)
{
    struct str key;
    TRY(system_key(ev, of, &key, err));
    return system_finding(ev, rule, key, en, hi, err);
}

static int tell_failed(struct evaluation *ev, const struct slot *s, const struct err *why,
                       struct err *err)
{
    char en[ERR_MSG_BYTES + 256];
    char hi[ERR_MSG_BYTES + 256];
    const char *p = s->plugin, *r = s->rule;
    if (why == NULL)
        return rule_finding(ev, "rule_failed", s, NULL, NULL, err);
    snprintf(en, sizeof en, "The rule %s/%s cannot be evaluated: %s", p, r, why->msg);
    snprintf(hi, sizeof hi, "नियम %s/%s का मूल्यांकन नहीं हो सका: %s", p, r, why->msg);
    return rule_finding(ev, "rule_failed", s, en, hi, err);
}

static int tell_no_data(struct evaluation *ev, const struct slot *s, bool is, struct err *err)
{
    char en[256];
    char hi[512];
    const char *p = s->plugin, *r = s->rule;
    if (!is)
        return rule_finding(ev, "no_data", s, NULL, NULL, err);
    snprintf(en, sizeof en, "The rule %s/%s has no data: its alerts stay as they were", p, r);
    snprintf(hi, sizeof hi, "नियम %s/%s के लिए कोई आँकड़ा नहीं: इसके अलर्ट पहले जैसे ही हैं", p, r);
    return rule_finding(ev, "no_data", s, en, hi, err);
}

static int tell_problem(struct evaluation *ev, const struct slot *s, size_t found, size_t rows,
                        double share_max, struct err *err)
{
    char en[512];
    char hi[1024];
    if (found == 0)
        return rule_finding(ev, "rule_problem", s, NULL, NULL, err);
    snprintf(en, sizeof en,
             "The rule %s/%s would fire for %zu of %zu, more than the %g%% that it allows: it is "
             "held back, its alerts stay as they were. Either the cause is common to all, or the "
             "rule is wrong",
             s->plugin, s->rule, found, rows, share_max);
    snprintf(hi, sizeof hi,
             "नियम %s/%s %zu में से %zu पर सक्रिय होता, जो इसकी सीमा %g%% से "
             "अधिक है: इसे रोक लिया गया है, "
             "इसके अलर्ट पहले जैसे ही हैं। या तो कारण सबका साझा है, या नियम ग़लत है",
             s->plugin, s->rule, rows, found, share_max);
    return rule_finding(ev, "rule_problem", s, en, hi, err);
}

/* ---- one rule -------------------------------------------------------------------------------- */

static bool has_no_data(const struct evaluation *ev, const struct alert_rule *rule, size_t rows)
{
    if (ev->snap->registrations == 0)
        return true;
    return rows == 0 && rule->level[rule->levels - 1].condition.n > 0;
}

static size_t count_found(const struct alert_findings *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->result.frame->rows; i++)
        n += f->level[i] >= 0;
    return n;
}

static int see_row(struct evaluation *ev, struct slot *s, const struct alert_rule *rule,
                   const struct alert_findings *f, size_t i, const struct rule_time *t,
                   struct err *err)
{
    struct sight sight = {
        .key = f->key[i], .message = f->message[i], .place = f->place[i], .level = f->level[i]};
    if (f->level[i] >= 0) {
        sight.severity = rule->level[f->level[i]].name;
        return see(ev, s, &sight, t, err);
    }
    if (!f->still[i])
        return 0;
    const struct finding *known = slot_find(s, f->key[i]);
    if (known == NULL || finding_now(known)->times.state == ALERT_RESOLVED)
        return 0; /* it was none before */
    return see(ev, s, &sight, t, err);
}

static int see_all(struct evaluation *ev, struct slot *s, const struct alert_rule *rule,
                   const struct alert_findings *f, struct err *err)
{
    struct rule_time t = time_of(ev, rule);
    for (size_t i = 0; i < s->n; i++)
        s->at[i].seen = false;
    for (size_t i = 0; i < f->result.frame->rows; i++)
        TRY(see_row(ev, s, rule, f, i, &t, err));
    return miss_unseen(ev, s, &t, err);
}

/* Under the lock. */
static int apply(struct evaluation *ev, struct slot *s, const struct alert_rule *rule,
                 const struct alert_findings *f, struct err *err)
{
    size_t rows = f->result.frame->rows;
    size_t found = count_found(f);
    bool empty = has_no_data(ev, rule, rows);
    bool too_many =
        rule->share_max > 0 && rows > 1 && 100.0 * (double)found > rule->share_max * (double)rows;
    TRY(tell_no_data(ev, s, empty && rule->no_data == ALERT_NO_DATA_ALERT, err));
    TRY(tell_problem(ev, s, too_many ? found : 0, rows, rule->share_max, err));
    if (too_many) {
        ev->e->stats.held += found;
        return 0;
    }
    if (empty && rule->no_data != ALERT_NO_DATA_OK)
        return 0;
    return see_all(ev, s, rule, f, err);
}

/* Under the lock. */
static int apply_failure(struct evaluation *ev, struct slot *s, const struct alert_rule *rule,
                         const struct err *why, struct err *err)
{
    log_line(LOG_WARN, "alert", "rule %s/%s failed: %s", s->plugin, s->rule, why->msg);
    ev->e->stats.failures++;
    TRY(tell_failed(ev, s, why, err));
    if (!rule->error_ok)
        return 0;
    struct rule_time t = time_of(ev, rule);
    for (size_t i = 0; i < s->n; i++)
        s->at[i].seen = false;
    return miss_unseen(ev, s, &t, err);
}

/* Whoever stops the engine need not wait for its rules: the evaluation comes to nothing. */
static void set_running(struct alert_engine *e, struct cancel *cancel)
{
    pthread_mutex_lock(&e->lock);
    e->running = cancel;
    if (cancel != NULL && e->stopping)
        cancel_fire(cancel);
    pthread_mutex_unlock(&e->lock);
}

static int run_rule(struct evaluation *ev, struct slot *s, const struct alert_rule *rule,
                    struct err *err)
{
    struct err why;
    struct alert_findings f;
    struct cancel cancel;
    cancel_init(&cancel, QUERY_TIMEOUT_MS);
    int64_t start_ns = clock_mono_ns();
    set_running(ev->e, &cancel);
    struct query_table table[REPORT_TABLES];
    report_tables_of(ev->e->o.store, table);
    struct run_options o = {
        .snap = ev->snap, .cancel = &cancel, .table = table, .tables = ARRAY_LEN(table)};
    int asked = alert_rule_run(ev->set, rule, &o, &f, &why);
    bool ran = asked == 0;
    set_running(ev->e, NULL);
    if (asked == ERR_CANCELLED)
        return err_set(err, ERR_CANCELLED, "the engine stops");
    pthread_mutex_lock(&ev->e->lock);
    ev->e->stats.evaluations++;
    s->run_ms = ev->now_ms;
    s->run_ns = clock_mono_ns() - start_ns;
    s->failed = !ran;
    int rc = ran ? tell_failed(ev, s, NULL, err) : apply_failure(ev, s, rule, &why, err);
    if (rc == 0 && ran)
        rc = apply(ev, s, rule, &f, err);
    pthread_mutex_unlock(&ev->e->lock);
    if (ran)
        alert_findings_fini(&f);
    return rc;
}

/* ---- all rules ------------------------------------------------------------------------------- */

static bool has_finding(const struct slot *s)
{
    for (size_t i = 0; s != NULL && i < s->n; i++) {
        enum alert_state state = finding_now(&s->at[i])->times.state;
        if (state == ALERT_PENDING || state == ALERT_FIRING)
            return true;
    }
    return false;
}

static bool must_wait(struct evaluation *ev, const struct alert_rule *rule)
{
    for (size_t i = 0; i < rule->waits; i++)
        if (has_finding(book_slot(&ev->e->book, rule->plugin->name, rule->waits_for[i], false)))
            return true;
    return false;
}

static bool is_due(const struct evaluation *ev, const struct slot *s, const struct alert_rule *rule)
{
    if (!ev->by_clock_only)
        return true;
    return rule->every_ms > 0 && ev->now_ms - s->run_ms >= rule->every_ms;
}

/* Those that wait for others come after them. */
static int run_plugin(struct evaluation *ev, const struct plugin *plugin, bool waiting,
                      struct err *err)
{
    for (size_t i = 0; i < plugin->alerts; i++) {
        const struct alert_rule *rule = &plugin->alert[i];
        if ((rule->waits > 0) != waiting)
            continue;
        pthread_mutex_lock(&ev->e->lock);
        struct slot *s = book_slot(&ev->e->book, plugin->name, rule->name, true);
        bool rests = s != NULL && (!is_due(ev, s, rule) || must_wait(ev, rule));
        pthread_mutex_unlock(&ev->e->lock);
        if (s == NULL)
            return no_memory(err);
        if (rests)
            continue;
        TRY(run_rule(ev, s, rule, err));
    }
    return 0;
}

/* A rule that is gone takes its findings with it; a plugin that is broken keeps them. */
static int end_gone(struct evaluation *ev, struct err *err)
{
    struct book *b = &ev->e->book;
    for (size_t i = 0; i < b->n; i++) {
        struct slot *s = b->slot[i];
        const struct plugin *plugin = NULL;
        bool ours = strcmp(s->plugin, SYSTEM_PLUGIN) == 0;
        if (ours || rule_of(ev->set, s, &plugin) != NULL ||
            (plugin != NULL && plugin->status == PLUGIN_BROKEN))
            continue;
        for (size_t k = 0; k < s->n; k++) {
            struct rule_time t = time_as(ev, finding_now(&s->at[k])->by_clock);
            TRY(miss(ev, &s->at[k], &t, err));
        }
    }
    return 0;
}

/* Does it speak of a rule that serves, or of one whose plugin is broken? */
static bool speaks_of_rule(struct evaluation *ev, const struct alert_row *r)
{
    char plugin[64] = "";
    char rule[64] = "";
    struct slot of = {.plugin = plugin, .rule = rule};
    const struct plugin *found = NULL;
    struct str name;
    struct str value;
    size_t at = 0;
    while (json_member(r->key, &at, &ev->mem, &name, &value))
        snprintf(str_eq(name, STR("rule")) ? rule : plugin, sizeof plugin, "%.*s", STR_ARG(value));
    return rule_of(ev->set, &of, &found) != NULL ||
           (found != NULL && found->status == PLUGIN_BROKEN);
}

/* What is said about a rule that is gone goes as well. */
static int end_orphans(struct evaluation *ev, struct err *err)
{
    struct book *b = &ev->e->book;
    struct rule_time t = time_of(ev, NULL);
    for (size_t i = 0; i < b->n; i++) {
        struct slot *s = b->slot[i];
        if (strcmp(s->plugin, SYSTEM_PLUGIN) != 0 || strcmp(s->rule, "data_stale") == 0)
            continue;
        for (size_t k = 0; k < s->n; k++)
            if (!speaks_of_rule(ev, finding_now(&s->at[k])))
                TRY(miss(ev, &s->at[k], &t, err));
    }
    return 0;
}

int evaluate_rules(struct evaluation *ev, struct err *err)
{
    pthread_mutex_lock(&ev->e->lock);
    ev->e->stats.held = 0;
    pthread_mutex_unlock(&ev->e->lock);
    for (int waiting = 0; waiting < 2; waiting++)
        for (size_t p = 0; p < ev->set->n; p++)
            TRY(run_plugin(ev, &ev->set->plugin[p], waiting, err));
    TRY(stale_find(ev, err));
    if (ev->by_clock_only)
        return 0;
    pthread_mutex_lock(&ev->e->lock);
    int rc = end_gone(ev, err);
    if (rc == 0)
        rc = end_orphans(ev, err);
    pthread_mutex_unlock(&ev->e->lock);
    return rc;
}
