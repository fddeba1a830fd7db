/* SPDX-License-Identifier: MIT
 *
 * What is sent when rows are moved, and that nothing counts as moved before ClickHouse has counted
 * the same. */
#include "store/clickhouse_load.h"

#include "../data/fixture.h"
#include "data/merge.h"
#include "store/clickhouse_fake.h"

enum { GENDER = 3, AGE = 4, DAY = 18950 };
/* Behind the first 23 bytes: source, batch and occupation of four each, then gender and age. */
enum { GENDER_AT = 23 + 3 * 4, AGE_AT, ROW_BYTES = 23 + 7 * 4 + 4 };

static struct snap *few_rows(void)
{
    struct place_tree *tree = fixture_tree();
    struct snap *first = NULL;
    struct snap *next = NULL;
    struct seg *seg = NULL;
    struct rows r;
    assert_int_equal(snap_new(tree, &schema_default, 1, &first, NULL), 0);
    rows_init(&r, MEM_DATA, &schema_default);
    assert_int_equal(rows_add(&r, 12, 1, DAY, 4, NULL), 0); /* a panchayat of Gola */
    assert_int_equal(rows_set(&r, GENDER, 1, NULL), 0);
    assert_int_equal(rows_set(&r, AGE, 33, NULL), 0);
    assert_int_equal(rows_add(&r, 8, 0, DAY + 1, -1, NULL), 0); /* a district */
    assert_int_equal(rows_fill_text(&r, ATTR_SOURCE, STR("csc"), NULL), 0);
    assert_int_equal(rows_fill_text(&r, ATTR_BATCH, STR("b"), NULL), 0);
    assert_int_equal(rows_share(&r, first->dict, NULL), 0);
    assert_int_equal(rows_sort(&r, tree, NULL), 0);
    assert_int_equal(seg_new(&r, tree, 1, &seg, NULL), 0);
    struct snap_change change = {.seg = &seg, .segs = 1};
    assert_int_equal(snap_next(first, &change, &next, NULL), 0);
    seg_unref(seg);
    rows_fini(&r);
    snap_unref(first);
    place_tree_unref(tree);
    return next;
}

/* clang-format off */
#define EMPTY                                                                                      \
    {"SELECT sum(registrations), count() FROM (", "\n0\t0\n", 0}, {"system.columns", "11\n", 0}
/* clang-format on */
static const struct fake_answer good[] = {
    EMPTY,
    {"SELECT state, day", "1\t18950\t4\t1\n2\t18951\t-1\t1\n\n0\t0\t3\t2\n", 0},
    {NULL, NULL, 0}};

static int32_t number_at(const char *p)
{
    uint32_t v = 0;
    for (int i = 3; i >= 0; i--)
        v = v << 8 | (uint8_t)p[i];
    return (int32_t)v;
}

static int move(const struct fake_answer *answers, struct fake *f, struct clickhouse_moved *moved,
                struct err *err)
{
    struct snap *s = few_rows();
    fake_start(f, answers);
    struct clickhouse c = fake_connection(f, "");
    int rc = clickhouse_load(&c, s, NULL, NULL, NULL, moved, err);
    snap_unref(s);
    return rc;
}

/* The row of that place among those sent. */
static const char *row_of(const struct buf *data, int32_t place)
{
    for (size_t at = 0; at < data->n; at += ROW_BYTES)
        if (number_at(data->p + at + 12) == place)
            return data->p + at;
    fail_msg("no row of place %d", place);
    return NULL;
}

static void rows_go_as_numbers_with_the_places_above(void **state)
{
    (void)state;
    struct fake f;
    struct clickhouse_moved moved;
    assert_int_equal(move(good, &f, &moved, NULL), 0);
    assert_int_equal(moved.rows, 2);
    assert_int_equal(moved.registrations, 3);
    assert_int_equal(fake_count(&f, "INSERT INTO panji.registrations (state, district"), 1);
    assert_int_equal(fake_count(&f, "FORMAT RowBinary"), 1);
    const struct buf *data = &f.data[2];
    assert_int_equal(data->n, 2 * ROW_BYTES);
    const char *row = row_of(data, 12);
    assert_int_equal(number_at(row), 1);
    assert_int_equal(number_at(row + 4), 3);
    assert_int_equal(number_at(row + 8), 6);
    assert_int_equal(row[16], 1);
    assert_int_equal((uint8_t)row[17] | (uint8_t)row[18] << 8, DAY);
    assert_int_equal(number_at(row + 19), 4);
    assert_int_equal(row[GENDER_AT], 1);
    assert_int_equal(row[AGE_AT], 33);
    row = row_of(data, 8);
    assert_int_equal(number_at(row), 2);
    assert_int_equal(number_at(row + 4), 8);
    assert_int_equal(number_at(row + 8), 0);
    assert_int_equal(row[16], 0);
    assert_int_equal(number_at(row + 19), -1);
    assert_int_equal((int8_t)row[AGE_AT], INT8_MIN);
    assert_int_equal(number_at(row + 23 + 7 * 4), ATTR_NULL);
    fake_stop(&f);
}

static void other_counts_over_there_are_an_error(void **state)
{
    (void)state;
    static const char *const counts[] = {
        "1\t18950\t4\t1\n\n0\t0\t4\t1\n",                  /* a day is missing */
        "1\t18950\t5\t1\n2\t18951\t-1\t1\n\n0\t0\t4\t2\n", /* other registrations */
        "1\t18950\t4\t2\n2\t18951\t-1\t1\n\n0\t0\t3\t3\n", /* a row twice */
        "2\t18950\t4\t1\n2\t18951\t-1\t1\n\n0\t0\t3\t2\n", /* another state */
        "1\t18950\t4\t1\n2\t29951\t-1\t1\n\n0\t0\t3\t2\n", /* another day */
        "1\t18950\t4\t1\nCode: 241, e.displayText() = DB::Exception: no\n", /* broken off */
        "",
    };
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        struct fake f;
        struct err err = {0};
        struct clickhouse_moved moved;
        const struct fake_answer answers[] = {
            EMPTY, {"SELECT state, day", counts[i], 0}, {NULL, NULL, 0}};
        assert_int_equal(move(answers, &f, &moved, &err), ERR_UNAVAILABLE);
        assert_true(err.hint[0] != '\0');
        fake_stop(&f);
    }
}

static void tables_with_rows_are_left_alone(void **state)
{
    (void)state;
    static const struct fake_answer full[] = {
        {"SELECT sum(registrations), count() FROM (", "7\t5\n\n7\t5\n", 0}, {NULL, NULL, 0}};
    struct fake f;
    struct err err = {0};
    struct clickhouse_moved moved;
    assert_int_equal(move(full, &f, &moved, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.msg, "5 rows"));
    assert_int_equal(fake_count(&f, "INSERT"), 0);
    fake_stop(&f);
}

static void other_attributes_are_told(void **state)
{
    (void)state;
    static const struct fake_answer ten[] = {
        {"SELECT sum(registrations), count() FROM (", "\n0\t0\n", 0},
        {"system.columns", "10\n", 0},
        {NULL, NULL, 0}};
    struct fake f;
    struct err err = {0};
    struct clickhouse_moved moved;
    assert_int_equal(move(ten, &f, &moved, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.hint, "--replace"));
    assert_int_equal(fake_count(&f, "INSERT"), 0);
    assert_int_equal(fake_count(&f, "'`attr_age` Int8'"), 1);
    fake_stop(&f);
}

static void an_insert_that_fails_ends_it(void **state)
{
    (void)state;
    static const struct fake_answer failing[] = {
        EMPTY,
        {"INSERT", "Code: 243, e.displayText() = DB::Exception: no space, e.what()\n", 500},
        {NULL, NULL, 0}};
    struct fake f;
    struct clickhouse_moved moved;
    assert_int_equal(move(failing, &f, &moved, NULL), ERR_FULL);
    fake_stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_go_as_numbers_with_the_places_above),
        cmocka_unit_test(other_counts_over_there_are_an_error),
        cmocka_unit_test(tables_with_rows_are_left_alone),
        cmocka_unit_test(other_attributes_are_told),
        cmocka_unit_test(an_insert_that_fails_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
