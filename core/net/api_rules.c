/* SPDX-License-Identifier: MIT
 *
 * GET /v1/rules: the alerts and checks that plugins declare. What makes a finding, what ends it,
 * who is told: as the plugin says it, so that a page can explain an alert to whom it concerns. */
#include "api.h"

static void put_text(struct json *j, const char *key, struct text t, bool hindi)
{
    if (t.en.n > 0)
        json_put_str(j, key, text_pick(t, hindi));
}

static void put_list(struct json *j, const char *key, const struct str *item, size_t n)
{
    json_key(j, key);
    json_array(j);
    for (size_t i = 0; i < n; i++)
        json_str(j, item[i]);
    json_array_end(j);
}

static void put_ladder(struct json *j, const struct alert_rule *rule)
{
    json_key(j, "severity");
    json_array(j);
    for (size_t i = 0; i < rule->levels; i++) {
        json_object(j);
        json_put_str(j, "name", rule->level[i].name);
        json_put_text(j, "when", rule->level[i].condition);
        json_object_end(j);
    }
    json_array_end(j);
}

/* The thresholds: their names stand in the conditions. */
static void put_params(struct json *j, const struct alert_rule *rule, bool hindi)
{
    json_key(j, "params");
    json_array(j);
    for (size_t i = 0; i < rule->params; i++) {
        const struct param *p = &rule->param[i];
        json_object(j);
        json_put_str(j, "name", p->name);
        if (p->fallback.p != NULL)
            json_put_str(j, "default", p->fallback);
        put_text(j, "title", p->title, hindi);
        put_text(j, "help", p->help, hindi);
        json_object_end(j);
    }
    json_array_end(j);
}

static void put_rule(struct json *j, const struct alert_rule *rule, bool hindi)
{
    json_object(j);
    json_put_str(j, "plugin", rule->plugin->name);
    json_put_str(j, "name", rule->name);
    json_put_cstr(j, "kind", rule->check ? "check" : "alert");
    put_text(j, "title", rule->title, hindi);
    put_text(j, "help", rule->help, hindi);
    put_text(j, "message", rule->message, hindi);
    put_list(j, "key", rule->key, rule->keys);
    put_ladder(j, rule);
    json_put_text(j, "clear", rule->clear);
    json_put_cstr(j, "unit", rule->by_clock ? "ms" : "days");
    json_put_i64(j, "pending", rule->pending);
    json_put_i64(j, "keep", rule->keep);
    put_list(j, "waits_for", rule->waits_for, rule->waits);
    put_list(j, "notify", rule->notify, rule->notifies);
    put_params(j, rule, hindi);
    json_put_str(j, "query", alert_rule_query(rule));
    json_object_end(j);
}

int api_rules(struct request *r, struct err *err)
{
    struct json j;
    TRY(request_pin(r, err));
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_key(&j, "rules");
    json_array(&j);
    for (size_t p = 0; p < r->plugins->n; p++) {
        const struct plugin *plugin = &r->plugins->plugin[p];
        for (size_t i = 0; i < plugin->alerts; i++)
            put_rule(&j, &plugin->alert[i], r->hindi);
        for (size_t i = 0; i < plugin->checks; i++)
            put_rule(&j, &plugin->check[i], r->hindi);
    }
    json_array_end(&j);
    json_object_end(&j);
    return request_reply_json(r, err);
}
