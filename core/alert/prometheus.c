/* SPDX-License-Identifier: MIT
 *
 * Alerts and rules in the shape of Prometheus' HTTP API, for what reads that. */
#include "alert/engine.h"

#include "base/clock.h"
#include "base/json.h"
#include "engine_int.h"
#include "labels.h"

/* Is it about a place that whoever asks sees? Its figures are of all sources. */
static bool is_told(const struct alert_row *r, const struct snap *snap)
{
    if (snap == NULL || !snap->narrowed)
        return true;
    uint32_t order = place_by_code(snap->tree, (enum place_level)r->place_level, r->place_code);
    return snap->source_seen == NULL && r->place_level > PLACE_COUNTRY && order != PLACE_NONE &&
           place_is_seen(snap->tree, order);
}

/* Pending and firing ones, as there. */
static bool is_active(const struct alert_row *r, const struct snap *snap)
{
    return r != NULL && (r->times.state == ALERT_PENDING || r->times.state == ALERT_FIRING) &&
           is_told(r, snap);
}

static const struct place_tree *tree_of(const struct snap *snap)
{
    return snap != NULL ? snap->tree : NULL;
}

static int put_alert(struct json *j, const struct alert_row *r, const struct place_tree *tree,
                     struct err *err)
{
    struct arena a;
    struct labels labels;
    arena_init(&a, MEM_ALERT, 0);
    int rc = labels_of(r, tree, &a, &labels, err);
    if (rc == 0) {
        json_object(j);
        json_key(j, "labels");
        labels_json(j, &labels);
        json_key(j, "annotations");
        annotations_json(j, r);
        json_put_str(j, "state", str_of(alert_state_name(r->times.state)));
        json_put_moment(j, "activeAt", r->since_ms);
        json_put_str(j, "value", STR("1"));
        json_object_end(j);
    }
    arena_fini(&a);
    return rc;
}

static int put_slot(struct json *j, const struct slot *s, const struct snap *snap, struct err *err)
{
    for (size_t i = 0; i < s->n; i++)
        if (is_active(s->at[i].row, snap))
            TRY(put_alert(j, s->at[i].row, tree_of(snap), err));
    return 0;
}

int alert_prometheus_alerts(struct alert_engine *e, const struct snap *snap, struct buf *out,
                            struct err *err)
{
    struct json j;
    int rc = 0;
    json_init(&j, out);
    json_object(&j);
    json_key(&j, "alerts");
    json_array(&j);
    pthread_mutex_lock(&e->lock);
    for (size_t i = 0; rc == 0 && i < e->book.n; i++)
        rc = put_slot(&j, e->book.slot[i], snap, err);
    pthread_mutex_unlock(&e->lock);
    if (rc < 0)
        return rc;
    json_array_end(&j);
    json_object_end(&j);
    return buf_check(out, err);
}

/* ---- rules ----------------------------------------------------------------------------------- */

/* The worst of its alerts. */
static const char *rule_state(const struct slot *s, const struct snap *snap)
{
    const char *state = "inactive";
    for (size_t i = 0; s != NULL && i < s->n; i++) {
        const struct alert_row *r = s->at[i].row;
        if (!is_active(r, snap))
            continue;
        if (r->times.state == ALERT_FIRING)
            return "firing";
        state = "pending";
    }
    return state;
}

/* Seconds; of days of data, those of so many days. */
static double seconds(const struct alert_rule *rule, int64_t n)
{
    return rule->by_clock ? (double)n / 1000 : (double)n * (DAY_MS / 1000);
}

static int put_rule(struct json *j, struct alert_engine *e, const struct alert_rule *rule,
                    const struct snap *snap, struct err *err)
{
    const struct slot *s = book_slot(&e->book, rule->plugin->name, rule->name, false);
    struct slot none = {.n = 0};
    json_object(j);
    json_put_str(j, "state", str_of(rule_state(s, snap)));
    json_put_str(j, "name", rule->name);
    json_put_str(j, "query", alert_rule_query(rule));
    json_key(j, "duration");
    json_f64(j, seconds(rule, rule->pending));
    json_key(j, "keepFiringFor");
    json_f64(j, seconds(rule, rule->keep));
    json_key(j, "labels");
    json_object(j);
    json_object_end(j);
    json_key(j, "annotations");
    json_object(j);
    json_put_str(j, "summary", rule->message.en);
    json_put_str(j, "summary_hi", text_pick(rule->message, true));
    json_object_end(j);
    json_key(j, "alerts");
    json_array(j);
    TRY(put_slot(j, s != NULL ? s : &none, snap, err));
    json_array_end(j);
    json_put_str(j, "health",
                 s == NULL || s->run_ms == 0 ? STR("unknown")
                 : s->failed                 ? STR("err")
                                             : STR("ok"));
    json_put_moment(j, "lastEvaluation", s != NULL ? s->run_ms : 0);
    json_key(j, "evaluationTime");
    json_f64(j, s != NULL ? (double)s->run_ns / 1e9 : 0);
    json_put_str(j, "type", STR("alerting"));
    json_object_end(j);
    return 0;
}

static int put_group(struct json *j, struct alert_engine *e, const struct plugin *p,
                     const struct snap *snap, struct err *err)
{
    json_object(j);
    json_put_str(j, "name", p->name);
    json_put_str(j, "file", p->path);
    json_key(j, "interval");
    json_f64(j, 0);
    json_key(j, "rules");
    json_array(j);
    for (size_t i = 0; i < p->alerts; i++)
        TRY(put_rule(j, e, &p->alert[i], snap, err));
    json_array_end(j);
    json_object_end(j);
    return 0;
}

int alert_prometheus_rules(struct alert_engine *e, const struct snap *snap, struct buf *out,
                           struct err *err)
{
    struct json j;
    int rc = 0;
    const struct plugin_set *set = registry_get(e->o.registry);
    json_init(&j, out);
    json_object(&j);
    json_key(&j, "groups");
    json_array(&j);
    pthread_mutex_lock(&e->lock);
    for (size_t p = 0; rc == 0 && p < set->n; p++)
        if (set->plugin[p].alerts > 0)
            rc = put_group(&j, e, &set->plugin[p], snap, err);
    pthread_mutex_unlock(&e->lock);
    plugin_set_unref(set);
    if (rc < 0)
        return rc;
    json_array_end(&j);
    json_object_end(&j);
    return buf_check(out, err);
}
