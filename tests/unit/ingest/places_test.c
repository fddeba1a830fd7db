/* SPDX-License-Identifier: MIT
 *
 * Files of places, as they are downloaded and as we write them. */
#include "world.h"

static int import(struct world *w, const char *text, struct places_report *r, struct err *err)
{
    return places_import(w->store, str_of(text), NULL, r, err);
}

static void reads_the_block_export(void **state)
{
    struct world *w = *state; /* the export was loaded by the set-up: this is the second time */
    struct places_report r;
    struct err err;
    assert_int_equal(import(w, world_blocks, &r, &err), 0);
    assert_string_equal(r.kind, "LGD blocks");
    assert_int_equal(r.lines, 14);
    assert_int_equal(r.shared, 1);
    assert_int_equal(r.merged.added + r.merged.updated, 0);
    assert_int_equal(r.merged.unchanged, 14);
    struct snap *s = snap_cell_get(w->cell);
    const struct place_tree *t = s->tree;
    uint32_t found[10];
    assert_int_equal(place_find(t, PLACE_BLOCK, 0, STR("Ramgarh"), found, 10), 7);
    const struct place *gola = &t->at[place_by_code(t, PLACE_BLOCK, 3168)];
    assert_true(str_eq(gola->name, STR("GOLA")));
    assert_true(str_eq(gola->name_hi, STR("गोला")));
    const struct place *samba = &t->at[place_by_code(t, PLACE_BLOCK, 6937)];
    assert_int_equal(samba->name_hi.n, 0); /* the local column repeats the English name */
    snap_unref(s);
}

static void reads_districts_and_states(void **state)
{
    struct world *w = *state;
    struct places_report r;
    struct err err;
    static const char districts[] =
        "\"State Code\",\"State Name\",\"District Code\",\"District Name\",\"Census 2001 "
        "Code\",\"Census 2011 Code\"\n20,\"JHARKHAND\",607,\"RAMGARH\",,360\n"
        "20,JHARKHAND,364,RANCHI,14,364\n6,HARYANA,58,AMBALA,2,70\n";
    static const char states[] =
        "S.No.,State Code,State Version,State Name,State Name,Census 2001 "
        "Code,Census 2011 Code,State or UT\n1,20,1,JHARKHAND,झारखंड,20,20,S\n";
    assert_int_equal(import(w, districts, &r, &err), 0);
    assert_string_equal(r.kind, "LGD districts");
    assert_int_equal(r.merged.added, 3); /* two districts and a state */
    assert_int_equal(r.merged.unchanged, 1);
    assert_int_equal(import(w, states, &r, &err), 0);
    assert_string_equal(r.kind, "LGD states");
    assert_int_equal(r.merged.updated, 1);
    struct snap *s = snap_cell_get(w->cell);
    const struct place *p = &s->tree->at[place_by_code(s->tree, PLACE_STATE, 20)];
    assert_true(str_eq(p->name_hi, STR("झारखंड")));
    assert_int_not_equal(place_by_code(s->tree, PLACE_DISTRICT, 58), PLACE_NONE);
    snap_unref(s);
}

static void reads_our_own_form(void **state)
{
    struct world *w = *state;
    struct places_report r;
    struct err err;
    static const char own[] =
        "level,code,parent,name,name_hi,aliases,workers,population,valid_from\n"
        "panchayat,900101,3168,Barlanga,बरलंगा,Barlangha|Bar Langa,1450,,2010-04-01\n"
        "block,3168,607,,,Gola Block,64000,131000,\n"
        "district,607,20,Ramgarh,रामगढ़,,431000,949443,\n";
    if (import(w, own, &r, &err) < 0)
        fail_msg("%s", err.msg);
    assert_string_equal(r.kind, "places");
    assert_int_equal(r.merged.added, 1);
    assert_int_equal(r.merged.updated, 2);
    struct snap *s = snap_cell_get(w->cell);
    const struct place_tree *t = s->tree;
    uint32_t order[2];
    assert_int_equal(place_find(t, PLACE_PANCHAYAT, 0, STR("bar langa"), order, 2), 1);
    assert_int_equal(t->at[order[0]].valid_from, date_day(2010, 4, 1));
    assert_true(t->at[order[0]].fact[place_fact_index(t, STR("workers"))] > 1449);
    assert_int_equal(place_find(t, PLACE_BLOCK, 0, STR("gola block"), order, 2), 1);
    assert_int_equal(place_find(t, PLACE_DISTRICT, 0, STR("रामगढ़"), order, 2), 1);
    snap_unref(s);
}

static void expect_refused(struct world *w, const char *text, const char *part)
{
    struct places_report r;
    struct err err;
    struct snap *before = snap_cell_get(w->cell);
    assert_true(import(w, text, &r, &err) < 0);
    if (strstr(err.msg, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    struct snap *after = snap_cell_get(w->cell);
    assert_ptr_equal(before, after);
    snap_unref(before);
    snap_unref(after);
}

static void refuses_with_the_line(void **state)
{
    struct world *w = *state;
#define OWN "level,code,parent,name\nstate,7,,Delhi\n"
    expect_refused(w, "", "empty");
    expect_refused(w, "a,b,c\n1,2,3\n", "header");
    expect_refused(w, OWN "village,1,2,X\n", "line 3, column \"level\"");
    expect_refused(w, OWN "state,x,,X\n", "line 3, column \"code\"");
    expect_refused(w, OWN "district,8,,X\n", "needs the code of its state");
    expect_refused(w, OWN "block,8,999,X\n", "999");
    expect_refused(w, OWN "block,8,2494,X\n", "2494");
    expect_refused(w, OWN "panchayat,8,2494,X\n", "in 2 places");
    expect_refused(w, OWN "state,9,,\n", "no name");
    expect_refused(w, "level,code,parent,name,workers\nstate,7,,Delhi,many\n",
                   "column \"workers\": a fact is a number");
    expect_refused(w, "level,code,parent,name,w x\nstate,7,,Delhi,1\n", "w x");
    expect_refused(w, "level,code,parent,name,valid_to\nstate,7,,Delhi,2021-02-30\n", "valid_to");
    expect_refused(w, "State Code,State Name\nseven,Delhi\n", "line 2, column \"State Code\"");
}

static void survives_every_failed_allocation(void **state)
{
    struct world *w = *state;
    struct places_report r;
    struct err err;
    int failures = 0;
    int64_t code = 100;
    for (uint64_t k = 1, quiet = 0; quiet < 40; k++) {
        char text[128];
        snprintf(text, sizeof text,
                 "level,code,parent,name,workers\npanchayat,%lld,3168,\"New \"\"x\"\"\",5\n",
                 (long long)code);
        mem_fail_at(k);
        int rc = import(w, text, &r, &err);
        mem_fail_at(0);
        quiet = rc == 0 ? quiet + 1 : 0;
        failures += rc != 0;
        code += rc == 0;
    }
    assert_true(failures > 20);
    world_reopen(w);
    struct snap *s = snap_cell_get(w->cell);
    assert_int_not_equal(place_by_code(s->tree, PLACE_PANCHAYAT, code - 1), PLACE_NONE);
    assert_int_equal(place_by_code(s->tree, PLACE_PANCHAYAT, code), PLACE_NONE);
    snap_unref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(reads_the_block_export),
        WORLD_TEST(reads_districts_and_states),
        WORLD_TEST(reads_our_own_form),
        WORLD_TEST(refuses_with_the_line),
        WORLD_TEST(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("ingest/places", tests, NULL, NULL);
}
