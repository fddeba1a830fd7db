/* SPDX-License-Identifier: MIT
 *
 * Declarations: what a plugin may say, as data. One table of words and fields (words.c) describes
 * everything; from it come the checks, the reading of Lua tables into C structs, the messages and
 * the reference page. */
#ifndef SCRIPT_DECLARE_H
#define SCRIPT_DECLARE_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "script/plugin.h"
#include "source.h"

/* Kinds of fields and what they are read into. */
enum field_kind {
    FIELD_STRING,   /* struct str */
    FIELD_NAME,     /* struct str: [A-Za-z_][A-Za-z0-9_]* */
    FIELD_SCALAR,   /* struct str: text, number or boolean as text */
    FIELD_TEXT,     /* struct text: a string or { en =, hi = } */
    FIELD_QUERY,    /* struct str */
    FIELD_BOOLEAN,  /* bool */
    FIELD_INTEGER,  /* int64_t */
    FIELD_NUMBER,   /* struct number */
    FIELD_DATE,     /* int32_t, DAY_NONE when absent */
    FIELD_SPAN,     /* struct span: "2 days", "1 week", "30 minutes" or a number of days */
    FIELD_CHOICE,   /* struct str: one of `of`, separated by '|' */
    FIELD_STRINGS,  /* struct strs: a list, or one string */
    FIELD_NUMBERS,  /* struct nums */
    FIELD_DATES,    /* struct days */
    FIELD_CODES,    /* struct codes: { [code] = count }, or { [code] = { part = count } } */
    FIELD_QUERIES,  /* struct named: { name = query } */
    FIELD_RECORDS,  /* struct records: a list of tables described by `record`; with of = "text" a
                       text may stand for a table that has it as its first item */
    FIELD_JSON,     /* struct str: any table, as JSON */
    FIELD_FUNCTION, /* bool: it is there; found again by its name when it is called */
    FIELD_ANY,      /* bool: it is there */
    FIELD_GRIDS,    /* struct grids: { name = { { "column", ... }, { value, ... }, ... } } */
    FIELD_PAIRS,    /* struct pairs: { name = value } */
    FIELD_EXPECT,   /* struct expected: a list of { name = value }, and perhaps total = { } */
    FIELD_BY_DAY,   /* struct by_days: { ["2021-11-18"] = a list of { name = value } } */
    FIELD_PHASING,  /* struct phasing: "days", "working_days" or a list of percentages */
    FIELD_RECORD,   /* the struct of `record`, in place: a table described by it */
    FIELD_MAP,      /* struct records, each with a struct mapped first: { name = { ... } }, in the
                       order of the text; `record` describes the values */
};

struct span {
    bool given;
    int64_t n;  /* days; milliseconds when `clock` */
    bool clock; /* said in minutes or hours */
};
struct number {
    bool given;
    double value;
};
struct strs {
    struct str *at;
    size_t n;
};
struct nums {
    double *at;
    size_t n;
};
struct phasing {
    struct str by;      /* empty: not stated */
    struct nums months; /* .n > 0: by months */
};
struct days {
    int32_t *at;
    size_t n;
};
struct code_value {
    int64_t code, value;
    struct str part; /* .p NULL: the figure is of the whole place */
};
struct codes {
    struct code_value *at;
    size_t n;
};
struct named {
    struct str *name, *text;
    size_t n;
};
struct records {
    void *at;
    size_t n;
};

struct mapped { /* the name in a FIELD_MAP; `x = false` switches it off */
    struct str name;
    size_t offset; /* of the name in the source */
    bool off;
    bool bad; /* what is told already: its other fields are not to be relied on */
};

struct grid { /* a table of a test: texts, row 0 its columns; .p NULL where nothing was given */
    struct str name;
    size_t rows, cols;
    struct str *cell;
};
struct grids {
    struct grid *at;
    size_t n;
};
struct pairs {
    struct str *name, *value;
    size_t n;
};
struct expected {
    struct pairs *row;
    size_t n;
    bool has_total;
    struct pairs total;
};

struct by_days { /* what fires on which day, in the order of the days */
    struct by_day {
        int32_t day;
        struct expected fires;
    } * at;
    size_t n;
};

struct record;
struct field {
    const char *name;
    enum field_kind kind;
    bool required;
    int item; /* > 0: may also stand as the item of that number */
    size_t offset;
    const char *of;
    const struct record *record;
    const char *doc;
};

struct record {
    const char *name; /* "report" */
    const char *doc;
    size_t bytes;
    const struct field *field;
    size_t fields;
};

struct word {
    const char *name; /* "report" */
    bool named;       /* report "name" { } */
    bool not_run;     /* accepted and checked, but does nothing yet */
    struct record record;
};

extern const struct record param_record, column_record, severity_record, upload_column_record;
extern const struct word words[];
extern const size_t words_n;
const struct word *word_find(const char *name);

struct param_decl {
    struct str name, type, level, fallback, of;
    bool required;
    struct number min, max;
    struct strs choices;
    struct text title, help;
};
struct column_decl {
    struct str name, type, total;
    struct text title, null, help;
    struct nums bands;
    struct number decimals;
};
struct plugin_decl {
    struct str name, version;
    int64_t api;
    struct text title, help;
};
struct upload_column_decl {
    struct str name, type;
};
struct upload_decl {
    struct text title, help;
    struct records columns;
};
struct targets_decl {
    struct text title;
    struct str source, level, share_by, by;
    struct pairs parts;
    struct phasing phasing;
    int32_t from, to, decided_on;
    struct codes total, fixed, values;
    struct days holidays;
    struct text help;
};
struct report_decl {
    struct text title, help;
    struct records params, columns;
    struct str query, chart;
    struct named queries;
    bool total, summary, run;
};
struct severity_decl {
    struct str name, condition;
};
struct alert_decl { /* also of a check, which leaves some out */
    struct text title, help, message;
    struct records params, severity, columns;
    struct str query, every, no_data;
    struct str error, clear;
    struct strs key, notify, waits_for;
    struct span pending, keep, remind;
    struct number share_max;
    struct escalate_decl {
        struct span after;
        struct strs notify;
    } escalate;
};
struct fn_decl {
    struct strs args;
    struct str returns, expr, query;
    bool lua;
    struct text help;
};
struct schedule_decl {
    struct str report, each, at, deliver, format;
    struct pairs params;
    struct text title;
};
struct test_decl {
    struct str run;
    struct grids data;
    struct pairs params;
    struct expected expect;
    struct by_days by_day;
};

/* Where a table that is being read stands: for messages. */
struct reader {
    lua_State *L;
    struct arena *arena;
    struct diags *diags;
    const struct source *source;
    size_t start;                /* offset of the declaration */
    size_t anchor;               /* offset of the record inside it */
    char what[96];               /* "report \"block_review\"" */
    const struct record *record; /* the outermost */
};

/* Reads the table at stack index into *out (record->bytes, cleared). Mistakes go to the reader's
 * list; memory that runs out raises a Lua error. Gives false when there were mistakes. */
bool record_read(struct reader *r, int index, const struct record *record, void *out);

/* Adds a mistake at `word` behind the reader's anchor (or at the anchor). */
struct err *reader_fault(struct reader *r, struct str word, int code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* The reference page of all words, as Markdown. */
void words_document(struct buf *out);

#endif
