/* SPDX-License-Identifier: MIT
 *
 * Changes of plugins' files are noticed, once each, and only when they have come to rest. */
#include "../../../core/main/plugin_watch.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static struct plugin_watch watch;

static int up(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/panji-watch-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    plugin_watch_open(&watch, dir);
    return 0;
}

static int take_away(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static int down(void **state)
{
    (void)state;
    plugin_watch_close(&watch);
    return nftw(dir, take_away, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* The kernel queues an event before the call that makes it returns: nothing is to be waited for. */
static void is_told_once(void)
{
    assert_false(plugin_watch_told(&watch)); /* it may go on */
    assert_true(plugin_watch_told(&watch));
    assert_false(plugin_watch_told(&watch));
}

static void is_not_told(void)
{
    assert_false(plugin_watch_told(&watch));
    assert_false(plugin_watch_told(&watch));
}

static void a_file_that_changes_is_told_once(void **state)
{
    char path[128], other[128];
    (void)state;
    is_not_told();
    put("mine.lua", "x");
    is_told_once();
    put("mine.lua", "y");
    is_told_once();
    snprintf(path, sizeof path, "%s/mine.lua", dir);
    snprintf(other, sizeof other, "%s/other.lua", dir);
    assert_int_equal(rename(path, other), 0);
    is_told_once();
    assert_int_equal(unlink(other), 0);
    is_told_once();
}

static void what_goes_on_is_waited_for(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        put("mine.lua", "x");
        assert_false(plugin_watch_told(&watch));
    }
    assert_true(plugin_watch_told(&watch));
}

static void other_files_do_not_matter(void **state)
{
    (void)state;
    put("notes.txt", "x");
    put(".mine.lua.part", "x");
    put(".mine.lua", "x");
    is_not_told();
}

static void a_new_folder_is_watched(void **state)
{
    char path[128];
    (void)state;
    snprintf(path, sizeof path, "%s/new", dir);
    assert_int_equal(mkdir(path, 0755), 0);
    is_told_once();
    put("new/plugin.lua", "x");
    is_told_once();
}

static void without_a_folder_nothing_is_told(void **state)
{
    (void)state;
    struct plugin_watch w;
    plugin_watch_open(&w, "/nowhere/at/all");
    assert_false(plugin_watch_told(&w));
    assert_false(plugin_watch_told(&w));
    plugin_watch_close(&w);
    assert_false(plugin_watch_told(&w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_that_changes_is_told_once, up, down),
        cmocka_unit_test_setup_teardown(what_goes_on_is_waited_for, up, down),
        cmocka_unit_test_setup_teardown(other_files_do_not_matter, up, down),
        cmocka_unit_test_setup_teardown(a_new_folder_is_watched, up, down),
        cmocka_unit_test(without_a_folder_nothing_is_told),
    };
    return cmocka_run_group_tests_name("main/plugin_watch", tests, NULL, NULL);
}
