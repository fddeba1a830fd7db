/* SPDX-License-Identifier: MIT
 *
 * What a pass changes: findings that come, stay, move and go. */
#include "../../../core/alert/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"

enum { TODAY = 18950 };

static struct finding row(const char *key, const char *severity, const char *figures)
{
    return (struct finding){.plugin = STR("drive"),
                            .check = STR("parts"),
                            .key = str_of(key),
                            .severity = str_of(severity),
                            .message = STR("m"),
                            .message_hi = STR("ह"),
                            .figures = str_of(figures),
                            .source = STR(""),
                            .batch = STR(""),
                            .place = PLACE_NONE};
}

/* One that has been open since ten days before, its figures last moved on `moved`. */
static struct finding open_row(const char *key, const char *figures, int32_t moved)
{
    struct finding f = row(key, "warning", figures);
    snprintf(f.id, sizeof f.id, "%s", key);
    f.since = TODAY - 10;
    f.last_seen = moved;
    f.resolved_on = DAY_NONE;
    f.times = 1;
    return f;
}

struct desk {
    struct arena arena;
    struct diff d;
};

static void desk_init(struct desk *k, const struct finding *open, size_t n)
{
    struct err err;
    arena_init(&k->arena, MEM_ALERT, 0);
    memset(&k->d, 0, sizeof k->d);
    assert_int_equal(diff_init(&k->d, &k->arena, open, n, &err), 0);
    k->d.day = TODAY;
    k->d.before = TODAY - 1;
    k->d.snapshot = 5;
    k->d.now_ms = 1000;
}

static void see(struct desk *k, struct finding f)
{
    struct err err;
    assert_int_equal(diff_see(&k->d, &f, &err), 0);
}

/* "event key told" of all changes, and the end. */
static void changes_are(struct desk *k, const char *expected)
{
    char got[512] = "";
    size_t n = 0;
    struct err err;
    assert_int_equal(diff_close(&k->d, &err), 0);
    for (size_t i = 0; i < k->d.n; i++)
        n += (size_t)snprintf(got + n, sizeof got - n, "%s %.*s %d\n",
                              finding_event_name(k->d.change[i].event),
                              STR_ARG(k->d.change[i].now.key), k->d.change[i].told);
    assert_string_equal(got, expected);
}

static void desk_fini(struct desk *k)
{
    arena_fini(&k->arena);
}

static void a_row_opens_and_its_absence_closes(void **state)
{
    (void)state;
    const struct finding open[] = {open_row("a", "1", TODAY - 10), open_row("b", "1", TODAY - 10)};
    struct desk k;
    desk_init(&k, open, 2);
    see(&k, row("b", "warning", "1"));
    see(&k, row("c", "warning", "1"));
    changes_are(&k, "opened c 1\nclosed a 1\n");
    const struct finding *opened = &k.d.change[0].now;
    assert_int_equal(strlen(opened->id), FINDING_ID_BYTES - 1);
    assert_int_equal(opened->since, TODAY);
    assert_int_equal(opened->resolved_on, DAY_NONE);
    assert_int_equal(opened->snapshot, 5);
    assert_int_equal(k.d.change[1].now.resolved_on, TODAY);
    assert_int_equal(k.d.change[1].now.last_seen, TODAY - 1); /* the pass before saw it */
    assert_int_equal(k.d.change[1].now.since, TODAY - 10);
    desk_fini(&k);
}

static void figures_that_move_are_told_once_a_day(void **state)
{
    (void)state;
    const struct finding open[] = {open_row("a", "1", TODAY - 1), open_row("b", "1", TODAY),
                                   open_row("c", "1", TODAY)};
    struct desk k;
    desk_init(&k, open, 3);
    see(&k, row("a", "warning", "2"));
    see(&k, row("b", "warning", "2"));
    see(&k, row("c", "error", "2")); /* graver: told at once */
    changes_are(&k, "changed a 1\nchanged b 0\nchanged c 1\n");
    assert_int_equal(k.d.change[1].now.since, TODAY - 10);
    assert_string_equal(k.d.change[1].now.figures.p, "2");
    desk_fini(&k);
}

static void a_check_that_failed_closes_nothing(void **state)
{
    (void)state;
    struct finding open[] = {open_row("a", "1", TODAY), open_row("b", "1", TODAY)};
    struct desk k;
    open[1].check = STR("sources"); /* behind "parts" */
    desk_init(&k, open, 2);
    diff_keep(&k.d, STR("drive"), STR("parts"));
    changes_are(&k, "closed b 1\n");
    desk_fini(&k);
}

static void ids_depend_on_all_three_names(void **state)
{
    (void)state;
    struct finding f[] = {row("a", "info", ""), row("a", "info", ""), row("a", "info", ""),
                          row("a", "info", "")};
    struct desk k;
    f[1].check = STR("partsa");
    f[1].key = STR("");
    f[2].plugin = STR("other");
    desk_init(&k, NULL, 0);
    for (size_t i = 0; i < ARRAY_LEN(f); i++)
        see(&k, f[i]);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(k.d.change[i].now.id, k.d.change[j].now.id);
    assert_string_equal(k.d.change[3].now.id, k.d.change[0].now.id);
    desk_fini(&k);
}

static void there_is_a_most(void **state)
{
    (void)state;
    struct desk k;
    struct err err;
    char key[16];
    desk_init(&k, NULL, 0);
    for (int i = 0; i < FINDINGS_OPEN_MAX; i++) {
        snprintf(key, sizeof key, "%d", i);
        see(&k, row(key, "info", ""));
    }
    struct finding more = row("more", "info", "");
    assert_int_equal(diff_see(&k.d, &more, &err), ERR_LIMIT);
    assert_non_null(strstr(err.msg, "10000"));
    desk_fini(&k);
}

static void what_moves_is_not_new(void **state)
{
    (void)state;
    enum { N = FINDINGS_OPEN_MAX - 1 };
    static struct finding open[N];
    static char key[N][16];
    struct desk k;
    struct err err;
    for (int i = 0; i < N; i++) {
        snprintf(key[i], sizeof key[i], "%06d", i);
        open[i] = open_row(key[i], "1", TODAY - 1);
    }
    desk_init(&k, open, N);
    for (int i = 0; i < N; i++)
        see(&k, row(key[i], "warning", "2"));
    see(&k, row("x", "info", ""));
    struct finding more = row("y", "info", "");
    assert_int_equal(k.d.n, FINDINGS_OPEN_MAX);
    assert_int_equal(diff_see(&k.d, &more, &err), ERR_LIMIT);
    desk_fini(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_opens_and_its_absence_closes),
        cmocka_unit_test(figures_that_move_are_told_once_a_day),
        cmocka_unit_test(a_check_that_failed_closes_nothing),
        cmocka_unit_test(ids_depend_on_all_three_names),
        cmocka_unit_test(there_is_a_most),
        cmocka_unit_test(what_moves_is_not_new),
    };
    return cmocka_run_group_tests_name("alert/diff", tests, NULL, NULL);
}
