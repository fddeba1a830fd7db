/* SPDX-License-Identifier: MIT
 *
 * Wrong rows, for programs and for people. */
#include "../../../core/net/faults.h"

#include "test.h"

static const struct batch_error errors[] = {
    {2, 3, "block", "Golaa", "no block \"Golaa\" is known", "Gola|Gomia"},
    {4, 0, "", "", "the row has 2 fields", ""},
};

static void as_json(void **state)
{
    (void)state;
    struct faults f = {.error = errors, .listed = 2, .total = 2};
    struct buf b;
    struct json j;
    buf_init(&b, MEM_NET);
    json_init(&j, &b);
    json_object(&j);
    faults_json(&f, &j);
    json_object_end(&j);
    buf_char(&b, '\0');
    assert_string_equal(
        b.p, "{\"errors\":[{\"line\":2,\"column\":3,\"field\":\"block\",\"value\":\"Golaa\","
             "\"reason\":\"no block \\\"Golaa\\\" is known\",\"near\":[\"Gola\",\"Gomia\"]},"
             "{\"line\":4,\"column\":0,\"field\":\"\",\"value\":\"\","
             "\"reason\":\"the row has 2 fields\",\"near\":[]}],\"errors_total\":2}");
    buf_fini(&b);
}

static void as_lines(void **state)
{
    (void)state;
    struct faults f = {.error = errors, .listed = 2, .total = 150};
    struct buf b;
    buf_init(&b, MEM_NET);
    faults_text(&f, &b);
    buf_char(&b, '\0');
    assert_string_equal(b.p, "  line 2, column 3 (block): 'Golaa': no block \"Golaa\" is known "
                             "(near: Gola|Gomia)\n"
                             "  line 4: '': the row has 2 fields\n"
                             "  and 148 more\n");
    buf_fini(&b);
}

/* What nobody knows comes behind the errors, and what to do about it. */
static void with_unknown_words(void **state)
{
    (void)state;
    static const struct batch_unknown words[] = {
        {"प्रखंड", "block", "RAMGARH (607)", "Golaa", "Gola|Gomia", 12, 2},
        {"काम", "sector", "", "खेत", "", 1, 7},
    };
    struct faults f = {.unknown = words, .unknowns = 2, .unknowns_total = 5};
    struct buf b;
    struct json j;
    buf_init(&b, MEM_NET);
    faults_text(&f, &b);
    buf_char(&b, '\0');
    assert_string_equal(b.p, "words that are not known:\n"
                             "  block 'Golaa' in RAMGARH (607): 12 rows, line 2 first "
                             "(near: Gola|Gomia)\n"
                             "  sector 'खेत': 1 row, line 7 first\n"
                             "  and 3 more\n"
                             "a mapping can translate them: --dry-run --draft-mapping writes a "
                             "draft\n");
    buf_clear(&b);
    json_init(&j, &b);
    json_object(&j);
    faults_json(&f, &j);
    json_object_end(&j);
    buf_char(&b, '\0');
    assert_non_null(strstr(b.p, "\"unknown_words\":[{\"column\":\"प्रखंड\",\"kind\":\"block\","));
    assert_non_null(strstr(b.p, "\"rows\":1,\"line\":7,\"near\":[]}],\"unknown_words_total\":5}"));
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_json),
        cmocka_unit_test(as_lines),
        cmocka_unit_test(with_unknown_words),
    };
    return cmocka_run_group_tests_name("net/faults", tests, NULL, NULL);
}
