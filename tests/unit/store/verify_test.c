/* SPDX-License-Identifier: MIT
 *
 * What verify says of a running store, of a directory and of a file. */
#include "../../../core/store/verify.h"

#include "harm.h"

enum { ROWS = 300 };

static void fill(struct fixture *f)
{
    struct batch_result r;
    struct err err;
    for (uint32_t i = 1; i <= 3; i++) {
        char id[16];
        snprintf(id, sizeof id, "b%u", i);
        assert_int_equal(fixture_import(f, id, i, ROWS, &r, &err), 0);
    }
}

/* Faults of the directory, which is closed; their text must have this part. */
static size_t faults(const char *dir, const char *part)
{
    struct verify_report r;
    struct err err;
    verify_report_init(&r);
    if (store_verify_path(dir, true, NULL, &r, &err) < 0)
        fail_msg("%s", err.msg);
    buf_char(&r.text, '\0');
    if (strstr(r.text.p, part) == NULL)
        fail_msg("\"%s\" is not said in: %s", part, r.text.p);
    size_t n = r.faults;
    verify_report_fini(&r);
    return n;
}

static void looks_at_a_running_store(void **state)
{
    struct fixture *f = *state;
    struct verify_report r;
    struct err err;
    fill(f);
    verify_report_init(&r);
    if (store_verify(f->store, NULL, &r, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(r.faults, 0);
    assert_int_equal(r.parts, 3);
    assert_int_equal(r.batches, 3);
    assert_int_equal(r.snapshot, fixture_snapshot(f));
    assert_int_equal(r.registrations, fixture_registrations(f));
    assert_int_equal(store_verify_path(f->dir, true, NULL, &r, &err), ERR_LOCKED);
    verify_report_fini(&r);
}

static void names_part_and_batch(void **state)
{
    struct fixture *f = *state;
    fill(f);
    fixture_close(f);
    assert_int_equal(faults(f->dir, ""), 0);
    harm_segment(f->dir, 2);
    assert_true(faults(f->dir, "segment 2 is damaged") > 0);
    assert_true(faults(f->dir, "batch \"b2\" of \"test\"") > 0);
    assert_true(faults(f->dir, "does not match its checksum") > 0);
    assert_true(faults(f->dir, "retract these batches") > 0);
}

static void misses_rows_of_the_ledger(void **state)
{
    struct fixture *f = *state;
    fill(f);
    fixture_close(f);
    harm_sql(f, "UPDATE ledger SET accepted = accepted + 1 WHERE batch_id = 'b2'");
    assert_true(faults(f->dir, "the ledger acknowledged 901 rows") > 0);
}

static void misses_what_somebody_did(void **state)
{
    struct fixture *f = *state;
    fill(f);
    fixture_close(f);
    harm_sql(f, "UPDATE audit SET who = 'somebody' WHERE seq = 2");
    assert_true(faults(f->dir, "row 2 of the audit trail is not what was written") > 0);
}

static void misses_what_is_referred_to(void **state)
{
    struct fixture *f = *state;
    fill(f);
    fixture_close(f);
    harm_sql(f, "PRAGMA foreign_keys=OFF; DELETE FROM ledger WHERE batch_id = 'b2'");
    assert_true(faults(f->dir, "refers to a row of ledger") > 0);
}

static void says_what_is_no_database(void **state)
{
    struct fixture *f = *state;
    char path[256];
    struct err err;
    struct verify_report r;
    fixture_close(f);
    snprintf(path, sizeof path, "%s/panji.db", f->dir);
    FILE *h = fopen(path, "w");
    for (int i = 0; i < 40000; i++)
        fputc('x', h);
    fclose(h);
    assert_true(faults(path, "not a database") > 0);
    verify_report_init(&r);
    assert_int_equal(store_verify_path("/nowhere", true, NULL, &r, &err), ERR_NOT_FOUND);
    verify_report_fini(&r);
    f->store = NULL;
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(looks_at_a_running_store),   TEST(names_part_and_batch),
        TEST(misses_rows_of_the_ledger),  TEST(misses_what_somebody_did),
        TEST(misses_what_is_referred_to), TEST(says_what_is_no_database),
    };
    return cmocka_run_group_tests_name("store/verify", tests, NULL, NULL);
}
