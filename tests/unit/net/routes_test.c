/* SPDX-License-Identifier: MIT
 *
 * The table of routes: every row is found by its own pattern, and says what it does. */
#include "../../../core/net/api.h"
#include "../../../core/net/operation.h"

#include "test.h"

static void every_route_is_reached(void **state)
{
    (void)state;
    for (size_t i = 0; i < routes_count; i++) {
        struct route_match m;
        struct err e = {0};
        struct str path = str_of(routes[i].pattern); /* "{id}" stands for itself */
        assert_int_equal(route_find(routes, routes_count, str_of(routes[i].method), path, &m, &e),
                         0);
        assert_ptr_equal(m.route, &routes[i]);
        assert_true(strlen(routes[i].doc) > 5);
        assert_non_null(routes[i].run);
    }
}

static void only_reads_are_tagged(void **state)
{
    (void)state;
    for (size_t i = 0; i < routes_count; i++) {
        bool get = strcmp(routes[i].method, "GET") == 0;
        assert_true(get || !(routes[i].flags & ROUTE_TAGGED));
        bool ends = strcmp(routes[i].pattern, "/v1/queries/{id}") == 0; /* when all are busy, too */
        assert_true(get || ends || !(routes[i].flags & ROUTE_INLINE));
        assert_true(!get || !(routes[i].flags & (ROUTE_BATCH | ROUTE_FILE | ROUTE_WRITE)));
    }
}

/* Every row says what it takes and gives; each part of a path is a parameter. */
static void every_route_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < routes_count; i++) {
        struct operation_param p;
        struct operation_answer a;
        size_t in_path = 0;
        size_t answers = 0;
        for (const char *at = routes[i].params; operation_param(&routes[i], &at, &p);) {
            in_path += p.in_path;
            assert_true(p.doc.n > 2);
        }
        for (const char *at = routes[i].answer; operation_answer(&routes[i], &at, &a);)
            answers++;
        for (const char *c = routes[i].pattern; *c != 0; c++)
            in_path -= *c == '{';
        assert_int_equal(in_path, 0);
        assert_true(answers > 0);
        bool get = strcmp(routes[i].method, "GET") == 0;
        assert_true(!get || routes[i].body == NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_reached),
        cmocka_unit_test(only_reads_are_tagged),
        cmocka_unit_test(every_route_is_described),
    };
    return cmocka_run_group_tests_name("net/routes", tests, NULL, NULL);
}
