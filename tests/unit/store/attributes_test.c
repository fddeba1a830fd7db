/* SPDX-License-Identifier: MIT
 *
 * A directory remembers its attributes, and older segments are read with newer ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "data/schema.h"
#include "fixture.h"

static const struct attr_wish size = {.attr = {.name = "size",
                                               .kind = ATTR_INT,
                                               .min = 1,
                                               .max = 40,
                                               .title_en = "Size",
                                               .accept_min = 1,
                                               .accept_max = 40}};
static const struct attr_wish no_camp = {.attr = {.name = "camp"}, .off = true};

/* Opens, and gives the snapshot of the moment. */
static int open_with(const char *dir, const struct attr_wish *wish, size_t n,
                     struct snap_cell **cell, struct store **s, struct snap **snap, struct err *err)
{
    assert_int_equal(snap_cell_new(cell, err), 0);
    int rc = store_open_wishes(dir, wish, n, *cell, s, err);
    *snap = rc == 0 ? snap_cell_get(*cell) : NULL;
    if (rc < 0)
        snap_cell_free(*cell);
    return rc;
}

static void close_all(struct snap_cell *cell, struct store *s, struct snap *snap)
{
    snap_unref(snap);
    store_close(s);
    snap_cell_free(cell);
}

static void a_directory_remembers_its_attributes(void **state)
{
    (void)state;
    char dir[128];
    struct err err = {0};
    struct snap_cell *cell;
    struct store *s;
    struct snap *snap;
    tmpdir_make(dir);
    const struct attr_wish both[] = {no_camp, size};
    assert_int_equal(open_with(dir, both, 2, &cell, &s, &snap, &err), 0);
    assert_int_equal(schema_find(snap->schema, STR("camp")), -1);
    close_all(cell, s, snap);
    assert_int_equal(open_with(dir, NULL, 0, &cell, &s, &snap, &err), 0);
    int at = schema_find(snap->schema, STR("size"));
    assert_int_equal(at, (int)schema_default.n - 1);
    assert_string_equal(snap->schema->attr[at].title_en, "Size");
    assert_int_equal(schema_find(snap->schema, STR("camp")), -1);
    assert_int_equal(snap->schema->attr[schema_find(snap->schema, STR("gender"))].list->n, 3);
    close_all(cell, s, snap);
    assert_int_equal(open_with(dir, &size, 1, &cell, &s, &snap, &err),
                     0); /* nothing is in it yet */
    assert_true(schema_find(snap->schema, STR("camp")) >= 0);
    close_all(cell, s, snap);
    tmpdir_remove(dir);
}

static void older_segments_are_read_with_newer_attributes(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct batch_result result;
    struct snap *snap;
    struct snap_cell *cell;
    struct store *s;
    assert_int_equal(fixture_import(f, "one", 1, 30, &result, &err), 0);
    int64_t registrations = fixture_registrations(f);
    fixture_close(f);
    assert_int_equal(open_with(f->dir, &no_camp, 1, &cell, &s, &snap, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.msg, "camp"));
    assert_int_equal(open_with(f->dir, &size, 1, &cell, &s, &snap, &err), 0);
    assert_int_equal(snap->registrations, registrations);
    assert_int_equal(schema_find(snap->schema, STR("size")), schema_default.n);
    close_all(cell, s, snap);
    fixture_open(f); /* without wishes */
    assert_int_equal(fixture_import(f, "two", 2, 30, &result, &err), 0);
    fixture_close(f);
    fixture_open(f);
    assert_true(fixture_registrations(f) > registrations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_remembers_its_attributes),
        cmocka_unit_test_setup_teardown(older_segments_are_read_with_newer_attributes,
                                        fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests_name("store/attributes", tests, NULL, NULL);
}
