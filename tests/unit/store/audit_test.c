/* SPDX-License-Identifier: MIT
 *
 * The audit trail: each change once, with who and why, in the transaction of the change; and
 * whoever edits it is found out. */
#include "disturb.h"
#include "harm.h"

#include "store/audit.h"

enum { ROWS = 40 };
enum { SEQ, AT, WHO, ACTION, OBJECT, SOURCE, WHY, WHAT };

static struct frame *trail(struct fixture *f, struct arena *a)
{
    struct snap *s = snap_cell_get(f->cell);
    struct frame *out;
    struct err err;
    arena_init(a, MEM_STORE, 0);
    assert_int_equal(store_audit_table(f->store, a, s, &out, &err), 0);
    snap_unref(s);
    return out;
}

static void expect(const struct frame *f, size_t row, int column, const char *want)
{
    struct str got = f->col[column].s[row];
    if (!str_eq(got, str_of(want)))
        fail_msg("row %zu: \"%.*s\", should be \"%s\"", row, STR_ARG(got), want);
}

static void tells_each_change_once(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct retract_result gone;
    struct arena a;
    struct err err;
    store_act_as(STR("Asha"));
    assert_int_equal(fixture_import(f, "b1", 1, ROWS, &r, &err), 0);
    assert_int_equal(fixture_import(f, "b1", 1, ROWS, &r, &err), 0); /* known: nothing changed */
    store_act_as(STR("Ravi"));
    const struct retract_spec spec = {.id = STR("b1"), .reason = STR("sent twice")};
    assert_int_equal(store_retract(f->store, &spec, &gone, &err), 0);
    assert_int_equal(store_retract(f->store, &spec, &gone, &err), 0);
    store_act_as(STR(""));
    const struct audit_entry e = {.action = STR("reload plugins")};
    assert_int_equal(store_audit(f->store, &e, &err), 0);
    for (int opened = 0; opened < 2; opened++) {
        struct frame *t = trail(f, &a);
        assert_int_equal(t->rows, 4);
        expect(t, 0, ACTION, "places");
        expect(t, 0, WHO, "panji");
        expect(t, 1, WHO, "Asha");
        expect(t, 1, ACTION, "import");
        expect(t, 1, OBJECT, "b1");
        expect(t, 1, SOURCE, "test");
        expect(t, 1, WHAT, "accepted 40, rejected 0, registrations 79, repeated 0, replaced 0");
        expect(t, 2, WHO, "Ravi");
        expect(t, 2, ACTION, "retract");
        expect(t, 2, WHY, "sent twice");
        expect(t, 3, WHO, "panji");
        assert_int_equal(t->col[0].i[3], 4);
        arena_fini(&a);
        fixture_close(f);
        fixture_open(f);
    }
}

static void cuts_what_is_too_long(void **state)
{
    struct fixture *f = *state;
    struct arena a;
    struct err err;
    char text[1201];
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "क", 3);
    struct str s = {text, 1200};
    const struct audit_entry e = {s, s, s, s, s};
    store_act_as(s);
    assert_int_equal(store_audit(f->store, &e, &err), 0);
    store_act_as(STR(""));
    struct frame *t = trail(f, &a);
    static const size_t most[] = {AUDIT_WHO_BYTES,  AUDIT_ACTION_BYTES, AUDIT_OBJECT_BYTES,
                                  SOURCE_BYTES_MAX, REASON_BYTES_MAX,   AUDIT_WHAT_BYTES};
    for (size_t c = 0; c < ARRAY_LEN(most); c++) {
        struct str got = t->col[(size_t)WHO + c].s[t->rows - 1];
        assert_true(got.n <= most[c] && got.n + 3 > most[c]);
        assert_int_equal(utf8_check(got), got.n);
    }
    arena_fini(&a);
}

/* ---- editing ----------------------------------------------------------------------------------
 */

static void edit(struct fixture *f, const char *sql)
{
    fixture_close(f);
    harm_sql(f, sql);
    fixture_open(f);
}

static void finds_out_who_edits(void **state)
{
    struct fixture *f = *state;
    uint64_t rows;
    struct batch_result r;
    struct err err;
    for (uint32_t i = 0; i < 5; i++) {
        char id[8];
        snprintf(id, sizeof id, "b%u", i);
        assert_int_equal(fixture_import(f, id, i, ROWS, &r, &err), 0);
    }
    assert_int_equal(store_audit_verify(f->store, &rows, &err), 0);
    assert_int_equal(rows, 6);
    assert_int_equal(store_audit_count(f->store), 6);
    edit(f, "UPDATE audit SET who = 'somebody' WHERE seq = 3");
    assert_int_equal(store_audit_verify(f->store, &rows, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.msg, "row 3"));
    edit(f, "UPDATE audit SET who = 'panji' WHERE seq = 3");
    assert_int_equal(store_audit_verify(f->store, &rows, &err), 0);
    edit(f, "UPDATE audit SET who = 'panj', action = 'iimport' WHERE seq = 3");
    assert_int_equal(store_audit_verify(f->store, &rows, &err), ERR_CORRUPT);
    edit(f, "UPDATE audit SET who = 'panji', action = 'import' WHERE seq = 3");
    edit(f, "DELETE FROM audit WHERE seq = 4");
    assert_int_equal(store_audit_verify(f->store, &rows, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.msg, "row 4"));
}

/* ---- failing disks ----------------------------------------------------------------------------
 */

enum { BATCHES = 3 };

static void work(struct fixture *f, int out)
{
    for (uint32_t i = 0; i < BATCHES; i++) {
        struct batch_result r;
        struct err err;
        char id[8];
        snprintf(id, sizeof id, "b%u", i);
        if (fixture_import(f, id, i, ROWS, &r, &err) == 0)
            acknowledge(out, i);
    }
    fixture_close(f);
}

/* As many rows as batches, whatever became of them. */
static bool try_point(const struct trouble *t)
{
    struct fixture f;
    uint64_t rows;
    struct err err;
    tmpdir_make(f.dir);
    fixture_open(&f);
    fixture_places(&f);
    fixture_close(&f);
    struct outcome o = disturb(f.dir, t, work);
    trouble_end();
    fixture_open(&f);
    assert_int_equal(store_audit_verify(f.store, &rows, &err), 0);
    struct snap *s = snap_cell_get(f.cell);
    assert_int_equal(rows, 1 + s->batch_count);
    snap_unref(s);
    fixture_close(&f);
    tmpdir_remove(f.dir);
    return o.fired;
}

static void is_of_one_piece_with_the_change(void **state)
{
    (void)state;
    fault_install();
    struct trouble t = {FAULT_FULL, false, 1, 1};
    long points = 0;
    for (; try_point(&t); t.point++)
        points++;
    for (t = (struct trouble){FAULT_SYNC, true, 1, 1}; try_point(&t); t.point++)
        points++;
    print_message("%ld failing points\n", points);
    assert_true(points > 15);
}

#define IN_A_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_STORE(tells_each_change_once),
        IN_A_STORE(cuts_what_is_too_long),
        IN_A_STORE(finds_out_who_edits),
        cmocka_unit_test(is_of_one_piece_with_the_change),
    };
    return cmocka_run_group_tests_name("store/audit", tests, NULL, NULL);
}
