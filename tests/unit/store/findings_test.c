/* SPDX-License-Identifier: MIT
 *
 * Findings are written in one transaction, seen at once, and there after a restart. */
#include "store/findings.h"

#include "fixture.h"

static struct finding_change change(const char *id, const char *severity, enum finding_event event)
{
    struct finding_change c = {.event = event, .told = true};
    snprintf(c.now.id, sizeof c.now.id, "%s", id);
    c.now.plugin = STR("drive");
    c.now.check = STR("parts");
    c.now.key = str_of(id);
    c.now.severity = str_of(severity);
    c.now.message = STR("in English");
    c.now.message_hi = STR("हिन्दी में");
    c.now.figures = STR("{\"missing\":1300}");
    c.now.source = STR("review");
    c.now.batch = STR("");
    c.now.place = PLACE_NONE;
    c.now.since = c.now.last_seen = DAY0;
    c.now.resolved_on = event == FINDING_CLOSED ? DAY0 + 1 : DAY_NONE;
    return c;
}

static void put(struct fixture *f, struct finding_change *c, size_t n)
{
    struct err err;
    if (store_findings_write(f->store, c, n, DAY0, 7, &err) < 0)
        fail_msg("%s", err.msg);
}

/* "id severity times" of the open ones. */
static void open_are(struct fixture *f, const char *expected)
{
    struct arena a;
    struct finding *x;
    struct err err;
    char got[512] = "";
    size_t n;
    size_t used = 0;
    arena_init(&a, MEM_STORE, 0);
    assert_int_equal(store_findings_open(f->store, &a, &x, &n, &err), 0);
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(got + used, sizeof got - used, "%s %.*s %d\n", x[i].id,
                                 STR_ARG(x[i].severity), (int)x[i].times);
    assert_string_equal(got, expected);
    arena_fini(&a);
}

static void they_survive_a_restart(void **state)
{
    struct fixture *f = *state;
    struct finding_change c[] = {change("00000000000000bb", "warning", FINDING_OPENED),
                                 change("00000000000000aa", "error", FINDING_OPENED)};
    assert_int_equal(store_findings_revision(f->store), 0);
    put(f, c, 2);
    open_are(f, "00000000000000aa error 1\n00000000000000bb warning 1\n");
    assert_int_equal(store_findings_revision(f->store), 1);
    fixture_close(f);
    fixture_open(f);
    open_are(f, "00000000000000aa error 1\n00000000000000bb warning 1\n");
    assert_int_equal(store_findings_revision(f->store), 1);
}

static void what_opens_again_says_how_often(void **state)
{
    struct fixture *f = *state;
    struct finding_change c = change("00000000000000aa", "error", FINDING_OPENED);
    put(f, &c, 1);
    c = change("00000000000000aa", "error", FINDING_CLOSED);
    c.now.times = 1;
    put(f, &c, 1);
    open_are(f, "");
    fixture_close(f);
    fixture_open(f);
    c = change("00000000000000aa", "warning", FINDING_OPENED);
    put(f, &c, 1);
    open_are(f, "00000000000000aa warning 2\n");
}

static void nothing_to_write_writes_nothing(void **state)
{
    struct fixture *f = *state;
    put(f, NULL, 0);
    assert_int_equal(store_findings_revision(f->store), 0);
}

/* Each allocation fails once: nothing is half written, and the next try goes through. */
static void memory_that_runs_out_leaves_the_book_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct err err;
    int failed = 0;
    for (uint64_t k = 1; k < 40; k++) {
        struct finding_change c = change("00000000000000cc", "error", FINDING_OPENED);
        uint64_t before = store_findings_revision(f->store);
        mem_fail_at(k);
        int rc = store_findings_write(f->store, &c, 1, DAY0, 7, &err);
        mem_fail_at(0);
        assert_int_equal(store_findings_revision(f->store), before + (rc == 0));
        failed += rc < 0;
    }
    assert_true(failed > 0);
    fixture_close(f);
    fixture_open(f);
    struct finding_change c = change("00000000000000dd", "error", FINDING_OPENED);
    put(f, &c, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_survive_a_restart, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_opens_again_says_how_often, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(nothing_to_write_writes_nothing, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(memory_that_runs_out_leaves_the_book_as_it_was,
                                        fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests_name("store/findings", tests, NULL, NULL);
}
