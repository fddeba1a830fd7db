/* SPDX-License-Identifier: MIT
 *
 * One line of NDJSON. */
#include "../../../core/ingest/ndjson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"

/* The members as text, "key=value@offset;", then what is wrong. The line stands at the end of its
 * memory, so that reading over it shows. */
static const char *read_line(struct str line)
{
    static char shown[2000];
    char *copy = malloc(line.n ? line.n : 1);
    char *scratch = malloc(line.n ? line.n : 1);
    struct ndjson j;
    struct ndjson_member m;
    struct buf out;
    buf_init(&out, MEM_BASE);
    memcpy(copy, line.p, line.n);
    ndjson_open(&j, copy, line.n, copy + line.n, scratch);
    while (ndjson_next(&j, &m)) {
        buf_str(&out, m.key);
        buf_printf(&out, "%c", "=#!0"[m.kind]);
        buf_str(&out, m.value);
        buf_printf(&out, "@%zu;", m.at);
    }
    if (j.fault != NULL)
        buf_printf(&out, "!%zu(%.*s) %s", j.fault_at, STR_ARG(j.fault_key), j.fault);
    assert_true(out.n < sizeof shown);
    memcpy(shown, out.p ? out.p : "", out.n);
    shown[out.n] = '\0';
    buf_fini(&out);
    free(copy);
    free(scratch);
    return shown;
}

#define READ(text) read_line(STR(text))

static void reads_values(void **state)
{
    (void)state;
    assert_string_equal(READ("{\"date\":\"2021-11-20\",\"n\":607}"), "date=2021-11-20@8;n#607@25;");
    assert_string_equal(READ(" { \"a\" : null , \"b\":true,\"c\":false }\r"),
                        "a0@9;b!true@20;c!false@29;");
    assert_string_equal(READ("{}"), "");
    assert_string_equal(READ("{ \t}"), "");
    assert_string_equal(READ("{\"a\":\"\",\"\":-0.5e+3}"), "a=@5;#-0.5e+3@11;");
    assert_string_equal(
        READ("{\"a\":\"twenty bytes and more of text\",\"जिला\":\"रामगढ़ जिला, झारखंड\"}"),
        "a=twenty bytes and more of text@5;जिला=रामगढ़ जिला, झारखंड@52;");
}

static void reads_escapes(void **state)
{
    (void)state;
    assert_string_equal(READ("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"), "a=\"\\/\b\f\n\r\t@5;");
    assert_string_equal(READ("{\"\\u0061\":\"x\\u0915\\u0943y\"}"), "a=xकृy@10;");
    assert_string_equal(READ("{\"a\":\"\\ud83d\\ude00!\"}"), "a=\xF0\x9F\x98\x80!@5;");
    assert_string_equal(READ("{\"a\":\"0123456789abcdef\\n\",\"b\":\"\\t\"}"),
                        "a=0123456789abcdef\n@5;b=\t@30;");
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"", "a line is an object"},
        {"5", "a line is an object"},
        {"[1]", "a line is an object"},
        {"{", "does not end on this line"},
        {"{\"a\"", "a colon is missing"},
        {"{\"a\":", "does not end on this line"},
        {"{\"a\":1", "does not end on this line"},
        {"{\"a\":1,", "does not end on this line"},
        {"{\"a\":1,}", "a key in double quotes"},
        {"{a:1}", "a key in double quotes"},
        {"{\"a\" 1}", "a colon is missing"},
        {"{\"a\":1 \"b\":2}", "a comma or the end"},
        {"{\"a\":1}x", "something stands behind"},
        {"{\"a\":1}{\"a\":2}", "something stands behind"},
        {"{\"a\":\"x}", "does not end on this line"},
        {"{\"a\":\"x\ty\"}", "control character"},
        {"{\"a\":[1]}", "an object or a list"},
        {"{\"a\":{}}", "an object or a list"},
        {"{\"a\":nul}", "this is none"},
        {"{\"a\":'x'}", "this is none"},
        {"{\"a\":NaN}", "this is none"},
        {"{\"a\":01}", "no number"},
        {"{\"a\":-}", "no number"},
        {"{\"a\":1.}", "no number"},
        {"{\"a\":1e}", "no number"},
        {"{\"a\":\"\\x\"}", "no such escape"},
        {"{\"a\":\"\\u12\"}", "stands for no character"},
        {"{\"a\":\"\\u0000\"}", "stands for no character"},
        {"{\"a\":\"\\ud83d\"}", "stands for no character"},
        {"{\"a\":\"\\ud83d\\u0041\"}", "stands for no character"},
        {"{\"a\":\"\\ude00\"}", "stands for no character"},
        {"{\"a\":\"\\", "no such escape"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got = read_line(str_of(cases[i].line));
        if (strchr(got, '!') == NULL || strstr(got, cases[i].says) == NULL)
            fail_msg("%s gives \"%s\", which does not say \"%s\"", cases[i].line, got,
                     cases[i].says);
    }
}

static void faults_have_a_place(void **state)
{
    (void)state;
    assert_non_null(strstr(READ("{\"a\":1,\"b\":[2]}"), "a#1@5;!11(b) an object"));
    assert_non_null(strstr(READ("{\"a\":1} x"), "a#1@5;!8() something"));
    assert_non_null(strstr(READ("{\"a\":\"12\\q\"}"), "!8(a) no such escape"));
}

static void blank_lines(void **state)
{
    (void)state;
    assert_true(ndjson_is_blank("", 0));
    assert_true(ndjson_is_blank(" \t\r", 3));
    assert_false(ndjson_is_blank(" {", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_values), cmocka_unit_test(reads_escapes),
        cmocka_unit_test(refuses),      cmocka_unit_test(faults_have_a_place),
        cmocka_unit_test(blank_lines),
    };
    return cmocka_run_group_tests_name("ingest/ndjson", tests, NULL, NULL);
}
