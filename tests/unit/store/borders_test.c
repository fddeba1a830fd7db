/* SPDX-License-Identifier: MIT
 *
 * Changes of borders on disk: known again, in order, all or none, and over a disk that fails. */
#include "disturb.h"

static struct border_change change(enum border_kind kind, enum place_level level, int64_t old_code,
                                   int64_t new_code, int32_t on)
{
    return (struct border_change){.kind = kind,
                                  .level = level,
                                  .old_code = old_code,
                                  .new_code = new_code,
                                  .on = on,
                                  .share = (double)NAN};
}

enum { ON = 19086, CHANGES = 5 };

/* A new district of two blocks of two districts; a block merged; a name. */
static void some_changes(struct border_change c[CHANGES])
{
    c[0] = change(BORDER_MOVE, PLACE_BLOCK, 3168, 0, ON);
    c[0].parent_code = 801;
    c[1] = change(BORDER_SPLIT, PLACE_DISTRICT, 607, 801, ON);
    c[1].name = STR("Nava Zila");
    c[2] = change(BORDER_SPLIT, PLACE_DISTRICT, 326, 801, ON);
    c[3] = change(BORDER_MERGE, PLACE_BLOCK, 3172, 3175, ON + 10);
    c[4] = change(BORDER_RENAME, PLACE_DISTRICT, 326, 0, ON + 20);
    c[4].name = STR("Dumka Nagar");
}

static int apply(struct fixture *f, struct border_result *r, struct err *err)
{
    struct border_change c[CHANGES];
    some_changes(c);
    return store_borders_change(f->store, c, CHANGES, r, err);
}

static int64_t district_of(const struct place_tree *t, int64_t block)
{
    uint32_t node = place_by_code(t, PLACE_BLOCK, block);
    return t->at[place_above(t, node, PLACE_DISTRICT)].code;
}

static void check_changed(struct fixture *f)
{
    struct snap *s = snap_cell_get(f->cell);
    struct borders *before = NULL;
    struct err err;
    assert_int_equal(district_of(s->tree, 3168), 801);
    const struct place *merged = &s->tree->at[place_by_code(s->tree, PLACE_BLOCK, 3172)];
    assert_true(merged->gone && merged->valid_to == ON + 9);
    assert_int_equal(merged->identity, s->tree->at[place_by_code(s->tree, PLACE_BLOCK, 3175)].id);
    assert_non_null(s->history);
    assert_int_equal(s->history->n, 5);
    assert_int_equal(history_borders(s->history, ON - 1, &before, &err), 0);
    assert_int_equal(district_of(before->tree, 3168), 607);
    assert_true(before->tree->at[place_by_code(before->tree, PLACE_DISTRICT, 801)].gone);
    borders_unref(before);
    snap_unref(s);
}

static void applies_once_whatever_the_order(void **state)
{
    struct fixture *f = *state;
    struct border_result r;
    struct err err;
    assert_int_equal(apply(f, &r, &err), 0);
    assert_int_equal(r.applied, CHANGES);
    assert_int_equal(r.added, 1);
    check_changed(f);
    uint64_t snapshot = r.snapshot;
    assert_int_equal(apply(f, &r, &err), 0);
    assert_int_equal(r.known, CHANGES);
    assert_int_equal(r.applied + r.added, 0);
    assert_int_equal(r.snapshot, snapshot);
    fixture_close(f);
    fixture_open(f);
    check_changed(f);
    assert_int_equal(fixture_snapshot(f), snapshot);
}

static void keeps_what_was_registered(void **state)
{
    struct fixture *f = *state;
    struct batch_result b;
    struct border_result r;
    struct err err;
    assert_int_equal(fixture_import(f, "b", 1, 40, &b, &err), 0);
    int64_t before = fixture_registrations(f);
    assert_int_equal(apply(f, &r, &err), 0);
    assert_int_equal(fixture_registrations(f), before);
    struct snap *s = snap_cell_get(f->cell);
    int64_t sum = 0;
    for (uint32_t o = 1; o < s->tree->n; o = s->tree->at[o].end)
        sum += tally_window(s, o, CUBE_ALL, INT32_MIN / 2, INT32_MAX / 2);
    assert_int_equal(sum, before);
    snap_unref(s);
}

static void refused(struct fixture *f, struct border_change c, int code, const char *part)
{
    struct border_result r;
    struct err err;
    uint64_t before = fixture_snapshot(f);
    struct border_change both[] = {change(BORDER_CLOSE, PLACE_BLOCK, 3104, 0, ON), c};
    assert_int_equal(store_borders_change(f->store, both, 2, &r, &err), code);
    if (strstr(err.msg, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    assert_int_equal(fixture_snapshot(f), before);
}

static void refuses_contradictions(void **state)
{
    struct fixture *f = *state;
    struct border_result r;
    struct err err;
    assert_int_equal(apply(f, &r, &err), 0);
    struct border_change c = change(BORDER_MOVE, PLACE_BLOCK, 3168, 0, ON - 5);
    c.parent_code = 326;
    refused(f, c, ERR_CONFLICT, "later day");
    c = change(BORDER_MOVE, PLACE_BLOCK, 77, 0, ON);
    c.parent_code = 326;
    refused(f, c, ERR_VALUE, "77");
    refused(f, change(BORDER_MERGE, PLACE_BLOCK, 3172, 3168, ON + 30), ERR_CONFLICT, "ended");
    refused(f, change(BORDER_SPLIT, PLACE_BLOCK, 3168, 3172, ON + 30), ERR_CONFLICT, "3172");
    refused(f, change(BORDER_SPLIT, PLACE_BLOCK, 3168, 5555, ON + 30), ERR_VALUE, "no name");
    refused(f, change(BORDER_CLOSE, PLACE_BLOCK, 3168, 0, DAY_NONE), ERR_VALUE, "missing");
}

static void a_block_of_two_districts_leaves_one(void **state)
{
    struct fixture *f = *state;
    struct border_result r;
    struct err err;
    struct place_change both[] = {fixture_place(PLACE_BLOCK, 2494, 607, "Shared"),
                                  fixture_place(PLACE_BLOCK, 2494, 326, "Shared")};
    fixture_merge(f, both, 2);
    struct border_change c = change(BORDER_MOVE, PLACE_BLOCK, 2494, 0, ON);
    c.parent_code = 326;
    c.old_parent_code = 607;
    assert_int_equal(store_borders_change(f->store, &c, 1, &r, &err), 0);
    struct snap *s = snap_cell_get(f->cell);
    for (uint32_t o = place_by_code(s->tree, PLACE_BLOCK, 2494); o != PLACE_NONE;
         o = s->tree->at[o].same)
        assert_int_equal(s->tree->at[s->tree->at[o].parent].code, 326);
    snap_unref(s);
    assert_int_equal(store_borders_change(f->store, &c, 1, &r, &err), 0);
    assert_int_equal(r.known, 1);
}

/* ---- a failing disk ---- */

static void work(struct fixture *f, int out)
{
    struct border_result r;
    struct err err;
    if (apply(f, &r, &err) == 0)
        acknowledge(out, 0);
    fixture_close(f);
}

static bool try_point(const struct trouble *t)
{
    struct fixture f = {.store = NULL};
    char what[128];
    struct border_result r;
    struct batch_result b;
    struct err err;
    tmpdir_make(f.dir);
    fixture_open(&f);
    fixture_places(&f);
    assert_int_equal(fixture_import(&f, "b", 1, 40, &b, &err), 0);
    int64_t registrations = fixture_registrations(&f);
    fixture_close(&f);
    trouble_tell(t, what);
    struct outcome o = disturb(f.dir, t, work);
    trouble_end();
    fixture_open(&f);
    assert_int_equal(fixture_registrations(&f), registrations);
    struct snap *s = snap_cell_get(f.cell);
    bool there = s->history != NULL;
    snap_unref(s);
    if (o.acknowledged[0] && !there)
        fail_msg("%s: the changes were acknowledged and are lost", what);
    assert_int_equal(apply(&f, &r, &err), 0);
    assert_int_equal(there ? r.known : r.applied, CHANGES); /* all of them or none */
    check_changed(&f);
    fixture_close(&f);
    tmpdir_remove(f.dir);
    return o.fired;
}

static void all_or_none_at_any_failing_point(void **state)
{
    (void)state;
    fault_install();
    long points = try_failing_points(try_point);
    print_message("%ld failing points\n", points);
    assert_true(points > 20);
}

static void all_or_none_when_memory_fails(void **state)
{
    struct fixture *f = *state;
    int failures = 0;
    for (uint64_t k = 1;; k++) {
        struct border_result r;
        struct err err;
        uint64_t before = fixture_snapshot(f);
        mem_fail_at(k);
        int rc = apply(f, &r, &err);
        mem_fail_at(0);
        assert_int_equal(fixture_snapshot(f), before + (rc == 0));
        failures += rc < 0;
        if (rc == 0)
            break;
    }
    assert_true(failures > 10);
    check_changed(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(applies_once_whatever_the_order, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(keeps_what_was_registered, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(refuses_contradictions, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_block_of_two_districts_leaves_one, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(all_or_none_when_memory_fails, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(all_or_none_at_any_failing_point, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests_name("store/borders", tests, NULL, NULL);
}
