/* SPDX-License-Identifier: MIT
 *
 * What Lua costs: the same query asked alone, as a plain report, with a sentence, and by a report
 * that asks three times and makes its rows itself. */
#ifndef MAIN_BENCH_SCRIPTS_H
#define MAIN_BENCH_SCRIPTS_H

#include "app.h"

/* Prints a line each: the median of one call on this thread, from plan to finished rows, without
 * HTTP. ERR_NOT_FOUND when no district has registrations. */
MUST_USE int bench_scripts(struct app *a, struct err *err);

#endif
