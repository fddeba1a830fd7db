/* SPDX-License-Identifier: MIT
 *
 * `panji bench`: a first table of what this machine does, over the synthetic country in a temporary
 * directory: durable import, cube look-ups, queries through the whole engine, HTTP with wrk where
 * it is installed. Ratios between lines mean more than the numbers. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app.h"
#include "base/clock.h"
#include "base/date.h"
#include "bench_questions.h"
#include "commands.h"
#include "data/kernel.h"
#include "data/tally.h"
#include "ingest/batch.h"
#include "synth.h"

enum { PUSH_BYTES = 1 << 18, CSV_ROWS = 20000, LOOKUPS = 4000000, QUERY_RUNS = 200 };

struct bench {
    struct app app;
    char dir[64];
    uint64_t rows;
};

static void line(const char *what, double value, const char *unit)
{
    printf("%-44s %12.1f %s\n", what, value, unit);
    fflush(stdout);
}

static double seconds_since(int64_t start_ns)
{
    return (double)(clock_mono_ns() - start_ns) / 1e9;
}

/* ---- import ---------------------------------------------------------------------------------- */

static int push_all(struct batch *b, struct str text, struct err *err)
{
    for (size_t at = 0; at < text.n; at += PUSH_BYTES) {
        size_t n = text.n - at < PUSH_BYTES ? text.n - at : PUSH_BYTES;
        TRY(batch_push(b, text.p + at, n, err));
    }
    return 0;
}

static int import_csv(struct bench *b, struct str text, struct err *err)
{
    struct batch_options o = {.source = STR("bench"), .as_on = DAY_NONE};
    struct batch_result result;
    struct batch *batch = NULL;
    int64_t start = clock_mono_ns();
    TRY(batch_new(b->app.store, b->app.cell, &o, &batch, err));
    int rc = push_all(batch, text, err);
    double parsed = seconds_since(start);
    if (rc == 0)
        rc = batch_end(batch, &result, err);
    double done = seconds_since(start);
    batch_free(batch);
    TRY(rc);
    line("import: parse and check", (double)b->rows / parsed / 1e6, "million rows/s");
    line("import: to durable and visible", (double)b->rows / done / 1e6, "million rows/s");
    line("import: CSV read", (double)text.n / done / 1e6, "MB/s");
    return 0;
}

static int bench_import(struct bench *b, struct err *err)
{
    struct buf text;
    buf_init(&text, MEM_MAIN);
    synth_csv_header(&text);
    for (uint64_t i = 0; i < b->rows; i += CSV_ROWS)
        synth_csv(i, b->rows - i < CSV_ROWS ? b->rows - i : CSV_ROWS, 0, &text);
    int rc = buf_check(&text, err);
    if (rc == 0)
        rc = synth_places(b->app.store, err);
    if (rc == 0)
        rc = import_csv(b, buf_view(&text), err);
    buf_fini(&text);
    return rc;
}

/* ---- the cube -------------------------------------------------------------------------------- */

static void bench_cube(struct bench *b)
{
    struct snap *s = snap_cell_get(b->app.cell);
    int32_t from = date_day(2021, 11, 1);
    uint32_t n = s->tree->n;
    uint32_t at = 1;
    int64_t sum = 0;
    int64_t start = clock_mono_ns();
    for (int i = 0; i < LOOKUPS; i++) {
        at = (at * 1664525u + 1013904223u);
        sum += tally_window(s, at % n, (int)(at >> 27), from, from + 29);
    }
    double ns = (double)(clock_mono_ns() - start) / LOOKUPS;
    line("cube: any place, sector, 30 days", ns, "ns");
    if (sum < 0)
        puts("negative counts");
    snap_unref(s);
}

/* ---- queries --------------------------------------------------------------------------------- */

static const struct {
    const char *name, *text;
} questions[] = {
    {"C1 total", "FROM registrations |> AGGREGATE COUNT(*) AS n"},
    {"C2 by state", "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY state"},
    {"C4 blocks of a district",
     "FROM registrations |> WHERE district = 1100 |> AGGREGATE COUNT(*) AS n GROUP BY block"},
    {"C5 sectors of a district in 90 days",
     "FROM registrations |> WHERE district = 1100 AND date BETWEEN '2021-10-01' AND '2021-12-29' "
     "|> AGGREGATE COUNT(*) AS n GROUP BY sector"},
    {"C7 daily series of a district",
     "FROM registrations |> WHERE district = 1100 |> AGGREGATE COUNT(*) AS n GROUP BY date"},
    {"A1 by gender", "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender"},
    {"A4 channel of a state",
     "FROM registrations |> WHERE state = 3 |> AGGREGATE COUNT(*) AS n GROUP BY channel"},
    {"A6 women of 18 to 40 by district",
     "FROM registrations |> WHERE gender = 'F' AND age BETWEEN 18 AND 40 |> AGGREGATE COUNT(*) AS "
     "n GROUP BY district"},
};

static int run_once(const struct query_context *ctx, struct str text, bool *scanned,
                    struct err *err)
{
    struct query *q = NULL;
    struct query_result result;
    TRY(query_parse(text, &q, err));
    int rc = query_run(q, ctx, &result, err);
    query_unref(q);
    TRY(rc);
    *scanned = strcmp(result.engine, "scan") == 0;
    query_result_fini(&result);
    return 0;
}

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static int bench_question(const struct bench *b, const struct query_context *ctx, size_t which,
                          struct err *err)
{
    static double us[QUERY_RUNS];
    int runs = 0;
    bool scanned = false;
    int64_t start = clock_mono_ns();
    while (runs < QUERY_RUNS && (runs < 5 || seconds_since(start) < 1)) {
        int64_t t = clock_mono_ns();
        TRY(run_once(ctx, str_of(questions[which].text), &scanned, err));
        us[runs++] = seconds_since(t) * 1e6;
    }
    qsort(us, (size_t)runs, sizeof us[0], by_time);
    line(questions[which].name, us[runs / 2], scanned ? "us (scan)" : "us");
    if (scanned && which == 5)
        line("  rows scanned", (double)b->rows / us[runs / 2], "million/s");
    return 0;
}

static int bench_queries(struct bench *b, struct err *err)
{
    struct snap *s = snap_cell_get(b->app.cell);
    struct query_context ctx = {.snap = s};
    int rc = 0;
    for (size_t i = 0; i < ARRAY_LEN(questions) && rc == 0; i++)
        rc = bench_question(b, &ctx, i, err);
    snap_unref(s);
    return rc;
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

/* Starts wrk with its output in a pipe; -1 when there is no wrk. */
static pid_t start_wrk(char *url, FILE **out)
{
    static char name[] = "wrk";
    static char threads[] = "-t1";
    static char clients[] = "-c64";
    static char seconds[] = "-d2s";
    char *argv[] = {name, threads, clients, seconds, url, NULL};
    posix_spawn_file_actions_t actions;
    pid_t child = -1;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (posix_spawnp(&child, name, &actions, NULL, argv, environ) != 0)
        child = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    *out = fdopen(ends[0], "re");
    return child;
}

/* Requests a second as wrk reports them; 0 when there is no wrk. */
static double wrk(char *url)
{
    char text[256];
    double rate = 0;
    FILE *f = NULL;
    pid_t child = start_wrk(url, &f);
    while (f != NULL && fgets(text, sizeof text, f) != NULL)
        (void)sscanf(text, "Requests/sec: %lf", &rate);
    if (f != NULL)
        fclose(f);
    if (child > 0)
        waitpid(child, NULL, 0);
    return rate;
}

static int bench_http(struct bench *b, struct err *err)
{
    static const char *const paths[][2] = {
        {"HTTP: /healthz", "/healthz"},
        {"HTTP: C4 through the pool",
         "/v1/query?q=FROM+registrations+%7C%3E+WHERE+district+=+1100+%7C%3E+AGGREGATE+COUNT(*)+AS+"
         "n+GROUP+BY+block"},
    };
    struct httpd *h = NULL;
    char url[512];
    TRY(httpd_start(&b->app.service, "127.0.0.1:0", &h, err));
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        snprintf(url, sizeof url, "http://127.0.0.1:%d%s", httpd_port(h), paths[i][1]);
        double rate = wrk(url);
        if (rate > 0)
            line(paths[i][0], rate, "requests/s");
        else
            printf("%-44s %12s (wrk is not installed)\n", paths[i][0], "-");
    }
    httpd_stop(h, 1000);
    return 0;
}

/* ---- all ------------------------------------------------------------------------------------- */

static void remove_dir(const char *dir)
{
    static const char *const files[] = {"panji.db", "panji.db-wal", "panji.db-shm", "panji.lock",
                                        "lock"};
    char path[128];
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        unlink(path);
    }
    rmdir(dir);
}

static int run_all(struct bench *b, struct err *err)
{
    TRY(bench_import(b, err));
    bench_cube(b);
    TRY(bench_queries(b, err));
    return bench_http(b, err);
}

static int bench_all(const struct cli *c, struct err *err)
{
    static struct bench b;
    int64_t rows;
    TRY(cli_number(c, "rows", 1000000, 1, 1000000000, &rows, err));
    b.rows = (uint64_t)rows;
    snprintf(b.dir, sizeof b.dir, "/tmp/panji-bench-XXXXXX");
    if (mkdtemp(b.dir) == NULL)
        return err_set(err, ERR_IO, "%s: %s", b.dir, strerror(errno));
    printf("%lld rows of the synthetic country, %d workers, %s kernels\n", (long long)rows,
           app_workers(), kernel_name());
    int rc = app_open(b.dir, "/nonexistent", &b.app, err);
    if (rc == 0)
        rc = run_all(&b, err);
    app_close(&b.app);
    remove_dir(b.dir);
    return rc;
}

int cmd_bench(const struct cli *c, struct err *err)
{
    if (c->args == 0)
        return bench_all(c, err);
    if (strcmp(c->arg[0], "questions") == 0)
        return bench_questions(c, err);
    return err_set(err, ERR_USAGE,
                   "usage: panji bench, or panji bench questions --data DIR --file "
                   "FILE --out DIR [--runs N]");
}
