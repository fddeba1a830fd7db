/* SPDX-License-Identifier: MIT
 *
 * Mappings by name: found in the plugins' folders, and no name leads out of them. */
#include "net/mappings.h"

#include <sys/stat.h>

#include "world.h"

static char dir[128], inner[160], folder[192];

static int setup(void **state)
{
    (void)state;
    tmpdir_make(dir);
    snprintf(inner, sizeof inner, "%s/drive", dir);
    snprintf(folder, sizeof folder, "%s/mappings", inner);
    assert_int_equal(mkdir(inner, 0700), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    world_write(folder, "ramgarh.map", "column: day = date\n");
    world_write(folder, "bad.map", "column day date\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tmpdir_remove(folder);
    tmpdir_remove(inner);
    tmpdir_remove(dir);
    return 0;
}

static void found_by_name(void **state)
{
    (void)state;
    struct mapping *m = NULL;
    struct err e = {0};
    assert_int_equal(mapping_by_name(dir, STR("ramgarh"), &m, &e), 0);
    assert_true(str_eq(mapping_column(m, STR("day")), STR("date")));
    mapping_free(m);
}

static void near_names_are_offered(void **state)
{
    (void)state;
    struct mapping *m = NULL;
    struct err e = {0};
    assert_int_equal(mapping_by_name(dir, STR("ramgrah"), &m, &e), ERR_NOT_FOUND);
    assert_says(e.hint, "ramgarh");
}

static void names_lead_nowhere_else(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "../drive/mappings/ramgarh", "a/b", "*", "ramgarh.map", "[a-z]", "~"};
    struct mapping *m = NULL;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        assert_int_equal(mapping_by_name(dir, str_of(bad[i]), &m, &e), ERR_PARAM);
    }
}

static void errors_tell_the_line(void **state)
{
    (void)state;
    struct mapping *m = NULL;
    struct err e = {0};
    assert_int_equal(mapping_by_name(dir, STR("bad"), &m, &e), ERR_SYNTAX);
    assert_int_equal(e.line, 1);
    assert_int_equal(mapping_from_file("/nonexistent.map", &m, &e), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(found_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(near_names_are_offered, setup, teardown),
        cmocka_unit_test_setup_teardown(names_lead_nowhere_else, setup, teardown),
        cmocka_unit_test_setup_teardown(errors_tell_the_line, setup, teardown),
    };
    return cmocka_run_group_tests_name("net/mappings", tests, NULL, NULL);
}
