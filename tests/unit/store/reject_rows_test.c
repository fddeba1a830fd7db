/* SPDX-License-Identifier: MIT
 *
 * Rows left out, written and read again as a file. */
#include "fixture.h"

static void import(struct fixture *f, const char *id, const struct reject *reject, size_t n,
                   const char *head)
{
    struct batch_result r;
    struct err err;
    struct rows rows;
    struct batch_spec spec = {.source = STR("csc"),
                              .id = str_of(id),
                              .as_on = DAY_NONE,
                              .reject = reject,
                              .rejects = n,
                              .reject_head = str_of(head),
                              .reject_columns = 3,
                              .reject_delimiter = ';',
                              .rejected = (int64_t)n};
    fixture_rows(f, &rows, 1, 3);
    assert_int_equal(store_import(f->store, &spec, &rows, &r, &err), 0);
    rows_fini(&rows);
}

static void expect_csv(struct fixture *f, const char *id, const char *csv)
{
    struct buf out;
    struct err err;
    buf_init(&out, MEM_BASE);
    assert_int_equal(store_rejects_csv(f->store, STR(""), str_of(id), &out, &err), 0);
    buf_char(&out, '\0');
    assert_string_equal(out.p, csv);
    buf_fini(&out);
}

static void gathers_the_reasons_of_a_row(void **state)
{
    struct fixture *f = *state;
    static const struct reject rejects[] = {
        {3, 1, "date", "x", "no date", "x;\"a;b\";1"},
        {3, 3, "count", "1", "too \"few\"", NULL},
        {4, 0, "", "", "too long", ""},
        {9, 2, "block", "y", "unknown", "y;;"},
    };
    static const char csv[] = "panji_reason;date;\"b;l\";count\r\n"
                              "\"line 3, date: no date; count: too \"\"few\"\"\";x;\"a;b\";1\r\n"
                              "\"line 4: too long\";;;\r\n"
                              "\"line 9, block: unknown\";y;;\r\n";
    import(f, "b1", rejects, 4, "date;\"b;l\";count");
    expect_csv(f, "b1", csv);
    fixture_close(f);
    fixture_open(f);
    expect_csv(f, "b1", csv);
}

static void lists_rows_whose_columns_are_not_known(void **state)
{
    struct fixture *f = *state;
    static const struct reject one = {3, 1, "date", "x", "no date", NULL};
    import(f, "b1", &one, 1, "");
    expect_csv(f, "b1", "line,column,field,value,reason\r\n3,1,\"date\",\"x\",\"no date\"\r\n");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gathers_the_reasons_of_a_row),
        TEST(lists_rows_whose_columns_are_not_known),
    };
    return cmocka_run_group_tests_name("store/reject_rows", tests, NULL, NULL);
}
