/* SPDX-License-Identifier: MIT
 *
 * A disk that fails, at every point where it can: a process commits batches over a VFS that fails,
 * tells which were acknowledged, and ends without tidying up. Then the directory is opened again:
 * what was acknowledged is there, each batch whole or not at all, and sent again each is counted
 * once. */
#include "disturb.h"

enum { BATCHES = 8, ROWS = 40, SUM = 79 };

static int import(struct fixture *f, uint32_t i, struct err *err)
{
    char id[16];
    struct batch_result r;
    snprintf(id, sizeof id, "b%u", i);
    return fixture_import(f, id, i, ROWS, &r, err);
}

/* The work that is disturbed: batches, then closing, which writes the log back. */
static void work(struct fixture *f, int out)
{
    struct err err;
    for (uint32_t i = 0; i < BATCHES; i++) {
        int rc = import(f, i, &err);
        if (rc == 0)
            acknowledge(out, i);
        enum store_state state = store_state_of(f->store);
        if (rc == ERR_FULL && state != STORE_FULL)
            _exit(10); /* what the answer says must be what the store says */
        if (rc == ERR_UNKNOWN_OUTCOME && state == STORE_READY)
            _exit(11);
    }
    fixture_close(f);
}

static void check_directory(const char *dir, const struct outcome *o, const char *what)
{
    struct fixture f = {.store = NULL};
    struct err err;
    trouble_end();
    snprintf(f.dir, sizeof f.dir, "%s", dir);
    if (fixture_try_open(&f, &err) < 0)
        fail_msg("%s: %s", what, err.msg);
    struct snap *s = snap_cell_get(f.cell);
    if (s->registrations != (int64_t)s->batch_count * SUM)
        fail_msg("%s: %zu batches hold %lld registrations", what, s->batch_count,
                 (long long)s->registrations);
    snap_unref(s);
    for (uint32_t i = 0; i < BATCHES; i++) {
        char id[16];
        struct batch_result r;
        unsigned char sha256[32];
        snprintf(id, sizeof id, "b%u", i);
        int found = store_batch_find(f.store, STR("test"), str_of(id), &r, sha256, &err);
        if (o->acknowledged[i] && found != 1)
            fail_msg("%s: batch %u was acknowledged and is lost", what, i);
        assert_int_equal(import(&f, i, &err), 0);
    }
    if (fixture_registrations(&f) != BATCHES * SUM)
        fail_msg("%s: sent again, there are %lld registrations", what,
                 (long long)fixture_registrations(&f));
    fixture_close(&f);
}

/* A directory with places, closed in good order; SQLite is started and the VFS in place. */
static void prepare(char dir[128])
{
    struct fixture f;
    tmpdir_make(f.dir);
    fixture_open(&f);
    fixture_places(&f);
    fixture_close(&f);
    memcpy(dir, f.dir, 128);
}

static bool try_point(const struct trouble *t)
{
    char dir[128], what[128];
    prepare(dir);
    trouble_tell(t, what);
    struct outcome o = disturb(dir, t, work);
    check_directory(dir, &o, what);
    tmpdir_remove(dir);
    return o.fired;
}

static void loses_nothing_at_any_failing_point(void **state)
{
    (void)state;
    long points = try_failing_points(try_point);
    print_message("%ld failing points, 0 acknowledged batches lost\n", points);
    assert_true(points > 100);
}

static void loses_nothing_when_the_power_goes(void **state)
{
    (void)state;
    long points = try_power_cuts(try_point);
    print_message("%ld power cuts, 0 acknowledged batches lost\n", points);
    assert_true(points > 20 * crash_seeds());
}

/* Full: nothing goes in, reading and known batches go on; space again: writing goes on. */
static void goes_on_when_there_is_space_again(void **state)
{
    (void)state;
    struct fixture f;
    struct err err;
    struct batch_result r;
    prepare(f.dir);
    fixture_open(&f);
    assert_int_equal(import(&f, 0, &err), 0);
    fault_arm(FAULT_FULL, true, 1, 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(import(&f, 1, &err), ERR_FULL);
        assert_int_equal(store_state_of(f.store), STORE_FULL);
    }
    assert_int_equal(fixture_registrations(&f), SUM);
    assert_int_equal(fixture_import(&f, "b0", 0, ROWS, &r, &err), 0);
    assert_true(r.duplicate);
    trouble_end();
    usleep(1100000); /* a full disk is tried once a second */
    assert_int_equal(import(&f, 1, &err), 0);
    assert_int_equal(store_state_of(f.store), STORE_READY);
    assert_int_equal(fixture_registrations(&f), 2 * SUM);
    fixture_close(&f);
    tmpdir_remove(f.dir);
}

/* Broken: nothing is written any more until a restart; reading goes on. */
static void stops_writing_after_an_error_of_the_disk(void **state)
{
    (void)state;
    struct fixture f;
    struct err err;
    prepare(f.dir);
    fixture_open(&f);
    assert_int_equal(import(&f, 0, &err), 0);
    fault_arm(FAULT_SYNC, false, 1, 1);
    assert_int_equal(import(&f, 1, &err), ERR_UNKNOWN_OUTCOME);
    assert_non_null(strstr(err.hint, "same id"));
    assert_int_equal(store_state_of(f.store), STORE_FAILED);
    assert_int_equal(import(&f, 2, &err), ERR_UNAVAILABLE);
    assert_int_equal(fixture_registrations(&f), SUM);
    fixture_close(&f);
    trouble_end();
    fixture_open(&f);
    assert_int_equal(import(&f, 1, &err), 0); /* once, whichever way it went */
    assert_int_equal(fixture_registrations(&f), 2 * SUM);
    fixture_close(&f);
    tmpdir_remove(f.dir);
}

static int setup(void **state)
{
    char dir[128];
    (void)state;
    log_threshold(LOG_OFF);
    prepare(dir); /* starts SQLite */
    tmpdir_remove(dir);
    fault_install();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loses_nothing_at_any_failing_point),
        cmocka_unit_test(loses_nothing_when_the_power_goes),
        cmocka_unit_test(goes_on_when_there_is_space_again),
        cmocka_unit_test(stops_writing_after_an_error_of_the_disk),
    };
    return cmocka_run_group_tests_name("store/crash", tests, setup, NULL);
}
