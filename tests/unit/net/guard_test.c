/* SPDX-License-Identifier: MIT
 *
 * The guard: what two programs could read differently is refused, what every client sends passes.
 */
#include "../../../core/net/guard.h"

#include "test.h"

struct field {
    const char *name, *value;
};

static int judge(const struct field *f, size_t n, struct err *err)
{
    struct guard g;
    guard_init(&g);
    for (size_t i = 0; i < n; i++)
        guard_header(&g, str_of(f[i].name), str_of(f[i].value));
    return guard_end(&g, true, err);
}

#define JUDGE(err, ...)                                                                            \
    judge((const struct field[]){__VA_ARGS__},                                                     \
          sizeof((const struct field[]){__VA_ARGS__}) / sizeof(struct field), err)

static void ordinary_requests_pass(void **state)
{
    (void)state;
    struct err e = {0};
    assert_int_equal(JUDGE(&e, {"Host", "localhost:8090"}, {"Accept", "*/*"}), 0);
    assert_int_equal(JUDGE(&e, {"host", "[::1]:8090"}, {"content-length", " 34 "}), 0);
    assert_int_equal(JUDGE(&e, {"Host", "a"}, {"Transfer-Encoding", "Chunked"}), 0);
    assert_int_equal(JUDGE(&e, {"Host", "a"}, {"Cookie", "a=\"b\"; c"}), 0);
}

static void two_framings_are_refused(void **state)
{
    (void)state;
    struct err e = {0};
    assert_int_equal(
        JUDGE(&e, {"Host", "a"}, {"Content-Length", "3"}, {"Transfer-Encoding", "chunked"}),
        ERR_USAGE);
    assert_non_null(strstr(e.msg, "Content-Length"));
    assert_int_equal(JUDGE(&e, {"Host", "a"}, {"Content-Length", "3"}, {"Content-Length", "5"}),
                     ERR_USAGE);
    assert_int_equal(JUDGE(&e, {"Host", "a"}, {"Content-Length", "3"}, {"Content-Length", "3"}),
                     ERR_USAGE);
}

static void odd_lengths_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"-1", "+5", "", "3,5", "0x10", "99999999999999999999", "3 4"};
    struct err e = {0};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(JUDGE(&e, {"Host", "a"}, {"Content-Length", bad[i]}), ERR_USAGE);
}

static void odd_encodings_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"gzip, chunked", "identity", "chunked, chunked", "\vchunked"};
    struct err e = {0};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(JUDGE(&e, {"Host", "a"}, {"Transfer-Encoding", bad[i]}), ERR_USAGE);
}

static void names_with_spaces_are_refused(void **state)
{
    (void)state;
    struct err e = {0};
    assert_int_equal(JUDGE(&e, {"Host", "a"}, {"Content-Length ", "34"}), ERR_USAGE);
    assert_int_equal(JUDGE(&e, {"Host", "a"}, {"", "34"}), ERR_USAGE);
    assert_int_equal(JUDGE(&e, {"Host", "a"}, {"X\tY", "34"}), ERR_USAGE);
}

static void hosts_are_counted(void **state)
{
    (void)state;
    struct err e = {0};
    assert_int_equal(JUDGE(&e, {"Accept", "*/*"}), ERR_USAGE);
    assert_int_equal(JUDGE(&e, {"Host", "a"}, {"Host", "a"}), ERR_USAGE);
    assert_int_equal(JUDGE(&e, {"Host", "a b"}), ERR_USAGE);
    assert_int_equal(JUDGE(&e, {"Host", ""}), ERR_USAGE);
    struct guard old;
    guard_init(&old);
    assert_int_equal(guard_end(&old, false, &e), 0); /* HTTP/1.0 knew no Host */
}

static void control_characters_are_refused(void **state)
{
    (void)state;
    struct guard g;
    struct err e = {0};
    guard_init(&g);
    guard_header(&g, STR("Host"), STR("a"));
    guard_header(&g, STR("X"), STR("a\0b"));
    assert_int_equal(guard_end(&g, true, &e), ERR_USAGE);
}

static bool foreign(const char *host, const char *origin)
{
    struct guard g;
    guard_init(&g);
    guard_header(&g, STR("Host"), str_of(host));
    if (origin != NULL)
        guard_header(&g, STR("Origin"), str_of(origin));
    return guard_is_foreign(&g);
}

static void pages_from_elsewhere_are_known(void **state)
{
    (void)state;
    assert_false(foreign("localhost:8090", NULL));
    assert_false(foreign("localhost:8090", "http://localhost:8090"));
    assert_true(foreign("localhost:8090", "http://evil.example"));
    assert_true(foreign("localhost:8090", "http://localhost:80901"));
    assert_true(foreign("localhost:8090", "null"));
}

static void names_that_anybody_could_own_are_known(void **state)
{
    static const char *const ours[] = {"localhost:8090", "127.0.0.1", "[::1]:8090",
                                       "10.0.0.7:80",    "office",    "a.localhost:1"};
    static const char *const theirs[] = {"panji.example.in", "127.0.0.1.example.in:8090",
                                         "localhost.example.in", ".a"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ours) + ARRAY_LEN(theirs); i++) {
        bool own = i < ARRAY_LEN(ours);
        struct guard g;
        guard_init(&g);
        guard_header(&g, STR("Host"), str_of(own ? ours[i] : theirs[i - ARRAY_LEN(ours)]));
        assert_int_equal(guard_host_is_ours(&g), own);
    }
    struct guard none;
    guard_init(&none);
    assert_true(guard_host_is_ours(&none)); /* HTTP/1.0 */
}

static void bodies_are_announced(void **state)
{
    (void)state;
    struct guard g;
    guard_init(&g);
    assert_false(guard_has_body(&g));
    guard_header(&g, STR("Content-Length"), STR("12"));
    assert_true(guard_has_body(&g));
    assert_int_equal(g.length, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_requests_pass),
        cmocka_unit_test(two_framings_are_refused),
        cmocka_unit_test(odd_lengths_are_refused),
        cmocka_unit_test(odd_encodings_are_refused),
        cmocka_unit_test(names_with_spaces_are_refused),
        cmocka_unit_test(hosts_are_counted),
        cmocka_unit_test(control_characters_are_refused),
        cmocka_unit_test(pages_from_elsewhere_are_known),
        cmocka_unit_test(names_that_anybody_could_own_are_known),
        cmocka_unit_test(bodies_are_announced),
    };
    return cmocka_run_group_tests_name("net/guard", tests, NULL, NULL);
}
