/* SPDX-License-Identifier: MIT
 *
 * The table of occupations: those somebody is registered with. */
#include "ask.h"

static void texts_and_their_numbers(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM occupations |> ORDER BY code, name",
               "code,name,name_hi,aliases\n,mason,,\n1001,1001,,\n1002,1002,,\n7003,7003,,\n");
    ask_expect(a, "FROM Occupations |> WHERE name = 'mason' |> SELECT code IS NULL AS x",
               "x\ntrue\n");
    a->ctx.snap = a->world.merged;
    ask_expect(a, "FROM occupations |> AGGREGATE COUNT(*) AS n", "n\n4\n");
}

/* A row that takes the mason back leaves no mason. */
static void what_was_taken_back_is_none(void **state)
{
    struct ask *a = *state;
    struct rows r;
    struct seg *seg = NULL;
    struct snap *next = NULL;
    rows_init(&r, MEM_DATA, &schema_default);
    world_add_row(&r, &(struct world_row){0, 5, 7, "2021-11-20", -1, "M", 60, "SSK", "", "mason"});
    assert_int_equal(rows_share(&r, a->world.snap->dict, &a->err), 0);
    assert_int_equal(rows_sort(&r, a->world.tree, &a->err), 0);
    assert_int_equal(seg_new(&r, a->world.tree, 9, &seg, &a->err), 0);
    struct snap_change change = {.seg = &seg, .segs = 1};
    assert_int_equal(snap_next(a->world.snap, &change, &next, &a->err), 0);
    a->ctx.snap = next;
    ask_expect(a, "FROM occupations |> SELECT name |> ORDER BY name", "name\n1001\n1002\n7003\n");
    seg_unref(seg);
    rows_fini(&r);
    snap_unref(next);
}

static void it_is_a_table_like_others(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM occupations |> SELECT sector", ERR_UNKNOWN_NAME, 28, "sector");
    ask_fails(a, "FROM occupation", ERR_UNKNOWN_NAME, 6, "Table not found: occupation");
    assert_non_null(strstr(a->err.hint, "occupations"));
    ask_fails(a, "FROM occupations FOR SYSTEM_TIME AS OF '2021-11-20'", ERR_UNSUPPORTED, 40,
              "registrations");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(texts_and_their_numbers),
        ASK_TEST(what_was_taken_back_is_none),
        ASK_TEST(it_is_a_table_like_others),
    };
    return cmocka_run_group_tests_name("query/occupations", tests, NULL, NULL);
}
