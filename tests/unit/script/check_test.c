/* SPDX-License-Identifier: MIT
 *
 * `panji plugin check`: what it says about a good plugin, and where it looks. */
#include "world.h"

static void says(struct world *w, const char *name, int expected, const char *part)
{
    struct buf out;
    struct err err = {0};
    char path[256];
    world_path(w, name, path);
    buf_init(&out, MEM_SCRIPT);
    int rc = plugin_check(path, w->cell, &out, &err);
    buf_char(&out, '\0');
    if (rc != expected || !strstr(out.p, part))
        fail_msg("%d, \"%s\" expected, got %d in:\n%s", expected, part, rc, out.p);
    buf_fini(&out);
}

#define QUERY                                                                                      \
    "report \"r\" { title = 'Progress', query = [[FROM registrations |> AGGREGATE COUNT(*) AS n "  \
    "GROUP BY block |> CALL against_target('shared', achieved => 'n', as_on => DATE "              \
    "'2021-11-18')]] }\n"

static void a_good_plugin_is_described(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_write(&w, "mine.lua",
                "plugin { name = \"mine\", version = \"1.2\", api = 1 }\n"
                "report \"r\" { title = 'Rows', query = 'FROM registrations |> SELECT block' }\n"
                "schedule \"s\" { report = 'r', at = '18:00', deliver = 'bdo' }\n");
    says(&w, "mine.lua", 0, "mine 1.2: good\n  report   r: Rows\n  schedule s: r at 18:00 to bdo");
    world_remove(&w, "mine.lua");
    world_fini(&w);
}

static void targets_of_the_plugins_beside_are_known(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_write(&w, "mine.lua", "plugin { name = \"mine\", version = \"1\", api = 1 }\n" QUERY);
    says(&w, "mine.lua", ERR_PLUGIN, "There is no target set \"shared\"");
    world_write(&w, "broken.lua", "this is no Lua");
    world_write(&w, "other.lua",
                "plugin { name = \"other\", version = \"1\", api = 1 }\n"
                "targets \"shared\" { source = 'x', level = 'block', from = '2021-08-26', to = "
                "'2021-12-31', values = { [3168] = 7 } }\n");
    says(&w, "mine.lua", 0, "mine 1: good");
    world_remove(&w, "mine.lua");
    world_remove(&w, "broken.lua");
    world_remove(&w, "other.lua");
    world_fini(&w);
}

static void a_path_that_is_not_there_is_told(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    says(&w, "nothing.lua", ERR_PLUGIN, "No such file or directory");
    world_fini(&w);
}

/* As an old editor saves it. */
static void another_encoding_is_told(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    world_write(&w, "mine.lua",
                "plugin { name = \"mine\", version = \"1\", api = 1 }\n-- caf\xe9\n" QUERY);
    says(&w, "mine.lua", ERR_PLUGIN, "mine.lua:2:7: this is not UTF-8");
    says(&w, "mine.lua", ERR_PLUGIN, "save the file again in the encoding UTF-8");
    world_write(&w, "mine.lua", "\xff\xfep");
    says(&w, "mine.lua", ERR_PLUGIN, "mine.lua:1:1: this is not UTF-8");
    world_remove(&w, "mine.lua");
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_plugin_is_described),
        cmocka_unit_test(targets_of_the_plugins_beside_are_known),
        cmocka_unit_test(a_path_that_is_not_there_is_told),
        cmocka_unit_test(another_encoding_is_told),
    };
    return cmocka_run_group_tests_name("script/check", tests, NULL, NULL);
}
