/* SPDX-License-Identifier: MIT
 *
 * Merging places: ids stay, order of changes does not matter, data stays where it was. */
#include "fixture.h"

static void adds_updates_and_leaves(void **state)
{
    struct fixture *f = *state;
    struct place_change again = fixture_place(PLACE_BLOCK, 3168, 607, "Gola");
    struct place_merge_result r = fixture_merge(f, &again, 1);
    assert_int_equal(r.added + r.updated, 0);
    assert_int_equal(r.unchanged, 1);
    assert_int_equal(r.snapshot, fixture_snapshot(f));
    again.name_hi = STR("गोला");
    uint64_t before = fixture_snapshot(f);
    r = fixture_merge(f, &again, 1);
    assert_int_equal(r.updated, 1);
    assert_int_equal(r.snapshot, before + 1);
    again.name_hi = STR_NULL; /* not told: stays */
    r = fixture_merge(f, &again, 1);
    assert_int_equal(r.unchanged, 1);
    fixture_close(f);
    fixture_open(f);
    struct snap *s = snap_cell_get(f->cell);
    uint32_t order = place_by_code(s->tree, PLACE_BLOCK, 3168);
    assert_true(str_eq(s->tree->at[order].name_hi, STR("गोला")));
    snap_unref(s);
}

static void keeps_ids_and_counts_when_places_come(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    assert_int_equal(fixture_import(f, "b1", 1, 100, &r, &err), 0);
    int64_t gola = fixture_count(f, PLACE_BLOCK, 3168);
    struct snap *s = snap_cell_get(f->cell);
    uint32_t id = s->tree->at[place_by_code(s->tree, PLACE_BLOCK, 3168)].id;
    snap_unref(s);
    struct place_change more[] = {
        fixture_place(PLACE_STATE, 1, 0, "Before"),
        fixture_place(PLACE_DISTRICT, 2, 1, "Them"),
        fixture_place(PLACE_BLOCK, 3, 2, "All"),
        fixture_place(PLACE_BLOCK, 3100, 607, "Early"),
        fixture_place(PLACE_PANCHAYAT, 9001, 3168, "Inside"),
    };
    assert_int_equal(fixture_merge(f, more, ARRAY_LEN(more)).added, 5);
    for (int round = 0; round < 2; round++) {
        s = snap_cell_get(f->cell);
        assert_int_equal(s->tree->at[place_by_code(s->tree, PLACE_BLOCK, 3168)].id, id);
        snap_unref(s);
        assert_int_equal(fixture_count(f, PLACE_BLOCK, 3168), gola);
        assert_int_equal(fixture_count(f, PLACE_STATE, 20), 199);
        assert_int_equal(fixture_count(f, PLACE_STATE, 1), 0);
        fixture_close(f);
        fixture_open(f);
    }
    assert_int_equal(fixture_import(f, "b2", 2, 100, &r, &err), 0);
    assert_int_equal(fixture_count(f, PLACE_STATE, 20), 398);
}

static void keeps_a_block_under_two_districts(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct place_merge_result r;
    struct place_change c[] = {
        fixture_place(PLACE_BLOCK, 2494, 607, "Shared"),
        fixture_place(PLACE_BLOCK, 2494, 326, "Shared"),
    };
    assert_int_equal(fixture_merge(f, c, 2).added, 2);
    assert_int_equal(fixture_merge(f, c, 2).unchanged, 2);
    struct snap *s = snap_cell_get(f->cell);
    uint32_t first = place_by_code(s->tree, PLACE_BLOCK, 2494);
    uint32_t second = s->tree->at[first].same;
    assert_int_not_equal(second, PLACE_NONE);
    assert_int_equal(s->tree->at[first].identity, s->tree->at[second].identity);
    snap_unref(s);
    struct place_change inside = fixture_place(PLACE_PANCHAYAT, 5, 2494, "Below");
    assert_int_equal(
        store_places_merge(f->store, &(struct place_changes){.at = &inside, .n = 1, .on = DAY_NONE},
                           &r, &err),
        ERR_AMBIGUOUS);
    inside.parent_parent_code = 326;
    assert_int_equal(fixture_merge(f, &inside, 1).added, 1);
}

static void keeps_facts(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct place_merge_result r;
    struct str names[] = {STR("workers"), STR("population")};
    struct place_change c = fixture_place(PLACE_BLOCK, 3168, 607, "");
    c.fact[1] = 123456;
    assert_int_equal(
        store_places_merge(f->store,
                           &(struct place_changes){
                               .at = &c, .n = 1, .fact_names = names, .facts = 2, .on = DAY_NONE},
                           &r, &err),
        0);
    assert_int_equal(r.updated, 1);
    struct str other[] = {STR("Population")}; /* the same, whatever the case */
    c.fact[0] = 123456;
    c.fact[1] = (double)NAN;
    assert_int_equal(
        store_places_merge(f->store,
                           &(struct place_changes){
                               .at = &c, .n = 1, .fact_names = other, .facts = 1, .on = DAY_NONE},
                           &r, &err),
        0);
    assert_int_equal(r.unchanged, 1);
    fixture_close(f);
    fixture_open(f);
    struct snap *s = snap_cell_get(f->cell);
    const struct place *p = &s->tree->at[place_by_code(s->tree, PLACE_BLOCK, 3168)];
    int fact = place_fact_index(s->tree, STR("population"));
    assert_int_equal(fact, 1);
    assert_true(p->fact[fact] > 123455 && p->fact[fact] < 123457);
    assert_true(isnan(p->fact[place_fact_index(s->tree, STR("workers"))]));
    assert_true(str_eq(p->name, STR("Gola")));
    snap_unref(s);
}

static void counts_implied_places_only_when_new(void **state)
{
    struct fixture *f = *state;
    struct place_change c[] = {
        fixture_place(PLACE_DISTRICT, 607, 20, "Another name"),
        fixture_place(PLACE_DISTRICT, 364, 20, "Ranchi"),
    };
    c[0].implied = true;
    c[1].implied = true;
    struct place_merge_result r = fixture_merge(f, c, 2);
    assert_int_equal(r.added, 1);
    assert_int_equal(r.updated + r.unchanged, 0);
    struct snap *s = snap_cell_get(f->cell);
    const struct place *p = &s->tree->at[place_by_code(s->tree, PLACE_DISTRICT, 607)];
    assert_true(str_eq(p->name, STR("Ramgarh")));
    snap_unref(s);
}

static void expect_refused(struct fixture *f, struct place_change good, struct place_change bad,
                           int code, const char *part)
{
    struct err err;
    struct place_merge_result r;
    struct place_change c[] = {good, bad};
    uint64_t before = fixture_snapshot(f);
    assert_int_equal(store_places_merge(f->store,
                                        &(struct place_changes){.at = c, .n = 2, .on = DAY_NONE},
                                        &r, &err),
                     code);
    if (strstr(err.msg, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    assert_int_equal(fixture_snapshot(f), before);
    struct snap *s = snap_cell_get(f->cell);
    assert_int_equal(place_by_code(s->tree, good.level, good.code), PLACE_NONE);
    snap_unref(s);
}

static void refuses_all_or_nothing(void **state)
{
    struct fixture *f = *state;
    struct place_change good = fixture_place(PLACE_BLOCK, 1, 607, "Good");
    expect_refused(f, good, fixture_place(PLACE_BLOCK, 2, 999, "Lost"), ERR_VALUE, "999");
    expect_refused(f, good, fixture_place(PLACE_BLOCK, 2, 607, ""), ERR_VALUE, "no name");
    expect_refused(f, good, fixture_place(PLACE_BLOCK, -2, 607, "X"), ERR_VALUE, "-2");
    expect_refused(f, good, fixture_place(PLACE_COUNTRY, 2, 0, "X"), ERR_VALUE, "state");
    assert_int_equal(fixture_merge(f, &good, 1).added, 1);
}

static void survives_every_failed_allocation(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct place_merge_result r;
    int failures = 0;
    int64_t code = 100;
    for (uint64_t k = 1, quiet = 0; quiet < 40; k++) {
        struct place_change c = fixture_place(PLACE_BLOCK, code, 607, "New");
        uint64_t before = fixture_snapshot(f);
        mem_fail_at(k);
        int rc = store_places_merge(
            f->store, &(struct place_changes){.at = &c, .n = 1, .on = DAY_NONE}, &r, &err);
        mem_fail_at(0);
        quiet = rc == 0 ? quiet + 1 : 0;
        failures += rc != 0;
        code += rc == 0;
        assert_int_equal(fixture_snapshot(f), before + (rc == 0));
        assert_int_equal(store_state_of(f->store), STORE_READY);
    }
    assert_true(failures > 10);
    fixture_close(f);
    fixture_open(f);
    struct snap *s = snap_cell_get(f->cell);
    assert_int_not_equal(place_by_code(s->tree, PLACE_BLOCK, code - 1), PLACE_NONE);
    snap_unref(s);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(adds_updates_and_leaves),
        TEST(keeps_ids_and_counts_when_places_come),
        TEST(keeps_a_block_under_two_districts),
        TEST(keeps_facts),
        TEST(counts_implied_places_only_when_new),
        TEST(refuses_all_or_nothing),
        TEST(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("store/places", tests, NULL, NULL);
}
