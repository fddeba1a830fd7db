/* SPDX-License-Identifier: MIT
 *
 * Counting the rows of slabs group by group on their bit planes: what one thread does. Who counts
 * which slab is decided in slab_scan.c. */
#ifndef QUERY_SLAB_COUNT_H
#define QUERY_SLAB_COUNT_H

#include "access.h"
#include "data/kernel.h"

enum { INNER_MAX = KERNEL_COLS_MAX };

/* A key or a test on an attribute. */
struct inner {
    int attr;
    int key;  /* index of the key, -1: a test */
    int test; /* index of the test, -1: a key */
};

/* What is counted; the same for all threads. */
struct slab_job {
    const struct access_plan *plan;
    const struct groups *groups;
    uint64_t stride[GROUP_KEYS_MAX]; /* of a key's ordinal in a group's number */
    struct inner inner[INNER_MAX];
    size_t inners;
    uint64_t cells;                       /* groups */
    bool by_place, by_sector, by_day;     /* there are outer keys on these */
    const struct retraction_set *gone;    /* batches whose rows are left out; NULL: none */
    const struct retraction_marks *marks; /* gone: where they are */
    uint64_t *day_part; /* by_day: what a day adds to the number, from the window's first day */
};

/* Fills in a job; ERR_LIMIT when out of memory. */
MUST_USE int slab_job_init(struct slab_job *j, struct run *r, const struct access_plan *p,
                           const struct groups *g);
/* Tables small enough, and groups few enough, whatever tables meet. */
bool slab_job_fits(const struct slab_job *j, const struct slab *s);

/* What a place adds to a group's number, where there is a key on places. */
uint64_t slab_job_place(const struct slab_job *j, uint32_t order);

/* Groups from .. to - 1 of a slab, which is the index-th of the snapshot. */
struct morsel {
    const struct slab *slab;
    size_t index;
    uint32_t from, to;
};

struct desk;
struct cuts;

/* One thread's. */
struct slab_counter {
    const struct slab_job *job;
    const struct slab *slab; /* at hand */
    int64_t *net;            /* registrations by group; the caller's */
    uint64_t rows;           /* looked at so far */
    uint64_t unchecked;      /* rows since the last look at the cancel flag */
    const struct cancel *cancel;
    int rc; /* below 0: cancelled, and why is in err */
    struct err err;
    bool per_sector;   /* some table of the slab follows the sector */
    struct desk *desk; /* SECTOR_CODES of them */
    struct cuts *cuts;
    struct kernel_space *space;
};

/* False: out of memory. Undo with slab_counter_fini in any case. */
MUST_USE bool slab_counter_init(struct slab_counter *c, const struct slab_job *j,
                                const struct cancel *cancel, int64_t *net);
void slab_counter_fini(struct slab_counter *c);
/* Counts groups of a slab that fits, with a look at the cancel flag every 65,536 rows;
 * ERR_CANCELLED and ERR_TIMEOUT leave net half counted. What was counted stays at hand until
 * slab_counter_pour adds the last of it to net. */
MUST_USE int slab_counter_add(struct slab_counter *c, const struct morsel *m, struct err *err);
MUST_USE int slab_counter_pour(struct slab_counter *c, struct err *err);

#endif
