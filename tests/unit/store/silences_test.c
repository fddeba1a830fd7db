/* SPDX-License-Identifier: MIT
 *
 * Silences on disk. */
#include "store/alerts.h"

#include "fixture.h"

static size_t count(struct fixture *f, int64_t now_ms)
{
    struct err err;
    struct arena a;
    struct alert_silence *s;
    size_t n;
    arena_init(&a, MEM_ALERT, 0);
    assert_int_equal(store_silences_read(f->store, now_ms, &a, &s, &n, &err), 0);
    if (n > 0)
        assert_true(str_eq(s[0].reason, STR("पोर्टल बंद")));
    arena_fini(&a);
    return n;
}

static void they_end_and_are_not_forgotten(void **state)
{
    struct fixture *f = *state;
    struct err err;
    int64_t id;
    const struct alert_silence s = {.plugin = STR("drive"),
                                    .rule = STR("lagging"),
                                    .place_level = PLACE_BLOCK,
                                    .place_code = 3168,
                                    .created_ms = 1,
                                    .until_ms = 1000,
                                    .author = STR("DDC"),
                                    .reason = STR("पोर्टल बंद")};
    assert_int_equal(store_silence_add(f->store, &s, &id, &err), 0);
    assert_int_equal(count(f, 999), 1);
    assert_int_equal(count(f, 1000), 0);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(count(f, 500), 1);
    assert_int_equal(store_silence_end(f->store, id + 1, STR("x"), 500, &err), ERR_NOT_FOUND);
    assert_int_equal(store_silence_end(f->store, id, STR("x"), 1000, &err), ERR_CONFLICT);
    assert_int_equal(store_silence_end(f->store, id, STR("x"), 500, &err), 0);
    assert_int_equal(store_silence_end(f->store, id, STR("x"), 501, &err), ERR_CONFLICT);
    assert_int_equal(count(f, 500), 0);
    assert_int_equal(count(f, 0), 1); /* all that there were */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_end_and_are_not_forgotten, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests_name("store/silences", tests, NULL, NULL);
}
