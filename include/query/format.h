/* SPDX-License-Identifier: MIT
 *
 * Answers as bytes. Same frame and options, same bytes. */
#ifndef QUERY_FORMAT_H
#define QUERY_FORMAT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "data/frame.h"
#include "data/place.h"

enum format { FORMAT_JSON, FORMAT_CSV, FORMAT_NDJSON, FORMAT_TABLE };

/* What stands in place of a hidden value, also of those that are hidden for the sake of others. */
#define FORMAT_HIDDEN "\xC2\xB7" /* a dot in the middle of the line */

struct format_options {
    const struct place_tree *tree; /* TYPE_PLACE prints from here */
    bool hindi;
    bool bom;        /* CSV: a byte order mark for Excel */
    bool bare_array; /* JSON: rows as objects in a bare array (shape=array) */
    const struct str
        *title; /* by column, or NULL: JSON meta carries them, CSV and tables print names */
    /* JSON members beside meta, data, rows */
    uint64_t snapshot;
    int32_t as_on; /* DAY_NONE: left out */
    bool truncated;
    int64_t hidden_below; /* counts of persons below it are hidden; 0: none are */
    bool total_row;       /* the last row holds totals: JSON says so */
    struct str summary;   /* .n == 0: left out */
    struct str warning;   /* likewise: what makes the figures less than they should be */
};

/* JSON: {"meta":[{"name","type","title"?}],"data":[{...}],"rows":n,"snapshot":n,"as_on":"...",
 * "truncated":false,"suppressed"?,"summary"?,"warnings"?}; FLOAT64 as shortest decimals, DATE as
 * "2021-11-20", NULL as null. CSV: RFC 4180 with LF line ends, header row, NULL empty; text that a
 * spreadsheet would run as a formula (=, +, -, @ first, and not a number) gets a leading
 * apostrophe. TABLE: for terminals, numbers right-aligned with Indian digit grouping, widths by
 * utf8_width. */
MUST_USE int format_frame(const struct frame *f, enum format format, const struct format_options *o,
                          struct buf *out, struct err *err);
/* "json", "csv", "ndjson", "table"; -1 when unknown. */
int format_parse(struct str name);
const char *format_content_type(enum format format);
/* The sentence that says what FORMAT_HIDDEN stands for; false where nothing is hidden. */
bool format_hidden_note(const struct frame *f, const struct format_options *o, struct buf *out);
/* One value, as in an answer of JSON. */
void format_json_value(struct json *j, const struct frame_col *c, struct value v,
                       const struct format_options *o);
/* One value as text, as CSV prints it (without quoting). */
void format_value(const struct frame_col *c, struct value v, const struct format_options *o,
                  struct buf *out);
/* The last row holds totals, and no column of it says so: whoever shows it names it. */
bool format_total_is_nameless(const struct frame *f);
/* 1234567 -> 12,34,567 */
void format_indian(int64_t v, struct buf *out);

#endif
