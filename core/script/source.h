/* SPDX-License-Identifier: MIT
 *
 * The files of one plugin, in memory, and what is wrong with them. Lua tells only the line where a
 * declaration begins, so the place of a mistake is found by looking for the word in the text from
 * there on. */
#ifndef SCRIPT_SOURCE_H
#define SCRIPT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

enum { SOURCE_FILES_MAX = 64, FOLDER_NAMES_MAX = 1024, DIAGS_MAX = 100 };

struct source {
    struct str name; /* as shown: "drive/plugin.lua" */
    struct str part; /* as named by `use`: "plugin" */
    struct str text;
};

struct sources {
    struct str plugin; /* name of the file or folder: what the plugin must be called */
    struct str path;   /* on disk */
    struct source *at; /* the main file first */
    size_t n;
    char sha256[65];
};

/* Reads NAME.lua or NAME/ (plugin.lua and every other .lua file beside it) into the arena.
 * ERR_NOT_FOUND, ERR_IO, ERR_TOO_LARGE. */
MUST_USE int sources_read(struct arena *a, struct str path, struct sources *out, struct err *err);
/* The one file NAME.lua, its text from memory; `path` is where it would be. ERR_TOO_LARGE. */
MUST_USE int sources_text(struct arena *a, struct str name, struct str path, struct str text,
                          struct sources *out, struct err *err);
/* The folder `name` of several files from memory, in any order: plugin.lua and those that it uses.
 * Folders before the names of files are left off. ERR_PARAM: plugin.lua is missing, a name is none
 * of a file of Lua, or is there twice. */
MUST_USE int sources_texts(struct arena *a, struct str name, const struct str *file,
                           const struct str *text, size_t n, struct sources *out, struct err *err);
/* Names in a folder that do not begin with a dot, in order, copied into the arena. ERR_NOT_FOUND,
 * ERR_IO, ERR_LIMIT above `max`. */
MUST_USE int folder_names(struct arena *a, const char *dir, size_t max, struct str *out, size_t *n,
                          struct err *err);
/* A copy that lives in another arena. */
MUST_USE int sources_copy(struct arena *a, const struct sources *from, struct sources *out,
                          struct err *err);
/* By its file name as Lua reports it, or NULL. */
const struct source *sources_find(const struct sources *s, struct str name);

/* Offset of the first byte of a 1-based line; the end when there are fewer. */
size_t source_line(const struct source *s, int line);
/* Finds `word` (whole, outside comments) at or behind `from`; false when it is not there. */
bool source_find(const struct source *s, size_t from, struct str word, size_t *offset);

/* The last place of `word` before `end`, else `end`: Lua tells the last line of an assignment. */
size_t source_find_before(const struct source *s, struct str word, size_t end);

/* One mistake. */
struct diag {
    const struct source *source;
    size_t offset;
    struct err err; /* message without the file, line, column, excerpt, hint */
};

struct diags {
    struct arena *arena;
    struct diag at[DIAGS_MAX];
    size_t n;
    size_t dropped; /* beyond DIAGS_MAX */
};

/* Adds a mistake at an offset and gives its err, for a hint. */
struct err *diag_add(struct diags *d, const struct source *s, size_t offset, size_t span, int code,
                     const char *fmt, ...) PRINTF_LIKE(6, 7);
/* Adds an error that was made elsewhere, without a place in the source. */
void diag_take(struct diags *d, const struct source *s, size_t offset, const struct err *from);
/* In the order of the files and lines. */
void diags_sort(struct diags *d, const struct sources *s);
/* As a person reads them. */
void diags_print(const struct diags *d, struct buf *out);
/* The first one as an error of its own, the file in its message. */
void diags_first(const struct diags *d, struct err *err);

#endif
