/* SPDX-License-Identifier: MIT
 *
 * The dashboard's files: found by name alone, sent packed, kept by browsers as long as they may. */
#include "../../../core/net/assets.h"

#include "base/limits.h"
#include "world.h"

static void put(const char *dir, const char *name, const char *text)
{
    world_write(dir, name, text);
}

static struct assets *load(const char *dir)
{
    struct err e = {0};
    struct assets *a = NULL;
    int rc = assets_load(dir, &a, &e);
    assert_string_equal(rc < 0 ? e.msg : "", "");
    return a;
}

static void files_are_found_by_their_exact_name(void **state)
{
    char dir[128];
    (void)state;
    tmpdir_make(dir);
    put(dir, "index.html", "<!DOCTYPE html>");
    put(dir, "app-ABCD2345.js", "1");
    put(dir, "app-ABCD2345.js.gz", "packed");
    put(dir, ".hidden", "no");
    struct assets *a = load(dir);
    const struct asset *app = assets_find(a, STR("app-ABCD2345.js"));
    assert_non_null(app);
    assert_true(app->lasting);
    assert_string_equal(app->type, "text/javascript; charset=utf-8");
    assert_false(assets_find(a, STR("index.html"))->lasting);
    static const char *const none[] = {
        "app",      "", ".", "..", "../index.html", "/index.html", ".hidden", "app-ABCD2345.js.gz",
        "index.htm"};
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        assert_null(assets_find(a, str_of(none[i])));
    assert_null(assets_find(NULL, STR("index.html")));
    assets_free(a);
    tmpdir_remove(dir);
}

static void the_shortest_form_is_sent_that_is_read(void **state)
{
    char dir[128];
    (void)state;
    tmpdir_make(dir);
    put(dir, "index.html", "plain");
    put(dir, "index.html.gz", "gzip");
    put(dir, "index.html.br", "br");
    put(dir, "alone.js", "plain");
    struct assets *a = load(dir);
    const struct asset *page = assets_find(a, STR("index.html"));
    assert_int_equal(asset_pick(page, STR("gzip, deflate, br")), ASSET_BROTLI);
    assert_int_equal(asset_pick(page, STR("gzip, deflate")), ASSET_GZIP);
    assert_int_equal(asset_pick(page, STR("br;q=0, gzip")), ASSET_GZIP);
    assert_int_equal(asset_pick(page, STR("")), ASSET_PLAIN);
    assert_int_equal(asset_pick(assets_find(a, STR("alone.js")), STR("br, gzip")), ASSET_PLAIN);
    assert_string_not_equal(page->tag[ASSET_PLAIN], page->tag[ASSET_GZIP]);
    assert_string_not_equal(page->tag[ASSET_GZIP], page->tag[ASSET_BROTLI]);
    assets_free(a);
    tmpdir_remove(dir);
}

static void the_tag_follows_the_content(void **state)
{
    char dir[128];
    (void)state;
    tmpdir_make(dir);
    put(dir, "index.html", "one");
    struct assets *one = load(dir);
    struct assets *same = load(dir);
    put(dir, "index.html", "two");
    struct assets *two = load(dir);
    const char *tag = assets_find(one, STR("index.html"))->tag[ASSET_PLAIN];
    assert_string_equal(tag, assets_find(same, STR("index.html"))->tag[ASSET_PLAIN]);
    assert_string_not_equal(tag, assets_find(two, STR("index.html"))->tag[ASSET_PLAIN]);
    assets_free(one);
    assets_free(same);
    assets_free(two);
    tmpdir_remove(dir);
}

static void a_folder_without_a_page_is_refused(void **state)
{
    char dir[128];
    struct assets *a = NULL;
    struct err e = {0};
    (void)state;
    tmpdir_make(dir);
    assert_int_equal(assets_load(dir, &a, &e), ERR_NOT_FOUND);
    put(dir, "app.js", "1");
    assert_int_equal(assets_load(dir, &a, &e), ERR_NOT_FOUND);
    put(dir, "index.html", "x");
    for (int i = 0; i < DASHBOARD_FILES_MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d.js", i);
        put(dir, name, "1");
    }
    assert_int_equal(assets_load(dir, &a, &e), ERR_LIMIT);
    assert_null(a);
    tmpdir_remove(dir);
    assert_int_equal(assets_load(dir, &a, &e), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_found_by_their_exact_name),
        cmocka_unit_test(the_shortest_form_is_sent_that_is_read),
        cmocka_unit_test(the_tag_follows_the_content),
        cmocka_unit_test(a_folder_without_a_page_is_refused),
    };
    return cmocka_run_group_tests_name("net/assets", tests, NULL, NULL);
}
