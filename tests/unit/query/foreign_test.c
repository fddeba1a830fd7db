/* SPDX-License-Identifier: MIT
 *
 * What GoogleSQL has and this server has not. */
#include "../../../core/query/foreign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../../core/query/fn.h"

static void told_apart_from_slips(void **state)
{
    (void)state;
    const char *instead = NULL;
    assert_true(foreign_find(STR("array_agg"), &instead));
    assert_non_null(instead);
    assert_false(foreign_find(STR("COUNT"), &instead));
    assert_false(foreign_find(STR("ARRAY_AG"), &instead));
}

static void what_is_here_is_not_foreign(void **state)
{
    (void)state;
    const char *instead = NULL;
    const struct fn_def *const tables[] = {fns_num, fns_text, fns_unicode, fns_date};
    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (const struct fn_def *f = tables[t]; f->name != NULL; f++)
            assert_false(foreign_find(str_of(f->name), &instead));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_apart_from_slips),
        cmocka_unit_test(what_is_here_is_not_foreign),
    };
    return cmocka_run_group_tests_name("query/foreign", tests, NULL, NULL);
}
