/* SPDX-License-Identifier: MIT
 *
 * Mappings: a source's own words. */
#include "ingest/mapping.h"

#include <stdio.h>
#include <time.h>

#include "../../../core/ingest/mapping_int.h"
#include "base/mem.h"
#include "world.h"

static struct mapping *parse(const char *text)
{
    struct mapping *m;
    struct err err;
    if (mapping_parse(str_of(text), &m, &err) < 0)
        fail_msg("%s", err.msg);
    return m;
}

static void translates_columns_and_words(void **state)
{
    (void)state;
    struct mapping *m = parse("\xEF\xBB\xBF# the district's own\r\n"
                              "column: तारीख = date\r\n"
                              "  column :Name of Block= BLOCK\n\n"
                              "sector: उत्पादन = Capital Goods & Manufacturing\n"
                              "channel: प्रज्ञा केंद्र = CSC\n"
                              "block: Gola Block = 3168");
    assert_true(str_eq(mapping_column(m, STR("तारीख")), STR("date")));
    assert_true(str_eq(mapping_column(m, STR("name of  BLOCK")), STR("block")));
    assert_true(str_eq(mapping_column(m, STR("other")), STR("other")));
    assert_true(str_eq(mapping_word(m, STR("sector"), STR("उत्पादन")),
                       STR("Capital Goods & Manufacturing")));
    assert_true(str_eq(mapping_word(m, STR("sector"), STR("कृषि")), STR("कृषि")));
    assert_true(str_eq(mapping_word(m, STR("block"), STR("GOLA BLOCK")), STR("3168")));
    assert_true(str_eq(mapping_word(m, STR("district"), STR("Gola Block")), STR("Gola Block")));
    assert_true(str_eq(mapping_word(m, STR("unheard"), STR("x")), STR("x")));
    mapping_free(m);
}

static void sets_constants(void **state)
{
    (void)state;
    struct mapping *m = parse("constant: district = 607\nconstant: Channel = CSC\n");
    struct str column, value;
    assert_true(mapping_constant(m, 0, &column, &value));
    assert_true(str_eq(column, STR("district")) && str_eq(value, STR("607")));
    assert_true(mapping_constant(m, 1, &column, &value));
    assert_true(str_eq(column, STR("channel")) && str_eq(value, STR("CSC")));
    assert_false(mapping_constant(m, 2, &column, &value));
    mapping_free(m);
}

static void words_in_quotes_hold_anything(void **state)
{
    (void)state;
    struct mapping *m = parse("column: \"a = b\" = date\ncolumn: \"say \"\"x\"\"\" = district\n"
                              "sector: \"open = Mining\nsector: \"a\" or b = Retail\n");
    assert_true(str_eq(mapping_column(m, STR("a = b")), STR("date")));
    assert_true(str_eq(mapping_column(m, STR("say \"x\"")), STR("district")));
    assert_true(str_eq(mapping_word(m, STR("sector"), STR("\"open")), STR("Mining")));
    assert_true(str_eq(mapping_word(m, STR("sector"), STR("\"a\" or b")), STR("Retail")));
    mapping_free(m);
}

static void expect_place(struct world *w, const struct mapping *m, enum place_level level,
                         int64_t within, const char *word, const char *ours)
{
    struct snap *s = snap_cell_get(w->cell);
    uint32_t order = place_by_code(s->tree, level, within);
    struct str got = mapping_place(m, ROLE_BLOCK, s->tree, order, str_of(word));
    if (!str_eq(got, str_of(ours)))
        fail_msg("%s in %lld is %.*s", word, (long long)within, STR_ARG(got));
    snap_unref(s);
}

/* What is said for the smallest place around counts. */
static void words_hold_inside_a_place(void **state)
{
    struct world *w = *state;
    struct mapping *m = parse("block: sadar = 3172\nblock in 607: sadar = 3175\n"
                              "block in dumka: Sadar = 3104\nblock in state 20: head = 1\n"
                              "block in district Ramgarh: head = 2\n");
    expect_place(w, m, PLACE_DISTRICT, 607, "SADAR", "3175");
    expect_place(w, m, PLACE_DISTRICT, 326, "sadar", "3104");
    expect_place(w, m, PLACE_DISTRICT, 338, "sadar", "3172"); /* anywhere else */
    expect_place(w, m, PLACE_STATE, 20, "sadar", "3172");
    expect_place(w, m, PLACE_DISTRICT, 607, "head", "2");
    expect_place(w, m, PLACE_DISTRICT, 326, "head", "1");
    expect_place(w, m, PLACE_DISTRICT, 87, "head", "head"); /* in another state */
    mapping_free(m);
}

static void says_how_days_are_written(void **state)
{
    (void)state;
    const struct date_form *form;
    struct mapping *m = parse("format: date = DD-MM-YY\nFormat: Date = DD MMM YYYY\n"
                              "numbers: UAN No = other\n");
    assert_int_equal(mapping_date_forms(m, &form), 2);
    assert_true(str_eq(form[1].text, STR("DD MMM YYYY")));
    assert_true(mapping_numbers_are_other(m, STR("uan no.")));
    assert_false(mapping_numbers_are_other(m, STR("id")));
    assert_false(mapping_has_words(m, ROLE_SECTOR));
    mapping_free(m);
    assert_int_equal(mapping_date_forms(NULL, &form), 0);
}

static void no_mapping_changes_nothing(void **state)
{
    (void)state;
    struct str column, value;
    assert_true(str_eq(mapping_column(NULL, STR("x")), STR("x")));
    assert_true(str_eq(mapping_word(NULL, STR("sector"), STR("x")), STR("x")));
    assert_false(mapping_constant(NULL, 0, &column, &value));
    mapping_free(NULL);
    mapping_free(parse(""));
}

static void expect_refused(const char *text, int line, int column, const char *part)
{
    struct mapping *m;
    struct err err;
    assert_int_equal(mapping_parse(str_of(text), &m, &err), ERR_SYNTAX);
    if (strstr(err.msg, part) == NULL && strstr(err.hint, part) == NULL)
        fail_msg("\"%s\" (%s) does not say \"%s\"", err.msg, err.hint, part);
    assert_int_equal(err.line, line);
    assert_int_equal(err.column, column);
}

static void tells_what_is_wrong_and_where(void **state)
{
    (void)state;
    expect_refused("column: x = distict", 1, 13, "\"district\"");
    expect_refused("\nsector: खेत = Agricultre\n", 2, 15, "Agriculture");
    expect_refused("colum: x = date", 1, 1, "\"column\"");
    expect_refused("column x = date", 1, 1, "kind");
    expect_refused("column: = date", 1, 1, "kind");
    expect_refused("constant: batch = x", 1, 11, "batch");
    expect_refused("constant: block = 1\nconstant: block = 2", 2, 11, "already");
    expect_refused("gender: women = X", 1, 17, "gender");
    expect_refused("sector: a = Mining\n# \nsector: A = Retail\n", 3, 1, "lines 1 and 3");
    expect_refused("format: date = DD-MM", 1, 16, "a month and a year");
    expect_refused("format: age = DD", 1, 9, "only \"date\"");
    expect_refused("numbers: x = aadhaar", 1, 14, "other");
    expect_refused("sector in 607: a = Mining", 1, 1, "only a district");
    expect_refused("column in 607: a = date", 1, 1, "column in 607");
    expect_refused("block in 607: a = 1\nblock in district 607: A = 2", 2, 1, "lines 1 and 2");
    expect_refused("column: \xFF = date", 1, 9, "UTF-8");
}

static void survives_random_texts(void **state)
{
    (void)state;
    static const char *const parts[] = {"column", ":",   " = ",      "date", "\n",  "# x",
                                        "sector", "कृषि", "constant", "=",    "607", "Mining",
                                        "\r",     "\t",  "\xE0",     " "};
    unsigned seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    for (int round = 0; round < 3000; round++) {
        char text[256];
        size_t n = 0;
        for (int i = 0; i < 16; i++) {
            const char *p = parts[(seed = seed * 1664525u + 1013904223u) >> 28];
            memcpy(text + n, p, strlen(p));
            n += strlen(p);
        }
        struct mapping *m;
        struct err err;
        if (mapping_parse((struct str){text, n}, &m, &err) == 0)
            mapping_free(m);
        else
            assert_int_equal(err.code, ERR_SYNTAX);
    }
}

static void survives_every_failed_allocation(void **state)
{
    (void)state;
    struct mapping *m;
    struct err err;
    struct str text = STR("column: a = date\nsector: b = Mining\nconstant: district = 607\n");
    for (uint64_t k = 1;; k++) {
        mem_fail_at(k);
        int rc = mapping_parse(text, &m, &err);
        mem_fail_at(0);
        if (rc == 0)
            break;
        assert_int_equal(rc, ERR_MEM);
    }
    mapping_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(translates_columns_and_words),
        cmocka_unit_test(sets_constants),
        cmocka_unit_test(words_in_quotes_hold_anything),
        WORLD_TEST(words_hold_inside_a_place),
        cmocka_unit_test(says_how_days_are_written),
        cmocka_unit_test(no_mapping_changes_nothing),
        cmocka_unit_test(tells_what_is_wrong_and_where),
        cmocka_unit_test(survives_random_texts),
        cmocka_unit_test(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("ingest/mapping", tests, NULL, NULL);
}
