/* SPDX-License-Identifier: MIT
 *
 * The list is made from its file by the Makefile: a line is an id, a tab, a query. */
#include "bench_ask.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
    ROUNDS = 4,
    ROUND_RUNS_MIN = 2,
    ROUND_RUNS_MAX = 50,
    RUNS_MAX = ROUNDS * ROUND_RUNS_MAX,
    ROUND_NS = 250000000,
};

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

int bench_run(const struct bench_data *data, struct str text, struct bench_run *out,
              struct err *err)
{
    struct query_context ctx = {.snap = data->snap, .pool = data->pool, .rows_max = INT32_MAX};
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

/* One round: a run that does not count, then the rest. */
static int ask_round(const struct bench_data *data, const struct bench_question *q, int64_t *ns,
                     struct bench_asked *out, struct err *err)
{
    int64_t start = 0;
    for (size_t i = 0; i <= ROUND_RUNS_MAX; i++) {
        struct bench_run r;
        TRY(bench_run(data, q->text, &r, err));
        if (i > 0)
            ns[out->runs++] = r.ns;
        else
            start = clock_mono_ns();
        out->rows = r.result.frame->rows;
        snprintf(out->engine, sizeof out->engine, "%s", r.result.engine);
        bench_run_fini(&r);
        if (i >= ROUND_RUNS_MIN && clock_mono_ns() - start > ROUND_NS)
            break;
    }
    return 0;
}

static void sum_up(int64_t *ns, struct bench_asked *out)
{
    qsort(ns, out->runs, sizeof ns[0], by_time);
    out->median_ms = (double)ns[out->runs / 2] / 1e6;
    out->least_ms = (double)ns[0] / 1e6;
}

static int ask_rounds(const struct bench_data *data, int64_t (*ns)[RUNS_MAX],
                      struct bench_asked *out, struct err *err)
{
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
            struct bench_question q = bench_question(i);
            TRY(ask_round(data, &q, ns[i], &out[i], err));
        }
    return 0;
}

int bench_ask_all(const struct bench_data *data, struct bench_asked *out, struct err *err)
{
    int64_t(*ns)[RUNS_MAX] = mem_must(MEM_MAIN, ARRAY_LEN(lines) * sizeof *ns);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        out[i] = (struct bench_asked){0};
        snprintf(out[i].id, sizeof out[i].id, "%.*s", STR_ARG(bench_question(i).id));
    }
    int rc = ask_rounds(data, ns, out, err);
    for (size_t i = 0; i < ARRAY_LEN(lines) && rc == 0; i++)
        sum_up(ns[i], &out[i]);
    mem_free(MEM_MAIN, ns);
    return rc;
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
