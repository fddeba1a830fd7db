/* SPDX-License-Identifier: MIT
 *
 * The questions compiled in are all there, understood, and answered as the rows are. */
#include "../../../core/main/bench_ask.h"

#include <math.h>

#include "../../../core/main/app.h"
#include "../../../core/main/bench_dir.h"
#include "base/log.h"
#include "test.h"

enum { ROWS = 5000, QUESTIONS = 21 };

static void every_question_is_answered(void **state)
{
    static struct bench_asked a[BENCH_QUESTIONS_MAX];
    struct bench_dir dir;
    struct app app;
    struct err e = {0};
    (void)state;
    assert_int_equal(bench_question_count(), QUESTIONS);
    assert_int_equal(bench_dir_open(NULL, ROWS, &dir, &e), 0);
    assert_int_equal(app_open(dir.path, "/nonexistent", &app, &e), 0);
    struct snap *s = snap_cell_get(app.cell);
    assert_int_equal(bench_ask_all(&(struct bench_data){.snap = s}, a, &e), 0);
    snap_unref(s);
    app_close(&app);
    bench_dir_close(&dir);
    for (size_t i = 0; i < QUESTIONS; i++) {
        assert_true(a[i].runs >= 8 && a[i].runs <= 200);
        assert_true(a[i].least_ms > 0 && a[i].least_ms <= a[i].median_ms);
        assert_string_equal(a[i].engine, a[i].id[0] == 'C' ? "cube" : "scan");
    }
    assert_string_equal(a[0].id, "C1");
    assert_int_equal(a[0].rows, 1);
    assert_string_equal(a[1].id, "C2");
    assert_int_equal(a[1].rows, 36);
    assert_string_equal(a[20].id, "A9");
}

static void a_question_is_found_by_its_id(void **state)
{
    (void)state;
    assert_true(str_eq(bench_question_text("C1"), bench_question(0).text));
    assert_true(str_ends(bench_question_text("A1"), STR("GROUP BY gender")));
}

static void the_mean_is_that_of_one_letter(void **state)
{
    static const struct bench_asked a[] = {{.id = "C1", .median_ms = 2},
                                           {.id = "A1", .median_ms = 1000},
                                           {.id = "C2", .median_ms = 8}};
    (void)state;
    assert_true(fabs(bench_geometric_mean(a, 3, 'C') - 4) < 1e-9);
    assert_true(fabs(bench_geometric_mean(a, 3, 'A') - 1000) < 1e-6);
    assert_true(fabs(bench_geometric_mean(a, 3, 'B')) <= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_question_is_answered),
                                       cmocka_unit_test(a_question_is_found_by_its_id),
                                       cmocka_unit_test(the_mean_is_that_of_one_letter)};
    log_threshold(LOG_OFF);
    return cmocka_run_group_tests_name("main/bench_ask", tests, NULL, NULL);
}
