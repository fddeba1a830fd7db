/* SPDX-License-Identifier: MIT
 *
 * Counting on bit planes against the scan row by row. */
#include "random_world.h"

#include "data/kernel.h"

static const char *const questions[] = {
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender, sector_code, district",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY DIV(age - 16, 10) AS decade, gender",
    "FROM registrations |> WHERE age BETWEEN 18 AND 40 AND gender = 'F' |> AGGREGATE COUNT(*) AS n "
    "GROUP BY district_code",
    "FROM registrations |> WHERE age > 30 |> AGGREGATE COUNT(*) AS n, COUNT(*) AS m",
    "FROM registrations |> WHERE block_code = 3168 AND date > '2021-09-15' |> AGGREGATE COUNT(*) "
    "AS n "
    "GROUP BY centre, DATE_TRUNC(date, MONTH) AS month",
    "FROM registrations |> WHERE gender IS NULL |> AGGREGATE COUNT(*) AS n GROUP BY age",
};

static const char *const versions[] = {"portable", "avx2", "avx512"};

static void planes_and_rows_agree(void **state)
{
    (void)state;
    struct random_world w;
    struct buf planes, rows;
    buf_init(&planes, MEM_QUERY);
    buf_init(&rows, MEM_QUERY);
    random_world_init(&w, "planes", 5000);
    for (size_t i = 0; i < ARRAY_LEN(questions); i++)
        for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
            if (!kernel_use(versions[v]))
                continue;
            random_ask(&w, questions[i], 0, false, 0, &rows);
            random_ask(&w, questions[i], 1, false, 0, &planes);
            assert_string_equal(planes.p, rows.p);
            random_ask(&w, questions[i], 2, false, 0, &planes);
            assert_string_equal(planes.p, rows.p);
        }
    kernel_use(NULL);
    random_world_fini(&w);
    buf_fini(&planes);
    buf_fini(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(planes_and_rows_agree)};
    return cmocka_run_group_tests_name("query/slab_scan", tests, NULL, NULL);
}
