/* SPDX-License-Identifier: MIT
 *
 * Sharing out targets, and how much is expected by a day. */
#include "random_rows.h"

#include "data/target.h"

#include <math.h>

static void parts_sum_to_the_total(void **state)
{
    (void)state;
    struct rng g = rng_from_env("sharing");
    struct err err = {0};
    for (int round = 0; round < 500; round++) {
        double weight[50];
        int64_t out[50], sum = 0;
        size_t n = 1 + rng_below(&g, 50);
        for (size_t i = 0; i < n; i++) {
            weight[i] = rng_below(&g, 5) == 0 ? 0 : 1 + rng_below(&g, 100000);
        }
        weight[rng_below(&g, (uint32_t)n)] = 7;
        int64_t total = (int64_t)rng_below(&g, 1u << 30) * (round % 3);
        double all = 0;
        for (size_t i = 0; i < n; i++) {
            all += weight[i];
        }
        assert_int_equal(target_share(total, weight, n, out, &err), 0);
        for (size_t i = 0; i < n; i++) {
            double quota = (double)total * weight[i] / all;
            assert_true(fabs((double)out[i] - quota) < 1.0001);
            sum += out[i];
        }
        assert_int_equal(sum, total);
    }
}

static void the_largest_remainder_gets_what_is_left(void **state)
{
    (void)state;
    struct err err = {0};
    int64_t out[3];
    const double weight[] = {1, 1, 1};
    assert_int_equal(target_share(10, weight, 3, out, &err), 0);
    assert_int_equal(out[0], 4); /* ties: the first */
    assert_int_equal(out[1], 3);
    assert_int_equal(out[2], 3);
    const double uneven[] = {0.5, 0.3, 0.2};
    assert_int_equal(target_share(11, uneven, 3, out, &err), 0); /* 5.5 3.3 2.2 */
    assert_int_equal(out[0], 6);
    assert_int_equal(out[1], 3);
    assert_int_equal(out[2], 2);
}

static void bad_weights_are_told(void **state)
{
    (void)state;
    struct err err = {0};
    int64_t out[2];
    assert_int_equal(target_share(10, (double[]){0, 0}, 2, out, &err), ERR_VALUE);
    assert_int_equal(target_share(10, (double[]){1, -1}, 2, out, &err), ERR_VALUE);
    assert_int_equal(target_share(10, (double[]){1, NAN}, 2, out, &err), ERR_VALUE);
}

static void working_days_leave_out_sundays_and_holidays(void **state)
{
    (void)state;
    const int32_t holiday[] = {date_day(2021, 11, 4), date_day(2021, 11, 7)};
    struct target_set s = {.from = date_day(2021, 11, 1), /* a Monday */
                           .to = date_day(2021, 11, 14),
                           .phasing = TARGET_BY_WORKING_DAYS,
                           .holidays = holiday,
                           .holiday_count = 2};
    assert_int_equal(target_days(&s, s.from, s.to), 11); /* 14 - 2 Sundays - 1 holiday */
    assert_int_equal(target_days(&s, date_day(2021, 11, 7), date_day(2021, 11, 7)), 0);
    assert_int_equal(target_days(&s, s.to, s.from), 0);
    s.phasing = TARGET_BY_DAYS;
    assert_int_equal(target_days(&s, s.from, s.to), 14);
}

static void expected_grows_from_nothing_to_all(void **state)
{
    (void)state;
    struct target_set s = {.from = 100, .to = 199, .phasing = TARGET_BY_DAYS};
    assert_true(target_expected(&s, 1000, 99) == 0);
    assert_true(target_expected(&s, 1000, 100) == 10);
    assert_true(target_expected(&s, 1000, 149) == 500);
    assert_true(target_expected(&s, 1000, 199) == 1000);
    assert_true(target_expected(&s, 1000, 5000) == 1000);
}

static void months_have_their_shares(void **state)
{
    (void)state;
    const double pct[] = {10, 60, 30};
    const int32_t holiday[] = {date_day(2021, 11, 4)};
    struct target_set s = {.from = date_day(2021, 10, 16),
                           .to = date_day(2021, 12, 15),
                           .phasing = TARGET_BY_MONTHS,
                           .month_pct = pct,
                           .months = 3,
                           .holidays = holiday,
                           .holiday_count = 1};
    assert_int_equal(target_months(s.from, s.to), 3);
    assert_int_equal(target_months(date_day(2021, 12, 31), date_day(2022, 1, 1)), 2);
    assert_int_equal(target_months(s.to, s.from), 0);
    /* October's half has 13 working days, November 25 with a holiday, December's half 13 */
    assert_true(target_expected(&s, 1000, date_day(2021, 10, 15)) == 0);
    assert_true(fabs(target_expected(&s, 1000, date_day(2021, 10, 16)) - 100.0 / 13) < 1e-9);
    assert_true(fabs(target_expected(&s, 1000, date_day(2021, 10, 31)) - 100) < 1e-9);
    assert_true(fabs(target_expected(&s, 1000, date_day(2021, 11, 3)) - 172) < 1e-9);
    assert_true(fabs(target_expected(&s, 1000, date_day(2021, 11, 4)) - 172) < 1e-9);
    assert_true(fabs(target_expected(&s, 1000, date_day(2021, 11, 30)) - 700) < 1e-9);
    assert_true(target_expected(&s, 1000, date_day(2021, 12, 15)) == 1000);
    assert_int_equal(target_days(&s, s.from, s.to), 51);
}

static void targets_are_found_by_place(void **state)
{
    (void)state;
    struct target at[] = {
        {3, 0, 30, "given", NAN}, {7, 0, 70, "given", NAN}, {9, 0, 90, "given", NAN}};
    struct target_set s = {.name = STR("one"), .n = 3, .at = at};
    const struct target_set *sets[] = {&s};
    struct target_book b = {1, sets};
    assert_int_equal(target_find(&s, 7)->target, 70);
    assert_null(target_find(&s, 8));
    assert_null(target_find(&s, 10));
    assert_ptr_equal(target_set_find(&b, STR("ONE")), &s);
    assert_null(target_set_find(&b, STR("two")));
    assert_null(target_set_find(NULL, STR("one")));
}

static void parts_of_a_place_are_added_up(void **state)
{
    (void)state;
    struct target_part part[] = {{{"Energy", 6}, {"energy", 6}, -1},
                                 {{"Health", 6}, {"health", 6}, -1}};
    struct target at[] = {
        {3, 0, 30, "given", NAN}, {3, 1, 4, "given", NAN}, {7, 1, 70, "given", NAN}};
    struct target_set s = {
        .name = STR("one"), .by = TARGET_BY_DEPARTMENT, .part = part, .parts = 2, .n = 3, .at = at};
    int64_t sum;
    assert_true(target_sum(&s, 3, TARGET_ALL_PARTS, &sum));
    assert_int_equal(sum, 34);
    assert_true(target_sum(&s, 3, 1, &sum));
    assert_int_equal(sum, 4);
    assert_false(target_sum(&s, 7, 0, &sum));
    assert_int_equal(sum, 0);
    assert_false(target_sum(&s, 5, TARGET_ALL_PARTS, &sum));
    assert_int_equal(target_part_named(&s, STR(" HEALTH ")), 1);
    assert_int_equal(target_part_named(&s, STR("Forest")), -1);
    assert_string_equal(target_by_name(s.by), "department");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_sum_to_the_total),
        cmocka_unit_test(the_largest_remainder_gets_what_is_left),
        cmocka_unit_test(bad_weights_are_told),
        cmocka_unit_test(working_days_leave_out_sundays_and_holidays),
        cmocka_unit_test(expected_grows_from_nothing_to_all),
        cmocka_unit_test(months_have_their_shares),
        cmocka_unit_test(targets_are_found_by_place),
        cmocka_unit_test(parts_of_a_place_are_added_up),
    };
    return cmocka_run_group_tests_name("data/target", tests, NULL, NULL);
}
