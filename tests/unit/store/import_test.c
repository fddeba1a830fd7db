/* SPDX-License-Identifier: MIT
 *
 * Batches: once, whole, and still there. */
#include "fixture.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static void counts_and_answers(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    uint64_t before = fixture_snapshot(f);
    assert_int_equal(fixture_import(f, "b1", 1, 100, &r, &err), 0);
    assert_string_equal(r.id, "b1");
    assert_string_equal(r.source, "test");
    assert_int_equal(r.accepted, 100);
    assert_int_equal(r.registrations, 199);
    assert_false(r.duplicate);
    assert_int_equal(r.snapshot, before + 1);
    assert_int_equal(fixture_snapshot(f), before + 1);
    assert_int_equal(fixture_count(f, PLACE_STATE, 20), 199);
}

static void repeats_the_first_answer(void **state)
{
    struct fixture *f = *state;
    struct batch_result first, again;
    struct err err;
    assert_int_equal(fixture_import(f, "b1", 1, 100, &first, &err), 0);
    uint64_t snapshot = fixture_snapshot(f);
    assert_int_equal(fixture_import(f, "b1", 1, 100, &again, &err), 0);
    assert_true(again.duplicate);
    assert_int_equal(again.accepted, first.accepted);
    assert_int_equal(again.snapshot, first.snapshot);
    assert_int_equal(again.received_ms, first.received_ms);
    assert_int_equal(fixture_registrations(f), 199);
    assert_int_equal(fixture_snapshot(f), snapshot);
}

static void refuses_other_content(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    assert_int_equal(fixture_import(f, "b1", 1, 100, &r, &err), 0);
    assert_int_equal(fixture_import(f, "b1", 2, 100, &r, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.msg, "b1"));
    assert_int_equal(fixture_registrations(f), 199);
    assert_int_equal(fixture_import(f, "b2", 2, 100, &r, &err), 0);
    assert_int_equal(fixture_registrations(f), 398);
}

static void survives_a_restart(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    for (uint32_t i = 0; i < 20; i++) {
        char id[16];
        snprintf(id, sizeof id, "b%u", i);
        assert_int_equal(fixture_import(f, id, i, 50 + i, &r, &err), 0);
    }
    int64_t all = fixture_registrations(f);
    int64_t gola = fixture_count(f, PLACE_BLOCK, 3168);
    uint64_t snapshot = fixture_snapshot(f);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(fixture_registrations(f), all);
    assert_int_equal(fixture_count(f, PLACE_BLOCK, 3168), gola);
    assert_int_equal(fixture_snapshot(f), snapshot);
    struct snap *s = snap_cell_get(f->cell);
    assert_int_equal(s->batch_count, 20);
    assert_true(s->batch[0].snapshot < s->batch[19].snapshot);
    assert_int_equal(s->batch[19].snapshot, snapshot);
    struct dict *centres = s->dict[schema_find(s->schema, STR("centre"))];
    assert_int_equal(dict_count(centres), 220);
    snap_unref(s);
    assert_int_equal(fixture_import(f, "b7", 7, 57, &r, &err), 0);
    assert_true(r.duplicate);
    assert_int_equal(fixture_import(f, "new", 99, 10, &r, &err), 0);
    assert_int_equal(r.snapshot, snapshot + 1);
}

static void takes_a_batch_without_rows(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    struct rows rows;
    struct reject reject = {3, 2, "block", "Nowhere", "no block \"Nowhere\" is known", NULL};
    struct batch_spec spec = {.source = STR("test"),
                              .id = STR("empty"),
                              .as_on = DAY0,
                              .reject = &reject,
                              .rejects = 1,
                              .rejected = 1};
    struct snap *s = snap_cell_get(f->cell);
    rows_init(&rows, MEM_INGEST, s->schema);
    snap_unref(s);
    assert_int_equal(store_import(f->store, &spec, &rows, &r, &err), 0);
    rows_fini(&rows);
    assert_int_equal(r.accepted, 0);
    assert_int_equal(r.rejected, 1);
    fixture_close(f);
    fixture_open(f);
    s = snap_cell_get(f->cell);
    assert_int_equal(s->batch_count, 1);
    assert_int_equal(s->batch[0].rejected, 1);
    assert_int_equal(s->batch[0].as_on, DAY0);
    snap_unref(s);
}

/* Behind that, sums would no longer be right. */
static void refuses_more_than_can_be_counted(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct rows rows;
    struct err err;
    struct batch_spec spec = {.source = STR("test"), .as_on = DAY_NONE};
    assert_int_equal(fixture_import(f, "before", 1, 1, &r, &err), 0);
    for (int i = 0; i < 2; i++) {
        fixture_rows(f, &rows, 1, 1);
        rows.count[0] = i == 0 ? REGISTRATIONS_MAX : REGISTRATIONS_MAX - 1;
        spec.id = i == 0 ? STR("too many") : STR("just so many");
        int rc = store_import(f->store, &spec, &rows, &r, &err);
        assert_int_equal(rc, i == 0 ? ERR_LIMIT : 0);
        rows_fini(&rows);
    }
    assert_int_equal(fixture_registrations(f), REGISTRATIONS_MAX);
}

static void refuses_names_too_long(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    char id[BATCH_ID_BYTES_MAX + 2];
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    assert_int_equal(fixture_import(f, id, 1, 1, &r, &err), ERR_LIMIT);
    id[BATCH_ID_BYTES_MAX] = '\0';
    assert_int_equal(fixture_import(f, id, 1, 1, &r, &err), 0);
    assert_string_equal(r.id, id);
}

/* ---- many at once --------------------------------------------------------------------------- */

enum { WRITERS = 6, BATCHES = 25 };

struct writer {
    struct fixture *f;
    int first, duplicates;
};

static void *write_all(void *arg)
{
    struct writer *w = arg;
    for (uint32_t i = 0; i < BATCHES; i++) {
        char id[16];
        struct batch_result r;
        struct err err;
        snprintf(id, sizeof id, "b%u", i);
        if (fixture_import(w->f, id, i, 10, &r, &err) == 0) {
            w->first += !r.duplicate;
            w->duplicates += r.duplicate;
        }
    }
    return NULL;
}

static void counts_each_batch_once_with_many_writers(void **state)
{
    struct fixture *f = *state;
    struct writer w[WRITERS];
    pthread_t t[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        w[i] = (struct writer){.f = f};
        assert_int_equal(pthread_create(&t[i], NULL, write_all, &w[i]), 0);
    }
    int first = 0;
    int duplicates = 0;
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(t[i], NULL);
        first += w[i].first;
        duplicates += w[i].duplicates;
    }
    assert_int_equal(first, BATCHES);
    assert_int_equal(duplicates, BATCHES * (WRITERS - 1));
    assert_int_equal(fixture_registrations(f), BATCHES * 19);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(fixture_registrations(f), BATCHES * 19);
}

/* ---- killed --------------------------------------------------------------------------------- */

/* In a process of its own: commits batches and tells each number after its answer. */
static void commit_until_killed(const char *dir, int out)
{
    struct fixture f = {.store = NULL};
    struct err err;
    struct batch_result r;
    snprintf(f.dir, sizeof f.dir, "%s", dir);
    if (fixture_try_open(&f, &err) < 0)
        _exit(3);
    for (uint32_t i = 0;; i++) {
        char id[16];
        snprintf(id, sizeof id, "b%u", i);
        if (fixture_import(&f, id, i, 40, &r, &err) < 0)
            _exit(4);
        if (write(out, &i, sizeof i) != sizeof i)
            _exit(5);
    }
}

/* Kills it after some answers; how many batches were acknowledged. */
static uint32_t run_and_kill(const char *dir, uint32_t answers)
{
    int pipes[2];
    uint32_t i, count = 0;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        commit_until_killed(dir, pipes[1]);
    }
    close(pipes[1]);
    while (count < answers && read(pipes[0], &i, sizeof i) == sizeof i)
        count = i + 1;
    kill(child, SIGKILL);
    while (read(pipes[0], &i, sizeof i) == sizeof i)
        count = i + 1;
    close(pipes[0]);
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    return count;
}

static void keeps_what_was_acknowledged_when_killed(void **state)
{
    struct fixture *f = *state;
    fixture_close(f);
    for (uint32_t round = 1; round < 8; round++) {
        uint32_t acknowledged = run_and_kill(f->dir, round * 3);
        fixture_open(f);
        struct snap *s = snap_cell_get(f->cell);
        assert_true(s->batch_count >= acknowledged);
        assert_int_equal(s->registrations, (int64_t)s->batch_count * 79);
        for (uint32_t i = 0; i < acknowledged; i++) {
            char id[16];
            unsigned char sha256[32], want[32];
            struct batch_result r;
            struct err err;
            snprintf(id, sizeof id, "b%u", i);
            fixture_hash(i, want);
            assert_int_equal(store_batch_find(f->store, STR("test"), str_of(id), &r, sha256, &err),
                             1);
            assert_memory_equal(sha256, want, 32);
        }
        snap_unref(s);
        fixture_close(f);
    }
    fixture_open(f);
}

/* ---- no memory ------------------------------------------------------------------------------ */

/* Each allocation of an import fails once: it is refused whole or accepted whole, and goes through
 * the next time. */
static void survives_every_failed_allocation(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    int64_t expected = 0;
    int failures = 0;
    int successes = 0; /* in a row: some failures do no harm, so one is not the end */
    for (uint32_t k = 1; successes < 40; k++) {
        struct rows rows;
        char id[16];
        struct batch_spec spec = {.source = STR("test"), .as_on = DAY_NONE};
        snprintf(id, sizeof id, "b%u", k);
        spec.id = str_of(id);
        fixture_hash(k, spec.sha256);
        fixture_rows(f, &rows, k, 30);
        mem_fail_at(k);
        int rc = store_import(f->store, &spec, &rows, &r, &err);
        mem_fail_at(0);
        rows_fini(&rows);
        expected += rc == 0 ? 60 : 0;
        assert_int_equal(fixture_registrations(f), expected);
        assert_int_equal(store_state_of(f->store), STORE_READY);
        successes = rc == 0 ? successes + 1 : 0;
        if (rc == 0)
            continue;
        assert_true(rc == ERR_MEM || rc == ERR_UNKNOWN_OUTCOME);
        failures++;
        assert_int_equal(fixture_import(f, id, k, 30, &r, &err), 0);
        expected += 60;
        assert_int_equal(fixture_registrations(f), expected);
    }
    print_message("%d allocations failed\n", failures);
    assert_true(failures > 10);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(fixture_registrations(f), expected);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(counts_and_answers),
        TEST(repeats_the_first_answer),
        TEST(refuses_other_content),
        TEST(survives_a_restart),
        TEST(takes_a_batch_without_rows),
        TEST(refuses_more_than_can_be_counted),
        TEST(refuses_names_too_long),
        TEST(counts_each_batch_once_with_many_writers),
        TEST(keeps_what_was_acknowledged_when_killed),
        TEST(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("store/import", tests, NULL, NULL);
}
