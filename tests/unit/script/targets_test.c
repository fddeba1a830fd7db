/* SPDX-License-Identifier: MIT
 *
 * Target sets as they are built from declarations. */
#include "world.h"

#define HEAD "plugin { name = \"t\", version = \"1\", api = 1 }\n"
#define SET(figures)                                                                               \
    HEAD "targets \"set\" { source = 'x', level = 'block', from = '2021-08-26', to = "             \
         "'2021-12-31', phasing = 'working_days',\n" figures " }\n"

/* The set of a plugin with this text. The registry must be freed. */
static const struct target_set *load(struct world *w, const char *text, struct registry **r,
                                     const struct plugin_set **set)
{
    struct err err;
    world_write(w, "t.lua", text);
    assert_int_equal(registry_new(w->dir, w->cell, r, &err), 0);
    world_remove(w, "t.lua");
    *set = registry_get(*r);
    assert_int_equal((*set)->n, 1);
    if ((*set)->plugin[0].status != PLUGIN_OK)
        fail_msg("%.*s", STR_ARG((*set)->plugin[0].errors_text));
    return target_set_find(&(*set)->targets, STR("set"));
}

static int64_t of(const struct target_set *s, uint32_t place, const char *basis)
{
    const struct target *t = target_find(s, place);
    assert_non_null(t);
    assert_string_equal(t->basis, basis);
    return t->target;
}

static void a_total_is_shared_exactly(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    const struct plugin_set *set;
    world_init(&w);
    const struct target_set *s =
        load(&w, SET("total = { [607] = 1001 }, share_by = 'workers'"), &r, &set);
    assert_int_equal(s->n, 6);
    int64_t sum = 0;
    for (size_t i = 0; i < s->n; i++)
        sum += s->at[i].target;
    assert_int_equal(sum, 1001);
    /* weights 100 50 150 300 200 200 of 1000: the one left over goes to the largest remainder */
    assert_int_equal(of(s, MANDU, "shared by workers"), 301);
    assert_int_equal(of(s, PATRATU, "shared by workers"), 200);
    assert_true(target_find(s, MANDU)->weight == 300);
    assert_int_equal(s->from, day_of("2021-08-26"));
    assert_int_equal(s->phasing, TARGET_BY_WORKING_DAYS);
    plugin_set_unref(set);
    registry_free(r);
    world_fini(&w);
}

static void agreed_figures_stay(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    const struct plugin_set *set;
    world_init(&w);
    const struct target_set *s =
        load(&w, SET("total = { [607] = 1000 }, share_by = 'workers', fixed = { [3172] = 650 }"),
             &r, &set);
    assert_int_equal(of(s, MANDU, "fixed"), 650);
    assert_int_equal(of(s, CHITARPUR, "shared by workers"), 50);
    assert_int_equal(of(s, GOLA, "shared by workers"), 75);
    plugin_set_unref(set);
    registry_free(r);
    world_fini(&w);
}

static void figures_can_be_given(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    const struct plugin_set *set;
    world_init(&w);
    const struct target_set *s = load(&w, SET("values = { [3168] = 7, [3064] = 9 }"), &r, &set);
    assert_int_equal(s->n, 2);
    assert_int_equal(of(s, GOLA, "given"), 7);
    assert_int_equal(of(s, BERMO, "given"), 9);
    plugin_set_unref(set);
    registry_free(r);
    world_fini(&w);
}

/* The first mistake of a set with this phasing, or NULL. */
static void phasing_is(struct world *w, const char *phasing, const char *mistake)
{
    char text[512];
    struct err err;
    struct registry *r;
    snprintf(text, sizeof text,
             HEAD "targets \"set\" { source = 'x', level = 'block', from = '2021-10-16', to = "
                  "'2021-12-15', values = { [3168] = 100 }, phasing = %s }\n",
             phasing);
    world_write(w, "t.lua", text);
    assert_int_equal(registry_new(w->dir, w->cell, &r, &err), 0);
    world_remove(w, "t.lua");
    const struct plugin_set *set = registry_get(r);
    if (mistake == NULL)
        assert_int_equal(set->plugin[0].status, PLUGIN_OK);
    else if (set->plugin[0].errors_text.n == 0 ||
             strstr(set->plugin[0].errors_text.p, mistake) == NULL)
        fail_msg("%s: %.*s", phasing, STR_ARG(set->plugin[0].errors_text));
    plugin_set_unref(set);
    registry_free(r);
}

static void months_can_have_their_shares(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    phasing_is(&w, "{ 10, 60, 30 }", NULL);
    phasing_is(&w, "{ 33.33, 33.33, 33.33 }", NULL);
    phasing_is(&w, "'days'", NULL);
    phasing_is(&w, "{ 50, 50 }", "has 2 percentages, \"from\" to \"to\" touches 3 months");
    phasing_is(&w, "{ 10, 60, 20 }", "add up to 100, not 90");
    phasing_is(&w, "{ -10, 60, 50 }", "must not be negative");
    phasing_is(&w, "'weeks'", "\"weeks\" is not a value of \"phasing\"");
    world_fini(&w);
}

/* A day that is none is a mistake, whatever else is reckoned with it: months, other plugins. */
static void a_wrong_day_is_only_a_mistake(void **state)
{
    (void)state;
    static const char *const days[] = {"from = '202101', to = '2021-12-31'",
                                       "from = '2021-01-01', to = 'never'", "to = '2021-12-31'",
                                       "from = '2021-12-31', to = '2021-01-01'",
                                       "from = '0001-01-01', to = '9999-12-31', level = 1"};
    static const char *const phasings[] = {"{ 100 }", "'working_days'", "'days'"};
    for (size_t i = 0; i < ARRAY_LEN(days) * ARRAY_LEN(phasings); i++) {
        struct world w;
        struct err err;
        struct registry *r;
        char text[512];
        world_init(&w);
        snprintf(text, sizeof text,
                 HEAD "targets 'set' { source = 'x', level = 'block', %s, values = { [3168] = 9 }, "
                      "holidays = { '2021-11-01' }, phasing = %s }\n",
                 days[i % ARRAY_LEN(days)], phasings[i / ARRAY_LEN(days)]);
        world_write(&w, "t.lua", text);
        world_write(&w, "u.lua",
                    "plugin { name = 'u', version = '1', api = 1 }\n"
                    "report 'r' { title = 'x', query = [[ FROM registrations\n"
                    "|> AGGREGATE COUNT(*) AS done GROUP BY block\n"
                    "|> CALL against_target('set', as_on => '2021-11-18') ]] }\n"
                    "report 'c' { title = 'x', query = [[ FROM calendar |> LIMIT 1 ]] }\n"
                    "test '1' { data = { registrations = { { 'date', 'block' },\n"
                    "{ '2021-11-02', 'Gola' } } }, run = 'r', expect = { { done = 1 } } }\n"
                    "test '2' { data = { registrations = { { 'date', 'block' },\n"
                    "{ '2021-11-02', 'Gola' } } }, run = 'c', expect = { {} } }\n");
        assert_int_equal(registry_new(w.dir, w.cell, &r, &err), 0);
        const struct plugin_set *set = registry_get(r);
        assert_int_equal(set->plugin[0].status, PLUGIN_BROKEN);
        assert_int_equal(set->targets.n, 0);
        plugin_set_unref(set);
        registry_free(r);
        world_remove(&w, "t.lua");
        world_remove(&w, "u.lua");
        world_fini(&w);
    }
}

static void places_that_are_not_loaded_leave_a_note(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    const struct plugin_set *set;
    world_init(&w);
    const struct target_set *s =
        load(&w, SET("total = { [888] = 1000 }, share_by = 'workers'"), &r, &set);
    assert_int_equal(s->n, 0);
    assert_non_null(strstr(set->plugin[0].notes_text.p, "its places are not loaded"));
    assert_string_equal(s->note.p, "its places are not loaded");
    plugin_set_unref(set);
    registry_free(r);
    world_fini(&w);
}

/* When places change, the share follows. */
static void targets_follow_the_places(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    const struct plugin_set *set;
    struct err err;
    world_init(&w);
    const struct target_set *s =
        load(&w, SET("total = { [607] = 1000 }, share_by = 'workers'"), &r, &set);
    uint64_t generation = set->generation;
    assert_int_equal(of(s, GOLA, "shared by workers"), 150);

    struct place_row rows[ARRAY_LEN(world_places)];
    memcpy(rows, world_places, sizeof rows);
    rows[GOLA - 1].fact[0] = 1150;
    struct str fact = STR("workers");
    struct snap_change change = {0};
    assert_int_equal(place_tree_new(rows, ARRAY_LEN(rows), &fact, 1, &change.tree, &err), 0);
    struct snap *old = snap_cell_get(w.cell);
    struct snap *next;
    assert_int_equal(snap_next(old, &change, &next, &err), 0);
    place_tree_unref(change.tree);
    snap_unref(old);
    snap_cell_set(w.cell, next);

    const struct plugin_set *after = registry_get(r);
    assert_int_equal(after->generation, generation + 1);
    assert_int_equal(of(target_set_find(&after->targets, STR("set")), GOLA, "shared by workers"),
                     575);
    assert_int_equal(of(s, GOLA, "shared by workers"), 150); /* pinned */
    plugin_set_unref(after);
    plugin_set_unref(set);
    registry_free(r);
    world_fini(&w);
}

/* 22 November was a holiday by the planners' table, the 23rd and 24th by the set, the 24th by both;
 * the 28th is a Sunday. */
static void uploaded_holidays_do_not_count(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    const struct plugin_set *set;
    world_init(&w);
    static const char text[] = HEAD
        "targets 'set' { source = 'x', level = 'block', from = '2021-11-22', to = '2021-11-30',\n"
        "values = { [3168] = 500 }, phasing = 'working_days',\n"
        "holidays = { '2021-11-23', '2021-11-24', '2021-11-24' } }\n"
        "report 'r' { title = 'x', params = { { 'd', type = 'date', default = '2021-11-26' } },\n"
        "query = [[ FROM registrations |> AGGREGATE COUNT(*) AS done GROUP BY block\n"
        "|> CALL against_target('set', achieved => 'done', as_on => @d) ]] }\n"
        "local data = { registrations = { { 'date', 'block', 'count' },\n"
        "{ '2021-11-22', 'Gola', 40 } }, holidays = { { 'date', 'name' },\n"
        "{ '2021-11-22', 'Guru Nanak' }, { '2021-11-24', 'x' }, { '2021-12-25', 'x' } } }\n"
        /* the 25th, 26th, 27th, 29th and 30th are left */
        "test '1' { data = data, run = 'r', expect = { { expected = 200, days_left = 3,\n"
        "required_per_day = 154 } } }\n"
        "test '2' { data = data, run = 'r', params = { d = '2021-11-24' },\n"
        "expect = { { expected = 0, days_left = 5, required_per_day = 92 } } }\n"
        "test '3' { data = data, run = 'r', params = { d = '2021-11-30' },\n"
        "expect = { { expected = 500, days_left = 0 } } }\n";
    load(&w, text, &r, &set);
    plugin_set_unref(set);
    registry_free(r);
    world_fini(&w);
}

/* A revised set stands beside the old one, and each answers for itself. */
static void a_revised_set_stands_beside_the_old(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    const struct plugin_set *set;
    world_init(&w);
    static const char text[] = HEAD
        "local function set(n) return { source = 'x', level = 'block', from = '2021-11-01',\n"
        "to = '2021-11-30', decided_on = '2021-10-30', values = { [3168] = n } } end\n"
        "targets 'set' (set(100))\n"
        "targets 'set_revised' (set(400))\n"
        "report 'r' { title = 'x', query = [[ FROM registrations\n"
        "|> AGGREGATE COUNT(*) AS done GROUP BY block\n"
        "|> CALL against_target('set', achieved => 'done', as_on => '2021-11-15')\n"
        "|> RENAME target AS old, pct AS old_pct |> SELECT block, done, old, old_pct\n"
        "|> CALL against_target('set_revised', achieved => 'done', as_on => '2021-11-15') ]] }\n"
        "test '1' { data = { registrations = { { 'date', 'block', 'count' },\n"
        "{ '2021-11-02', 'Gola', 40 } } }, run = 'r',\n"
        "expect = { { old = 100, old_pct = 40, target = 400, pct = 10, expected = 200 } } }\n";
    load(&w, text, &r, &set);
    assert_int_equal(set->targets.n, 2);
    plugin_set_unref(set);
    registry_free(r);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_total_is_shared_exactly),
        cmocka_unit_test(agreed_figures_stay),
        cmocka_unit_test(figures_can_be_given),
        cmocka_unit_test(months_can_have_their_shares),
        cmocka_unit_test(a_wrong_day_is_only_a_mistake),
        cmocka_unit_test(places_that_are_not_loaded_leave_a_note),
        cmocka_unit_test(targets_follow_the_places),
        cmocka_unit_test(uploaded_holidays_do_not_count),
        cmocka_unit_test(a_revised_set_stands_beside_the_old),
    };
    return cmocka_run_group_tests_name("script/targets", tests, NULL, NULL);
}
