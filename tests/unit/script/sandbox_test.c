/* SPDX-License-Identifier: MIT
 *
 * What a hostile or clumsy script can do, and that it ends: every case runs under a limit of
 * LIMIT_MS and must be over shortly after it, with the right kind of error. */
#include "../../../core/script/sandbox.h"

#include <lauxlib.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

enum { LIMIT_MS = 200, MEMORY_LIMIT_MS = 20000, SLACK_MS = 300 };

static int64_t limit_ms = LIMIT_MS;

struct job {
    const char *text;
    char out[256]; /* what the script returned, as text */
};

static int body(lua_State *L)
{
    struct job *job = lua_touserdata(L, 1);
    sandbox_load_text(L, str_of(job->text), "@test.lua");
    lua_call(L, 0, 1);
    sandbox_tostring(L, -1);
    snprintf(job->out, sizeof job->out, "%s", lua_tostring(L, -1));
    return 0;
}

static int run(struct job *job, struct err *err)
{
    struct sandbox s;
    assert_int_equal(sandbox_init(&s, &(struct sandbox_options){0}, err), 0);
    int rc = sandbox_call(&s, body, job, limit_ms, NULL, err);
    sandbox_fini(&s);
    return rc;
}

static void gives(const char *text, const char *expected)
{
    struct job job = {.text = text};
    struct err err = {0};
    int rc = run(&job, &err);
    if (rc != 0)
        fail_msg("%s: %s", text, err.msg);
    assert_string_equal(job.out, expected);
}

static void fails(const char *text, const char *part)
{
    struct job job = {.text = text};
    struct err err = {0};
    int64_t start = clock_mono_ns();
    int rc = run(&job, &err);
    int64_t ms = (clock_mono_ns() - start) / 1000000;
    if (rc == 0)
        fail_msg("not refused: %s gave %s", text, job.out);
    if (!strstr(err.msg, part))
        fail_msg("%s: \"%s\" is not in \"%s\"", text, part, err.msg);
    if (ms > limit_ms + SLACK_MS)
        fail_msg("%s: took %d ms", text, (int)ms);
}

static void endless_scripts_are_stopped(void **state)
{
    (void)state;
    static const char *const hazards[] = {
        "while true do end",
        "repeat until false",
        "local function f() return f() end return f()",
        "while true do pcall(function() while true do end end) end",
        "local function f() pcall(f) return f() end return f()",
        "while true do pcall(error, 'x') end",
        "return string.find(('a'):rep(10000), '.-.-.-.-.-.-.-.-b')",
        "return (('a?'):rep(28) .. ('a'):rep(28)):len(), ('a'):rep(28):match(('a?'):rep(28) .. "
        "('a'):rep(28))",
        "return ('x'):rep(100000):gsub('.-.-.-.-.-y', '')",
        "for _ in ('a'):rep(100000):gmatch('.-.-.-.-b') do end",
        "return ('('):rep(200000):gsub('%b()', '')",
        "return ('a'):rep(1000000):find('a.-b.-c')",
        "local t = {} return table.move(t, 1, 1 << 40, 2)",
        "return table.concat({}, '', 1, -1) .. table.concat({1}, 'x', 1, 1) .. #table.move({}, 1, "
        "1 << 50, 3)",
        "local t = {} for i = 1, 100000 do t[i] = i end while true do table.sort(t, function(a, b) "
        "return a > b end) end",
        "local t = {} for i = 1, 200000 do t[i] = i end for i = 1, 1e9 do table.insert(t, 1, i) "
        "end",
        "local s = ('x'):rep(1 << 22) while true do s:upper() end",
        "local s = ('x'):rep(1 << 22) while true do s:reverse() end",
        "local t = setmetatable({}, {__index = function(t, k) return t[k .. 'x'] end}) while true "
        "do "
        "pcall(function() return t.a end) end",
        "for _ in pairs(setmetatable({}, {__index = function() while true do end end})) do end "
        "local t = setmetatable({}, {__lt = function() while true do end end}) return t < t",
        "local t = {} for i = 1, 50000 do t[i] = i % 7 end while true do for _ in pairs(t) do end "
        "end",
        "return tostring(setmetatable({}, {__tostring = function() while true do end end}))",
        "error(setmetatable({}, {__tostring = function() while true do end end, "
        "__index = function() while true do end end}))",
        "while true do local s = string.format('%099d', 1) end",
        "while true do utf8.len(('x'):rep(1 << 20)) end",
    };
    for (size_t i = 0; i < ARRAY_LEN(hazards); i++) {
        struct job job = {.text = hazards[i]};
        struct err err = {0};
        int64_t start = clock_mono_ns();
        int rc = run(&job, &err);
        int64_t ms = (clock_mono_ns() - start) / 1000000;
        if (rc == 0)
            fail_msg("went through: %s", hazards[i]);
        if (ms > LIMIT_MS + SLACK_MS)
            fail_msg("took %d ms: %s", (int)ms, hazards[i]);
    }
}

static void the_limit_is_told(void **state)
{
    (void)state;
    fails("while true do end", "ran longer than its limit of 200 ms");
    fails("pcall(function() while true do end end) return 1", "ran longer than its limit");
}

static void memory_is_bounded(void **state)
{
    (void)state;
    limit_ms = MEMORY_LIMIT_MS; /* what stops them is the cap, however slow the machine */
    fails("local s = 'x' while true do s = s .. s end", "memory");
    fails("local t = {} for i = 1, 1 << 26 do t[i] = {i} end", "memory");
    fails("local s = ('x'):rep(100000) local t = {} for i = 1, 1e9 do t[i] = s .. i end", "memory");
    fails("pcall(function() local s = 'x' while true do s = s .. s end end) return 1", "memory");
    fails("return ('x'):rep(1 << 40)", "too large");
    fails("return table.unpack({}, 1, 1 << 40)", "too many results");
    fails("local function f(n) return 1 + f(n) end return f(1)", "stack overflow");
    gives("local t = {} local function f() t[#t + 1] = {} pcall(f) end f() return #t > 100",
          "true");
    limit_ms = LIMIT_MS;
}

static void what_does_not_end_by_itself_is_refused(void **state)
{
    (void)state;
    gives("return string.rep('', 1 << 62)", "");
    fails("return table.insert(setmetatable({}, {__len = function() return 1 << 40 end}), 1, 1)",
          "plain table");
    fails("setmetatable({}, {__gc = function() end})", "__gc is not available");
    fails("setmetatable({}, {__mode = 'k'})", "__mode is not available");
    fails("local x <close> = setmetatable({}, {__close = function() end})", "__close is not");
}

static void nothing_outside_can_be_reached(void **state)
{
    (void)state;
    fails("return os.time()", "unknown name \"os\" (scripts have no clock");
    fails("return io.open('/etc/passwd')", "unknown name \"io\"");
    fails("return load('return 1')", "unknown name \"load\"");
    fails("return require('x')", "unknown name \"require\"");
    fails("return debug.getinfo(1)", "unknown name \"debug\"");
    fails("return coroutine.create(print)", "unknown name \"coroutine\"");
    fails("return xpcall(1)", "unknown name \"xpcall\"");
    fails("return collectgarbage()", "unknown name \"collectgarbage\"");
    fails("return string.dump(function() end)", "attempt to call a nil value");
    fails("return math.randomseed(1)", "attempt to call a nil value");
    fails("return tostrng(1)", "did you mean \"tostring\"?");
}

static void globals_and_libraries_are_frozen(void **state)
{
    (void)state;
    fails("x = 1", "\"x\" is not a local variable (write `local x = ...`)");
    fails("string = {}", "\"string\" is not a local variable");
    fails("string.rep = nil", "a library table cannot be changed");
    fails("local s = string s.format = 1", "cannot be changed");
    fails("table.insert(string, 1)", "plain table");
    fails("setmetatable(string, {})", "protected metatable");
    fails("setmetatable(_ENV, {})", "protected metatable");
    gives("return getmetatable('')", "false");
    gives("return getmetatable(_ENV)", "false");
    gives("return getmetatable(math)", "false");
}

static void one_call_leaves_nothing_for_the_next(void **state)
{
    (void)state;
    gives("pcall(function() string.x = 1 end) return string.x", "nil");
    gives("return string.x", "nil");
}

static void results_repeat(void **state)
{
    (void)state;
    struct job a = {.text = "return math.random(1 << 40) .. ' ' .. math.random()"};
    struct job b = a;
    struct err err = {0};
    assert_int_equal(run(&a, &err), 0);
    assert_int_equal(run(&b, &err), 0);
    assert_string_equal(a.out, b.out);
    gives("local s = '' for k in pairs { b = 1, a = 2, [3] = 1, [1] = 1, [true] = 2 } do s = s .. "
          "tostring(k) .. ' ' end return s",
          "1 3 a b true ");
    gives("return tostring({}) .. string.format('%s', pairs)", "tablefunction");
    fails("return string.format('%5p', {})", "%p is not available");
}

static void ordinary_lua_works(void **state)
{
    (void)state;
    gives("return ('key = value'):match('^(%w+)%s*=%s*(%w+)$')", "key");
    gives("return (('hello world'):gsub('o', '0'))", "hell0 w0rld");
    gives("return (('a,b,c'):gsub('%w', {a = '1', b = true and 'x'}))", "1,x,c");
    gives("return (('abc'):gsub('%w', '%0%0'))", "aabbcc");
    gives("return (('THE (quick) fox'):find('%((%a+)%)'))", "5");
    gives("return (('THE (quick) fox'):gsub('%f[%a]%a+', function(w) return #w .. '' end))",
          "3 (5) 3");
    gives("return ('x^y'):find('^', 1, true)", "2");
    gives("local n = 0 for w in ('one two  three'):gmatch('%a+') do n = n + #w end return n", "11");
    gives("return (('f(a(b)c)d'):match('%b()'))", "(a(b)c)");
    gives("return (('aa bb'):match('(%a)%1'))", "a");
    gives("return ('abc'):gsub('', '-')", "-a-b-c-");
    gives("return string.format('%d %s %5.1f%%', 3, true, 2.25)", "3 true   2.2%");
    gives("return ('-'):rep(3, '+')", "-+-+-");
    gives("local t = {3, 1, 2} table.sort(t) return table.concat(t, ' ')", "1 2 3");
    gives("local t = {'b', 'a', 'c'} table.sort(t, function(a, b) return a > b end) return "
          "table.concat(t)",
          "cba");
    gives(
        "local t = {1, 2, 3} table.insert(t, 2, 9) table.remove(t, 1) return table.concat(t, ',')",
        "9,2,3");
    gives("return select('#', table.unpack({1, nil, 3}, 1, 3))", "3");
    gives("local ok, e = pcall(error, 'boom') return tostring(ok) .. e", "falseboom");
    gives("local ok, e = pcall(function() local x = nil return x.y end) return e",
          "test.lua:1: attempt to index a nil value (local 'x')");
    gives("return table.concat(table.move({1, 2, 3}, 2, 3, 1), ' ')", "2 3 3");
    gives("local C = {} C.__index = C function C:f() return self.x end return setmetatable({x = "
          "7}, C):f()",
          "7");
    gives("return 7 // 2 .. ' ' .. 7 / 2 .. ' ' .. (1 << 4)", "3 3.5 16");
    gives("return #'पंजी' .. ' ' .. utf8.len('पंजी')", "12 4");
    gives("return utf8.len('') .. ' ' .. utf8.len('पंजी', -3) .. ' ' .. utf8.len('पंजी', 4, 7)",
          "0 1 2");
    gives("local s = ('a' .. ('पं'):rep(40000)) return utf8.len(s) .. ' ' .. utf8.len(s, -6)",
          "80001 2");
    gives(
        "local s = ('पं'):rep(40000) .. '\\xff' local n, at = utf8.len(s) return tostring(n) .. at",
        "nil240001");
    gives("return tostring(utf8.len('\\x80', 1)) .. tostring(pcall(utf8.len, 'a', 9))", "nilfalse");
    fails("return utf8.len('a', 1, 1 << 40)", "out of bounds");
    fails("return utf8.len('a', math.maxinteger)", "out of bounds");
    fails("return utf8.len('a', math.mininteger)", "out of bounds");
    gives("return tonumber('0x1F') .. ' ' .. tonumber('zz', 36) .. ' ' .. tonumber(' 7.5 ') .. ' ' "
          ".. tostring(tonumber('7x')) .. tostring(tonumber(('7'):rep(2000)))",
          "31 1295 7.5 nilnil");
}

static void bytecode_is_not_taken(void **state)
{
    (void)state;
    fails("\x1bLua", "attempt to load a binary chunk");
}

/* The error of a call has the file and the line. */
static void errors_have_a_place(void **state)
{
    (void)state;
    struct job job = {.text = "local a = {}\nlocal b = a.x.y"};
    struct err err = {0};
    assert_int_equal(run(&job, &err), ERR_SCRIPT);
    assert_int_equal(err.line, 2);
    assert_non_null(strstr(err.msg, "test.lua:2: attempt to index a nil value (field 'x')"));
}

static void *canceller(void *arg)
{
    struct timespec pause = {.tv_nsec = 30 * 1000000L};
    nanosleep(&pause, NULL);
    cancel_fire(arg);
    return NULL;
}

static void a_caller_that_leaves_ends_the_script(void **state)
{
    (void)state;
    struct cancel cancel;
    cancel_init(&cancel, 0);
    struct sandbox s;
    struct err err = {0};
    assert_int_equal(sandbox_init(&s, &(struct sandbox_options){0}, &err), 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, canceller, &cancel), 0);
    struct job job = {.text = "while true do end"};
    int64_t start = clock_mono_ns();
    assert_int_equal(sandbox_call(&s, body, &job, 10000, &cancel, &err), ERR_CANCELLED);
    assert_true((clock_mono_ns() - start) / 1000000 < 5000); /* long before its own time is out */
    pthread_join(thread, NULL);
    sandbox_fini(&s);
}

static void *many_calls(void *arg)
{
    int *wrong = arg;
    for (int i = 0; i < 30; i++) {
        struct job job = {.text = i % 3 == 0 ? "while true do end" : "return 6 * 7"};
        struct sandbox s;
        struct err err = {0};
        if (sandbox_init(&s, &(struct sandbox_options){0}, &err) < 0) {
            ++*wrong;
            continue;
        }
        int rc = sandbox_call(&s, body, &job, 10, NULL, &err);
        if (i % 3 == 0 ? rc != ERR_SCRIPT : rc == 0 && strcmp(job.out, "42") != 0)
            ++*wrong;
        sandbox_fini(&s);
    }
    return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t thread[THREADS];
    int wrong[THREADS] = {0};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, many_calls, &wrong[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(wrong[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endless_scripts_are_stopped),
        cmocka_unit_test(the_limit_is_told),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(what_does_not_end_by_itself_is_refused),
        cmocka_unit_test(nothing_outside_can_be_reached),
        cmocka_unit_test(globals_and_libraries_are_frozen),
        cmocka_unit_test(one_call_leaves_nothing_for_the_next),
        cmocka_unit_test(results_repeat),
        cmocka_unit_test(ordinary_lua_works),
        cmocka_unit_test(bytecode_is_not_taken),
        cmocka_unit_test(errors_have_a_place),
        cmocka_unit_test(a_caller_that_leaves_ends_the_script),
        cmocka_unit_test(threads_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests_name("script/sandbox", tests, NULL, NULL);
}
