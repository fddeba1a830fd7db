/* SPDX-License-Identifier: MIT
 *
 * The cube against the scan and against plain counting, over random rows with corrections. */
#include "random_world.h"

static const char *const questions[] = {
    "FROM registrations |> AGGREGATE COUNT(*) AS n",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY state, district, block, panchayat",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block_code, sector",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY sector, date, district",
    "FROM registrations |> WHERE block IS NULL |> AGGREGATE COUNT(*) AS n GROUP BY district, date",
    "FROM registrations |> WHERE panchayat IS NOT NULL |> AGGREGATE COUNT(*) AS n GROUP BY sector",
    "FROM registrations |> WHERE district_code IN (607, 739) AND date > '2021-09-10' "
    "|> AGGREGATE COUNT(*) AS n, COUNTIF(date = '2021-09-20') AS d, "
    "COUNTIF(sector IS NULL OR sector_code < 5) AS s GROUP BY panchayat, block",
    "FROM registrations |> WHERE EXTRACT(DAYOFWEEK FROM date) = 1 AND sector_code > 3 "
    "|> AGGREGATE COUNT(*) AS n GROUP BY DATE_TRUNC(date, WEEK(MONDAY)) AS w, state",
    "FROM registrations |> WHERE block = 'Gobardhana' |> AGGREGATE COUNT(*) AS n GROUP BY date",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY UPPER(district) AS d, sector_code",
    "FROM registrations |> WHERE NOT district = 'Dumka' |> AGGREGATE COUNT(*) AS n GROUP BY "
    "CHILD_OF('state:20') AS place, EXTRACT(MONTH FROM date) AS m",
    "FROM registrations |> WHERE date < '2021-01-01' |> AGGREGATE COUNT(*) AS n GROUP BY block",
    "FROM registrations |> WHERE sector_code = 3 AND sector_code = 4 |> AGGREGATE COUNT(*)",
};

static void the_cube_and_the_scan_agree(void **state)
{
    (void)state;
    struct random_world w;
    struct buf cube, scan;
    buf_init(&cube, MEM_QUERY);
    buf_init(&scan, MEM_QUERY);
    random_world_init(&w, "cube and scan", 4000);
    for (size_t i = 0; i < ARRAY_LEN(questions); i++)
        for (int part = 0; part < 3; part++) {
            assert_string_equal(random_ask(&w, questions[i], part, false, 0, &cube), "cube");
            assert_string_equal(random_ask(&w, questions[i], 0, true, 7, &scan), "scan");
            assert_string_equal(cube.p, scan.p);
            random_ask(&w, questions[i], part, true, 0, &scan);
            assert_string_equal(cube.p, scan.p);
        }
    random_world_fini(&w);
    buf_fini(&cube);
    buf_fini(&scan);
}

static void counts_are_those_of_the_rows(void **state)
{
    (void)state;
    struct random_world w;
    struct buf out;
    char want[64];
    buf_init(&out, MEM_QUERY);
    random_world_init(&w, "cube and rows", 3000);
    for (int slot = 1; slot <= 30; slot += 7)
        for (int32_t from = RANDOM_DAY0; from < RANDOM_DAY0 + RANDOM_DAYS; from += 11) {
            char text[256];
            char day[11];
            date_format(from, day);
            snprintf(
                text, sizeof text,
                "FROM registrations |> WHERE district_code = 607 AND sector_code = %d AND date "
                ">= '%s' |> AGGREGATE COUNT(*) AS n",
                slot, day);
            uint32_t order = place_by_code(w.tree, PLACE_DISTRICT, 607);
            snprintf(want, sizeof want, "n\n%lld\n",
                     (long long)plain_count(&w.all, w.tree, order, slot, from, INT32_MAX));
            for (int part = 0; part < 3; part++) {
                assert_string_equal(random_ask(&w, text, part, false, 0, &out), "cube");
                assert_string_equal(out.p, want);
            }
        }
    random_world_fini(&w);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cube_and_the_scan_agree),
        cmocka_unit_test(counts_are_those_of_the_rows),
    };
    return cmocka_run_group_tests_name("query/cube_scan", tests, NULL, NULL);
}
