/* SPDX-License-Identifier: MIT
 *
 * The check digit against the published example, and against every slip of one digit. */
#include "base/verhoeff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void knows_the_published_example(void **state)
{
    (void)state;
    for (char last = 0; last < 10; last++)
        assert_int_equal(verhoeff_valid((const char[]){2, 3, 6, last}, 4), last == 3);
}

static void finds_every_wrong_digit_and_every_swap(void **state)
{
    (void)state;
    const char good[] = {1, 4, 2, 8, 5, 7, 0};
    assert_true(verhoeff_valid(good, 7));
    for (size_t i = 0; i < 7; i++)
        for (char d = 0; d < 10; d++) {
            char wrong[7];
            memcpy(wrong, good, 7);
            wrong[i] = d;
            assert_int_equal(verhoeff_valid(wrong, 7), d == good[i]);
        }
    for (size_t i = 0; i + 1 < 7; i++) {
        char wrong[7];
        memcpy(wrong, good, 7);
        wrong[i] = good[i + 1];
        wrong[i + 1] = good[i];
        assert_false(verhoeff_valid(wrong, 7));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_published_example),
        cmocka_unit_test(finds_every_wrong_digit_and_every_swap),
    };
    return cmocka_run_group_tests_name("base/verhoeff", tests, NULL, NULL);
}
