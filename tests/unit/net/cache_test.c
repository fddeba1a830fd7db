/* SPDX-License-Identifier: MIT
 *
 * Kept answers: bounded in bytes and entries; a hit through the server is the same answer. */
#include "../../../core/net/cache.h"

#include "world.h"

static struct MHD_Response *response(void)
{
    static char body[] = "x";
    return MHD_create_response_from_buffer(1, body, MHD_RESPMEM_PERSISTENT);
}

static void bytes_are_bounded(void **state)
{
    (void)state;
    struct cache *c = cache_new(1000);
    struct cache_stats s;
    for (uint64_t i = 0; i < 100; i++)
        cache_put(c, (struct cache_key){i, i}, response(), 100);
    cache_put(c, (struct cache_key){500, 0}, response(), 1001); /* never fits */
    cache_stats_get(c, &s);
    assert_int_equal(s.bytes, 1000);
    assert_int_equal(s.entries, 10);
    assert_int_equal(s.evictions, 90);
    cache_free(c);
}

static void a_key_is_kept_once(void **state)
{
    (void)state;
    struct cache *c = cache_new(1000);
    struct cache_stats s;
    cache_put(c, (struct cache_key){1, 2}, response(), 10);
    cache_put(c, (struct cache_key){1, 2}, response(), 10);
    cache_stats_get(c, &s);
    assert_int_equal(s.entries, 1);
    assert_int_equal(s.bytes, 10);
    cache_free(c);
}

static void sets_are_bounded(void **state)
{
    (void)state;
    struct cache *c = cache_new(1 << 20);
    struct cache_stats s;
    for (uint64_t i = 0; i < 20; i++)
        cache_put(c, (struct cache_key){7, i}, response(), 1);
    cache_stats_get(c, &s);
    assert_int_equal(s.entries, 8);
    cache_free(c);
}

static void a_hit_is_the_same_answer(void **state)
{
    struct world *w = *state;
    char first[4096];
    assert_int_equal(world_import(w, "a", world_csv), 201);
    world_settle(w);
    assert_int_equal(world_get(w, "/v1/reports/trial/by_block.json?district=607"), 200);
    snprintf(first, sizeof first, "%s", w->body);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(world_get(w, "/v1/reports/trial/by_block.json?district=607"), 200);
        assert_string_equal(w->body, first);
        assert_says(w->answer, "Server-Timing: cache");
        assert_says(w->answer, "ETag: ");
    }
    assert_int_equal(world_send(w, "HEAD", "/v1/reports/trial/by_block.json?district=607", "", ""),
                     200);
    assert_string_equal(w->body, "");
    assert_int_equal(world_import(w, "b", "date,district,block\n2021-11-21,607,Gola\n"), 201);
    assert_int_equal(world_get(w, "/v1/reports/trial/by_block.json?district=607"), 200);
    assert_says(w->body, "{\"block\":\"Gola\",\"done\":6}");
}

static void errors_are_not_kept(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(world_get(w, "/v1/reports/trial/by_block.json?district=9"), 400);
        assert_null(strstr(w->answer, "cache"));
        assert_null(strstr(w->answer, "ETag"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_bounded),
        cmocka_unit_test(a_key_is_kept_once),
        cmocka_unit_test(sets_are_bounded),
        cmocka_unit_test_setup_teardown(a_hit_is_the_same_answer, world_up, world_down),
        cmocka_unit_test_setup_teardown(errors_are_not_kept, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/cache", tests, NULL, NULL);
}
