/* SPDX-License-Identifier: MIT
 *
 * Reading registrations: what the conditions leave (ranges of places, sectors, days, tests of
 * attributes, the rest), and which engine reads it. */
#ifndef QUERY_ACCESS_H
#define QUERY_ACCESS_H

#include "group.h"
#include "run.h"

struct range {
    uint32_t lo, hi; /* orders lo .. hi - 1 */
};

struct ranges {
    struct range *at; /* ascending, disjoint */
    size_t n;
};

enum { SECTOR_CODES = 32, SECTORS_ALL = -1 };

/* Days lo .. hi of which ok[day - lo] is set; ok NULL: all of them. */
struct days {
    int32_t lo, hi;
    uint8_t *ok;
};

/* Conditions on place, sector and day, taken apart. */
struct window3 {
    struct ranges place;
    uint32_t sectors; /* bit 0: not stated, bit i + 1: item i of list_sectors */
    struct days days;
    bool never; /* no row can pass */
};

/* A condition on one attribute, by code (value - low + 1; 0: NULL). */
struct attr_test {
    int base;
    int64_t low;
    size_t codes;
    uint8_t *ok;
};

struct access_plan {
    const struct access *access;
    struct window3 window;
    struct attr_test *test;
    size_t tests;
    struct expr **rest; /* conditions that are evaluated row by row */
    size_t rests;
    bool cube;
    const char *why;
};

MUST_USE int access_plan(struct run *r, const struct access *a, struct access_plan *out);
/* Narrows w by e if e speaks of place, sector or day alone: 1 done, 0 it does not. */
MUST_USE int window_narrow(struct run *r, struct window3 *w, struct expr *e);
/* All places, sectors and days of the rows that an access reads. */
MUST_USE int window_all(struct run *r, const struct access *a, struct window3 *out);
/* The batches whose rows an access leaves out; NULL: none. */
const struct retraction_set *access_gone(const struct run *r, const struct access *a);
/* How a scan would go about it; nothing is read. */
struct scan_outline {
    bool planes;    /* slabs are counted on their bit planes where their values allow it */
    bool runs;      /* runs are looked at, not rows */
    bool dense;     /* groups are cells of an array, else of a hash table */
    uint64_t cells; /* dense: how many */
    struct scan_facts facts;
};
MUST_USE int scan_outline(struct run *r, const struct access_plan *p, struct scan_outline *out);

/* How the cube would. */
struct cube_outline {
    size_t places, sectors, days; /* groups of each: so many look-ups */
    bool below_blocks;            /* panchayats are asked for: runs of slabs are added up */
    bool too_many;                /* the look-ups are more than a scan would cost */
};
MUST_USE int cube_outline(struct run *r, const struct access_plan *p, struct cube_outline *out);

MUST_USE int access_scan(struct run *r, const struct access_plan *p, struct frame **out);
MUST_USE int access_cube(struct run *r, const struct access_plan *p, struct frame **out);
/* Values of an expression of one BASE column over the codes low .. low + n - 2, and NULL in front
 * (n values in all). 0 when some value cannot be computed. */
MUST_USE int domain_eval(struct run *r, struct expr *e, int base, int64_t low, size_t n,
                         bool (*take)(void *ctx, const struct frame_col *c, size_t at, size_t n),
                         void *ctx);
/* Which single BASE column e reads, or -1. */
int single_base(const struct expr *e);
/* The codes that a base column can have: low and how many (NULL included). 0: too many to list. */
size_t base_domain(const struct run *r, const struct window3 *w, int base, int64_t *low);
int64_t window_registrations(const struct run *r, const struct window3 *w);

#endif
