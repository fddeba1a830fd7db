/* SPDX-License-Identifier: MIT
 *
 * The list is made from its file by the Makefile: a line is an id, a tab, a query. */
#include "bench_ask.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { RUNS_MIN = 5, RUNS_MAX = 200, ENOUGH_NS = 1000000000 };

static const char *const lines[] = {
#include "questions.inc"
};
STATIC_ASSERT(ARRAY_LEN(lines) <= BENCH_QUESTIONS_MAX, "room for all questions");

size_t bench_question_count(void)
{
    return ARRAY_LEN(lines);
}

struct bench_question bench_question(size_t i)
{
    ASSERT(i < ARRAY_LEN(lines));
    const char *tab = strchr(lines[i], '\t');
    ASSERT(tab != NULL && tab - lines[i] < BENCH_ID_BYTES);
    return (struct bench_question){{lines[i], (size_t)(tab - lines[i])}, str_of(tab + 1)};
}

struct str bench_question_text(const char *id)
{
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        if (str_eq(bench_question(i).id, str_of(id)))
            return bench_question(i).text;
    UNREACHABLE();
}

int bench_run(const struct snap *snap, struct str text, struct bench_run *out, struct err *err)
{
    struct query_context ctx = {.snap = snap, .rows_max = INT32_MAX};
    int64_t start = clock_mono_ns();
    TRY(query_parse(text, &out->query, err));
    int rc = query_run(out->query, &ctx, &out->result, err);
    out->ns = clock_mono_ns() - start;
    if (rc < 0)
        query_unref(out->query);
    return rc;
}

void bench_run_fini(struct bench_run *r)
{
    query_result_fini(&r->result);
    query_unref(r->query);
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int run_many(const struct snap *snap, const struct bench_question *q, int64_t *ns,
                    struct bench_asked *out, struct err *err)
{
    int64_t start = 0;
    for (size_t i = 0; i <= RUNS_MAX; i++) {
        struct bench_run r;
        TRY(bench_run(snap, q->text, &r, err));
        if (i > 0)
            ns[out->runs++] = r.ns;
        else
            start = clock_mono_ns();
        out->rows = r.result.frame->rows;
        snprintf(out->engine, sizeof out->engine, "%s", r.result.engine);
        bench_run_fini(&r);
        if (out->runs >= RUNS_MIN && clock_mono_ns() - start > ENOUGH_NS)
            break;
    }
    return 0;
}

int bench_ask(const struct snap *snap, const struct bench_question *q, struct bench_asked *out,
              struct err *err)
{
    int64_t ns[RUNS_MAX];
    *out = (struct bench_asked){0};
    snprintf(out->id, sizeof out->id, "%.*s", STR_ARG(q->id));
    TRY(run_many(snap, q, ns, out, err));
    qsort(ns, out->runs, sizeof ns[0], by_time);
    out->median_ms = (double)ns[out->runs / 2] / 1e6;
    out->least_ms = (double)ns[0] / 1e6;
    return 0;
}

int bench_ask_all(const struct snap *snap, struct bench_asked *out, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct bench_question q = bench_question(i);
        TRY(bench_ask(snap, &q, &out[i], err));
    }
    return 0;
}

double bench_geometric_mean(const struct bench_asked *a, size_t n, char letter)
{
    double logs = 0;
    int count = 0;
    for (size_t i = 0; i < n; i++) {
        if (a[i].id[0] != letter)
            continue;
        logs += log(a[i].median_ms);
        count++;
    }
    return count > 0 ? exp(logs / count) : 0;
}
