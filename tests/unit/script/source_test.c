/* SPDX-License-Identifier: MIT
 *
 * Files of plugins, and places in them. */
#include "../../../core/script/source.h"

#include "world.h"

static void words_are_found_whole_and_outside_comments(void **state)
{
    (void)state;
    struct source s = {.text = STR("-- pct here\nlocal pct2 = pct -- pct\nreport { pct = 1 }\n")};
    size_t at;
    assert_true(source_find(&s, 0, STR("pct"), &at));
    assert_int_equal(at, 25);
    assert_true(source_find(&s, at + 1, STR("pct"), &at));
    assert_int_equal(at, 45);
    assert_false(source_find(&s, at + 1, STR("pct"), &at));
    assert_false(source_find(&s, 0, STR("local pct"), &at));
    assert_false(source_find(&s, 0, STR(""), &at));
}

static void the_last_place_of_a_word_is_found(void **state)
{
    (void)state;
    struct source s = {.text = STR("a = 1\nab = {\n a,\n}\na = 2\n")};
    assert_int_equal(source_find_before(&s, STR("a"), source_line(&s, 5)), 14);
    assert_int_equal(source_find_before(&s, STR("a"), 6), 0);
    assert_int_equal(source_find_before(&s, STR("b"), 6), 6);
}

static void lines_are_counted_from_one(void **state)
{
    (void)state;
    struct source s = {.text = STR("a\nbb\nccc")};
    assert_int_equal(source_line(&s, 1), 0);
    assert_int_equal(source_line(&s, 2), 2);
    assert_int_equal(source_line(&s, 3), 5);
    assert_int_equal(source_line(&s, 4), 8);
}

static void a_folder_is_read_main_file_first(void **state)
{
    (void)state;
    struct world w;
    struct sources s;
    struct arena a;
    struct err err;
    char folder[256];
    world_init(&w);
    arena_init(&a, MEM_SCRIPT, 0);
    world_path(&w, "mine", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    world_write(&w, "mine/plugin.lua", "-- main");
    world_write(&w, "mine/b.lua", "-- b");
    world_write(&w, "mine/a.lua", "-- a");
    world_write(&w, "mine/notes.txt", "nothing");
    assert_int_equal(sources_read(&a, str_of(folder), &s, &err), 0);
    assert_int_equal(s.n, 3);
    assert_string_equal(s.at[0].name.p, "mine/plugin.lua");
    assert_string_equal(s.at[1].part.p, "a");
    assert_string_equal(s.at[2].part.p, "b");
    char before[65];
    memcpy(before, s.sha256, sizeof before);
    world_write(&w, "mine/b.lua", "-- c");
    assert_int_equal(sources_read(&a, str_of(folder), &s, &err), 0);
    assert_string_not_equal(before, s.sha256);
    assert_ptr_equal(sources_find(&s, STR("mine/b.lua")), &s.at[2]);
    world_remove(&w, "mine/plugin.lua");
    assert_int_equal(sources_read(&a, str_of(folder), &s, &err), ERR_NOT_FOUND);
    world_remove(&w, "mine/a.lua");
    world_remove(&w, "mine/b.lua");
    world_remove(&w, "mine/notes.txt");
    rmdir(folder);
    arena_fini(&a);
    world_fini(&w);
}

static void a_file_too_long_is_refused(void **state)
{
    (void)state;
    struct world w;
    struct sources s;
    struct arena a;
    struct err err;
    char path[256];
    static char text[PLUGIN_BYTES_MAX + 2];
    memset(text, ' ', PLUGIN_BYTES_MAX + 1);
    world_init(&w);
    arena_init(&a, MEM_SCRIPT, 0);
    world_write(&w, "long.lua", text);
    world_path(&w, "long.lua", path);
    assert_int_equal(sources_read(&a, str_of(path), &s, &err), ERR_TOO_LARGE);
    assert_non_null(strstr(err.msg, "256 KiB"));
    world_remove(&w, "long.lua");
    arena_fini(&a);
    world_fini(&w);
}

static void mistakes_are_bounded(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, MEM_SCRIPT, 0);
    struct diags *d = ARENA_NEW(&a, struct diags);
    struct source s = {.name = STR("x.lua"), .text = STR("one\ntwo\n")};
    for (int i = 0; i < DIAGS_MAX + 5; i++)
        err_hint(diag_add(d, &s, 4, 3, ERR_PLUGIN, "mistake %d", i), "hint");
    assert_int_equal(d->n, DIAGS_MAX);
    struct buf out;
    struct err first;
    buf_init(&out, MEM_SCRIPT);
    diags_print(d, &out);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.p, "x.lua:2:1: mistake 0"));
    assert_non_null(strstr(out.p, "and 5 more"));
    diags_first(d, &first);
    assert_string_equal(first.msg, "x.lua:2: mistake 0");
    assert_int_equal(first.line, 2);
    buf_fini(&out);
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_found_whole_and_outside_comments),
        cmocka_unit_test(the_last_place_of_a_word_is_found),
        cmocka_unit_test(lines_are_counted_from_one),
        cmocka_unit_test(a_folder_is_read_main_file_first),
        cmocka_unit_test(a_file_too_long_is_refused),
        cmocka_unit_test(mistakes_are_bounded),
    };
    return cmocka_run_group_tests_name("script/source", tests, NULL, NULL);
}
