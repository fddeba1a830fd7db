/* SPDX-License-Identifier: MIT
 *
 * What is known of the plugins: learnt once, unknown again after a swap or for other places. */
#include "../../../core/net/seen.h"

#include "world.h"

static void a_swap_makes_it_unknown(void **state)
{
    struct world *w = *state;
    struct seen s;
    struct err e = {0};
    uint64_t before = 0;
    uint64_t after = 0;
    seen_init(&s);
    assert_int_equal(seen_listen(w->registry, &e), 0);
    assert_false(seen_get(&s, 5, &before));
    unsigned swaps = seen_swaps();
    const struct plugin_set *set = registry_get(w->registry);
    seen_learn(&s, swaps, 5, set);
    plugin_set_unref(set);
    assert_true(seen_get(&s, 5, &before));
    assert_false(seen_get(&s, 6, &before));
    assert_int_equal(seen_numbers_get(&s).plugins, 1);
    world_write(w->plugins, "broken.lua", "plugin {");
    assert_int_equal(registry_reload(w->registry, &e), 0);
    assert_false(seen_get(&s, 5, &before));
    set = registry_get(w->registry);
    seen_learn(&s, seen_swaps(), 5, set);
    plugin_set_unref(set);
    assert_true(seen_get(&s, 5, &after));
    assert_int_not_equal(before, after);
    assert_int_equal(seen_numbers_get(&s).broken, 1);
    seen_fini(&s);
}

static void learning_across_a_swap_does_not_last(void **state)
{
    struct world *w = *state;
    struct seen s;
    struct err e = {0};
    uint64_t hash = 0;
    seen_init(&s);
    assert_int_equal(seen_listen(w->registry, &e), 0);
    unsigned swaps = seen_swaps();
    const struct plugin_set *old = registry_get(w->registry);
    world_write(w->plugins, "trial.lua", world_plugin);
    world_write(w->plugins, "another.lua", "plugin {");
    assert_int_equal(registry_reload(w->registry, &e), 0);
    seen_learn(&s, swaps, 5, old); /* too late: it was swapped in between */
    plugin_set_unref(old);
    assert_false(seen_get(&s, 5, &hash));
    seen_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_swap_makes_it_unknown, world_up, world_down),
        cmocka_unit_test_setup_teardown(learning_across_a_swap_does_not_last, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/seen", tests, NULL, NULL);
}
