/* SPDX-License-Identifier: MIT
 *
 * The string functions of scripts that Lua's own would let run for ever: patterns that backtrack
 * without end, endless repetition. The matcher follows Lua's (lstrlib.c, Copyright (C) 1994-2022
 * Lua.org, PUC-Rio, MIT) in meaning, limits and error texts, and looks at the flag at every step.
 * `format` shows no addresses. */
#include <ctype.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>
#include <string.h>

#include "sandbox.h"

enum {
    CAPTURES_MAX = 32,
    DEPTH_MAX = 200,
    CAPTURE_OPEN = -1,
    CAPTURE_POSITION = -2,
    POLL_STEPS = 256,
    RESULT_BYTES_MAX = 16 << 20
};

struct matcher {
    lua_State *L;
    const char *text, *text_end, *pattern_end;
    int depth; /* left */
    unsigned steps;
    int level;
    struct {
        const char *at;
        ptrdiff_t n;
    } capture[CAPTURES_MAX];
};

static const char *match_here(struct matcher *m, const char *s, const char *p);

static void step(struct matcher *m)
{
    if (++m->steps % POLL_STEPS == 0)
        sandbox_poll(m->L);
}

static unsigned char byte_of(const char *p)
{
    return (unsigned char)*p;
}

/* ---- single characters ---- */

/* End of the single-character class that begins at p. */
static const char *class_end(struct matcher *m, const char *p)
{
    if (*p++ == '%') {
        if (p == m->pattern_end)
            luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 1;
    }
    if (p[-1] != '[')
        return p;
    if (*p == '^')
        p++;
    do {
        if (p == m->pattern_end)
            luaL_error(m->L, "malformed pattern (missing ']')");
        if (*p++ == '%' && p < m->pattern_end)
            p++;
    } while (*p != ']' || p == m->pattern_end);
    return p + 1;
}

static bool in_class(int c, int class)
{
    bool yes;
    switch (tolower(class)) {
    case 'a':
        yes = isalpha(c);
        break;
    case 'c':
        yes = iscntrl(c);
        break;
    case 'd':
        yes = isdigit(c);
        break;
    case 'g':
        yes = isgraph(c);
        break;
    case 'l':
        yes = islower(c);
        break;
    case 'p':
        yes = ispunct(c);
        break;
    case 's':
        yes = isspace(c);
        break;
    case 'u':
        yes = isupper(c);
        break;
    case 'w':
        yes = isalnum(c);
        break;
    case 'x':
        yes = isxdigit(c);
        break;
    default:
        return class == c;
    }
    return isupper(class) ? !yes : yes;
}

/* c lies in the set [p .. end], `end` at its closing bracket. */
static bool in_set(int c, const char *p, const char *end)
{
    bool found = true;
    if (p[1] == '^') {
        found = false;
        p++;
    }
    while (++p < end) {
        if (*p == '%') {
            p++;
            if (in_class(c, byte_of(p)))
                return found;
        } else if (p[1] == '-' && p + 2 < end) {
            p += 2;
            if (byte_of(p - 2) <= c && c <= byte_of(p))
                return found;
        } else if (byte_of(p) == c) {
            return found;
        }
    }
    return !found;
}

/* The class p .. end matches the character at s. */
static bool single(const struct matcher *m, const char *s, const char *p, const char *end)
{
    if (s >= m->text_end)
        return false;
    int c = byte_of(s);
    switch (*p) {
    case '.':
        return true;
    case '%':
        return in_class(c, byte_of(p + 1));
    case '[':
        return in_set(c, p, end - 1);
    default:
        return byte_of(p) == c;
    }
}

/* ---- items ---- */

static const char *match_balance(struct matcher *m, const char *s, const char *p)
{
    if (p >= m->pattern_end - 1)
        luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->text_end || *s != *p)
        return NULL;
    int open = 1;
    while (++s < m->text_end) {
        step(m);
        if (*s == p[1]) {
            if (--open == 0)
                return s + 1;
        } else if (*s == *p) {
            open++;
        }
    }
    return NULL;
}

static const char *longest(struct matcher *m, const char *s, const char *p, const char *end)
{
    ptrdiff_t n = 0;
    while (single(m, s + n, p, end)) {
        step(m);
        n++;
    }
    for (; n >= 0; n--) {
        step(m);
        const char *rest = match_here(m, s + n, end + 1);
        if (rest)
            return rest;
    }
    return NULL;
}

static const char *shortest(struct matcher *m, const char *s, const char *p, const char *end)
{
    for (;; s++) {
        step(m);
        const char *rest = match_here(m, s, end + 1);
        if (rest)
            return rest;
        if (!single(m, s, p, end))
            return NULL;
    }
}

static const char *open_capture(struct matcher *m, const char *s, const char *p, ptrdiff_t what)
{
    if (m->level >= CAPTURES_MAX)
        luaL_error(m->L, "too many captures");
    m->capture[m->level].at = s;
    m->capture[m->level].n = what;
    m->level++;
    const char *rest = match_here(m, s, p);
    if (!rest)
        m->level--;
    return rest;
}

static const char *close_capture(struct matcher *m, const char *s, const char *p)
{
    int l = m->level - 1;
    while (l >= 0 && m->capture[l].n != CAPTURE_OPEN)
        l--;
    if (l < 0)
        luaL_error(m->L, "invalid pattern capture");
    m->capture[l].n = s - m->capture[l].at;
    const char *rest = match_here(m, s, p);
    if (!rest)
        m->capture[l].n = CAPTURE_OPEN;
    return rest;
}

static const char *match_back(struct matcher *m, const char *s, int digit)
{
    int l = digit - '1';
    if (l < 0 || l >= m->level || m->capture[l].n == CAPTURE_OPEN)
        luaL_error(m->L, "invalid capture index %%%d", l + 1);
    size_t n = m->capture[l].n > 0 ? (size_t)m->capture[l].n : 0;
    if ((size_t)(m->text_end - s) >= n && memcmp(m->capture[l].at, s, n) == 0)
        return s + n;
    return NULL;
}

/* %f[set]: s lies on a border of the set. Returns where the pattern goes on, or NULL. */
static const char *frontier(struct matcher *m, const char *s, const char *p)
{
    if (*p != '[')
        luaL_error(m->L, "missing '[' after '%%f' in pattern");
    const char *end = class_end(m, p);
    int before = s == m->text ? 0 : byte_of(s - 1);
    int after = s == m->text_end ? 0 : byte_of(s);
    return !in_set(before, p, end - 1) && in_set(after, p, end - 1) ? end : NULL;
}

/* A class with its repetition. `*go_on` says that the match goes on behind, at *s and *p. */
static const char *match_default(struct matcher *m, const char **s, const char **p, bool *go_on)
{
    const char *end = class_end(m, *p);
    int suffix = end < m->pattern_end ? *end : 0;
    *go_on = false;
    if (suffix == '*')
        return longest(m, *s, *p, end);
    if (suffix == '-')
        return shortest(m, *s, *p, end);
    bool one = single(m, *s, *p, end);
    if (suffix == '+')
        return one ? longest(m, *s + 1, *p, end) : NULL;
    if (suffix == '?') {
        const char *rest = one ? match_here(m, *s + 1, end + 1) : NULL;
        if (rest)
            return rest;
        *p = end + 1;
        *go_on = true;
        return NULL;
    }
    if (!one)
        return NULL;
    ++*s;
    *p = end;
    *go_on = true;
    return NULL;
}

/* An item that begins with '%' and is more than a class. */
static const char *match_escape(struct matcher *m, const char **s, const char **p, bool *go_on)
{
    const char *rest;
    int kind = (*p)[1];
    *go_on = false;
    if (kind == 'b') {
        rest = match_balance(m, *s, *p + 2);
        *p += 4;
    } else if (kind == 'f') {
        const char *next = frontier(m, *s, *p + 2);
        rest = next ? *s : NULL;
        *p = next;
    } else if (isdigit((unsigned char)kind)) {
        rest = match_back(m, *s, kind);
        *p += 2;
    } else {
        return match_default(m, s, p, go_on);
    }
    if (rest) {
        *s = rest;
        *go_on = true;
    }
    return NULL;
}

static const char *match_items(struct matcher *m, const char *s, const char *p)
{
    while (p != m->pattern_end) {
        bool go_on = false;
        const char *rest;
        step(m);
        if (*p == '(')
            return p[1] == ')' ? open_capture(m, s, p + 2, CAPTURE_POSITION)
                               : open_capture(m, s, p + 1, CAPTURE_OPEN);
        if (*p == ')')
            return close_capture(m, s, p + 1);
        if (*p == '$' && p + 1 == m->pattern_end)
            return s == m->text_end ? s : NULL;
        if (*p == '%' && p + 1 < m->pattern_end)
            rest = match_escape(m, &s, &p, &go_on);
        else
            rest = match_default(m, &s, &p, &go_on);
        if (!go_on)
            return rest;
    }
    return s;
}

static const char *match_here(struct matcher *m, const char *s, const char *p)
{
    if (m->depth-- == 0)
        luaL_error(m->L, "pattern too complex");
    const char *rest = match_items(m, s, p);
    m->depth++;
    return rest;
}

/* ---- captures ---- */

static void push_capture(struct matcher *m, int i, const char *s, const char *e)
{
    if (i >= m->level) {
        if (i != 0)
            luaL_error(m->L, "invalid capture index %%%d", i + 1);
        lua_pushlstring(m->L, s, (size_t)(e - s));
        return;
    }
    ptrdiff_t n = m->capture[i].n;
    if (n == CAPTURE_OPEN)
        luaL_error(m->L, "unfinished capture");
    if (n == CAPTURE_POSITION)
        lua_pushinteger(m->L, m->capture[i].at - m->text + 1);
    else
        lua_pushlstring(m->L, m->capture[i].at, (size_t)n);
}

/* The captures, or the whole match s .. e when there are none (and s is not NULL). */
static int push_captures(struct matcher *m, const char *s, const char *e)
{
    int n = m->level == 0 && s ? 1 : m->level;
    luaL_checkstack(m->L, n, "too many captures");
    for (int i = 0; i < n; i++)
        push_capture(m, i, s, e);
    return n;
}

static void matcher_init(struct matcher *m, lua_State *L, const char *text, size_t text_bytes,
                         const char *pattern, size_t pattern_bytes)
{
    m->L = L;
    m->text = text;
    m->text_end = text + text_bytes;
    m->pattern_end = pattern + pattern_bytes;
    m->steps = 0;
    m->level = 0;
    m->depth = DEPTH_MAX;
}

static void matcher_again(struct matcher *m)
{
    m->level = 0;
    m->depth = DEPTH_MAX;
}

/* ---- find, match ---- */

/* 1-based start, negative from the end; at least 1. */
static size_t start_of(lua_Integer at, size_t n)
{
    if (at > 0)
        return (size_t)at;
    if (at == 0 || at < -(lua_Integer)n)
        return 1;
    return n + (size_t)at + 1;
}

static bool has_no_specials(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strchr("^$*+?.([%-", p[i]) && p[i])
            return false;
    }
    return true;
}

static int find_plain(lua_State *L, const char *s, size_t n, const char *p, size_t pn, size_t start)
{
    const char *hit = memmem(s + start - 1, n - (start - 1), p, pn);
    if (!hit) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushinteger(L, hit - s + 1);
    lua_pushinteger(L, hit - s + (lua_Integer)pn);
    return 2;
}

static int find_or_match(lua_State *L, bool find)
{
    size_t n;
    size_t pn;
    const char *s = luaL_checklstring(L, 1, &n);
    const char *p = luaL_checklstring(L, 2, &pn);
    size_t start = start_of(luaL_optinteger(L, 3, 1), n);
    if (start > n + 1) {
        lua_pushnil(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || has_no_specials(p, pn)))
        return find_plain(L, s, n, p, pn, start);
    bool anchor = pn > 0 && *p == '^';
    struct matcher m;
    matcher_init(&m, L, s, n, p, pn);
    const char *at = s + start - 1;
    do {
        matcher_again(&m);
        step(&m);
        const char *end = match_here(&m, at, p + anchor);
        if (end && find) {
            lua_pushinteger(L, at - s + 1);
            lua_pushinteger(L, end - s);
            return push_captures(&m, NULL, NULL) + 2;
        }
        if (end)
            return push_captures(&m, at, end);
    } while (at++ < m.text_end && !anchor);
    lua_pushnil(L);
    return 1;
}

static int s_find(lua_State *L)
{
    return find_or_match(L, true);
}

static int s_match(lua_State *L)
{
    return find_or_match(L, false);
}

/* ---- gmatch: upvalues text, pattern, next start (0-based), end of the last match ---- */

static int gmatch_next(lua_State *L)
{
    size_t n;
    size_t pn;
    const char *s = lua_tolstring(L, lua_upvalueindex(1), &n);
    const char *p = lua_tolstring(L, lua_upvalueindex(2), &pn);
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
    struct matcher m;
    matcher_init(&m, L, s, n, p, pn);
    for (const char *at = s + lua_tointeger(L, lua_upvalueindex(3)); at <= m.text_end; at++) {
        matcher_again(&m);
        step(&m);
        const char *end = match_here(&m, at, p);
        if (end && end - s != last) {
            lua_pushinteger(L, end - s);
            lua_copy(L, -1, lua_upvalueindex(3));
            lua_replace(L, lua_upvalueindex(4));
            return push_captures(&m, at, end);
        }
    }
    return 0;
}

static int s_gmatch(lua_State *L)
{
    size_t n;
    luaL_checklstring(L, 1, &n);
    luaL_checkstring(L, 2);
    size_t start = start_of(luaL_optinteger(L, 3, 1), n);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)(start > n + 1 ? n + 1 : start - 1));
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, gmatch_next, 4);
    return 1;
}

/* ---- gsub ---- */

static void add_template(struct matcher *m, luaL_Buffer *b, const char *s, const char *e)
{
    size_t n;
    const char *t = lua_tolstring(m->L, 3, &n);
    for (size_t i = 0; i < n; i++) {
        if (t[i] != '%') {
            luaL_addchar(b, t[i]);
            continue;
        }
        i++;
        if (i < n && t[i] == '%') {
            luaL_addchar(b, '%');
        } else if (i < n && t[i] == '0') {
            luaL_addlstring(b, s, (size_t)(e - s));
        } else if (i < n && isdigit((unsigned char)t[i])) {
            push_capture(m, t[i] - '1', s, e);
            luaL_tolstring(m->L, -1, NULL);
            lua_remove(m->L, -2);
            luaL_addvalue(b);
        } else {
            luaL_error(m->L, "invalid use of '%%' in replacement string");
        }
    }
}

/* Adds the replacement of the match s .. e; the match itself when there is none. */
static void add_value(struct matcher *m, luaL_Buffer *b, const char *s, const char *e)
{
    lua_State *L = m->L;
    switch (lua_type(L, 3)) {
    case LUA_TFUNCTION: {
        lua_pushvalue(L, 3);
        lua_call(L, push_captures(m, s, e), 1);
        break;
    }
    case LUA_TTABLE:
        push_capture(m, 0, s, e);
        lua_gettable(L, 3);
        break;
    default:
        add_template(m, b, s, e);
        return;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(b, s, (size_t)(e - s));
        return;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(b);
}

static int s_gsub(lua_State *L)
{
    size_t n;
    size_t pn;
    const char *s = luaL_checklstring(L, 1, &n);
    const char *p = luaL_checklstring(L, 2, &pn);
    int kind = lua_type(L, 3);
    luaL_argexpected(L,
                     kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION ||
                         kind == LUA_TTABLE,
                     3, "string/function/table");
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)n + 1);
    bool anchor = pn > 0 && *p == '^';
    struct matcher m;
    matcher_init(&m, L, s, n, p, pn);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    const char *last = NULL;
    lua_Integer count = 0;
    while (count < most) {
        matcher_again(&m);
        step(&m);
        const char *end = match_here(&m, s, p + anchor);
        if (end && end != last) {
            count++;
            add_value(&m, &b, s, end);
            s = last = end;
        } else if (s < m.text_end) {
            luaL_addchar(&b, *s++);
        } else {
            break;
        }
        if (anchor)
            break;
    }
    luaL_addlstring(&b, s, (size_t)(m.text_end - s));
    luaL_pushresult(&b);
    lua_pushinteger(L, count);
    return 2;
}

/* ---- rep, format ---- */

static int s_rep(lua_State *L)
{
    size_t n;
    size_t gap_bytes;
    const char *s = luaL_checklstring(L, 1, &n);
    lua_Integer times = luaL_checkinteger(L, 2);
    const char *gap = luaL_optlstring(L, 3, "", &gap_bytes);
    if (times <= 0 || n + gap_bytes == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if ((uint64_t)times > RESULT_BYTES_MAX / (n + gap_bytes) + 1)
        return luaL_error(L, "resulting string too large");
    size_t bytes = (n + gap_bytes) * (size_t)times - gap_bytes;
    luaL_Buffer b;
    char *out = luaL_buffinitsize(L, &b, bytes);
    memcpy(out, s, n);
    size_t done = n;
    if (times > 1) {
        memcpy(out + n, gap, gap_bytes);
        done += gap_bytes;
    }
    while (done < bytes) { /* doubles what is there: it is whole repetitions */
        size_t more = done <= bytes - done ? done : bytes - done;
        memcpy(out + done, out, more);
        done += more;
    }
    luaL_pushresultsize(&b, bytes);
    return 1;
}

/* Upvalue 1: Lua's own format. What %s would print with an address prints without; %p is refused.
 */
static int s_format(lua_State *L)
{
    size_t n;
    const char *f = luaL_checklstring(L, 1, &n);
    int arg = 1;
    for (size_t i = 0; i + 1 < n; i++) {
        if (f[i] != '%')
            continue;
        i++;
        if (f[i] == '%')
            continue;
        while (i < n && strchr("-+ #0123456789.", f[i]) && f[i])
            i++;
        arg++;
        if (i < n && f[i] == 'p')
            return luaL_error(L, "%%p is not available in plugins");
        if (i < n && f[i] == 's' && arg <= lua_gettop(L)) {
            sandbox_tostring(L, arg);
            lua_replace(L, arg);
        }
    }
    int args = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    if (lua_pcall(L, args, 1, 0) == LUA_OK)
        return 1;
    sandbox_poll(L);
    luaL_where(L, 1); /* the original sees us as its caller, and knows neither line nor name */
    luaL_gsub(L, lua_tostring(L, -2), "'?'", "'format'");
    lua_concat(L, 2);
    return lua_error(L);
}

void sandbox_strings(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"find", s_find}, {"match", s_match}, {"gmatch", s_gmatch},
        {"gsub", s_gsub}, {"rep", s_rep},     {NULL, NULL},
    };
    luaL_newlib(L, functions);
    lua_pushliteral(L, ""); /* Lua's own functions, while its metatable is still there */
    if (luaL_getmetafield(L, -1, "__index") == LUA_TTABLE) {
        lua_getfield(L, -1, "format");
        lua_pushcclosure(L, s_format, 1);
        lua_setfield(L, -4, "format");
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}
