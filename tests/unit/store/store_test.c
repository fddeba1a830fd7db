/* SPDX-License-Identifier: MIT
 *
 * Opening, closing, states and damage. */
#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void opens_an_empty_directory(void **state)
{
    (void)state;
    struct fixture f;
    tmpdir_make(f.dir);
    rmdir(f.dir); /* it is made */
    fixture_open(&f);
    struct snap *s = snap_cell_get(f.cell);
    assert_int_equal(s->id, 1);
    assert_int_equal(s->tree->n, 1);
    assert_int_equal(s->registrations, 0);
    snap_unref(s);
    assert_int_equal(store_state_of(f.store), STORE_READY);
    assert_string_equal(store_state_name(STORE_READY), "ready");
    fixture_close(&f);
    fixture_open(&f);
    assert_int_equal(fixture_snapshot(&f), 1);
    fixture_close(&f);
    tmpdir_remove(f.dir);
}

static void refuses_a_directory_in_use(void **state)
{
    struct fixture *f = *state;
    struct fixture second = *f;
    struct err err;
    char pid[32];
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    assert_int_equal(fixture_try_open(&second, &err), ERR_LOCKED);
    assert_non_null(strstr(err.msg, pid));
    assert_non_null(strstr(err.msg, f->dir));
    fixture_close(f);
    assert_int_equal(fixture_try_open(&second, &err), 0);
    fixture_close(&second);
}

static void refuses_a_directory_that_cannot_be(void **state)
{
    (void)state;
    struct fixture f = {.dir = "/proc/panji/nowhere"};
    struct err err;
    assert_int_equal(fixture_try_open(&f, &err), ERR_IO);
    assert_non_null(strstr(err.msg, f.dir));
}

/* ---- damage --------------------------------------------------------------------------------- */

static void path_of(const struct fixture *f, char out[256])
{
    snprintf(out, 256, "%s/panji.db", f->dir);
}

static unsigned char *slurp(const char *path, size_t *n)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    *n = (size_t)st.st_size;
    unsigned char *p = malloc(*n);
    assert_int_equal(read(fd, p, *n), (ssize_t)*n);
    close(fd);
    return p;
}

static void spill(const char *path, const unsigned char *p, size_t n)
{
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, p, n), (ssize_t)n);
    close(fd);
}

static void poke(const char *path, size_t at, unsigned char b)
{
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, &b, 1, (off_t)at), 1);
    close(fd);
}

/* Flips one bit of each of many bytes of the segment's blob: each time the segment is left out and
 * all of its registrations are told to be missing. */
static void finds_a_flipped_bit_in_a_segment(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    char path[256];
    size_t n;
    assert_int_equal(fixture_import(f, "b1", 1, 2000, &r, &err), 0);
    fixture_close(f);
    path_of(f, path);
    unsigned char *file = slurp(path, &n);
    unsigned char *blob = memmem(file, n, "PSG2", 4);
    assert_non_null(blob);
    size_t first = (size_t)(blob - file);
    for (size_t at = 0; at < 400; at += 7) {
        poke(path, first + at, file[first + at] ^ (unsigned char)(1u << (at % 8)));
        struct store_damage d;
        fixture_open(f);
        store_damage_get(f->store, &d);
        assert_int_equal(fixture_registrations(f), 0);
        assert_int_equal(d.parts, 1);
        assert_int_equal(d.registrations, 3999);
        fixture_close(f);
        spill(path, file, n); /* it was mended meanwhile */
    }
    free(file);
    fixture_open(f);
    assert_int_equal(fixture_registrations(f), 3999);
}

static void refuses_a_file_that_is_no_database(void **state)
{
    struct fixture *f = *state;
    struct err err;
    char path[256];
    fixture_close(f);
    path_of(f, path);
    for (size_t i = 0; i < 64; i++)
        poke(path, i, 'x');
    assert_int_equal(fixture_try_open(f, &err), ERR_CORRUPT);
}

/* ---- disk full ------------------------------------------------------------------------------ */

/* A limit on the size of files stands in for a full disk: writes beyond it fail. */
static void make_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* An empty file is no new store where there was one. */
static void refuses_to_begin_anew(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    char path[256], mark[256], key[256];
    path_of(f, path);
    snprintf(mark, sizeof mark, "%s/panji.db-mark", f->dir);
    snprintf(key, sizeof key, "%s/ids.key", f->dir);
    assert_int_equal(fixture_import(f, "b1", 1, 10, &r, &err), 0);
    fixture_close(f);
    make_file(key, "");
    make_file(mark, "as a kill leaves it");
    for (int i = 0; i < 4; i++) {
        assert_int_equal(i % 2 == 0 ? truncate(path, 0) : unlink(path), 0);
        assert_int_equal(fixture_try_open(f, &err), ERR_CORRUPT);
        assert_non_null(strstr(err.msg, i % 2 == 0 ? "is empty" : "is missing"));
        assert_non_null(strstr(err.msg, i < 2 ? "panji.db-mark" : "ids.key"));
        assert_non_null(strstr(err.hint, "panji restore"));
        make_file(path, "");
        if (i == 1)
            assert_int_equal(unlink(mark), 0);
    }
    assert_int_equal(unlink(key), 0);
    fixture_open(f); /* nothing is left of it: a new one */
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void refuses_writing_when_files_cannot_grow(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(fixture_import(f, "b1", 1, 100, &r, &err), 0);
    limit_files(300000);
    int rc = 0;
    uint32_t i = 2;
    for (; rc == 0 && i < 200; i++) {
        char id[16];
        snprintf(id, sizeof id, "b%u", i);
        rc = fixture_import(f, id, i, 3000, &r, &err);
    }
    int64_t kept = fixture_registrations(f);
    assert_true(rc < 0);
    assert_true(kept >= 199);
    assert_true(err.hint[0] != '\0' || err.msg[0] != '\0');
    assert_int_not_equal(store_state_of(f->store), STORE_READY);
    assert_int_equal(fixture_import(f, "b1", 1, 100, &r, &err),
                     0); /* known: answered all the same */
    assert_true(r.duplicate);
    limit_files(RLIM_INFINITY);
    fixture_close(f);
    fixture_open(f);
    assert_true(fixture_registrations(f) >= kept);
    char id[16];
    snprintf(id, sizeof id, "b%u", i - 1);
    assert_int_equal(fixture_import(f, id, i - 1, 3000, &r, &err), 0);
}

static void tells_numbers(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    struct store_stats before, after;
    store_stats_get(f->store, &before);
    assert_int_equal(fixture_import(f, "b1", 1, 100, &r, &err), 0);
    store_stats_get(f->store, &after);
    assert_int_equal(after.commits, before.commits + 1);
    assert_true(after.commit_ns > before.commit_ns);
    assert_true(after.wal_bytes > 0);
    assert_int_equal(after.jobs_waiting, 0);
}

static void closes_a_store_that_never_was(void **state)
{
    (void)state;
    store_close(NULL);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_an_empty_directory),
        TEST(refuses_a_directory_in_use),
        cmocka_unit_test(refuses_a_directory_that_cannot_be),
        TEST(finds_a_flipped_bit_in_a_segment),
        TEST(refuses_a_file_that_is_no_database),
        TEST(refuses_to_begin_anew),
        TEST(refuses_writing_when_files_cannot_grow),
        TEST(tells_numbers),
        cmocka_unit_test(closes_a_store_that_never_was),
    };
    return cmocka_run_group_tests_name("store/store", tests, NULL, NULL);
}
