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
 * over slabs; all must give the same bytes. With `hindi` at the end of the name, names print in
 * Hindi. Parameters: @as_on 2021-11-20 (a text), @district Ramgarh (a place), @n 2, @nothing NULL.
 *
 *   query_test [-u] [FILE...]     -u prints the files with the answers as they are now */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "query/format.h"
#include "query/query.h"
#include "world.h"

struct tester {
    struct world world;
    int passed, failed;
    bool update;
};

struct test {
    struct str name, query, expected;
};

struct variant {
    size_t vector;
    bool no_cube, merged;
};

static void print_error(const struct err *e, struct buf *out)
{
    buf_printf(out, "error: %s %d:%d: %s\n", err_name(e->code), e->line, e->column, e->msg);
    if (e->hint[0])
        buf_printf(out, "hint: %s\n", e->hint);
}

static void answer(struct tester *t, const struct test *test, struct variant v, struct buf *out)
{
    struct err err = {0};
    struct query *q = NULL;
    struct query_result r;
    bool hindi = str_ends(test->name, STR("hindi"));
    struct query_context ctx = {.snap = v.merged ? t->world.merged : t->world.snap,
                                .targets = &t->world.book,
                                .table = world_tables,
                                .tables = ARRAY_LEN(world_tables),
                                .param = world_params,
                                .params = ARRAY_LEN(world_params),
                                .hindi = hindi,
                                .vector_rows = v.vector,
                                .no_cube = v.no_cube};
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
 * "hint: part" line for a part of the hint. */
static bool error_fits(struct str expected, struct str got)
{
    const char *line_end = memchr(expected.p, '\n', expected.n);
    struct str first = {expected.p, line_end ? (size_t)(line_end - expected.p) : expected.n};
    if (!str_starts(got, STR("error: ")))
        return false;
    const char *colon = memmem(first.p + 7, first.n - 7, ": ", 2);
    if (colon == NULL)
        return false;
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
    {2048, false, false}, {1, false, false}, {7, false, false},   {2048, true, false},
    {1, true, false},     {7, true, false},  {2048, false, true}, {7, false, true},
    {2048, true, true},   {1, true, true},   {7, true, true},
};

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

static void run_test(struct tester *t, const char *file, const struct test *test)
{
    struct buf out;
    buf_init(&out, MEM_QUERY);
    bool ok = true;
    for (size_t i = 0; i < (explains(test) || t->update ? 1 : ARRAY_LEN(variants)) && ok; i++) {
        buf_clear(&out);
        answer(t, test, variants[i], &out);
        ok = fits(test->expected, buf_view(&out));
        if (!ok && !t->update)
            printf("FAILED %s: %.*s (vector %zu, cube %s, %s)\n--- expected\n%.*s\n--- got\n%.*s\n",
                   file, STR_ARG(test->name), variants[i].vector,
                   variants[i].no_cube ? "off" : "on", variants[i].merged ? "slabs" : "segments",
                   STR_ARG(str_trim(test->expected)), STR_ARG(buf_view(&out)));
    }
    if (t->update)
        printf("# %.*s\n%.*s\n----\n%.*s\n", STR_ARG(test->name), STR_ARG(test->query),
               STR_ARG(ok ? without_end(test->expected) : buf_view(&out)));
    t->passed += ok;
    t->failed += !ok;
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
}

int main(int argc, char **argv)
{
    struct tester t = {.passed = 0};
    world_init(&t.world);
    int first = 1;
    if (argc > 1 && strcmp(argv[1], "-u") == 0) {
        t.update = true;
        first = 2;
    }
    for (int i = first; i < argc; i++)
        run_file(&t, argv[i]);
    if (first >= argc)
        run_all(&t);
    world_fini(&t.world);
    if (!t.update)
        printf("%d passed, %d failed\n", t.passed, t.failed);
    return t.failed > 0 && !t.update;
}
