/* SPDX-License-Identifier: MIT
 *
 * Counting persons for somebody who may not see small counts: in place of an access that groups by
 * what is known of persons, filters by it or counts it.
 *
 * Registrations are counted by atoms: each combination of what the query asks of offices (places,
 * days, sectors, centres, ...) and of persons (gender, age, ...). From the counts of the atoms come
 * the cells of the answer, and which of them are hidden (cells.h). All steps behind it see the
 * answer alone. */
#ifndef QUERY_SHIELD_H
#define QUERY_SHIELD_H

#include "bind.h"
#include "run.h"

struct shield_agg {
    int office;        /* column of the offices' frame; -1: a count of persons */
    struct expr *cond; /* over the atoms: which are counted; NULL: all */
    bool mixed;        /* it asks of offices, too, beyond what the keys ask */
};

struct shield {
    int64_t k;
    struct access *office; /* rows and aggregates that persons have no part in; NULL: they have */
    struct access *atoms;  /* grouped by the offices of the keys, persons, other offices; counted */
    size_t places, persons, others;
    struct expr *where; /* over the atoms; NULL: all */
    bool where_mixed;
    struct expr **key; /* of the answer, over the atoms */
    bool *personal;
    size_t keys;
    struct shield_agg *agg;
    size_t aggs;
};

/* The step of a grouping over registrations: plain where persons have no part in it. ERR_SUPPRESSED
 * where that cannot be answered for whoever asks. */
MUST_USE int bind_shield(struct scope *s, struct access *a, const struct grouping *g, uint32_t at,
                         uint32_t n, struct step *step);
/* May rows of these columns be read one by one? They are grouped then. ERR_SUPPRESSED. */
MUST_USE int shield_rows(struct scope *s, struct access *a);
/* What whoever asks may know only in counts, as BASE_BITs; 0: nothing. */
uint64_t shield_persons(const struct query_context *ctx);

MUST_USE int shield_run(struct run *r, const struct shield *s, struct frame **out);

#endif
