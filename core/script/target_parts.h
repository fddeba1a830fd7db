/* SPDX-License-Identifier: MIT
 *
 * The figures of a target set as they are written, made into figures of its parts: sectors or
 * departments, found by their names; a total that is not divided is shared out over the parts by
 * their weights, exactly. */
#ifndef SCRIPT_TARGET_PARTS_H
#define SCRIPT_TARGET_PARTS_H

#include "declare.h"

struct figure {
    int64_t code, value;
    int part;    /* index in the set's parts; 0 in a set without */
    bool shared; /* over the parts, by their weights */
};
struct figures { /* by code, then part */
    struct figure *at;
    size_t n;
};
struct set_figures {
    struct figures total, fixed, values;
};

/* Fills in the set's parts, from the arena of the reader. Mistakes go to the reader's list; *ok
 * tells that there were none. ERR_MEM. */
MUST_USE int target_parts_read(struct reader *r, const struct targets_decl *d,
                               struct target_set *set, struct set_figures *out, bool *ok,
                               struct err *err);

#endif
