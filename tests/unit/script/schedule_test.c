/* SPDX-License-Identifier: MIT
 *
 * Schedules are checked when their plugin is loaded. */
#include "world.h"

#define PLUGIN(fields)                                                                             \
    "plugin { name = \"mine\", version = \"1\", api = 1 }\n"                                       \
    "report \"r\" { title = 'x', params = { { 'block', type = 'place', level = 'block', required " \
    "= true }, { 'n', type = 'integer', default = 1 } }, query = [[FROM registrations |> WHERE "   \
    "block = @block |> AGGREGATE COUNT(*) AS done]] }\n"                                           \
    "schedule \"s\" { " fields " }\n"

static struct world world;

/* The schedule of the plugin, or its mistakes. */
static void is(const char *text, const char *mistake, void (*look)(const struct schedule *))
{
    struct registry *r;
    struct err err;
    world_init(&world);
    world_write(&world, "mine.lua", text);
    assert_int_equal(registry_new(world.dir, world.cell, &r, &err), 0);
    world_remove(&world, "mine.lua");
    const struct plugin_set *set = registry_get(r);
    const struct plugin *p = &set->plugin[0];
    if (mistake == NULL) {
        if (p->status != PLUGIN_OK)
            fail_msg("%.*s", STR_ARG(p->errors_text));
        assert_int_equal(p->schedules, 1);
        look(&p->schedule[0]);
    } else if (memmem(p->errors_text.p, p->errors_text.n, mistake, strlen(mistake)) == NULL) {
        fail_msg("%.*s\ndoes not say %s", STR_ARG(p->errors_text), mistake);
    }
    plugin_set_unref(set);
    registry_free(r);
    world_fini(&world);
}

static void look(const struct schedule *s)
{
    assert_int_equal(s->minute, 18 * 60 + 5);
    assert_int_equal(s->level, PLACE_BLOCK);
    assert_true(str_eq(s->report->name, STR("r")));
    assert_true(str_eq(s->deliver, STR("bdo")));
    assert_true(str_eq(s->format, STR("csv")));
    assert_int_equal(s->args, 1);
    assert_true(str_eq(s->arg[0].value, STR("3")));
}

static void what_is_right_is_taken(void **state)
{
    (void)state;
    is(PLUGIN("report = 'r', each = 'block', at = '18:05', deliver = 'bdo', params = { n = 3 }"),
       NULL, look);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    is(PLUGIN("report = 'q', at = '18:05', deliver = 'bdo'"), "there is no report \"q\"", NULL);
    is(PLUGIN("report = 'r', each = 'block', at = '25:00', deliver = 'bdo'"), "no time of day",
       NULL);
    is(PLUGIN("report = 'r', each = 'district', at = '18:05', deliver = 'bdo'"),
       "needs a parameter of that name", NULL);
    is(PLUGIN("report = 'r', at = '18:05', deliver = 'bdo'"), "needs the parameter \"block\"",
       NULL);
    is(PLUGIN("report = 'r', each = 'block', at = '18:05', deliver = 'bdo', params = { m = 3 }"),
       "has no parameter \"m\"", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_right_is_taken),
        cmocka_unit_test(mistakes_are_told),
    };
    return cmocka_run_group_tests_name("script/schedule", tests, NULL, NULL);
}
