/* SPDX-License-Identifier: MIT
 *
 * What one pass of the checks changes: the rows found against the findings that are open. Pure: no
 * clock, no store, no locks. */
#ifndef ALERT_DIFF_H
#define ALERT_DIFF_H

#include "store/findings.h"

struct diff {
    struct arena *arena; /* of all that is made here */
    int32_t day;         /* of the data that is checked */
    int32_t before;      /* that of the pass before; DAY_NONE: not known */
    uint64_t snapshot;
    int64_t now_ms;
    const struct finding *open; /* by (plugin, check, key) */
    bool *seen;                 /* by open finding: its row came again, or it is to be kept */
    size_t opens;
    struct finding_change *change; /* made so far */
    size_t n, cap;
    size_t opened; /* of them: FINDING_OPENED */
};

/* ERR_MEM. */
MUST_USE int diff_init(struct diff *d, struct arena *a, const struct finding *open, size_t opens,
                       struct err *err);
/* A row of a check. `found` gives plugin, check, key, severity, texts, figures, source, batch and
 * place; the rest is filled in here. ERR_MEM; ERR_LIMIT: more than FINDINGS_OPEN_MAX. */
MUST_USE int diff_see(struct diff *d, const struct finding *found, struct err *err);
/* The findings of this check stay what they are. */
void diff_keep(struct diff *d, struct str plugin, struct str check);
/* Closes all that was neither seen nor kept. ERR_MEM. */
MUST_USE int diff_close(struct diff *d, struct err *err);

#endif
