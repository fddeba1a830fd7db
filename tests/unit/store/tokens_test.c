/* SPDX-License-Identifier: MIT
 *
 * Tokens in memory and on disk: whose text one is, what a check costs, what a restart remembers. */
#include "store/tokens.h"

#include "../../../core/store/tokens.h"
#include "base/clock.h"
#include "fixture.h"
#include "store/audit.h"

static const struct grant_place gola[] = {{PLACE_BLOCK, 3168}, {PLACE_DISTRICT, 607}};
static const struct str csc[] = {{"csc", 3}, {"कैंप 1", sizeof "कैंप 1" - 1}};

static void create(struct fixture *f, const char *name, enum access_role role,
                   char text[TOKEN_TEXT_BYTES + 1])
{
    struct err err = {0};
    struct token_spec spec = {.name = str_of(name), .role = role};
    if (role == ROLE_VIEWER)
        spec.grant = (struct grant){gola, ARRAY_LEN(gola), csc, ARRAY_LEN(csc)};
    if (store_token_create(f->store, &spec, text, &err) < 0)
        fail_msg("%s", err.msg);
}

static const struct token *check(struct fixture *f, const char *text, bool session)
{
    struct err err;
    return store_token_check(f->store, str_of(text), session, clock_wall_ms(), &err);
}

static bool lets_in(struct fixture *f, const char *text)
{
    const struct token *t = check(f, text, false);
    token_unref(t);
    return t != NULL;
}

static void are_known_by_their_text_alone(void **state)
{
    struct fixture *f = *state;
    char a[TOKEN_TEXT_BYTES + 1], b[TOKEN_TEXT_BYTES + 1];
    create(f, "BDO Gola", ROLE_VIEWER, a);
    create(f, "", ROLE_INGEST, b);
    assert_int_equal(strlen(a), TOKEN_TEXT_BYTES);
    assert_string_not_equal(a, b);
    for (int again = 0; again < 2; again++) {
        const struct token *t = check(f, a, false);
        assert_non_null(t);
        assert_true(str_eq(t->name, STR("BDO Gola")));
        assert_int_equal(t->role, ROLE_VIEWER);
        assert_int_equal(t->grant.places, 2);
        assert_int_equal(t->grant.place[0].level, PLACE_BLOCK);
        assert_int_equal(t->grant.place[1].code, 607);
        assert_int_equal(t->grant.sources, 2);
        assert_true(str_eq(t->grant.source[1], csc[1]));
        token_unref(t);
        const struct token *u = check(f, b, false);
        assert_non_null(u);
        assert_true(str_eq(u->name, str_of(u->id)));
        assert_true(grant_is_whole(&u->grant));
        token_unref(u);
        fixture_close(f);
        fixture_open(f);
    }
}

static void one_letter_else_is_nobody_s(void **state)
{
    struct fixture *f = *state;
    char text[TOKEN_TEXT_BYTES + 2];
    create(f, "a", ROLE_ADMIN, text);
    for (size_t i = 0; i < TOKEN_TEXT_BYTES; i++) {
        char was = text[i];
        text[i] = was == '0' ? '1' : '0';
        assert_false(lets_in(f, text));
        text[i] = was;
    }
    assert_true(lets_in(f, text));
    assert_null(check(f, text, true)); /* it is no session */
    text[TOKEN_TEXT_BYTES - 1] = '\0';
    assert_false(lets_in(f, text));
    assert_false(lets_in(f, ""));
}

/* Whatever was sent, the same bytes are hashed and compared. */
static void a_check_costs_the_same(void **state)
{
    struct fixture *f = *state;
    char good[TOKEN_TEXT_BYTES + 1], id[TOKEN_ID_BYTES + 1], other[TOKEN_TEXT_BYTES + 1];
    create(f, "a", ROLE_ADMIN, good);
    token_text_new(false, other, id);
    char wrong_secret[TOKEN_TEXT_BYTES + 1];
    memcpy(wrong_secret, other, sizeof wrong_secret);
    memcpy(wrong_secret + 6, good + 6, TOKEN_ID_BYTES);
    const char *texts[] = {good, other, wrong_secret, "", "x", "panji_", good + 1};
    const unsigned char key[SECRET_BYTES] = {1};
    const struct token_set *set = store_tokens(f->store);
    struct token_work first = {0};
    (void)token_of(set, key, str_of(good), false, &first);
    assert_int_equal(first.hashed, TOKEN_TEXT_BYTES);
    assert_int_equal(first.compared, SECRET_BYTES);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct token_work work = {0};
        (void)token_of(set, key, str_of(texts[i]), false, &work);
        assert_memory_equal(&work, &first, sizeof work);
    }
    token_set_unref(set);
}

static void nobody_is_asked_before_there_is_one(void **state)
{
    struct fixture *f = *state;
    char text[TOKEN_TEXT_BYTES + 1];
    unsigned char key[SECRET_BYTES], none[SECRET_BYTES] = {0};
    const struct token_set *set = store_tokens(f->store);
    assert_false(set->any);
    token_set_unref(set);
    store_secret_for(f->store, "a", key);
    assert_true(secret_equal(key, none));
    create(f, "a", ROLE_ADMIN, text);
    set = store_tokens(f->store);
    assert_true(set->any);
    token_set_unref(set);
    store_secret_for(f->store, "a", key);
    assert_false(secret_equal(key, none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(are_known_by_their_text_alone, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(one_letter_else_is_nobody_s, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_check_costs_the_same, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(nobody_is_asked_before_there_is_one, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests_name("store/tokens", tests, NULL, NULL);
}
