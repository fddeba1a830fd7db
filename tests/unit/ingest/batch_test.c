/* SPDX-License-Identifier: MIT
 *
 * Batches from text to answer. */
#include "world.h"

#include "base/json.h"

static void imports_and_counts(void **state)
{
    struct world *w = *state;
    struct batch_result r;
    struct err err;
    int rc = world_import(
        w, "test", "t1", "date,district,block,sector,count\n2021-11-20,607,Gola,कृषि,5\n", &r, &err);
    assert_int_equal(rc, 0);
    assert_int_equal(r.accepted, 1);
    assert_int_equal(r.registrations, 5);
    assert_false(r.duplicate);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, CUBE_ALL), 5);
    assert_int_equal(world_count(w, PLACE_DISTRICT, 607, 1), 5);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3175, CUBE_ALL), 0);
    world_reopen(w);
    assert_int_equal(world_count(w, PLACE_DISTRICT, 607, 1), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(imports_and_counts, world_setup, world_teardown),
    };
    return cmocka_run_group_tests_name("ingest/batch", tests, NULL, NULL);
}
