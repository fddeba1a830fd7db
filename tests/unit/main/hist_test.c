/* SPDX-License-Identifier: MIT
 *
 * Quantiles against sorted values. */
#include "../../../core/main/hist.h"

#include <stdlib.h>

#include "base/hash.h"
#include "test.h"

enum { VALUES = 20000 };

static int by_value(const void *pa, const void *pb)
{
    int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
    return (a > b) - (a < b);
}

/* Values of all sizes: the number of their bits is drawn first. */
static int64_t draw(uint64_t i)
{
    uint64_t x = hash_mix(i);
    return (int64_t)(hash_mix(x) >> (2 + x % 61));
}

static void quantiles_are_near_and_never_below(void **state)
{
    static const double q[] = {0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.99995, 1};
    static struct hist h;
    static int64_t v[VALUES];
    (void)state;
    for (size_t i = 0; i < VALUES; i++) {
        v[i] = draw(i);
        hist_add(&h, v[i]);
    }
    qsort(v, VALUES, sizeof v[0], by_value);
    assert_int_equal(h.n, VALUES);
    assert_int_equal(h.least, v[0]);
    assert_int_equal(h.most, v[VALUES - 1]);
    for (size_t i = 0; i < sizeof q / sizeof q[0]; i++) {
        size_t rank = (size_t)(q[i] * VALUES);
        rank += (double)rank < q[i] * VALUES;
        int64_t exact = v[rank > 0 ? rank - 1 : 0];
        int64_t got = hist_quantile(&h, q[i]);
        assert_true(got >= exact);
        assert_true(got - exact <= exact / 64);
    }
}

static void small_values_are_exact(void **state)
{
    static struct hist h;
    (void)state;
    for (int64_t v = 0; v < 128; v++)
        hist_add(&h, v);
    for (int64_t v = 0; v < 128; v++)
        assert_int_equal(hist_quantile(&h, (double)(v + 1) / 128), v);
}

static void the_ends_have_buckets(void **state)
{
    static struct hist h;
    (void)state;
    assert_int_equal(hist_quantile(&h, 0.5), 0);
    hist_add(&h, -5);
    assert_int_equal(hist_quantile(&h, 1), 0);
    hist_add(&h, INT64_MAX);
    assert_int_equal(hist_quantile(&h, 1), INT64_MAX);
    assert_int_equal(h.least, 0);
}

static void two_together_are_all(void **state)
{
    static struct hist one, two, all, none;
    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        hist_add(i % 3 ? &one : &two, draw(i));
        hist_add(&all, draw(i));
    }
    hist_merge(&one, &two);
    hist_merge(&one, &none);
    assert_memory_equal(&one, &all, sizeof all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(quantiles_are_near_and_never_below),
                                       cmocka_unit_test(small_values_are_exact),
                                       cmocka_unit_test(the_ends_have_buckets),
                                       cmocka_unit_test(two_together_are_all)};
    return cmocka_run_group_tests_name("main/hist", tests, NULL, NULL);
}
