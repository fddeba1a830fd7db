/* SPDX-License-Identifier: MIT
 *
 * The routes and their handlers. A handler fills r->answer and returns 0, or returns an error that
 * becomes a problem; it runs on a pool worker unless its route is inline. */
#ifndef NET_API_H
#define NET_API_H

#include "request.h"

extern const struct route routes[];
extern const size_t routes_count;

/* Reads the options of POST /v1/registrations and opens the batch, before the body comes. */
MUST_USE int api_registrations_begin(struct request *r, struct err *err);

/* The reports, as a page that needs no script. */
int api_home_page(struct request *r, struct err *err);
int api_home(struct request *r, struct err *err);
/* The dashboard's page, and its files. */
int api_shell(struct request *r, struct err *err);
int api_dashboard_file(struct request *r, struct err *err);
int api_registrations(struct request *r, struct err *err);
int api_batches(struct request *r, struct err *err);
int api_batch(struct request *r, struct err *err);
int api_batch_retract(struct request *r, struct err *err);
int api_batch_rejects(struct request *r, struct err *err);
int api_query(struct request *r, struct err *err);
int api_query_post(struct request *r, struct err *err);
int api_queries(struct request *r, struct err *err);
int api_query_cancel(struct request *r, struct err *err);
int api_reports(struct request *r, struct err *err);
int api_report(struct request *r, struct err *err);
int api_alerts(struct request *r, struct err *err);
int api_alerts_history(struct request *r, struct err *err);
int api_alert_acknowledge(struct request *r, struct err *err);
int api_alert_unacknowledge(struct request *r, struct err *err);
int api_alert_comment(struct request *r, struct err *err);
int api_silences(struct request *r, struct err *err);
int api_silence_post(struct request *r, struct err *err);
int api_silence_delete(struct request *r, struct err *err);
int api_outbox(struct request *r, struct err *err);
int api_outbox_retry(struct request *r, struct err *err);
int api_prometheus_alerts(struct request *r, struct err *err);
int api_prometheus_rules(struct request *r, struct err *err);
int api_rules(struct request *r, struct err *err);
int api_findings(struct request *r, struct err *err);
int api_targets(struct request *r, struct err *err);
int api_target_set(struct request *r, struct err *err);
int api_places(struct request *r, struct err *err);
int api_places_post(struct request *r, struct err *err);
int api_stated_post(struct request *r, struct err *err);
int api_tables(struct request *r, struct err *err);
int api_table(struct request *r, struct err *err);
int api_table_put(struct request *r, struct err *err);
int api_table_drop(struct request *r, struct err *err);
int api_plugins(struct request *r, struct err *err);
int api_plugin(struct request *r, struct err *err);
int api_plugins_reload(struct request *r, struct err *err);
int api_plugin_check(struct request *r, struct err *err);
int api_plugin_put(struct request *r, struct err *err);
int api_schema(struct request *r, struct err *err);
int api_words(struct request *r, struct err *err);
int api_words_plugins(struct request *r, struct err *err);
/* Checks what was sent; the stream itself is opened by the server. */
int api_events(struct request *r, struct err *err);
int api_session(struct request *r, struct err *err);
int api_session_post(struct request *r, struct err *err);
int api_session_delete(struct request *r, struct err *err);
int api_tokens(struct request *r, struct err *err);
int api_token_post(struct request *r, struct err *err);
int api_token_delete(struct request *r, struct err *err);
int api_backup(struct request *r, struct err *err);
int api_verify(struct request *r, struct err *err);
int api_healthz(struct request *r, struct err *err);
int api_readyz(struct request *r, struct err *err);
int api_metrics(struct request *r, struct err *err);
int api_openapi(struct request *r, struct err *err);

/* For answer_problem, with a struct report_result: what is wrong with the parameters. */
void report_violations_json(void *result, struct json *j);
void report_violations_text(void *result, struct buf *out);

/* Of the server itself, for the inline handlers. */
bool httpd_is_stopping(const struct httpd *h);
const struct assets *httpd_assets(const struct httpd *h); /* NULL: there is no dashboard */
void httpd_metrics(struct httpd *h, struct buf *out);
/* An object for each query that waits or runs, into an open array. */
void httpd_queries(struct httpd *h, struct json *j);
/* Ends those of this id; how many there were. */
size_t httpd_cancel(struct httpd *h, struct str id);

#endif
