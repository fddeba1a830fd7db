/* SPDX-License-Identifier: MIT
 *
 * Dictionaries: ids, growth, readers beside the writer. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "data/dict.h"

enum { WORDS = 20000 };

static struct str word(int i, char out[32])
{
    int n = snprintf(out, 32, "word-%d", i);
    return (struct str){out, (size_t)n};
}

static void ids_follow_the_order_of_arrival(void **state)
{
    (void)state;
    struct dict *d = NULL;
    struct err err = {0};
    char w[32];
    int32_t id;
    assert_int_equal(dict_new(MEM_DATA, &d, &err), 0);
    for (int i = 0; i < WORDS; i++) {
        assert_int_equal(dict_intern(d, word(i, w), &id, &err), 0);
        assert_int_equal(id, i);
    }
    for (int i = 0; i < WORDS; i++) {
        assert_int_equal(dict_intern(d, word(i, w), &id, &err), 0);
        assert_int_equal(id, i);
        assert_int_equal(dict_find(d, word(i, w)), i);
        assert_true(str_eq(dict_get(d, i), word(i, w)));
    }
    assert_int_equal(dict_count(d), WORDS);
    assert_int_equal(dict_find(d, STR("absent")), -1);
    assert_int_equal(dict_intern(d, STR(""), &id, &err), 0);
    assert_int_equal(dict_find(d, STR("")), WORDS);
    dict_unref(d);
}

static void *read_along(void *arg)
{
    struct dict *d = arg;
    char w[32];
    intptr_t bad = 0;
    for (int32_t n = 0; n < WORDS;) {
        n = dict_count(d);
        for (int32_t i = n > 50 ? n - 50 : 0; i < n; i++) {
            bad += !str_eq(dict_get(d, i), word(i, w));
        }
    }
    return (void *)bad;
}

static void readers_see_whole_entries(void **state)
{
    (void)state;
    struct dict *d = NULL;
    struct err err = {0};
    pthread_t reader;
    void *bad = NULL;
    char w[32];
    int32_t id;
    assert_int_equal(dict_new(MEM_DATA, &d, &err), 0);
    assert_int_equal(pthread_create(&reader, NULL, read_along, d), 0);
    for (int i = 0; i < WORDS; i++) {
        assert_int_equal(dict_intern(d, word(i, w), &id, &err), 0);
    }
    pthread_join(reader, &bad);
    assert_null(bad);
    dict_unref(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_follow_the_order_of_arrival),
        cmocka_unit_test(readers_see_whole_entries),
    };
    return cmocka_run_group_tests_name("data/dict", tests, NULL, NULL);
}
