/* SPDX-License-Identifier: MIT
 *
 * What cannot be read of the registrations, and what the counts lose by it. A segment or slab whose
 * bytes are not what was written is left out, named, and its loss is told to the last registration:
 * the ledger says what each batch brought, and what the others hold says what is there.
 *
 * Immutable once it is published, but for what a scrub adds. */
#ifndef STORE_DAMAGE_H
#define STORE_DAMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/snap.h"

enum { DAMAGED_TOLD = 64, DAMAGED_WHY_BYTES = 160 };

/* A part that cannot be read: left out when all was loaded, or found later by a scrub. */
struct damaged {
    bool slab;
    bool counted; /* its rows are in memory still, and counted until the next start */
    uint64_t id;
    int64_t rows;
    int32_t day_min, day_max;
    uint32_t place_first, place_last; /* ids of its first and last place; 0: not known */
    char why[DAMAGED_WHY_BYTES];
};

/* What a batch has in the ledger and not in what could be read. */
struct loss {
    int32_t source, batch; /* ids in the dictionaries */
    int64_t rows, registrations;
};

struct damage {
    struct damaged *at; /* segments, then slabs, by id */
    size_t n, cap;
    size_t saved; /* parts that are whole though a page that they lie in is not */
    bool pages;   /* some page is bad: the file cannot be written to as it is */
    struct loss *loss;
    size_t losses;
    int64_t rows, registrations; /* of all losses */
};

void damage_fini(struct damage *d);
/* One that it has already is left as it is. */
MUST_USE int damage_add(struct damage *d, const struct damaged *part, struct err *err);
bool damage_has(const struct damage *d, bool slab, uint64_t id);
/* Nothing counts any more that the parts left out hold: forgets them. */
void damage_settle(struct damage *d);
/* A number that differs between two states of damage; 0: none. */
uint64_t damage_mark(const struct damage *d);
/* Lines of text: parts (at most DAMAGED_TOLD), batches, and how to mend it. Names come from the
 * snapshot. */
void damage_print(const struct damage *d, const struct snap *s, struct buf *out);

/* Compares what is held with the ledger and fills in the losses. Batches in `gone` lose nothing:
 * they do not count. ERR_CORRUPT: there is more than the ledger knows. */
MUST_USE int damage_account(struct damage *d, const struct held *held,
                            const struct batch_note *batch, size_t batches,
                            const struct retraction_set *gone, struct err *err);

/* The same in parts, for what is not held at once. */
struct account;
MUST_USE int account_new(const struct batch_note *batch, size_t batches, struct account **out,
                         struct err *err);
void account_free(struct account *a);
void account_seg(struct account *a, const struct seg *seg);
void account_slab(struct account *a, const struct slab *slab);
MUST_USE int account_close(const struct account *a, const struct retraction_set *gone,
                           struct damage *d, struct err *err);

#endif
