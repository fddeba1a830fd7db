/* SPDX-License-Identifier: MIT
 *
 * Finished rows as Lua tables, and back. A row is a table by column name: dates as "2021-11-20",
 * places and coded values as names, NULL as nil, hidden numbers as hidden.h has them. Inside a
 * protected call. */
#ifndef SCRIPT_LUAROWS_H
#define SCRIPT_LUAROWS_H

#include "object.h"

/* Pushes rows first .. end - 1 as a list. */
void rows_push(lua_State *L, const struct frame *f, size_t first, size_t end,
               const struct place_tree *tree, bool hindi);
/* Pushes one row. */
void row_push(lua_State *L, const struct frame *f, size_t row, const struct place_tree *tree,
              bool hindi);
/* Pushes one value. */
void value_push(lua_State *L, const struct frame_col *c, struct value v,
                const struct place_tree *tree, bool hindi);
/* The list of rows at `list` and, when not 0, the row at `total`, as a frame of the report's
 * columns in the arena. Raises an error for what does not fit. */
struct frame *rows_pull(lua_State *L, int list, int total, struct arena *a,
                        const struct report *report, const struct column_code *code);
/* The Lua value at index as a value of a query parameter. */
struct value value_pull(lua_State *L, int index, struct arena *a);

#endif
