/* SPDX-License-Identifier: MIT
 *
 * A narrowed snapshot answers as the whole one does under the condition that the grant stands for;
 * by every engine, from segments and slabs. */
#include "query/narrow.h"

#include <stdio.h>

#include "ask.h"

/* A question; the grant's condition goes to the place of '#'. */
static const char *const questions[] = {
    "FROM registrations # |> AGGREGATE COUNT(*) AS n",
    "FROM registrations # |> AGGREGATE COUNT(*) AS n GROUP BY state, district, block, panchayat",
    "FROM registrations # |> AGGREGATE COUNT(*) AS n, COUNTIF(sector_code = 1) AS a GROUP BY date",
    "FROM registrations # |> WHERE sector_code = 1 |> AGGREGATE COUNT(*) AS n GROUP BY block",
    "FROM registrations # |> AGGREGATE COUNT(*) AS n, MAX(age) AS a GROUP BY gender, centre",
    "FROM registrations # |> WHERE age > 20 |> AGGREGATE COUNT(*) AS n GROUP BY DIV(age, 10)",
    "FROM registrations # |> AGGREGATE MIN(date) AS a, MAX(date) AS b",
    "FROM registrations # |> SELECT date, block, centre, count |> ORDER BY date, block, centre, "
    "count",
    "FROM registrations # |> AGGREGATE STRING_AGG(DISTINCT centre ORDER BY centre) AS c",
    "FROM registrations # |> AGGREGATE COUNT(*) AS n GROUP BY source, batch",
    "FROM registrations # |> AGGREGATE COUNT(DISTINCT occupation) AS o GROUP BY state",
    "SELECT 1 AS one, (FROM registrations # |> AGGREGATE COUNT(*) AS n) AS n",
};

struct grant_case {
    struct grant grant;
    const char *condition;
};

static const struct grant_place gola[] = {{PLACE_BLOCK, 3168}};
static const struct grant_place ramgarh[] = {{PLACE_DISTRICT, 607}};
static const struct grant_place two[] = {{PLACE_BLOCK, 2494}, {PLACE_PANCHAYAT, 900001}};
static const struct grant_place nowhere[] = {{PLACE_BLOCK, 99}};
static const struct str nobody[] = {{"nobody", 6}};

static const struct grant_case cases[] = {
    {{.place = gola, .places = 1}, "|> WHERE block_code = 3168"},
    {{.place = ramgarh, .places = 1}, "|> WHERE district_code = 607"},
    {{.place = two, .places = 2}, "|> WHERE block_code = 2494 OR panchayat_code = 900001"},
    {{.place = nowhere, .places = 1}, "|> WHERE FALSE"},
    {{.source = nobody, .sources = 1}, "|> WHERE FALSE"},
};

static void write_question(const char *question, const char *condition, char *out, size_t size)
{
    const char *mark = strchr(question, '#');
    snprintf(out, size, "%.*s%s%s", (int)(mark - question), question, condition, mark + 1);
}

static void ask_both(struct ask *a, struct snap *whole, const struct grant_case *c,
                     const char *question)
{
    char text[600], want[8192];
    struct snap *narrow;
    struct err err;
    write_question(question, c->condition, text, sizeof text);
    a->ctx.snap = whole;
    const char *got = ask(a, text);
    if (got == NULL)
        fail_msg("%s: %s", text, a->err.msg);
    snprintf(want, sizeof want, "%s", got);
    assert_int_equal(snap_narrow(whole, &c->grant, &narrow, &err), 0);
    write_question(question, "", text, sizeof text);
    a->ctx.snap = narrow;
    got = ask(a, text);
    if (got == NULL || strcmp(got, want) != 0)
        fail_msg("%s for %s: %s\ninstead of %s", text, c->condition, got != NULL ? got : a->err.msg,
                 want);
    snap_unref(narrow);
}

/* Of each source that there is, too. */
static void of_sources(struct ask *a, struct snap *s, const char *question)
{
    const struct dict *d = s->dict[ATTR_SOURCE];
    for (int32_t id = 0; id < dict_count(d); id++) {
        char condition[128];
        struct str name = dict_get(d, id);
        struct grant_case c = {{.source = &name, .sources = 1}, condition};
        snprintf(condition, sizeof condition, "|> WHERE source = '%.*s'", STR_ARG(name));
        ask_both(a, s, &c, question);
        c.grant.place = ramgarh;
        c.grant.places = 1;
        snprintf(condition, sizeof condition, "|> WHERE source = '%.*s' AND district_code = 607",
                 STR_ARG(name));
        ask_both(a, s, &c, question);
    }
}

static void answers_are_those_of_the_condition(void **state)
{
    struct ask *a = *state;
    struct snap *const of[] = {a->world.snap, a->world.merged};
    for (size_t s = 0; s < ARRAY_LEN(of); s++)
        for (size_t q = 0; q < ARRAY_LEN(questions); q++)
            for (int scan = 0; scan < 2; scan++) {
                a->ctx.no_cube = scan;
                a->ctx.vector_rows = scan ? 1 : 0;
                for (size_t c = 0; c < ARRAY_LEN(cases); c++)
                    ask_both(a, of[s], &cases[c], questions[q]);
                of_sources(a, of[s], questions[q]);
            }
}

/* Rows of other tables: seen where one of their places is and none is hidden. */
static void frames_are_narrowed_by_their_places(void **state)
{
    struct ask *a = *state;
    struct arena mem;
    struct frame *f;
    const struct frame *seen;
    struct snap *narrow;
    struct err err;
    static const int64_t district[] = {3, 3, 3, 4, -1}, block[] = {6, 5, -1, -1, -1};
    arena_init(&mem, MEM_QUERY, 0);
    assert_int_equal(frame_new(&mem, 5, 2, &f, &err), 0);
    assert_int_equal(frame_col_init(&mem, &f->col[0], 5, STR("district"), TYPE_PLACE, &err), 0);
    assert_int_equal(frame_col_init(&mem, &f->col[1], 5, STR("block"), TYPE_PLACE, &err), 0);
    for (size_t i = 0; i < 5; i++) {
        frame_set(f, i, 0, (struct value){TYPE_PLACE, district[i] < 0, .i = district[i]});
        frame_set(f, i, 1, (struct value){TYPE_PLACE, block[i] < 0, .i = block[i]});
    }
    assert_int_equal(snap_narrow(a->world.snap, &cases[0].grant, &narrow, &err), 0);
    assert_int_equal(narrow_frame(&mem, narrow, f, &seen, &err), 0);
    assert_int_equal(seen->rows, 1); /* Gola's alone */
    assert_int_equal(seen->col[1].i[0], 6);
    snap_unref(narrow);
    assert_int_equal(snap_narrow(a->world.snap, &cases[1].grant, &narrow, &err), 0);
    assert_int_equal(narrow_frame(&mem, narrow, f, &seen, &err), 0);
    assert_int_equal(seen->rows, 3);
    snap_unref(narrow);
    assert_int_equal(narrow_frame(&mem, a->world.snap, f, &seen, &err), 0);
    assert_ptr_equal(seen, f); /* nothing is left out */
    arena_fini(&mem);
}

static void small_tables_are_narrowed(void **state)
{
    struct ask *a = *state;
    struct snap *narrow;
    struct err err;
    assert_int_equal(snap_narrow(a->world.snap, &cases[0].grant, &narrow, &err), 0);
    a->ctx.snap = narrow;
    ask_expect(a, "FROM places |> SELECT name, workers",
               "name,workers\nIndia,\nJharkhand,\nRamgarh,\nGola,100000.0\nBarlanga,9000.0\n"
               "Sosokalan,8000.0\n");
    ask_expect(a, "FROM stated |> SELECT place, total", "place,total\nGola,15\n");
    ask_refused(a, "FROM registrations |> WHERE block = 'Mandu'", ERR_UNKNOWN_NAME);
    if (strstr(a->err.hint, "Mandu") != NULL)
        fail_msg("the hint tells: %s", a->err.hint);
    snap_unref(narrow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_are_those_of_the_condition, ask_setup,
                                        ask_teardown),
        cmocka_unit_test_setup_teardown(frames_are_narrowed_by_their_places, ask_setup,
                                        ask_teardown),
        cmocka_unit_test_setup_teardown(small_tables_are_narrowed, ask_setup, ask_teardown),
    };
    return cmocka_run_group_tests_name("query/narrow", tests, NULL, NULL);
}
