/* SPDX-License-Identifier: MIT
 *
 * Rejects counted by batch, column and kind: once, also for what came before a restart. */
#include "harm.h"

static void import_rejects(struct fixture *f, const char *source, const char *id,
                           const struct reject *reject, size_t n)
{
    struct rows rows;
    struct batch_result r;
    struct err err;
    struct batch_spec spec = {.source = str_of(source),
                              .id = str_of(id),
                              .as_on = DAY_NONE,
                              .reject = reject,
                              .rejects = n,
                              .rejected = (int64_t)n};
    fixture_rows(f, &rows, 1, 2);
    if (store_import(f->store, &spec, &rows, &r, &err) < 0)
        fail_msg("%s", err.msg);
    rows_fini(&rows);
}

/* "source batch field kind n" as of a snapshot. */
static void counts_are(struct fixture *f, const struct snap *s, const char *expected)
{
    struct arena a;
    struct frame *t = NULL;
    struct err err;
    char got[1024] = "";
    size_t n = 0;
    arena_init(&a, MEM_STORE, 0);
    assert_int_equal(store_reject_counts_table(f->store, &a, s, &t, &err), 0);
    for (size_t i = 0; i < t->rows; i++) {
        for (size_t c = 0; c < 4; c++)
            n += (size_t)snprintf(got + n, sizeof got - n, "%.*s ", STR_ARG(t->col[c].s[i]));
        n += (size_t)snprintf(got + n, sizeof got - n, "%d\n", (int)t->col[5].i[i]);
    }
    assert_string_equal(got, expected);
    arena_fini(&a);
}

static const struct reject some[] = {
    {2, 3, "block", "Gola", "block \"Gola\" does not lie in DUMKA (326) but is ...", NULL},
    {3, 3, "block", "Gola", "block \"Gola\" does not lie in DUMKA (326) but is ...", NULL},
    {4, 1, "date", "2031-01-01", "2031-01-01 lies in the future (today is 2026-01-01)", NULL},
    {5, 3, "block", "Golaa", "no block \"Golaa\" is known in RAMGARH (607)", NULL},
    {6, 3, "block", "Ramgarh", "\"Ramgarh\" is the name of 2 blocks: ...; give the code", NULL},
    {7, 0, "", "", "the row has 3 fields", NULL},
};
static const char first[] = "csc b1  other 1\ncsc b1 block ambiguous 1\ncsc b1 block elsewhere 2\n"
                            "csc b1 block unknown 1\ncsc b1 date future 1\n";

static void each_kind_is_counted(void **state)
{
    struct fixture *f = *state;
    struct snap *none = snap_cell_get(f->cell);
    import_rejects(f, "csc", "b1", some, ARRAY_LEN(some));
    struct snap *one = snap_cell_get(f->cell);
    counts_are(f, one, first);
    import_rejects(f, "csc", "b0", some, 1);
    struct snap *two = snap_cell_get(f->cell);
    char both[512];
    snprintf(both, sizeof both, "%scsc b0 block elsewhere 1\n", first);
    counts_are(f, two, both);
    counts_are(f, one, first); /* a snapshot has its own */
    counts_are(f, none, "");
    snap_unref(none);
    snap_unref(one);
    snap_unref(two);
}

static void what_came_before_a_restart_is_counted(void **state)
{
    struct fixture *f = *state;
    import_rejects(f, "csc", "b1", some, ARRAY_LEN(some));
    fixture_close(f);
    fixture_open(f);
    struct snap *s = snap_cell_get(f->cell);
    counts_are(f, s, first);
    snap_unref(s);
}

/* A page that is only read fails what reads it, and not the store. */
static void what_cannot_be_read_stops_no_import(void **state)
{
    struct fixture *f = *state;
    struct arena a;
    struct frame *t = NULL;
    struct batch_result r;
    struct err err;
    import_rejects(f, "csc", "b1", some, ARRAY_LEN(some));
    fixture_close(f);
    harm_text(f->dir, "2031-01-01 lies in the future");
    fixture_open(f);
    struct snap *s = snap_cell_get(f->cell);
    arena_init(&a, MEM_STORE, 0);
    assert_int_equal(store_reject_counts_table(f->store, &a, s, &t, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.msg, "does not match its checksum"));
    assert_non_null(strstr(err.hint, "panji restore"));
    arena_fini(&a);
    snap_unref(s);
    for (uint32_t i = 2; i < 4; i++) {
        char id[16];
        snprintf(id, sizeof id, "b%u", i);
        if (fixture_import(f, id, i, 10, &r, &err) < 0)
            fail_msg("%s", err.msg);
        assert_int_equal(store_state_of(f->store), STORE_READY);
        fixture_close(f);
        fixture_open(f);
    }
    struct batch_spec spec = {.source = STR("csc"),
                              .id = STR("b4"),
                              .as_on = DAY_NONE,
                              .reject = some,
                              .rejects = 1,
                              .rejected = 1};
    struct rows rows;
    fixture_rows(f, &rows, 1, 2);
    assert_int_equal(store_import(f->store, &spec, &rows, &r, &err),
                     ERR_CORRUPT); /* its own page */
    rows_fini(&rows);
    assert_int_equal(store_state_of(f->store), STORE_READY);
    assert_int_equal(fixture_import(f, "b5", 5, 10, &r, &err), 0);
}

/* Beyond the bound the oldest go, and what came last is there. */
static void the_oldest_are_left_out(void **state)
{
    enum { KINDS = REJECT_COUNTS_MAX * 6 / 10 };
    struct fixture *f = *state;
    struct reject *many = calloc(KINDS, sizeof *many);
    char(*name)[16] = calloc(KINDS, sizeof *name);
    struct arena a;
    struct frame *t = NULL;
    struct err err;
    for (uint32_t i = 0; i < KINDS; i++) {
        snprintf(name[i], sizeof name[i], "field %u", i);
        many[i] = (struct reject){i + 2, 1, name[i], "x", "wrong", NULL};
    }
    import_rejects(f, "csc", "b2", many, KINDS);
    import_rejects(f, "csc", "b1", many, KINDS);
    for (int again = 0; again < 2; again++) {
        struct snap *s = snap_cell_get(f->cell);
        size_t newest = 0;
        arena_init(&a, MEM_STORE, 0);
        if (store_reject_counts_table(f->store, &a, s, &t, &err) < 0)
            fail_msg("%s", err.msg);
        for (size_t i = 0; i < t->rows; i++)
            newest += str_eq(t->col[1].s[i], STR("b1"));
        assert_int_equal(newest, KINDS);
        assert_true(t->rows > KINDS && t->rows < REJECT_COUNTS_MAX);
        arena_fini(&a);
        snap_unref(s);
    }
    free(many);
    free(name);
}

static void without_a_store_there_are_none(void **state)
{
    struct arena a;
    struct frame *t;
    struct err err;
    (void)state;
    arena_init(&a, MEM_STORE, 0);
    assert_int_equal(store_reject_counts_table(NULL, &a, NULL, &t, &err), 0);
    assert_int_equal(t->rows, 0);
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_kind_is_counted, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_came_before_a_restart_is_counted, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_stops_no_import, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(the_oldest_are_left_out, fixture_setup, fixture_teardown),
        cmocka_unit_test(without_a_store_there_are_none),
    };
    return cmocka_run_group_tests_name("store/reject_counts", tests, NULL, NULL);
}
