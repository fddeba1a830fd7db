/* SPDX-License-Identifier: MIT
 *
 * What a hostile or clumsy script can do to a server, each with its number: the hazards that are
 * known of embedded Lua, and the published vulnerabilities (CVE) of Lua and of servers that embed
 * it. Of each: it ends; when a limit had to end it, soon after; nothing of it is left, and the next
 * call is as if it had not been.
 *
 * How soon is told by the work that the thread did from the moment when it was found late (lag_ns,
 * the thread's own clock), so that a busy machine makes no difference. The wall clock is asked only
 * whether the call ends at all. */
#include "../../../core/script/sandbox.h"

#include <lauxlib.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOWER = 10 };
#else
enum { SLOWER = 1 };
#endif
enum { LIMIT_MS = 60, LAG_MS = 50 * SLOWER, WALL_MS = 60000, THREADS = 4, WHY_BYTES = 1024 };

struct hazard {
    const char *name, *text;
    const char *part; /* of the error; NULL: a limit ends it; "": it ends by itself, in any way */
};

static const struct hazard hazards[] = {
    {"01 a handler of xpcall that loops runs inside the hook",
     "xpcall(function() while true do end end, function() while true do end end)", "xpcall"},
    {"02 a finalizer that loops",
     "for i = 1, 1e6 do setmetatable({}, {__gc = function() while true do end end}) end", "__gc"},
    {"03 a finalizer that loops when the state is closed",
     "local t = {} local m = {} m.__gc = nil setmetatable(t, m) m.__gc = function() while true do "
     "end end return 1",
     ""},
    {"04 a pattern that backtracks without end", "return (('a'):rep(10000)):find('.-.-.-.-b')",
     NULL},
    {"05 a pattern of optional items",
     "return (('a'):rep(30)):match(('a?'):rep(30) .. "
     "('a'):rep(30) .. 'b')",
     NULL},
    {"06 nothing repeated very often", "return string.rep('', 1 << 62)", ""},
    {"07 moving what is not there", "return table.move({}, 1, 1000000000000, 2)", NULL},
    {"08 inserting into a table that says it is long",
     "table.insert(setmetatable({}, {__len = function() return 1 << 40 end}), 1, 1)",
     "plain table"},
    {"09 removing from a table that says it is long",
     "table.remove(setmetatable({}, {__len = function() return 1 << 40 end}), 1)", "plain table"},
    {"10 coroutines in coroutines, each with a budget of its own",
     "local function f(d) coroutine.wrap(function() f(d + 1) end)() end f(0)", "coroutine"},
    {"11 a coroutine made while loading",
     "local c = coroutine.create(function() while true do end "
     "end) return c",
     "coroutine"},
    {"12 long strings made upper-case for ever",
     "local s = ('x'):rep(15 << 20) while true do local u = s:upper() u = nil end", NULL},
    {"13 the collector called again and again",
     "local t = {} for i = 1, 2e5 do t[i] = {} end while true do collectgarbage('collect') end",
     "collectgarbage"},
    {"14 long strings compared for ever",
     "local a, b = ('x'):rep(12 << 20) .. 'a', ('x'):rep(12 << 20) .. 'b' local n = 0 while true "
     "do if a < b then n = n + 1 end end",
     NULL},
    {"15 bytecode that was tampered with", "return load('\\27Lua\\x54\\0', 'x', 'b')", "load"},
    {"16 a loop that does not end", "while true do end", NULL},
    {"17 a loop of protected loops", "while true do pcall(function() while true do end end) end",
     NULL},
    {"18 protected calls of themselves", "local function f() pcall(f) return f() end return f()",
     NULL},
    {"19 a variable whose closing loops",
     "local x <close> = setmetatable({}, {__close = function() while true do end end})", "__close"},
    {"20 a gigabyte by repetition", "return #('x'):rep(1 << 30)", "too large"},
    {"21 a string doubled for ever", "local s = 'x' while true do s = s .. s end", NULL},
    {"22 a table of tens of millions", "local t = {} for i = 1, 1 << 26 do t[i] = i end", NULL},
    {"23 ten million results", "return select('#', table.unpack({}, 1, 10000000))",
     "too many results"},
    {"24 recursion in Lua", "local function f(n) return 1 + f(n + 1) end return f(1)", ""},
    {"25 recursion through C", "local function f() return ('x'):gsub('x', f) end return f()",
     "stack overflow"},
    {"26 a text nested too deeply", NULL, "overflow"}, /* made in deep_text() */
    {"27 an order that contradicts itself",
     "local t = {} for i = 1, 1e4 do t[i] = i end while true do table.sort(t, function(a, b) "
     "return true end) end",
     ""},
    {"28 an error that is nothing", "error(nil)", "an error that is a nil"},
    {"29 an error whose text loops",
     "error(setmetatable({}, {__tostring = function() while true do end end}))",
     "an error that is a table"},
    {"30 a replacement that backtracks", "return ('x'):rep(100000):gsub('.-.-.-.-.-y', '')", NULL},
    {"31 finding again and again what backtracks",
     "for _ in ('a'):rep(100000):gmatch('.-.-.-.-b') do end", NULL},
    {"32 brackets that never balance", "return ('('):rep(200000):gsub('%b()', '')", NULL},
    {"33 joining what is not there", "return table.concat({}, '', 1, 1 << 40)", ""},
    {"34 a text form that loops",
     "return tostring(setmetatable({}, {__tostring = function() while true do end end}))", NULL},
    {"35 a comparison that loops",
     "local t = setmetatable({}, {__lt = function() while true do end end}) return t < t", NULL},
    {"36 indexing that leads on for ever",
     "local t = {} setmetatable(t, {__index = function(t, k) return t[k .. 'x'] end}) while true "
     "do pcall(function() return t.a end) end",
     NULL},
    {"37 a long string of characters counted for ever",
     "local s = ('x'):rep(15 << 20) while true do utf8.len(s) end", NULL},
    /* beyond the list */
    {"38 a character looked for from the end",
     "local s = ('\\u{915}'):rep(5 << 20) while true do utf8.offset(s, -1) utf8.offset(s, 5000000) "
     "end",
     NULL},
    {"39 a long number read for ever",
     "local s = ('z'):rep(15 << 20) while true do tonumber(s, 36) end", NULL},
    {"40 a long string as a key for ever",
     "local s, t = ('z'):rep(8 << 20), {} for i = 1, 1e9 do local k = s .. (i % 10) t[k] = nil k = "
     "nil end",
     NULL},
    {"41 the keys of a large table in order for ever",
     "local t = {} for i = 1, 6e5 do t[i] = i end while true do for k in pairs(t) do break end end",
     NULL},
    {"42 weak tables", "setmetatable({}, {__mode = 'k'})", "__mode"},
    {"43 a format that is wide for ever", "while true do local s = ('%99d'):format(1) end", NULL},
    {"44 a jump back", "::a:: goto a", NULL},
};

static const struct hazard cves[] = {
    {"CVE-2025-49844 the collector runs while a text is read", "return load('return 1')", "load"},
    {"CVE-2025-49844 and cannot be called", "return collectgarbage('step', 1)", "collectgarbage"},
    {"CVE-2025-46817 unpacking at the end of the numbers",
     "return table.unpack({}, math.mininteger, math.maxinteger)", "too many results"},
    {"CVE-2025-46817 and past it",
     "return select('#', table.unpack({}, math.maxinteger, math.mininteger))", ""},
    {"CVE-2025-46818 the methods of texts", "getmetatable('').__index = nil",
     "attempt to index a boolean"},
    {"CVE-2025-46818 of texts, through the library", "string.rep = function() end",
     "cannot be changed"},
    {"CVE-2025-46818 of numbers, functions and nothing",
     "assert(getmetatable(1) == nil and getmetatable(nil) == nil and getmetatable(type) "
     "== nil and getmetatable(true) == nil) return debug.setmetatable(1, {})",
     "debug"},
    {"CVE-2025-46819 long brackets without an end",
     "return ["
     "====================================="
     "=======================================[ x",
     "unfinished long string"},
    {"CVE-2025-46819 long brackets that are none", "return [=====================================x",
     "invalid long string delimiter"},
    {"CVE-2024-31449 libraries of bits", "return bit.tohex(65535, -2147483648)", "bit"},
    {"CVE-2024-46981 the collector with a finalizer", "return newproxy(true)", "newproxy"},
    {"CVE-2018-11218 libraries that unpack", "return cmsgpack.unpack('x')", "cmsgpack"},
    {"CVE-2018-11219 libraries of structures", "return struct.unpack('I2147483648', 'x')",
     "struct"},
    {"CVE-2022-0543 package", "return package.loadlib('libc.so.6', 'system')", "package"},
    {"CVE-2022-0543 io and os", "return io or os", "io"},
    {"CVE-2022-28805 an environment that is a constant", "local _ENV <const> = 1 return x", ""},
    {"CVE-2022-28805 and closed",
     "local function f() local _ENV <const> = {} x = 1 return x end "
     "return f()",
     ""},
    {"CVE-2022-33099 errors in errors",
     "local function f(n) local ok, e = pcall(f, n .. 'x') error(e .. n) end f('x')", ""},
    {"CVE-2021-43519 coroutines that resume each other",
     "local function f() return coroutine.wrap(f)() end f()", "coroutine"},
    {"CVE-2021-44647 the name of what is closed is asked for",
     "for a in (function() end), nil, nil, 1 do end", ""},
    {"5.4.4 texts with zeros compared",
     "local a = 'a\\0' .. ('b'):rep(100) local b = 'a\\0' .. ('b'):rep(100) .. '\\0' assert(a < b "
     "and not (b < a) and a ~= b) return 1",
     ""},
    {"5.4.4 the name of a register is looked for in long code", NULL, ""}, /* long_text() */
    {"5.4.4 many texts joined at once", NULL, ""},                         /* wide_text() */
    {"5.4.4 a break out of a generic for that closes",
     "for i = 1, 100 do for _ in (function() return 1 end), nil, nil, nil do break end end", ""},
};

/* ---- texts that are made ---- */

static char *repeated(const char *head, const char *item, int n, const char *tail)
{
    size_t bytes = strlen(head) + strlen(item) * (size_t)n + strlen(tail) + 1;
    char *text = malloc(bytes);
    assert_non_null(text);
    char *p = stpcpy(text, head);
    for (int i = 0; i < n; i++)
        p = stpcpy(p, item);
    stpcpy(p, tail);
    return text;
}

static char *text_of(const struct hazard *h)
{
    if (h->text)
        return strdup(h->text);
    if (strstr(h->name, "nested"))
        return repeated("return ", "(", 100000, "1");
    if (strstr(h->name, "register"))
        return repeated("local a = {} local b = a", " b = b.x or a", 5000, " return b.y.z");
    return repeated("local s = 'x' return #(s", " .. s", 180, ")");
}

/* ---- running ---- */

struct job {
    const char *text;
    char out[128];
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

/* Why a hazard was not held, in `why`; empty when it was. Threads may not use cmocka. */
static void hold(const struct hazard *h, char why[WHY_BYTES])
{
    struct sandbox s;
    struct err err = {0};
    char *text = text_of(h);
    struct job job = {.text = text};
    why[0] = '\0';
    if (sandbox_init(&s, &(struct sandbox_options){0}, &err) < 0) {
        snprintf(why, WHY_BYTES, "no state: %s", err.msg);
        free(text);
        return;
    }
    int64_t start = clock_mono_ns();
    int rc = sandbox_call(&s, body, &job, LIMIT_MS, NULL, &err);
    int64_t ms = (clock_mono_ns() - start) / 1000000;
    int64_t lag_ms = s.watch.lag_ns / 1000000;
    bool stopped = s.stopped;
    sandbox_fini(&s);
    free(text);
    if (!h->part ? !stopped : !stopped && h->part[0] && (rc == 0 || !strstr(err.msg, h->part)))
        snprintf(why, WHY_BYTES, "%s (%d): %s", h->part ? h->part : "no limit ended it", rc,
                 rc < 0 ? err.msg : job.out);
    else if (rc < 0 && rc != ERR_SCRIPT)
        snprintf(why, WHY_BYTES, "error %d: %s", rc, err.msg);
    else if (lag_ms > LAG_MS)
        snprintf(why, WHY_BYTES, "worked on for %d ms after its limit", (int)lag_ms);
    else if (ms > WALL_MS)
        snprintf(why, WHY_BYTES, "took %d ms", (int)ms);
}

static void after_it(char why[WHY_BYTES])
{
    struct sandbox s;
    struct err err = {0};
    struct job job = {.text = "return string.x == nil and tonumber(('6'):rep(2)) * 7 // 11"};
    if (sandbox_init(&s, &(struct sandbox_options){0}, &err) < 0)
        return;
    int rc = sandbox_call(&s, body, &job, WALL_MS, NULL, &err);
    sandbox_fini(&s);
    if (rc != 0 || strcmp(job.out, "42") != 0)
        snprintf(why, WHY_BYTES, "the next call: %s%s", job.out, err.msg);
}

static void is_held(void **state)
{
    const struct hazard *h = *state;
    char why[WHY_BYTES];
    hold(h, why); /* what is made once, as the watchdog, is there from here on */
    if (why[0])
        fail_msg("%s", why);
    size_t before = mem_used(MEM_SCRIPT);
    hold(h, why);
    if (!why[0])
        after_it(why);
    if (why[0])
        fail_msg("%s", why);
    assert_int_equal(mem_used(MEM_SCRIPT), before);
}

/* ---- many at once ---- */

struct worker {
    pthread_t thread;
    size_t first;
    char why[WHY_BYTES + 128];
};

static void *work(void *arg)
{
    struct worker *w = arg;
    for (size_t i = 0; i < ARRAY_LEN(hazards) && !w->why[0]; i++) {
        const struct hazard *h = &hazards[(w->first + i) % ARRAY_LEN(hazards)];
        char why[WHY_BYTES];
        hold(h, why);
        if (!why[0])
            after_it(why);
        if (why[0])
            snprintf(w->why, sizeof w->why, "%s: %s", h->name, why);
    }
    return NULL;
}

static void four_threads_hold_all_of_them_at_once(void **state)
{
    (void)state;
    struct worker w[THREADS] = {0};
    size_t before = mem_used(MEM_SCRIPT);
    for (size_t i = 0; i < THREADS; i++) {
        w[i].first = i * ARRAY_LEN(hazards) / THREADS;
        assert_int_equal(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(w[i].thread, NULL);
    for (size_t i = 0; i < THREADS; i++)
        if (w[i].why[0])
            fail_msg("%s", w[i].why);
    assert_int_equal(mem_used(MEM_SCRIPT), before);
}

/* ---- what can be reached ---- */

struct listing {
    char text[8192];
    size_t n;
};

static void list_name(void *ctx, const char *inside, const char *name)
{
    struct listing *l = ctx;
    l->n += (size_t)snprintf(l->text + l->n, sizeof l->text - l->n, "%s%s%s ", inside ? inside : "",
                             inside ? "." : "", name);
    assert_true(l->n < sizeof l->text);
}

/* Nothing else: whoever adds a name adds it here, too, and thinks of what it can do. */
static void what_is_reached_is_listed(void **state)
{
    (void)state;
    static const char golden[] =
        "_VERSION assert error getmetatable ipairs math math.abs math.acos math.asin math.atan "
        "math.ceil math.cos math.deg math.exp math.floor math.fmod math.huge math.log math.max "
        "math.maxinteger math.min math.mininteger math.modf math.pi math.rad math.random math.sin "
        "math.sqrt math.tan math.tointeger math.type math.ult next pairs pcall rawequal rawlen "
        "select setmetatable sorted string string.byte string.char string.find string.format "
        "string.gmatch string.gsub string.len string.lower string.match string.rep string.reverse "
        "string.sub string.upper table table.concat table.insert table.move table.pack "
        "table.remove table.sort table.unpack tonumber tostring type utf8 utf8.char "
        "utf8.charpattern utf8.codepoint utf8.codes utf8.len utf8.offset ";
    struct sandbox s;
    struct err err;
    struct listing l = {.n = 0};
    assert_int_equal(sandbox_init(&s, &(struct sandbox_options){0}, &err), 0);
    sandbox_each_name(s.L, list_name, &l);
    sandbox_fini(&s);
    assert_string_equal(l.text, golden);
}

static struct CMUnitTest test_of(const struct hazard *h)
{
    union {
        const struct hazard *in;
        void *out;
    } h_of = {.in = h};
    return (struct CMUnitTest){.name = h->name, .test_func = is_held, .initial_state = h_of.out};
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(hazards) + ARRAY_LEN(cves) + 2] = {
        cmocka_unit_test(four_threads_hold_all_of_them_at_once),
        cmocka_unit_test(what_is_reached_is_listed),
    };
    size_t n = 2;
    for (size_t i = 0; i < ARRAY_LEN(hazards); i++)
        tests[n++] = test_of(&hazards[i]);
    for (size_t i = 0; i < ARRAY_LEN(cves); i++)
        tests[n++] = test_of(&cves[i]);
    return cmocka_run_group_tests_name("script/hazards", tests, NULL, NULL);
}
