/* SPDX-License-Identifier: MIT
 *
 * One bit, anywhere: in the database, in its log, in the mark. Each flip is found when the
 * directory is opened or verified, and none changes what is served. FLIP_SEED chooses where. */
#include "../../../core/store/vfs.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "fixture.h"
#include "store/backup.h"

enum { FLIPS = 200, BATCHES = 12, ROWS = 3000 };

static uint64_t seed;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void start_random(void)
{
    const char *text = getenv("FLIP_SEED");
    seed = (text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL)) | 1;
    print_message("seed %llu\n", (unsigned long long)seed);
}

struct flip {
    char path[256];
    long at;
    int bit;
};

static void turn(const struct flip *x)
{
    FILE *f = fopen(x->path, "r+");
    assert_non_null(f);
    fseek(f, x->at, SEEK_SET);
    int c = fgetc(f);
    fseek(f, x->at, SEEK_SET);
    fputc(c ^ (1 << x->bit), f);
    fclose(f);
}

static long size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (long)st.st_size : 0;
}

static void copy_dir(const char *from, const char *to)
{
    static const char *const names[] = {"panji.db", "panji.db-wal", "panji.db-mark"};
    char command[128];
    mkdir(to, 0700);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char a[256], b[256];
        snprintf(a, sizeof a, "%s/%s", from, names[i]);
        snprintf(b, sizeof b, "%s/%s", to, names[i]);
        FILE *in = fopen(a, "r"), *out = in ? fopen(b, "w") : NULL;
        size_t n;
        while (in && (n = fread(command, 1, sizeof command, in)) > 0)
            fwrite(command, 1, n, out);
        if (in) {
            fclose(in);
            fclose(out);
        }
    }
}

static size_t faults_of(const char *dir)
{
    struct verify_report r;
    struct err err;
    verify_report_init(&r);
    int rc = store_verify_path(dir, true, NULL, &r, &err);
    size_t faults = r.faults;
    verify_report_fini(&r);
    return rc < 0 ? 1 : faults;
}

/* Is it refused, or served with all that is missing told, or served whole? */
static void served_honestly(const char *dir, int64_t registrations, const struct flip *x)
{
    struct fixture f = fixture_at(dir);
    struct store_damage d;
    struct err err;
    int rc = fixture_try_open(&f, &err);
    if (rc == ERR_CORRUPT || rc == ERR_UNSUPPORTED)
        return;
    if (rc < 0)
        fail_msg("bit %d at %ld: %s", x->bit, x->at, err.msg);
    store_damage_get(f.store, &d);
    if (fixture_registrations(&f) + d.registrations != registrations)
        fail_msg("bit %d at %ld: %lld registrations are served, %lld told missing, of %lld", x->bit,
                 x->at, (long long)fixture_registrations(&f), (long long)d.registrations,
                 (long long)registrations);
    fixture_close(&f);
}

static int64_t fill(struct fixture *f, bool words)
{
    struct err err;
    for (uint32_t i = 0; i < BATCHES; i++) {
        char id[16];
        struct batch_result r;
        snprintf(id, sizeof id, "b%u", i);
        if (fixture_import(f, id, i, words ? ROWS : 40, &r, &err) < 0)
            fail_msg("%s", err.msg);
    }
    return fixture_registrations(f);
}

static void finds_any_bit_of_the_database(void **state)
{
    struct fixture *f = *state;
    struct flip x;
    char dir[256];
    int found = 0;
    int64_t registrations = fill(f, true);
    fixture_close(f);
    snprintf(x.path, sizeof x.path, "%s/panji.db", f->dir);
    long size = size_of(x.path);
    start_random();
    assert_int_equal(faults_of(f->dir), 0);
    for (int i = 0; i < FLIPS; i++) {
        x.at = (long)(next_random() % (uint64_t)size);
        x.bit = (int)(next_random() % 8);
        turn(&x);
        found += faults_of(f->dir) > 0;
        snprintf(dir, sizeof dir, "%s-copy", f->dir);
        copy_dir(f->dir, dir);
        served_honestly(dir, registrations, &x);
        tmpdir_remove(dir);
        turn(&x);
    }
    print_message("%d single bits of %ld bytes flipped, %d found\n", FLIPS, size, found);
    assert_int_equal(found, FLIPS);
    assert_int_equal(faults_of(f->dir), 0);
}

/* A process that dies leaves a log with all of it. */
static void leave_a_log(const char *dir, int64_t *registrations)
{
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        struct fixture f = fixture_at(dir);
        fixture_open(&f);
        int64_t n = fill(&f, false);
        _exit(write(pipes[1], &n, sizeof n) == sizeof n ? 0 : 1);
    }
    assert_int_equal(read(pipes[0], registrations, sizeof *registrations), sizeof *registrations);
    close(pipes[0]);
    close(pipes[1]);
    waitpid(child, NULL, 0);
}

/* Behind the last commit there may be frames that count for nothing: the log is cut there. */
static long acknowledged_bytes(const char *dir)
{
    char path[256];
    uint64_t frames = 0;
    snprintf(path, sizeof path, "%s/panji.db-mark", dir);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    fseek(f, 16, SEEK_SET);
    assert_int_equal(fread(&frames, sizeof frames, 1, f), 1);
    fclose(f);
    assert_true(frames > BATCHES);
    return 32 + (long)frames * (24 + 16384);
}

static void finds_any_bit_of_the_log(void **state)
{
    struct fixture *f = *state;
    char dir[200];
    int found = 0, flips = FLIPS / 4;
    int64_t registrations;
    fixture_close(f);
    leave_a_log(f->dir, &registrations);
    long size = acknowledged_bytes(f->dir);
    start_random();
    snprintf(dir, sizeof dir, "%s-copy", f->dir);
    for (int i = 0; i < flips; i++) {
        struct flip x = {.at = (long)(next_random() % (uint64_t)(i % 5 == 0 ? 32 : size)),
                         .bit = (int)(next_random() % 8)};
        struct fixture copy = fixture_at(dir);
        struct err err;
        copy_dir(f->dir, dir);
        snprintf(x.path, sizeof x.path, "%s/panji.db-wal", dir);
        turn(&x);
        found += faults_of(dir) > 0 && fixture_try_open(&copy, &err) == ERR_CORRUPT;
        tmpdir_remove(dir);
    }
    print_message("%d single bits of %ld bytes of log flipped, %d found\n", flips, size, found);
    assert_int_equal(found, flips);
    copy_dir(f->dir, dir);
    served_honestly(dir, registrations, &(struct flip){.at = 0});
    tmpdir_remove(dir);
}

static void misses_a_log_that_was_taken_away(void **state)
{
    struct fixture *f = *state;
    char path[256];
    int64_t registrations;
    struct err err;
    fixture_close(f);
    leave_a_log(f->dir, &registrations);
    snprintf(path, sizeof path, "%s/panji.db-wal", f->dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(fixture_try_open(f, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.msg, "acknowledged"));
    f->store = NULL;
}

/* The mark is no data: without it, or with a damaged one, the log is taken as SQLite takes it. */
static void says_that_the_mark_is_damaged(void **state)
{
    struct fixture *f = *state;
    int64_t registrations;
    struct flip x = {.at = 9, .bit = 3};
    fixture_close(f);
    leave_a_log(f->dir, &registrations);
    snprintf(x.path, sizeof x.path, "%s/panji.db-mark", f->dir);
    turn(&x);
    snprintf(x.path, sizeof x.path, "%s/panji.db", f->dir);
    assert_true(vfs_mark_is_damaged(x.path));
    assert_true(faults_of(f->dir) > 0);
    fixture_open(f);
    assert_int_equal(fixture_registrations(f), registrations);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(finds_any_bit_of_the_database),
        TEST(finds_any_bit_of_the_log),
        TEST(misses_a_log_that_was_taken_away),
        TEST(says_that_the_mark_is_damaged),
    };
    return cmocka_run_group_tests_name("store/vfs", tests, NULL, NULL);
}
