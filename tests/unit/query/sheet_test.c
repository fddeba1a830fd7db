/* SPDX-License-Identifier: MIT
 *
 * Workbooks: the same bytes each time, and what does not fit. What is in them is read back by
 * LibreOffice in tests/e2e/test_xlsx.py. */
#include "../data/fixture.h"

#include "query/sheet.h"

static struct value number(int64_t n)
{
    return (struct value){.type = TYPE_INT64, .i = n};
}

static struct value word(struct str s)
{
    return (struct value){.type = TYPE_STRING, .s = s};
}

static struct frame *numbers(struct arena *a, size_t rows)
{
    struct frame *f = NULL;
    assert_int_equal(frame_new(a, rows, 2, &f, NULL), 0);
    assert_int_equal(frame_col_init(a, &f->col[0], rows, STR("name"), TYPE_STRING, NULL), 0);
    assert_int_equal(frame_col_init(a, &f->col[1], rows, STR("n"), TYPE_INT64, NULL), 0);
    for (size_t r = 0; r < rows; r++)
        frame_set(f, r, 1, number((int64_t)r));
    return f;
}

static int write_sheet(const struct frame *f, struct buf *out, struct err *err)
{
    static const double bands[] = {2, 4};
    static const struct sheet_column columns[] = {{0}, {.band = bands, .bands = 2}};
    struct format_options o = {.as_on = 18949, .snapshot = 7};
    struct sheet s = {.frame = f, .options = &o, .title = STR("Blocks"), .column = columns};
    return sheet_write(&s, out, err);
}

static void same_sheet_same_bytes(void **state)
{
    (void)state;
    struct arena a;
    struct buf one, two;
    arena_init(&a, MEM_QUERY, 0);
    buf_init(&one, MEM_QUERY);
    buf_init(&two, MEM_QUERY);
    struct frame *f = numbers(&a, 10);
    frame_set(f, 3, 1, number(INT64_MAX));
    frame_set(f, 4, 1, number(-123456789));
    frame_set(f, 5, 0, word(STR("=1+1 <&> \"x\" \x01 गोला")));
    assert_int_equal(write_sheet(f, &one, NULL), 0);
    assert_int_equal(write_sheet(f, &two, NULL), 0);
    assert_memory_equal(one.p, "PK\3\4", 4);
    assert_int_equal(one.n, two.n);
    assert_memory_equal(one.p, two.p, one.n);
    buf_fini(&one);
    buf_fini(&two);
    arena_fini(&a);
}

static void too_much_is_refused(void **state)
{
    (void)state;
    enum { LETTERS = 32768 };
    struct arena a;
    struct buf out;
    struct err err = {0};
    arena_init(&a, MEM_QUERY, 0);
    buf_init(&out, MEM_QUERY);
    assert_int_equal(write_sheet(numbers(&a, 1048001), &out, &err), ERR_LIMIT);
    assert_non_null(strstr(err.hint, "format=csv"));
    char *text = mem_must(MEM_QUERY, LETTERS);
    memset(text, 'x', LETTERS);
    struct frame *f = numbers(&a, 1);
    frame_set(f, 0, 0, word((struct str){text, LETTERS}));
    assert_int_equal(write_sheet(f, &out, &err), ERR_LIMIT);
    assert_non_null(strstr(err.msg, "32767"));
    assert_int_equal(out.n, 0);
    mem_free(MEM_QUERY, text);
    buf_fini(&out);
    arena_fini(&a);
}

static void limits_rise_or_fall(void **state)
{
    static const double more[] = {50, 75, 100};
    static const double less[] = {7, 3, 1};
    (void)state;
    assert_int_equal(sheet_band(more, 3, 49.9), 0);
    assert_int_equal(sheet_band(more, 3, 50), 1);
    assert_int_equal(sheet_band(more, 3, 100), 3);
    assert_int_equal(sheet_band(less, 3, 7), 0);
    assert_int_equal(sheet_band(less, 3, 3), 1);
    assert_int_equal(sheet_band(less, 3, 2), 2);
    assert_int_equal(sheet_band(less, 3, 0), 3);
    assert_int_equal(sheet_band(less, 1, 8), 1); /* one limit: more is better */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_sheet_same_bytes),
                                       cmocka_unit_test(too_much_is_refused),
                                       cmocka_unit_test(limits_rise_or_fall)};
    return cmocka_run_group_tests_name("query/sheet", tests, NULL, NULL);
}
