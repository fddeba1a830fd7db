/* SPDX-License-Identifier: MIT
 *
 * Every table of a few cells and its rule: whoever knows the whole, what is told and the rule
 * itself cannot compute a hidden cell, nor a sum over some of them. */
#include "../../../core/query/cells.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"

enum { CELLS_MAX = 4, SUM_MAX = 20 };

struct table {
    int64_t count[CELLS_MAX];
    uint8_t hidden[CELLS_MAX];
    bool told;
};

/* What somebody sees: the whole, whether anything is told, and what. */
static bool looks_alike(const struct table *a, const struct table *b, size_t n)
{
    if (a->told != b->told)
        return false;
    for (size_t i = 0; a->told && i < n; i++)
        if (a->hidden[i] != b->hidden[i] || (!a->hidden[i] && a->count[i] != b->count[i]))
            return false;
    return true;
}

static bool next_table(int64_t *count, size_t n, int64_t whole)
{
    for (size_t i = 0; i + 1 < n; i++) {
        int64_t rest = whole;
        count[i]++;
        for (size_t j = 0; j + 1 < n; j++)
            rest -= count[j];
        if (rest >= 0) {
            count[n - 1] = rest;
            return true;
        }
        count[i] = 0;
    }
    return false;
}

static size_t all_tables(struct table *t, size_t n, int64_t whole, int64_t k)
{
    size_t tables = 0;
    struct table at = {.count = {0}};
    at.count[n - 1] = whole;
    do {
        at.told = cells_hide(at.count, n, k, at.hidden);
        t[tables++] = at;
    } while (next_table(at.count, n, whole));
    return tables;
}

static int64_t sum_of(const struct table *t, unsigned subset)
{
    int64_t sum = 0;
    for (size_t i = 0; i < CELLS_MAX; i++)
        sum += subset >> i & 1 ? t->count[i] : 0;
    return sum;
}

/* Sums over some, but not all, of what is hidden. */
static void try_sums(const struct table *t, size_t tables, size_t at, size_t n)
{
    unsigned hidden = 0;
    for (size_t i = 0; i < n; i++)
        hidden |= (unsigned)(t[at].told ? t[at].hidden[i] : 1) << i;
    for (unsigned subset = 1; subset < hidden; subset++) {
        bool open = false;
        if ((subset & ~hidden) != 0)
            continue;
        for (size_t j = 0; j < tables && !open; j++)
            open = looks_alike(&t[at], &t[j], n) && sum_of(&t[at], subset) != sum_of(&t[j], subset);
        if (!open)
            fail_msg("%lld %lld %lld %lld of %zu: cells %x are known", (long long)t[at].count[0],
                     (long long)t[at].count[1], (long long)t[at].count[2],
                     (long long)t[at].count[3], n, subset);
    }
}

static void test_no_hidden_cell_can_be_computed(void **state)
{
    (void)state;
    static struct table table[4096];
    for (int64_t k = SMALL_CELLS_LEAST; k <= 6; k++)
        for (size_t n = 2; n <= CELLS_MAX; n++)
            for (int64_t whole = 1; whole <= SUM_MAX - 2 * (int64_t)n; whole++) {
                size_t tables = all_tables(table, n, whole, k);
                assert_in_range(tables, 1, 4096);
                for (size_t i = 0; i < tables; i++)
                    try_sums(table, tables, i, n);
            }
}

static void test_small_counts_are_hidden_and_others_told(void **state)
{
    (void)state;
    static struct table table[4096];
    for (int64_t k = SMALL_CELLS_LEAST; k <= 6; k++) {
        size_t tables = all_tables(table, 3, SUM_MAX, k);
        for (size_t i = 0; i < tables; i++) {
            bool small = false;
            for (size_t c = 0; c < 3; c++) {
                int64_t count = table[i].count[c];
                small = small || (count > 0 && count < k);
                assert_true(!table[i].told || count == 0 || count >= k || table[i].hidden[c]);
                assert_true(!table[i].told || count != 0 || !table[i].hidden[c]);
            }
            if (!small) { /* nothing is hidden without need */
                assert_true(table[i].told);
                assert_null(memchr(table[i].hidden, 1, 3));
            }
        }
    }
}

static void test_examples(void **state)
{
    (void)state;
    uint8_t hidden[4];
    assert_true(cells_hide((const int64_t[]){300, 4, 40, 0}, 4, 10, hidden));
    assert_memory_equal(hidden, "\0\1\1\0", 4); /* 4 alone would be what is missing */
    assert_true(cells_hide((const int64_t[]){300, 4, 8, 0}, 4, 10, hidden));
    assert_memory_equal(hidden, "\0\1\1\0", 4); /* 12 for two: enough */
    assert_true(cells_hide((const int64_t[]){300, 9, 9, 50}, 4, 10, hidden));
    assert_memory_equal(hidden, "\0\1\1\1", 4); /* 18 would be 9 and 9 */
    assert_false(cells_hide((const int64_t[]){1, 14}, 2, 10, hidden));
    assert_true(cells_hide((const int64_t[]){15, 0}, 2, 10, hidden));
    assert_memory_equal(hidden, "\0\0", 2);
    assert_true(cells_hide((const int64_t[]){300, -2, 40}, 3, 10, hidden));
    assert_memory_equal(hidden, "\0\1\1", 3); /* a correction alone is of few persons, too */
    assert_true(cells_hide(NULL, 0, 10, hidden));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_small_counts_are_hidden_and_others_told),
        cmocka_unit_test(test_no_hidden_cell_can_be_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
