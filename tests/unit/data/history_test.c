/* SPDX-License-Identifier: MIT
 *
 * Borders of other days: what moved lies where it lay, what became another place counts as it, and
 * every id has one node in every tree. */
#include "data/history.h"

#include "fixture.h"

#include "base/buf.h"

enum { SPLIT_ON = 19086, MERGE_ON = 19113, RENAME_ON = 19358, NEW_DISTRICT = 20, PLACES = 14 };

/* A district carved out of 607, to which Gola moved; block 3104 became part of 3175's district mate
 * 3168; district 326 was renamed. */
static void stored(struct place_row row[PLACES])
{
    fixture_rows(row);
    row[13] = row[2];
    row[13].id = NEW_DISTRICT;
    row[13].code = 801;
    row[13].name = STR("Nava Zila");
    row[13].valid_from = SPLIT_ON;
    row[5].parent_id = NEW_DISTRICT;
    row[6].valid_to = MERGE_ON - 1;
    row[3].name = STR("Dumka Nagar");
}

static const struct place_event events[] = {
    {.kind = PLACE_PASSED, .on = SPLIT_ON, .id = 3, .to_id = NEW_DISTRICT, .share = 0.4},
    {.kind = PLACE_MOVED, .on = SPLIT_ON, .id = 6, .from_id = 3, .to_id = NEW_DISTRICT},
    {.kind = PLACE_PASSED, .on = MERGE_ON, .id = 7, .to_id = 5},
    {.kind = PLACE_RENAMED, .on = RENAME_ON, .id = 4, .old_name = {"Dumka", 5}},
};

static struct place_tree *tree_on(int32_t day)
{
    struct place_row row[PLACES];
    struct place_tree *t = NULL;
    struct arena a;
    struct err err = {0};
    stored(row);
    arena_init(&a, MEM_DATA, 0);
    assert_int_equal(history_apply(row, PLACES, events, ARRAY_LEN(events), day, &a, &err), 0);
    assert_int_equal(place_tree_new(row, PLACES, NULL, 0, &t, &err), 0);
    arena_fini(&a);
    return t;
}

static int64_t code_above(const struct place_tree *t, uint32_t id, enum place_level level)
{
    uint32_t up = place_above(t, place_order(t, id), level);
    return t->at[place_order(t, t->at[up].identity)].code;
}

static void what_moved_lies_where_it_lay(void **state)
{
    (void)state;
    struct place_tree *before = tree_on(SPLIT_ON - 1);
    struct place_tree *after = tree_on(SPLIT_ON);
    assert_int_equal(code_above(before, 6, PLACE_DISTRICT), 607);
    assert_int_equal(code_above(after, 6, PLACE_DISTRICT), 801);
    assert_int_equal(code_above(before, 12, PLACE_DISTRICT), 607); /* with what lies in it */
    assert_int_equal(code_above(after, 12, PLACE_DISTRICT), 801);
    assert_int_equal(code_above(after, 5, PLACE_DISTRICT), 607);
    place_tree_unref(before);
    place_tree_unref(after);
}

static void what_is_not_there_counts_as_another(void **state)
{
    (void)state;
    uint32_t out[2];
    struct place_tree *before = tree_on(SPLIT_ON - 1);
    struct place_tree *after = tree_on(MERGE_ON);
    const struct place *young = &before->at[place_order(before, NEW_DISTRICT)];
    assert_true(young->gone);
    assert_int_equal(young->identity, 3); /* it came out of one district */
    const struct place *ended = &after->at[place_order(after, 7)];
    assert_true(ended->gone);
    assert_int_equal(ended->identity, 5);
    assert_int_equal(code_above(after, 7, PLACE_DISTRICT), 607);
    uint32_t first = place_first(after, place_order(after, 7));
    assert_int_equal(after->at[first].code, 3175);
    assert_int_equal(after->at[after->at[first].same].code, 3104);
    uint32_t dumka = place_by_code(after, PLACE_DISTRICT, 326);
    assert_int_equal(place_find(after, PLACE_BLOCK, dumka, STR("Ramgarh"), out, 2), 0);
    assert_int_equal(place_find(after, PLACE_BLOCK, 0, STR("3104"), out, 2), 0);
    assert_int_equal(place_find_gone(after, PLACE_BLOCK, 0, STR("3104"), out, 2), 1);
    place_tree_unref(before);
    place_tree_unref(after);
}

static void former_names_are_found_after_present_ones(void **state)
{
    (void)state;
    uint32_t out[2];
    struct place_tree *before = tree_on(RENAME_ON - 1);
    struct place_tree *after = tree_on(RENAME_ON);
    assert_int_equal(place_find(before, PLACE_DISTRICT, 0, STR("Dumka Nagar"), out, 2), 0);
    assert_int_equal(place_find(before, PLACE_DISTRICT, 0, STR("dumka"), out, 2), 1);
    assert_int_equal(place_find(after, PLACE_DISTRICT, 0, STR("dumka"), out, 2), 1);
    assert_int_equal(after->at[out[0]].code, 326);
    assert_true(str_eq(after->at[out[0]].name, STR("Dumka Nagar")));
    place_tree_unref(before);
    place_tree_unref(after);
}

static void borders_are_remembered(void **state)
{
    (void)state;
    struct place_tree *now = tree_on(RENAME_ON + 10);
    struct place_history *h = NULL;
    struct borders *a = NULL, *b = NULL, *c = NULL;
    struct err err = {0};
    assert_int_equal(history_new(now, events, ARRAY_LEN(events), &h, &err), 0);
    assert_int_equal(h->days, 3);
    assert_int_equal(history_borders(h, RENAME_ON, &a, &err), 0);
    assert_null(a); /* those of today */
    assert_int_equal(history_borders(h, MERGE_ON, &a, &err), 0);
    assert_int_equal(history_borders(h, RENAME_ON - 1, &b, &err), 0);
    assert_ptr_equal(a, b);
    assert_int_equal(history_borders(h, SPLIT_ON - 500, &c, &err), 0);
    for (uint32_t i = 0; i < now->n; i++) {
        assert_int_equal(now->at[i].id, c->tree->at[c->order[i]].id);
    }
    /* Gola lies elsewhere: in the new district, and in the state, which holds both, it does not. */
    uint32_t young = place_by_code(now, PLACE_DISTRICT, 801);
    assert_int_equal(c->mixed[young], 0); /* the district itself counted as 607 */
    assert_int_equal(c->mixed[place_by_code(now, PLACE_DISTRICT, 607)], 1); /* 3104 lay in 326 */
    borders_unref(a);
    borders_unref(b);
    borders_unref(c);
    history_unref(h);
    place_tree_unref(now);
}

static void tells_what_became_of_a_place(void **state)
{
    (void)state;
    struct place_tree *now = tree_on(RENAME_ON);
    struct place_history *h = NULL;
    struct arena arena;
    struct str text;
    struct buf b;
    struct err err = {0};
    assert_int_equal(history_new(now, events, ARRAY_LEN(events), &h, &err), 0);
    buf_init(&b, MEM_DATA);
    history_say_end(h, now, place_order(now, 7), &b);
    buf_char(&b, '\0');
    assert_string_equal(b.p, "it ended after 2022-04-30: it passed into block 3175 Ramgarh");
    buf_fini(&b);
    arena_init(&arena, MEM_DATA, 0);
    assert_int_equal(history_heirs_text(h, now, 3, false, &arena, &text, &err), 0);
    assert_true(str_eq(text, STR("district 801 Nava Zila since 2022-04-03")) ||
                str_eq(text, STR("district 801 Nava Zila since 2022-04-04")));
    assert_int_equal(history_heirs_text(h, now, 5, false, &arena, &text, &err), 0);
    assert_int_equal(text.n, 0);
    arena_fini(&arena);
    history_unref(h);
    place_tree_unref(now);
}

static void refuses_events_of_unknown_places(void **state)
{
    (void)state;
    struct place_row row[PLACES];
    struct place_event e = {.kind = PLACE_MOVED, .on = 1, .id = 6, .from_id = 99};
    struct arena a;
    struct err err = {0};
    stored(row);
    arena_init(&a, MEM_DATA, 0);
    assert_int_equal(history_apply(row, PLACES, &e, 1, 0, &a, &err), ERR_CORRUPT);
    arena_fini(&a);
}

static void survives_every_failed_allocation(void **state)
{
    (void)state;
    struct place_tree *now = tree_on(RENAME_ON);
    int failures = 0;
    for (uint64_t k = 1, good = 0; good < 1; k++) {
        struct place_history *h = NULL;
        struct borders *b = NULL;
        struct err err = {0};
        mem_fail_at(k);
        int rc = history_new(now, events, ARRAY_LEN(events), &h, &err);
        rc = rc < 0 ? rc : history_borders(h, SPLIT_ON - 1, &b, &err);
        mem_fail_at(0);
        assert_true(rc == 0 || rc == ERR_MEM);
        good += rc == 0;
        failures += rc < 0;
        borders_unref(b);
        history_unref(h);
    }
    assert_true(failures > 5);
    place_tree_unref(now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_moved_lies_where_it_lay),
        cmocka_unit_test(what_is_not_there_counts_as_another),
        cmocka_unit_test(former_names_are_found_after_present_ones),
        cmocka_unit_test(borders_are_remembered),
        cmocka_unit_test(tells_what_became_of_a_place),
        cmocka_unit_test(refuses_events_of_unknown_places),
        cmocka_unit_test(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("data/history", tests, NULL, NULL);
}
