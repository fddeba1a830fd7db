/* SPDX-License-Identifier: MIT
 *
 * `panji bench questions`: answers a file of queries in one process and times each from text to
 * result, without HTTP: what scripts/bench puts beside the peers. */
#ifndef MAIN_BENCH_QUESTIONS_H
#define MAIN_BENCH_QUESTIONS_H

#include "cli.h"

/* --data, --file (lines `ID<tab>QUERY`), --out (a directory that is there), --runs. Prints a line
 * of JSON for each: {"id", "ms": [...], "engine"} or {"id", "error"}. */
MUST_USE int bench_questions(const struct cli *c, struct err *err);

#endif
