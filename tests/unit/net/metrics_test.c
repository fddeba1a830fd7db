/* SPDX-License-Identifier: MIT
 *
 * Metrics: what happened is counted under its route, in a text that Prometheus reads. */
#include "world.h"

static void requests_are_counted(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/places"), 200);
    assert_int_equal(world_get(w, "/v1/places?limit=1"), 200);
    assert_int_equal(world_get(w, "/v1/places?limit=1"), 200);
    assert_int_equal(world_get(w, "/nowhere"), 404);
    assert_int_equal(world_get(w, "/metrics"), 200);
    assert_says(w->body,
                "panji_http_requests_total{method=\"GET\",route=\"/v1/places\",status=\"200\"} 3");
    assert_says(w->body, "panji_http_requests_total{method=\"\",route=\"other\",status=\"404\"} 1");
    assert_says(w->body, "panji_http_request_seconds_count{method=\"GET\",route=\"/v1/places\"} 3");
    assert_says(w->body, "panji_engine_seconds_count{engine=\"");
    assert_says(w->body, "panji_pool_waiting{pool=\"query\"} 0");
    assert_says(w->body, "panji_store_merging 0");
    assert_says(w->body, "panji_http_slow_total 0");
    assert_says(w->body, "panji_memory_bytes{room=\"data\"}");
    assert_says(w->body, "panji_places 6");
}

static void every_sample_has_its_type(void **state)
{
    struct world *w = *state;
    char name[128];
    char type[160];
    assert_int_equal(world_get(w, "/metrics"), 200);
    for (const char *p = w->body; p != NULL && *p; p = strchr(p, 10) ? strchr(p, 10) + 1 : NULL) {
        if (*p == 35 || sscanf(p, "%127[a-z_]", name) != 1)
            continue;
        size_t n = strlen(name);
        static const char *const parts[] = {"_bucket", "_sum", "_count"};
        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
            if ((strstr(name, "http_request_seconds") || strstr(name, "engine_seconds")) &&
                strcmp(name + n - strlen(parts[i]), parts[i]) == 0)
                name[n - strlen(parts[i])] = 0;
        snprintf(type, sizeof type, "# TYPE %s ", name);
        assert_says(w->body, type);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_are_counted, world_up, world_down),
        cmocka_unit_test_setup_teardown(every_sample_has_its_type, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/metrics", tests, NULL, NULL);
}
