/* SPDX-License-Identifier: MIT
 *
 * The small tables of a snapshot, made into frames. */
#ifndef QUERY_TABLES_H
#define QUERY_TABLES_H

#include "bind.h"

struct small_table {
    const char *name;
    int (*fill)(struct binder *b, struct frame **out);
};

extern const struct small_table small_tables[]; /* ends with a NULL name */

/* From the scope of registrations to that of the occupations in them. */
MUST_USE int bind_occupations(struct scope *s, const struct ast_source *src);

#endif
