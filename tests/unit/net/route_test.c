/* SPDX-License-Identifier: MIT
 *
 * Routes: captures, extensions, near paths, methods. */
#include "../../../core/net/route.h"

#include "test.h"

static const struct route table[] = {
    {"GET", "/", NULL, 0, "", .answer = "200 csv"},
    {"GET", "/v1/batches/{id}/rejects.csv", NULL, 0, "", .answer = "200 csv"},
    {"GET", "/v1/batches/{id}", NULL, 0, "", .answer = "200 csv"},
    {"GET", "/v1/query", NULL, ROUTE_FORMAT, "", .answer = "200 csv"},
    {"POST", "/v1/query", NULL, ROUTE_FORMAT, "", .answer = "200 csv"},
    {"GET", "/v1/reports/{plugin}/{report}", NULL, ROUTE_FORMAT, "", .answer = "200 csv"},
};

static int find(const char *method, const char *path, struct route_match *m, struct err *err)
{
    return route_find(table, ARRAY_LEN(table), str_of(method), str_of(path), m, err);
}

static void assert_str(struct str got, const char *want)
{
    assert_int_equal(got.n, strlen(want));
    if (got.n > 0)
        assert_memory_equal(got.p, want, got.n);
}

static void finds_and_captures(void **state)
{
    (void)state;
    struct route_match m;
    struct err e = {0};
    assert_int_equal(find("GET", "/", &m, &e), 0);
    assert_ptr_equal(m.route, &table[0]);
    assert_int_equal(find("GET", "/v1/batches/a.csv", &m, &e), 0);
    assert_ptr_equal(m.route, &table[2]);
    assert_str(m.capture[0], "a.csv"); /* an id may look like a file's name */
    assert_int_equal(find("GET", "/v1/batches/a.csv/rejects.csv", &m, &e), 0);
    assert_ptr_equal(m.route, &table[1]);
    assert_int_equal(find("GET", "/v1/reports/drive/block_review", &m, &e), 0);
    assert_str(m.capture[0], "drive");
    assert_str(m.capture[1], "block_review");
    assert_str(m.extension, "");
}

static void extensions_name_the_format(void **state)
{
    (void)state;
    struct route_match m;
    struct err e = {0};
    assert_int_equal(find("GET", "/v1/reports/drive/block_review.csv", &m, &e), 0);
    assert_str(m.capture[1], "block_review");
    assert_str(m.extension, "csv");
    assert_int_equal(find("GET", "/v1/query.ndjson", &m, &e), 0);
    assert_str(m.extension, "ndjson");
    assert_int_equal(find("GET", "/v1/query.pdf", &m, &e), ERR_NOT_FOUND);
}

static void head_is_get(void **state)
{
    (void)state;
    struct route_match m;
    struct err e = {0};
    assert_int_equal(find("HEAD", "/v1/query", &m, &e), 0);
    assert_ptr_equal(m.route, &table[3]);
}

static void other_methods_are_told(void **state)
{
    (void)state;
    struct route_match m;
    struct err e = {0};
    assert_int_equal(find("DELETE", "/v1/query", &m, &e), ERR_METHOD);
    assert_string_equal(m.allow, "GET, HEAD, POST");
    assert_non_null(strstr(e.msg, "DELETE"));
    assert_int_equal(find("POST", "/", &m, &e), ERR_METHOD);
    assert_string_equal(m.allow, "GET, HEAD");
}

static void near_paths_are_offered(void **state)
{
    (void)state;
    struct route_match m;
    struct err e = {0};
    assert_int_equal(find("GET", "/v1/qury", &m, &e), ERR_NOT_FOUND);
    assert_non_null(strstr(e.hint, "/v1/query"));
    assert_int_equal(find("GET", "/v1/batches/", &m, &e), ERR_NOT_FOUND);
    assert_int_equal(find("GET", "/v1/batches/a/b/c", &m, &e), ERR_NOT_FOUND);
    assert_int_equal(find("GET", "/v1/query/", &m, &e), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_and_captures),
        cmocka_unit_test(extensions_name_the_format),
        cmocka_unit_test(head_is_get),
        cmocka_unit_test(other_methods_are_told),
        cmocka_unit_test(near_paths_are_offered),
    };
    return cmocka_run_group_tests_name("net/route", tests, NULL, NULL);
}
