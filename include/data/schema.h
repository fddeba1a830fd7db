/* SPDX-License-Identifier: MIT
 *
 * The columns of a registration beside place, sector, date and count: its attributes. All may be
 * NULL (not stated). The order is that of `attr` and never changes while data is loaded. */
#ifndef DATA_SCHEMA_H
#define DATA_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/str.h"
#include "data/list.h"

enum attr_kind {
    ATTR_CHOICE, /* value: index into `list` */
    ATTR_INT,    /* value: the number, within min..max */
    ATTR_TEXT,   /* value: id in the attribute's dictionary */
};

struct attr {
    const char *name; /* column name, as in a CSV header and in a query */
    enum attr_kind kind;
    const struct list *list; /* ATTR_CHOICE */
    int32_t min, max;        /* ATTR_INT */
    const char *title_en, *title_hi;
};

struct schema {
    size_t n;
    struct attr attr[ATTRS_MAX];
};

/* The fixed first two, set by the import and not by a column of the file. */
enum { ATTR_SOURCE = 0, ATTR_BATCH = 1 };

/* source batch occupation gender age category channel centre camp department establishment */
extern const struct schema schema_default;

/* Index by name (ASCII case ignored), or -1. */
int schema_find(const struct schema *s, struct str name);

#endif
