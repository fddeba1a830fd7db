/* SPDX-License-Identifier: MIT
 *
 * Types and single values of the query language. Places and coded columns print as names but are
 * compared and grouped as what they are: a node of the place tree, an item of a list. */
#ifndef DATA_VALUE_H
#define DATA_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum type {
    TYPE_NULL,  /* the type of the literal NULL, fits every other */
    TYPE_BOOL,  /* .i: 0 or 1 */
    TYPE_INT64, /* .i */
    TYPE_FLOAT64,
    TYPE_STRING, /* .s, UTF-8, borrowed */
    TYPE_DATE,   /* .i: day number */
    TYPE_PLACE,  /* .i: place id (struct place.id); prints as the place's name */
    TYPE_CODED,  /* .i: index into a struct list; prints as the item's name */
};

/* "INT64", ...; TYPE_PLACE and TYPE_CODED are STRING to the user. */
const char *type_name(enum type t);

struct value {
    enum type type;
    bool null, hidden; /* hidden: NULL because it may not be told */
    int64_t i;
    double f;
    struct str s;
};

#endif
