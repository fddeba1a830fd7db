/* SPDX-License-Identifier: MIT
 *
 * Columns of a report: how a query's column becomes one of the report, and the row of totals. */
#ifndef SCRIPT_COLUMN_H
#define SCRIPT_COLUMN_H

#include "object.h"

/* Resolves the declared columns against the columns of the query (`frame`, NULL for `run`). With
 * no declared columns, all of the frame's are taken. */
MUST_USE int columns_build(struct plugin_object *o, struct reader *r, const struct records *in,
                           const struct frame *frame, bool total, struct report *report,
                           struct column_code **code, struct err *err);

/* Compiles the totals that are expressions (NULL when there is none) and checks them. */
MUST_USE int totals_compile(struct plugin_object *o, struct reader *r, const struct report *report,
                            const struct column_code *code, const struct query_context *ctx,
                            struct query **out, struct err *err);

/* The report's frame from the query's, in the arena, with space for a row of totals. */
MUST_USE int columns_shape(struct arena *a, const struct report *report,
                           const struct column_code *code, const struct frame *from, bool total,
                           const struct place_tree *tree, bool hindi, struct frame **out,
                           struct err *err);
/* Fills the last row of a shaped frame with the totals of the rows above. */
MUST_USE int totals_fill(struct frame *f, const struct report *report,
                         const struct column_code *code, const struct query *totals,
                         const struct query_context *ctx, bool hindi, struct err *err);

/* The value as the column has it: converted and rounded. `v` is of the type code->given. */
MUST_USE int column_convert(struct arena *a, const struct column_code *code, struct value v,
                            const struct place_tree *tree, bool hindi, struct value *out,
                            struct err *err);

#endif
