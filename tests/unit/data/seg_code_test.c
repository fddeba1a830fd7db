/* SPDX-License-Identifier: MIT
 *
 * The stored form: what was written reads back, and nothing else does. */
#include "base/hash.h"
#include "random_rows.h"

#include "data/seg.h"

struct setup {
    struct place_tree *tree;
    struct seg *seg;
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
    assert_int_equal(seg_new(&r, u->tree, 42, &u->seg, &err), 0);
    buf_init(&u->bytes, MEM_DATA);
    assert_int_equal(seg_encode(u->seg, &u->bytes, &err), 0);
    dict_unref(shared[7]);
    rows_fini(&r);
}

static void setup_free(struct setup *u)
{
    seg_unref(u->seg);
    buf_fini(&u->bytes);
    place_tree_unref(u->tree);
}

static int decode(const struct setup *u, struct str bytes, uint64_t id, struct seg **out,
                  struct err *err)
{
    *out = NULL;
    return seg_decode(bytes, id, &schema_default, u->dict_counts, u->tree, out, err);
}

static void what_was_written_reads_back(void **state)
{
    (void)state;
    struct rng g = rng_from_env("encoding");
    for (size_t n = 1; n < 3000; n = n * 4 + 1) {
        struct setup u;
        struct seg *s;
        struct err err = {0};
        setup_make(&u, &g, n);
        assert_int_equal(decode(&u, buf_view(&u.bytes), 42, &s, &err), 0);
        assert_int_equal(s->rows, u.seg->rows);
        assert_int_equal(s->runs, u.seg->runs);
        assert_int_equal(s->registrations, u.seg->registrations);
        assert_int_equal(s->day_min, u.seg->day_min);
        assert_int_equal(s->day_max, u.seg->day_max);
        for (uint32_t k = 0; k < s->runs; k++) {
            assert_int_equal(seg_run_count(s, k), seg_run_count(u.seg, k));
        }
        assert_memory_equal(s->run_place, u.seg->run_place, s->runs * sizeof(*s->run_place));
        for (uint64_t i = 0; i < s->rows; i++) {
            assert_int_equal(seg_value(&s->count, i), seg_value(&u.seg->count, i));
            for (size_t a = 0; a < schema_default.n; a++) {
                assert_int_equal(seg_value(&s->attr[a], i), seg_value(&u.seg->attr[a], i));
            }
        }
        seg_unref(s);
        setup_free(&u);
    }
}

/* A section as it is stored. */
static void put_section(struct buf *out, uint64_t id, uint32_t number, const char *p, size_t n)
{
    uint64_t seed[2] = {id, number};
    uint32_t head[4] = {number, (uint32_t)n, crc32c(crc32c(0, seed, sizeof(seed)), p, n), 0};
    buf_put(out, head, sizeof(head));
    buf_put(out, p, n);
}

/* The form of before: the runs as four plain arrays in one section. */
static void encode_as_before(const struct seg *s, const struct buf *now, struct buf *out)
{
    struct buf runs;
    size_t at = 48;
    buf_init(&runs, MEM_DATA);
    for (uint32_t k = 0; k < s->runs; k++) {
        uint64_t row = s->run_row[k];
        buf_put(&runs, &row, sizeof(row));
    }
    buf_put(&runs, s->run_id, s->runs * sizeof(*s->run_id));
    buf_put(&runs, s->run_day, s->runs * sizeof(*s->run_day));
    buf_put(&runs, s->run_sector, s->runs);
    while (runs.n % 8) {
        buf_char(&runs, 0);
    }
    buf_put(out, now->p, 48);
    put_section(out, s->id, 0, runs.p, runs.n);
    for (uint32_t number = 0; at < now->n;
         number++) { /* the columns that follow, as they are now */
        uint32_t head[4];
        memcpy(head, now->p + at, sizeof(head));
        if (number >= 4) {
            put_section(out, s->id, number - 3, now->p + at + 16, head[1]);
        }
        at += 16 + head[1];
    }
    uint32_t bytes = (uint32_t)(out->n - 48);
    memcpy(out->p + 36, &bytes, sizeof(bytes));
    uint32_t crc = crc32c(0, out->p + 8, 40);
    memcpy(out->p, "PSG1", 4);
    memcpy(out->p + 4, &crc, sizeof(crc));
    buf_fini(&runs);
}

static void the_form_of_before_is_still_read(void **state)
{
    (void)state;
    struct rng g = rng_from_env("before");
    struct setup u;
    struct seg *s;
    struct buf before;
    struct err err = {0};
    setup_make(&u, &g, 700);
    buf_init(&before, MEM_DATA);
    encode_as_before(u.seg, &u.bytes, &before);
    assert_true(before.n > u.bytes.n);
    assert_int_equal(decode(&u, buf_view(&before), 42, &s, &err), 0);
    assert_int_equal(s->runs, u.seg->runs);
    assert_memory_equal(s->run_row, u.seg->run_row, (s->runs + 1) * sizeof(*s->run_row));
    assert_memory_equal(s->run_place, u.seg->run_place, s->runs * sizeof(*s->run_place));
    assert_int_equal(s->registrations, u.seg->registrations);
    seg_unref(s);
    for (size_t byte = 0; byte < before.n; byte++) {
        before.p[byte] ^= 4;
        assert_int_equal(decode(&u, buf_view(&before), 42, &s, &err), ERR_CORRUPT);
        before.p[byte] ^= 4;
    }
    buf_fini(&before);
    setup_free(&u);
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    struct rng g = rng_from_env("flips");
    struct setup u;
    struct seg *s;
    struct err err = {0};
    setup_make(&u, &g, 200);
    for (size_t bit = 0; bit < u.bytes.n * 8; bit++) {
        u.bytes.p[bit / 8] ^= (char)(1 << (bit % 8));
        assert_int_equal(decode(&u, buf_view(&u.bytes), 42, &s, &err), ERR_CORRUPT);
        assert_null(s);
        u.bytes.p[bit / 8] ^= (char)(1 << (bit % 8));
    }
    assert_int_equal(decode(&u, buf_view(&u.bytes), 42, &s, &err), 0);
    seg_unref(s);
    setup_free(&u);
}

static void every_cut_is_noticed(void **state)
{
    (void)state;
    struct rng g = rng_from_env("cuts");
    struct setup u;
    struct seg *s;
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
    struct seg *s;
    struct err err = {0};
    setup_make(&u, &g, 50);
    assert_int_equal(decode(&u, buf_view(&u.bytes), 43, &s, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.msg, "another segment"));
    u.dict_counts[7] = 0; /* text that no dictionary has */
    assert_int_equal(decode(&u, buf_view(&u.bytes), 42, &s, &err), ERR_CORRUPT);
    setup_free(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_reads_back),
        cmocka_unit_test(the_form_of_before_is_still_read),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(another_segment_does_not_pass),
    };
    return cmocka_run_group_tests_name("data/seg_code", tests, NULL, NULL);
}
