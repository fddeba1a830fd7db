/* SPDX-License-Identifier: MIT
 *
 * Tables that a plugin expects: without rows until they are uploaded, compared from then on. */
#include "ingest/upload.h"
#include "world.h"

#define HEAD "plugin { name = \"mine\", version = \"1\", api = 1 }\n"
#define FACTORIES                                                                                  \
    HEAD "upload \"factories\" { title = { en = 'Factories', hi = 'कारखाने' },\n"    \
         "  columns = { { 'name', 'STRING' }, { 'block' }, { 'workers', 'INT64' },\n"              \
         "              { 'rate', 'FLOAT64' } } }\n"                                               \
         "report \"f\" { title = 'x', total = true, query = [[FROM factories |> WHERE block = "    \
         "'Gola' |> SELECT name, workers, rate]] }\n"                                              \
         "report \"g\" { title = 'x', columns = { { 'n' } }, run = function(p, query)\n"           \
         "  return query('FROM factories |> AGGREGATE COUNT(*) AS n') end,\n"                      \
         "  summary = function(rows) return 'own sentence' end }\n"                                \
         "report \"h\" { title = 'x', query = [[FROM registrations |> AGGREGATE COUNT(*) AS n]] "  \
         "}\n"

static void put_table(struct world *w, const char *name, const char *csv)
{
    struct upload_report report;
    struct snap_change change = {.uploads = NULL};
    struct upload *u = NULL;
    struct snap *old = snap_cell_get(w->cell), *next = NULL;
    struct err err;
    assert_int_equal(upload_read(str_of(name), STR(""), str_of(csv), old->tree, &report, &u, &err),
                     0);
    assert_int_equal(upload_set_next(old->uploads, u, STR(""), &change.uploads, &err), 0);
    assert_int_equal(snap_next(old, &change, &next, &err), 0);
    snap_cell_set(w->cell, next);
    upload_report_fini(&report);
    upload_set_unref(change.uploads);
    upload_unref(u);
    snap_unref(old);
}

/* A report of the plugin "mine": its rows, and its summary as it must be. */
static void expect_report(struct world *w, struct registry *r, const char *name, bool hindi,
                          size_t rows, const char *summary)
{
    struct err err = {0};
    struct report_result out;
    const struct report *report;
    const struct plugin_set *s = registry_get(r);
    struct snap *snap = snap_cell_get(w->cell);
    struct run_options o = {.snap = snap, .hindi = hindi};
    assert_int_equal(plugin_find_report(s, STR("mine"), str_of(name), &report, &err), 0);
    if (report_run(s, report, &o, &out, &err) != 0)
        fail_msg("%s: %s", name, err.msg);
    assert_int_equal(out.result.frame->rows, rows);
    if (!str_eq(out.summary, str_of(summary)))
        fail_msg("%s says \"%.*s\"", name, STR_ARG(out.summary));
    report_result_fini(&out);
    snap_unref(snap);
    plugin_set_unref(s);
}

static void begin(struct world *w, struct registry **r, const char *text)
{
    struct err err;
    world_init(w);
    world_write(w, "mine.lua", text);
    assert_int_equal(registry_new(w->dir, w->cell, r, &err), 0);
}

static void end(struct world *w, struct registry *r)
{
    registry_free(r);
    world_remove(w, "mine.lua");
    world_fini(w);
}

static void without_it_a_report_is_empty_and_says_so(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    begin(&w, &r, FACTORIES);
    expect_report(&w, r, "f", false, 0,
                  "The table factories has not been uploaded yet, so nothing of it is here.");
    expect_report(&w, r, "f", true, 0,
                  "तालिका factories अभी अपलोड नहीं हुई है; इसलिए यहाँ उसका कुछ नहीं है।");
    expect_report(&w, r, "g", false, 1,
                  "The table factories has not been uploaded yet, so nothing of it is here. "
                  "own sentence");
    expect_report(&w, r, "h", false, 1, "");
    put_table(&w, "Factories",
              "name,block,workers,rate,more\nSteel,Gola,9,2,z\nMill,Mandu,7,1,z\n");
    expect_report(&w, r, "f", false, 2, "");
    expect_report(&w, r, "g", false, 1, "own sentence");
    end(&w, r);
}

/* What reports and notes say when the table was uploaded like this. */
static void expect_misfit(const char *csv, const char *summary, const char *hindi, const char *note)
{
    struct world w;
    struct registry *r;
    begin(&w, &r, FACTORIES);
    put_table(&w, "factories", csv);
    const struct plugin_set *s = registry_get(r);
    assert_int_equal(s->plugin[0].status, PLUGIN_OK);
    struct str notes = s->plugin[0].notes_text;
    if (!memmem(notes.p, notes.n, note, strlen(note)))
        fail_msg("not there: %s\n%.*s", note, STR_ARG(notes));
    assert_int_equal(s->plugin[0].uploads, 1);
    plugin_set_unref(s);
    expect_report(&w, r, "f", false, 0, summary);
    expect_report(&w, r, "f", true, 0, hindi);
    expect_report(&w, r, "h", false, 1, ""); /* has nothing to do with it */
    put_table(&w, "factories", "name,block,workers,rate\nSteel,Gola,9,2.5\n");
    expect_report(&w, r, "f", false, 2, "");
    end(&w, r);
}

static void a_missing_column_is_the_affair_of_its_reports(void **state)
{
    (void)state;
    expect_misfit("name,block,worker,rate\nSteel,Gola,9,2.5\n",
                  "The uploaded table factories has no column workers, so nothing of it is here.",
                  "अपलोड की गई तालिका factories में स्तंभ workers नहीं है; "
                  "इसलिए यहाँ उसका कुछ नहीं है।",
                  "did you mean \"worker\"?");
}

static void so_is_another_type(void **state)
{
    (void)state;
    expect_misfit(
        "name,block,workers\nSteel,Gola,many\n",
        "The uploaded table factories has the column workers as STRING, not INT64 "
        "and no column rate, so nothing of it is here.",
        "अपलोड की गई तालिका factories में स्तंभ workers STRING है, INT64 नहीं, "
        "स्तंभ rate नहीं है; इसलिए यहाँ उसका कुछ नहीं है।",
        "has the column workers as STRING, not INT64 and no column rate: its queries see it "
        "without rows until it is uploaded again");
}

static void expect_broken(const char *text, const char *part)
{
    struct world w;
    struct registry *r;
    begin(&w, &r, text);
    const struct plugin_set *s = registry_get(r);
    assert_int_equal(s->plugin[0].status, PLUGIN_BROKEN);
    if (!memmem(s->plugin[0].errors_text.p, s->plugin[0].errors_text.n, part, strlen(part)))
        fail_msg("not there: %s\n%.*s", part, STR_ARG(s->plugin[0].errors_text));
    plugin_set_unref(s);
    end(&w, r);
}

static void mistakes_in_the_declaration_are_told(void **state)
{
    (void)state;
    expect_broken(HEAD "upload \"f\" { columns = { { 'name' } } }\n",
                  "the column \"name\" needs a type");
    expect_broken(HEAD "upload \"f\" { columns = { { 'block', 'STRING' } } }\n",
                  "its name says what it is");
    expect_broken(HEAD "upload \"f\" { columns = { { 'a', 'DATE' }, { 'A', 'DATE' } } }\n",
                  "is there twice");
    expect_broken(HEAD "upload \"f\" { columns = { { 'a', 'NUMBER' } } }\n", "NUMBER");
    expect_broken(HEAD "upload \"f\" { columns = { } }\n", "1 to 256 columns, this one 0");
    expect_broken(HEAD "upload \"places\" { columns = { { 'a', 'DATE' } } }\n",
                  "table of Panji's own");
    expect_broken(FACTORIES "report \"i\" { title = 'x', query = [[FROM factores]] }\n",
                  "did you mean \"factories\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_it_a_report_is_empty_and_says_so),
        cmocka_unit_test(a_missing_column_is_the_affair_of_its_reports),
        cmocka_unit_test(so_is_another_type),
        cmocka_unit_test(mistakes_in_the_declaration_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
