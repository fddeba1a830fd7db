/* SPDX-License-Identifier: MIT
 *
 * Small tables. */
#include "../../../core/ingest/table.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int on_header(struct table *t, void *ctx, struct err *err)
{
    (void)ctx;
    if (table_column(t, "code", 0) < 0)
        return err_set(err, ERR_ROWS, "no code");
    return 0;
}

static int on_row(struct table *t, void *ctx, struct err *err)
{
    int64_t *sum = ctx;
    int64_t code;
    TRY(table_code(t, table_column(t, "code", 0), &code, err));
    *sum += code;
    return 0;
}

static int read_table(const char *text, int64_t *sum, struct err *err)
{
    struct table t;
    struct arena mem;
    *sum = 0;
    arena_init(&mem, MEM_INGEST, 0);
    int rc = table_read(&t, &mem, str_of(text), on_header, on_row, sum, err);
    arena_fini(&mem);
    return rc;
}

static void reads_rows_by_name(void **state)
{
    (void)state;
    struct err err;
    int64_t sum;
    assert_int_equal(read_table("name; CODE \nx; 5\ny;7", &sum, &err), 0);
    assert_int_equal(sum, 12);
}

static int two_names(struct table *t, void *ctx, struct err *err)
{
    (void)ctx;
    (void)err;
    assert_int_equal(table_column(t, "name", 0), 0);
    assert_int_equal(table_column(t, "NAME", 1), 2);
    assert_int_equal(table_column(t, "name", 2), -1);
    return 0;
}

static int fields(struct table *t, void *ctx, struct err *err)
{
    struct str kept;
    (void)ctx;
    assert_true(str_eq(table_field(t, 2), STR("b")));
    assert_int_equal(table_field(t, -1).n, 0);
    assert_int_equal(table_keep(t, 0, &kept, err), 0);
    assert_true(str_eq(kept, STR("a")));
    return 0;
}

static void tells_equal_names_apart(void **state)
{
    (void)state;
    struct table t;
    struct arena mem;
    struct err err;
    arena_init(&mem, MEM_INGEST, 0);
    assert_int_equal(
        table_read(&t, &mem, STR("Name ,x,Name\n a ,1, b\n"), two_names, fields, NULL, &err), 0);
    assert_int_equal(t.rows, 1);
    arena_fini(&mem);
}

static void expect_refused(const char *text, const char *part, int line)
{
    struct err err;
    int64_t sum;
    assert_int_equal(read_table(text, &sum, &err), ERR_ROWS);
    if (strstr(err.msg, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    assert_int_equal(err.line, line);
}

static void refuses_with_the_line(void **state)
{
    (void)state;
    expect_refused("", "empty", 0);
    expect_refused("code\n", "no rows", 0);
    expect_refused("kode\n1\n", "no code", 0);
    expect_refused("code,x\n1,2\n3\n", "line 3: the row has 1 fields", 3);
    expect_refused("code,x\n1,\xFF\n", "line 2, column \"x\": the text is not valid UTF-8", 2);
    expect_refused("code,x\n0,1\n",
                   "line 2, column \"code\": a code is a number above 0, not \"0\"", 2);
    expect_refused("x,code\n1,\"2\"3\n", "line 2, column \"code\": text stands behind", 2);
    expect_refused("code\n1\n\"2\n", "never closed", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_rows_by_name),
        cmocka_unit_test(tells_equal_names_apart),
        cmocka_unit_test(refuses_with_the_line),
    };
    return cmocka_run_group_tests_name("ingest/table", tests, NULL, NULL);
}
