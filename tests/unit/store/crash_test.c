/* SPDX-License-Identifier: MIT
 *
 * A disk that fails, at every point where it can: a process commits batches over a VFS that fails,
 * tells which were acknowledged, and ends without tidying up. Then the directory is opened again:
 * what was acknowledged is there, each batch whole or not at all, and sent again each is counted
 * once. CRASH_SEEDS and CRASH_SEED choose how many power cuts are tried and where they start. */
#include "fixture.h"

#include "fault_vfs.h"

#include <sys/wait.h>
#include <time.h>

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
        if (rc == 0 && write(out, &i, sizeof i) != sizeof i)
            _exit(9);
        enum store_state state = store_state_of(f->store);
        if (rc == ERR_FULL && state != STORE_FULL)
            _exit(10); /* what the answer says must be what the store says */
        if (rc == ERR_UNKNOWN_OUTCOME && state == STORE_READY)
            _exit(11);
    }
    fixture_close(f);
}

struct outcome {
    bool acknowledged[BATCHES];
    int acknowledgements;
    bool fired;
};

static struct outcome disturb(const char *dir, enum fault_kind kind, bool for_ever, long point,
                              uint64_t seed)
{
    struct outcome o = {.fired = true};
    int pipes[2];
    uint32_t i;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        struct fixture f = {.store = NULL};
        struct err err;
        close(pipes[0]);
        snprintf(f.dir, sizeof f.dir, "%s", dir);
        if (fixture_try_open(&f, &err) < 0)
            _exit(8);
        fault_arm(kind, for_ever, point, seed);
        work(&f, pipes[1]);
        _exit(fault.fired ? 0 : 1);
    }
    close(pipes[1]);
    while (read(pipes[0], &i, sizeof i) == sizeof i) {
        o.acknowledged[i] = true;
        o.acknowledgements++;
    }
    close(pipes[0]);
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) > 1)
        fail_msg("kind %d, point %ld: the process ended with %d", kind, point, WEXITSTATUS(status));
    o.fired = WEXITSTATUS(status) == 0;
    return o;
}

static void check_directory(const char *dir, const struct outcome *o, const char *what)
{
    struct fixture f = {.store = NULL};
    struct err err;
    fault_arm(FAULT_FULL, false, 0, 1);
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

static bool try_point(enum fault_kind kind, bool for_ever, long point, uint64_t seed)
{
    char dir[128], what[128];
    prepare(dir);
    snprintf(what, sizeof what, "kind %d%s, point %ld, seed %llu", kind,
             for_ever ? " for ever" : "", point, (unsigned long long)seed);
    struct outcome o = disturb(dir, kind, for_ever, point, seed);
    check_directory(dir, &o, what);
    tmpdir_remove(dir);
    return o.fired;
}

static void loses_nothing_at_any_failing_point(void **state)
{
    (void)state;
    long points = 0;
    for (int kind = FAULT_FULL; kind <= FAULT_SYNC; kind++)
        for (int for_ever = 0; for_ever < 2; for_ever++)
            for (long point = 1; try_point((enum fault_kind)kind, for_ever, point, 1);
                 point += for_ever ? 3 : 1)
                points++;
    print_message("%ld failing points, 0 acknowledged batches lost\n", points);
    assert_true(points > 100);
}

static void loses_nothing_when_the_power_goes(void **state)
{
    (void)state;
    const char *seeds_text = getenv("CRASH_SEEDS");
    const char *seed_text = getenv("CRASH_SEED");
    long seeds = seeds_text ? strtol(seeds_text, NULL, 10) : 1;
    uint64_t seed = seed_text ? strtoull(seed_text, NULL, 10) : (uint64_t)time(NULL);
    long points = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (long i = 0; i < seeds; i++)
        for (long point = 1;
             try_point(FAULT_POWER, false, point, (seed + (uint64_t)i) * 2654435761u); point++)
            points++;
    print_message("%ld power cuts, 0 acknowledged batches lost\n", points);
    assert_true(points > 20 * seeds);
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
    fault_arm(FAULT_FULL, false, 0, 1);
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
    fault_arm(FAULT_FULL, false, 0, 1);
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
