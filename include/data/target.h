/* SPDX-License-Identifier: MIT
 *
 * Targets: a set is a named, dated ledger of how many registrations each place is to reach. Sets
 * are immutable once built. Totals of a higher place are shared out by weight with nothing lost:
 * the largest-remainder method (Hare quota, Hamilton 1792).
 *
 * A set may divide its figures into parts: sectors, or departments. All its figures then belong to
 * a part, and a place's target is the sum of them. */
#ifndef DATA_TARGET_H
#define DATA_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/place.h"

enum target_phasing {
    TARGET_BY_DAYS,         /* every day counts alike */
    TARGET_BY_WORKING_DAYS, /* Sundays and listed holidays do not count */
    TARGET_BY_MONTHS,       /* each calendar month its share; within it working days count alike */
};

enum target_by { TARGET_WHOLE, TARGET_BY_SECTOR, TARGET_BY_DEPARTMENT };

struct target_part {
    struct str name, key; /* as it is shown; by name_key */
    int sector;           /* index in list_sectors; -1: a department */
};

enum { TARGET_ALL_PARTS = -1 };

struct target {
    uint32_t place;    /* identity (struct place.identity) */
    int part;          /* index in target_set.part; 0 in a set without parts */
    int64_t target;    /* registrations to reach by `to`, counted from `from` */
    const char *basis; /* how the figure came about: "fixed", "shared by workers", "given" */
    double weight;     /* of the sharing, NaN when there was none */
};

struct target_set {
    struct str name; /* "ramgarh_2021" */
    struct str title, title_hi, source;
    enum place_level level;
    int32_t from, to;   /* days, both included */
    int32_t decided_on; /* DAY_NONE: not stated */
    enum target_phasing phasing;
    const double *month_pct; /* by months: of each month that from .. to touches, sum 100 */
    size_t months;
    const int32_t *holidays; /* sorted */
    size_t holiday_count;
    enum target_by by;
    const struct target_part *part; /* in the order of the text; none when TARGET_WHOLE */
    size_t parts;
    size_t n;
    struct target *at; /* sorted by place, then part */
    struct str note;   /* why there are none, a sentence; .n == 0: nothing is to be said */
};

/* All sets that serve. */
struct target_book {
    size_t n;
    const struct target_set *const *set;
};

/* By name (ASCII case ignored); NULL when there is none. b may be NULL. */
const struct target_set *target_set_find(const struct target_book *b, struct str name);
/* A place's first target; NULL when it has none. Those of its other parts follow it. */
const struct target *target_find(const struct target_set *s, uint32_t place_identity);
/* A place's target, of one part or of all together; *out 0 and false when it has none. */
bool target_sum(const struct target_set *s, uint32_t place_identity, int part, int64_t *out);
/* The part of that name, as names are compared (name_key); -1: none. */
int target_part_named(const struct target_set *s, struct str name);
int target_part_sector(const struct target_set *s, int sector);
const char *target_by_name(enum target_by by); /* "sector", "department", "" */

/* Shares `total` over n weights (not negative, sum > 0) into out, exactly: the parts sum to total.
 * Ties go to the lower index. */
MUST_USE int target_share(int64_t total, const double *weight, size_t n, int64_t *out,
                          struct err *err);
/* Calendar months that from .. to touches; 0 when it is empty. */
size_t target_months(int32_t from, int32_t to);
/* Working units of the set's phasing in from .. to (0 when empty). */
int64_t target_days(const struct target_set *s, int32_t from, int32_t to);
/* What a target of `target` should have reached at the end of day as_on (fractional). */
double target_expected(const struct target_set *s, int64_t target, int32_t as_on);

#endif
