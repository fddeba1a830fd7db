/* SPDX-License-Identifier: MIT
 *
 * Answers as bytes. */
#include "../data/fixture.h"

#include "query/format.h"

struct sheet {
    struct arena mem;
    struct place_tree *tree;
    struct frame *frame;
    struct buf out;
    struct format_options o;
};

static void put(struct sheet *s, size_t row, size_t col, struct value v)
{
    v.type = s->frame->col[col].type;
    frame_set(s->frame, row, col, v);
}

/* block, sector, n, share, day, remark; the second row is all NULL. */
static void sheet_make(struct sheet *s)
{
    static const enum type types[] = {TYPE_PLACE,   TYPE_CODED, TYPE_INT64,
                                      TYPE_FLOAT64, TYPE_DATE,  TYPE_STRING};
    static const char *const names[] = {"block", "sector", "n", "share", "day", "remark"};
    struct err err = {0};
    *s = (struct sheet){.tree = fixture_tree()};
    arena_init(&s->mem, MEM_QUERY, 0);
    buf_init(&s->out, MEM_QUERY);
    assert_int_equal(frame_new(&s->mem, 2, ARRAY_LEN(types), &s->frame, &err), 0);
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        assert_int_equal(
            frame_col_init(&s->mem, &s->frame->col[i], 2, str_of(names[i]), types[i], &err), 0);
        put(s, 1, i, (struct value){.null = true});
    }
    s->frame->col[1].list = &list_sectors;
    put(s, 0, 0, (struct value){.i = 6}); /* Gola */
    put(s, 0, 1, (struct value){.i = 0});
    put(s, 0, 2, (struct value){.i = 1234567});
    put(s, 0, 3, (struct value){.f = 0.1});
    put(s, 0, 4, (struct value){.i = date_day(2021, 11, 20)});
    put(s, 0, 5, (struct value){.s = STR("say \"hi\", <b>")});
    s->o = (struct format_options){.tree = s->tree, .snapshot = 7, .as_on = DAY_NONE};
}

static void sheet_free(struct sheet *s)
{
    arena_fini(&s->mem);
    buf_fini(&s->out);
    place_tree_unref(s->tree);
}

static void expect(struct sheet *s, enum format format, const char *want)
{
    struct err err = {0};
    buf_clear(&s->out);
    assert_int_equal(format_frame(s->frame, format, &s->o, &s->out, &err), 0);
    buf_char(&s->out, '\0');
    assert_string_equal(s->out.p, want);
}

static void csv(void **state)
{
    (void)state;
    struct sheet s;
    sheet_make(&s);
    expect(&s, FORMAT_CSV,
           "block,sector,n,share,day,remark\n"
           "Gola,Agriculture,1234567,0.1,2021-11-20,\"say \"\"hi\"\", <b>\"\n"
           ",,,,,\n");
    s.o.hindi = true;
    s.o.bom = true;
    expect(&s, FORMAT_CSV,
           "\xEF\xBB\xBF"
           "block,sector,n,share,day,remark\n"
           "गोला,कृषि,1234567,0.1,2021-11-20,\"say \"\"hi\"\", <b>\"\n"
           ",,,,,\n");
    sheet_free(&s);
}

static void a_formula_is_made_harmless(void **state)
{
    (void)state;
    struct sheet s;
    sheet_make(&s);
    s.frame->cols = 6;
    put(&s, 0, 5, (struct value){.s = STR("=HYPERLINK(1)")});
    put(&s, 1, 5, (struct value){.s = STR("-12.5")});
    expect(&s, FORMAT_CSV,
           "block,sector,n,share,day,remark\n"
           "Gola,Agriculture,1234567,0.1,2021-11-20,'=HYPERLINK(1)\n"
           ",,,,,-12.5\n");
    sheet_free(&s);
}

static void json(void **state)
{
    (void)state;
    struct sheet s;
    struct str title[6] = {STR("Block"), STR_NULL, STR_NULL, STR_NULL, STR_NULL, STR_NULL};
    sheet_make(&s);
    s.frame->cols = 4;
    s.o.title = title;
    s.o.as_on = date_day(2021, 11, 18);
    s.o.summary = STR("all well");
    expect(&s, FORMAT_JSON,
           "{\"meta\":[{\"name\":\"block\",\"type\":\"STRING\",\"title\":\"Block\"},"
           "{\"name\":\"sector\",\"type\":\"STRING\"},{\"name\":\"n\",\"type\":\"INT64\"},"
           "{\"name\":\"share\",\"type\":\"FLOAT64\"}],\"data\":["
           "{\"block\":\"Gola\",\"sector\":\"Agriculture\",\"n\":1234567,\"share\":0.1},"
           "{\"block\":null,\"sector\":null,\"n\":null,\"share\":null}],"
           "\"rows\":2,\"snapshot\":7,\"as_on\":\"2021-11-18\",\"truncated\":false,"
           "\"summary\":\"all well\"}\n");
    s.frame->cols = 3;
    expect(&s, FORMAT_NDJSON,
           "{\"block\":\"Gola\",\"sector\":\"Agriculture\",\"n\":1234567}\n"
           "{\"block\":null,\"sector\":null,\"n\":null}\n");
    s.o.bare_array = true;
    s.frame->cols = 1;
    expect(&s, FORMAT_JSON, "[{\"block\":\"Gola\"},{\"block\":null}]\n");
    sheet_free(&s);
}

static void table(void **state)
{
    (void)state;
    struct sheet s;
    sheet_make(&s);
    s.o.hindi = true;
    s.frame->cols = 3;
    expect(&s, FORMAT_TABLE,
           "block  sector          n\n"
           "-----  ------  ---------\n"
           "गोला     कृषि      12,34,567\n"
           "-      -               -\n");
    sheet_free(&s);
}

static void lakh_and_crore(void **state)
{
    (void)state;
    static const struct {
        int64_t n;
        const char *want;
    } cases[] = {{0, "0"},
                 {999, "999"},
                 {1000, "1,000"},
                 {42478, "42,478"},
                 {266000, "2,66,000"},
                 {12345678, "1,23,45,678"},
                 {317403974, "31,74,03,974"},
                 {-100000, "-1,00,000"},
                 {INT64_MIN, "-92,23,37,20,36,85,47,75,808"}};
    struct buf b;
    buf_init(&b, MEM_QUERY);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        buf_clear(&b);
        format_indian(cases[i].n, &b);
        assert_true(str_eq(buf_view(&b), str_of(cases[i].want)));
    }
    buf_fini(&b);
}

/* Never 0 and never nothing: what may not be told says so in every form. */
static void hidden_cells(void **state)
{
    (void)state;
    struct sheet s;
    sheet_make(&s);
    put(&s, 0, 2, (struct value){.null = true, .hidden = true});
    s.frame->cols = 3;
    s.o.hidden_below = 10;
    expect(&s, FORMAT_CSV, "block,sector,n\nGola,Agriculture,·\n,,\n");
    expect(&s, FORMAT_NDJSON,
           "{\"block\":\"Gola\",\"sector\":\"Agriculture\",\"n\":null,\"suppressed\":[\"n\"]}\n"
           "{\"block\":null,\"sector\":null,\"n\":null}\n");
    expect(
        &s, FORMAT_TABLE,
        "block  sector       n\n-----  -----------  -\nGola   Agriculture  ·\n-      -            "
        "-\n\n· : not shown; it, or what it would give away, is of fewer than 10 persons\n");
    s.o.hindi = true;
    expect(&s, FORMAT_TABLE,
           "block  sector  n\n-----  ------  -\nगोला     कृषि      ·\n-      -       -\n\n"
           "· : नहीं दिखाया; यह, या जो इससे निकलता, 10 से कम लोगों का है\n");
    s.o.hindi = false;
    expect(
        &s, FORMAT_JSON,
        "{\"meta\":[{\"name\":\"block\",\"type\":\"STRING\"},{\"name\":\"sector\",\"type\":"
        "\"STRING\"},"
        "{\"name\":\"n\",\"type\":\"INT64\"}],\"data\":[{\"block\":\"Gola\",\"sector\":"
        "\"Agriculture\","
        "\"n\":null},{\"block\":null,\"sector\":null,\"n\":null}],\"rows\":2,"
        "\"suppressed\":{\"below\":10,\"cells\":[{\"row\":0,\"columns\":[\"n\"]}]},\"snapshot\":7,"
        "\"truncated\":false}\n");
    s.o.bare_array = true;
    expect(&s, FORMAT_JSON,
           "[{\"block\":\"Gola\",\"sector\":\"Agriculture\",\"n\":null,\"suppressed\":[\"n\"]},"
           "{\"block\":null,\"sector\":null,\"n\":null}]\n");
    sheet_free(&s);
}

static void names_of_formats(void **state)
{
    (void)state;
    assert_int_equal(format_parse(STR("CSV")), FORMAT_CSV);
    assert_int_equal(format_parse(STR("pdf")), -1);
    assert_string_equal(format_content_type(FORMAT_JSON), "application/json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv),
        cmocka_unit_test(a_formula_is_made_harmless),
        cmocka_unit_test(json),
        cmocka_unit_test(table),
        cmocka_unit_test(lakh_and_crore),
        cmocka_unit_test(hidden_cells),
        cmocka_unit_test(names_of_formats),
    };
    return cmocka_run_group_tests_name("query/format", tests, NULL, NULL);
}
