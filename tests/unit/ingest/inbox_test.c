/* SPDX-License-Identifier: MIT
 *
 * The watched folder over a real store and a real directory. */
#include "ingest/inbox.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/fault_vfs.h"
#include "world.h"

enum { WAIT_MS = 20000 };

static const char csv[] = "date,district,block,count\n2021-11-20,607,Gola,5\n";

struct spot {
    struct world *w;
    char dir[200];
    struct inbox *inbox;
};

static void open_inbox(struct spot *p, struct world *w)
{
    struct err err;
    p->w = w;
    snprintf(p->dir, sizeof p->dir, "%s/inbox", w->dir);
    struct inbox_options o = {.dir = p->dir,
                              .store = w->store,
                              .cell = w->cell,
                              .poll_ms = 100,
                              .settle_ms = 20,
                              .retry_ms = 20};
    if (inbox_start(&o, &p->inbox, &err) < 0)
        fail_msg("%s", err.msg);
}

static void path_of(const struct spot *p, const char *name, char out[400])
{
    snprintf(out, 400, "%s/%s", p->dir, name);
}

static void make_dir(const struct spot *p, const char *name)
{
    char path[400];
    path_of(p, name, path);
    assert_int_equal(mkdir(path, 0700), 0);
}

/* Written beside the folder, then moved in whole. */
static void drop(const struct spot *p, const char *name, const char *text)
{
    char path[400], fresh[400];
    snprintf(fresh, sizeof fresh, "%s/fresh", p->w->dir);
    path_of(p, name, path);
    FILE *f = fopen(fresh, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(rename(fresh, path), 0);
}

static bool is_there(const struct spot *p, const char *name)
{
    char path[400];
    struct stat st;
    path_of(p, name, path);
    return lstat(path, &st) == 0;
}

static void nap(void)
{
    struct timespec t = {0, 5000000};
    nanosleep(&t, NULL);
}

static void wait_for(const struct spot *p, const char *name)
{
    for (int i = 0; i < WAIT_MS / 5 && !is_there(p, name); i++)
        nap();
    if (!is_there(p, name))
        fail_msg("%s does not appear", name);
}

static const char *content(const struct spot *p, const char *name)
{
    static char text[4000];
    char path[400];
    path_of(p, name, path);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static void takes_files_in(void **state)
{
    struct spot p;
    struct inbox_stats st;
    open_inbox(&p, *state);
    make_dir(&p, "csc");
    drop(&p, "csc/a.csv", csv);
    drop(&p, "b.csv", csv);
    wait_for(&p, "done/csc/a.csv");
    wait_for(&p, "done/b.csv");
    assert_non_null(strstr(content(&p, "done/csc/a.csv.report.json"), "\"source\":\"csc\""));
    assert_non_null(strstr(content(&p, "done/b.csv.report.json"), "\"source\":\"unknown\""));
    assert_non_null(strstr(content(&p, "done/b.csv.report.txt"), "taken in"));
    assert_int_equal(world_registrations(p.w), 10);
    inbox_stats_get(p.inbox, &st);
    assert_int_equal(st.done, 2);
    assert_int_equal(st.refused + st.failures, 0);
    inbox_stop(p.inbox);
}

static void finds_what_was_there_before(void **state)
{
    struct spot p;
    open_inbox(&p, *state);
    inbox_stop(p.inbox);
    make_dir(&p, "csc");
    drop(&p, "csc/a.csv", csv);
    drop(&p, "csc/.a.csv", csv);
    drop(&p, "csc/a.csv.part", csv);
    open_inbox(&p, *state);
    wait_for(&p, "done/csc/a.csv");
    assert_true(is_there(&p, "csc/.a.csv"));
    assert_true(is_there(&p, "csc/a.csv.part"));
    inbox_stop(p.inbox);
    assert_int_equal(world_registrations(p.w), 5);
}

static void waits_for_the_writer(void **state)
{
    struct spot p;
    char path[400];
    open_inbox(&p, *state);
    path_of(&p, "slow.csv", path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(csv, f);
    fflush(f);
    for (int i = 0; i < 60; i++)
        nap();
    assert_true(is_there(&p, "slow.csv"));
    fputs("2021-11-21,607,Gola,7\n", f);
    assert_int_equal(fclose(f), 0);
    wait_for(&p, "done/slow.csv");
    inbox_stop(p.inbox);
    assert_int_equal(world_registrations(p.w), 12);
}

static void refuses_what_is_wrong(void **state)
{
    struct spot p;
    char path[400];
    struct inbox_stats st;
    open_inbox(&p, *state);
    make_dir(&p, "csc");
    drop(&p, "csc/bad.csv", "date,district,block\n2021-11-20,607,Golaa\n");
    path_of(&p, "csc/link.csv", path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    path_of(&p, "link", path);
    assert_int_equal(symlink("/etc", path), 0);
    wait_for(&p, "refused/csc/bad.csv");
    wait_for(&p, "refused/csc/link.csv");
    wait_for(&p, "refused/link");
    assert_non_null(strstr(content(&p, "refused/csc/bad.csv.report.json"), "\"near\":[\"GOLA\"]"));
    assert_non_null(
        strstr(content(&p, "refused/csc/bad.csv.rejects.csv"), "2,3,\"block\",\"Golaa\""));
    assert_non_null(strstr(content(&p, "refused/csc/link.csv.report.txt"), "no regular file"));
    inbox_stats_get(p.inbox, &st);
    assert_int_equal(st.refused, 3);
    inbox_stop(p.inbox);
    assert_int_equal(world_registrations(p.w), 0);
}

/* The disk of the store is full: the file stays, is tried again, and is taken in by the next that
 * watches. */
static void keeps_files_while_the_disk_is_full(void **state)
{
    struct spot p;
    struct inbox_stats st = {0};
    fault_arm(FAULT_FULL, true, 1, 1); /* while nobody is at work */
    open_inbox(&p, *state);
    drop(&p, "a.csv", csv);
    for (int i = 0; i < WAIT_MS / 5 && st.failures < 3; i++) {
        nap();
        inbox_stats_get(p.inbox, &st);
    }
    assert_true(st.failures >= 3);
    assert_int_equal(st.waiting, 1);
    assert_true(is_there(&p, "a.csv"));
    assert_int_equal(world_registrations(p.w), 0);
    inbox_stop(p.inbox);
    fault_arm(FAULT_FULL, false, 0, 1);
    open_inbox(&p, *state);
    wait_for(&p, "done/a.csv");
    inbox_stop(p.inbox);
    assert_int_equal(world_registrations(p.w), 5);
}

static void says_where_it_cannot_be(void **state)
{
    struct world *w = *state;
    struct inbox *in;
    struct err err;
    struct inbox_options o = {.dir = "/proc/nowhere/inbox", .store = w->store, .cell = w->cell};
    assert_int_equal(inbox_start(&o, &in, &err), ERR_IO);
    assert_non_null(strstr(err.msg, "/proc/nowhere/inbox"));
}

/* SQLite is started before its VFS is replaced. */
static int install_faults(void **state)
{
    world_setup(state);
    world_teardown(state);
    fault_install();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(takes_files_in),
        WORLD_TEST(finds_what_was_there_before),
        WORLD_TEST(waits_for_the_writer),
        WORLD_TEST(refuses_what_is_wrong),
        WORLD_TEST(keeps_files_while_the_disk_is_full),
        WORLD_TEST(says_where_it_cannot_be),
    };
    return cmocka_run_group_tests_name("ingest/inbox", tests, install_faults, NULL);
}
