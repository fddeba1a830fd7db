/* SPDX-License-Identifier: MIT
 *
 * The model behind forecast, judged on the course of the national drive as it was published.
 *
 * The totals are those that ministries and newspapers told (Lokmat 19 Sep; The Statesman 26 Sep;
 * Mint 3 Oct; The Quint 27 Oct; Republic World 12 Nov; Deccan Herald 17 Nov; The Logical Indian 20
 * Nov; Business Standard 29 Nov; Moneycontrol 1 Dec 2021; upgovtupdate.com 14 Jan 2022; the
 * ministry's guideline on ex gratia 31 Mar 2022). The end of each week is read between the two
 * nearest totals, in proportion to the days. From each week on, from the sixth, the model sees what
 * came before and says the next four; the last value and a straight line (least squares) say
 * theirs. An error is told as a multiple of the mean step of the weeks seen (the mean absolute
 * scaled error, MASE). */
#include "../../../core/query/smooth.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/date.h"
#include "base/mem.h"

enum { WEEKS_MAX = 40, FIRST_ORIGIN = 6, AHEAD = 4 };

static const struct {
    int year, month, day;
    double total;
} published[] = {
    {2021, 8, 26, 0},         {2021, 9, 19, 10312095},  {2021, 9, 26, 17100000},
    {2021, 10, 3, 25100000},  {2021, 10, 27, 53000000}, {2021, 11, 12, 73000000},
    {2021, 11, 17, 78600000}, {2021, 11, 20, 84389193}, {2021, 11, 29, 96982091},
    {2021, 12, 1, 100000000}, {2022, 1, 14, 222748610}, {2022, 3, 31, 270500000},
};

static double total_on(int32_t day)
{
    for (size_t i = 1; i < ARRAY_LEN(published); i++) {
        int32_t from =
            date_day(published[i - 1].year, published[i - 1].month, published[i - 1].day);
        int32_t to = date_day(published[i].year, published[i].month, published[i].day);
        if (day <= to)
            return published[i - 1].total + (published[i].total - published[i - 1].total) *
                                                (day - from) / (double)(to - from);
    }
    return published[ARRAY_LEN(published) - 1].total;
}

/* Totals at the ends of the weeks, or what each week added. */
static size_t national_weeks(double *y, bool added)
{
    size_t n = 0;
    int32_t last = date_day(2022, 3, 31);
    for (int32_t day = date_day(2021, 8, 26) + 7; day <= last; day += 7)
        y[n++] = total_on(day) - (added ? total_on(day - 7) : 0);
    return n;
}

enum method { MODEL, LAST, LINE };

static struct smooth_point straight(const double *y, size_t n, size_t h)
{
    double x = (double)(n - 1) / 2;
    double mean = 0;
    double both = 0;
    double square = 0;
    for (size_t i = 0; i < n; i++)
        mean += y[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        both += ((double)i - x) * (y[i] - mean);
        square += ((double)i - x) * ((double)i - x);
    }
    return (struct smooth_point){.value = mean + both / square * ((double)(n - 1 + h) - x)};
}

struct score {
    double mase, by_step[AHEAD];
    double covered; /* share of what came that lay within the bounds of 95 in 100 */
};

static struct score judge(const double *y, size_t n, enum method method, bool daily)
{
    struct score s = {0};
    size_t count[AHEAD] = {0};
    size_t all = 0;
    double scratch[512];
    for (size_t origin = FIRST_ORIGIN; origin < n; origin++) {
        double scale = 0;
        struct smooth m;
        for (size_t i = 1; i < origin; i++)
            scale += fabs(y[i] - y[i - 1]) / (double)(origin - 1);
        smooth_fit(y, origin, daily, scratch, &m);
        for (size_t h = 1; h <= AHEAD && origin + h <= n; h++) {
            double came = y[origin + h - 1];
            struct smooth_point p = method == MODEL ? smooth_at(&m, h, 0.95, NULL)
                                    : method == LINE
                                        ? straight(y, origin, h)
                                        : (struct smooth_point){.value = y[origin - 1]};
            double error = fabs(came - p.value) / scale;
            s.mase += error;
            s.by_step[h - 1] += error;
            s.covered += p.lower <= came && came <= p.upper;
            count[h - 1]++;
            all++;
        }
    }
    s.mase /= (double)all;
    s.covered /= (double)all;
    for (size_t h = 0; h < AHEAD; h++)
        s.by_step[h] /= (double)count[h];
    return s;
}

static void print(const char *what, const struct score *s)
{
    printf("%-34s MASE %.2f; by weeks ahead %.2f %.2f %.2f %.2f; %.0f%% covered\n", what, s->mase,
           s->by_step[0], s->by_step[1], s->by_step[2], s->by_step[3], 100 * s->covered);
}

static void it_beats_last_value_and_straight_line(void **state)
{
    (void)state;
    double y[WEEKS_MAX];
    size_t n = national_weeks(y, false);
    assert_int_equal(n, 31);
    struct score model = judge(y, n, MODEL, false);
    struct score last = judge(y, n, LAST, false);
    struct score line = judge(y, n, LINE, false);
    print("weekly totals: the model", &model);
    print("weekly totals: last value", &last);
    print("weekly totals: straight line", &line);
    assert_true(model.mase < 0.5 * last.mase && model.mase < 0.5 * line.mase);
    for (size_t h = 0; h < AHEAD; h++)
        assert_true(model.by_step[h] < last.by_step[h] && model.by_step[h] < line.by_step[h]);
    assert_true(model.covered > 0.75); /* December came as a surprise to all */
}

static void before_december_its_bounds_hold(void **state)
{
    (void)state;
    double y[WEEKS_MAX];
    national_weeks(y, false);
    struct score model = judge(y, 14, MODEL, false); /* up to 1 December 2021 */
    print("weekly totals to 1 Dec: the model", &model);
    assert_true(model.mase < 0.5 && model.covered > 0.9);
}

/* What each week added stood still for weeks, as the published totals lie weeks apart: there
 * nothing is better than the last value. */
static void it_is_no_worse_where_nothing_moves(void **state)
{
    (void)state;
    double y[WEEKS_MAX];
    size_t n = national_weeks(y, true);
    struct score model = judge(y, n, MODEL, false);
    struct score last = judge(y, n, LAST, false);
    struct score line = judge(y, n, LINE, false);
    print("added by week: the model", &model);
    print("added by week: last value", &last);
    print("added by week: straight line", &line);
    assert_true(model.mase < 1.01 * last.mase && model.mase < line.mase);
}

/* Ten weeks of growth in which Sunday has a third. */
static size_t days_with_sundays(double *y)
{
    uint32_t seed = 1;
    for (size_t i = 0; i < 70; i++) {
        seed = seed * 1664525u + 1013904223u;
        double noise = (double)(seed >> 8) / (1 << 24) - 0.5;
        y[i] = (1000 + 20 * (double)i) * (i % 7 == 6 ? 0.33 : 1) * (1 + 0.1 * noise);
    }
    return 70;
}

static void daily_figures_have_a_week(void **state)
{
    (void)state;
    double y[70];
    double scratch[70];
    struct smooth m;
    size_t n = days_with_sundays(y);
    smooth_fit(y, n, true, scratch, &m);
    assert_true(m.weekly && m.factors);
    for (size_t h = 1; h <= 14; h++) {
        struct smooth_point p = smooth_at(&m, h, 0.95, NULL);
        double want = (1000 + 20 * (double)(n - 1 + h)) * ((n - 1 + h) % 7 == 6 ? 0.33 : 1);
        assert_true(fabs(p.value - want) < 0.15 * want);
        assert_true(p.lower < want && want < p.upper);
    }
    struct score with = judge(y, n, MODEL, true);
    struct score without = judge(y, n, MODEL, false);
    struct score last = judge(y, n, LAST, true);
    print("days with Sundays: the model", &with);
    print("days with Sundays: knows no week", &without);
    print("days with Sundays: last value", &last);
    assert_true(with.mase < 0.6 * without.mase && with.mase < last.mase);
}

static void a_week_is_believed_when_it_is_there(void **state)
{
    (void)state;
    double y[70];
    double scratch[70];
    struct smooth m;
    for (size_t i = 0; i < 70; i++) /* no period of seven */
        y[i] = 100 + (double)(i * i % 11);
    smooth_fit(y, 70, true, scratch, &m);
    assert_false(m.weekly);
    days_with_sundays(y);
    smooth_fit(y, 20, true, scratch, &m); /* less than three weeks */
    assert_false(m.weekly);
    for (size_t i = 0; i < 70; i++)
        y[i] = (i % 7 == 0 ? -5 : 1) + 0.01 * (double)(i * i % 3);
    smooth_fit(y, 70, true, scratch, &m);
    assert_true(m.weekly && !m.factors);
    assert_true(fabs(smooth_at(&m, 1, 0.9, NULL).value + 5) < 1);
}

static void few_points(void **state)
{
    (void)state;
    static const double y[] = {5, 7, 9, 11, 13, 15};
    double scratch[6];
    struct smooth m;
    smooth_fit(y, 1, false, scratch, &m);
    struct smooth_point p = smooth_at(&m, 3, 0.95, NULL);
    assert_true(fabs(p.value - 5) < 1e-9 && !p.known);
    smooth_fit(y, 6, false, scratch, &m);
    p = smooth_at(&m, 1, 0.95, NULL);
    assert_true(p.known && p.value > 16.5 && p.value < 17.1);
    struct smooth_walk walk = {0};
    for (size_t h = 1; h <= 5; h++) {
        double once = smooth_at(&m, h, 0.9, NULL).upper;
        double walked = smooth_at(&m, h, 0.9, &walk).upper;
        assert_memory_equal(&once, &walked, sizeof once);
    }
}

/* The tables of Student's t: 12.706 for 1 degree of freedom, 2.571 for 5, 2.228 for 10. */
static void bounds_are_those_of_students_t(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double width;
    } table[] = {{5, 12.706}, {9, 2.571}, {14, 2.228}};
    for (size_t k = 0; k < ARRAY_LEN(table); k++) {
        size_t dof = table[k].n - 4;
        struct smooth m = {.alpha = 1, .level = 0, .squares = (double)dof, .n = table[k].n};
        struct smooth_point p = smooth_at(&m, 1, 0.95, NULL);
        assert_true(fabs(p.upper - table[k].width) < 0.001);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_beats_last_value_and_straight_line),
        cmocka_unit_test(before_december_its_bounds_hold),
        cmocka_unit_test(it_is_no_worse_where_nothing_moves),
        cmocka_unit_test(daily_figures_have_a_week),
        cmocka_unit_test(a_week_is_believed_when_it_is_there),
        cmocka_unit_test(few_points),
        cmocka_unit_test(bounds_are_those_of_students_t),
    };
    return cmocka_run_group_tests_name("query/smooth", tests, NULL, NULL);
}
