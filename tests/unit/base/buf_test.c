/* SPDX-License-Identifier: MIT
 *
 * The growing buffer: what goes in comes out, numbers read back, failure sticks. */
#include "base/buf.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void expect(struct buf *b, const char *text)
{
    assert_int_equal(buf_check(b, NULL), 0);
    assert_int_equal(b->n, strlen(text));
    assert_memory_equal(b->p, text, b->n);
    buf_clear(b);
}

static void writes_come_out_in_order(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, MEM_NET);
    buf_put(&b, "ab", 2);
    buf_put(&b, NULL, 0);
    buf_str(&b, STR("cd"));
    buf_cstr(&b, "ef");
    buf_cstr(&b, NULL);
    buf_char(&b, 'g');
    buf_printf(&b, "%d-%s", 7, "h");
    expect(&b, "abcdefg7-h");
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "%03d", i);
    assert_int_equal(b.n, 3000);
    assert_memory_equal(b.p + 2997, "999", 3);
    buf_fini(&b);
    assert_int_equal(buf_view(&b).n, 0);
    buf_fini(&b);
}

static void reserved_space_belongs_to_the_caller(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, MEM_NET);
    char *p = buf_reserve(&b, 5000);
    assert_non_null(p);
    memset(p, 'x', 5000);
    b.n += 5000;
    assert_true(b.cap >= 5000);
    assert_non_null(buf_reserve(&b, 0));
    buf_fini(&b);
}

static void whole_numbers_print(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, MEM_NET);
    buf_i64(&b, INT64_MIN);
    expect(&b, "-9223372036854775808");
    buf_i64(&b, INT64_MAX);
    expect(&b, "9223372036854775807");
    buf_i64(&b, 0);
    expect(&b, "0");
    buf_fini(&b);
}

static void decimals_print_short(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, MEM_NET);
    const struct {
        double v;
        const char *plain, *pointed;
    } cases[] = {
        {0.1, "0.1", "0.1"},
        {3.0, "3", "3.0"},
        {-2.5, "-2.5", "-2.5"},
        {1e15, "1e+15", "1e+15"},
        {1e300, "1e+300", "1e+300"},
        {0.0, "0", "0.0"},
        {-0.0, "-0", "-0.0"},
        {123456789012.0, "123456789012", "123456789012.0"},
        {2.0 / 3, "0.6666666666666666", "0.6666666666666666"},
        {NAN, "nan", "nan"},
        {INFINITY, "inf", "inf"},
        {-INFINITY, "-inf", "-inf"},
        {5e-324, "4.94065645841247e-324", "4.94065645841247e-324"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        buf_f64(&b, cases[i].v, false);
        expect(&b, cases[i].plain);
        buf_f64(&b, cases[i].v, true);
        expect(&b, cases[i].pointed);
    }
    buf_fini(&b);
}

static void random_decimals_read_back(void **state)
{
    (void)state;
    uint64_t x = (uint64_t)time(NULL) | 1;
    print_message("seed %llu\n", (unsigned long long)x);
    struct buf b;
    buf_init(&b, MEM_NET);
    for (int i = 0; i < 100000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        double v;
        memcpy(&v, &x, sizeof v);
        if (!isfinite(v))
            continue;
        buf_f64(&b, v, i & 1);
        buf_char(&b, '\0');
        double back = strtod(b.p, NULL);
        assert_memory_equal(&back, &v, sizeof v);
        buf_clear(&b);
    }
    buf_fini(&b);
}

/* Against the search itself: the shortest of 15, 16 and 17 digits that reads back. */
static void few_decimals_print_as_the_search_would(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, MEM_NET);
    for (int i = -300000; i <= 300000; i++) {
        double v = (i % 2 ? i : i * 7919LL) / (i % 3 ? 10000.0 : 100.0);
        if (v <= 0 && v >= 0)
            continue;
        char want[40];
        for (int digits = 15; digits <= 17; digits++) {
            snprintf(want, sizeof want, "%.*g", digits, v);
            double back = strtod(want, NULL);
            if (memcmp(&back, &v, sizeof v) == 0)
                break;
        }
        buf_f64(&b, v, false);
        expect(&b, want);
    }
    buf_fini(&b);
}

static void a_lost_write_is_remembered(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, MEM_NET);
    buf_cstr(&b, "kept");
    mem_fail_at(1);
    char *big = calloc(1, 4096);
    assert_non_null(big);
    buf_put(&b, big, 4096);
    assert_true(b.failed);
    buf_cstr(&b, "lost");
    buf_printf(&b, "%s", "lost");
    buf_char(&b, 'x');
    assert_int_equal(b.n, 4);
    struct err err;
    assert_int_equal(buf_check(&b, &err), ERR_MEM);
    assert_int_equal(err.code, ERR_MEM);
    buf_clear(&b);
    buf_put(&b, big, 4096);
    assert_int_equal(buf_check(&b, NULL), 0);
    assert_int_equal(b.n, 4096);
    free(big);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_come_out_in_order),
        cmocka_unit_test(reserved_space_belongs_to_the_caller),
        cmocka_unit_test(whole_numbers_print),
        cmocka_unit_test(decimals_print_short),
        cmocka_unit_test(random_decimals_read_back),
        cmocka_unit_test(few_decimals_print_as_the_search_would),
        cmocka_unit_test(a_lost_write_is_remembered),
    };
    return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
