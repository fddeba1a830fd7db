/* SPDX-License-Identifier: MIT
 *
 * Loading: what does not fit together is not served. The database is changed from outside, as no
 * disk would do it so neatly, to see that each thing is missed. */
#include "harm.h"

static void expect_missed(void **state, const char *sql, const char *part)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    size_t added;
    uint64_t snapshot;
    struct stated_change figure = {DAY0, 1, 0, 5, STR("ddc")};
    assert_int_equal(fixture_import(f, "b1", 1, 100, &r, &err), 0);
    assert_int_equal(fixture_import(f, "b2", 2, 100, &r, &err), 0);
    assert_int_equal(store_stated_add(f->store, &figure, 1, &added, &snapshot, &err), 0);
    struct retract_result gone;
    const struct retract_spec spec = {.id = STR("b2")};
    assert_int_equal(store_retract(f->store, &spec, &gone, &err), 0);
    fixture_close(f);
    harm_sql(f, sql);
    assert_int_equal(fixture_try_open(f, &err), ERR_CORRUPT);
    if (strstr(err.msg, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    f->store = NULL;
}

static void misses_a_segment(void **state)
{
    expect_missed(state, "DELETE FROM part WHERE id = 1", "ledger");
}

static void misses_a_batch(void **state)
{
    expect_missed(state, "PRAGMA foreign_keys=OFF; DELETE FROM ledger WHERE batch_id = 'b1'",
                  "ledger");
}

static void misses_a_word(void **state)
{
    expect_missed(state, "UPDATE word SET first = first + 1 WHERE attr = 'centre'", "centre");
}

static void misses_the_last_words(void **state)
{
    expect_missed(state, "DELETE FROM word WHERE attr = 'centre'", "");
}

static void misses_a_source(void **state)
{
    expect_missed(state,
                  "DELETE FROM word WHERE id = (SELECT max(id) FROM word WHERE attr = 'source')",
                  "ddc");
}

static void misses_a_place(void **state)
{
    expect_missed(state, "DELETE FROM place WHERE code = 3168", "");
}

static void misses_the_snapshot_number(void **state)
{
    expect_missed(state, "DELETE FROM meta WHERE key = 'snapshot'", "snapshot");
}

/* The ledger's sums are right in total, but not for the batch that was retracted. */
static void misses_rows_of_a_retracted_batch(void **state)
{
    expect_missed(state,
                  "UPDATE ledger SET accepted = accepted + 1 WHERE batch_id = 'b2';"
                  "UPDATE ledger SET accepted = accepted - 1 WHERE batch_id = 'b1'",
                  "retracted");
}

static void misses_the_batch_of_a_retraction(void **state)
{
    expect_missed(state, "PRAGMA foreign_keys=OFF; UPDATE retraction SET batch_id = 'b9'", "b9");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(misses_a_segment),
        TEST(misses_a_batch),
        TEST(misses_a_word),
        TEST(misses_the_last_words),
        TEST(misses_a_source),
        TEST(misses_a_place),
        TEST(misses_the_snapshot_number),
        TEST(misses_rows_of_a_retracted_batch),
        TEST(misses_the_batch_of_a_retraction),
    };
    return cmocka_run_group_tests_name("store/load", tests, NULL, NULL);
}
