/* SPDX-License-Identifier: MIT
 *
 * The ledger: what was answered, and the rows that were left out. */
#include "fixture.h"

static void finds_what_was_committed(void **state)
{
    struct fixture *f = *state;
    struct batch_result r, found;
    struct err err;
    unsigned char sha256[32], want[32];
    assert_int_equal(fixture_import(f, "b1", 7, 10, &r, &err), 0);
    assert_int_equal(store_batch_find(f->store, STR("test"), STR("b1"), &found, sha256, &err), 1);
    fixture_hash(7, want);
    assert_memory_equal(sha256, want, 32);
    assert_string_equal(found.id, "b1");
    assert_int_equal(found.registrations, r.registrations);
    assert_int_equal(found.received_ms, r.received_ms);
    assert_int_equal(store_batch_find(f->store, STR("test"), STR("b2"), &found, sha256, &err), 0);
    assert_int_equal(store_batch_find(f->store, STR("other"), STR("b1"), &found, sha256, &err), 0);
}

static void import_with_reject(struct fixture *f, const char *source, const struct reject *reject,
                               size_t n)
{
    struct batch_result r;
    struct err err;
    struct rows rows;
    struct batch_spec spec = {.source = str_of(source),
                              .id = STR("b1"),
                              .as_on = DAY_NONE,
                              .reject = reject,
                              .rejects = n,
                              .rejected = (int64_t)n};
    fixture_rows(f, &rows, 1, 3);
    assert_int_equal(store_import(f->store, &spec, &rows, &r, &err), 0);
    rows_fini(&rows);
}

static void lists_rejects_as_csv(void **state)
{
    struct fixture *f = *state;
    static const struct reject rejects[] = {
        {3, 2, "block", "Go\"la", "no block is known", NULL},
        {5, 0, "", "", "the row has 3 fields", NULL},
        {6, 4, "count", "=1+1", "count must be a whole number", NULL},
    };
    struct buf out;
    struct err err;
    buf_init(&out, MEM_BASE);
    import_with_reject(f, "csc", rejects, 3);
    assert_int_equal(store_rejects_csv(f->store, STR(""), STR("b1"), &out, &err), 0);
    buf_char(&out, '\0');
    assert_string_equal(out.p, "line,column,field,value,reason\r\n"
                               "3,2,\"block\",\"Go\"\"la\",\"no block is known\"\r\n"
                               "5,0,\"\",\"\",\"the row has 3 fields\"\r\n"
                               "6,4,\"count\",\"'=1+1\",\"count must be a whole number\"\r\n");
    buf_fini(&out);
}

static void asks_for_the_source_when_two_have_the_id(void **state)
{
    struct fixture *f = *state;
    struct reject one = {3, 2, "block", "X", "no", NULL};
    struct buf out;
    struct err err;
    buf_init(&out, MEM_BASE);
    import_with_reject(f, "csc", &one, 1);
    import_with_reject(f, "camp", NULL, 0);
    assert_int_equal(store_rejects_csv(f->store, STR(""), STR("b1"), &out, &err),
                     ERR_AMBIGUOUS_BATCH);
    assert_non_null(strstr(err.msg, "csc"));
    assert_non_null(strstr(err.msg, "camp"));
    assert_int_equal(store_rejects_csv(f->store, STR("camp"), STR("b1"), &out, &err), 0);
    assert_true(str_eq(buf_view(&out), STR("line,column,field,value,reason\r\n")));
    assert_int_equal(store_rejects_csv(f->store, STR(""), STR("b9"), &out, &err), ERR_NOT_FOUND);
    assert_int_equal(store_rejects_csv(f->store, STR("x"), STR("b1"), &out, &err), ERR_NOT_FOUND);
    buf_fini(&out);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(finds_what_was_committed),
        TEST(lists_rejects_as_csv),
        TEST(asks_for_the_source_when_two_have_the_id),
    };
    return cmocka_run_group_tests_name("store/ledger", tests, NULL, NULL);
}
