/* SPDX-License-Identifier: MIT
 *
 * EXPLAIN; its rows stand in tests/query/explain.test. */
#include "ask.h"

static void tells_engine_and_why(void **state)
{
    struct ask *a = *state;
    static const char *const cube[] = {"cube,registrations by cube", "the cube alone", NULL};
    static const char *const scan[] = {"scan,registrations by scan", "a group key reads more",
                                       NULL};
    ask_parts(a, "EXPLAIN FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block", cube);
    assert_string_equal(a->engine, "cube");
    ask_parts(a, "EXPLAIN FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender", scan);
    assert_string_equal(a->engine, "scan");
}

static void tells_of_slabs_and_planes(void **state)
{
    struct ask *a = *state;
    static const char *const planes[] = {"1 slab on planes, 0 segments, 0 skipped", "bit planes",
                                         NULL};
    static const char *const runs[] = {"runs of slabs for panchayats", NULL};
    static const char *const skipped[] = {"0 slabs, 0 segments, 1 skipped", NULL};
    a->ctx.snap = a->world.merged;
    ask_parts(a, "EXPLAIN FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender", planes);
    ask_parts(a, "EXPLAIN FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY panchayat", runs);
    ask_parts(a,
              "EXPLAIN FROM registrations |> WHERE panchayat = 900001 AND block = 3104 |> "
              "AGGREGATE SUM(age) AS n",
              skipped);
}

static void measures_each_step(void **state)
{
    struct ask *a = *state;
    struct query *q = NULL;
    struct query_result r;
    struct str text = STR("EXPLAIN ANALYZE FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY "
                          "gender |> WHERE n > 1");
    a->ctx.snap = a->world.merged;
    assert_int_equal(query_parse(text, &q, &a->err), 0);
    assert_int_equal(query_run(q, &a->ctx, &r, &a->err), 0);
    assert_true(r.timed);
    assert_int_equal(r.frame->cols, 6);
    size_t last = r.frame->rows - 1;
    assert_int_equal(frame_get(r.frame, 0, 4).i, 4); /* F, M, O, not stated */
    assert_int_equal(frame_get(r.frame, last, 4).i, 3);
    assert_true(frame_get(r.frame, 0, 5).f > 0);
    query_result_fini(&r);
    query_unref(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(tells_engine_and_why),
        ASK_TEST(tells_of_slabs_and_planes),
        ASK_TEST(measures_each_step),
    };
    return cmocka_run_group_tests_name("query/explain", tests, NULL, NULL);
}
