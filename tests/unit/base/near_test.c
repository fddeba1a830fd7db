/* SPDX-License-Identifier: MIT
 *
 * "Did you mean". */
#include "base/near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void distances(void **state)
{
    (void)state;
    assert_int_equal(near_distance(STR("district"), STR("distrct"), 3), 1);
    assert_int_equal(near_distance(STR("abcd"), STR("acbd"), 3), 1); /* neighbours swapped */
    assert_int_equal(near_distance(STR("Block"), STR("bLOCK"), 3), 0);
    assert_int_equal(near_distance(STR(""), STR("abc"), 5), 3);
    assert_int_equal(near_distance(STR("kitten"), STR("sitting"), 5), 3);
    assert_int_equal(near_distance(STR("kitten"), STR("sitting"), 2), 3);
    assert_int_equal(near_distance(STR("रामगढ"), STR("रामगड"), 3), 1);
    char text[200];
    memset(text, 'x', sizeof text);
    struct str longest = {text, sizeof text};
    assert_int_equal(near_distance(longest, longest, 3), 0);
    assert_int_equal(near_distance(longest, STR("x"), 3), 4);
}

static void the_nearest_come_first(void **state)
{
    (void)state;
    struct near_list l;
    near_init(&l);
    const char *const names[] = {"block",         "sector",   "districts", "district",
                                 "district_code", "district", "date",      "distinct"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        near_offer(&l, STR("distrct"), str_of(names[i]));
    assert_true(l.n >= 2);
    assert_true(str_eq(l.name[0], STR("district")));
    for (size_t i = 1; i < l.n; i++) {
        assert_true(l.distance[i] >= l.distance[i - 1]);
        assert_false(str_eq(l.name[i], STR("district")));
        assert_false(str_eq(l.name[i], STR("block")));
    }
}

static void a_part_of_a_name_qualifies(void **state)
{
    (void)state;
    struct near_list l;
    near_init(&l);
    near_offer(&l, STR("code"), STR("district_code"));
    near_offer(&l, STR("district_codes"), STR("district"));
    near_offer(&l, STR("xy"), STR("xyzzy-long-name"));
    assert_int_equal(l.n, 2);
}

static void at_most_five_are_kept(void **state)
{
    (void)state;
    struct near_list l;
    near_init(&l);
    const char *const names[] = {"abcdefgx", "abcdefxx", "abcdefgy", "abcdefgz",
                                 "abcdefgw", "abcdefgv", "abcdefgh"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        near_offer(&l, STR("abcdefgh"), str_of(names[i]));
    assert_int_equal(l.n, NEAR_MAX);
    assert_true(str_eq(l.name[0], STR("abcdefgh")));
    for (size_t i = 0; i < l.n; i++)
        assert_true(l.distance[i] <= 1);
}

static void the_hint_names_them(void **state)
{
    (void)state;
    struct near_list l;
    struct err err;
    near_init(&l);
    err_set(&err, ERR_UNKNOWN_NAME, "no column");
    near_hint(&l, &err);
    assert_string_equal(err.hint, "");
    near_offer(&l, STR("blok"), STR("block"));
    near_offer(&l, STR("blok"), STR("blocks"));
    near_offer(&l, STR("blok"), STR("bloc"));
    near_hint(&l, &err);
    assert_string_equal(err.hint, "did you mean \"block\", \"bloc\"?");
    near_hint(&l, NULL);
}

static void a_cell_holds_them_all(void **state)
{
    (void)state;
    struct arena mem;
    arena_init(&mem, MEM_BASE, 1 << 16);
    struct near_list l;
    near_init(&l);
    assert_string_equal(near_joined(&mem, &l), "");
    near_offer(&l, STR("blok"), STR("block"));
    assert_string_equal(near_joined(&mem, &l), "block");
    near_offer(&l, STR("blok"), STR("bloc"));
    assert_string_equal(near_joined(&mem, &l), "block|bloc");
    arena_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(the_nearest_come_first),
        cmocka_unit_test(a_part_of_a_name_qualifies),
        cmocka_unit_test(at_most_five_are_kept),
        cmocka_unit_test(the_hint_names_them),
        cmocka_unit_test(a_cell_holds_them_all),
    };
    return cmocka_run_group_tests_name("base/near", tests, NULL, NULL);
}
