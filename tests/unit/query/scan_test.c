/* SPDX-License-Identifier: MIT
 *
 * The scan: vectors of any size, segments and slabs, tests of attributes, against plain loops. */
#include "random_world.h"

static const char *const questions[] = {
    "FROM registrations |> AGGREGATE COUNT(*) AS n, SUM(age) AS s, AVG(age) AS a GROUP BY gender",
    "FROM registrations |> AGGREGATE MIN(age) AS lo, MAX(age) AS hi, COUNT(DISTINCT centre) AS c "
    "GROUP BY district, gender",
    "FROM registrations |> WHERE age BETWEEN 18 AND 40 AND gender = 'F' |> AGGREGATE COUNT(*) AS n "
    "GROUP BY district_code",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY DIV(age - 16, 10) AS decade, gender",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY centre |> ORDER BY n DESC, centre",
    "FROM registrations |> WHERE centre = 'JH3' OR age < 20 |> AGGREGATE COUNT(*) AS n GROUP BY "
    "block_code, gender, age",
    "FROM registrations |> WHERE CONCAT(centre, gender) = 'JH1F' |> AGGREGATE COUNT(*) AS n GROUP "
    "BY "
    "date",
    "FROM registrations |> WHERE age > 30 |> AGGREGATE COUNTIF(gender = 'M') AS m, COUNT(age) AS n",
    "FROM registrations |> WHERE age IS NULL AND gender IS NOT NULL |> AGGREGATE COUNT(*) AS n",
    "FROM registrations |> WHERE age > 58 |> SELECT date, district, block, sector, gender, age, "
    "centre, count |> ORDER BY 1, 2, 3, 4, 5, 6, 7, 8",
};

static void all_vectors_and_stores_agree(void **state)
{
    (void)state;
    static const size_t vectors[] = {1, 7, 64, 2048};
    struct random_world w;
    struct buf first, out;
    buf_init(&first, MEM_QUERY);
    buf_init(&out, MEM_QUERY);
    random_world_init(&w, "scans", 3000);
    for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
        assert_string_equal(random_ask(&w, questions[i], 0, false, 2048, &first), "scan");
        for (int part = 0; part < 3; part++)
            for (size_t v = 0; v < ARRAY_LEN(vectors); v++) {
                random_ask(&w, questions[i], part, false, vectors[v], &out);
                assert_string_equal(out.p, first.p);
            }
    }
    random_world_fini(&w);
    buf_fini(&first);
    buf_fini(&out);
}

/* SUM(age) of women up to 40, weighted, by a loop. */
static void sums_are_those_of_the_rows(void **state)
{
    (void)state;
    struct random_world w;
    struct buf out;
    char want[64];
    buf_init(&out, MEM_QUERY);
    random_world_init(&w, "sums", 2000);
    int64_t sum = 0;
    for (size_t i = 0; i < w.all.n; i++)
        if (w.all.attr[3][i] == 0 && w.all.attr[4][i] != ATTR_NULL && w.all.attr[4][i] <= 40)
            sum += (int64_t)w.all.attr[4][i] * w.all.count[i];
    snprintf(want, sizeof want, "s\n%lld\n", (long long)sum);
    for (int part = 0; part < 3; part++) {
        random_ask(&w,
                   "FROM registrations |> WHERE gender = 'F' AND age <= 40 |> AGGREGATE SUM(age) "
                   "AS s",
                   part, false, 0, &out);
        assert_string_equal(out.p, want);
    }
    random_world_fini(&w);
    buf_fini(&out);
}

static void a_fired_cancel_stops_the_scan(void **state)
{
    (void)state;
    struct random_world w;
    struct query *q = NULL;
    struct query_result r;
    struct err err = {0};
    struct cancel cancel;
    random_world_init(&w, "cancel", 500);
    cancel_init(&cancel, 0);
    cancel_fire(&cancel);
    struct query_context ctx = {.snap = w.parts[0], .cancel = &cancel};
    assert_int_equal(query_parse(STR("FROM registrations |> AGGREGATE SUM(age) AS s"), &q, &err),
                     0);
    assert_int_equal(query_run(q, &ctx, &r, &err), ERR_CANCELLED);
    query_unref(q);
    random_world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_vectors_and_stores_agree),
        cmocka_unit_test(sums_are_those_of_the_rows),
        cmocka_unit_test(a_fired_cancel_stops_the_scan),
    };
    return cmocka_run_group_tests_name("query/scan", tests, NULL, NULL);
}
