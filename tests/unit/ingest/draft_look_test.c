/* SPDX-License-Identifier: MIT
 *
 * What columns are taken for. */
#include "../../../core/ingest/draft_look.h"

#include "world.h"

struct seen {
    struct arena mem;
    struct look look;
};

static void see(struct world *w, const char *text, const struct mapping *given, struct seen *out)
{
    struct err err;
    struct snap *s = snap_cell_get(w->cell);
    arena_init(&out->mem, MEM_INGEST, 0);
    assert_int_equal(look_at(&out->look, &out->mem, str_of(text), given, s->tree, &err), 0);
    snap_unref(s);
}

static void expect_column(const struct seen *s, size_t i, const char *role, enum look_how how)
{
    const struct look_column *c = &s->look.column[i];
    struct str got = c->role >= 0 ? column_name(c->role) : STR("");
    if (!str_eq(got, str_of(role)) || c->how != how)
        fail_msg("column %zu is \"%.*s\" (%d)", i, STR_ARG(got), (int)c->how);
}

static void knows_names_content_and_likeness(void **state)
{
    struct world *w = *state;
    struct seen s;
    see(w,
        "date;जिला;where;work;sectr;स.;n\n2021-11-20;607;GOLA;कृषि;1;F;1\n"
        "2021-11-21;607;DULMI;Mining;2;M;2\n2021-11-21;607;Golla;Farmwork;2;F;2\n"
        "2021-11-20;607;MANDU;कृषि;1;F;1\n2021-11-20;607;GOLA;कृषि;1;पुरुष;1\n",
        NULL, &s);
    assert_int_equal(s.look.columns, 7);
    expect_column(&s, 0, "date", LOOK_KNOWN);
    expect_column(&s, 1, "district", LOOK_NAMED);
    expect_column(&s, 2, "block", LOOK_CONTENT);  /* four of five are blocks */
    expect_column(&s, 3, "sector", LOOK_CONTENT); /* so the name that resembles it is not */
    expect_column(&s, 4, "", LOOK_NONE);
    expect_column(&s, 5, "gender", LOOK_CONTENT);
    expect_column(&s, 6, "", LOOK_NONE); /* numbers say nothing */
    assert_int_equal(s.look.forms, 0);
    arena_fini(&s.mem);
}

static void finds_how_days_are_written(void **state)
{
    struct world *w = *state;
    struct seen s;
    see(w, "when,district\n20.11.21,607\n21.11.21,607\n22 Nov 2021,607\n2021-11-23,607\n", NULL,
        &s);
    expect_column(&s, 0, "", LOOK_NONE); /* two of four is not enough to be sure */
    arena_fini(&s.mem);
    see(w, "तिथि,district\n20.11.21,607\n21.11.21,607\n22 Nov 2021,607\n2021-11-23,607\n", NULL,
        &s);
    expect_column(&s, 0, "date", LOOK_NAMED);
    assert_int_equal(s.look.forms, 2);
    assert_string_equal(s.look.form[0], "DD.MM.YY");
    assert_string_equal(s.look.form[1], "DD MMM YYYY");
    arena_fini(&s.mem);
    see(w, "when,district\n11/20/2021,607\n11/21/2021,607\n01/02/2021,607\n", NULL, &s);
    expect_column(&s, 0, "date", LOOK_CONTENT);
    assert_int_equal(s.look.forms, 1);
    assert_string_equal(s.look.form[0], "MM/DD/YYYY");
    arena_fini(&s.mem);
    see(w, "date,district\n20-11-2021,607\n21/11/2021,607\n", NULL, &s);
    assert_int_equal(s.look.forms, 0); /* read without a mapping */
    arena_fini(&s.mem);
}

static void goes_on_from_a_mapping(void **state)
{
    struct world *w = *state;
    struct seen s;
    struct mapping *m;
    struct err err;
    assert_int_equal(mapping_parse(STR("column: x = district\nconstant: date = 2021-11-20\n"
                                       "sector: खेत = Agriculture\n"),
                                   &m, &err),
                     0);
    see(w, "x,जिला,y\n607,607,खेत\n607,607,खेत\n", m, &s);
    expect_column(&s, 0, "district", LOOK_KNOWN);
    expect_column(&s, 1, "", LOOK_NONE); /* there is one already */
    expect_column(&s, 2, "sector", LOOK_CONTENT);
    assert_true(s.look.taken[ROLE_DATE]);
    arena_fini(&s.mem);
    mapping_free(m);
    see(w, "PK\x03\x04 no table", NULL, &s);
    assert_int_equal(s.look.columns, 0);
    arena_fini(&s.mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(knows_names_content_and_likeness),
        WORLD_TEST(finds_how_days_are_written),
        WORLD_TEST(goes_on_from_a_mapping),
    };
    return cmocka_run_group_tests_name("ingest/draft_look", tests, NULL, NULL);
}
