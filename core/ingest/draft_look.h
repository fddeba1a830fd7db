/* SPDX-License-Identifier: MIT
 *
 * What the columns of a file may be, from their names and from the first rows: the look that a
 * draft mapping is made from. */
#ifndef INGEST_DRAFT_LOOK_H
#define INGEST_DRAFT_LOOK_H

#include "columns.h"
#include "data/place.h"
#include "date_form.h"
#include "ingest/mapping.h"

enum look_how {
    LOOK_NONE,    /* nobody knows what it is */
    LOOK_KNOWN,   /* by our name, or by the mapping given */
    LOOK_NAMED,   /* by a name in use for it, in English or Hindi */
    LOOK_CONTENT, /* most of its values are such */
    LOOK_NEAR,    /* its name resembles one: a guess to be looked at */
    LOOK_MUTE,    /* no mapping can name it: it has no name, or that of a column before */
};

enum { LOOK_FORMS = 20 };

struct look_column {
    struct str name; /* long numbers hidden */
    int role;        /* -1: none */
    enum look_how how;
    uint32_t values;           /* that are not empty */
    uint32_t words;            /* of them, what is no number */
    uint32_t fits[ROLES];      /* of the words, those that a role knows */
    uint32_t plain_dates;      /* as read without a mapping */
    uint64_t rest[LOOK_FORMS]; /* of other values, those of a form: see look_forms */
};

struct look {
    struct look_column *column; /* in mem */
    size_t columns;
    const char *form[DATE_FORMS_MAX]; /* in which the days are written; none: as usual */
    size_t forms;
    bool taken[ROLES]; /* by a column, or by a constant of the mapping */
};

/* Looks at `text`, the beginning of a file. A text that cannot be read has no columns. ERR_MEM. */
MUST_USE int look_at(struct look *out, struct arena *mem, struct str text,
                     const struct mapping *given, const struct place_tree *tree, struct err *err);

#endif
