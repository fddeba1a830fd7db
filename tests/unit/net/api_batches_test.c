/* SPDX-License-Identifier: MIT
 *
 * Imports and the ledger: the first answer again, conflicts, refusals, rejects. */
#include "world.h"

static void a_batch_is_answered_once(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_import(w, "t1", world_csv), 201);
    assert_says(w->body, "\"registrations\":7");
    assert_int_equal(world_import(w, "t1", world_csv), 200);
    assert_says(w->body, "\"duplicate\":true");
    assert_int_equal(world_import(w, "t1", "date,district\n2021-11-20,607\n"), 409);
}

static void wrong_rows_refuse_the_batch(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_import(w, "t1", "date,district,block\n2021-02-31,607,Golaa\n"), 422);
    assert_says(w->body, "\"errors_total\":2");
    assert_says(w->body, "\"near\":[\"Gola\"]");
    assert_int_equal(world_get(w, "/v1/batches.csv"), 200);
    assert_null(strstr(w->body, "t1"));
}

static void text_is_for_terminals(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_send(w, "POST", "/v1/registrations", "Accept: text/plain\r\n",
                                "date,district,block\n2021-11-20,607,Golaa\n"),
                     422);
    assert_says(w->answer, "text/plain");
    assert_says(w->body, "  line 2, column 3 (block): \x27Golaa\x27");
}

static void options_are_checked(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = {"on_error=ignore",       "kind=odd",
                                      "as_on=2021-02-31",      "mapping=none",
                                      "mapping_text=nonsense", "sorce=x"};
    char target[128];
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        snprintf(target, sizeof target, "/v1/registrations?%s", bad[i]);
        int status = world_send(w, "POST", target, "", world_csv);
        assert_true(status == 400 || status == 404);
    }
}

static void dry_runs_store_nothing(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_send(w, "POST", "/v1/registrations?dry_run=1", "", world_csv), 200);
    struct snap *s = snap_cell_get(w->cell);
    assert_int_equal(s->registrations, 0);
    snap_unref(s);
}

static void the_ledger_tells_batches(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_import(w, "t1", world_csv), 201);
    assert_int_equal(world_get(w, "/v1/batches"), 200);
    assert_says(w->body, "\"batch\":\"t1\"");
    assert_int_equal(world_get(w, "/v1/batches/t1"), 200);
    assert_says(w->body, "\"source\":\"test\"");
    assert_int_equal(world_get(w, "/v1/batches/t2"), 404);
}

static void ids_may_hold_slashes(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_import(w, "2021/11/20 csc", world_csv), 201);
    assert_int_equal(world_get(w, "/v1/batches/2021%2F11%2f20%20csc"), 200);
    assert_says(w->body, "\"batch\":\"2021/11/20 csc\"");
}

static void batches_can_be_retracted(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_import(w, "t1", world_csv), 201);
    assert_int_equal(world_send(w, "DELETE", "/v1/batches/t1?reason=sent+twice", "", ""), 200);
    assert_says(w->body, "\"registrations\":7");
    assert_says(w->body, "\"duplicate\":false");
    assert_int_equal(world_send(w, "DELETE", "/v1/batches/t1", "", ""), 200);
    assert_says(w->body, "\"duplicate\":true");
    assert_says(w->body, "sent twice");
    assert_int_equal(world_get(w, "/v1/batches/t1"), 200);
    assert_says(w->body, "\"reason\":\"sent twice\"");
    assert_int_equal(world_import(w, "t1", world_csv), 200);
    assert_says(w->body, "\"retracted\":true");
    assert_int_equal(world_send(w, "DELETE", "/v1/batches/t2", "", ""), 404);
    assert_int_equal(world_send(w, "DELETE", "/v1/batches/t1?reason=a%0Ab", "", ""), 400);
    struct snap *s = snap_cell_get(w->cell);
    assert_int_equal(s->registrations, 0);
    snap_unref(s);
}

static void rejects_can_be_read(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_send(w, "POST", "/v1/registrations?on_error=skip&source=s",
                                "Idempotency-Key: k\r\n",
                                "date,district,block\n2021-11-20,607,Golaa\n2021-11-20,607,Gola\n"),
                     201);
    assert_says(w->body, "\"rejected\":1");
    assert_int_equal(world_get(w, "/v1/batches/k/rejects.csv"), 200);
    assert_says(w->body, "Golaa");
    assert_int_equal(world_get(w, "/v1/batches/none/rejects.csv"), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_batch_is_answered_once, world_up, world_down),
        cmocka_unit_test_setup_teardown(wrong_rows_refuse_the_batch, world_up, world_down),
        cmocka_unit_test_setup_teardown(text_is_for_terminals, world_up, world_down),
        cmocka_unit_test_setup_teardown(options_are_checked, world_up, world_down),
        cmocka_unit_test_setup_teardown(dry_runs_store_nothing, world_up, world_down),
        cmocka_unit_test_setup_teardown(the_ledger_tells_batches, world_up, world_down),
        cmocka_unit_test_setup_teardown(ids_may_hold_slashes, world_up, world_down),
        cmocka_unit_test_setup_teardown(batches_can_be_retracted, world_up, world_down),
        cmocka_unit_test_setup_teardown(rejects_can_be_read, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_batches", tests, NULL, NULL);
}
