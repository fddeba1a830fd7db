/* SPDX-License-Identifier: MIT
 *
 * A plugin of three reports in a directory of its own, loaded beside the country, and each called
 * some thousand times in turn. */
#include "bench_scripts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/date.h"
#include "bench_ask.h"
#include "data/tally.h"

enum { CALLS = 3001, WARM = 100, TEXT_BYTES = 4096, KINDS = 4 };

static const char plugin_text[] =
    "plugin { name = \"bench\", version = \"1\", api = 1 }\n"
    "local q = [[ %s ]]\n"
    "report \"plain\" { title = \"p\", query = q }\n"
    "report \"sentence\" { title = \"s\", query = q, summary = function(rows, p)\n"
    "  return fill(\"{n} blocks, {sum} registrations\", { n = #rows, sum = sum(rows, \"done\") })\n"
    "end }\n"
    "report \"free\" { title = \"f\", queries = { a = q, b = q, c = q },\n"
    "  columns = { { \"block\", type = \"text\" }, { \"done\", type = \"integer\" } },\n"
    "  run = function(p, query)\n"
    "    local rows = {}\n"
    "    for _, name in ipairs { \"a\", \"b\", \"c\" } do\n"
    "      for _, r in ipairs(query(name)) do rows[#rows + 1] = r end\n"
    "    end\n"
    "    return rows\n"
    "  end }\n";

struct trial {
    const struct snap *snap;
    const struct plugin_set *set;
    char query[256];
    double ns[CALLS];
};

/* ---- the plugin ------------------------------------------------------------------------------ */

/* The first district that somebody is registered in. */
static int choose_query(const struct snap *s, char *out, size_t size, struct err *err)
{
    for (uint32_t i = 0; i < s->tree->n; i++) {
        if (s->tree->at[i].level != PLACE_DISTRICT ||
            tally_window(s, i, CUBE_ALL, DAY_MIN, DAY_MAX) == 0)
            continue;
        snprintf(out, size,
                 "FROM registrations |> WHERE district = %lld "
                 "|> AGGREGATE COUNT(*) AS done GROUP BY block",
                 (long long)s->tree->at[i].code);
        return 0;
    }
    return err_set(err, ERR_NOT_FOUND, "no district has registrations");
}

static int write_plugin(const char *path, const char *query, struct err *err)
{
    char text[TEXT_BYTES];
    int n = snprintf(text, sizeof text, plugin_text, query);
    FILE *f = fopen(path, "we");
    if (f != NULL && fwrite(text, 1, (size_t)n, f) == (size_t)n && fclose(f) == 0)
        return 0;
    return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
}

/* Loads it from a directory that is gone when this returns. */
static int load_plugin(struct app *a, const char *query, struct registry **out, struct err *err)
{
    char dir[] = "/tmp/panji-bench-XXXXXX", path[64];
    if (mkdtemp(dir) == NULL)
        return err_set(err, ERR_IO, "%s: %s", dir, strerror(errno));
    snprintf(path, sizeof path, "%s/bench.lua", dir);
    int rc = write_plugin(path, query, err);
    if (rc == 0)
        rc = registry_new(dir, a->cell, out, err);
    unlink(path);
    rmdir(dir);
    return rc;
}

/* ---- calls ----------------------------------------------------------------------------------- */

static int call_report(struct trial *t, const char *name, struct err *err)
{
    const struct report *report;
    struct report_result result;
    struct run_options o = {.snap = t->snap};
    TRY(plugin_find_report(t->set, STR("bench"), str_of(name), &report, err));
    memset(&result, 0, sizeof result);
    int rc = report_run(t->set, report, &o, &result, err);
    report_result_fini(&result);
    return rc;
}

static int call_query(struct trial *t, const char *name, struct err *err)
{
    struct bench_run run;
    struct bench_data data = {.snap = t->snap};
    (void)name;
    TRY(bench_run(&data, str_of(t->query), &run, err));
    bench_run_fini(&run);
    return 0;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static int time_calls(struct trial *t, int (*call)(struct trial *, const char *, struct err *),
                      const char *name, double *us, struct err *err)
{
    for (int i = 0; i < WARM; i++)
        TRY(call(t, name, err));
    for (int i = 0; i < CALLS; i++) {
        int64_t start = clock_mono_ns();
        TRY(call(t, name, err));
        t->ns[i] = (double)(clock_mono_ns() - start);
    }
    qsort(t->ns, CALLS, sizeof *t->ns, by_size);
    *us = t->ns[CALLS / 2] / 1e3;
    return 0;
}

static int time_all(struct trial *t, struct err *err)
{
    static const struct {
        int (*call)(struct trial *, const char *, struct err *);
        const char *name, *what;
    } kinds[KINDS] = {{call_query, "", "the query alone, from its text"},
                      {call_report, "plain", "a plain report of it"},
                      {call_report, "sentence", "with a sentence in Lua"},
                      {call_report, "free", "three such queries, rows made in Lua"}};
    for (size_t i = 0; i < KINDS; i++) {
        double us;
        TRY(time_calls(t, kinds[i].call, kinds[i].name, &us, err));
        printf("  %-42s %9.1f us\n", kinds[i].what, us);
    }
    return 0;
}

int bench_scripts(struct app *a, struct err *err)
{
    static struct trial t;
    struct registry *registry = NULL;
    struct snap *snap = snap_cell_get(a->cell);
    if (snap == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no data");
    t.snap = snap;
    int rc = choose_query(snap, t.query, sizeof t.query, err);
    if (rc == 0)
        rc = load_plugin(a, t.query, &registry, err);
    if (rc == 0) {
        t.set = registry_get(registry);
        rc = time_all(&t, err);
        plugin_set_unref(t.set);
        registry_free(registry);
    }
    snap_unref(snap);
    return rc;
}
