/* SPDX-License-Identifier: MIT
 *
 * The first line of a file. */
#include "world.h"

static void expect_refused(struct world *w, const char *text, const char *part, const char *hint)
{
    struct batch_result r;
    struct err err;
    assert_int_equal(world_import(w, "test", "", text, &r, &err), ERR_ROWS);
    if (strstr(err.msg, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    if (strstr(err.hint, hint) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.hint, hint);
}

static void names_what_is_missing(void **state)
{
    struct world *w = *state;
    expect_refused(w, "date,block\n2021-11-20,Gola\n", "no column \"district\"", "constant");
    expect_refused(w, "district,block\n607,Gola\n", "no column \"date\"", "");
    expect_refused(w, "date,distict\n2021-11-20,607\n", "it names: date, distict", "\"distict\"");
    expect_refused(w, "2021-11-20,607\n2021-11-21,607\n", "\"date\" and no \"district\"", "");
}

static void shows_no_aadhaar_number_of_a_file_without_header(void **state)
{
    struct world *w = *state;
    struct batch_result r;
    struct err err;
    assert_int_equal(world_import(w, "test", "", "2021-11-20,2345 6789 0123\nx,y\n", &r, &err),
                     ERR_ROWS);
    assert_non_null(strstr(err.msg, "xxxx xxxx xxxx"));
    assert_null(strstr(err.msg, "6789"));
}

static void refuses_a_column_that_stands_twice(void **state)
{
    struct world *w = *state;
    expect_refused(w, "date,district,Date\n2021-11-20,607,2021-11-20\n", "columns 1 and 3", "");
}

static void refuses_bad_text(void **state)
{
    struct world *w = *state;
    expect_refused(w, "date,district,\xFF\n2021-11-20,607,x\n", "column 3", "");
    expect_refused(w, "date,\"district\"x\n2021-11-20,607\n", "cannot be read", "");
}

static void warns_of_what_it_does_not_use(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "");
    struct batch *b;
    struct batch_result r;
    struct err err;
    size_t n;
    assert_int_equal(world_batch(w, &o,
                                 STR("date,district,gendr,remark,registration_id\n"
                                     "2021-11-20,607,F,x,abc\n"),
                                 &b, &r, &err),
                     0);
    const char *const *warning = batch_warnings(b, &n);
    assert_int_equal(n, 2); /* the id is used */
    assert_non_null(strstr(warning[0], "\"gendr\""));
    assert_non_null(strstr(warning[0], "\"gender\""));
    assert_non_null(strstr(warning[1], "\"remark\""));
    batch_free(b);
}

static void takes_a_mapping(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "");
    struct mapping *m;
    struct batch *b;
    struct batch_result r;
    struct err err;
    assert_int_equal(mapping_parse(STR("column: तारीख = date\ncolumn: प्रखंड = block\n"
                                       "sector: उत्पादन = Capital Goods & Manufacturing\n"
                                       "column: धंधा = sector\nconstant: district = 607\n"
                                       "constant: sector = Mining\n"),
                                   &m, &err),
                     0);
    o.mapping = m;
    struct str text = STR("तारीख,प्रखंड,धंधा\n20-11-2021,गोला,उत्पादन\n20-11-2021,गोला,\n");
    int rc = world_batch(w, &o, text, &b, &r, &err);
    if (rc < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(r.accepted, 2);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, 6), 1);  /* the mapping's word */
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, 17), 1); /* the constant */
    batch_free(b);
    mapping_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(names_what_is_missing),
        WORLD_TEST(shows_no_aadhaar_number_of_a_file_without_header),
        WORLD_TEST(refuses_a_column_that_stands_twice),
        WORLD_TEST(refuses_bad_text),
        WORLD_TEST(warns_of_what_it_does_not_use),
        WORLD_TEST(takes_a_mapping),
    };
    return cmocka_run_group_tests_name("ingest/header", tests, NULL, NULL);
}
