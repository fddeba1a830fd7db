/* SPDX-License-Identifier: MIT
 *
 * Parameters as sent: what is taken, and what is told about the rest. */
#include "../../../core/script/param.h"

#include "world.h"

static struct world world;
static struct arena arena;

static int setup(void **state)
{
    (void)state;
    world_init(&world);
    const struct world_row rows[] = {{GOLA, 1, "2021-11-18", 5}};
    world_publish(&world, rows, ARRAY_LEN(rows));
    arena_init(&arena, MEM_SCRIPT, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    world_fini(&world);
    return 0;
}

/* Binds one parameter; the violation's reason, or NULL. */
static const char *bind(struct param p, const char *text, struct value *out)
{
    struct bound b;
    struct err err;
    struct snap *snap = snap_cell_get(world.cell);
    struct arg arg = {p.name, str_of(text)};
    int rc = params_bind(&arena, &p, 1, &arg, text ? 1 : 0, snap, snap->tree, &b, &err);
    snap_unref(snap);
    *out = b.param[0].value;
    assert_int_equal(rc, b.violations ? ERR_PARAM : 0);
    return b.violations ? b.violation[0].reason : NULL;
}

static struct value takes(struct param p, const char *text)
{
    struct value v;
    const char *why = bind(p, text, &v);
    if (why)
        fail_msg("\"%s\" was refused: %s", text, why);
    assert_false(v.null);
    return v;
}

static void refuses(struct param p, const char *text, const char *part)
{
    struct value v;
    const char *why = bind(p, text, &v);
    if (!why)
        fail_msg("\"%s\" was taken", text);
    if (!strstr(why, part))
        fail_msg("\"%s\" is not in \"%s\"", part, why);
}

#define PARAM(t, ...) ((struct param){.name = STR("x"), .type = PARAM_##t, __VA_ARGS__})

static void numbers(void **state)
{
    (void)state;
    struct param p = PARAM(INTEGER, .has_min = true, .min = 1, .has_max = true, .max = 10);
    assert_int_equal(takes(p, "10").i, 10);
    refuses(p, "11", "at most 10");
    refuses(p, "0", "at least 1");
    refuses(p, "ten", "\"ten\" is not a whole number");
    refuses(p, "2.5", "not a whole number");
    assert_true(takes(PARAM(NUMBER, 0), "2.5").f == 2.5);
    assert_true(takes(PARAM(PERCENT, 0), "12.5%").f == 12.5);
    refuses(PARAM(NUMBER, 0), "nan", "not a number");
    assert_int_equal(takes(PARAM(BOOLEAN, 0), "yes").i, 1);
    assert_int_equal(takes(PARAM(BOOLEAN, 0), "false").i, 0);
    refuses(PARAM(BOOLEAN, 0), "perhaps", "neither true nor false");
}

static void days(void **state)
{
    (void)state;
    assert_int_equal(takes(PARAM(DATE, 0), "2021-11-20").i, day_of("2021-11-20"));
    assert_int_equal(takes(PARAM(DATE, 0), "20/11/2021").i, day_of("2021-11-20"));
    assert_int_equal(takes(PARAM(DATE, 0), "latest").i, day_of("2021-11-18"));
    refuses(PARAM(DATE, 0), "2021-02-31", "February");
    assert_int_equal(takes(PARAM(MONTH, 0), "2021-11").i, day_of("2021-11-01"));
    assert_int_equal(takes(PARAM(MONTH, 0), "latest").i, day_of("2021-11-01"));
    refuses(PARAM(MONTH, 0), "2021-13", "not a month");
    assert_true(str_eq(takes(PARAM(FISCAL_YEAR, 0), "2021-22").s, STR("2021-22")));
    assert_true(str_eq(takes(PARAM(FISCAL_YEAR, 0), "latest").s, STR("2021-22")));
    refuses(PARAM(FISCAL_YEAR, 0), "2021-23", "not a fiscal year");
}

static void places(void **state)
{
    (void)state;
    struct param district = PARAM(PLACE, .level = PLACE_DISTRICT);
    assert_int_equal(takes(district, "607").i, RAMGARH);
    assert_int_equal(takes(district, "ramgarh").i, RAMGARH);
    assert_int_equal(takes(district, "रामगढ़").i, RAMGARH);
    refuses(district, "Ramgar", "there is no district \"Ramgar\"; did you mean \"Ramgarh\"?");
    refuses(district, "3168", "there is no district \"3168\"");
    struct param any = PARAM(PLACE, .level = PLACE_LEVELS);
    assert_int_equal(takes(any, "Gola").i, GOLA);
    refuses(any, "Ramgarh",
            "stands for 2 places: give the code, one of district:607 (Jharkhand), block:3175 "
            "(Ramgarh)");
    assert_int_equal(takes(any, "district:Ramgarh").i, RAMGARH);
    assert_int_equal(takes(any, "block: 3168").i, GOLA);
    assert_int_equal(takes(any, "country").i, PLACE_COUNTRY_ID);
    assert_int_equal(takes(district, "district:607").i, RAMGARH);
    refuses(any, "district:Gola", "there is no district \"Gola\"");
    refuses(district, "block:3168", "there is no district \"block:3168\"");
}

static void choices_and_sectors(void **state)
{
    (void)state;
    const struct str choice[] = {STR("day"), STR("week")};
    struct param p = PARAM(CHOICE, .choice = choice, .choices = 2);
    assert_true(str_eq(takes(p, "Week").s, STR("week")));
    refuses(p, "year", "\"year\" is none of: day, week");
    assert_true(str_eq(takes(PARAM(SECTOR, 0), "कृषि").s, STR("Agriculture")));
    refuses(PARAM(SECTOR, 0), "Agricultur", "did you mean \"Agriculture\"?");
}

static void defaults_and_absence(void **state)
{
    (void)state;
    struct value v;
    assert_null(bind(PARAM(DATE, .fallback = STR("latest")), NULL, &v));
    assert_int_equal(v.i, day_of("2021-11-18"));
    assert_null(bind(PARAM(INTEGER, 0), NULL, &v));
    assert_true(v.null);
    assert_int_equal(v.type, TYPE_INT64);
    assert_string_equal(bind(PARAM(PLACE, .required = true), NULL, &v), "is required");
    assert_string_equal(bind(PARAM(PLACE, .required = true), "", &v), "is required");
}

static void every_violation_is_told(void **state)
{
    (void)state;
    const struct param params[] = {
        {.name = STR("district"), .type = PARAM_PLACE, .level = PLACE_DISTRICT, .required = true},
        {.name = STR("as_on"), .type = PARAM_DATE, .fallback = STR("latest")},
        {.name = STR("top"), .type = PARAM_INTEGER},
    };
    const struct arg args[] = {
        {STR("distict"), STR("607")}, {STR("as_on"), STR("2021-02-31")}, {STR("top"), STR("many")}};
    struct bound b;
    struct err err;
    struct snap *snap = snap_cell_get(world.cell);
    assert_int_equal(params_bind(&arena, params, 3, args, 3, snap, snap->tree, &b, &err),
                     ERR_PARAM);
    snap_unref(snap);
    assert_int_equal(b.violations, 4);
    assert_true(str_eq(b.violation[0].name, STR("distict")));
    assert_non_null(strstr(b.violation[0].reason, "did you mean \"district\"?"));
    assert_true(str_eq(b.violation[1].name, STR("district")));
    assert_true(str_eq(b.violation[2].name, STR("as_on")));
    assert_true(str_eq(b.violation[3].name, STR("top")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(days),
        cmocka_unit_test(places),
        cmocka_unit_test(choices_and_sectors),
        cmocka_unit_test(defaults_and_absence),
        cmocka_unit_test(every_violation_is_told),
    };
    return cmocka_run_group_tests_name("script/param", tests, setup, teardown);
}
