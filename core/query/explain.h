/* SPDX-License-Identifier: MIT
 *
 * EXPLAIN: the plan as rows (step, detail, why). */
#ifndef QUERY_EXPLAIN_H
#define QUERY_EXPLAIN_H

#include "run.h"

MUST_USE int explain_plan(struct run *r, const struct plan *p, struct frame **out);

#endif
