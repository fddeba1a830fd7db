/* SPDX-License-Identifier: MIT
 *
 * What the tests of plugins share: one test at work. */
#ifndef SCRIPT_TRIAL_INT_H
#define SCRIPT_TRIAL_INT_H

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
};

/* A failure of the test, shown at its declaration. */
#define FAULT(t, ...) (reader_fault(&(t)->r, STR_NULL, ERR_PLUGIN, __VA_ARGS__), ERR_PLUGIN)

/* A table of the test's own, or NULL. */
const struct grid *trial_grid(const struct trial *t, const char *name);
/* A day in a table of the test; ERR_PLUGIN. */
MUST_USE int trial_day(struct trial *t, const struct grid *g, size_t row, const char *column,
                       int32_t *out);
/* Builds the snapshot of the test's data up to the day `until`. */
MUST_USE int trial_snap(struct trial *t, struct err *err);
/* The same text, or the same number. */
bool trial_same(struct str got, struct str want);
/* An alert over days. */
MUST_USE int trial_by_day(struct trial *t, const struct alert_rule *rule,
                          const struct run_options *o, struct err *err);

#endif
