/* SPDX-License-Identifier: MIT
 *
 * Running a plugin's text. Twice: once when it loads, to see what it declares, and once in a fresh
 * state for every call of one of its functions, from bytecode that we made ourselves and keep in
 * memory. The text has no clock and no randomness, so the n-th declaration is the same in both. */
#ifndef SCRIPT_LOAD_H
#define SCRIPT_LOAD_H

#include "declare.h"
#include "sandbox.h"

enum { DECLARATIONS_MAX = 500 };

struct declaration {
    const struct word *word;
    struct str id;               /* of named words */
    const struct source *source; /* where it stands */
    int line;
    bool given; /* its table has come */
};

/* What the host functions work on: sandbox_of(L)->ctx. */
struct host {
    struct arena *arena;
    const struct sources *sources;
    struct str *code;    /* bytecode by source; .p NULL where there is none (yet) */
    struct diags *diags; /* while loading, else NULL */
    struct declaration *declaration;
    size_t declarations;
    void *call; /* of the function that is called: its own data */
};

/* Runs the text with everything it does wrong collected in host->diags; fills host->code and the
 * declarations. The sandbox stays, with the tables, for load_push. Negative only for what is not
 * the plugin's fault. */
MUST_USE int load_text(struct host *host, struct sandbox *box, struct err *err);
/* The table of a declaration, pushed. */
void load_push(lua_State *L, size_t declaration);

/* For a call: adds the host functions and runs the bytecode. Inside a protected call. */
void load_code(lua_State *L);

/* The reference of the functions that scripts have, as Markdown. */
void load_document(struct buf *out);
/* Each of our functions, with how it is called and what it gives. */
void load_each_function(void (*each)(void *ctx, const char *name, const char *form,
                                     const char *doc),
                        void *ctx);

/* Turns an error of Lua's ("file:line: text") into a mistake with its place. */
void load_fault(struct host *host, const struct err *err);

#endif
