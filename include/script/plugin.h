/* SPDX-License-Identifier: MIT
 *
 * Plugins: Lua files that declare reports, targets and alerts. Lua declares, C executes: queries
 * are parsed and checked when a plugin is loaded, and a plain report runs no Lua when it is asked
 * for. What is loaded is an immutable, numbered set; a reload builds the next one beside it and
 * swaps one pointer. A plugin that cannot be loaded is listed with its errors, and the last good
 * version, if there is one, goes on serving. */
#ifndef SCRIPT_PLUGIN_H
#define SCRIPT_PLUGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "data/snap.h"
#include "data/target.h"
#include "query/query.h"

struct text {          /* a title in both languages */
    struct str en, hi; /* hi.n == 0: use en */
};
struct str text_pick(struct text t, bool hindi);

enum param_type {
    PARAM_STRING,
    PARAM_INTEGER,
    PARAM_NUMBER,
    PARAM_BOOLEAN,
    PARAM_PERCENT,
    PARAM_DATE,
    PARAM_MONTH,
    PARAM_FISCAL_YEAR,
    PARAM_CHOICE,
    PARAM_PLACE,
    PARAM_SECTOR,
    PARAM_LIST
};
struct param {
    struct str name;
    enum param_type type;
    enum place_level level; /* PARAM_PLACE; PLACE_LEVELS: any */
    bool required;
    struct str fallback; /* default as text ("latest" for dates: the last day with
                            registrations); .p NULL: none */
    bool has_min, has_max;
    double min, max;
    const struct str *choice;
    size_t choices;
    struct text title, help;
};

struct report_column {
    struct str name;
    struct str type; /* "integer", "percent", ... or empty: as the query gives it */
    struct text title, help;
    const double *band;
    size_t bands;
};

struct plugin;
struct report_code; /* its compiled queries and functions */
struct rule_code;
struct report {
    const struct plugin *plugin;
    const struct report_code *code;
    struct str name;
    struct text title, help;
    const struct param *param;
    size_t params;
    const struct report_column *column;
    size_t columns;
    bool total;
    struct str chart_json; /* Vega-Lite without data, or empty */
    int line;              /* of the declaration */
};

struct alert_level {
    struct str name;      /* "critical" */
    struct str condition; /* an expression over the row's columns; empty: always */
};
enum alert_no_data { ALERT_NO_DATA_KEEP, ALERT_NO_DATA_OK, ALERT_NO_DATA_ALERT };
struct alert_escalation {
    int64_t after;
    bool by_clock; /* `after` is milliseconds, else days of data */
    const struct str *notify;
    size_t notifies;
};
struct alert_rule { /* of an alert or of a check */
    const struct plugin *plugin;
    const struct rule_code *code;
    struct str name;
    struct text title, help, message;
    bool check;                 /* its rows are violations: no waiting, no notices */
    enum alert_no_data no_data; /* when the query gives no row at all */
    const struct param *param;
    size_t params;
    const struct str *key; /* columns that identify a finding */
    size_t keys;
    bool by_clock; /* pending and keep are milliseconds, else days of data */
    int64_t pending, keep;
    int64_t every_ms;            /* evaluated so often beside every change of the data; 0: not */
    bool error_ok;               /* a failure ends the findings; else they stay */
    struct str clear;            /* an expression over the row that ends a finding; empty: none */
    double share_max;            /* per cent of the rows; 0: none */
    const struct str *waits_for; /* alerts of the same plugin */
    size_t waits;
    const struct alert_level *level;
    size_t levels;
    const struct str *notify;
    size_t notifies;
    int64_t remind_ms; /* 0: told once */
    const struct alert_escalation *escalation;
    size_t escalations; /* 0 or 1 */
    int line;
};

/* A report that is sent by itself, each day at a time. */
struct schedule {
    const struct plugin *plugin;
    const struct report *report;
    struct str name;
    struct text title;
    int level;          /* one for each place of this enum place_level; -1: one altogether */
    int minute;         /* of the day, in India */
    struct str deliver; /* a notifier */
    struct str format;  /* csv, json, html */
    const struct arg *arg;
    size_t args;
    int line;
};

struct plugin_file {
    struct str name; /* "mine.lua", "mine/plugin.lua" */
    struct str text;
};

struct plugin_object;
enum plugin_status { PLUGIN_OK, PLUGIN_STALE, PLUGIN_BROKEN };
struct plugin {
    struct str name, version, path;
    struct text title;
    enum plugin_status status;
    struct err error;       /* BROKEN and STALE: the first error, with file in msg, line, excerpt */
    struct str errors_text; /* all errors as a person reads them */
    struct str notes_text;  /* what is no error: a target set whose places are not loaded, ... */
    char sha256[65];        /* of its files */
    const struct plugin_object *object; /* what it was built from */
    const struct plugin_file
        *file; /* as they are on the disk, mistakes and all; the main one first */
    size_t files;
    const struct report *report;
    size_t reports;
    const struct alert_rule *alert;
    size_t alerts;
    const struct schedule *schedule;
    size_t schedules;
    const struct alert_rule *check;
    size_t checks;
    const struct query_fn *fn;
    size_t fns;
    const struct target_set *const *target;
    size_t targets;
    const struct upload *const *upload; /* tables that it expects, without rows; also of a broken
                                           one, which may be broken for want of them */
    const struct text *upload_title;    /* by upload; .en.n == 0: none */
    size_t uploads;
};

/* What a table that was uploaded lacks of the one that a plugin expects, as the rest of a sentence
 * ("no column workers"); nothing when it fits. */
void plugin_upload_misfit(const struct upload *want, const struct upload *have, bool hindi,
                          struct buf *out);

struct plugin_set {
    uint64_t generation;
    const struct plugin *plugin;
    size_t n;
    struct target_book targets; /* of all plugins that serve, built for one place tree */
    const struct query_fn *fn;  /* functions for queries, likewise */
    size_t fns;
};

struct registry;
/* Loads every plugin under `dir` (NAME.lua or NAME/plugin.lua; a missing directory is an empty
 * one). A broken plugin is no failure of this call. Plugins follow the places and the uploaded
 * tables: when those of the current snapshot in `cell` are others than the set was checked against,
 * registry_get builds the set again from what is in memory. Any thread may use a registry. */
MUST_USE int registry_new(const char *dir, struct snap_cell *cell, struct registry **out,
                          struct err *err);
void registry_free(struct registry *r);
/* Loads again what changed on disk. */
MUST_USE int registry_reload(struct registry *r, struct err *err);
/* Writes NAME.lua, whole or not at all, and loads what changed. The text is to be a checked one
 * (see proposal_new). ERR_CONFLICT: the plugin is a folder; ERR_IO. */
MUST_USE int registry_store(struct registry *r, struct str name, struct str text, bool *replaced,
                            struct err *err);
/* Calls fn after every swap of the set, on the thread that did it. fn only enqueues work, and does
 * not come back to the registry. */
typedef void (*registry_listener)(void *ctx);
MUST_USE int registry_listen(struct registry *r, registry_listener fn, void *ctx, struct err *err);
/* When it returns, fn is not running and will not be called again. */
void registry_unlisten(struct registry *r, registry_listener fn, void *ctx);
/* The current set, pinned until plugin_set_unref. */
const struct plugin_set *registry_get(struct registry *r);
void plugin_set_unref(const struct plugin_set *s);

/* "drive/block_review", or plugin and name apart. ERR_NOT_FOUND with near names. */
MUST_USE int plugin_find_report(const struct plugin_set *s, struct str plugin, struct str name,
                                const struct report **out, struct err *err);

struct arg { /* a parameter as sent */
    struct str name, value;
};
struct run_options {
    const struct snap *snap;
    const struct viewer *viewer;   /* as in query_context */
    const struct borders *borders; /* as in query_context */
    const struct arg *arg;
    size_t args;
    bool hindi;
    const struct query_table *table; /* beside the built-in ones */
    size_t tables;
    const struct cancel *cancel;
    struct pool *pool; /* as in query_context */
    size_t rows_max;
};
/* The tables that reports, alerts and checks may read beside the snapshot: rejects, findings,
 * finding_history, reject_counts. Without a store (NULL) they have no rows. */
enum { REPORT_TABLES = 6 };
struct store;
void report_tables_of(struct store *store, struct query_table out[REPORT_TABLES]);

struct violation { /* of one parameter */
    struct str name;
    char reason[256];
};
struct report_result {
    struct query_result result;  /* frame with the declared columns, the total row last */
    struct arena own;            /* what is not of the query: titles, summary, violations, ... */
    const struct str *title;     /* by column, in the language asked for */
    bool has_total;              /* the last row is the total; not when rows were cut
                                    off, or there are none */
    struct str summary;          /* .n == 0: none */
    int32_t as_on;               /* parameter as_on, or the snapshot's last day */
    struct violation *violation; /* ERR_PARAM: all of them */
    size_t violations;
};
/* Runs a report. On ERR_PARAM *out lists every violation; in every case report_result_fini. */
MUST_USE int report_run(const struct plugin_set *set, const struct report *r,
                        const struct run_options *o, struct report_result *out, struct err *err);
void report_result_fini(struct report_result *r);

/* Runs an alert's or a check's query with its parameters' defaults. `level` by row is the index
 * into rule->level, `message` the texts in English and Hindi. On failure nothing is left to free.
 */
struct alert_findings {
    struct query_result result;
    struct arena own;
    int *level;  /* -1: no level applies, the row is no finding */
    bool *still; /* of such a row: `clear` does not hold, what was a finding remains one */
    struct text *message;
    struct str *key; /* identity of the row: its key columns as JSON, by code where there is one */
    struct finding_place {
        enum place_level level;
        int64_t code;
    } * place; /* the lowest place in the key; PLACE_COUNTRY: none */
};
MUST_USE int alert_rule_run(const struct plugin_set *set, const struct alert_rule *rule,
                            const struct run_options *o, struct alert_findings *out,
                            struct err *err);
/* Its query as it is written in the plugin. */
struct str alert_rule_query(const struct alert_rule *rule);
void alert_findings_fini(struct alert_findings *f);
/* A row's columns as JSON, as they read in English: {"district":"Ramgarh","missing":1300}. */
void alert_findings_figures(const struct alert_rule *rule, const struct alert_findings *f,
                            size_t row, const struct place_tree *tree, struct buf *out);

/* ---- scripts that are set aside ---- */

/* A function that a limit stopped several times within some minutes (SCRIPT_STRIKES): it is not
 * called until the plugins are reloaded, and its callers are told ERR_UNAVAILABLE. */
struct set_aside {
    struct str word, name; /* "report", "sector_summary" */
    int64_t since_ms;      /* wall clock */
    char why[ERR_MSG_BYTES];
};
/* Those of a plugin, at most `max`. */
size_t plugin_asides(const struct plugin *p, struct set_aside *out, size_t max);
/* How many calls of scripts were stopped by a limit since the process began. */
uint64_t script_stops(void);
/* How many are set aside now, and how often that number has changed. */
uint64_t script_asides(void);
uint64_t script_aside_changes(void);

/* ---- a version that was sent ---- */

/* A version of a plugin from memory, loaded beside the set that serves: checked against a snapshot,
 * its own tests run on private data. Nothing of it is stored and nobody else sees it. */
struct proposal;
struct mistake {
    struct str file; /* "mine.lua" */
    struct err err;  /* message without the file; line, column, excerpt, hint */
};
/* `name` empty: the one that the text gives itself. A bad version is no failure of this call: look
 * at the mistakes. ERR_PARAM: no name for a plugin; ERR_TOO_LARGE. The set and the snapshot must be
 * kept for longer than the proposal. */
MUST_USE int proposal_new(const struct plugin_set *set, const struct snap *snap, struct str name,
                          struct str text, struct proposal **out, struct err *err);
/* The same of a folder: plugin.lua and the files that it uses, in any order. */
MUST_USE int proposal_new_folder(const struct plugin_set *set, const struct snap *snap,
                                 struct str name, const struct plugin_file *file, size_t n,
                                 struct proposal **out, struct err *err);
void proposal_free(struct proposal *p); /* NULL is fine */
const struct plugin *proposal_plugin(const struct proposal *p);
/* What its reports are to be run with: the set, with this version in the place of the one there. */
const struct plugin_set *proposal_set(const struct proposal *p);
const struct mistake *proposal_mistakes(const struct proposal *p, size_t *n);
size_t proposal_tests(const struct proposal *p);

/* The reference page of all declarations and fields, as Markdown: `panji plugin docs`. */
void plugin_docs(struct buf *out);
/* The same for editors, as definitions of the Lua Language Server (LuaCATS annotations), and as the
 * settings of luacheck. */
void plugin_luals(struct buf *out);
MUST_USE int plugin_luacheck(struct buf *out, struct err *err);

/* For `panji plugin check`: loads one file or folder beside everything else and writes what a
 * person reads. ERR_PLUGIN when it has errors. */
MUST_USE int plugin_check(const char *path, struct snap_cell *cell, struct buf *out,
                          struct err *err);

#endif
