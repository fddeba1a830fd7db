/* SPDX-License-Identifier: MIT
 *
 * The outbox on disk. */
#include "store/alerts.h"

#include "fixture.h"

static void put(struct fixture *f, const char *id, const char *notifier, int64_t due)
{
    struct err err;
    const struct outbox_row m = {.id = str_of(id),
                                 .notifier = str_of(notifier),
                                 .recipient = STR("a@x.in"),
                                 .subject = STR("s"),
                                 .body = {"b\0c", 3},
                                 .created_ms = due,
                                 .due_ms = due};
    const struct alert_changes c = {.out = &m, .outs = 1};
    assert_int_equal(store_alerts_write(f->store, &c, &err), 0);
}

static size_t due(struct fixture *f, const char *notifier, int64_t now, struct arena *a,
                  struct outbox_row **m)
{
    struct err err;
    size_t n;
    arena_init(a, MEM_ALERT, 0);
    assert_int_equal(store_outbox_due(f->store, str_of(notifier), now, 10, a, m, &n, &err), 0);
    return n;
}

static void a_message_waits_until_it_was_delivered(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct arena a;
    struct outbox_row *m;
    struct outbox_stats stats;
    put(f, "m1", "hook", 100);
    put(f, "m2", "hook", 50);
    put(f, "m3", "mail", 10);
    assert_int_equal(due(f, "hook", 49, &a, &m), 0);
    arena_fini(&a);
    assert_int_equal(due(f, "hook", 100, &a, &m), 2);
    assert_true(str_eq(m[0].id, STR("m2"))); /* the oldest first */
    assert_int_equal(m[0].body.n, 3);
    assert_memory_equal(m[0].body.p, "b\0c", 3);
    int64_t seq = m[0].seq;
    arena_fini(&a);
    assert_int_equal(
        store_outbox_result(f->store, seq, OUTBOX_WAITING, 100, 300, STR("no answer"), &err), 0);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(due(f, "hook", 299, &a, &m), 1);
    arena_fini(&a);
    assert_int_equal(due(f, "hook", 300, &a, &m), 2);
    assert_int_equal(m[1].attempts, 1);
    assert_true(str_eq(m[1].error, STR("no answer")));
    arena_fini(&a);
    assert_int_equal(store_outbox_result(f->store, seq, OUTBOX_DEAD, 300, 0, STR("refused"), &err),
                     0);
    assert_int_equal(store_outbox_stats(f->store, &stats, &err), 0);
    assert_int_equal(stats.waiting, 2);
    assert_int_equal(stats.dead, 1);
    assert_int_equal(stats.oldest_ms, 10);
    assert_int_equal(store_outbox_retry(f->store, STR("m1"), 400, &err), ERR_NOT_FOUND);
    assert_int_equal(store_outbox_retry(f->store, STR("m2"), 400, &err), 0);
    assert_int_equal(due(f, "hook", 400, &a, &m), 2);
    assert_int_equal(m[1].attempts, 0);
    arena_fini(&a);
}

static void what_was_delivered_goes_after_a_while(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct arena a;
    struct frame *t;
    put(f, "m1", "hook", 100);
    put(f, "m2", "hook", 100);
    assert_int_equal(store_outbox_result(f->store, 1, OUTBOX_SENT, 200, 0, STR(""), &err), 0);
    assert_int_equal(store_outbox_prune(f->store, 200, &err), 0);
    arena_init(&a, MEM_ALERT, 0);
    assert_int_equal(store_outbox_table(f->store, &a, NULL, &t, &err), 0);
    assert_int_equal(t->rows, 2);
    assert_true(str_eq(frame_get(t, 1, 4).s, STR("sent")));
    arena_fini(&a);
    assert_int_equal(store_outbox_prune(f->store, 201, &err), 0);
    arena_init(&a, MEM_ALERT, 0);
    assert_int_equal(store_outbox_table(f->store, &a, NULL, &t, &err), 0);
    assert_int_equal(t->rows, 1);
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_waits_until_it_was_delivered, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_was_delivered_goes_after_a_while, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests_name("store/outbox", tests, NULL, NULL);
}
