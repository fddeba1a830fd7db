/* SPDX-License-Identifier: MIT
 *
 * What a data directory answers and how fast: opened, every question asked, memory and disk
 * weighed. The measurement under `panji bench` and, size by size, `panji bench growth`. */
#ifndef MAIN_BENCH_ANSWERS_H
#define MAIN_BENCH_ANSWERS_H

#include "app.h"
#include "bench_ask.h"

/* Plain values, to be handed from one process to another. */
struct bench_answers {
    uint64_t rows;
    double opened_s;  /* from the opening, checksums of everything verified, to the first answer */
    double lookup_ns; /* a count of any place and sector in a window of the cube */
    uint64_t resident, peak; /* bytes of the process after all questions */
    uint64_t disk;           /* bytes of the data directory */
    struct bench_asked asked[BENCH_QUESTIONS_MAX];
    size_t questions;
    double mean_c, mean_a; /* geometric means of the medians, ms */
};

/* Opens `dir` as `panji serve` does, without plugins, and leaves it open in *a; closed on
 * failure. ERR_CONFLICT when it has not `rows` rows (0: any number but none). */
MUST_USE int bench_answers(const char *dir, uint64_t rows, struct app *a, struct bench_answers *out,
                           struct err *err);
/* The questions as lines of a table, the means below. */
void bench_answers_print(const struct bench_answers *b);

#endif
