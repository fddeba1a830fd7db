/* SPDX-License-Identifier: MIT
 *
 * A loaded plugin: its text, bytecode, declarations and compiled queries in one arena, immutable
 * once it is built, reference-counted.
 *
 *   object_load ----> declared ----object_targets----> with targets ----object_check----> serves
 *        |                 (mistakes are collected at every step)                  |
 *        +------------------------------ broken <----------------------------------+
 *
 * Targets come before queries, because a query may name the targets of any plugin. */
#ifndef SCRIPT_OBJECT_H
#define SCRIPT_OBJECT_H

#include <stdatomic.h>

#include "aside.h"
#include "load.h"
#include "script/plugin.h"

enum total_rule { TOTAL_NONE, TOTAL_SUM, TOTAL_MIN, TOTAL_MAX, TOTAL_EXPR };

struct column_code {
    int from;                /* column of the query's frame; -1: made by `run` */
    enum type given, type;   /* in the query, in the report */
    const struct list *list; /* of a coded column */
    int decimals;            /* -1: as it is */
    bool label;              /* shows the word "Total" in the row of totals */
    enum total_rule total;
    struct str expr;  /* TOTAL_EXPR */
    struct text null; /* what is shown for NULL; .en.n == 0: nothing */
};

struct report_code {
    const struct plugin_object *object;
    size_t declaration;
    struct query *query; /* NULL: the report has `run` */
    struct named queries;
    struct query **named; /* by queries.name */
    struct column_code *column;
    struct query *totals; /* FROM totals |> EXTEND ...; NULL when no total is an expression */
    bool summary, run;
};

struct rule_code {
    const struct plugin_object *object;
    struct str text;     /* of the query, as it is written */
    struct query *query; /* with one more column per severity condition */
    size_t columns;      /* of the rule's own query */
    int *decimals;       /* by column; how it is shown in a message */
    bool *percent;
    int *key; /* columns of the key */
};

struct plugin_object {
    struct plugin pub;
    atomic_int refs;
    struct arena arena;
    struct sources sources;
    struct host host;
    void **data; /* what was read, by declaration */
    struct diags *diags;
    struct buf notes;
    struct query **query; /* to be released with the object */
    size_t queries, query_cap;
    struct target_set **set;
    struct upload **upload; /* those that it expects */
    struct aside *aside;    /* its scripts that were stopped; shared by what is built of its text */
};

/* May a file of plugins have this name: small letters, digits, _? */
bool object_may_be_called(struct str name);
/* Reads the files at `path`, or takes `sources` when not NULL, and collects the declarations.
 * Always gives an object, unless memory or threads run out; look at object_is_good. */
MUST_USE int object_load(struct str path, const struct sources *sources, struct plugin_object **out,
                         struct err *err);
struct fn_book { /* functions that queries may call */
    size_t n;
    const struct query_fn *at;
};

/* Builds the target sets for a snapshot's places and holidays, and the functions. */
MUST_USE int object_targets(struct plugin_object *o, const struct snap *snap, struct err *err);
/* Compiles and checks the queries against a snapshot, all target sets and, behind its own, the
 * functions of the others. */
MUST_USE int object_check(struct plugin_object *o, const struct snap *snap,
                          const struct target_book *book, const struct fn_book *others,
                          struct err *err);
/* Shows what it declares that another plugin declares as well, of that which is named without its
 * plugin: target sets and functions. */
void object_repeats(struct plugin_object *o, const struct plugin *other);
/* Its own target sets before those of the others, in its arena. */
MUST_USE int object_book(struct plugin_object *o, const struct target_book *others,
                         struct target_book *out, struct err *err);
/* Writes the mistakes and notes into the public part. */
MUST_USE int object_finish(struct plugin_object *o, struct err *err);
bool object_is_good(const struct plugin_object *o);
/* Of the same text: what was stopped there has been stopped here. */
void object_share_aside(struct plugin_object *o, const struct plugin_object *old);
/* A function of a declaration was stopped by a limit: `what` is "report drive/x". */
void object_stopped(const struct plugin_object *o, size_t declaration, const char *what,
                    const struct err *err);
struct plugin_object *object_ref(struct plugin_object *o);
void object_unref(struct plugin_object *o);

/* The current snapshot of a cell (may be NULL), or an empty one before the first publish. */
MUST_USE int object_pin_snap(struct snap_cell *cell, struct snap **out, struct err *err);

/* For the parts of the building. */
void object_reader(struct plugin_object *o, size_t declaration, struct reader *r);
void object_note(struct plugin_object *o, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Hands a query to the object, which releases it. */
MUST_USE int object_keep(struct plugin_object *o, struct query *q, struct err *err);
/* Parses a query and keeps it; NULL after a mistake, which is shown in the source, or when memory
 * ran out (err is set then, and else cleared). */
struct query *object_query(struct plugin_object *o, struct reader *r, struct str text,
                           struct err *err);
/* Shows an error that has line and column inside `text` at its place in the source. */
void reader_text_fault(struct reader *r, struct str text, const struct err *from);

/* Are all places that the set names there in the borders of this tree? */
bool targets_fit(const struct targets_decl *d, const struct place_tree *tree);
/* Where only working days count, the planners' table `holidays` (a column `date`) is heeded. */
MUST_USE int targets_build(struct plugin_object *o, struct reader *r, const struct targets_decl *d,
                           const struct place_tree *tree, const struct upload_set *uploads,
                           struct target_set *set, struct err *err);
MUST_USE int params_build(struct plugin_object *o, struct reader *r, const struct records *in,
                          bool needs_default, const struct param **out, size_t *n, struct err *err);
MUST_USE int report_check(struct plugin_object *o, size_t declaration, struct report *report,
                          const struct query_context *ctx, struct err *err);
MUST_USE int schedule_check(struct plugin_object *o, size_t declaration, struct schedule *schedule,
                            struct err *err);
MUST_USE int rule_check(struct plugin_object *o, size_t declaration, struct alert_rule *rule,
                        const struct query_context *ctx, struct err *err);

#endif
