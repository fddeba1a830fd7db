/* SPDX-License-Identifier: MIT
 *
 * Which spellings are one name, and which are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "data/name.h"

static bool same(const char *a, const char *b)
{
    char x[NAME_KEY_BYTES_MAX], y[NAME_KEY_BYTES_MAX];
    return str_eq(name_key(str_of(a), x), name_key(str_of(b), y));
}

static void what_does_not_matter_is_folded(void **state)
{
    (void)state;
    assert_true(same("RAMGARH", "Ramgarh"));
    assert_true(same("  Danta   Ramgarh ", "danta-ramgarh"));
    assert_true(same("Sri. Ganganagar", "SRI GANGANAGAR"));
    assert_true(same("रामगढ़", "\u0930\u093e\u092e\u0917\u095d"));
    assert_true(same("क्ष\u200dत्र", "क्षत्र"));
    assert_true(same("Kaimur (Bhabua)", "kaimur bhabua"));
}

static void what_matters_is_kept(void **state)
{
    (void)state;
    assert_false(same("Gola", "Golu"));
    assert_false(same("रामगढ", "रामगढ़"));
    assert_false(same("Danta Ramgarh", "DantaRamgarh"));
}

static void long_names_are_cut_not_overrun(void **state)
{
    (void)state;
    char name[4096], out[NAME_KEY_BYTES_MAX];
    memset(name, 'x', sizeof(name));
    struct str key = name_key((struct str){name, sizeof(name)}, out);
    assert_true(key.n < NAME_KEY_BYTES_MAX);
    assert_int_equal(name_key(STR(""), out).n, 0);
    assert_int_equal(name_key(STR(" .-, "), out).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_matter_is_folded),
        cmocka_unit_test(what_matters_is_kept),
        cmocka_unit_test(long_names_are_cut_not_overrun),
    };
    return cmocka_run_group_tests_name("data/name", tests, NULL, NULL);
}
