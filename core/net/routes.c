/* SPDX-License-Identifier: MIT
 *
 * The table of routes. Its order is the order of the reference. */
#include "api.h"

#include "metrics.h"

#define TAGGED (ROUTE_FORMAT | ROUTE_TAGGED)

const struct route routes[] = {
    {"GET", "/", api_home, ROUTE_TAGGED, "The reports, as a page to start from"},
    {"POST", "/v1/registrations", api_registrations, ROUTE_BATCH | ROUTE_WRITE, "Import a batch"},
    {"GET", "/v1/batches", api_batches, TAGGED, "The ledger of batches"},
    {"GET", "/v1/batches/{id}/rejects.csv", api_batch_rejects, 0, "Rows that a batch left out"},
    {"GET", "/v1/batches/{id}", api_batch, 0, "One batch"},
    {"DELETE", "/v1/batches/{id}", api_batch_retract, ROUTE_WRITE, "Retract a batch"},
    {"GET", "/v1/query", api_query, TAGGED, "Run a query"},
    {"POST", "/v1/query", api_query_post, ROUTE_FORMAT | ROUTE_TABLES, "Run a query"},
    {"GET", "/v1/reports", api_reports, ROUTE_TAGGED, "The reports and their parameters"},
    {"GET", "/v1/reports/{plugin}/{report}", api_report, TAGGED, "Run a report"},
    {"GET", "/v1/alerts", api_alerts, TAGGED, "Alerts that are pending or firing"},
    {"GET", "/v1/alerts/history", api_alerts_history, ROUTE_FORMAT, "What happened to alerts"},
    {"POST", "/v1/alerts/{id}/acknowledge", api_alert_acknowledge, ROUTE_WRITE,
     "Say that the cause is known"},
    {"DELETE", "/v1/alerts/{id}/acknowledge", api_alert_unacknowledge, ROUTE_WRITE,
     "Take that back"},
    {"POST", "/v1/alerts/{id}/comments", api_alert_comment, ROUTE_WRITE,
     "Add a line to its history"},
    {"GET", "/v1/rules", api_rules, ROUTE_TAGGED, "The alerts and checks that plugins declare"},
    {"GET", "/v1/silences", api_silences, 0, "Silences that are not over"},
    {"POST", "/v1/silences", api_silence_post, ROUTE_WRITE, "Silence a rule, a place, or both"},
    {"DELETE", "/v1/silences/{id}", api_silence_delete, ROUTE_WRITE, "End a silence"},
    {"GET", "/v1/outbox", api_outbox, ROUTE_FORMAT, "Messages: waiting, sent, and given up"},
    {"POST", "/v1/outbox/{id}/retry", api_outbox_retry, ROUTE_WRITE,
     "Try one again that was given up"},
    {"GET", "/api/v1/alerts", api_prometheus_alerts, 0, "Alerts, as Prometheus tells them"},
    {"GET", "/api/v1/rules", api_prometheus_rules, 0, "Rules, as Prometheus tells them"},
    {"GET", "/v1/findings", api_findings, TAGGED | ROUTE_CHECKS,
     "What the checks of plugins found"},
    {"GET", "/v1/targets", api_targets, TAGGED, "The sets of targets"},
    {"GET", "/v1/targets/{plugin}/{set}", api_target_set, TAGGED,
     "A set of targets, with how each was shared out"},
    {"GET", "/v1/places", api_places, TAGGED, "Places under one, or of a name"},
    {"POST", "/v1/places", api_places_post, ROUTE_FILE | ROUTE_WRITE, "Import a file of places"},
    {"POST", "/v1/stated", api_stated_post, ROUTE_FILE | ROUTE_WRITE,
     "Import figures as published"},
    {"GET", "/v1/tables", api_tables, TAGGED, "The tables of planners"},
    {"GET", "/v1/tables/{name}", api_table, TAGGED, "A table of planners"},
    {"PUT", "/v1/tables/{name}", api_table_put, ROUTE_TABLES | ROUTE_WRITE, "Upload a table"},
    {"DELETE", "/v1/tables/{name}", api_table_drop, ROUTE_WRITE, "Drop a table"},
    {"GET", "/v1/plugins", api_plugins, ROUTE_TAGGED, "The plugins and their errors"},
    {"GET", "/v1/plugins/{name}", api_plugin, ROUTE_TAGGED,
     "One plugin, with the text of its files"},
    {"POST", "/v1/plugins/check", api_plugin_check, 0, "Try a version of a plugin"},
    {"POST", "/v1/plugins/reload", api_plugins_reload, ROUTE_WRITE, "Load changed plugins"},
    {"PUT", "/v1/plugins/{name}", api_plugin_put, ROUTE_WRITE, "Store a version of a plugin"},
    {"GET", "/v1/schema", api_schema, ROUTE_TAGGED, "The columns of registrations"},
    {"GET", "/v1/words", api_words, ROUTE_TAGGED, "The words that a query can use, for editors"},
    {"GET", "/v1/words/plugins", api_words_plugins, ROUTE_TAGGED,
     "What a plugin can declare, as Markdown"},
    {"GET", "/v1/events", api_events, ROUTE_STREAM, "Server-sent events: what is new"},
    {"POST", "/v1/backup", api_backup, ROUTE_WRITE, "Everything, as one verified file"},
    {"POST", "/v1/verify", api_verify, ROUTE_WRITE, "Look at all that is stored"},
    {"GET", "/healthz", api_healthz, ROUTE_INLINE, "The process lives"},
    {"GET", "/readyz", api_readyz, ROUTE_INLINE, "The server takes requests"},
    {"GET", "/metrics", api_metrics, ROUTE_INLINE, "Numbers for Prometheus"},
};
const size_t routes_count = ARRAY_LEN(routes);

STATIC_ASSERT(ARRAY_LEN(routes) < METRIC_ROUTES, "each route has its row of counters");
