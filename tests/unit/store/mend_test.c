/* SPDX-License-Identifier: MIT
 *
 * Mending: after a start with damage the file is whole again but for what was hit, can be written
 * to, and the damaged file is kept. */
#include "../../../core/store/mend.h"

#include <glob.h>

#include "harm.h"

enum { ROWS = 200 };

static void import(struct fixture *f, uint32_t i, int code)
{
    struct batch_result r;
    struct err err;
    char id[16];
    snprintf(id, sizeof id, "b%u", i);
    assert_int_equal(fixture_import(f, id, i, ROWS, &r, &err), code);
}

static void can_be_written_to_again(void **state)
{
    struct fixture *f = *state;
    struct store_damage d;
    char pattern[256];
    glob_t found;
    for (uint32_t i = 1; i <= 4; i++)
        import(f, i, 0);
    fixture_close(f);
    harm_segment(f->dir, 2);
    fixture_open(f);
    assert_int_equal(store_state_of(f->store), STORE_READY);
    for (uint32_t i = 5; i <= 12; i++)
        import(f, i, 0);
    fixture_close(f);
    fixture_open(f);
    fixture_close(f);
    snprintf(pattern, sizeof pattern, "%s/panji.db.damaged-*", f->dir);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1); /* it is mended once */
    globfree(&found);
    fixture_open(f);
    store_damage_get(f->store, &d);
    assert_int_equal(d.parts, 1);
    assert_int_equal(d.batches, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(can_be_written_to_again, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests_name("store/mend", tests, NULL, NULL);
}
