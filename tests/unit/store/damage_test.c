/* SPDX-License-Identifier: MIT
 *
 * A damaged segment is left out by name, its loss told to the last registration; retracting its
 * batches and importing them again mends it, and a merge of what is in memory does, too. */
#include "../../../core/store/damage.h"

#include "harm.h"
#include "store/backup.h"

enum { ROWS = 400 };

static int64_t in_batch(size_t rows)
{
    int64_t n = 0;
    for (size_t i = 0; i < rows; i++)
        n += 1 + (int64_t)(i % 3);
    return n;
}

static void import(struct fixture *f, const char *id, uint32_t content)
{
    struct batch_result r;
    struct err err;
    if (fixture_import(f, id, content, ROWS, &r, &err) < 0)
        fail_msg("%s", err.msg);
    assert_false(r.duplicate);
}

static void says(struct fixture *f, const char *part)
{
    struct buf text;
    struct snap *s = snap_cell_get(f->cell);
    buf_init(&text, MEM_STORE);
    store_damage_print(f->store, s, &text);
    buf_char(&text, '\0');
    if (strstr(text.p, part) == NULL)
        fail_msg("\"%s\" is not said in:\n%s", part, text.p);
    buf_fini(&text);
    snap_unref(s);
}

/* Three batches, the second damaged, served without it. */
static void prepare(struct fixture *f)
{
    import(f, "b1", 1);
    import(f, "b2", 2);
    import(f, "b3", 3);
    fixture_close(f);
    harm_segment(f->dir, 2);
    fixture_open(f);
}

static void leaves_out_what_is_damaged(void **state)
{
    struct fixture *f = *state;
    struct store_damage d;
    prepare(f);
    store_damage_get(f->store, &d);
    assert_int_equal(d.parts, 1);
    assert_int_equal(d.batches, 1);
    assert_int_equal(d.rows, ROWS);
    assert_int_equal(d.registrations, in_batch(ROWS));
    assert_true(d.mark != 0 && store_damage_mark(f->store) == d.mark);
    assert_int_equal(fixture_registrations(f), 2 * in_batch(ROWS));
    says(f, "segment 2 is damaged: 400 rows");
    says(f, "from Ramgarh (3104) to Ramgarh (3175)");
    says(f, "batch \"b2\" of \"test\": 400 rows");
    says(f, "retract these batches");
}

/* What was damaged is known by its batch: sent again it is still a duplicate. */
static void takes_no_batch_twice(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    prepare(f);
    assert_int_equal(fixture_import(f, "b2", 2, ROWS, &r, &err), 0);
    assert_true(r.duplicate);
    import(f, "b4", 4);
    assert_int_equal(fixture_registrations(f), 3 * in_batch(ROWS));
}

static void is_mended_by_retracting_and_importing_again(void **state)
{
    struct fixture *f = *state;
    struct retract_result gone;
    struct store_damage d;
    struct verify_report r;
    struct err err;
    const struct retract_spec spec = {.id = STR("b2"), .reason = STR("damaged")};
    prepare(f);
    if (store_retract(f->store, &spec, &gone, &err) < 0)
        fail_msg("%s", err.msg);
    store_damage_get(f->store, &d);
    assert_int_equal(d.mark, 0);
    import(f, "b2-again", 2);
    assert_int_equal(fixture_registrations(f), 3 * in_batch(ROWS));
    fixture_close(f);
    fixture_open(f); /* and it stays so */
    store_damage_get(f->store, &d);
    assert_int_equal(d.mark, 0);
    assert_int_equal(fixture_registrations(f), 3 * in_batch(ROWS));
    fixture_close(f);
    verify_report_init(&r);
    assert_int_equal(store_verify_path(f->dir, true, NULL, &r, &err), 0);
    assert_int_equal(r.faults, 0);
    verify_report_fini(&r);
    f->store = NULL;
    fixture_open(f);
}

static void misses_a_swapped_segment(void **state)
{
    struct fixture *f = *state;
    struct store_damage d;
    import(f, "b1", 1);
    import(f, "b2", 2);
    fixture_close(f);
    harm_sql(f, "UPDATE segment SET data = (SELECT data FROM segment WHERE id = 1) WHERE id = 2");
    fixture_open(f);
    store_damage_get(f->store, &d);
    assert_int_equal(d.parts, 1);
    assert_int_equal(fixture_registrations(f) + d.registrations, 2 * in_batch(ROWS));
    says(f, "batch \"b2\"");
}

static void misses_a_row_that_is_gone(void **state)
{
    struct fixture *f = *state;
    struct store_damage d;
    import(f, "b1", 1);
    fixture_close(f);
    harm_sql(f, "DELETE FROM segment WHERE id = 1");
    fixture_open(f);
    store_damage_get(f->store, &d);
    assert_int_equal(d.registrations, in_batch(ROWS));
    says(f, "it is missing");
}

/* However many there are: all are known by name, and all are written off. */
static void writes_off_more_than_it_tells(void **state)
{
    enum { BATCHES = DAMAGED_TOLD + 6 };
    struct fixture *f = *state;
    struct store_damage d;
    struct retract_result gone;
    struct err err;
    char id[16];
    for (uint32_t i = 0; i < BATCHES; i++) {
        snprintf(id, sizeof id, "b%u", i);
        import(f, id, i);
    }
    fixture_close(f);
    harm_sql(f, "UPDATE segment SET data = zeroblob(100)");
    fixture_open(f);
    store_damage_get(f->store, &d);
    assert_int_equal(d.parts, BATCHES);
    says(f, "and 6 parts more");
    for (uint32_t i = 0; i < BATCHES; i++) {
        snprintf(id, sizeof id, "b%u", i);
        const struct retract_spec spec = {.id = str_of(id), .reason = STR("damaged")};
        if (store_retract(f->store, &spec, &gone, &err) < 0)
            fail_msg("%s", err.msg);
    }
    store_damage_get(f->store, &d);
    assert_int_equal(d.mark, 0);
    fixture_close(f);
    fixture_open(f);
    store_damage_get(f->store, &d);
    assert_int_equal(d.mark, 0);
}

/* A backup of a damaged store would be one of less than there was. */
static void is_not_backed_up(void **state)
{
    struct fixture *f = *state;
    struct verify_report r;
    struct err err;
    char file[256];
    prepare(f);
    snprintf(file, sizeof file, "%s/copy", f->dir);
    verify_report_init(&r);
    assert_int_equal(store_backup(f->store, file, NULL, &r, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.hint, "verify"));
    assert_int_equal(access(file, F_OK), -1);
    verify_report_fini(&r);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(leaves_out_what_is_damaged),
        TEST(takes_no_batch_twice),
        TEST(is_mended_by_retracting_and_importing_again),
        TEST(misses_a_swapped_segment),
        TEST(misses_a_row_that_is_gone),
        TEST(writes_off_more_than_it_tells),
        TEST(is_not_backed_up),
    };
    return cmocka_run_group_tests_name("store/damage", tests, NULL, NULL);
}
