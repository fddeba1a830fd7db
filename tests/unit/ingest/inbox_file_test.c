/* SPDX-License-Identifier: MIT
 *
 * One file of the watched folder: read, reported, put away under a free name. */
#include "../../../core/ingest/inbox_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "world.h"

static const char csv[] = "date,district,block,count\n2021-11-20,607,Gola,5\n";

struct box {
    struct world *w;
    int root;
    atomic_bool stop;
    struct inbox_options options;
};

static void box_open(struct box *b, struct world *w)
{
    char path[200];
    *b = (struct box){.w = w, .options = {.store = w->store, .cell = w->cell}};
    snprintf(path, sizeof path, "%s/inbox", w->dir);
    assert_int_equal(mkdir(path, 0700), 0);
    b->root = open(path, O_RDONLY | O_DIRECTORY);
    assert_true(b->root >= 0);
}

static void put(const struct box *b, const char *name, const char *text)
{
    int fd = openat(b->root, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static bool is_there(const struct box *b, const char *name)
{
    struct stat st;
    return fstatat(b->root, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static enum inbox_outcome take(struct box *b, const char *name, struct err *err)
{
    struct inbox_file f = {.root = b->root,
                           .folder = b->root,
                           .source = "",
                           .name = name,
                           .options = &b->options,
                           .stop = &b->stop};
    memset(err, 0, sizeof *err);
    return inbox_file_take(&f, err);
}

static void numbers_go_before_the_ending(void **state)
{
    struct box b;
    struct err err;
    box_open(&b, *state);
    for (int i = 1; i <= 3; i++) {
        put(&b, "day.csv.txt", csv);
        assert_int_equal(take(&b, "day.csv.txt", &err), INBOX_DONE);
    }
    assert_true(is_there(&b, "done/day.csv.txt"));
    assert_true(is_there(&b, "done/day-2.csv.txt"));
    assert_true(is_there(&b, "done/day-3.csv.txt.report.json"));
    put(&b, "none", csv);
    put(&b, "done/none.report.txt", "of another");
    assert_int_equal(take(&b, "none", &err), INBOX_DONE);
    assert_true(is_there(&b, "done/none-2"));
    assert_int_equal(world_registrations(b.w), 5);
    close(b.root);
}

static void the_longest_names(void **state)
{
    struct box b;
    struct err err;
    char name[256];
    box_open(&b, *state);
    memset(name, 'x', sizeof name);
    memcpy(name + 251, ".csv", 5);
    for (int i = 0; i < 2; i++) {
        put(&b, name, csv);
        if (take(&b, name, &err) != INBOX_DONE)
            fail_msg("%s", err.msg);
        assert_false(is_there(&b, name));
    }
    memset(name, 'y', 255);
    name[1] = '.';
    name[255] = '\0';
    put(&b, name, csv);
    (void)take(&b, name, &err); /* an ending as long as that: put away or kept, never lost */
    put(&b, "short.csv", csv);
    assert_int_equal(take(&b, "short.csv", &err), INBOX_DONE);
    close(b.root);
}

static void ready_when_nobody_writes(void **state)
{
    struct box b;
    struct err err;
    box_open(&b, *state);
    put(&b, "a.csv", csv);
    struct inbox_file f = {.root = b.root, .folder = b.root, .source = "", .name = "a.csv"};
    assert_int_equal(inbox_file_ready(&f, &err), 1);
    int fd = openat(b.root, "a.csv", O_WRONLY);
    assert_int_equal(inbox_file_ready(&f, &err), 0);
    close(fd);
    assert_int_equal(inbox_file_ready(&f, &err), 1);
    f.name = "b.csv";
    assert_int_equal(inbox_file_ready(&f, &err), ERR_NOT_FOUND);
    assert_int_equal(symlinkat("a.csv", b.root, "link"), 0);
    f.name = "link";
    assert_int_equal(inbox_file_ready(&f, &err), ERR_ROWS);
    close(b.root);
}

static void stops_while_it_reads(void **state)
{
    struct box b;
    struct err err;
    box_open(&b, *state);
    put(&b, "a.csv", csv);
    atomic_store(&b.stop, true);
    assert_int_equal(take(&b, "a.csv", &err), INBOX_LATER);
    assert_true(is_there(&b, "a.csv"));
    assert_int_equal(world_registrations(b.w), 0);
    close(b.root);
}

static void rows_left_out_stand_beside_it(void **state)
{
    struct box b;
    struct err err;
    box_open(&b, *state);
    b.options.on_error = ON_ERROR_SKIP;
    put(&b, "a.csv", "date,district,block\n2021-11-20,607,Gola\n2021-11-20,607,Golaa\n");
    assert_int_equal(take(&b, "a.csv", &err), INBOX_DONE);
    assert_true(is_there(&b, "done/a.csv.rejects.csv"));
    assert_int_equal(world_registrations(b.w), 1);
    close(b.root);
}

static int no_mapping(void *ctx, struct str source, struct mapping **out, struct err *err)
{
    (void)ctx, (void)source, (void)out;
    return err_set(err, ERR_SYNTAX, "line 3 is no mapping");
}

static void a_broken_mapping_is_told(void **state)
{
    struct box b;
    struct err err;
    box_open(&b, *state);
    b.options.mapping = no_mapping;
    put(&b, "a.csv", csv);
    struct inbox_file f = {.root = b.root,
                           .folder = b.root,
                           .source = "csc",
                           .name = "a.csv",
                           .options = &b.options,
                           .stop = &b.stop};
    assert_int_equal(inbox_file_take(&f, &err), INBOX_REFUSED);
    assert_true(is_there(&b, "refused/csc/a.csv.report.txt"));
    close(b.root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(numbers_go_before_the_ending),  WORLD_TEST(the_longest_names),
        WORLD_TEST(ready_when_nobody_writes),      WORLD_TEST(stops_while_it_reads),
        WORLD_TEST(rows_left_out_stand_beside_it), WORLD_TEST(a_broken_mapping_is_told),
    };
    return cmocka_run_group_tests_name("ingest/inbox_file", tests, NULL, NULL);
}
