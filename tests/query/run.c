/* SPDX-License-Identifier: MIT
 *
 * Runs query test files against the world of world.h:
 *
 *   # name of the test
 *   the query, over as many lines as it takes
 *   ----
 *   the answer as CSV, or: error: CODE line:column: part of the message
 *
 * Every query runs with vectors of 1, 7 and 2048 rows, with and without the cube, over segments and
 * over slabs, with one thread and with four; all must give the same bytes. Laid out
 * (query/layout.h) it must have the same plan, and laid out again be the same. With `hindi` at the
 * end of the name, names print in Hindi; with `k N`, counts of persons below N are hidden.
 * Parameters: @as_on 2021-11-20 (a text), @district Ramgarh (a place), @n 2, @nothing NULL.
 *
 * A test called `table NAME` is a table that planners uploaded: CSV instead of a query, no answer
 * behind the ----, there for the rest of the file.
 *
 * A file *.md is a page for users: each block fenced as sql (`sql hindi` for names in Hindi) is an
 * example, and the block fenced as text that comes next is its answer. `error: CODE` suffices
 * there. A block fenced as `csv NAME` is a table.
 *
 *   query_test [-u] [FILE...]     -u prints the files with the answers as they are now
 *   query_test -t                 how long an example takes to be read and bound
 *   query_test -c URL DATABASE CLUSTER [FILE...]
 *                                 moves the world to the ClickHouse there (CLUSTER '': one node),
 *                                 and asks it; the answers must be the same */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/pool.h"
#include "ingest/upload.h"
#include "query/format.h"
#include "query/layout.h"
#include "query/query.h"
#include "store/clickhouse_load.h"
#include "store/clickhouse_tables.h"
#include "world.h"

struct tester {
    struct world world;
    struct pool *pool;
    struct snap *snap, *merged; /* the world's, with the tables of the file at hand */
    int passed, failed;
    bool update;
    struct clickhouse clickhouse;
    bool remote;
};

struct test {
    struct str name, query, expected;
};

struct variant {
    size_t vector;
    bool no_cube, merged;
    int threads;
};

static void print_error(const struct err *e, struct buf *out)
{
    buf_printf(out, "error: %s %d:%d: %s\n", err_name(e->code), e->line, e->column, e->msg);
    if (e->hint[0])
        buf_printf(out, "hint: %s\n", e->hint);
}

static struct query_context context_of(const struct tester *t, bool merged, bool hindi)
{
    return (struct query_context){.snap = merged ? t->merged : t->snap,
                                  .targets = &t->world.book,
                                  .table = world_tables,
                                  .tables = ARRAY_LEN(world_tables),
                                  .param = world_params,
                                  .params = ARRAY_LEN(world_params),
                                  .hindi = hindi};
}

/* The number behind ` k ` at the end of a name; 0: there is none. */
static int least_shown(struct str name)
{
    int64_t k;
    size_t at = name.n;
    while (at > 0 && name.p[at - 1] >= '0' && name.p[at - 1] <= '9')
        at--;
    if (at < 3 || memcmp(name.p + at - 3, " k ", 3) != 0 ||
        str_to_i64((struct str){name.p + at, name.n - at}, &k) < 0)
        return 0;
    return (int)k;
}

static void answer(struct tester *t, const struct test *test, struct variant v, struct buf *out)
{
    struct err err = {0};
    struct query *q = NULL;
    struct query_result r;
    bool hindi = str_ends(test->name, STR("hindi"));
    struct query_context ctx = context_of(t, v.merged, hindi);
    struct viewer viewer = {.small_cell_k = least_shown(test->name)};
    ctx.viewer = &viewer;
    ctx.vector_rows = v.vector;
    ctx.pool = v.threads > 1 ? t->pool : NULL;
    ctx.threads = v.threads;
    ctx.no_cube = v.no_cube;
    if (query_parse(test->query, &q, &err) < 0) {
        print_error(&err, out);
        return;
    }
    if (query_run(q, &ctx, &r, &err) < 0) {
        print_error(&err, out);
    } else {
        struct format_options o = {.tree = t->world.tree, .hindi = hindi, .as_on = DAY_NONE};
        if (format_frame(r.frame, FORMAT_CSV, &o, out, &err) < 0)
            print_error(&err, out);
        query_result_fini(&r);
    }
    query_unref(q);
}

/* "error: CODE line:column: part" asks for that code and place, and the part in the message; a
 * "hint: part" line for a part of the hint; "error: CODE" alone for the code. */
static bool error_fits(struct str expected, struct str got)
{
    const char *line_end = memchr(expected.p, '\n', expected.n);
    struct str first = {expected.p, line_end ? (size_t)(line_end - expected.p) : expected.n};
    if (!str_starts(got, STR("error: ")))
        return false;
    const char *colon = memmem(first.p + 7, first.n - 7, ": ", 2);
    if (colon == NULL)
        return first.n > 7 && got.n > first.n && memcmp(got.p, first.p, first.n) == 0 &&
               got.p[first.n] == ' ';
    struct str head = {first.p, (size_t)(colon - first.p) + 2};
    struct str part = {colon + 2, first.n - head.n};
    if (!str_starts(got, head) || memmem(got.p, got.n, part.p, part.n) == NULL)
        return false;
    if (line_end == NULL)
        return true;
    struct str rest = str_trim((struct str){line_end, expected.n - first.n});
    if (!str_starts(rest, STR("hint: ")))
        return rest.n == 0;
    return memmem(got.p, got.n, rest.p + 6, rest.n - 6) != NULL;
}

static bool fits(struct str expected, struct str got)
{
    if (str_starts(expected, STR("error: ")))
        return error_fits(expected, got);
    return str_eq(str_trim(expected), str_trim(got));
}

static const struct variant variants[] = {
    {2048, false, false, 1}, {1, false, false, 1}, {7, false, false, 1},   {2048, true, false, 4},
    {1, true, false, 1},     {7, true, false, 1},  {2048, false, true, 1}, {7, false, true, 4},
    {2048, true, true, 1},   {1, true, true, 1},   {7, true, true, 1},     {1, true, true, 4},
    {7, true, true, 4},
};

/* ClickHouse does not know how the rows lie here, nor how many threads there are. */
static const struct variant remote_variants[] = {{7, false, false, 1}};

static const struct variant *variants_of(const struct tester *t, size_t *n)
{
    *n = t->remote ? ARRAY_LEN(remote_variants) : ARRAY_LEN(variants);
    return t->remote ? remote_variants : variants;
}

static bool explains(const struct test *t)
{
    return str_starts(t->query, STR("EXPLAIN"));
}

/* Without the blank lines behind it, but with its last line end. */
static struct str without_end(struct str s)
{
    while (s.n > 1 && s.p[s.n - 1] == '\n' && s.p[s.n - 2] == '\n')
        s.n--;
    return s;
}

/* The plan of a query as CSV, or why there is none; without the place, which the layout changes. */
static void plan_of(struct tester *t, struct str text, bool hindi, struct buf *out)
{
    struct err err = {0};
    struct query *q = NULL;
    struct query_result r;
    struct query_context ctx = context_of(t, false, hindi);
    ctx.explain = true;
    buf_clear(out);
    int rc = query_parse(text, &q, &err);
    if (rc == 0)
        rc = query_run(q, &ctx, &r, &err);
    if (rc == 0) {
        struct format_options o = {.tree = t->world.tree, .as_on = DAY_NONE};
        rc = format_frame(r.frame, FORMAT_CSV, &o, out, &err);
        query_result_fini(&r);
    }
    query_unref(q);
    if (rc < 0)
        buf_printf(out, "error: %s: %s\n", err_name(err.code), err.msg);
}

static bool layout_failed(const char *file, const struct test *test, const char *what,
                          const struct buf *got)
{
    printf("FAILED %s: %.*s: the layout %s\n%.*s\n", file, STR_ARG(test->name), what,
           STR_ARG(buf_view(got)));
    return false;
}

/* Laid out, a query has the same plan, and laid out again it is the same. */
static bool layout_holds(struct tester *t, const char *file, const struct test *test)
{
    struct buf once, twice, plan, same;
    struct err err = {0};
    bool ok = true;
    bool hindi = str_ends(test->name, STR("hindi"));
    buf_init(&once, MEM_QUERY);
    buf_init(&twice, MEM_QUERY);
    buf_init(&plan, MEM_QUERY);
    buf_init(&same, MEM_QUERY);
    struct query *q = NULL;
    int parsed = query_parse(test->query, &q, &err);
    query_unref(q);
    int rc = query_layout(test->query, &once, &err);
    if (rc != parsed)
        ok = layout_failed(file, test, "fails otherwise than the query", &once);
    if (ok && rc == 0) {
        plan_of(t, test->query, hindi, &plan);
        plan_of(t, buf_view(&once), hindi, &same);
        if (!str_eq(buf_view(&plan), buf_view(&same)))
            ok = layout_failed(file, test, "means something else", &once);
        else if (query_layout(buf_view(&once), &twice, &err) < 0 ||
                 !str_eq(buf_view(&once), buf_view(&twice)))
            ok = layout_failed(file, test, "is not stable", &twice);
    }
    buf_fini(&once);
    buf_fini(&twice);
    buf_fini(&plan);
    buf_fini(&same);
    return ok;
}

/* Runs all variants (when updating, one); `out` holds the answer of the last that was run. */
static bool run_variants(struct tester *t, const char *file, const struct test *test,
                         struct buf *out)
{
    bool ok = true;
    size_t n;
    const struct variant *v = variants_of(t, &n);
    if (t->remote && explains(test))
        return true; /* the plan is another one */
    for (size_t i = 0; i < (explains(test) || t->update ? 1 : n) && ok; i++) {
        buf_clear(out);
        answer(t, test, v[i], out);
        ok = fits(test->expected, buf_view(out));
        if (!ok && !t->update)
            printf("FAILED %s: %.*s (vector %zu, cube %s, %s, %d threads)\n--- expected\n%.*s\n--- "
                   "got\n%.*s\n",
                   file, STR_ARG(test->name), v[i].vector, v[i].no_cube ? "off" : "on",
                   t->remote     ? "ClickHouse"
                   : v[i].merged ? "slabs"
                                 : "segments",
                   v[i].threads, STR_ARG(str_trim(test->expected)), STR_ARG(buf_view(out)));
    }
    if (ok && !t->update && !t->remote)
        ok = layout_holds(t, file, test);
    t->passed += ok;
    t->failed += !ok;
    return ok;
}

/* ---- tables of a file ---- */

static void add_upload(struct snap **s, struct upload *u)
{
    struct snap_change change = {.uploads = NULL};
    struct snap *next = NULL;
    ASSERT(upload_set_next((*s)->uploads, u, STR(""), &change.uploads, NULL) == 0);
    ASSERT(snap_next(*s, &change, &next, NULL) == 0);
    upload_set_unref(change.uploads);
    snap_unref(*s);
    *s = next;
}

static void declare_table(struct tester *t, const char *file, struct str name, struct str text)
{
    struct upload_report report;
    struct upload *u = NULL;
    struct err err = {0};
    int rc = query_table_name(name, &err);
    if (rc == 0) {
        rc = upload_read(name, STR(""), text, t->world.tree, &report, &u, &err);
        upload_report_fini(&report);
    }
    if (rc < 0) {
        fprintf(stderr, "FAILED %s: table %.*s: %s\n", file, STR_ARG(name), err.msg);
        t->failed++;
        return;
    }
    add_upload(&t->snap, u);
    add_upload(&t->merged, u);
    upload_unref(u);
}

static void forget_tables(struct tester *t)
{
    snap_unref(t->snap);
    snap_unref(t->merged);
    t->snap = snap_ref(t->world.snap);
    t->merged = snap_ref(t->world.merged);
}

static struct str behind(struct str s, struct str prefix)
{
    return str_trim((struct str){s.p + prefix.n, s.n - prefix.n});
}

static void run_test(struct tester *t, const char *file, const struct test *test)
{
    if (str_starts(test->name, STR("table "))) {
        declare_table(t, file, behind(test->name, STR("table ")), test->query);
        if (t->update)
            printf("# %.*s\n%.*s\n----\n\n", STR_ARG(test->name), STR_ARG(test->query));
        return;
    }
    struct buf out;
    buf_init(&out, MEM_QUERY);
    bool ok = run_variants(t, file, test, &out);
    if (t->update)
        printf("# %.*s\n%.*s\n----\n%.*s\n", STR_ARG(test->name), STR_ARG(test->query),
               STR_ARG(ok ? without_end(test->expected) : buf_view(&out)));
    buf_fini(&out);
}

/* The test that starts at text[*at]; false at the end. */
static bool next_test(struct str text, size_t *at, struct test *test)
{
    while (*at < text.n && !(text.p[*at] == '#' && (*at == 0 || text.p[*at - 1] == '\n')))
        (*at)++;
    if (*at >= text.n)
        return false;
    const char *p = text.p + *at;
    const char *end = text.p + text.n;
    const char *line = memchr(p, '\n', (size_t)(end - p));
    const char *sep = line ? memmem(line, (size_t)(end - line), "\n----\n", 6) : NULL;
    if (sep == NULL)
        return false;
    const char *stop = memmem(sep + 5, (size_t)(end - sep - 5), "\n# ", 3);
    stop = stop ? stop + 1 : end;
    test->name = str_trim((struct str){p + 1, (size_t)(line - p - 1)});
    test->query = str_trim((struct str){line, (size_t)(sep - line)});
    test->expected = (struct str){sep + 6, (size_t)(stop - sep - 6)};
    *at = (size_t)(stop - text.p);
    return true;
}

/* A fenced block of a page. */
struct block {
    struct str kind, body; /* "sql"; the lines inside */
    size_t line;           /* of the fence, from 1 */
};

struct page {
    struct str text;
    size_t at, line; /* how far it was read */
};

static struct str next_line(struct page *p)
{
    const char *from = p->text.p + p->at;
    const char *end = memchr(from, '\n', p->text.n - p->at);
    size_t n = end ? (size_t)(end - from) : p->text.n - p->at;
    p->at += n + (end != NULL);
    p->line++;
    return (struct str){from, n};
}

/* False when there is no further block. */
static bool next_block(struct page *p, struct block *b)
{
    while (p->at < p->text.n) {
        struct str line = next_line(p);
        if (!str_starts(line, STR("```")))
            continue;
        *b =
            (struct block){.kind = str_trim((struct str){line.p + 3, line.n - 3}), .line = p->line};
        b->body.p = p->text.p + p->at;
        do {
            b->body.n = (size_t)(p->text.p + p->at - b->body.p);
            line = next_line(p);
        } while (!str_starts(line, STR("```")) && p->at < p->text.n);
        return true;
    }
    return false;
}

/* One example. `from` is the end of what -u has printed. */
static void run_example(struct tester *t, const char *file, const struct block *query,
                        const struct block *expected, const char **from)
{
    char name[64];
    struct buf out;
    snprintf(name, sizeof name, "line %zu, %.*s", query->line,
             (int)(query->kind.n < 20 ? query->kind.n : 20), query->kind.p);
    struct test test = {str_of(name), str_trim(query->body), expected->body};
    buf_init(&out, MEM_QUERY);
    bool ok = run_variants(t, file, &test, &out);
    if (t->update) {
        printf("%.*s%.*s", (int)(expected->body.p - *from), *from,
               STR_ARG(ok ? expected->body : buf_view(&out)));
        *from = expected->body.p + expected->body.n;
    }
    buf_fini(&out);
}

static void run_page(struct tester *t, const char *file, struct str text)
{
    struct page p = {.text = text};
    struct block b;
    const char *from = text.p;
    size_t examples = 0;
    while (next_block(&p, &b)) {
        struct block expected = {0};
        if (str_starts(b.kind, STR("csv ")))
            declare_table(t, file, behind(b.kind, STR("csv ")), b.body);
        if (!str_starts(b.kind, STR("sql")))
            continue;
        examples++;
        if (next_block(&p, &expected) && str_eq(expected.kind, STR("text"))) {
            run_example(t, file, &b, &expected, &from);
        } else {
            fprintf(stderr, "FAILED %s: the example of line %zu has no answer\n", file, b.line);
            t->failed++;
        }
    }
    if (t->update)
        printf("%.*s", (int)(text.p + text.n - from), from);
    if (examples == 0) {
        fprintf(stderr, "FAILED %s: there is no example in it\n", file);
        t->failed++;
    }
}

static void run_file(struct tester *t, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct buf text;
    buf_init(&text, MEM_QUERY);
    char chunk[65536];
    size_t n;
    while (f != NULL && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_put(&text, chunk, n);
    if (f == NULL || text.failed) {
        fprintf(stderr, "query_test: cannot read %s\n", path);
        t->failed++;
    }
    if (f != NULL)
        fclose(f);
    size_t at = 0;
    struct test test;
    forget_tables(t);
    if (f != NULL && str_ends(str_of(path), STR(".md")))
        run_page(t, path, buf_view(&text));
    else
        while (next_test(buf_view(&text), &at, &test))
            run_test(t, path, &test);
    buf_fini(&text);
}

static int is_test(const struct dirent *d)
{
    return str_ends(str_of(d->d_name), STR(".test"));
}

static void run_all(struct tester *t)
{
    struct dirent **entry;
    int n = scandir("tests/query", &entry, is_test, alphasort);
    for (int i = 0; i < n; i++) {
        char path[512];
        snprintf(path, sizeof path, "tests/query/%s", entry[i]->d_name);
        run_file(t, path);
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
    if (n <= 0) {
        fprintf(stderr, "query_test: no tests/query/*.test here\n");
        t->failed++;
    }
    run_file(t, "core/query/REFERENCE.md");
}

/* ---- time ---- */

enum { TIMED_RUNS = 5000 };

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print_median(const char *what, int64_t *ns)
{
    qsort(ns, TIMED_RUNS, sizeof *ns, by_number);
    printf("%-6s %.1f us (9 of 10 within %.1f us)\n", what, (double)ns[TIMED_RUNS / 2] / 1e3,
           (double)ns[TIMED_RUNS / 10 * 9] / 1e3);
}

/* How long it takes to read and bind a query with all that a review has, and to run it here. */
static int time_example(const struct tester *t)
{
    static const char example[] =
        "FROM registrations\n"
        "|> WHERE district = 'Ramgarh' AND date BETWEEN '2021-11-01' AND @as_on\n"
        "|> AGGREGATE COUNT(*) AS done, COUNTIF(date = @as_on) AS today GROUP BY block\n"
        "|> CALL against_target('ramgarh_2021', achieved => 'done', as_on => @as_on)\n"
        "|> ORDER BY pct";
    static int64_t parse[TIMED_RUNS], bind[TIMED_RUNS], run[TIMED_RUNS], both[TIMED_RUNS];
    struct query_context ctx = context_of(t, false, false);
    for (size_t i = 0; i < TIMED_RUNS; i++) {
        struct err err = {0};
        struct query *q = NULL;
        struct query_result r;
        if (query_parse(STR(example), &q, &err) < 0 || query_run(q, &ctx, &r, &err) < 0) {
            fprintf(stderr, "query_test: %s\n", err.msg);
            return 1;
        }
        parse[i] = r.parse_ns;
        bind[i] = r.plan_ns;
        run[i] = r.run_ns;
        both[i] = r.parse_ns + r.plan_ns;
        query_result_fini(&r);
        query_unref(q);
    }
    print_median("parse", parse);
    print_median("bind", bind);
    print_median("both", both);
    print_median("run", run);
    return 0;
}

/* Makes the tables at argv's address and moves the rows. */
static int move_world(struct tester *t, char **argv)
{
    struct err err = {0};
    struct clickhouse_moved moved;
    struct clickhouse_address where = {
        .url = str_of(argv[0]), .database = str_of(argv[1]), .cluster = str_of(argv[2])};
    int rc = clickhouse_open(&where, NULL, &t->clickhouse, &err);
    if (rc == 0)
        rc = clickhouse_tables(&t->clickhouse, t->snap->schema, false, NULL, &err);
    if (rc == 0)
        rc = clickhouse_load(&t->clickhouse, t->snap, NULL, NULL, NULL, &moved, &err);
    if (rc < 0)
        fprintf(stderr, "query_test: %s\n%s\n", err.msg, err.hint);
    t->remote = true;
    t->world.snap->clickhouse = &t->clickhouse; /* and so has what is made of it */
    return rc;
}

/* A clock that stands still: EXPLAIN ANALYZE tells no time. */
static int64_t no_time(void)
{
    return 0;
}

static const struct clock_source still = {no_time, no_time};

int main(int argc, char **argv)
{
    struct tester t = {.passed = 0};
    world_init(&t.world);
    t.snap = snap_ref(t.world.snap);
    t.merged = snap_ref(t.world.merged);
    if (argc == 2 && strcmp(argv[1], "-t") == 0) {
        int rc = time_example(&t);
        snap_unref(t.snap);
        snap_unref(t.merged);
        world_fini(&t.world);
        return rc;
    }
    clock_replace(&still);
    if (pool_new("query", 3, 64, &t.pool, NULL) < 0)
        return 1;
    int first = 1;
    if (argc > 1 && strcmp(argv[1], "-u") == 0) {
        t.update = true;
        first = 2;
    }
    if (argc > 4 && strcmp(argv[1], "-c") == 0) {
        if (move_world(&t, argv + 2) < 0)
            return 1;
        first = 5;
    }
    for (int i = first; i < argc; i++)
        run_file(&t, argv[i]);
    if (first >= argc)
        run_all(&t);
    pool_free(t.pool);
    snap_unref(t.snap);
    snap_unref(t.merged);
    world_fini(&t.world);
    if (!t.update)
        printf("%d passed, %d failed\n", t.passed, t.failed);
    return t.failed > 0 && !t.update;
}
