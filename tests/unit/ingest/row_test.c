/* SPDX-License-Identifier: MIT
 *
 * Rows: what is taken, what is refused, and where it is said to be wrong. */
#include "world.h"

#define HEAD "date,district,block,sector,count\n"
#define GOOD "2021-11-20,607,Gola,Agriculture,1\n"

static void places_faults_by_line_and_column(void **state)
{
    struct world *w = *state;
    world_expect_error(w, HEAD GOOD "2021-11-20,607,Golla,Agriculture,5\n", 3, 3, "Golla", "GOLA");
    world_expect_error(w, HEAD "2021-11-20,Ramgadh,Gola,1,5\n", 2, 2, "Ramgadh", "RAMGARH");
    world_expect_error(w, HEAD "2021-11-20,607,Gola,Agricultre,5\n", 2, 4, "Agricultre",
                       "Agriculture");
    world_expect_error(w, HEAD "2021-02-31,607,Gola,1,5\n", 2, 1, "2021-02-31", "no day 31");
    world_expect_error(w, HEAD "yesterday,607,Gola,1,5\n", 2, 1, "yesterday", "date");
    world_expect_error(w, HEAD "\n\n2021-11-20,607,Gola,1,-5\n", 4, 5, "-5", "correction");
    world_expect_error(w, HEAD "2021-11-20,607,Gola,1,0\n", 2, 5, "0", "leave the row out");
    world_expect_error(w, HEAD "2021-11-20,607,Gola,1,5.5\n", 2, 5, "5.5", "whole number");
    world_expect_error(w, HEAD "2021-11-20,607,Gola,1,99999999999\n", 2, 5, "99999999999", "large");
    world_expect_error(w, HEAD ",607,Gola,1,5\n", 2, 1, "", "empty");
    world_expect_error(w, HEAD "2021-11-20, ,Gola,1,5\n", 2, 2, "", "empty");
    world_expect_error(w, "date,district,age\n2021-11-20,607,121\n", 2, 3, "121", "120");
    world_expect_error(w, "date,district,gender\n2021-11-20,607,X\n", 2, 3, "X", "gender");
}

static void tells_where_a_block_lies(void **state)
{
    struct world *w = *state;
    world_expect_error(w, HEAD "2021-11-20,607,3104,1,5\n", 2, 3, "3104", "DUMKA (326)");
    world_expect_error(w, HEAD "2021-11-20,326,गोला,1,5\n", 2, 3, "गोला",
                       "does not lie in DUMKA (326) but is GOLA (3168) in RAMGARH (607)");
    world_expect_error(w, HEAD "2021-11-20,326,Dulmi,1,5\n", 2, 3, "Dulmi", "RAMGARH (607)");
    world_expect_error(w, "date,state,district\n2021-11-20,10,607\n", 2, 3, "607",
                       "JHARKHAND (20)");
}

static void asks_for_the_code_when_a_name_stands_for_several(void **state)
{
    struct world *w = *state;
    world_places(w, "level,code,parent,name\nstate,27,,Maharashtra\ndistrict,900,27,Dumka\n"
                    "block,901,607,Gola\n");
    world_expect_error(w, HEAD "2021-11-20,Dumka,,1,5\n", 2, 2, "Dumka",
                       "2 districts: DUMKA (326) in JHARKHAND (20), Dumka (900) in Maharashtra");
    world_expect_error(w, HEAD "2021-11-20,607,Gola,1,5\n", 2, 3, "Gola", "2 blocks");
}

static void checks_the_form_of_rows(void **state)
{
    struct world *w = *state;
    world_expect_error(w, HEAD "2021-11-20,607\n", 2, 0, "", "2 fields, the first line names 5");
    world_expect_error(w, HEAD "2021-11-20,607,Gola,1,5,6\n", 2, 0, "", "6 fields");
    world_expect_error(w, HEAD GOOD "2021-11-20,607,Go\xFFla,1,5\n", 3, 3, "Go?la", "UTF-8");
    world_expect_error(w, HEAD "2021-11-20,607,\"Gola\"x,1,5\n", 2, 3, "Gola", "closing quote");
}

static void lists_every_fault_of_a_row(void **state)
{
    struct world *w = *state;
    struct batch *b;
    struct err err;
    size_t listed, total;
    const struct batch_error *e = world_refused(
        w, world_options("test", ""), STR(HEAD "2021-02-31,607,Golla,Agricultre,-5\n"), &b, &err);
    batch_errors(b, &listed, &total);
    assert_int_equal(total, 4);
    static const unsigned columns[] = {1, 3, 4, 5};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(e[i].column, columns[i]);
    assert_non_null(strstr(err.msg, "1 of 1 rows"));
    batch_free(b);
}

static void says_unknown_words_without_aadhaar_numbers(void **state)
{
    struct world *w = *state;
    struct batch *b;
    struct err err;
    const struct batch_error *e =
        world_refused(w, world_options("test", ""),
                      STR(HEAD "2345 6789 0123,२३४५६७८९०१२३,2345-6789-0123,234567890123,"
                               "234567890123\n"),
                      &b, &err);
    size_t listed, total;
    batch_errors(b, &listed, &total);
    for (size_t i = 0; i < listed; i++) {
        assert_null(strstr(e[i].value, "6789"));
        assert_null(strstr(e[i].reason, "6789"));
        assert_null(strstr(e[i].reason, "६७८९"));
    }
    batch_free(b);
}

static void takes_rows_in_any_order_and_script(void **state)
{
    struct world *w = *state;
    struct batch_result r;
    struct err err;
    static const char text[] = "COUNT;Gender;Block;DISTRICT;Date;Sector;State\n"
                               "2;महिला;गोला;ramgarh;20/11/2021;कृषि;Jharkhand\n"
                               "3;m;3168;607;2021-11-20;1;20\n"
                               ";;;607;20-11-2021;;\n";
    if (world_import(w, "test", "", text, &r, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(r.registrations, 6);
    assert_int_equal(world_count(w, PLACE_BLOCK, 3168, 1), 5);
    assert_int_equal(world_count(w, PLACE_DISTRICT, 607, CUBE_ALL), 6);
    assert_int_equal(world_count(w, PLACE_DISTRICT, 607, 0), 1);
}

static void counts_a_shared_block_where_it_was_named(void **state)
{
    struct world *w = *state;
    struct batch_result r;
    struct err err;
    assert_int_equal(world_import(w, "test", "",
                                  "date,district,block,count\n2021-11-20,745,2494,3\n"
                                  "2021-11-20,505,2494,4\n",
                                  &r, &err),
                     0);
    assert_int_equal(world_count(w, PLACE_DISTRICT, 745, CUBE_ALL), 3);
    assert_int_equal(world_count(w, PLACE_DISTRICT, 505, CUBE_ALL), 4);
}

static void keeps_attributes(void **state)
{
    struct world *w = *state;
    struct batch_result r;
    struct err err;
    assert_int_equal(world_import(w, "csc", "b",
                                  "date,district,age,channel,centre,category\n"
                                  "2021-11-20,607,34,CSC,Gola 1,st\n2021-11-20,607,,,,\n",
                                  &r, &err),
                     0);
    world_reopen(w);
    struct snap *s = snap_cell_get(w->cell);
    assert_int_equal(s->segs, 1);
    const struct seg *seg = s->seg[0];
    int age = schema_find(s->schema, STR("age"));
    int centre = schema_find(s->schema, STR("centre"));
    int category = schema_find(s->schema, STR("category"));
    assert_int_equal(seg_value(&seg->attr[age], 0), 34);
    assert_int_equal(seg_value(&seg->attr[age], 1), ATTR_NULL);
    assert_int_equal(seg_value(&seg->attr[category], 0), 3);
    struct str name = dict_get(s->dict[centre], seg_value(&seg->attr[centre], 0));
    assert_true(str_eq(name, STR("Gola 1")));
    assert_int_equal(seg_value(&seg->attr[centre], 1), ATTR_NULL);
    struct str source = dict_get(s->dict[ATTR_SOURCE], seg_value(&seg->attr[ATTR_SOURCE], 0));
    assert_true(str_eq(source, STR("csc")));
    snap_unref(s);
}

static void warns_of_days_that_are_unlikely(void **state)
{
    struct world *w = *state;
    struct batch_options o = world_options("test", "");
    struct batch *b;
    struct batch_result r;
    struct err err;
    size_t n;
    o.as_on = date_day(2021, 11, 20);
    assert_int_equal(world_batch(w, &o,
                                 STR("date,district\n2021-08-25,607\n2021-08-26,607\n,\n"
                                     "2021-11-21,607\n"),
                                 &b, &r, &err),
                     0);
    assert_int_equal(r.accepted, 3);
    const char *const *warning = batch_warnings(b, &n);
    assert_int_equal(n, 3);
    assert_non_null(strstr(warning[0], "1 rows without any value"));
    assert_non_null(strstr(warning[1], "1 rows are dated before 26 August 2021"));
    assert_non_null(strstr(warning[2], "1 rows are dated after the day"));
    batch_free(b);
}

static void refuses_days_to_come(void **state)
{
    struct world *w = *state;
    world_expect_error(w, HEAD "2099-01-01,607,Gola,1,5\n", 2, 1, "2099-01-01", "future");
}

static void refuses_texts_too_long(void **state)
{
    struct world *w = *state;
    char text[400] = "date,district,centre\n2021-11-20,607,";
    size_t n = strlen(text);
    memset(text + n, 'c', 257);
    memcpy(text + n + 257, "\n", 2);
    char shown[65];
    memset(shown, 'c', 64);
    shown[64] = '\0';
    world_expect_error(w, text, 2, 3, shown, "256 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(places_faults_by_line_and_column),
        WORLD_TEST(tells_where_a_block_lies),
        WORLD_TEST(asks_for_the_code_when_a_name_stands_for_several),
        WORLD_TEST(checks_the_form_of_rows),
        WORLD_TEST(lists_every_fault_of_a_row),
        WORLD_TEST(says_unknown_words_without_aadhaar_numbers),
        WORLD_TEST(takes_rows_in_any_order_and_script),
        WORLD_TEST(counts_a_shared_block_where_it_was_named),
        WORLD_TEST(keeps_attributes),
        WORLD_TEST(warns_of_days_that_are_unlikely),
        WORLD_TEST(refuses_days_to_come),
        WORLD_TEST(refuses_texts_too_long),
    };
    return cmocka_run_group_tests_name("ingest/row", tests, NULL, NULL);
}
