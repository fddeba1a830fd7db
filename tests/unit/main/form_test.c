/* SPDX-License-Identifier: MIT
 *
 * Forms with files: what is sent, byte by byte, and files that cannot be. */
#include "../../../core/main/form.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/tmpdir.h"
#include "test.h"

static char dir[128], path[160];

static int setup(void **state)
{
    (void)state;
    tmpdir_make(dir);
    snprintf(path, sizeof path, "%s/a\"b.csv", dir);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs("name\nx\n", f);
    fclose(f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tmpdir_remove(dir);
    return 0;
}

static void a_form_is_written_out(void **state)
{
    (void)state;
    struct form f;
    struct err e = {0};
    char want[1024];
    assert_int_equal(form_init(&f, &e), 0);
    assert_int_equal(strlen(f.boundary), 32);
    form_field(&f, "q", STR("FROM own"));
    assert_int_equal(form_file(&f, STR("table.own"), path, 100, &e), 0);
    assert_int_equal(form_end(&f, &e), 0);
    snprintf(want, sizeof want,
             "--%s\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\nFROM own\r\n"
             "--%s\r\nContent-Disposition: form-data; name=\"table.own\"; "
             "filename=\"%s/a%%22b.csv\"\r\n\r\nname\nx\n\r\n--%s--\r\n",
             f.boundary, f.boundary, dir, f.boundary);
    assert_int_equal(f.body.n, strlen(want));
    assert_memory_equal(f.body.p, want, f.body.n);
    form_fini(&f);
}

static void boundaries_differ(void **state)
{
    (void)state;
    struct form a, b;
    struct err e = {0};
    assert_int_equal(form_init(&a, &e), 0);
    assert_int_equal(form_init(&b, &e), 0);
    assert_string_not_equal(a.boundary, b.boundary);
    form_fini(&a);
    form_fini(&b);
}

static void files_that_cannot_be_sent(void **state)
{
    (void)state;
    struct form f;
    struct err e = {0};
    assert_int_equal(form_init(&f, &e), 0);
    assert_int_equal(form_file(&f, STR("t"), "/nowhere/x.csv", 100, &e), ERR_NOT_FOUND);
    assert_non_null(strstr(e.msg, "/nowhere/x.csv"));
    assert_int_equal(form_file(&f, STR("t"), dir, 100, &e), ERR_IO);
    assert_int_equal(form_file(&f, STR("t"), path, 6, &e), ERR_TOO_LARGE);
    assert_int_equal(form_file(&f, STR("t"), path, 7, &e), 0);
    form_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_form_is_written_out, setup, teardown),
        cmocka_unit_test_setup_teardown(boundaries_differ, setup, teardown),
        cmocka_unit_test_setup_teardown(files_that_cannot_be_sent, setup, teardown),
    };
    return cmocka_run_group_tests_name("main/form", tests, NULL, NULL);
}
