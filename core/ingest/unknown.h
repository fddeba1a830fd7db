/* SPDX-License-Identifier: MIT
 *
 * The words of a file that nobody knows, each once, with how many rows have it and what it may
 * mean. Words come in the order of the file; the first thousand are kept. */
#ifndef INGEST_UNKNOWN_H
#define INGEST_UNKNOWN_H

#include "base/near.h"
#include "columns.h"

/* Where a word stood: in a row of a piece, before it is counted. */
struct unknown_seen {
    int role;
    uint32_t within; /* of a place: the node that it was looked for in */
    uint32_t line;
    struct str word;
};

struct unknown_word {
    int role;
    uint32_t within;
    uint32_t line;   /* where it stands first */
    struct str word; /* long numbers hidden */
    uint64_t rows;
    struct near_list near; /* after unknown_end; names live in the place tree and the lists */
};

struct unknown {
    struct unknown_word *word;
    size_t n, cap;
    uint32_t *slot;   /* open addressing: index + 1, 0: free */
    uint64_t further; /* rows with words behind the first thousand */
};

void unknown_init(struct unknown *u);
void unknown_fini(struct unknown *u);
/* Words are copied into the arena. */
MUST_USE int unknown_add(struct unknown *u, struct arena *mem, const struct unknown_seen *seen,
                         struct err *err);
/* Sorts by role, then the most frequent first, and looks for near names of the first two hundred.
 */
void unknown_end(struct unknown *u, const struct place_tree *tree);
/* Is it a word that a list or the place tree could know? */
bool unknown_role(int role);
/* The list of a role that has one, or NULL. */
const struct list *role_list(int role);

#endif
