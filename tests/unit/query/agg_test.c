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
    assert_int_equal(agg_add(&s, argument ? &c : NULL, gid, weight, 4, NULL, NULL), 0);
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
    assert_int_equal(agg_add(&s, &c, gid, weight, 4, NULL, NULL), 0);
    assert_int_equal(frame_col_init(&a, &out, 1, STR("o"), TYPE_INT64, NULL), 0);
    assert_int_equal(agg_result(&s, 0, &out, 0, &err), ERR_VALUE);
    assert_non_null(strstr(err.msg, "overflow"));
    arena_fini(&a);
}

static void a_group_without_rows_counts_zero(void **state)
{
    (void)state;
    struct agg_spec count = {.kind = AGG_COUNTIF, .type = TYPE_INT64};
    struct agg_spec sum = {.kind = AGG_SUM, .type = TYPE_INT64};
    assert_false(agg_empty(&count).null);
    assert_int_equal(agg_empty(&count).i, 0);
    assert_true(agg_empty(&sum).null);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_sums_are_weighted),
        cmocka_unit_test(extremes_look_at_values_alone),
        cmocka_unit_test(a_sum_that_does_not_fit_is_an_error),
        cmocka_unit_test(a_group_without_rows_counts_zero),
    };
    return cmocka_run_group_tests_name("query/agg", tests, NULL, NULL);
}
