/* SPDX-License-Identifier: MIT
 *
 * Tokens over HTTP: made, listed, revoked, and let in. */
#include "tokens.h"

static void without_tokens_all_are_let_in(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/tokens"), 200);
    assert_int_equal(world_get(w, "/v1/query?q=SELECT+1"), 200);
    assert_int_equal(world_get(w, "/v1/session"), 200);
    assert_says(w->body, "\"anonymous\":true");
    assert_says(w->body, "\"role\":\"admin\"");
}

static void the_first_token_closes_the_door(void **state)
{
    struct world *w = *state;
    char admin[TOKEN_TEXT_BYTES + 1];
    tokens_make(w, "role=admin&name=Collector", "", admin);
    assert_int_equal(world_get(w, "/v1/query?q=SELECT+1"), 401);
    assert_says(w->answer, "WWW-Authenticate: Bearer");
    assert_says(w->body, "\"code\":\"not_signed_in\"");
    assert_int_equal(world_get(w, "/healthz"), 200);
    assert_int_equal(tokens_get(w, "/v1/query?q=SELECT+1", admin), 200);
    char target[256];
    snprintf(target, sizeof target, "/v1/query?q=SELECT+1&api_key=%s", admin);
    assert_int_equal(world_get(w, target), 200);
    assert_int_equal(tokens_get(w, target, admin), 400); /* twice */
    assert_int_equal(
        world_send(w, "GET", "/v1/query?q=SELECT+1", "Authorization: Basic YTpi\r\n", ""), 401);
}

static void the_list_has_no_secrets(void **state)
{
    struct world *w = *state;
    char admin[TOKEN_TEXT_BYTES + 1], gola[TOKEN_TEXT_BYTES + 1];
    tokens_make(w, "role=admin", "", admin);
    tokens_make(w, "role=viewer&name=BDO&places=block:3168,Dulmi&sources=csc&expires=90+days",
                admin, gola);
    assert_int_equal(tokens_get(w, "/v1/tokens.csv", admin), 200);
    assert_says(w->body, "BDO,viewer,\"block:3168,block:6717\",csc,live,");
    assert_null(strstr(w->answer, gola + 16));
    assert_null(strstr(w->answer, admin + 16));
}

static void what_is_unclear_is_refused(void **state)
{
    struct world *w = *state;
    assert_int_equal(tokens_post(w, "role=admin&places=block:3168", ""), 400);
    assert_int_equal(tokens_post(w, "role=king", ""), 400);
    assert_int_equal(tokens_post(w, "name=x", ""), 400);
    assert_int_equal(tokens_post(w, "role=viewer&places=Ramgarh", ""), 400);
    assert_says(w->body, "stands for 2 places: district:607, block:3175");
    assert_int_equal(tokens_post(w, "role=viewer&places=Nowhere", ""), 400);
    assert_int_equal(tokens_post(w, "role=viewer&expires=2020-01-01", ""), 400);
    assert_int_equal(world_get(w, "/v1/tokens.csv"), 200); /* none was made */
}

static void a_revoked_one_is_let_in_no_more(void **state)
{
    struct world *w = *state;
    char admin[TOKEN_TEXT_BYTES + 1], desk[TOKEN_TEXT_BYTES + 1], tag[64], headers[256];
    tokens_make(w, "role=admin", "", admin);
    tokens_make(w, "role=viewer&name=desk", admin, desk);
    assert_int_equal(tokens_get(w, "/v1/places", desk), 200);
    world_settle(w);
    assert_int_equal(tokens_get(w, "/v1/places", desk), 200);
    world_tag(w, tag);
    char target[64];
    snprintf(target, sizeof target, "/v1/tokens/%.8s", desk + 6);
    assert_int_equal(tokens_send(w, "DELETE", target, desk, ""), 403);
    assert_says(w->body, "it is for the role admin");
    assert_int_equal(tokens_send(w, "DELETE", target, admin, ""), 200);
    assert_int_equal(tokens_send(w, "DELETE", target, admin, ""), 409);
    assert_int_equal(tokens_get(w, "/v1/places", desk), 401);
    assert_says(w->body, "was revoked");
    snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\nIf-None-Match: %s\r\n", desk,
             tag);
    assert_int_equal(world_send(w, "GET", "/v1/places", headers, ""), 401); /* no 304 either */
    assert_int_equal(tokens_get(w, "/v1/query.csv?q=FROM+audit+|%3E+SELECT+who,action", admin),
                     200);
    assert_says(w->body, "create token");
    assert_says(w->body, "revoke token");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_tokens_all_are_let_in, world_up, world_down),
        cmocka_unit_test_setup_teardown(the_first_token_closes_the_door, world_up, world_down),
        cmocka_unit_test_setup_teardown(the_list_has_no_secrets, world_up, world_down),
        cmocka_unit_test_setup_teardown(what_is_unclear_is_refused, world_up, world_down),
        cmocka_unit_test_setup_teardown(a_revoked_one_is_let_in_no_more, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_tokens", tests, NULL, NULL);
}
