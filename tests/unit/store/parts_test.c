/* SPDX-License-Identifier: MIT
 *
 * The walk through the parts: those on a damaged page that are whole themselves are saved. */
#include "../../../core/store/parts.h"

#include "harm.h"

enum { BATCHES = 6, ROWS = 60 };

static size_t walk(struct fixture *f, struct damage *d)
{
    struct db db;
    struct err err;
    struct buf data;
    char path[256];
    uint64_t id;
    size_t n = 0;
    int rc;
    snprintf(path, sizeof path, "%s/panji.db", f->dir);
    assert_int_equal(db_open(&db, path, &err), 0);
    struct parts parts = {.db = &db, .damage = d};
    buf_init(&data, MEM_STORE);
    while ((rc = parts_next(&parts, &id, &data, &err)) == 1)
        n++;
    assert_int_equal(rc, 0);
    assert_int_equal(db.fault, DB_FINE);
    buf_fini(&data);
    uint64_t next;
    assert_int_equal(parts_next_id(&db, false, &next, &err), 0);
    assert_int_equal(next, BATCHES + 1);
    db_close(&db);
    return n;
}

static void saves_the_others_of_a_page(void **state)
{
    struct fixture *f = *state;
    struct damage d = {.n = 0};
    struct batch_result r;
    struct err err;
    for (uint32_t i = 1; i <= BATCHES; i++) {
        char id[16];
        snprintf(id, sizeof id, "b%u", i);
        assert_int_equal(fixture_import(f, id, i, ROWS, &r, &err), 0);
    }
    fixture_close(f);
    assert_int_equal(walk(f, &d), BATCHES);
    assert_int_equal(d.n + d.saved, 0);
    harm_segment(f->dir, 3);
    assert_int_equal(walk(f, &d), BATCHES - 1);
    assert_int_equal(d.n, 1);
    assert_int_equal(d.at[0].id, 3);
    assert_int_equal(d.at[0].rows, ROWS);
    assert_true(d.saved > 0);
    assert_true(damage_has(&d, false, 3) && !damage_has(&d, true, 3));
    damage_fini(&d);
    f->store = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(saves_the_others_of_a_page, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests_name("store/parts", tests, NULL, NULL);
}
