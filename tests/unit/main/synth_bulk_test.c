/* SPDX-License-Identifier: MIT
 *
 * The country made straight into slabs holds the rows that the formulas give. */
#include "../../../core/main/synth_bulk.h"

#include "../../../core/main/synth.h"
#include "base/log.h"
#include "data/tally.h"
#include "store/tmpdir.h"
#include "test.h"

enum { ROWS = 20000, SEED = 3 };

static void counts_are_those_of_the_formulas(void **state)
{
    (void)state;
    static int64_t expected[SYNTH_STATES][31];
    struct snap_cell *cell = NULL;
    struct store *store = NULL;
    struct progress bar;
    struct err e = {0};
    char dir[128];
    log_threshold(LOG_OFF);
    tmpdir_make(dir);
    assert_int_equal(snap_cell_new(&cell, &e), 0);
    assert_int_equal(store_open(dir, cell, &store, &e), 0);
    assert_int_equal(synth_places(store, &e), 0);
    progress_start(&bar, "test", "rows", ROWS);
    assert_int_equal(synth_bulk(store, cell, ROWS, SEED, 2, &bar, &e), 0);
    for (uint64_t i = 0; i < ROWS; i++) {
        struct synth_row r;
        synth_row(i, SEED, &r);
        expected[r.state][r.sector + 1]++;
    }
    struct snap *s = snap_cell_get(cell);
    assert_int_equal(s->registrations, ROWS);
    for (int i = 0; i < SYNTH_STATES; i++) {
        uint32_t order = place_by_code(s->tree, PLACE_STATE, 1 + i);
        for (int k = 1; k <= 30; k++)
            assert_int_equal(tally_window(s, order, k, INT32_MIN, INT32_MAX), expected[i][k]);
    }
    /* its rows say which batch they are of */
    struct retract_result r;
    struct retract_spec spec = {.id = dict_get(s->dict[ATTR_BATCH], s->batch[0].batch)};
    assert_int_equal(store_retract(store, &spec, &r, &e), 0);
    assert_int_equal(r.registrations, ROWS);
    snap_unref(s);
    store_close(store);
    snap_cell_free(cell);
    tmpdir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts_are_those_of_the_formulas)};
    return cmocka_run_group_tests_name("main/synth_bulk", tests, NULL, NULL);
}
