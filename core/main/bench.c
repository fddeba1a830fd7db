/* SPDX-License-Identifier: MIT
 *
 * `panji bench`: what this machine does with the synthetic country: opening, the questions, memory
 * and disk, durable import, HTTP. Ratios between lines mean more than the numbers. The other
 * benchmarks are its subcommands. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "bench_answers.h"
#include "bench_apart.h"
#include "bench_dir.h"
#include "bench_growth.h"
#include "bench_http.h"
#include "bench_import.h"
#include "bench_machine.h"
#include "bench_mixed.h"
#include "bench_questions.h"
#include "bench_scripts.h"
#include "commands.h"

enum { ROWS = 1000000, IMPORT_ROWS_MAX = 1000000 };

struct suite {
    const char *dir;
    uint64_t rows;
    bool rows_told;
};

static void line(const char *what, double value, int decimals, const char *unit)
{
    printf("  %-42s %9.*f %s\n", what, decimals, value, unit);
}

static void print_answers(const struct bench_answers *b)
{
    char count[32];
    printf("\nThe country, %s rows\n", bench_count(b->rows, count));
    line("from opening to the first answer, checked", b->opened_s, 2, "s");
    line("on disk", (double)b->disk / (double)b->rows, 2, "bytes a row");
    line("in memory, the whole process", (double)b->resident / (double)b->rows, 2, "bytes a row");
    line("in memory, the whole process", (double)b->resident / (1 << 20), 0, "MiB");
    line("in memory, at its peak", (double)b->peak / (1 << 20), 0, "MiB");
    line("cube: any place, sector, 30 days", b->lookup_ns, 1, "ns");
    bench_answers_print(b);
}

/* Everything that needs the country open, in one process. */
static int run_country(void *arg, struct err *err)
{
    static struct bench_answers b;
    const struct suite *s = arg;
    struct app app;
    TRY(bench_answers(s->dir, s->rows_told ? s->rows : 0, &app, &b, err));
    print_answers(&b);
    printf("\nBlocks of a district, one call on one thread\n");
    int rc = bench_scripts(&app, err);
    printf("\nHTTP, wrk with 64 connections on the same processors\n");
    rc = rc < 0 ? rc : bench_http(&app, err);
    app_close(&app);
    return rc;
}

static int run_import(void *arg, struct err *err)
{
    const struct suite *s = arg;
    printf("\nImport, durable, into an empty store\n");
    return bench_import(s->rows < IMPORT_ROWS_MAX ? s->rows : IMPORT_ROWS_MAX, err);
}

static int bench_all(const struct cli *c, struct err *err)
{
    struct suite s = {.rows_told = cli_has(c, "rows")};
    struct bench_dir dir;
    int64_t rows;
    TRY(cli_number(c, "rows", ROWS, 1, REGISTRATIONS_MAX, &rows, err));
    s.rows = (uint64_t)rows;
    bench_machine_print(
        "panji bench: the synthetic country; medians after one run that is dropped");
    TRY(bench_dir_open(cli_get(c, "data"), s.rows, &dir, err));
    s.dir = dir.path;
    int rc = bench_apart(run_country, &s, err);
    rc = rc < 0 ? rc : bench_apart(run_import, &s, err);
    bench_dir_close(&dir);
    return rc;
}

int cmd_bench(const struct cli *c, struct err *err)
{
    static const struct {
        const char *name;
        int (*run)(const struct cli *c, struct err *err);
    } kinds[] = {{"questions", bench_questions}, {"growth", bench_growth}, {"mixed", bench_mixed}};
    if (c->args == 0)
        return bench_all(c, err);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(c->arg[0], kinds[i].name) == 0)
            return kinds[i].run(c, err);
    return err_set(err, ERR_USAGE,
                   "there is no benchmark '%s': growth, mixed, questions, or none for the suite",
                   c->arg[0]);
}
