/* SPDX-License-Identifier: MIT
 *
 * Files of NDJSON, from the first byte to what is stored. */
#include "../../../core/ingest/aadhaar.h"
#include "world.h"

#define ROW "{\"date\":\"2021-11-20\",\"district\":607,\"block\":\"Gola\""

static void takes_rows(void **state)
{
    struct world *w = *state;
    struct batch_result r;
    struct err err;
    static const char good[] =
        "\xEF\xBB\xBF\n\r\n" ROW ",\"sector\":\"\\u0915\\u0943\\u0937\\u093f\","
        "\"count\":5}\r\n"
        "\n{\"Count\":\"2 हजार\",\"BLOCK\":3172,\"district\":\"Ramgarh\",\"date\":"
        "\"20/11/2021\",\"age\":null,\"gender\":\"\"}\n{}\n"
        "{\"date\":\"2021-11-21\",\"district\":\"607\"}";
    assert_int_equal(world_import(w, "test", "t", good, &r, &err), 0);
    assert_int_equal(r.accepted, 3);
    assert_int_equal(r.registrations, 2006);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, 1), 5);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3172, CUBE_ALL), 2000);
    assert_int_equal(world_count(w, PLACE_DISTRICT, 607, CUBE_ALL), 2006);
}

static void names_line_column_and_key(void **state)
{
    struct world *w = *state;
    world_expect_error(w, ROW ",\"count\":1}\n" ROW ",\"count\":\"x\"}\n", 2, 60, "x",
                       "whole number");
    world_expect_error(w, ROW ",\"जिल\":1,\"age\":\"xx\"}\n", 1, 66, "xx", "whole number");
    world_expect_error(w, ROW ",\"x\":{\"y\":1}}\n", 1, 56, "{\"y\":1}}", "an object or a list");
    world_expect_error(w, ROW ",\"date\":\"2021-11-21\"}\n", 1, 59, "2021-11-21", "twice");
    world_expect_error(w, ROW ",\"Date\":\"2021-11-21\"}\n", 1, 59, "2021-11-21", "twice");
    world_expect_error(w, ROW ",\"x\":1,\"x\":2}\n", 1, 62, "2", "twice");
    world_expect_error(w, ROW ",\"centre\":\"\xFF\"}\n", 1, 62, "?\"}", "UTF-8");
    world_expect_error(w, "{\"date\":\"2021-11-20\"}\n", 1, 0, "", "district is empty");
    world_expect_error(w, "{\n", 1, 2, "", "does not end");
    world_expect_error(w, "{\"district\":607,\"dat\":\"2021-11-20\"}\n", 1, 0, "", "date is empty");
}

static void keys_are_named_as_sent(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "");
    struct mapping *m;
    struct batch *b;
    struct err err;
    assert_int_equal(mapping_parse(STR("column: दिनांक = date\nconstant: district = 607\n"
                                       "sector: kheti = Agriculture"),
                                   &m, &err),
                     0);
    o.mapping = m;
    const struct batch_error *e =
        world_refused(w, o, STR("{\"दिनांक\":\"2021-13-20\",\"sector\":\"kheti\"}\n"), &b, &err);
    assert_string_equal(e->field, "दिनांक");
    assert_int_equal(e->column, 11);
    batch_free(b);
    struct batch_result r;
    assert_int_equal(
        world_batch(w, &o, STR("{\"दिनांक\":\"2021-11-20\",\"sector\":\"kheti\"}"), &b, &r, &err),
        0);
    batch_free(b);
    assert_int_equal(world_count(w, PLACE_DISTRICT, 607, 1), 1);
    mapping_free(m);
}

static void unknown_keys_are_told_once(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "");
    struct batch *b;
    struct batch_result r;
    struct err err;
    size_t n;
    assert_int_equal(world_batch(w, &o,
                                 STR(ROW ",\"remark\":\"a\"}\n" ROW ",\"secter\":1,\"remark\":2}"),
                                 &b, &r, &err),
                     0);
    const char *const *warning = batch_warnings(b, &n);
    assert_int_equal(n, 2);
    assert_string_equal(warning[0], "key \"remark\" is not known and was ignored");
    assert_string_equal(warning[1],
                        "key \"secter\" is not known and was ignored (is it \"sector\"?)");
    batch_free(b);
}

static void expect_refused(struct world *w, const char *text, bool ndjson, int code,
                           const char *says)
{
    struct batch_options o = world_options("test", "");
    struct batch *b;
    struct batch_result r;
    struct err err = {0};
    o.ndjson = ndjson;
    int rc = world_batch(w, &o, str_of(text), &b, &r, &err);
    if (rc != code || strstr(err.msg, says) == NULL)
        fail_msg("%.60s: %d \"%s\" does not say \"%s\"", text, rc, err.msg, says);
    batch_free(b);
}

/* Writes `tail` with a number that passes the check in the place of #, as one line. */
static void put_line(struct buf *b, unsigned i, const char *tail)
{
    char number[13], digits[12];
    snprintf(number, sizeof number, "%011llu0", 23456789012ull + i * 7919ull);
    for (;; number[11]++) {
        for (int k = 0; k < 12; k++)
            digits[k] = (char)(number[k] - '0');
        if (aadhaar_valid(digits))
            break;
    }
    buf_cstr(b, ROW);
    for (; *tail != '\0'; tail++)
        if (*tail == '#')
            buf_cstr(b, number);
        else
            buf_char(b, *tail);
    buf_char(b, '\n');
}

static void a_fault_hides_no_aadhaar_numbers(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *tail;
        const char *says; /* where they are */
    } lines[] = {
        {",\"date\":\"2021-11-21\",\"uid\":\"#\"}", "\"uid\""},
        {",\"x\":1,\"x\":2,\"centre\":\"#\"}", "\"centre\""},
        {",\"x\":[1],\"uid\":\"#\"}", "lines that are wrong"},
        {",\"uid\":#", "\"uid\""},
        {",\"x\":\"\xFF\",\"uid\":\"#\"}", "lines that are wrong"},
        {",\"#\":1}", "names of columns"},
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        for (int skip = 0; skip < 2; skip++) {
            struct batch_options o = world_options("test", "");
            struct batch *b;
            struct batch_result r;
            struct err err = {0};
            struct buf text;
            size_t listed, total;
            o.on_error = skip ? ON_ERROR_SKIP : ON_ERROR_REJECT;
            buf_init(&text, MEM_BASE);
            for (unsigned k = 0; k < 30; k++)
                put_line(&text, k, lines[i].tail);
            assert_int_equal(world_batch(w, &o, buf_view(&text), &b, &r, &err), ERR_ROWS);
            if (strstr(err.msg, "Aadhaar") == NULL || strstr(err.msg, lines[i].says) == NULL)
                fail_msg("%s: %s", lines[i].tail, err.msg);
            assert_null(strstr(err.msg, "23456"));
            batch_errors(b, &listed, &total);
            assert_int_equal(listed, 0);
            batch_free(b);
            buf_fini(&text);
        }
}

static void what_is_no_ndjson(void **state)
{
    struct world *w = *state;
    expect_refused(w, "[{\"date\":\"2021-11-20\",\"district\":607}]", false, ERR_ROWS, "JSON list");
    expect_refused(w, " [\n {\"date\":\"2021-11-20\"}]", true, ERR_ROWS, "JSON list");
    expect_refused(w, "\n\ndate,district\n2021-11-20,607\n", true, ERR_ROWS, "line 3 begins no");
    expect_refused(w, "", true, ERR_ROWS, "empty");
    expect_refused(w, " \n", true, ERR_ROWS, "empty");
    expect_refused(w, "{}\n", false, ERR_ROWS, "no rows");
    expect_refused(w, "[date],[district]\n2021-11-20,607\n", false, ERR_ROWS, "no column \"date\"");
}

static void bounds(void **state)
{
    struct world *w = *state;
    struct buf t;
    buf_init(&t, MEM_BASE);
    buf_cstr(&t, "{\"date\":\"2021-11-20\",\"district\":607");
    for (int i = 0; i < FIELD_COUNT_MAX; i++)
        buf_printf(&t, ",\"k%d\":1", i);
    buf_cstr(&t, "}");
    buf_char(&t, '\0');
    expect_refused(w, t.p, false, ERR_LIMIT, "different keys");
    buf_clear(&t);
    for (int i = 0; i <= FIELD_COUNT_MAX; i++)
        buf_printf(&t, "{\"date\":\"2021-11-20\",\"district\":607,\"k%d\":1}\n", i);
    buf_char(&t, '\0');
    expect_refused(w, t.p, false, ERR_LIMIT, "different keys");
    buf_clear(&t);
    buf_cstr(&t, "{\"date\":\"");
    for (unsigned i = 0; i < LINE_BYTES_MAX; i += 8)
        buf_cstr(&t, "aaaaaaaa");
    buf_cstr(&t, "\",\"district\":607}\n");
    buf_char(&t, '\0');
    expect_refused(w, t.p, false, ERR_LIMIT, "line 1 is longer");
    buf_fini(&t);
}

/* The n-th number that passes as an Aadhaar number. */
static void number(int n, char out[13])
{
    for (int64_t v = 234567890000; n >= 0; v++) {
        char digits[24];
        snprintf(digits, sizeof digits, "%lld", (long long)v);
        if (aadhaar_in(str_of(digits)) && n-- == 0)
            memcpy(out, digits, 13);
    }
}

static void refuse_numbers_under(struct world *w, const char *key, bool text)
{
    struct buf t;
    char digits[13];
    buf_init(&t, MEM_BASE);
    for (int i = 0; i < 40; i++) {
        number(i, digits);
        buf_printf(&t, ROW ",\"%s\":%s%s%s}\n", key, text ? "\"" : "", digits, text ? "\"" : "");
    }
    buf_char(&t, '\0');
    char says[64];
    snprintf(says, sizeof says, "the key \"%s\" holds Aadhaar numbers", key);
    expect_refused(w, t.p, false, ERR_ROWS, says);
    buf_fini(&t);
}

static void aadhaar_numbers_under_any_key(void **state)
{
    struct world *w = *state;
    refuse_numbers_under(w, "centre", true);
    refuse_numbers_under(w, "centre", false);
    refuse_numbers_under(w, "uid", true);
    refuse_numbers_under(w, "uid", false);
    refuse_numbers_under(w, "registration_id", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(takes_rows),
        WORLD_TEST(names_line_column_and_key),
        WORLD_TEST(keys_are_named_as_sent),
        WORLD_TEST(unknown_keys_are_told_once),
        WORLD_TEST(a_fault_hides_no_aadhaar_numbers),
        WORLD_TEST(what_is_no_ndjson),
        WORLD_TEST(bounds),
        WORLD_TEST(aadhaar_numbers_under_any_key),
    };
    return cmocka_run_group_tests_name("ingest/keyed", tests, NULL, NULL);
}
