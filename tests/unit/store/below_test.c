/* SPDX-License-Identifier: MIT
 *
 * Corrections that take away more than there is. */
#include "fixture.h"

#include <pthread.h>

enum { DAY = DAY0 };

/* One row. */
static int change(struct fixture *f, const char *id, enum place_level level, int64_t code,
                  int32_t count, struct below_zero *below, struct err *err)
{
    struct rows rows;
    struct batch_result r;
    struct snap *s = snap_cell_get(f->cell);
    struct batch_spec spec = {.source = STR("test"),
                              .id = str_of(id),
                              .as_on = DAY_NONE,
                              .correction = count < 0,
                              .below = below};
    uint32_t order = place_by_code(s->tree, level, code);
    rows_init(&rows, MEM_INGEST, s->schema);
    assert_int_equal(rows_add(&rows, s->tree->at[order].id, 1, DAY, count, err), 0);
    snap_unref(s);
    int rc = store_import(f->store, &spec, &rows, &r, err);
    rows_fini(&rows);
    return rc;
}

static void refuses_and_says_what_would_be_left(void **state)
{
    struct fixture *f = *state;
    struct below_zero below = {.allow = false};
    struct err err;
    assert_int_equal(change(f, "a", PLACE_BLOCK, 3168, 5, NULL, &err), 0);
    assert_int_equal(change(f, "b", PLACE_BLOCK, 3168, -6, &below, &err), ERR_ROWS);
    assert_int_equal(below.total, 1); /* what lies above it goes without saying */
    assert_int_equal(below.at[0].held, 5);
    assert_int_equal(below.at[0].left, -1);
    assert_int_equal(below.at[0].day, DAY);
    assert_int_equal(fixture_registrations(f), 5);
    below = (struct below_zero){.allow = false};
    assert_int_equal(change(f, "c", PLACE_BLOCK, 3168, -5, &below, &err), 0);
    assert_int_equal(below.total, 0);
    assert_int_equal(fixture_registrations(f), 0);
}

static void allows_what_is_meant(void **state)
{
    struct fixture *f = *state;
    struct below_zero below = {.allow = true};
    struct err err;
    assert_int_equal(change(f, "b", PLACE_BLOCK, 3168, -6, &below, &err), 0);
    assert_int_equal(below.total, 1);
    assert_int_equal(fixture_registrations(f), -6);
}

/* A district may be corrected for what its blocks reported, and then they may not be. */
static void looks_at_the_places_above_too(void **state)
{
    struct fixture *f = *state;
    struct below_zero below = {.allow = false};
    struct err err;
    assert_int_equal(change(f, "a", PLACE_BLOCK, 3168, 5, NULL, &err), 0);
    assert_int_equal(change(f, "b", PLACE_DISTRICT, 607, -4, &below, &err), 0);
    assert_int_equal(change(f, "c", PLACE_BLOCK, 3168, -2, &below, &err), ERR_ROWS);
    assert_int_equal(below.total, 1);
    assert_int_equal(below.at[0].held, 1); /* the district */
    assert_int_equal(change(f, "d", PLACE_BLOCK, 3175, -1, &below, &err), ERR_ROWS);
    assert_int_equal(change(f, "e", PLACE_BLOCK, 3168, -1, &below, &err), 0);
}

enum { SENDERS = 6, EACH = 3, HELD = 10 };

struct sender {
    struct fixture *f;
    pthread_t thread;
    char id[16];
    int rc;
};

static void *send(void *arg)
{
    struct sender *s = arg;
    struct below_zero below = {.allow = false};
    struct err err;
    s->rc = change(s->f, s->id, PLACE_BLOCK, 3168, -EACH, &below, &err);
    return NULL;
}

/* Of corrections sent at once only so many are taken as there is. */
static void is_exact_among_several_senders(void **state)
{
    struct fixture *f = *state;
    struct sender s[SENDERS];
    struct err err;
    int taken = 0;
    assert_int_equal(change(f, "a", PLACE_BLOCK, 3168, HELD, NULL, &err), 0);
    for (int i = 0; i < SENDERS; i++) {
        s[i] = (struct sender){.f = f};
        snprintf(s[i].id, sizeof s[i].id, "c%d", i);
        assert_int_equal(pthread_create(&s[i].thread, NULL, send, &s[i]), 0);
    }
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(s[i].thread, NULL);
        assert_true(s[i].rc == 0 || s[i].rc == ERR_ROWS);
        taken += s[i].rc == 0;
    }
    assert_int_equal(taken, HELD / EACH);
    assert_int_equal(fixture_registrations(f), HELD % EACH);
}

/* What was corrected goes, and its correction stays. */
static void a_retraction_says_what_it_leaves(void **state)
{
    struct fixture *f = *state;
    struct below_zero below = {.allow = false};
    struct below_zero left;
    struct retract_spec spec = {.id = STR("a"), .below = &left};
    struct retract_result r;
    struct err err;
    struct buf text;
    assert_int_equal(change(f, "a", PLACE_BLOCK, 3168, 5, NULL, &err), 0);
    assert_int_equal(change(f, "b", PLACE_BLOCK, 3168, 1, NULL, &err), 0);
    assert_int_equal(change(f, "c", PLACE_BLOCK, 3168, -3, &below, &err), 0);
    assert_int_equal(store_retract(f->store, &spec, &r, &err), 0);
    assert_int_equal(left.total, 1);
    assert_int_equal(left.at[0].held, 3);
    assert_int_equal(left.at[0].left, -2);
    buf_init(&text, MEM_BASE);
    struct snap *s = snap_cell_get(f->cell);
    below_warning(s, &left, &text);
    buf_char(&text, '\0');
    assert_non_null(strstr(text.p, "1 cells of place, sector and day hold less than nothing now"));
    assert_non_null(strstr(text.p, "(3168), sector "));
    assert_non_null(strstr(text.p, " (-2)"));
    snap_unref(s);
    buf_fini(&text);
    spec.id = STR("c");
    assert_int_equal(store_retract(f->store, &spec, &r, &err), 0);
    assert_int_equal(left.total, 0);
    assert_int_equal(fixture_registrations(f), 1);
}

#define IN_A_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_STORE(refuses_and_says_what_would_be_left), IN_A_STORE(allows_what_is_meant),
        IN_A_STORE(looks_at_the_places_above_too),       IN_A_STORE(is_exact_among_several_senders),
        IN_A_STORE(a_retraction_says_what_it_leaves),
    };
    return cmocka_run_group_tests_name("store/below", tests, NULL, NULL);
}
