/* SPDX-License-Identifier: MIT
 *
 * Registrations known by their ids, on the disk: the hashes of every segment that came with ids,
 * and what it took from others. The set in memory (data/idset.h) is made of them at start.
 *
 * Storage thread. */
#ifndef STORE_IDS_H
#define STORE_IDS_H

#include "store_int.h"

/* Rows that a batch takes off again, of those that one source had sent. */
struct taken {
    char source[SOURCE_BYTES_MAX + 1];
    struct rows rows; /* each counts -1; shared ids */
    struct seg *seg;  /* the same, packed */
};
/* From which batches. */
struct taken_from {
    int64_t seq;
    int64_t n;
};
struct taken_list {
    struct taken *at;
    size_t n;
    struct taken_from *from;
    size_t froms;
    int64_t rows; /* of all */
};
/* Reads the rows of those registrations that somebody had when the claims were made. */
MUST_USE int ids_take(struct store *s, const struct id_claims *claims, struct taken_list *out,
                      struct err *err);
void taken_list_fini(struct taken_list *t);

/* Do the claims still hold against a later state of the set? 1 or 0. */
MUST_USE int ids_hold(const struct idset *now, const struct id_claims *claims, struct err *err);
/* The set with what the batch has now. */
MUST_USE int ids_claim(struct idset *now, const struct id_claims *claims, int64_t seq,
                       struct idset **out, struct err *err);
/* Writes the hashes of a segment's rows; part of a transaction. */
MUST_USE int ids_write(struct db *db, int64_t seq, uint64_t segment, const id_hash *row, size_t n,
                       struct err *err);
MUST_USE int ids_write_taken(struct db *db, int64_t seq, const struct taken_list *t,
                             struct err *err);
/* A segment with ids that is about to be dropped, because it was merged, is kept for ids_take. */
MUST_USE int ids_keep_rows(struct db *db, uint64_t segment, struct err *err);
/* The commit went through: takes over the reference. */
void ids_publish(struct store *s, struct idset *next);
/* Makes the set of what is stored, and sets segment_next behind every segment that had ids. */
MUST_USE int ids_load(struct store *s, struct err *err);

/* ids_key.c: notes in the transaction which key the hashes are of. */
MUST_USE int ids_key_note(struct store *s, struct err *err);
/* Says in the log when ids were stored and their key is not there. */
void ids_key_look(struct store *s);

#endif
