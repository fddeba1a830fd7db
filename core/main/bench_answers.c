/* SPDX-License-Identifier: MIT
 *
 * The order matters: the opening is timed with nothing done before, and memory is read when every
 * question has been asked. */
#include "bench_answers.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/date.h"
#include "bench_dir.h"
#include "bench_machine.h"
#include "data/tally.h"

enum { LOOKUPS = 4000000 };

static int open_and_answer(const char *dir, struct app *a, double *seconds, struct err *err)
{
    struct bench_run first;
    int64_t start = clock_mono_ns();
    TRY(app_open(dir, "/nonexistent", a, err));
    struct snap *s = snap_cell_get(a->cell);
    int rc = bench_run(&(struct bench_data){s, a->pool}, bench_question(0).text, &first, err);
    *seconds = (double)(clock_mono_ns() - start) / 1e9;
    if (rc == 0)
        bench_run_fini(&first);
    snap_unref(s);
    if (rc < 0)
        app_close(a);
    return rc;
}

static double time_lookups(const struct snap *s)
{
    int32_t from = date_day(2021, 11, 1);
    uint32_t at = 1;
    int64_t sum = 0;
    int64_t start = clock_mono_ns();
    for (int i = 0; i < LOOKUPS; i++) {
        at = at * 1664525u + 1013904223u;
        sum += tally_window(s, at % s->tree->n, (int)(at >> 27), from, from + 29);
    }
    ASSERT(sum >= 0);
    return (double)(clock_mono_ns() - start) / LOOKUPS;
}

static int ask_all(const struct bench_data *data, struct bench_answers *out, struct err *err)
{
    out->rows = data->snap->rows;
    out->questions = bench_question_count();
    TRY(bench_ask_all(data, out->asked, err));
    out->mean_c = bench_geometric_mean(out->asked, out->questions, 'C');
    out->mean_a = bench_geometric_mean(out->asked, out->questions, 'A');
    return 0;
}

static int check_rows(const char *dir, uint64_t has, uint64_t rows, struct err *err)
{
    if (has == 0)
        return err_set(err, ERR_NOT_FOUND, "%s has no registrations", dir);
    if (rows == 0 || has == rows)
        return 0;
    return err_set(err, ERR_CONFLICT, "%s has %llu rows, not %llu: name another directory", dir,
                   (unsigned long long)has, (unsigned long long)rows);
}

int bench_answers(const char *dir, uint64_t rows, struct app *a, struct bench_answers *out,
                  struct err *err)
{
    *out = (struct bench_answers){0};
    TRY(open_and_answer(dir, a, &out->opened_s, err));
    struct snap *s = snap_cell_get(a->cell);
    int rc = check_rows(dir, s->rows, rows, err);
    rc = rc < 0 ? rc : ask_all(&(struct bench_data){s, a->pool}, out, err);
    out->lookup_ns = time_lookups(s);
    snap_unref(s);
    struct bench_memory m = bench_memory();
    out->resident = m.resident;
    out->peak = m.peak;
    out->disk = bench_dir_weight(dir);
    if (rc < 0)
        app_close(a);
    return rc;
}

void bench_answers_print(const struct bench_answers *b)
{
    char rows[32];
    printf("\n  question   rows out     median ms      least ms   runs  engine\n");
    for (size_t i = 0; i < b->questions; i++) {
        const struct bench_asked *a = &b->asked[i];
        printf("  %-8s %10s %13.4f %13.4f %6zu  %s\n", a->id, bench_count(a->rows, rows),
               a->median_ms, a->least_ms, a->runs, a->engine);
    }
    printf("  C, geometric mean   %13.4f\n  A, geometric mean   %13.4f\n", b->mean_c, b->mean_a);
}
