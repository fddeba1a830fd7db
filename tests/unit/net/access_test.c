/* SPDX-License-Identifier: MIT
 *
 * Who is let in where: the routes' needs, anonymous, the local command line, tries. */
#include "../../../core/net/access.h"
#include "../../../core/net/api.h"
#include "base/clock.h"
#include "tokens.h"

/* A route that needs no right is nobody's. */
static void every_route_needs_a_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < routes_count; i++)
        if (routes[i].need == RIGHT_NONE)
            fail_msg("%s %s has no right", routes[i].method, routes[i].pattern);
}

/* Again, with other ways to listen. */
static void restart(struct world *w, const struct service *with)
{
    struct err e = {0};
    struct service s = {.store = w->store,
                        .cell = w->cell,
                        .registry = w->registry,
                        .alerts = w->alerts,
                        .checks = w->checks,
                        .pool = w->pool,
                        .version = "0",
                        .instance = "test",
                        .plugins_dir = w->plugins,
                        .local_user = with->local_user,
                        .local_key = with->local_key,
                        .anonymous_public = with->anonymous_public};
    httpd_stop(w->httpd, 1000);
    if (httpd_start(&s, "127.0.0.1:0", &w->httpd, &e) < 0)
        fail_msg("%s", e.msg);
}

static void the_public_sees_reports_alone(void **state)
{
    struct world *w = *state;
    restart(w, &(struct service){.anonymous_public = true});
    assert_int_equal(world_get(w, "/v1/reports/trial/by_block.csv?district=607"), 200);
    assert_int_equal(world_get(w, "/v1/query?q=SELECT+1"), 403);
    assert_says(w->body, "the role public may not do this");
    assert_int_equal(world_get(w, "/metrics"), 403);
    assert_int_equal(world_send(w, "POST", "/v1/tokens", "", "role=admin"), 403);
    assert_int_equal(world_get(w, "/v1/session"), 200);
    assert_says(w->body, "\"role\":\"public\"");
    assert_says(w->body, "\"may\":[\"look\",\"see\"]");
}

static void the_local_user_is_let_in_by_the_key(void **state)
{
    struct world *w = *state;
    char admin[TOKEN_TEXT_BYTES + 1];
    restart(w, &(struct service){.local_user = "asha", .local_key = "local_0123456789"});
    tokens_make(w, "role=admin", "", admin);
    assert_int_equal(world_get(w, "/v1/tokens"), 401);
    assert_int_equal(tokens_get(w, "/v1/tokens", "local_0123456780"), 401);
    assert_int_equal(tokens_get(w, "/v1/tokens", "local_"), 401);
    assert_int_equal(tokens_get(w, "/v1/session", "local_0123456789"), 200);
    assert_says(w->body, "\"name\":\"asha (command line)\",\"role\":\"admin\"");
}

static void who_tries_texts_waits(void **state)
{
    struct world *w = *state;
    char admin[TOKEN_TEXT_BYTES + 1];
    tokens_make(w, "role=admin", "", admin);
    for (int i = 0; i < TRIES_FREE; i++)
        assert_int_equal(tokens_get(w, "/v1/places", "panji_x"), 401);
    int64_t start = clock_mono_ns();
    assert_int_equal(tokens_get(w, "/v1/places", "panji_x"), 401);
    assert_true(clock_mono_ns() - start >= (int64_t)TRIES_WAIT_MS * 1000000);
    assert_int_equal(tokens_get(w, "/v1/places", admin), 200);
}

static void others_are_reached_only_where_somebody_is_asked(void **state)
{
    struct world *w = *state;
    struct err e = {0};
    char admin[TOKEN_TEXT_BYTES + 1];
    struct service s = {.store = w->store};
    assert_int_equal(access_check_listen(&s, true, "127.0.0.1:1", &e), 0);
    assert_int_equal(access_check_listen(&s, false, "0.0.0.0:1", &e), ERR_USAGE);
    assert_says(e.msg, "there are no tokens");
    s.anonymous_public = true;
    assert_int_equal(access_check_listen(&s, false, "0.0.0.0:1", &e), 0);
    s.anonymous_public = false;
    tokens_make(w, "role=admin", "", admin);
    assert_int_equal(access_check_listen(&s, false, "0.0.0.0:1", &e), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_needs_a_right),
        cmocka_unit_test_setup_teardown(the_public_sees_reports_alone, world_up, world_down),
        cmocka_unit_test_setup_teardown(the_local_user_is_let_in_by_the_key, world_up, world_down),
        cmocka_unit_test_setup_teardown(who_tries_texts_waits, world_up, world_down),
        cmocka_unit_test_setup_teardown(others_are_reached_only_where_somebody_is_asked, world_up,
                                        world_down),
    };
    return cmocka_run_group_tests_name("net/access", tests, NULL, NULL);
}
