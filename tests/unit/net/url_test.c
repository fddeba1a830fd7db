/* SPDX-License-Identifier: MIT
 *
 * Request targets: decoded once, refused when they cannot be. */
#include "../../../core/net/url.h"

#include "base/limits.h"
#include "test.h"

static struct arena a;

static int setup(void **state)
{
    (void)state;
    arena_init(&a, MEM_NET, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&a);
    return 0;
}

static void assert_str(struct str got, const char *want)
{
    assert_int_equal(got.n, strlen(want));
    assert_memory_equal(got.p, want, got.n);
}

static void splits_and_decodes(void **state)
{
    (void)state;
    struct url u;
    struct err e = {0};
    assert_int_equal(url_parse(&a,
                               STR("/v1/places?find=%E0%A4%97%E0%A5%8B%E0%A4%B2%E0%A4%BE&level="
                                   "block&x&&y=a+b%2Bc=d"),
                               &u, &e),
                     0);
    assert_str(u.path, "/v1/places");
    assert_int_equal(u.args, 4);
    assert_str(u.arg[0].name, "find");
    assert_str(u.arg[0].value, "गोला");
    assert_str(u.arg[1].value, "block");
    assert_str(u.arg[2].name, "x");
    assert_str(u.arg[2].value, "");
    assert_str(u.arg[3].value, "a b+c=d");
}

static void plus_in_a_path_is_a_plus(void **state)
{
    (void)state;
    struct url u;
    struct err e = {0};
    assert_int_equal(url_parse(&a, STR("/a+b%20c"), &u, &e), 0);
    assert_str(u.path, "/a+b c");
    assert_int_equal(u.args, 0);
}

static void escaped_slashes_stay_in_their_segment(void **state)
{
    (void)state;
    struct url u;
    struct err e = {0};
    assert_int_equal(url_parse(&a, STR("/v1/batches/2021%2f11%2F20"), &u, &e), 0);
    struct str id = {u.path.p + 12, u.path.n - 12};
    assert_null(memchr(id.p, '/', id.n));
    assert_str(url_segment(&a, id), "2021/11/20");
    assert_int_equal(url_parse(&a, STR("/a%1Fb"), &u, &e), ERR_USAGE);
}

static void refuses_what_cannot_be_read(void **state)
{
    (void)state;
    static const char *const bad[] = {"",        "nowhere", "/%",       "/%4",
                                      "/%zz",    "/a%00b",  "/?q=a%00", "/?q=%ff%fe",
                                      "/%C0%AF", "/?%",     "*",        "/?a=%ED%A0%80"};
    struct url u;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        assert_int_equal(url_parse(&a, str_of(bad[i]), &u, &e), ERR_USAGE);
        assert_true(e.msg[0] != '\0');
    }
}

static void bounds_length_and_parameters(void **state)
{
    (void)state;
    static char text[HTTP_URL_BYTES_MAX + 2];
    struct url u;
    struct err e = {0};
    memset(text, 'a', sizeof text);
    text[0] = '/';
    assert_int_equal(url_parse(&a, (struct str){text, HTTP_URL_BYTES_MAX}, &u, &e), 0);
    assert_int_equal(url_parse(&a, (struct str){text, sizeof text}, &u, &e), ERR_TOO_LARGE);
    memset(text + 2, '&', 300);
    text[1] = '?';
    assert_int_equal(url_parse(&a, (struct str){text, 302}, &u, &e), ERR_LIMIT);
}

static void forms_add_to_the_target(void **state)
{
    (void)state;
    struct url u;
    struct err e = {0};
    assert_int_equal(url_parse(&a, STR("/v1/query?format=csv"), &u, &e), 0);
    assert_int_equal(url_form(&a, STR("q=SELECT+1&p.x=%27a%27"), &u, &e), 0);
    assert_int_equal(u.args, 3);
    assert_str(u.arg[0].value, "csv");
    assert_str(u.arg[1].value, "SELECT 1");
    assert_str(u.arg[2].value, "'a'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(splits_and_decodes, setup, teardown),
        cmocka_unit_test_setup_teardown(plus_in_a_path_is_a_plus, setup, teardown),
        cmocka_unit_test_setup_teardown(escaped_slashes_stay_in_their_segment, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_cannot_be_read, setup, teardown),
        cmocka_unit_test_setup_teardown(bounds_length_and_parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(forms_add_to_the_target, setup, teardown),
    };
    return cmocka_run_group_tests_name("net/url", tests, NULL, NULL);
}
