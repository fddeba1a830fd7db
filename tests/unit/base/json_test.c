/* SPDX-License-Identifier: MIT
 *
 * The JSON writer. */
#include "base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void expect(struct buf *b, const char *text)
{
    buf_char(b, '\0');
    assert_int_equal(buf_check(b, NULL), 0);
    assert_string_equal(b->p, text);
    buf_clear(b);
}

static void values_nest_with_their_commas(void **state)
{
    (void)state;
    struct buf b;
    struct json j;
    buf_init(&b, MEM_NET);
    json_init(&j, &b);
    json_object(&j);
    json_key(&j, "rows");
    json_array(&j);
    json_i64(&j, -3);
    json_f64(&j, 0.5);
    json_f64(&j, 3.0);
    json_f64(&j, NAN);
    json_f64(&j, INFINITY);
    json_raw(&j, STR("{\"mark\":\"bar\"}"));
    json_array(&j);
    json_array_end(&j);
    json_object(&j);
    json_object_end(&j);
    json_array_end(&j);
    json_key_str(&j, STR("ok"));
    json_bool(&j, true);
    json_key(&j, "no");
    json_bool(&j, false);
    json_key(&j, "nothing");
    json_null(&j);
    json_key(&j, "none");
    json_cstr(&j, NULL);
    json_key(&j, "s");
    json_cstr(&j, "t");
    json_object_end(&j);
    expect(&b, "{\"rows\":[-3,0.5,3,null,null,{\"mark\":\"bar\"},[],{}],\"ok\":true,\"no\":false,"
               "\"nothing\":null,"
               "\"none\":null,\"s\":\"t\"}");
    buf_fini(&b);
}

static void members_come_with_their_keys(void **state)
{
    (void)state;
    struct buf b;
    struct json j;
    buf_init(&b, MEM_NET);
    json_init(&j, &b);
    json_object(&j);
    json_put_str(&j, "s", STR("a\"b"));
    json_put_cstr(&j, "none", NULL);
    json_put_i64(&j, "i", INT64_MIN);
    json_put_u64(&j, "u", INT64_MAX);
    json_put_bool(&j, "b", true);
    json_put_moment(&j, "at", 1637190000000);
    json_put_text(&j, "empty", STR(""));
    json_put_text(&j, "text", STR("x"));
    json_put_count(&j, "zero", 0);
    json_put_count(&j, "one", 1);
    json_object_end(&j);
    expect(&b, "{\"s\":\"a\\\"b\",\"none\":null,\"i\":-9223372036854775808,"
               "\"u\":9223372036854775807,\"b\":true,\"at\":\"2021-11-18T04:30:00+05:30\","
               "\"text\":\"x\",\"one\":1}");
    buf_fini(&b);
}

static void text_is_escaped(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, MEM_NET);
    json_quote(&b, STR("a\"b\\c\n\r\t\x01\x7F"));
    expect(&b, "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u007f\"");
    json_quote(&b, STR("</script>"));
    expect(&b, "\"\\u003c/script>\"");
    json_quote(&b, STR("रामगढ़ \xF0\x9F\x98\x80"));
    expect(&b, "\"रामगढ़ \xF0\x9F\x98\x80\"");
    json_quote(&b, STR("\xE2\x80\xA8"));
    expect(&b, "\"\\u2028\"");
    json_quote(&b, STR("a\0b"));
    expect(&b, "\"a\\u0000b\"");
    json_quote(&b, STR_NULL);
    expect(&b, "\"\"");
    buf_fini(&b);
}

static void bad_bytes_become_the_replacement_character(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, MEM_NET);
    json_quote(&b, STR("a\xFF\xE0\xA4z"));
    expect(&b, "\"a\uFFFD\uFFFD\uFFFDz\"");
    buf_fini(&b);
}

static void members_of_a_flat_object_are_read(void **state)
{
    (void)state;
    struct arena a;
    struct str name;
    struct str value;
    size_t at = 0;
    struct str s = STR("{ \"a\" : \"x\\n\\\"\\u0939\\ud83d\\ude00\", \"b\":-7.5,\"c\": null }");
    arena_init(&a, MEM_BASE, 0);
    assert_true(json_member(s, &at, &a, &name, &value));
    assert_true(str_eq(name, STR("a")) && str_eq(value, STR("x\n\"ह\xF0\x9F\x98\x80")));
    assert_true(json_member(s, &at, &a, &name, &value));
    assert_true(str_eq(name, STR("b")) && str_eq(value, STR("-7.5")));
    assert_true(json_member(s, &at, &a, &name, &value));
    assert_true(str_eq(name, STR("c")) && str_eq(str_trim(value), STR("null")));
    assert_false(json_member(s, &at, &a, &name, &value));
    at = 0;
    s = STR("{\"a\":{\"x\":\"},\\\"\",\"y\":[1,{}]},\"b\":[],\"c\":1}");
    assert_true(json_member(s, &at, &a, &name, &value));
    assert_true(str_eq(value, STR("{\"x\":\"},\\\"\",\"y\":[1,{}]}")));
    assert_true(json_member(s, &at, &a, &name, &value));
    assert_true(str_eq(name, STR("b")) && str_eq(value, STR("[]")));
    assert_true(json_member(s, &at, &a, &name, &value));
    assert_true(str_eq(name, STR("c")) && str_eq(value, STR("1")));
    static const char *const odd[] = {
        "{\"a\":{", "{\"a\":[\"\\", "{\"a\":{\"",     "",           "{", "{\"", "{\"a",
        "{\"a\"",   "{\"a\":",      "{\"a\":\"\\u12", "{\"a\":\"\\"};
    for (size_t i = 0; i < ARRAY_LEN(odd); i++)
        for (at = 0; json_member(str_of(odd[i]), &at, &a, &name, &value);)
            assert_true(at <= strlen(odd[i]));
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_nest_with_their_commas),
        cmocka_unit_test(members_come_with_their_keys),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(bad_bytes_become_the_replacement_character),
        cmocka_unit_test(members_of_a_flat_object_are_read),
    };
    return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
