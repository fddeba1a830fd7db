/* SPDX-License-Identifier: MIT
 *
 * The tables that a query of this server sees beside those of its snapshot: alerts, audit trail,
 * rejects, findings and their history, and those that were sent along with it (table.NAME). */
#ifndef NET_TABLES_H
#define NET_TABLES_H

#include "base/limits.h"
#include "form.h"
#include "ingest/upload.h"

enum { TABLES_OF_SERVER = 2 + REPORT_TABLES };

struct tables {
    struct query_table at[TABLES_OF_SERVER + QUERY_TABLES_MAX];
    size_t n;
    struct upload *sent[QUERY_TABLES_MAX];
    size_t sents;
    struct upload_report report; /* of the table that was refused, or the last one */
};

/* Those of the server alone. */
void tables_init(struct tables *t, const struct request *r);
void tables_fini(struct tables *t);
/* One of the server's by its name, as far as whoever asks sees it. Memory: the request's. */
MUST_USE int tables_seen(struct request *r, const char *name, struct frame **out, struct err *err);
/* Reads those that were sent, as parameters or as files of the form (may be NULL), against the
 * request's pinned places. ERR_ROWS: see t->report. */
MUST_USE int tables_take(struct tables *t, const struct request *r, const struct form *form,
                         struct err *err);
/* Answers that a table was refused, with its wrong rows. */
void tables_refuse(struct request *r, const struct upload_report *report, const struct err *err);

#endif
