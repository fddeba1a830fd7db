/* SPDX-License-Identifier: MIT
 *
 * Messages as files. */
#include "../../../core/alert/notify.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/tmpdir.h"

static void holds(const char *dir, const char *name, const char *expected)
{
    char path[512];
    char got[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    size_t n = fread(got, 1, sizeof got - 1, f);
    got[n] = '\0';
    fclose(f);
    assert_string_equal(got, expected);
}

static void a_repetition_is_the_same_file(void **state)
{
    (void)state;
    char dir[128];
    char inner[160];
    struct err err;
    tmpdir_make(dir);
    snprintf(inner, sizeof inner, "%s/out", dir);
    const struct notifier n = {.name = "desk", .path = inner};
    struct outbox_row m = {.id = STR("m1"), .body = STR("one")};
    assert_int_equal(notify_file(&n, &m, &err), 0);
    assert_int_equal(notify_file(&n, &m, &err), 0);
    holds(inner, "m1.json", "one");
    m.recipient = STR("../../etc/r.csv");
    assert_int_equal(notify_file(&n, &m, &err), 0);
    holds(inner, "m1-.._.._etc_r.csv", "one");
    DIR *d = opendir(inner);
    int files = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        files += e->d_name[0] != '.';
    closedir(d);
    assert_int_equal(files, 2);
    tmpdir_remove(inner);
    const struct notifier nowhere = {.name = "desk", .path = "/proc/none"};
    assert_int_equal(notify_file(&nowhere, &m, &err), ERR_IO);
    tmpdir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_repetition_is_the_same_file)};
    return cmocka_run_group_tests_name("alert/notify_file", tests, NULL, NULL);
}
