/* SPDX-License-Identifier: MIT
 *
 * Target sets by sector and by department: how they are declared, what is a mistake, that nothing
 * is lost when a total is shared down, and what queries make of them. */
#include "world.h"

#define HEAD "plugin { name = \"t\", version = \"1\", api = 1 }\n"
#define SET(figures)                                                                               \
    HEAD "targets \"set\" { source = 'x', level = 'block', from = '2021-11-01', to = "             \
         "'2021-11-30', share_by = 'workers',\n" figures " }\n"

struct loaded {
    struct registry *r;
    const struct plugin_set *set;
    const struct target_set *targets; /* "set" */
};

static void load(struct world *w, const char *text, struct loaded *l)
{
    struct err err;
    world_init(w);
    world_write(w, "t.lua", text);
    assert_int_equal(registry_new(w->dir, w->cell, &l->r, &err), 0);
    world_remove(w, "t.lua");
    l->set = registry_get(l->r);
    assert_int_equal(l->set->n, 1);
    l->targets = target_set_find(&l->set->targets, STR("set"));
}

static void unload(struct world *w, struct loaded *l)
{
    plugin_set_unref(l->set);
    registry_free(l->r);
    world_fini(w);
}

static void good(struct world *w, const char *text, struct loaded *l)
{
    load(w, text, l);
    if (l->set->plugin[0].status != PLUGIN_OK)
        fail_msg("%.*s", STR_ARG(l->set->plugin[0].errors_text));
    assert_non_null(l->targets);
}

static void refused(const char *figures, const char *part)
{
    struct world w;
    struct loaded l;
    load(&w, figures, &l);
    struct str text = l.set->plugin[0].errors_text;
    if (l.set->plugin[0].status != PLUGIN_BROKEN)
        fail_msg("not refused: %s", figures);
    if (!memmem(text.p, text.n, part, strlen(part)))
        fail_msg("\"%s\" is not in:\n%.*s", part, STR_ARG(text));
    unload(&w, &l);
}

static int64_t of(const struct target_set *s, uint32_t place, const char *part)
{
    int64_t n;
    int at = target_part_named(s, str_of(part));
    assert_true(at >= 0);
    assert_true(target_sum(s, place, at, &n));
    return n;
}

static int64_t all(const struct target_set *s, const char *part)
{
    int64_t sum = 0;
    int at = part ? target_part_named(s, str_of(part)) : TARGET_ALL_PARTS;
    for (size_t i = 0; i < s->n; i++)
        sum += at == TARGET_ALL_PARTS || s->at[i].part == at ? s->at[i].target : 0;
    return sum;
}

static void each_sector_is_shared_exactly(void **state)
{
    (void)state;
    struct world w;
    struct loaded l;
    good(&w,
         SET("by = 'sector', total = { [607] = { Agriculture = 1001, ['निर्माण'] = 77 } },"
             "fixed = { [3172] = { Agriculture = 650 } }"),
         &l);
    assert_int_equal(l.targets->by, TARGET_BY_SECTOR);
    assert_int_equal(l.targets->parts, 2);
    assert_int_equal(l.targets->n, 12);
    assert_int_equal(all(l.targets, "Agriculture"), 1001);
    assert_int_equal(all(l.targets, "Construction"), 77);
    assert_int_equal(of(l.targets, MANDU, "Agriculture"), 650);
    assert_int_equal(of(l.targets, CHITARPUR, "Agriculture"), 50); /* 351 x 100 / 700 */
    int64_t sum;
    assert_true(target_sum(l.targets, MANDU, TARGET_ALL_PARTS, &sum));
    assert_int_equal(sum, 650 + of(l.targets, MANDU, "Construction"));
    assert_false(target_sum(l.targets, BERMO, TARGET_ALL_PARTS, &sum));
    unload(&w, &l);
}

/* First over the departments, then over the blocks: neither loses one. */
static void a_total_is_shared_over_parts_by_weights(void **state)
{
    (void)state;
    struct world w;
    struct loaded l;
    good(&w,
         SET("by = 'department', total = { [607] = 1000 },"
             "parts = { Energy = 1, Industries = 1, ['Road Construction'] = 1, Health = 0 }"),
         &l);
    assert_int_equal(all(l.targets, NULL), 1000);
    assert_int_equal(all(l.targets, "Energy"), 334);
    assert_int_equal(all(l.targets, "road  construction"), 333);
    assert_int_equal(all(l.targets, "Health"), 0);
    assert_string_equal(l.targets->at[0].basis, "shared by department and workers");
    unload(&w, &l);
}

static void figures_may_be_given_for_each_part(void **state)
{
    (void)state;
    struct world w;
    struct loaded l;
    good(&w, SET("by = 'department', values = { [3168] = { Energy = 7, Health = 9 } }"), &l);
    assert_int_equal(of(l.targets, GOLA, "energy"), 7);
    assert_int_equal(of(l.targets, GOLA, " HEALTH "), 9);
    assert_int_equal(target_part_named(l.targets, STR("Helth")), -1);
    assert_string_equal(l.targets->at[0].basis, "given");
    unload(&w, &l);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    refused(SET("by = 'sector', total = { [607] = { Agricultur = 10 } }"),
            "there is no sector \"Agricultur\"");
    refused(SET("by = 'sector', total = { [607] = { Agricultur = 10 } }"),
            "did you mean \"Agriculture\"?");
    refused(SET("total = { [607] = { Agriculture = 10 } }"), "but no \"by\"");
    refused(SET("by = 'sector', total = { [607] = 10 }"), "names no sector");
    refused(SET("by = 'department', parts = { A = 1 }, total = { [607] = 10 }, "
                "fixed = { [3172] = 4 }"),
            "an agreed figure is of one department");
    refused(SET("by = 'sectors', total = { [607] = 10 }"), "is not a value of \"by\"");
    refused(SET("parts = { A = 1 }, total = { [607] = 10 }"), "\"parts\" needs \"by\"");
    refused(SET("by = 'department', parts = { A = -1 }, total = { [607] = 10 }"),
            "the weight of \"A\"");
    refused(SET("by = 'department', parts = { A = 0 }, total = { [607] = 10 }"),
            "nothing to share by");
    refused(SET("by = 'department', total = { [607] = { A = 10 } }, "
                "fixed = { [3172] = { A = 11 } }"),
            "differ from its total of 10 for A by 1");
    refused(SET("by = 'department', total = { [607] = { A = 10 } }, "
                "fixed = { [3172] = { B = 1 } }"),
            "lies under none of the totals for B");
    refused(SET("by = 'department', values = { [3168] = { A = 10, ['a '] = 1 } }"),
            "gets a target twice for A");
    refused(SET("by = 'department', values = { [3168] = { A = 1.5 } }"),
            "the count of [3168] in \"values\" for \"A\" is not a whole number");
    refused(SET("by = 'department', values = { [3168] = { [' '] = 1 } }"), "has no name");
}

/* In the test of a plugin: by block and sector, by sector alone, by block alone. */
static void queries_measure_each_part(void **state)
{
    (void)state;
    struct world w;
    struct loaded l;
    static const char text[] = SET(
        "by = 'sector', values = { [3168] = { Agriculture = 40, Construction = 10 },"
        " [3172] = { Agriculture = 60 } }") "report 'both' { title = 'x', query = [[ FROM "
                                            "registrations"
                                            " |> AGGREGATE COUNT(*) AS done GROUP BY block, sector "
                                            "|> ORDER BY block_code, sector_code"
                                            " |> CALL against_target('set', achieved => 'done', "
                                            "as_on => '2021-11-30') ]] }\n"
                                            "report 'sectors' { title = 'x', query = [[ FROM "
                                            "registrations"
                                            " |> AGGREGATE COUNT(*) AS done GROUP BY sector |> "
                                            "ORDER BY sector_code"
                                            " |> CALL against_target('set', achieved => 'done', "
                                            "as_on => '2021-11-30',"
                                            " place => 'district:607') ]] }\n"
                                            "report 'blocks' { title = 'x', query = [[ FROM "
                                            "registrations"
                                            " |> AGGREGATE COUNT(*) AS done GROUP BY block |> "
                                            "ORDER BY block_code"
                                            " |> CALL against_target('set', achieved => 'done', "
                                            "as_on => '2021-11-30') ]] }\n"
                                            "report 'ledger' { title = 'x', query = [[ FROM targets"
                                            " |> SELECT place, sector, department, target, basis "
                                            "|> ORDER BY place_code, sector ]] }\n"
                                            "local data = { registrations = { { 'date', 'block', "
                                            "'sector', 'count' },"
                                            " { '2021-11-02', 'Gola', 'Agriculture', 10 }, { "
                                            "'2021-11-02', 'Gola', 'Education', 3 },"
                                            " { '2021-11-02', 'Gola', nil, 4 }, { '2021-11-02', "
                                            "'Mandu', 'Agriculture', 30 } } }\n"
                                            "test '1' { data = data, run = 'both', expect = {"
                                            " { block = 'Gola', done = 4 }, { sector = "
                                            "'Agriculture', target = 40, pct = 25 },"
                                            " { sector = 'Education', done = 3 },"
                                            " { block = 'Mandu', target = 60, balance = 30 } } }\n"
                                            "test '2' { data = data, run = 'sectors', expect = { { "
                                            "done = 4 },"
                                            " { sector = 'Agriculture', done = 40, target = 100, "
                                            "pct = 40 },"
                                            " { sector = 'Education' } } }\n"
                                            "test '3' { data = data, run = 'blocks', expect = { { "
                                            "block = 'Gola', target = 50 },"
                                            " { block = 'Mandu', target = 60, pct = 50 } } }\n"
                                            "test '4' { data = data, run = 'ledger', expect = {"
                                            " { place = 'Gola', sector = 'Agriculture', target = "
                                            "40, basis = 'given' },"
                                            " { place = 'Gola', sector = 'Construction', target = "
                                            "10 },"
                                            " { place = 'Mandu', target = 60 } } }\n";
    good(&w, text, &l);
    unload(&w, &l);
}

static void departments_are_found_in_any_spelling(void **state)
{
    (void)state;
    struct world w;
    struct loaded l;
    static const char text[] = SET(
        "by = 'department', total = { [607] = { Energy = 100 } }") "report 'r' { title = 'x', "
                                                                   "query = [[ FROM registrations"
                                                                   " |> AGGREGATE COUNT(*) AS done "
                                                                   "GROUP BY department |> ORDER "
                                                                   "BY department"
                                                                   " |> CALL against_target('set', "
                                                                   "achieved => 'done', as_on => "
                                                                   "'2021-11-30',"
                                                                   " place => 'district:607') ]] "
                                                                   "}\n"
                                                                   "test '1' { data = { "
                                                                   "registrations = { { 'date', "
                                                                   "'block', 'department', 'count' "
                                                                   "},"
                                                                   " { '2021-11-02', 'Gola', ' "
                                                                   "ENERGY', 10 }, { '2021-11-02', "
                                                                   "'Gola', 'Health', 3 },"
                                                                   " { '2021-11-02', 'Mandu', nil, "
                                                                   "30 } } }, run = 'r', expect = {"
                                                                   " { done = 30 }, { department = "
                                                                   "' ENERGY', target = 100, pct = "
                                                                   "10 },"
                                                                   " { department = 'Health', done "
                                                                   "= 3 } } }\n";
    good(&w, text, &l);
    unload(&w, &l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sector_is_shared_exactly),
        cmocka_unit_test(a_total_is_shared_over_parts_by_weights),
        cmocka_unit_test(figures_may_be_given_for_each_part),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(queries_measure_each_part),
        cmocka_unit_test(departments_are_found_in_any_spelling),
    };
    return cmocka_run_group_tests_name("script/target_parts", tests, NULL, NULL);
}
