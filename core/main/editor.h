/* SPDX-License-Identifier: MIT
 *
 * Lines from a terminal, with editing, history and completion (libedit), or from a pipe. One
 * thread. */
#ifndef MAIN_EDITOR_H
#define MAIN_EDITOR_H

#include <stdbool.h>

#include "base/buf.h"
#include "complete.h"

struct editor;

struct editor_options {
    bool terminal;
    const char *history; /* file; NULL: none is kept */
    /* Finds candidates for the text before the cursor; `out` is filled. */
    void (*complete)(void *ctx, struct str before, struct candidates *out);
    void *ctx;
};

enum editor_line { EDITOR_LINE, EDITOR_DROPPED, EDITOR_END };

MUST_USE int editor_open(const struct editor_options *o, struct editor **out, struct err *err);
/* Writes the history (mode 0600) and gives the terminal back. NULL is fine. */
void editor_close(struct editor *e);
/* The next line, without its end; `first`: of a query, which decides the prompt. `query`: what
 * stands before the line, for completion. DROPPED: Ctrl-C was typed. */
enum editor_line editor_read(struct editor *e, bool first, struct str query, struct str *line);
void editor_remember(struct editor *e, struct str query);

#endif
