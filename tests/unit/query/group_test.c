/* SPDX-License-Identifier: MIT
 *
 * Interning and numbering of groups. */
#include "../../../core/query/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ROWS = 1000 };

static struct frame_col texts(struct arena *a, const char *const *s, size_t n)
{
    struct frame_col c;
    assert_int_equal(frame_col_init(a, &c, n, STR("s"), TYPE_STRING, NULL), 0);
    for (size_t i = 0; i < n; i++) {
        c.null[i] = s[i] == NULL;
        c.s[i] = str_of(s[i]);
    }
    return c;
}

static void equal_values_have_one_ordinal(void **state)
{
    (void)state;
    static const char *const s[] = {"a", "b", "a", NULL, "", NULL, "b"};
    static const uint32_t want[] = {0, 1, 0, 2, 3, 2, 1};
    struct arena a;
    struct intern t;
    uint32_t out[7];
    arena_init(&a, MEM_QUERY, 0);
    struct frame_col c = texts(&a, s, 7);
    intern_init(&t, &a, TYPE_STRING, NULL);
    assert_int_equal(intern_add(&t, &c, 7, out, NULL), 0);
    assert_memory_equal(out, want, sizeof want);
    assert_int_equal(t.n, 4);
    assert_true(vec_get(&t.value, 2).null);
    arena_fini(&a);
}

static void zeros_of_both_signs_are_one(void **state)
{
    (void)state;
    struct arena a;
    struct intern t;
    uint32_t out[3];
    struct frame_col c;
    arena_init(&a, MEM_QUERY, 0);
    assert_int_equal(frame_col_init(&a, &c, 3, STR("f"), TYPE_FLOAT64, NULL), 0);
    c.f[0] = 0.0;
    c.f[1] = 1.0;
    c.f[2] = -0.0;
    intern_init(&t, &a, TYPE_FLOAT64, NULL);
    assert_int_equal(intern_add(&t, &c, 3, out, NULL), 0);
    assert_int_equal(out[2], out[0]);
    arena_fini(&a);
}

static void many_numbers_keep_their_place(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, MEM_QUERY, 0);
    struct u64_map m = {.arena = &a};
    uint32_t at;
    for (uint64_t k = 0; k < 50000; k++) {
        assert_int_equal(u64_map_add(&m, k * 977, &at, NULL), 0);
        assert_int_equal(at, k);
    }
    for (uint64_t k = 0; k < 50000; k += 7) {
        assert_int_equal(u64_map_add(&m, k * 977, &at, NULL), 0);
        assert_int_equal(at, k);
    }
    arena_fini(&a);
}

/* Two keys with ordinals below 10 and 7: dense, the number is k * 7 + l; hashed, each pair has a
 * number of its own and gives its ordinals back. */
static void pairs_number(bool dense)
{
    struct arena a;
    arena_init(&a, MEM_QUERY, 0);
    uint32_t codes[10];
    struct group_key key[2] = {{.base = 0}, {.base = 1}};
    struct groups g = {.key = key, .keys = 2};
    intern_init(&key[0].values, &a, TYPE_INT64, NULL);
    intern_init(&key[1].values, &a, TYPE_INT64, NULL);
    if (dense) {
        key[0].of_code = key[1].of_code = codes;
        key[0].count = 10;
        key[1].count = 7;
    }
    uint32_t gid[ROWS];
    assert_int_equal(groups_init(&g, &a, ROWS, 100, NULL), 0);
    assert_int_equal(g.dense, dense);
    for (uint32_t i = 0; i < ROWS; i++) {
        g.scratch[i] = i % 10;
        g.scratch[ROWS + i] = i / 10 % 7;
    }
    assert_int_equal(groups_combine(&g, ROWS, gid, NULL), 0);
    assert_int_equal(groups_count(&g), 70);
    for (uint32_t i = 0; i < ROWS; i++) {
        assert_int_equal(groups_ordinal(&g, gid[i], 0), i % 10);
        assert_int_equal(groups_ordinal(&g, gid[i], 1), i / 10 % 7);
    }
    arena_fini(&a);
}

static void pairs_are_numbered_dense(void **state)
{
    (void)state;
    pairs_number(true);
}

static void pairs_are_numbered_by_hash(void **state)
{
    (void)state;
    pairs_number(false);
}

/* Four keys of unknown size: their product does not fit 64 bits and is packed on the way. */
static void wide_keys_do_not_collide(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, MEM_QUERY, 0);
    struct group_key key[4] = {{.base = 0}};
    struct groups g = {.key = key, .keys = 4};
    uint32_t gid[256];
    assert_int_equal(groups_init(&g, &a, 256, 1 << 20, NULL), 0);
    for (uint32_t i = 0; i < 256; i++)
        for (uint32_t k = 0; k < 4; k++)
            g.scratch[k * 256 + i] = i >> (2 * k) & 3;
    assert_int_equal(groups_combine(&g, 256, gid, NULL), 0);
    assert_int_equal(groups_count(&g), 256);
    for (uint32_t i = 0; i < 256; i++)
        assert_int_equal(gid[i], i);
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_values_have_one_ordinal),
        cmocka_unit_test(zeros_of_both_signs_are_one),
        cmocka_unit_test(many_numbers_keep_their_place),
        cmocka_unit_test(pairs_are_numbered_dense),
        cmocka_unit_test(pairs_are_numbered_by_hash),
        cmocka_unit_test(wide_keys_do_not_collide),
    };
    return cmocka_run_group_tests_name("query/group", tests, NULL, NULL);
}
