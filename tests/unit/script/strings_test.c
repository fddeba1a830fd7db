/* SPDX-License-Identifier: MIT
 *
 * Our string functions beside Lua's own: the same results and the same errors, on chosen and on
 * random patterns. */
#include "../../../core/script/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Runs one call in both and gives all results as one text. */
static const char program[] =
    "local f, s, p, r = ...\n"
    "local function show(ok, ...)\n"
    "  local t = { tostring(ok) }\n"
    "  for i = 1, select('#', ...) do t[#t + 1] = tostring((select(i, ...))) end\n"
    "  return table.concat(t, '|')\n"
    "end\n"
    "if f == 'find' then return show(pcall(string.find, s, p)) end\n"
    "if f == 'match' then return show(pcall(string.match, s, p)) end\n"
    "if f == 'gsub' then return show(pcall(string.gsub, s, p, r)) end\n"
    "if f == 'gmatch' then\n"
    "  local all = {}\n"
    "  local ok, e = pcall(function()\n"
    "    for a, b in string.gmatch(s, p) do\n"
    "      all[#all + 1] = tostring(a) .. ',' .. tostring(b)\n"
    "      if #all > 1000 then break end\n"
    "    end\n"
    "  end)\n"
    "  return show(ok, e, table.concat(all, ';'))\n"
    "end\n"
    "if f == 'rep' then return show(pcall(string.rep, s, 3, p)) end\n"
    "return show(pcall(string.format, p, s, 5))\n";

struct call {
    const char *f, *s, *p, *r;
    char out[4096];
};

static void run(lua_State *L, struct call *c)
{
    if (luaL_loadbufferx(L, program, sizeof program - 1, "=p", "t") != LUA_OK)
        fail_msg("%s", lua_tostring(L, -1));
    lua_pushstring(L, c->f);
    lua_pushstring(L, c->s);
    lua_pushstring(L, c->p);
    lua_pushstring(L, c->r);
    lua_call(L, 4, 1);
    snprintf(c->out, sizeof c->out, "%s", lua_tostring(L, -1));
    lua_pop(L, 1);
}

static int body(lua_State *L)
{
    run(L, lua_touserdata(L, 1));
    return 0;
}

static lua_State *stock;
static struct sandbox sandbox;

static int setup(void **state)
{
    struct err err;
    (void)state;
    stock = luaL_newstate();
    luaL_openlibs(stock);
    return sandbox_init(&sandbox, &(struct sandbox_options){0}, &err);
}

static int teardown(void **state)
{
    (void)state;
    lua_close(stock);
    sandbox_fini(&sandbox);
    return 0;
}

/* Lua names the function in some errors ("bad argument #3 to 'gsub'"); the rest is the same. */
static void same(const char *f, const char *s, const char *p, const char *r)
{
    struct err err;
    struct call a = {f, s, p, r, ""};
    struct call b = a;
    run(stock, &a);
    if (sandbox_call(&sandbox, body, &b, 5000, NULL, &err) < 0)
        fail_msg("%s(\"%s\", \"%s\"): %s", f, s, p, err.msg);
    if (strcmp(a.out, b.out) != 0)
        fail_msg("%s(\"%s\", \"%s\", \"%s\"): Lua gives %s, the sandbox %s", f, s, p, r, a.out,
                 b.out);
}

static const char *const subjects[] = {"",
                                       "a",
                                       "hello world",
                                       "  key = value  ",
                                       "f(a(b)c)d)",
                                       "2021-11-18",
                                       "THE (quick) fox",
                                       "aaa bbb",
                                       "a.b.c",
                                       "x\ty\nz",
                                       "%d",
                                       "गोला"};
static const char *const patterns[] = {"",
                                       "^",
                                       "$",
                                       "^$",
                                       "a",
                                       "a*",
                                       "a+",
                                       "a-",
                                       "a?",
                                       ".",
                                       ".-",
                                       "(.-)$",
                                       "%w+",
                                       "(%w+)%s*=%s*(%w+)",
                                       "^%s*(.-)%s*$",
                                       "%b()",
                                       "()",
                                       "()a()",
                                       "(a)(b)",
                                       "(a(b)c)",
                                       "%f[%w]%w+",
                                       "[%a-z]",
                                       "[^%s]+",
                                       "[a-]",
                                       "[]]",
                                       "[^]]",
                                       "(%d+)-(%d+)-(%d+)",
                                       "%1",
                                       "(%a)%1",
                                       "%",
                                       "[",
                                       "[a",
                                       "[^",
                                       "(",
                                       ")",
                                       "%b",
                                       "%f",
                                       "%f[",
                                       "a)",
                                       "(a",
                                       "%9",
                                       "%.",
                                       "%%",
                                       ".*b",
                                       "[%w_]*",
                                       "x*$",
                                       "(.)(.)(.)(.)",
                                       "\\0"};
static const char *const replacements[] = {"", "x", "%0", "%1", "%1%0", "%%", "%", "%2", "%x"};

static void chosen_patterns(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(subjects); i++) {
        for (size_t k = 0; k < ARRAY_LEN(patterns); k++) {
            same("find", subjects[i], patterns[k], "");
            same("match", subjects[i], patterns[k], "");
            same("gmatch", subjects[i], patterns[k], "");
            for (size_t j = 0; j < ARRAY_LEN(replacements); j++)
                same("gsub", subjects[i], patterns[k], replacements[j]);
        }
    }
}

/* The thread sanitizer keeps something of every jump out of an error, and there is one thread. */
#if defined(__SANITIZE_THREAD__)
enum { ROUNDS = 200 };
#else
enum { ROUNDS = 20000 };
#endif

static char pick(unsigned *seed, const char *from)
{
    *seed = *seed * 1103515245u + 12345u;
    return from[(*seed >> 16) % strlen(from)];
}

static void random_patterns(void **state)
{
    (void)state;
    const char *given = getenv("SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : 20211118u;
    print_message("seed %u\n", seed);
    for (int i = 0; i < ROUNDS; i++) {
        char s[16];
        char p[12];
        size_t n = (size_t)(pick(&seed, "0123456789abcde") % 15);
        size_t m = (size_t)(pick(&seed, "0123456789a") % 11);
        for (size_t k = 0; k < n; k++)
            s[k] = pick(&seed, "aab.-(% 1");
        for (size_t k = 0; k < m; k++)
            p[k] = pick(&seed, "aab.-*+?()[]^$%%wsfb1 ");
        s[n] = p[m] = '\0';
        same("find", s, p, "");
        same("gsub", s, p, "<%0>");
        same("gmatch", s, p, "");
    }
}

static void repetition_and_formats(void **state)
{
    (void)state;
    same("rep", "ab", "-", "");
    same("rep", "", "", "");
    same("rep", "", "x", "");
    same("format", "x", "%s %d", "");
    same("format", "x", "%5.1s|%-5d|", "");
    same("format", "x", "%q", "");
}

static void format_names_itself_and_the_line(void **state)
{
    struct err err;
    struct call c = {"format", "x", "%s %d %s", "", ""};
    (void)state;
    assert_int_equal(sandbox_call(&sandbox, body, &c, 5000, NULL, &err), 0);
    assert_string_equal(c.out, "false|bad argument #4 to 'format' (no value)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_patterns),
        cmocka_unit_test(random_patterns),
        cmocka_unit_test(repetition_and_formats),
        cmocka_unit_test(format_names_itself_and_the_line),
    };
    return cmocka_run_group_tests_name("script/strings", tests, setup, teardown);
}
