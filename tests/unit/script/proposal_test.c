/* SPDX-License-Identifier: MIT
 *
 * Versions of plugins from memory: beside the set that serves, and into its folder. */
#include "world.h"

#define PLUGIN(name, rest) "plugin { name = \"" name "\", version = \"2\", api = 1 }\n" rest
#define TARGETS(name)                                                                              \
    "targets \"" name "\" { source = 'x', level = 'block', from = '2021-11-01', to = "             \
    "'2021-11-30', fixed = { [3168] = 10 } }\n"
#define FN(name) "fn \"" name "\" { args = { 'a' }, returns = 'INT64', expr = 'a + 1' }\n"

struct fixture {
    struct world w;
    struct registry *r;
    const struct plugin_set *set;
    struct snap *snap;
    struct proposal *p;
    struct err err;
};

static struct fixture *fixture(void **state)
{
    return *state;
}

static int up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    world_init(&f->w);
    world_write(&f->w, "other.lua", PLUGIN("other", TARGETS("shared") FN("plus_one")));
    world_write(&f->w, "mine.lua", PLUGIN("mine", TARGETS("own") FN("plus_two")));
    if (registry_new(f->w.dir, f->w.cell, &f->r, &f->err) != 0)
        return -1;
    f->set = registry_get(f->r);
    f->snap = snap_cell_get(f->w.cell);
    *state = f;
    return 0;
}

static int down(void **state)
{
    struct fixture *f = *state;
    proposal_free(f->p);
    snap_unref(f->snap);
    plugin_set_unref(f->set);
    registry_free(f->r);
    world_remove(&f->w, "other.lua");
    world_remove(&f->w, "mine.lua");
    world_remove(&f->w, "new.lua");
    world_fini(&f->w);
    free(f);
    return 0;
}

static int propose(struct fixture *f, const char *name, const char *text)
{
    proposal_free(f->p);
    f->p = NULL;
    return proposal_new(f->set, f->snap, str_of(name), str_of(text), &f->p, &f->err);
}

/* The only mistake, or the first one that has this part. */
static void expect_mistake(struct fixture *f, const char *part)
{
    size_t n;
    const struct mistake *m = proposal_mistakes(f->p, &n);
    for (size_t i = 0; i < n; i++)
        if (strstr(m[i].err.msg, part))
            return;
    fail_msg("no mistake says %s; %zu do, the first %s", part, n, n ? m[0].err.msg : "");
}

static size_t mistakes(struct fixture *f)
{
    size_t n;
    (void)proposal_mistakes(f->p, &n);
    return n;
}

static void the_text_tells_its_name(void **state)
{
    struct fixture *f = fixture(state);
    assert_int_equal(propose(f, "", PLUGIN("mine", "")), 0);
    assert_true(str_eq(proposal_plugin(f->p)->name, STR("mine")));
    assert_int_equal(mistakes(f), 0);
    assert_int_equal(propose(f, "", "report \"r\" { title = 'x' }\n"), 0);
    expect_mistake(f, "there is no \"query\"");
    assert_int_equal(propose(f, "other", PLUGIN("mine", "")), 0);
    expect_mistake(f, "the plugin is called \"mine\", but its file \"other\"");
    assert_int_equal(propose(f, "../x", ""), ERR_PARAM);
    assert_int_equal(propose(f, "Mine", ""), ERR_PARAM);
}

static void it_takes_the_place_of_the_version_that_serves(void **state)
{
    struct fixture *f = fixture(state);
    /* its own names are no repetition of its older version; those of others are */
    assert_int_equal(propose(f, "mine", PLUGIN("mine", TARGETS("own") FN("plus_two"))), 0);
    assert_int_equal(mistakes(f), 0);
    assert_int_equal(propose(f, "mine", PLUGIN("mine", TARGETS("shared") FN("plus_one"))), 0);
    assert_int_equal(mistakes(f), 2);
    expect_mistake(f, "the function \"plus_one\" is declared by the plugin other as well");
    expect_mistake(f, "the target set \"shared\" is declared by the plugin other as well");
}

static void its_reports_run_with_what_others_declare(void **state)
{
    struct fixture *f = fixture(state);
    struct report_result out;
    struct run_options o = {.snap = f->snap};
    assert_int_equal(
        propose(f, "mine",
                PLUGIN("mine",
                       "fn \"plus_two\" { args = { 'a' }, returns = 'INT64', expr = 'a + 20' }\n"
                       "report \"r\" { title = 'x', query = [[FROM targets |> WHERE `set` = "
                       "'shared' |> SELECT plus_one(target) AS a, plus_two(target) AS b]] }")),
        0);
    assert_int_equal(mistakes(f), 0);
    assert_int_equal(
        report_run(proposal_set(f->p), proposal_plugin(f->p)->report, &o, &out, &f->err), 0);
    assert_int_equal(out.result.frame->rows, 1);
    assert_int_equal(frame_get(out.result.frame, 0, 0).i, 11);
    assert_int_equal(frame_get(out.result.frame, 0, 1).i, 30);
    report_result_fini(&out);
}

static void its_tests_are_run(void **state)
{
    struct fixture *f = fixture(state);
    assert_int_equal(
        propose(f, "mine",
                PLUGIN("mine", "report \"r\" { title = 'x', query = [[FROM registrations |> "
                               "AGGREGATE COUNT(*) AS n]] }\n"
                               "test \"three\" { data = { registrations = { { 'date', 'count' }, { "
                               "'2021-11-18', 3 } } }, run = 'r', expect = { { n = 4 } } }\n")),
        0);
    assert_int_equal(proposal_tests(f->p), 1);
    expect_mistake(f, "test \"three\"");
}

static void too_long_a_text_is_refused(void **state)
{
    struct fixture *f = fixture(state);
    size_t n = 300 << 10;
    char *text = calloc(1, n + 1);
    assert_non_null(text);
    memset(text, '-', n);
    assert_int_equal(propose(f, "mine", text), ERR_TOO_LARGE);
    free(text);
}

static void a_version_is_stored_whole_and_serves(void **state)
{
    struct fixture *f = fixture(state);
    bool replaced = true;
    char path[256];
    assert_int_equal(registry_store(f->r, STR("new"), STR(PLUGIN("new", "")), &replaced, &f->err),
                     0);
    assert_false(replaced);
    const struct plugin_set *s = registry_get(f->r);
    assert_int_equal(s->n, 3);
    assert_int_equal(s->plugin[1].status, PLUGIN_OK);
    assert_true(str_eq(s->plugin[1].name, STR("new")));
    plugin_set_unref(s);
    assert_int_equal(
        registry_store(f->r, STR("new"), STR(PLUGIN("new", FN("x"))), &replaced, &f->err), 0);
    assert_true(replaced);
    world_path(&f->w, ".new.lua.part", path);
    assert_int_equal(access(path, F_OK), -1);
    chmod(f->w.dir, 0500);
    if (access(f->w.dir, W_OK) != 0) { /* not for the superuser, whom no mode holds back */
        assert_int_equal(registry_store(f->r, STR("no"), STR("x"), &replaced, &f->err), ERR_IO);
        assert_non_null(strstr(f->err.msg, "cannot write"));
    }
    chmod(f->w.dir, 0700);
}

/* Several files: in any order, with folders before their names or without. */
static void a_folder_is_tried(void **state)
{
    struct fixture *f = fixture(state);
    size_t n;
    static const struct plugin_file file[] = {
        {TEXT_OF("mine/parts.lua"), TEXT_OF(FN("plus_three"))},
        {TEXT_OF("mine/plugin.lua"), TEXT_OF(PLUGIN("mine", "use \"parts\"\n"))},
    };
    assert_int_equal(proposal_new_folder(f->set, f->snap, STR("mine"), file, 2, &f->p, &f->err), 0);
    (void)proposal_mistakes(f->p, &n);
    if (n > 0)
        fail_msg("%.*s", STR_ARG(proposal_plugin(f->p)->errors_text));
    assert_int_equal(proposal_plugin(f->p)->fns, 1);
    proposal_free(f->p);

    /* as it calls itself, and a mistake in a file of it */
    static const struct plugin_file bad[] = {
        {TEXT_OF("plugin.lua"), TEXT_OF(PLUGIN("mine", "use \"parts\"\n"))},
        {TEXT_OF("parts.lua"), TEXT_OF("\nfnn \"x\" { }\n")},
    };
    assert_int_equal(proposal_new_folder(f->set, f->snap, STR(""), bad, 2, &f->p, &f->err), 0);
    const struct mistake *m = proposal_mistakes(f->p, &n);
    assert_true(n > 0);
    assert_true(str_eq(m[0].file, STR("mine/parts.lua")));
    assert_int_equal(m[0].err.line, 2);
}

static void a_folder_without_its_main_file_is_refused(void **state)
{
    struct fixture *f = fixture(state);
    static const struct plugin_file one[] = {{TEXT_OF("parts.lua"), TEXT_OF("")}};
    static const struct plugin_file twice[] = {{TEXT_OF("plugin.lua"), TEXT_OF("")},
                                               {TEXT_OF("b/plugin.lua"), TEXT_OF("")}};
    static const struct plugin_file other[] = {{TEXT_OF("plugin.lua"), TEXT_OF("")},
                                               {TEXT_OF("list.csv"), TEXT_OF("")}};
    static const struct {
        const struct plugin_file *file;
        size_t n;
        const char *part;
    } bad[] = {{one, 1, "no plugin.lua"}, {twice, 2, "sent twice"}, {other, 2, "list.csv"}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(proposal_new_folder(f->set, f->snap, STR("mine"), bad[i].file, bad[i].n,
                                             &f->p, &f->err),
                         ERR_PARAM);
        assert_non_null(strstr(f->err.msg, bad[i].part));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_text_tells_its_name, up, down),
        cmocka_unit_test_setup_teardown(it_takes_the_place_of_the_version_that_serves, up, down),
        cmocka_unit_test_setup_teardown(its_reports_run_with_what_others_declare, up, down),
        cmocka_unit_test_setup_teardown(its_tests_are_run, up, down),
        cmocka_unit_test_setup_teardown(too_long_a_text_is_refused, up, down),
        cmocka_unit_test_setup_teardown(a_version_is_stored_whole_and_serves, up, down),
        cmocka_unit_test_setup_teardown(a_folder_is_tried, up, down),
        cmocka_unit_test_setup_teardown(a_folder_without_its_main_file_is_refused, up, down),
    };
    return cmocka_run_group_tests_name("script/proposal", tests, NULL, NULL);
}
