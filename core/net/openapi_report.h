/* SPDX-License-Identifier: MIT
 *
 * Between the files that write /openapi.json: the reports as operations, and the pieces that they
 * share with the routes. */
#ifndef NET_OPENAPI_REPORT_H
#define NET_OPENAPI_REPORT_H

#include "base/json.h"
#include "right.h"
#include "script/plugin.h"

/* A path for each report, in the open object of paths. */
void openapi_reports(const struct plugin_set *plugins, struct json *j);

/* Of a route with these flags: the parameters that it shares with others, in an open list; the
 * header fields of its answer; what it answers beside what was asked for. */
void openapi_shared_params(struct json *j, unsigned flags);
void openapi_headers(struct json *j, unsigned flags);
void openapi_other_answers(struct json *j, unsigned flags);
/* Who may ask it. */
void openapi_access(struct json *j, enum right need);
/* The content of a table, with rows of this shape; put_row, unless NULL, writes their schema. */
void openapi_table(struct json *j, struct str row, void (*put_row)(void *, struct json *),
                   void *ctx);

#endif
