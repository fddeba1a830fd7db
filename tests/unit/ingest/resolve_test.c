/* SPDX-License-Identifier: MIT
 *
 * Resolving words, the second time as the first. */
#include "../../../core/ingest/resolve.h"
#include "world.h"

struct open_resolver {
    struct world *w;
    struct arena mem;
    struct snap *snap;
    struct resolver r;
};

static int setup(void **state)
{
    struct open_resolver *o = calloc(1, sizeof *o);
    void *w;
    world_setup(&w);
    o->w = w;
    o->snap = snap_cell_get(o->w->cell);
    arena_init(&o->mem, MEM_INGEST, 0);
    resolver_init(&o->r, &o->mem, o->snap->tree, NULL, NULL, date_day(2021, 12, 31), false);
    *state = o;
    return 0;
}

static int teardown(void **state)
{
    struct open_resolver *o = *state;
    void *w = o->w;
    resolver_fini(&o->r);
    arena_fini(&o->mem);
    snap_unref(o->snap);
    free(o);
    return world_teardown(&w);
}

static void resolves_places_inside_their_parent(void **state)
{
    struct open_resolver *o = *state;
    const struct fault *fault = NULL;
    struct err err;
    const struct place_tree *t = o->snap->tree;
    uint32_t ramgarh = place_by_code(t, PLACE_DISTRICT, 607);
    uint32_t dumka = place_by_code(t, PLACE_DISTRICT, 326);
    for (int again = 0; again < 2; again++) {
        uint32_t order = 0;
        assert_int_equal(
            resolve_place(&o->r, ROLE_BLOCK, ramgarh, STR("Ramgarh"), &order, &fault, &err), 0);
        assert_int_equal(t->at[order].code, 3175);
        assert_int_equal(
            resolve_place(&o->r, ROLE_BLOCK, dumka, STR("Ramgarh"), &order, &fault, &err), 0);
        assert_int_equal(t->at[order].code, 3104);
        assert_int_equal(resolve_place(&o->r, ROLE_BLOCK, dumka, STR("Gola"), &order, &fault, &err),
                         FAULT);
        assert_non_null(strstr(fault->reason, "RAMGARH (607)"));
    }
}

static void resolves_dates_up_to_today(void **state)
{
    struct open_resolver *o = *state;
    const struct fault *fault = NULL;
    struct err err;
    for (int again = 0; again < 2; again++) {
        int32_t day = 0;
        assert_int_equal(resolve_date(&o->r, STR("31/12/2021"), &day, &fault, &err), 0);
        assert_int_equal(day, date_day(2021, 12, 31));
        assert_int_equal(resolve_date(&o->r, STR("01/01/2022"), &day, &fault, &err), FAULT);
        assert_non_null(strstr(fault->reason, "2021-12-31"));
        assert_int_equal(resolve_date(&o->r, STR("2021-13-01"), &day, &fault, &err), FAULT);
        assert_non_null(strstr(fault->reason, "month 13"));
        assert_int_equal(resolve_date(&o->r, STR("20-11-0021"), &day, &fault, &err), FAULT);
        assert_non_null(strstr(fault->reason, "before 1970"));
    }
}

static void resolves_choices_and_numbers(void **state)
{
    struct open_resolver *o = *state;
    const struct fault *fault = NULL;
    struct err err;
    int gender = column_role(STR("gender"));
    for (int again = 0; again < 2; again++) {
        int32_t v = -1;
        assert_int_equal(
            resolve_choice(&o->r, gender, &list_gender, STR("Female"), &v, &fault, &err), 0);
        assert_int_equal(v, 0);
        assert_int_equal(resolve_choice(&o->r, gender, &list_gender, STR("?"), &v, &fault, &err),
                         FAULT);
    }
    int32_t v = 0;
    assert_int_equal(resolve_number(&o->r, gender, 16, 59, STR("59"), &v, &fault, &err), 0);
    assert_int_equal(v, 59);
    assert_int_equal(resolve_number(&o->r, gender, 16, 59, STR("60"), &v, &fault, &err), FAULT);
    assert_int_equal(resolve_number(&o->r, gender, 16, 59, STR("x"), &v, &fault, &err), FAULT);
    assert_int_equal(resolve_count(&o->r, STR("10000000"), &v, &fault, &err), 0);
    assert_int_equal(resolve_count(&o->r, STR("10000001"), &v, &fault, &err), FAULT);
    assert_int_equal(resolve_count(&o->r, STR("-1"), &v, &fault, &err), FAULT);
    o->r.correction = true;
    assert_int_equal(resolve_count(&o->r, STR("-1"), &v, &fault, &err), 0);
    assert_int_equal(resolve_count(&o->r, STR("-10000000"), &v, &fault, &err), 0);
    assert_int_equal(resolve_count(&o->r, STR("-10000001"), &v, &fault, &err), FAULT);
}

/* Once nobody reads the reasons any more, none are made. */
static void is_quiet_when_asked(void **state)
{
    struct open_resolver *o = *state;
    const struct fault *fault = NULL;
    struct err err;
    int32_t v = 0;
    uint32_t order = 0;
    o->r.quiet = true;
    size_t before = o->mem.used;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(resolve_count(&o->r, STR("x"), &v, &fault, &err), FAULT);
    assert_int_equal(o->mem.used, before);
    assert_int_equal(resolve_place(&o->r, ROLE_BLOCK, 0, STR("zzz"), &order, &fault, &err), FAULT);
    assert_string_equal(fault->reason, "");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(resolves_places_inside_their_parent),
        TEST(resolves_dates_up_to_today),
        TEST(resolves_choices_and_numbers),
        TEST(is_quiet_when_asked),
    };
    return cmocka_run_group_tests_name("ingest/resolve", tests, NULL, NULL);
}
