/* SPDX-License-Identifier: MIT
 *
 * Rows that are left out, in the form in which they can be mended. */
#include "world.h"

/* The rejects of a file that is skipped through. */
static void expect_rejects(struct world *w, const char *id, const char *text, const char *rejects)
{
    struct batch_options o = world_options("test", id);
    struct batch *b;
    struct batch_result r;
    struct err err;
    struct buf out;
    o.on_error = ON_ERROR_SKIP;
    if (world_batch(w, &o, str_of(text), &b, &r, &err) < 0)
        fail_msg("%s", err.msg);
    batch_free(b);
    buf_init(&out, MEM_BASE);
    assert_int_equal(store_rejects_csv(w->store, STR("test"), str_of(id), &out, &err), 0);
    buf_char(&out, '\0');
    assert_string_equal(out.p, rejects);
    buf_fini(&out);
}

static void keeps_a_row_as_it_was_sent(void **state)
{
    struct world *w = *state;
    expect_rejects(w, "a", "date\tdistrict\tcount\n2021-11-20\t607\t0\n",
                   "panji_reason\tdate\tdistrict\tcount\r\n"
                   "\"line 2, count: count is 0: leave the row out\"\t2021-11-20\t607\t0\r\n");
    expect_rejects(w, "b",
                   "date,district,count,remark\n"
                   "2021-11-20,607,0,\"a, \"\"b\"\"\nc\"\n2021-11-20,607,1,\n2021-11-20,607,0,-\n",
                   "panji_reason,date,district,count,remark\r\n"
                   "\"line 2, count: count is 0: leave the row out\",2021-11-20,607,0,\"a, "
                   "\"\"b\"\"\nc\"\r\n"
                   "\"line 5, count: count is 0: leave the row out\",2021-11-20,607,0,-\r\n");
}

static void keeps_broken_rows_readable(void **state)
{
    struct world *w = *state;
    expect_rejects(
        w, "a", "date,district,centre\n2021-11-20,607\n2021-11-20,607,a,b\n",
        "panji_reason,date,district,centre\r\n"
        "\"line 2: the row has 2 fields, the first line names 3\",2021-11-20,607,\r\n"
        "\"line 3: the row has 4 fields, the first line names 3\",2021-11-20,607,a,b\r\n");
    expect_rejects(
        w, "b", "date,district,centre\n2021-11-20,607,\"a\"b\r\n2021-11-20,607,x\xFFy\n",
        "panji_reason,date,district,centre\r\n"
        "\"line 2, centre: text stands behind the closing quote\",2021-11-20,607,"
        "\"\"\"a\"\"b\"\r\n"
        "\"line 3, centre: the text is not valid UTF-8\",2021-11-20,607,x\xEF\xBF\xBDy\r\n");
}

static void tells_every_reason_of_a_row(void **state)
{
    struct world *w = *state;
    expect_rejects(
        w, "a", "date,district,count,gender\n2021-02-31,607,x,\xFF\n2021-13-01,607,0,Q\n",
        "panji_reason,date,district,count,gender\r\n"
        "\"line 2, gender: the text is not valid UTF-8\",2021-02-31,607,x,\xEF\xBF\xBD\r\n"
        "\"line 3, date: no such date: there is no month 13; months go from 1 to 12; "
        "count: count is 0: leave the row out; gender: \"\"Q\"\" is no gender (allowed: F, M, O)\","
        "2021-13-01,607,0,Q\r\n");
}

static void hides_what_is_not_kept(void **state)
{
    struct world *w = *state;
    expect_rejects(w, "a",
                   "registration_id,date,district,count,remark\n"
                   "R7,2021-11-20,607,0,=1+1\nR8,2021-11-20,607,0,2345 6789 0123 4\n"
                   "R9,2021-11-20,607\n",
                   "panji_reason,registration_id,date,district,count,remark\r\n"
                   "\"line 2, count: count is 0: leave the row out\",,2021-11-20,607,0,'=1+1\r\n"
                   "\"line 3, count: count is 0: leave the row out\",,2021-11-20,607,0,xxxx xxxx "
                   "xxxx x\r\n"
                   "\"line 4: the row has 3 fields, the first line names 5; the row is not kept "
                   "here: it may hold a registration_id in any of its columns; take it from your "
                   "file\",,,,,\r\n");
}

static void passes_over_its_own_column(void **state)
{
    struct world *w = *state;
    expect_rejects(w, "a", "Panji_Reason,date,district,count\nwhy,2021-11-20,607,0\n",
                   "panji_reason,date,district,count\r\n"
                   "\"line 2, count: count is 0: leave the row out\",2021-11-20,607,0\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(keeps_a_row_as_it_was_sent),  WORLD_TEST(keeps_broken_rows_readable),
        WORLD_TEST(tells_every_reason_of_a_row), WORLD_TEST(hides_what_is_not_kept),
        WORLD_TEST(passes_over_its_own_column),
    };
    return cmocka_run_group_tests_name("ingest/left_out", tests, NULL, NULL);
}
