/* SPDX-License-Identifier: MIT
 *
 * Programs of the counting kernels: short where they can be, and given up where counting by rows
 * is cheaper. That they count right is tried in kernel_test.c. */
#include "random_rows.h"

#include "data/kernel.h"

static uint64_t word[KERNEL_WIDTH_MAX][16];
static uint64_t *planes[KERNEL_WIDTH_MAX];

static struct kernel_col column(uint8_t width, unsigned entries)
{
    struct kernel_col c = {.plane = planes, .width = width, .entries = (uint16_t)entries};
    for (int b = 0; b < KERNEL_WIDTH_MAX; b++) {
        planes[b] = word[b];
    }
    return c;
}

static struct kernel_plan prepare(const struct kernel_col *a, const struct kernel_col *b,
                                  unsigned groups)
{
    const struct kernel_col *cols[] = {a, b};
    struct kernel_plan p;
    kernel_prepare(&p, cols, b ? 2 : 1, groups, false);
    return p;
}

static void a_range_takes_few_selections(void **state)
{
    (void)state;
    struct kernel_col c = column(6, 44);
    for (unsigned i = 0; i < 44; i++) {
        c.map[i] = i >= 2 && i <= 24 ? 0 : 255;
    }
    struct kernel_plan p = prepare(&c, NULL, 1);
    assert_int_equal(p.way, KERNEL_MASKS);
    assert_int_equal(p.tests, 1);
    assert_int_equal(p.nodes, p.test_nodes);
    assert_in_range(p.nodes, 1, 12);
}

static void selections_are_made_once(void **state)
{
    (void)state;
    struct kernel_col c = column(4, 16);
    for (unsigned i = 0; i < 16; i++) {
        c.map[i] = (uint8_t)i;
    }
    struct kernel_plan p = prepare(&c, NULL, 16);
    assert_int_equal(p.way, KERNEL_CODES);
    assert_true(p.cut_masks); /* the program serves for short stretches */
    assert_int_equal(p.key_first[p.keys], 16);
    assert_in_range(p.nodes, 16, 2 + 4 + 8 + 16);
}

static void codes_that_do_not_occur_cost_nothing(void **state)
{
    (void)state;
    struct kernel_col c = column(1, 1);
    struct kernel_plan p = prepare(&c, NULL, 1);
    assert_int_equal(p.nodes, 0);
    assert_int_equal(p.tests, 0);
    c.map[0] = 255;
    p = prepare(&c, NULL, 1);
    assert_int_equal(p.tests, 1); /* no row passes */
    assert_int_equal(p.test[0], 0);
}

static void many_groups_are_counted_by_rows(void **state)
{
    (void)state;
    struct kernel_col a = column(6, 60), b = column(2, 4);
    for (unsigned i = 0; i < 60; i++) {
        a.map[i] = (uint8_t)i;
    }
    for (unsigned i = 0; i < 4; i++) {
        b.map[i] = (uint8_t)(i * 60);
    }
    assert_int_equal(prepare(&a, &b, 240).way, KERNEL_BYTES);
    struct kernel_col test = column(8, 200);
    memset(test.map, 255, sizeof(test.map));
    test.map[17] = 0;
    assert_int_equal(prepare(&test, &a, 60).way, KERNEL_GATHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_takes_few_selections),
        cmocka_unit_test(selections_are_made_once),
        cmocka_unit_test(codes_that_do_not_occur_cost_nothing),
        cmocka_unit_test(many_groups_are_counted_by_rows),
    };
    return cmocka_run_group_tests_name("data/kernel_plan", tests, NULL, NULL);
}
