/* SPDX-License-Identifier: MIT
 *
 * Lists of changes: what stands in a line is what the store is told. */
#include "world.h"

static int import(struct world *w, const char *text, int level, struct places_report *r,
                  struct err *err)
{
    struct places_options opt = {.effective_on = DAY_NONE, .level = level};
    return places_import(w->store, str_of(text), &opt, r, err);
}

static void reads_our_own_list(void **state)
{
    struct world *w = *state;
    struct places_report r;
    struct err err;
    assert_int_equal(import(w,
                            "kind,level,old_code,new_code,effective_on,parent,name,share\n"
                            "Split,district,607,801,04-04-2022,20,Nava Zila,0.25\n"
                            "move,block,3168,,2022-04-04,801,,\n",
                            -1, &r, &err),
                     0);
    assert_string_equal(r.kind, "changes");
    assert_int_equal(r.borders.applied, 2);
    struct snap *s = snap_cell_get(w->cell);
    const struct place_event *heir;
    uint32_t ramgarh = place_by_code(s->tree, PLACE_DISTRICT, 607);
    assert_int_equal(history_heirs(s->history, s->tree->at[ramgarh].id, &heir, 1), 1);
    assert_true(heir->share > 0.249 && heir->share < 0.251);
    assert_int_equal(heir->on, date_day(2022, 4, 4));
    snap_unref(s);
}

static const char notices[] = "S.No.,Entity Code,Entity version,Entity Name (In English),Operation,"
                              "date\n1,3168,2,Gola,Shifted,04-04-2022 11:12:13\n";

static void the_directorys_list_needs_a_level(void **state)
{
    struct world *w = *state;
    struct places_report r;
    struct err err;
    assert_int_equal(import(w, notices, -1, &r, &err), ERR_ROWS);
    assert_non_null(strstr(err.msg, "level"));
    assert_int_equal(import(w, notices, PLACE_BLOCK, &r, &err), 0);
    assert_string_equal(r.kind, "LGD changes");
    assert_int_equal(r.notices, 1);
    assert_int_equal(import(w, notices, PLACE_BLOCK, &r, &err), 0);
    assert_int_equal(r.notices, 0);
}

static void a_notice_dates_what_an_export_shows(void **state)
{
    struct world *w = *state;
    struct places_report r;
    struct borders *before = NULL;
    struct err err;
    static const char moved[] = "level,code,parent,name\nblock,3168,326,GOLA\n";
    int rc = import(w, moved, -1, &r, &err);
    if (rc == 0)
        fail_msg("a block moved, and nobody said when");
    assert_int_equal(import(w, notices, PLACE_BLOCK, &r, &err), 0);
    assert_int_equal(import(w, moved, -1, &r, &err), 0);
    assert_int_equal(r.merged.moved, 1);
    struct snap *s = snap_cell_get(w->cell);
    assert_int_equal(history_borders(s->history, date_day(2022, 4, 3), &before, &err), 0);
    uint32_t gola = place_by_code(before->tree, PLACE_BLOCK, 3168);
    assert_int_equal(before->tree->at[before->tree->at[gola].parent].code, 607);
    borders_unref(before);
    snap_unref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_our_own_list, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_directorys_list_needs_a_level, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_notice_dates_what_an_export_shows, world_setup,
                                        world_teardown),
    };
    return cmocka_run_group_tests_name("ingest/changes", tests, NULL, NULL);
}
