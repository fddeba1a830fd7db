/* SPDX-License-Identifier: MIT
 *
 * Whose database it is, and of which version. */
#include "../../../core/store/migrate.h"
#include "fixture.h"

static void with_database(const char *sql, int code, const char *part)
{
    char dir[128], path[256];
    struct db db;
    struct err err;
    tmpdir_make(dir);
    snprintf(path, sizeof path, "%s/panji.db", dir);
    assert_int_equal(db_open(&db, path, &err), 0);
    assert_int_equal(db_exec(&db, sql, &err), 0);
    int rc = migrate(&db, path, &err);
    assert_int_equal(rc, code);
    if (rc < 0 && strstr(err.msg, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    if (rc == 0)
        assert_int_equal(migrate(&db, path, &err), 0);
    db_close(&db);
    tmpdir_remove(dir);
}

static void makes_a_new_database(void **state)
{
    (void)state;
    with_database("PRAGMA user_version", 0, "");
}

static void refuses_another_program_s_database(void **state)
{
    (void)state;
    with_database("CREATE TABLE bookmarks(id)", ERR_UNSUPPORTED, "not one of Panji");
    with_database("PRAGMA application_id=7", ERR_UNSUPPORTED, "not one of Panji");
}

static void refuses_a_newer_version(void **state)
{
    (void)state;
    with_database("PRAGMA application_id=1347308105; PRAGMA user_version=99", ERR_UNSUPPORTED,
                  "newer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_a_new_database),
        cmocka_unit_test(refuses_another_program_s_database),
        cmocka_unit_test(refuses_a_newer_version),
    };
    return cmocka_run_group_tests_name("store/migrate", tests, NULL, NULL);
}
