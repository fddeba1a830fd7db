/* SPDX-License-Identifier: MIT
 *
 * Grants over a tree, and what a narrowed tree shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/date.h"
#include "base/near.h"
#include "data/grant.h"

/* State 20: district 607 with blocks 1, 2; district 608 with block 3 and block 2 again. */
static struct place_tree *tree(void)
{
    static const struct {
        uint32_t id, parent;
        enum place_level level;
        int64_t code;
        const char *name;
    } rows[] = {{1, 0, PLACE_STATE, 20, "Jharkhand"},  {2, 1, PLACE_DISTRICT, 607, "Ramgarh"},
                {3, 1, PLACE_DISTRICT, 608, "Bokaro"}, {4, 2, PLACE_BLOCK, 1, "Gola"},
                {5, 2, PLACE_BLOCK, 2, "Dulmi"},       {6, 3, PLACE_BLOCK, 3, "Golla"},
                {7, 3, PLACE_BLOCK, 2, "Dulmi"}};
    struct place_row row[ARRAY_LEN(rows)];
    struct place_tree *t;
    struct err err;
    memset(row, 0, sizeof row);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        row[i] = (struct place_row){.id = rows[i].id,
                                    .parent_id = rows[i].parent,
                                    .level = rows[i].level,
                                    .code = rows[i].code,
                                    .name = str_of(rows[i].name),
                                    .valid_from = DAY_NONE,
                                    .valid_to = DAY_NONE};
        for (size_t k = 0; k < PLACE_FACTS_MAX; k++)
            row[i].fact[k] = (double)NAN;
    }
    assert_int_equal(place_tree_new(row, ARRAY_LEN(rows), NULL, 0, &t, &err), 0);
    return t;
}

static struct place_tree *narrowed(struct place_tree *t, const struct grant_place *p, size_t n)
{
    struct arena a;
    struct place_span *span;
    struct place_tree *out;
    struct err err;
    struct grant g = {.place = p, .places = n};
    size_t spans;
    arena_init(&a, MEM_DATA, 0);
    assert_int_equal(grant_spans(&g, t, &a, &span, &spans, &err), 0);
    for (size_t i = 0; i < spans; i++)
        assert_true(span[i].lo < span[i].hi && (i == 0 || span[i - 1].hi < span[i].lo));
    assert_int_equal(place_tree_narrow(t, span, spans, &out, &err), 0);
    arena_fini(&a);
    return out;
}

static bool finds(const struct place_tree *t, enum place_level level, const char *text)
{
    uint32_t found[4];
    return place_find(t, level, 0, str_of(text), found, 4) > 0;
}

static void a_block_is_seen_and_what_it_lies_in_is_named(void **state)
{
    (void)state;
    struct place_tree *t = tree();
    struct place_tree *n = narrowed(t, (struct grant_place[]){{PLACE_BLOCK, 1}}, 1);
    assert_true(place_id_is_seen(n, 4));
    assert_false(place_id_is_seen(n, 2)); /* rows of the district alone are not */
    assert_true(place_is_shown(n, place_order(n, 2)));
    assert_true(place_is_shown(n, 0));
    assert_false(place_is_shown(n, place_order(n, 5)));
    assert_true(finds(n, PLACE_BLOCK, "Gola") && finds(n, PLACE_DISTRICT, "607"));
    assert_false(finds(n, PLACE_BLOCK, "Dulmi") || finds(n, PLACE_BLOCK, "2") ||
                 finds(n, PLACE_DISTRICT, "Bokaro"));
    assert_int_equal(place_by_code(n, PLACE_BLOCK, 3), PLACE_NONE);
    struct near_list near;
    near_init(&near);
    place_near(n, PLACE_BLOCK, 0, STR("Golla"), &near);
    assert_int_equal(near.n, 1);
    assert_true(str_eq(near.name[0], STR("Gola")));
    assert_true(place_id_is_seen(t, 5) && finds(t, PLACE_BLOCK, "Dulmi")); /* as before */
    place_tree_unref(t);
    assert_true(finds(n, PLACE_BLOCK, "Gola")); /* it holds the whole one */
    place_tree_unref(n);
}

static void a_block_in_two_districts_is_seen_in_both(void **state)
{
    (void)state;
    struct place_tree *t = tree();
    struct place_tree *n = narrowed(t, (struct grant_place[]){{PLACE_BLOCK, 2}}, 1);
    assert_true(place_id_is_seen(n, 5) && place_id_is_seen(n, 7));
    assert_false(place_id_is_seen(n, 4) || place_id_is_seen(n, 6));
    place_tree_unref(n);
    n = narrowed(t, (struct grant_place[]){{PLACE_DISTRICT, 607}}, 1);
    assert_true(place_id_is_seen(n, 5) && place_id_is_seen(n, 2));
    assert_false(place_id_is_seen(n, 7)); /* the part that lies in the other */
    place_tree_unref(n);
    place_tree_unref(t);
}

static void places_in_one_another_are_one(void **state)
{
    (void)state;
    struct place_tree *t = tree();
    const struct grant_place p[] = {
        {PLACE_BLOCK, 1}, {PLACE_STATE, 20}, {PLACE_BLOCK, 3}, {PLACE_BLOCK, 99}};
    struct place_tree *n = narrowed(t, p, ARRAY_LEN(p));
    assert_int_equal(n->seens, 1);
    place_tree_unref(n);
    n = narrowed(t, p + 3, 1); /* nowhere */
    for (uint32_t i = 0; i < n->n; i++)
        assert_false(place_is_shown(n, i));
    place_tree_unref(n);
    place_tree_unref(t);
}

static void sources_are_told_apart(void **state)
{
    (void)state;
    const struct str csc[] = {{"csc", 3}};
    const struct grant g = {.source = csc, .sources = 1};
    const struct grant none = {.sources = 0};
    assert_true(grant_has_source(&g, STR("csc")));
    assert_false(grant_has_source(&g, STR("csc2")) || grant_has_source(&g, STR("")));
    assert_true(grant_has_source(&none, STR("x")) && grant_has_source(NULL, STR("x")));
    assert_true(grant_is_whole(NULL) && grant_is_whole(&none));
    assert_false(grant_is_whole(&g));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_is_seen_and_what_it_lies_in_is_named),
        cmocka_unit_test(a_block_in_two_districts_is_seen_in_both),
        cmocka_unit_test(places_in_one_another_are_one),
        cmocka_unit_test(sources_are_told_apart),
    };
    return cmocka_run_group_tests_name("data/grant", tests, NULL, NULL);
}
