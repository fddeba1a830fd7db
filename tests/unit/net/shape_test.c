/* SPDX-License-Identifier: MIT
 *
 * Shapes: the schemas that their texts become. */
#include "../../../core/net/shape.h"

#include <stdio.h>

#include "test.h"

static char text[8192];

static void schema(const char *type)
{
    struct buf b;
    struct json j;
    buf_init(&b, MEM_NET);
    json_init(&j, &b);
    shape_type_schema(str_of(type), &j);
    snprintf(text, sizeof text, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
}

static void types_become_schemas(void **state)
{
    static const char *const pairs[][2] = {
        {"text", "{\"type\":\"string\"}"},
        {"any", "{}"},
        {"integer", "{\"type\":\"integer\",\"format\":\"int64\"}"},
        {"date|null", "{\"type\":[\"string\",\"null\"],\"format\":\"date\"}"},
        {"(a,b)", "{\"type\":\"string\",\"enum\":[\"a\",\"b\"]}"},
        {"Row", "{\"$ref\":\"#/components/schemas/Row\"}"},
        {"Row|null", "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Row\"},{\"type\":\"null\"}]}"},
        {"[Row]", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Row\"}}"},
        {"{text}", "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        schema(pairs[i][0]);
        assert_string_equal(text, pairs[i][1]);
    }
}

static void members_may_be_left_out(void **state)
{
    static const struct shape s = {"Thing", "A thing", "a:text b?:integer|null"};
    struct buf b;
    struct json j;
    (void)state;
    buf_init(&b, MEM_NET);
    json_init(&j, &b);
    shape_schema(&s, &j);
    snprintf(text, sizeof text, "%.*s", STR_ARG(buf_view(&b)));
    buf_fini(&b);
    assert_string_equal(text, "{\"type\":\"object\",\"description\":\"A thing\",\"properties\":"
                              "{\"a\":{\"type\":\"string\"},\"b\":{\"type\":[\"integer\",\"null\"],"
                              "\"format\":\"int64\"}},\"required\":[\"a\"]}");
}

/* What a shape refers to is there: an assertion would stop this. */
static void all_can_be_written(void **state)
{
    struct buf b;
    struct json j;
    (void)state;
    buf_init(&b, MEM_NET);
    json_init(&j, &b);
    json_array(&j);
    for (size_t i = 0; i < shapes_count; i++) {
        shape_schema(&shapes[i], &j);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(shapes[i].name, shapes[k].name);
    }
    json_array_end(&j);
    assert_false(b.failed);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_become_schemas),
        cmocka_unit_test(members_may_be_left_out),
        cmocka_unit_test(all_can_be_written),
    };
    return cmocka_run_group_tests_name("net/shape", tests, NULL, NULL);
}
