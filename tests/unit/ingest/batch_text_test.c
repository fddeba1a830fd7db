/* SPDX-License-Identifier: MIT
 *
 * Errors as lines of text and as a table. */
#include "world.h"

static void errors_as_text_and_table(void **state)
{
    struct batch *b;
    struct err err;
    struct buf out;
    world_refused(*state, world_options("test", ""),
                  STR("date,district,centre,block\n2021-11-20,607,x,\"Go\"\"la\"\n,607,x,Gola\n"),
                  &b, &err);
    buf_init(&out, MEM_BASE);
    batch_errors_text(b, &out);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.p, "  line 2, column 4 (block): 'Go\"la': no block"));
    assert_non_null(strstr(out.p, "  line 3, column 1 (date): ''"));
    buf_clear(&out);
    batch_errors_csv(b, &out);
    buf_char(&out, '\0');
    assert_int_equal(strncmp(out.p, "line,column,field,value,reason,near\r\n", 37), 0);
    assert_non_null(
        strstr(out.p, "\r\n2,4,\"block\",\"Go\"\"la\",\"no block \"\"Go\"\"la\"\" is known"));
    assert_non_null(strstr(out.p, "\r\n3,1,\"date\",\"\",\"date is empty"));
    buf_fini(&out);
    batch_free(b);
}

static void what_is_not_listed_is_counted(void **state)
{
    (void)state;
    struct buf out;
    struct batch_error e = {.line = 7, .field = "", .value = "", .reason = "wrong", .near = "a|b"};
    buf_init(&out, MEM_BASE);
    batch_error_list_text(&e, 1, 12, &out);
    assert_true(str_eq(buf_view(&out), STR("  line 7: '': wrong (near: a|b)\n  and 11 more\n")));
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(errors_as_text_and_table),
        cmocka_unit_test(what_is_not_listed_is_counted),
    };
    return cmocka_run_group_tests_name("ingest/batch_text", tests, NULL, NULL);
}
