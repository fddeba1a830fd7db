/* SPDX-License-Identifier: MIT
 *
 * Outlines of queries: what stays, and what never does. */
#include "query/outline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_outline(const char *text, size_t most, const char *want)
{
    struct buf b;
    buf_init(&b, MEM_QUERY);
    query_outline(str_of(text), most, &b);
    buf_char(&b, '\0');
    assert_string_equal(b.p, want);
    buf_fini(&b);
}

static void literals_are_left_out(void **state)
{
    (void)state;
    assert_outline("FROM registrations -- Sita Devi\n|> WHERE district = 'Ramgarh' AND\tage>40.5 "
                   "AND x IN (1, \"a\", @p) AND `2341 2341 2346` = r'''raw'''",
                   500,
                   "FROM registrations |> WHERE district = ? AND age>? AND x IN (?, ?, @p) AND ? "
                   "= ?");
}

static void long_ones_and_bad_ones_are_cut(void **state)
{
    (void)state;
    assert_outline("FROM registrations |> WHERE a = 1", 26, "FROM registrations |>...");
    assert_outline("FROM a |> WHERE b = 'open", 100, "FROM a |> WHERE b =...");
    assert_outline("FROM a \xFF", 100, "...");
    assert_outline("", 100, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_are_left_out),
        cmocka_unit_test(long_ones_and_bad_ones_are_cut),
    };
    return cmocka_run_group_tests_name("query/outline", tests, NULL, NULL);
}
