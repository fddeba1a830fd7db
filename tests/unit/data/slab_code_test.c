/* SPDX-License-Identifier: MIT
 *
 * The stored form: what was written reads back, and nothing else does. */
#include "random_rows.h"

#include "data/slab.h"

struct setup {
    struct place_tree *tree;
    struct slab *slab;
    struct buf bytes;
    int32_t dict_counts[ATTRS_MAX];
};

static void setup_make(struct setup *u, struct rng *g, size_t n)
{
    struct rows r;
    struct err err = {0};
    struct dict *shared[ATTRS_MAX] = {0};
    u->tree = fixture_tree();
    rows_init(&r, MEM_DATA, &schema_default);
    random_rows(g, &r, n, true);
    assert_int_equal(dict_new(MEM_DATA, &shared[7], &err), 0);
    assert_int_equal(rows_share(&r, shared, &err), 0);
    memset(u->dict_counts, 0, sizeof(u->dict_counts));
    u->dict_counts[7] = dict_count(shared[7]);
    assert_int_equal(rows_sort(&r, u->tree, &err), 0);
    assert_int_equal(slab_new(&r, 0, r.n, u->tree, 42, &u->slab, &err), 0);
    buf_init(&u->bytes, MEM_DATA);
    assert_int_equal(slab_encode(u->slab, &u->bytes, &err), 0);
    dict_unref(shared[7]);
    rows_fini(&r);
}

static void setup_free(struct setup *u)
{
    slab_unref(u->slab);
    buf_fini(&u->bytes);
    place_tree_unref(u->tree);
}

static int decode(const struct setup *u, struct str bytes, uint64_t id, struct slab **out,
                  struct err *err)
{
    *out = NULL;
    return slab_decode(bytes, id, &schema_default, u->dict_counts, u->tree, out, err);
}

static void what_was_written_reads_back(void **state)
{
    (void)state;
    struct rng g = rng_from_env("encoding");
    for (size_t n = 1; n < 3000; n = n * 4 + 1) {
        struct setup u;
        struct slab *s;
        struct err err = {0};
        setup_make(&u, &g, n);
        assert_int_equal(decode(&u, buf_view(&u.bytes), 42, &s, &err), 0);
        struct rows a, b;
        rows_init(&a, MEM_DATA, &schema_default);
        rows_init(&b, MEM_DATA, &schema_default);
        assert_int_equal(slab_to_rows(s, 0, UINT32_MAX, &a, &err), 0);
        assert_int_equal(slab_to_rows(u.slab, 0, UINT32_MAX, &b, &err), 0);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.place, b.place, a.n * sizeof(*a.place));
        assert_memory_equal(a.day, b.day, a.n * sizeof(*a.day));
        assert_memory_equal(a.count, b.count, a.n * sizeof(*a.count));
        for (size_t k = 0; k < schema_default.n; k++) {
            assert_int_equal(a.attr[k] == NULL, b.attr[k] == NULL);
            if (a.attr[k]) {
                assert_memory_equal(a.attr[k], b.attr[k], a.n * sizeof(*a.attr[k]));
            }
        }
        rows_fini(&a);
        rows_fini(&b);
        slab_unref(s);
        setup_free(&u);
    }
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    struct rng g = rng_from_env("flips");
    struct setup u;
    struct slab *s;
    struct err err = {0};
    setup_make(&u, &g, 200);
    for (size_t bit = 0; bit < u.bytes.n * 8; bit++) {
        u.bytes.p[bit / 8] ^= (char)(1 << (bit % 8));
        assert_int_equal(decode(&u, buf_view(&u.bytes), 42, &s, &err), ERR_CORRUPT);
        assert_null(s);
        u.bytes.p[bit / 8] ^= (char)(1 << (bit % 8));
    }
    assert_int_equal(decode(&u, buf_view(&u.bytes), 42, &s, &err), 0);
    slab_unref(s);
    setup_free(&u);
}

static void every_cut_is_noticed(void **state)
{
    (void)state;
    struct rng g = rng_from_env("cuts");
    struct setup u;
    struct slab *s;
    struct err err = {0};
    setup_make(&u, &g, 100);
    for (size_t n = 0; n < u.bytes.n; n++) {
        assert_int_equal(decode(&u, (struct str){u.bytes.p, n}, 42, &s, &err), ERR_CORRUPT);
    }
    setup_free(&u);
}

static void another_segment_does_not_pass(void **state)
{
    (void)state;
    struct rng g = rng_from_env("identity");
    struct setup u;
    struct slab *s;
    struct err err = {0};
    setup_make(&u, &g, 50);
    assert_int_equal(decode(&u, buf_view(&u.bytes), 43, &s, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.msg, "another slab"));
    u.dict_counts[7] = 0; /* text that no dictionary has */
    assert_int_equal(decode(&u, buf_view(&u.bytes), 42, &s, &err), ERR_CORRUPT);
    setup_free(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_reads_back),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(another_segment_does_not_pass),
    };
    return cmocka_run_group_tests_name("data/slab_code", tests, NULL, NULL);
}
