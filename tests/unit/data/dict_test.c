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

/* One by one and many at once give the same ids, short words and long ones. */
static void many_at_once_get_the_same_ids(void **state)
{
    (void)state;
    enum { N = 5000 };
    static char text[N][40];
    static struct str s[N];
    static int32_t id[N], map[N + 1];
    struct dict *one = NULL, *many = NULL, *other = NULL;
    struct err err = {0};
    int32_t n;
    assert_int_equal(dict_new(MEM_DATA, &one, &err), 0);
    assert_int_equal(dict_new(MEM_DATA, &many, &err), 0);
    assert_int_equal(dict_new(MEM_DATA, &other, &err), 0);
    for (int i = 0; i < N; i++) {
        int k = i * 7919 % 1700;
        int len = snprintf(text[i], sizeof(text[i]), k % 3 ? "%d" : "a longer word %d", k);
        s[i] = (struct str){text[i], i % 11 == 0 ? 0 : (size_t)len};
    }
    assert_int_equal(dict_intern_all(many, s, N, -5, id, &err), 0);
    for (int i = 0; i < N; i++) {
        if (s[i].n == 0) {
            assert_int_equal(id[i], -5);
            continue;
        }
        assert_int_equal(dict_intern(one, s[i], &n, &err), 0);
        assert_int_equal(id[i], n);
    }
    assert_int_equal(dict_intern(other, STR("a longer word 0"), &n, &err), 0);
    assert_int_equal(dict_intern_from(other, many, map, &err), 0);
    for (int32_t i = 0; i < dict_count(many); i++) {
        assert_true(str_eq(dict_get(other, map[i]), dict_get(many, i)));
    }
    assert_int_equal(dict_count(other), dict_count(many));
    dict_unref(one);
    dict_unref(many);
    dict_unref(other);
}

/* Words of up to eight bytes are told apart without looking at their text. */
static void short_words_are_told_apart(void **state)
{
    (void)state;
    struct dict *d = NULL;
    struct err err = {0};
    char w[10] = "aaaaaaaaa";
    int32_t id, next = 0;
    assert_int_equal(dict_new(MEM_DATA, &d, &err), 0);
    for (size_t n = 1; n <= 9; n++) {
        for (size_t at = 0; at < n; at++) {
            w[at] = 'b';
            assert_int_equal(dict_intern(d, (struct str){w, n}, &id, &err), 0);
            assert_int_equal(id, next++);
            w[at] = 'a';
        }
        assert_int_equal(dict_find(d, (struct str){w, n}), -1);
    }
    assert_int_equal(dict_find(d, (struct str){"b\0", 2}), -1);
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
        cmocka_unit_test(many_at_once_get_the_same_ids),
        cmocka_unit_test(short_words_are_told_apart),
        cmocka_unit_test(readers_see_whole_entries),
    };
    return cmocka_run_group_tests_name("data/dict", tests, NULL, NULL);
}
