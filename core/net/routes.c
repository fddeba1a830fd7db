/* SPDX-License-Identifier: MIT
 *
 * The table of routes, with what each takes and gives (the language is in operation.h). Its order
 * is the order of the reference. */
#include "api.h"

#include "metrics.h"

#define TAGGED (ROUTE_FORMAT | ROUTE_TAGGED)

#define LIMIT "limit:integer At most so many rows; truncated says that there are more\n"
#define BY    "by:text Who says so; the name of the token when not given\n"
#define ALERT "id:text The alert's id\n"

const struct route routes[] = {
    {"GET", "/", api_home, ROUTE_TAGGED | ROUTE_SHELL, "The dashboard",
     .params = "* What its pages keep in the address\n", .answer = "200 page", .need = RIGHT_OPEN},
    {"GET", "/dashboard/{file}", api_dashboard_file, ROUTE_INLINE, "A file of the dashboard",
     .params = "file:text The file's name\n", .answer = "200 asset", .need = RIGHT_OPEN},
    {"POST", "/v1/registrations", api_registrations, ROUTE_BATCH | ROUTE_WRITE, "Import a batch",
     .params = "source:text=unknown Whose registrations they are\n"
               "batch_id:text An id of the sender, in the place of the field Idempotency-Key\n"
               "as_on:day The day up to which the file is complete\n"
               "kind:registrations|correction=registrations A correction may hold negative counts\n"
               "below_zero:refuse|allow=refuse Whether a correction may take away more than there "
               "is\n"
               "ids:ignore|replace|refuse=ignore What becomes of a registration_id that is in "
               "already\n"
               "reason:text Why it is sent; for the audit trail\n"
               "on_error:reject|skip=reject Refuses the batch, or leaves wrong rows out\n"
               "dry_run:flag Checks only\n"
               "mapping:text A mapping by name\n"
               "mapping_text:text Or its text\n"
               "draft_mapping:flag With dry_run: answers with a draft of a mapping\n",
     .body = "rows", .answer = "201 Import; 200 Import", .need = RIGHT_IMPORT},
    {"GET", "/v1/batches", api_batches, TAGGED, "The ledger of batches", .params = LIMIT,
     .answer = "200 [Batch]", .need = RIGHT_BATCHES},
    {"GET", "/v1/batches/{id}/rejects.csv", api_batch_rejects, 0, "Rows that a batch left out",
     .params = "id:text The batch's id\n"
               "source:text Whose batch, when several sources used the id\n",
     .answer = "200 csv", .need = RIGHT_BATCHES},
    {"GET", "/v1/batches/{id}", api_batch, 0, "One batch",
     .params = "id:text The batch's id\n"
               "source:text Whose batch, when several sources used the id\n",
     .answer = "200 Batch", .need = RIGHT_BATCHES},
    {"DELETE", "/v1/batches/{id}", api_batch_retract, ROUTE_WRITE, "Retract a batch",
     .params = "id:text The batch's id\n"
               "source:text Whose batch, when several sources used the id\n"
               "reason:text Why, at most 500 bytes; it is kept\n",
     .answer = "200 Retraction", .need = RIGHT_IMPORT},
    {"GET", "/v1/query", api_query, TAGGED, "Run a query",
     .params = "q:text! The query\n"
               "p.*:text The value of its parameter @NAME\n"
               "table.*:text CSV: a table of this query alone\n"
               "borders:day Places in the borders of that day\n"
               "explain:flag The plan instead of the answer\n" LIMIT,
     .answer = "200 [Row]", .need = RIGHT_QUERY},
    {"POST", "/v1/query", api_query_post, ROUTE_FORMAT | ROUTE_TABLES, "Run a query",
     .params = "q:text The query, where it is not the body\n"
               "p.*:text The value of its parameter @NAME\n"
               "table.*:text CSV: a table of this query alone\n"
               "borders:day Places in the borders of that day\n"
               "explain:flag The plan instead of the answer\n" LIMIT,
     .body = "query", .answer = "200 [Row]", .need = RIGHT_QUERY},
    {"GET", "/v1/queries", api_queries, ROUTE_INLINE, "The queries that wait or run",
     .answer = "200 Queries", .need = RIGHT_AUDIT},
    {"DELETE", "/v1/queries/{id}", api_query_cancel, ROUTE_INLINE, "End one of them",
     .params = "id:text The query's id\n", .answer = "200 Cancelled", .need = RIGHT_AUDIT},
    {"GET", "/v1/reports", api_reports, ROUTE_TAGGED, "The reports and their parameters",
     .answer = "200 Reports", .need = RIGHT_SEE},
    {"GET", "/v1/reports/{plugin}/{report}", api_report, TAGGED, "Run a report",
     .params =
         "plugin:text The plugin\n"
         "report:text The report\n"
         "borders:day Places in the borders of that day\n" LIMIT "* The report's own parameters\n",
     .answer = "200 [Row]", .need = RIGHT_SEE},
    {"GET", "/v1/alerts", api_alerts, TAGGED, "Alerts that are pending or firing",
     .params = "place:text LEVEL:CODE, or a name that only one place has: it and all below\n",
     .answer = "200 [Alert]", .need = RIGHT_QUERY},
    {"GET", "/v1/alerts/history", api_alerts_history, ROUTE_FORMAT, "What happened to alerts",
     .params = "id:text Of one alert alone\n", .answer = "200 [AlertEvent]", .need = RIGHT_QUERY},
    {"POST", "/v1/alerts/{id}/acknowledge", api_alert_acknowledge, ROUTE_WRITE,
     "Say that the cause is known",
     .params = ALERT BY "reason:text! Why it is as it is\n"
                        "until:moment How long: a day, a day and time, or \"3 days\"\n",
     .body = "fields", .answer = "200 Done", .need = RIGHT_ACKNOWLEDGE},
    {"DELETE", "/v1/alerts/{id}/acknowledge", api_alert_unacknowledge, ROUTE_WRITE,
     "Take that back", .params = ALERT BY, .body = "fields", .answer = "200 Done",
     .need = RIGHT_ACKNOWLEDGE},
    {"POST", "/v1/alerts/{id}/comments", api_alert_comment, ROUTE_WRITE,
     "Add a line to its history", .params = ALERT BY "text:text! The line\n", .body = "fields",
     .answer = "200 Done", .need = RIGHT_ACKNOWLEDGE},
    {"GET", "/v1/rules", api_rules, ROUTE_TAGGED, "The alerts and checks that plugins declare",
     .answer = "200 Rules", .need = RIGHT_QUERY},
    {"GET", "/v1/silences", api_silences, 0, "Silences that are not over",
     .params = "all:flag Those that are over, too\n", .answer = "200 Silences",
     .need = RIGHT_QUERY},
    {"POST", "/v1/silences", api_silence_post, ROUTE_WRITE, "Silence a rule, a place, or both",
     .params =
         "rule:text PLUGIN/RULE, or a name alone for any plugin\n"
         "place:text LEVEL:CODE, or a name that only one place has: it and all below\n"
         "until:moment! How long: a day, a day and time, or \"3 days\"\n" BY "reason:text! Why\n",
     .body = "fields", .answer = "201 SilenceId", .need = RIGHT_SILENCE},
    {"DELETE", "/v1/silences/{id}", api_silence_delete, ROUTE_WRITE, "End a silence",
     .params = "id:integer The silence's id\n" BY, .body = "fields", .answer = "200 Done",
     .need = RIGHT_SILENCE},
    {"GET", "/v1/outbox", api_outbox, ROUTE_FORMAT, "Messages: waiting, sent, and given up",
     .answer = "200 [Message]", .need = RIGHT_AUDIT},
    {"POST", "/v1/outbox/{id}/retry", api_outbox_retry, ROUTE_WRITE,
     "Try one again that was given up", .params = "id:text The message's id\n",
     .answer = "200 Done", .need = RIGHT_AUDIT},
    {"GET", "/api/v1/alerts", api_prometheus_alerts, 0, "Alerts, as Prometheus tells them",
     .answer = "200 PrometheusAlerts", .need = RIGHT_QUERY},
    {"GET", "/api/v1/rules", api_prometheus_rules, 0, "Rules, as Prometheus tells them",
     .params = "type:text Taken for the sake of those who send it\n",
     .answer = "200 PrometheusRules", .need = RIGHT_QUERY},
    {"GET", "/v1/findings", api_findings, TAGGED | ROUTE_CHECKS, "What the checks of plugins found",
     .params = "status:open|closed|all=open Which of them\n"
               "plugin:text Of which plugin\n"
               "check:text Of which check\n"
               "severity:text How grave\n"
               "source:text Who sent what brought it up\n"
               "batch:text What brought it up\n"
               "opened_since:integer Those that came up in this snapshot or a later one\n" LIMIT,
     .answer = "200 [Finding]", .need = RIGHT_QUERY},
    {"GET", "/v1/targets", api_targets, TAGGED, "The sets of targets", .answer = "200 [TargetSet]",
     .need = RIGHT_SEE},
    {"GET", "/v1/targets/{plugin}/{set}", api_target_set, TAGGED,
     "A set of targets, with how each was shared out",
     .params = "plugin:text The plugin\n"
               "set:text The set\n",
     .answer = "200 [Target]", .need = RIGHT_SEE},
    {"GET", "/v1/places", api_places, TAGGED, "Places under one, or of a name",
     .params = "under:text A place by name, code or LEVEL:CODE; without it the country\n"
               "level:state|district|block|panchayat The next below when not given\n"
               "find:text A name, an alias or a code, in either script\n"
               "as_on:day The places of that day, in its borders\n" LIMIT,
     .answer = "200 [Place]", .need = RIGHT_LOOK},
    {"POST", "/v1/places", api_places_post, ROUTE_FILE | ROUTE_WRITE, "Import a file of places",
     .params = "effective_on:day Since when what differs holds\n"
               "level:state|district|block|panchayat Of a list of modifications\n",
     .body = "file", .answer = "201 PlacesImport", .need = RIGHT_PLACES},
    {"POST", "/v1/stated", api_stated_post, ROUTE_FILE | ROUTE_WRITE, "Import figures as published",
     .params = "source:text Who published them, where the file does not say\n", .body = "table",
     .answer = "201 StatedImport", .need = RIGHT_IMPORT},
    {"GET", "/v1/tables", api_tables, TAGGED, "The tables of planners",
     .answer = "200 [UploadedTable]", .need = RIGHT_QUERY},
    {"GET", "/v1/tables/{name}", api_table, TAGGED, "A table of planners",
     .params = "name:text The table\n" LIMIT, .answer = "200 [Row]", .need = RIGHT_QUERY},
    {"PUT", "/v1/tables/{name}", api_table_put, ROUTE_TABLES | ROUTE_WRITE, "Upload a table",
     .params = "name:text The table\n", .body = "table", .answer = "201 Upload; 200 Upload",
     .need = RIGHT_TABLES},
    {"DELETE", "/v1/tables/{name}", api_table_drop, ROUTE_WRITE, "Drop a table",
     .params = "name:text The table\n", .answer = "200 Dropped", .need = RIGHT_TABLES},
    {"GET", "/v1/plugins", api_plugins, ROUTE_TAGGED, "The plugins and their errors",
     .answer = "200 Plugins", .need = RIGHT_PLUGINS},
    {"GET", "/v1/plugins/{name}", api_plugin, ROUTE_TAGGED,
     "One plugin, with the text of its files", .params = "name:text The plugin\n",
     .answer = "200 PluginFiles", .need = RIGHT_PLUGINS},
    {"POST", "/v1/plugins/check", api_plugin_check, 0, "Try a version of a plugin",
     .params = "plugin:text The plugin, where the text does not name it\n"
               "report:text A report to show, with the difference that the version would make\n"
               "key:text Columns that tell its rows apart, between commas\n"
               "* The report's own parameters\n",
     .body = "files", .answer = "200 PluginCheck", .need = RIGHT_PLUGINS},
    {"POST", "/v1/plugins/reload", api_plugins_reload, ROUTE_WRITE, "Load changed plugins",
     .answer = "200 Plugins", .need = RIGHT_PLUGINS},
    {"PUT", "/v1/plugins/{name}", api_plugin_put, ROUTE_WRITE, "Store a version of a plugin",
     .params = "name:text The plugin\n", .body = "lua",
     .answer = "201 PluginCheck; 200 PluginCheck", .need = RIGHT_PLUGINS},
    {"GET", "/v1/schema", api_schema, ROUTE_TAGGED, "The columns of registrations",
     .answer = "200 Schema", .need = RIGHT_LOOK},
    {"GET", "/v1/words", api_words, ROUTE_TAGGED, "The words that a query can use, for editors",
     .answer = "200 Words", .need = RIGHT_LOOK},
    {"GET", "/v1/words/plugins", api_words_plugins, ROUTE_TAGGED,
     "What a plugin can declare, as Markdown", .answer = "200 markdown", .need = RIGHT_LOOK},
    {"GET", "/v1/events", api_events, ROUTE_STREAM, "Server-sent events: what is new",
     .answer = "200 events", .need = RIGHT_LOOK},
    {"GET", "/v1/session", api_session, 0, "Who one is here, and what one may",
     .answer = "200 Session", .need = RIGHT_OPEN},
    {"POST", "/v1/session", api_session_post, ROUTE_WRITE, "Sign in with a browser",
     .params = "token:text! The token; in the body alone\n", .body = "fields",
     .answer = "200 Session", .need = RIGHT_OPEN},
    {"DELETE", "/v1/session", api_session_delete, ROUTE_WRITE, "Sign out", .answer = "200 Session",
     .need = RIGHT_OPEN},
    {"GET", "/v1/tokens", api_tokens, ROUTE_FORMAT, "The tokens, without their secrets",
     .answer = "200 [Token]", .need = RIGHT_ADMIN},
    {"POST", "/v1/tokens", api_token_post, ROUTE_WRITE, "Make a token",
     .params = "role:public|viewer|planner|ingest|admin! What it may\n"
               "name:text Whose it is, as the audit trail will say\n"
               "places:text Only these and what lies in them: LEVEL:CODE, or a name or code that "
               "only one place has, between commas\n"
               "sources:text Only these, between commas\n"
               "expires:moment A day, a day and time, or \"90 days\"; never when not given\n",
     .body = "fields", .answer = "201 NewToken", .need = RIGHT_ADMIN},
    {"DELETE", "/v1/tokens/{id}", api_token_delete, ROUTE_WRITE, "Revoke a token, at once",
     .params = "id:text The token's id, not its secret\n", .answer = "200 Done",
     .need = RIGHT_ADMIN},
    {"POST", "/v1/backup", api_backup, ROUTE_WRITE, "Everything, as one verified file",
     .answer = "200 backup", .need = RIGHT_ADMIN},
    {"POST", "/v1/verify", api_verify, ROUTE_WRITE, "Look at all that is stored",
     .answer = "200 Verification", .need = RIGHT_ADMIN},
    {"GET", "/healthz", api_healthz, ROUTE_INLINE, "The process lives", .answer = "200 Health",
     .need = RIGHT_OPEN},
    {"GET", "/readyz", api_readyz, ROUTE_INLINE, "The server takes requests",
     .answer = "200 Readiness", .need = RIGHT_OPEN},
    {"GET", "/metrics", api_metrics, ROUTE_INLINE, "Numbers for Prometheus",
     .answer = "200 metrics", .need = RIGHT_METRICS},
    {"GET", "/openapi.json", api_openapi, ROUTE_TAGGED, "All of this, as OpenAPI 3.1",
     .answer = "200 OpenApi", .need = RIGHT_LOOK},
};
const size_t routes_count = ARRAY_LEN(routes);

STATIC_ASSERT(ARRAY_LEN(routes) < METRIC_ROUTES, "each route has its row of counters");
