/* SPDX-License-Identifier: MIT
 *
 * A Lua state in which a plugin's text can run and do no harm.
 *
 * Invariants
 *  1. Only what is listed in sandbox.c can be reached: no files, processes, clock, coroutines,
 *     code loaders, collector, finalizers or debug library.
 *  2. Library tables and the string metatable are frozen. Reading an unknown global name and
 *     writing any is an error; while a plugin loads it is collected instead (unknown hook).
 *  3. A call ends within a few milliseconds of its deadline, whatever the script does, and no
 *     pcall of the script survives it. Memory never passes the cap.
 *  4. Same text, same arguments, same result: `pairs` goes in sorted order, random numbers start
 *     from a constant, addresses are never shown.
 *
 * One thread at a time; a state serves one call and is thrown away. */
#ifndef SCRIPT_SANDBOX_H
#define SCRIPT_SANDBOX_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/str.h"
#include "heap.h"
#include "watch.h"

/* Told of a global name that does not exist, while loading: file and line of the use. `write`: it
 * was assigned to. */
typedef void (*sandbox_unknown)(void *ctx, lua_State *L, const char *name, bool write);

struct sandbox {
    lua_State *L;
    struct heap heap;
    struct watch watch;
    bool watched; /* a call runs */
    bool stopped; /* the last call was ended by its limit of time or of memory */
    struct buf scratch;
    sandbox_unknown unknown;
    void *ctx; /* of the host functions: sandbox_of(L)->ctx */
};

struct sandbox_options {
    size_t memory_bytes; /* 0: SCRIPT_MEMORY_BYTES */
    sandbox_unknown unknown;
    void *ctx;
};

/* Builds the state. ERR_MEM. */
MUST_USE int sandbox_init(struct sandbox *s, const struct sandbox_options *o, struct err *err);
void sandbox_fini(struct sandbox *s);
struct sandbox *sandbox_of(lua_State *L);
/* An empty buf for one host function: it goes with the sandbox, so that an error raised while it
 * is in use loses no memory. */
struct buf *sandbox_scratch(lua_State *L);

/* Adds a global function or value (from the top of the stack, popped), before scripts run. */
void sandbox_set(lua_State *L, const char *name);

/* Runs `body` with `arg` as its light userdata argument, protected and watched. On failure err has
 * the script's file and line in its message: ERR_SCRIPT, ERR_CANCELLED, ERR_MEM. */
MUST_USE int sandbox_call(struct sandbox *s, lua_CFunction body, void *arg, int64_t timeout_ms,
                          const struct cancel *cancel, struct err *err);

/* Calls `each` for every global name in alphabetical order, then for each name inside of those that
 * are tables, with the table's name as `inside` (else NULL). */
void sandbox_each_name(lua_State *L, void (*each)(void *ctx, const char *inside, const char *name),
                       void *ctx);

/* Pushes what to say about a name that does not exist. */
void sandbox_advice(lua_State *L, const char *name);

/* For host functions: raises the error that ends a late call. */
void sandbox_poll(lua_State *L);

/* Loads program text (never bytecode) as a function on the stack; raises its error. */
void sandbox_load_text(lua_State *L, struct str text, const char *chunk);

/* `print`-able form of the value at index, pushed; without addresses. */
void sandbox_tostring(lua_State *L, int index);

/* The libraries that the sandbox puts in the place of Lua's own. */
void sandbox_strings(lua_State *L); /* pushes a table: find match gmatch gsub rep format ... */
void sandbox_tables(lua_State *L);  /* pushes a table: insert remove move concat sort unpack pack */
void sandbox_utf8(lua_State *L);    /* replaces len in the table on top of the stack */
void sandbox_basics(lua_State *L);  /* sets pcall, setmetatable, pairs, sorted, tostring, ... in
                                       the table on top of the stack */

#endif
