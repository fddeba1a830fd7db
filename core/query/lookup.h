/* SPDX-License-Identifier: MIT
 *
 * Looking rows up by equality: what a subquery gave for each value of its keys, asked for by the
 * rows of the query around it. The table is made once and only read, by any thread. */
#ifndef QUERY_LOOKUP_H
#define QUERY_LOOKUP_H

#include "run.h"

enum { LOOKUP_KEYS_MAX = 8 };

enum lookup_kind {
    LOOKUP_EXISTS, /* is there a row? BOOL */
    LOOKUP_VALUE,  /* the value of the one row */
    LOOKUP_IN,     /* is the last argument among the values of the rows? BOOL, or NULL */
};

struct lookup {
    enum lookup_kind kind;
    size_t keys, rows;
    const struct frame_col *key; /* keys of them; IN: the value behind them */
    const struct frame_col *value;
    const uint32_t *order; /* rows, ascending by the keys (IN: then by the value, NULL first) */
    struct value missing;  /* VALUE: where there is no row */
};

/* A call over the keys of the query around (IN: and the value). aux: the lookup, which it does not
 * own. The type is that of the value, or BOOL. */
extern const struct fn fn_lookup;
/* Sorts the rows of `f`, whose columns the lookup has been given. */
MUST_USE int lookup_sort(struct run *r, struct lookup *l);

#endif
