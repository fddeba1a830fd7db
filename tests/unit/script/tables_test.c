/* SPDX-License-Identifier: MIT
 *
 * Our table functions beside Lua's own. */
#include "../../../core/script/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct job {
    const char *text;
    char out[1024];
};

static void run(lua_State *L, struct job *job)
{
    static const char head[] = "local function show(t) local o = {} for i = 1, 12 do o[i] = "
                               "tostring(t[i]) end return table.concat(o, ' ') end\n";
    lua_pushfstring(L, "%s%s", head, job->text);
    size_t n;
    const char *p = lua_tolstring(L, -1, &n);
    if (luaL_loadbufferx(L, p, n, "=p", "t") != LUA_OK)
        fail_msg("%s", lua_tostring(L, -1));
    lua_call(L, 0, 1);
    snprintf(job->out, sizeof job->out, "%s", luaL_tolstring(L, -1, NULL));
    lua_pop(L, 3);
}

static int body(lua_State *L)
{
    run(L, lua_touserdata(L, 1));
    return 0;
}

static void same(const char *text)
{
    struct err err;
    struct sandbox s;
    struct job a = {text, ""};
    struct job b = a;
    lua_State *stock = luaL_newstate();
    luaL_openlibs(stock);
    run(stock, &a);
    lua_close(stock);
    assert_int_equal(sandbox_init(&s, &(struct sandbox_options){0}, &err), 0);
    if (sandbox_call(&s, body, &b, 5000, NULL, &err) < 0)
        fail_msg("%s: %s", text, err.msg);
    sandbox_fini(&s);
    if (strcmp(a.out, b.out) != 0)
        fail_msg("%s: Lua gives %s, the sandbox %s", text, a.out, b.out);
}

static void lists_are_changed_alike(void **state)
{
    (void)state;
    same("local t = {1, 2, 3} table.insert(t, 4) table.insert(t, 1, 0) return show(t)");
    same("local t = {} table.insert(t, 'a') return show(t)");
    same("local t = {1, 2, 3, 4} local r = table.remove(t) return show(t) .. r");
    same("local t = {1, 2, 3, 4} local r = table.remove(t, 2) return show(t) .. r");
    same("local t = {} return tostring(table.remove(t)) .. show(t)");
    same("local t = {1, 2, 3} local r = table.remove(t, 4) return show(t) .. tostring(r)");
    same("local t = {1, 2, 3} return show(table.move(t, 1, 3, 2))");
    same("local t = {1, 2, 3, 4} return show(table.move(t, 2, 4, 1))");
    same("local t = {1, 2} return show(table.move(t, 1, 2, 3, {9, 9}))");
    same("return table.concat({1, 2.5, 'x'}, ', ')");
    same("return table.concat({1, 2, 3}, '-', 2, 3) .. table.concat({}, 'x')");
    same("return select('#', table.unpack({1, nil, 3}, 1, 5))");
    same("return table.pack(1, nil, 3).n .. show(table.pack('a', 'b'))");
}

static void errors_are_alike(void **state)
{
    (void)state;
    same("return tostring(pcall(table.insert, {1}, 5, 0))");
    same("return tostring(pcall(table.remove, {1}, 5))");
    same("return tostring(pcall(table.concat, {1, {}}))");
    same("return tostring(pcall(table.unpack, {}, 1, 1e8))");
    same("return tostring(pcall(table.sort, {1, 'a'}))");
}

static void sorting_sorts(void **state)
{
    (void)state;
    same("local t = {5, 2, 8, 1, 9, 3} table.sort(t) return show(t)");
    same("local t = {'b', 'a', 'c'} table.sort(t, function(x, y) return x > y end) return show(t)");
    same("local t = {} for i = 1, 500 do t[i] = (i * 7919) % 1009 end table.sort(t) for i = 2, 500 "
         "do "
         "if t[i - 1] > t[i] then return 'wrong at ' .. i end end return 'sorted'");
    same("local t = {1} table.sort(t) return show(t)");
    same("local t = {} table.sort(t) return show(t)");
}

/* Lua's own may raise "invalid order function"; ours keeps the elements. */
static void a_contradictory_order_does_no_harm(void **state)
{
    (void)state;
    struct err err;
    struct sandbox s;
    struct job job = {
        "local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() return true "
        "end) local n = 0 for _, v in ipairs(t) do n = n + v end return n",
        ""};
    assert_int_equal(sandbox_init(&s, &(struct sandbox_options){0}, &err), 0);
    assert_int_equal(sandbox_call(&s, body, &job, 5000, NULL, &err), 0);
    assert_string_equal(job.out, "5050");
    sandbox_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_changed_alike),
        cmocka_unit_test(errors_are_alike),
        cmocka_unit_test(sorting_sorts),
        cmocka_unit_test(a_contradictory_order_does_no_harm),
    };
    return cmocka_run_group_tests_name("script/tables", tests, NULL, NULL);
}
