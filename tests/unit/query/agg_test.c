/* SPDX-License-Identifier: MIT
 *
 * Aggregates over weighted rows. */
#include "../../../core/query/agg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Values 5, NULL, -2, 7 with weights 2, 3, 4, -1 in groups 0 0 0 1. */
static const uint32_t gid[] = {0, 0, 0, 1};
static const int64_t weight[] = {2, 3, 4, -1};

static struct frame_col input(struct arena *a)
{
    static const int64_t v[] = {5, 0, -2, 7};
    struct frame_col c;
    assert_int_equal(frame_col_init(a, &c, 4, STR("v"), TYPE_INT64, NULL), 0);
    memcpy(c.i, v, sizeof v);
    c.null[1] = 1;
    return c;
}

static struct value result(enum agg_kind kind, enum type type, bool argument, size_t group)
{
    struct arena a;
    arena_init(&a, MEM_QUERY, 0);
    struct frame_col c = input(&a);
    struct expr *arg = argument ? expr_col(&a, 0, TYPE_INT64) : NULL;
    struct agg_spec spec = {.kind = kind, .arg = arg, .type = type};
    struct agg_state s;
    struct frame_col out;
    assert_int_equal(agg_init(&s, &spec, &a, 4, NULL), 0);
    assert_int_equal(agg_reserve(&s, 2, NULL), 0);
    struct agg_input in = {argument ? &c : NULL, NULL};
    assert_int_equal(agg_add(&s, &in, gid, weight, 4, NULL, NULL), 0);
    assert_int_equal(frame_col_init(&a, &out, 1, STR("o"), type, NULL), 0);
    assert_int_equal(agg_result(&s, group, &out, 0, NULL), 0);
    struct value v = vec_get(&out, 0);
    arena_fini(&a);
    return v;
}

static void counts_and_sums_are_weighted(void **state)
{
    (void)state;
    assert_int_equal(result(AGG_COUNT, TYPE_INT64, false, 0).i, 9);
    assert_int_equal(result(AGG_COUNT, TYPE_INT64, false, 1).i, -1);
    assert_int_equal(result(AGG_COUNT_OF, TYPE_INT64, true, 0).i, 6);
    assert_int_equal(result(AGG_SUM, TYPE_INT64, true, 0).i, 5 * 2 - 2 * 4);
    assert_int_equal(result(AGG_SUM, TYPE_INT64, true, 1).i, -7);
    double mean = result(AGG_AVG, TYPE_FLOAT64, true, 0).f;
    assert_true(mean > 0.333 && mean < 0.334); /* 2 / 6 */
}

static void extremes_look_at_values_alone(void **state)
{
    (void)state;
    assert_int_equal(result(AGG_MIN, TYPE_INT64, true, 0).i, -2);
    assert_int_equal(result(AGG_MAX, TYPE_INT64, true, 0).i, 5);
    assert_int_equal(result(AGG_ANY, TYPE_INT64, true, 0).i, 5);
    assert_int_equal(result(AGG_COUNT_DISTINCT, TYPE_INT64, true, 0).i, 2);
}

static void a_sum_that_does_not_fit_is_an_error(void **state)
{
    (void)state;
    struct arena a;
    struct err err = {0};
    arena_init(&a, MEM_QUERY, 0);
    struct frame_col c = input(&a);
    c.i[0] = INT64_MAX;
    struct agg_spec spec = {
        .kind = AGG_SUM, .arg = expr_col(&a, 0, TYPE_INT64), .type = TYPE_INT64};
    struct agg_state s;
    struct frame_col out;
    assert_int_equal(agg_init(&s, &spec, &a, 4, NULL), 0);
    assert_int_equal(agg_reserve(&s, 2, NULL), 0);
    struct agg_input in = {&c, NULL};
    assert_int_equal(agg_add(&s, &in, gid, weight, 4, NULL, NULL), 0);
    assert_int_equal(frame_col_init(&a, &out, 1, STR("o"), TYPE_INT64, NULL), 0);
    assert_int_equal(agg_result(&s, 0, &out, 0, &err), ERR_VALUE);
    assert_non_null(strstr(err.msg, "overflow"));
    arena_fini(&a);
}

static void the_order_of_floats_does_not_show(void **state)
{
    (void)state;
    static const double value[] = {1e16, 3.25, -1e16, 0.1, 1e-3, -7e15, 7e15};
    struct wide up = {0};
    struct wide down = {0};
    for (size_t i = 0; i < ARRAY_LEN(value); i++) {
        wide_add(&up, value[i], 3);
        wide_add(&down, value[ARRAY_LEN(value) - 1 - i], 3);
    }
    double a = wide_value(up);
    double b = wide_value(down);
    assert_memory_equal(&a, &b, sizeof a);
    assert_true(a > 10.0529 && a < 10.0531); /* 3 * (3.25 + 0.1 + 0.001) */
}

static void what_is_not_finite_stays_so(void **state)
{
    (void)state;
    struct wide w = {0};
    wide_add(&w, 1e308, 1);
    wide_add(&w, 1e308, 1);
    assert_true(wide_value(w) > 1e308);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_sums_are_weighted),
        cmocka_unit_test(extremes_look_at_values_alone),
        cmocka_unit_test(a_sum_that_does_not_fit_is_an_error),
        cmocka_unit_test(the_order_of_floats_does_not_show),
        cmocka_unit_test(what_is_not_finite_stays_so),
    };
    return cmocka_run_group_tests_name("query/agg", tests, NULL, NULL);
}
