/* SPDX-License-Identifier: MIT
 *
 * Forms with files, as clients send them and as they should not. */
#include "world.h"

#define TYPE       "Content-Type: multipart/form-data; boundary=XX\r\n"
#define PART(name) "--XX\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_PART(name, file)                                                                      \
    "--XX\r\nContent-Disposition: form-data; name=\"" name "\"; filename=\"" file "\"\r\n"         \
    "Content-Type: text/csv\r\n\r\n"
#define END "\r\n--XX--\r\n"

static int post(struct world *w, const char *body)
{
    return world_send(w, "POST", "/v1/query?format=csv", TYPE, body);
}

static void fields_are_parameters(void **state)
{
    struct world *w = *state;
    assert_int_equal(post(w, PART("q") "SELECT @a + 1 AS n\r\n" PART("p.a") "4" END), 200);
    assert_string_equal(w->body, "n\n5\n");
    assert_int_equal(post(w, PART("q") "SELECT 'a\r\n--X' AS n" END), 400);
    static const char hindi[] = PART("q") "SELECT 'रामगढ़' AS n\r\n" PART("format") "ndjson" END;
    assert_int_equal(post(w, hindi), 200);
    assert_string_equal(w->body, "n\nरामगढ़\n"); /* the address comes first */
}

static void a_file_is_a_table(void **state)
{
    struct world *w = *state;
    assert_int_equal(post(w, PART("q") "FROM own |> ORDER BY n\r\n" FILE_PART(
                                 "table.own", "list.csv") "block,n\r\nGola,2\r\nडुलमी,1\r\n" END),
                     422);
    assert_says(w->body, "list.csv: 1 of 2 rows");
    assert_int_equal(post(w, FILE_PART("table.own", "list.csv") "block,n\r\nGola,2\r\n6717,1\r\n"
                                                                "\r\n" PART("q") "FROM own |> "
                                                                                 "ORDER BY n" END),
                     200);
    assert_string_equal(w->body, "block,n\nDulmi,1\nGola,2\n");
}

static void an_empty_file_is_told(void **state)
{
    struct world *w = *state;
    assert_int_equal(post(w, PART("q") "FROM own\r\n" FILE_PART("table.own", "empty.csv") END),
                     422);
    assert_says(w->body, "empty.csv: the file is empty");
}

static void what_is_no_form_is_refused(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = {
        "",
        "nothing of the kind",
        PART("q") "SELECT 1",
        PART("q") "SELECT '\xFF'" END,
        FILE_PART("q", "x") "SELECT 1" END,
        PART("zzz") "1" END,
        PART("q\xFF") "1" END,
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (post(w, bad[i]) != 400)
            fail_msg("form %zu was answered with %d: %s", i, w->status, w->body);
    assert_int_equal(world_send(w, "POST", "/v1/query", "Content-Type: multipart/form-data\r\n",
                                PART("q") "SELECT 1" END),
                     400);
    assert_says(w->body, "boundary");
}

static void there_are_not_more_than_so_many_fields(void **state)
{
    struct world *w = *state;
    static char body[32768];
    size_t n = 0;
    for (int i = 0; i < 300; i++)
        n += (size_t)snprintf(body + n, sizeof body - n, PART("p.%d") "1\r\n", i);
    snprintf(body + n, sizeof body - n, PART("q") "SELECT 1" END);
    assert_int_equal(post(w, body), 422);
    assert_says(w->body, "256 fields");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fields_are_parameters, world_up, world_down),
        cmocka_unit_test_setup_teardown(a_file_is_a_table, world_up, world_down),
        cmocka_unit_test_setup_teardown(an_empty_file_is_told, world_up, world_down),
        cmocka_unit_test_setup_teardown(what_is_no_form_is_refused, world_up, world_down),
        cmocka_unit_test_setup_teardown(there_are_not_more_than_so_many_fields, world_up,
                                        world_down),
    };
    return cmocka_run_group_tests_name("net/form", tests, NULL, NULL);
}
