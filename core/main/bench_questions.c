/* SPDX-License-Identifier: MIT
 *
 * Each question: once parsed, planned and run for every time asked; the last answer is written as
 * CSV, which is not timed. */
#include "bench_questions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "base/date.h"
#include "base/json.h"
#include "base/pool.h"
#include "bench_ask.h"
#include "query/format.h"
#include "store/store.h"

enum { RUNS_MAX = 1000, PATH_BYTES = 4096, LINE_BYTES = 1 << 16 };

struct asked {
    struct str id, text;
    double ms[RUNS_MAX];
    int64_t runs;
    const char *engine;
};

static int write_answer(const struct snap *snap, const struct asked *a, const struct frame *f,
                        const char *dir, struct err *err)
{
    struct format_options o = {.tree = snap->tree, .as_on = DAY_NONE};
    char path[PATH_BYTES];
    struct buf b;
    snprintf(path, sizeof path, "%s/%.*s.csv", dir, STR_ARG(a->id));
    buf_init(&b, MEM_MAIN);
    int rc = format_frame(f, FORMAT_CSV, &o, &b, err);
    FILE *file = rc == 0 ? fopen(path, "we") : NULL;
    if (file != NULL && (fwrite(b.p, 1, b.n, file) != b.n || fclose(file) != 0))
        rc = err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    else if (file == NULL && rc == 0)
        rc = err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    buf_fini(&b);
    return rc;
}

/* The i-th time; the answer of the last is written. */
static int ask_once(const struct bench_data *data, struct asked *a, int64_t i, const char *dir,
                    struct err *err)
{
    struct bench_run r;
    int rc = 0;
    TRY(bench_run(data, a->text, &r, err));
    a->ms[i] = (double)r.ns / 1e6;
    a->engine = r.result.engine;
    if (i + 1 == a->runs)
        rc = write_answer(data->snap, a, r.result.frame, dir, err);
    bench_run_fini(&r);
    return rc;
}

static int ask(const struct bench_data *data, struct asked *a, const char *dir, struct err *err)
{
    int rc = 0;
    for (int64_t i = 0; i < a->runs && rc == 0; i++)
        rc = ask_once(data, a, i, dir, err);
    return rc;
}

static void print_asked(const struct asked *a, int rc, const struct err *e)
{
    struct buf b;
    struct json j;
    buf_init(&b, MEM_MAIN);
    json_init(&j, &b);
    json_object(&j);
    json_put_str(&j, "id", a->id);
    if (rc < 0) {
        json_put_cstr(&j, "error", e->msg);
    } else {
        json_key(&j, "ms");
        json_array(&j);
        for (int64_t i = 0; i < a->runs; i++)
            json_f64(&j, a->ms[i]);
        json_array_end(&j);
        json_put_cstr(&j, "engine", a->engine);
    }
    json_object_end(&j);
    printf("%.*s\n", (int)b.n, b.p);
    fflush(stdout);
    buf_fini(&b);
}

/* One line of the file; empty ones are passed over. */
static int ask_line(const struct bench_data *data, char *line, int64_t runs, const char *dir,
                    struct err *err)
{
    static struct asked a;
    struct err e = {0};
    line[strcspn(line, "\n")] = '\0';
    char *tab = strchr(line, '\t');
    if (line[0] == '\0')
        return 0;
    if (tab == NULL)
        return err_set(err, ERR_USAGE, "a line of questions is an id, a tab and a query: %s", line);
    a = (struct asked){.id = {line, (size_t)(tab - line)}, .text = str_of(tab + 1), .runs = runs};
    int rc = ask(data, &a, dir, &e);
    print_asked(&a, rc, &e);
    return 0;
}

static int ask_file(struct snap_cell *cell, const char *file, int64_t runs, const char *dir,
                    struct err *err)
{
    FILE *f = fopen(file, "re");
    if (f == NULL)
        return err_set(err, ERR_IO, "%s: %s", file, strerror(errno));
    struct snap *snap = snap_cell_get(cell);
    struct bench_data data = {.snap = snap};
    static char line[LINE_BYTES];
    int rc = pool_new("query", app_workers() - 1, POOL_QUEUE_MAX, &data.pool, err);
    while (rc == 0 && fgets(line, sizeof line, f) != NULL)
        rc = ask_line(&data, line, runs, dir, err);
    pool_free(data.pool);
    snap_unref(snap);
    fclose(f);
    return rc;
}

int bench_questions(const struct cli *c, struct err *err)
{
    struct snap_cell *cell = NULL;
    struct store *store = NULL;
    const char *data = cli_get(c, "data");
    const char *file = cli_get(c, "file");
    const char *out = cli_get(c, "out");
    int64_t runs;
    if (data == NULL || file == NULL || out == NULL)
        return err_set(err, ERR_USAGE,
                       "usage: panji bench questions --data DIR --file FILE --out DIR [--runs N]");
    TRY(cli_number(c, "runs", 6, 1, RUNS_MAX, &runs, err));
    struct settings s;
    struct remote remote;
    settings_init(&s);
    int rc = remote_flags(c, &s, err);
    rc = rc < 0 ? rc : snap_cell_new(&cell, err);
    rc = rc < 0 ? rc : store_open(data, cell, &store, err);
    rc = rc < 0 ? rc : remote_use(&s, cell, &remote, err);
    if (rc == 0)
        rc = ask_file(cell, file, runs, out, err);
    store_close(store);
    snap_cell_free(cell);
    settings_fini(&s);
    return rc;
}
