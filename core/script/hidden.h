/* SPDX-License-Identifier: MIT
 *
 * The value that stands in a script for a number which may not be told: what is computed with it is
 * hidden, too. It is less than every number, prints as FORMAT_HIDDEN, and is one value a state.
 * Inside a protected call. */
#ifndef SCRIPT_HIDDEN_H
#define SCRIPT_HIDDEN_H

#include <lua.h>
#include <stdbool.h>

void hidden_push(lua_State *L);
bool hidden_is(lua_State *L, int index);

#endif
