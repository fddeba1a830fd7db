/* SPDX-License-Identifier: MIT
 *
 * Published figures: kept as said, each once. */
#include "fixture.h"

static uint32_t district(struct fixture *f)
{
    struct snap *s = snap_cell_get(f->cell);
    uint32_t identity = s->tree->at[place_by_code(s->tree, PLACE_DISTRICT, 607)].identity;
    snap_unref(s);
    return identity;
}

static void keeps_what_was_said_once(void **state)
{
    struct fixture *f = *state;
    struct err err;
    size_t added;
    uint64_t snapshot;
    struct stated_change c[] = {
        {DAY0, district(f), 0, 42478, STR("ddc")},    {DAY0, district(f), 1, 24239, STR("ddc")},
        {DAY0, district(f), 0, 42478, STR("ddc")}, /* the same again */
        {DAY0, district(f), 0, 42500, STR("ddc")}, /* another figure for the same */
        {DAY0, district(f), 0, 42478, STR("portal")},
    };
    uint64_t before = fixture_snapshot(f);
    assert_int_equal(store_stated_add(f->store, c, ARRAY_LEN(c), &added, &snapshot, &err), 0);
    assert_int_equal(added, 4);
    assert_int_equal(snapshot, before + 1);
    assert_int_equal(store_stated_add(f->store, c, ARRAY_LEN(c), &added, &snapshot, &err), 0);
    assert_int_equal(added, 0);
    assert_int_equal(snapshot, before + 1);
    for (int round = 0; round < 2; round++) {
        struct snap *s = snap_cell_get(f->cell);
        assert_int_equal(s->stated_count, 4);
        assert_int_equal(s->stated[1].total, 24239);
        assert_int_equal(s->stated[1].sector, 1);
        assert_true(str_eq(dict_get(s->dict[ATTR_SOURCE], s->stated[3].source), STR("portal")));
        assert_true(s->stated[0].received_ms > 0);
        snap_unref(s);
        fixture_close(f);
        fixture_open(f);
    }
}

static void refuses_what_cannot_be(void **state)
{
    struct fixture *f = *state;
    struct err err;
    size_t added;
    uint64_t snapshot;
    struct stated_change good = {DAY0, district(f), 0, 5, STR("ddc")};
    struct stated_change bad[] = {good, good, good};
    bad[0].source = STR_NULL;
    bad[1].sector = 31;
    bad[2].place = 1u << 30;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct stated_change c[] = {good, bad[i]};
        assert_true(store_stated_add(f->store, c, 2, &added, &snapshot, &err) < 0);
        struct snap *s = snap_cell_get(f->cell);
        assert_int_equal(s->stated_count, 0);
        snap_unref(s);
    }
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(keeps_what_was_said_once),
        TEST(refuses_what_cannot_be),
    };
    return cmocka_run_group_tests_name("store/stated", tests, NULL, NULL);
}
