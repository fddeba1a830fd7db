/* SPDX-License-Identifier: MIT
 *
 * Pages: what comes from data stays text; totals, percentages and both languages. */
#include "../../../core/net/page.h"

#include "base/date.h"
#include "test.h"

struct world {
    struct arena arena;
    struct frame *frame;
    struct buf out;
};

static int setup(void **state)
{
    static struct world w;
    struct err e = {0};
    arena_init(&w.arena, MEM_NET, 0);
    buf_init(&w.out, MEM_NET);
    assert_int_equal(frame_new(&w.arena, 2, 3, &w.frame, &e), 0);
    assert_int_equal(frame_col_init(&w.arena, &w.frame->col[0], 2, STR("block"), TYPE_STRING, &e),
                     0);
    assert_int_equal(frame_col_init(&w.arena, &w.frame->col[1], 2, STR("done"), TYPE_INT64, &e), 0);
    assert_int_equal(frame_col_init(&w.arena, &w.frame->col[2], 2, STR("pct"), TYPE_FLOAT64, &e),
                     0);
    struct value evil = {.type = TYPE_STRING, .s = STR("<script>'\"&")};
    struct value none = {.type = TYPE_STRING, .null = true};
    frame_set(w.frame, 0, 0, evil);
    frame_set(w.frame, 1, 0, none);
    frame_set(w.frame, 0, 1, (struct value){.type = TYPE_INT64, .i = 1234567});
    frame_set(w.frame, 1, 1, (struct value){.type = TYPE_INT64, .i = 1234567});
    frame_set(w.frame, 0, 2, (struct value){.type = TYPE_FLOAT64, .f = 41.26});
    frame_set(w.frame, 1, 2, (struct value){.type = TYPE_FLOAT64, .f = 100});
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    buf_fini(&w->out);
    arena_fini(&w->arena);
    return 0;
}

static const char *page(struct world *w, bool hindi)
{
    static const double bands[] = {50, 75, 100};
    static const struct report_column columns[3] = {
        {.name = {"block", 5}},
        {.name = {"done", 4}},
        {.name = {"pct", 3}, .type = {"percent", 7}, .band = bands, .bands = 3}};
    struct format_options o = {.hindi = hindi, .snapshot = 7, .as_on = date_day(2021, 11, 18)};
    struct page_table t = {.frame = w->frame,
                           .options = &o,
                           .title = STR("A <b>review</b>"),
                           .column = columns,
                           .total = true};
    struct err e = {0};
    assert_int_equal(page_write_table(&t, &w->out, &e), 0);
    buf_char(&w->out, '\0');
    return w->out.p;
}

static void data_stays_text(void **state)
{
    const char *html = page(*state, false);
    assert_null(strstr(html, "<script"));
    assert_non_null(strstr(html, "&lt;script&gt;&#39;&quot;&amp;"));
    assert_null(strstr(html, "<b>review"));
}

static void figures_are_written_for_people(void **state)
{
    const char *html = page(*state, false);
    assert_non_null(strstr(html, "12,34,567"));
    assert_non_null(strstr(html, "<td class=\"n b0\">41.3%</td>"));
    assert_non_null(strstr(html, "<td class=\"n b3\">100.0%</td>"));
    assert_non_null(strstr(html, "As on 2021-11-18"));
    assert_non_null(strstr(html, "Snapshot 7"));
    assert_non_null(strstr(html, "<tr class=\"total\"><td class=\"t\">Total</td>"));
}

static void hindi_pages_are_hindi(void **state)
{
    const char *html = page(*state, true);
    assert_non_null(strstr(html, "<html lang=\"hi\">"));
    assert_non_null(strstr(html, "2021-11-18 की स्थिति"));
    assert_non_null(strstr(html, "कुल"));
}

static void policy_allows_our_style_alone(void **state)
{
    (void)state;
    assert_non_null(strstr(page_policy(), "default-src 'none'; style-src 'sha256-"));
    assert_null(strstr(page_policy(), "unsafe"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_stays_text, setup, teardown),
        cmocka_unit_test_setup_teardown(figures_are_written_for_people, setup, teardown),
        cmocka_unit_test_setup_teardown(hindi_pages_are_hindi, setup, teardown),
        cmocka_unit_test(policy_allows_our_style_alone),
    };
    return cmocka_run_group_tests_name("net/page", tests, NULL, NULL);
}
