/* SPDX-License-Identifier: MIT
 *
 * One test of a plugin while it runs: what the files that build its data share. */
#ifndef SCRIPT_TRIAL_INT_H
#define SCRIPT_TRIAL_INT_H

#include "declare.h"
#include "object.h"

struct trial {
    struct plugin_object *o;
    const struct test_decl *d;
    struct reader r;
    struct arena arena; /* of this test */
    const struct snap *around;
    struct place_tree *tree; /* the test's own, or that of the snapshot */
    int32_t until;           /* registrations of later days have not come yet */
    struct snap *snap;
    struct plugin_set set; /* only its targets */
    struct query_table table[REPORT_TABLES];
};

/* A failure of the test, shown at its declaration. */
#define FAULT(t, ...) (reader_fault(&(t)->r, STR_NULL, ERR_PLUGIN, __VA_ARGS__), ERR_PLUGIN)

/* The table of that name among the test's data, or NULL. */
const struct grid *trial_grid(const struct trial *t, const char *name);
/* The text of a cell; .p NULL when there is no such column or nothing in it. */
struct str trial_cell(const struct grid *g, size_t row, const char *column);
int64_t trial_number(struct str s, int64_t otherwise);
/* What a row says, looked up. ERR_PLUGIN: the mistake is shown. */
MUST_USE int trial_place(struct trial *t, const struct grid *g, size_t row, uint32_t *order);
MUST_USE int trial_sector(struct trial *t, const struct grid *g, size_t row, uint8_t *sector);
MUST_USE int trial_day(struct trial *t, const struct grid *g, size_t row, const char *column,
                       int32_t *day);
/* Every column is one of `known` (ends with NULL) or, with `attributes`, one of registrations. */
MUST_USE int trial_columns(struct trial *t, const struct grid *g, const char *const *known,
                           bool attributes);

/* trial_ledger.c: figures as stated and batches, their words in the dictionaries of `empty`;
 * memory: the test's. Nothing where the test has no such table. */
MUST_USE int trial_stated(struct trial *t, const struct snap *empty, struct snap_change *change,
                          struct err *err);
MUST_USE int trial_batches(struct trial *t, const struct snap *empty, struct snap_change *change,
                           struct err *err);
/* Rejects, findings, alerts and their like, in the place of the store's tables (which have no rows
 * here). */
MUST_USE int trial_tables(struct trial *t, struct err *err);

/* Builds the snapshot of the test's data up to the day `until`. */
MUST_USE int trial_snap(struct trial *t, struct err *err);
/* The same text, or the same number. */
bool trial_same(struct str got, struct str want);
/* trial_days.c: an alert over days. */
MUST_USE int trial_by_day(struct trial *t, const struct alert_rule *rule,
                          const struct run_options *o, struct err *err);

#endif
