/* SPDX-License-Identifier: MIT
 *
 * One damaged page of a table: the store does without it or says which it is. */
#include "../../../core/store/unread.h"

#include "../../../core/store/ids.h"
#include "harm.h"
#include "store/audit.h"
#include "store/backup.h"
#include "store/findings.h"

static int64_t import(struct fixture *f, const char *id, uint32_t content)
{
    struct batch_result r;
    struct err err;
    if (fixture_import(f, id, content, 50, &r, &err) < 0)
        fail_msg("%s", err.msg);
    return fixture_registrations(f);
}

/* It opens, and says once what it does without. */
static void reopen_without(struct fixture *f, const char *table, const char *part)
{
    import(f, "b1", 1);
    fixture_close(f);
    harm_table(f->dir, table);
    fixture_open(f);
    assert_non_null(store_unread(f->store, 0));
    if (strstr(store_unread(f->store, 0), part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, store_unread(f->store, 0));
    assert_null(store_unread(f->store, 1));
}

static void names_the_table(void **state)
{
    static const char *const tables[] = {"place", "word",       "slab",   "ledger",
                                         "lost",  "retraction", "stated", "attribute"};
    struct fixture *f = *state;
    struct err err;
    char name[32];
    import(f, "b1", 1);
    fixture_close(f);
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        harm_table(f->dir, tables[i]);
        if (fixture_try_open(f, &err) != ERR_CORRUPT)
            fail_msg("%s is not missed", tables[i]);
        snprintf(name, sizeof name, "table \"%s\"", tables[i]);
        if (strstr(err.msg, name) == NULL || strstr(err.hint, "panji restore") == NULL)
            fail_msg("%s: %s; %s", tables[i], err.msg, err.hint);
        harm_table(f->dir, tables[i]);
    }
    fixture_open(f);
    assert_null(store_unread(f->store, 0));
}

static void does_without_findings(void **state)
{
    struct fixture *f = *state;
    struct finding_change change = {.event = FINDING_OPENED};
    struct finding *open;
    struct arena a;
    struct err err;
    size_t n;
    reopen_without(f, "finding", "findings cannot be read");
    assert_true(import(f, "b2", 2) > 0);
    arena_init(&a, MEM_STORE, 0);
    assert_int_equal(store_findings_open(f->store, &a, &open, &n, &err), 0);
    assert_int_equal(n, 0);
    arena_fini(&a);
    assert_int_equal(store_findings_write(f->store, &change, 1, DAY0, 1, &err), ERR_UNAVAILABLE);
}

static void refuses_ids_without_those_it_had(void **state)
{
    struct fixture *f = *state;
    unsigned char key[HASH_KEY_BYTES];
    struct err err;
    reopen_without(f, "id_part_seq", "registration_id");
    assert_int_equal(store_ids_key(f->store, key, &err), ERR_UNAVAILABLE);
    assert_non_null(strstr(err.hint, "panji restore"));
    int64_t n = import(f, "b2", 2);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(fixture_registrations(f), n);
}

static void stores_nothing_without_the_trail(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    reopen_without(f, "audit", "audit trail");
    assert_true(fixture_registrations(f) > 0);
    assert_int_equal(store_state_of(f->store), STORE_FAILED);
    assert_int_equal(fixture_import(f, "b2", 2, 50, &r, &err), ERR_UNAVAILABLE);
    assert_non_null(strstr(err.msg, "audit trail"));
    assert_int_equal(fixture_import(f, "b1", 1, 50, &r, &err), 0); /* known */
    assert_true(r.duplicate);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(names_the_table),
        TEST(does_without_findings),
        TEST(refuses_ids_without_those_it_had),
        TEST(stores_nothing_without_the_trail),
    };
    return cmocka_run_group_tests_name("store/unread", tests, NULL, NULL);
}
