/* SPDX-License-Identifier: MIT
 *
 * Backups made while batches arrive, restored, and compared; and what is refused. */
#include "store/backup.h"

#include <pthread.h>
#include <sys/stat.h>

#include "fixture.h"

static void make_paths(const struct fixture *f, char file[256], char dir[256])
{
    snprintf(file, 256, "%s/copy.backup", f->dir);
    snprintf(dir, 256, "%s/restored", f->dir);
}

static void backup(struct fixture *f, const char *file)
{
    struct verify_report r;
    struct err err;
    verify_report_init(&r);
    if (store_backup(f->store, file, NULL, &r, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(r.faults, 0);
    assert_true(r.summed);
    assert_true(r.made_ms > 0);
    assert_true(r.pages > 5);
    verify_report_fini(&r);
}

static int restore(const char *file, const char *dir, struct err *err)
{
    struct verify_report r;
    verify_report_init(&r);
    int rc = store_restore(file, dir, NULL, &r, err);
    verify_report_fini(&r);
    return rc;
}

static void mode_is(const char *path, unsigned mode)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, mode);
}

static void holds_everything_at_its_snapshot(void **state)
{
    struct fixture *f = *state;
    char file[256], dir[256], path[300];
    struct batch_result r;
    struct err err;
    make_paths(f, file, dir);
    for (uint32_t i = 0; i < 5; i++) {
        char id[16];
        snprintf(id, sizeof id, "b%u", i);
        assert_int_equal(fixture_import(f, id, i, 2000, &r, &err), 0);
    }
    uint64_t snapshot = fixture_snapshot(f);
    int64_t registrations = fixture_registrations(f);
    snprintf(path, sizeof path, "%s/ids.key", f->dir);
    FILE *key = fopen(path, "w");
    fputs("a key of thirty-two random bytes", key);
    fclose(key);
    backup(f, file);
    mode_is(file, 0600);
    assert_int_equal(fixture_import(f, "later", 77, 10, &r, &err), 0);
    assert_int_equal(restore(file, dir, &err), 0);
    snprintf(path, sizeof path, "%s/ids.key", dir);
    mode_is(path, 0600);
    struct fixture back = fixture_at(dir);
    fixture_open(&back);
    assert_int_equal(fixture_registrations(&back), registrations);
    assert_int_equal(fixture_snapshot(&back), snapshot);
    assert_int_equal(fixture_import(&back, "b3", 3, 2000, &r, &err), 0);
    assert_true(r.duplicate);
    fixture_close(&back);
}

struct writer {
    struct fixture *f;
    bool stop; /* atomic */
    long acks;
};

static void *keep_importing(void *arg)
{
    struct writer *w = arg;
    for (uint32_t i = 0; !__atomic_load_n(&w->stop, __ATOMIC_RELAXED); i++) {
        struct batch_result r;
        struct err err;
        char id[24];
        snprintf(id, sizeof id, "w%u", i);
        if (fixture_import(w->f, id, i, 200, &r, &err) < 0)
            return arg;
        w->acks++;
    }
    return NULL;
}

/* Whatever moment it caught, each batch is in it whole or not at all. */
static void is_whole_while_imports_go_on(void **state)
{
    struct fixture *f = *state;
    char file[256], dir[256];
    struct err err;
    pthread_t thread;
    void *failed;
    struct writer w = {.f = f};
    make_paths(f, file, dir);
    pthread_create(&thread, NULL, keep_importing, &w);
    for (int round = 0; round < 5; round++) {
        char there[280];
        usleep(20000);
        backup(f, file);
        snprintf(there, sizeof there, "%s-%d", dir, round);
        if (restore(file, there, &err) < 0)
            fail_msg("%s", err.msg);
        struct fixture back = fixture_at(there);
        fixture_open(&back);
        struct snap *s = snap_cell_get(back.cell);
        int64_t sum = 0;
        for (size_t i = 0; i < s->batch_count; i++)
            sum += s->batch[i].registrations;
        assert_int_equal(s->registrations, sum);
        snap_unref(s);
        fixture_close(&back);
        unlink(file);
    }
    __atomic_store_n(&w.stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, &failed);
    assert_null(failed);
    assert_true(w.acks > 0);
    print_message("5 backups while %ld batches were acknowledged\n", w.acks);
}

static void refuses_what_would_destroy(void **state)
{
    struct fixture *f = *state;
    char file[256], dir[256];
    struct verify_report r;
    struct err err;
    make_paths(f, file, dir);
    backup(f, file);
    verify_report_init(&r);
    assert_int_equal(store_backup(f->store, file, NULL, &r, &err), ERR_CONFLICT);
    verify_report_fini(&r);
    assert_int_equal(restore(file, f->dir, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.msg, "not empty"));
    assert_int_equal(restore("/nowhere/at/all", dir, &err), ERR_NOT_FOUND);
    assert_int_equal(restore(f->dir, dir, &err), ERR_USAGE);
}

static void does_not_restore_a_damaged_file(void **state)
{
    struct fixture *f = *state;
    char file[256], dir[256], path[300];
    struct stat st;
    struct err err;
    make_paths(f, file, dir);
    backup(f, file);
    FILE *h = fopen(file, "r+");
    fseek(h, 5 * 16384 + 77, SEEK_SET);
    int c = fgetc(h);
    fseek(h, -1, SEEK_CUR);
    fputc(c ^ 4, h);
    fclose(h);
    assert_int_equal(restore(file, dir, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.hint, "verify"));
    snprintf(path, sizeof path, "%s/panji.db", dir);
    assert_int_equal(stat(path, &st), -1);
    snprintf(path, sizeof path, "%s/panji.db.part", dir);
    assert_int_equal(stat(path, &st), -1);
}

/* A disk without space, and one that fails: no file that looks like a backup. */
static void leaves_nothing_behind(void **state)
{
    struct fixture *f = *state;
    struct verify_report r;
    struct err err;
    verify_report_init(&r);
    assert_int_equal(store_backup(f->store, "/nowhere/at/all", NULL, &r, &err), ERR_IO);
    int rc = store_backup(f->store, "/dev/full", NULL, &r, &err);
    assert_true(rc < 0);
    verify_report_fini(&r);
    char file[256], dir[256];
    make_paths(f, file, dir);
    backup(f, file); /* and the next one goes through */
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(holds_everything_at_its_snapshot),
        TEST(is_whole_while_imports_go_on),
        TEST(refuses_what_would_destroy),
        TEST(does_not_restore_a_damaged_file),
        TEST(leaves_nothing_behind),
    };
    return cmocka_run_group_tests_name("store/backup", tests, NULL, NULL);
}
