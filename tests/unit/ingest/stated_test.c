/* SPDX-License-Identifier: MIT
 *
 * Files of published figures. */
#include "world.h"

static void reads_figures(void **state)
{
    struct world *w = *state;
    struct stated_report r;
    struct err err;
    struct str text = STR("as_on,place,level,sector,total,source\n"
                          "2021-11-20,607,district,,42478,ddc\n"
                          "20-11-2021,RAMGARH,district,कृषि,24239,\n"
                          "2021-11-20,Gola,,,5,\n");
    if (stated_import(w->store, w->cell, text, STR("letter"), NULL, &r, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(r.lines, 3);
    assert_int_equal(r.added, 3);
    assert_int_equal(stated_import(w->store, w->cell, text, STR("letter"), NULL, &r, &err), 0);
    assert_int_equal(r.added, 0);
    struct snap *s = snap_cell_get(w->cell);
    assert_int_equal(s->stated_count, 3);
    assert_int_equal(s->stated[0].total, 42478);
    assert_int_equal(s->stated[0].sector, 0);
    assert_int_equal(s->stated[1].sector, 1);
    assert_int_equal(s->stated[0].place, s->stated[1].place);
    assert_true(str_eq(dict_get(s->dict[ATTR_SOURCE], s->stated[0].source), STR("ddc")));
    assert_true(str_eq(dict_get(s->dict[ATTR_SOURCE], s->stated[1].source), STR("letter")));
    assert_int_equal(s->tree->at[place_order(s->tree, s->stated[2].place)].code, 3168);
    snap_unref(s);
}

static void expect_refused(struct world *w, const char *text, const char *part)
{
    struct stated_report r;
    struct err err;
    assert_int_equal(stated_import(w->store, w->cell, str_of(text), STR(""), NULL, &r, &err),
                     ERR_ROWS);
    if (strstr(err.msg, part) == NULL && strstr(err.hint, part) == NULL)
        fail_msg("\"%s\" (%s) does not say \"%s\"", err.msg, err.hint, part);
    struct snap *s = snap_cell_get(w->cell);
    assert_int_equal(s->stated_count, 0);
    snap_unref(s);
}

static void refuses_all_for_one_bad_line(void **state)
{
    struct world *w = *state;
#define FIGURES "as_on,place,sector,total\n2021-11-20,607,,5\n"
    expect_refused(w, "", "empty");
    expect_refused(w, "as_on,place,total\n2021-11-20,607,5\n", "sector");
    expect_refused(w, FIGURES "2021-02-30,607,,5\n", "line 3, column \"as_on\"");
    expect_refused(w, FIGURES "2021-11-20,Golaa,,5\n", "GOLA");
    expect_refused(w, FIGURES "2021-11-20,Ramgarh,,5\n", "8 places");
    expect_refused(w, FIGURES "2021-11-20,607,Agricultre,5\n", "Agriculture");
    expect_refused(w, FIGURES "2021-11-20,607,,-5\n", "line 3, column \"total\"");
    expect_refused(w, "as_on,place,sector,total,level\n2021-11-20,607,,5,village\n", "level");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(reads_figures),
        WORLD_TEST(refuses_all_for_one_bad_line),
    };
    return cmocka_run_group_tests_name("ingest/stated", tests, NULL, NULL);
}
