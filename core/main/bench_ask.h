/* SPDX-License-Identifier: MIT
 *
 * The questions of the benchmark (scripts/bench/questions.txt, compiled in), asked and timed: from
 * the text of a query to its result, as columns in memory, without HTTP. */
#ifndef MAIN_BENCH_ASK_H
#define MAIN_BENCH_ASK_H

#include "query/query.h"

enum { BENCH_QUESTIONS_MAX = 64, BENCH_ID_BYTES = 8 };

struct bench_question {
    struct str id, text;
};
size_t bench_question_count(void);
struct bench_question bench_question(size_t i);
/* The text of a question that must be there. */
struct str bench_question_text(const char *id);

/* What is asked, and whose idle workers help with it (NULL: nobody's). */
struct bench_data {
    const struct snap *snap;
    struct pool *pool;
};

/* One run; on success the result is the caller's until bench_run_fini. */
struct bench_run {
    struct query *query;
    struct query_result result;
    int64_t ns;
};
MUST_USE int bench_run(const struct bench_data *data, struct str text, struct bench_run *out,
                       struct err *err);
void bench_run_fini(struct bench_run *r);

/* A question asked many times. Plain values. */
struct bench_asked {
    char id[BENCH_ID_BYTES], engine[8];
    size_t runs;
    double median_ms, least_ms;
    size_t rows; /* of the answer */
};
/* All questions in turn, four times over, so that a machine that is slow for a while does not
 * decide about one of them. Each time a question is run once for warmth, which does not count, then
 * 2 to 50 times, until a quarter of a second has passed. out: bench_question_count. */
MUST_USE int bench_ask_all(const struct bench_data *data, struct bench_asked *out, struct err *err);
/* Of the medians of those whose id begins with `letter`, in milliseconds. */
double bench_geometric_mean(const struct bench_asked *a, size_t n, char letter);

#endif
