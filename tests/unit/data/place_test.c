/* SPDX-License-Identifier: MIT
 *
 * The tree of places: order, identities, names. */
#include "fixture.h"

#include "base/near.h"

static void every_place_is_a_range(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    assert_int_equal(t->n, ARRAY_LEN(fixture_places) + 1);
    assert_int_equal(t->at[0].end, t->n);
    for (uint32_t i = 1; i < t->n; i++) {
        const struct place *p = &t->at[i];
        assert_true(p->parent < i && i < t->at[p->parent].end && p->end <= t->at[p->parent].end);
        assert_int_equal(t->at[p->parent].level + 1, p->level);
        assert_int_equal(place_order(t, p->id), i);
        for (uint32_t k = i; k < p->end; k++) {
            assert_int_equal(place_above(t, k, p->level), i);
        }
    }
    assert_int_equal(place_order(t, 999), PLACE_NONE);
    place_tree_unref(t);
}

static void children_stand_by_code(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    uint32_t d = place_by_code(t, PLACE_DISTRICT, 607);
    assert_int_equal(t->at[d + 1].code, 3168);
    assert_int_equal(t->at[t->at[d + 1].end].code, 3175);
    place_tree_unref(t);
}

static void a_block_in_two_districts_is_one_identity(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    uint32_t a = place_by_code(t, PLACE_BLOCK, 2494);
    uint32_t b = t->at[a].same;
    assert_int_not_equal(b, PLACE_NONE);
    assert_int_equal(t->at[b].same, PLACE_NONE);
    assert_int_equal(t->at[a].identity, 10);
    assert_int_equal(t->at[b].identity, 10);
    uint32_t out[4];
    assert_int_equal(place_find(t, PLACE_BLOCK, 0, STR("gobardhana"), out, 4), 1);
    uint32_t baksa = place_by_code(t, PLACE_DISTRICT, 616);
    assert_int_equal(place_find(t, PLACE_BLOCK, baksa, STR("2494"), out, 4), 1);
    assert_int_equal(place_above(t, out[0], PLACE_DISTRICT), baksa);
    place_tree_unref(t);
}

static void names_are_found_inside_their_parent(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    uint32_t out[4];
    assert_int_equal(place_find(t, PLACE_BLOCK, 0, STR("RAMGARH"), out, 4), 2);
    uint32_t d = place_by_code(t, PLACE_DISTRICT, 607);
    assert_int_equal(place_find(t, PLACE_BLOCK, d, STR(" ramgarh "), out, 4), 1);
    assert_int_equal(t->at[out[0]].code, 3175);
    /* the nukta letter in one piece and in two */
    assert_int_equal(place_find(t, PLACE_DISTRICT, 0, STR("रामगढ़"), out, 4), 1);
    assert_int_equal(out[0], d);
    assert_int_equal(
        place_find(t, PLACE_DISTRICT, 0, STR("\u0930\u093e\u092e\u0917\u095d"), out, 4), 1);
    assert_int_equal(out[0], d);
    assert_int_equal(place_find(t, PLACE_BLOCK, 0, STR("Ramgarh-Cantt"), out, 4), 1);
    uint32_t hi[4];
    assert_int_equal(place_find(t, PLACE_BLOCK, 0, STR("रामगढ़ छावनी"), hi, 4), 1);
    assert_int_equal(hi[0], out[0]);
    assert_int_equal(place_find(t, PLACE_BLOCK, 0, STR("Atlantis"), out, 4), 0);
    assert_int_equal(place_find(t, PLACE_BLOCK, 0, STR(""), out, 4), 0);
    place_tree_unref(t);
}

static void levels_do_not_share_codes(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    assert_int_equal(place_by_code(t, PLACE_BLOCK, 607), PLACE_NONE);
    assert_int_equal(t->at[place_by_code(t, PLACE_STATE, 20)].id, 1);
    place_tree_unref(t);
}

static void near_names_help(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    struct near_list l;
    near_init(&l);
    place_near(t, PLACE_BLOCK, place_by_code(t, PLACE_DISTRICT, 607), STR("Golla"), &l);
    assert_true(l.n >= 1);
    assert_true(str_eq(l.name[0], STR("Gola")));
    place_tree_unref(t);
}

static void names_in_the_language_asked_for(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    const struct place *gola = &t->at[place_by_code(t, PLACE_BLOCK, 3168)];
    const struct place *dumka_block = &t->at[place_by_code(t, PLACE_BLOCK, 3104)];
    assert_true(str_eq(place_name(gola, true), STR("गोला")));
    assert_true(str_eq(place_name(gola, false), STR("Gola")));
    assert_true(str_eq(place_name(dumka_block, true), STR("Ramgarh")));
    assert_int_equal(place_fact_index(t, STR("Workers")), 0);
    assert_int_equal(place_fact_index(t, STR("height")), -1);
    place_tree_unref(t);
}

static void bad_rows_are_refused(void **state)
{
    (void)state;
    struct place_row row[ARRAY_LEN(fixture_places)];
    struct place_tree *t = NULL;
    struct err err = {0};
    fixture_rows(row);
    row[4].parent_id = 77;
    assert_int_equal(place_tree_new(row, ARRAY_LEN(row), NULL, 0, &t, &err), ERR_VALUE);
    assert_non_null(strstr(err.msg, "parent"));
    fixture_rows(row);
    row[4].parent_id = 1; /* a block in a state */
    assert_int_equal(place_tree_new(row, ARRAY_LEN(row), NULL, 0, &t, &err), ERR_VALUE);
    fixture_rows(row);
    row[4].id = 6;
    assert_int_equal(place_tree_new(row, ARRAY_LEN(row), NULL, 0, &t, &err), ERR_VALUE);
    fixture_rows(row);
    row[5].code = 3175; /* the same block twice in one district */
    assert_int_equal(place_tree_new(row, ARRAY_LEN(row), NULL, 0, &t, &err), ERR_VALUE);
    assert_null(t);
}

static void an_empty_tree_is_the_country(void **state)
{
    (void)state;
    struct place_tree *t = NULL;
    struct err err = {0};
    assert_int_equal(place_tree_new(NULL, 0, NULL, 0, &t, &err), 0);
    assert_int_equal(t->n, 1);
    assert_int_equal(place_by_code(t, PLACE_STATE, 20), PLACE_NONE);
    place_tree_unref(t);
}

static void no_memory_is_an_error(void **state)
{
    (void)state;
    struct place_row row[ARRAY_LEN(fixture_places)];
    fixture_rows(row);
    int rc = ERR_MEM;
    for (uint64_t k = 1; rc < 0 && k < 100; k++) {
        struct place_tree *t = NULL;
        struct err err = {0};
        mem_fail_at(k);
        rc = place_tree_new(row, ARRAY_LEN(row), NULL, 0, &t, &err);
        mem_fail_at(0);
        assert_true(rc == 0 || rc == ERR_MEM);
        place_tree_unref(t);
    }
    assert_int_equal(rc, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_place_is_a_range),
        cmocka_unit_test(children_stand_by_code),
        cmocka_unit_test(a_block_in_two_districts_is_one_identity),
        cmocka_unit_test(names_are_found_inside_their_parent),
        cmocka_unit_test(levels_do_not_share_codes),
        cmocka_unit_test(near_names_help),
        cmocka_unit_test(names_in_the_language_asked_for),
        cmocka_unit_test(bad_rows_are_refused),
        cmocka_unit_test(an_empty_tree_is_the_country),
        cmocka_unit_test(no_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("data/place", tests, NULL, NULL);
}
