/* SPDX-License-Identifier: MIT
 *
 * Guessing the type of a column from its values. */
#include "../../../core/ingest/guess.h"
#include "world.h"

static struct guess look(const char *const *values, size_t n)
{
    struct guess g;
    guess_init(&g);
    for (size_t i = 0; i < n; i++)
        guess_look(&g, str_of(values[i]), (uint32_t)i + 2);
    return g;
}

#define GUESS(...)                                                                                 \
    look((const char *const[]){__VA_ARGS__}, ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

static void expect(struct guess g, enum type type)
{
    assert_string_equal(type_name(guess_type(&g)), type_name(type));
}

static void all_values_decide(void **state)
{
    (void)state;
    expect(GUESS("1", "-20", "0"), TYPE_INT64);
    expect(GUESS("1", "2.5"), TYPE_FLOAT64);
    expect(GUESS("1e3", "-0.5"), TYPE_FLOAT64);
    expect(GUESS("true", "FALSE"), TYPE_BOOL);
    expect(GUESS("2021-11-20", "20-11-2021", "20/11/2021"), TYPE_DATE);
    expect(GUESS("2021-11-20", "1"), TYPE_STRING);
    expect(GUESS("1", "true"), TYPE_STRING);
    expect(GUESS("9223372036854775808"), TYPE_FLOAT64);
    expect(GUESS("nan"), TYPE_STRING);
    expect(GUESS("2021-02-30"), TYPE_STRING);
    struct guess none;
    guess_init(&none);
    expect(none, TYPE_STRING);
}

static void codes_and_telephones_are_texts(void **state)
{
    (void)state;
    expect(GUESS("007"), TYPE_STRING);
    expect(GUESS("-01"), TYPE_STRING);
    expect(GUESS("+919876543210"), TYPE_STRING);
    expect(GUESS("0", "0.5"), TYPE_FLOAT64);
    expect(GUESS("00.5"), TYPE_STRING);
}

static void numbers_as_people_write_them(void **state)
{
    (void)state;
    expect(GUESS("2,66,000", "1200", "2.66 lakh"), TYPE_INT64);
    expect(GUESS("२ लाख ८ हजार", "5"), TYPE_INT64);
    expect(GUESS("1,200.5", "2 lakh"), TYPE_FLOAT64);
    expect(GUESS("1", "2.0"), TYPE_FLOAT64);
    expect(GUESS("०१२"), TYPE_STRING);
    expect(GUESS("2,66,00"), TYPE_STRING);
    struct value v;
    assert_int_equal(value_read(TYPE_INT64, STR("2 लाख 8 हजार 308"), &v, NULL), 0);
    assert_int_equal(v.i, 208308);
    assert_int_equal(value_read(TYPE_FLOAT64, STR("1,200.5"), &v, NULL), 0);
    assert_true(v.f == 1200.5);
}

static void the_line_that_made_it_text_is_kept(void **state)
{
    (void)state;
    struct guess g = GUESS("1", "2", "many", "3", "few");
    assert_int_equal(g.line, 4);
    assert_string_equal(g.value, "many");
    assert_int_equal(g.before, TYPE_INT64);
    assert_int_equal(GUESS("many", "1").before, TYPE_STRING);
    g = GUESS("1", "234567890124 many");
    assert_int_equal(g.before, TYPE_INT64);
    assert_string_equal(g.value, "xxxxxxxxxxxx many");
}

static void values_are_read_by_type(void **state)
{
    (void)state;
    struct value v;
    struct err err;
    assert_int_equal(value_read(TYPE_INT64, STR("+5"), &v, &err), 0);
    assert_int_equal(v.i, 5);
    assert_int_equal(value_read(TYPE_BOOL, STR("True"), &v, &err), 0);
    assert_int_equal(v.i, 1);
    assert_int_equal(value_read(TYPE_DATE, STR("20-11-2021"), &v, &err), 0);
    assert_int_equal(v.i, date_day(2021, 11, 20));
    assert_int_equal(value_read(TYPE_INT64, STR("5.0"), &v, &err), ERR_VALUE);
    assert_int_equal(value_read(TYPE_FLOAT64, STR("1,5"), &v, &err), ERR_VALUE);
    assert_int_equal(value_read(TYPE_BOOL, STR("yes"), &v, &err), ERR_VALUE);
    assert_int_equal(value_read(TYPE_DATE, STR("2021-02-30"), &v, &err), ERR_VALUE);
    assert_non_null(strstr(err.msg, "there is no day 30"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_values_decide),
        cmocka_unit_test(codes_and_telephones_are_texts),
        cmocka_unit_test(numbers_as_people_write_them),
        cmocka_unit_test(the_line_that_made_it_text_is_kept),
        cmocka_unit_test(values_are_read_by_type),
    };
    return cmocka_run_group_tests_name("ingest/guess", tests, NULL, NULL);
}
