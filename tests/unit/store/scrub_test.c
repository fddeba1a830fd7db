/* SPDX-License-Identifier: MIT
 *
 * The scrub finds what the disk did to the file while the server ran, and names it; what is in
 * memory is served as before. */
#include "../../../core/store/scrub.h"

#include "../../../core/store/store_int.h"
#include "base/clock.h"
#include "harm.h"

enum { ROWS = 400 };

static void pass(struct fixture *f)
{
    struct store_stats st;
    int64_t now = clock_wall_ms() + 2 * f->store->scrub_period_ms;
    do {
        scrub_tick(f->store, now);
        store_stats_get(f->store, &st);
    } while (st.scrub_page != 0);
    assert_true(st.scrub_ended_ms > 0);
}

/* Puts the log back into the file: only there the disk can harm it for this test. */
static int write_back(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    return db_checkpoint(&s->db, true, err);
}

static void prepare(struct fixture *f)
{
    struct batch_result r;
    struct err err;
    for (uint32_t i = 1; i <= 3; i++) {
        char id[16];
        snprintf(id, sizeof id, "b%u", i);
        assert_int_equal(fixture_import(f, id, i, ROWS, &r, &err), 0);
    }
    assert_int_equal(store_call(f->store, write_back, NULL, &err), 0);
}

static void finds_nothing_in_a_sound_file(void **state)
{
    struct fixture *f = *state;
    struct store_stats st;
    prepare(f);
    pass(f);
    store_stats_get(f->store, &st);
    assert_int_equal(st.scrub_bad, 0);
    assert_int_equal(store_damage_mark(f->store), 0);
}

static void names_the_segment(void **state)
{
    struct fixture *f = *state;
    struct store_stats st;
    struct store_damage d;
    prepare(f);
    int64_t before = fixture_registrations(f);
    harm_segment(f->dir, 2);
    pass(f);
    store_stats_get(f->store, &st);
    assert_int_equal(st.scrub_bad, 1);
    store_damage_get(f->store, &d);
    assert_int_equal(d.parts, 1);
    assert_int_equal(d.registrations, 0);
    assert_int_equal(fixture_registrations(f), before);
    assert_int_equal(store_state_of(f->store), STORE_READY);
}

/* What was left out at the start is written off with its batch; what is found later is counted yet,
 * and the next start leaves it out. */
static void keeps_what_it_found_when_another_is_written_off(void **state)
{
    struct fixture *f = *state;
    struct store_damage d;
    struct retract_result gone;
    struct err err;
    const struct retract_spec spec = {.id = STR("b2"), .reason = STR("damaged")};
    prepare(f);
    fixture_close(f);
    harm_segment(f->dir, 2);
    fixture_open(f);
    assert_int_equal(store_call(f->store, write_back, NULL, &err), 0);
    harm_segment(f->dir, 3);
    pass(f);
    store_damage_get(f->store, &d);
    assert_int_equal(d.parts, 2);
    assert_int_equal(d.batches, 1);
    int64_t before = fixture_registrations(f);
    if (store_retract(f->store, &spec, &gone, &err) < 0)
        fail_msg("%s", err.msg);
    store_damage_get(f->store, &d);
    assert_int_equal(d.parts, 1);
    assert_int_equal(fixture_registrations(f), before);
    fixture_close(f);
    fixture_open(f);
    store_damage_get(f->store, &d);
    assert_int_equal(d.parts, 1);
    assert_int_equal(d.batches, 1);
    assert_int_equal(d.rows, ROWS);
    assert_int_equal(fixture_registrations(f) + d.registrations, before);
}

/* Once a period, and not at every tick. */
static void rests_between_passes(void **state)
{
    struct fixture *f = *state;
    struct store_stats first, second;
    prepare(f);
    pass(f);
    store_stats_get(f->store, &first);
    scrub_tick(f->store, f->store->scrub.began_ms + 1000);
    store_stats_get(f->store, &second);
    assert_int_equal(first.scrub_ended_ms, second.scrub_ended_ms);
    scrub_tick(f->store, f->store->scrub.began_ms + f->store->scrub_period_ms);
    assert_true(f->store->scrub.began_ms > (int64_t)first.scrub_ended_ms);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(finds_nothing_in_a_sound_file),
        TEST(names_the_segment),
        TEST(keeps_what_it_found_when_another_is_written_off),
        TEST(rests_between_passes),
    };
    return cmocka_run_group_tests_name("store/scrub", tests, NULL, NULL);
}
