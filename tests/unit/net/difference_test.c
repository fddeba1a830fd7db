/* SPDX-License-Identifier: MIT
 *
 * The difference of two tables: rows that come, go and change, by key. */
#include "../../../core/net/difference.h"

#include <stdlib.h>

#include "base/date.h"
#include "test.h"

static void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("not there: %s\nin: %s", part, text);
}

/* A frame of texts and numbers: each cell as text, "" for NULL; columns whose name ends in '#' are
 * numbers. */
static struct frame *table(struct arena *a, size_t cols, size_t rows, const char *const *cell)
{
    struct frame *f;
    struct err err;
    assert_int_equal(frame_new(a, rows, cols, &f, &err), 0);
    for (size_t c = 0; c < cols; c++) {
        struct str name = str_of(cell[c]);
        bool number = str_ends(name, STR("#"));
        assert_int_equal(
            frame_col_init(a, &f->col[c], rows, name, number ? TYPE_INT64 : TYPE_STRING, &err), 0);
        for (size_t r = 0; r < rows; r++) {
            struct str s = str_of(cell[(r + 1) * cols + c]);
            f->col[c].null[r] = s.n == 0;
            if (number)
                f->col[c].i[r] = s.n > 0 ? strtol(s.p, NULL, 10) : 0;
            else
                f->col[c].s[r] = s;
        }
    }
    return f;
}

static int compare(struct frame *was, struct frame *now, bool totals, const char *key,
                   struct buf *out, struct err *err)
{
    struct arena a;
    struct json j;
    const struct difference_side x = {was, totals};
    const struct difference_side y = {now, totals};
    const struct format_options o = {.as_on = DAY_NONE};
    arena_init(&a, MEM_NET, 0);
    buf_clear(out);
    json_init(&j, out);
    int rc = difference_put(&a, &x, &y, str_of(key), &o, &j, err);
    buf_char(out, '\0');
    arena_fini(&a);
    return rc;
}

struct fixture {
    struct arena a;
    struct buf out;
    struct err err;
};

static int up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    arena_init(&f->a, MEM_NET, 0);
    buf_init(&f->out, MEM_NET);
    *state = f;
    return 0;
}

static int down(void **state)
{
    struct fixture *f = *state;
    buf_fini(&f->out);
    arena_fini(&f->a);
    free(f);
    return 0;
}

static void rows_of_one_key_are_taken_in_order(void **state)
{
    struct fixture *f = *state;
    const char *const was[] = {"a", "n#", "x", "1", "x", "2", "y", "3"};
    const char *const now[] = {"a", "n#", "y", "3", "x", "1", "x", "5", "x", "9"};
    assert_int_equal(
        compare(table(&f->a, 2, 3, was), table(&f->a, 2, 4, now), false, "", &f->out, &f->err), 0);
    assert_string_equal(f->out.p,
                        "{\"key\":[\"a\"],\"columns_added\":[],\"columns_removed\":[],\"added\":[{"
                        "\"a\":\"x\",\"n#\":9}],\"removed\":[],\"changed\":[{\"key\":{\"a\":\"x\"},"
                        "\"was\":{\"n#\":2},\"now\":{\"n#\":5}}],\"total\":null,\"rows_added\":1,"
                        "\"rows_removed\":0,\"rows_changed\":1,\"rows_same\":2}");
}

static void nothing_stated_is_no_empty_text_and_no_nought(void **state)
{
    struct fixture *f = *state;
    const char *const was[] = {"a", "n#", "", "1", "y", ""};
    const char *const now[] = {"a", "n#", "", "1", "y", "0"};
    assert_int_equal(
        compare(table(&f->a, 2, 2, was), table(&f->a, 2, 2, now), false, "a", &f->out, &f->err), 0);
    assert_says(f->out.p, "\"was\":{\"n#\":null},\"now\":{\"n#\":0}");
    assert_says(f->out.p, "\"rows_changed\":1,\"rows_same\":1");
}

static void columns_that_come_and_go_are_named(void **state)
{
    struct fixture *f = *state;
    const char *const was[] = {"a", "old#", "x", "1"};
    const char *const now[] = {"a", "new#", "x", "1"};
    assert_int_equal(
        compare(table(&f->a, 2, 1, was), table(&f->a, 2, 1, now), false, "", &f->out, &f->err), 0);
    assert_says(f->out.p, "\"columns_added\":[\"new#\"],\"columns_removed\":[\"old#\"]");
    assert_says(f->out.p, "\"rows_same\":1");
}

static void totals_are_compared_apart(void **state)
{
    struct fixture *f = *state;
    const char *const was[] = {"a", "n#", "x", "1", "Total", "1"};
    const char *const now[] = {"a", "n#", "x", "1", "z", "4", "Total", "5"};
    assert_int_equal(
        compare(table(&f->a, 2, 2, was), table(&f->a, 2, 3, now), true, "", &f->out, &f->err), 0);
    assert_says(f->out.p, "\"total\":{\"was\":{\"n#\":1},\"now\":{\"n#\":5}},\"rows_added\":1");
}

static void no_rows_on_either_side_are_no_difference(void **state)
{
    struct fixture *f = *state;
    const char *const none[] = {"a", "n#"};
    assert_int_equal(
        compare(table(&f->a, 2, 0, none), table(&f->a, 2, 0, none), true, "", &f->out, &f->err), 0);
    assert_says(f->out.p, "\"rows_added\":0,\"rows_removed\":0,\"rows_changed\":0,\"rows_same\":0");
}

static void a_key_that_is_not_there_is_refused(void **state)
{
    struct fixture *f = *state;
    const char *const was[] = {"block", "n#", "x", "1"};
    struct frame *t = table(&f->a, 2, 1, was);
    assert_int_equal(compare(t, t, false, "n#, blok", &f->out, &f->err), ERR_PARAM);
    assert_says(f->err.hint, "block");
    assert_int_equal(compare(t, t, false, "n#, block", &f->out, &f->err), 0);
    assert_says(f->out.p, "{\"key\":[\"block\",\"n#\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_of_one_key_are_taken_in_order, up, down),
        cmocka_unit_test_setup_teardown(nothing_stated_is_no_empty_text_and_no_nought, up, down),
        cmocka_unit_test_setup_teardown(columns_that_come_and_go_are_named, up, down),
        cmocka_unit_test_setup_teardown(totals_are_compared_apart, up, down),
        cmocka_unit_test_setup_teardown(no_rows_on_either_side_are_no_difference, up, down),
        cmocka_unit_test_setup_teardown(a_key_that_is_not_there_is_refused, up, down),
    };
    return cmocka_run_group_tests_name("net/difference", tests, NULL, NULL);
}
