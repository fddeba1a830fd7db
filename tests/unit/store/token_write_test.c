/* SPDX-License-Identifier: MIT
 *
 * Tokens made and ended: what is refused, what ends at once, what is written down of it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "../../../core/store/tokens.h"
#include "base/clock.h"
#include "fixture.h"
#include "store/audit.h"

static int try_create(struct fixture *f, const struct token_spec *spec, struct err *err)
{
    char text[TOKEN_TEXT_BYTES + 1];
    return store_token_create(f->store, spec, text, err);
}

static const struct token *sign_in(struct fixture *f, const char *name,
                                   char text[TOKEN_TEXT_BYTES + 1])
{
    struct err err = {0};
    struct token_spec spec = {.name = str_of(name), .role = ROLE_VIEWER};
    if (store_token_create(f->store, &spec, text, &err) < 0)
        fail_msg("%s", err.msg);
    const struct token *t = store_token_check(f->store, str_of(text), false, clock_wall_ms(), &err);
    assert_non_null(t);
    return t;
}

static void wrong_wishes_are_refused(void **state)
{
    struct fixture *f = *state;
    struct err err;
    static const struct grant_place place[] = {{PLACE_BLOCK, 3168}};
    static const struct str source[] = {{"a\nb", 3}};
    struct token_spec limited_admin = {.role = ROLE_ADMIN, .grant = {.place = place, .places = 1}};
    struct token_spec two_lines = {.name = STR("a\nb"), .role = ROLE_VIEWER};
    struct token_spec past = {.role = ROLE_VIEWER, .expires_ms = clock_wall_ms() - 1};
    struct token_spec odd = {.role = ROLE_INGEST, .grant = {.source = source, .sources = 1}};
    struct token_spec good = {.name = STR("desk"), .role = ROLE_VIEWER};
    uint64_t before = store_audit_count(f->store);
    assert_int_equal(try_create(f, &limited_admin, &err), ERR_PARAM);
    assert_int_equal(try_create(f, &two_lines, &err), ERR_PARAM);
    assert_int_equal(try_create(f, &past, &err), ERR_PARAM);
    assert_int_equal(try_create(f, &odd, &err), ERR_PARAM);
    assert_int_equal(store_audit_count(f->store), before);
    assert_int_equal(try_create(f, &good, &err), 0);
    assert_int_equal(try_create(f, &good, &err), ERR_CONFLICT);
    assert_int_equal(store_audit_count(f->store), before + 1);
}

/* Who holds it for long learns of it at once; a restart does not forget. */
static void a_revoked_one_is_over_at_once(void **state)
{
    struct fixture *f = *state;
    struct err err;
    char text[TOKEN_TEXT_BYTES + 1], cookie[TOKEN_TEXT_BYTES + 1];
    int64_t until;
    const struct token *t = sign_in(f, "desk", text);
    assert_int_equal(store_session_open(f->store, t, cookie, &until, &err), 0);
    const struct token *session =
        store_token_check(f->store, str_of(cookie), true, clock_wall_ms(), &err);
    assert_non_null(session);
    assert_true(str_eq(session->name, STR("desk")));
    assert_true(token_is_live(session, clock_wall_ms()));
    assert_int_equal(store_token_revoke(f->store, STR("nobody00"), &err), ERR_NOT_FOUND);
    assert_int_equal(store_token_revoke(f->store, str_of(session->id), &err), ERR_NOT_FOUND);
    assert_int_equal(store_token_revoke(f->store, str_of(t->id), &err), 0);
    assert_int_equal(store_token_revoke(f->store, str_of(t->id), &err), ERR_CONFLICT);
    assert_false(token_is_live(t, clock_wall_ms()));
    assert_false(token_is_live(session, clock_wall_ms()));
    token_unref(session);
    token_unref(t);
    for (int again = 0; again < 2; again++) {
        assert_null(store_token_check(f->store, str_of(text), false, clock_wall_ms(), &err));
        assert_string_equal(err.msg, "the token was revoked");
        assert_null(store_token_check(f->store, str_of(cookie), true, clock_wall_ms(), &err));
        fixture_close(f);
        fixture_open(f);
    }
    const struct token_set *set = store_tokens(f->store);
    assert_true(set->any); /* nobody is let in without one afterwards */
    token_set_unref(set);
}

static void an_expired_one_is_over(void **state)
{
    struct fixture *f = *state;
    struct err err;
    char text[TOKEN_TEXT_BYTES + 1];
    int64_t until = clock_wall_ms() + 3600000;
    struct token_spec spec = {.role = ROLE_PUBLIC, .expires_ms = until};
    assert_int_equal(store_token_create(f->store, &spec, text, &err), 0);
    const struct token *t = store_token_check(f->store, str_of(text), false, until - 1, &err);
    assert_non_null(t);
    assert_false(token_is_live(t, until));
    token_unref(t);
    assert_null(store_token_check(f->store, str_of(text), false, until, &err));
    assert_string_equal(err.msg, "the token has expired");
}

static void a_session_ends_alone(void **state)
{
    struct fixture *f = *state;
    struct err err;
    char text[TOKEN_TEXT_BYTES + 1], one[TOKEN_TEXT_BYTES + 1], two[TOKEN_TEXT_BYTES + 1];
    int64_t until, now = clock_wall_ms();
    const struct token *t = sign_in(f, "desk", text);
    assert_int_equal(store_session_open(f->store, t, one, &until, &err), 0);
    assert_int_equal(store_session_open(f->store, t, two, &until, &err), 0);
    const struct token *session = store_token_check(f->store, str_of(one), true, now, &err);
    assert_int_equal(store_session_close(f->store, session, &err), 0);
    assert_false(token_is_live(session, now));
    token_unref(session);
    assert_null(store_token_check(f->store, str_of(one), true, now, &err));
    session = store_token_check(f->store, str_of(two), true, now, &err);
    assert_non_null(session);
    token_unref(session);
    assert_null(store_token_check(f->store, str_of(two), true, until, &err)); /* by itself */
    token_unref(t);
}

static void the_oldest_of_too_many_sessions_goes(void **state)
{
    struct fixture *f = *state;
    struct err err;
    char text[TOKEN_TEXT_BYTES + 1], cookie[TOKEN_TEXT_BYTES + 1];
    int64_t until;
    const struct token *t = sign_in(f, "desk", text);
    for (int i = 0; i < SESSIONS_OF_TOKEN_MAX + 3; i++)
        assert_int_equal(store_session_open(f->store, t, cookie, &until, &err), 0);
    const struct token_set *set = store_tokens(f->store);
    assert_int_equal(set->n, 1 + SESSIONS_OF_TOKEN_MAX);
    token_set_unref(set);
    token_unref(t);
}

static void the_last_use_is_remembered(void **state)
{
    struct fixture *f = *state;
    struct err err;
    char text[TOKEN_TEXT_BYTES + 1];
    token_unref(sign_in(f, "desk", text));
    fixture_close(f);
    fixture_open(f);
    const struct token_set *set = store_tokens(f->store);
    assert_int_equal(set->n, 1);
    assert_true(token_used_ms(set->at[0]) > 0);
    token_set_unref(set);
    (void)err;
}

/* ---- many at once ---------------------------------------------------------------------------- */

enum { USERS = 3, ROUNDS = 12 };

struct crowd {
    struct fixture *f;
    char kept[TOKEN_TEXT_BYTES + 1], ended[TOKEN_TEXT_BYTES + 1];
    atomic_bool revoked, done; /* before the first look that must fail */
};

static void *use(void *arg)
{
    struct crowd *c = arg;
    while (!atomic_load(&c->done)) {
        struct err err;
        bool over = atomic_load(&c->revoked);
        const struct token *t =
            store_token_check(c->f->store, str_of(c->kept), false, clock_wall_ms(), &err);
        const struct token *u =
            store_token_check(c->f->store, str_of(c->ended), false, clock_wall_ms(), &err);
        if (t == NULL || (over && u != NULL))
            return arg; /* told as a failure */
        if (u != NULL)
            (void)token_is_live(u, clock_wall_ms());
        token_unref(t);
        token_unref(u);
    }
    return NULL;
}

/* Those who are let in meanwhile see each set whole; a revoked one is never let in again. */
static void tokens_come_and_go_under_way(void **state)
{
    struct crowd c = {.f = *state};
    struct err err = {0};
    pthread_t user[USERS];
    void *failed;
    token_unref(sign_in(c.f, "kept", c.kept));
    token_unref(sign_in(c.f, "ended", c.ended));
    for (int i = 0; i < USERS; i++)
        assert_int_equal(pthread_create(&user[i], NULL, use, &c), 0);
    for (int i = 0; i < ROUNDS; i++) {
        char text[TOKEN_TEXT_BYTES + 1], name[16];
        snprintf(name, sizeof name, "round %d", i);
        token_unref(sign_in(c.f, name, text));
        struct str id = {text + 6, TOKEN_ID_BYTES};
        assert_int_equal(store_token_revoke(c.f->store, id, &err), 0);
        if (i == ROUNDS / 2) {
            struct str ended = {c.ended + 6, TOKEN_ID_BYTES};
            assert_int_equal(store_token_revoke(c.f->store, ended, &err), 0);
            atomic_store(&c.revoked, true);
        }
    }
    atomic_store(&c.done, true);
    for (int i = 0; i < USERS; i++) {
        pthread_join(user[i], &failed);
        assert_null(failed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wrong_wishes_are_refused, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_revoked_one_is_over_at_once, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(an_expired_one_is_over, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_session_ends_alone, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_oldest_of_too_many_sessions_goes, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(the_last_use_is_remembered, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(tokens_come_and_go_under_way, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests_name("store/token_write", tests, NULL, NULL);
}
