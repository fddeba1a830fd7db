/* SPDX-License-Identifier: MIT
 *
 * From the attributes of a configuration to wishes. */
#include "../../../core/main/wishes.h"

#include "test.h"

static void values_are_known_by_their_name(void **state)
{
    (void)state;
    static const struct str alias[] = {{"class 5", 7}};
    const struct attribute_value value[] = {
        {STR("primary"), {STR("Primary"), STR("प्राथमिक")}, alias, 1},
        {STR("graduate"), {STR_NULL, STR_NULL}, NULL, 0}};
    const struct attribute_setting one[] = {
        {.name = STR("education"), .type = ATTRIBUTE_CHOICE, .value = value, .values = 2},
        {.name = STR("camp"), .off = true},
        {.name = STR("size"), .type = ATTRIBUTE_INTEGER, .min = 1, .max = 40}};
    struct settings s;
    struct attr_wish *wish;
    struct err err = {0};
    size_t n;
    settings_init(&s);
    s.attribute = one;
    s.attributes = 3;
    assert_int_equal(wishes_make(&s, &s.arena, &wish, &n, &err), 0);
    assert_int_equal(n, 3);
    const struct list_item *it = wish[0].attr.list->items;
    assert_string_equal(it[0].name, "Primary");
    assert_string_equal(it[0].aliases, "primary|class 5");
    assert_string_equal(it[1].name_hi, "graduate");
    assert_int_equal(it[1].code, 1);
    assert_null(wish[0].attr.title_en);
    assert_true(wish[1].off);
    assert_int_equal(wish[2].attr.accept_max, 40);
    settings_fini(&s);
}

static void numbers_are_their_own_codes(void **state)
{
    (void)state;
    const struct attribute_value value[] = {{STR("30"), {STR_NULL, STR_NULL}, NULL, 0},
                                            {STR("10"), {STR_NULL, STR_NULL}, NULL, 0}};
    const struct attribute_setting one[] = {
        {.name = STR("level"), .type = ATTRIBUTE_CHOICE, .value = value, .values = 2}};
    struct settings s;
    struct attr_wish *wish;
    struct err err = {0};
    size_t n;
    settings_init(&s);
    assert_int_equal(wishes_make(&s, &s.arena, &wish, &n, &err), 0);
    assert_null(wish);
    s.attribute = one;
    s.attributes = 1;
    assert_int_equal(wishes_make(&s, &s.arena, &wish, &n, &err), 0);
    assert_int_equal(wish[0].attr.list->items[0].code, 30);
    assert_int_equal(wish[0].attr.list->items[1].code, 10);
    assert_int_equal(list_find(wish[0].attr.list, STR("10")), 1);
    settings_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_known_by_their_name),
        cmocka_unit_test(numbers_are_their_own_codes),
    };
    return cmocka_run_group_tests_name("main/wishes", tests, NULL, NULL);
}
