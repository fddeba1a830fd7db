/* SPDX-License-Identifier: MIT
 *
 * Looking values up by keys; more in tests/query/correlated.test. */
#include "../../../core/query/lookup.h"

#include "ask.h"

static void every_row_finds_its_own(void **state)
{
    struct ask *a = *state;
    static const size_t vectors[] = {1, 7, 2048};
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        a->ctx.vector_rows = vectors[i];
        /* each day of the calendar beside itself, by two keys */
        ask_expect(
            a,
            "FROM calendar AS c |> WHERE date = (SELECT MAX(d.date) FROM calendar AS d WHERE "
            "d.date = c.date AND d.month = c.month) |> AGGREGATE COUNT(*) - (SELECT COUNT(*) "
            "FROM calendar) AS missing",
            "missing\n0\n");
        ask_expect(a,
                   "FROM calendar AS c |> WHERE EXISTS(SELECT 1 FROM calendar AS d WHERE d.date = "
                   "DATE_ADD(c.date, INTERVAL 400 DAY)) |> AGGREGATE COUNT(*) AS n",
                   "n\n330\n");
    }
    a->ctx.vector_rows = 0;
}

static void what_is_not_there_is_missing(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "FROM calendar AS c |> LIMIT 1 |> SELECT (SELECT COUNT(*) FROM targets AS t WHERE "
        "t.set = 'none' AND t.from = c.date) AS n, (SELECT MAX(target) FROM targets AS t "
        "WHERE t.set = 'none' AND t.from = c.date) AS m, c.date IN (SELECT t.to FROM targets "
        "AS t WHERE t.set = 'none' AND t.from = c.date) AS i",
        "n,m,i\n0,,false\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(every_row_finds_its_own),
        ASK_TEST(what_is_not_there_is_missing),
    };
    return cmocka_run_group_tests_name("query/lookup", tests, NULL, NULL);
}
