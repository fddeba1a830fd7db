/* SPDX-License-Identifier: MIT
 *
 * The table of rights, whole: who may what. A new right fails until its line stands here. */
#include "../../../core/net/right.h"

#include "test.h"

/* By role: p viewer planner ingest admin; capital: also where the token is limited. */
static const char *const want[RIGHTS] = {
    [RIGHT_NONE] = "-----",    [RIGHT_OPEN] = "PVLIA",        [RIGHT_LOOK] = "PVLIA",
    [RIGHT_SEE] = "PVL-A",     [RIGHT_QUERY] = "-VL-A",       [RIGHT_BATCHES] = "-VLIA",
    [RIGHT_METRICS] = "-vl-a", [RIGHT_ACKNOWLEDGE] = "-VL-A", [RIGHT_SILENCE] = "--L-A",
    [RIGHT_TABLES] = "--l-a",  [RIGHT_PLUGINS] = "--l-a",     [RIGHT_PLACES] = "--l-a",
    [RIGHT_AUDIT] = "--l-a",   [RIGHT_IMPORT] = "---IA",      [RIGHT_ADMIN] = "----a",
};

static void roles_have_these_rights_and_no_others(void **state)
{
    (void)state;
    for (int right = 0; right < RIGHTS; right++) {
        assert_non_null(want[right]);
        for (int role = 0; role < ACCESS_ROLES; role++) {
            char c = want[right][role];
            bool whole = c != '-';
            bool limited = whole && c >= 'A' && c <= 'Z';
            assert_int_equal(right_has((enum access_role)role, true, (enum right)right), whole);
            assert_int_equal(right_has((enum access_role)role, false, (enum right)right), limited);
        }
        assert_true(strlen(right_name((enum right)right)) > 0);
    }
}

static void roles_are_told_in_words(void **state)
{
    (void)state;
    char text[80];
    right_roles(RIGHT_IMPORT, text, sizeof text);
    assert_string_equal(text, "ingest or admin");
    right_roles(RIGHT_QUERY, text, sizeof text);
    assert_string_equal(text, "viewer, planner or admin");
    right_roles(RIGHT_ADMIN, text, sizeof text);
    assert_string_equal(text, "admin");
    right_roles(RIGHT_NONE, text, sizeof text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_have_these_rights_and_no_others),
        cmocka_unit_test(roles_are_told_in_words),
    };
    return cmocka_run_group_tests_name("net/right", tests, NULL, NULL);
}
