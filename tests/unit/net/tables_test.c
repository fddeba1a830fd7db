/* SPDX-License-Identifier: MIT
 *
 * What a query sees beside the snapshot: the server's own tables, and those sent along. */
#include "world.h"

static int ask(struct world *w, const char *form)
{
    return world_send(w, "POST", "/v1/query?format=csv",
                      "Content-Type: application/x-www-form-urlencoded\r\n", form);
}

static void a_table_of_one_query_is_kept_nowhere(void **state)
{
    struct world *w = *state;
    assert_int_equal(ask(w, "q=FROM+own&table.own=block,n%0AGola,7%0A"), 200);
    assert_string_equal(w->body, "block,n\nGola,7\n");
    assert_int_equal(ask(w, "q=FROM+own"), 400);
    assert_int_equal(world_get(w, "/v1/query.csv?q=FROM+own&table.own=a%0A1"), 200);
    assert_string_equal(w->body, "a\n1\n");
    assert_int_equal(world_get(w, "/v1/query.csv?q=FROM+own&table.own=a%0A2"), 200);
    assert_string_equal(w->body, "a\n2\n");
}

static void it_hides_a_stored_one_of_its_name(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_send(w, "PUT", "/v1/tables/own", "", "a\n1\n"), 201);
    assert_int_equal(ask(w, "q=FROM+own&table.own=a%0A2%0A"), 200);
    assert_string_equal(w->body, "a\n2\n");
    assert_int_equal(ask(w, "q=FROM+own"), 200);
    assert_string_equal(w->body, "a\n1\n");
}

static void names_and_numbers_are_bounded(void **state)
{
    struct world *w = *state;
    char form[1024] = "q=SELECT+1";
    assert_int_equal(ask(w, "q=SELECT+1&table.from=a%0A1"), 400);
    assert_int_equal(ask(w, "q=SELECT+1&table.places=a%0A1"), 400);
    assert_int_equal(ask(w, "q=SELECT+1&table.=a%0A1"), 400);
    assert_int_equal(ask(w, "q=SELECT+1&table.a=a%0A1&table.A=a%0A1"), 400);
    assert_says(w->body, "sent twice");
    for (int i = 0; i < 17; i++)
        snprintf(form + strlen(form), sizeof form - strlen(form), "&table.t%d=a%%0A1", i);
    assert_int_equal(ask(w, form), 422);
    assert_says(w->body, "more than 16 tables");
}

static void wrong_rows_are_listed(void **state)
{
    struct world *w = *state;
    assert_int_equal(ask(w, "q=FROM+own&table.own=n:INT64%0Amany%0A"), 422);
    assert_says(w->body, "table.own: 1 of 1 rows");
    assert_says(w->body, "\"line\":2,\"column\":1,\"field\":\"n\",\"value\":\"many\"");
}

static void rejects_are_a_table(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_send(w, "POST", "/v1/registrations?source=csc&batch_id=b7&on_error=skip",
                                "", "date,district,block\n2021-11-20,607,Golaa\n"),
                     201);
    assert_int_equal(ask(w, "q=FROM+rejects+|>+SELECT+source,batch,line,`column`,field,value"),
                     200);
    assert_string_equal(w->body, "source,batch,line,column,field,value\ncsc,b7,2,3,block,Golaa\n");
    assert_int_equal(ask(w, "q=FROM+alerts"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_table_of_one_query_is_kept_nowhere, world_up, world_down),
        cmocka_unit_test_setup_teardown(it_hides_a_stored_one_of_its_name, world_up, world_down),
        cmocka_unit_test_setup_teardown(names_and_numbers_are_bounded, world_up, world_down),
        cmocka_unit_test_setup_teardown(wrong_rows_are_listed, world_up, world_down),
        cmocka_unit_test_setup_teardown(rejects_are_a_table, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/tables", tests, NULL, NULL);
}
