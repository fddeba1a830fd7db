/* SPDX-License-Identifier: MIT
 *
 * Sessions of browsers: a cookie for a token, and what it does not open. */
#include "tokens.h"

struct session {
    struct world *w;
    char admin[TOKEN_TEXT_BYTES + 1], desk[TOKEN_TEXT_BYTES + 1], cookie[TOKEN_TEXT_BYTES + 1];
};

static int sign_in(struct session *s, const char *type, const char *body)
{
    char headers[128];
    snprintf(headers, sizeof headers, "Content-Type: %s\r\n", type);
    if (world_send(s->w, "POST", "/v1/session", headers, body) != 200)
        return s->w->status;
    const char *at = strstr(s->w->answer, "Set-Cookie: panji_session=");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "Set-Cookie: panji_session=%61[^;]", s->cookie), 1);
    return 200;
}

static struct session begin(struct world *w)
{
    struct session s = {.w = w};
    char body[128];
    tokens_make(w, "role=admin", "", s.admin);
    tokens_make(w, "role=planner&name=desk", s.admin, s.desk);
    snprintf(body, sizeof body, "{\"token\": \"%s\"}", s.desk);
    assert_int_equal(sign_in(&s, "application/json", body), 200);
    return s;
}

static int with_cookie(struct session *s, const char *method, const char *target,
                       const char *headers, const char *body)
{
    char all[400];
    snprintf(all, sizeof all, "Cookie: a=b; panji_session=%s; c=d\r\n%s", s->cookie, headers);
    return world_send(s->w, method, target, all, body);
}

static void a_token_becomes_a_cookie(void **state)
{
    struct session s = begin(*state);
    assert_says(s.w->answer, "; Path=/; Max-Age=");
    assert_says(s.w->answer, "; HttpOnly; SameSite=Strict\r\n");
    assert_says(s.w->body, "\"name\":\"desk\",\"role\":\"planner\"");
    assert_null(strstr(s.w->answer, s.desk)); /* it is a secret of its own */
    assert_null(strstr(s.cookie, s.desk + 15));
    assert_int_equal(with_cookie(&s, "GET", "/v1/session", "", ""), 200);
    assert_says(s.w->body, "\"anonymous\":false,\"name\":\"desk\"");
    assert_says(s.w->body, "\"may\":[\"look\",\"see\",\"query\",");
    char form[128];
    snprintf(form, sizeof form, "token=%s", s.desk);
    assert_int_equal(sign_in(&s, "application/x-www-form-urlencoded", form), 200);
    /* A cookie's secret is no token, a token no cookie's. */
    assert_int_equal(tokens_get(s.w, "/v1/places", s.cookie), 401);
    memcpy(s.cookie, s.desk, sizeof s.cookie);
    assert_int_equal(with_cookie(&s, "GET", "/v1/places", "", ""), 401);
}

static void behind_encryption_it_is_secure(void **state)
{
    struct session s = begin(*state);
    char body[128];
    snprintf(body, sizeof body, "token=%s", s.desk);
    assert_int_equal(world_send(s.w, "POST", "/v1/session",
                                "Content-Type: application/x-www-form-urlencoded\r\n"
                                "X-Forwarded-Proto: https\r\n",
                                body),
                     200);
    assert_says(s.w->answer, "Set-Cookie: __Host-panji_session=");
    assert_says(s.w->answer, "; Secure\r\n");
}

static void only_pages_of_this_server_change_something(void **state)
{
    struct session s = begin(*state);
    const char *put = "/v1/tables/mills";
    const char *csv = "name\nSteel\n";
    assert_int_equal(with_cookie(&s, "PUT", put, "", csv), 403);
    assert_int_equal(with_cookie(&s, "PUT", put, "Origin: http://evil.example\r\n", csv), 403);
    assert_int_equal(with_cookie(&s, "PUT", put, "Sec-Fetch-Site: cross-site\r\n", csv), 403);
    assert_int_equal(with_cookie(&s, "PUT", put, "Sec-Fetch-Site: same-site\r\n", csv), 403);
    assert_int_equal(with_cookie(&s, "PUT", put, "Origin: http://a\r\n", csv), 201);
    assert_int_equal(with_cookie(&s, "PUT", put, "Sec-Fetch-Site: same-origin\r\n", csv), 200);
    assert_int_equal(with_cookie(&s, "GET", put, "", ""), 200);
}

static void signing_out_ends_it_here(void **state)
{
    struct session s = begin(*state);
    const char *origin = "Origin: http://a\r\n";
    assert_int_equal(with_cookie(&s, "DELETE", "/v1/session", "", ""), 403);
    assert_int_equal(with_cookie(&s, "DELETE", "/v1/session", origin, ""), 200);
    assert_says(s.w->answer, "Set-Cookie: panji_session=; Path=/; Max-Age=0");
    assert_says(s.w->body, "\"role\":null");
    assert_int_equal(with_cookie(&s, "GET", "/v1/places", "", ""), 401);
    assert_int_equal(with_cookie(&s, "GET", "/v1/session", "", ""), 200); /* as nobody */
    assert_says(s.w->body, "\"anonymous\":");
    assert_int_equal(tokens_get(s.w, "/v1/places", s.desk), 200);
    assert_int_equal(world_send(s.w, "DELETE", "/v1/session", "", ""), 200); /* nobody's */
}

static void a_wrong_token_brings_no_cookie(void **state)
{
    struct session s = begin(*state);
    assert_int_equal(sign_in(&s, "application/json", "{\"token\": \"panji_x\"}"), 401);
    assert_null(strstr(s.w->answer, "Set-Cookie"));
    assert_says(s.w->answer, "WWW-Authenticate: Bearer realm=\"panji\", error=");
    assert_int_equal(sign_in(&s, "application/json", "{}"), 400);
    assert_int_equal(world_send(s.w, "POST", "/v1/session?token=panji_x", "", ""), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_becomes_a_cookie, world_up, world_down),
        cmocka_unit_test_setup_teardown(behind_encryption_it_is_secure, world_up, world_down),
        cmocka_unit_test_setup_teardown(only_pages_of_this_server_change_something, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(signing_out_ends_it_here, world_up, world_down),
        cmocka_unit_test_setup_teardown(a_wrong_token_brings_no_cookie, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_session", tests, NULL, NULL);
}
