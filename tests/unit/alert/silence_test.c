/* SPDX-License-Identifier: MIT
 *
 * Whom a silence covers. */
#include "../../../core/alert/silence.h"

#include "../script/world.h"

static void rule_place_and_time_all_have_to_fit(void **state)
{
    (void)state;
    struct err err;
    struct place_tree *t;
    struct str fact = STR("workers");
    assert_int_equal(place_tree_new(world_places, ARRAY_LEN(world_places), &fact, 1, &t, &err), 0);
    const struct alert_row gola = {.plugin = STR("drive"),
                                   .rule = STR("lagging"),
                                   .place_level = PLACE_BLOCK,
                                   .place_code = 3168};
    const struct alert_row bermo = {.plugin = STR("drive"),
                                    .rule = STR("lagging"),
                                    .place_level = PLACE_BLOCK,
                                    .place_code = 3064};
    const struct alert_row source = {.plugin = STR("drive"), .rule = STR("silent_source")};
    struct alert_silence s = {.place_level = PLACE_DISTRICT, .place_code = 607, .until_ms = 1000};
    assert_true(silence_covers(&s, &gola, t, 999));
    assert_false(silence_covers(&s, &gola, t, 1000));
    assert_false(silence_covers(&s, &bermo, t, 999));
    assert_false(silence_covers(&s, &source, t, 999));
    s.rule = STR("stalled");
    assert_false(silence_covers(&s, &gola, t, 999));
    s.rule = STR("lagging");
    s.plugin = STR("mine");
    assert_false(silence_covers(&s, &gola, t, 999));
    s.plugin = STR("drive");
    assert_true(silences_cover(&s, 1, &gola, t, 999));
    s.ended_ms = 5;
    assert_false(silences_cover(&s, 1, &gola, t, 999));
    const struct alert_silence rule = {.rule = STR("silent_source"), .until_ms = 1000};
    assert_true(silence_covers(&rule, &source, NULL, 0));
    place_tree_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rule_place_and_time_all_have_to_fit)};
    return cmocka_run_group_tests_name("alert/silence", tests, NULL, NULL);
}
