/* SPDX-License-Identifier: MIT
 *
 * What another version of a report would show differently: rows that come, go or change, told apart
 * by key columns. */
#ifndef NET_DIFFERENCE_H
#define NET_DIFFERENCE_H

#include "base/json.h"
#include "base/mem.h"
#include "query/format.h"

enum { DIFFERENCE_ROWS_MAX = 1000 }; /* of each kind that are shown; all are counted */

struct difference_side {
    const struct frame *frame;
    bool total; /* its last row is one of totals, compared by itself */
};

/* Writes an object. `key` names columns of both, between commas; empty: all columns that both have
 * and that are no numbers. Several rows of one key are taken in their order. ERR_PARAM for a column
 * that is not there, ERR_MEM. */
MUST_USE int difference_put(struct arena *a, const struct difference_side *was,
                            const struct difference_side *now, struct str key,
                            const struct format_options *o, struct json *j, struct err *err);

#endif
