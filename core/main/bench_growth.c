/* SPDX-License-Identifier: MIT
 *
 * One size after the other, each measured in a process of its own. */
#include "bench_growth.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "bench_answers.h"
#include "bench_apart.h"
#include "bench_dir.h"
#include "bench_machine.h"

enum { SIZES_MAX = 8 };
static const char sizes_default[] = "1000000,10000000,100000000,310000000";
static const double million = 1e6;

struct growth {
    const char *data; /* or NULL */
    uint64_t rows[SIZES_MAX];
    size_t sizes;
    struct bench_answers *at; /* SIZES_MAX, shared */
};

static int read_sizes(struct growth *g, struct str text, struct err *err)
{
    while (text.n > 0) {
        const char *comma = memchr(text.p, ',', text.n);
        struct str one = {text.p, comma ? (size_t)(comma - text.p) : text.n};
        int64_t n;
        if (str_to_i64(one, &n) < 0 || n < 1 || n > UINT32_MAX || g->sizes == SIZES_MAX ||
            (g->sizes > 0 && (uint64_t)n <= g->rows[g->sizes - 1]))
            return err_set(err, ERR_USAGE,
                           "--rows takes up to %d numbers of rows, growing, separated by commas",
                           SIZES_MAX);
        g->rows[g->sizes++] = (uint64_t)n;
        text = comma ? (struct str){comma + 1, text.n - one.n - 1} : STR_NULL;
    }
    return g->sizes > 0 ? 0 : err_set(err, ERR_USAGE, "--rows is empty");
}

/* ---- measuring ------------------------------------------------------------------------------- */

struct step {
    const char *dir;
    uint64_t rows;
    struct bench_answers *out;
};

static int measure(void *arg, struct err *err)
{
    const struct step *s = arg;
    struct app app;
    TRY(bench_answers(s->dir, s->rows, &app, s->out, err));
    app_close(&app);
    return 0;
}

static int measure_size(struct growth *g, size_t i, struct err *err)
{
    char path[BENCH_DIR_BYTES];
    char count[32];
    struct bench_dir dir;
    struct bench_answers *b = &g->at[i];
    int n = snprintf(path, sizeof path, "%s/%llu", g->data ? g->data : "",
                     (unsigned long long)g->rows[i]);
    if (n >= (int)sizeof path)
        return err_set(err, ERR_LIMIT, "the name of the directory is too long");
    TRY(bench_dir_open(g->data ? path : NULL, g->rows[i], &dir, err));
    struct step s = {dir.path, g->rows[i], b};
    int rc = bench_apart(measure, &s, err);
    bench_dir_close(&dir);
    TRY(rc);
    printf("  %-14s %8.1f %8.2f %12.1f %10.2f %12.4f %12.4f\n", bench_count(b->rows, count),
           dir.made_s, b->opened_s, (double)b->resident / (double)b->rows,
           (double)b->disk / (double)b->rows, b->mean_c, b->mean_a);
    fflush(stdout);
    return 0;
}

/* ---- the tables ------------------------------------------------------------------------------ */

static void print_head(const struct growth *g, const char *last)
{
    char count[32];
    printf("\n  %-8s", "");
    for (size_t i = 0; i < g->sizes; i++)
        printf(" %13s", bench_count(g->rows[i], count));
    printf("   %s\n", last);
}

/* Medians by size; for C the growth of time and of the rows of the answer, for A the time of a
 * million rows. */
static void print_questions(const struct growth *g, char letter)
{
    const struct bench_answers *least = &g->at[0];
    const struct bench_answers *most = &g->at[g->sizes - 1];
    print_head(g, letter == 'C' ? "times longer   rows out, first and last"
                                : "us a million rows, first and last");
    for (size_t q = 0; q < least->questions; q++) {
        const struct bench_asked *a = &least->asked[q];
        const struct bench_asked *z = &most->asked[q];
        char rows[2][32];
        if (a->id[0] != letter)
            continue;
        printf("  %-8s", a->id);
        for (size_t i = 0; i < g->sizes; i++)
            printf(" %13.4f", g->at[i].asked[q].median_ms);
        if (letter == 'C')
            printf("   %12.2f   %s, %s\n", z->median_ms / a->median_ms,
                   bench_count(a->rows, rows[0]), bench_count(z->rows, rows[1]));
        else
            printf("   %.1f, %.1f\n", a->median_ms * 1000 / ((double)least->rows / million),
                   z->median_ms * 1000 / ((double)most->rows / million));
    }
}

/* The question whose time grew most from size i to size k. */
static const char *worst(const struct growth *g, char letter, size_t i, size_t k, double *times)
{
    const char *id = "";
    *times = 0;
    for (size_t q = 0; q < g->at[i].questions; q++) {
        const struct bench_asked *a = &g->at[i].asked[q];
        double grew = g->at[k].asked[q].median_ms / a->median_ms;
        if (a->id[0] == letter && grew > *times) {
            *times = grew;
            id = a->id;
        }
    }
    return id;
}

static void print_verdict(const struct growth *g)
{
    size_t k = g->sizes - 1;
    const struct bench_answers *a = &g->at[0];
    const struct bench_answers *z = &g->at[k];
    double rows = (double)z->rows / (double)a->rows;
    double times;
    const char *id = worst(g, 'C', 0, k, &times);
    printf("\n  C: with %.0f times the rows %.2f times the time (geometric mean), at most %.2f "
           "times (%s); 1.00 is flat\n",
           rows, z->mean_c / a->mean_c, times, id);
    const struct bench_answers *y = &g->at[k - 1];
    rows = (double)z->rows / (double)y->rows;
    id = worst(g, 'A', k - 1, k, &times);
    printf("  A: %.1f us a million rows (geometric mean); in the last step %.2f times the rows, "
           "%.2f times the time, at most %.2f times (%s): rows to the power of %.2f, 1.00 is "
           "linear\n",
           z->mean_a * 1000 / ((double)z->rows / million), rows, z->mean_a / y->mean_a, times, id,
           log(z->mean_a / y->mean_a) / log(rows));
}

static int measure_all(struct growth *g, struct err *err)
{
    bench_machine_print("growth: the questions of the benchmark over countries of several sizes");
    printf("\n  %-14s %8s %8s %12s %10s %12s %12s\n", "rows", "made s", "open s", "memory/row",
           "disk/row", "C mean ms", "A mean ms");
    for (size_t i = 0; i < g->sizes; i++)
        TRY(measure_size(g, i, err));
    print_questions(g, 'C');
    print_questions(g, 'A');
    if (g->sizes > 1)
        print_verdict(g);
    return 0;
}

int bench_growth(const struct cli *c, struct err *err)
{
    struct growth g = {.data = cli_get(c, "data")};
    const char *rows = cli_get(c, "rows");
    TRY(read_sizes(&g, str_of(rows ? rows : sizes_default), err));
    if (g.data != NULL && mkdir(g.data, 0750) != 0 && errno != EEXIST)
        return err_set(err, ERR_IO, "%s: %s", g.data, strerror(errno));
    g.at = bench_shared(SIZES_MAX * sizeof *g.at);
    int rc = measure_all(&g, err);
    bench_shared_free(g.at, SIZES_MAX * sizeof *g.at);
    return rc;
}
